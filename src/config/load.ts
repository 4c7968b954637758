/**
 * The settings of one invocation: flags over the workspace file `dynscan.json` over the defaults.
 *
 * A workspace file that was merely found may come from a repository somebody downloaded to look at, so it must not
 * choose which program, image or engine runs: those settings count only in a file that the person named.
 */
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { escapeAndCut, escapeText } from '../report/escape.js';
import { UserError } from '../report/user-error.js';
import { settingsSchema } from './settings.js';
import type { Settings } from './settings.js';
import { exists, readSmallFile } from './small-file.js';

export const CONFIG_FILE = 'dynscan.json';

/** Settings that reach a process, an image, an engine, a mount, or a file that is written. */
export const TRUSTED_ONLY = [
  ...(['baseImage', 'requirements', 'dockerHost', 'runtime'] as const),
  ...(['cwd', 'sharedFolder', 'traceFile', 'reportFile'] as const),
] as const satisfies readonly (keyof Settings)[];

export function isTrustedOnly(name: string): boolean {
  return TRUSTED_ONLY.some((one) => one === name);
}

/** The flag of `dynscan scan` for a setting: `--max-file-size`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** In a settings file they count from the folder that the file is in. */
const PATHS = ['cwd', 'sharedFolder', 'traceFile', 'reportFile'] as const satisfies readonly (keyof Settings)[];

/** A settings file has some thirty keys; what is larger than this is something else. Bytes. */
const MAX_CONFIG_SIZE = 1024 * 1024;

export interface SettingsRequest {
  /** Where the search for `dynscan.json` begins; it goes up to the root. */
  readonly cwd: string;
  /** A file that the person named; nothing is searched then. */
  readonly file?: string;
  /** Values from flags by the setting's name; a value of the wrong kind is reported under the flag's name. */
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** The file that was read, if any, and whether it was found rather than named. */
  readonly source?: { readonly path: string; readonly found: boolean };
}

/** Throws UserError for a file that cannot be read, an unknown key or a value outside its bounds. */
export async function loadSettings({ cwd, file, flags }: SettingsRequest): Promise<LoadedSettings> {
  checkSettings(flags, flagOf);
  const path = file === undefined ? await findUpward(cwd) : resolve(cwd, file);
  if (path === undefined) return { settings: settingsSchema.parse(flags) };
  const found = file === undefined;
  const values = await readConfig(path);
  if (found) refuseUntrusted(values, path);
  checkSettings(values, (key) => `${escapeText(path)}: "${escapeAndCut(key, 60)}"`);
  return { settings: settingsSchema.parse({ ...fromFile(values, path), ...flags }), source: { path, found } };
}

function fromFile(values: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  const paths = PATHS.flatMap((key) => {
    const value = values[key];
    return typeof value === 'string' && value !== '' ? [[key, resolve(dirname(path), value)] as const] : [];
  });
  return { ...values, ...Object.fromEntries(paths) };
}

async function findUpward(start: string): Promise<string | undefined> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const candidate = join(folder, CONFIG_FILE);
    if (await exists(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  const file = { what: 'The settings file', limit: MAX_CONFIG_SIZE, hint: 'Name another one with --config.' };
  const text = (await readSmallFile(path, file)).toString('utf8');
  const name = escapeText(path);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    const why = error instanceof Error ? escapeAndCut(error.message, 200) : 'unknown error';
    throw new UserError(`The settings file ${name} is not JSON: ${why}`);
  }
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success)
    throw new UserError(`The settings file ${name} must hold one JSON object, such as {"timeout": 60}.`);
  return object.data;
}

function refuseUntrusted(values: Readonly<Record<string, unknown>>, path: string): void {
  const refused = TRUSTED_ONLY.filter((key) => Object.hasOwn(values, key));
  if (refused.length === 0) return;
  throw new UserError(
    `${escapeText(path)} was found, not named, and sets ${refused.map((key) => `"${key}"`).join(', ')}. ` +
      'A downloaded folder must not choose what runs on this machine or what is written there, so these settings count only in a file that you ' +
      `name: check the file and add --config ${escapeText(path)}, or remove them from it.`,
  );
}

function checkSettings(values: Readonly<Record<string, unknown>>, nameOf: (key: string) => string): void {
  const result = settingsSchema.safeParse(values);
  if (result.success) return;
  const known = Object.keys(settingsSchema.shape);
  const messages = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${nameOf(key)} is no setting. Known are ${known.join(', ')}.`);
    }
    const key = String(issue.path[0]);
    const value = escapeAndCut(JSON.stringify(values[key]), 80);
    return [`${nameOf(key)} is ${value}; allowed is ${describeAllowed(key)}.`];
  });
  throw new UserError([...new Set(messages)].join('\n'));
}

/** What a setting may be, in words, from its schema. */
function describeAllowed(key: string): string {
  const schema = settingsSchema.shape[key as keyof Settings];
  const { type, enum: choices, minimum, maximum, minLength } = z.toJSONSchema(schema);
  if (key === 'timezone') return 'the name of a time zone, such as Europe/Berlin';
  if (key === 'testCaseFolder') return 'a folder below the working folder';
  if (type === 'boolean') return 'true or false';
  if (choices !== undefined) return `one of ${choices.join(', ')}`;
  if (type === 'string') return minLength === undefined ? 'text' : 'text that is not empty';
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  // JSON Schema spells "no bound" as the largest whole number that a double holds exactly.
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? `${kind} of at least ${minimum ?? 0}`
    : `${kind} from ${minimum ?? 0} to ${maximum}`;
}
