"""Formats that several libraries share, and JAX."""

from cases import case, pickled, table


@case("onnx", "a network", "model.onnx")
def _(path):
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["h"]), helper.make_node("Relu", ["h"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])],
        [numpy_helper.from_array(np.ones((4, 2), "float32"), "W")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="me"), path)


@case("onnx", "weights beside the network", "model.onnx")
def _(path):
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"])], "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 64])], [numpy_helper.from_array(np.ones((64, 64), "float32"), "W")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), path, save_as_external_data=True, location="model.onnx.data", size_threshold=100)


@case("skl2onnx", "a forest", "forest.onnx")
def _(path):
    from skl2onnx import to_onnx
    from sklearn.ensemble import RandomForestClassifier
    X, y = table()
    with open(path, "wb") as out:
        out.write(to_onnx(RandomForestClassifier(n_estimators=3).fit(X, y), X[:1].astype("float32"), target_opset=12).SerializeToString())


@case("coremltools", "a regression", "model.mlmodel")
def _(path):
    import coremltools
    from coremltools.models import datatypes
    from coremltools.models.neural_network import NeuralNetworkBuilder
    import numpy as np
    builder = NeuralNetworkBuilder([("x", datatypes.Array(4))], [("y", datatypes.Array(2))])
    builder.add_inner_product("dense", np.ones((2, 4)), np.zeros(2), 4, 2, True, "x", "y")
    coremltools.utils.save_spec(builder.spec, path)


@case("coremltools", "a package", "model.mlpackage")
def _(path):
    import coremltools
    from coremltools.converters.mil import Builder as mb

    @mb.program(input_specs=[mb.TensorSpec(shape=(1, 4))])
    def program(x):
        return mb.relu(x=x, name="y")

    coremltools.convert(program, convert_to="mlprogram", skip_model_load=True).save(path)


@case("safetensors", "weights", "model.safetensors")
def _(path):
    import numpy as np
    from safetensors.numpy import save_file
    save_file({"layer.weight": np.ones((4, 4), "float32"), "layer.bias": np.zeros(4, "float16")}, path, metadata={"format": "pt", "made by": "me"})


@case("gguf", "a network", "model.gguf")
def _(path):
    import gguf
    import numpy as np
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(128)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "b"])
    writer.add_tensor("token_embd.weight", np.ones((2, 32), "float32"))
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()


def variables():
    import jax
    import jax.numpy as jnp
    key = jax.random.PRNGKey(0)
    return {"dense": {"kernel": jax.random.normal(key, (4, 2)), "bias": jnp.zeros(2)}}


@pickled("jax", "weights that were pickled", "params.pkl")
def _():
    return variables()


@case("jax", "weights as arrays of NumPy", "params.npy")
def _(path):
    import jax
    import numpy as np
    np.save(path, jax.tree_util.tree_map(np.asarray, variables()), allow_pickle=True)


@case("flax", "to_bytes", "params.msgpack")
def _(path):
    import flax.linen as nn
    import jax
    import jax.numpy as jnp
    from flax.serialization import to_bytes
    with open(path, "wb") as out:
        out.write(to_bytes(nn.Dense(2).init(jax.random.PRNGKey(0), jnp.ones((1, 4)))))


@pickled("flax", "a state of training", "state.pkl")
def _():
    import flax.linen as nn
    import jax
    import jax.numpy as jnp
    import optax
    from flax.training.train_state import TrainState
    model = nn.Dense(2)
    state = TrainState.create(apply_fn=model.apply, params=model.init(jax.random.PRNGKey(0), jnp.ones((1, 4)))["params"], tx=optax.sgd(0.1))
    return {"params": state.params, "opt_state": state.opt_state, "step": state.step}


@case("orbax-checkpoint", "a checkpoint", "checkpoint")
def _(path):
    import orbax.checkpoint as ocp
    ocp.PyTreeCheckpointer().save(path, variables())
