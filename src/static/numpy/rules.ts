/** The rules about NumPy arrays. Those of objects are pickles, and judged as such. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const NUMPY_RULES = {
  'STATIC-NUMPY-HEADER': {
    severity: 'medium',
    category: 'evasion',
    title: "The array's header is not what NumPy writes",
    explain: (subject) =>
      `${subject}. Readers that believe the header read past the end of the file, take a wrong amount of memory, or see something else than was examined. A cut-off download shows the same.`,
    harmless: 'Where the download was cut off: fetch it again and compare the size.',
    attack: 'T1027',
    advice: 'Do not use the file: ask its author for one that numpy.save writes.',
  },
  'STATIC-NUMPY-TRAILING': {
    severity: 'medium',
    category: 'evasion',
    title: 'Bytes that are no array follow the array',
    explain: (subject) =>
      `${subject}. numpy.load does not read them: they are what a file that is two things at once hides. Several arrays in one file are harmless, and are not this.`,
    attack: 'T1027.009',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
