/** The rules about archives and packed files. */
import { LOOK_FIRST, type StaticRules } from '../rule.js';

export const ARCHIVE_RULES = {
  'STATIC-ZIP-DIFFERENCE': {
    severity: 'medium',
    category: 'evasion',
    title: 'The archive shows different things to different readers',
    explain: (subject) => `In this archive, ${subject}. A loader and a scanner can so be shown different contents.`,
    attack: 'T1027',
    advice: LOOK_FIRST,
  },
} as const satisfies StaticRules;
