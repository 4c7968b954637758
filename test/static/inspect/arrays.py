"""Writes arrays.json: files with arrays as NumPy, pickle, joblib and PyTorch save them, deflated and in base64, and the numbers in them.

    docker run --rm -i --entrypoint python3 IMAGE - < test/static/inspect/arrays.py > test/static/inspect/arrays.json

IMAGE is the sandbox image of the layer `torch`. Made with Python 3.13, NumPy 2.2, joblib 1.4 and PyTorch 2.6.
"""

import base64
import io
import json
import pickle
import zlib

import joblib
import numpy as np
import torch

files = {}


def keep(name, write):
    target = io.BytesIO()
    write(target)
    files[name] = base64.b64encode(zlib.compress(target.getvalue(), 9)).decode()


odd = np.arange(35, dtype="f8").reshape(7, 5)
odd[1, 1] = np.nan
odd[2, 2] = np.inf
table = np.arange(12, dtype="f8").reshape(3, 4)
tensor = torch.arange(12, dtype=torch.float32).reshape(3, 4)
views = {
    "plain": tensor,
    "turned": tensor.t(),
    "half": tensor.half(),
    "bfloat": tensor.bfloat16(),
    "part": tensor[1:],
    "strided": tensor[:, ::2],
    "tied": tensor,
}
layers = torch.nn.Sequential(*(torch.nn.Linear(2, 2) for _ in range(11)))

keep("fortran.npy", lambda target: np.save(target, np.asfortranarray(odd)))
keep("big.npy", lambda target: np.save(target, np.arange(-3, 9, dtype=">i8").reshape(3, 4)))
keep("scalar.npy", lambda target: np.save(target, np.array(7, dtype="u2")))
keep("bool.npy", lambda target: np.save(target, np.array([True, False, True])))
keep("empty.npy", lambda target: np.save(target, np.zeros((0, 3))))
keep("stored.npz", lambda target: np.savez(target, first=np.arange(3), x=table))
keep("packed.npz", lambda target: np.savez_compressed(target, first=np.arange(3), x=table))
for protocol in (2, 4, 5):
    keep(
        f"protocol{protocol}.pkl",
        lambda target, protocol=protocol: pickle.dump({"x": table, "bias": np.float64(0.25)}, target, protocol),
    )
keep("joblib.pkl", lambda target: joblib.dump({"x": table, "after": "the end", "y": np.arange(3)}, target))
keep("joblib.pkl.gz", lambda target: joblib.dump({"x": table}, target, compress=("gzip", 3)))
keep("views.pt", lambda target: torch.save(views, target))
keep("layers.pt", lambda target: torch.save({"model": layers.state_dict()}, target))
print(json.dumps(files, indent=2))
