"""Loads one model the way its user would, uses it, drops it, and lets the interpreter exit. Runs traced, as the model's user.

It reports what it does in records (src/behavior/channel.ts) written to descriptor 3; the writes stand in the trace. Nothing
here is a security boundary: the model runs in this very interpreter.

Standard input: one JSON object {"nonce", "format", "path", "imports"}, with "testCase" for a file that loads the model in place of
the format's loader, "code" for a folder with modules that come with the model, and "standIns" for names of `__main__` that nothing
defines. `imports` are modules that the load is going to ask for. The model finds it empty.
"""

from __future__ import annotations

import marshal
import opcode
import os
import posix
import sys

os.dup2(4, 2)
os.close(4)

import json  # noqa: E402 - standard error has to be the model's before anything can fail
import linecache  # noqa: E402
import types  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Tuple, Union

    # Of a function that was entered: its code and the line in it.
    Stack = List[Tuple[types.CodeType, Union[int, None]]]
    Json = Union[str, float, None, List["Json"], Dict[str, "Json"]]
    Known = Dict[str, Union[os.stat_result, OSError]]

HERE = os.path.dirname(os.path.abspath(__file__))


def own(name: str) -> Any:
    """A file beside this one. Isolated mode leaves the script's folder out, and a model may have modules of the same names."""
    known = set(sys.modules)
    sys.path.insert(0, HERE)
    try:
        return __import__(name)
    finally:
        sys.path.remove(HERE)
        for added in set(sys.modules) - known:
            if str(getattr(sys.modules[added], "__file__", None)).startswith(f"{HERE}/"):
                del sys.modules[added]


if TYPE_CHECKING:
    import changes
    import imports
    import loaders
    import standins
    import use
else:
    changes = own("changes")
    imports = own("imports")
    loaders = own("loaders")
    standins = own("standins")
    use = own("use")

CHANNEL = 3
RECORD_BYTES = 3500  # strace shows 4096 bytes of a string; a record that is cut cannot be read
FRAMES = 8
MAX_RECORDS = 2000

JOB = json.loads(os.read(0, 65536))
EMPTY = os.open("/dev/null", os.O_RDONLY)
os.dup2(EMPTY, 0)
os.close(EMPTY)
# The frames of these are the scan's, not the model's.
OWN_FILES = frozenset(
    os.path.join(HERE, name) for name in ("runner.py", "changes.py", "imports.py", "loaders.py", "standins.py", "tensorflow_formats.py", "use.py", "testcase.py"))
TEST_CASE = JOB.get("testCase")


def remember_lines() -> None:
    """A warning prints the line that it came from, and Python reads that file: as only a model that looks for the sandbox would."""
    for path in OWN_FILES:
        with open(path) as file:
            lines = file.readlines()
        linecache.cache[path] = (sum(map(len, lines)), None, lines, path)


class Reporter:
    """Writes records, each in one system call."""

    def __init__(self, nonce: str) -> None:
        self.prefix = f"dynscan:{nonce} "
        self.left = MAX_RECORDS

    def record(self, **fields: Any) -> None:
        text = json.dumps(fields)
        for limit in (800, 300, 100, 30):
            if len(text) <= RECORD_BYTES:
                break
            text = json.dumps(shorten(fields, limit))
        try:
            os.write(CHANNEL, (self.prefix + text[:RECORD_BYTES] + "\n").encode())
        except OSError:
            pass  # the model closed the channel: the trace shows it

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


REPORT = Reporter(JOB["nonce"])


def frames_of(frame: types.FrameType | None) -> list[dict[str, Any]]:
    stack: Stack = []
    while frame is not None:
        stack.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return innermost(stack)


def frames_of_traceback(traceback: types.TracebackType | None) -> list[dict[str, Any]]:
    stack: Stack = []
    while traceback is not None:
        stack.append((traceback.tb_frame.f_code, traceback.tb_lineno))
        traceback = traceback.tb_next
    return innermost(stack[::-1])


def innermost(stack: Stack) -> list[dict[str, Any]]:
    """The first frames, innermost first, and, however deep it lies below them, the test case's."""
    shown = [
        {"file": code.co_filename, "line": max(line or 0, 0), "function": code.co_name}
        for code, line in stack if code.co_filename not in OWN_FILES
    ]
    own = next((frame for frame in shown if frame["file"] == TEST_CASE), None)
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
# code or by this file count.
CODE = frozenset({"exec", "compile"})
# Python files in which the innermost frame is while an unpickler calls what a pickle names.
UNPICKLERS = (
    "/pickle.py", "/torch/serialization.py", "/numpy/lib/_npyio_impl.py", "/numpy/lib/format.py",
    "/dill/_dill.py", "/joblib/numpy_pickle.py", "/joblib/numpy_pickle_compat.py", "/cloudpickle/cloudpickle.py", "/pandas/compat/pickle_compat.py",
)
# They say nothing of files and folders of the image.
LOOKS = frozenset({"open", "os.listdir"})
QUIET = ("/usr/", "/opt/dynscan/", "/proc/", "/sys/", "/dev/", "/etc/")


# Code objects that are made of their parts, as pickles of functions make them, and functions of code objects.
MADE_CODE = frozenset({"code.__new__", "function.__new__"})
VARIABLE_PUT = frozenset({"os.putenv", "os.unsetenv"})
# What may stand before the instruction at which a function is entered.
BEFORE_ENTRY = frozenset(
    opcode.opmap[name] for name in ("COPY_FREE_VARS", "MAKE_CELL", "RETURN_GENERATOR", "POP_TOP", "NOP", "EXTENDED_ARG")
    if name in opcode.opmap)


def is_of_this_python(made: bytes | types.CodeType) -> bool:
    """
    Whether bytecode begins as this interpreter's compiler has it begin. From Python 3.11 on each function marks where it is entered
    (RESUME), and the numbers of instructions change with each version: run by another one it does anything, a crash for one.
    """
    code = made if isinstance(made, bytes) else made.co_code
    entry = opcode.opmap.get("RESUME")
    if entry is None or not code:
        return True
    first = next((number for number in code[::2] if number not in BEFORE_ENTRY), None)
    return first == entry


def install_audit() -> None:
    seen: set[Any] = set()
    busy = False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal busy
        if busy or current_phase in ("start", "import"):
            return
        if event not in AUDITED and event not in CODE and event not in LOOKS and event not in MADE_CODE and event not in VARIABLE_PUT:
            return
        busy = True  # what the report itself does is not the model's doing
        try:
            frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - `inspect` would have to be imported
            if event in VARIABLE_PUT:
                if state is not None:
                    state.put_variable(args[0], args[1] if len(args) > 1 else None)
                return
            if event in MADE_CODE:
                if "bytecode" not in seen and not is_of_this_python(args[0]):
                    seen.add("bytecode")
                    REPORT.record(k="bytecode")
                return
            if event in CODE:
                caller = frame.f_code.co_filename
                if (caller.startswith(("/usr/", "<frozen ")) and not caller.endswith(UNPICKLERS)) or not args or args[0] is None:
                    return
            elif event in LOOKS:
                name = args[0]
                if not isinstance(name, (str, bytes)):
                    return
                name = os.fsdecode(name)
                if f"{name}/".startswith((*QUIET, JOB["path"] + "/")):
                    return
            texts = [describe(arg) for arg in args[:4]]
            key = (event, *texts)
            if event == "pickle.find_class" and key in seen:
                return
            seen.add(key)
            REPORT.optional(k="audit", event=event, args=texts, frames=frames_of(frame))
        except Exception:  # noqa: BLE001 - an audit hook that raises would change what the model does
            pass
        finally:
            busy = False

    sys.addaudithook(hook)


def describe(value: Any) -> str:
    # repr of a foreign object would run the model's code: only plain values are shown.
    if isinstance(value, str):
        return value[:400]
    if isinstance(value, bytes):
        return value[:400].decode("utf-8", "backslashreplace")
    if value is None or type(value) in (int, float, bool):
        return str(value)
    if type(value) in (list, tuple):
        return "[" + ", ".join(describe(item) for item in value[:8]) + "]"
    if type(value).__name__ == "code":
        return f"code {value.co_name}"
    return f"<{type(value).__name__}>"


current_phase = "start"
# As it was before the load.
state: changes.State | None = None
told: set[str] = set()


def tell_changes() -> None:
    if state is None:
        return
    for what, now in state.changes():
        if what not in told:
            told.add(what)
            REPORT.record(k="changed", what=what, to=now)


def phase(name: str) -> None:
    global current_phase
    current_phase = name
    REPORT.record(k="phase", phase=name)


# The root is read-only: what lies here is the same from the first look to the last.
UNCHANGING = "/usr/"


# What `stat` and `lstat` said of paths when the image was built: for each an error's number, or the fields of the answer.
KEPT = os.path.join(HERE, "stats")


class Memory:
    """`stat` and `lstat` that ask the kernel at most once for each path of the image, and not for those asked when it was built."""

    def __init__(self) -> None:
        self.on = True
        self.real: dict[str, Callable[..., os.stat_result]] = {name: getattr(posix, name) for name in ("stat", "lstat")}
        self.known: dict[str, Known] = {name: {} for name in self.real}
        self.kept: dict[str, dict[str, Any]] = {name: {} for name in self.real}
        try:
            with open(KEPT, "rb") as file:
                self.kept = marshal.load(file)
        except OSError:
            pass  # it is being made

    def keep(self) -> None:
        """When the image is built: the answers, for the runs to come."""
        for name, answers in self.known.items():
            for path, found in answers.items():
                self.kept[name][path] = found.errno if isinstance(found, OSError) else found.__reduce__()[1]
        with open(KEPT, "wb") as file:
            marshal.dump(self.kept, file)

    def stand_in(self, name: str) -> Callable[..., os.stat_result]:
        real = self.real[name]

        def remembered(known: Known, path: str, *args: Any, **options: Any) -> os.stat_result:
            if args or options or type(path) is not str or not f"{path}/".startswith(UNCHANGING) or not self.on:
                return real(path, *args, **options)
            found = known.get(path)
            if found is None:
                found = known[path] = self.look(name, path)
            if isinstance(found, OSError):
                raise type(found)(found.errno, found.strerror, path)
            return found

        # Bound, as `os.stat` is no function that a class binds to its instances: `pathlib` has it as a method up to Python 3.10.
        return types.MethodType(remembered, self.known[name])

    def look(self, name: str, path: str) -> os.stat_result | OSError:
        """Of what is no symbolic link both say the same, so one question does for both."""
        kept = self.kept[name].get(path)
        if kept is not None:
            return OSError(kept, os.strerror(kept)) if type(kept) is int else os.stat_result(*kept)
        try:
            found = self.known["lstat"].get(path) or self.real["lstat"](path)
        except OSError as error:
            return error
        self.known["lstat"][path] = found
        is_link = not isinstance(found, OSError) and found.st_mode & 0o170000 == 0o120000
        if name == "lstat" or not is_link:
            return found
        try:
            return self.real["stat"](path)
        except OSError as error:
            return error


def remember_stats(memory: Memory) -> Callable[[], None]:
    """Answers a function that ends it; what took `os.stat` by name meanwhile then asks the kernel again.

    Importing torch asks 12,000 times about 1,800 paths. Each time costs two stops of the process, as a model's question after a
    secret has to show; so the framework's own questions are asked once. See
    docs/decisions/0025-stat-calls-are-traced.md.
    """
    sets = (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks)
    for name, real in memory.real.items():
        stand_in = memory.stand_in(name)
        setattr(os, name, stand_in)
        setattr(posix, name, stand_in)
        for members in sets:
            if real in members:
                members.add(stand_in)

    def end() -> None:
        memory.on = False
        for name, real in memory.real.items():
            for members in sets:
                members.discard(getattr(os, name))
            setattr(os, name, real)
            setattr(posix, name, real)

    return end


def remember_modules(memory: Memory) -> None:
    """Of what a pickle imports, scikit-learn above all, Python asks the same, through a function that nothing else uses."""
    from importlib import _bootstrap_external as machinery
    memory.on = True
    machinery.__dict__["_path_stat"] = memory.stand_in("stat")


def type_name(value: object) -> str:
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


def say_used(what: str, ok: bool, detail: str | None) -> None:
    REPORT.record(k="used", what=what, ok=ok, **({} if ok else {"detail": detail}))


def say_stood_in(name: str, called: bool) -> None:
    if (name, called) not in STOOD_IN:
        STOOD_IN.add((name, called))
        REPORT.record(k="standIn", name=name, called=called)


STOOD_IN: set[tuple[str, bool]] = set()


def raised(error: BaseException) -> None:
    fields: dict[str, Any] = {
        "k": "raised", "phase": current_phase, "type": type_name(error).replace("builtins.", "", 1),
        "message": use.message_of(error), "frames": frames_of_traceback(error.__traceback__),
    }
    if isinstance(error, SyntaxError) and error.filename == TEST_CASE and TEST_CASE:
        fields["frames"] = [{"file": TEST_CASE, "line": max(error.lineno or 0, 0), "function": "<module>"}]
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        fields["missing"] = error.name
    REPORT.record(**fields)


def main() -> None:
    import gc
    remember_lines()
    install_audit()
    model, to_use = None, False
    memory, case = None, None
    try:
        memory = Memory()
        forget = remember_stats(memory)
        # Until it ends nothing is counted: no byte of the model has been read, and what is imported is the image's own.
        phase("import")
        case = own("testcase").TestCase(TEST_CASE) if TEST_CASE else None
        loaders.LOADERS[JOB["format"]].imports()
        imports.import_modules(JOB.get("imports", ()))
        forget()
        remember_modules(memory)
        # As in a session at the prompt: this file is not what models know by that name, and no worker process runs it again.
        sys.modules["__main__"] = standins.Main(frozenset(JOB.get("standIns", ())), say_stood_in)
        if case:
            case.become_main()
        if JOB.get("code"):
            sys.path.append(JOB["code"])  # last: what the image has is not replaced
        global state
        state = changes.State()
        phase("load")
        model = case.run(JOB["path"]) if case else loaders.LOADERS[JOB["format"]].load(JOB["path"])
        REPORT.record(k="loaded", type=type_name(model))
        to_use = True
    except loaders.Incomplete as incomplete:
        raised(incomplete.error)
        model, to_use = incomplete.parts, True
        incomplete.error.__traceback__ = None
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are ways for a model to leave, too
        raised(error)
        # Its traceback holds the frames of the load, and in them half-built objects.
        error.__traceback__ = None
    tell_changes()
    if to_use:
        phase("use")
        # A test case that hands nothing back has done all that is to be done; what it does hand back need not be of the format.
        if case is None or model is not None:
            use.use(model, say_used, None if case else loaders.LOADERS[JOB["format"]].use)
    phase("collect")
    del model
    gc.collect()
    tell_changes()
    if JOB.get("keep") and memory is not None:
        memory.keep()
    phase("exit")
    REPORT.record(k="done")


def with_room(act: Callable[[], None]) -> None:
    """
    Python's frames lie in pieces of memory of 16 KiB; a call that goes over the end of one takes a piece, its return gives it
    back: 600 times in an import of torch, each with two stops of the process. A frame as large as this one takes a piece of
    256 KiB, in which there is room for those above it.
    """
    return act()


with_room.__code__ = with_room.__code__.replace(co_stacksize=17_000)

if __name__ == "__main__":
    with_room(main)
