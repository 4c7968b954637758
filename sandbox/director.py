"""Decides what is done with a model and says what came of it, in a thread in which nothing of the model's ever runs (scene.c).

What this file knows of an object it asks the interpreter, never the object: a class of the model's can answer any question with code.
All else is done on the scene, by the model's own functions or by those of use.py. A step is one call there. What use.py says is taken
for what it is worth, as code of the model's can have changed it meanwhile; who does that is told of.
"""

# What is said of objects of the model's has no types here.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import _thread
import gc
import operator
import os
import sys
import time
import types
from importlib.machinery import ModuleSpec
from itertools import chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, Tuple

    from use import Trials
    from watch import Reporter

    # A name, a function, its positional and its named arguments, and these in words.
    Step = Tuple[str, Callable[..., Any], Tuple[Any, ...], Dict[str, Any], str]

# Where the image's libraries lie.
LIBRARIES = ("/usr/",)
# Steps with all objects together, and seconds of the processor's time for them.
STEPS = 800
PROCESSOR_SECONDS = 15.0
# Objects that are looked through to find those of the model's own classes, and how many are used of those and of a library's.
LOOKED_AT = 20_000
OBJECTS = 60
LIBRARY_OBJECTS = 5
# Of what the steps give.
GIVEN = 12
NAMES_SAID = 40
DETAIL = 400

# Taken once, before anything of a model's is read: what others put in their places is not asked.
get_referents = gc.get_referents
process_time = time.process_time
write = os.write
modules = sys.modules
get_ident = _thread.get_ident
current_frames = sys._current_frames  # pyright: ignore[reportPrivateUsage] - what the threads of the model do
order_of = vars(type)["__mro__"].__get__
names_of = vars(type)["__dict__"].__get__
flags_of = vars(type)["__flags__"].__get__
title_of = vars(type)["__qualname__"].__get__
names_in = vars(types.ModuleType)["__dict__"].__get__
fields_of_spec = vars(ModuleSpec)["__dict__"].__get__
PLAIN = (str, bytes, bytearray, int, float, complex, bool, type(None), types.ModuleType, types.CodeType, types.FrameType)
CONTAINERS = (dict, list, tuple, set, frozenset)
FUNCTIONS = (types.FunctionType, types.MethodType)
MADE_BY_C = (
    types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType,
    types.ClassMethodDescriptorType, tuple,
)
# Py_TPFLAGS_HEAPTYPE: no class of Python's lacks it.
HEAP = 1 << 9
BINDERS = (staticmethod, classmethod, property)


class Task:
    """What the runner hands the director."""

    def __init__(self, load: Callable[[str], Any], path: str, incomplete: type, first: Callable[[Trials, Any], None] | None,
                 by_test_case: bool, test_case: str | None, problem: BaseException | None, space: dict[str, Any],
                 stand_ins: list[Any], changes: Callable[[], tuple[list[tuple[str, str]], bool]], made: set[Any],
                 parts: tuple[types.ModuleType, ...] = (), threads: list[Any] | None = None, lacking: set[str] | None = None) -> None:
        self.load, self.path, self.incomplete, self.first = load, path, incomplete, first
        self.by_test_case, self.test_case, self.problem = by_test_case, test_case, problem
        MADE[:] = [made]
        STAND_INS[:] = [value for value in stand_ins if type(value) is types.FunctionType]
        RUNNERS[:] = namespaces_of(load) + namespaces_of(first) + [names_in(part) for part in parts]
        # What the load has changed in the interpreter (changes.py). It asks objects, so it is for the scene.
        self.changes = changes
        # The files that this one goes by, beside use.py, and threads that the model has started (watch.py).
        self.lacking = lacking if lacking is not None else set()
        self.parts, self.threads, self.main = parts, threads if threads is not None else [], get_ident()
        # The runner's own names, and what they stood for before the model was read.
        self.space, self.names = space, dict(space)


def namespaces_of(loader: Any) -> list[Any]:
    """The namespace of a loader, and of those files beside it that it goes by; asked before the model is read."""
    function = names_of(loader).get("__init__") if is_class(type(loader)) else loader
    here, _, _ = namespaces_of.__code__.co_filename.rpartition("/")
    if type(function) is not types.FunctionType or not function.__code__.co_filename.startswith(f"{here}/"):
        return []
    beside = [names_in(value) for value in function.__globals__.values() if type(value) is types.ModuleType]
    return [function.__globals__, *(space for space in beside if str(space.get("__file__")).startswith(f"{here}/"))]


class Left(BaseException):
    """The model has left the interpreter, or tried to, while it was used."""


def direct(scene: Any, report: Reporter, use: types.ModuleType, task: Task, ready: Any) -> None:
    scene.begin(report.prefix[8:].strip(), gc.enable, gc.disable)
    ready.release()
    try:
        Director(scene, report, use, task).run()
    except Left:
        pass
    except BaseException as error:  # noqa: BLE001 - a fault of this program; that nothing more is said shows
        write(2, f"The scan's own program failed: {type(error).__name__}: {error}\n".encode())
    scene.finish()


class Director:
    def __init__(self, scene: Any, report: Reporter, use: types.ModuleType, task: Task) -> None:
        self.scene, self.report, self.task = scene, report, task
        self.tools = names_in(use)
        self.changed: set[str] = set()
        self.told: set[str] = set()
        # All objects of the model's that this thread has to do with: as long as they are in here, none of them ends in this thread.
        self.held: list[Any] = []
        # What the load gave, if it gave anything.
        self.loaded: list[Any] = []
        self.held.append(self.loaded)
        here = [value for value in task.parts if type(value) is types.ModuleType] if type(task) is Task else []
        self.guard = guard_of([("director", globals()), *((exactly(one.__name__), names_in(one)) for one in (use, *here))], self.held)

    def say(self, **fields: Any) -> None:
        self.scene.say(self.report.line(fields))

    # --- The scene ---

    def check(self) -> None:
        """Whether what this file and use.py go by is what it was; if not, it is again."""
        for name in self.guard():
            self.tell_changed(name)

    def tell_changed(self, name: str) -> None:
        if name not in self.changed:
            self.changed.add(name)
            self.say(k="reached", what=name)

    def do(self, tool: str, *arguments: Any) -> Any:
        """A function of use.py on the scene. What it gives is read as plain data; None if it raised."""
        guard = self.guard
        self.check()
        ok, value = self.scene.call(self.tools[tool], arguments)
        # Before anything else of this file runs: code of the model's can find its classes, by `object.__subclasses__()`, and put its own in them.
        for name in guard():
            self.tell_changed(name)
        if value is not None and type(value) is not str:
            self.held.append(value)
        if ok:
            return value
        if issubclass(type(value), Exception):
            return None
        raise Left

    # --- The run ---

    def run(self) -> None:
        task = self.task
        to_use = False
        if task.problem is not None:
            self.raised("import", self.do("told", task.problem, task.test_case))
        else:
            self.say(k="phase", phase="load")
            to_use = self.load()
            self.tell_changes()
        if to_use:
            self.say(k="phase", phase="use")
            # A test case that hands nothing back has done all that is to be done; what it does hand back need not be of the format.
            if not task.by_test_case or self.loaded[0] is not None:
                Use(self).run(self.loaded[0])
            self.rest()
        self.say(k="phase", phase="collect")
        self.do("drop", self.loaded, self.held, LIBRARY_KINDS)
        self.tell_changes()
        self.rest()
        self.tell_unfinished()
        self.say(k="phase", phase="exit")
        self.say(k="done")

    def load(self) -> bool:
        task = self.task
        self.check()
        # What a model raises to leave is how its load ended, too.
        problem = self.do("load", task.load, task.path, self.loaded, task.incomplete, task.test_case)
        if problem is not None:
            self.raised("load", problem)
        elif self.loaded:
            self.say(k="loaded", type=plain(self.do("type_name", self.loaded[0])))
        return len(self.loaded) > 0

    def tell_changes(self) -> None:
        """And whether everything was compared: what the comparison says comes from the scene, and can be anything."""
        result = plain(self.do("given", self.task.changes))
        found, complete = result if type(result) is list and len(result) == 2 else (None, False)
        complete = complete is True and type(found) is list
        for one in found if type(found) is list else []:
            what, to = one if type(one) is list and len(one) == 2 else ("", "")
            if type(what) is not str or type(to) is not str or what == "":
                complete = False
            elif what not in self.told:
                self.told.add(what)
                self.say(k="changed", what=what, to=to)
        self.say(k="compared", complete=complete)

    def raised(self, phase: str, told: Any) -> None:
        fields = plain(told)
        if type(fields) is dict:
            self.say(k="raised", phase=phase, **{key: value for key, value in fields.items() if key not in ("k", "phase")})

    def rest(self) -> None:
        """Until all has happened that the model has set for later: its threads' and its timers' waits end, and its event loop runs."""
        self.say(k="rest", begins=True)
        guard = self.guard
        self.scene.rest()
        for name in guard():
            self.tell_changed(name)
        # A signal that came to another thread is handled when the main one does something; nothing that waits for it is done otherwise.
        if self.do("turn") is True:
            self.scene.rest()
        self.say(k="rest", begins=False)

    def tell_unfinished(self) -> None:
        """Threads that the model has started, or that run code of its own, and that wait for more than the rest has brought them."""
        frames = list(current_frames().items())
        # Let go on the scene: with a frame its variables end, and with the frame of a thread that is gone, what these hold.
        self.held.append(frames)
        found: list[str] = []
        for thread_number, innermost in frames:
            if thread_number in (self.task.main, get_ident()):
                continue
            frame: types.FrameType | None = innermost
            names_of_own: list[str] = []
            thread: Any = None
            while frame is not None:
                code = frame.f_code
                file = file_of_code(code)
                if file != self.task.test_case and not is_librarys(code, frame.f_globals):
                    names_of_own.append(exactly(code.co_name))
                if exactly(code.co_name) == "_bootstrap":
                    variables = dict(frame.f_locals)
                    self.held.append(variables)
                    thread = variables.get("self")
                frame = frame.f_back
            is_own = thread is not None and (any(thread is one for one in self.task.threads) or not is_library(type(thread)) or holds_own_function(thread))
            if names_of_own or is_own:
                found.append(names_of_own[0] if names_of_own else "a thread")
        known = names(modules)
        asked = [name for name in list(self.task.lacking) if type(name) is str and name not in known]
        if asked:
            self.say(k="lacking", modules=[name[:100] for name in sorted(asked)[:NAMES_SAID]])
        if found:
            self.say(k="unfinished", threads=[name[:100] for name in found[:NAMES_SAID]])
        self.do("drop", self.loaded, self.held, LIBRARY_KINDS)


def plain(value: Any, depth: int = 4) -> Any:
    """Data, copied: what only derives from these classes can be asked nothing without running code that is not this file's."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if depth > 0 and (kind is list or kind is tuple):
        return [plain(item, depth - 1) for item in value[:100]]
    if depth > 0 and kind is dict:
        return {key: plain(item, depth - 1) for key, item in list(value.items())[:100] if type(key) is str}
    return "?"


def guard_of(spaces: list[tuple[str, dict[str, Any]]], held: list[Any]) -> Callable[[], list[str]]:
    """
    A function that puts back what is another in these namespaces, their classes, functions and built-in names, and says what that was.

    It is in reach of no name: it goes by what is in its own variables alone, and nothing that it does asks an object of the model's anything.
    """
    kind_of, text, put, take_away, every, len_of, dict_of, class_names, refer = (
        type, str, type.__setattr__, type.__delattr__, list, len, dict, names_of, get_referents)
    same, each, each_of = operator.is_, map, all
    # What the interpreter adds by itself.
    own_names = ("__dict__", "__weakref__", "__annotations__", "__annotations_cache__", "__annotate__", "__annotate_func__", "__doc__")
    whole: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    classes: list[tuple[str, type, dict[str, Any]]] = []
    functions: list[tuple[str, types.FunctionType, Any, Any, Any]] = []

    def remember(name: str, value: Any) -> None:
        if type(value) is types.FunctionType:
            functions.append((name, value, value.__code__, value.__defaults__, value.__kwdefaults__))

    for title, space in spaces:
        whole.append((title, space, dict(space)))
        builtins = space.get("__builtins__")
        if type(builtins) is dict:
            whole.append((title, builtins, dict(builtins)))
        for name, value in list(space.items()):
            remember(f"{title}.{name}", value)
            if issubclass(type(value), type) and names_of(value).get("__module__") == space.get("__name__"):
                kept = {key: one for key, one in names_of(value).items() if key not in own_names}
                classes.append((f"{title}.{name}", value, kept))
                for key, one in kept.items():
                    remember(f"{title}.{name}.{key}", one)

    def look() -> list[Any]:
        """All that these lead to, in order: one call of the interpreter's for all functions, as each question for a function's code is an event."""
        found: list[Any] = []
        for _, space, _ in whole:
            found += space
            found += space.values()
        for _, kind, _ in classes:
            found += class_names(kind).values()
        found += refer(*[function for _, function, _, _, _ in functions])
        return found

    seen: list[list[Any]] = []

    def guard() -> list[str]:
        changed: list[str] = []
        if seen:
            now_seen = look()
            if len_of(now_seen) == len_of(seen[0]) and each_of(each(same, now_seen, seen[0])):
                return changed
            held.append(now_seen)
        for title, space, kept in whole:
            now = {name: value for name, value in every(space.items()) if kind_of(name) is text}
            wrong = [name for name, value in kept.items() if name not in now or now[name] is not value]
            if wrong or len_of(space) != len_of(kept):
                # What was there ends on the scene.
                held.append(now)
                if wrong:
                    changed += [f"{title}.{name}" for name in wrong]
                    space.update(kept)
        for title, kind, kept in classes:
            now = dict_of(class_names(kind))
            for name, value in kept.items():
                if name not in now or now[name] is not value:
                    held.append(now)
                    changed.append(f"{title}.{name}")
                    put(kind, name, value)
            for name in [name for name in now if name not in kept and name not in own_names]:
                held.append(now)
                changed.append(f"{title}.{name}")
                take_away(kind, name)
        for title, function, code, defaults, keywords in functions:
            if function.__code__ is not code or function.__defaults__ is not defaults or function.__kwdefaults__ is not keywords:
                held.append([function.__defaults__, function.__kwdefaults__])
                changed.append(title)
                function.__code__, function.__defaults__, function.__kwdefaults__ = code, defaults, keywords
        seen[:] = [look()]
        return changed

    return guard


# --- What is done with a loaded object ---


class Target:
    """An object that is used, or a class or function of the model's: what it is called, and the steps that are left to do with it."""

    def __init__(self, name: str, steps: Steps) -> None:
        self.name, self.steps = name, steps


class Use:
    def __init__(self, director: Director) -> None:
        self.director = director
        self.end = process_time() + PROCESSOR_SECONDS
        self.left = STEPS
        # By name, whatever it was called with: with what and why it failed; None once it worked.
        self.said: dict[str, tuple[str, str] | None] = {}
        self.kinds: dict[int, Kind] = {}
        # What the last step gave; and, of what is used, the code of functions, as one that is made in each call is new each time, and the classes of
        # objects.
        self.results: list[Any] = []
        director.held.append(self.results)
        self.codes: set[int] = set()
        self.given = 0

    def run(self, model: Any) -> None:
        self.say_first(self.director.do("show", model))
        if self.director.task.first is not None and not is_container(type(model)):
            self.say_first(self.director.do("first", self.director.task.first, model))
        # After that: an interpreter of TensorFlow Lite does nothing while anything else holds a part of it.
        own, of_libraries = self.find(model)
        ran = Ran(self.director, [method for kind in self.kinds.values() for method in kind.methods])
        targets = all_targets = [*own, *of_libraries]
        while targets:
            going: list[Target] = []
            for target in targets:
                # Each one step, so that none takes the time of the others.
                step = next(target.steps, None)
                if step is None:
                    continue
                if self.left == 0 or process_time() > self.end:
                    self.say_budget(all_targets)
                    going = []
                    break
                self.left -= 1
                self.attempt(target, step)
                going.append(target)
                further = self.find_in_results()
                all_targets = [*all_targets, *further]
                going += further
            targets = going
        for key, failed in self.said.items():
            if failed is None:
                self.director.say(k="used", what=key, ok=True)
            else:
                self.director.say(k="used", what=failed[0], ok=False, detail=failed[1][:DETAIL])
        ran.say()

    def attempt(self, target: Target, step: Step) -> None:
        what, function, arguments, named, words = step
        told = self.director.do("attempt", function, arguments, named, self.results)
        name = f"{target.name}{what} with {words}" if words else f"{target.name}{what}"
        key = f"{target.name}{what}"
        target.steps.worked = told is None
        if told is None:
            self.said[key] = None
        elif self.said.get(key, FAILED) is not None and not what.startswith(UNSAID):
            self.said[key] = (name, told if type(told) is str else "?")

    def say_first(self, told: Any) -> None:
        for one in plain(told) or []:
            if type(one) is list and len(one) == 3:
                what, ok, detail = one
                self.director.say(k="used", what=str(what)[:DETAIL], ok=ok is True, **({} if ok is True else {"detail": str(detail)[:DETAIL]}))

    def say_budget(self, targets: list[Target]) -> None:
        """Only what is of the model's own is missed: what else a library's object could have been asked is the library's."""
        missed = [name for target in targets for name in target.steps.to_come]
        if missed:
            self.director.say(k="budget", left=[name[:100] for name in missed[:NAMES_SAID]], count=len(missed))

    # --- What there is to use ---

    def find(self, model: Any) -> tuple[list[Target], list[Target]]:
        """The objects, functions and classes of the model's own that can be reached from it, and some of the libraries' objects."""
        own: list[Target] = []
        of_libraries: list[Any] = []
        seen = {id(model)}
        # Whether only containers lie between it and the model: who looks for a model in a file looks there.
        waiting: list[tuple[Any, bool]] = [(model, True)]
        number = 0
        for looked_at in range(LOOKED_AT):
            if looked_at >= len(waiting):
                break
            item, is_near = waiting[looked_at]
            kind = type(item)
            name = "" if item is model else f"object {number + 1} in it: "
            target = None if len(own) >= OBJECTS else self.target_of(item, kind, name)
            if target is not None:
                number += 1
                own.append(target)
            elif is_near and not is_container(kind) and not one_of(kind, FUNCTIONS) and not is_class(kind) and len(of_libraries) < LIBRARY_OBJECTS:
                of_libraries.append(item)
            if is_class(kind):
                continue
            if target is not None and kind is not types.FunctionType:
                parts = self.parts_of_class(kind) + self.parts_of(item, kind)
            else:
                parts = self.parts_of(item, kind)
            for part in parts:
                if id(part) not in seen:
                    seen.add(id(part))
                    waiting.append((part, is_near and is_container(kind)))
        self.director.held.append([item for item, _ in waiting])
        library_targets: list[Target] = []
        for item in of_libraries:
            name = "" if item is model else f"object {number + 1} in it: "
            number += 1
            library_targets.append(Target(name, LibrarySteps(self.director, item, len(own) > 0)))
        return own, library_targets

    def find_in_results(self) -> list[Target]:
        """Functions and objects of classes of the model's own that a step gave, and that were not seen before."""
        found: list[Target] = []
        waiting = [(result, 2) for result in self.results]
        for item, depth in waiting:
            kind = type(item)
            if is_container(kind):
                if depth > 0:
                    waiting += [(part, depth - 1) for part in self.parts_of(item, kind)[:20]]
                continue
            if self.given >= GIVEN:
                break
            mark = id(item.__code__) if kind is types.FunctionType else id(kind)
            if mark in self.codes or is_class(kind):
                continue
            target = self.target_of(item, kind, f"result {self.given + 1}: ")
            if target is not None:
                self.director.held.append(item)
                self.given += 1
                found.append(target)
        return found

    def parts_of(self, item: Any, kind: type) -> list[Any]:
        parts = get_referents(item)
        if exactly(title_of(kind)) == "ndarray" and is_library(kind):
            # NumPy's arrays tell the collector nothing.
            items = self.director.do("items", item)
            parts = items if type(items) is list else []
        if kind is types.FunctionType:
            # What a function is made of, and the names that it goes by unless they are a module's.
            space = item.__globals__
            parts = [part for part in parts if part is not space]
            if not is_namespace_of_module(space) and not is_of_runner(space):
                # A function that dill loads has the names of the first `__main__`, which are the runner's.
                before = self.director.task.names if space is self.director.task.space else {}
                parts += [value for name, value in names(space).items() if name != "__builtins__" and before.get(name) is not value]
        return [part for part in parts if (of := type(part)) is not str and of is not int and of is not float and part is not kind
                and not one_of(of, PLAIN)]

    def parts_of_class(self, kind: type) -> list[Any]:
        """What the model's own classes hold for all their objects: the methods are called by their names, what lies behind these is not."""
        parts: list[Any] = []
        for owner in order_of(kind):
            if is_library(owner):
                continue
            for value in names(names_of(owner)).values():
                function = value.__func__ if one_of(type(value), BINDERS[:2]) else value
                parts += self.parts_of(function, type(function)) if type(function) is types.FunctionType else [value]
        return [part for part in parts if not one_of(type(part), (*PLAIN, *BINDERS, types.GetSetDescriptorType, types.MemberDescriptorType))
                and part is not kind]

    def target_of(self, item: Any, kind: type, name: str) -> Target | None:
        if kind is types.FunctionType:
            self.codes.add(id(item.__code__))
            return None if is_of_library(item) else Target(name or "", FunctionSteps(self.director, item))
        if is_class(kind):
            return None if is_library(item) else Target(name, ClassSteps(self.director, self.kind_of(item), item))
        if is_container(kind) or is_library(kind):
            return None
        self.codes.add(id(kind))
        return Target(name, OwnSteps(self.director, self.kind_of(kind), item))

    def kind_of(self, kind: type) -> Kind:
        if id(kind) not in self.kinds:
            self.kinds[id(kind)] = Kind(kind)
        return self.kinds[id(kind)]


def one_of(kind: type, kinds: tuple[type, ...]) -> bool:
    """As `in`, which would ask the class of a class what it is equal to."""
    return any(kind is one for one in kinds)


def names(space: Any) -> dict[str, Any]:
    """What a dictionary holds by name; nothing if a key is of another class than `str`, which would be asked what it is equal to."""
    held = list(space.items()) if type(space) is dict or type(space) is types.MappingProxyType else []
    return dict(held) if all(type(name) is str for name, _ in held) else {}


LIBRARY_KINDS: dict[int, tuple[type, bool]] = {}


def is_container(kind: type) -> bool:
    return one_of(kind, CONTAINERS) or (is_library(kind) and issubclass(kind, CONTAINERS))


def is_class(kind: type) -> bool:
    return issubclass(kind, type)


# Namespaces of the loaders: what they hand over can be an object of a class of their own.
RUNNERS: list[Any] = []


def is_of_runner(space: Any) -> bool:
    return any(space is one for one in RUNNERS)


def is_of_library(function: types.FunctionType) -> bool:
    return is_librarys(function.__code__, function.__globals__)


def is_librarys(code: types.CodeType, space: Any) -> bool:
    return is_of_runner(space) or (is_namespace_of_module(space) and file_of_code(code).startswith((*LIBRARIES, "<frozen ")))


# Of code that was made in the run (watch.py): what it says of its file means nothing.
MADE: list[set[Any]] = []


def file_of(function: types.FunctionType) -> str:
    return file_of_code(function.__code__)


def file_of_code(code: types.CodeType) -> str:
    """The file that it is of."""
    file = exactly(code.co_filename)
    return "" if any(file in made or (file, exactly(code.co_name)) in made for made in MADE) else file


def is_namespace_of_module(space: Any) -> bool:
    """Of a module of a library: its own names are its own, and no part of what is in the file."""
    name = exactly(names(space).get("__name__"))
    module = names(modules).get(name)
    return type(module) is types.ModuleType and names_in(module) is space and is_origin(name, module)


# Functions of the classes that stand in for those that nothing defines (standins.py): to use these shows nothing.
STAND_INS: list[Any] = []


def is_stand_in(kind: type) -> bool:
    functions = [value for value in names(names_of(kind)).values() if type(value) is types.FunctionType]
    return len(functions) > 0 and all(any(function is one for one in STAND_INS) for function in functions)


def is_library(kind: type) -> bool:
    if id(kind) not in LIBRARY_KINDS:
        # While it is looked at: two classes can hold objects of each other.
        LIBRARY_KINDS[id(kind)] = (kind, False)
        LIBRARY_KINDS[id(kind)] = (kind, is_stand_in(kind) or is_of_module(kind))
    return LIBRARY_KINDS[id(kind)][1]


def is_of_module(kind: type) -> bool:
    name = exactly(names(names_of(kind)).get("__module__")) or "builtins"
    module = names(modules).get(name)
    if module is None or not issubclass(type(module), types.ModuleType):
        return not has_python(kind) or is_made_by_library(kind)
    # A class can claim any module: only the one that the module holds under that name is of it.
    held = names(names_in(module))
    for part in exactly(title_of(kind)).split("."):
        found = held.get(part)
        if found is kind:
            return is_origin(name, module) and all(is_of_files(name, value) for name, value in names(names_of(kind)).items())
        if not is_class(type(found)):
            break
        held = names(names_of(found))
    return not has_python(kind) or is_made_by_library(kind)


def is_made_by_library(kind: type) -> bool:
    """Whether a function of a library made it (`<locals>`), or native code that gave it functions of Python's: all its code is a library's."""
    if type(kind) is not type and not is_library(type(kind)):
        return False
    for value in names(names_of(kind)).values():
        of = type(value)
        parts = (value.__func__,) if one_of(of, BINDERS[:2]) else (value.fget, value.fset, value.fdel) if of is property else (value,)
        for part in parts:
            if type(part) is types.FunctionType:
                if not is_of_library(part):
                    return False
            elif type(part) is not kind and (not is_library(type(part)) or holds_own_function(part)):
                return False
    return True


def holds_own_function(item: Any) -> bool:
    """Whether an object of a library's class, such as a partial method, goes by a function of the model's."""
    held = get_referents(item)
    # Before Python 3.11 attributes lie in a dictionary.
    held += [value for one in held if type(one) is dict for value in one.values()]
    functions = [one.__func__ if type(one) is types.MethodType else one for one in held]
    return any(type(one) is types.FunctionType and not is_of_library(one) for one in functions)


def is_of_files(name: str, value: Any) -> bool:
    """Whether a function of a class is of a library's file, or made of text as some of those with special names are."""
    function = value.__func__ if one_of(type(value), BINDERS[:2]) else value
    # Classes of the import system have functions of changes.py.
    if type(function) is not types.FunctionType or is_of_runner(function.__globals__):
        return True
    file = file_of(function)
    return file.startswith((*LIBRARIES, "<frozen ")) if not name.startswith("__") else file.startswith((*LIBRARIES, "<"))


def has_python(kind: type) -> bool:
    """Whether it may have code of Python's: what C has made can be of no file of a model's."""
    meta = type(kind)
    if meta is not type and not is_library(meta):
        return True
    held = names(names_of(kind))
    return bool(flags_of(kind) & HEAP) and (not held or any(not one_of(type(value), (*PLAIN, *MADE_BY_C)) for value in held.values()))


def is_origin(name: str, module: Any) -> bool:
    # Python 3.8 gives no origin to modules that it starts with.
    if name in sys.builtin_module_names:
        return True
    spec = names(names_in(module)).get("__spec__")
    origin = exactly(names(fields_of_spec(spec)).get("origin")) if type(spec) is ModuleSpec else ""
    return origin in ("built-in", "frozen") or origin.startswith(LIBRARIES)


def exactly(text: Any) -> str:
    return text if type(text) is str else ""


# --- Steps ---

# Of these it is not said that they failed: they are tried with whatever is at hand, to have done it.
FAILED = ("", "")
UNSAID = ("_", "try its", "set ", "remove its", "copy it", "save it", "make another", "ask for what", "read its _")
# What is not called by itself: it ran when the object was made, runs when it ends, or is asked all the time.
NOT_CALLED = frozenset({
    "__new__", "__del__", "__init_subclass__", "__class_getitem__", "__subclasshook__", "__getattribute__", "__class__", "__prepare__",
    "__getnewargs__", "__getnewargs_ex__", "__setstate__", "__init__", "__reduce__", "__reduce_ex__",
})
# What users and libraries do with any object. Calling a method by its name does not do all that the interpreter does with it.
PROTOCOLS = (
    ("__len__", "length"), ("__iter__", "first_items"), ("__next__", "next_item"), ("__reversed__", "reversed_items"), ("__hash__", "hash_of"),
    ("__contains__", "holds"), ("__eq__", "equals"), ("__str__", "text"), ("__bool__", "truth"), ("__float__", "number"), ("__dir__", "directory"),
    ("__array__", "array"), ("__enter__", "within"), ("__call__", "called"), ("__getitem__", "first_items"), ("__aenter__", "within_async"),
    ("__torch_function__", "calculated"), ("__array_ufunc__", "calculated"),
)
# The same for what is done with a class.
CLASS_PROTOCOLS = (("__init_subclass__", "subclassed"), ("__class_getitem__", "parametrized"), ("__subclasshook__", "asked_for_subclass"))
# Arguments by the names that people give them.
BY_NAME = {
    **dict.fromkeys(("text", "texts", "prompt", "prompts", "sentence", "sentences", "query", "message", "word", "document", "string", "s"), "text"),
    **dict.fromkeys(("path", "file", "filename", "fname", "folder", "directory", "dir", "output", "save_directory", "filepath", "save_path"), "/tmp/saved"),
    **dict.fromkeys(("key", "item", "index", "i", "idx", "n", "k", "position", "num", "count", "size", "seed", "axis", "dim"), 0),
    **dict.fromkeys(("name", "attr", "attribute"), "missing"),
    "device": "cpu", "memo": {}, "form": "", "format_spec": "", "mode": True, "deep": True, "dtype": None, "func": repr, "args": (), "kwargs": {},
    "types": (), "exc_type": None, "exc_val": None, "exc_tb": None, "exc_value": None, "traceback": None, "config": {}, "state_dict": {},
}
TARGETS = frozenset({"y", "labels", "label", "target", "targets", "y_true", "sample_weight"})
BY_METHOD: dict[str, tuple[Any, ...]] = {
    "__getattr__": ("missing",), "__setattr__": ("note", 0), "__delattr__": ("note",), "__getitem__": (0,), "__delitem__": (0,), "__missing__": (0,),
    "__contains__": (0,), "__setitem__": (0, 0.0), "__format__": ("",), "__exit__": (None, None, None), "__deepcopy__": ({},), "__get__": (None, None),
    "__set_name__": (None, "missing"), "__round__": (0,), "__aexit__": (None, None, None), "__instancecheck__": (0,), "__subclasscheck__": (int,),
}


class Method:
    """A function that a class of the model's has: by what name, and how it is bound."""

    def __init__(self, owner: type, name: str, function: Any, bound: str) -> None:
        self.owner, self.name, self.function, self.bound = owner, name, function, bound
        self.title = f"{exactly(title_of(owner))}.{name}"


class Kind:
    """A class of the model's: its own methods, and what is read and set."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.methods: list[Method] = []
        self.read: list[str] = []
        self.set: list[str] = []
        self.removed: list[str] = []
        found: set[str] = set()
        for owner in order_of(kind):
            if is_library(owner):
                continue
            for name, value in names(names_of(owner)).items():
                if name in found:
                    continue
                found.add(name)
                self.add(owner, name, value)
        # A class that only derives from a library's runs none of the model's code when an object of it is made, and native code of the library that
        # is given what it does not expect can crash.
        self.makes = not is_library(type(kind)) or any(method.name in ("__init__", "__new__") for method in self.methods)
        # What is public first.
        self.methods.sort(key=lambda method: method.name.startswith("_"))

    def add(self, owner: type, name: str, value: Any) -> None:
        kind = type(value)
        if kind is types.FunctionType:
            self.methods.append(Method(owner, name, value, "object"))
        elif (kind is staticmethod or kind is classmethod) and type(value.__func__) is types.FunctionType:
            self.methods.append(Method(owner, name, value.__func__, "nothing" if kind is staticmethod else "class"))
        elif kind is property:
            self.read.append(name)
            self.methods += [
                Method(owner, f"{name}.{part}", function, "object")
                for part, function in (("fget", value.fget), ("fset", value.fset), ("fdel", value.fdel)) if type(function) is types.FunctionType]
            if value.fset is not None:
                self.set.append(name)
            if value.fdel is not None:
                self.removed.append(name)
        elif not name.startswith("__") and not is_data_of_class(kind):
            self.read.append(name)


def is_data_of_class(kind: type) -> bool:
    """What is read of an object as it lies in the class: nothing runs."""
    return one_of(kind, PLAIN) or one_of(kind, CONTAINERS) or not any("__get__" in names(names_of(base)) for base in order_of(kind))


class Steps:
    """Goes through steps and knows which of the model's own methods it has not come to."""

    def __init__(self, director: Director) -> None:
        self.director = director
        self.to_come: list[str] = []
        # Whether the last one did.
        self.worked = False
        self.going = self.steps()

    def __iter__(self) -> Steps:
        return self

    def __next__(self) -> Step:
        return next(self.going)

    def steps(self) -> Iterator[Step]:
        raise NotImplementedError

    def tool(self, name: str) -> Any:
        return self.director.tools[name]


class OwnSteps(Steps):
    """All that can be done with an object of a class of the model's."""

    def __init__(self, director: Director, kind: Kind, item: Any) -> None:
        self.kind, self.item = kind, item
        super().__init__(director)
        self.to_come = [method.title for method in kind.methods if method.name not in NOT_CALLED and not method.name.endswith((".fget", ".fset", ".fdel"))]

    def steps(self) -> Iterator[Step]:
        item = self.item
        names = {method.name for method in self.kind.methods}
        for method, tool in PROTOCOLS:
            if method in names:
                yield f"try its {method}", self.tool(tool), (item,), {}, ""
        rows = read_rows(self.director.do("rows", item))
        for name in self.kind.read:
            yield f"read its {name}", self.tool("read"), (item, name), {}, ""
        for method in self.kind.methods:
            if method.name in NOT_CALLED or "." in method.name:
                continue
            if method.title in self.to_come:
                self.to_come.remove(method.title)
            first = (item,) if method.bound == "object" else (self.kind.kind,) if method.bound == "class" else ()
            yield from calls_of(method.name, method.function, first, rows)
        for method, function, offers in read_plan(self.director.do("plan", item, True)):
            for words, args, named in [] if method in names else offers:
                yield method, function, args, named, words
                if self.worked:
                    break
        for name in self.kind.set:
            yield f"set its {name}", self.tool("set_again"), (item, name), {}, ""
        yield "ask for what it lacks", self.tool("lacks"), (item,), {}, ""
        yield "set and remove an attribute", self.tool("note"), (item,), {}, ""
        yield "copy it", self.tool("copied"), (item,), {}, ""
        yield "save it", self.tool("saved"), (item,), {}, ""
        if self.kind.makes:
            yield "make another of its class", self.tool("made"), (self.kind.kind,), {}, ""
        yield from class_steps(self, self.kind)
        for name in self.kind.removed:
            yield f"remove its {name}", self.tool("removed"), (item, name), {}, ""


def class_steps(steps: Steps, kind: Kind) -> Iterator[Step]:
    names = {method.name for method in kind.methods}
    for method, tool in CLASS_PROTOCOLS:
        if method in names:
            yield f"try its {method}", steps.tool(tool), (kind.kind,), {}, ""


class ClassSteps(Steps):
    """A class that is in the file itself: objects are made of it, and what needs none is called."""

    def __init__(self, director: Director, kind: Kind, item: Any) -> None:
        self.kind, self.item = kind, item
        super().__init__(director)

    def steps(self) -> Iterator[Step]:
        if self.kind.makes:
            yield "make one", self.tool("made"), (self.item,), {}, ""
        yield from class_steps(self, self.kind)
        rows = read_rows(self.director.do("rows", None))
        made: list[Any] = []
        self.director.held.append(made)
        if any(method.bound == "object" for method in self.kind.methods):
            yield "make one without its __init__", self.tool("bare"), (self.item, made), {}, ""
        for method in self.kind.methods:
            if method.name in NOT_CALLED or "." in method.name:
                continue
            if method.bound == "object" and not made:
                continue
            first = (made[0],) if method.bound == "object" else (self.item,) if method.bound == "class" else ()
            yield from calls_of(method.name, method.function, first, rows)


class FunctionSteps(Steps):
    def __init__(self, director: Director, function: types.FunctionType) -> None:
        self.function = function
        super().__init__(director)
        self.to_come = [exactly(function.__name__)]

    def steps(self) -> Iterator[Step]:
        rows = read_rows(self.director.do("rows", None))
        self.to_come = []
        yield from calls_of("call it", self.function, (), rows)


class LibrarySteps(Steps):
    """What people call on an object of a library's class; with something of the model's own in it, all that they do in the end."""

    def __init__(self, director: Director, item: Any, has_own: bool) -> None:
        self.item, self.has_own = item, has_own
        super().__init__(director)

    def steps(self) -> Iterator[Step]:
        for method, function, offers in read_plan(self.director.do("plan", self.item, self.has_own)):
            for words, args, named in offers:
                yield method, function, args, named, words
                if self.worked:
                    break


def read_plan(plan: Any) -> list[tuple[str, Any, list[Any]]]:
    """What use.py has planned: its lists and pairs are looked at, what is in them is not."""
    found: list[tuple[str, Any, list[Any]]] = []
    for one in plan if type(plan) is list else []:
        if type(one) is tuple and len(one) == 3 and type(one[0]) is str and type(one[2]) is list:
            offers = [offer for offer in one[2] if type(offer) is tuple and len(offer) == 3 and type(offer[0]) is str and type(offer[1]) is tuple
                      and type(offer[2]) is dict]
            found.append((one[0], one[1], offers))
    return found


def read_rows(rows: Any) -> list[Any]:
    return [row for row in rows if type(row) is tuple and len(row) == 3] if type(rows) is list else []


def calls_of(name: str, function: types.FunctionType, first: tuple[Any, ...], rows: list[Any]) -> Iterator[Step]:
    """Calls with what the names of its parameters ask for: each kind of row, and those that work a second time."""
    code = function.__code__
    known = code.co_varnames[:code.co_argcount][len(first):]
    defaults = function.__defaults__
    needed = known[:max(0, len(known) - (len(defaults) if type(defaults) is tuple else 0))]
    given = names(function.__kwdefaults__)
    only_named = [one for one in code.co_varnames[code.co_argcount:code.co_argcount + code.co_kwonlyargcount] if one not in given]
    fixed = BY_METHOD.get(name)
    is_special = name.startswith("__") and name.endswith("__") and name != "__call__"
    if fixed is not None:
        yield name, function, (*first, *fixed), {}, ""
        return
    if is_special:
        # Another operand: one of its own kind, and a number.
        for other in (first[0] if first else 0, 0):
            yield name, function, (*first, *(other for _ in needed)), dict.fromkeys(only_named, 0), ""
            if not needed:
                return
        return
    takes_more = bool(code.co_flags & 4) and not needed
    asked = needed or known[:1]
    if not asked and not takes_more and not only_named:
        # A generator (CO_GENERATOR) is gone through in more ways than one.
        for _ in range(4 if code.co_flags & 0x20 else 2):
            yield name, function, first, {}, "nothing"
        return
    if not needed:
        yield name, function, first, {named: BY_NAME.get(named, 0) for named in only_named}, "nothing"
    if not needed and not takes_more and (not asked or asked[0] in BY_NAME):
        return
    for words, row, target in chain(rows, rows[:1]):
        values = [row if place == 0 and one not in BY_NAME and one not in TARGETS else target if one in TARGETS else BY_NAME.get(one, row)
                  for place, one in enumerate(asked)]
        if takes_more:
            values = [row]
        yield name, function, (*first, *values), {named: BY_NAME.get(named, row) for named in only_named}, words


class Ran:
    """Which of the methods ran while the model was used, as far as the interpreter can tell (PEP 669). It only informs."""

    TOOL = 4

    def __init__(self, director: Director, methods: list[Method]) -> None:
        self.director, self.methods = director, methods
        self.ran: dict[Any, Any] = {}
        director.held.append(self.ran)
        self.monitoring: Any = getattr(sys, "monitoring", None)
        if self.monitoring is None or not methods:
            self.methods = []
            return
        try:
            self.monitoring.use_tool_id(self.TOOL, "profiler")
            event = self.monitoring.events.PY_START
            self.monitoring.register_callback(self.TOOL, event, self.ran.setdefault)
            for method in methods:
                self.monitoring.set_local_events(self.TOOL, method.function.__code__, event)
        except ValueError:  # another has that number
            self.methods = []

    def say(self) -> None:
        if not self.methods:
            return
        self.monitoring.free_tool_id(self.TOOL)
        codes = list(self.ran)
        # A few at a time: a record that is cut cannot be read.
        for first in range(0, min(len(self.methods), 200), NAMES_SAID // 2):
            some = self.methods[first:first + NAMES_SAID // 2]
            self.director.say(k="ran", methods=[
                [method.title[:80], any(code is method.function.__code__ for code in codes)] for method in some])
