/** Every rule of the dynamic side. */
import { CREDENTIALS } from './credentials.js';
import { ESCAPE, ESCAPE_PATHS } from './escape.js';
import { EVASION, MASQUERADE } from './evasion.js';
import { CODE, EXECUTION } from './execution.js';
import { FILES, PERSISTENCE } from './files.js';
import { NETWORK } from './network.js';
import { PYTHON } from './python.js';
import { TROUBLE } from './trouble.js';
import type { Rule } from './rule.js';

/**
 * The first rule that applies to an act is reported, so the order goes from the specific to the general.
 * Example: `RULES.find(({ id }) => id === 'DYN-EXEC-SHELL')`.
 */
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
