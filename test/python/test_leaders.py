from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import unittest

from leaders import Leaders

EXIT = {"x86_64": 60, "aarch64": 93}[platform.machine()]
GOES_ON = "import threading; threading.Thread(target=threading.Event().wait).start()\n"
LEAVES = f"{GOES_ON}import ctypes; print(flush=True); ctypes.CDLL(None).syscall({EXIT}, 0)\n"
STAYS = f"{GOES_ON}print(flush=True)\n"


class LeadersTest(unittest.TestCase):
    def start(self, source: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        process.stdout.readline()
        return process

    def state(self, pid: int) -> str:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]

    def without_leader(self) -> subprocess.Popen[bytes]:
        process = self.start(LEAVES)
        while self.state(process.pid) != "Z":
            pass
        return process

    def look(self, leaders: Leaders) -> None:
        leaders.next = 0.0
        leaders.look()

    def test_ends_what_the_tracer_began_when_it_goes_on_without_its_first_thread(self) -> None:
        process = self.without_leader()
        leaders = Leaders(os.getpid())
        self.look(leaders)
        # One that ends looks like that for a moment.
        self.assertEqual(leaders.ended, [])
        self.look(leaders)
        self.assertEqual(leaders.ended, [0])
        self.assertEqual(process.wait(), -signal.SIGKILL)

    def test_looks_now_and_then(self) -> None:
        self.without_leader()
        leaders = Leaders(os.getpid())
        for _ in range(3):
            leaders.look()
        self.assertEqual(leaders.ended, [])

    def test_leaves_others_alone(self) -> None:
        self.start(STAYS)
        leaders = Leaders(os.getpid())
        of_another = Leaders(1)
        self.without_leader()
        for _ in range(2):
            self.look(of_another)
        self.assertEqual(of_another.ended, [])
        processes = [self.start(STAYS) for _ in range(2)]
        for _ in range(2):
            self.look(leaders)
        self.assertTrue(all(process.poll() is None for process in processes))
