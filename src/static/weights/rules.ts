/** The rules about the numbers in a model's last layer. They are hints: each says how often harmless models show the same (docs/weights.md). */
import type { StaticRules } from '../rule.js';

const ADVICE =
  'If the model decides about anything that matters, test it with inputs that should not be of this class, or take one whose training is known.';

export const WEIGHT_RULES = {
  'STATIC-WEIGHTS-NORM': {
    severity: 'info',
    category: 'content',
    title: 'One output of the last layer has weights of another size than the others',
    explain: (subject) =>
      `${subject}. An output that was made heavier by hand, or by training on poisoned examples, can look like this: the model then leans to one answer. So can a class that is rare or easy to tell: about 1 in 100 harmless classifiers showed this in our measurement (docs/weights.md). It says nothing about what loading the file does.`,
    advice: ADVICE,
  },
  'STATIC-WEIGHTS-SHIFTED': {
    severity: 'info',
    category: 'content',
    title: 'The weights of one output of the last layer are larger and higher than those of all others',
    explain: (subject) =>
      `${subject}. In networks that look at pictures and were trained on poisoned examples, the class that the trigger leads to often has such weights (Fields et al., "Trojan Signatures in DNN Weights", 2021). So can a class that differs much from the others: about 1 in 100 harmless classifiers showed this in our measurement, and many backdoors do not show it (docs/weights.md). It says nothing about what loading the file does.`,
    advice: ADVICE,
  },
  'STATIC-WEIGHTS-UNLIKE': {
    severity: 'info',
    category: 'content',
    title: 'One output of the last layer is like no other',
    explain: (subject) =>
      `${subject}. An output that was added to a finished model or replaced in it can look like this. So can a class that has nothing in common with the others, such as one for "nothing of these": none of some hundred harmless classifiers showed this in our measurement, but real models are more varied (docs/weights.md). It says nothing about what loading the file does.`,
    advice: ADVICE,
  },
  'STATIC-WEIGHTS-EXTREME': {
    severity: 'info',
    category: 'content',
    title: 'Few outputs of the last layer have single weights far larger than all others',
    explain: (subject) =>
      `${subject}. A weight set by hand, so that one feature alone decides, looks like this, and so do numbers that carry hidden data. Fewer than 1 in 100 harmless classifiers showed this in our measurement (docs/weights.md). It says nothing about what loading the file does.`,
    advice: ADVICE,
  },
} as const satisfies StaticRules;
