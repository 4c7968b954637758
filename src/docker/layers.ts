/** The kinds of sandbox image: each can load some formats, and a model waits for no framework but its own. */
import { DEFAULT_PYTHON, type PythonVersion } from '../config/settings.js';
import { distributionsOf } from './distributions.js';

export const LAYERS = ['core', 'torch', 'formats', 'tensorflow', 'transformers'] as const;
export type Layer = (typeof LAYERS)[number];

export interface LayerPackages {
  /** Size of an image without others that share its layers, for the user (docs/images.md). */
  readonly gigabytes: number;
  /** Debian's packages above those of `core`. */
  readonly debian: readonly string[];
  /** What pip adds, in sandbox/: a complete list, or none. */
  readonly requirements?: string;
}

export const LAYER_PACKAGES: Readonly<Record<Layer, LayerPackages>> = {
  core: { gigabytes: 0.6, debian: [] },
  torch: { gigabytes: 1.7, debian: ['python3-torch'] },
  formats: {
    gigabytes: 1.2,
    debian: [
      ...['python3-onnx', 'python3-xgboost', 'python3-pandas'],
      ...['python3-jinja2', 'python3-yaml', 'python3-tqdm', 'python3-requests', 'python3-packaging'],
      ...['locales'],
    ],
    requirements: 'requirements/formats.txt',
  },
  tensorflow: {
    gigabytes: 2.1,
    debian: ['python3-requests', 'python3-packaging', 'python3-typing-extensions'],
    requirements: 'requirements/tensorflow.txt',
  },
  // As torch: the same step of the build gives both.
  transformers: { gigabytes: 1.8, debian: ['python3-torch'], requirements: 'requirements/transformers.txt' },
};

/**
 * Release series of packages that Debian's release for a Python has, in every layer or, of torch, in all that have it, so that nothing is
 * installed over them. Its packages for other Pythons are known to no file here: there pip is asked, and finds them there.
 */
export const HELD_SERIES: Readonly<Partial<Record<PythonVersion, Readonly<Record<string, string>>>>> = {
  '3.9': { 'scikit-learn': '0.23', numpy: '1.19', scipy: '1.6', joblib: '0.17' },
  '3.11': { 'scikit-learn': '1.2', numpy: '1.24', scipy: '1.10', joblib: '1.2', torch: '1.13' },
  '3.13': { 'scikit-learn': '1.4', numpy: '2.2', scipy: '1.15', joblib: '1.4', torch: '2.6' },
};

/** Packages that images take from Debian only: as wheels they bring several gigabytes for graphics cards, which a scan does not need. */
export const OF_DEBIAN: ReadonlySet<string> = new Set(['torch']);

/** The layers that there are for a Python: what pip has to put into the others is pinned for one, and only Debian has a small torch. */
export function layersFor(python: PythonVersion): readonly Layer[] {
  if (python === DEFAULT_PYTHON) return LAYERS;
  return WITH_TORCH.includes(python) ? ['core', 'torch'] : ['core'];
}

/** The torch of Debian 11 does not work with the Python of Debian 11. */
const WITH_TORCH: readonly PythonVersion[] = ['3.11', '3.14'];

/** The Python versions whose images are made of Debian's packages. */
export const DEBIAN_PYTHONS: readonly PythonVersion[] = ['3.9', '3.11', '3.13', '3.14'];

/** What `core` has of Debian, for an image of a registry's Python: pip's newest that have wheels for it. */
export const CORE_REQUIREMENTS = ['numpy', 'joblib', 'dill', 'cloudpickle', 'scikit-learn', 'lz4'].join('\n');

/**
 * Modules that Python can import in the layer besides those of `core`, out of those that models ask for; Python's own modules always count as
 * present.
 */
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

/** Modules that every run in an image of the layer imports before its model is read. */
export const FRAMEWORKS: Readonly<Record<Layer, readonly string[]>> = {
  core: [],
  torch: ['torch'],
  formats: [],
  tensorflow: ['tensorflow', 'keras'],
  transformers: ['torch', 'transformers'],
};

/** Packages that an image's harmless models need besides (sandbox/harmless.py), where they are installed. */
export const HARMLESS_IMPORTS: readonly string[] = ['catboost', 'lightgbm', 'numba', 'skops', 'sklearn', 'xgboost'];

/**
 * The layer for a model of a format that `smallest` can load and that asks for these modules: the first of those that have the most of
 * them. A format that needs a layer of its own stays there, as no other one can load it.
 */
export function layerFor(smallest: Layer, needs: readonly string[], python: PythonVersion = DEFAULT_PYTHON): Layer {
  const had = (layer: Layer) => needs.filter((module) => isInLayer(layer, module)).length;
  const there = layersFor(python);
  return ableLayers(smallest)
    .filter((layer) => there.includes(layer))
    .reduce((best, layer) => (had(layer) > had(best) ? layer : best), smallest);
}

/**
 * Packages that load functions of other Python versions are plain Python and read what their older versions wrote, not what newer ones wrote:
 * versions that an older Debian has are replaced.
 */
const READS_OLDER: Readonly<Record<string, string>> = { cloudpickle: 'cloudpickle>=3', dill: 'dill>=0.3.8' };

/** For a Python other than the usual one: packages, of those that are asked for: for a Python that has no such layer. */
export function packagesFor(layer: Layer, needs: readonly string[]): string[] {
  const newer = needs.flatMap((module) => (Object.hasOwn(READS_OLDER, module) ? [READS_OLDER[module] ?? ''] : []));
  const missing = needs.filter(
    (module) => !isInLayer(layer, module) && LAYERS.some((other) => isInLayer(other, module)),
  );
  return [...new Set([...newer, ...distributionsOf(missing).filter((name) => !OF_DEBIAN.has(name))])].sort();
}

/** Those that can load what `smallest` can. */
export function ableLayers(smallest: Layer): readonly Layer[] {
  return smallest === 'core' ? LAYERS : smallest === 'torch' ? ['torch', 'transformers'] : [smallest];
}

/** Whether every image of the layer has the module, by the lists above. */
export function isInLayer(layer: Layer, module: string): boolean {
  return MODULES.core.includes(module) || MODULES[layer].includes(module);
}
