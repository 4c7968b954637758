"""Harmless models, saved by the real libraries in the ways people save them. A scan of each has to be clean."""

import array
import collections
import datetime
import decimal
import fractions
import functools
import pathlib
import pickle
import sys
import uuid

import cloudpickle
import dill
import joblib
import numpy
import scipy.sparse
import scipy.stats
import torch
from sklearn import (cluster, compose, decomposition, ensemble, feature_extraction, gaussian_process, impute, linear_model,
                     model_selection, naive_bayes, neighbors, neural_network, pipeline, preprocessing, svm, tree)

from containers import dump

# dill leaves the class of an enumeration's member behind, so that no other program can load the file.
NOT_LOADED = ("dill: enumeration",)
RANDOM = numpy.random.default_rng(1)
DATA, TARGET = RANDOM.normal(size=(60, 5)), RANDOM.integers(0, 2, 60)


def pickled(value, protocol=pickle.DEFAULT_PROTOCOL):
    return lambda path: dump(path, lambda f: pickle.dump(value, f, protocol=protocol))


def joblibbed(value, **options):
    return lambda path: joblib.dump(value, path, **options)


def dilled(value, **options):
    return lambda path: dump(path, lambda f: dill.dump(value, f, **options))


def cloudpickled(value):
    return lambda path: dump(path, lambda f: cloudpickle.dump(value, f))


def torched(value, **options):
    return lambda path: torch.save(value, path, **options)


def numpied(act, *values, **named):
    return lambda path: dump(path, lambda f: act(f, *values, **named))


def notebook(source):
    """A value as if typed into a notebook: its functions and classes travel by value."""
    main = sys.modules["__main__"].__dict__
    exec(source, main)
    return main["it"]


def plain():
    state = {"weights": [0.1, 0.2], "name": "plain", "layers": (1, 2, None), "raw": b"\0\1", "flags": {True, False}}
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield f"plain, protocol {protocol}", "pkl", pickled(state, protocol)
    yield "standard library types", "pkl", pickled({
        "ordered": collections.OrderedDict(a=1), "counter": collections.Counter("abc"), "deque": collections.deque([1]),
        "default": collections.defaultdict(list, a=[1]), "decimal": decimal.Decimal("1.5"), "fraction": fractions.Fraction(1, 3),
        "date": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), "delta": datetime.timedelta(1), "path": pathlib.PurePosixPath("/a"),
        "uuid": uuid.UUID(int=1), "array": array.array("d", [1.0]), "complex": 1 + 2j, "range": range(3), "frozen": frozenset([1]), "slice": slice(1)})
    yield "deep and recursive", "pkl", pickled(functools.reduce(lambda inner, _: [inner], range(200), {"end": 1}))
    yield "large vocabulary", "pkl", pickled({f"word{n}": n for n in range(50_000)})
    yield "names of commands as text", "pkl", pickled({"vocabulary": ["os.system", "/bin/sh", "curl http://example.com", "eval", "rm -rf /"]})


def arrays():
    yield "array", "npy", numpied(numpy.save, DATA)
    yield "array of text", "npy", numpied(numpy.save, numpy.array(["a", "b"]))
    yield "structured array", "npy", numpied(numpy.save, numpy.zeros(3, dtype=[("a", "i4"), ("b", "f8")]))
    yield "array of objects", "npy", numpied(numpy.save, numpy.array([{"a": 1}, [2]], dtype=object))
    yield "arrays", "npz", numpied(numpy.savez, data=DATA, target=TARGET)
    yield "compressed arrays", "npz", numpied(numpy.savez_compressed, data=DATA, names=numpy.array([{"a": 1}], dtype=object))
    yield "sparse matrix", "npz", numpied(scipy.sparse.save_npz, scipy.sparse.random(20, 20, 0.1, format="csr", random_state=1))
    yield "pickled array", "pkl", pickled({"data": DATA, "scalar": numpy.float32(1), "dtype": DATA.dtype, "sparse": scipy.sparse.eye(3).tocsr()})
    yield "pickled array, protocol 2", "pkl", pickled(DATA, 2)
    yield "random state", "pkl", pickled(numpy.random.default_rng(3))


def estimators():
    grid = model_selection.GridSearchCV(linear_model.LogisticRegression(), {"C": [0.1, 1]}, cv=2)
    columns = compose.ColumnTransformer([("a", preprocessing.StandardScaler(), [0, 1]), ("b", preprocessing.MinMaxScaler(), [2])])
    fitted = {
        "logistic regression": linear_model.LogisticRegression(), "linear regression": linear_model.LinearRegression(),
        "SGD": linear_model.SGDClassifier(random_state=1), "decision tree": tree.DecisionTreeClassifier(),
        "gradient boosting": ensemble.GradientBoostingClassifier(n_estimators=5), "histogram boosting": ensemble.HistGradientBoostingClassifier(max_iter=5),
        "extra trees": ensemble.ExtraTreesRegressor(n_estimators=5), "isolation forest": ensemble.IsolationForest(n_estimators=5, random_state=1),
        "SVM": svm.SVC(probability=True), "nearest neighbours": neighbors.KNeighborsClassifier(), "naive Bayes": naive_bayes.GaussianNB(),
        "perceptron": neural_network.MLPClassifier((4,), max_iter=20), "k-means": cluster.KMeans(2, n_init=1, random_state=1), "PCA": decomposition.PCA(2),
        "gaussian process": gaussian_process.GaussianProcessClassifier(), "grid search": grid,
        "voting": ensemble.VotingClassifier([("a", naive_bayes.GaussianNB()), ("b", tree.DecisionTreeClassifier())]),
        "pipeline": pipeline.make_pipeline(impute.SimpleImputer(), columns, linear_model.LogisticRegression()),
        "pipeline with a function": pipeline.make_pipeline(preprocessing.FunctionTransformer(numpy.log1p), tree.DecisionTreeClassifier()),
    }
    data = numpy.abs(DATA)
    writers = [("pkl", pickled), ("joblib", joblibbed)]
    for number, (name, estimator) in enumerate(fitted.items()):
        extension, write = writers[number % 2]
        yield f"scikit-learn {name}", extension, write(estimator.fit(data, TARGET))
    text = pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), linear_model.LogisticRegression())
    yield "scikit-learn text pipeline", "joblib", joblibbed(text.fit(["good model", "bad model"], [1, 0]))
    forest = ensemble.RandomForestClassifier(n_estimators=5, random_state=1).fit(DATA, TARGET)
    for method in ("zlib", "gzip", "bz2", "lzma", "xz", "lz4"):
        yield f"joblib, {method}", "joblib", joblibbed({"forest": forest, "data": DATA}, compress=(method, 3))
    yield "joblib, protocol 2", "joblib", joblibbed(DATA, protocol=2)
    # Such a distribution makes its methods out of text when it is loaded.
    yield "scipy frozen distribution", "pkl", pickled({"prior": scipy.stats.norm(1, 2)})
    yield "scipy frozen discrete distribution", "joblib", joblibbed(scipy.stats.poisson(3))
    ensemble_of_two = numpy.empty(2, dtype=object)
    ensemble_of_two[:] = [forest, forest]
    yield "array of estimators", "npy", numpied(numpy.save, ensemble_of_two)


def functions():
    scale = notebook("it = (lambda factor: lambda x: x * factor)(2.5)")
    scaler = notebook("class Scaler:\n  def __init__(self): self.factor = 2.0\n  def __call__(self, x=1.0): return x * self.factor\n  def predict(self, x): return x * self.factor\nit = Scaler")
    color = notebook("import enum\nclass Color(enum.Enum):\n  RED = 1\nit = Color")
    record = notebook("import dataclasses\n@dataclasses.dataclass\nclass Record:\n  a: int\n  b: str = 'x'\nit = Record")
    pair = notebook("import collections\nPair = collections.namedtuple('Pair', 'a b')\nit = Pair")
    for name, write in (("dill", dilled), ("cloudpickle", cloudpickled)):
        yield f"{name}: function", name, write({"scale": scale, "data": DATA})
        yield f"{name}: object of its own class", name, write(scaler())
        yield f"{name}: class", name, write(scaler)
        yield f"{name}: enumeration", name, write(color.RED)
        yield f"{name}: data class", name, write(record(1))
        yield f"{name}: named tuple", name, write(pair(1, 2))
        yield f"{name}: partial", name, write(functools.partial(numpy.clip, a_min=0, a_max=1))
        yield f"{name}: scikit-learn pipeline", name, write(pipeline.make_pipeline(preprocessing.FunctionTransformer(scale), tree.DecisionTreeClassifier()).fit(DATA, TARGET))
    yield "dill: recursive function", "dill", dilled({"f": scale}, recurse=True)


def networks():
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(18, 2))
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(4, 1, 5, 5)).sum().backward()
    optimizer.step()
    checkpoint = {"epoch": 3, "state": network.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.1, "args": {"lr": 1e-3}}
    legacy = {"_use_new_zipfile_serialization": False}
    yield "torch state", "pt", torched(network.state_dict())
    yield "torch checkpoint", "pt", torched(checkpoint)
    yield "torch module", "pt", torched(network)
    yield "torch checkpoint with a module", "pt", torched({"model": network, "epoch": 3})
    yield "torch transformer", "pt", torched(torch.nn.TransformerEncoderLayer(8, 2, batch_first=True))
    yield "torch LSTM", "pth", torched(torch.nn.LSTM(4, 4))
    yield "torch tensors", "pt", torched([torch.ones(2, dtype=dtype) for dtype in (torch.float16, torch.bfloat16, torch.int8, torch.bool)])
    yield "torch parameter and sparse", "pt", torched({"p": torch.nn.Parameter(torch.ones(2)), "s": torch.eye(3).to_sparse(), "q": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)})
    yield "torch optimizer", "pt", torched(optimizer)
    yield "torch legacy state", "pth", torched(network.state_dict(), **legacy)
    yield "torch legacy module", "pth", torched(network, **legacy)
    yield "torch legacy checkpoint", "pth", torched(checkpoint, **legacy)
    yield "TorchScript, scripted", "pt", lambda path: torch.jit.script(network).save(path)
    yield "TorchScript, traced", "pt", lambda path: torch.jit.trace(network.eval(), torch.ones(1, 1, 5, 5)).save(path)


def models():
    for make in (plain, arrays, estimators, functions, networks):
        yield from make()
