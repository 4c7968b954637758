/** The rules about the settings of Triton's models. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const TRITON_RULES = {
  'STATIC-TRITON-CODE': {
    severity: 'high',
    category: 'execution',
    title: 'The settings of a Triton model name code that the server loads',
    explain: (subject) =>
      `${subject}. Triton loads libraries of operations, backends and environments with the model, into the server. It is harmless where you built what is named yourself.`,
    attack: 'T1129',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
