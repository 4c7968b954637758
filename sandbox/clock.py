"""Moves the model's clock (sandbox/clock.c) past the time in which every thread waits.

When every thread of the model waits, the clock is moved to the moment at which the first of them would go on. Timers that the
clock has passed are fired here. The model can write everything on the page: it is read as numbers, and a wrong number can only
make the clock wrong for the model.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Tuple

    # (owner, process, kind, subject, until, interval, ahead when armed, key, index)
    Slot = Tuple[int, int, int, int, int, int, int, int, int]
    # How often each thread has run, by its number.
    Tasks = Dict[str, bytes]

PATH = "/run/dynscan/clock"
# As in sandbox/clock.c.
SLOT = struct.Struct("<iiiiqqqq")
SLOT_BYTES = 64
SLOTS = 255
WAIT, SIGNAL, TIMERFD = 1, 2, 3
SECOND = 1_000_000_000
# The clock goes no further: a thread that waits longer waits for ever.
MAX_AHEAD = 100 * 365 * 86_400 * SECOND
# Seconds between two looks: when no thread waits, when one does, and when one wait follows the other.
RESTING, LOOKING, HURRYING = 0.01, 0.002, 0.0005
# Seconds for which all have to be still: shorter waits (SHORT in sandbox/clock.c) are in no slot, and a thread in one goes on by itself.
STILL = 0.025
# The same for one whose moment has come: a thread that waits looks at the clock at least every 50 ms (CONDITION_SLICE there).
WAKING = 0.1
# Seconds for which all have to be still while a conversation goes on: the sinkhole answers from another container, and closes it
# itself after two seconds of silence (IDLE there).
CONVERSING = 3.0
# Steps that are as long as a thread asks; then each lasts at least a second, twice as long after every few more, up to a
# minute: as if the machine slept. A loop that waits a second until an hour has passed is through with it sooner.
EXACT_STEPS, STEPS_PER_DOUBLING, LONGEST = 30, 10, 60


class Clock:
    def __init__(self, model_user: int) -> None:
        fd = os.open(PATH, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.ftruncate(fd, SLOT_BYTES * (SLOTS + 1))
        self.page = mmap.mmap(fd, SLOT_BYTES * (SLOTS + 1))
        os.fchmod(fd, 0o666)
        os.close(fd)
        self.owners = memoryview(self.page).cast("i")[SLOT_BYTES // 4::SLOT_BYTES // 4]
        self.model_user = model_user
        self.steps = 0

    def start(self, tracer: int) -> None:
        """Begins to watch every process but this one and the tracer."""
        self.others = {os.getpid(), tracer}
        threading.Thread(target=self.keep, daemon=True).start()

    def keep(self) -> None:
        before, still_since = None, 0.0
        while True:
            slots = self.slots()
            if not slots:
                before, still_since = None, 0.0
                time.sleep(RESTING)
                continue
            self.ring(slots)
            now = time.monotonic()
            tasks = self.tasks(slots)
            # A thread that waits anew has done something in between, however short it was; but short waits are in a slot only after hundreds in a row.
            soon = self.now() + STILL * SECOND
            seen = None if tasks is None else (tasks, {(slot[0], slot[4] if slot[4] > soon else 0) for slot in slots})
            if seen is None or seen != before:
                before, still_since = seen, now
            elif now - still_since >= (CONVERSING if self.has_socket(slots) and conversing() else self.patience(slots)):
                self.step(slots)
                before = None
            time.sleep(LOOKING if self.steps < EXACT_STEPS else HURRYING)

    def patience(self, slots: list[Slot]) -> float:
        moment = self.first_moment(slots)
        # None for a step as short as those waits, nor with those whose waits follow one another: the steps are inexact by then, anyway.
        if self.steps >= EXACT_STEPS or 0 < moment <= STILL * SECOND:
            return 0
        return STILL if moment > 0 else WAKING

    def first_moment(self, slots: list[Slot]) -> int:
        return min(slot[4] for slot in slots) - self.now()

    def seconds_ahead(self) -> float:
        """How far the clock was moved, here or by a program that kept asking for the time."""
        return min(max(self.ahead(), 0), MAX_AHEAD) / SECOND

    def slots(self) -> list[Slot]:
        found: list[Slot] = []
        for index, owner in enumerate(self.owners.tolist()):
            if owner == 0:
                continue
            slot = SLOT.unpack_from(self.page, SLOT_BYTES * (index + 1))
            # One that is being filled has no moment yet.
            if slot[4] > 0:
                found.append((*slot, index))
        return found

    def ahead(self) -> int:
        return int.from_bytes(self.page[:8], "little", signed=True)

    def now(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) + self.ahead()

    def tasks(self, slots: list[Slot]) -> Tasks | None:
        """How often each thread that does not wait by the page has run; None when one of them runs or may run."""
        waiting = {slot[0] for slot in slots if slot[2] == WAIT}
        found: Tasks = {}
        alive: set[int] = set()
        for process in os.listdir("/proc"):
            if not process.isdecimal() or int(process) in self.others:
                continue
            try:
                threads = os.listdir(f"/proc/{process}/task")
            except OSError:
                continue
            for thread in threads:
                alive.add(int(thread))
                if int(thread) in waiting:
                    continue
                try:
                    with open(f"/proc/{process}/task/{thread}/status", "rb", buffering=0) as file:
                        status = file.read(4096)
                except OSError:
                    continue
                state = status.partition(b"\nState:\t")[2][:1]
                if state in b"ZX":
                    continue
                if state != b"S":
                    return None
                found[thread] = status.partition(b"\nvoluntary_ctxt_switches:")[2]
        # A thread that waited and has ended waits no more.
        gone = [slot for slot in slots if (slot[0] if slot[2] == WAIT else slot[1]) not in alive]
        for slot in gone:
            self.free(slot[-1])
        return None if gone else found

    def has_socket(self, slots: list[Slot]) -> bool:
        """Whether any process that waits can be in a conversation: asking the kernel for all connections takes milliseconds."""
        for process in {slot[1] for slot in slots} - self.others:
            try:
                if any(os.readlink(f"/proc/{process}/fd/{fd}").startswith("socket:") for fd in os.listdir(f"/proc/{process}/fd")):
                    return True
            except OSError:
                continue
        return False

    def free(self, index: int) -> None:
        self.page[SLOT_BYTES * (index + 1):SLOT_BYTES * (index + 2)] = bytes(SLOT_BYTES)

    def step(self, slots: list[Slot]) -> None:
        step = self.first_moment(slots)
        self.steps += 1
        if self.steps > EXACT_STEPS:
            step = max(step, min(2 ** ((self.steps - EXACT_STEPS) // STEPS_PER_DOUBLING), LONGEST) * SECOND)
        ahead = self.ahead() + max(step, 0)
        if 0 <= ahead <= MAX_AHEAD:
            self.page[:8] = ahead.to_bytes(8, "little", signed=True)
            self.ring(slots)

    def ring(self, slots: list[Slot]) -> None:
        """Does what the kernel does for a timer, for those that would have run out had the clock not been moved."""
        now, ahead = self.now(), self.ahead()
        for _, process, kind, subject, until, interval, armed_ahead, _, index in slots:
            if kind not in (SIGNAL, TIMERFD) or until > now:
                continue
            again = interval
            # Not moved since: the kernel's own timer has run out.
            if ahead > armed_ahead:
                try:
                    self.ring_one(process, kind, subject, interval)
                except (OSError, ValueError):
                    again = 0
            if again > 0:
                start = SLOT_BYTES * (index + 1)
                struct.pack_into("<q", self.page, start + 16, now + again)
            else:
                self.free(index)

    def ring_one(self, process: int, kind: int, subject: int, interval: int) -> None:
        pidfd = system_call(434, process, 0)  # pidfd_open
        try:
            if os.stat(f"/proc/{process}").st_uid != self.model_user:
                return
            if kind == SIGNAL:
                system_call(424, pidfd, subject, 0, 0)  # pidfd_send_signal
                return
            fd = system_call(438, pidfd, subject, 0)  # pidfd_getfd
            try:
                rest, begin = divmod(max(interval, 0), 10**9), (0, 1)
                checked("timerfd_settime", fd, 0, struct.pack("@4l", *rest, *begin), None)
            finally:
                os.close(fd)
        finally:
            os.close(pidfd)


def system_call(number: int, *arguments: int) -> int:
    """By numbers that every architecture has: Python knows these calls since 3.9, and timers since 3.13."""
    return checked("syscall", number, *arguments)


def checked(name: str, *arguments: Any) -> int:
    import ctypes  # rarely needed, and it takes its time
    answer = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), name)
    return answer


def conversing() -> bool:
    """Whether a process in here is connected, or may wait for a datagram."""
    for table, busy in (("tcp", (b"01", b"02", b"03")), ("tcp6", (b"01", b"02", b"03")), ("udp", None), ("udp6", None)):
        try:
            with open(f"/proc/net/{table}", "rb") as file:
                lines = file.read().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            # The resolver's own socket is always there.
            if fields[3] in busy if busy else not fields[1].endswith(b":0035"):
                return True
    return False
