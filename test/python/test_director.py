from __future__ import annotations

import collections
import functools
import importlib
import os
import sys
import tempfile
import threading
import types
import unittest
from typing import Any
from unittest import mock

import director
import loaders
import standins
import use

Steps = "list[tuple[str, tuple[Any, ...]]]"


class Scene:
    """Calls at once, in the only thread there is."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.rests = 0

    def begin(self, *_: Any) -> None:
        pass

    def call(self, function: Any, arguments: Any) -> tuple[bool, Any]:
        try:
            return True, function(*arguments)
        except BaseException as error:  # noqa: BLE001 - as scene.c
            return False, error

    def say(self, fields: dict[str, Any]) -> None:
        self.lines.append(fields)

    def rest(self) -> None:
        self.rests += 1

    def finish(self) -> None:
        self.lines.append({"k": "finish"})


class Report:
    prefix = "dynscan:N "

    def line(self, fields: dict[str, Any]) -> dict[str, Any]:
        return fields


class Run(unittest.TestCase):
    def setUp(self) -> None:
        self.scene = Scene()
        # Modules of this test are no library's, wherever the interpreter lies.
        patch = mock.patch.object(director, "LIBRARIES", (use.os.path.dirname(collections.__file__).rpartition("/")[0] + "/", "/usr/"))
        patch.start()
        self.addCleanup(patch.stop)
        director.LIBRARY_KINDS.clear()

    def run_with(self, load: Any, **more: Any) -> list[dict[str, Any]]:
        task = director.Task(
            load=load, path="/model", incomplete=LookupError, first=more.get("first"), by_test_case=more.get("by_test_case", False),
            test_case=None, problem=more.get("problem"), space=more.get("space", {}),
            stand_ins=list(vars(standins).values()), changes=more.get("changes", lambda: ([], True)), made=set(), threads=more.get("threads"))
        ready = mock.Mock()
        director.direct(self.scene, Report(), use, task, ready)  # type: ignore[arg-type]
        ready.release.assert_called_once()
        return self.scene.lines

    def used(self, model: Any) -> dict[str, str]:
        lines = self.run_with(lambda _: model)
        return {line["what"]: line.get("detail", "") for line in lines if line["k"] == "used"}

    def kinds(self) -> list[str]:
        return [line.get("phase", line["k"]) for line in self.scene.lines]


class RunTest(Run):
    def test_loads_uses_drops_and_waits_each_time_for_what_is_set_for_later(self) -> None:
        self.run_with(lambda _: 7)
        self.assertEqual(self.kinds(), [
            "load", "loaded", "compared", "use", "used", "rest", "rest", "collect", "compared", "rest", "rest", "exit", "done", "finish"])
        self.assertEqual(self.scene.rests, 2)

    def test_says_how_a_load_failed_and_waits_all_the_same(self) -> None:
        self.run_with(lambda _: {}["key"])
        self.assertEqual(self.kinds(), ["load", "load", "compared", "collect", "compared", "rest", "rest", "exit", "done", "finish"])
        self.assertEqual(self.scene.lines[1]["type"], "KeyError")

    def test_tells_once_what_the_load_has_changed(self) -> None:
        self.run_with(lambda _: 7, changes=lambda: ([("ssl.x", "another")], True))
        self.assertEqual([line for line in self.scene.lines if line["k"] == "changed"], [{"k": "changed", "what": "ssl.x", "to": "another"}])

    def test_says_after_load_and_use_whether_all_was_compared_with_what_there_was_before(self) -> None:
        def fails() -> Any:
            raise RuntimeError

        one = [("ssl.x", "another")]
        results: list[tuple[Any, bool, int]] = [
            (([], True), True, 0), ((one, True), True, 1), ((one, False), False, 1), (None, False, 0), ([], False, 0), ((one,), False, 0),
            (([("ssl.x",)], True), False, 0), (([("", "another")], True), False, 0),
            (([("ssl.x", 7), *one], True), False, 1), (({}, True), False, 0), ((one, 1), False, 1), ("ssl", False, 0)]
        for result, complete, told in results:
            self.scene.lines.clear()
            self.run_with(lambda _: 7, changes=lambda result=result: result)
            self.assertEqual([line["complete"] for line in self.scene.lines if line["k"] == "compared"], [complete, complete], result)
            self.assertEqual(self.kinds().count("changed"), told, result)
        self.scene.lines.clear()
        self.run_with(lambda _: 7, changes=fails)
        self.assertEqual([line["complete"] for line in self.scene.lines if line["k"] == "compared"], [False, False])

    def test_says_no_last_word_when_the_model_leaves(self) -> None:
        class Leaver:
            def predict(self, rows: Any) -> None:
                raise SystemExit

        self.run_with(lambda _: Leaver())
        self.assertEqual(self.kinds()[-1], "finish")
        self.assertNotIn("done", self.kinds())

    def test_says_what_was_wrong_before_the_model_was_read(self) -> None:
        self.run_with(lambda _: 7, problem=ImportError("no library"))
        self.assertEqual((self.scene.lines[0]["phase"], self.scene.lines[0]["message"]), ("import", "no library"))
        self.assertNotIn("loaded", self.kinds())

    def test_uses_nothing_when_a_test_case_hands_nothing_back(self) -> None:
        self.run_with(lambda _: None, by_test_case=True)
        self.assertNotIn("used", self.kinds())

    def test_tells_who_changes_what_it_goes_by_and_puts_it_back(self) -> None:
        real, code = use.attempt, use.drain.__code__

        class Patching:
            def predict(self, rows: Any) -> None:
                use.attempt = lambda *_: None
                use.drain.__code__ = (lambda result, depth=2: None).__code__
                use.__dict__["__builtins__"] = use.__dict__["__builtins__"]

        self.run_with(lambda _: Patching())
        self.assertIs(use.attempt, real)
        self.assertIs(use.drain.__code__, code)
        told = {line["what"] for line in self.scene.lines if line["k"] == "reached"}
        self.assertLessEqual({"use.attempt", "use.drain"}, told)

    def test_tells_who_changes_its_own_classes_and_puts_them_back(self) -> None:
        real, code, steps = director.Use.run, director.Use.attempt.__code__, director.STEPS
        used: list[bool] = []

        class Patching:
            def __init__(self) -> None:
                director.Use.run = lambda *_: None  # type: ignore[method-assign]
                director.Use.attempt.__code__ = (lambda self, target, step: None).__code__
                director.Use.more = 1  # type: ignore[attr-defined]
                director.STEPS = 0

            def predict(self, rows: Any) -> None:
                used.append(True)

        self.run_with(lambda _: Patching())
        self.assertIs(director.Use.run, real)
        self.assertIs(director.Use.attempt.__code__, code)
        self.assertEqual((director.STEPS, hasattr(director.Use, "more")), (steps, False))
        self.assertTrue(used)
        told = {line["what"] for line in self.scene.lines if line["k"] == "reached"}
        self.assertLessEqual({"director.Use.run", "director.Use.attempt", "director.Use.more", "director.STEPS"}, told)

    def test_tells_threads_of_the_models_own_that_have_not_come_to_their_end(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)

        def late() -> None:
            over.wait()

        waiting = [
            (lambda: threading.Thread(target=late, daemon=True), ["late"]),
            (lambda: threading.Timer(1e5, late), ["a thread"]),
            (lambda: threading.Timer(1e5, os.getpid), []),
        ]
        for make, told in waiting:
            self.scene.lines.clear()

            def load(_: str, make: Any = make) -> Any:
                thread = make()
                thread.daemon = True
                thread.start()
                self.addCleanup(getattr(thread, "cancel", over.set))
                return 7

            self.run_with(load)
            self.assertEqual([line["threads"] for line in self.scene.lines if line["k"] == "unfinished"], [told] if told else [])
            over.set()
            over.clear()
            for thread in threading.enumerate():
                if isinstance(thread, threading.Timer):
                    thread.cancel()
                    thread.join()

    def test_tells_a_thread_of_a_librarys_that_the_model_started(self) -> None:
        threads: list[Any] = []

        def load(_: str) -> Any:
            thread = threading.Timer(1e5, os.getpid)
            threads.append(thread)
            thread.daemon = True
            thread.start()
            self.addCleanup(thread.cancel)
            return 7

        self.run_with(load, threads=threads)
        self.assertEqual([line["threads"] for line in self.scene.lines if line["k"] == "unfinished"], [["a thread"]])


class UseTest(Run):
    def test_calls_each_method_of_a_class_of_the_models_own(self) -> None:
        ran: list[str] = []

        class Base:
            def inherited(self) -> None:
                ran.append("inherited")

        class Model(Base):
            @property
            def rate(self) -> int:
                ran.append("rate")
                return 1

            @rate.setter
            def rate(self, value: int) -> None:
                ran.append("rate is set")

            @staticmethod
            def build(rows: Any) -> None:
                ran.append("build")

            @classmethod
            def make(cls, config: Any) -> None:
                ran.append("make")

            def __contains__(self, item: Any) -> bool:
                ran.append("in")
                return True

            def __add__(self, other: Any) -> int:
                ran.append("+")
                return 1

            def _private(self, *, depth: int) -> None:
                ran.append("private")

            def save(self, path: str) -> None:
                ran.append(path)

        self.used(Model())
        self.assertEqual(
            set(ran), {"inherited", "rate", "rate is set", "build", "make", "in", "+", "private", "/tmp/saved"})

    def test_calls_with_zeros_other_numbers_and_many_rows_and_again(self) -> None:
        rows: list[Any] = []

        class Model:
            def predict(self, data: Any) -> None:
                rows.append(data)

        self.used(Model())
        numbers = [[[float(number) for number in row] for row in data] for data in rows if type(data) is list and type(data[0]) is list]
        self.assertIn([[0.0, 0.0]], numbers)
        self.assertEqual(numbers.count([[0.0, 0.0]]), 2)
        self.assertIn(4, [len(data) for data in numbers])
        self.assertTrue(any(sum(data[0]) > 0 for data in numbers))

    def test_finds_what_is_of_the_models_own_wherever_it_lies(self) -> None:
        ran: list[int] = []

        class Model:
            def __init__(self, number: int) -> None:
                self.number = number

            def predict(self, rows: Any) -> None:
                ran.append(self.number)

        class Slots:
            __slots__ = ("inner",)

            def __init__(self, inner: Any) -> None:
                self.inner = inner

        self.used({
            "a": [Model(1)], "b": types.SimpleNamespace(x=(Slots(Model(2)),)), "c": functools.partial(repr, Model(3)),
            "d": collections.OrderedDict(x=collections.deque([Model(4)])), "e": [Model(number) for number in range(5, 12)],
        })
        self.assertEqual(set(ran), set(range(1, 12)))

    def test_calls_functions_and_makes_objects_of_classes(self) -> None:
        ran: list[str] = []

        class Made:
            def __init__(self) -> None:
                ran.append("made")

            def predict(self, rows: Any) -> None:
                ran.append("predict")

        def function(rows: Any) -> None:
            ran.append("called")

        # As one whose module is not there: its names are its own.
        alone = types.FunctionType(function.__code__, {}, "alone", None, function.__closure__)
        self.used({"class": Made, "function": alone})
        self.assertEqual(set(ran), {"made", "predict", "called"})

    def test_uses_what_a_call_gives(self) -> None:
        ran: list[str] = []

        class Result:
            @property
            def text(self) -> None:
                ran.append("property")

            def decode(self) -> None:
                ran.append("method")

        class Model:
            def predict(self, rows: Any) -> Any:
                return [Result()]

            def get(self) -> Any:
                return lambda rows: ran.append("function")

        self.used(Model())
        self.assertEqual(set(ran), {"property", "method", "function"})

    def test_does_with_a_class_what_users_do(self) -> None:
        ran: set[str] = set()

        class Model:
            def __init_subclass__(cls) -> None:
                ran.add("subclassed")

            def __class_getitem__(cls, item: Any) -> None:
                ran.add("parametrized")

            @property
            def x(self) -> int:
                return 1

            @x.deleter
            def x(self) -> None:
                ran.add("removed")

        self.used(Model())
        self.assertEqual(ran, {"subclassed", "parametrized", "removed"})

    def test_calls_nothing_that_stands_in_for_another(self) -> None:
        called: list[bool] = []
        kind = standins.stand_in("Model", lambda name, is_called: called.append(is_called))
        self.used([object.__new__(kind), {"class": kind}])
        self.assertEqual(called, [])

    def test_leaves_the_runners_own_names_alone(self) -> None:
        ran: list[str] = []
        space: dict[str, Any] = {"own": lambda: ran.append("own")}
        task = {"space": space}

        def load(_: str) -> Any:
            space["added"] = lambda: ran.append("added")
            return [types.FunctionType((lambda: None).__code__, space)]

        self.run_with(load, **task)
        self.assertEqual(set(ran), {"added"})

    def test_asks_an_object_nothing_in_its_own_thread(self) -> None:
        running: list[str] = []

        class Meta(type):
            def __getattribute__(cls, name: str) -> Any:
                running.append(name)
                return super().__getattribute__(name)

            def __eq__(cls, other: object) -> bool:
                running.append("==")
                return False

            def __hash__(cls) -> int:
                running.append("hash")
                return 1

        class Name(str):
            __slots__ = ()

            def __eq__(self, other: object) -> bool:
                running.append("key")
                return False

            __hash__ = str.__hash__

        class Model(metaclass=Meta):
            x = 1

        model = Model()
        space: dict[Any, Any] = {Name("__name__"): 1}
        function = types.FunctionType((lambda: None).__code__, space)
        running.clear()
        work = director.Use(director.Director(self.scene, Report(), use, mock.Mock()))  # type: ignore[arg-type]
        work.find([model, function])
        self.assertEqual(running, [])

    def test_shares_its_budget_and_says_what_was_not_called(self) -> None:
        class Model:
            def first(self) -> None: ...

            def second(self) -> None: ...

        with mock.patch.object(director, "STEPS", 3):
            self.run_with(lambda _: [Model(), Model()])
        [budget] = [line for line in self.scene.lines if line["k"] == "budget"]
        self.assertIn("second", " ".join(budget["left"]))

    def test_does_not_miss_what_is_a_librarys(self) -> None:
        with mock.patch.object(director, "STEPS", 1):
            self.run_with(lambda _: [collections.UserDict(), collections.UserList()])
        self.assertNotIn("budget", self.kinds())

    def test_tells_which_methods_ran(self) -> None:
        class Model:
            def predict(self, rows: Any) -> None: ...

            def __setstate__(self, state: Any) -> None: ...

        monitoring = getattr(director.sys, "monitoring", None)
        self.run_with(lambda _: Model())
        told = [method for line in self.scene.lines if line["k"] == "ran" for method in line["methods"]]
        if monitoring is not None:
            self.assertEqual([(name.rpartition(".")[2], ran) for name, ran in told], [("predict", True), ("__setstate__", False)])
        else:
            self.assertEqual(told, [])


class LooksTest(Run):
    def test_tells_a_librarys_class_by_the_module_that_holds_it(self) -> None:
        self.assertTrue(director.is_library(int))
        self.assertTrue(director.is_library(collections.Counter))
        # One that only claims to be.
        self.assertFalse(director.is_library(type("Counter", (), {"__module__": "collections", "count": lambda self: 1})))

    def test_takes_a_class_that_a_librarys_function_makes_for_that_librarys(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "maker.py"), "w") as file:
                file.write("def make(value):\n    class Made:\n        part = value\n        def run(self): pass\n    return Made\n")
            sys.path.insert(0, folder)
            self.addCleanup(sys.path.remove, folder)
            self.addCleanup(sys.modules.pop, "maker", None)
            make = importlib.import_module("maker").make

            class Own:
                def run(self) -> None: ...

            with mock.patch.object(director, "LIBRARIES", (*director.LIBRARIES, f"{folder}/")):
                self.assertTrue(director.is_library(make(1)))
                # What is put into it is looked at.
                self.assertFalse(director.is_library(make(lambda: 1)))
                self.assertFalse(director.is_library(make(Own())))
                self.assertFalse(director.is_library(make(functools.partialmethod(lambda self: 1))))
                self.assertTrue(director.is_library(make(functools.partialmethod(print))))
            director.LIBRARY_KINDS.clear()
            self.assertFalse(director.is_library(make(1)))

    def test_takes_no_word_of_code_that_was_made_in_this_run_for_its_file(self) -> None:
        file = collections.__file__
        made: set[Any] = set()
        patch = mock.patch.object(director, "MADE", [made])
        patch.start()
        self.addCleanup(patch.stop)

        def evil(self: Any, rows: Any) -> None: ...

        def kind_of(code: types.CodeType) -> type:
            function = types.FunctionType(code, collections.__dict__, "elements")
            kind = type("Counted", (), {"elements": function, "__module__": "collections"})
            director.LIBRARY_KINDS.clear()
            return kind

        forged = evil.__code__.replace(co_filename=file, co_name="forged")
        self.assertTrue(director.is_library(kind_of(forged)))
        made.add((file, "forged"))
        self.assertFalse(director.is_library(kind_of(forged)))
        self.assertFalse(director.is_of_library(types.FunctionType(forged, collections.__dict__)))
        director.LIBRARY_KINDS.clear()
        self.assertTrue(director.is_library(collections.Counter))
        made.clear()
        made.add(file)
        self.assertFalse(director.is_library(kind_of(forged)))

    def test_asks_no_name_of_a_file_anything(self) -> None:
        ran: list[str] = []

        class Name(str):
            __slots__ = ()

            def startswith(self, *_: Any) -> bool:
                ran.append("startswith")
                return True

            def __hash__(self) -> int:
                ran.append("hash")
                return 1

            def __eq__(self, other: object) -> bool:
                ran.append("==")
                return True

        def evil(rows: Any) -> None: ...

        code = evil.__code__.replace(co_filename=Name(collections.__file__), co_name=Name("evil"))
        function = types.FunctionType(code, collections.__dict__)
        kind = type("Counted", (), {"elements": function, "__module__": "collections"})
        ran.clear()
        self.assertFalse(director.is_of_library(function))
        self.assertFalse(director.is_library(kind))
        self.assertEqual(ran, [])

    def test_goes_through_nothing_of_the_loaders(self) -> None:
        for loader in (loaders.Gguf, loaders.load_skops):
            spaces = director.namespaces_of(loader)
            self.assertTrue(any(space is vars(loaders) for space in spaces))
            self.assertTrue(any(space is vars(loaders.tf) for space in spaces))
        self.assertEqual(director.namespaces_of(self.used), [])
        self.assertEqual(director.namespaces_of(lambda _: None), [])
        self.addCleanup(director.RUNNERS.clear)
        director.Task(loaders.Gguf, "/model", LookupError, None, False, None, None, {}, [], lambda: ([], True), set())
        self.assertTrue(director.is_library(loaders.Gguf))
        director.RUNNERS.clear()
        director.LIBRARY_KINDS.clear()
        self.assertFalse(director.is_library(loaders.Gguf))

    def test_makes_no_object_of_a_class_that_only_derives(self) -> None:
        class Derived(collections.UserDict):  # type: ignore[type-arg]
            def run(self) -> None: ...

        class Made(Derived):
            def __init__(self) -> None: ...

        self.assertEqual([director.Kind(kind).makes for kind in (Derived, Made)], [False, True])

    def test_reads_plain_data_only(self) -> None:
        class Text(str):
            pass

        class Table(dict):  # type: ignore[type-arg]
            def items(self) -> Any:
                raise AssertionError

        self.assertEqual(director.plain({"a": [1, True, None, "x"], "b": Text("x"), "c": Table(), "d": object()}), {
            "a": [1, True, None, "x"], "b": "?", "c": "?", "d": "?"})
