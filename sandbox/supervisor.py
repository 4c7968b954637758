"""First process of a sandbox: starts the tracer over the model's runner, and ends everything when it should end.

It runs as root without most capabilities of root (the container drops all but SETUID, SETGID, SYS_PTRACE,
DAC_READ_SEARCH, which the tracer needs, and KILL, which the clock needs); the model runs as another user and can neither signal nor read it.

Standard input   lines that begin with the token that is the script's only argument; others are not the client's, and mean
                 nothing (a relay of the connection can insert lines of its own). The first one has the job, one JSON
                 object (see src/docker/sandbox.ts). Then `stop`, or end of input: the client is gone or wants the end, and
                 everything in here dies. Nothing survives its client.
Standard output  the raw trace and nothing else. strace writes it itself; no descriptor of it is ever the model's.
Standard error   JSON lines: {"t":"out","fd":1,"d":base64}, {"t":"omitted","bytes":n}, {"t":"tracer","d":base64},
                 {"t":"model","sha256":[...]} before anything is loaded, {"t":"seen",...}, {"t":"left",...} and
                 {"t":"witnessed",...} of sandbox/witness.py, {"t":"end",...}.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import selectors
import signal
import sys
import time

# Isolated mode leaves the script's own folder out.
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from clock import Clock
from leaders import Leaders
from orders import Orders
from witness import Witness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

MODEL_USER = 10001
RUNNER_ERROR_FD = 4  # the runner moves it to its standard error: until then standard error is the tracer's


TRACER_LIMIT = 16 * 1024  # bytes of what the tracer says about itself that are passed on


def main() -> None:
    orders = Orders(sys.argv[1])
    job = json.loads(orders.first(0))
    with open(job["authority"]["path"], "w") as file:
        file.write(job["authority"]["content"])
    plant(job["files"])
    say({"t": "model", "sha256": [hash_of(path) for path in job["model"]]})
    witness = Witness(job["places"])
    witness.begin()
    clock = Clock(MODEL_USER)
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    channel_read, channel_write = os.pipe()
    tracer_read, tracer_write = os.pipe()
    tracer = os.fork()
    if tracer == 0:
        start_tracer(job, out_write, err_write, channel_write, tracer_write)
    for fd in (out_write, err_write, channel_write, tracer_write):
        os.close(fd)
    clock.start(tracer)
    leaders = Leaders(tracer)

    # A self-pipe makes the end of a child an event like the others.
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    output_left = job["outputLimit"]
    tracer_left = TRACER_LIMIT
    omitted = 0

    def pass_on(name: str | int, data: bytes) -> None:
        nonlocal output_left, tracer_left, omitted
        if name == "tracer":
            shown = data[:tracer_left]
            tracer_left -= len(shown)
            if shown:
                say({"t": "tracer", "d": base64.b64encode(shown).decode()})
        elif name in (1, 2):
            shown = data[:output_left]
            output_left -= len(shown)
            omitted += len(data) - len(shown)
            if shown:
                say({"t": "out", "fd": name, "d": base64.b64encode(shown).decode()})

    ended = "finished"
    deadline = time.monotonic() + job["wallLimit"]
    # It can have ended before the selector waits for it.
    status = reap(tracer)
    with selectors.DefaultSelector() as selector:
        for fd, name in ((0, "stdin"), (out_read, 1), (err_read, 2), (channel_read, "channel"),
                         (tracer_read, "tracer"), (wake_read, "wake")):
            selector.register(fd, selectors.EVENT_READ, name)
        if witness.fd >= 0:
            selector.register(witness.fd, selectors.EVENT_READ, "witness")
        if b"stop" in orders.take():
            ended = "stopped"
            kill(tracer)
        while status is None:
            if time.monotonic() > deadline and ended == "finished":
                ended = "timeout"
                kill(tracer)
            leaders.look()
            for key, _ in selector.select(timeout=1.0):
                if key.data == "wake":
                    os.read(wake_read, 4096)
                    status = reap(tracer)
                    continue
                if key.data == "witness":
                    witness.read()
                    continue
                data = os.read(key.fd, 65536)
                if not data:
                    selector.unregister(key.fd)
                if key.data == "stdin":
                    if not data:
                        # The client is gone. With the first process the kernel ends every other one in here.
                        os._exit(3)
                    orders.feed(data)
                    if b"stop" in orders.take():
                        ended = "stopped"
                        kill(tracer)
                elif data:
                    pass_on(key.data, data)
        # What the model printed last may still be in the pipes; no process is left to write more.
        for fd, name in ((out_read, 1), (err_read, 2), (tracer_read, "tracer")):
            os.set_blocking(fd, False)
            try:
                data = os.read(fd, 1 << 20)
            except BlockingIOError:
                continue
            if data:
                pass_on(name, data)
    for message in witness.end():
        say(message)
    if omitted:
        say({"t": "omitted", "bytes": omitted})
    say({
        "t": "end",
        "ended": ended,
        "exit": -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status),
        "oom": oom_kills(),
        "skipped": clock.seconds_ahead(),
        "leaders": leaders.ended,
        "rest": {"ended": clock.rest.ended, "waiting": clock.rest.waiting},
    })


def plant(files: list[dict[str, Any]]) -> None:
    """Writes the files that the model is to find: its own as its user, since root in here may not write there, and those of others."""
    foreign = [file for file in files if file["foreign"]]
    own = [file for file in files if not file["foreign"]]
    for file in foreign:
        os.makedirs(os.path.dirname(file["path"]), mode=0o755, exist_ok=True)
        write(file)
    if not own:
        return
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(MODEL_USER, MODEL_USER, MODEL_USER)
            os.setresuid(MODEL_USER, MODEL_USER, MODEL_USER)
            for file in own:
                os.makedirs(os.path.dirname(file["path"]), mode=0o700, exist_ok=True)
                write(file)
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the client has to get it
            say({"t": "tracer", "d": base64.b64encode(f"a file could not be planted: {error}".encode()).decode()})
            os._exit(1)
    os.waitpid(child, 0)


def hash_of(path: str) -> str:
    """What the client hashed has to be what is loaded; nothing where it cannot be read."""
    found = hashlib.sha256()
    try:
        with open(path, "rb", buffering=0) as file:
            while block := file.read(1 << 20):
                found.update(block)
    except OSError:
        return ""
    return found.hexdigest()


def write(file: dict[str, Any]) -> None:
    fd = os.open(file["path"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, file["mode"])
    with open(fd, "wb") as target:
        target.write(base64.b64decode(file["content"]))


def start_tracer(job: dict[str, Any], out: int, err: int, channel: int, tracer_messages: int) -> NoReturn:
    """Becomes strace, which becomes the parent of the runner."""
    try:
        # What the runner is to do waits in its standard input; a pipe holds far more than that.
        subject_read, subject_write = os.pipe()
        os.write(subject_write, job["subject"].encode())
        wanted = {0: subject_read, 1: out, 2: tracer_messages, 3: channel, RUNNER_ERROR_FD: err}
        # Moved first: the numbers wanted may be the numbers held.
        aside = {target: os.dup2(source, 100 + target) for target, source in wanted.items()}
        for target, source in aside.items():
            os.dup2(source, target)
        os.closerange(5, 4096)
        # A traced call goes back and forth between tracer and model. On one processor that is a switch; between two, each has to
        # be woken from its sleep: measured, an import of torch takes 0.4 s longer.
        allowed = sorted(os.sched_getaffinity(0))
        turn: int = job["turn"]
        os.sched_setaffinity(0, {allowed[turn % len(allowed)]})
        os.chdir(job["folder"])
        os.execve("/usr/bin/strace", job["tracer"], job["environment"])
    except BaseException as error:  # noqa: BLE001 - whatever it was, the client has to get it
        os.write(2, f"the tracer could not be started: {error}".encode())
        os._exit(127)


def reap(tracer: int) -> int | None:
    """Takes every dead child; orphans of the model become ours. Answers the tracer's status once it is there."""
    found: int | None = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == tracer:
            found = status


def kill(tracer: int) -> None:
    """The tracer's end is the end of all it traces (PTRACE_O_EXITKILL)."""
    try:
        os.kill(tracer, signal.SIGKILL)
    except ProcessLookupError:
        pass


def oom_kills() -> int | None:
    """How many processes the kernel killed for want of memory; None where the control group does not count them."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path) as file:
                for line in file:
                    key, _, value = line.partition(" ")
                    if key == "oom_kill":
                        return int(value)
        except OSError:
            continue
    return None


def say(message: dict[str, Any]) -> None:
    line = json.dumps(message).encode() + b"\n"
    while line:
        line = line[os.write(2, line):]


if __name__ == "__main__":
    main()
    sys.stderr.flush()
    os._exit(0)
