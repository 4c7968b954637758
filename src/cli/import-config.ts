/** `dynscan import-config`: the settings of a config.ini of ml-model-dynscan as a dynscan.json. */
import { resolve } from 'node:path';
import { importConfigFile } from '../config/import-ini.js';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { NOTHING_FOUND } from './exit-code.js';
import { writeText } from './io.js';
import type { Io } from './io.js';

export interface ImportOptions {
  readonly output: string;
}

/** Prints the path of the new file, and to standard error what could not be taken over. */
export async function runImportConfig(file: string, { output }: ImportOptions, io: Io): Promise<number> {
  const target = resolve(io.cwd, output);
  const { notes } = await importConfigFile(resolve(io.cwd, file), target);
  for (const note of notes) io.stderr.write(`${escapeAndCut(note, 500)}\n`);
  await writeText(io.stdout, `${escapeText(target)}\n`);
  return NOTHING_FOUND;
}
