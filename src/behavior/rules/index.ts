/** Every rule. Of one act the first that applies is told, so the order goes from the telling to the general. */
import { CREDENTIALS } from './credentials.js';
import { ESCAPE, ESCAPE_PATHS } from './escape.js';
import { EVASION, MASQUERADE } from './evasion.js';
import { CODE, EXECUTION } from './execution.js';
import { FILES, PERSISTENCE } from './files.js';
import { NETWORK } from './network.js';
import { PYTHON } from './python.js';
import { TROUBLE } from './trouble.js';
import type { Rule } from './rule.js';

export const RULES: readonly Rule[] = [
  ...ESCAPE_PATHS,
  ...CODE,
  ...CREDENTIALS,
  ...PERSISTENCE,
  ...FILES,
  ...MASQUERADE,
  ...EXECUTION,
  ...NETWORK,
  ...EVASION,
  ...ESCAPE,
  ...TROUBLE,
  ...PYTHON,
];
