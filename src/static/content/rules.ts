/** The rules about the identity of a file, whatever its format. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const CONTENT_RULES = {
  'STATIC-CONTENT-MISMATCH': {
    severity: 'medium',
    category: 'evasion',
    title: 'The content is not what the name says',
    explain: (subject) =>
      `${subject}. A name that promises a format without code makes people and scanners let it through, while loaders that go by content read it as what it is. It would be harmless if only the wrong ending was chosen.`,
    attack: 'T1036.008',
    advice: 'Ask where the file comes from why it has this name; rename it to what it is before anything loads it.',
  },
  'STATIC-CONTENT-POLYGLOT': {
    severity: 'medium',
    category: 'evasion',
    title: 'The file is two things at once',
    explain: (subject) =>
      `${subject}. One program reads the one, another the other, so that a scanner and a loader can be shown different contents. Programs that carry their model behind themselves, such as llamafile, are made like this, too.`,
    harmless: 'In a llamafile, or another program that carries its model behind itself and that you chose to run.',
    attack: 'T1036.008',
    advice: LOOK_FIRST,
  },
  'STATIC-CONTENT-EXECUTABLE': {
    severity: 'medium',
    category: 'execution',
    title: 'There is a program where weights should be',
    explain: (subject) =>
      `${subject}. Weights need none; it waits to be started by hand or by other code of the model. It would be harmless in a package that is known to bring its own native library.`,
    attack: 'T1204.002',
    advice: LOOK_FIRST,
  },
  'STATIC-CONTENT-EMBEDDED-PROGRAM': {
    severity: 'medium',
    category: 'execution',
    title: 'There is a program among the numbers of the model',
    explain: (subject) =>
      `${subject}: its header is whole and makes sense, which numbers do not by chance. Weights carry programs that other code of the model, or a later stage, cuts out and starts. It would be harmless in a model that is known to bring its own kernels.`,
    attack: 'T1027.009',
    advice: LOOK_FIRST,
  },
  'STATIC-CONTENT-EMBEDDED-SCRIPT': {
    severity: 'info',
    category: 'content',
    title: 'There is a script among the numbers of the model',
    explain: (subject) =>
      `${subject}. Nothing starts it by itself. Models that were trained on code can hold such text.`,
    harmless: 'In a model that was trained on program text, and in a vocabulary with words of programs.',
    advice: 'Look at the bytes if you do not know what wrote them.',
  },
  'STATIC-CONTENT-BLACKLISTED': {
    severity: 'high',
    category: 'content',
    title: 'Something on your own list is in it',
    explain: (subject) =>
      `${subject}. The settings name it as something that no model here may hold or be called. It is harmless when the pattern is too wide.`,
    advice: 'Ask the person who keeps the list (setting denylist) what it stands for; do not load the model before.',
  },
} as const satisfies StaticRules;
