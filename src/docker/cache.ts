/** The folders of DynScan: one for data that can be made again (build logs, baselines), one for the user's choices. */
import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { escapeText } from '../core/escape.js';
import { isErrno, UserError } from '../core/user-error.js';

/** `$DYNSCAN_CACHE`, else the platform's cache folder. */
export function cacheFolder(): string {
  const chosen = process.env['DYNSCAN_CACHE'];
  if (chosen) return resolve(chosen);
  if (process.platform === 'win32') return join(folderIn('LOCALAPPDATA') ?? join(home(), 'AppData/Local'), 'dynscan');
  if (process.platform === 'darwin') return join(home(), 'Library/Caches/dynscan');
  return join(folderIn('XDG_CACHE_HOME') ?? join(home(), '.cache'), 'dynscan');
}

/** The folder for the user's choices: `$DYNSCAN_CONFIG`, else the platform's folder for them. */
export function configFolder(): string {
  const chosen = process.env['DYNSCAN_CONFIG'];
  if (chosen) return resolve(chosen);
  if (process.platform === 'win32') return join(folderIn('APPDATA') ?? join(home(), 'AppData/Roaming'), 'dynscan');
  if (process.platform === 'darwin') return join(home(), 'Library/Application Support/dynscan');
  return join(folderIn('XDG_CONFIG_HOME') ?? join(home(), '.config'), 'dynscan');
}

/** Empty or relative ones are to be ignored (XDG Base Directory Specification 0.8): they would lead into the working folder. */
function folderIn(variable: string): string | undefined {
  const value = process.env[variable];
  return value !== undefined && isAbsolute(value) ? value : undefined;
}

function home(): string {
  const told = homedir();
  return isAbsolute(told) ? told : userInfo().homedir;
}

/** The folders in the cache. All data that DynScan keeps is in one of these, so that it can be removed with DynScan. */
export const CACHE_FOLDERS = [
  'logs',
  'baselines',
  'compiled',
  'copies',
  'static-2',
  'static',
  'results-1',
  'editors',
] as const;

/**
 * A folder in the cache that only its owner can use, made when it does not exist. Content that other users could have written is removed. Throws
 * UserError when another user owns the path, or when it is not a folder.
 */
export async function privateFolder(name: (typeof CACHE_FOLDERS)[number]): Promise<string> {
  const root = cacheFolder();
  await mkdir(dirname(root), { recursive: true });
  const folder = join(root, name);
  const couldBeWritten = [await closeToOthers(root, 0o022), await closeToOthers(folder, 0o077)];
  if (couldBeWritten.includes(true)) {
    for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true, force: true });
  }
  return folder;
}

/** Removes `rights` on a folder from other users; true when other users could write into it until now. */
async function closeToOthers(path: string, rights: number): Promise<boolean> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (!isErrno(error, 'EEXIST')) throw error;
  });
  const info = await lstat(path);
  if (!info.isDirectory()) throw refused(path, 'no folder');
  // Windows has no such owner and mode: the folders of a profile belong to its user.
  const owner = process.getuid?.();
  // As in /tmp, each user can rename and remove only his own files.
  const isSticky = (info.mode & 0o1000) !== 0;
  if (owner === undefined || (isSticky && rights === 0o022)) return false;
  if (info.uid !== owner) throw refused(path, "another user's");
  if ((info.mode & rights) === 0) return false;
  await chmod(path, info.mode & 0o7777 & ~rights);
  return (info.mode & 0o022) !== 0;
}

function refused(path: string, what: string): UserError {
  return new UserError(
    `${escapeText(path)} is ${what}, so DynScan keeps nothing there. Remove it, or name another folder in DYNSCAN_CACHE.`,
  );
}

/** Writes a file completely or not at all, without waiting for the disk: a damaged file counts as missing. */
export async function writeCacheFile(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
