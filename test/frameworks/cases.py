"""Harmless models that lean on what an image's libraries do by themselves: imports, machine code, helper programs, worker processes, caches;
and hostile ones that pretend to.

Each is saved by the library itself in the image of its layer (../make_models.py), never on the host. `ring` marks those that the sandbox tests scan,
`npm run frameworks` scans all.
"""

import os
import pickle
import types

CASES = []


def case(layer, name, file, *, used=(), ring=False, expected=()):
    """
    `used`: what has to have worked. `file`: what to scan, below a folder of its own; the function writes it there. `expected`: the rules that
    show, `RULE@phase`, of a hostile model; a harmless one has to be clean.
    """

    def add(write):
        CASES.append({"layer": layer, "name": name, "file": file, "used": list(used), "ring": ring, "expected": list(expected), "write": write})
        return write

    return add


def dump(path, act):
    with open(path, "wb") as file:
        act(file)


def pickled(layer, name, make, file="model.pkl", protocol=None, **options):
    case(layer, f"pickle: {name}", file, **options)(lambda path: dump(path, lambda f: pickle.dump(make(), f, protocol=protocol)))


def joblibbed(layer, name, make, **options):
    def write(path):
        import joblib
        joblib.dump(make(), path)

    case(layer, f"joblib: {name}", "model.joblib", **options)(write)


def dilled(layer, name, make, **options):
    def write(path):
        import dill
        dump(path, lambda f: dill.dump(make(), f))

    case(layer, f"dill: {name}", "model.dill", **options)(write)


def cloudpickled(layer, name, make, **options):
    def write(path):
        import cloudpickle
        dump(path, lambda f: cloudpickle.dump(make(), f))

    case(layer, f"cloudpickle: {name}", "model.cloudpickle", **options)(write)


def notebook(source):
    """A value as if typed into a notebook: its classes and functions travel by value."""
    scope = types.ModuleType("__main__").__dict__
    exec(source, scope)
    return scope["it"]


def predicting(body, imports=""):
    """An object of a class of the notebook's, of which `predict` does something."""
    lines = "\n".join(f"        {line}" for line in body.strip().splitlines())
    return lambda: notebook(f"{imports}\nclass Model:\n    def predict(self, rows):\n{lines}\nit = Model()\n")


def rows():
    import numpy
    random = numpy.random.default_rng(3)
    return random.normal(size=(40, 4)), random.integers(0, 2, 40)


# Python's own and scikit-learn's -----------------------------------------------------------------------------------------


def fitted(module, name, **options):
    def make():
        import importlib
        return getattr(importlib.import_module(module), name)(**options).fit(*rows())

    return make


def bagging():
    from sklearn.ensemble import BaggingClassifier
    return BaggingClassifier(n_estimators=4, n_jobs=2, random_state=1).fit(*rows())


pickled("core", "KMeans", fitted("sklearn.cluster", "KMeans", n_clusters=2, n_init=1), used=["predict"])
joblibbed("core", "bagging on two processors", bagging, used=["predict"], ring=True)
pickled("core", "random forest on two processors", fitted("sklearn.ensemble", "RandomForestClassifier", n_estimators=4, n_jobs=2), used=["predict"])
cloudpickled("core", "joblib.Parallel", predicting("return joblib.Parallel(2)(joblib.delayed(abs)(n) for n in (-1, 2))", "import joblib"), used=["predict"], ring=True)
cloudpickled("core", "joblib.Parallel by multiprocessing", predicting(
    "return joblib.Parallel(2, backend='multiprocessing')(joblib.delayed(abs)(n) for n in (-1, 2))", "import joblib"), used=["predict"])
cloudpickled("core", "joblib.Parallel over a large array", predicting(
    "return joblib.Parallel(2)(joblib.delayed(numpy.sum)(numpy.ones(1 << 18)) for n in (1, 2))", "import joblib, numpy"), used=["predict"])
cloudpickled("core", "shared memory", predicting("""
from multiprocessing import shared_memory
memory = shared_memory.SharedMemory(create=True, size=64)
memory.close()
memory.unlink()
return [0]
"""), used=["predict"], ring=True)
cloudpickled("core", "a pool of forked workers", predicting("""
import multiprocessing
with multiprocessing.get_context('fork').Pool(2) as pool:
    return pool.map(abs, [-1, 2])
"""), used=["predict"], ring=True)
cloudpickled("core", "a pool of spawned workers", predicting("""
import multiprocessing
with multiprocessing.get_context('spawn').Pool(2) as pool:
    return pool.map(abs, [-1, 2])
"""), used=["predict"])
cloudpickled("core", "a pool of a fork server", predicting("""
import multiprocessing
with multiprocessing.get_context('forkserver').Pool(2) as pool:
    return pool.map(abs, [-1, 2])
"""), used=["predict"])
cloudpickled("core", "an executor of processes", predicting("""
import concurrent.futures
with concurrent.futures.ProcessPoolExecutor(2) as pool:
    return list(pool.map(abs, [-1, 2]))
"""), used=["predict"])
cloudpickled("core", "the name of the platform", predicting("return [platform.platform()]", "import platform"), used=["predict"], ring=True)
cloudpickled("core", "the name of the processor", predicting("return [platform.processor(), platform.uname()]", "import platform"), used=["predict"])
cloudpickled("core", "a library by its name", predicting("return [ctypes.util.find_library('c'), ctypes.util.find_library('nothing')]", "import ctypes.util"), used=["predict"], ring=True)
cloudpickled("core", "a folder for the time being", predicting("""
import os, tempfile
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, 'x'), 'w') as file:
        file.write('1')
    with tempfile.NamedTemporaryFile() as file:
        file.write(b'1')
return [0]
"""), used=["predict"])
cloudpickled("core", "joblib's memory", predicting("""
import joblib, tempfile
return [joblib.Memory(tempfile.gettempdir() + '/joblib', verbose=0).cache(abs)(-1)]
"""), used=["predict"])
cloudpickled("core", "workers that find another joblib", predicting("""
import os
os.makedirs('/tmp/joblib', exist_ok=True)
with open('/tmp/joblib/__init__.py', 'w') as file:
    file.write('raise SystemExit')
try:
    return joblib.Parallel(1 + 1, timeout=20)(joblib.delayed(abs)(n) for n in (-1, 2))
except Exception:
    return [0]
""", "import joblib"), ring=True, expected=["DYN-EXEC-PLANTED@use"])
cloudpickled("core", "a worker that runs a shell", predicting("""
import multiprocessing, os
with multiprocessing.get_context('spawn').Pool(1) as pool:
    return pool.map(os.system, ['id'])
"""), ring=True, expected=["DYN-EXEC-SHELL@use"])
joblibbed("core", "grid search on two processors", lambda: _grid(), used=["predict"])
dilled("core", "a function that uses NumPy", lambda: notebook("import numpy\nit = lambda x=1: numpy.log1p(x)"), used=["call it"])


def _grid():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    return GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2, n_jobs=2).fit(*rows())


@case("core", "pickle: text of Python 2", "model.pkl", ring=True)
def _(path):
    dump(path, lambda f: f.write(b"\x80\x02}q\x00U\x04caf\xe9q\x01K\x01s."))


@case("core", "pickle: array of Python 2", "model.pkl")
def _(path):
    dump(path, lambda f: f.write(
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nq\x01K\x00\x85q\x02U\x01bq\x03\x87q\x04Rq\x05(K\x01K\x02\x85q\x06"
        b"cnumpy\ndtype\nq\x07U\x02f8q\x08K\x00K\x01\x87q\x09Rq\x0a(K\x03U\x01<q\x0bNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0cb\x89"
        b"U\x10\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\xc0q\x0dtq\x0eb."))


# PyTorch ---------------------------------------------------------------------------------------------------------------


def torched(name, make, file="model.pt", layer="torch", used=("call it",), legacy=False, **options):
    def write(path):
        import torch
        torch.save(make(), path, _use_new_zipfile_serialization=not legacy)

    case(layer, f"torch{' (legacy)' if legacy else ''}: {name}", file, used=used, **options)(write)


def nn(source):
    def make():
        import torch
        return eval(source, {"torch": torch, "nn": torch.nn})

    return make


pickled("torch", "a tensor", nn("{'w': torch.zeros(2, 3)}"), ring=True)
pickled("torch", "a tensor, protocol 2", nn("{'t': torch.arange(4.)}"), protocol=2)
pickled("torch", "torch.Size", nn("torch.Size([1, 2])"))
pickled("torch", "Linear", nn("nn.Linear(4, 2)"), used=["call it"])
pickled("torch", "LSTM", nn("nn.LSTM(4, 8)"), used=["call it"], ring=True)
pickled("torch", "a distribution", nn("torch.distributions.Normal(torch.tensor(0.), torch.tensor(1.))"))
pickled("torch", "a device and a type", nn("{'device': torch.device('cpu'), 'type': torch.float16}"))
joblibbed("torch", "a network and arrays", nn("{'net': nn.Sequential(nn.Linear(4, 2), nn.ReLU()), 'w': torch.ones(3).numpy()}"), used=["call it"], ring=True)
dilled("torch", "a convolution", nn("nn.Conv2d(3, 4, 3)"), used=["call it"])
cloudpickled("torch", "a network of the notebook's", lambda: notebook("""
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = torch.nn.GRU(4, 8, batch_first=True), torch.nn.Linear(8, 2)
    def forward(self, x):
        return self.out(self.rnn(x)[0])
it = Net()
"""), used=["call it"])
cloudpickled("torch", "a function of tensors", lambda: notebook("import torch\nit = lambda: torch.softmax(torch.randn(64, 64) @ torch.randn(64, 64), 0)"), used=["call it"])
for _name, _source in {
    "GRU": "nn.GRU(4, 8)", "bidirectional LSTM": "nn.LSTM(4, 8, 2, bidirectional=True)", "Conv1d": "nn.Conv1d(4, 8, 3)", "Conv3d": "nn.Conv3d(1, 2, 3)",
    "ConvTranspose2d": "nn.ConvTranspose2d(3, 4, 3)", "MultiheadAttention layer": "nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)",
    "convolutional network": "nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))",
    "EmbeddingBag": "nn.EmbeddingBag(16, 4)", "half precision": "nn.Linear(64, 64).bfloat16()",
}.items():
    torched(_name, nn(_source), used=[] if "half" in _name else ["call it"], ring=_name == "GRU")
torched("LSTM", nn("nn.LSTM(4, 8)"), legacy=True)
torched("quantized", nn("torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(64, 64), nn.LSTM(64, 8)), {nn.Linear, nn.LSTM})"), used=[])
torched("a checkpoint with its optimizer", lambda: _checkpoint(), used=[])
torched("a whole optimizer", nn("torch.optim.Adam(nn.Linear(4, 2).parameters())"), used=[], ring=True)
torched("k-means beside weights", lambda: {"state": nn("nn.Linear(4, 2).state_dict()")(), "means": fitted("sklearn.cluster", "KMeans", n_clusters=2, n_init=1)()}, used=["predict"], ring=True)
torched("a data loader with two workers", nn("torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(8, 4)), batch_size=4, num_workers=2)"), used=["look at its first items"], ring=True)
torched("sparse, complex and nested values", nn("{'s': torch.eye(3).to_sparse(), 'c': torch.zeros(2, dtype=torch.complex64), 'q': torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)}"), used=[])


def _checkpoint():
    import torch
    net = torch.nn.Linear(4, 2)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.zeros(1, 4)).sum().backward()
    optimizer.step()
    return {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "rng": torch.get_rng_state()}


def scripted(name, make, how="script"):
    def write(path):
        import torch
        net = nn(make)().eval()
        module = torch.jit.script(net) if how != "trace" else torch.jit.trace(net, torch.zeros(1, 3, 32, 32))
        # Not torch.jit.optimize_for_inference: torch cannot load what that saves.
        (torch.jit.freeze(module) if how == "frozen" else module).save(path)

    case("torch", f"torchscript: {name}", "script.pt", used=["forward with"])(write)


scripted("LSTM", "nn.LSTM(4, 8)")
scripted("convolution, traced", "nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())", "trace")
scripted("convolution, frozen", "nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))", "frozen")


@case("torch", "torch.export: convolution", "program.pt2", used=["run the program"])
def _(path):
    import torch
    torch.export.save(torch.export.export(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.GELU()), (torch.zeros(1, 3, 8, 8),)), path)


# Libraries with formats of their own ---------------------------------------------------------------------------------------


joblibbed("formats", "XGBoost classifier", fitted("xgboost", "XGBClassifier", n_estimators=3), used=["predict"], ring=True)
pickled("formats", "XGBoost regressor on two processors", fitted("xgboost", "XGBRegressor", n_estimators=3, n_jobs=2), used=["predict"])
joblibbed("formats", "LightGBM classifier", fitted("lightgbm", "LGBMClassifier", n_estimators=3, verbose=-1), used=["predict"], ring=True)
pickled("formats", "LightGBM booster", lambda: fitted("lightgbm", "LGBMClassifier", n_estimators=3, verbose=-1)().booster_, used=["predict"])
pickled("formats", "CatBoost classifier", fitted("catboost", "CatBoostClassifier", iterations=3, verbose=False, allow_writing_files=False), used=["predict"])
joblibbed("formats", "CatBoost in a pipeline", lambda: _boosted_pipeline())
pickled("formats", "a table", lambda: _table())
joblibbed("formats", "an encoder fitted on a table", lambda: _encoder())
dilled("formats", "XGBoost and a function", lambda: {"f": notebook("it = lambda x=1: x + 1"), "m": fitted("xgboost", "XGBClassifier", n_estimators=3)()})
cloudpickled("formats", "a function of a table", lambda: notebook("import pandas\nit = lambda: pandas.DataFrame({'a': [1, 2]}).describe()"), used=["call it"])


def _boosted_pipeline():
    import catboost
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    return make_pipeline(StandardScaler(), catboost.CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False)).fit(*rows())


def _table():
    import pandas
    return pandas.DataFrame({"a": [1.0, 2.0], "b": ["x", None], "c": pandas.Categorical(["u", "v"]), "d": pandas.to_datetime(["2026-01-01", "2026-01-02"])})


def _encoder():
    import pandas
    from sklearn.preprocessing import OneHotEncoder
    return OneHotEncoder().fit(pandas.DataFrame({"a": ["x", "y"], "b": ["u", "v"]}))


@case("formats", "safetensors: complex numbers", "model.safetensors", ring=True)
def _(path):
    import json
    header = json.dumps({"c": {"dtype": "C64", "shape": [2], "data_offsets": [0, 16]}}).encode()
    header += b" " * (-len(header) % 8)
    dump(path, lambda f: f.write(len(header).to_bytes(8, "little") + header + bytes(16)))


def graph(path, nodes, inputs, outputs, tensors=()):
    import onnx
    from onnx import helper
    made = helper.make_graph(nodes, "net", inputs, outputs, list(tensors))
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@case("formats", "onnx: StringNormalizer", "model.onnx", used=["run it"], ring=True)
def _(path):
    from onnx import TensorProto, helper
    node = helper.make_node("StringNormalizer", ["x"], ["y"], case_change_action="LOWER")
    graph(path, [node], [helper.make_tensor_value_info("x", TensorProto.STRING, [2])], [helper.make_tensor_value_info("y", TensorProto.STRING, None)])


@case("formats", "onnx: convolution and GRU", "model.onnx", used=["run it"])
def _(path):
    import numpy
    from onnx import TensorProto, helper, numpy_helper
    tensors = [numpy_helper.from_array(numpy.ones(shape, "float32"), name) for name, shape in (("k", (4, 3, 3, 3)), ("w", (1, 24, 9)), ("r", (1, 24, 8)))]
    shape = numpy_helper.from_array(numpy.array([1, -1, 9]), "shape")
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"]), helper.make_node("Reshape", ["c", "shape"], ["s"]),
        helper.make_node("GRU", ["s", "w", "r"], ["y", ""], hidden_size=8),
    ]
    place = helper.make_tensor_value_info
    graph(path, nodes, [place("x", TensorProto.FLOAT, [1, 3, 5, 5])], [place("y", TensorProto.FLOAT, None)], [*tensors, shape])


@case("formats", "skops: bagging on two processors", "model.skops", used=["predict"])
def _(path):
    import skops.io
    skops.io.dump(bagging(), path)


# TensorFlow and Keras ------------------------------------------------------------------------------------------------------


def keras_network(source, module="keras"):
    def make():
        import importlib
        keras = importlib.import_module(module)
        return keras.Sequential(eval(source, {"layers": keras.layers}))

    return make


RECURRENT = "[layers.Input((6, 4)), layers.{}(8), layers.Dense(2)]"
NETWORKS = {
    "GRU": RECURRENT.format("GRU"), "LSTM": RECURRENT.format("LSTM"),
    "bidirectional LSTM": "[layers.Input((6, 4)), layers.Bidirectional(layers.LSTM(8)), layers.Dense(2)]",
    "convolution": "[layers.Input((16, 16, 3)), layers.Conv2D(8, 3), layers.BatchNormalization(), layers.MaxPooling2D(), layers.Conv2DTranspose(4, 3), layers.Flatten(), layers.Dense(2)]",
    "depthwise convolution": "[layers.Input((16, 16, 3)), layers.SeparableConv2D(8, 3), layers.GlobalAveragePooling2D(), layers.Dense(2)]",
    "embedding": "[layers.Input((6,)), layers.Embedding(20, 8), layers.Conv1D(8, 3), layers.GlobalMaxPooling1D(), layers.Dense(2, activation='softmax')]",
}
for _name, _source in NETWORKS.items():
    for _ending in ("keras", "h5"):
        if _ending == "keras" or "STM" in _name or _name == "GRU":
            case("tensorflow", f"{_ending}: {_name}", f"model.{_ending}", used=["predict"], ring=(_name, _ending) in {("GRU", "keras"), ("LSTM", "h5")})(
                lambda path, make=keras_network(_source): make().save(path))
case("tensorflow", "keras 2 h5: LSTM", "model.h5", used=["predict"])(lambda path: keras_network(NETWORKS["LSTM"], "tf_keras")().save(path))
pickled("tensorflow", "a name of Keras", lambda: __import__("keras").Sequential, protocol=2, ring=True)
pickled("tensorflow", "a Keras network", keras_network(NETWORKS["GRU"]))
joblibbed("tensorflow", "a Keras network", keras_network(NETWORKS["convolution"]))
pickled("tensorflow", "TensorShape", lambda: __import__("tensorflow").TensorShape([None, 4]))


@case("tensorflow", "keras: attention", "model.keras", used=["predict"])
def _(path):
    import keras
    x = keras.Input((6, 8))
    y = keras.layers.LayerNormalization()(keras.layers.MultiHeadAttention(2, 4)(x, x))
    keras.Model(x, keras.layers.Dense(2)(y)).save(path)


@case("tensorflow", "savedmodel: LSTM", "net/saved_model.pb", used=["call its signature"])
def _(path):
    keras_network(NETWORKS["LSTM"])().export(os.path.dirname(path), verbose=False)


@case("tensorflow", "graphdef: convolution", "graph.pb")
def _(path):
    import numpy
    import tensorflow
    with tensorflow.Graph().as_default() as graph:
        x = tensorflow.compat.v1.placeholder("float32", (None, 8, 8, 3), "x")
        tensorflow.nn.relu(tensorflow.nn.conv2d(x, numpy.ones((3, 3, 3, 4), numpy.float32), 1, "SAME"), "y")
    dump(path, lambda f: f.write(graph.as_graph_def().SerializeToString()))


# transformers ------------------------------------------------------------------------------------------------------------


TINY = {
    "BertForSequenceClassification": ("BertConfig", {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 64}),
    "GPT2LMHeadModel": ("GPT2Config", {"n_embd": 16, "n_layer": 1, "n_head": 2, "vocab_size": 64, "n_positions": 32}),
    "ViTForImageClassification": ("ViTConfig", {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "image_size": 32, "patch_size": 8}),
    "T5ForConditionalGeneration": ("T5Config", {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 64, "decoder_start_token_id": 0}),
}


def tiny(name):
    def make():
        import transformers
        config, options = TINY[name]
        return getattr(transformers, name)(getattr(transformers, config)(**options))

    return make


for _name in TINY:
    case("transformers", f"folder: {_name}", "net/config.json", ring=_name.startswith("Bert"))(lambda path, make=tiny(_name): make().save_pretrained(os.path.dirname(path)))
pickled("transformers", "BertConfig", lambda: __import__("transformers").BertConfig(), ring=True)
joblibbed("transformers", "BertConfig", lambda: {"config": __import__("transformers").BertConfig()})
pickled("transformers", "a whole BERT", tiny("BertForSequenceClassification"), used=["call it"])
torched("a whole ViT", tiny("ViTForImageClassification"), layer="transformers", used=[])


@case("transformers", "folder: code in a file with a French name", "net/config.json", ring=True)
def _(path):
    import json
    import torch
    from safetensors.torch import save_file
    folder = os.path.dirname(path)
    with open(os.path.join(folder, "modèle_x.py"), "w") as file:
        file.write(
            "import torch\nfrom transformers import PretrainedConfig, PreTrainedModel\n\n\nclass Config(PretrainedConfig):\n    model_type = 'x'\n\n\n"
            "class Net(PreTrainedModel):\n    config_class = Config\n\n    def __init__(self, config):\n        super().__init__(config)\n"
            "        self.rnn = torch.nn.GRU(4, 4)\n        self.post_init()\n\n    def forward(self, x):\n        return self.rnn(x)\n")
    with open(path, "w") as file:
        json.dump({"model_type": "x", "auto_map": {"AutoConfig": "modèle_x.Config", "AutoModel": "modèle_x.Net"}}, file)
    save_file({f"rnn.{key}": value for key, value in torch.nn.GRU(4, 4).state_dict().items()}, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
