/** The user's own packages for the sandbox images: one requirements file, put on top of every layer. */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Settings } from '../config/settings.js';
import { exists, readSmallFile } from '../config/small-file.js';
import { escapeAndCut } from '../core/escape.js';
import { UserError } from '../core/user-error.js';
import { configFolder } from './cache.js';
import { normalName } from './distributions.js';

type Chosen = Pick<Settings, 'requirements'>;

/** Bytes; a larger file is not a list of packages. */
const LARGEST = 1024 * 1024;

/** The file that the setting names, else the user's own. */
export function requirementsPath({ requirements }: Chosen): string {
  return requirements === '' ? join(configFolder(), 'requirements.txt') : resolve(requirements);
}

/** Its text; undefined when there is nothing in it, or no file of the user's own. Throws UserError when one that is named cannot be read. */
export async function readRequirements(settings: Chosen): Promise<string | undefined> {
  const path = requirementsPath(settings);
  if (settings.requirements === '' && !(await exists(path))) return undefined;
  const text = await readList(path);
  return text.split(/\r?\n/).some((line) => /^\s*[^#\s]/.test(line)) ? text : undefined;
}

async function readList(path: string): Promise<string> {
  const what = 'The list of Python packages';
  const hint = 'Correct the setting requirements, or name another list with --requirements.';
  return (await readSmallFile(path, { what, limit: LARGEST, hint })).toString('utf8');
}

/** A name, extras and versions as PEP 508 and PEP 440 spell them; no address, no option, no marker. */
const REQUIREMENT =
  /^([A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?)(\[[A-Z0-9._-]+(?:,[A-Z0-9._-]+)*\])?((?:(?:===?|[<>~!]=|<|>)[A-Z0-9.!+*_-]+)(?:,(?:===?|[<>~!]=|<|>)[A-Z0-9.!+*_-]+)*)?$/i;

export interface AddedRequirements {
  readonly path: string;
  readonly added: readonly string[];
  /** Lines that stay as they stood in the file, even when another version is asked for now. */
  readonly present: readonly string[];
}

/** Adds packages to the file, and changes no line that stands in it. Throws UserError for a text that is not `NAME` or `NAME==VERSION`. */
export async function addRequirements(settings: Chosen, packages: readonly string[]): Promise<AddedRequirements> {
  const path = requirementsPath(settings);
  const wrong = packages.filter((text) => text.length > 200 || !REQUIREMENT.test(text));
  if (wrong.length > 0) {
    const shown = wrong.map((text) => `"${escapeAndCut(text, 80)}"`).join(', ');
    throw new UserError(
      `${shown} is no package as \`image add\` takes it: a name of PyPI, and a version if you like, such as xgboost or xgboost==3.0.0.`,
    );
  }
  const before = (await exists(path)) ? await readList(path) : '';
  const lines = before.split(/\r?\n/);
  const present: string[] = [];
  const added: string[] = [];
  for (const wanted of packages) {
    const known = lines.find((line) => nameOf(line) === nameOf(wanted));
    if (known !== undefined) present.push(known.trim());
    else {
      added.push(wanted);
      lines.push(wanted);
    }
  }
  if (added.length > 0) {
    const gap = before === '' || before.endsWith('\n') ? '' : '\n';
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, `${gap}${added.join('\n')}\n`);
  }
  return { path, added, present };
}

function nameOf(requirement: string): string | undefined {
  const name = /^\s*([A-Z0-9][A-Z0-9._-]*)/i.exec(requirement)?.[1];
  return name && normalName(name).replace(/-$/, '');
}
