/** The rules about credentials that a file gives away. */
import type { StaticRules } from '../rule.js';

const REVOKE =
  'If the key is yours, revoke it and remove it from the file and its history; if it is not, do not use it and tell its owner.';

export const SECRET_RULES = {
  'STATIC-SECRET-KEY': {
    severity: 'medium',
    category: 'credential-access',
    title: 'The file holds a credential',
    explain: (subject) =>
      `${subject}. Anyone who has the file can act as its owner; a file that sends data somewhere needs one as well. It is harmless when it was revoked or is an example of a documentation.`,
    attack: 'T1552.001',
    advice: REVOKE,
  },
  'STATIC-SECRET-NAMED': {
    severity: 'medium',
    category: 'credential-access',
    title: 'The file has a field for a credential, and it is filled in',
    explain: (subject) =>
      `${subject}. Anyone who has the file has this value. It is harmless when it is a placeholder or opens nothing.`,
    attack: 'T1552.001',
    advice: REVOKE,
  },
} as const satisfies StaticRules;
