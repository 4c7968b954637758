/** The rules about TorchScript programs. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const TORCH_RULES = {
  'STATIC-TORCHSCRIPT-FILE': {
    severity: 'high',
    category: 'file-write',
    title: "The model's program reads or writes files",
    explain: (subject) => `${subject}. When the model is used, that reaches files of a name of the author's choosing.`,
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
  'STATIC-TORCHSCRIPT-NETWORK': {
    severity: 'high',
    category: 'network',
    title: "The model's program calls other machines",
    explain: (subject) =>
      `${subject}. When the model is used, that runs functions on other machines and sends them data.`,
    attack: 'T1071',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
