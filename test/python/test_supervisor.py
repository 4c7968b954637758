from __future__ import annotations

import io
import os
import signal
import time
import unittest
from unittest import mock

import supervisor


def child(status: int) -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(status)
    return pid


class SupervisorTest(unittest.TestCase):
    def reap(self, tracer: int) -> int:
        for _ in range(500):
            status = supervisor.reap(tracer)
            if status is not None:
                return status
            time.sleep(0.01)
        raise AssertionError("no child ended")

    def test_takes_dead_children_and_answers_the_tracers_status(self) -> None:
        tracer, orphan = child(7), child(1)
        self.assertEqual(os.WEXITSTATUS(self.reap(tracer)), 7)
        # The orphan of the model is taken, too.
        for _ in range(500):
            supervisor.reap(tracer)
            if not os.path.exists(f"/proc/{orphan}/status"):
                break
            time.sleep(0.01)
        with self.assertRaises(ChildProcessError):
            os.waitpid(orphan, os.WNOHANG)
        self.assertIsNone(supervisor.reap(tracer))

    def test_kills_the_tracer_and_bears_that_it_is_gone(self) -> None:
        tracer = os.fork()
        if tracer == 0:
            signal.pause()
        supervisor.kill(tracer)
        self.assertEqual(os.WTERMSIG(self.reap(tracer)), signal.SIGKILL)
        supervisor.kill(tracer)

    def test_reads_how_often_memory_ran_out(self) -> None:
        def ask(path: str, text: str) -> int | None:
            def opened(asked: str) -> io.StringIO:
                if asked != path:
                    raise FileNotFoundError
                return io.StringIO(text)

            with mock.patch.object(supervisor, "open", opened, create=True):
                return supervisor.oom_kills()

        second = "/sys/fs/cgroup/memory.events"
        self.assertEqual(ask(second, "low 0\noom 4\noom_kill 3\noom_group_kill 0\n"), 3)
        self.assertEqual(ask("/sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"), 1)
        self.assertIsNone(ask(second, "low 0\n"))
        self.assertIsNone(ask("/nowhere", ""))
