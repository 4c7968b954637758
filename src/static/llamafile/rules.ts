/** The rules about programs that carry a model. */
import { DO_NOT_LOAD, type StaticRules } from '../rule.js';

export const LLAMAFILE_RULES = {
  'STATIC-LLAMAFILE-SHELL': {
    severity: 'high',
    category: 'execution',
    title: 'The shell script in front of the program does more than start it',
    explain: (subject) =>
      `${subject}. A shell runs this before the program itself. The linker that makes such files (Cosmopolitan) writes the same few commands into each, and this is none of them. It would be harmless where the author added a line of their own (apelink -S).`,
    attack: 'T1059.004',
    advice: DO_NOT_LOAD,
  },
} as const satisfies StaticRules;
