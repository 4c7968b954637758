/** A model that only its owner may read cannot be read by the sandbox's user either: it gets a copy, for the time of the scan. */
import { constants } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder } from '../docker/cache.js';

const OTHERS_MAY_READ = 0o004;
const OTHERS_MAY_LIST = 0o005;

export interface ReadableModel {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * The file or folder itself when every user may read it, else a copy (a reference copy where the file system can); of a folder these
 * `parts` of it.
 */
export async function readableByAll(path: string, parts?: readonly string[]): Promise<ReadableModel> {
  const paths = parts?.map((part) => join(path, part)) ?? [path];
  if (process.platform === 'win32' || (await areAll(paths, isReadable))) {
    return { path, remove: () => Promise.resolve() };
  }
  await mkdir(copiesFolder(), { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(copiesFolder(), `${process.pid}-`));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'model');
    const options = { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE };
    if (parts) await mkdir(copy);
    for (const from of paths) await cp(from, parts ? join(copy, basename(from)) : copy, options);
    // The engine reaches it for the sandbox; on the host the folder above stays the owner's alone.
    await openToAll(copy);
    return { path: copy, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function isReadable(path: string): Promise<boolean> {
  const info = await lstat(path);
  if (info.isSymbolicLink()) return true; // what it leads to is judged for itself, or is not in the sandbox
  if (!info.isDirectory()) return (info.mode & OTHERS_MAY_READ) !== 0;
  if ((info.mode & OTHERS_MAY_LIST) !== OTHERS_MAY_LIST) return false;
  const names = await readdir(path);
  return areAll(
    names.map((name) => join(path, name)),
    isReadable,
  );
}

async function areAll(paths: readonly string[], is: (path: string) => Promise<boolean>): Promise<boolean> {
  for (const path of paths) if (!(await is(path))) return false;
  return true;
}

async function openToAll(path: string): Promise<void> {
  const info = await lstat(path);
  if (info.isSymbolicLink()) return;
  await chmod(path, info.isDirectory() ? 0o755 : 0o444);
  if (info.isDirectory()) for (const name of await readdir(path)) await openToAll(join(path, name));
}

/** Removes the copies of processes that are no more. */
export async function removeAbandonedCopies(): Promise<void> {
  const names = await readdir(copiesFolder()).catch(() => []);
  for (const name of names) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(copiesFolder(), name), { recursive: true, force: true });
  }
}

function copiesFolder(): string {
  return join(cacheFolder(), 'copies');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
