"""The runner's records, and the audit hook that says which Python code led to a system call. Nothing of a model can reach it by name."""

from __future__ import annotations

import json.encoder
import opcode
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Tuple, Union

    from changes import State

    # Of a function that was entered: its code and the line in it.
    Stack = List[Tuple[types.CodeType, Union[int, None]]]
    Json = Union[str, float, None, List["Json"], Dict[str, "Json"]]

CHANNEL = 3
RECORD_BYTES = 3500  # strace shows 4096 bytes of a string; a record that is cut cannot be read
FRAMES = 8
MAX_RECORDS = 2000

# What compiles the text of a module that is imported.
IMPORTING = vars(sys.modules["importlib._bootstrap"])["_call_with_frames_removed"].__code__

HERE = os.path.dirname(os.path.abspath(__file__))
# The frames of these are the scan's, not the model's.
OWN_FILES = frozenset(os.path.join(HERE, name) for name in (
    "runner.py", "director.py", "watch.py", "changes.py", "imports.py", "loaders.py", "standins.py", "tensorflow_formats.py", "use.py", "testcase.py"))

# Taken once, and of what C has made: a model can put others in their places, and change what code of Python's goes by.
write = os.write
make: Any = vars(json.encoder)["c_make_encoder"]
parts_of: Callable[[Json, int], tuple[str, ...]] = make(None, None, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True)


def encode(fields: Json) -> str:
    return "".join(parts_of(fields, 0))


class Reporter:
    """Writes records, each in one system call."""

    def __init__(self, nonce: str) -> None:
        self.prefix = f"dynscan:{nonce} "
        self.left = MAX_RECORDS

    def line(self, fields: dict[str, Any]) -> bytes:
        text = encode(fields)
        for limit in (800, 300, 100, 30):
            if len(text) <= RECORD_BYTES:
                break
            text = encode(shorten(fields, limit))
        return (self.prefix + text[:RECORD_BYTES] + "\n").encode()

    def record(self, **fields: Any) -> None:
        try:
            write(CHANNEL, self.line(fields))
        except OSError:
            pass  # the model closed the channel: the trace says so

    def optional(self, **fields: Any) -> None:
        """A record that a flood may suppress."""
        if self.left > 0:
            self.left -= 1
            self.record(**fields)


def shorten(value: Json, limit: int) -> Json:
    if isinstance(value, str):
        return value[:limit]
    if isinstance(value, list):
        return [shorten(item, limit) for item in value[:FRAMES]]
    if isinstance(value, dict):
        return {key: shorten(item, limit) for key, item in value.items()}
    return value


def frames_of(frame: types.FrameType | None, test_case: str | None) -> list[dict[str, Any]]:
    stack: Stack = []
    while frame is not None:
        stack.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return innermost(stack, test_case)


def innermost(stack: Stack, test_case: str | None) -> list[dict[str, Any]]:
    """The first frames, innermost first, and, however deep it lies below them, the test case's."""
    shown = [
        {"file": code.co_filename, "line": max(line or 0, 0), "function": code.co_name}
        for code, line in stack if code.co_filename not in OWN_FILES
    ]
    own = next((frame for frame in shown if frame["file"] == test_case), None)
    first = shown[:FRAMES]
    return first if own is None or own in first else [*first[:FRAMES - 1], own]


# Events that say which Python code led to a system call.
AUDITED = frozenset({
    "pickle.find_class", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "subprocess.Popen",
    "pty.spawn", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto",
    "socket.sendmsg", "urllib.Request", "http.client.connect", "smtplib.connect", "ftplib.connect", "webbrowser.open",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate",
    "shutil.rmtree", "shutil.move", "shutil.copyfile", "os.kill", "ctypes.dlopen", "mmap.__new__",
})
# Code run from text or from a code object. Importing a module does that too: only calls by the unpickler, by the model's own
# code or by the scan count.
CODE = frozenset({"exec", "compile"})
# Python files in which the innermost frame is while an unpickler calls what a pickle names.
UNPICKLERS = (
    "/pickle.py", "/torch/serialization.py", "/numpy/lib/_npyio_impl.py", "/numpy/lib/format.py",
    "/dill/_dill.py", "/joblib/numpy_pickle.py", "/joblib/numpy_pickle_compat.py", "/cloudpickle/cloudpickle.py", "/pandas/compat/pickle_compat.py",
)
# Of files and folders of the image they tell nothing.
LOOKS = frozenset({"open", "os.listdir"})
QUIET = ("/usr/", "/opt/dynscan/", "/proc/", "/sys/", "/dev/", "/etc/")


# Code objects that are made of their parts, as pickles of functions make them, and functions of code objects.
MADE_CODE = frozenset({"code.__new__", "function.__new__"})
# The ways to start a thread, and the files in which Python itself does that for whoever asks.
THREADS = frozenset({"_thread.start_new_thread", "_thread.start_joinable_thread"})
STARTERS = ("/threading.py", "/_weakrefset.py")
MOST_THREADS = 1_000
IMPORTERS = ("<frozen importlib", os.path.dirname(os.__file__) + "/importlib/")
VARIABLE_PUT = frozenset({"os.putenv", "os.unsetenv"})
# Names of files of the image, which code that a model makes can claim: `made` has them.
OF_LIBRARIES = ("/usr/", "<frozen ")
MOST_MADE = 10_000
# What may stand before the instruction at which a function is entered.
BEFORE_ENTRY = frozenset(
    opcode.opmap[name] for name in ("COPY_FREE_VARS", "MAKE_CELL", "RETURN_GENERATOR", "POP_TOP", "NOP", "EXTENDED_ARG")
    if name in opcode.opmap)


def is_of_this_python(made: bytes | types.CodeType) -> bool:
    """
    Whether bytecode begins as this interpreter's compiler has it begin. From Python 3.11 on each function tells where it is entered
    (RESUME), and the numbers of instructions change with each version: run by another one it does anything, a crash for one.
    """
    code = made if isinstance(made, bytes) else made.co_code
    entry = opcode.opmap.get("RESUME")
    if entry is None or not code:
        return True
    first = next((number for number in code[::2] if number not in BEFORE_ENTRY), None)
    return first == entry


class Watch:
    """The audit hook, from `install` on; it says nothing before `begin`, as until then no byte of a model has been read."""

    def __init__(self, report: Reporter, model: str, test_case: str | None) -> None:
        self.report, self.test_case = report, test_case
        self.quiet = (*QUIET, model + "/")
        self.on = False
        self.state: State | None = None
        self.seen: set[Any] = set()
        # Of code that was made in this run and says that it is of a file of the image: file and name, or the file where it was compiled from text.
        self.made: set[Any] = set()
        # What runs in a thread that was started by code that is no library's.
        self.threads: list[Any] = []
        # By thread: what the report itself does is not the model's doing, but what another thread does meanwhile is.
        self.busy: set[int] = set()

    def begin(self, state: State) -> None:
        self.on, self.state = True, state

    def install(self) -> None:
        relevant = AUDITED | CODE | LOOKS | MADE_CODE | VARIABLE_PUT | THREADS
        thread, busy = get_ident, self.busy

        def hook(event: str, args: tuple[Any, ...]) -> None:
            if event not in relevant or not self.on or thread() in busy:
                return
            busy.add(thread())
            try:
                self.take(event, args, sys._getframe(1))  # pyright: ignore[reportPrivateUsage] - `inspect` would have to be imported
            except Exception:  # noqa: BLE001 - an audit hook that raises would change what the model does
                pass
            finally:
                busy.discard(thread())

        sys.addaudithook(hook)

    def take(self, event: str, args: tuple[Any, ...], frame: types.FrameType) -> None:
        if event in VARIABLE_PUT:
            if self.state is not None:
                self.state.put_variable(args[0], args[1] if len(args) > 1 else None)
            return
        if event in THREADS:
            self.take_thread(args[0], frame)
            return
        if event in MADE_CODE:
            self.take_code(args[0])
            if event == "code.__new__":
                self.note_made(exact(args[1]), exact(args[2]))
            return
        if event in CODE:
            caller = frame.f_code.co_filename
            if event == "compile" and len(args) > 1 and frame.f_code is not IMPORTING:
                self.note_made(exact(args[1]))
            if (caller.startswith(("/usr/", "<frozen ")) and not caller.endswith(UNPICKLERS)) or not args or args[0] is None:
                return
        elif event in LOOKS and (not issubclass(type(args[0]), (str, bytes)) or f"{describe(args[0])}/".startswith(self.quiet)):
            return
        texts = [describe(arg) for arg in args[:4]]
        key = (event, *texts)
        if event == "pickle.find_class" and key in self.seen:
            return
        self.seen.add(key)
        self.report.optional(k="audit", event=event, args=texts, frames=frames_of(frame, self.test_case))

    def take_thread(self, function: Any, frame: types.FrameType | None) -> None:
        while frame is not None and frame.f_code.co_filename.endswith(STARTERS) and frame.f_code.co_filename.startswith("/usr/"):
            frame = frame.f_back
        file = "" if frame is None else frame.f_code.co_filename
        is_librarys = file.startswith(OF_LIBRARIES) and not file.endswith(UNPICKLERS)
        if not is_librarys and file != self.test_case and len(self.threads) < MOST_THREADS:
            self.threads.append(function.__self__ if type(function) is types.MethodType else function)

    def take_code(self, made: bytes | types.CodeType) -> None:
        if "bytecode" not in self.seen and not is_of_this_python(made):
            self.seen.add("bytecode")
            self.report.record(k="bytecode")


    def note_made(self, file: str, *name: str) -> None:
        if file.startswith(OF_LIBRARIES) and len(self.made) < MOST_MADE:
            self.made.add((file, *name) if name else file)


class Lacking:
    """Python asks this for a module when nobody else has it: what code of the model's own asks for in vain."""

    def __init__(self, apart: tuple[str, ...]) -> None:
        self.apart = apart
        self.names: set[str] = set()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        frame: types.FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
        while frame is not None and frame.f_code.co_filename.startswith(IMPORTERS):
            frame = frame.f_back
        file = "" if frame is None else frame.f_code.co_filename
        if not file.startswith((*OF_LIBRARIES, *self.apart)) and file not in OWN_FILES and len(self.names) < MOST_THREADS:
            self.names.add(name.partition(".")[0])


class StoodIn:
    """Says which classes stood in for those that nothing defines. The model can reach it, so it has this file to itself (runner.py, apart)."""

    def __init__(self, nonce: str) -> None:
        self.report = Reporter(nonce)
        self.said: set[tuple[str, bool]] = set()

    def say(self, name: str, called: bool) -> None:
        if (name, called) not in self.said:
            self.said.add((name, called))
            self.report.record(k="standIn", name=name, called=called)


def exact(text: Any) -> str:
    """The text itself, also of a class that only derives from `str`: that could answer anything."""
    if issubclass(type(text), bytes):
        return bytes.__getitem__(text, slice(None)).decode("utf-8", "backslashreplace")
    return str.__getitem__(text, slice(None)) if issubclass(type(text), str) else ""


get_ident = __import__("_thread").get_ident
name_of_type = vars(type)["__name__"].__get__


def describe(value: Any) -> str:
    """Only plain values are shown, and a class derived from theirs is asked nothing: each answer could run the model's code."""
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]
    if issubclass(kind, str):
        return str.__getitem__(value, slice(400))
    if issubclass(kind, bytes):
        return bytes.__getitem__(value, slice(400)).decode("utf-8", "backslashreplace")
    if value is None or kind is int or kind is float or kind is bool:
        return str(value)
    if kind is list or kind is tuple:
        return "[" + ", ".join(describe(item) for item in value[:8]) + "]"
    if kind is types.CodeType:
        return f"code {value.co_name}"
    return f"<{name_of_type(kind)}>"
