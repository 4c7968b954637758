import os
import unittest

from orders import Orders


class OrdersTest(unittest.TestCase):
    def test_takes_lines_with_the_token_however_they_are_cut(self) -> None:
        orders = Orders("token")
        orders.feed(b"\ntok")
        self.assertEqual(orders.take(), [])
        orders.feed(b"en stop\ntoken more\ntoken ha")
        self.assertEqual(orders.take(), [b"stop", b"more"])
        self.assertEqual(orders.take(), [])
        orders.feed(b"lf\n")
        self.assertEqual(orders.take(), [b"half"])

    def test_leaves_out_lines_that_are_not_the_clients(self) -> None:
        orders = Orders("token")
        orders.feed(b"stop\ntokenstop\n token stop\nother token stop\n")
        self.assertEqual(orders.take(), [])

    def test_waits_for_the_first_and_keeps_the_others(self) -> None:
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        os.write(write, b"late body\ntoken job\ntoken stop\n")
        os.close(write)
        orders = Orders("token")
        self.assertEqual(orders.first(read), b"job")
        self.assertEqual(orders.take(), [b"stop"])

    def test_ends_the_process_when_the_client_is_gone_before_the_first(self) -> None:
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        os.close(write)
        child = os.fork()
        if child == 0:
            Orders("token").first(read)
            os._exit(0)
        self.assertEqual(os.WEXITSTATUS(os.waitpid(child, 0)[1]), 3)
