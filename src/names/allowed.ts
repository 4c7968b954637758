/**
 * Names that a harmless model may ask for: exact pairs of module and attribute, never a whole module. None of them, called with
 * whatever arguments, starts a program, opens a file or a connection, imports what its arguments name, or runs code:
 * each was chosen from its library's source. Of libraries they are what `library-calls.ts` cannot tell, most of it compiled. Modules are in their canonical spelling, see `canonicalModule`.
 */

import { isValueAttribute } from './attributes.js';
import { STANDARD_VALUES } from './standard.js';

/**
 * Python's own values beside those of `STANDARD_VALUES`: what `copyreg.__reduce_ex__` and the `__reduce__` of built-in types name (CPython 2.7
 * to 3.14), and plain classes of modules that also act.
 */
const PYTHON: Readonly<Record<string, string>> = {
  _codecs: 'encode',
  builtins:
    'Ellipsis NoneType NotImplemented StandardError __dict__ __main__ basestring buffer cmp long object.__new__ print tuple.__new__ unichr unicode xrange',
  ctypes:
    'c_bool c_byte c_double c_float c_int c_int16 c_int32 c_int64 c_int8 c_long c_longdouble c_longlong c_short c_size_t c_ssize_t c_ubyte c_uint c_uint16 c_uint32 c_uint64 c_uint8 c_ulong c_ulonglong c_ushort',
  dataclasses:
    'KW_ONLY MISSING _FIELD _FIELD_CLASSVAR _FIELD_INITVAR _HAS_DEFAULT_FACTORY _dataclass_getstate _dataclass_setstate _replace',
  functools:
    'CacheInfo _CacheInfo _ge_from_gt _ge_from_le _ge_from_lt _gt_from_ge _gt_from_le _gt_from_lt _le_from_ge _le_from_gt _le_from_lt _lt_from_ge _lt_from_gt _lt_from_le singledispatchmethod',
  enum: 'Enum.__new__ Enum._generate_next_value_ Flag._generate_next_value_ StrEnum._generate_next_value_',
  io: 'BytesIO StringIO',
  collections: 'IterableUserDict',
  itertools: 'ifilter ifilterfalse imap izip izip_longest',
  logging:
    'Filter Filterer Formatter Handler LogRecord Logger Manager NullHandler PercentStyle PlaceHolder RootLogger StrFormatStyle StringTemplateStyle getLevelName getLogger',
  optparse: 'Values',
  os: 'PathLike fspath',
  'unittest.mock': '_Call _CallList _SentinelObject call sentinel',
  urllib: 'pathname2url quote quote_plus unquote unquote_plus url2pathname urlencode',
  urllib2: 'HTTPError URLError',
  'os.path': 'basename commonprefix dirname isabs join normcase normpath split splitdrive splitext',
  pathlib: 'Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath',
  reprlib: 'Repr.repr _possibly_sorted',
  sqlite3: 'Binary Row',
  subprocess: 'CompletedProcess',
  tarfile: 'TarInfo',
  threading: 'Lock RLock allocate_lock get_ident',
  typing: '_no_init_or_replace_init',
  warnings: 'warn',
  zipfile: 'ZipInfo',
};

/**
 * What arrays, scalars, dtypes and random states name (numpy 1.26 to 2.4: `__reduce__` in `_core/src/multiarray`, `random/_pickle.py`).
 */
const NUMPY: Readonly<Record<string, string>> = {
  numpy:
    'abs absolute add all amax amin any arccos arcsin arctan arctan2 argmax argmin argsort array asarray average bitwise_and bitwise_or bitwise_xor bool bool_ bytes_ cbrt ceil character clip clongdouble complex128 complex64 complexfloating concatenate conjugate cos cosh cumprod cumsum datetime64 deg2rad diff divide dot dtype equal exp exp2 expm1 fabs finfo flexible float16 float32 float64 floating floor floor_divide fmax fmin fmod generic greater greater_equal hstack hypot iinfo inexact int16 int32 int64 int8 intc integer invert isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor longdouble longlong matmul matrix max maximum mean median min minimum mod multiply nan_to_num nanmax nanmean nanmedian nanmin nanstd nansum nanvar ndarray negative not_equal number object_ ones percentile poly1d positive power prod ptp quantile rad2deg ravel recarray reciprocal record remainder reshape rint round sign signedinteger sin sinh sqrt square squeeze stack std str str_ subtract sum tan tanh timedelta64 transpose true_divide trunc uint16 uint32 uint64 uint8 uintc ulonglong unsignedinteger var void vstack where zeros',
  'numpy._core': '_ufunc_reconstruct',
  'numpy._core._internal': '_convert_to_stringdtype_kwargs',
  'numpy._core.getlimits': 'MachArLike',
  'numpy._core._multiarray_umath': '_reconstruct scalar',
  'numpy._core.multiarray': '_reconstruct scalar',
  'numpy._core.numeric': '_frombuffer',
  'numpy._core.records': 'recarray record',
  'numpy.char': 'chararray',
  'numpy.core': '_ufunc_reconstruct',
  'numpy.core._internal': '_convert_to_stringdtype_kwargs',
  'numpy.core._multiarray_umath': '_reconstruct scalar',
  'numpy.core.multiarray': '_reconstruct scalar',
  'numpy.core.numeric': '_frombuffer',
  'numpy.core.records': 'recarray record',
  'numpy.dtypes':
    'BoolDType ByteDType BytesDType CLongDoubleDType Complex128DType Complex64DType DateTime64DType Float16DType Float32DType Float64DType Int16DType Int32DType Int64DType Int8DType IntDType LongDType LongDoubleDType LongLongDType ObjectDType ShortDType StrDType StringDType TimeDelta64DType UByteDType UInt16DType UInt32DType UInt64DType UInt8DType UIntDType ULongDType ULongLongDType UShortDType VoidDType',
  'numpy.linalg': 'cholesky det eig eigh inv norm pinv qr solve svd',
  'numpy.ma': 'MaskedArray',
  'numpy.ma.core': 'MaskedArray MaskedConstant _mareconstruct',
  'numpy.polynomial.chebyshev': 'Chebyshev',
  'numpy.polynomial.hermite': 'Hermite',
  'numpy.polynomial.laguerre': 'Laguerre',
  'numpy.polynomial.legendre': 'Legendre',
  'numpy.polynomial.polynomial': 'Polynomial',
  'numpy.random._pickle': '__bit_generator_ctor __generator_ctor __randomstate_ctor',
  'numpy.random.bit_generator': '__pyx_unpickle_SeedSequence',
  'numpy.rec': 'recarray record',
};

/**
 * The names of torch's own `weights_only` loader (`_weights_only_unpickler._get_allowed_globals`), the markers of TorchScript archives
 * (`torch/jit/_pickle.py`), the layer classes of `torch.nn.modules` as of torch 2.6, and optimizers and schedulers, whose `__setstate__` only fills
 * attributes, beside those that the table of libraries has. Schedulers that call a function from their arguments are not here.
 */
const TORCH: Readonly<Record<string, string>> = {
  torch:
    'BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage FloatStorage Generator HalfStorage IntStorage LongStorage QInt32Storage QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage ShortStorage bfloat16 bits16 bits1x8 bits2x4 bits4x2 bits8 bool channels_last complex128 complex32 complex64 contiguous_format device double float float16 float32 float64 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz half int int16 int32 int64 int8 long per_channel_affine per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine per_tensor_symmetric preserve_format qint32 qint8 quint2x4 quint4x2 quint8 short sparse_coo strided uint16 uint32 uint64 uint8',
  'torch._C': '_VariableFunctionsClass',
  'torch._C._nn': 'gelu',
  'torch._dynamo.decorators': '_DimRange',
  'torch._tensor': '_rebuild_from_type_v2',
  'torch._utils':
    '_rebuild_device_tensor_from_cpu_tensor _rebuild_device_tensor_from_numpy _rebuild_qtensor _rebuild_sparse_tensor _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_wrapper_subclass _rebuild_xla_tensor',
  'torch.ao.nn.quantized.dynamic.modules.linear': 'Linear',
  'torch.ao.nn.quantized.modules.linear': 'Linear',
  'torch.cuda':
    'BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage ShortStorage',
  'torch.distributions.normal': 'Normal',
  'torch.jit._pickle': 'build_boollist build_doublelist build_intlist build_tensorlist restore_type_tag',
  'torch.nn.functional': 'elu gelu leaky_relu log_softmax mish relu relu6 selu silu softmax softplus',
  'torch.nn.modules.activation': 'MultiheadAttention PReLU',
  'torch.nn.modules.adaptive': 'AdaptiveLogSoftmaxWithLoss',
  'torch.nn.modules.batchnorm':
    'BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d SyncBatchNorm _BatchNorm _LazyNormBase _NormBase',
  'torch.nn.modules.conv':
    'Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d _ConvNd _ConvTransposeMixin _ConvTransposeNd',
  'torch.nn.modules.instancenorm':
    'InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d _InstanceNorm',
  'torch.nn.modules.linear': 'Bilinear LazyLinear Linear NonDynamicallyQuantizableLinear',
  'torch.nn.modules.normalization': 'GroupNorm LayerNorm RMSNorm',
  'torch.nn.modules.padding':
    'CircularPad1d CircularPad2d ConstantPad1d ConstantPad2d ReflectionPad1d ReflectionPad2d ReplicationPad1d ReplicationPad2d ZeroPad1d ZeroPad2d',
  'torch.nn.modules.pooling': 'AvgPool1d FractionalMaxPool2d FractionalMaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d',
  'torch.nn.modules.rnn': 'GRU GRUCell LSTM LSTMCell RNN RNNBase RNNCell RNNCellBase',
  'torch.nn.modules.sparse': 'Embedding EmbeddingBag',
  'torch.nn.modules.transformer': 'Transformer TransformerDecoderLayer TransformerEncoderLayer',
  'torch.nn.parameter': 'UninitializedBuffer UninitializedParameter',
  'torch.nn.utils.rnn': 'PackedSequence',
  'torch.optim': 'Adafactor',
  'torch.optim._adafactor': 'Adafactor',
  'torch.optim.adadelta': 'Adadelta',
  'torch.optim.adagrad': 'Adagrad',
  'torch.optim.adam': 'Adam',
  'torch.optim.adamax': 'Adamax',
  'torch.optim.adamw': 'AdamW',
  'torch.optim.asgd': 'ASGD',
  'torch.optim.lbfgs': 'LBFGS',
  'torch.optim.lr_scheduler':
    'ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts ExponentialLR LinearLR MultiStepLR OneCycleLR PolynomialLR StepLR',
  'torch.optim.nadam': 'NAdam',
  'torch.optim.radam': 'RAdam',
  'torch.optim.rmsprop': 'RMSprop',
  'torch.optim.rprop': 'Rprop',
  'torch.optim.sgd': 'SGD',
  'torch.optim.sparse_adam': 'SparseAdam',
  'torch.serialization': '_get_layout',
  'torch.storage': 'TypedStorage',
};

/**
 * Of scikit-learn 1.4 and 1.9 what the table of libraries does not have of estimators and of what they hold, and the sparse matrices, trees and splines of
 * scipy. Not its distributions: they run a text of their state as code (`rv_generic._attach_argparser_methods`).
 */
const SCIKIT: Readonly<Record<string, string>> = {
  'scipy.interpolate._bsplines': 'BSpline',
  'scipy.interpolate._cubic': 'Akima1DInterpolator CubicSpline PchipInterpolator',
  'scipy.interpolate._fitpack2': 'InterpolatedUnivariateSpline LSQUnivariateSpline UnivariateSpline',
  'scipy.interpolate._interpolate': 'PPoly interp1d',
  'scipy.interpolate._rgi': 'RegularGridInterpolator',
  'scipy.sparse._bsr': 'bsr_array bsr_matrix',
  'scipy.sparse._coo': 'coo_array coo_matrix',
  'scipy.sparse._csc': 'csc_array csc_matrix',
  'scipy.sparse._csr': 'csr_array csr_matrix',
  'scipy.sparse._dia': 'dia_array dia_matrix',
  'scipy.sparse._dok': 'dok_array dok_matrix',
  'scipy.sparse._lil': 'lil_array lil_matrix',
  'scipy.spatial._kdtree': 'KDTree',
  'scipy.spatial.transform._rotation': 'Rotation',
  'sklearn._loss._loss':
    'CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity CyHuberLoss CyPinballLoss __pyx_unpickle_CyAbsoluteError __pyx_unpickle_CyExponentialLoss __pyx_unpickle_CyHalfBinomialLoss __pyx_unpickle_CyHalfGammaLoss __pyx_unpickle_CyHalfMultinomialLoss __pyx_unpickle_CyHalfPoissonLoss __pyx_unpickle_CyHalfSquaredError __pyx_unpickle_CyHalfTweedieLoss __pyx_unpickle_CyHalfTweedieLossIdentity __pyx_unpickle_CyHuberLoss __pyx_unpickle_CyPinballLoss',
  'sklearn.cluster._birch': '_CFNode',
  'sklearn.cluster._kmeans': '_kmeans_single_elkan _kmeans_single_lloyd',
  'sklearn.discriminant_analysis': 'QuadraticDiscriminantAnalysis',
  'sklearn.ensemble._hist_gradient_boosting.common': 'MonotonicConstraint',
  'sklearn.feature_selection._univariate_selection': 'chi2 f_classif f_regression',
  'sklearn.gaussian_process.kernels': 'Hyperparameter',
  'sklearn.linear_model._ridge': 'RidgeCV RidgeClassifierCV',
  'sklearn.linear_model._sgd_fast': 'EpsilonInsensitive Hinge Log ModifiedHuber SquaredHinge SquaredLoss',
  'sklearn.metrics._classification':
    'accuracy_score balanced_accuracy_score f1_score fbeta_score jaccard_score log_loss precision_score recall_score',
  'sklearn.metrics._dist_metrics':
    'EuclideanDistance EuclideanDistance32 EuclideanDistance64 ManhattanDistance64 MinkowskiDistance64 newObj',
  'sklearn.metrics._ranking': 'average_precision_score roc_auc_score',
  'sklearn.metrics._regression':
    'max_error mean_absolute_error mean_squared_error median_absolute_error r2_score root_mean_squared_error',
  'sklearn.model_selection._split': 'PredefinedSplit',
  'sklearn.neighbors._ball_tree': 'BallTree BallTree32 BallTree64 newObj',
  'sklearn.neighbors._kd_tree': 'KDTree KDTree32 KDTree64 newObj',
  'sklearn.neural_network._stochastic_optimizers': 'AdamOptimizer SGDOptimizer',
  'sklearn.utils.deprecation': 'DeprecationDict',
};

/** Names with which joblib, cloudpickle and dill build objects. Functions made by them run only when called; another rule judges that. */
const SERIALIZERS: Readonly<Record<string, string>> = {
  'cloudpickle.cloudpickle':
    '_fill_function _gen_ellipsis _gen_not_implemented _make_skel_func _rehydrate_skeleton_class _class_setstate _function_setstate _get_bases _make_cell _make_function _make_skeleton_class _make_skeleton_enum subimport',
  dill: '_dill',
  'dill._shims': '_dill',
  'dill._dill':
    '_create_array _create_cell _create_code _create_dtypemeta _create_ftype _create_function _create_lock _create_namedtuple _create_rlock _create_stringi _create_stringo _create_type _create_typing_tuple _create_weakref _import_module _load_type _setitems',
};

/** Words and vectors of spaCy, which it builds of lists and of its own MessagePack (`strings.pyx`, `vectors.pyx`). */
const SPACY: Readonly<Record<string, string>> = {
  'spacy.strings': 'StringStore',
  'spacy.tokenizer': 'Tokenizer',
  'spacy.vectors': 'unpickle_vectors',
};

/** What compiled code of libraries names in answers of `__reduce__` (Cython, Rust), beside what the table of libraries tells. */
const COMPILED: Readonly<Record<string, string>> = {
  pandas: 'PeriodDtype',
  'pandas.core.dtypes.dtypes': 'PeriodDtype',
  'pandas.core.internals.blocks': 'new_block',
  'statsmodels.tsa.statespace._initialization': 'cInitialization dInitialization sInitialization zInitialization',
  'statsmodels.tsa.statespace._kalman_filter': 'cKalmanFilter dKalmanFilter sKalmanFilter zKalmanFilter',
  'statsmodels.tsa.statespace._kalman_smoother': 'cKalmanSmoother dKalmanSmoother sKalmanSmoother zKalmanSmoother',
  'statsmodels.tsa.statespace._representation': 'cStatespace dStatespace sStatespace zStatespace',
  'statsmodels.tsa.statespace._simulation_smoother':
    'cSimulationSmoother dSimulationSmoother sSimulationSmoother zSimulationSmoother',
  tokenizers: 'Tokenizer',
};

/** True for an exact, canonical pair on the list, and for a method of a class of Python's own on it. */
export function isAllowed(module: string, name: string): boolean {
  if (ALLOWED.has(`${module}\n${name}`)) return true;
  const dot = name.indexOf('.');
  if (dot < 0 || !isStandardValue(module, name.slice(0, dot))) return false;
  return isValueAttribute(module, name.slice(dot + 1));
}

/** True for a class or function of the standard library that only computes on its arguments. */
export function isStandardValue(module: string, name: string): boolean {
  return STANDARD.has(`${module}\n${name}`);
}

const STANDARD: ReadonlySet<string> = new Set([
  ...Object.entries(STANDARD_VALUES).flatMap(([module, names]) => names.map((name) => `${module}\n${name}`)),
  ...Object.entries(PYTHON).flatMap(([module, names]) => names.split(' ').map((name) => `${module}\n${name}`)),
]);

const ALLOWED: ReadonlySet<string> = new Set([
  ...STANDARD,
  ...[NUMPY, TORCH, SCIKIT, SERIALIZERS, SPACY, COMPILED].flatMap((list) =>
    Object.entries(list).flatMap(([module, names]) => names.split(' ').map((name) => `${module}\n${name}`)),
  ),
]);
