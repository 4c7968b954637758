from __future__ import annotations

import collections
import sys
import types
import unittest
from typing import Any
from unittest import mock

import use


class Recorded(unittest.TestCase):
    def setUp(self) -> None:
        self.said: list[tuple[str, bool, str | None]] = []

    def say(self, what: str, ok: bool, detail: str | None) -> None:
        self.said.append((what, ok, detail))

    def trials(self) -> use.Trials:
        return use.Trials(self.say)

    def worked(self) -> list[str]:
        return [what for what, ok, _ in self.said if ok]


class TrialsTest(Recorded):
    def test_says_what_worked_and_what_did_not(self) -> None:
        trials = self.trials()
        self.assertTrue(trials.attempt("add", lambda: 1 + 1))
        self.assertFalse(trials.attempt("look", lambda: {}["key"]))
        self.assertEqual(self.said, [("add", True, None), ("look", False, "KeyError: 'key'")])

    def test_tries_no_more_than_so_often(self) -> None:
        trials, called = self.trials(), []
        for _ in range(use.ATTEMPTS + 5):
            trials.attempt("count", lambda: called.append(1))
        self.assertEqual((len(called), len(self.said)), (use.ATTEMPTS, use.ATTEMPTS))

    def test_tries_nothing_when_its_time_is_up(self) -> None:
        trials = self.trials()
        with mock.patch.object(use.time, "process_time", return_value=trials.end + 1):
            self.assertFalse(trials.attempt("late", lambda: None))
        self.assertEqual(self.said, [])

    def test_lets_a_model_leave(self) -> None:
        with self.assertRaises(SystemExit):
            self.trials().attempt("leave", sys.exit)

    def test_offers_until_one_set_of_arguments_is_taken(self) -> None:
        self.trials().offer("root", lambda number, base=10: int(number, base), [
            ("a word", ("x",), {}), ("nothing", (), {}), ("a digit", ("7",), {"base": 8}), ("another", ("8",), {})])
        self.assertEqual([(what, ok) for what, ok, _ in self.said], [("root with a word", False), ("root with nothing", False), ("root with a digit", True)])

    def test_offers_no_more_than_so_many(self) -> None:
        self.trials().offer("refuse", lambda number: [][number], ((str(number), (number,), {}) for number in range(99)))
        self.assertEqual(len(self.said), use.ARGUMENTS)

    def test_says_when_the_arguments_cannot_be_made(self) -> None:
        def arguments() -> Any:
            raise ValueError("no shape")
            yield

        self.trials().offer("run", print, arguments())
        self.assertEqual(self.said, [("run", False, "ValueError: no shape")])


class Predictor:
    """With what people call on a model, and what runs when it is only looked at."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> int:
        self.calls.append(index)
        return index

    @property
    def weight(self) -> int:
        return 1

    @property
    def _private(self) -> int:
        raise AssertionError

    def predict(self, rows: Any) -> None:
        if rows == ["text"]:
            raise TypeError("numbers are wanted")
        self.calls.append(rows)

    def unknown(self) -> None:
        raise AssertionError


class UseTest(Recorded):
    def test_does_with_an_object_what_its_user_would(self) -> None:
        model = Predictor()
        use.use(model, self.say)
        self.assertEqual(self.worked(), [
            "show it (repr)", "ask for its length", "ask for its first item", "read its weight", "predict with a nested list"])
        self.assertEqual(model.calls, [0, [[0.0]]])

    def test_does_first_what_the_format_knows_of(self) -> None:
        use.use(Predictor(), self.say, lambda trials, _: trials.say("first", True, None))
        self.assertEqual(self.worked()[0], "first")
        self.said.clear()
        use.use([], self.say, lambda trials, _: trials.say("first", True, None))
        self.assertNotIn("first", self.worked())

    def test_uses_what_is_in_a_container(self) -> None:
        first, second = Predictor(), Predictor()
        use.use({"a": [first], "b": (second, 1, "text")}, self.say)
        self.assertEqual((first.calls, second.calls), ([0, [[0.0]]],) * 2)
        self.assertIn("object 2 in it: predict with a nested list", self.worked())

    def test_uses_no_more_than_some_objects_of_a_container(self) -> None:
        models = [Predictor() for _ in range(use.OBJECTS + 3)]
        use.use(models, self.say)
        self.assertEqual(sum(bool(model.calls) for model in models), use.OBJECTS)

    def test_comes_to_an_end_with_a_container_that_holds_itself(self) -> None:
        endless: list[Any] = []
        endless.append(endless)
        shown: list[Any] = []
        use.look_at(endless, shown)
        self.assertEqual(shown, [])

    def test_looks_at_no_more_than_its_budget(self) -> None:
        class Shown:
            count = 0

            def __repr__(self) -> str:
                Shown.count += 1
                return ""

        use.look_at([[Shown() for _ in range(5)] for _ in range(5)], [], budget=10)
        self.assertLess(Shown.count, 10)
        self.assertGreater(Shown.count, 3)

    def test_says_when_not_even_the_class_can_be_asked_for(self) -> None:
        def first(trials: use.Trials, model: Any) -> None:
            raise RuntimeError("no class")

        use.use(Predictor(), self.say, first)
        self.assertEqual(self.said, [("find out what it is", False, "RuntimeError: no class")])

    def test_calls_what_can_be_called_with_nothing_first(self) -> None:
        calls: list[Any] = []
        use.use(types.MethodType(lambda _, *args: calls.append(args), object()), self.say)
        self.assertEqual(calls, [()])


class LooksTest(unittest.TestCase):
    def test_knows_containers_and_data(self) -> None:
        self.assertTrue(all(map(use.is_container, ({}, [], (), set(), frozenset(), collections.OrderedDict()))))
        self.assertFalse(any(map(use.is_container, ("text", b"", 1, Predictor()))))
        self.assertTrue(all(map(use.is_data, ("text", b"", 1, 1.5, None, sys, int))))
        self.assertFalse(use.is_data(Predictor()))
        self.assertTrue(use.is_data(type("Array", (), {"dtype": property(id)})()))

    def test_tells_a_librarys_class_by_the_module_that_holds_it(self) -> None:
        self.assertTrue(use.is_library(int))
        with mock.patch.object(use, "LIBRARIES", "/"):
            self.assertTrue(use.is_library(collections.Counter))
            # One that only claims to be.
            self.assertFalse(use.is_library(type("Counter", (), {"__module__": "collections"})))
        with mock.patch.object(use, "LIBRARIES", "/nowhere/"):
            self.assertFalse(use.is_library(collections.Counter))

    def test_asks_for_the_width_of_a_row(self) -> None:
        def raises() -> int:
            raise ValueError

        for names, expected in (
            ({"n_features_in_": 4}, 4), ({"num_feature": lambda: 5}, 5), ({"num_feature": raises}, None), ({"feature_names_": ["a", "b"]}, 2),
            ({"n_features_in_": 0}, None), ({"n_features_in_": use.FEATURES + 1}, None), ({"n_features_in_": "4"}, None), ({}, None),
        ):
            with self.subTest(names):
                self.assertEqual(use.width_of(types.SimpleNamespace(**names)), expected)

    def test_makes_the_simplest_value_of_a_type_of_torchscript(self) -> None:
        def kind(text: str, **parts: Any) -> Any:
            return types.SimpleNamespace(annotation_str=text, **{name: lambda part=part: part for name, part in parts.items()})

        whole, word = kind("int"), kind("str")
        for asked, expected in (
            (kind("Tensor"), "tensor"), (whole, 1), (kind("Optional[int]"), None), (kind("List[int]", getElementType=whole), [1]),
            (kind("Dict[str, int]", getKeyType=word, getValueType=whole), {"text": 1}),
            (kind("Tuple[int, str]", elements=[whole, word]), (1, "text")), (kind("Something"), None),
        ):
            with self.subTest(asked.annotation_str):
                self.assertEqual(use.value_of(asked, "tensor"), expected)

    def test_says_an_error_however_it_is(self) -> None:
        class Silent(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        self.assertEqual(use.reason(ValueError("why")), "ValueError: why")
        self.assertEqual(use.reason(Silent()), "Silent: (its text could not be made)")
        self.assertEqual((len(use.reason(ValueError("x" * 9999))), len(use.message_of(ValueError("x" * 9999)))), (400, 1500))

    def test_gets_nothing_from_a_property_that_raises(self) -> None:
        class Raising:
            @property
            def name(self) -> str:
                raise RuntimeError

        self.assertIsNone(use.getattr_quietly(Raising(), "name"))
        self.assertIsNone(use.getattr_quietly(Raising(), "absent"))
