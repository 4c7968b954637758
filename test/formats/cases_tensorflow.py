"""The cases of TensorFlow's and Keras' formats; see cases.py."""

import json
import os

from cases import SHELL, case, family, replaced

LAYER = "tensorflow"
# A canary of the sandbox, and a file that a shell reads when it starts.
SECRET = "/home/model/.ssh/id_rsa"
STARTUP = "/home/model/.bashrc"


def network(*more):
    import keras
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), *more, keras.layers.Dense(2)])


def network_2(*more):
    import tf_keras
    return tf_keras.Sequential([tf_keras.layers.Input((4,)), tf_keras.layers.Dense(3), *more, tf_keras.layers.Dense(2)])


# Made of text: only a lambda without a file of its own is written into a model as it is.
COMMAND = eval("lambda x: (__import__('os').system('id'), x)[1]")


@family("keras", LAYER, "model.keras", used=("predict",))
def _(path):
    network().save(path)


@case("keras", LAYER, "hostile", "a Lambda layer that runs a command", "model.keras", f"{SHELL}@use")
def _(path):
    import keras
    network(keras.layers.Lambda(COMMAND, output_shape=(3,))).save(path)


@case("keras", LAYER, "hostile", "a Lambda layer of Keras 2 that runs a command", "model.keras", f"{SHELL}@load")
def _(path):
    import tf_keras
    network_2(tf_keras.layers.Lambda(COMMAND)).save(path)


@case("keras", LAYER, "hostile", "a layer whose class is a function of another module", "model.keras", "STATIC-KERAS-IMPORT")
def _(path):
    network().save(path)

    def change(name, data):
        if name != "config.json":
            return data
        config = json.loads(data)
        layer = config["config"]["layers"][1]
        layer.update(module="os", class_name="system", registered_name="system", config={"command": "id"})
        return json.dumps(config).encode()

    replaced(path, change)


@family("hdf5", LAYER, "model.h5", used=("predict",))
def _(path):
    network().save(path)


@case("hdf5", LAYER, "hostile", "a Lambda layer that reads a key", "model.h5", "DYN-CRED-SSH@use")
def _(path):
    import keras
    reading = eval(f"lambda x: (open({SECRET!r}).read(), x)[1]")
    network(keras.layers.Lambda(reading, output_shape=(3,))).save(path)


@case("hdf5", LAYER, "harmless", "weights alone", "model.weights.h5")
def _(path):
    network().save_weights(path)


def module(*effects):
    """A module with a function that has these effects and doubles its argument."""
    import tensorflow

    class Doubling(tensorflow.Module):
        @tensorflow.function(input_signature=[tensorflow.TensorSpec([None, 4], tensorflow.float32)])
        def __call__(self, x):
            for effect in effects:
                effect(tensorflow)
            return {"y": x * 2}

    return Doubling()


def save(model, path):
    import tensorflow
    tensorflow.saved_model.save(model, os.path.dirname(path), signatures=model.__call__)


@family("savedmodel", LAYER, "saved_model.pb", part="saved_model.pb", used=("signature",))
def _(path):
    save(module(), path)


@case("savedmodel", LAYER, "hostile", "an operation that writes a file", "saved_model.pb", "STATIC-TF-WRITE", "DYN-PERSIST-SHELL@use")
def _(path):
    save(module(lambda tf: tf.io.write_file(STARTUP, "id")), path)


@case("savedmodel", LAYER, "hostile", "an operation that reads a key", "saved_model.pb", "STATIC-TF-READ", "DYN-CRED-SSH@use")
def _(path):
    # Printed: TensorFlow leaves out what has no reader.
    save(module(lambda tf: tf.print(tf.io.read_file(SECRET))), path)


@case("savedmodel", LAYER, "hostile", "a Lambda layer of Keras 2 that runs a command", "saved_model.pb", f"{SHELL}@load")
def _(path):
    import tf_keras
    network_2(tf_keras.layers.Lambda(COMMAND)).save(os.path.dirname(path))


def graph(path, *effects):
    import numpy
    import tensorflow
    with tensorflow.Graph().as_default() as made:
        x = tensorflow.compat.v1.placeholder("float32", (None, 4), "x")
        tensorflow.identity(x @ numpy.ones((4, 2), "float32"), "y")
        for effect in effects:
            effect(tensorflow)
    with open(path, "wb") as file:
        file.write(made.as_graph_def().SerializeToString())


@family("graphdef", LAYER, "frozen.pb", used=("run y",))
def _(path):
    graph(path)


@case("graphdef", LAYER, "hostile", "an operation that writes a file", "frozen.pb", "STATIC-TF-WRITE", "DYN-PERSIST-SHELL@use")
def _(path):
    graph(path, lambda tf: tf.io.write_file(STARTUP, "id"))


@family("tflite", LAYER, "model.tflite", used=("invoke",))
def _(path):
    import numpy
    import tensorflow
    weights = numpy.ones((4, 2), "float32")
    function = tensorflow.function(lambda x: tensorflow.nn.relu(x @ weights))
    concrete = function.get_concrete_function(tensorflow.TensorSpec((1, 4), "float32"))
    with open(path, "wb") as file:
        file.write(tensorflow.lite.TFLiteConverter.from_concrete_functions([concrete], function).convert())
