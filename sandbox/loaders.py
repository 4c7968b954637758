"""How each format is loaded: the way users load it, and the imports that any model of the format needs."""

# The libraries have no types here, or only some: what comes from them is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false, reportUntypedBaseClass=false

from __future__ import annotations

import io
import os
import sys

import tensorflow_formats as tf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from use import Trials


class Loader:
    """`imports` is a function that imports a fixed list, never a name from the file; `load` makes the object of the model's path;
    `use`, where the format defines it, is what is first done with the object (see use.py)."""

    def __init__(
        self, imports: Callable[[], None], load: Callable[[str], Any], use: Callable[[Trials, Any], None] | None = None,
    ) -> None:
        self.imports = imports
        self.load = load
        self.use = use


def import_pickle() -> None:
    import pickle  # noqa: F401


def load_pickle(path: str) -> Any:
    import pickle
    try:
        return with_texts_of_python_2(pickle.load, path)
    except (AttributeError, ImportError, TypeError, NotImplementedError) as error:
        # What of pandas another version saved is loaded as its users load it: it knows where its classes have gone.
        if "pandas" not in sys.modules or "pandas" not in str(error) + type(error).__module__ + frames_of(error):
            raise
    return sys.modules["pandas"].read_pickle(path)


def frames_of(error: BaseException) -> str:
    """The files of the functions that an error went through."""
    import traceback
    return "\n".join(frame.filename for frame in traceback.extract_tb(error.__traceback__))


def with_texts_of_python_2(load: Callable[..., Any], path: str) -> Any:
    """Texts in pickles of Python 2 are bytes. Its users load them as Latin-1, which any byte is of, when the usual way fails."""
    try:
        with open(path, "rb") as file:
            return load(file)
    except UnicodeDecodeError:
        with open(path, "rb") as file:
            return load(file, encoding="latin1")


def import_joblib() -> None:
    import joblib  # noqa: F401


def load_joblib(path: str) -> Any:
    import joblib
    try:
        return joblib.load(path)
    except ValueError as error:
        if not isinstance(error.__cause__, UnicodeDecodeError):
            raise
    return joblib_of_python_2(path)


def joblib_of_python_2(path: str) -> Any:
    """joblib has no parameter for the encoding of texts; pickle, whose unpickler it extends, has one."""
    import joblib
    from joblib import numpy_pickle
    usual = numpy_pickle.NumpyUnpickler

    class Unpickler(usual):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.encoding = "latin1"

    numpy_pickle.NumpyUnpickler = Unpickler
    try:
        return joblib.load(path)
    finally:
        numpy_pickle.NumpyUnpickler = usual


def import_dill() -> None:
    import dill  # noqa: F401


def load_dill(path: str) -> Any:
    import dill
    return with_texts_of_python_2(dill.load, path)


def import_cloudpickle() -> None:
    import cloudpickle  # noqa: F401


def import_numpy() -> None:
    import numpy  # noqa: F401


def load_numpy(path: str) -> Any:
    try:
        return arrays_of(path)
    except UnicodeError:
        return arrays_of(path, encoding="latin1")


def arrays_of(path: str, **options: Any) -> Any:
    import numpy
    loaded = numpy.load(path, allow_pickle=True, **options)
    return {name: loaded[name] for name in loaded.files} if hasattr(loaded, "files") else loaded


def import_torch() -> None:
    import torch  # noqa: F401


def load_torch(path: str) -> Any:
    try:
        return torch_object(path)
    except RuntimeError:
        # A `.distcp` of torch.distributed.checkpoint has an archive for each tensor, and its reader loads one by one.
        parts = archives_in(path)
        if len(parts) < 2:
            raise
        return [torch_object(part) for part in parts]


def torch_object(file: Any) -> Any:
    import torch
    options = {"map_location": "cpu", "weights_only": False}
    try:
        return torch.load(file, **options)
    except UnicodeDecodeError:
        if not isinstance(file, str):
            file.seek(0)
        return torch.load(file, encoding="latin1", **options)


def archives_in(path: str) -> list[io.BufferedReader]:
    """The ZIP archives, without comments, that lie one behind another and fill the file; none of a file that is anything else."""
    import zipfile
    parts: list[io.BufferedReader] = []
    end = os.path.getsize(path)
    while end > 0:
        part = io.BufferedReader(Part(path, 0, end))
        try:
            part.seek(max(0, end - END_OF_ARCHIVE))
            closed = part.read(4) == b"PK\5\6"
            with zipfile.ZipFile(part) as archive:
                begin = min((member.header_offset for member in archive.infolist()), default=end)
        except (OSError, zipfile.BadZipFile):
            return []
        finally:
            part.close()
        if not closed or not 0 <= begin < end:
            return []
        parts.insert(0, io.BufferedReader(Part(path, begin, end)))
        end = begin
    return parts


# Bytes of the record that ends an archive without a comment (APPNOTE.TXT, 4.3.16).
END_OF_ARCHIVE = 22


class Part(io.RawIOBase):
    """A part of a file, as a file."""

    def __init__(self, path: str, begin: int, end: int) -> None:
        super().__init__()
        self.file, self.begin, self.size, self.place = io.FileIO(path), begin, end - begin, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        place = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: self.size}[whence]
        if place < 0:
            raise OSError("before the beginning")
        self.place = place
        return place

    def readinto(self, buffer: Any) -> int:
        self.file.seek(self.begin + self.place)
        content = self.file.read(max(0, min(len(buffer), self.size - self.place)))
        buffer[:len(content)] = content
        self.place += len(content)
        return len(content)

    def close(self) -> None:
        self.file.close()
        super().close()


def load_torchscript(path: str) -> Any:
    import torch
    return torch.jit.load(path, map_location="cpu")


def load_torch_export(path: str) -> Any:
    import torch
    return torch.export.load(path)


def import_onnx() -> None:
    import onnxruntime  # noqa: F401


def load_onnx(path: str) -> Any:
    import onnxruntime
    try:
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:
        if "not a registered function/op" not in str(error):
            raise
        raise RuntimeError(
            "The model needs operators that are in no ONNX Runtime. They come in a native library, which its users load by hand; "
            f"that was not done, so the model was not run: {error}") from None


def import_safetensors() -> None:
    import numpy  # noqa: F401
    import safetensors  # noqa: F401


def load_safetensors(path: str) -> Any:
    import safetensors
    with safetensors.safe_open(path, framework="numpy") as file:
        return {name: tensor_of(file, name) for name in file.keys()}  # noqa: SIM118 - it has no iterator


def tensor_of(file: Any, name: str) -> Any:
    import safetensors
    try:
        return file.get_tensor(name)
    except (TypeError, AttributeError, safetensors.SafetensorError):
        # NumPy or the library has no such type of number (bfloat16, 8-bit floats, complex): what there is to know of the tensor is its shape.
        part = file.get_slice(name)
        return {"type": part.get_dtype(), "shape": part.get_shape()}


def import_gguf() -> None:
    import gguf  # noqa: F401
    import jinja2.ext
    import jinja2.sandbox  # noqa: F401


class Gguf:
    """What a program reads of a GGUF file: its metadata, its chat templates by name, and its tensors, which stay in the file."""

    __module__ = "dynscan"

    def __init__(self, path: str) -> None:
        import gguf
        self.reader = gguf.GGUFReader(path)
        self.metadata = {name: field.contents() for name, field in self.reader.fields.items()}
        self.tensors = {tensor.name: tensor.data for tensor in self.reader.tensors}
        self.chat_templates = {
            name: value for name, value in self.metadata.items()
            if name.startswith("tokenizer.chat_template") and isinstance(value, str)
        }


def import_skops() -> None:
    import skops.io  # noqa: F401


def load_skops(path: str) -> Any:
    """As a user who trusts every type that the library asks about."""
    import skops.io
    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


def import_xgboost() -> None:
    import xgboost  # noqa: F401


def load_xgboost(path: str) -> Any:
    """From memory, where the content decides between JSON and UBJSON, and not the file's ending."""
    import xgboost
    with open(path, "rb") as file:
        return xgboost.Booster(model_file=bytearray(file.read()))


def import_lightgbm() -> None:
    import lightgbm  # noqa: F401


def load_lightgbm(path: str) -> Any:
    import lightgbm
    return lightgbm.Booster(model_file=path)


def import_catboost() -> None:
    import catboost  # noqa: F401


def load_catboost(path: str) -> Any:
    import catboost
    return catboost.CatBoost().load_model(path)


def import_transformers() -> None:
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")
    # Where it copies a model's code to import it from there: elsewhere than in the home folder, in which a model has nothing to do.
    os.environ["HF_MODULES_CACHE"] = "/tmp/huggingface"
    import torch  # noqa: F401
    import transformers
    import transformers.modeling_utils
    # It imports these when they are first asked for.
    transformers.AutoConfig, transformers.AutoTokenizer, transformers.AutoModel  # noqa: B018


class Incomplete(Exception):
    """Some parts of a model were loaded, and one was not: `error` says why."""

    def __init__(self, parts: dict[str, Any], error: Exception) -> None:
        super().__init__(str(error))
        self.parts, self.error = parts, error


def load_huggingface(folder: str) -> Any:
    """Configuration, tokenizer, processor and model, each with its own code where it has some, as far as there are files."""
    import json

    import transformers

    names = os.listdir(folder)
    options = {"trust_remote_code": True, "local_files_only": True}
    mapped: dict[str, Any] = {}
    for name in ("config.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json"):
        if name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                own = json.load(file).get("auto_map")
            mapped.update(own if isinstance(own, dict) else {})
    wanted: dict[str, None] = {}
    if "config.json" in names:
        wanted["AutoConfig"] = None
    if any(name.startswith(("tokenizer", "vocab", "merges", "spiece")) for name in names):
        wanted["AutoTokenizer"] = None
    if has_weights(names):
        wanted["AutoModel"] = None
    for name in mapped:
        if name.startswith("Auto") and hasattr(transformers, name):
            wanted[name] = None
    if "AutoModel" not in mapped and any(name.startswith("AutoModelFor") for name in mapped):
        wanted.pop("AutoModel", None)
    parts: dict[str, Any] = {}
    failed: Exception | None = None
    for name in wanted:
        loader = getattr(transformers, name)
        try:
            if name.startswith("AutoModel") and not has_weights(names):
                parts[name] = loader.from_config(parts["AutoConfig"], trust_remote_code=True)
            else:
                parts[name] = loader.from_pretrained(folder, **options)
        except Exception as error:  # noqa: BLE001 - the other parts may have something to show
            failed = failed or error
    if failed:
        raise Incomplete(parts, failed)
    return parts


def has_weights(names: list[str]) -> bool:
    return any(name.startswith(("model", "pytorch_model")) and name.endswith((".safetensors", ".bin")) for name in names)


LOADERS = {
    "pickle": Loader(import_pickle, load_pickle),
    "joblib": Loader(import_joblib, load_joblib),
    "dill": Loader(import_dill, load_dill),
    "cloudpickle": Loader(import_cloudpickle, load_pickle),
    "npy": Loader(import_numpy, load_numpy),
    "npz": Loader(import_numpy, load_numpy),
    "torch-zip": Loader(import_torch, load_torch),
    "torch-legacy": Loader(import_torch, load_torch),
    "torchscript": Loader(import_torch, load_torchscript),
    "torch-export": Loader(import_torch, load_torch_export),
    "onnx": Loader(import_onnx, load_onnx),
    "safetensors": Loader(import_safetensors, load_safetensors),
    "gguf": Loader(import_gguf, Gguf),
    "skops": Loader(import_skops, load_skops),
    "xgboost": Loader(import_xgboost, load_xgboost),
    "lightgbm": Loader(import_lightgbm, load_lightgbm),
    "catboost": Loader(import_catboost, load_catboost),
    "huggingface": Loader(import_transformers, load_huggingface),
    "keras": Loader(tf.import_keras, tf.load_keras, tf.use_keras),
    "hdf5": Loader(tf.import_keras, tf.load_hdf5, tf.use_keras),
    "savedmodel": Loader(tf.import_tensorflow, tf.load_saved_model, tf.use_saved_model),
    "graphdef": Loader(tf.import_tensorflow, tf.load_graph, tf.use_graph),
    "tflite": Loader(tf.import_tensorflow, tf.load_tflite, tf.use_tflite),
}
