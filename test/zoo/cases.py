"""The models of the zoo: what a user of each library would save, in the lines that they would write. All are harmless.

Made by ../make_models.py in an environment of environments.json, where the library is, never on the host. A model more is an entry, with the
library as its `layer`; a file beside this one for each kind of library. Nothing is downloaded: weights are random, data sets small.
"""

import pickle

CASES = []


def case(library, name, file):
    """`file`: what to scan, a folder or a file, below a folder of its own; the function writes it there."""

    def add(write):
        CASES.append({"layer": library, "name": name, "file": file, "write": write})
        return write

    return add


def pickled(library, name, file="model.pkl", protocol=None):
    """Of a function that answers an object: that is pickled."""

    def add(make):
        def write(path):
            value = make()
            with open(path, "wb") as out:
                pickle.dump(value, out, protocol=protocol)

        return case(library, name, file)(write)

    return add


def joblibbed(library, name, file="model.joblib", **options):
    """Of a function that answers an object: joblib dumps it."""

    def add(make):
        def write(path):
            import joblib
            joblib.dump(make(), path, **options)

        return case(library, name, file)(write)

    return add


def table():
    """Numbers, and classes that depend on them."""
    import numpy as np
    random = np.random.RandomState(7)
    X = random.normal(size=(60, 4))
    return X, (X[:, 0] + X[:, 1] > 0).astype(int)


def frame():
    """The same as a table of pandas, with a column of words."""
    import pandas as pd
    X, y = table()
    data = pd.DataFrame(X, columns=["age", "height", "weight", "income"])
    data["city"] = ["Rome", "Oslo", "Lima"] * 20
    return data, pd.Series(y, name="bought")


TEXTS = [
    "the cat sat on the mat", "dogs chase cats all day long", "stocks fell on monday", "the market rose again",
    "a purring kitten sleeps", "investors sold their shares", "puppies like to play", "banks raised interest rates",
] * 5
TOPICS = [0, 0, 1, 1, 0, 1, 0, 1] * 5


import arrays  # noqa: E402, F401 - beside this file; they take what is above, and add to the cases
import boosting  # noqa: E402, F401
import learning  # noqa: E402, F401
import networks  # noqa: E402, F401
import tensorflows  # noqa: E402, F401
import words  # noqa: E402, F401
import exchange  # noqa: E402, F401
