/** The rules about TorchScript programs. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const TORCH_RULES = {
  'STATIC-TORCHSCRIPT-FILE': {
    severity: 'high',
    category: 'file-write',
    title: "The model's program reads or writes files",
    explain: (subject) => `${subject}. When the model is used, that reaches files of a name of the author's choosing.`,
    harmless: 'In a program of your own that is meant to read a file of its own.',
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
  'STATIC-TORCHSCRIPT-NETWORK': {
    severity: 'high',
    category: 'network',
    title: "The model's program calls other machines",
    explain: (subject) =>
      `${subject}. When the model is used, that runs functions on other machines and sends them data.`,
    harmless: 'In a program for training on several machines that you wrote yourself.',
    attack: 'T1071',
    advice: LOOK_FIRST,
  },
  'STATIC-TORCH-EXPRESSION': {
    severity: 'critical',
    category: 'execution',
    title: 'An expression of the exported program is code',
    explain: (subject) =>
      `${subject}. torch evaluates such expressions when it loads the program (sympy's sympify, which is Python's eval) or uses it. Those that torch writes compute sizes from symbols and numbers.`,
    harmless: 'Never in a program that torch exported: its expressions are sizes.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
} as const satisfies StaticRules;
