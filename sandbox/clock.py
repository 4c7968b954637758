"""Moves the model's clock (sandbox/clock.c) past the time in which nobody works.

When every thread of the model waits, the one that would go on first need not wait in fact: the clock is moved to that moment.
Timers that the clock has passed are rung here. Everything on the page is the model's to write: it is read as numbers, and
what can come of a wrong one is a clock that goes wrong for the model alone.
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
WAIT, SIGNAL, TIMERFD, REST = 1, 2, 3, 4
SECOND = 1_000_000_000
# The clock goes no further: whoever waits longer waits for ever.
MAX_AHEAD = 100 * 365 * 86_400 * SECOND
# Seconds between two looks: when nobody waits, when somebody does, and when one wait follows the other.
RESTING, LOOKING, HURRYING = 0.01, 0.002, 0.0005
# Seconds for which all have to be still: shorter waits (SHORT in sandbox/clock.c) are in no slot, and whoever is in one goes on by itself.
STILL = 0.025
# The same for one whose moment has come: who waits looks at the clock at least every 50 ms (CONDITION_SLICE there).
WAKING = 0.1
# Seconds for which all have to be still while a conversation goes on: the sinkhole answers from another container, and hangs up
# itself after two seconds of silence (IDLE there).
CONVERSING = 3.0
# Seconds that the runner's rest (sandbox/scene.c) may take in fact.
LONGEST_REST = 10.0
# Steps of a rest, and how many of them are as long as somebody asks; each further one is twice as long as the one before, from a minute
# on: whoever waits again and again until months have passed is through with it, and whoever never ends has had the chance.
REST_STEPS, EXACT_REST_STEPS = 44, 20
# Steps that are as long as somebody asks; then each lasts at least a second, twice as long after every few more, up to a
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
        self.rest = Rest()

    def start(self, tracer: int) -> None:
        """Begins to watch everybody but this process and the tracer."""
        self.others = {os.getpid(), tracer}
        threading.Thread(target=self.keep, daemon=True).start()

    def keep(self) -> None:
        before, still_since = None, 0.0
        while True:
            slots = self.slots()
            now = time.monotonic()
            rests = [slot for slot in slots if slot[2] == REST]
            waits = [slot for slot in slots if slot[2] != REST]
            self.rest.look(bool(rests), now)
            if not slots:
                before, still_since = None, 0.0
                time.sleep(RESTING)
                continue
            self.ring(waits)
            tasks = self.tasks(slots)
            # Who waits anew has done something in between, however short it was; but short waits are in a slot only after hundreds in a row.
            soon = self.now() + STILL * SECOND
            seen = None if tasks is None else (tasks, {(slot[0], slot[4] if slot[4] > soon else 0) for slot in waits})
            if rests and not waits and tasks is not None and set(tasks) <= {str(slot[1]) for slot in rests}:
                # There is nobody but the main thread of the one who rests, and that does nothing unless it is told to.
                self.end_rest(rests, waits, "over")
            elif seen is None or seen != before:
                before, still_since = seen, now
                if rests and self.rest.is_long(now):
                    self.end_rest(rests, waits, "busy")
            elif now - still_since >= (CONVERSING if self.has_socket(slots) and conversing() else self.patience(waits, bool(rests))):
                if rests and (not waits or self.rest.steps >= REST_STEPS):
                    self.end_rest(rests, waits, "over")
                else:
                    self.step(waits, bool(rests))
                before = None
            time.sleep(LOOKING if rests or self.steps < EXACT_STEPS else HURRYING)

    def end_rest(self, rests: list[Slot], waits: list[Slot], how: str) -> None:
        # Who waits again and again has been woken often by now; a moment that lies this far ahead has not come once.
        far = self.now() + 86_400 * SECOND
        self.rest.end(how, len([slot for slot in waits if slot[4] > far]))
        for slot in rests:
            self.free(slot[-1])

    def patience(self, slots: list[Slot], resting: bool = False) -> float:
        if not slots:
            return STILL
        moment = self.first_moment(slots)
        if resting:
            return STILL if moment > 0 else WAKING
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
        waiting = {slot[0] for slot in slots if slot[2] in (WAIT, REST)}
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
        # Who waited and is gone waits no more.
        gone = [slot for slot in slots if (slot[0] if slot[2] in (WAIT, REST) else slot[1]) not in alive]
        for slot in gone:
            self.free(slot[-1])
        return None if gone else found

    def has_socket(self, slots: list[Slot]) -> bool:
        """Whether any process that waits may converse: asking the kernel for all connections takes milliseconds."""
        for process in {slot[1] for slot in slots} - self.others:
            try:
                if any(os.readlink(f"/proc/{process}/fd/{fd}").startswith("socket:") for fd in os.listdir(f"/proc/{process}/fd")):
                    return True
            except OSError:
                continue
        return False

    def free(self, index: int) -> None:
        self.page[SLOT_BYTES * (index + 1):SLOT_BYTES * (index + 2)] = bytes(SLOT_BYTES)

    def step(self, slots: list[Slot], resting: bool = False) -> None:
        step = self.first_moment(slots)
        if resting:
            self.rest.steps += 1
            if self.rest.steps > EXACT_REST_STEPS:
                step = max(step, LONGEST * 2 ** (self.rest.steps - EXACT_REST_STEPS) * SECOND)
        else:
            self.steps += 1
        if not resting and self.steps > EXACT_STEPS:
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


class Rest:
    """How the runner's rest goes, and how it ended: `over`, `busy` when somebody was at work all the time, `cut` when the runner went
    on before it was told to; `none` when there was no rest."""

    def __init__(self) -> None:
        self.ended, self.waiting, self.steps = "none", 0, 0
        self.since: float | None = None

    def look(self, resting: bool, now: float) -> None:
        if resting and self.since is None:
            self.since = now
        elif not resting and self.since is not None:
            self.end("cut", 0)

    def is_long(self, now: float) -> bool:
        return self.since is not None and now - self.since > LONGEST_REST

    def end(self, how: str, waiting: int) -> None:
        if self.ended in ("none", "over"):
            self.ended, self.waiting = how, waiting
        self.since = None


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
    """Whether somebody in here is connected, or may wait for a datagram."""
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
