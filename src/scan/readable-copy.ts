/** A file that only its owner may read cannot be read by the sandbox's user either: it gets a copy, for the time of the scan. */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder } from '../docker/cache.js';

const COPIES = 'copies';
const OTHERS_MAY_READ = 0o004;

export interface ReadableFiles<File> {
  readonly files: readonly File[];
  remove(): Promise<void>;
}

export interface ReadableCopy {
  readonly path: string;
  remove(): Promise<void>;
}

/** The files themselves where every user may read them, else copies (reference copies where the file system can). */
export async function readableByAll<File extends { readonly hostPath: string }>(
  files: readonly File[],
): Promise<ReadableFiles<File>> {
  const readable: File[] = [];
  const copies: ReadableCopy[] = [];
  const remove = async () => {
    for (const copy of copies) await copy.remove();
  };
  try {
    for (const file of files) {
      if (process.platform === 'win32' || ((await stat(file.hostPath)).mode & OTHERS_MAY_READ) !== 0) {
        readable.push(file);
        continue;
      }
      const copy = await inOwnFolder((path) => copyFile(file.hostPath, path, constants.COPYFILE_FICLONE));
      copies.push(copy);
      readable.push({ ...file, hostPath: copy.path });
    }
    return { files: readable, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A file of this content, which nobody changes while it is used. */
export function readableContent(content: Uint8Array): Promise<ReadableCopy> {
  return inOwnFolder((copy) => writeFile(copy, content, { flag: 'wx' }));
}

async function inOwnFolder(make: (path: string) => Promise<void>): Promise<ReadableCopy> {
  const folder = await mkdtemp(join(await privateFolder(COPIES), `${process.pid}-`));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'copy');
    await make(copy);
    // The engine reaches it for the sandbox; on the host the folder above stays the owner's alone.
    await chmod(copy, 0o444);
    return { path: copy, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Removes the copies of processes that are no more. */
export async function removeAbandonedCopies(): Promise<void> {
  const copies = await privateFolder(COPIES).catch(() => undefined);
  if (copies === undefined) return;
  const names = await readdir(copies);
  for (const name of names) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(copies, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
