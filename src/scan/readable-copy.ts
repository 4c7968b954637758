/** A file that only its owner may read cannot be read by the sandbox's user either: it gets a copy, for the time of the scan. */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder } from '../docker/cache.js';
import { isGone, ownId } from '../docker/owner.js';
import { encodePath } from '../model/path.js';
import { escapeAndCut } from '../core/escape.js';
import { isErrno, UserError } from '../core/user-error.js';

const COPIES = 'copies';
const OTHERS_MAY_READ = 0o004;
/** Of an owner that cannot be asked, a copy of this age is no running scan's. */
const SURELY_OVER_MS = 24 * 60 * 60_000;
const ID_LENGTH = 36;

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
      if (await isReadableByAll(file.hostPath)) {
        readable.push(file);
        continue;
      }
      const copy = await inOwnFolder((path) => copyFile(encodePath(file.hostPath), path, constants.COPYFILE_FICLONE));
      copies.push(copy);
      readable.push({ ...file, hostPath: copy.path });
    }
    return { files: readable, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A file whose path is not text is not readable either: the engine takes paths as text. */
async function isReadableByAll(path: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const bytes = encodePath(path);
  return typeof bytes === 'string' && ((await stat(path)).mode & OTHERS_MAY_READ) !== 0;
}

/** A copy of this content, which no process changes while it is used. */
export function readableContent(content: Uint8Array): Promise<ReadableCopy> {
  return inOwnFolder((copy) => writeFile(copy, content, { flag: 'wx' }));
}

/** A folder with these files, by their names in it, which no process changes while it is used. */
export function readableFolder(
  files: readonly { readonly name: string; readonly content: Uint8Array }[],
): Promise<ReadableCopy> {
  return inOwnFolder(async (copy) => {
    await makeFolder(copy);
    for (const { name, content } of files) {
      const parts = name.split('/');
      for (const [at] of parts.slice(1).entries()) await makeFolder(join(copy, ...parts.slice(0, at + 1)));
      const path = join(copy, ...parts);
      await writeFile(path, content, { flag: 'wx' });
      await chmod(path, 0o444);
    }
  }, FOLDER_MODE);
}

const FOLDER_MODE = 0o755;

/** Whatever the umask says. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, FOLDER_MODE);
}

async function inOwnFolder(make: (path: string) => Promise<void>, mode = 0o444): Promise<ReadableCopy> {
  const folder = await mkdtemp(join(await privateFolder(COPIES), `${await ownId()}-`)).catch(inWords);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'copy');
    await make(copy);
    // The engine reaches it for the sandbox; on the host the folder above stays the owner's alone.
    await chmod(copy, mode);
    return { path: copy, remove };
  } catch (error) {
    await remove();
    return inWords(error);
  }
}

/** A full disk and similar faults are for the user to mend. */
function inWords(error: unknown): never {
  if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO')) throw error;
  throw new UserError(
    `Only its owner may read the model, and the copy that the sandbox needs cannot be written (${escapeAndCut(error.message, 300)}). Make room there, or name another folder in DYNSCAN_CACHE.`,
  );
}

/** Removes the copies of processes that are no more. */
export async function removeAbandonedCopies(): Promise<void> {
  const copies = await privateFolder(COPIES).catch(() => undefined);
  if (copies === undefined) return;
  for (const name of await readdir(copies).catch(() => [])) {
    const path = join(copies, name);
    const made = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - made > SURELY_OVER_MS || (await isGone(name.slice(0, ID_LENGTH))))
      await rm(path, { recursive: true, force: true }).catch(() => undefined); // the next scan tries again
  }
}
