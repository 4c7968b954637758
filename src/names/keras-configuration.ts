/** Judges a name in a Keras configuration: a part of Keras, custom code, or a name that no model needs. */
import { canonicalModule, isDangerousModule, isStandard, judge } from './capabilities.js';
import { judgeDotted, OPEN_ARGUMENTS } from './dotted-names.js';
import { KNOWN_CLASSES, KNOWN_FUNCTIONS } from './keras.js';

export interface Reference {
  readonly kind: 'class' | 'function';
  readonly name: string;
  /** Undefined when the configuration names none. */
  readonly module: string | undefined;
}

export type Meaning =
  | { readonly kind: 'known' }
  /** Code that the file does not hold; `unknown` when Keras imports a module for it that is of no known library. */
  | { readonly kind: 'custom'; readonly unknown?: boolean }
  | { readonly kind: 'unlisted' }
  | { readonly kind: 'import' }
  | { readonly kind: 'gadget' }
  | { readonly kind: 'unsafe' };

export function meaningOf({ kind, name, module }: Reference): Meaning {
  // "Custom" is the package of objects that were registered without one, Keras 2's own optimizers among them.
  const known = (kind === 'class' ? KNOWN_CLASSES : KNOWN_FUNCTIONS).has(name.replace(/^Custom>/, ''));
  // Keras writes "builtins" for its own functions.
  const own = module === undefined || module === 'builtins' || isKeras(module);
  if (own && /(^|[.>])enable_unsafe_deserialization$/.test(name)) return { kind: 'unsafe' };
  if (own && known && !isTool(module)) return { kind: 'known' };
  if (own && isGadget(name)) return { kind: 'gadget' };
  if (module === undefined) return meaningWithout(name);
  if (isKeras(module)) return isTool(module) || !IDENTIFIER.test(name) ? { kind: 'unlisted' } : { kind: 'custom' };
  const judged = judge(canonicalModule(module), name);
  if (module === 'builtins' && judged.kind !== 'dangerous') return { kind: 'custom' };
  if (judged.kind === 'dangerous' || isDangerousModule(module) || isStandard(module)) return { kind: 'import' };
  if (module === '__main__') return { kind: 'custom' };
  if (isDangerousTensorFlow(`${module}.${name}`.replace(/^tensorflow\./, ''))) return { kind: 'import' };
  const called = judgeDotted(`${module}.${name}`, OPEN_ARGUMENTS);
  if (called === 'dangerous') return { kind: 'import' };
  return kind === 'function' && FRAMEWORKS.has(module.split('.', 1)[0] ?? '')
    ? { kind: 'unlisted' }
    : { kind: 'custom', unknown: called === 'unknown' };
}

/** Without a module Keras looks among its own names and those that were registered: `package>name`. */
function meaningWithout(name: string): Meaning {
  return /^[\w .>:$-]*$/.test(name) && !name.includes('..') ? { kind: 'custom' } : { kind: 'unlisted' };
}

const IDENTIFIER = /^[A-Za-z_]\w*$/;

function isKeras(module: string): boolean {
  // Keras 2 takes some initializers from TensorFlow as they are.
  return /^(keras|tf_keras|keras_core|tensorflow\.(keras|python\.keras|_api\.v2\.keras|python\.ops\.init_ops(_v2)?$))(\.|$)/.test(
    module,
  );
}

/** Parts of Keras that no model needs. */
function isTool(module: string | undefined): boolean {
  const tool =
    /\.(utils|saving|legacy|testing|datasets|export|wrappers|tree|config|callbacks|visualization|distribution)(\.|$)/;
  return (
    module !== undefined &&
    isKeras(module) &&
    tool.test(module) &&
    !/\.optimizers?\.legacy$|\.legacy\.(layers|losses|backend)$/.test(module)
  );
}

/** Functions of Keras that download, load, save or deserialise (the list of CVE-2025-8747's correction, and their kin). */
function isGadget(name: string): boolean {
  return /^(get_file|extract_archive|load_(model|weights|img|data|data_wrapper)|save_(model|weights|img)|model_from_(json|yaml|config)|image_dataset_from_directory|audio_dataset_from_directory|text_dataset_from_directory|deserialize(_keras_object|_model_from_bytecode)?|serialize_model_as_bytecode|func_(load|dump)|plot_model|clear_session|set_backend|register_keras_serializable|get_custom_objects|get_registered_object|unpickle_model|TFSMLayer)$/.test(
    name.split(/[.>]/).at(-1) ?? name,
  );
}

const FRAMEWORKS: ReadonlySet<string> = new Set(
  'tensorflow torch numpy scipy pandas sklearn joblib jax flax transformers datasets huggingface_hub keras_hub keras_cv keras_nlp matplotlib PIL cv2 yaml h5py dill cloudpickle'.split(
    ' ',
  ),
);

// TensorFlow functions, as layers made of them name them ---------------------------------------------------------------

/** The function that a TFOpLambda calls, by the name under which TensorFlow exports it, without `tf.`. */
export function meaningOfTensorFlow(name: string): 'known' | 'dangerous' | 'unlisted' {
  if (isDangerousTensorFlow(name)) return 'dangerous';
  return TENSOR_FUNCTIONS.test(name) ? 'known' : 'unlisted';
}

function isDangerousTensorFlow(name: string): boolean {
  return /^(compat\.v[12]\.)?(io\.(?!decode|parse|encode|serialize|deserialize)|raw_ops\.|py_function|numpy_function|py_func|load_op_library|load_library|saved_model\.|keras\.(utils|models|saving|config)\.|data\.|train\.|print$|Print$|contrib\.|python\.|sysconfig\.|summary\.|profiler\.|tpu\.|distribute\.|autograph\.|read_file$|write_file$|gfile\.|import_graph_def)/.test(
    name,
  );
}

/** Modules of TensorFlow's interface that hold only functions of tensors, and such functions at its top (`tf.*`). */
const TENSOR_FUNCTIONS = new RegExp(
  '^(compat\\.v1\\.)?(' +
    '(math|nn|linalg|signal|bitwise|sparse|ragged|sets|dtypes|quantization|random|strings|image|audio|__operators__|keras\\.(backend|activations|losses))\\.[A-Za-z_0-9.]+|' +
    'io\\.(decode|parse|encode|serialize|deserialize)\\w*|' +
    'abs|acos|acosh|add|add_n|argmax|argmin|argsort|as_dtype|as_string|asin|asinh|atan|atan2|atanh|batch_to_space|bitcast|boolean_mask|broadcast_static_shape|' +
    'broadcast_to|broadcast_dynamic_shape|case|cast|clip_by_global_norm|clip_by_norm|clip_by_value|complex|concat|cond|constant|convert_to_tensor|cos|cosh|cumsum|' +
    'debugging\\.(assert\\w*|check_numerics)|div|divide|dynamic_partition|dynamic_stitch|edit_distance|eig|eigvals|einsum|ensure_shape|equal|exp|expand_dims|extract_volume_patches|eye|fill|' +
    'fingerprint|floor|floordiv|gather|gather_nd|greater|greater_equal|guarantee_const|histogram_fixed_width|histogram_fixed_width_bins|identity|identity_n|' +
    'is_tensor|less|less_equal|linspace|logical_and|logical_not|logical_or|matmul|matrix_square_root|maximum|meshgrid|minimum|multiply|negative|' +
    'no_op|norm|not_equal|one_hot|ones|ones_like|pad|parallel_stack|pow|range|rank|realdiv|recompute_grad|reduce_\\w+|repeat|reshape|' +
    'reverse|reverse_sequence|roll|round|saturate_cast|scalar_mul|scan|searchsorted|sequence_mask|shape|shape_n|sigmoid|sign|sin|sinh|size|slice|sort|' +
    'space_to_batch|space_to_batch_nd|split|sqrt|square|squared_difference|squeeze|stack|stop_gradient|strided_slice|subtract|switch_case|tan|tanh|tensor_scatter_nd_\\w+|' +
    'tensordot|tile|transpose|truediv|truncatediv|truncatemod|tuple|type_spec_from_value|unique|unique_with_counts|unravel_index|unstack|vectorized_map|where|while_loop|zeros|zeros_like' +
    ')$',
);
