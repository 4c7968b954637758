/** The rules about GGUF files and the formats of GGML before it. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const GGUF_RULES = {
  'STATIC-GGUF-LAYOUT': {
    severity: 'high',
    category: 'evasion',
    title: "The file's sizes and places do not fit together",
    explain: (subject) =>
      `${subject}. Readers in C that believe such a number read or write past their memory (CVE-2024-21802, CVE-2024-23496 and others of llama.cpp); that can run code. A cut-off download shows the same.`,
    harmless: 'Where the download was cut off: fetch it again and compare the size.',
    attack: 'T1203',
    advice: 'Do not load the file: ask its author for a whole one, and keep the program that loads it up to date.',
  },
  'STATIC-GGUF-HIDDEN': {
    severity: 'medium',
    category: 'evasion',
    title: 'The file holds bytes that belong to no tensor',
    explain: (subject) =>
      `${subject}. Nothing in the format reads them: they are what a file that is two things at once hides. llamafiles and some converters leave such bytes.`,
    harmless: 'In a llamafile, and in files of converters that fill up to a block.',
    attack: 'T1027.009',
    advice: LOOK_FIRST,
  },
  'STATIC-GGUF-NAME': {
    severity: 'medium',
    category: 'file-write',
    title: 'A key or a tensor is named like a path or a program',
    explain: (subject) =>
      `${subject}. Tools that write each to a file, or show names in a page, act on it. Names in this format are words joined by dots.`,
    harmless: 'Where the program that reads the file never makes a path or a page of a name.',
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-GGUF-TWICE': {
    severity: 'medium',
    category: 'evasion',
    title: 'A key or a tensor stands twice in the file',
    explain: (subject) =>
      `${subject}. Readers differ in which of the two they take, so that one is examined and the other used; llama.cpp refuses such files.`,
    harmless: 'Where both hold the same value, after a converter that writes a key twice.',
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-GGUF-CODE': {
    severity: 'medium',
    category: 'content',
    title: "The file's metadata is a command or Python code",
    explain: (subject) =>
      `${subject}. Metadata is data: such a text waits for a program that evaluates it. It is harmless as part of a description.`,
    attack: 'T1027.009',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
