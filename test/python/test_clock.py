from __future__ import annotations

import io
import os
import tempfile
import unittest
from typing import Any
from unittest import mock

import clock
from clock import SECOND, SIGNAL, TIMERFD, WAIT, Clock

USER = 10001


class ClockTest(unittest.TestCase):
    """With a page as clock.c fills it, and a kernel whose clock stands."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.rung: list[tuple[int, ...]] = []
        for patch in (
            mock.patch.object(clock, "PATH", os.path.join(folder.name, "clock")),
            mock.patch.object(clock.time, "clock_gettime_ns", return_value=1000 * SECOND),
            mock.patch.object(Clock, "ring_one", lambda _, *args: self.rung.append(args)),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        self.clock = Clock(USER)

    def fill(self, index: int, kind: int, until: int, interval: int = 0, armed_ahead: int = 0, owner: int = 7) -> None:
        clock.SLOT.pack_into(self.clock.page, clock.SLOT_BYTES * (index + 1), owner, 5, kind, 14, until, interval, armed_ahead, 0)

    def test_is_a_page_that_the_model_can_write(self) -> None:
        self.assertEqual(os.stat(clock.PATH).st_mode & 0o777, 0o666)
        with self.assertRaises(FileExistsError):
            Clock(USER)

    def test_reads_the_slots_that_are_taken_and_filled(self) -> None:
        self.fill(0, WAIT, 1001 * SECOND)
        self.fill(3, TIMERFD, 1002 * SECOND, interval=5)
        self.fill(4, WAIT, 0)
        self.fill(5, WAIT, 1001 * SECOND, owner=0)
        self.assertEqual(self.clock.slots(), [
            (7, 5, WAIT, 14, 1001 * SECOND, 0, 0, 0, 0), (7, 5, TIMERFD, 14, 1002 * SECOND, 5, 0, 0, 3)])
        self.clock.free(3)
        self.assertEqual([slot[-1] for slot in self.clock.slots()], [0])

    def test_moves_to_the_first_moment_that_somebody_waits_for(self) -> None:
        self.fill(0, WAIT, 1060 * SECOND)
        self.fill(1, WAIT, 1030 * SECOND)
        self.clock.step(self.clock.slots())
        self.assertEqual((self.clock.now(), self.clock.seconds_ahead()), (1030 * SECOND, 30))
        # It never goes back.
        self.fill(1, WAIT, 1010 * SECOND)
        self.clock.step(self.clock.slots())
        self.assertEqual(self.clock.seconds_ahead(), 30)

    def test_takes_longer_steps_when_there_were_many(self) -> None:
        self.fill(0, WAIT, 1000 * SECOND + 1)
        for steps, expected in (
            (0, 1), (clock.EXACT_STEPS, SECOND), (clock.EXACT_STEPS + clock.STEPS_PER_DOUBLING, 2 * SECOND), (10_000, clock.LONGEST * SECOND),
        ):
            with self.subTest(steps):
                self.clock.page[:8] = bytes(8)
                self.clock.steps = steps
                self.clock.step(self.clock.slots())
                self.assertEqual(self.clock.ahead(), expected)

    def test_goes_no_further_than_its_end(self) -> None:
        self.fill(0, WAIT, 2 ** 63 - 1)
        self.clock.step(self.clock.slots())
        self.assertEqual(self.clock.ahead(), 0)
        for written, expected in ((-5, 0), (2 ** 63 - 1, clock.MAX_AHEAD / SECOND)):
            self.clock.page[:8] = written.to_bytes(8, "little", signed=True)
            self.assertEqual(self.clock.seconds_ahead(), expected)

    def test_rings_timers_that_it_has_passed(self) -> None:
        self.fill(0, SIGNAL, 1010 * SECOND)
        self.fill(1, TIMERFD, 1010 * SECOND, interval=3 * SECOND)
        self.fill(2, SIGNAL, 1011 * SECOND)
        self.fill(3, WAIT, 1010 * SECOND)
        self.clock.step(self.clock.slots())
        self.assertEqual(self.rung, [(5, SIGNAL, 14, 0), (5, TIMERFD, 14, 3 * SECOND)])
        # One that repeats goes on, one that does not is gone.
        self.assertEqual([(slot[-1], slot[4]) for slot in self.clock.slots()], [
            (1, 1013 * SECOND), (2, 1011 * SECOND), (3, 1010 * SECOND)])

    def test_leaves_to_the_kernel_what_the_kernel_has_rung(self) -> None:
        self.fill(0, SIGNAL, 999 * SECOND)
        self.clock.ring(self.clock.slots())
        self.assertEqual((self.rung, self.clock.slots()), ([], []))

    def test_forgets_a_timer_whose_owner_is_gone(self) -> None:
        self.fill(0, SIGNAL, 1010 * SECOND, interval=SECOND)
        with mock.patch.object(Clock, "ring_one", side_effect=ProcessLookupError):
            self.clock.step(self.clock.slots())
        self.assertEqual(self.clock.slots(), [])

    def test_waits_longer_for_one_whose_moment_has_come(self) -> None:
        for until, steps, expected in (
            (1001 * SECOND, 0, clock.STILL), (1000 * SECOND, 0, clock.WAKING), (1000 * SECOND + 1, 0, 0), (1001 * SECOND, clock.EXACT_STEPS, 0),
        ):
            with self.subTest((until, steps)):
                self.fill(0, WAIT, until)
                self.clock.steps = steps
                self.assertEqual(self.clock.patience(self.clock.slots()), expected)

    def test_knows_who_runs_and_who_is_gone(self) -> None:
        state = {"/proc": ["1", "5", "self"], "/proc/1/task": ["1"], "/proc/5/task": ["5", "7"]}
        status = {"5": b"x\nState:\tS (sleeping)\nvoluntary_ctxt_switches:\t8\n", "7": b"x\nState:\tR (running)\n"}
        self.clock.others = {1}
        self.fill(0, WAIT, 1001 * SECOND)

        def opened(path: str, *_: Any, **__: Any) -> io.BytesIO:
            return io.BytesIO(status[path.split("/")[4]])

        with mock.patch.object(clock.os, "listdir", state.__getitem__), mock.patch.object(clock, "open", opened, create=True):
            self.assertEqual(self.clock.tasks(self.clock.slots()), {"5": b"\t8\n"})
            # A thread that is in no slot, and runs.
            self.assertIsNone(self.clock.tasks([]))
            state["/proc/5/task"] = ["5"]
            self.assertIsNone(self.clock.tasks(self.clock.slots()))
            self.assertEqual(self.clock.slots(), [])


class ConversingTest(unittest.TestCase):
    def ask(self, table: str, line: str) -> bool:
        def opened(path: str, mode: str) -> io.BytesIO:
            if path != f"/proc/net/{table}":
                raise OSError
            return io.BytesIO(b"  sl  local_address rem_address   st\n" + line.encode() + b"\n")

        with mock.patch.object(clock, "open", opened, create=True):
            return clock.conversing()

    def test_tells_connections_from_listeners(self) -> None:
        for table, local, state, expected in (
            ("tcp", "0100007F:1F90", "01", True), ("tcp6", "0:1F90", "02", True), ("tcp", "0100007F:1F90", "0A", False),
            ("tcp", "0100007F:1F90", "06", False), ("udp", "0100007F:1F90", "07", True), ("udp", "00000000:0035", "07", False),
        ):
            with self.subTest((table, local, state)):
                self.assertIs(self.ask(table, f"   0: {local} 00000000:0000 {state} 0"), expected)
