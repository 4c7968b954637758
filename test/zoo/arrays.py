"""Arrays, tables, and what saves any object."""

from cases import case, frame, joblibbed, pickled, table


@pickled("numpy", "an array", "weights.pkl")
def _():
    return table()[0]


@pickled("numpy", "weights by name, protocol 2", "weights.pkl", protocol=2)
def _():
    import numpy as np
    return {"W1": np.random.rand(4, 8).astype("float32"), "b1": np.zeros(8), "epoch": np.int64(3), "loss": np.float32(0.1)}


@pickled("numpy", "other kinds of arrays", "data.pkl")
def _():
    import numpy as np
    return [
        np.array([("a", 1)], dtype=[("name", "U4"), ("count", "i4")]), np.ma.array([1, 2], mask=[0, 1]), np.array(["x", None], dtype=object),
        np.datetime64("2024-01-01"), np.arange(3, dtype="timedelta64[D]"), np.matrix([[1, 2]]), np.rec.array([(1, 2.0)], names="a,b"),
        np.array([1 + 2j]), np.poly1d([1, 2]), np.dtype("float32"), np.array([b"a"]), np.float16(1), np.bool_(True),
    ]


@pickled("numpy", "random states", "state.pkl")
def _():
    import numpy as np
    return np.random.RandomState(1), np.random.default_rng(1), np.random.get_state(), np.random.SeedSequence(3)


@case("numpy", "save", "weights.npy")
def _(path):
    import numpy as np
    np.save(path, table()[0])


@case("numpy", "save of objects", "vocabulary.npy")
def _(path):
    import numpy as np
    np.save(path, {"words": ["a", "b"], "counts": np.arange(2)})


@case("numpy", "savez_compressed", "weights.npz")
def _(path):
    import numpy as np
    np.savez_compressed(path, W=table()[0], names=np.array(["a", "b"], dtype=object))


@pickled("scipy", "sparse matrices", "matrix.pkl")
def _():
    from scipy import sparse
    return [sparse.random(9, 9, 0.3, format=name, random_state=1) for name in ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")]


@pickled("scipy", "functions that were fitted", "fit.pkl")
def _():
    import numpy as np
    from scipy import interpolate, signal, spatial, stats
    x = np.linspace(0, 5, 20)
    return {
        "spline": interpolate.UnivariateSpline(x, np.sin(x)), "line": interpolate.interp1d(x, np.sin(x)), "cubic": interpolate.CubicSpline(x, x ** 2),
        "normal": stats.norm(1, 2), "density": stats.gaussian_kde(x), "tree": spatial.cKDTree(table()[0]), "turn": spatial.transform.Rotation.from_quat([0, 0, 0, 1]),
        "filter": signal.butter(3, 0.2), "hull": stats.linregress(x, x),
    }


@case("scipy", "save_npz", "matrix.npz")
def _(path):
    from scipy import sparse
    sparse.save_npz(path, sparse.random(9, 9, 0.3, format="csr", random_state=1))


@case("pandas", "to_pickle", "data.pkl")
def _(path):
    frame()[0].to_pickle(path)


@case("pandas", "to_pickle, compressed, of many types", "data.pkl.gz")
def _(path):
    import pandas as pd
    data = frame()[0]
    data["city"] = data["city"].astype("category")
    data["day"] = pd.date_range("2024-01-01", periods=len(data), freq="D")
    data["here"] = data["day"].dt.tz_localize("Europe/Rome")
    data["month"] = data["day"].dt.to_period("M")
    data["took"] = data["day"] - data["day"].iloc[0]
    data["count"] = pd.array(range(len(data)), dtype="Int64")
    data["name"] = data["city"].astype("string")
    data["bin"] = pd.cut(data["age"], 3)
    data.set_index(["city", "day"]).to_pickle(path)


@pickled("pandas", "series, indexes and single values", "data.pkl", protocol=2)
def _():
    import pandas as pd
    data, bought = frame()
    return [
        bought, data.groupby("city").mean(), pd.Timestamp("2024-01-01", tz="UTC"), pd.Timedelta("1D"), pd.Period("2024-01", "M"), pd.NaT, pd.NA,
        pd.Interval(0, 1), pd.CategoricalDtype(["a", "b"]), pd.MultiIndex.from_product([[1, 2], ["a", "b"]]), pd.RangeIndex(3), pd.offsets.MonthEnd(),
        pd.interval_range(0, 3), pd.Series([1, None], dtype="Float64"), pd.arrays.SparseArray([0, 0, 1]),
    ]


@joblibbed("joblib", "arrays and settings")
def _():
    import numpy as np
    return {"model": table()[0], "names": np.array(["a", "b", None], dtype=object), "settings": {"rate": 0.1, "layers": (1, 2)}}


def _compressed(method, ending):
    @joblibbed("joblib", f"compressed by {method}", f"model.joblib{ending}", compress=(method, 3))
    def _():
        return {"weights": table()[0], "classes": table()[1]}


for _method, _ending in (("zlib", ".z"), ("gzip", ".gz"), ("bz2", ".bz2"), ("xz", ".xz"), ("lzma", ".lzma"), ("lz4", ".lz4")):
    _compressed(_method, _ending)


@case("dill", "a function and a class of the session", "model.dill")
def _(path):
    import dill
    scope = {"__name__": "__main__"}
    exec("import math\nclass Model:\n  def __init__(self, k): self.k = k\n  def predict(self, rows): return [math.exp(self.k * row) for row in rows]\n"
         "def scale(x, by=2): return x * by\nroot = lambda x: x ** 0.5\n", scope)
    with open(path, "wb") as out:
        dill.dump({"model": scope["Model"](2), "scale": scope["scale"], "root": scope["root"]}, out)


@case("dill", "a model of scikit-learn", "model.pkl")
def _(path):
    import dill
    from sklearn.linear_model import LogisticRegression
    with open(path, "wb") as out:
        dill.dump(LogisticRegression().fit(*table()), out)


@case("cloudpickle", "a class of the notebook", "model.pkl")
def _(path):
    import cloudpickle
    scope = {"__name__": "__main__"}
    exec("import numpy as np\nclass Mean:\n  '''Takes the mean.'''\n  rate: float = 0.5\n  def fit(self, X, y):\n    self.mean = np.mean(y)\n    return self\n"
         "  @property\n  def known(self): return hasattr(self, 'mean')\n  @staticmethod\n  def name(): return 'mean'\n"
         "  def predict(self, X): return np.full(len(X), self.mean)\n", scope)
    with open(path, "wb") as out:
        cloudpickle.dump(scope["Mean"]().fit(*table()), out)


@case("cloudpickle", "a pipeline with a lambda", "model.cloudpickle")
def _(path):
    import cloudpickle
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    double = eval("lambda X: X * 2", {"__name__": "__main__"})
    with open(path, "wb") as out:
        cloudpickle.dump(make_pipeline(FunctionTransformer(double), LogisticRegression()).fit(*table()), out)


@case("cloudpickle", "a dataclass, a named tuple and an enumeration", "settings.pkl")
def _(path):
    import cloudpickle
    scope = {"__name__": "__main__"}
    # The class syntax is only for versions of cloudpickle that can load what they save of it.
    exec("from collections import namedtuple\nclass Point(namedtuple('Point', 'x y', defaults=(0,))): pass\n"
         if tuple(map(int, cloudpickle.__version__.split(".")[:2])) < (2, 2) else
         "from typing import NamedTuple\nclass Point(NamedTuple):\n  x: int\n  y: int = 0\n", scope)
    exec("from dataclasses import dataclass, field\nfrom enum import Enum\nfrom typing import Optional\n"
         "class Kind(Enum):\n  A = 1\n  B = 2\n"
         "@dataclass\nclass Settings:\n  kind: Kind = Kind.A\n  at: Optional[Point] = None\n  rates: list = field(default_factory=list)\n", scope)
    with open(path, "wb") as out:
        cloudpickle.dump(scope["Settings"](scope["Kind"].B, scope["Point"](1), [0.1]), out)
