from __future__ import annotations

import sys
import types
import unittest
from typing import Any
from unittest import mock

import standins


class StandInsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.said: list[tuple[str, bool]] = []
        # Any: what a model does with it is in no type.
        self.main: Any = standins.Main(frozenset({"Model", "Other"}), lambda name, called: self.said.append((name, called)))

    def test_makes_one_class_for_a_name_when_it_is_asked_for(self) -> None:
        self.assertEqual(self.said, [])
        self.assertIs(self.main.Model, self.main.Model)
        self.assertEqual(self.said, [("Model", False)])
        self.assertEqual((self.main.Model.__module__, self.main.Model.__qualname__), ("__main__", "Model"))

    def test_has_no_other_name(self) -> None:
        with self.assertRaisesRegex(AttributeError, "module '__main__' has no attribute 'Absent'"):
            _ = self.main.Absent
        self.assertEqual(self.said, [])

    def test_says_that_it_is_called_and_takes_any_arguments(self) -> None:
        self.assertIsInstance(self.main.Model(1, 2, three=4), self.main.Model)
        self.assertEqual(self.said, [("Model", False), ("Model", True)])

    def test_is_made_by_a_pickle_without_being_called(self) -> None:
        self.assertIsInstance(self.main.Model.__new__(self.main.Model, 1, two=3), self.main.Model)
        self.assertEqual(self.said, [("Model", False)])

    def test_takes_state_as_an_object_does(self) -> None:
        for state, expected in (
            ({"a": 1}, {"a": 1}), (({"a": 1}, {"b": 2}), {"a": 1, "b": 2}), ((None, {"b": 2}), {"b": 2}), (None, {}), ([1], {}),
        ):
            made = self.main.Model()
            made.__setstate__(state)
            self.assertEqual(vars(made), expected)

    def test_takes_items_and_does_nothing_with_them(self) -> None:
        made = self.main.Model()
        made["key"] = 1
        made.append(2)
        made.extend([3])
        self.assertEqual(vars(made), {})

    def test_becomes_a_module_of_torch_when_its_state_is_that_of_one(self) -> None:
        class Module:
            def parameters(self) -> list[int]:
                return [1]

            def __setstate__(self, state: Any) -> None:
                self.set = state

        torch: Any = types.ModuleType("torch")
        torch.nn = types.SimpleNamespace(Module=Module)
        with mock.patch.dict(sys.modules, {"torch": torch}):
            plain, network = self.main.Model(), self.main.Other()
            plain.__setstate__({"_parameters": {}})
            network.__setstate__({"_parameters": {}, "_modules": {}})
        self.assertNotIsInstance(plain, Module)
        self.assertIsInstance(network, Module)
        self.assertEqual((type(network).__name__, type(network).__module__), ("Other", "__main__"))
        self.assertEqual(network.parameters(), [1])
        # Its own way to take state and items is torch's now.
        network.__setstate__("again")
        self.assertEqual(network.set, "again")
        self.assertFalse(hasattr(network, "append"))
