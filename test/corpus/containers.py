"""The containers that a payload is put into: what it is called, and how the real library writes it."""

import pickle
import sys

import cloudpickle
import dill
import joblib
import numpy
import torch


# A function as if typed into a notebook: it travels by value.
FUNCTION = eval("lambda: 1", sys.modules["__main__"].__dict__)


def in_dict(payload):
    return {"weights": [0.1, 0.2], "x": payload}


def objects(payload):
    array = numpy.empty(1, dtype=object)
    array[0] = payload
    return array


def with_tensor(payload):
    return {"weight": torch.ones(2, 2), "x": payload}


def pickled(protocol):
    return "pkl", lambda payload, root, path: dump(path, lambda f: pickle.dump(payload if root else in_dict(payload), f, protocol=protocol))


def dump(path, act):
    with open(path, "wb") as file:
        act(file)


CONTAINERS = {
    "pickle-0": pickled(0),
    "pickle-1": pickled(1),
    "pickle-2": pickled(2),
    "pickle-3": pickled(3),
    "pickle-4": pickled(4),
    "pickle-5": pickled(5),
    "joblib": ("joblib", lambda payload, root, path: joblib.dump(payload if root else {"data": numpy.ones(4), "x": payload}, path)),
    "joblib-xz": ("joblib", lambda payload, root, path: joblib.dump(payload if root else {"data": numpy.ones(4), "x": payload}, path, compress=("xz", 3))),
    "dill": ("dill", lambda payload, root, path: dump(path, lambda f: dill.dump(payload if root else {"f": FUNCTION, "x": payload}, f))),
    "cloudpickle": ("cloudpickle", lambda payload, root, path: dump(path, lambda f: cloudpickle.dump(payload if root else {"f": FUNCTION, "x": payload}, f))),
    "npy": ("npy", lambda payload, root, path: dump(path, lambda f: numpy.save(f, objects(payload)))),
    "npz": ("npz", lambda payload, root, path: dump(path, lambda f: numpy.savez(f, weights=numpy.ones(3), labels=objects(payload)))),
    "torch-zip": ("pt", lambda payload, root, path: torch.save(payload if root else with_tensor(payload), path)),
    "torch-legacy": ("pth", lambda payload, root, path: torch.save(payload if root else with_tensor(payload), path, _use_new_zipfile_serialization=False)),
}
# Those that give back the object they were given: what a user then calls.
ROOT_CONTAINERS = [name for name in CONTAINERS if name not in ("npy", "npz")]
# Those that load without torch, whose import alone takes most of a second and 300 MiB.
CORE_CONTAINERS = [name for name in CONTAINERS if not name.startswith("torch")]
