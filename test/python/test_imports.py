from __future__ import annotations

import importlib
import os
import sys
import tempfile
import unittest
from unittest import mock

import imports


class ImportsTest(unittest.TestCase):
    """With an image's packages in one folder, and others in another."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.image, self.other = (os.path.join(folder.name, name) for name in ("image", "other"))
        self.files(self.image, {
            "good/__init__.py": "answer = 42\n_hidden = 1\n", "good/part.py": "", "good/__main__.py": "", "alone.py": "",
            "leaves.py": "raise SystemExit(1)", "raises.py": "raise RuntimeError", "unlisted.py": "", "needs.py": "import is_not_there",
            "freed/__init__.py": "", "freed/inner.py": "", "holder/__init__.py": "", "space/module.py": "",
        })
        self.files(self.other, {"foreign.py": ""})
        listed = os.path.join(folder.name, "modules")
        with open(listed, "w") as file:
            file.write("good\nalone\nleaves\nraises\nneeds\nfreed\nholder\nspace\nforeign\n")
        before = set(sys.modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in set(sys.modules) - before])
        for patch in (
            mock.patch.object(sys, "path", [self.image, self.other, *sys.path]),
            mock.patch.object(imports, "OF_IMAGE", self.image + "/"), mock.patch.object(imports, "INSTALLED", listed),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        importlib.invalidate_caches()

    def files(self, folder: str, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)

    def test_imports_what_the_image_has(self) -> None:
        imports.import_modules(["good.part", "alone"])
        self.assertLessEqual({"good", "good.part", "alone"}, set(sys.modules))

    def test_imports_nothing_that_is_not_listed_or_lies_elsewhere(self) -> None:
        imports.import_modules(["unlisted", "foreign", "absent"])
        self.assertEqual({"unlisted", "foreign", "absent"} & set(sys.modules), set())

    def test_never_runs_a_programs_entry(self) -> None:
        imports.import_modules(["good.__main__", "alone"])
        self.assertNotIn("good.__main__", sys.modules)
        self.assertIn("alone", sys.modules)

    def test_goes_on_after_one_that_fails(self) -> None:
        imports.import_modules(["leaves", "raises", "needs", "good.absent.deeper", "alone"])
        self.assertIn("alone", sys.modules)
        self.assertEqual({"leaves", "raises", "needs"} & set(sys.modules), set())

    def test_imports_a_bounded_number(self) -> None:
        imports.import_modules(["good"] * imports.MOST + ["alone"])
        self.assertNotIn("alone", sys.modules)

    def test_imports_nothing_while_the_image_is_built(self) -> None:
        with mock.patch.object(imports, "INSTALLED", os.path.join(self.image, "absent")):
            imports.import_modules(["alone"])
        self.assertNotIn("alone", sys.modules)

    def test_finds_in_the_package_what_was_in_a_module_that_is_gone(self) -> None:
        imports.import_modules(["good.gone"])
        gone = sys.modules["good.gone"]
        self.assertEqual(gone.answer, 42)
        with self.assertRaisesRegex(AttributeError, "module 'good.gone' has no attribute '_hidden'"):
            _ = gone._hidden
        with self.assertRaises(AttributeError):
            _ = gone.absent

    def test_makes_no_module_below_one_that_is_no_package(self) -> None:
        imports.import_modules(["alone.gone"])
        self.assertNotIn("alone.gone", sys.modules)

    def test_finds_a_package_that_another_carried(self) -> None:
        imports.import_modules(["holder.externals.freed.inner", "holder.externals.foreign"])
        self.assertIs(sys.modules["holder.externals.freed"], sys.modules["freed"])
        self.assertIs(sys.modules["holder.externals.freed.inner"], sys.modules["freed.inner"])
        self.assertNotIn("foreign", sys.modules)

    def test_knows_what_is_of_the_image(self) -> None:
        for name, expected in (
            ("good", True), ("alone", True), ("space", True), ("sys", True), ("foreign", False), ("absent", False), ("imports", False),
        ):
            with self.subTest(name):
                self.assertIs(imports.is_of_image(name), expected)
