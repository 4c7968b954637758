"""Loads one model the way its user would, uses it, drops it, and lets the interpreter exit. Runs traced, as the model's user.

What it does it says in records (src/behavior/channel.ts) written to descriptor 3; the writes stand in the trace. The model runs in
this very interpreter, so from the moment on at which it is read, another thread says what is done with it: see scene.c and director.py.

Standard input: one JSON object {"nonce", "format", "path", "imports"}, with "testCase" for a file that loads the model in place of
the format's loader, "code" for a folder with modules that come with the model, and "standIns" for names of `__main__` that nothing
defines. `imports` are modules that the load is going to ask for. The model finds it empty.
"""

from __future__ import annotations

import builtins
import marshal
import os
import posix
import sys

os.dup2(4, 2)
os.close(4)

import _imp  # noqa: E402 - standard error has to be the model's before anything can fail
import _thread  # noqa: E402
import json  # noqa: E402
import linecache  # noqa: E402
import types  # noqa: E402
from importlib.machinery import ModuleSpec, SourceFileLoader  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Union

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


def apart(name: str) -> Any:
    """A file beside this one that is in no table of the interpreter, with built-in functions of its own, which nobody else can replace."""
    path = os.path.join(HERE, f"{name}.py")
    module = types.ModuleType(name)
    module.__dict__.update(__file__=path, __builtins__=dict(vars(builtins)))
    code = SourceFileLoader(name, path).get_code(name)
    if code is not None:
        types.FunctionType(code, module.__dict__)()
    return module


if TYPE_CHECKING:
    import changes
    import director
    import imports
    import loaders
    import standins
    import use
    import watch
else:
    changes = apart("changes")
    director = apart("director")
    imports = own("imports")
    loaders = own("loaders")
    standins = own("standins")
    use = apart("use")
    watch = apart("watch")

JOB = json.loads(os.read(0, 65536))
EMPTY = os.open("/dev/null", os.O_RDONLY)
os.dup2(EMPTY, 0)
os.close(EMPTY)


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
    """Of what a pickle imports, scikit-learn above all, Python asks the same, through a function that nobody else uses."""
    from importlib import _bootstrap_external as machinery
    memory.on = True
    machinery.__dict__["_path_stat"] = memory.stand_in("stat")


def main() -> None:
    """Does all that needs no byte of the model, and then is the scene for what the director asks for."""
    memory = prepare()
    SCENE.serve()
    if JOB.get("keep"):
        memory.keep()


def remember_lines() -> None:
    """A warning prints the line that it came from, and Python reads that file: as only a model that looks for the sandbox would."""
    for path in watch.OWN_FILES:
        with open(path) as file:
            lines = file.readlines()
        linecache.cache[path] = (sum(map(len, lines)), None, lines, path)


def prepare() -> Memory:
    remember_lines()
    report = watch.Reporter(JOB["nonce"])
    watching = watch.Watch(report, JOB["path"], JOB.get("testCase"))
    watching.install()
    memory = Memory()
    forget = remember_stats(memory)
    # Until it ends nothing is counted: no byte of the model has been read, and what is imported is the image's own.
    report.record(k="phase", phase="import")
    loader = loaders.LOADERS[JOB["format"]]
    try:
        case = own("testcase").TestCase(JOB["testCase"]) if JOB.get("testCase") else None
        loader.imports()
        imports.import_modules(JOB.get("imports", ()))
        problem = None
    except BaseException as error:  # noqa: BLE001 - a library of the image may fail in any way
        case, problem = None, error
    forget()
    remember_modules(memory)
    # As in a session at the prompt: this file is not what models know by that name, and no worker process runs it again.
    sys.modules["__main__"] = standins.Main(frozenset(JOB.get("standIns", ())), apart("watch").StoodIn(JOB["nonce"]).say)
    if case:
        case.become_main()
    if JOB.get("code"):
        sys.path.append(JOB["code"])  # last: what the image has is not replaced
    # The model finds it in the interpreter, so it has this file to itself.
    lacking = apart("watch").Lacking(tuple(f"{JOB[key]}" for key in ("testCase", "code") if JOB.get(key)))
    sys.meta_path.append(lacking)
    state = changes.State()
    if case:
        case.state = state
    watching.begin(state)
    task = director.Task(
        load=case.run if case else loader.load, path=JOB["path"], incomplete=loaders.Incomplete,
        first=None if case else loader.use, by_test_case=case is not None, test_case=JOB.get("testCase"), problem=problem,
        space=globals(), changes=state.changes, stand_ins=list(vars(standins).values()), made=watching.made,
        parts=(changes, watch), threads=watching.threads, lacking=lacking.names,
    )
    ready = _thread.allocate_lock()
    ready.acquire()
    _thread.start_new_thread(director.direct, (SCENE, report, use, task, ready))
    # From here on nothing in reach of a frame of this thread leads to the director or to what it goes by.
    for name in ("changes", "director", "watch", "use", "loaders", "imports", "standins"):
        del globals()[name]
    ready.acquire()
    return memory


def extension(name: str) -> Any:
    path = os.path.join(HERE, f"{name}.so")
    module = _imp.create_dynamic(ModuleSpec(name, None, origin=path))
    sys.modules.pop(name, None)
    return module


def with_room(act: Callable[[], None]) -> None:
    """
    Python's frames lie in pieces of memory of 16 KiB; a call that goes over the end of one takes a piece, its return gives it
    back: 600 times in an import of torch, each with two stops of the process. A frame as large as this one takes a piece of
    256 KiB, in which there is room for those above it.
    """
    return act()


with_room.__code__ = with_room.__code__.replace(co_stacksize=17_000)

if __name__ == "__main__":
    SCENE = extension("scene")
    with_room(main)
