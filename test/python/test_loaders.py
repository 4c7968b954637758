from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import types
import unittest
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO
from unittest import mock

import loaders
import tensorflow_formats


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name: str, content: bytes = b"") -> str:
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path


class LoadersTest(InFolder):
    def test_loads_texts_of_python_2_as_latin_1_from_the_begin_when_the_usual_way_fails(self) -> None:
        def load(file: BinaryIO, encoding: str = "ascii") -> str:
            return file.read().decode(encoding)

        self.assertEqual(loaders.with_texts_of_python_2(load, self.file("new", b"abc")), "abc")
        self.assertEqual(loaders.with_texts_of_python_2(load, self.file("old", b"caf\xe9")), "caf\u00e9")

    def test_leaves_to_pandas_what_of_pandas_could_not_be_loaded(self) -> None:
        path = self.file("model.pkl")
        pandas: Any = types.SimpleNamespace(read_pickle=lambda path: ("of pandas", path))
        for error, modules, expected in (
            (AttributeError("no pandas.Index"), {"pandas": pandas}, ("of pandas", path)), (AttributeError("no Index"), {"pandas": pandas}, None),
            (AttributeError("no pandas.Index"), {}, None), (ValueError("pandas"), {"pandas": pandas}, None),
        ):
            with self.subTest((error, modules)), mock.patch.dict(sys.modules, modules), \
                    mock.patch.object(loaders, "with_texts_of_python_2", side_effect=error):
                if not modules:
                    sys.modules.pop("pandas", None)
                if expected is None:
                    with self.assertRaises(type(error)):
                        loaders.load_pickle(path)
                else:
                    self.assertEqual(loaders.load_pickle(path), expected)

    def test_finds_archives_that_lie_one_behind_another(self) -> None:
        def archive(text: str) -> bytes:
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w") as file:
                file.writestr("a", text)
            return made.getvalue()

        row = [archive(text) for text in ("one", "two", "three")]
        for content, expected in (
            (b"".join(row), row), (row[0], row[:1]), (b"".join([row[0], b"between", row[1]]), []), (b"before" + row[0], []), (b"no archive", []), (b"", []),
        ):
            with self.subTest(content):
                parts = loaders.archives_in(self.file("model.distcp", content))
                self.assertEqual([part.read() for part in parts], expected)
                for part in parts:
                    self.assertGreater(part.seek(0, os.SEEK_END), 0)
                    part.close()

    def test_says_which_files_an_error_went_through(self) -> None:
        try:
            json.loads("{")
        except ValueError as error:
            self.assertIn(json.decoder.__file__, loaders.frames_of(error))

    def test_has_a_loader_for_each_format_that_can_be_called(self) -> None:
        for name, loader in loaders.LOADERS.items():
            with self.subTest(name):
                self.assertTrue(callable(loader.imports) and callable(loader.load) and (loader.use is None or callable(loader.use)))


class HuggingFaceTest(InFolder):
    def load(self, files: dict[str, Any], failing: str = "") -> tuple[Any, list[tuple[str, str]]]:
        """What is loaded of a folder with these files, and how each part was."""
        for name, content in files.items():
            self.file(name, json.dumps(content).encode())
        asked: list[tuple[str, str]] = []

        def auto(name: str) -> Any:
            def made(how: str) -> Any:
                def load(*_: Any, **options: Any) -> str:
                    asked.append((name, how))
                    assert options["trust_remote_code"]
                    if name == failing:
                        raise ValueError(name)
                    return name.lower()

                return load

            return types.SimpleNamespace(from_pretrained=made("files"), from_config=made("configuration"))

        names = ("AutoConfig", "AutoTokenizer", "AutoModel", "AutoModelForCausalLM", "AutoProcessor")
        with mock.patch.dict(sys.modules, {"transformers": types.SimpleNamespace(**{name: auto(name) for name in names})}):
            try:
                return loaders.load_huggingface(self.folder), asked
            except loaders.Incomplete as incomplete:
                return incomplete, asked

    def test_loads_the_parts_that_there_are_files_for(self) -> None:
        parts, asked = self.load({"config.json": {}, "tokenizer.json": {}, "model.safetensors": {}})
        self.assertEqual(list(parts), ["AutoConfig", "AutoTokenizer", "AutoModel"])
        self.assertEqual({how for _, how in asked}, {"files"})

    def test_loads_only_the_class_of_models_that_brings_its_code(self) -> None:
        mapped = {"AutoConfig": "a.A", "AutoModelForCausalLM": "a.B", "AutoUnknown": "a.C", "Other": "a.D"}
        parts, asked = self.load({"config.json": {"auto_map": mapped}, "pytorch_model.bin": {}})
        self.assertEqual(list(parts), ["AutoConfig", "AutoModelForCausalLM"])
        self.assertEqual(asked[-1], ("AutoModelForCausalLM", "files"))

    def test_makes_a_model_without_weights_of_its_configuration(self) -> None:
        _, asked = self.load({"config.json": {"auto_map": {"AutoModel": "a.A"}}, "processor_config.json": {"auto_map": ["no", "mapping"]}})
        self.assertEqual(asked, [("AutoConfig", "files"), ("AutoModel", "configuration")])

    def test_hands_over_what_was_loaded_when_a_part_fails(self) -> None:
        incomplete, _ = self.load({"config.json": {}, "tokenizer.json": {}, "model.safetensors": {}}, failing="AutoTokenizer")
        self.assertEqual((list(incomplete.parts), str(incomplete.error)), (["AutoConfig", "AutoModel"], "AutoTokenizer"))


class TensorFlowTest(InFolder):
    def test_tells_the_version_of_keras_by_the_file(self) -> None:
        path = os.path.join(self.folder, "model.keras")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": "2.15.0"}))
        refusal = ValueError("refused")
        self.assertEqual(tensorflow_formats.version_of(path, refusal), "2")
        with self.assertRaises(ValueError) as raised:
            tensorflow_formats.version_of(self.file("broken.keras", b"no archive"), refusal)
        self.assertIs(raised.exception, refusal)

    def test_needs_pytables_for_a_file_that_pandas_or_pytables_unpickles(self) -> None:
        class Marked(types.SimpleNamespace):
            def __enter__(self) -> Marked:
                return self

            def __exit__(self, *_: object) -> None:
                pass

            def visititems(self, visit: Callable[[str, object], object]) -> None:
                visit("df", types.SimpleNamespace(attrs=self.inner))

        for inner, needed in (({"pandas_type": b"frame"}, True), ({"PSEUDOATOM": b"object"}, True), ({"names": b"a"}, False)):
            library = types.SimpleNamespace(File=lambda _, inner=inner: Marked(attrs={}, inner=inner), Dataset=int)
            with mock.patch.dict(sys.modules, {"h5py": library, "tables": None}):
                if needed:
                    with self.assertRaises(ModuleNotFoundError) as raised:
                        tensorflow_formats.load_hdf5("model.h5")
                    self.assertEqual(raised.exception.name, "tables")
                else:
                    self.assertEqual(tensorflow_formats.load_hdf5("model.h5"), {})

    def test_tells_objects_of_keras_beside_the_graphs_and_in_them(self) -> None:
        self.file("saved_model.pb", b"graph")
        self.assertFalse(tensorflow_formats.has_keras_objects(self.folder))
        self.file("saved_model.pb", b"graph _tf_keras_layer")
        self.assertTrue(tensorflow_formats.has_keras_objects(self.folder))
        self.file("saved_model.pb", b"graph")
        self.file("keras_metadata.pb")
        self.assertTrue(tensorflow_formats.has_keras_objects(self.folder))

    def test_says_that_a_model_without_inputs_or_signatures_was_not_called(self) -> None:
        trials = mock.Mock()
        tensorflow_formats.use_keras(trials, types.SimpleNamespace(inputs=[]))
        tensorflow_formats.use_saved_model(trials, types.SimpleNamespace())
        self.assertEqual([call.args[:2] for call in trials.say.call_args_list], [("predict", False), ("call a signature", False)])
        trials.attempt.assert_not_called()
