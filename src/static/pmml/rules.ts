/** The rules about PMML, models written as XML. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const PMML_RULES = {
  'STATIC-PMML-SCRIPT': {
    severity: 'high',
    category: 'execution',
    title: 'The PMML model carries a script',
    explain: (subject) =>
      `${subject}. PMML describes models by numbers; a program that knows the extension runs what it holds. It is harmless where no program does.`,
    attack: 'T1059',
    advice: LOOK_FIRST,
  },
  'STATIC-PMML-CLASS': {
    severity: 'medium',
    category: 'execution',
    title: 'The PMML model calls a function by the name of a class',
    explain: (subject) =>
      `${subject}. Evaluators such as JPMML load a class of this name and call it. The functions that PMML defines have plain names.`,
    harmless: 'Where the class is a function of your own that the evaluator was given on purpose.',
    attack: 'T1059',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
