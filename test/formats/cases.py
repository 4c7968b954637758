"""The cases of the table of formats: for each format a harmless model saved by the real library, a hostile twin for each place code can hide
in, and broken files. test/sandbox/formats*.test.ts and scripts/formats.mjs scan them, those of transformers the script alone; a row more is an entry in CASES.

Runs inside the sandbox image of the layer (../make_models.py), never on the host, and loads nothing of what it writes. Payloads run `id`, or read a
canary of the sandbox.
"""

import io
import json
import os
import pickle
import zipfile

CASES = []


def case(format, layer, kind, name, file, *expected, verdict=None, used=()):
    """
    An entry. `kind`: harmless, hostile or broken. `file`: what to scan, below a folder of its own; the function writes it there.
    `expected`: rules that have to show, `RULE` or `RULE@phase`. `used`: what has to have worked, or not, is for the report to say: none of it
    may stand in `notUsed`. A harmless model has to be clean, with no finding over `info` but those expected, a hostile one malicious, a broken
    one anything but clean.
    """

    def add(write):
        CASES.append({
            "format": format, "layer": layer, "kind": kind, "name": name, "file": file, "expected": list(expected),
            "verdict": verdict or {"harmless": "clean", "hostile": "malicious", "broken": "not clean"}[kind],
            "used": list(used), "write": write,
        })
        return write

    return add


def broken(format, layer, file, write, part=None):
    """The harmless model cut off in the middle, and bytes that are none. `part`: of a folder, the file that is cut."""

    def truncated(path):
        write(path)
        target = os.path.join(os.path.dirname(path), part) if part else path
        size = os.path.getsize(target)
        os.truncate(target, size * 2 // 3)

    def garbage(path):
        write(path)
        target = os.path.join(os.path.dirname(path), part) if part else path
        with open(target, "r+b") as f:
            size = os.path.getsize(target)
            f.seek(min(16, size // 4))
            f.write(bytes((7 * n * n + 13 * n) % 251 for n in range(size - f.tell())))

    def empty(path):
        open(path, "wb").close()

    case(format, layer, "broken", "cut off", file)(truncated)
    case(format, layer, "broken", "garbage after its beginning", file)(garbage)
    if part is None:
        case(format, layer, "broken", "empty", file)(empty)


def family(format, layer, file, part=None, used=()):
    """The harmless model of a format, and its broken twins."""

    def add(write):
        case(format, layer, "harmless", "saved by the library", file, used=used)(write)
        broken(format, layer, file, write, part)
        return write

    return add


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


HOSTILE = Call(os.system, "id")
SHELL = "DYN-EXEC-SHELL"


def dump(path, act):
    with open(path, "wb") as file:
        act(file)


def rows():
    import numpy
    random = numpy.random.default_rng(3)
    return random.normal(size=(40, 4)), random.integers(0, 2, 40)


def replaced(path, change):
    """Writes an archive again, with `change(name, bytes)` in place of each member's bytes."""
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(name, change(name, data))


# Pickles and arrays ---------------------------------------------------------------------------------------------------


def pipeline(*steps):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    return make_pipeline(*steps, LogisticRegression()).fit(*rows())


def scaled():
    from sklearn.preprocessing import StandardScaler
    return pipeline(StandardScaler())


@family("pickle", "core", "model.pkl", used=["predict"])
def _(path):
    dump(path, lambda f: pickle.dump(scaled(), f))


@case("pickle", "core", "hostile", "a call in it", "model.pkl", f"{SHELL}@load")
def _(path):
    dump(path, lambda f: pickle.dump({"model": HOSTILE}, f))


@family("joblib", "core", "model.joblib", used=["predict"])
def _(path):
    import joblib
    joblib.dump(scaled(), path)


@case("joblib", "core", "hostile", "a call in it", "model.joblib", f"{SHELL}@load")
def _(path):
    import joblib
    import numpy
    joblib.dump({"data": numpy.ones(3), "model": HOSTILE}, path)


@family("dill", "core", "model.dill")
def _(path):
    import dill
    offset = 3
    dump(path, lambda f: dill.dump({"f": lambda x: x + offset, "model": scaled()}, f, recurse=True))


@case("dill", "core", "hostile", "a call in it", "model.dill", f"{SHELL}@load")
def _(path):
    import dill
    dump(path, lambda f: dill.dump({"f": lambda x: x, "model": HOSTILE}, f, recurse=True))


@family("cloudpickle", "core", "model.cloudpickle")
def _(path):
    import cloudpickle
    offset = 3
    dump(path, lambda f: cloudpickle.dump({"f": lambda x: x + offset, "model": scaled()}, f))


@case("cloudpickle", "core", "hostile", "a call in it", "model.cloudpickle", f"{SHELL}@load")
def _(path):
    import cloudpickle
    dump(path, lambda f: cloudpickle.dump({"f": lambda x: x, "model": HOSTILE}, f))


@case("cloudpickle", "core", "hostile", "a scikit-learn pipeline with a function of its own", "pipeline.cloudpickle", f"{SHELL}@use")
def _(path):
    import cloudpickle
    from sklearn.preprocessing import FunctionTransformer
    scope = {"__name__": "__main__"}
    exec("quiet = True\ndef act(x):\n  import os\n  quiet or os.system('id')\n  return x", scope)
    model = pipeline(FunctionTransformer(scope["act"]))
    scope["quiet"] = False
    dump(path, lambda f: cloudpickle.dump(model, f))


@family("npy", "core", "array.npy")
def _(path):
    import numpy
    dump(path, lambda f: numpy.save(f, rows()[0]))


@case("npy", "core", "hostile", "an object in it", "array.npy", f"{SHELL}@load")
def _(path):
    import numpy
    array = numpy.empty(1, dtype=object)
    array[0] = HOSTILE
    dump(path, lambda f: numpy.save(f, array))


@family("npz", "core", "arrays.npz")
def _(path):
    import numpy
    data, target = rows()
    dump(path, lambda f: numpy.savez(f, data=data, target=target))


@case("npz", "core", "hostile", "an object in one of its arrays", "arrays.npz", f"{SHELL}@load")
def _(path):
    import numpy
    array = numpy.empty(1, dtype=object)
    array[0] = HOSTILE
    dump(path, lambda f: numpy.savez(f, data=rows()[0], labels=array))


# PyTorch --------------------------------------------------------------------------------------------------------------


def network():
    import torch
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))


@family("torch-zip", "torch", "model.pt", used=["call it"])
def _(path):
    import torch
    torch.save(network(), path)


@case("torch-zip", "torch", "hostile", "a call in it", "model.pt", f"{SHELL}@load")
def _(path):
    import torch
    torch.save({"state": network().state_dict(), "x": HOSTILE}, path)


@family("torch-legacy", "torch", "model.pth")
def _(path):
    import torch
    torch.save(network().state_dict(), path, _use_new_zipfile_serialization=False)


@case("torch-legacy", "torch", "hostile", "a call in it", "model.pth", f"{SHELL}@load")
def _(path):
    import torch
    torch.save({"state": network().state_dict(), "x": HOSTILE}, path, _use_new_zipfile_serialization=False)


def script(source, name):
    """TorchScript of a class that is given as text: it is compiled from its file."""
    import importlib.util
    import tempfile
    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, "net.py"), "w") as file:
        file.write(source)
    spec = importlib.util.spec_from_file_location("net", file.name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    import torch
    return torch.jit.script(getattr(module, name)())


@family("torchscript", "torch", "script.pt", used=["forward", "describe"])
def _(path):
    script("""
import torch
from typing import Dict, List, Optional


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 2)

    def forward(self, x: torch.Tensor, scales: List[float], names: Optional[Dict[str, int]] = None):
        return self.linear(x) * scales[0]

    @torch.jit.export
    def describe(self, text: str, times: int) -> str:
        return text if times > 0 else ""
""", "Net").save(path)


@case("torchscript", "torch", "hostile", "a program that reads a file", "script.pt", "DYN-CRED-SSH@use")
def _(path):
    script("""
import torch


class Net(torch.nn.Module):
    def forward(self, x: torch.Tensor):
        return x.sum() + torch.from_file("/home/model/.ssh/id_rsa", False, 8, dtype=torch.uint8).sum()
""", "Net").save(path)


@family("torch-export", "torch", "program.pt2", used=["run the program"])
def _(path):
    import torch
    torch.export.save(torch.export.export(network(), (torch.zeros(1, 4),)), path)


@case("torch-export", "torch", "hostile", "a call in its pickled constants", "program.pt2", f"{SHELL}@load")
def _(path):
    import torch
    torch.export.save(torch.export.export(network(), (torch.zeros(1, 4),)), path)
    buffer = io.BytesIO()
    torch.save({"c": HOSTILE}, buffer)
    replaced(path, lambda name, data: buffer.getvalue() if name.endswith("constants.pt") else data)


@case("torch-export", "torch", "hostile", "Python in an expression of its graph", "program.pt2", f"{SHELL}@load")
def _(path):
    import torch
    batch = torch.export.Dim("batch", min=2, max=64)
    program = torch.export.export(network(), (torch.zeros(2, 4),), dynamic_shapes=({0: batch},))
    torch.export.save(program, path)

    def change(name, data):
        if not name.endswith("program.json"):
            return data
        document = json.loads(data)
        hide(document)
        return json.dumps(document)

    def hide(value):
        if isinstance(value, dict):
            if isinstance(value.get("expr_str"), str):
                value["expr_str"] = "__import__('os').system('id')"
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                hide(item)

    replaced(path, change)


# Formats of their own -------------------------------------------------------------------------------------------------


def onnx_graph(*nodes, tensors=()):
    from onnx import TensorProto, helper
    place = helper.make_tensor_value_info
    graph = helper.make_graph(
        list(nodes), "net", [place("x", TensorProto.FLOAT, ["n", 4])], [place("y", TensorProto.FLOAT, ["n", 2])], list(tensors))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def onnx_weights():
    import numpy
    from onnx import numpy_helper
    return numpy_helper.from_array(numpy.ones((4, 2), dtype="float32"), "w")


def multiply():
    from onnx import helper
    return helper.make_node("MatMul", ["x", "w"], ["y"])


@family("onnx", "formats", "model.onnx", used=["run it"])
def _(path):
    import onnx
    onnx.save(onnx_graph(multiply(), tensors=[onnx_weights()]), path)


@case("onnx", "formats", "harmless", "with its weights in a file beside it", "model.onnx", used=["run it"])
def _(path):
    import onnx
    model = onnx_graph(multiply(), tensors=[onnx_weights()])
    onnx.save(model, path, save_as_external_data=True, location="model.data", size_threshold=0)


@case("onnx", "formats", "hostile", "its weights are somebody's secret", "model.onnx", "STATIC-ONNX-EXTERNAL-PATH", "DYN-CRED-SSH@load")
def _(path):
    import onnx
    weights = onnx_weights()
    onnx.external_data_helper.set_external_data(weights, "../home/model/.ssh/id_rsa", offset=0, length=32)
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    dump(path, lambda f: f.write(onnx_graph(multiply(), tensors=[weights]).SerializeToString()))


@case("onnx", "formats", "hostile", "an operator of a native library", "model.onnx", "STATIC-ONNX-CUSTOM-DOMAIN", verdict="suspicious")
def _(path):
    import onnx
    node = onnx.helper.make_node("Magic", ["x"], ["y"], domain="com.example")
    dump(path, lambda f: f.write(onnx_graph(node).SerializeToString()))


@family("safetensors", "formats", "model.safetensors")
def _(path):
    from safetensors.numpy import save_file
    save_file({"w": rows()[0].astype("float32"), "b": rows()[1]}, path, metadata={"format": "pt"})


def write_gguf(path, template):
    import gguf
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_token_list(["<s>", "</s>", "a"])
    writer.add_chat_template(template)
    writer.add_tensor("blk.0.weight", rows()[0].astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@family("gguf", "formats", "model.gguf", used=["render tokenizer.chat_template"])
def _(path):
    write_gguf(path, (
        "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}[INST] {{ message['content'] | trim }} [/INST]"
        "{% else %}{{ message.content }}{{ eos_token }}{% endif %}{% endfor %}"))


@case("gguf", "formats", "hostile", "a chat template that leaves Jinja2", "model.gguf", f"{SHELL}@use")
def _(path):
    write_gguf(path, "{{ cycler.__init__.__globals__.os.popen('id').read() }}{% for message in messages %}{{ message.content }}{% endfor %}")


@family("skops", "formats", "model.skops", used=["predict"])
def _(path):
    import skops.io
    skops.io.dump(scaled(), path)


@case("skops", "formats", "hostile", "a function that the pipeline calls", "model.skops", f"{SHELL}@use")
def _(path):
    import functools
    import timeit

    import skops.io
    from sklearn.preprocessing import FunctionTransformer
    from sklearn.pipeline import make_pipeline
    # What it is handed takes the third place, that of the timer, and is called after the first two have run.
    act = functools.partial(timeit.timeit, "pass", "__import__('os').system('id')")
    skops.io.dump(make_pipeline(FunctionTransformer(act)), path)


@family("xgboost", "formats", "model.ubj", used=["predict"])
def _(path):
    import xgboost
    xgboost.XGBClassifier(n_estimators=3).fit(*rows()).get_booster().save_model(path)


@case("xgboost", "formats", "harmless", "as JSON", "model.json", used=["predict"])
def _(path):
    import xgboost
    xgboost.XGBClassifier(n_estimators=3).fit(*rows()).get_booster().save_model(path)


@family("lightgbm", "formats", "model.txt", used=["predict"])
def _(path):
    import lightgbm
    lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(*rows()).booster_.save_model(path)


@family("catboost", "formats", "model.cbm", used=["predict"])
def _(path):
    import catboost
    catboost.CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False).fit(*rows()).save_model(path)


def boosted(library):
    import importlib
    module = importlib.import_module(library)
    kind, options = {
        "xgboost": ("XGBClassifier", {"n_estimators": 3}),
        "lightgbm": ("LGBMClassifier", {"n_estimators": 3, "verbose": -1}),
        "catboost": ("CatBoostClassifier", {"iterations": 3, "verbose": False, "allow_writing_files": False}),
    }[library]
    return getattr(module, kind)(**options).fit(*rows())


for _library in ("xgboost", "lightgbm", "catboost"):
    @case("pickle", "formats", "harmless", f"a {_library} classifier", "model.pkl", used=["predict"])
    def _(path, library=_library):
        dump(path, lambda f: pickle.dump(boosted(library), f))


for _library in ("xgboost", "lightgbm", "catboost"):
    @case(_library, "formats", "hostile", "a call in the pickle of its scikit-learn class", "model.pkl", f"{SHELL}@load")
    def _(path, library=_library):
        dump(path, lambda f: pickle.dump({"model": boosted(library), "note": HOSTILE}, f))


# Folders of Hugging Face ----------------------------------------------------------------------------------------------

CONFIGURATION = """
from transformers import PretrainedConfig


class TinyConfig(PretrainedConfig):
    model_type = "tiny"

    def __init__(self, size=4, **kwargs):
        self.size = size
        super().__init__(**kwargs)
"""
MODELING = """
import torch
from transformers import PreTrainedModel

from .configuration_tiny import TinyConfig

{at_import}


class TinyModel(PreTrainedModel):
    config_class = TinyConfig

    def __init__(self, config):
        super().__init__(config)
        self.embedding = torch.nn.Embedding(16, config.size)
        self.post_init()

    def forward(self, input_ids=None, **kwargs):
        {in_forward}
        return self.embedding(input_ids)
"""
TOKENIZATION = """
from transformers import PreTrainedTokenizerFast


class TinyTokenizer(PreTrainedTokenizerFast):
    def __init__(self, *args, **kwargs):
        {in_tokenizer}
        super().__init__(*args, **kwargs)
"""


def write_folder(path, at_import="", in_forward="pass", in_tokenizer="", template=""):
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    folder = os.path.dirname(path)
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "Hello": 1}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")
    tokenizer.chat_template = template or "{% for message in messages %}{{ message.content }}{% endfor %}"
    tokenizer.save_pretrained(folder)
    save_file({"embedding.weight": torch.zeros(16, 4)}, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})

    def text(name, content):
        with open(os.path.join(folder, name), "w") as file:
            file.write(content)

    mapped = {"AutoConfig": "configuration_tiny.TinyConfig", "AutoModel": "modeling_tiny.TinyModel"}
    text("config.json", json.dumps({"model_type": "tiny", "architectures": ["TinyModel"], "auto_map": mapped}))
    text("configuration_tiny.py", CONFIGURATION)
    text("modeling_tiny.py", MODELING.format(at_import=at_import, in_forward=in_forward))
    if in_tokenizer:
        text("tokenization_tiny.py", TOKENIZATION.format(in_tokenizer=in_tokenizer))
        with open(os.path.join(folder, "tokenizer_config.json")) as file:
            settings = json.load(file)
        settings["auto_map"] = {"AutoTokenizer": [None, "tokenization_tiny.TinyTokenizer"]}
        text("tokenizer_config.json", json.dumps(settings))


@family("huggingface", "transformers", "config.json", part="model.safetensors", used=["object 2 in it: call it"])
def _(path):
    import torch
    from transformers import GPT2Config, GPT2Model
    write_folder(path)
    folder = os.path.dirname(path)
    for name in ("configuration_tiny.py", "modeling_tiny.py", "model.safetensors", "config.json"):
        os.remove(os.path.join(folder, name))
    torch.manual_seed(1)
    GPT2Model(GPT2Config(vocab_size=16, n_positions=64, n_embd=8, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0)).save_pretrained(folder)


# That it brings code is said, whatever the code is.
@case("huggingface", "transformers", "harmless", "with code of its own", "config.json", "STATIC-MANIFEST-REMOTE-CODE", verdict="suspicious")
def _(path):
    write_folder(path)


@case("huggingface", "transformers", "hostile", "code that runs when it is imported", "config.json", f"{SHELL}@load")
def _(path):
    write_folder(path, at_import="import os\nos.system('id')")


@case("huggingface", "transformers", "hostile", "code that runs in a forward step", "config.json", f"{SHELL}@use")
def _(path):
    write_folder(path, in_forward="__import__('os').system('id')")


@case("huggingface", "transformers", "hostile", "code in the tokenizer's class", "config.json", f"{SHELL}@load")
def _(path):
    write_folder(path, in_tokenizer="__import__('os').system('id')")


@case("huggingface", "transformers", "hostile", "a chat template that leaves Jinja2", "config.json", f"{SHELL}@use")
def _(path):
    write_folder(path, template="{{ cycler.__init__.__globals__.os.popen('id').read() }}")


import cases_tensorflow  # noqa: E402, F401 - beside this file; takes what is above, and adds to the cases
