"""Writes one harmless model of each format an image can load: what they do in the sandbox is that image's baseline.

Arguments: the layer (src/docker/layers.ts) and the folder to write to. Run when the image is built. Files are named after formats, with the ending that the format's
library asks for.
"""

import os
import pickle
import sys


def core(folder):
    import cloudpickle
    import dill
    import joblib
    import numpy
    from sklearn.ensemble import RandomForestClassifier

    random = numpy.random.default_rng(7)
    data, target = random.normal(size=(40, 4)), random.integers(0, 2, 40)
    forest = RandomForestClassifier(n_estimators=5, random_state=7).fit(data, target)
    offset = 3

    def write(name, dump):
        with open(os.path.join(folder, name), "wb") as file:
            dump(file)

    write("pickle", lambda file: pickle.dump({"model": forest, "weights": data}, file))
    joblib.dump({"model": forest, "weights": data}, os.path.join(folder, "joblib"), compress=3)
    write("dill", lambda file: dill.dump({"model": forest, "f": lambda x: x + offset}, file, recurse=True))
    write("cloudpickle", lambda file: cloudpickle.dump({"model": forest, "f": lambda x: x + offset}, file))
    write("npy", lambda file: numpy.save(file, data))
    write("npz", lambda file: numpy.savez(file, data=data, target=target, names=numpy.array([{"a": 1}], dtype=object)))


def torch(folder):
    import torch

    # Takes what the runner offers, so that it is used, too: for some layers torch makes machine code in memory then.
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(2 * 30 * 30, 8), torch.nn.LSTM(8, 4))
    torch.save({"state": model.state_dict(), "model": model}, os.path.join(folder, "torch-zip"))
    torch.save({"state": model.state_dict(), "model": model}, os.path.join(folder, "torch-legacy"), _use_new_zipfile_serialization=False)
    torch.jit.script(model).save(os.path.join(folder, "torchscript"))


def tensorflow(folder):
    import numpy
    import tensorflow
    import tf_keras

    def path(name):
        return os.path.join(folder, name)

    # What Keras 3 refuses and Keras 2 then loads: so what both of them do for their own sake is in the baseline.
    layers = tf_keras.layers
    model = tf_keras.Sequential([
        layers.Input((8, 8, 1)), layers.Conv2D(2, 3, activation="relu"), layers.DepthwiseConv2D(3), layers.Flatten(), layers.Dense(4)])
    model.compile(optimizer="adam", loss="mse")
    model.save(path("keras.keras"))
    model.save(path("hdf5.h5"))
    model.save(path("savedmodel"))
    weights = numpy.ones((4, 2), numpy.float32)
    with tensorflow.Graph().as_default() as graph:
        tensorflow.identity(tensorflow.compat.v1.placeholder("float32", (None, 4), "x") @ weights, "y")
    with open(path("graphdef.pb"), "wb") as file:
        file.write(graph.as_graph_def().SerializeToString())
    function = tensorflow.function(lambda x: tensorflow.nn.relu(x @ weights))
    concrete = function.get_concrete_function(tensorflow.TensorSpec((1, 4), "float32"))
    with open(path("tflite.tflite"), "wb") as file:
        file.write(tensorflow.lite.TFLiteConverter.from_concrete_functions([concrete], function).convert())


if __name__ == "__main__":
    layer, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    core(folder)
    if layer in ("torch", "transformers"):
        torch(folder)
    if layer == "tensorflow":
        tensorflow(folder)
    for parent, folders, files in os.walk(folder):
        for name in folders:
            os.chmod(os.path.join(parent, name), 0o755)
        for name in files:
            os.chmod(os.path.join(parent, name), 0o644)
