/** The rules about Python files beside a model. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

const READ_FIRST =
  'Read the file before anything imports it, and do not load the model with trust_remote_code until then.';

export const PYTHON_RULES = {
  'STATIC-PYTHON-OBFUSCATED': {
    severity: 'critical',
    category: 'evasion',
    title: 'The Python file runs code that it first decodes',
    explain: (subject) =>
      `${subject}. What is run is not to be read in the file, which is its purpose. No model's code does that.`,
    harmless: 'Never in code that is meant to be read; packers of commercial programs do it.',
    attack: 'T1027',
    advice: 'Do not import the file. Tell the site that hosts it.',
  },
  'STATIC-PYTHON-EXEC-IMPORT': {
    severity: 'high',
    category: 'execution',
    title: 'The Python file starts programs or native code as soon as it is imported',
    explain: (subject) =>
      `${subject}. It stands outside every function, so that importing the file is enough. It is harmless in a set-up script that builds something you have read.`,
    attack: 'T1059.006',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-NETWORK-IMPORT': {
    severity: 'high',
    category: 'network',
    title: 'The Python file uses the network as soon as it is imported',
    explain: (subject) =>
      `${subject}. It stands outside every function, so that importing the file is enough; it can send data out or fetch a second stage.`,
    harmless: 'In a script that is meant to be started, and not imported by a loader.',
    attack: 'T1071',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-DELETE-IMPORT': {
    severity: 'high',
    category: 'file-delete',
    title: 'The Python file deletes files as soon as it is imported',
    explain: (subject) => `${subject}. It stands outside every function, so that importing the file is enough.`,
    harmless: 'In a script that is meant to be started and cleans up what it made itself.',
    attack: 'T1485',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-EXEC': {
    severity: 'medium',
    category: 'execution',
    title: 'The Python file can start programs or native code',
    explain: (subject) =>
      `${subject}. It runs when its function is called, which loading or using the model may do. It is harmless in a tool for training that you have read.`,
    attack: 'T1059.006',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-CODE': {
    severity: 'medium',
    category: 'execution',
    title: 'The Python file makes code out of data',
    explain: (subject) =>
      `${subject}. What is run depends on data that is not in this line. It is harmless when the text comes from the file itself alone.`,
    attack: 'T1059.006',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-DETOUR': {
    severity: 'medium',
    category: 'evasion',
    title: 'The Python file reaches functions by a detour',
    explain: (subject) => `${subject}. That is how code hides which function it calls. Usual code names its functions.`,
    harmless: 'In a library that chooses a backend by its name, where the names stand in the same file.',
    attack: 'T1027',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-PATCH': {
    severity: 'medium',
    category: 'evasion',
    title: 'The Python file replaces a part of Python',
    explain: (subject) =>
      `${subject}. From then on all code of the process gets the replacement, which sees what it is called with and can answer what it likes. It is harmless where it only works around a fault of a library.`,
    attack: 'T1574',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-TAMPER': {
    severity: 'high',
    category: 'evasion',
    title: 'The Python file reaches for a security scanner',
    explain: (subject) => `${subject}. A model has no business with a scanner unless it means to switch it off.`,
    harmless: 'In the code of a scanner itself.',
    attack: 'T1562.001',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-PERSISTENCE': {
    severity: 'medium',
    category: 'persistence',
    title: 'The Python file names a place that runs at every start, or keeps secrets',
    explain: (subject) =>
      `${subject}. Programs write there to come back, or read there to steal. It is harmless in a text that is only shown.`,
    attack: 'T1546',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-REACH': {
    severity: 'medium',
    category: 'file-write',
    title: 'The Python file reaches for what is not part of the model',
    explain: (subject) =>
      `${subject}. Files of a user or of the system, secrets, programs that are written and the inner workings of Python are no model's affair, whenever this runs. It is harmless in a tool that says so and that you have read.`,
    attack: 'T1005',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-NETWORK': {
    severity: 'medium',
    category: 'network',
    title: 'The Python file connects to other machines in a way that no model needs',
    explain: (subject) =>
      `${subject}. Models fetch pictures and weights; they send no mail, serve nobody, open no shells elsewhere and name no machine by its number. It runs when its function is called, which loading or using the model may do.`,
    harmless: 'In a server or a client that says it is one, and that you start yourself.',
    attack: 'T1071',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-PAYLOAD': {
    severity: 'high',
    category: 'evasion',
    title: 'A text in the Python file holds a program or a pickle',
    explain: (subject) =>
      `${subject}. Encoded so, it is seen by no reader and by few scanners. It is harmless only as test data.`,
    attack: 'T1027.009',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-SHADOW': {
    severity: 'medium',
    category: 'execution',
    title: 'A Python file beside the model takes the place of a library',
    explain: (subject) =>
      `${subject}. Where Python is started in that folder it imports this file and not the library, whatever the model is loaded with; the sandbox has the library. In a package, whose modules are imported by the name of the package, it is harmless.`,
    attack: 'T1574',
    advice: 'Load the model from another folder, or take the file out of this one.',
  },
  'STATIC-PYTHON-LOW': {
    severity: 'info',
    category: 'content',
    title: 'The Python file uses the network, deletes files or unpickles in a function',
    explain: (subject) =>
      `${subject}. Code that fetches pictures, cleans up or loads weights does that too; what is reached is worth a look.`,
    harmless: 'Mostly: fetching pictures, cleaning up and loading weights are what code beside models does.',
    advice: READ_FIRST,
  },
  'STATIC-PYTHON-IMPORTS': {
    severity: 'info',
    category: 'content',
    title: 'The Python file imports modules that start programs or use the network',
    explain: (subject) =>
      `It imports ${subject}. Importing them does nothing by itself; calls are reported as findings of their own.`,
    harmless: 'Mostly: an import does nothing by itself.',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
