/** The rules about formats that are told and not read. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const NAMED_RULES = {
  'STATIC-TORCH7-FUNCTION': {
    severity: 'medium',
    category: 'execution',
    title: 'The Torch7 object holds a compiled function',
    explain: (subject) =>
      `${subject}. torch.load makes it a function again, and the model calls it when it is used. Models of layers hold none; it would be harmless in a model that was saved with its own training loop.`,
    attack: 'T1059.011',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
