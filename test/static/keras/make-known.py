"""Writes src/names/keras.ts: the names of the classes and functions that Keras itself puts into a model's configuration.
Needs TensorFlow, keras (3) and tf-keras (2):
    python3 make-known.py > ../../../src/names/keras.ts"""
import os
os.environ.update(KERAS_BACKEND='tensorflow', TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='')
import importlib, inspect
import keras, tf_keras
from keras.src.saving.keras_saveable import KerasSaveable

MODULES = ['activations', 'constraints', 'initializers', 'losses', 'metrics', 'optimizers', 'optimizers.legacy', 'optimizers.schedules', 'regularizers',
           'layers', 'layers.experimental', 'layers.experimental.preprocessing', 'quantizers', 'dtype_policies', 'random', 'mixed_precision', 'models', 'experimental']
# They run code, read files or load other models, and are judged by themselves; or belong to the library's own tests.
APART = set('''Lambda TFOpLambda ClassMethod InstanceMethod InstanceProperty SlicingOpLambda TensorFlowOpLayer TorchModuleWrapper JaxLayer FlaxLayer
    TFSMLayer ModuleWrapper SidecarEvaluator DistributedCallbackModel SmallSubclassMLP ReloadedLayer RestoredOptimizer
    get serialize deserialize load_model save_model model_from_json model_from_yaml model_from_config clone_model convert_to_numpy
    set_global_policy global_policy'''.split())
# Of Keras 1 and early Keras 2, which today's no longer have; and what the format itself writes.
MORE_CLASSES = '''AtrousConvolution1D AtrousConvolution2D Highway MaxoutDense TimeDistributedDense PReLU ThresholdedReLU KerasTensor PolicyV1
    DictWrapper ListWrapper TupleWrapper _DictWrapper _ListWrapper _TupleWrapper TensorShape CompositeTensor __keras_tensor__ __tensor__ __numpy__ __bytes__
    __ellipsis__ __slice__ __tuple__ CuDNNGRU CuDNNLSTM SeedGenerator CustomScaleLayer LayerScale StochasticDepth'''.split()
MORE_FUNCTIONS = 'acc accuracy ce crossentropy cosine cosine_proximity sparse_categorical_crossentropy mean_squared_error'.split()

def below(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from below(sub)

classes, functions = set(MORE_CLASSES), set(MORE_FUNCTIONS)
for library in (keras, tf_keras):
    for name in MODULES:
        try:
            module = importlib.import_module('%s.%s' % (library.__name__, name))
        except ImportError:
            continue
        for key, value in vars(module).items():
            if inspect.isclass(value): classes.add(key)
            elif inspect.isfunction(value): functions.add(key)
functions |= {key for key, value in vars(keras.ops).items() if inspect.isfunction(value)}
for root in (KerasSaveable, tf_keras.layers.Layer, tf_keras.optimizers.Optimizer, tf_keras.losses.Loss):
    classes |= {cls.__name__ for cls in below(root) if 'test' not in cls.__module__}
classes = {name for name in classes if not name.startswith('_') or name.startswith('__') or name in MORE_CLASSES or name == '_Merge'}

def words(names):
    return '\n'.join(sorted(names - APART))

print('''/**
 * The classes and functions of Keras that a model's configuration names when the model is made of Keras's own parts, one a line: facts of the
 * public interface of Keras %s and tf-keras %s, written by test/static/keras/make-known.py. What runs code or reads files is not among them.
 */
const CLASSES = `
%s
`;

const FUNCTIONS = `
%s
`;

export const KNOWN_CLASSES: ReadonlySet<string> = new Set(CLASSES.trim().split('\\n'));
export const KNOWN_FUNCTIONS: ReadonlySet<string> = new Set(FUNCTIONS.trim().split('\\n'));''' % (keras.__version__, tf_keras.__version__, words(classes), words(functions)))
