from __future__ import annotations

import builtins
import codecs
import contextlib
import functools
import importlib
import importlib.util
import json
import operator
import os
import re
import signal
import sys
import tempfile
import types
import unittest
from importlib import _bootstrap as bootstrap
from importlib import _bootstrap_external as machinery
from typing import Any, Callable, Generator
from unittest import mock

import changes
import director
import imports

IMAGE = changes.OF_THE_IMAGE


class ChangesTest(unittest.TestCase):
    def setUp(self) -> None:
        # The Python that runs this test lies anywhere.
        patch = mock.patch.object(changes, "OF_THE_IMAGE", changes.STANDARD_FOLDER)
        patch.start()
        self.addCleanup(patch.stop)
        for loader, methods in ((machinery.__dict__["_LoaderBasics"], ["exec_module"]),
                                (machinery.ExtensionFileLoader, ["create_module", "exec_module"]),
                                (bootstrap.__dict__["FrozenImporter"], ["exec_module"]),
                                (bootstrap.__dict__["BuiltinImporter"], ["create_module"])):
            for method in methods:
                self.addCleanup(setattr, loader, method, loader.__dict__[method])
        sys.modules.pop("colorsys", None)
        self.state = changes.State()

    @contextlib.contextmanager
    def library(self, name: str, source: str) -> Generator[None, None, None]:
        """A module of this name that is all that the image has."""
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(changes, "OF_THE_IMAGE", f"{folder}/"):
            with open(os.path.join(folder, f"{name}.py"), "w") as file:
                file.write(source)
            sys.path.insert(0, folder)
            self.addCleanup(sys.path.remove, folder)
            self.addCleanup(sys.modules.pop, name, None)
            # What was looked for while this was all is not there.
            self.addCleanup(changes.CODES.clear)
            yield

    def test_a_class_without_code_is_the_images_only_by_its_place(self) -> None:
        class Nothing:
            pass

        finder = machinery.FileFinder("/nowhere")
        self.addCleanup(sys.path_importer_cache.pop, "/nowhere", None)
        sys.path_importer_cache["/nowhere"] = finder
        self.assertEqual(self.found(), [])
        vars(finder)["_loaders"].append((".txt", Nothing))
        self.assertEqual([what for what, _ in self.found()], ["sys.path_importer_cache /nowhere"])

    def test_a_class_without_code_of_its_own_that_derives_from_the_images(self) -> None:
        Policy = type("Policy", (json.JSONDecoder,), {"__module__": "json"})
        self.assertFalse(changes.is_of_the_image(Policy()))
        self.assertTrue(changes.is_of_the_image(json.JSONDecoder()))

    def test_what_python_keeps_of_its_own_and_of_c_is_the_images(self) -> None:
        import ctypes
        import threading
        for value in (threading.Lock(), ctypes.CFUNCTYPE(ctypes.c_int), functools.partial(json.dumps), codecs.lookup("utf-8"), re.compile("x"),
                      signal.SIGINT, types.SimpleNamespace(), json.JSONDecodeError, operator.itemgetter(1)):
            self.assertTrue(changes.is_of_the_image(value), value)
        for value in (os.kill, eval, functools.partial(os.getpid), functools.partial(lambda: None)):
            self.assertFalse(changes.is_of_the_image(value), value)

    def test_a_function_in_any_container_of_pythons(self) -> None:
        import mimetypes
        import shutil
        self.state = changes.State()
        unpack = vars(shutil)["_UNPACK_FORMATS"]
        self.addCleanup(unpack.pop, "x", None)
        self.addCleanup(mimetypes.knownfiles.pop)
        mimetypes.knownfiles.append("/etc/mime.types")
        self.assertEqual(self.found(), [])
        unpack["x"] = ([".x"], lambda *_: None, [], "")
        self.assertEqual([what for what, _ in self.found()], ["shutil._UNPACK_FORMATS"])

    def test_a_container_that_takes_the_place_of_another(self) -> None:
        with self.library("trusting", "_safe_globals = set()\ndef trust(more):\n  global _safe_globals\n  _safe_globals = _safe_globals.union(more)\n"):
            trusting = importlib.import_module("trusting")
            self.assertNotIn("trusting._safe_globals", dict(self.state.changed_calls()))
            trusting.trust([os.kill])
            self.assertIn("trusting._safe_globals", dict(self.state.changed_calls()))

    def found(self) -> list[tuple[str, str]]:
        found, complete = self.state.changes()
        self.assertTrue(complete)
        return found

    def told(self, change: Callable[[], Any]) -> list[str]:
        change()
        return [what for what, _ in self.found()]

    def test_nothing_changed_is_nothing_told(self) -> None:
        self.assertEqual(self.found(), [])

    def test_what_a_harmless_import_changes_is_nothing(self) -> None:
        def imports() -> None:
            __import__("colorsys").hls_to_rgb(0, 0, 0)
            __import__("uuid").getnode()
            __import__("tempfile").gettempdir()

        self.assertEqual(self.told(imports), [])

    def test_a_handler_of_a_library_that_sets_handlers_is_nothing(self) -> None:
        from asyncio import unix_events

        self.addCleanup(signal.signal, signal.SIGUSR1, signal.getsignal(signal.SIGUSR1))
        handler = vars(unix_events)["_sighandler_noop"]
        self.assertEqual(self.told(lambda: signal.signal(signal.SIGUSR1, handler)), [])
        self.assertEqual(len(self.told(lambda: signal.signal(signal.SIGUSR1, lambda *_: None))), 1)

    def test_a_function_of_pythons_is_another(self) -> None:
        with mock.patch.object(json, "loads", lambda *_: None):
            self.assertEqual([what for what, _ in self.found()], ["json.loads"])

    def test_one_of_pythons_own_in_the_place_of_another_counts(self) -> None:
        with mock.patch.object(json, "loads", json.dumps):
            self.assertEqual([what for what, _ in self.found()], ["json.loads"])

    def test_the_code_or_the_defaults_of_a_function_are_others(self) -> None:
        code = json.load.__code__
        self.addCleanup(setattr, json.load, "__code__", code)
        json.load.__code__ = (lambda fp, **_: None).__code__
        self.assertEqual([what for what, _ in self.found()], ["json.load"])
        json.load.__code__ = code
        with mock.patch.dict(json.dumps.__kwdefaults__, {"skipkeys": True}):
            self.assertEqual([what for what, _ in self.found()], ["json.dumps"])

    def test_a_method_of_a_class_is_another(self) -> None:
        with mock.patch.object(json.JSONDecoder, "decode", lambda *_: None):
            self.assertIn("json.decoder.JSONDecoder.decode", [what for what, _ in self.found()])

    def test_a_module_that_the_load_imports_is_as_its_code_made_it(self) -> None:
        import colorsys

        with mock.patch.object(colorsys, "rgb_to_hls", lambda *_: None):
            self.assertEqual([what for what, _ in self.found()], ["colorsys.rgb_to_hls"])

    def test_what_a_library_puts_around_a_module(self) -> None:
        source = "import types\nclass Lazy(types.ModuleType):\n    def __dir__(self): return []\ndef run(): pass\npart = Lazy('lazy.part')\n"
        with self.library("lazy", source):
            lazy: Any = importlib.import_module("lazy")
            state = changes.State()
            found = lambda: [what for what, _ in state.changes()[0]]  # noqa: E731
            before, other = lazy.part, lazy.Lazy("lazy.part")
            lazy.part = other
            self.assertEqual(found(), [])
            other.__dict__.update(lazy=lazy, run=lazy.run)
            self.assertEqual(found(), [])
            # What stood for a module gives its place to that module.
            lazy.part = lazy
            self.assertEqual(found(), [])

            class Own(types.ModuleType):
                pass

            Own.__module__, Own.__qualname__ = "lazy", "Lazy"
            for made in (Own("lazy.part"), types.ModuleType("lazy.part")):
                lazy.part = made
                self.assertEqual(found(), ["lazy.part"])
            other.__dict__["run"] = os.getpid
            lazy.part = other
            self.assertEqual(found(), ["lazy.part"])
            lazy.part = before

    def test_builtins_hooks_and_lists(self) -> None:
        with mock.patch.object(builtins, "open", lambda *_: None):
            self.assertIn("builtins.open", [what for what, _ in self.found()])
        with mock.patch.object(sys, "excepthook", lambda *_: None):
            self.assertIn("sys.excepthook", [what for what, _ in self.found()])
        sys.path.append("/tmp/of-the-model")
        self.addCleanup(sys.path.remove, "/tmp/of-the-model")
        self.assertIn("sys.path /tmp/of-the-model", [what for what, _ in self.found()])

    def test_a_search_for_codecs(self) -> None:
        def search(_name: str) -> None:
            return None

        codecs.register(search)
        self.addCleanup(codecs.unregister, search)
        self.assertEqual([what for what, _ in self.found()], ["codecs.register"])

    def test_variables_that_programs_go_by(self) -> None:
        with mock.patch.dict(os.environ, {"https_proxy": "http://192.0.2.9:3128", "OMP_NUM_THREADS": "2"}):
            self.assertEqual(self.found(), [("the environment variable https_proxy", "http://192.0.2.9:3128")])

    def test_a_variable_past_os_environ(self) -> None:
        self.state.put_variable(b"LD_PRELOAD", b"/tmp/x.so")
        self.assertEqual(self.found(), [("the environment variable LD_PRELOAD", "/tmp/x.so")])

    def test_what_cannot_be_compared_hides_nothing_else_and_is_said(self) -> None:
        class Hostile(type(os.environ)):  # type: ignore[misc]
            def items(self) -> Any:
                raise RuntimeError

        kind = type(os.environ)
        self.addCleanup(setattr, os.environ, "__class__", kind)
        with mock.patch.object(json, "loads", lambda *_: None), mock.patch.object(sys, "excepthook", lambda *_: None):
            os.environ.__class__ = Hostile
            found, complete = self.state.changes()
            os.environ.__class__ = kind
        self.assertFalse(complete)
        self.assertEqual({"json.loads", "sys.excepthook", "os.environ"}, {what for what, _ in found})

    def test_what_the_process_has_beside_the_interpreter(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.addCleanup(os.chdir, os.getcwd())
            os.chdir(folder)
            self.addCleanup(os.umask, os.umask(0o007))
            self.assertEqual({what for what, _ in self.found()}, {"the working folder", "the umask"})

    def test_a_lower_limit_counts_and_a_higher_one_does_not(self) -> None:
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        self.assertEqual(self.found(), [("RLIMIT_NOFILE", "64")])
        self.state = changes.State()
        resource.setrlimit(resource.RLIMIT_NOFILE, (65, hard))
        self.assertEqual(self.found(), [])

    def test_a_text_that_says_where_something_lies(self) -> None:
        self.addCleanup(setattr, tempfile, "tempdir", tempfile.tempdir)
        for module, name in ((sys, "executable"), (tempfile, "tempdir")):
            with self.subTest(name), mock.patch.object(module, name, "/of/the/model"):
                self.assertEqual([what for what, _ in self.found()], [f"{module.__name__}.{name}"])
        # One of those that the module's own code has.
        with mock.patch.object(tempfile, "tempdir", "/var/tmp"):
            self.assertEqual(self.found(), [])

    def test_where_packages_look_for_their_parts_and_who_is_asked_there(self) -> None:
        import encodings

        class Finder:
            def find_spec(self, name: str, target: Any = None) -> None:
                pass

        self.addCleanup(encodings.__path__.remove, "/of/the/model")
        encodings.__path__.insert(0, "/of/the/model")
        with mock.patch.dict(sys.path_importer_cache, {"/folder": Finder()}):
            self.assertEqual({what for what, _ in self.found()}, {"encodings.__path__", "sys.path_importer_cache /folder"})

    def test_an_object_of_the_models_in_a_variable_of_pythons(self) -> None:
        from asyncio import events

        class Policy:
            def new_event_loop(self) -> Any:
                raise RuntimeError

        with mock.patch.object(events, "_event_loop_policy", Policy()):
            self.assertEqual([what for what, _ in self.found()], ["asyncio.events._event_loop_policy"])

    def test_what_is_run_when_a_process_forks_and_when_text_cannot_be_read(self) -> None:
        strict = codecs.lookup_error("strict")
        self.addCleanup(codecs.register_error, "strict", strict)
        codecs.register_error("strict", lambda _: ("", 0))
        own = lambda: None  # noqa: E731
        os.register_at_fork(after_in_child=own)
        self.addCleanup(lambda: [held.remove(own) for held in changes.FORK_LISTS if own in held])
        self.assertEqual({what for what, _ in self.found()}, {"os.register_at_fork", "the error handler 'strict' of codecs"})

    def test_who_is_handed_what_is_logged(self) -> None:
        import logging
        import logging.handlers

        class Own(logging.Handler):
            def emit(self, record: Any) -> None:
                pass

        root = logging.getLogger()
        sends = logging.handlers.DatagramHandler("192.0.2.9", 9)
        for handler, number in ((Own(), 1), (sends, 1), (logging.StreamHandler(), 0)):
            root.addHandler(handler)
            self.assertEqual(len(self.found()), number)
            root.removeHandler(handler)

    def test_what_is_added_to_a_class_of_pythons(self) -> None:
        import ssl

        self.addCleanup(lambda: delattr(ssl.SSLContext, "check_hostname"))
        ssl.SSLContext.check_hostname = property(lambda _: False)  # type: ignore[assignment]
        self.assertEqual([what for what, _ in self.found()], ["ssl.SSLContext.check_hostname"])

    def test_what_libraries_trust(self) -> None:
        with self.library("trusting", "_safe_globals = set()\nBACKENDS = {}\n"):
            import trusting  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

            self.state.remember("trusting", trusting)
            trusting._safe_globals.add(os.getpid)
            trusting.BACKENDS["own"] = lambda: None
            self.assertLessEqual({"trusting._safe_globals", "trusting.BACKENDS"}, {what for what, _ in self.found()})

    def test_more_changes_than_are_said_are_no_hole(self) -> None:
        for number in range(changes.MOST + 5):
            sys.path.append(f"/tmp/{number}")
            self.addCleanup(sys.path.remove, f"/tmp/{number}")
        found, complete = self.state.changes()
        self.assertEqual((len(found), complete), (changes.MOST, True))

    def test_a_module_from_no_file(self) -> None:
        made = types.ModuleType("requests_of_the_model")
        self.addCleanup(sys.modules.pop, "requests_of_the_model", None)
        sys.modules["requests_of_the_model"] = made
        self.assertEqual(self.found(), [])
        made.__dict__["get"] = lambda *_: None
        self.assertEqual([what for what, _ in self.found()], ["sys.modules requests_of_the_model"])

    def test_a_module_that_says_it_is_a_librarys(self) -> None:
        import colorsys
        import xml.dom

        def made(name: str, file: str) -> Any:
            module = types.ModuleType(name)
            module.__dict__.update(__file__=file, parse=lambda *_: None)
            return module

        real = vars(xml.dom)["getDOMImplementation"]
        with mock.patch.object(changes, "is_standard", lambda *_: False):
            state = changes.State()
            for forged in (made("json", json.__file__), made("sys", "built-in"), made("colorsys", colorsys.__file__)):
                with mock.patch.object(xml.dom, "getDOMImplementation", forged):
                    self.assertEqual([what for what, _ in state.changes()[0]], ["xml.dom.getDOMImplementation"])
                for name in ("of_the_model", "xml.of_the_model"):
                    with mock.patch.dict(sys.modules, {name: forged}):
                        self.assertEqual([what for what, _ in state.changes()[0]], [f"sys.modules {name}"])
        # Code that a library has, in a module that only looks like it, does what that one's names say.
        forged = made("xml.dom.domreg", sys.modules[real.__module__].__file__ or "")
        self.assertTrue(changes.is_of_the_image(real))
        self.assertFalse(changes.is_of_the_image(types.FunctionType(real.__code__, forged.__dict__)))

    def test_a_module_that_held_something_before_its_code_ran(self) -> None:
        spec: Any = importlib.util.find_spec("colorsys")
        sys.modules.pop("colorsys", None)
        for more in ({}, {"urlopen": lambda *_: None}):
            module = types.ModuleType("colorsys")
            module.__dict__.update(__spec__=spec, __loader__=spec.loader, __file__=spec.origin, **more)
            with mock.patch.dict(sys.modules, {"colorsys": module}):
                spec.loader.exec_module(module)
            self.assertEqual(changes.is_of_the_image(module), more == {})

    def test_what_is_written_in_c_or_frozen_is_the_images(self) -> None:
        sys.modules.pop("importlib.util", None)
        for name in ("_csv", "importlib.util", "_symtable"):
            before = sys.modules.pop(name, None)
            module = importlib.import_module(name)
            self.assertTrue(changes.is_of_the_image(module), name)
            if before is not None:
                sys.modules[name] = before

    def test_all_files_of_the_sandbox_look_for_the_image_in_one_place(self) -> None:
        self.assertEqual({director.LIBRARIES, (imports.OF_IMAGE,)}, {(IMAGE,)})

    def test_a_search_that_a_library_takes_over_when_it_is_imported(self) -> None:
        finder: Any = machinery.PathFinder
        self.addCleanup(setattr, finder, "find_distributions", finder.__dict__["find_distributions"])
        with self.library("takes_over", "from importlib import machinery\ndel machinery.PathFinder.find_distributions\n"):
            state = changes.State()
            importlib.import_module("takes_over")
            self.assertEqual(state.changes(), ([], True))
            finder.find_spec, before = None, finder.__dict__["find_spec"]
            self.addCleanup(setattr, finder, "find_spec", before)
            self.assertEqual([what for what, _ in state.changes()[0]], ["_frozen_importlib_external.PathFinder.find_spec"])
            finder.find_spec = before

    def test_a_class_that_does_not_say_its_module(self) -> None:
        def silence(_: type) -> str:
            raise AttributeError

        import colorsys

        Silent: Any = type("Silent", (type,), {"__module__": property(silence)})

        silent = Silent("Silent", (), {})
        with mock.patch.dict(colorsys.__dict__, {"silent": silent}):
            state = changes.State()
            self.assertTrue(state.changes()[1])
            colorsys.__dict__["silent"] = silent()
            self.assertEqual(state.changes(), ([("colorsys.silent", "an object of .Silent")], True))

    def test_a_name_makes_nothing_the_images(self) -> None:
        def loads(*_: Any) -> None: ...

        loads.__module__, loads.__qualname__ = "json", "loads"
        self.assertFalse(changes.is_of_the_image(loads))
        self.assertTrue(changes.is_of_the_image(json.loads))


if __name__ == "__main__":
    unittest.main()
