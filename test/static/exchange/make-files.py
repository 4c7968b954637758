"""Adds to files.json what libraries write, harmless and hostile; run once for each library that an environment has.

    python make-files.py openvino coreml      (openvino 2026.4, coremltools 9.0)
    python make-files.py mxnet paddle         (mxnet 1.9.1 with numpy 1.23, paddlepaddle 2.6.2)
"""

import base64
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
FILES = HERE / "files.json"
files = json.loads(FILES.read_text()) if FILES.exists() else {}


def keep(name, data):
    files[name] = base64.b64encode(data).decode()


def openvino(folder):
    import numpy as np
    import openvino as ov
    from openvino import opset13 as op

    x = op.parameter([1, 4], np.float32, name="x")
    product = op.matmul(x, op.constant(np.ones((4, 3), np.float32)), False, False)
    ov.save_model(ov.Model([op.softmax(product, axis=1)], [x], "net"), folder / "m.xml")
    keep("harmless/openvino.xml", (folder / "m.xml").read_bytes())
    keep("numbers/openvino.bin", (folder / "m.bin").read_bytes())


def coreml(_folder):
    import coremltools as ct
    import numpy as np
    from coremltools.converters.mil import Builder as mb
    from coremltools.models import datatypes
    from coremltools.models.neural_network import NeuralNetworkBuilder
    from coremltools.proto import Model_pb2

    network = NeuralNetworkBuilder([("x", datatypes.Array(4))], [("y", datatypes.Array(2))])
    network.add_inner_product("fc", np.ones((2, 4)), np.zeros(2), 4, 2, True, "x", "y")
    keep("harmless/network.mlmodel", network.spec.SerializeToString())
    layer = network.spec.neuralNetwork.layers.add(name="evil", input=["y"], output=["z"])
    layer.custom.className = "Layer"
    keep("hostile/layer.mlmodel", network.spec.SerializeToString())

    model = Model_pb2.Model(specificationVersion=4)
    model.description.metadata.author = "x"
    model.customModel.className = "Model"
    keep("hostile/custom.mlmodel", model.SerializeToString())
    model = Model_pb2.Model(specificationVersion=4)
    model.description.metadata.author = "x"
    model.linkedModel.linkedModelFile.linkedModelFileName.defaultValue = "../../other.mlmodelc"
    keep("hostile/linked.mlmodel", model.SerializeToString())

    @mb.program(input_specs=[mb.TensorSpec(shape=(1, 4))])
    def program(x):
        return mb.relu(x=mb.matmul(x=x, y=np.ones((4, 400), np.float32)))

    spec = ct.convert(program, convert_to="mlprogram", skip_model_load=True).get_spec()
    keep("harmless/program.mlmodel", spec.SerializeToString())
    for function in spec.mlProgram.functions.values():
        for block in function.block_specializations.values():
            for operation in block.operations:
                for value in operation.attributes.values():
                    if value.blobFileValue.fileName:
                        value.blobFileValue.fileName = "@model_path/../../../etc/passwd"
    keep("hostile/weights.mlmodel", spec.SerializeToString())


def mxnet(folder):
    import mxnet as mx

    data = mx.sym.Variable("data")
    layer = mx.sym.FullyConnected(data, num_hidden=3, name="fc")
    mx.sym.SoftmaxOutput(mx.sym.Activation(layer, act_type="relu"), name="softmax").save(str(folder / "s.json"))
    keep("harmless/net-symbol.json", (folder / "s.json").read_bytes())
    arrays = {"arg:fc_weight": mx.nd.ones((3, 4)), "arg:fc_bias": mx.nd.zeros((3,))}
    mx.nd.save(str(folder / "n.params"), arrays)
    keep("harmless/net-0000.params", (folder / "n.params").read_bytes())


def paddle(folder):
    import paddle as pd

    pd.enable_static()
    x = pd.static.data("x", [None, 4], "float32")
    y = pd.static.nn.fc(x, 3)
    executor = pd.static.Executor(pd.CPUPlace())
    executor.run(pd.static.default_startup_program())
    pd.static.save_inference_model(str(folder / "m"), [x], [y], executor)
    keep("harmless/m.pdmodel", (folder / "m.pdmodel").read_bytes())
    keep("harmless/m.pdiparams", (folder / "m.pdiparams").read_bytes())
    out = pd.static.default_main_program().current_block().create_var(name="o", dtype="float32", shape=[1])
    pd.static.py_func(func=lambda value: value, x=y, out=out)
    pd.static.save_inference_model(str(folder / "f"), [x], [out], executor)
    keep("hostile/function.pdmodel", (folder / "f.pdmodel").read_bytes())


for library in sys.argv[1:]:
    with tempfile.TemporaryDirectory() as folder:
        globals()[library](pathlib.Path(folder))
FILES.write_text(json.dumps(files, indent=2) + "\n")
