/** `dynscan inspect FILE`: what is in a model, line by line; `git diff` uses it to compare two versions. */
import { resolve } from 'node:path';
import { describeModel } from '../scan/look.js';
import { NOTHING_FOUND } from './exit-code.js';
import { writeText } from './io.js';
import type { Io } from './io.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';

/** Reads the file and runs nothing. Rejects with UserError for a file that cannot be read. */
export async function runInspect(file: string, options: Flags, io: Io, signal: AbortSignal): Promise<number> {
  const { settings } = await settingsFrom(options, io.cwd);
  const timeout = settings.staticTimeout;
  await writeText(io.stdout, await describeModel({ path: resolve(io.cwd, file) }, { signal, timeout }));
  return NOTHING_FOUND;
}
