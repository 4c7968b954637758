"""Harmless models as real libraries write them, for twins.test.ts. Run where numpy, scikit-learn, joblib, dill, cloudpickle and torch are:
    python3 - < make-twins.py > twins.json
Nothing is loaded."""
import base64, collections, io, json, pickle, sys, warnings
import cloudpickle, dill, joblib, numpy as np, torch
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
for library in (dill, cloudpickle):
    name = library.__name__
    add(f'{name}-lambda', lambda f: library.dump(lambda x: x + 1, f))
    add(f'{name}-function', lambda f: library.dump(scale, f))
    add(f'{name}-class', lambda f: library.dump(Model, f))
    add(f'{name}-instance', lambda f: library.dump(Model(), f))
    add(f'{name}-sklearn', lambda f: library.dump(pipeline, f))
add('array.npy', lambda f: np.save(f, arrays['floats']))
add('objects.npy', lambda f: np.save(f, arrays['objects'], allow_pickle=True))
add('arrays.npz', lambda f: np.savez(f, **arrays))
add('packed.npz', lambda f: np.savez_compressed(f, **arrays))
optimizer = torch.optim.Adam(layers.parameters())
checkpoint = {'model': layers.state_dict(), 'optimizer': optimizer.state_dict(), 'epoch': 3, 'half': torch.zeros(2, dtype=torch.float16)}
add('checkpoint.pt', lambda f: torch.save(checkpoint, f))
add('model.pt', lambda f: torch.save(layers, f))
add('legacy.pt', lambda f: torch.save(checkpoint, f, _use_new_zipfile_serialization=False))
add('legacy-model.pt', lambda f: torch.save(layers, f, _use_new_zipfile_serialization=False))
add('script.pt', lambda f: torch.jit.save(torch.jit.trace(layers, torch.zeros(1, 3)), f))
json.dump(twins, sys.stdout, indent=1)
