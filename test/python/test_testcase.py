from __future__ import annotations

import ast
import os
import sys
import tempfile
import unittest
from unittest import mock

import changes
import testcase


class TestCaseTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "case.py")
        # A case takes the place of `__main__`.
        patch = mock.patch.dict(sys.modules)
        patch.start()
        self.addCleanup(patch.stop)

    def case(self, text: str) -> testcase.TestCase:
        with open(self.path, "w") as file:
            file.write(text)
        return testcase.TestCase(self.path)

    def test_calls_the_one_function_with_the_models_path(self) -> None:
        case = self.case("class Model: pass\n\ndef _help(path):\n    return [path, __file__, len(path)]\n\ndef load(path):\n    return _help(path)\n")
        case.become_main()
        self.assertEqual(case.run("/m"), ["/m", self.path, 2])
        self.assertIs(sys.modules["__main__"], sys.modules["test_case"])
        self.assertTrue(hasattr(sys.modules["__main__"], "Model"))

    def test_changes_what_it_likes_outside_of_its_function(self) -> None:
        self.addCleanup(sys.path.__setitem__, slice(None), list(sys.path))
        state = changes.State()
        case = self.case("import sys\nsys.path.insert(0, '/opt/mine')\n\ndef load(path):\n    sys.path.insert(0, path)\n")
        case.state = state
        case.run("/of/the/model")
        self.assertEqual([what for what, _ in state.changes()[0]], ["sys.path /of/the/model"])
        self.assertIsNone(case.state)

    def test_does_nothing_before_it_is_run_and_then_says_what_is_wrong(self) -> None:
        for text, kind in (
            ("def load(path:\n", SyntaxError), ("", ValueError), ("def a(p): pass\ndef b(p): pass\n", ValueError), ("def load(\0", Exception),
        ):
            with self.subTest(text):
                case = self.case(text)
                with self.assertRaises(kind):
                    case.run("/m")
        case = self.case("raise RuntimeError('top')\ndef load(path): pass\n")
        with self.assertRaisesRegex(RuntimeError, "top"):
            case.run("/m")

    def test_lifts_imports_of_the_image_alone(self) -> None:
        text = (
            "import good.part\ndef f(p):\n    from good import one, two\n    import foreign\n"
            "    from . import near\n    from .good import near\n    import failing\n"
        )
        asked: list[tuple[str, tuple[str, ...]]] = []

        def imported(name: str, fromlist: tuple[str, ...] = ()) -> None:
            asked.append((name, fromlist))
            if name == "failing":
                raise SystemExit

        with mock.patch.object(testcase, "is_of_image", lambda name: name in ("good", "failing")), \
                mock.patch.object(testcase.importlib, "__import__", imported):
            testcase.lift(ast.parse(text))
            self.assertEqual(asked, [("good.part", ()), ("good", ("one", "two")), ("failing", ())])
            asked.clear()
            testcase.lift(ast.parse("import good\n" * (testcase.MAX_IMPORTS + 1)))
            self.assertEqual(len(asked), testcase.MAX_IMPORTS)
