/** The rules about OpenVINO's models. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const OPENVINO_RULES = {
  'STATIC-OPENVINO-LIBRARY': {
    severity: 'high',
    category: 'execution',
    title: 'The OpenVINO model names a native library',
    explain: (subject) =>
      `${subject}. A library for operations is loaded into the process and does what it likes there. OpenVINO's converter writes none into a model; the program that loads the model names those that it trusts.`,
    harmless: 'Where you built or chose the library of operations yourself.',
    attack: 'T1129',
    advice: DO_NOT_LOAD,
  },
  'STATIC-OPENVINO-PATH': {
    severity: 'high',
    category: 'credential-access',
    title: 'The OpenVINO model names a file outside its folder',
    explain: (subject) =>
      `${subject}. The weights of a model lie in the file of its name beside it; a reader that follows the path opens any file of your machine.`,
    harmless: 'Never in a model that the converter wrote.',
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
