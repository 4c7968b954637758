/** The rules about SafeTensors files. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const SAFETENSORS_RULES = {
  'STATIC-SAFETENSORS-LAYOUT': {
    severity: 'medium',
    category: 'evasion',
    title: "The file's tensors do not lie as its header says",
    explain: (subject) =>
      `${subject}. The format forbids that: the tensors follow each other without a hole, each as long as its type and shape make it. Readers without checks read past the end, or other bytes than were examined; the library refuses the file.`,
    harmless: 'Where the download was cut off: fetch it again and compare the size.',
    attack: 'T1027',
    advice: 'Do not use the file: ask its author for one that the safetensors library writes.',
  },
  'STATIC-SAFETENSORS-HIDDEN': {
    severity: 'medium',
    category: 'evasion',
    title: 'The file holds bytes that belong to no tensor',
    explain: (subject) =>
      `${subject}. Nothing in the format reads them: they are what a file that is two things at once hides. A cut-off download shows otherwise.`,
    harmless: 'Where a tool pads files to a block, and the bytes are zeros.',
    attack: 'T1027.009',
    advice: LOOK_FIRST,
  },
  'STATIC-SAFETENSORS-DUPLICATE': {
    severity: 'medium',
    category: 'evasion',
    title: 'The header names one tensor twice',
    explain: (subject) =>
      `${subject}. The format forbids that; readers differ in which of the two they take, so that one is examined and the other used.`,
    harmless: 'Never: the library writes each name once.',
    attack: 'T1027',
    advice: 'Do not use the file: ask its author for one that the safetensors library writes.',
  },
  'STATIC-SAFETENSORS-NAME': {
    severity: 'medium',
    category: 'file-write',
    title: 'A tensor is named like a path, a program or a page',
    explain: (subject) =>
      `${subject}. Tools that save each tensor to a file, or show names in a page, act on it. Names of tensors are words joined by dots.`,
    harmless: 'Where no tool makes a path or a page of a name.',
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-SAFETENSORS-CODE': {
    severity: 'medium',
    category: 'content',
    title: "The file's metadata is a command or Python code",
    explain: (subject) =>
      `${subject}. Metadata is data: such a text waits for a program that evaluates it. It is harmless as part of a description.`,
    attack: 'T1027.009',
    advice: LOOK_FIRST,
  },
  'STATIC-SAFETENSORS-LONG': {
    severity: 'info',
    category: 'content',
    title: "The file's metadata is unusually long",
    explain: (subject) =>
      `${subject}. Training tools write captions and settings there; data can be hidden there as well.`,
    harmless: 'In files of training tools, which write their whole configuration there.',
    advice: 'Look at the metadata if you do not know what wrote it.',
  },
  'STATIC-SAFETENSORS-ADDRESS': {
    severity: 'info',
    category: 'content',
    title: "The file's metadata names addresses",
    explain: (subject) =>
      `${subject}. Nothing connects to them by itself; most are those of a licence or of the authors.`,
    harmless: 'Mostly: addresses of licences, papers and authors.',
    advice: 'Do not open addresses of a file you do not trust.',
  },
} as const satisfies StaticRules;
