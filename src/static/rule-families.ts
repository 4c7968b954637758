/** What the rules of one family have in common on their pages: what to use in its place, and where to read on. */
import type { Reference } from '../core/rule-page.js';

export interface RuleFamily {
  readonly instead: string;
  readonly references: readonly Reference[];
}

const SAFETENSORS: Reference = { name: 'SafeTensors', url: 'https://huggingface.co/docs/safetensors' };
const PICKLE: Reference = { name: 'Python: pickle, its warning', url: 'https://docs.python.org/3/library/pickle.html' };
const KERAS: Reference = { name: 'Keras: saving and safe_mode', url: 'https://keras.io/api/models/model_saving_apis/' };
const REMOTE_CODE: Reference = {
  name: 'Transformers: custom models and trust_remote_code',
  url: 'https://huggingface.co/docs/transformers/custom_models',
};
const TENSORFLOW: Reference = {
  name: 'TensorFlow: using it securely',
  url: 'https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md',
};
const TORCH: Reference = {
  name: 'PyTorch: torch.load and weights_only',
  url: 'https://docs.pytorch.org/docs/stable/generated/torch.load.html',
};

/** By the beginning of a rule's id, the longest that fits. */
const FAMILIES: Readonly<Record<string, RuleFamily>> = {
  'STATIC-': {
    instead: 'Take the model from its author, compare its hash, and prefer a format that holds no code.',
    references: [SAFETENSORS],
  },
  'STATIC-PICKLE': {
    instead:
      'Save the weights alone as SafeTensors; what has to stay a pickle is read by torch.load(…, weights_only=True).',
    references: [PICKLE, TORCH, SAFETENSORS],
  },
  'STATIC-ZIP': {
    instead: 'Unpack it in a sandbox and pack it anew with one tool, or ask for it in one file.',
    references: [{ name: 'The ZIP format (APPNOTE)', url: 'https://support.pkware.com/pkzip/appnote' }],
  },
  'STATIC-ARCHIVE': {
    instead: 'Unpack archives with a tool that checks names and links, such as tarfile with filter="data".',
    references: [
      {
        name: 'Python: tarfile, extraction filters',
        url: 'https://docs.python.org/3/library/tarfile.html#extraction-filters',
      },
      { name: 'CWE-22 Path Traversal', url: 'https://cwe.mitre.org/data/definitions/22.html' },
    ],
  },
  'STATIC-COREML': {
    instead: 'Convert the model from its source with coremltools yourself.',
    references: [{ name: 'coremltools', url: 'https://apple.github.io/coremltools/' }],
  },
  'STATIC-GGUF': {
    instead: 'Take the file from the project that converted it, or convert the SafeTensors of the model yourself.',
    references: [{ name: 'The GGUF format', url: 'https://github.com/ggml-org/ggml/blob/master/docs/gguf.md' }],
  },
  'STATIC-HDF5': {
    instead: 'Ask for a file that has all its data inside, or for the weights as SafeTensors.',
    references: [
      { name: 'HDF5: external storage', url: 'https://support.hdfgroup.org/documentation/hdf5/latest/' },
      KERAS,
    ],
  },
  'STATIC-JINJA': {
    instead:
      'Render chat templates in ImmutableSandboxedEnvironment of Jinja2 alone, or use the template of the original model.',
    references: [{ name: 'Jinja: sandbox', url: 'https://jinja.palletsprojects.com/en/stable/sandbox/' }],
  },
  'STATIC-KERAS': {
    instead:
      'Build the model from code that you have, and load its weights alone (.weights.h5), with the newest Keras and safe_mode on.',
    references: [KERAS],
  },
  'STATIC-LLAMAFILE': {
    instead: 'Take the weights out of the file and run them with a llama.cpp of your own.',
    references: [{ name: 'llamafile', url: 'https://github.com/mozilla-ai/llamafile' }],
  },
  'STATIC-MANIFEST': {
    instead: 'Write a configuration of your own for the weights, or compare this one with that of the original model.',
    references: [REMOTE_CODE, { name: 'PyYAML: safe_load', url: 'https://pyyaml.org/wiki/PyYAMLDocumentation' }],
  },
  'STATIC-MXNET': {
    instead: 'Convert the model to ONNX in a sandbox; MXNet is no longer maintained.',
    references: [{ name: 'Apache MXNet', url: 'https://mxnet.apache.org/' }],
  },
  'STATIC-NUMPY': {
    instead: 'Save arrays with numpy.save and read them with allow_pickle=False, which is the default.',
    references: [
      { name: 'NumPy: the .npy format', url: 'https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html' },
    ],
  },
  'STATIC-ONNX': {
    instead:
      'Export the model anew, with its external data in the same folder, and load it with libraries that you chose.',
    references: [{ name: 'ONNX: external data', url: 'https://onnx.ai/onnx/repo-docs/ExternalData.html' }],
  },
  'STATIC-OPENVINO': {
    instead: 'Convert the model from its source yourself.',
    references: [{ name: 'OpenVINO: the IR format', url: 'https://docs.openvino.ai/' }],
  },
  'STATIC-PADDLE': {
    instead: 'Export the model for inference anew, or convert it to ONNX in a sandbox.',
    references: [
      { name: 'PaddlePaddle', url: 'https://www.paddlepaddle.org.cn/documentation/docs/en/guides/index_en.html' },
    ],
  },
  'STATIC-PMML': {
    instead: 'Use an evaluator that calls only the functions of PMML.',
    references: [{ name: 'PMML: functions', url: 'https://dmg.org/pmml/v4-4-1/Functions.html' }],
  },
  'STATIC-PYTHON': {
    instead:
      'Use the class of the library in place of the code that comes with the model (trust_remote_code=False), or pin the revision that you read.',
    references: [REMOTE_CODE],
  },
  'STATIC-R': {
    instead: 'Ask for the coefficients as a table, or read the file in a container, with R 4.4.0 or newer.',
    references: [
      {
        name: 'R: serialization',
        url: 'https://cran.r-project.org/doc/manuals/r-release/R-ints.html#Serialization-Formats',
      },
    ],
  },
  'STATIC-SAFETENSORS': {
    instead: 'Save the tensors anew with the safetensors library.',
    references: [
      { name: 'The SafeTensors format', url: 'https://github.com/huggingface/safetensors#format' },
      SAFETENSORS,
    ],
  },
  'STATIC-SECRET': {
    instead: 'Keep keys in the environment or in a vault, and scan files for them before they are published.',
    references: [
      { name: 'CWE-798 Use of Hard-coded Credentials', url: 'https://cwe.mitre.org/data/definitions/798.html' },
    ],
  },
  'STATIC-SKOPS': {
    instead: 'Use the newest skops, and trust names one by one after skops.io.get_untrusted_types has listed them.',
    references: [{ name: 'skops: persistence', url: 'https://skops.readthedocs.io/en/stable/persistence.html' }],
  },
  'STATIC-TF': {
    instead: 'Rebuild the model from code that you have, and load its weights alone.',
    references: [TENSORFLOW],
  },
  'STATIC-TFLITE': {
    instead: 'Convert the model from its source yourself, and use an interpreter that is up to date.',
    references: [
      { name: 'LiteRT: custom operators', url: 'https://ai.google.dev/edge/litert/models/ops_custom' },
      TENSORFLOW,
    ],
  },
  'STATIC-TORCHSERVE': {
    instead:
      'Make the archive yourself with torch-model-archiver, from weights as SafeTensors and a handler that you read.',
    references: [{ name: 'TorchServe: security', url: 'https://github.com/pytorch/serve/blob/master/SECURITY.md' }],
  },
  'STATIC-TORCH': {
    instead: 'Ask for the weights as SafeTensors, and export the program yourself from code that you have.',
    references: [TORCH, SAFETENSORS],
  },
  'STATIC-TRITON': {
    instead: 'Serve the model with a backend of the server itself, from a repository that only you can write to.',
    references: [
      {
        name: 'Triton: secure deployment',
        url: 'https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/customization_guide/deploy.html',
      },
    ],
  },
  'STATIC-WEIGHTS': {
    instead:
      'Test the model with examples of your own, and fine-tune or prune it if it decides about anything that matters.',
    references: [
      { name: 'Trojan Signatures in DNN Weights (Fields et al., 2021)', url: 'https://arxiv.org/abs/2109.02836' },
    ],
  },
};

export function familyOf(rule: string): RuleFamily {
  const [longest] = Object.keys(FAMILIES)
    .filter((start) => rule.startsWith(start))
    .sort((one, other) => other.length - one.length);
  return FAMILIES[longest ?? ''] ?? { instead: '', references: [] };
}
