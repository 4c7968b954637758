/** Files as sources of bytes: positioned reads, so that no size is too large, and nothing that could block is ever opened. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, opendir, realpath, stat, type FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { throwIfCancelled, UserError } from '../report/user-error.js';
import { escapeText } from '../report/escape.js';
import { FOLDER_ENTRIES, type ByteSource, type Folder, type FolderEntry } from '../static/bytes.js';

export interface FileSource extends ByteSource {
  /** The file itself, symbolic links followed. */
  readonly path: string;
  /** Changes when the file is written to or replaced: its device, inode, size and times. */
  readonly stamp: string;
  /** When it was last written to, replaced or renamed, milliseconds since 1970. */
  readonly changed: number;
  close(): Promise<void>;
}

/**
 * Opens a regular file. Symbolic links are followed once, to a path that is then opened without following any; a FIFO,
 * device or socket is refused before and after it is opened, and opening never waits.
 * Throws UserError for what is missing, not a regular file, or may not be read.
 */
export async function openFile(path: string): Promise<FileSource> {
  let handle: FileHandle | undefined;
  try {
    const target = await realpath(path);
    refuseOther(path, await stat(target));
    handle = await open(target, OPEN_FLAGS);
    const info = await handle.stat();
    refuseOther(path, info);
    return { ...fromHandle(handle, target, info), folder: folderOf(path, target) };
  } catch (error) {
    await handle?.close();
    throw asUserError(path, error);
  }
}

/** Milliseconds after which a change of a file shows in its times for certain, whatever the file system's clock ticks by. */
const SETTLED_MS = 2000;

/** True when nothing wrote to the file so lately that its stamp might not tell of one more write. */
export function isSettled({ changed }: FileSource): boolean {
  return Date.now() - changed > SETTLED_MS;
}

// Windows knows neither flag: they are undefined there, and count as 0.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** SHA-256 of the whole source in hexadecimal. Rejects with CancelledError when aborted. */
export async function sha256(source: ByteSource, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const chunk = 4 * 1024 * 1024;
  for (let offset = 0; offset < source.size; offset += chunk) {
    throwIfCancelled(signal);
    const bytes = await source.read(offset, chunk);
    if (bytes.length === 0)
      throw new UserError('The file became shorter while it was read. Scan it again when nothing writes to it.');
    hash.update(bytes);
  }
  return hash.digest('hex');
}

function fromHandle(handle: FileHandle, path: string, info: Stats): FileSource {
  const { size } = info;
  return {
    path,
    stamp: [info.dev, info.ino, size, info.mtimeMs, info.ctimeMs].join(' '),
    changed: Math.max(info.mtimeMs, info.ctimeMs),
    size,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const buffer = new Uint8Array(wanted);
      let filled = 0;
      while (filled < wanted) {
        const { bytesRead } = await handle.read(buffer, filled, wanted - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}

/** The folder of a file; `target` is the file itself, which a link in a cache of downloads keeps elsewhere. */
function folderOf(path: string, target: string): Folder {
  const base = dirname(path);
  const inside = (name: string): string | undefined =>
    name.includes('\0') || name.split(/[/\\]/).includes('..') || /^(?:[/\\]|[A-Za-z]:)/.test(name)
      ? undefined
      : join(base, name);
  const folder: Folder = {
    async list(name) {
      const at = inside(name);
      if (at === undefined || (await folder.leadsOutside(name))) return undefined;
      try {
        const entries: FolderEntry[] = [];
        for await (const entry of await opendir(at)) {
          if (entries.length >= FOLDER_ENTRIES) break;
          entries.push({ name: entry.name, folder: entry.isDirectory() });
        }
        return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
      } catch {
        return undefined;
      }
    },
    async open(name, use) {
      const at = inside(name);
      if (at === undefined || (await folder.leadsOutside(name))) return undefined;
      let file: FileSource;
      try {
        file = await openFile(at);
      } catch {
        return undefined;
      }
      try {
        return await use({ size: file.size, read: (offset, length) => file.read(offset, length) });
      } finally {
        await file.close();
      }
    },
    async leadsOutside(name) {
      const at = inside(name);
      if (at === undefined) return true;
      try {
        const real = await realpath(at);
        const homes = [await realpath(base), dirname(target)];
        return !homes.some((home) => real === home || real.startsWith(home.endsWith(sep) ? home : home + sep));
      } catch {
        return false;
      }
    },
  };
  return folder;
}

function refuseOther(path: string, info: Stats): void {
  const kind = info.isDirectory()
    ? 'a folder'
    : info.isFIFO()
      ? 'a named pipe'
      : info.isSocket()
        ? 'a socket'
        : info.isCharacterDevice() || info.isBlockDevice()
          ? 'a device'
          : undefined;
  if (kind === undefined && info.isFile()) return;
  throw new UserError(
    `${escapeText(path)} cannot be scanned: it is ${kind ?? 'no regular file'}, not a model file. Give the path of a regular file.`,
  );
}

function asUserError(path: string, error: unknown): unknown {
  const shown = escapeText(path);
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(`${shown} does not exist. Check the path; a broken symbolic link counts as missing.`);
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        `${shown} cannot be read: this user has no permission. Change its permissions, or scan as a user who may.`,
      );
    case 'ELOOP':
      return new UserError(
        `${shown} cannot be opened: its symbolic links lead in a circle, or changed meanwhile. Give the path of the file itself.`,
      );
    case 'ENXIO':
    case 'ENODEV':
      return new UserError(`${shown} cannot be scanned: it is no regular file. Give the path of a regular file.`);
    case 'EMFILE':
    case 'ENFILE':
      return new UserError(
        `${shown} cannot be opened: too many files are open. Close programs, or scan fewer models at once.`,
      );
    default:
      return error;
  }
}
