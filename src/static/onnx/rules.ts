/** The rules about ONNX models. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const ONNX_RULES = {
  'STATIC-ONNX-EXTERNAL-PATH': {
    severity: 'high',
    category: 'credential-access',
    title: "The model's tensors are read from a file outside its folder",
    explain: (subject) =>
      `${subject}. Loaders that open such a path read any file of your machine into the model, or write to it when the model is saved again (CVE-2022-25882, CVE-2024-27318, CVE-2025-51480). No exporter writes one; it would be harmless only in a model that was made by hand on this machine.`,
    attack: 'T1005',
    advice: DO_NOT_LOAD,
  },
  'STATIC-ONNX-EXTERNAL-BOUNDS': {
    severity: 'medium',
    category: 'evasion',
    title: "The model's tensors lie outside the data file beside it",
    explain: (subject) =>
      `${subject}. A loader that trusts these numbers reads past the end of the file. It is harmless where the data file belongs to another version of the model, or its download was cut off.`,
    attack: 'T1499',
    advice: 'Fetch the model and its data file again; if it stays so, do not load it.',
  },
  'STATIC-ONNX-TENSOR-SIZE': {
    severity: 'medium',
    category: 'evasion',
    title: "A tensor's shape and its data do not agree",
    explain: (subject) =>
      `${subject}. A loader that trusts the shape reads memory that is not the tensor's. It is harmless where a tool broke the file.`,
    attack: 'T1499',
    advice: LOOK_FIRST,
  },
  'STATIC-ONNX-PYTHON': {
    severity: 'high',
    category: 'execution',
    title: 'The model runs Python code through an operator',
    explain: (subject) =>
      `${subject}. Runtimes that know such an operator import a module and call it. It is harmless only in a model that is yours, together with the module that it names.`,
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
  'STATIC-ONNX-NATIVE': {
    severity: 'medium',
    category: 'execution',
    title: 'The model brings a compiled program for an accelerator',
    explain: (subject) =>
      `${subject}. Such a program was compiled for one processor and runs there unread. It is harmless in a model that was compiled by someone you trust.`,
    attack: 'T1106',
    advice: LOOK_FIRST,
  },
  'STATIC-ONNX-LIBRARY': {
    severity: 'high',
    category: 'execution',
    title: 'The model names a native library',
    explain: (subject) =>
      `${subject}. A library of operators or plug-ins is loaded into the process and does what it likes there. Exporters write none into a model; the program that loads the model names those that it trusts.`,
    harmless: 'Where you built or chose the library of operators yourself.',
    attack: 'T1129',
    advice: LOOK_FIRST,
  },
  'STATIC-ONNX-CUSTOM-DOMAIN': {
    severity: 'low',
    category: 'content',
    title: 'The model needs operators that neither ONNX nor itself defines',
    explain: (subject) =>
      `${subject}. Someone has to register a native library for them first, and that library can do anything. It is harmless where you know and trust the library.`,
    attack: 'T1129',
    advice: 'Find out which library these operators belong to, and load the model only with that library.',
  },
  'STATIC-ONNX-METADATA-CODE': {
    severity: 'medium',
    category: 'content',
    title: "Program code stands in the model's notes",
    explain: (subject) =>
      `${subject}. ONNX does not run it, but programs exist that evaluate such notes (YOLO's loaders took class names by eval). It is harmless where it is an example for people to read.`,
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
