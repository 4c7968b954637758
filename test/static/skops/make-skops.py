"""Writes models.json: harmless models as skops saves them (Base64 of the files), by the real library.

    python3 -m venv venv && venv/bin/pip install skops scikit-learn
    venv/bin/python test/static/skops/make-skops.py
"""
import base64
import io
import json
import pathlib
import zipfile

import numpy as np
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

rows = np.random.RandomState(0).rand(20, 3)
labels = (rows[:, 0] > 0.5).astype(int)


def small(model) -> str:
    """The archive with compressed members, so that the fixture stays small."""
    saved, packed = zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in saved.namelist():
            archive.writestr(zipfile.ZipInfo(name), saved.read(name), zipfile.ZIP_DEFLATED)
    return base64.b64encode(packed.getvalue()).decode()


models = {
    "a pipeline with a function of numpy": make_pipeline(
        StandardScaler(), FunctionTransformer(np.abs), LogisticRegression()
    ).fit(rows, labels),
    "a tree": DecisionTreeClassifier(max_depth=2, random_state=0).fit(rows, labels),
}
out = {"skops": skops.__version__, "models": {name: small(model) for name, model in models.items()}}
pathlib.Path(__file__).with_name("models.json").write_text(json.dumps(out, indent=1) + "\n")
