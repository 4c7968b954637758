"""The reproductions that the real libraries make, each saved in the image of its layer (../make_models.py), never on the host. What needs no library
is in plain.ts.

A row of rows.json names the line of the tables that a case is of. Payloads are harmless: they run `id` or read a canary of the sandbox.
"""

import importlib.util
import os
import pickle
import sys
import tempfile
import types

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = []
FOUND = ["malicious", "suspicious"]
NOT_CLEAN = [*FOUND, "inconclusive"]
ID = "__import__('os').system('id')"


def case(layer, row, name, file, *, run=True, expected="", verdicts=(), flags=()):
    """
    `file`: what to scan, below a folder of its own; the function writes it there. `run`: whether it is run too. `expected`: words of
    scripts/lib/expected.mjs, of a hostile one. `flags`: those of `dynscan scan`.
    """

    def add(write):
        CASES.append({
            "layer": layer, "row": row, "name": name, "file": file, "run": run, "flags": list(flags), "write": write,
            "expected": expected.split(), "verdicts": list(verdicts or (FOUND if expected else ["clean"])),
        })
        return write

    return add


def dump(path, act):
    with open(path, "wb") as file:
        act(file)


def saved(layer, row, name, make, by="pickle", file="model.pkl", **options):
    """`by`: the library that saves it; `name` of one that writes to a file."""

    def write(path):
        library = importlib.import_module(by)
        if by in ("joblib", "torch"):
            (library.dump if by == "joblib" else library.save)(make(), path)
        else:
            dump(path, lambda f: library.dump(make(), f))

    case(layer, row, f"{by}: {name}", file, **options)(write)


def notebook(source):
    """A value as if typed into a notebook: its classes and functions travel by value."""
    scope = types.ModuleType("__main__").__dict__
    exec(source, scope)  # source of this file: it defines what is saved, nothing of it acts here
    return scope["it"]


# What other tables hold already -------------------------------------------------------------------------------------------


def table(folder, *names):
    """Modules of another table, which is in the file of the same name as this one."""
    path, own = os.path.join(HERE, "..", folder), sys.modules.pop("cases")
    sys.path.insert(0, path)
    try:
        return [importlib.import_module(name) for name in ("cases", *names)]
    finally:
        sys.path.remove(path)
        sys.modules["cases"] = own


def shared(row, folder, *names):
    """Cases of test/frameworks and test/formats, by their name, or format and name."""
    for name in names:
        found = [other for other in TABLES[folder] if name in (other["name"], f"{other.get('format')}: {other['name']}")]
        if not found:
            raise SystemExit(f"There is no {name} in test/{folder}/cases.py.")
        for other in found:
            case(other["layer"], row, name, other["file"], expected=" ".join(other["expected"]))(other["write"])


TABLES = {folder: table(folder)[0].CASES for folder in ("frameworks", "formats")}

shared("the import alone", "frameworks", "pickle: a tensor", "pickle: Linear", "pickle: torch.Size", "joblib: a network and arrays",
       "dill: a convolution", "cloudpickle: a network of the notebook's", "pickle: BertConfig", "joblib: BertConfig", "pickle: TensorShape",
       "pickle: a name of Keras")
shared("tensors of protocol 2", "frameworks", "pickle: a tensor, protocol 2")
shared("machine code of frameworks", "frameworks", "folder: BertForSequenceClassification", "folder: ViTForImageClassification",
       "keras: GRU", "keras: LSTM", "h5: GRU", "h5: LSTM")
shared("helper programs", "frameworks", "joblib: XGBoost classifier", "joblib: LightGBM classifier", "cloudpickle: the name of the platform",
       "torch: k-means beside weights")
shared("own workers", "frameworks", "joblib: bagging on two processors", "cloudpickle: joblib.Parallel", "cloudpickle: shared memory",
       "torch: a data loader with two workers")
shared("what the sandbox could not load", "frameworks", "torch.export: convolution", "safetensors: complex numbers", "onnx: StringNormalizer")
shared("skops, programs, configurations", "formats", "torch-export: Python in an expression of its graph")


@case("transformers", "what the sandbox could not load", "code in a file with a French name", "net/config.json",
      expected="STATIC-MANIFEST-REMOTE-CODE", verdicts=["suspicious"])
def _(path):
    next(other for other in TABLES["frameworks"] if other["name"] == "folder: code in a file with a French name")["write"](path)


@case("transformers", "machine code of frameworks", "a folder of sentence-transformers", "net/config.json")
def _(path):
    import json
    folder = os.path.dirname(path)
    next(other for other in TABLES["frameworks"] if other["name"] == "folder: BertForSequenceClassification")["write"](path)
    os.mkdir(os.path.join(folder, "1_Pooling"))
    modules = [("", "sentence_transformers.models.Transformer"), ("1_Pooling", "sentence_transformers.models.Pooling")]
    for name, content in {
        "modules.json": [{"idx": n, "name": str(n), "path": place, "type": kind} for n, (place, kind) in enumerate(modules)],
        "1_Pooling/config.json": {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": 32, "do_lower_case": False},
    }.items():
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file)


# The behaviours of the corpus whose kinds were missed, and of each variant the words that have to show. They are run, as there.
CORPUS = {
    "what waits": {"N1 Leaves something that waits": ("a daemon thread", "setitimer")},
    "hold of the runner": {"N2 Takes hold of the runner": (
        "the runner's use, from __main__", "itertools.islice", "time.process_time", "the recursion limit", "leaves with os._exit",
        "forges the records that follow, and leaves")},
    "ways of use": {"N3 One way of use": (
        "score", "fit", "state_dict", "__str__", "__bool__", "__array__", "the second call", "numbers other than zero", "more than one row",
        "an asynchronous predict", "a generator", "the sixth object", "an attribute of a wrapper")},
    "acts without a rule": {
        "A1 Droppers by mode": ("ELF, mode in open", "script, mode in open"),
        "A2 Modules and scripts planted": ("numpy.py in the temporary folder",),
        "A3 Secrets wherever they lie": ("private keys of the server", "/srv", "/data", "/mnt", "/var/log"),
        "A4 Secrets gathered": ("XOR with a byte", "XOR with a word"),
        "A5 Documents looked at": ("stat", "watched"),
        "A6 Looking for the sandbox": ("/proc/mounts", "/proc/self/maps", "/etc/ld.so.preload", "our own folder"),
        "A7 The user's own process": ("TLS verification", "proxy", "LD_PRELOAD", "open"),
    },
    "words of a call that change": {"A9 Words of a call that change": (
        "unlink, by a process", "openat, by a process", "connect, by a process")},
    "sockets of VSOCK": {"A8 Sockets of other families": ("VSOCK", "VSOCK, listening")},
}


def of_the_corpus():
    corpus, make_corpus = table("corpus", "make_corpus")
    for row, behaviours in CORPUS.items():
        for behaviour, wanted in behaviours.items():
            identity = behaviour.split(" ", 1)[0]
            variants = {variant["variant"]: variant for variant in corpus.BEHAVIOURS[behaviour]}
            for name in wanted:
                if name not in variants:
                    raise SystemExit(f"There is no {name} of {behaviour} in the corpus.")
                variant = variants[name]
                container = make_corpus.container_of(variant, 0)
                case("torch", row, f"{identity}: {name}", "model.pkl",
                     expected=" ".join(variant["expected"]), verdicts=variant.get("verdicts", ["malicious"]))(
                    lambda path, variant=variant, container=container: make_corpus.write(variant, container, path))


# Where it is made, too.
if importlib.util.find_spec("torch"):
    of_the_corpus()


@case("torch", "acts without a rule", "statmount", "model.cloudpickle", expected="DYN-DISC-SANDBOX")
def _(path):
    make_corpus, acts = table("corpus", "make_corpus", "acts")[1:]
    # Number 457 on every processor; `struct mnt_id_req` of Linux 6.8.
    body = "import ctypes, os, struct; r = struct.pack('IIQQ', 24, 0, os.statvfs('/').f_fsid, 1); ctypes.CDLL(None).syscall(457, r, bytes(512), 512, 0)"
    make_corpus.write({"payload": acts.act(body)}, "cloudpickle", path)


# Harmless, accused ---------------------------------------------------------------------------------------------------------

INNER = "inner pickles of joblib"


def frame():
    import pandas
    return pandas.DataFrame({"a": ["x", "y", "x", "y"], "b": ["u", "v", "v", "u"]})


def fitted(module, name, rows, target=None, **options):
    def make():
        estimator = getattr(importlib.import_module(module), name)(**options)
        return estimator.fit(rows(), target) if target is not None else estimator.fit(rows())

    return make


def objects():
    import numpy
    return numpy.array(["a", None], dtype=object)


saved("core", INNER, "an array of objects", objects, by="joblib", file="model.joblib")
saved("core", INNER, "LabelEncoder", fitted("sklearn.preprocessing", "LabelEncoder", lambda: ["a", "b", "a"]), by="joblib", file="model.joblib")
saved("core", INNER, "OneHotEncoder", fitted("sklearn.preprocessing", "OneHotEncoder", lambda: [["a"], ["b"]]), by="joblib", file="model.joblib")
saved("formats", INNER, "OneHotEncoder of a table", fitted("sklearn.preprocessing", "OneHotEncoder", frame), by="joblib", file="model.joblib")
saved("formats", INNER, "a forest of a table", fitted(
    "sklearn.ensemble", "RandomForestClassifier", lambda: frame().replace({"x": 0, "y": 1, "u": 2, "v": 3}).astype(float), [0, 1, 0, 1], n_estimators=3),
    by="joblib", file="model.joblib")

BOUND = "bound methods"
saved("core", BOUND, "str.split", lambda: {"f": str.split, "g": "a b".split})
saved("core", BOUND, "findall of a pattern", lambda: __import__("re").compile(r"\w+").findall)
saved("core", BOUND, "a tokenizer of scikit-learn", lambda: _words(), by="joblib", file="model.joblib")
saved("torch", BOUND, "forward of a model", lambda: {"f": __import__("torch").nn.Linear(2, 2).forward})


def _words():
    import re
    from sklearn.feature_extraction.text import CountVectorizer
    return CountVectorizer(tokenizer=re.compile(r"\w+").findall, token_pattern=None).fit(["a b", "b c"])


STANDARD = "functions of the standard library"
for _place in ("math.log", "heapq.nlargest", "copy.deepcopy", "collections.abc.Iterable"):
    saved("core", STANDARD, _place, lambda place=_place: {"f": getattr(importlib.import_module(place.rpartition(".")[0]), place.rpartition(".")[2])})
saved("core", STANDARD, "what urlparse gives", lambda: __import__("urllib.parse").parse.urlparse("http://a/b"))

for _module in ("numba.cloudpickle", "joblib.externals.cloudpickle", "ray.cloudpickle", "pyspark.cloudpickle"):
    @case("core", "cloudpickle under other names", _module, "model.pkl", run=_module.startswith("joblib"))
    def _(path, module=_module):
        import cloudpickle
        content = cloudpickle.dumps(notebook("import math\nit = (lambda factor: lambda x=1.0: math.log(x) * factor)(2.0)"), protocol=2)
        own = module if module == "ray.cloudpickle" else f"{module}.cloudpickle"
        dump(path, lambda f: f.write(content.replace(b"ccloudpickle.cloudpickle\n", f"c{own}\n".encode())))


@case("torch", "distcp and nested tensors", "a checkpoint of torch.distributed", "checkpoint/__0_0.distcp")
def _(path):
    import torch
    import torch.distributed.checkpoint as checkpoint
    checkpoint.save({"w": torch.ones(3), "b": torch.zeros(2), "step": 3}, checkpoint_id=os.path.dirname(path))


@case("torch", "distcp and nested tensors", "a jagged tensor", "model.pt")
def _(path):
    import torch
    torch.save(torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged), path)


PACKED = "bytes that look packed"
for _name, _head in {"zlib": b"\x78\x9c", "gzip": b"\x1f\x8b\x08", "bz2": b"BZh91AY&SY", "xz": b"\xfd7zXZ\0", "zip": b"PK\x03\x04", "lz4": b"\x04\x22\x4d\x18"}.items():
    saved("core", PACKED, _name, lambda head=_head: head + bytes(range(200)))
saved("core", PACKED, "int64(376)", lambda: __import__("numpy").int64(376))

for _module in ("sklearn.externals.joblib", "joblib"):
    @case("core", "old savers", f"arrays of {_module}", "model.pkl", run=_module == "joblib")
    def _(path, module=_module):
        import joblib
        import numpy
        joblib.dump({"w": numpy.ones(8), "names": numpy.array(["a", None], dtype=object)}, path, protocol=2)
        with open(path, "rb") as file:
            content = file.read()
        dump(path, lambda f: f.write(content.replace(b"cjoblib.numpy_pickle\n", f"c{module}.numpy_pickle\n".encode())))


@case("tensorflow", "old savers", "a Lambda of Keras 2 with the shape of its output", "model.h5", expected="STATIC-KERAS-LAMBDA|STATIC-KERAS-CODE|load:loaded", verdicts=["clean", "suspicious"])
def _(path):
    import tf_keras
    tf_keras.Sequential([tf_keras.Input((4,)), tf_keras.layers.Lambda(lambda x: x * 2, output_shape=[4]), tf_keras.layers.Dense(2)]).save(path)


@case("tensorflow", "old savers", "half_plus_three, as TensorFlow 1 saved it", "half/saved_model.pb")
def _(path):
    import shutil
    import tensorflow
    one = tensorflow.compat.v1
    folder = os.path.dirname(path)
    shutil.rmtree(folder)
    with one.Graph().as_default(), one.Session() as session:
        a, b = one.Variable(0.5, name="a", use_resource=False), one.Variable(3.0, name="b", use_resource=False)
        x = one.placeholder("float32", (None, 1), "x")
        y = one.add(one.multiply(a, x), b, "y")
        with open("/tmp/foo.txt", "w") as file:
            file.write("asset")
        asset, held = one.constant("/tmp/foo.txt", name="asset"), one.Variable("", trainable=False, use_resource=False, name="filename_tensor")
        one.add_to_collection(one.GraphKeys.ASSET_FILEPATHS, asset)
        session.run(one.global_variables_initializer())
        signature = one.saved_model.signature_def_utils.predict_signature_def({"x": x}, {"y": y})
        builder = one.saved_model.Builder(folder)
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature}, assets_collection=one.get_collection(one.GraphKeys.ASSET_FILEPATHS),
            main_op=one.group(one.assign(held, asset)))
        builder.save()


saved("core", "names and packings of pickles", "w2v.model", lambda: {"vectors": [0.1, 0.2], "words": {"a": 0}}, file="w2v.model")


@case("formats", "names and packings of pickles", "to_pickle of pandas", "x.pkl.gz")
def _(path):
    frame().to_pickle(path)


@case("torch", "a class beside the model", "its class in a file beside it", "net.pt")
def _(path):
    _beside(path, "")


@case("torch", "a class beside the model", "a hostile file beside it", "net.pt", expected="STATIC-* DYN-EXEC-SHELL", verdicts=["malicious"])
def _(path):
    _beside(path, f"{ID}\n")


def _beside(path, more):
    import torch
    source = "import torch\n\n\nclass Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.out = torch.nn.Linear(4, 2)\n\n    def forward(self, x):\n        return self.out(x)\n"
    module = types.ModuleType("mymodel")
    exec(source, module.__dict__)  # source of this file
    sys.modules["mymodel"] = module
    torch.save(module.Net(), path)
    with open(os.path.join(os.path.dirname(path), "mymodel.py"), "w") as file:
        file.write(more + source)


def scripted(path, body):
    """A network of TorchScript whose `forward` begins like this."""
    import torch
    # The compiler reads the source of what it compiles from its file.
    with tempfile.NamedTemporaryFile("w", suffix=".py") as source:
        source.write(f"import torch\n\n\nclass Net(torch.nn.Module):\n    def forward(self, x: torch.Tensor) -> torch.Tensor:\n        {body}\n        return x\n")
        source.flush()
        spec = importlib.util.spec_from_file_location("of_reality", source.name)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        torch.jit.script(module.Net()).save(path)


WORDS = "words that look like code"


@case("formats", WORDS, "XGBoost: names of features", "model.json")
def _(path):
    import numpy
    import xgboost
    names = ["/etc/passwd", "os.system(x)", "~/.ssh/id_rsa"]
    data = xgboost.DMatrix(numpy.arange(12.0).reshape(4, 3), label=[0, 1, 0, 1], feature_names=names)
    xgboost.train({"max_depth": 2}, data, 2).save_model(path)


@case("formats", WORDS, "ONNX: a stack trace", "model.onnx")
def _(path):
    import onnx
    from onnx import TensorProto, helper
    node = helper.make_node("Relu", ["x"], ["y"], doc_string="File \"/root/train.py\", line 3\n  subprocess.run(['ls'])\n  os.system('ls')")
    place = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]
    onnx.save(helper.make_model(helper.make_graph([node], "net", place[:1], place[1:]), opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@case("torch", WORDS, "TorchScript: a message", "model.pt")
def _(path):
    scripted(path, "if x.dim() > 9:\n            raise ValueError('call torch.save( or subprocess.run( first')")


LIMITS = "small limits"
for _name, _flags in {"a second": ("--timeout", "1"), "a tenth of a processor": ("--cpus", "0.1"), "256 MiB": ("--memory", "256")}.items():
    # How far it comes in so little depends on the machine; it is never accused.
    saved("torch", LIMITS, f"a network in {_name}", lambda: __import__("torch").nn.Linear(4, 2), by="torch", file="net.pt", flags=_flags,
          verdicts=["clean", "inconclusive"])


@case("transformers", LIMITS, "a folder of Hugging Face with a trace of 1 MiB", "net/config.json", flags=("--trace-limit", "1"), verdicts=["clean", "inconclusive"])
def _(path):
    next(other for other in TABLES["frameworks"] if other["name"] == "folder: BertForSequenceClassification")["write"](path)


# Hostile, missed -----------------------------------------------------------------------------------------------------------

CARRIED = "code of own classes"
SCORE = f"class M:\n    n_features_in_ = 2\n    def score(self, x):\n        import os\n        os.system('id')\nit = M()\n"
GATED = "class M:\n    n_features_in_ = 2\n    def predict(self, rows):\n        import os, time\n        if time.time() > 4e9 and len(rows) == 7:\n            os.system('id')\n        return rows\nit = M()\n"
for _by in ("cloudpickle", "dill"):
    saved("core", CARRIED, "score", lambda: notebook(SCORE), by=_by, file=f"model.{_by}", run=False, expected="STATIC-PICKLE-BYTECODE*")
    saved("core", CARRIED, "predict behind a condition", lambda: notebook(GATED), by=_by, file=f"model.{_by}", run=False, expected="STATIC-PICKLE-BYTECODE*")


@case("torch", CARRIED, "torch.save by cloudpickle", "model.pt", run=False, expected="STATIC-PICKLE-BYTECODE*")
def _(path):
    import cloudpickle
    import torch
    torch.save(notebook(SCORE), path, pickle_module=cloudpickle)


for _name in ("R", "Torch7", "random"):
    for _packing in ("bz2", "xz", "lzma"):
        @case("core", "unknown content, packed", f"{_name} in {_packing}", f"model.bin.{_packing}", run=False, verdicts=["inconclusive"])
        def _(path, name=_name, packing=_packing):
            import bz2
            import hashlib
            import lzma
            noise = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(20))
            # An R file of a version to come is not read.
            content = {"R": b"X\n\0\0\0\x09" + noise, "Torch7": b"\4\0\0\0\1\0\0\0\3\0\0\0V 1\x11\0\0\0torch.FloatTensor" + bytes(60), "random": b"\1\2" + noise}[name]
            packed = bz2.compress(content) if packing == "bz2" else lzma.compress(content, format=lzma.FORMAT_XZ if packing == "xz" else lzma.FORMAT_ALONE)
            dump(path, lambda f: f.write(packed))


@case("torch", "Python by detours", "a torch.package", "package.pt", run=False, expected="STATIC-*")
def _(path):
    from torch.package import PackageExporter
    with PackageExporter(path) as package:
        package.save_source_string("own", "import shutil\nshutil.os.system('id')\n")
        package.save_pickle("model", "model.pkl", {"w": [0.5]})


@case("core", "folders left out", "a name that is not UTF-8", "weights", run=False, expected="STATIC-PICKLE-EXEC|gap:UTF-8", verdicts=NOT_CLEAN)
def _(path):
    os.mkdir(path)
    for name in (b"mod\xe8le.pkl", b"weights.pkl"):
        content = pickle.dumps([0.5]) if name.startswith(b"w") else b"cposix\nsystem\n(S'id'\ntR."
        with open(os.path.join(os.fsencode(path), name), "wb") as file:
            file.write(content)


@case("tensorflow", "objects in HDF5", "objects in a column, as PyTables writes them", "m.h5", run=False, expected="STATIC-PICKLE-EXEC")
def _(path):
    import h5py
    import numpy
    content = numpy.frombuffer(b"cposix\nsystem\n(S'id'\ntR.", "uint8")
    with h5py.File(path, "w") as file:
        group = file.create_group("key")
        values = group.create_dataset("block0_values", (1,), dtype=h5py.vlen_dtype("uint8"))
        values[0] = content
        values.attrs["PSEUDOATOM"] = numpy.bytes_("object")
        values.attrs["CLASS"] = numpy.bytes_("VLARRAY")


@case("torch", "TorchScript by detours", "gated by an input", "model.pt", expected="STATIC-TORCHSCRIPT-*")
def _(path):
    scripted(path, "if float(x.sum()) > 1e30:\n            return torch.from_file('/etc/passwd', False, 8)")
