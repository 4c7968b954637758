"""HDF5 files in every form that h5py writes, packed, and what h5py reads in them, for test/static/hdf5. Needs h5py:
    python3 make-files.py > files.json"""
import base64, json, os, tempfile, zlib
import h5py, numpy as np

folder = tempfile.mkdtemp()
TEXT = json.dumps({'class_name': 'Sequential', 'config': {'name': 'é', 'layers': []}})

def fill(file):
    file.attrs['model_config'] = TEXT
    file.attrs['fixed'] = np.bytes_(TEXT.encode())
    file.attrs['bytes'] = b'abc'
    file.attrs['names'] = [b'one', b'two', b'three']
    file.attrs['texts'] = np.array(['x', 'yy', ''], dtype=h5py.string_dtype())
    file.attrs['grid'] = np.array([[b'a', b'b'], [b'c', b'd']])
    file.attrs['number'] = 3
    file.attrs['numbers'] = np.arange(5.0)
    file.attrs['nothing'] = h5py.Empty('S1')
    file.attrs['opaque'] = np.void(b'\x80\x04N.')
    weights = file.create_group('model_weights/dense/vars')
    weights.attrs['weight_names'] = [b'kernel', b'bias']
    weights.create_dataset('0', data=np.ones((4, 3), dtype='f4'))
    weights.create_dataset('1', data=np.zeros(300), chunks=(10,), compression='gzip', shuffle=True)
    weights.create_dataset('2', shape=(10**6, 10**6), dtype='f8', chunks=(1000, 1000))
    weights.create_dataset('scalar', data=1.5)
    weights['0'].attrs['layout'] = 'here'
    file['loop'] = file['/']
    file['soft'] = h5py.SoftLink('/model_weights')

def many(file):
    for index in range(60):
        file.attrs['attribute%02d' % index] = 'value %d' % index
        file.create_group('group%02d' % index)
    group = file.create_group('all')
    for index in range(300):
        group.create_dataset('d%03d' % index, data=np.int8(1))

def large(file):
    file.attrs['model_config'] = TEXT
    file.attrs.create('large', np.bytes_(b'{' + b'x' * 60_000 + b'}'))
    for index in range(12):
        file.attrs.create('a%02d' % index, np.bytes_(b'y' * (index * 400 + 1)))

def committed(file):
    file['type'] = np.dtype('S5')
    file.attrs.create('typed', b'hello', dtype=file['type'])

def outside(file):
    file['elsewhere'] = h5py.ExternalLink('/etc/other.h5', '/secret')
    file.create_dataset('raw', shape=(4,), dtype='i1', external=[('/etc/hostname', 0, 4)])
    layout = h5py.VirtualLayout(shape=(4,), dtype='i4')
    layout[:] = h5py.VirtualSource('../other.h5', 'data', shape=(4,))
    file.create_virtual_dataset('virtual', layout)

def shown(value):
    if isinstance(value, h5py.Empty): return []
    if isinstance(value, np.void): return [value.tobytes().decode('latin1')]
    if isinstance(value, (str, bytes)): value = [value]
    array = np.asarray(value)
    if array.dtype.kind not in 'OSU': return []
    return [item.decode() if isinstance(item, bytes) else str(item) for item in array.ravel().tolist()]

def read(path):
    objects, seen, waiting = {}, set(), None
    with h5py.File(path, 'r') as file:
        waiting = [('/', file)]
        while waiting:
            name, item = waiting.pop()
            address = h5py.h5o.get_info(item.id).addr
            if address in seen: continue
            seen.add(address)
            entry = {'attributes': {key: shown(item.attrs[key]) for key in item.attrs}}
            if isinstance(item, h5py.Dataset):
                entry['shape'] = list(item.shape)
                entry['layout'] = ['compact', 'contiguous', 'chunked', 'virtual'][item.id.get_create_plist().get_layout()]
            objects[name] = entry
            if isinstance(item, h5py.Group):
                for key in item:
                    link = item.get(key, getlink=True)
                    if isinstance(link, h5py.HardLink):
                        waiting.append((('' if name == '/' else name) + '/' + key, item[key]))
    return objects

makers = {'plain': fill, 'many': many, 'large': large, 'committed': committed, 'outside': outside}
settings = {'earliest': {'libver': 'earliest'}, 'v108': {'libver': ('v108', 'v108')}, 'latest': {'libver': 'latest'},
            'order': {'libver': 'v110', 'track_order': True}, 'block': {'libver': 'earliest', 'userblock_size': 1024}}
expected = {}
for setting, options in settings.items():
    for name, maker in makers.items():
        if (name in ('committed', 'outside') and setting in ('order', 'block')) or (name == 'outside' and setting != 'latest'): continue
        if name == 'large' and setting in ('earliest', 'block'): continue
        path = os.path.join(folder, '%s-%s.h5' % (name, setting))
        with h5py.File(path, 'w', **options) as file:
            maker(file)
        packed = base64.b64encode(zlib.compress(open(path, 'rb').read(), 9)).decode()
        objects = base64.b64encode(zlib.compress(json.dumps(read(path)).encode(), 9)).decode()
        expected['%s-%s' % (name, setting)] = {'file': packed, 'objects': objects}
print(json.dumps(expected, indent=0, sort_keys=True))
