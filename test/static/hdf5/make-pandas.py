"""HDF5 files that pandas, PyTables and h5py write with pickles in them, packed, for test/static/hdf5. Nothing is loaded. Needs pandas, tables, h5py:
    python3 make-pandas.py > pandas.json"""
import base64, json, os, pickle, tempfile, warnings, zlib
import h5py, numpy as np, pandas as pd, tables
warnings.filterwarnings('ignore')

folder = tempfile.mkdtemp()

class Command:
    def __reduce__(self):
        return os.system, ('id',)

def frame(item):
    return pd.DataFrame({'a': [1, 2], 'b': pd.Series(['x', item], dtype=object)})

def pandas_file(item, **options):
    def write(path):
        with pd.HDFStore(path, 'w', **options) as store:
            store.put('df', frame(item))
    return write

def series(item):
    return lambda path: pd.Series(['x', item], dtype=object).to_hdf(path, key='s')

def vlarray(*items, **options):
    def write(path):
        with tables.open_file(path, 'w') as file:
            array = file.create_vlarray('/', 'v', tables.ObjectAtom(), **options)
            for item in items:
                array.append(item)
    return write

def attribute(value, name='mine', where='group', libver='earliest'):
    """As h5py writes the bytes that PyTables would; the file has no other sign of PyTables."""
    def write(path):
        with h5py.File(path, 'w', libver=libver) as file:
            target = file if where == 'root' else file.create_group('g') if where == 'group' else file.create_dataset('d', data=np.arange(3))
            target.attrs[name] = np.bytes_(value)
    return write

def tables_attribute(item):
    def write(path):
        with tables.open_file(path, 'w') as file:
            file.create_group('/', 'g')._v_attrs.mine = item
    return write

def vlen(item, libver, mark=True, **options):
    def write(path):
        with h5py.File(path, 'w', libver=libver) as file:
            data = file.create_dataset('v', (1,), dtype=h5py.vlen_dtype(np.uint8), **options)
            data[0] = np.frombuffer(pickle.dumps(item), np.uint8)
            if mark:
                data.attrs['PSEUDOATOM'] = np.bytes_(b'object')
    return write

def dataset(item):
    def write(path):
        with h5py.File(path, 'w') as file:
            file['data'] = np.frombuffer(pickle.dumps(item), np.uint8)
    return write

def numbers(path):
    pd.DataFrame({'a': [1.0, 2.0]}).to_hdf(path, key='df')

def mixed_table(path):
    pd.DataFrame({'a': [1.0, 2.0], 's': ['x', 'yy']}).to_hdf(path, key='df', format='table', complevel=5)

def sentences(path):
    with h5py.File(path, 'w') as file:
        for index, text in enumerate(['A sentence.', 'c', 'const.\nThe second line.\nAnd.', '(c) 2024 Somebody Inc.', 'I was here.\n', '3.', 'N.', 'Version 1.']):
            file.attrs['a%d' % index] = np.bytes_(text.encode())
            file.attrs['b%d' % index] = text

def bytes_numbers(path):
    with h5py.File(path, 'w') as file:
        file['quantized'] = np.frombuffer(b'\x80\x04' + bytes(range(256)), np.int8)
        file['codes'] = np.frombuffer(b'cab\nbage\n' * 20, np.uint8)
        file['words'] = np.array([b'cat', b'(dog)'])
        ragged = file.create_dataset('ragged', (2,), dtype=h5py.vlen_dtype(np.int32))
        ragged[0], ragged[1] = [1, 2, 3], [4]

def hickle(item, **options):
    def write(path):
        with h5py.File(path, 'w') as file:
            data = file.create_dataset('data', data=np.frombuffer(pickle.dumps(item), np.uint8), **options)
            data.attrs['base_type'] = np.bytes_(b'pickle')
    return write

PROTOCOL_0 = b"cposix\nsystem\n(S'id'\ntR."
FILES = {
    'harmless': {
        'objects of pandas': pandas_file(None),
        'lists and dicts in a column': pandas_file({'k': [1, (2,)]}),
        'objects of pandas, packed': pandas_file(None, complevel=5, complib='zlib'),
        'a series of objects': series(None),
        'numbers': numbers,
        'a table': mixed_table,
        'objects of pandas, packed by a library': pandas_file(None, complevel=5, complib='blosc'),
        'objects of PyTables': vlarray({'a': 1}, [1, 2, 3], 'text'),
        'attributes of PyTables': tables_attribute({'a': (1, 2)}),
        'sentences': sentences,
        'bytes that are numbers': bytes_numbers,
    },
    'hostile': {
        'a column': pandas_file(Command()),
        'a packed column': pandas_file(Command(), complevel=5, complib='zlib'),
        'a series': series(Command()),
        'an element': vlarray('a', {'deep': [Command()]}),
        'an element, packed': vlarray(Command(), filters=tables.Filters(complevel=9, complib='zlib', shuffle=True)),
        'an attribute of PyTables': tables_attribute(Command()),
        'an attribute of a group': attribute(PROTOCOL_0),
        'an attribute of the root, latest': attribute(PROTOCOL_0, where='root', libver='latest'),
        'an attribute of a dataset': attribute(PROTOCOL_0, where='dataset'),
        'the filters': attribute(PROTOCOL_0, name='FILTERS'),
        'an attribute that begins with None': attribute(b'N0' + PROTOCOL_0),
        'an attribute that begins with a text': attribute(b"S'harmless'\n0" + PROTOCOL_0),
        'an attribute that begins with a number': attribute(b'I1\n0' + PROTOCOL_0),
        'an attribute of protocol 4': attribute(pickle.dumps(Command(), 4)),
        'an attribute that breaks afterwards': attribute(PROTOCOL_0[:-1] + b'~.'),
        'bytes of any length': vlen(Command(), 'earliest'),
        'bytes of any length, unmarked': vlen(Command(), 'earliest', mark=False),
        'bytes of any length, latest': vlen(Command(), 'latest'),
        'bytes of any length, one chunk': vlen(Command(), 'latest', chunks=(1,)),
        'bytes of any length, many dimensions': vlen(Command(), 'latest', chunks=(1,), maxshape=(1,)),
        'a dataset of bytes': dataset(Command()),
        'a pickle of hickle': hickle(Command()),
        'a column, packed by a library': pandas_file(Command(), complevel=5, complib='blosc'),
        'elements, packed by a library': vlarray('a', Command(), filters=tables.Filters(complevel=9, complib='bzip2')),
        'chunks in an array': vlen(Command(), 'latest', chunks=(1,), maxshape=(None,)),
    },
    'unread': {
        'a pickle of hickle, packed': hickle(Command(), compression='gzip', chunks=(8,)),
    },
}

out = {}
for kind, files in FILES.items():
    out[kind] = {}
    for name, write in files.items():
        path = os.path.join(folder, 'f.h5')
        write(path)
        with open(path, 'rb') as file:
            out[kind][name] = base64.b64encode(zlib.compress(file.read(), 9)).decode()
        os.remove(path)
print(json.dumps(out, indent=2))
