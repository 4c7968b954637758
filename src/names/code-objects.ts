/** Names in the bytecode of a function that a model carries, and the objects that they refer to where it runs. */

/** Builtins that act on nothing but their arguments. */
export const PLAIN_BUILTINS: ReadonlySet<string> = new Set(
  (
    'abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate filter float format frozenset hasattr hash hex ' +
    'int isinstance issubclass iter len list map max min next object oct ord pow print property range repr reversed round set slice sorted ' +
    'str sum super tuple type xrange unicode long zip None True False Ellipsis NotImplemented __name__ __debug__ staticmethod classmethod ' +
    'ArithmeticError AssertionError AttributeError BaseException Exception FloatingPointError ImportError IndexError KeyError LookupError ' +
    'NameError NotImplementedError OverflowError RuntimeError StopIteration TypeError ValueError ZeroDivisionError UserWarning Warning'
  ).split(' '),
);

/** The usual names under which authors of layers import modules. */
export const USUAL_ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    tf: 'tensorflow',
    tensorflow: 'tensorflow',
    np: 'numpy',
    numpy: 'numpy',
    K: 'keras.backend',
    backend: 'keras.backend',
    keras: 'keras',
    ops: 'keras.ops',
    layers: 'keras.layers',
    torch: 'torch',
    F: 'torch.nn.functional',
    jnp: 'jax.numpy',
    jax: 'jax',
    pd: 'pandas',
  }),
);

/**
 * The globals that Keras gives a carried function, those of the module that makes it (`func_load` in `keras/utils/generic_utils.py`,
 * `keras/layers/core.py`, `lambda_layer.py`, `python_utils.py`, from 1.0 to 3): parts of Keras that make functions, load objects or open files, and
 * modules that import those.
 */
export const KERAS_AT_HAND: ReadonlySet<string> = new Set(
  (
    'func_load func_dump python_types generic_utils python_utils serialization_lib serialization object_registration io_utils tf_inspect ' +
    'tf_contextlib tf_logging deserialize_keras_object serialize_keras_object get_custom_objects custom_object_scope ' +
    'CustomObjectScope get_registered_object register_keras_serializable deserialize get_from_module saving_lib ' +
    'legacy_serialization load_model'
  ).split(' '),
);

export const PLAIN_MODULES: ReadonlySet<string> = new Set(
  'math cmath random itertools functools operator collections copy numbers fractions decimal statistics string re json time datetime typing'.split(
    ' ',
  ),
);

/** Parts of the frameworks that reach files, Python or native code, by their documentation. */
export const FRAMEWORK_DANGERS =
  /^(tensorflow\.(compat\.v[12]\.)?(io\.(read_file|write_file|gfile|matching_files|TFRecordWriter)|raw_ops|py_function|numpy_function|py_func|load_op_library|load_library|saved_model|keras\.(utils\.get_file|models\.load_model|saving)|data\.(TFRecordDataset|TextLineDataset|FixedLengthRecordDataset|experimental\.CsvDataset)|train\.(Checkpoint|load_checkpoint|load_variable)|print|contrib|python|distribute|sysconfig|summary|profiler)|keras\.(utils\.get_file|models\.load_model|saving|config\.enable_unsafe_deserialization|src)|numpy\.(ctypeslib|lib|f2py|distutils|testing)|torch\.(hub|load|ops|classes|utils\.cpp_extension|package|jit))\./;

/** Attributes that lead out of any object into Python's internals, or from an array into a file. */
export const INTERNAL_ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    '__globals__ __builtins__ __subclasses__ __class__ __mro__ __base__ __bases__ __dict__ __code__ __closure__ __import__ __getattribute__ ' +
    '__loader__ __spec__ __reduce__ __reduce_ex__ __self__ __func__ func_globals func_code f_globals f_locals f_builtins f_back gi_frame ' +
    'gi_code cr_frame tb_frame co_code mro system popen exec_module load_module import_module tofile fromfile memmap to_pickle read_pickle ' +
    'savez savetxt loadtxt genfromtxt write_text write_bytes read_text read_bytes urlopen urlretrieve check_output Popen'
  ).split(' '),
);
