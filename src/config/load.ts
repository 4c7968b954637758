/**
 * The settings of one invocation: flags over the settings file `dynscan.json` over the defaults.
 *
 * A settings file that was merely found may come from a repository that the user downloaded to look at, or from another user of the machine. So it is
 * looked for in the repository alone, read only when the user owns it, and can only make a scan stricter (`STRICTNESS`); what reaches a process, an
 * image, an engine or a file counts only in a file that the user named.
 */
import { lstat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser/lib/esm/main.js';
import * as z from 'zod';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { isErrno, UserError } from '../core/user-error.js';
import { ALIASES, givenSettingsSchema, joinAliases, settingsSchema, STRICTNESS, UNITS } from './settings.js';
import type { Settings } from './settings.js';
import { numberIn, unitsOf } from './units.js';
import { readSmallFile } from './small-file.js';
import { tighten } from './tighten.js';

export const CONFIG_FILE = 'dynscan.json';

/** Editors complete and check a file by it; it sets nothing. */
export const SCHEMA_KEY = '$schema';

/** Settings that reach a process, an image, an engine, a mount, or a file that is written. */
export const TRUSTED_ONLY: readonly (keyof Settings)[] = Object.entries(STRICTNESS).flatMap(([name, strictness]) =>
  strictness === 'refused' && isSetting(name) ? [name] : [],
);

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(settingsSchema.shape, name);
}

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
  /** Where the search for `dynscan.json` begins; it goes up to the root of the repository. */
  readonly cwd: string;
  /** A file that the user named; no search is made then. */
  readonly file?: string;
  /** Values from flags by the setting's name; a value of the wrong kind is reported under the flag's name. */
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** The file that was read, if any, and whether it was found rather than named. */
  readonly source?: { readonly path: string; readonly found: boolean };
  /** Notes on the files that were found: which one was read, and which of its values, or which file, was ignored. Ready to show. */
  readonly notes: readonly string[];
}

/** Throws UserError for a file that cannot be read, an unknown key or a value outside its bounds. */
export async function loadSettings({ cwd, file, flags: given }: SettingsRequest): Promise<LoadedSettings> {
  const flags = checkSettings(given, flagOf);
  if (file !== undefined) {
    const path = resolve(cwd, file);
    const values = checkFile(await readConfig(path), path);
    return {
      settings: settingsSchema.parse({ ...fromFile(values, path), ...flags }),
      source: { path, found: false },
      notes: [],
    };
  }
  const own = settingsSchema.parse(flags);
  const { found, notes } = await findConfig(resolve(cwd));
  if (found === undefined) return { settings: own, notes };
  const { path } = found;
  refuseUntrusted(found.values, path);
  const values = checkFile(found.values, path);
  // A value that the user gave as a flag stays, as with a file that is named.
  const foreign = Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(flags, name)));
  const { settings, taken, kept } = tighten(own, foreign);
  const shown = (name: keyof Settings): string => escapeAndCut(JSON.stringify(foreign[name]), 80);
  return {
    settings,
    source: { path, found: true },
    notes: [
      ...notes,
      `Settings from ${escapeText(path)}${taken.length === 0 ? '' : `: ${taken.map((name) => `${name} ${shown(name)}`).join(', ')}`}`,
      ...kept.map(
        (name) =>
          `Not taken from ${escapeText(path)}: ${name} ${shown(name)}, because a settings file that was found can only make a scan stricter, and this is ` +
          `${STRICTNESS[name] === 'never' ? 'yours to choose' : `looser than ${JSON.stringify(own[name])}`}. To use it, give ${flagOf(name)}, or check the file and name it with --config`,
      ),
    ],
  };
}

interface FoundConfig {
  readonly path: string;
  readonly values: Record<string, unknown>;
}

/** The nearest settings file of the user's own, not above the repository, the home folder or the file system that `start` is in. */
async function findConfig(start: string): Promise<{ readonly found?: FoundConfig; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const device = (await statOf(start))?.dev;
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_FILE);
    const entry = await statOf(path);
    if (entry !== undefined) {
      try {
        // The link itself too: its author chose the file that it leads to.
        checkOwner(entry);
        return { found: { path, values: await readConfig(path, checkOwner) }, notes };
      } catch (error) {
        if (!(error instanceof ForeignFile)) throw error;
        notes.push(
          `${escapeText(path)} was not read, because it belongs to another user. To use it, check the file and name it with --config`,
        );
      }
    }
    const parent = dirname(folder);
    const isTop = folder === parent || folder === homedir() || (await statOf(join(folder, '.git'))) !== undefined;
    if (isTop || (await statOf(parent))?.dev !== device) return { notes };
  }
}

class ForeignFile extends Error {}

function checkOwner({ uid }: { readonly uid: number }): void {
  // Windows has no such number.
  const own = process.geteuid?.();
  if (own !== undefined && uid !== own) throw new ForeignFile();
}

async function statOf(path: string): Promise<{ readonly uid: number; readonly dev: number } | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    // A folder that may not be searched counts as one without the file, as for git and other tools that search upward.
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
    throw error;
  }
}

/** JSON with comments and commas at the ends of lists, as VS Code's own settings may have. Throws UserError. */
function parseSettings(text: string, name: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return value;
  const before = text.slice(0, first.offset).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  throw new UserError(`The settings file ${name} is not JSON: ${printParseErrorCode(first.error)} at ${place}.`);
}

/** What the file says, without `$schema`. Throws UserError for one that is no JSON object. */
async function readConfig(
  path: string,
  check?: (info: { readonly uid: number }) => void,
): Promise<Record<string, unknown>> {
  const file = {
    what: 'The settings file',
    limit: MAX_CONFIG_SIZE,
    hint: 'Name another one with --config.',
    ...(check === undefined ? {} : { check }),
  };
  const text = (await readSmallFile(path, file)).toString('utf8');
  const name = escapeText(path);
  const value = parseSettings(text.replace(/^\ufeff/, ''), name);
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success)
    throw new UserError(`The settings file ${name} must hold one JSON object, such as {"timeout": 60}.`);
  return Object.fromEntries(
    Object.entries(object.data).flatMap(([key, value]) => {
      if (key === SCHEMA_KEY) return [];
      // A number in quotes is a slip; with a unit it has to be a text.
      const isMeasure = typeof value === 'string' && unitsOf(key).length > 0 && /[a-z]/i.test(value);
      return [[key, isMeasure ? (numberIn(key, value) ?? value) : value] as const];
    }),
  );
}

function checkFile(values: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  return checkSettings(values, (key) => `${escapeText(path)}: "${escapeAndCut(key, 60)}"`);
}

function fromFile(values: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  const folders: unknown = values['workspaceVersions'];
  const paths = PATHS.flatMap((key) => {
    const value = values[key];
    return typeof value === 'string' && value !== '' ? [[key, resolve(dirname(path), value)] as const] : [];
  });
  return {
    ...values,
    ...Object.fromEntries(paths),
    ...(Array.isArray(folders)
      ? { workspaceVersions: folders.map((folder) => resolve(dirname(path), String(folder))) }
      : {}),
  };
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

/** The values under the settings' own names. Throws UserError for an unknown key or a value outside its bounds. */
function checkSettings(
  values: Readonly<Record<string, unknown>>,
  nameOf: (key: string) => string,
): Record<string, unknown> {
  const result = givenSettingsSchema.safeParse(values);
  if (result.success) return joinAliases(values);
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
function describeAllowed(given: string): string {
  const key = Object.hasOwn(ALIASES, given) ? ALIASES[given as keyof typeof ALIASES] : given;
  if (!isSetting(key)) return 'nothing';
  const { type, enum: choices, minimum, maximum, maxItems } = z.toJSONSchema(settingsSchema.shape[key]);
  if (key === 'timezone') return 'the name of a time zone, such as Europe/Berlin';
  if (key === 'baseImage') return 'the name of an image in small letters, such as debian:trixie-slim';
  if (key === 'testCaseFolder') return 'a folder below the working folder';
  if (type === 'boolean') return 'true or false';
  if (key === 'skipFolders') return `a list of at most ${maxItems ?? 0} names of folders, without slashes`;
  if (type === 'array') return `a list of at most ${maxItems ?? 0} texts, none of them empty or too long`;
  if (choices !== undefined) return `one of ${choices.join(', ')}`;
  if (type === 'string') return 'text';
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  const names = unitsOf(key);
  const unit =
    UNITS[key] === undefined
      ? ''
      : `, in ${UNITS[key]}${names.length === 0 ? '' : `, or with a unit (${names.join(', ')})`}`;
  // JSON Schema spells "no bound" as the largest whole number that a double holds exactly.
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? `${kind} of at least ${minimum ?? 0}${unit}`
    : `${kind} from ${minimum ?? 0} to ${maximum}${unit}`;
}
