/** What of a folder is not to be scanned: patterns as in `.gitignore`, which the user gave or which lie in a file. */
import { dirname, join, relative, sep } from 'node:path';
import ignore from 'ignore';
import type { Excluder, Exclusion } from '../core/exclusion.js';
import { UserError } from '../core/user-error.js';
import { escapeText } from '../core/escape.js';
import { exists, readSmallFile } from './small-file.js';

export const IGNORE_FILE = '.dynscanignore';

const FILE = { what: 'The file', limit: 1024 * 1024, hint: 'Name another one with --exclude-from.' };

/** A file that the user names; patterns count from its folder. Throws UserError for one that cannot be read. */
export async function readExclusion(path: string): Promise<Exclusion> {
  return { folder: dirname(path), patterns: await linesOf(path), file: path, own: true };
}

/** The `.dynscanignore` of each folder that has one. */
export async function findExclusions(folders: readonly string[]): Promise<readonly Exclusion[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const path = join(folder, IGNORE_FILE);
      return (await exists(path)) ? { folder, patterns: await linesOf(path), file: path, own: false } : undefined;
    }),
  );
  return found.filter((exclusion) => exclusion !== undefined);
}

async function linesOf(path: string): Promise<readonly string[]> {
  return (await readSmallFile(path, FILE))
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
}

export function excluderOf(exclusions: readonly Exclusion[]): Excluder {
  const matchers = exclusions.map((exclusion) => ({ exclusion, matcher: matcherOf(exclusion) }));
  return (path, isFolder) =>
    matchers.find(({ exclusion: { folder }, matcher }) => {
      const below = relative(folder, path).split(sep).join('/');
      return (
        below !== '' && !below.startsWith('../') && below !== '..' && matcher.ignores(isFolder ? `${below}/` : below)
      );
    })?.exclusion;
}

function matcherOf({ patterns, file }: Exclusion): ReturnType<typeof ignore> {
  try {
    return ignore().add([...patterns]);
  } catch (error) {
    throw new UserError(
      `A pattern of ${file === undefined ? '--exclude' : escapeText(file)} is wrong: ${escapeText(String(error))}`,
    );
  }
}
