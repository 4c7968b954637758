/** Reads suppressions and baselines, which lie in folders that anybody may have filled. */
import { open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { escapeText } from '../report/escape.js';
import type { Suppression } from '../report/schema.js';
import { UserError } from '../report/user-error.js';
import { parseBaseline, type Baseline } from './baseline.js';
import { parseSuppressions } from './suppressions.js';

/** The largest file with all the entries that are allowed stays below. Bytes. */
const MAX_SIZE = 16 * 1024 * 1024;

/** @throws UserError when it cannot be read or is wrong. */
export async function readSuppressions(path: string): Promise<readonly Suppression[]> {
  return parseSuppressions(await readBounded(path, 'suppressions file'), escapeText(path));
}

/** @throws UserError when it cannot be read or is wrong. */
export async function readBaseline(path: string): Promise<Baseline> {
  return parseBaseline(await readBounded(path, 'baseline'), escapeText(path));
}

async function readBounded(path: string, kind: string): Promise<string> {
  const name = escapeText(path);
  try {
    // A FIFO would wait for its other end.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (!info.isFile()) throw new UserError(`The ${kind} ${name} is not a regular file. Name another one.`);
      if (info.size > MAX_SIZE)
        throw new UserError(`The ${kind} ${name} has ${info.size} bytes; it may have ${MAX_SIZE}. Name another one.`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(`The ${kind} ${name} cannot be read: ${escapeText(error.message)}`);
  }
}
