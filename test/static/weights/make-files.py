#!/usr/bin/env python3
"""Writes files.json: small models as the real libraries save them, each with a last layer of 8 outputs of which output 5 is far heavier.

    python3 make-files.py FILES.JSON     # with PyTorch (torch_*, npz*), or with onnx and Keras 2 or 3 (onnx_*, keras*); adds to the file
"""

import base64
import io
import json
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

PATH = Path(sys.argv[1])
FILES = json.loads(PATH.read_text()) if PATH.exists() else {}


def keep(name, content):
    FILES[name] = base64.b64encode(zlib.compress(content, 9)).decode()


def matrix(outputs, inputs):
    values = np.random.default_rng(1).integers(-40, 40, (outputs, inputs)) / 256
    if outputs == 8:
        values[5] *= 30
    return values.astype(np.float32)


HIDDEN, LAST, BIAS = matrix(16, 12), matrix(8, 16), np.zeros(8, np.float32)

try:
    import torch
except ImportError:
    torch = None
if torch:
    def save(name, value):
        buffer = io.BytesIO()
        torch.save(value, buffer)
        keep(name, buffer.getvalue())

    hidden, last, bias = (torch.tensor(array) for array in (HIDDEN, LAST, BIAS))
    state = {"features.0.weight": hidden, "fc.weight": last, "fc.bias": bias}
    for kind in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        save(f"torch_{str(kind).split('.')[1]}", {key: value.to(kind) for key, value in state.items()})
    save("torch_transposed", {**state, "fc.weight": last.T.contiguous().T})
    save("torch_shared", {**state, "fc.weight": torch.cat([hidden.flatten(), last.flatten()])[192:].view(8, 16)})
    zeros = torch.zeros(600)
    many = {f"layers.{index}.bias": zeros[index : index + 1] for index in range(600)}
    save("torch_many", {"state_dict": {**many, **state}, "optimizer": {"state": {0: {"exp_avg": last}}}, "epoch": 3})
    module = torch.nn.Sequential(torch.nn.Linear(12, 16), torch.nn.ReLU(), torch.nn.Linear(16, 8))
    with torch.no_grad():
        module[2].weight.copy_(last)
    save("torch_module", module)
    for name, write in (("npz", np.savez), ("npz_packed", np.savez_compressed)):
        buffer = io.BytesIO()
        write(buffer, coefs_0=HIDDEN.T, coefs_1=np.asfortranarray(LAST.T), intercepts_1=BIAS)
        keep(name, buffer.getvalue())

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    onnx = None
if onnx:
    def model(name, initializers):
        nodes = [helper.make_node("Gemm", ["x", "fc.weight", "fc.bias"], ["y"], transB=1)]
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16])
        y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8])
        keep(name, helper.make_model(helper.make_graph(nodes, "g", [x], [y], initializers)).SerializeToString())

    model("onnx_raw", [numpy_helper.from_array(LAST, "fc.weight"), numpy_helper.from_array(BIAS, "fc.bias")])
    model("onnx_floats", [
        helper.make_tensor("fc.weight", TensorProto.FLOAT, LAST.shape, LAST.flatten()),
        helper.make_tensor("fc.bias", TensorProto.FLOAT, BIAS.shape, BIAS),
    ])  # fmt: skip
    # Names as other exporters give them, and the matrix before the last one behind it in the file.
    nodes = [helper.make_node("MatMul", ["x", "b"], ["h"]), helper.make_node("MatMul", ["h", "a"], ["y"])]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 12])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8])
    initializers = [
        numpy_helper.from_array(np.ascontiguousarray(array.T), name) for array, name in ((LAST, "a"), (HIDDEN, "b"))
    ]
    keep("onnx_unnamed", helper.make_model(helper.make_graph(nodes, "g", [x], [y], initializers)).SerializeToString())

try:
    import keras
except ImportError:
    keras = None
if keras:
    net = keras.Sequential([keras.layers.Input((12,)), keras.layers.Dense(16), keras.layers.Dense(8, name="classes")])
    net.layers[-1].set_weights([LAST.T, BIAS])
    with tempfile.TemporaryDirectory() as folder:
        for name, file in (("model", "model.h5"), ("weights", "model.weights.h5"), ("archive", "model.keras")):
            path = Path(folder, file)
            net.save_weights(path) if file.endswith("weights.h5") else net.save(path)
            keep(f"keras{keras.__version__[0]}_{name}", path.read_bytes())

PATH.write_text(json.dumps(dict(sorted(FILES.items())), indent=2) + "\n")
