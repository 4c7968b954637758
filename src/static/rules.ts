/** The rules of the static side, one table of each room. */
import { ARCHIVE_RULES } from './archive/rules.js';
import { COREML_RULES } from './coreml/rules.js';
import { CONTENT_RULES } from './content/rules.js';
import { GGUF_RULES } from './gguf/rules.js';
import { HDF5_RULES } from './hdf5/rules.js';
import { JINJA_RULES } from './jinja/rules.js';
import { KERAS_RULES } from './keras/rules.js';
import { LLAMAFILE_RULES } from './llamafile/rules.js';
import { MANIFEST_RULES } from './manifest/rules.js';
import { MXNET_RULES } from './mxnet/rules.js';
import { NAMED_RULES } from './named/rules.js';
import { NUMPY_RULES } from './numpy/rules.js';
import { ONNX_RULES } from './onnx/rules.js';
import { OPENVINO_RULES } from './openvino/rules.js';
import { PADDLE_RULES } from './paddle/rules.js';
import { PICKLE_RULES } from './pickle/rules.js';
import { PMML_RULES } from './pmml/rules.js';
import { PYTHON_RULES } from './python-source/rules.js';
import type { StaticRules } from './rule.js';
import { R_RULES } from './r/rules.js';
import { SAFETENSORS_RULES } from './safetensors/rules.js';
import { SECRET_RULES } from './secrets/rules.js';
import { SKOPS_RULES } from './skops/rules.js';
import { TENSORFLOW_RULES } from './tensorflow/rules.js';
import { TRITON_RULES } from './triton/rules.js';
import { TFLITE_RULES } from './tflite/rules.js';
import { TORCH_RULES } from './torch/rules.js';
import { TORCHSERVE_RULES } from './torchserve/rules.js';
import { WEIGHT_RULES } from './weights/rules.js';

export const STATIC_RULES = {
  ...ARCHIVE_RULES,
  ...CONTENT_RULES,
  ...COREML_RULES,
  ...GGUF_RULES,
  ...HDF5_RULES,
  ...JINJA_RULES,
  ...KERAS_RULES,
  ...LLAMAFILE_RULES,
  ...MANIFEST_RULES,
  ...MXNET_RULES,
  ...NAMED_RULES,
  ...NUMPY_RULES,
  ...ONNX_RULES,
  ...OPENVINO_RULES,
  ...PADDLE_RULES,
  ...PICKLE_RULES,
  ...PMML_RULES,
  ...PYTHON_RULES,
  ...R_RULES,
  ...SAFETENSORS_RULES,
  ...SECRET_RULES,
  ...SKOPS_RULES,
  ...TENSORFLOW_RULES,
  ...TRITON_RULES,
  ...TFLITE_RULES,
  ...TORCH_RULES,
  ...TORCHSERVE_RULES,
  ...WEIGHT_RULES,
} as const satisfies StaticRules;

export type StaticRuleId = keyof typeof STATIC_RULES;
