"""Keeps small files of what make_pickles.py made, and of what only an old library writes, as fixtures of test/static/pickle/harmless.test.ts.

    python3 keep.py FOLDER > ../static/pickle/harmless.json

A file more is a line in KEPT.
"""

import base64, json, os, sys

KEPT = """
sklearn/objects.joblib sklearn/memo.joblib sklearn/same.joblib sklearn/deep.joblib sklearn/empty.joblib sklearn/record.joblib
sklearn/onehot.joblib sklearn/label.joblib sklearn/onehot3.joblib sklearn/onehot2.joblib
torch/arange-2.pkl torch/arange-0.pkl torch/linear-2.pkl numpy/int64-376-4.pkl numpy/int64-376-2.pkl numpy/record-1.pkl
""".split()

print(json.dumps({name: base64.b64encode(open(os.path.join(sys.argv[1], name), "rb").read()).decode() for name in KEPT}, indent=2))
