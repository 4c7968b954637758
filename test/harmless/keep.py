"""Keeps small files of what make_pickles.py made, and of what only an old library writes, as fixtures of test/static/pickle/harmless.test.ts.

    python3 keep.py FOLDER > ../static/pickle/harmless.json

A file more is a line in KEPT.
"""

import base64, json, os, sys

KEPT = """
sklearn/objects.joblib sklearn/memo.joblib sklearn/same.joblib sklearn/deep.joblib sklearn/empty.joblib sklearn/record.joblib
sklearn/onehot.joblib sklearn/label.joblib sklearn/onehot3.joblib sklearn/onehot2.joblib
torch/arange-2.pkl torch/arange-0.pkl torch/linear-2.pkl numpy/int64-376-4.pkl numpy/int64-376-2.pkl numpy/record-1.pkl
sklearn/nested2.joblib sklearn/tokenizer-re.joblib sklearn/tokenizer.pickle.pkl pandas/to_pickle.pkl.zst torch/dcp/__0_0.distcp torch/jagged-4.pkl torch/function-4.pkl
torch/bound-2.pkl by-value/numba.cloudpickle-closure.pkl numpy/rng.normal-4.pkl numpy/bound-2.pkl scipy/norm.cdf-4.pkl
standard/email-2.pkl standard/email-4.pkl standard/cookie-0.pkl standard/urlparse-4.pkl standard/element-5.pkl standard/group-4.pkl standard/family-4.pkl
standard/family-2.pkl standard/ctypes-double-2.pkl standard/logger-4.pkl standard/configparser-4.pkl standard/methodcaller-named-4.pkl standard/filterfalse-1.pkl
standard/sentinel-2.pkl standard/unpickling-4.pkl standard/topological-4.pkl bound/findall-0.pkl bound/str.split-3.pkl bound/path.name-2.pkl
bound/datetime.now-2.pkl bound/chain.from_iterable-4.pkl bound/dict.get-1.pkl functions/heapq.nlargest-0.pkl functions/math.log-4.pkl functions/urllib.parse.quote-0.pkl
plain/enumerate-2.pkl plain/map-4.pkl plain/filter-0.pkl plain/setiterator-1.pkl
""".split()

print(json.dumps({name: base64.b64encode(open(os.path.join(sys.argv[1], name), "rb").read()).decode() for name in KEPT}, indent=2))
