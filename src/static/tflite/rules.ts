/** The rules about TensorFlow Lite models. The effects of their Flex operators are judged as TensorFlow's. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const TFLITE_RULES = {
  'STATIC-TFLITE-CUSTOM-OP': {
    severity: 'low',
    category: 'content',
    title: 'The model needs operators that TensorFlow Lite does not have',
    explain: (subject) =>
      `${subject}. The program that uses the model has to bring native code for them, and that code can do anything. It is harmless where you know and trust that program.`,
    attack: 'T1129',
    advice: 'Find out which library these operators belong to, and load the model only with that library.',
  },
  'STATIC-TFLITE-FLEX': {
    severity: 'info',
    category: 'content',
    title: "The model runs some operators with TensorFlow's own kernels",
    explain: (subject) =>
      `${subject}. The Flex delegate gives a model operators that reach files and the network; those here only compute.`,
    harmless: 'Mostly: the operators that are named here only compute.',
    advice: 'Link the Flex delegate only into programs that need it.',
  },
  'STATIC-TFLITE-BOUNDS': {
    severity: 'medium',
    category: 'evasion',
    title: 'The model refers to places that it does not have',
    explain: (subject) =>
      `${subject}. An interpreter that does not check reads or writes memory that is not the model's (as in CVE-2020-15211 and CVE-2022-23558). It is harmless where the download was cut off.`,
    attack: 'T1203',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
