/** The rules about archives of TorchServe. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const TORCHSERVE_RULES = {
  'STATIC-TORCHSERVE-PATH': {
    severity: 'high',
    category: 'execution',
    title: 'The TorchServe archive names a file outside itself',
    explain: (subject) =>
      `${subject}. TorchServe imports handlers and opens weights by these names, below the folder that it unpacks the archive to; a path that leaves it takes another file of the machine.`,
    harmless: 'Never: the archiver writes names inside the archive.',
    attack: 'T1574',
    advice: DO_NOT_LOAD,
  },
  'STATIC-TORCHSERVE-RUNTIME': {
    severity: 'high',
    category: 'execution',
    title: 'The TorchServe archive chooses the program that serves it',
    explain: (subject) =>
      `${subject}. TorchServe starts the runtime as a program. The archiver writes python, or the name of one of its versions.`,
    harmless: 'Where your own server has an interpreter of this name, and you know what it is.',
    attack: 'T1059',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
