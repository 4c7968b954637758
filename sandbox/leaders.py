"""Ends processes that go on without their first thread.

For a call of another kind of processor the kernel ends the thread that made it and, where there are more threads, not the process, and
tells a tracer of a first thread only when the others have gone, too. A model's first thread is the one that loads it (scene.c): nothing
would come after it but the end of the scan's time. A thread can also end itself (`pthread_exit`), which ends no program.
"""

from __future__ import annotations

import os
import signal
import time

LOOK_EVERY = 0.5  # seconds
# Flag of a core dump.
CORE = 0x80


class Leaders:
    """`ended` has a number for each process that was ended: the signal of which its first thread died, 0 where it ended itself."""

    def __init__(self, tracer: int) -> None:
        self.tracer = tracer
        self.next = 0.0
        self.before: set[tuple[int, int]] = set()
        self.ended: list[int] = []

    def look(self) -> None:
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + LOOK_EVERY
        # All threads of a process that ends do so one after the other: seen once it is no sign of anything.
        found = {found for entry in os.listdir("/proc") if entry.isdigit() and (found := self.lone(entry))}
        for pid, code in found & self.before:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
            if len(self.ended) < 100:
                self.ended.append(code)
        self.before = found

    def lone(self, pid: str) -> tuple[int, int] | None:
        """The process and what its first thread ended with."""
        try:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                # The name of a program can hold anything.
                state, parent, *rest = file.read().rpartition(")")[2].split()
            if state != "Z" or len(os.listdir(f"/proc/{pid}/task")) < 2:
                return None
            code = int(rest[-1]) & ~CORE
        except (OSError, ValueError):
            return None
        # Other programs may do without their first thread.
        return (int(pid), code) if code == signal.SIGSYS or (code == 0 and int(parent) == self.tracer) else None
