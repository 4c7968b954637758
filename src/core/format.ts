/** The kinds of model file, told by content. The label is what a person reads. */
export const FORMATS = {
  pickle: 'Python pickle',
  joblib: 'joblib pickle',
  dill: 'dill pickle',
  cloudpickle: 'cloudpickle pickle',
  npy: 'NumPy array (.npy)',
  npz: 'NumPy archive (.npz)',
  'torch-zip': 'PyTorch checkpoint (zip)',
  'torch-legacy': 'PyTorch checkpoint (legacy)',
  torchscript: 'TorchScript program',
  'torch-export': 'PyTorch exported program (.pt2)',
  keras: 'Keras model (.keras)',
  hdf5: 'HDF5 file (Keras .h5)',
  safetensors: 'SafeTensors',
  gguf: 'GGUF',
  ggml: 'GGML (before GGUF)',
  onnx: 'ONNX',
  'onnx-tensor': 'ONNX array (.pb)',
  tflite: 'TensorFlow Lite',
  savedmodel: 'TensorFlow SavedModel',
  graphdef: 'TensorFlow graph (.pb)',
  'graph-text': 'TensorFlow graph as text (.pbtxt)',
  metagraph: 'TensorFlow checkpoint graph (.meta)',
  'tf-checkpoint': 'TensorFlow checkpoint index (.index)',
  'keras-metadata': 'Keras metadata of a SavedModel',
  skops: 'skops archive',
  xgboost: 'XGBoost model',
  lightgbm: 'LightGBM model',
  catboost: 'CatBoost model',
  fasttext: 'fastText model',
  crfsuite: 'CRFsuite model',
  word2vec: 'word2vec vectors',
  sentencepiece: 'SentencePiece tokenizer',
  coreml: 'Core ML model',
  msgpack: 'MessagePack (Flax weights)',
  huggingface: 'Hugging Face model folder',
  pmml: 'PMML model',
  json: 'JSON',
  yaml: 'YAML',
  toml: 'TOML',
  ini: 'INI',
  requirements: 'list of Python packages',
  xml: 'XML',
  jinja: 'Jinja template',
  python: 'Python source',
  script: 'script',
  marshal: 'compiled Python code (marshal)',
  executable: 'program or native library',
  wasm: 'WebAssembly',
  document: 'document or picture',
  zip: 'ZIP archive',
  tar: 'TAR archive',
  sevenzip: '7z archive',
  rar: 'RAR archive',
  archive: 'archive of another kind',
  packed: 'compressed file',
  empty: 'empty file',
  unknown: 'unknown content',
} as const;

export type Format = keyof typeof FORMATS;

/** Archives of ZIP by what they hold. */
export const ZIP_FORMATS: ReadonlySet<Format> = new Set<Format>([
  'zip',
  'npz',
  'torch-zip',
  'torchscript',
  'torch-export',
  'keras',
  'skops',
]);

/** Found beside models and inside archives, but no model by itself. */
export const COMPANIONS: ReadonlySet<Format> = new Set<Format>([
  ...(['zip', 'tar', 'sevenzip', 'rar', 'archive', 'packed'] as const),
  ...([
    'json',
    'yaml',
    'toml',
    'ini',
    'requirements',
    'xml',
    'jinja',
    'python',
    'marshal',
    'script',
    'executable',
    'wasm',
    'document',
  ] as const),
]);

/** Texts that are read and never run: there is nothing in them that a sandbox could load. */
export const TEXTS: ReadonlySet<Format> = new Set<Format>([
  ...(['json', 'yaml', 'toml', 'ini', 'requirements', 'xml', 'jinja'] as const),
]);

/** Read and never run: texts, and what is numbers and words alone to its end. */
export const NEVER_RUN: ReadonlySet<Format> = new Set<Format>([
  ...TEXTS,
  ...(['onnx-tensor', 'fasttext', 'crfsuite', 'word2vec', 'sentencepiece', 'coreml', 'msgpack'] as const),
]);

/**
 * Formats that are a folder: the file that is told to be one stands for the folder that it lies in, and `size` and `folderSha256` of the report are
 * those of the model's files. Which those are, by their first part: `all`, or these, so that nothing else that happens to lie there is shown
 * to the model. https://www.tensorflow.org/guide/saved_model#the_savedmodel_format_on_disk
 */
export const FOLDERS: Readonly<Partial<Record<Format, readonly string[] | 'all'>>> = {
  savedmodel: ['saved_model.pb', 'variables', 'assets', 'assets.extra', 'keras_metadata.pb', 'fingerprint.pb'],
  huggingface: 'all',
};

/** Formats that the sandbox has a loader for, and the smallest image that can load them (docker/layers.ts). */
export const LOADABLE = {
  pickle: 'core',
  joblib: 'core',
  dill: 'core',
  cloudpickle: 'core',
  npy: 'core',
  npz: 'core',
  'torch-zip': 'torch',
  'torch-legacy': 'torch',
  torchscript: 'torch',
  'torch-export': 'torch',
  onnx: 'formats',
  safetensors: 'formats',
  gguf: 'formats',
  skops: 'formats',
  xgboost: 'formats',
  lightgbm: 'formats',
  catboost: 'formats',
  keras: 'tensorflow',
  hdf5: 'tensorflow',
  savedmodel: 'tensorflow',
  graphdef: 'tensorflow',
  tflite: 'tensorflow',
  huggingface: 'transformers',
} as const satisfies Partial<Record<Format, string>>;
export type LoadableFormat = keyof typeof LOADABLE;

export function isLoadable(format: Format): format is LoadableFormat {
  return Object.hasOwn(LOADABLE, format);
}

/** The ending by which the format's own library knows it; others go by the content, or by nothing. */
export function endingOf(format: Format): string {
  return { keras: '.keras', hdf5: '.h5', graphdef: '.pb', tflite: '.tflite' }[format as string] ?? '';
}
