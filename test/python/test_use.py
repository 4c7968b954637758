from __future__ import annotations

import asyncio
import sys
import types
import unittest
from typing import Any
from unittest import mock

import use


class TrialsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.said: list[tuple[str, bool, str | None]] = []
        self.trials = use.Trials(lambda what, ok, detail: self.said.append((what, ok, detail)))

    def test_says_what_worked_and_what_did_not(self) -> None:
        self.assertTrue(self.trials.attempt("add", lambda: 1 + 1))
        self.assertFalse(self.trials.attempt("look", lambda: {}["key"]))
        self.assertEqual(self.said, [("add", True, None), ("look", False, "KeyError: 'key'")])

    def test_tries_no_more_than_so_often(self) -> None:
        called: list[int] = []
        for _ in range(use.ATTEMPTS + 5):
            self.trials.attempt("count", lambda: called.append(1))
        self.assertEqual((len(called), len(self.said)), (use.ATTEMPTS, use.ATTEMPTS))

    def test_tries_nothing_when_its_time_is_up(self) -> None:
        with mock.patch.object(use.time, "process_time", return_value=self.trials.end + 1):
            self.assertFalse(self.trials.attempt("late", lambda: None))
        self.assertEqual(self.said, [])

    def test_lets_a_model_leave(self) -> None:
        with self.assertRaises(SystemExit):
            self.trials.attempt("leave", sys.exit)


class AttemptTest(unittest.TestCase):
    def test_says_why_it_did_not_work(self) -> None:
        self.assertIsNone(use.attempt(int, ("7",), {"base": 8}))
        self.assertEqual(use.attempt({}.__getitem__, ("key",), {}), "KeyError: 'key'")

    def test_lets_a_model_leave(self) -> None:
        with self.assertRaises(SystemExit):
            use.attempt(sys.exit, (), {})

    def test_goes_through_what_is_handed_back(self) -> None:
        ran: list[str] = []

        def generator() -> Any:
            yield 1
            ran.append("generator")

        async def coroutine() -> None:
            await asyncio.sleep(0)
            ran.append("coroutine")

        async def stream() -> Any:
            yield 1
            ran.append("stream")

        class Shown:
            def __iter__(self) -> Any:
                ran.append("iterated")
                return iter(())

        for function in (generator, coroutine, stream, Shown):
            self.assertIsNone(use.attempt(function, (), {}))
        self.assertEqual(ran, ["generator", "coroutine", "stream", "iterated"])

    def test_takes_a_part_of_what_has_no_end(self) -> None:
        def endless() -> Any:
            while True:
                yield 1

        self.assertIsNone(use.attempt(endless, (), {}))


class LoadTest(unittest.TestCase):
    class Incomplete(Exception):
        def __init__(self) -> None:
            self.parts, self.error = {"config": 1}, ModuleNotFoundError("No module named 'x'", name="x")

    def load(self, act: Any) -> tuple[Any, list[Any]]:
        held: list[Any] = []
        return use.load(act, "/model", held, self.Incomplete, "/case.py"), held

    def test_holds_what_was_loaded(self) -> None:
        self.assertEqual(self.load(str.upper), (None, ["/MODEL"]))

    def test_tells_how_a_load_failed_and_what_was_loaded_before(self) -> None:
        def incomplete(path: str) -> None:
            raise self.Incomplete

        told, held = self.load(incomplete)
        self.assertEqual((told["type"], told["missing"], held), ("ModuleNotFoundError", "x", [{"config": 1}]))
        told, held = self.load(lambda path: sys.exit(3))
        self.assertEqual((told["type"], told["message"], held), ("SystemExit", "3", []))

    def test_names_the_line_of_a_test_case_that_is_no_python(self) -> None:
        def load(path: str) -> None:
            raise SyntaxError("invalid", ("/case.py", 4, 1, "x x"))

        told, _ = self.load(load)
        self.assertEqual(told["frames"], [{"file": "/case.py", "line": 4, "function": "<module>"}])


class TurnTest(unittest.TestCase):
    def test_runs_the_event_loop_that_work_is_left_for(self) -> None:
        self.assertFalse(use.turn())
        ran: list[int] = []
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            loop.call_later(0.01, ran.append, 1)
            self.assertTrue(use.turn())
            self.assertFalse(use.turn())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
        self.assertEqual(ran, [1])


class PlanTest(unittest.TestCase):
    def names(self, model: Any, has_own: bool = False) -> list[str]:
        return [name for name, _, _ in use.plan(model, has_own)]

    def test_calls_what_people_call(self) -> None:
        class Predictor:
            def __len__(self) -> int:
                return 3

            def __getitem__(self, index: int) -> int:
                return index

            def predict(self, rows: Any) -> None:
                pass

            def fit(self, rows: Any, targets: Any) -> None:
                pass

        self.assertEqual(self.names(Predictor()), ["ask for its length", "ask for its first item", "predict"])
        self.assertEqual(self.names(Predictor(), True)[-1], "fit")
        self.assertEqual(self.names(7), [])

    def test_offers_nothing_first_to_what_can_be_called(self) -> None:
        [(_, _, offers)] = use.plan(lambda *args: args, False)
        self.assertEqual(offers[0], use.NOTHING)

    def test_says_when_the_arguments_cannot_be_made(self) -> None:
        def arguments() -> Any:
            raise ValueError("no shape")
            yield

        [(words, _, _)] = use.offers(arguments())
        self.assertIn("ValueError: no shape", words)
        self.assertEqual(len(use.offers((str(number), (number,), {}) for number in range(99))), use.ARGUMENTS)

    def test_makes_rows_of_the_width_that_a_model_asks_for(self) -> None:
        rows = use.rows(types.SimpleNamespace(n_features_in_=3))
        self.assertEqual({len(row[0]) for words, row, _ in rows if "row" in words}, {3})
        self.assertIn(4, [len(row) for _, row, _ in rows if not isinstance(row, int)])


class EndingsTest(unittest.TestCase):
    def test_breaks_off_what_a_generator_yields_in_all_ways(self) -> None:
        ran: set[str] = set()

        def stream() -> Any:
            try:
                given = yield 1
                ran.add("sent" if given == 0 else "went on")
                yield 2
            except GeneratorExit:
                ran.add("closed")
                raise
            except ValueError:
                ran.add("raised")

        for _ in range(8):
            use.attempt(stream, (), {})
        self.assertEqual(ran, {"sent", "went on", "closed", "raised"})

    def test_hands_back_what_came_of_it_until_the_next_call(self) -> None:
        results: list[Any] = []
        use.attempt(list, ([1],), {}, results)
        use.attempt(list, ([2],), {}, results)
        self.assertEqual(results, [[2]])


class LooksTest(unittest.TestCase):
    def test_knows_data(self) -> None:
        self.assertTrue(all(map(use.is_data, ("text", b"", 1, 1.5, None, sys, int))))
        self.assertFalse(use.is_data(object()))
        self.assertTrue(use.is_data(type("Array", (), {"dtype": property(id)})()))

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
