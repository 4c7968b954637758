/** The rules about skops files: a zip whose `schema.json` says which classes to make and which functions to fetch. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const SKOPS_RULES = {
  'STATIC-SKOPS-DANGEROUS': {
    severity: 'critical',
    category: 'execution',
    title: 'The skops file asks for a dangerous function or class',
    explain: (subject) =>
      `${subject}. skops imports it and hands it the arguments in the file as soon as the name is trusted; no estimator needs it.`,
    harmless: 'Never: no estimator needs it.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-SKOPS-FORGED': {
    severity: 'critical',
    category: 'evasion',
    title: 'The skops file shows one name to its checks and loads another',
    explain: (subject) =>
      `${subject}. Older versions of skops checked the one and imported the other (CVE-2025-54412, CVE-2025-54413). skops never writes that.`,
    harmless: 'Never: skops writes no such file.',
    attack: 'T1027',
    advice: DO_NOT_LOAD,
  },
  'STATIC-SKOPS-METHOD': {
    severity: 'medium',
    category: 'evasion',
    title: 'The skops file fetches a method of an object',
    explain: (subject) =>
      `${subject}. With methods and operators a file reaches functions that are not named where they are checked. It is harmless when the model was given a method as its function.`,
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
  'STATIC-SKOPS-UNTRUSTED': {
    severity: 'info',
    category: 'content',
    title: 'The skops file needs types that skops does not trust by itself',
    explain: (subject) =>
      `Loading the file needs ${subject}. skops asks you to trust them by name; importing them runs the code of their packages.`,
    harmless: 'Where the names are of a library that you installed yourself and that the model is made with.',
    advice: 'Trust these names only when they belong to the library the model is said to be made with.',
  },
} as const satisfies StaticRules;
