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
  keras: 'Keras model (.keras)',
  hdf5: 'HDF5 file (Keras .h5)',
  safetensors: 'SafeTensors',
  gguf: 'GGUF',
  onnx: 'ONNX',
  tflite: 'TensorFlow Lite',
  savedmodel: 'TensorFlow SavedModel',
  zip: 'ZIP archive',
  tar: 'TAR archive',
  packed: 'compressed file',
  empty: 'empty file',
  unknown: 'unknown content',
} as const;

export type Format = keyof typeof FORMATS;

/** Formats that the sandbox has a loader for today. */
export const LOADABLE = [
  'pickle',
  'joblib',
  'dill',
  'cloudpickle',
  'npy',
  'npz',
  'torch-zip',
  'torch-legacy',
  'torchscript',
] as const satisfies readonly Format[];
export type LoadableFormat = (typeof LOADABLE)[number];

export function isLoadable(format: Format): format is LoadableFormat {
  return (LOADABLE as readonly Format[]).includes(format);
}
