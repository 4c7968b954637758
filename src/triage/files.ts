/** Reads suppressions and baselines. They lie in folders whose content may come from an attacker. */
import { readSmallFile } from '../config/small-file.js';
import { escapeText } from '../core/escape.js';
import type { Suppression } from '../core/schema.js';
import { parseBaseline, type FindingsBaseline } from './baseline.js';
import { parseSuppressions } from './suppressions.js';

/** The largest file with all the entries that are allowed stays below. Bytes. */
const MAX_SIZE = 16 * 1024 * 1024;

/** @throws UserError when it cannot be read or is wrong. */
export async function readSuppressions(path: string): Promise<readonly Suppression[]> {
  return parseSuppressions(await read(path, 'suppressions file'), escapeText(path));
}

/** @throws UserError when it cannot be read or is wrong. */
export async function readBaseline(path: string): Promise<FindingsBaseline> {
  return parseBaseline(await read(path, 'baseline'), escapeText(path));
}

async function read(path: string, kind: string): Promise<string> {
  const content = await readSmallFile(path, { what: `The ${kind}`, limit: MAX_SIZE, hint: 'Name another one.' });
  return content.toString('utf8');
}
