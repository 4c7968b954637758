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
