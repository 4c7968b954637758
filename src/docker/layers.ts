/** The kinds of sandbox image: each can load some formats, and a model waits for no framework but its own. */

export const LAYERS = ['core', 'torch', 'formats', 'tensorflow', 'transformers'] as const;
export type Layer = (typeof LAYERS)[number];

export interface LayerPackages {
  /** Debian's packages above those of `core`. */
  readonly debian: readonly string[];
  /** What pip adds, in sandbox/: a complete list, or none. */
  readonly requirements?: string;
}

export const LAYER_PACKAGES: Readonly<Record<Layer, LayerPackages>> = {
  core: { debian: [] },
  torch: { debian: ['python3-torch'] },
  formats: {
    debian: [
      ...['python3-onnx', 'python3-xgboost', 'python3-safetensors', 'python3-pandas'],
      ...['python3-jinja2', 'python3-yaml', 'python3-tqdm', 'python3-requests', 'python3-packaging'],
    ],
    requirements: 'requirements/formats.txt',
  },
  tensorflow: {
    debian: ['python3-requests', 'python3-packaging', 'python3-typing-extensions'],
    requirements: 'requirements/tensorflow.txt',
  },
  // As torch: the same step of the build gives both.
  transformers: { debian: ['python3-torch'], requirements: 'requirements/transformers.txt' },
};

/** What Python can import there besides what `core` has, by what models ask for; what Python itself has counts as there. */
const MODULES: Readonly<Record<Layer, readonly string[]>> = {
  core: ['numpy', 'scipy', 'sklearn', 'joblib', 'dill', 'cloudpickle', 'lz4', 'threadpoolctl'],
  torch: ['torch'],
  formats: [
    ...['onnx', 'onnxruntime', 'xgboost', 'lightgbm', 'catboost', 'safetensors', 'skops', 'gguf'],
    ...['pandas', 'jinja2', 'yaml', 'tqdm', 'requests', 'dateutil', 'pytz'],
  ],
  tensorflow: ['tensorflow', 'keras', 'tf_keras', 'h5py', 'ml_dtypes', 'optree', 'requests'],
  transformers: ['torch', 'transformers', 'tokenizers', 'safetensors', 'huggingface_hub', 'regex', 'tqdm', 'yaml'],
};

/**
 * The layer for a model of a format that `smallest` can load and that asks for these modules: the first of those that have the most of
 * them. A format that needs a layer of its own stays there, as no other one can load it.
 */
export function layerFor(smallest: Layer, needs: readonly string[]): Layer {
  const able: readonly Layer[] =
    smallest === 'core' ? LAYERS : smallest === 'torch' ? ['torch', 'transformers'] : [smallest];
  const had = (layer: Layer) => needs.filter((module) => [...MODULES.core, ...MODULES[layer]].includes(module)).length;
  return able.reduce((best, layer) => (had(layer) > had(best) ? layer : best), smallest);
}
