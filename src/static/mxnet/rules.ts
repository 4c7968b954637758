/** The rules about models of MXNet. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const MXNET_RULES = {
  'STATIC-MXNET-POINTER': {
    severity: 'high',
    category: 'execution',
    title: 'The MXNet model calls an address in memory',
    explain: (subject) =>
      `${subject}. Its attribute is the address of a function, which MXNet calls: in a file it can only be wrong, or chosen by who made the file.`,
    harmless: 'Never in a file: an address is right only in the process that made it.',
    attack: 'T1106',
    advice: DO_NOT_LOAD,
  },
  'STATIC-MXNET-CUSTOM': {
    severity: 'medium',
    category: 'execution',
    title: 'The MXNet model runs an operation that is code of its own',
    explain: (subject) =>
      `${subject}. It calls Python code, or a library, that somebody registered under the name in the model. It is harmless where you know that code and trust it.`,
    attack: 'T1129',
    advice: LOOK_FIRST,
  },
  'STATIC-MXNET-LIBRARY': {
    severity: 'high',
    category: 'execution',
    title: 'The MXNet model names a native library',
    explain: (subject) =>
      `${subject}. A library for operations or subgraphs is loaded into the process and does what it likes there. MXNet writes none into a model.`,
    harmless: 'Where you built the library yourself and it lies where only you can write.',
    attack: 'T1129',
    advice: DO_NOT_LOAD,
  },
} as const satisfies StaticRules;
