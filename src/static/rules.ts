/** The rules of the static side, one table of each room. */
import { ARCHIVE_RULES } from './archive/rules.js';
import { CONTENT_RULES } from './content/rules.js';
import { ONNX_RULES } from './onnx/rules.js';
import { PICKLE_RULES } from './pickle/rules.js';
import type { StaticRules } from './rule.js';
import { TENSORFLOW_RULES } from './tensorflow/rules.js';
import { TFLITE_RULES } from './tflite/rules.js';
import { TORCH_RULES } from './torch/rules.js';

export const STATIC_RULES = {
  ...ARCHIVE_RULES,
  ...CONTENT_RULES,
  ...ONNX_RULES,
  ...PICKLE_RULES,
  ...TENSORFLOW_RULES,
  ...TFLITE_RULES,
  ...TORCH_RULES,
} as const satisfies StaticRules;

export type StaticRuleId = keyof typeof STATIC_RULES;
