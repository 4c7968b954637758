/** The rules about TensorFlow's graphs and the folders that they come in. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const TENSORFLOW_RULES = {
  'STATIC-TF-PYTHON': {
    severity: 'high',
    category: 'execution',
    title: "The model's graph calls Python functions",
    explain: (subject) =>
      `${subject}. Such an operation runs Python code of the program that uses the model, which TensorFlow itself advises against saving. It is harmless only where that program is the one that made the model and registers a function of its own.`,
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
  'STATIC-TF-WRITE': {
    severity: 'critical',
    category: 'file-write',
    title: "The model's graph writes files",
    explain: (subject) =>
      `${subject}. A file of the author's choosing, such as a start-up script, is enough to run code later. A model that computes numbers has no need of it; the operations of an ordinary saver, whose path comes from the caller, are not meant here.`,
    harmless: 'In a graph that was saved in the middle of training, whose summaries go to a folder of your own.',
    attack: 'T1546',
    advice: DO_NOT_LOAD,
  },
  'STATIC-TF-READ': {
    severity: 'high',
    category: 'credential-access',
    title: "The model's graph reads or lists files",
    explain: (subject) =>
      `${subject}. What it reads, such as keys, can leave with the model's answers. It is harmless where the model is meant to take the name of an image or of a data set instead of its content.`,
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
  'STATIC-TF-NETWORK': {
    severity: 'high',
    category: 'network',
    title: "The model's graph uses the network",
    explain: (subject) =>
      `${subject}. Computing with a model needs no other machine; this can send data out. It is harmless in a graph that was saved in the middle of training on several machines.`,
    attack: 'T1071',
    advice: LOOK_FIRST,
  },
  'STATIC-TF-HIDDEN-GRAPH': {
    severity: 'high',
    category: 'evasion',
    title: "The model's graph runs another graph that is hidden in a text",
    explain: (subject) =>
      `${subject}. What that graph does, no list of the model's operations shows. TensorFlow makes such operations for data sets in flight, and none that is saved with a model needs one.`,
    harmless: 'In a pipeline of a data set that was saved on purpose; never in a model for serving.',
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-TF-NATIVE': {
    severity: 'medium',
    category: 'execution',
    title: "The model's graph runs native code by name or from a blob",
    explain: (subject) =>
      `${subject}. Machine code that the graph brings or names runs past every check of TensorFlow. It is harmless in a model that was compiled for an accelerator by someone you trust.`,
    attack: 'T1106',
    advice: LOOK_FIRST,
  },
  'STATIC-TF-ABORT': {
    severity: 'medium',
    category: 'crash',
    title: "The model's graph can end the program",
    explain: (subject) =>
      `${subject}. It ends the whole process that uses the model. TensorFlow has it for its own tests.`,
    harmless: 'In tests of TensorFlow itself.',
    attack: 'T1499',
    advice: LOOK_FIRST,
  },
  'STATIC-TF-UNKNOWN-OP': {
    severity: 'low',
    category: 'content',
    title: 'The model needs operations that TensorFlow does not have',
    explain: (subject) =>
      `${subject}. Someone has to load a native library for them first (tf.load_op_library or a package such as tensorflow-text), and that library can do anything. It is harmless where you know and trust that package.`,
    attack: 'T1129',
    advice: 'Find out which package these operations belong to, and load the model only with that package.',
  },
  'STATIC-TF-ASSET-PATH': {
    severity: 'high',
    category: 'credential-access',
    title: 'The model names a file outside its folder as its asset',
    explain: (subject) =>
      `${subject}. The loader joins the name to the folder of the model, and so the graph reads a file of your machine. No exporter writes such a name.`,
    harmless: 'Never: no exporter writes such a name.',
    attack: 'T1005',
    advice: DO_NOT_LOAD,
  },
  'STATIC-TF-FOLDER-CODE': {
    severity: 'info',
    category: 'content',
    title: 'Program files lie in the folder of the model',
    explain: (subject) =>
      `${subject}. TensorFlow does not run them, but scripts that come with a model are often run by hand. They are harmless where they are the model's source and you read them first.`,
    attack: 'T1204.002',
    advice: 'Read these files before you run them, and do not put the folder on the path of Python.',
  },
  'STATIC-TF-CHECKPOINT-BOUNDS': {
    severity: 'medium',
    category: 'evasion',
    title: 'The checkpoint says that its values lie outside its data',
    explain: (subject) =>
      `${subject}. Readers that trust such numbers read memory that is not theirs. It is harmless where the download was cut off.`,
    attack: 'T1499',
    advice: 'Fetch the model again; if it stays so, do not load it.',
  },
} as const satisfies StaticRules;
