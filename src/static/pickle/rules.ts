/** The rules about pickles. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';
import type { Capability } from '../../names/capabilities.js';

export const PICKLE_RULES = {
  'STATIC-PICKLE-EXEC': {
    severity: 'critical',
    category: 'execution',
    title: 'The file starts a program when it is loaded',
    explain: (subject) => `${subject}. That starts programs or ends processes, which no model needs.`,
    harmless: 'Never: no model starts a program by being loaded. Files made to test scanners do.',
    attack: 'T1059',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-CODE': {
    severity: 'critical',
    category: 'execution',
    title: 'The file runs Python code when it is loaded',
    explain: (subject) => `${subject}. That runs code of the author's choosing with your rights.`,
    harmless:
      'Nearly never. Some projects keep a short expression in a pickle; the code stands in the report, so read it.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-NATIVE': {
    severity: 'critical',
    category: 'execution',
    title: 'The file reaches native code when it is loaded',
    explain: (subject) => `${subject}. That loads native libraries or reaches raw memory, past every check of Python.`,
    harmless: 'Where the object is a handle of a native library that your own program saved, on the same machine.',
    attack: 'T1106',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-NETWORK': {
    severity: 'high',
    category: 'network',
    title: 'The file uses the network when it is loaded',
    explain: (subject) =>
      `${subject}. Loading weights needs no connection; this can send data out or fetch a second stage.`,
    harmless: 'Never while it is loaded. A data set that fetches its files does that when it is used, and says so.',
    attack: 'T1071',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-DELETE': {
    severity: 'high',
    category: 'file-delete',
    title: 'The file deletes files when it is loaded',
    explain: (subject) => `${subject}. That removes or empties files outside the model.`,
    harmless: 'Never: loading a model removes nothing.',
    attack: 'T1485',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-FILE': {
    severity: 'high',
    category: 'file-write',
    title: 'The file reaches into the file system when it is loaded',
    explain: (subject) => `${subject}. That reads, writes or lists files outside the model.`,
    harmless: 'Where a class of your own project opens a file of its own when it is restored, and you know which.',
    attack: 'T1005',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-LOADER': {
    severity: 'high',
    category: 'evasion',
    title: 'The file loads another pickle when it is loaded',
    explain: (subject) =>
      `${subject}. What that loads is unpickled too, without the checks of the program that loads this file.`,
    harmless: 'In a wrapper that keeps one pickle in another, such as a cache; the inner one is judged, too.',
    attack: 'T1140',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-IMPORT': {
    severity: 'medium',
    category: 'evasion',
    title: 'The file reaches other functions by a detour',
    explain: (subject) => `${subject}. With it a file reaches any function without naming it where scanners look.`,
    harmless:
      'In pickles of cloudpickle and of frameworks that restore methods by name, where the name is a harmless one.',
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-SYSTEM': {
    severity: 'medium',
    category: 'discovery',
    title: 'The file looks at the machine when it is loaded',
    explain: (subject) => `${subject}. That reads or changes the state of the system or of the running program.`,
    harmless: 'Where an object keeps the platform or the environment it was made in, for a record of an experiment.',
    attack: 'T1082',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-TAMPER': {
    severity: 'critical',
    category: 'evasion',
    title: 'The file reaches for a security scanner',
    explain: (subject) => `${subject}. A model has no business with a scanner unless it means to switch it off.`,
    harmless: 'Never: no model imports a scanner of models.',
    attack: 'T1562.001',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-UNRESOLVED': {
    severity: 'critical',
    category: 'evasion',
    title: 'The file hides the name of what it imports',
    explain: (subject) => `The pickle asks for ${subject}. No pickler writes that; it hides what is imported.`,
    harmless: 'Never in a pickle that a library wrote.',
    attack: 'T1027',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-FRAME': {
    severity: 'high',
    category: 'evasion',
    title: 'The pickle reads differently from a file and from memory',
    explain: (subject) =>
      `${subject} lies across the end of its frame. Python's unpicklers disagree about what follows, so that a scanner and a loader can be shown different names.`,
    harmless: 'Never in a pickle that Python wrote; a tool that patches pickles by hand can leave it.',
    attack: 'T1027',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-CALLS-CODE': {
    severity: 'high',
    category: 'execution',
    title: 'The file calls a function that it carries itself',
    explain: (subject) => `${subject}. The function's code is in the file and runs as soon as it is loaded.`,
    harmless:
      'In a pickle of cloudpickle that builds a value by a function of the author’s, where you read that function.',
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-CALLS-COMPUTED': {
    severity: 'high',
    category: 'evasion',
    title: 'The file calls something that it only finds while loading',
    explain: (subject) => `${subject}. What is called cannot be told from the file, which no pickler causes.`,
    harmless: 'Never in a pickle that a library wrote.',
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-PATCH': {
    severity: 'high',
    category: 'evasion',
    title: 'The file changes a class or function itself',
    explain: (subject) => `${subject}. Changing a library's own class or function changes what the program does later.`,
    harmless: 'Where a library registers its own class by changing it, as a few old ones do.',
    attack: 'T1574',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-UNLISTED': {
    severity: 'medium',
    category: 'content',
    title: "The file uses a part of Python's library that models do not use",
    explain: (subject) => `${subject}. It is not on the list of what harmless models need.`,
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-UNKNOWN-GLOBAL': {
    severity: 'info',
    category: 'content',
    title: 'The file needs classes or functions that are not known here',
    explain: (subject) =>
      `Loading the file imports ${subject}. Importing runs the code of those packages; that they are installed and trusted is yours to know.`,
    harmless: 'Where the names are of a package that the model is documented to need, and that you installed yourself.',
    advice: 'Check that these names belong to the library the model is said to be made with.',
  },
  'STATIC-PICKLE-UNKNOWN-CALL': {
    severity: 'info',
    category: 'content',
    title: 'The file calls a function that is not known here',
    explain: (subject) =>
      `${subject}. What that does cannot be told from the file: the sandbox run shows it. It is harmless when the function only builds a part of the model.`,
    advice: 'Run the model in the sandbox, or look up what the function does with what it is given.',
  },
  'STATIC-PICKLE-HANDED-CODE': {
    severity: 'high',
    category: 'execution',
    title: 'The file hands code or a command to a function that may run it',
    explain: (subject) =>
      `${subject}. What the function does with it is not known here, but no model has use for such a text.`,
    harmless: 'Where the text is a description or a formula that the library only keeps.',
    attack: 'T1059',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-BROKEN': {
    severity: 'medium',
    category: 'evasion',
    title: 'The pickle breaks after it has imported something',
    explain: (subject) =>
      `${subject}. What comes before runs all the same, and scanners that give up at the error do not see it.`,
    harmless: 'Where the download was cut off: fetch it again and compare the size.',
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-PERSISTENT': {
    severity: 'medium',
    category: 'evasion',
    title: 'The pickle refers to something that torch would not',
    explain: (subject) =>
      `${subject}. What that means is up to the program that loads the file; torch knows only its storages. It would be harmless in a file for a program that has ids of its own, such as a database of objects.`,
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-TENSOR': {
    severity: 'high',
    category: 'evasion',
    title: 'A tensor reaches outside its data',
    explain: (subject) =>
      `${subject}. No pickler writes that; where a loader does not check it, it reads or overwrites memory that is not the model's, even when only weights are loaded (CVE-2026-24747).`,
    harmless: 'Where the download was cut off; never in a whole file that torch wrote.',
    attack: 'T1203',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-BOMB': {
    severity: 'medium',
    category: 'resource-abuse',
    title: 'The pickle makes its loader fill memory',
    explain: (subject) => `${subject}. That takes gigabytes of memory for a few bytes of file; no model needs it.`,
    harmless: 'Never: no pickler writes that.',
    attack: 'T1499.001',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-BYTECODE': {
    severity: 'medium',
    category: 'content',
    title: 'The file carries compiled Python code',
    explain: (subject) =>
      `${subject}. Compiled code in a model is there to be run. It would be harmless when a library that saves functions wrote it and nothing dangerous is called.`,
    attack: 'T1027.009',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-BYTECODE-DANGER': {
    severity: 'high',
    category: 'execution',
    title: 'The file carries compiled Python code that can do harm',
    explain: (subject) =>
      `${subject}. That reaches programs, files, the network or other code as soon as anything calls it, and using a model calls its methods.`,
    harmless:
      'Where the function is yours and its purpose is to write a log or fetch data, as a callback of a training does.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-BYTECODE-LOAD': {
    severity: 'critical',
    category: 'execution',
    title: 'The file carries Python code that does harm while it is loaded',
    explain: (subject) =>
      `${subject}. Python calls that function while it loads the file, before anybody uses the model; no model needs such a thing there.`,
    harmless: 'Never: what runs while a model is loaded needs no program, file or network.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-PICKLE-BYTECODE-TEXT': {
    severity: 'medium',
    category: 'execution',
    title: 'The file carries Python code that runs texts as code',
    explain: (subject) =>
      `${subject}. What is run depends on what the function is given. It is harmless where nobody else chooses that text.`,
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
  'STATIC-PICKLE-BYTECODE-UNCLEAR': {
    severity: 'info',
    category: 'content',
    title: 'The file carries Python code that chooses by a value what it uses',
    explain: (subject) =>
      `${subject}. Which module or function that is cannot be told from the file: the sandbox run shows it for the way in which the model is used there.`,
    harmless: 'In helper functions that look up a layer by its name; the run in the sandbox shows which.',
    advice: 'Run the model in the sandbox, or ask its author for the source.',
  },
} as const satisfies StaticRules;

export const CAPABILITY_RULES: Readonly<Record<Capability, keyof typeof PICKLE_RULES>> = {
  exec: 'STATIC-PICKLE-EXEC',
  code: 'STATIC-PICKLE-CODE',
  native: 'STATIC-PICKLE-NATIVE',
  network: 'STATIC-PICKLE-NETWORK',
  delete: 'STATIC-PICKLE-DELETE',
  file: 'STATIC-PICKLE-FILE',
  loader: 'STATIC-PICKLE-LOADER',
  import: 'STATIC-PICKLE-IMPORT',
  system: 'STATIC-PICKLE-SYSTEM',
  tamper: 'STATIC-PICKLE-TAMPER',
};
