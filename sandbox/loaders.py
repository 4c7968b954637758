"""How each format is loaded: the way people load it, and the imports that any model of the format needs."""

import tensorflow_formats as tf


class Loader:
    """`imports` is a function that imports a fixed list, never a name from the file; `load` makes the object of the model's path;
    `use`, where the format tells how, is what is first done with the object (see use.py)."""

    def __init__(self, imports, load, use=None):
        self.imports = imports
        self.load = load
        self.use = use


def import_for_pickles():
    # Estimators of scikit-learn ask this, once, when they are first used; Python then starts ldconfig. Asked here, in every
    # run and in the baseline, it is no act of a model's and leaves it none to hide behind.
    import threadpoolctl
    threadpoolctl.threadpool_info()


def import_pickle():
    import_for_pickles()
    import pickle  # noqa: F401


def load_pickle(path):
    import pickle
    with open(path, "rb") as file:
        return pickle.load(file)


def import_joblib():
    import_for_pickles()
    import joblib  # noqa: F401


def load_joblib(path):
    import joblib
    return joblib.load(path)


def import_dill():
    import_for_pickles()
    import dill  # noqa: F401


def load_dill(path):
    import dill
    with open(path, "rb") as file:
        return dill.load(file)


def import_cloudpickle():
    import_for_pickles()
    import cloudpickle  # noqa: F401


def import_numpy():
    import numpy  # noqa: F401


def load_numpy(path):
    import numpy
    loaded = numpy.load(path, allow_pickle=True)
    return {name: loaded[name] for name in loaded.files} if hasattr(loaded, "files") else loaded


def import_torch():
    import torch  # noqa: F401


def load_torch(path):
    import torch
    return torch.load(path, map_location="cpu", weights_only=False)


def load_torchscript(path):
    import torch
    return torch.jit.load(path, map_location="cpu")


LOADERS = {
    "pickle": Loader(import_pickle, load_pickle),
    "joblib": Loader(import_joblib, load_joblib),
    "dill": Loader(import_dill, load_dill),
    "cloudpickle": Loader(import_cloudpickle, load_pickle),
    "npy": Loader(import_numpy, load_numpy),
    "npz": Loader(import_numpy, load_numpy),
    "torch-zip": Loader(import_torch, load_torch),
    "torch-legacy": Loader(import_torch, load_torch),
    "torchscript": Loader(import_torch, load_torchscript),
    "keras": Loader(tf.import_keras, tf.load_keras, tf.use_keras),
    "hdf5": Loader(tf.import_keras, tf.load_hdf5, tf.use_keras),
    "savedmodel": Loader(tf.import_tensorflow, tf.load_saved_model, tf.use_saved_model),
    "graphdef": Loader(tf.import_tensorflow, tf.load_graph, tf.use_graph),
    "tflite": Loader(tf.import_tensorflow, tf.load_tflite, tf.use_tflite),
}
