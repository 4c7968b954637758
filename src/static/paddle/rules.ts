/** The rules about models of PaddlePaddle. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const PADDLE_RULES = {
  'STATIC-PADDLE-CODE': {
    severity: 'high',
    category: 'execution',
    title: 'The PaddlePaddle model runs code that is no part of it',
    explain: (subject) =>
      `${subject}. It calls a function of the Python process by its number, or listens to other machines. A model that was saved for inference has none.`,
    harmless: 'In a program for training that you wrote yourself; never in one that was saved for inference.',
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
  'STATIC-PADDLE-FILE': {
    severity: 'high',
    category: 'credential-access',
    title: 'The PaddlePaddle model reads or writes files',
    explain: (subject) =>
      `${subject}. Operations for files belong to programs that train or convert, and a program for inference has none that leaves its folder.`,
    harmless: 'In a program that trains or converts, on the machine that it was made for.',
    attack: 'T1005',
    advice: LOOK_FIRST,
  },
  'STATIC-PADDLE-LIBRARY': {
    severity: 'high',
    category: 'execution',
    title: 'The PaddlePaddle model names a native library',
    explain: (subject) =>
      `${subject}. A library for operations is loaded into the process and does what it likes there.`,
    harmless: 'Where you built or chose the library yourself.',
    attack: 'T1129',
    advice: DO_NOT_LOAD,
  },
} as const satisfies StaticRules;
