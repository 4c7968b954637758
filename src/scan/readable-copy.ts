/** A file that only its owner may read cannot be read by the sandbox's user either: it gets a copy, for the time of the scan. */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../docker/cache.js';

const OTHERS_MAY_READ = 0o004;

export interface ReadableFiles<File> {
  readonly files: readonly File[];
  remove(): Promise<void>;
}

/** The files themselves where every user may read them, else copies (reference copies where the file system can). */
export async function readableByAll<File extends { readonly hostPath: string }>(
  files: readonly File[],
): Promise<ReadableFiles<File>> {
  const folders: string[] = [];
  const remove = async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  };
  try {
    const readable: File[] = [];
    for (const file of files) {
      if (process.platform === 'win32' || ((await stat(file.hostPath)).mode & OTHERS_MAY_READ) !== 0) {
        readable.push(file);
        continue;
      }
      await mkdir(copiesFolder(), { recursive: true, mode: 0o700 });
      const folder = await mkdtemp(join(copiesFolder(), `${process.pid}-`));
      folders.push(folder);
      const copy = join(folder, 'model');
      await copyFile(file.hostPath, copy, constants.COPYFILE_FICLONE);
      // The engine reaches it for the sandbox; on the host the folder above stays the owner's alone.
      await chmod(copy, 0o444);
      readable.push({ ...file, hostPath: copy });
    }
    return { files: readable, remove };
  } catch (error) {
    await remove();
    throw error;
  }
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
