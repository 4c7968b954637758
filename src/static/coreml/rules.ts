/** The rules about Core ML models. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const COREML_RULES = {
  'STATIC-COREML-CLASS': {
    severity: 'medium',
    category: 'execution',
    title: 'The Core ML model runs a class of the app',
    explain: (subject) =>
      `${subject}. Core ML looks the class up by its name and gives it the model's data. It is harmless in an app that was made for this model and brings the class.`,
    attack: 'T1129',
    advice: LOOK_FIRST,
  },
  'STATIC-COREML-PATH': {
    severity: 'high',
    category: 'credential-access',
    title: 'The Core ML model names a file outside its folder',
    explain: (subject) =>
      `${subject}. A loader that follows the path opens any file of the machine. coremltools writes none.`,
    harmless: 'On the machine of the author alone, where the path was right.',
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
