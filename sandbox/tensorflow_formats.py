"""TensorFlow's and Keras' formats: how each is loaded and used. Its user's way, which runs all that a file holds: `safe_mode` is off."""

# The libraries have no types here, or only some: what comes from them is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false

from __future__ import annotations

import itertools
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from use import Trials

# The settings of Keras that came with the image: both its versions look for them, and would make some in the home folder.
OF_THE_IMAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras")
# An image that has Keras for one model alone has no such settings.
os.environ["KERAS_HOME"] = OF_THE_IMAGE if os.path.isdir(OF_THE_IMAGE) else "/tmp/keras"

SIGNATURES = 8  # called of one model
OPERATIONS = 200  # fetched of one graph
LARGEST_INPUT = 1 << 24  # elements
UNKNOWN_SIZE = 8  # what an open dimension is taken to be; the first, of samples, is one


def import_tensorflow() -> None:
    import tensorflow  # noqa: F401


def import_keras() -> None:
    import keras
    keras.backend.backend()


# Keras ----------------------------------------------------------------------------------------------------------------


def load_keras(path: str) -> Any:
    import keras
    try:
        return keras.saving.load_model(path, safe_mode=False)
    except Exception as error:  # noqa: BLE001 - what it says is raised again when nothing else helps
        refusal = error
    if version_of(path, refusal) == "2":
        return load_keras_2(path)
    try:
        # What users do when only the training's part of a file is of another version.
        return keras.saving.load_model(path, safe_mode=False, compile=False)
    except Exception:  # noqa: BLE001 - what was wrong first is said
        raise refusal from None


def load_hdf5(path: str) -> Any:
    import h5py
    with h5py.File(path) as file:
        has_model = "model_config" in file.attrs
        names = attribute_names(file)
        if not has_model and not names & OF_TABLES:
            return arrays_in(file, h5py)
    if names & OF_TABLES:
        # Not caught: a package that is missing is offered.
        read = load_tables(path, "pandas_type" in names)
        return [read, load_keras(path)] if has_model else read
    return load_keras(path)


# Attributes that PyTables writes, and pandas on top of it; both unpickle parts of such a file, which h5py only shows as bytes.
OF_TABLES = {"PYTABLES_FORMAT_VERSION", "PSEUDOATOM", "pandas_type"}
OBJECTS = 10_000  # of one file that are read


def attribute_names(file: Any) -> set[str]:
    names = set(file.attrs)
    # What a visitor returns ends the visit, unless it is None.
    file.visititems(lambda _, item: names.update(item.attrs))
    return names


def load_tables(path: str, frames: bool) -> dict[str, Any]:
    """All that pandas and PyTables make of a file: frames by their keys, then every node with its attributes."""
    import tables
    read: dict[str, Any] = {}
    if frames:
        import pandas
        with pandas.HDFStore(path, "r") as store:
            read.update((key, store.get(key)) for key in store)
    with tables.open_file(path) as file:
        for node in itertools.islice(file.walk_nodes("/"), OBJECTS):
            attributes = node._v_attrs
            read[f"attributes of {node._v_pathname}"] = {name: attributes[name] for name in attributes._v_attrnames}
            if isinstance(node, tables.Leaf) and hasattr(node, "read"):
                read[f"data of {node._v_pathname}"] = node.read()
    return read


def load_keras_2(path: str) -> Any:
    import tf_keras
    return tf_keras.models.load_model(path, safe_mode=False)


def version_of(path: str, error: Exception) -> str:
    """Keras' main version by what the file says of itself."""
    try:
        if path.endswith(".keras"):
            import json
            import zipfile
            with zipfile.ZipFile(path) as archive, archive.open("metadata.json") as file:
                version = json.loads(file.read(65536)).get("keras_version")
        else:
            import h5py
            with h5py.File(path) as file:
                version = file.attrs.get("keras_version")
        return (version.decode() if isinstance(version, bytes) else str(version))[:1]
    except Exception:  # noqa: BLE001 - a file that does not even say that is refused for what was wrong first
        raise error from None


def arrays_in(file: Any, h5py: Any, most: int = 10_000) -> dict[str, Any]:
    """What users read of a file that is no whole model: its datasets by name."""
    names: list[str] = []
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return {name: file[name][()] for name in names[:most]}


def use_keras(trials: Trials, model: Any) -> None:
    inputs = getattr(model, "inputs", None)
    if not inputs:
        trials.say("predict", False, "it does not say what its inputs are")
        return
    zeros = [zeros_like(tensor.shape, tensor.dtype) for tensor in inputs]
    argument = zeros[0] if len(zeros) == 1 else zeros
    trials.attempt("predict with zeros of its input's shape", lambda: model.predict(argument, verbose=0))


# SavedModel -----------------------------------------------------------------------------------------------------------


def load_saved_model(path: str) -> Any:
    import tensorflow
    if has_keras_objects(path):
        try:
            return load_keras_2(path)
        except Exception:  # noqa: BLE001 - what every user can do with it, is to load its graphs
            return tensorflow.saved_model.load(path)
    return tensorflow.saved_model.load(path)


def has_keras_objects(path: str) -> bool:
    """Keras writes the kind of each of its objects, such as `_tf_keras_layer`, beside the graphs or into them."""
    if os.path.exists(os.path.join(path, "keras_metadata.pb")):
        return True
    with open(os.path.join(path, "saved_model.pb"), "rb") as file:
        return b"_tf_keras_" in file.read()


def use_saved_model(trials: Trials, model: Any) -> None:
    signatures = getattr(model, "signatures", None) or {}
    for name in itertools.islice(signatures, SIGNATURES):
        call_signature(trials, f"call its signature {name}", signatures[name])
    if not signatures:
        trials.say("call a signature", False, "it has none")
    if getattr(model, "inputs", None):
        use_keras(trials, model)
    functions = [value for value in vars(model).values() if hasattr(value, "concrete_functions")]
    for function in functions[:SIGNATURES]:
        for concrete in function.concrete_functions[:1]:
            call_signature(trials, f"call {function.__name__}", concrete)


def call_signature(trials: Trials, what: str, function: Any) -> None:
    def act() -> Any:
        positional, named = function.structured_input_signature
        return function(*map(fill, positional), **{name: fill(spec) for name, spec in named.items()})

    trials.attempt(f"{what} with zeros", act)


def fill(spec: Any) -> Any:
    import tensorflow
    if not isinstance(spec, tensorflow.TensorSpec):
        return spec
    return tensorflow.constant(zeros_like(spec.shape, spec.dtype))


# Graphs ---------------------------------------------------------------------------------------------------------------


class Graph:
    """A frozen graph, as its users have it: read and imported."""

    def __init__(self, definition: Any) -> None:
        import tensorflow
        self.graph = tensorflow.Graph()
        with self.graph.as_default():
            tensorflow.compat.v1.import_graph_def(definition, name="")


def load_graph(path: str) -> Graph:
    import tensorflow
    definition = tensorflow.compat.v1.GraphDef()
    with open(path, "rb") as file:
        definition.ParseFromString(file.read())
    return Graph(definition)


def use_graph(trials: Trials, model: Graph) -> None:
    import tensorflow
    operations = model.graph.get_operations()
    inputs = [operation.outputs[0] for operation in operations if operation.type in ("Placeholder", "PlaceholderV2")]
    # What nothing else takes the results of, and what has none: to be run for its own sake.
    ends = [operation for operation in operations
            if operation.type not in ("NoOp", "Placeholder") and not any(output.consumers() for output in operation.outputs)]

    def run(operation: Any) -> None:
        feed = {tensor: zeros_like(tensor.shape, tensor.dtype) for tensor in inputs}
        with tensorflow.compat.v1.Session(graph=model.graph) as session:
            session.run(operation, feed_dict=feed)

    for operation in ends[:OPERATIONS]:
        trials.attempt(f"run {operation.name} with zeros", lambda: run(operation))


# TensorFlow Lite ------------------------------------------------------------------------------------------------------


def load_tflite(path: str) -> Any:
    import tensorflow
    interpreter = tensorflow.lite.Interpreter(model_path=path)
    interpreter.allocate_tensors()
    return interpreter


def use_tflite(trials: Trials, interpreter: Any) -> None:
    def invoke() -> None:
        for detail in interpreter.get_input_details():
            interpreter.set_tensor(detail["index"], zeros_like(detail["shape"], detail["dtype"]))
        interpreter.invoke()

    trials.attempt("invoke it with zeros", invoke)


def zeros_like(shape: Any, dtype: Any) -> Any:
    """An array for an input of this shape and type; ValueError for one that would not fit."""
    import numpy
    import tensorflow
    sizes = [UNKNOWN_SIZE] if getattr(shape, "rank", 0) is None else [None if size is None else int(size) for size in shape]
    wanted = [(1 if place == 0 else UNKNOWN_SIZE) if size is None or size < 0 else size for place, size in enumerate(sizes)]
    if numpy.prod(wanted, dtype=float) > LARGEST_INPUT:
        raise ValueError(f"its input of {wanted} is too large to try")
    kind = tensorflow.as_dtype(dtype)
    if kind == tensorflow.string:
        return numpy.full(wanted, "text", dtype=object)
    return numpy.zeros(wanted, dtype=kind.as_numpy_dtype)
