/**
 * The kinds of model file: one entry for each has all facts about it except code. Its analyser is in `static/formats.ts`, its loader in
 * `sandbox/loaders.py`. docs/architecture.md says how to add one.
 */

/** The images of the sandbox, see docker/layers.ts. */
type Layer = 'core' | 'torch' | 'formats' | 'tensorflow' | 'transformers';

/**
 * For a format that is a folder: the file that is detected as one stands for the folder that it lies in, and `size` and `folderSha256` of the report
 * are those of the model's files. A folder that claims to be a model must not keep another model from the sandbox: names decide what its scan covers,
 * and any other file there can be a model of its own.
 */
interface FolderDescriptor {
  /** Names of the file that stands for it. */
  readonly by: readonly string[];
  /** Which files are the model's, by the first part of their path; no others are shown to it. */
  readonly content: readonly string[] | 'all';
  /** Names at the top that the model's scan covers: they are not scanned for themselves. */
  readonly covers: RegExp;
  /** Folders at the top, and names in them that it covers. */
  readonly coversIn?: readonly (readonly [folder: RegExp, names: RegExp])[];
}

interface FormatDescriptor {
  /** The name that the user sees. */
  readonly label: string;
  /** File extensions that the format usually has: they decide where the editor offers a scan. The format of a file is detected by content. */
  readonly endings?: readonly string[];
  /** Endings that promise this format: another content under such a name is a finding. `.bin`, `.pt` and the like promise nothing. */
  readonly promised?: readonly string[];
  /** The reason that detection gives: `it begins with …`. */
  readonly reason?: string;
  /** No pickle begins like this, so that the magic number decides before a pickle is tried. */
  readonly unmistakable?: true;
  /** The second format that the same content can be detected as. */
  readonly kind?: 'zip' | 'pickle';
  /** Found beside models and inside archives, but no model by itself. */
  readonly sidecar?: true;
  /** Read and never run: `text`, in which a sandbox could load nothing, and `data`, which is numbers and words alone to its end. */
  readonly inert?: 'text' | 'data';
  /** It holds numbers as they are, among which a program could lie. Archives are searched member by member. */
  readonly numbers?: true;
  readonly folder?: FolderDescriptor;
  /** The smallest image that can load it; without one the sandbox has no loader. */
  readonly layer?: Layer;
  /** The module that loads it, where not each image of that layer has it. */
  readonly module?: string;
  /** The ending by which the format's own library knows it; others go by the content, or by nothing. */
  readonly ending?: string;
}

const DESCRIPTORS = {
  pickle: { label: 'Python pickle', endings: ['pkl', 'pickle'], kind: 'pickle', numbers: true, layer: 'core' },
  joblib: { label: 'joblib pickle', endings: ['joblib'], kind: 'pickle', numbers: true, layer: 'core' },
  dill: { label: 'dill pickle', endings: ['dill'], kind: 'pickle', numbers: true, layer: 'core' },
  cloudpickle: {
    label: 'cloudpickle pickle',
    endings: ['cloudpickle'],
    kind: 'pickle',
    numbers: true,
    layer: 'core',
  },
  npy: {
    label: 'NumPy array (.npy)',
    endings: ['npy'],
    promised: ['npy'],
    reason: 'it begins with the NumPy magic',
    unmistakable: true,
    numbers: true,
    layer: 'core',
  },
  npz: { label: 'NumPy archive (.npz)', endings: ['npz'], promised: ['npz'], kind: 'zip', layer: 'core' },
  'torch-zip': { label: 'PyTorch checkpoint (zip)', endings: ['pt', 'pth', 'ckpt'], kind: 'zip', layer: 'torch' },
  'torch-legacy': { label: 'PyTorch checkpoint (legacy)', kind: 'pickle', numbers: true, layer: 'torch' },
  torchscript: { label: 'TorchScript program', kind: 'zip', layer: 'torch' },
  'torch-export': { label: 'PyTorch exported program (.pt2)', endings: ['pt2'], kind: 'zip', layer: 'torch' },
  keras: {
    label: 'Keras model (.keras)',
    endings: ['keras'],
    promised: ['keras'],
    kind: 'zip',
    layer: 'tensorflow',
    ending: '.keras',
  },
  hdf5: {
    label: 'HDF5 file (Keras .h5)',
    endings: ['h5', 'hdf5'],
    // Keras 2 wrote HDF5 under the name of Keras 3, too.
    promised: ['h5', 'hdf5', 'keras'],
    reason: 'it has the HDF5 signature',
    unmistakable: true,
    numbers: true,
    layer: 'tensorflow',
    ending: '.h5',
  },
  safetensors: {
    label: 'SafeTensors',
    endings: ['safetensors'],
    promised: ['safetensors'],
    reason: 'it begins with a SafeTensors header',
    unmistakable: true,
    numbers: true,
    layer: 'formats',
  },
  gguf: {
    label: 'GGUF',
    endings: ['gguf'],
    promised: ['gguf'],
    reason: 'it begins with the GGUF magic',
    unmistakable: true,
    numbers: true,
    layer: 'formats',
  },
  ggml: { label: 'GGML (before GGUF)', promised: ['ggml'], numbers: true },
  onnx: {
    label: 'ONNX',
    endings: ['onnx'],
    promised: ['onnx', 'pb'],
    reason: 'it has the fields of an ONNX model',
    numbers: true,
    layer: 'formats',
  },
  'onnx-tensor': {
    label: 'ONNX array (.pb)',
    promised: ['pb'],
    reason: 'it has the fields of an array of ONNX, and no others',
    inert: 'data',
    numbers: true,
  },
  tflite: {
    label: 'TensorFlow Lite',
    endings: ['tflite'],
    promised: ['tflite'],
    reason: 'it has the TensorFlow Lite file identifier',
    unmistakable: true,
    numbers: true,
    layer: 'tensorflow',
    ending: '.tflite',
  },
  savedmodel: {
    label: 'TensorFlow SavedModel',
    endings: ['pb'],
    promised: ['pb'],
    reason: 'it has the fields of a SavedModel',
    numbers: true,
    // https://www.tensorflow.org/guide/saved_model#the_savedmodel_format_on_disk
    folder: {
      by: ['saved_model.pb'],
      content: ['saved_model.pb', 'variables', 'assets', 'assets.extra', 'keras_metadata.pb', 'fingerprint.pb'],
      covers: /^(?:keras_metadata|fingerprint)\.pb$/,
      coversIn: [[/^variables$/, /^variables\.(?:index|data-\d{5}-of-\d{5})$/]],
    },
    layer: 'tensorflow',
  },
  graphdef: {
    label: 'TensorFlow graph (.pb)',
    promised: ['pb'],
    reason: "it has the fields of TensorFlow's GraphDef",
    numbers: true,
    layer: 'tensorflow',
    ending: '.pb',
  },
  'graph-text': { label: 'TensorFlow graph as text (.pbtxt)' },
  metagraph: {
    label: 'TensorFlow checkpoint graph (.meta)',
    promised: ['pb'],
    reason: "it has the fields of TensorFlow's MetaGraphDef",
  },
  'tf-checkpoint': {
    label: 'TensorFlow checkpoint index (.index)',
    reason: 'it ends like the index of a TensorFlow checkpoint',
  },
  'keras-metadata': {
    label: 'Keras metadata of a SavedModel',
    promised: ['pb'],
    reason: 'it has the fields of Keras metadata',
  },
  skops: {
    label: 'skops archive',
    endings: ['skops'],
    promised: ['skops'],
    kind: 'zip',
    // As a pickle's, its estimators are of one scikit-learn and one Python: their image has what it names.
    layer: 'core',
    module: 'skops',
  },
  xgboost: {
    label: 'XGBoost model',
    endings: ['ubj'],
    promised: ['ubj'],
    reason: "it begins like XGBoost's JSON or UBJSON",
    unmistakable: true,
    layer: 'formats',
  },
  lightgbm: {
    label: 'LightGBM model',
    reason: 'it begins with the first lines of a LightGBM model',
    unmistakable: true,
    layer: 'formats',
  },
  catboost: {
    label: 'CatBoost model',
    endings: ['cbm'],
    promised: ['cbm'],
    reason: 'it begins with the CatBoost magic',
    unmistakable: true,
    layer: 'formats',
  },
  fasttext: { label: 'fastText model', unmistakable: true, inert: 'data', numbers: true },
  crfsuite: { label: 'CRFsuite model', unmistakable: true, inert: 'data', numbers: true },
  word2vec: { label: 'word2vec vectors', inert: 'data', numbers: true },
  sentencepiece: { label: 'SentencePiece tokenizer', inert: 'data', numbers: true },
  coreml: { label: 'Core ML model', inert: 'data', numbers: true },
  msgpack: { label: 'MessagePack (Flax weights)', inert: 'data', numbers: true },
  torchserve: { label: 'TorchServe archive (.mar)', endings: ['mar'], kind: 'zip' },
  nemo: { label: 'NeMo checkpoint (.nemo)', endings: ['nemo'] },
  llamafile: {
    label: 'llamafile (a program with a model in it)',
    endings: ['llamafile'],
    reason: 'it begins like an actually portable executable',
    unmistakable: true,
  },
  openvino: {
    label: 'OpenVINO model (.xml)',
    promised: ['xml'],
    reason: "it begins like OpenVINO's XML",
    inert: 'text',
  },
  mxnet: { label: 'MXNet graph (-symbol.json)', reason: 'it begins like the graph of an MXNet model', inert: 'text' },
  'mxnet-params': {
    label: 'MXNet arrays (.params)',
    reason: 'it begins like a list of arrays of MXNet',
    inert: 'data',
    numbers: true,
  },
  paddle: {
    label: 'PaddlePaddle program (.pdmodel)',
    endings: ['pdmodel'],
    reason: 'it has the fields of a program of PaddlePaddle',
  },
  'paddle-params': {
    label: 'PaddlePaddle parameters (.pdiparams)',
    endings: ['pdiparams'],
    reason: 'it begins with a tensor of PaddlePaddle',
    inert: 'data',
    numbers: true,
  },
  tensorrt: {
    label: 'TensorRT engine',
    reason: "it begins with TensorRT's magic",
    unmistakable: true,
    numbers: true,
  },
  executorch: {
    label: 'ExecuTorch program (.pte)',
    endings: ['pte'],
    reason: "it has ExecuTorch's file identifier",
    unmistakable: true,
    numbers: true,
  },
  torch7: {
    label: 'Torch7 object (.t7)',
    endings: ['t7'],
    reason: 'it begins like an object of Torch7',
    numbers: true,
  },
  'lfs-pointer': { label: 'pointer of Git LFS', reason: 'it says that it is one', unmistakable: true },
  r: {
    label: 'R data (.rds, .rda)',
    endings: ['rds', 'rda', 'RData'],
    reason: 'it begins like data that R saved',
  },
  huggingface: {
    label: 'Hugging Face model folder',
    folder: {
      // What `from_pretrained` reads first; of a folder that has several, the first that qualifies stands for it.
      by: ['config.json', 'tokenizer_config.json', 'preprocessor_config.json', 'processor_config.json'],
      content: 'all',
      covers: /\.(?:safetensors|json|jinja|py|txt|ya?ml)$/,
    },
    layer: 'transformers',
  },
  orbax: {
    label: 'Orbax checkpoint folder',
    reason: 'it begins like the manifest of an OCDBT database',
    unmistakable: true,
    inert: 'data',
    // https://orbax.readthedocs.io/en/latest/guides/checkpoint/checkpoint_format.html
    folder: {
      by: ['manifest.ocdbt'],
      content: 'all',
      covers: /^(?:_METADATA|_CHECKPOINT_METADATA|_sharding|checkpoint|commit_success\.txt)$/,
      coversIn: [
        [/^d$/, /^[\da-f]{32}$/],
        [/^ocdbt\.process_\d+$/, /^manifest\.ocdbt$/],
      ],
    },
  },
  pmml: { label: 'PMML model', promised: ['pmml'] },
  json: { label: 'JSON', sidecar: true, inert: 'text' },
  yaml: { label: 'YAML', sidecar: true, inert: 'text' },
  toml: { label: 'TOML', sidecar: true, inert: 'text' },
  ini: { label: 'INI', sidecar: true, inert: 'text' },
  requirements: { label: 'list of Python packages', sidecar: true, inert: 'text' },
  xml: { label: 'XML', promised: ['pmml'], sidecar: true, inert: 'text' },
  jinja: { label: 'Jinja template', sidecar: true, inert: 'text' },
  python: { label: 'Python source', sidecar: true },
  script: { label: 'script', sidecar: true },
  marshal: { label: 'compiled Python code (marshal)', sidecar: true },
  executable: { label: 'program or native library', unmistakable: true, sidecar: true },
  wasm: { label: 'WebAssembly', unmistakable: true, sidecar: true },
  document: { label: 'document or picture', promised: ['png', 'jpg', 'jpeg', 'gif', 'pdf'], sidecar: true },
  zip: { label: 'ZIP archive', promised: ['npz'], kind: 'zip', sidecar: true },
  tar: { label: 'TAR archive', sidecar: true },
  sevenzip: { label: '7z archive', unmistakable: true, sidecar: true },
  rar: { label: 'RAR archive', unmistakable: true, sidecar: true },
  archive: { label: 'archive of another kind', sidecar: true },
  packed: { label: 'compressed file', sidecar: true },
  empty: { label: 'empty file' },
  unknown: { label: 'unknown content' },
} as const satisfies Readonly<Record<string, FormatDescriptor>>;

export type Format = keyof typeof DESCRIPTORS;

export const FORMATS: Readonly<Record<Format, FormatDescriptor>> = DESCRIPTORS;

const ALL = Object.keys(DESCRIPTORS) as Format[];

function those(fits: (descriptor: FormatDescriptor) => boolean): ReadonlySet<Format> {
  return new Set(ALL.filter((format) => fits(FORMATS[format])));
}

/** Archives of ZIP by what they hold. */
export const ZIP_FORMATS = those(({ kind }) => kind === 'zip');

/** Texts that are read and never run. */
export const TEXTS = those(({ inert }) => inert === 'text');

export type LoadableFormat = {
  [F in Format]: (typeof DESCRIPTORS)[F] extends { readonly layer: Layer } ? F : never;
}[Format];

export function isLoadable(format: Format): format is LoadableFormat {
  return FORMATS[format].layer !== undefined;
}

/** The smallest image that can load it. */
export function layerOf(format: LoadableFormat): Layer {
  return DESCRIPTORS[format].layer;
}
