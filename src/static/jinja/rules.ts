/** The rules about Jinja2 templates. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

const DO_NOT_RENDER =
  'Do not use this template: replace it with the one of the original model, and tell the site that hosts the file.';

export const JINJA_RULES = {
  'STATIC-JINJA-PYTHON': {
    severity: 'critical',
    category: 'execution',
    title: "The template reaches into Python's own machinery",
    explain: (subject) =>
      `${subject}. From there a template gets at every class and module, and so at any command, as soon as a program renders it outside a sandboxed environment (CVE-2024-34359). Formatting messages never needs it.`,
    harmless:
      'Never: a template that formats messages needs no class of Python. A sandboxed environment refuses it, but not every program renders in one.',
    attack: 'T1221',
    advice: DO_NOT_RENDER,
  },
  'STATIC-JINJA-CALL': {
    severity: 'high',
    category: 'execution',
    title: 'The template calls a function that runs commands or opens files',
    explain: (subject) =>
      `${subject}. A template that formats messages has no such functions; it is harmless only if the program that renders it gave the name another meaning.`,
    attack: 'T1221',
    advice: DO_NOT_RENDER,
  },
  'STATIC-JINJA-COMPUTED': {
    severity: 'high',
    category: 'evasion',
    title: 'The template looks up an attribute whose name it only computes',
    explain: (subject) =>
      `${subject}. That is how templates get past filters on names such as __class__; a template knows the fields of a message by name.`,
    harmless:
      'Where the name is put together of the fields of a message, as in a template of a tool that lists its arguments.',
    attack: 'T1027',
    advice: DO_NOT_RENDER,
  },
  'STATIC-JINJA-INCLUDE': {
    severity: 'high',
    category: 'content',
    title: 'The template takes in another file',
    explain: (subject) =>
      `${subject}. What is read and run then is not in this file. Chat templates stand alone; only templates of web pages or of documents are cut into files.`,
    harmless: 'In a template of web pages whose other parts come with it and were read, too.',
    attack: 'T1221',
    advice: LOOK_FIRST,
  },
  'STATIC-JINJA-GLOBAL': {
    severity: 'medium',
    category: 'discovery',
    title: 'The template uses an object of the program that renders it',
    explain: (subject) =>
      `${subject}. Such objects lead to settings, secrets and to Python itself. It is harmless where the program hands in plain data under this name.`,
    attack: 'T1221',
    advice: LOOK_FIRST,
  },
  'STATIC-JINJA-PRIVATE': {
    severity: 'medium',
    category: 'evasion',
    title: 'The template uses a private attribute',
    explain: (subject) =>
      `${subject}. Names that begin with an underscore are the inside of an object; a sandboxed environment refuses them, so no usual template has them.`,
    harmless: 'Where the program that renders it documents this attribute as a part of its data.',
    attack: 'T1221',
    advice: LOOK_FIRST,
  },
  'STATIC-JINJA-LOOP': {
    severity: 'medium',
    category: 'resource-abuse',
    title: 'The template makes something very large',
    explain: (subject) => `${subject}. Rendering it takes the time or the memory of the machine.`,
    harmless: 'Where the number depends on the length of the conversation alone, and that is bounded.',
    attack: 'T1499',
    advice: LOOK_FIRST,
  },
  'STATIC-JINJA-DATE': {
    severity: 'medium',
    category: 'evasion',
    title: 'The template renders differently from some date on',
    explain: (subject) =>
      `${subject}. A template that waits for a date shows its other face after it was checked. It is harmless where the date only changes a greeting.`,
    attack: 'T1480',
    advice: LOOK_FIRST,
  },
  'STATIC-JINJA-UNKNOWN': {
    severity: 'info',
    category: 'content',
    title: 'The template uses functions or filters that Jinja2 does not bring',
    explain: (subject) =>
      `The template uses ${subject}. The program that renders it has to bring them; what they do is not in this file.`,
    harmless:
      'Where the documentation of your program names these functions: tool calling and dates are often added so.',
    advice: 'Check that the program you use the model with documents these names.',
  },
} as const satisfies StaticRules;
