/** The rules about data of R. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

const DO_NOT_READ =
  'Do not read this file with readRDS or load. Ask its author for the numbers, or the model in a format without code.';

export const R_RULES = {
  'STATIC-R-PROMISE': {
    severity: 'high',
    category: 'execution',
    title: 'R code runs as soon as the loaded object is looked at',
    explain: (subject) =>
      `${subject}. It is a promise: code that R runs when the value is first used, be it only to print it (CVE-2024-27322). saveRDS and save write none at such a place.`,
    harmless: 'Never in a file that saveRDS or save wrote.',
    attack: 'T1059',
    advice: DO_NOT_READ,
  },
  'STATIC-R-CODE': {
    severity: 'high',
    category: 'execution',
    title: 'A function in the R object acts on the machine',
    explain: (subject) =>
      `${subject}. Functions that a model carries run when it is used, printed or predicted with. Models compute; programs, downloads and native libraries are no part of that. It would be harmless in a saved function whose purpose is to do this.`,
    attack: 'T1059',
    advice: DO_NOT_READ,
  },
  'STATIC-R-CHANGE': {
    severity: 'medium',
    category: 'execution',
    title: 'A function in the R object changes files',
    explain: (subject) =>
      `${subject}. It runs when the model is used, printed or predicted with. It would be harmless in a function that tidies up what it made itself.`,
    attack: 'T1565',
    advice: LOOK_FIRST,
  },
  'STATIC-R-CALL': {
    severity: 'high',
    category: 'execution',
    title: 'A call kept in the R object runs a program',
    explain: (subject) =>
      `${subject}. Models keep the call that made them, and formulas; update, model.frame and predict evaluate them.`,
    harmless: 'Never: fitting a model starts no program.',
    attack: 'T1059',
    advice: DO_NOT_READ,
  },
  'STATIC-R-CALL-OTHER': {
    severity: 'info',
    category: 'content',
    title: 'A call kept in the R object reaches outside',
    explain: (subject) =>
      `${subject}. It tells how the model was made, and runs again when somebody calls update on the model.`,
    harmless: 'Where the call reads the data that the model was fitted with, and you do not call update.',
    advice: 'Look at the call before you update the model.',
  },
  'STATIC-R-HOOK': {
    severity: 'medium',
    category: 'persistence',
    title: 'The R workspace holds a function that R calls by itself',
    explain: (subject) =>
      `${subject}. R calls it when it starts with this workspace or ends, or when a package of this name is loaded; nothing of a model needs that.`,
    harmless: 'In a workspace of your own, where you defined .First or .Last yourself.',
    attack: 'T1546',
    advice: LOOK_FIRST,
  },
  'STATIC-R-MAPS-FILE': {
    severity: 'medium',
    category: 'discovery',
    title: 'Reading the R object opens a file of this machine',
    explain: (subject) =>
      `${subject}. A vector of this kind is a file that is mapped into memory when the object is read; the path stands in the model.`,
    harmless: 'Where you saved a mapped vector yourself, on the same machine.',
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
