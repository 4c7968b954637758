from __future__ import annotations

import json
import os
import sys
import tempfile
import types
import unittest
from typing import Any
from unittest import mock

# What it does when it is started is the container's: its job comes by standard input, and descriptors change places.
with mock.patch.object(os, "dup2"), mock.patch.object(os, "close"), \
        mock.patch.object(os, "read", return_value=b'{"nonce": "n", "path": "/model", "testCase": "/case.py"}'):
    import runner

import use
import watch


class RecordTest(unittest.TestCase):
    def setUp(self) -> None:
        self.written: list[bytes] = []

        def write(fd: int, data: bytes) -> int:
            self.assertEqual(fd, watch.CHANNEL)
            self.written.append(data)
            return len(data)

        patch = mock.patch.object(watch, "write", write)
        patch.start()
        self.addCleanup(patch.stop)

    def test_is_one_line_with_the_nonce(self) -> None:
        watch.Reporter("abc").record(k="phase", phase="load")
        self.assertEqual(self.written, [b'dynscan:abc {"k": "phase", "phase": "load"}\n'])

    def test_is_shortened_until_strace_shows_it_whole(self) -> None:
        watch.Reporter("abc").record(k="audit", args=["x" * 9000] * 4, frames=[{"file": "y" * 9000, "line": 1}] * 30)
        [record] = self.written
        self.assertLess(len(record), 4096)
        told = json.loads(record.partition(b" ")[2])
        self.assertEqual((told["k"], len(told["frames"]), told["frames"][0]["line"], set(told["args"][0])), ("audit", watch.FRAMES, 1, {"x"}))

    def test_is_left_out_when_a_flood_has_used_up_the_number(self) -> None:
        reporter = watch.Reporter("abc")
        for _ in range(watch.MAX_RECORDS + 5):
            reporter.optional(k="audit")
        self.assertEqual(len(self.written), watch.MAX_RECORDS)
        reporter.record(k="done")
        self.assertEqual(len(self.written), watch.MAX_RECORDS + 1)

    def test_bears_that_the_model_has_closed_the_channel(self) -> None:
        with mock.patch.object(watch, "write", side_effect=OSError):
            watch.Reporter("abc").record(k="done")


class DescribeTest(unittest.TestCase):
    def test_shows_plain_values_and_never_asks_an_object(self) -> None:
        class Hostile(str):
            def __repr__(self) -> str:
                raise AssertionError

        class Foreign:
            def __repr__(self) -> str:
                raise AssertionError

        for value, expected in (
            ("text", "text"), ("x" * 500, "x" * 400), (b"a\xff", "a\\xff"), (None, "None"), (True, "True"), (1.5, "1.5"),
            (["a", (1, None)], "[a, [1, None]]"), (Hostile("text"), "text"), (Foreign(), "<Foreign>"),
            (self.test_shows_plain_values_and_never_asks_an_object.__code__, "code test_shows_plain_values_and_never_asks_an_object"),
        ):
            with self.subTest(expected):
                self.assertEqual(watch.describe(value), expected)


class FramesTest(unittest.TestCase):
    def shown(self, *files: str) -> list[tuple[str, int]]:
        stack: list[Any] = [(types.SimpleNamespace(co_filename=file, co_name="f"), line) for line, file in enumerate(files, 1)]
        return [(frame["file"], frame["line"]) for frame in watch.innermost(stack, "/case.py")]

    def test_leaves_out_the_scans_own(self) -> None:
        self.assertEqual(self.shown("/a.py", os.path.join(watch.HERE, "use.py"), "/b.py"), [("/a.py", 1), ("/b.py", 3)])

    def test_keeps_the_test_cases_however_deep_it_lies(self) -> None:
        self.assertEqual(self.shown(*["/a.py"] * 20), [("/a.py", line) for line in range(1, 9)])
        self.assertEqual(self.shown(*["/a.py"] * 20, "/case.py"), [*(("/a.py", line) for line in range(1, 8)), ("/case.py", 21)])
        self.assertEqual(self.shown("/a.py", "/case.py", *["/a.py"] * 20)[1], ("/case.py", 2))

    def test_begins_with_the_innermost(self) -> None:
        def outer() -> None:
            inner()

        def inner() -> None:
            raise ValueError

        try:
            outer()
        except ValueError as error:
            self.assertEqual([frame["function"] for frame in use.frames_of(error.__traceback__, None)][:2], ["inner", "outer"])
        self.assertEqual(watch.frames_of(sys._getframe(), None)[0]["function"], "test_begins_with_the_innermost")  # pyright: ignore[reportPrivateUsage]


class BytecodeTest(unittest.TestCase):
    def test_knows_what_this_python_has_compiled(self) -> None:
        def generator() -> Any:
            yield self

        for made in (self.setUp.__code__, generator.__code__, self.setUp.__code__.co_code, compile("1", "x", "exec"), b""):
            self.assertTrue(watch.is_of_this_python(made))

    def test_tells_anothers(self) -> None:
        with mock.patch.dict(watch.opcode.opmap, {"RESUME": 250}):
            self.assertFalse(watch.is_of_this_python(self.setUp.__code__))
            self.assertTrue(watch.is_of_this_python(bytes([250, 0])))


class MadeTest(unittest.TestCase):
    """Code that a model makes, and that says that it is of a file of the image."""

    def setUp(self) -> None:
        self.watch = watch.Watch(watch.Reporter("n"), "/model", None)
        self.watch.report.left = 0

    def take(self, event: str, *args: Any) -> set[Any]:
        """As if the caller of the test's function had made it."""
        self.watch.take(event, args, sys._getframe(2))  # pyright: ignore[reportPrivateUsage]
        return self.watch.made

    def test_is_known_by_its_file_and_name(self) -> None:
        self.assertEqual(self.take("code.__new__", b"", "/home/me/x.py", "f", 0), set())
        self.assertEqual(self.take("code.__new__", b"", "/usr/lib/python3/json.py", "f", 0), {("/usr/lib/python3/json.py", "f")})

    def test_is_known_by_its_file_when_it_is_compiled_but_not_when_a_module_is_imported(self) -> None:
        self.assertEqual(self.take("compile", b"1", "<string>"), set())
        self.assertEqual(self.take("compile", b"1", "/usr/lib/x.py"), {"/usr/lib/x.py"})
        self.assertEqual(self.take("compile", b"1", b"/usr/lib/y.py"), {"/usr/lib/x.py", "/usr/lib/y.py"})
        imports = vars(sys.modules["importlib._bootstrap"])["_call_with_frames_removed"]
        imports(lambda: self.take("compile", b"1", "/usr/lib/z.py"))
        self.assertNotIn("/usr/lib/z.py", self.watch.made)

    def test_is_bounded_and_asks_no_text_anything(self) -> None:
        class Name(str):
            __slots__ = ()

            def startswith(self, *_: Any) -> bool:
                raise AssertionError

            def __hash__(self) -> int:
                raise AssertionError

            def __getitem__(self, _key: Any) -> str:
                raise AssertionError

        [(file, name)] = self.take("code.__new__", b"", Name("/usr/a.py"), Name("f"), 0)
        self.assertEqual((type(file), file, type(name), name), (str, "/usr/a.py", str, "f"))
        with mock.patch.object(watch, "MOST_MADE", 1):
            self.assertEqual(len(self.take("code.__new__", b"", "/usr/b.py", "f", 0)), 1)


class MemoryTest(unittest.TestCase):
    """With a folder that stands for `/usr/`, and a count of the questions that reach the kernel."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.kept = os.path.join(self.folder, "stats")
        self.plain, self.link, self.absent = (os.path.join(self.folder, name) for name in ("plain", "link", "absent"))
        with open(self.plain, "w") as file:
            file.write("12345")
        os.symlink(self.plain, self.link)
        for patch in (mock.patch.object(runner, "UNCHANGING", self.folder + "/"), mock.patch.object(runner, "KEPT", self.kept)):
            patch.start()
            self.addCleanup(patch.stop)

    def memory(self) -> tuple[runner.Memory, list[tuple[str, Any]]]:
        memory, asked = runner.Memory(), []

        def counted(name: str, real: Any) -> Any:
            def ask(path: Any, *args: Any, **options: Any) -> Any:
                asked.append((name, path))
                return real(path, *args, **options)

            return ask

        memory.real = {name: counted(name, real) for name, real in memory.real.items()}
        return memory, asked

    def test_asks_once_and_answers_the_same(self) -> None:
        memory, asked = self.memory()
        stat, lstat = memory.stand_in("stat"), memory.stand_in("lstat")
        for _ in range(3):
            self.assertEqual((stat(self.plain), lstat(self.plain)), (os.stat(self.plain), os.lstat(self.plain)))
            self.assertEqual((stat(self.link), lstat(self.link)), (os.stat(self.link), os.lstat(self.link)))
            with self.assertRaises(FileNotFoundError) as raised:
                stat(self.absent)
            self.assertEqual(raised.exception.filename, self.absent)
        self.assertEqual(asked, [("lstat", self.plain), ("lstat", self.link), ("stat", self.link), ("lstat", self.absent)])

    def test_asks_the_kernel_for_all_else(self) -> None:
        memory, asked = self.memory()
        stat = memory.stand_in("stat")
        for _ in range(2):
            stat("/")
            stat(os.fsencode(self.plain))
            stat(self.plain, follow_symlinks=False)
        self.assertEqual(len(asked), 6)
        stat(self.plain)
        memory.on = False
        stat(self.plain)
        self.assertEqual(len(asked), 8)

    def test_knows_what_was_asked_when_the_image_was_built(self) -> None:
        memory, _ = self.memory()
        stat = memory.stand_in("stat")
        stat(self.plain)
        with self.assertRaises(FileNotFoundError):
            stat(self.absent)
        memory.keep()
        later, asked = self.memory()
        self.assertEqual(later.stand_in("stat")(self.plain).st_size, 5)
        with self.assertRaises(FileNotFoundError) as raised:
            later.stand_in("stat")(self.absent)
        self.assertEqual((raised.exception.filename, asked), (self.absent, []))

    def test_stands_in_for_os_stat_until_it_is_told_to_end(self) -> None:
        real, sets = os.stat, (os.supports_fd, os.supports_follow_symlinks, os.supports_dir_fd)
        sizes = [len(members) for members in sets]
        end = runner.remember_stats(runner.Memory())
        try:
            self.assertIsNot(os.stat, real)
            self.assertTrue(all(os.stat in members for members in sets))
            self.assertEqual(os.stat(self.plain).st_size, 5)
        finally:
            end()
        self.assertIs(os.stat, real)
        self.assertEqual([len(members) for members in sets], sizes)
