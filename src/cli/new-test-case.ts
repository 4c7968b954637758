/** `dynscan new-test-case`: a file to start from. */
import { resolve } from 'node:path';
import { escapeText } from '../core/escape.js';
import { scaffoldTestCase } from '../testcase/files.js';
import { KINDS, type Kind } from '../testcase/template.js';
import { NOTHING_FOUND } from './exit-code.js';
import { writeText } from './io.js';
import type { Io } from './io.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';

export interface NewTestCaseOptions extends Flags {
  readonly kind: Kind;
}

/** Prints the path of the new file. */
export async function runNewTestCase(path: string | undefined, options: NewTestCaseOptions, io: Io): Promise<number> {
  const target = path ?? (await settingsFrom(options, io.cwd)).settings.testCaseFolder;
  const written = await scaffoldTestCase(resolve(io.cwd, target), options.kind);
  await writeText(io.stdout, `${escapeText(written)}\n`);
  return NOTHING_FOUND;
}

export function kindsInWords(): string {
  const lines = Object.entries(KINDS).map(([kind, words]) => `  ${kind.padEnd(12)}  ${words}`);
  return `\nKinds:\n${lines.join('\n')}`;
}
