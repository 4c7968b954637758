"""Writes one harmless model of each format an image can load: what they do in the sandbox is that image's baseline.

Arguments: the layer (src/docker/layers.ts) and the folder to write to. Run when the image is built. Files are named after
formats, with the ending that the format's library asks for.
"""

# The libraries have no types here, or only some: what comes from them is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false

from __future__ import annotations

import os
import pickle
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def pickles(folder: str, objects: list[Any]) -> None:
    """In each format of pickles, and in object arrays: some objects and a forest."""
    import cloudpickle
    import dill
    import joblib
    import numpy
    from sklearn.ensemble import RandomForestClassifier

    random = numpy.random.default_rng(7)
    data, target = random.normal(size=(40, 4)), random.integers(0, 2, 40)
    model = [*objects, *compiled(), *on_devices(), RandomForestClassifier(n_estimators=5, random_state=7).fit(data, target)]
    offset = 3

    def write(name: str, dump: Callable[[Any], Any]) -> None:
        with open(os.path.join(folder, name), "wb") as file:
            dump(file)

    write("pickle", lambda file: pickle.dump({"model": model, "weights": data}, file))
    joblib.dump({"model": model, "weights": data}, os.path.join(folder, "joblib"), compress=3)
    write("dill", lambda file: dill.dump({"model": model, "f": lambda x: x + offset}, file, recurse=True))
    write("cloudpickle", lambda file: cloudpickle.dump({"model": model, "f": lambda x: x + offset}, file))
    write("npy", lambda file: numpy.save(file, data))
    held = numpy.empty(1, dtype=object)
    held[0] = {"model": model}
    write("npz", lambda file: numpy.savez(file, data=data, target=target, held=held))


def compiled() -> list[Any]:
    """For images in which a package that the user added brings numba: calling a compiled function makes machine code, as umap and pyod do."""
    try:
        import numba  # pyright: ignore[reportMissingImports]
    except ImportError:
        return []
    from sklearn.preprocessing import FunctionTransformer

    return [FunctionTransformer(numba.njit(lambda x: x + 1))]


def on_devices() -> list[Any]:
    """What jax starts and asks of the machine when the first array gets to a device, where the image has it."""
    try:
        import jax.numpy  # pyright: ignore[reportMissingImports]
    except ImportError:
        return []
    return [jax.numpy.zeros((2, 2))]


def core(folder: str) -> None:
    pickles(folder, [])
    skops(folder)


def skops(folder: str) -> None:
    """Nothing where no package that the user or a model needs brings skops."""
    try:
        import skops.io  # pyright: ignore[reportMissingImports]
    except ImportError:
        return
    import numpy
    from sklearn.ensemble import RandomForestClassifier

    random = numpy.random.default_rng(7)
    data, target = random.normal(size=(40, 4)), random.integers(0, 2, 40)
    skops.io.dump(RandomForestClassifier(n_estimators=5, random_state=7).fit(data, target), os.path.join(folder, "skops"))


# A network of a framework is in each format that can hold one, and takes what the runner offers, so that it is used, too: for most kinds of
# layers a framework makes machine code in memory then, and the image's own network has to show it whatever the model's has.


def torch(folder: str) -> None:
    import torch

    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(2 * 30 * 30, 8), torch.nn.GELU(),
        torch.nn.TransformerEncoderLayer(8, 2, 16), torch.nn.LSTM(8, 4))
    try:
        quantized = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(4, 4)), {torch.nn.Linear})
    except RuntimeError:  # torch has no engine for this processor
        quantized = None
    pickles(folder, [model, quantized])
    saved = {"state": model.state_dict(), "model": model, "quantized": quantized}
    torch.save(saved, os.path.join(folder, "torch-zip"))
    torch.save(saved, os.path.join(folder, "torch-legacy"), _use_new_zipfile_serialization=False)
    torch.jit.script(model).save(os.path.join(folder, "torchscript"))
    if hasattr(torch, "export"):  # since 2.1
        with open(os.path.join(folder, "torch-export"), "wb") as file:
            torch.export.save(torch.export.export(model.eval(), (torch.zeros(1, 1, 32, 32),)), file)


def formats(folder: str) -> None:
    import shutil

    import catboost
    import gguf
    import lightgbm
    import numpy
    import onnx
    import xgboost
    from onnx import TensorProto, helper
    from safetensors.numpy import save_file

    random = numpy.random.default_rng(7)
    data, target = random.normal(size=(40, 4)), random.integers(0, 2, 40)

    boosted = xgboost.XGBClassifier(n_estimators=3).fit(data, target)

    def path(name: str) -> str:
        return os.path.join(folder, name)

    weights = helper.make_tensor("w", TensorProto.FLOAT, [4, 2], random.normal(size=8).astype("float32"))
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path("onnx"))
    save_file({"w": data}, path("safetensors"))
    writer = gguf.GGUFWriter(path("gguf"), "llama")
    writer.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")
    writer.add_tensor("w", data.astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    pickles(folder, [
        catboost.CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False).fit(data, target),
        boosted, lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(data, target),
    ])
    skops(folder)
    boosted.get_booster().save_model(path("xgboost.ubj"))
    shutil.move(path("xgboost.ubj"), path("xgboost"))
    lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(data, target).booster_.save_model(path("lightgbm"))
    catboost.CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False).fit(data, target).save_model(path("catboost"))


# The code that a model brings along: transformers imports it from a copy that it makes.
CONFIGURATION = """
from transformers import PretrainedConfig


class HarmlessConfig(PretrainedConfig):
    model_type = "harmless"

    def __init__(self, size=4, **kwargs):
        self.size = size
        super().__init__(**kwargs)
"""
MODELING = """
import torch
from transformers import PreTrainedModel

from .configuration import HarmlessConfig


class HarmlessModel(PreTrainedModel):
    config_class = HarmlessConfig

    def __init__(self, config):
        super().__init__(config)
        self.embedding = torch.nn.Embedding(16, config.size)
        self.convolution = torch.nn.Conv1d(config.size, config.size, 3, padding=1)
        self.attention = torch.nn.TransformerEncoderLayer(config.size, 2, 8, batch_first=True)
        self.rnn = torch.nn.LSTM(config.size, config.size, batch_first=True)
        self.post_init()

    def forward(self, input_ids=None, **kwargs):
        inner = self.convolution(self.embedding(input_ids).transpose(1, 2)).transpose(1, 2)
        return self.rnn(self.attention(inner))[0]
"""


def transformers(folder: str) -> None:
    import json

    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    home = os.path.join(folder, "huggingface")
    os.makedirs(home)
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "Hello": 1}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    tokenizer.save_pretrained(home)
    parts = {
        "embedding": torch.nn.Embedding(16, 4), "convolution": torch.nn.Conv1d(4, 4, 3),
        "attention": torch.nn.TransformerEncoderLayer(4, 2, 8), "rnn": torch.nn.LSTM(4, 4),
    }
    weights = {f"{part}.{name}": value for part, layer in parts.items() for name, value in layer.state_dict().items()}
    save_file(weights, os.path.join(home, "model.safetensors"), metadata={"format": "pt"})
    mapped = {"AutoConfig": "configuration.HarmlessConfig", "AutoModel": "modeling.HarmlessModel"}
    for name, text in (
        ("config.json", json.dumps({"model_type": "harmless", "architectures": ["HarmlessModel"], "auto_map": mapped})),
        ("configuration.py", CONFIGURATION), ("modeling.py", MODELING),
    ):
        with open(os.path.join(home, name), "w") as file:
            file.write(text)


def tensorflow(folder: str) -> None:
    # Keras writes its settings where it finds none.
    os.environ["KERAS_HOME"] = os.path.join(os.path.dirname(folder), "keras")
    import keras
    import numpy
    import tensorflow
    import tf_keras

    def path(name: str) -> str:
        return os.path.join(folder, name)

    def network(keras: Any, *first: Any) -> Any:
        layers = keras.layers
        return keras.Sequential([
            *first, layers.Reshape((2, 2, -1)), layers.Conv2D(2, 3, padding="same", activation="relu"), layers.Reshape((4, 2)),
            layers.GRU(4, return_sequences=True), layers.LSTM(4), layers.Dense(4)])

    pickles(folder, [network(keras, keras.layers.Input((4,)))])
    model = network(keras, keras.layers.Input((8, 8, 1)), keras.layers.Conv2D(2, 3))
    model.compile(optimizer="adam", loss="mse")
    model.save(path("keras.keras"))
    model.save(path("hdf5.h5"))
    network(tf_keras, tf_keras.layers.Input((8, 8, 1)), tf_keras.layers.Conv2D(2, 3)).save(path("savedmodel"))
    weights = numpy.ones((4, 2), numpy.float32)
    with tensorflow.Graph().as_default() as graph:
        tensorflow.identity(tensorflow.compat.v1.placeholder("float32", (None, 4), "x") @ weights, "y")
    with open(path("graphdef.pb"), "wb") as file:
        file.write(graph.as_graph_def().SerializeToString())
    function = tensorflow.function(lambda x: tensorflow.nn.relu(x @ weights))
    concrete = function.get_concrete_function(tensorflow.TensorSpec((1, 4), "float32"))
    with open(path("tflite.tflite"), "wb") as file:
        file.write(tensorflow.lite.TFLiteConverter.from_concrete_functions([concrete], function).convert())


LAYERS = {
    "core": (core,), "torch": (torch,), "formats": (formats,), "tensorflow": (tensorflow,), "transformers": (torch, transformers),
}


if __name__ == "__main__":
    layer, target = sys.argv[1:]
    os.makedirs(target, exist_ok=True)
    for write_models in LAYERS[layer]:
        write_models(target)
    for parent, folders, files in os.walk(target):
        for name in folders:
            os.chmod(os.path.join(parent, name), 0o755)
        for name in files:
            os.chmod(os.path.join(parent, name), 0o644)
