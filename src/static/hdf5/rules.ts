/** The rules about HDF5 files: what such a file can do beyond holding numbers. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const HDF5_RULES = {
  'STATIC-HDF5-EXTERNAL': {
    severity: 'high',
    category: 'file-write',
    title: 'The file takes data from other files',
    explain: (subject) =>
      `${subject}. A program that reads that group or dataset makes HDF5 open that file, and its bytes become weights, which the model can carry away. It would be harmless if the model was split on purpose and that part came with it.`,
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
  'STATIC-HDF5-BOMB': {
    severity: 'medium',
    category: 'resource-abuse',
    title: 'The file claims far more data than it holds',
    explain: (subject) =>
      `${subject}. Loading it fills memory with values that are not in the file. It would be harmless if those values are zeros on purpose.`,
    attack: 'T1499',
    advice: 'Load this file only where memory is limited.',
  },
} as const satisfies StaticRules;
