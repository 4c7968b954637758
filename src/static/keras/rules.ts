/** The rules about the configuration of a Keras model. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const KERAS_RULES = {
  'STATIC-KERAS-LAMBDA': {
    severity: 'info',
    category: 'execution',
    title: 'The model carries Python code in its configuration that only computes',
    explain: (subject) =>
      `${subject}. Keras makes a function of it and calls it while it rebuilds the model: an .h5 file does so whatever safe_mode says (CVE-2025-9905), a .keras file where safe_mode is off. All of it was read, and none of its names leads out of the model; names that are not known here have to come from whoever loads it.`,
    harmless: 'Where you read the code and it only computes, as an activation or a scaling of the input does.',
    advice: 'Where safe_mode refuses the model, read the code above before you switch safe_mode off.',
  },
  'STATIC-KERAS-LAMBDA-CODE': {
    severity: 'critical',
    category: 'execution',
    title: 'The model carries Python code that reaches beyond the model',
    explain: (subject) =>
      `${subject}. Keras makes a function of it and calls it while it rebuilds the model, with your rights. Layers compute with tensors; programs, files, the network and the inside of Python are no part of that.`,
    harmless:
      'Never in a model that only computes. A layer that loads its own vocabulary at start is better a class of a package.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-KERAS-LAMBDA-UNREADABLE': {
    severity: 'high',
    category: 'evasion',
    title: 'The model carries Python code that cannot be read',
    explain: (subject) =>
      `${subject}. What it does is not known here; Keras runs it while it rebuilds the model. It would be harmless if a Python that is not known here compiled a function that only computes.`,
    attack: 'T1027',
    advice: DO_NOT_LOAD,
  },
  'STATIC-KERAS-IMPORT': {
    severity: 'critical',
    category: 'execution',
    title: "The model's configuration reaches for a function outside Keras",
    explain: (subject) =>
      `${subject}. Keras before 3.9 imports any module that the configuration names and calls what it finds there with arguments of the configuration, in safe mode too (CVE-2025-1550). No model needs a part of Python's own library or of a framework's machinery for a layer.`,
    harmless: 'Never in a model that Keras saved.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-KERAS-GADGET': {
    severity: 'critical',
    category: 'execution',
    title: "The model's configuration calls a tool of Keras that is no part of a model",
    explain: (subject) =>
      `${subject}. Such functions download, load or write files; named in a configuration they run while the model is loaded, in safe mode too (CVE-2025-8747). No model that Keras saved names one.`,
    harmless: 'Never in a model that Keras saved.',
    attack: 'T1105',
    advice: DO_NOT_LOAD,
  },
  'STATIC-KERAS-UNSAFE': {
    severity: 'critical',
    category: 'evasion',
    title: "The model's configuration switches off Keras's safe mode",
    explain: (subject) =>
      `${subject}. After it, code in the file runs although safe_mode is on (CVE-2025-9906). No model that Keras saved names it.`,
    harmless: 'Never in a model that Keras saved.',
    attack: 'T1562.001',
    advice: DO_NOT_LOAD,
  },
  'STATIC-KERAS-TORCH-MODULE': {
    severity: 'high',
    category: 'execution',
    title: 'The model carries a pickled PyTorch module',
    explain: (subject) =>
      `${subject}. Keras unpickles it with torch.load when it loads the model, in safe mode too before 3.11.3 (CVE-2025-49655); what the pickle does is reported by itself. It would be harmless if the pickle holds nothing but a module of your own.`,
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
  'STATIC-KERAS-OTHER-MODEL': {
    severity: 'high',
    category: 'file-write',
    title: 'The model loads another model from a file',
    explain: (subject) =>
      `${subject}. What lies there is loaded with this model and is not part of what was looked at. It would be harmless if you put that file there yourself.`,
    attack: 'T1105',
    advice: LOOK_FIRST,
  },
  'STATIC-KERAS-TENSORFLOW': {
    severity: 'high',
    category: 'execution',
    title: "The model's configuration calls a dangerous function of TensorFlow",
    explain: (subject) =>
      `${subject}. Functions and operations of that kind read or write files, or run Python or native code. A layer that Keras makes from TensorFlow functions computes with tensors only.`,
    harmless: 'Where the model is meant to take a file name as its input, and you know who calls it with which.',
    attack: 'T1059',
    advice: DO_NOT_LOAD,
  },
  'STATIC-KERAS-UNLISTED': {
    severity: 'medium',
    category: 'content',
    title: "The model's configuration names something that models do not use",
    explain: (subject) =>
      `${subject}. It is not on the list of what Keras puts into models. It would be harmless if the author gave Keras such a function on purpose.`,
    advice: LOOK_FIRST,
  },
  'STATIC-KERAS-CUSTOM': {
    severity: 'info',
    category: 'content',
    title: 'The model needs classes or functions that are not part of Keras',
    explain: (subject) =>
      `${subject}. The code of these is not in the file: the user who loads the model must have it, and that code runs. That it is installed and trusted is yours to know.`,
    harmless:
      'Where the names are of a package that you installed yourself and trust, such as the project that made the model.',
    advice: 'Check that these names belong to the project the model is said to come from.',
  },
  'STATIC-KERAS-PATH': {
    severity: 'high',
    category: 'file-write',
    title: "The model's configuration points to a file outside the model",
    explain: (subject) =>
      `${subject}. Keras opens that place when it loads the model, and what it reads there becomes part of the model, which can carry it away. It would be harmless on the machine of the author alone.`,
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
  'STATIC-KERAS-FILE': {
    severity: 'low',
    category: 'content',
    title: "The model's configuration names a file to read",
    explain: (subject) =>
      `${subject}. Keras opens that file when it loads the model, from the folder it runs in or from the assets. It would be harmless if the file is the vocabulary that came with the model.`,
    advice: 'Look at the file it names before you load the model.',
  },
  'STATIC-KERAS-MEMBER': {
    severity: 'high',
    category: 'content',
    title: 'The Keras archive carries a program or a pickle',
    explain: (subject) =>
      `${subject}. Keras writes configuration, weights and text assets, and nothing that runs. It would be harmless if no program starts or loads it, but it came for something.`,
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
