/** Files as sources of bytes: positioned reads, so that no size is too large, and nothing that could block is ever opened. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { throwIfCancelled, UserError } from '../core/user-error.js';
import { escapeText } from '../core/escape.js';
import { FORMATS, type Format } from '../core/formats.js';
import { encodePath, entriesOf, realPath } from './path.js';
import { FOLDER_ENTRIES, type ByteSource, type Folder, type FolderEntry } from '../readers/bytes.js';

/** The file system's data on a file that is not opened. */
export interface FileFacts {
  /** The file itself, symbolic links followed. */
  readonly path: string;
  /** Changes when the file is written to or replaced: its device, inode, size and times. */
  readonly stamp: string;
  /** When it was last written to, replaced or renamed, milliseconds since 1970. */
  readonly changed: number;
  readonly size: number;
}

export interface FileSource extends FileFacts, ByteSource {
  readonly folder?: FileFolder | undefined;
  close(): Promise<void>;
}

/** A folder whose files say which state of them was opened. */
export interface FileFolder extends Folder {
  open<T>(name: string, use: (file: ByteSource & Pick<FileFacts, 'stamp'>) => Promise<T>): Promise<T | undefined>;
}

/** A file of a model that is a folder. */
export interface FolderFile {
  /** Relative to the folder, parts divided by `/`. */
  readonly name: string;
  /** The file itself, symbolic links followed. */
  readonly path: string;
}

export interface ModelFacts extends FileFacts {
  /** Bytes, of all files together. */
  readonly total: number;
  /** Absent for a model of one file. In the order of their names, byte by byte. */
  readonly files?: readonly FolderFile[];
}

/** A model: one file, or all files of the folder that it lies in. */
export interface ModelSource extends FileSource, ModelFacts {}

/** Files of one model; each is mounted by itself. */
const MODEL_FILES = 1_000;
const MODEL_DEPTH = 16;

/**
 * Opens the file that stands for a model, and when its format is a folder lists the others: regular files of the model's, in it and in folders
 * below, but for `.git`, and links to files that lie in the folder or beside the file itself, as in a cache of downloads. The stamp is then that
 * of all. Throws what `openFile` throws, and UserError when there are too many.
 */
export async function openModel(path: string, format: Format): Promise<ModelSource> {
  const file = await openFile(path);
  try {
    return { ...file, ...(await withFolder(path, format, file)) };
  } catch (error) {
    await file.close();
    throw asUserError(path, error);
  }
}

/** The facts that `openModel` would return now. Throws as it does. */
export async function lookAtModel(path: string, format: Format): Promise<ModelFacts> {
  try {
    return await withFolder(path, format, await lookAt(path));
  } catch (error) {
    throw asUserError(path, error);
  }
}

async function withFolder(path: string, format: Format, file: FileFacts): Promise<ModelFacts> {
  const own = FORMATS[format].folder?.content;
  const { path: real, size, stamp, changed } = file;
  if (own === undefined) return { path: real, size, stamp, changed, total: size };
  const found: ListedFile[] = [];
  const homes = [await realPath(dirname(path)), dirname(real)];
  await listFiles(dirname(path), '', { own, homes, found });
  found.sort((left, right) => Buffer.compare(bytesOf(left.name), bytesOf(right.name)));
  const stamps = createHash('sha256').update(JSON.stringify(found.map(({ name, stamp }) => [name, stamp])));
  return {
    path: real,
    size,
    stamp: stamps.digest('hex'),
    changed: Math.max(changed, ...found.map(({ changed }) => changed)),
    total: found.reduce((sum, { size }) => sum + size, 0),
    files: found.map(({ name, path }) => ({ name, path })),
  };
}

function bytesOf(name: string): Buffer {
  const encoded = encodePath(name);
  return typeof encoded === 'string' ? Buffer.from(encoded) : encoded;
}

type ListedFile = FolderFile & FileFacts;

interface Listing {
  /** Names at the top that are the model's. */
  readonly own: readonly string[] | 'all';
  /** Folders that a link may lead to. */
  readonly homes: readonly string[];
  readonly found: ListedFile[];
}

async function listFiles(folder: string, prefix: string, listing: Listing): Promise<void> {
  const { own, homes, found } = listing;
  if (prefix.split('/').length > MODEL_DEPTH)
    throw new UserError(`${escapeText(folder)} is nested too deep for a model. Scan its files one by one.`);
  for await (const entry of entriesOf(folder)) {
    if (prefix === '' && own !== 'all' && !own.includes(entry.name)) continue;
    const path = join(folder, entry.name);
    const name = prefix + entry.name;
    if (entry.isFolder) {
      if (entry.name !== '.git') await listFiles(path, `${name}/`, listing);
      continue;
    }
    // A link that leads nowhere, to a folder or out of the model is not one of its files.
    const real = await realPath(path).catch(() => undefined);
    if (real === undefined || !homes.some((home) => isInside(real, home))) continue;
    const info = await stat(encodePath(real));
    if (!info.isFile()) continue;
    if (found.length >= MODEL_FILES)
      throw new UserError(
        `The folder of ${escapeText(path)} has more than ${MODEL_FILES} files, too many for one model. Scan its files one by one.`,
      );
    found.push({ name, ...factsOf(real, info) });
  }
}

/** Whether an absolute path is the folder or lies in it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Opens a regular file. Symbolic links are followed once, to a path that is then opened without following any; a FIFO,
 * device or socket is refused before and after it is opened, and opening never waits.
 * Throws UserError for what is missing, not a regular file, or may not be read.
 */
export async function openFile(path: string): Promise<FileSource> {
  let handle: FileHandle | undefined;
  try {
    const { path: target } = await lookAt(path);
    handle = await open(encodePath(target), OPEN_FLAGS);
    const info = await handle.stat();
    refuseOther(path, info);
    return { ...fromHandle(handle, target, info), folder: folderOf(path, target) };
  } catch (error) {
    await handle?.close();
    throw asUserError(path, error);
  }
}

/** Follows the links of a path. Throws the system's error, and UserError for a path that is not a regular file. */
export async function lookAt(path: string): Promise<FileFacts> {
  const target = await realPath(path);
  const info = await stat(encodePath(target));
  refuseOther(path, info);
  return factsOf(target, info);
}

function factsOf(path: string, info: Stats): FileFacts {
  const { dev, ino, size, mtimeMs, ctimeMs } = info;
  return { path, size, stamp: [dev, ino, size, mtimeMs, ctimeMs].join(' '), changed: Math.max(mtimeMs, ctimeMs) };
}

/** Milliseconds after which a change of a file shows in its times for certain, whatever the file system's clock ticks by. */
const SETTLED_MS = 2000;

/** True when the last write is old enough that the stamp would show one more write. */
export function isSettled({ changed }: Pick<FileFacts, 'changed'>): boolean {
  return Date.now() - changed > SETTLED_MS;
}

// Windows knows neither flag: they are undefined there, and count as 0.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** Identifies the content of a model. The hash of a file and that of a folder cannot be compared, even when they are the same. */
export interface Digest {
  readonly kind: 'file' | 'folder';
  /**
   * Hexadecimal. For a folder: the hash of `FOLDER_DOMAIN` and the output of `sha256sum --zero` on its files, by their names in it in order of bytes.
   */
  readonly sha256: string;
}

/** The first bytes of the hashed content of a folder. */
const FOLDER_DOMAIN = 'dynscan-folder/1\0';

export function kindOf({ files }: Pick<ModelSource, 'files'>): Digest['kind'] {
  return files === undefined ? 'file' : 'folder';
}

/** Rejects with CancelledError when aborted. */
export async function digestOfModel(model: ModelSource, signal?: AbortSignal): Promise<Digest> {
  if (model.files === undefined) return { kind: 'file', sha256: await sha256(model, signal) };
  const hashes: string[] = [];
  for (const { path } of model.files) {
    const file = await openFile(path);
    try {
      hashes.push(await sha256(file, signal));
    } finally {
      await file.close();
    }
  }
  return digestOfHashes(model, hashes);
}

/** Of the hashes of its files, in their order. */
export function digestOfHashes({ files }: Pick<ModelSource, 'files'>, hashes: readonly string[]): Digest {
  if (files === undefined) return { kind: 'file', sha256: hashes[0] ?? '' };
  const list = createHash('sha256').update(FOLDER_DOMAIN);
  // No name has a zero byte, so that no two folders have one list.
  for (const [index, { name }] of files.entries())
    list
      .update(`${hashes[index] ?? ''}  `)
      .update(name)
      .update('\0');
  return { kind: 'folder', sha256: list.digest('hex') };
}

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
    ...factsOf(path, info),
    async read(offset, length) {
      const wanted = offset < 0 ? 0 : Math.max(0, Math.min(length, size - offset));
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

/** A folder by itself. */
export function folderAt(path: string): Folder {
  const within = join(path, '.');
  return folderOf(join(within, 'x'), join(within, 'x'));
}

/** The folder that a file lies in. Throws what `openFile` throws. */
export async function folderWith(path: string): Promise<Folder> {
  try {
    return folderOf(path, (await lookAt(path)).path);
  } catch (error) {
    throw asUserError(path, error);
  }
}

/** The folder of a file; `target` is the file itself, which a link in a cache of downloads keeps elsewhere. */
function folderOf(path: string, target: string): FileFolder {
  const base = dirname(path);
  const inside = (name: string): string | undefined =>
    name.includes('\0') || name.split(/[/\\]/).includes('..') || /^(?:[/\\]|[A-Za-z]:)/.test(name)
      ? undefined
      : join(base, name);
  const folder: FileFolder = {
    async list(name) {
      const at = inside(name);
      if (at === undefined || (await folder.leadsOutside(name))) return undefined;
      try {
        const entries: FolderEntry[] = [];
        for await (const { name, isFolder } of entriesOf(at)) {
          if (entries.length >= FOLDER_ENTRIES) break;
          entries.push({ name, folder: isFolder });
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
        return await use({ size: file.size, stamp: file.stamp, read: (offset, length) => file.read(offset, length) });
      } finally {
        await file.close();
      }
    },
    async leadsOutside(name) {
      const at = inside(name);
      if (at === undefined) return true;
      try {
        const real = await realPath(at);
        const homes = [await realPath(base), dirname(target)];
        return !homes.some((home) => isInside(real, home));
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
