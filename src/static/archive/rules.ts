/** The rules about archives and packed files. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const ARCHIVE_RULES = {
  'STATIC-ZIP-DIFFERENCE': {
    severity: 'medium',
    category: 'evasion',
    title: 'The archive shows different things to different readers',
    explain: (subject) => `In this archive, ${subject}. A loader and a scanner can so be shown different contents.`,
    harmless:
      'A tool that appends to archives, or a download that was cut off, can leave such a difference; save the model again and it is gone.',
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-ARCHIVE-PATH': {
    severity: 'high',
    category: 'file-write',
    title: 'The archive writes outside the folder it is unpacked in',
    explain: (subject) =>
      `${subject}. A program that unpacks it without checks overwrites files elsewhere, such as start-up scripts. It would be harmless only to programs that read the archive without unpacking it.`,
    attack: 'T1036.005',
    advice: 'Do not unpack this archive. Ask its author for one whose names stay inside.',
  },
  'STATIC-ARCHIVE-LINK': {
    severity: 'high',
    category: 'file-write',
    title: 'The archive holds a link that leads outside',
    explain: (subject) =>
      `${subject}. Unpacked, it gives away a file of the machine under the name of a part of the model, or lets a later member write through it. A link that stays inside the archive would be harmless.`,
    attack: 'T1547.009',
    advice: 'Do not unpack this archive. Ask its author for one without links.',
  },
  'STATIC-ARCHIVE-DEVICE': {
    severity: 'medium',
    category: 'content',
    title: 'The archive holds a device or a pipe',
    explain: (subject) =>
      `${subject}. No model needs one; unpacked with rights, it reaches the machine's hardware or makes readers wait for ever.`,
    harmless: 'In an archive of a whole system, such as an image of a container; an archive of a model has none.',
    advice: 'Do not unpack this archive.',
  },
  'STATIC-ARCHIVE-BOMB': {
    severity: 'medium',
    category: 'resource-abuse',
    title: 'The archive unpacks to far more than it should',
    explain: (subject) =>
      `${subject}. Unpacking it fills memory or disk, and scanners that give up at a limit miss what comes after. It would be harmless when the data is mostly zeros, as of layers that were never trained.`,
    attack: 'T1499.001',
    advice: 'Unpack it only where memory and disk are bounded.',
  },
  'STATIC-ARCHIVE-ENCRYPTED': {
    severity: 'medium',
    category: 'evasion',
    title: 'A part of the archive is encrypted',
    explain: (subject) =>
      `${subject}. What is in it cannot be inspected, and loaders of models ask for no password: it is hidden from scanners, or unpacked by other means. It would be harmless when you know who locked it and why.`,
    attack: 'T1027.013',
    advice: 'Ask for the password, unpack it, and scan what comes out.',
  },
  'STATIC-ARCHIVE-UNREADABLE': {
    severity: 'medium',
    category: 'evasion',
    title: 'The file is packed in a way that no model library reads',
    explain: (subject) =>
      `${subject}, which no loader of models unpacks. Models were published like this to get past scanners, with instructions to unpack them by hand. It would be harmless when it is just an archive.`,
    attack: 'T1027.015',
    advice: 'Unpack it in a sandbox and scan what comes out.',
  },
} as const satisfies StaticRules;
