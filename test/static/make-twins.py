"""Harmless models as real libraries write them, for twins.test.ts. Run where numpy, scikit-learn, joblib, dill, cloudpickle and torch are:
    python3 make-twins.py > twins.json
Nothing is loaded."""
import base64, bz2, collections, dataclasses, datetime, decimal, enum, fractions, functools, io, ipaddress, json, lzma, os, pathlib, pickle, random, re, sys, types, typing, uuid, warnings, zoneinfo
import cloudpickle, joblib, lz4.frame, numpy as np, scipy.sparse, torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings('ignore')
rows = np.arange(24.0).reshape(8, 3)
labels = [0, 0, 0, 0, 1, 1, 1, 1]
pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
arrays = {
    'floats': np.arange(40.0).reshape(8, 5),
    'text': np.array(['a', 'bcd']),
    'objects': np.array([{'x': 1}, 'y', None], dtype=object),
    'record': np.zeros(2, dtype=[('a', 'i4'), ('b', 'f8')]),
    'scalar': np.float64(3),
    'ordered': collections.OrderedDict(a=1),
}

def scale(x, y=2):
    return np.sin(x) * y

class Model:
    """A class that is not importable."""
    def __init__(self):
        self.weights = [1, 2]
    def predict(self, x):
        return [w * x for w in self.weights]

def recursive(n):
    return 1 if n < 2 else n * recursive(n - 1)

def closure(scale):
    seen = []
    def multiply(x):
        seen.append(x)
        return x * scale
    return multiply

def unset():
    def use():
        return late
    if False:
        late = 1
    return use

class Color(enum.Enum):
    RED = 1

@dataclasses.dataclass
class Point:
    x: int = 1
    y: list = dataclasses.field(default_factory=list)

class Options(typing.TypedDict):
    depth: int

T = typing.TypeVar('T')

class Box(typing.Generic[T]):
    def get(self) -> typing.Optional[T]:
        return None

class Transformer(BaseEstimator, TransformerMixin):
    def fit(self, x, y=None):
        self.mean_ = x.mean()
        return self
    def transform(self, x):
        return x - self.mean_

PYTHON = [
    datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo('UTC')),
    datetime.timedelta(1), decimal.Decimal('1.5'), decimal.Context(3), pathlib.Path('/a'), collections.defaultdict(list, a=[1]),
    collections.Counter('aab'), collections.deque([1], 3), {1, 2}, frozenset({1}), 1 + 2j, b'abc\xff', bytearray(b'abc'),
    uuid.UUID(int=1), fractions.Fraction(1, 3), re.compile('a+', re.I), range(3), slice(1, 2), ipaddress.ip_interface('192.0.2.1/24'),
    types.SimpleNamespace(a=1), iter([1]), random.Random(1), int | None, typing.Optional[int], list[int], ..., functools.partial(np.add, 1),
]
NUMPY = [
    np.float32(1), np.datetime64('2020-01-01'), np.dtype([('a', 'i4')]), np.random.default_rng(1), np.random.RandomState(1).get_state()[0],
    np.ma.array([1, 2], mask=[0, 1]), np.matrix([[1]]), np.polynomial.Polynomial([1, 2]), np.sin, np.mean, np.float64,
    *(scipy.sparse.random(5, 5, 0.5, format=kind, random_state=1) for kind in ('csr', 'csc', 'coo', 'bsr', 'dia', 'lil')),
]

layers = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
twins = {}

def add(name, save):
    buffer = io.BytesIO()
    save(buffer)
    twins[name] = base64.b64encode(buffer.getvalue()).decode()

for protocol in range(6):
    add(f'sklearn-{protocol}.pkl', lambda f: pickle.dump(pipeline, f, protocol))
    add(f'arrays-{protocol}.pkl', lambda f: pickle.dump(arrays, f, protocol))
add('forest.pkl', lambda f: pickle.dump(RandomForestClassifier(2, max_depth=2, random_state=0).fit(rows, labels), f))
add('tensor.pkl', lambda f: pickle.dump(torch.zeros(2), f))
add('model.joblib', lambda f: joblib.dump({'model': pipeline, **arrays}, f))
add('protocol2.joblib', lambda f: joblib.dump({'model': pipeline, **arrays}, f, protocol=2))
add('packed.joblib', lambda f: joblib.dump({'model': pipeline, **arrays}, f, compress=3))
def by_value(library):
    name = library.__name__
    add(f'{name}-lambda', lambda f: library.dump(lambda x: x + 1, f))
    add(f'{name}-function', lambda f: library.dump(scale, f))
    add(f'{name}-class', lambda f: library.dump(Model, f))
    add(f'{name}-instance', lambda f: library.dump(Model(), f))
    add(f'{name}-sklearn', lambda f: library.dump(pipeline, f))
    for what in (closure(2), closure(np.arange(2)), recursive, unset(), Color, Color.RED, Point, Point(), Options, Box, functools.partial(scale, y=1), PYTHON):
        key = f'{name}-{len(twins)}'
        add(key, lambda f: library.dump(what, f))
        if name == 'dill':
            add(f'{key}-recurse', lambda f: library.dump(what, f, recurse=True))
    add(f'{name}-custom', lambda f: library.dump(make_pipeline(Transformer(), LogisticRegression()).fit(rows, labels), f))

by_value(cloudpickle)
add('custom.joblib', lambda f: joblib.dump(make_pipeline(Transformer(), LogisticRegression()).fit(rows, labels), f))
for protocol in (0, 2, 5):
    add(f'python-{protocol}.pkl', lambda f: pickle.dump(PYTHON, f, protocol))
    add(f'numpy-{protocol}.pkl', lambda f: pickle.dump(NUMPY, f, protocol))
for kind in ('gzip', 'bz2', 'lzma', 'xz', 'lz4'):
    add(f'{kind}.joblib', lambda f: joblib.dump({'model': pipeline, **arrays}, f, compress=(kind, 3)))

class Command:
    def __reduce__(self):
        return os.system, ('id',)

# Small weights after it that do not pack well: a file that is cut off still has the command.
hostile = {'extra': Command(), 'weights': np.random.default_rng(1).normal(size=400)}
for kind in ('zlib', 'gzip', 'bz2', 'lzma', 'xz', 'lz4'):
    add(f'hostile-{kind}.joblib', lambda f: joblib.dump(hostile, f, compress=(kind, 3)))
zeros = bytes(4 << 20)
for kind, pack in (('bz2', bz2.compress), ('xz', lzma.compress), ('lzma', lambda b: lzma.compress(b, format=lzma.FORMAT_ALONE)), ('lz4', lz4.frame.compress)):
    add(f'zeros-{kind}', lambda f: f.write(pack(zeros)))
# What joblib does not write and reads: several streams, other settings, other checks. All unpack to the same text.
text = bytes(i * i % 251 for i in range(3000)) * 3
for name, packed in (
    ('streams.bz2', bz2.compress(text[:100], 1) + bz2.compress(text[100:])),
    ('streams.xz', lzma.compress(text[:100]) + bytes(8) + lzma.compress(text[100:], check=lzma.CHECK_SHA256)),
    ('contexts.xz', lzma.compress(text, filters=[{'id': lzma.FILTER_LZMA2, 'lc': 1, 'lp': 3, 'pb': 4}])),
    ('stored.xz', lzma.compress(random.Random(1).randbytes(4000))),
    ('sized.lzma', lzma.compress(text, format=lzma.FORMAT_ALONE)),
    ('frames.lz4', lz4.frame.compress(text[:100]) + lz4.frame.compress(text[100:], content_checksum=True, block_checksum=True, block_linked=False)),
):
    add(f'same-{name}', lambda f: f.write(packed))
add('array.npy', lambda f: np.save(f, arrays['floats']))
add('objects.npy', lambda f: np.save(f, arrays['objects'], allow_pickle=True))
add('arrays.npz', lambda f: np.savez(f, **arrays))
add('packed.npz', lambda f: np.savez_compressed(f, **arrays))
optimizer = torch.optim.Adam(layers.parameters())
checkpoint = {'model': layers.state_dict(), 'optimizer': optimizer.state_dict(), 'epoch': 3, 'half': torch.zeros(2, dtype=torch.float16)}
TORCH = [torch.float32, torch.device('cpu'), torch.Size([1]), torch.nn.Parameter(torch.zeros(2)), torch.eye(3).to_sparse(), torch.eye(3).to_sparse_csr(), torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8), optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 2)]
add('torch.pt', lambda f: torch.save(TORCH, f))
add('torch.pkl', lambda f: pickle.dump(TORCH, f))
add('checkpoint.pt', lambda f: torch.save(checkpoint, f))
add('model.pt', lambda f: torch.save(layers, f))
add('legacy.pt', lambda f: torch.save(checkpoint, f, _use_new_zipfile_serialization=False))
add('legacy-model.pt', lambda f: torch.save(layers, f, _use_new_zipfile_serialization=False))
add('script.pt', lambda f: torch.jit.save(torch.jit.trace(layers, torch.zeros(1, 3)), f))
class Saves(torch.nn.Module):
    def forward(self, x):
        torch.save(x, 'copy.pt')
        return x + torch.from_file('/etc/hostname', False, 4)

add('hostile-script.pt', lambda f: torch.jit.save(torch.jit.script(Saves()), f))
# Last: as soon as it is imported, dill changes what Python's own pickler writes.
import dill
by_value(dill)
json.dump(twins, sys.stdout, indent=1)
