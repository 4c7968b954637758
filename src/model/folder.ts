/** A folder that is one model: its files are, as far as size, hash and change are concerned. */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, opendir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled, UserError } from '../report/user-error.js';
import { escapeText } from '../report/escape.js';
import { openFile, sha256 } from './source.js';

export interface FolderContents {
  readonly path: string;
  /** Those of the parts asked for that are there. */
  readonly parts: readonly string[];
  /** In order of their names. */
  readonly entries: readonly FolderEntry[];
  /** Of all files, bytes. */
  readonly size: number;
  /** Changes when a file or folder in it does. */
  readonly stamp: string;
}

interface FolderEntry {
  /** From the folder on, with `/`; a folder's own is the empty text. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** Permission bits. */
  readonly mode: number;
}

const ENTRY_LIMIT = 100_000;

/** What lies in it of these `parts`, links not followed. Throws UserError for a folder that cannot be read, or with something in it that is no file. */
export async function readFolder(path: string, parts: readonly string[], signal: AbortSignal): Promise<FolderContents> {
  const entries: FolderEntry[] = [];
  const stamps = createHash('sha256');
  let size = 0;
  const visit = async (name: string): Promise<void> => {
    throwIfCancelled(signal);
    const at = join(path, name);
    const info = await lstat(at, { bigint: true });
    const kind = kindOf(info);
    if (kind === undefined)
      throw new UserError(
        `${escapeText(at)} is neither a file nor a folder, so the model it lies in cannot be scanned.`,
      );
    if (entries.length >= ENTRY_LIMIT)
      throw new UserError(
        `${escapeText(path)} has more than ${ENTRY_LIMIT} files, more than DynScan takes for one model.`,
      );
    entries.push({ name, kind, mode: Number(info.mode & 0o777n) });
    // Of the folder itself too many things change that are none of the model's.
    const stamped = name === '' ? [] : [info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs];
    stamps.update(JSON.stringify([name, ...stamped.map(String)]));
    if (kind === 'file') size += Number(info.size);
    if (kind !== 'folder') return;
    const names: string[] = [];
    for await (const entry of await opendir(at)) names.push(entry.name);
    const wanted = name === '' ? names.filter((inner) => parts.includes(inner)) : names;
    for (const inner of wanted.sort()) await visit(name === '' ? inner : `${name}/${inner}`);
  };
  try {
    await visit('');
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(`${escapeText(path)} cannot be read: ${escapeText(error.message)}`);
  }
  const there = parts.filter((part) => entries.some(({ name }) => name === part));
  return { path, parts: there, entries, size, stamp: stamps.digest('hex') };
}

function kindOf(info: BigIntStats): FolderEntry['kind'] | undefined {
  if (info.isFile()) return 'file';
  if (info.isDirectory()) return 'folder';
  return info.isSymbolicLink() ? 'link' : undefined;
}

/** SHA-256 over a line `HASH  NAME` for each file, as sha256sum writes them, and `link TARGET  NAME` for each link; in hexadecimal. */
export async function hashFolder({ path, entries }: FolderContents, signal: AbortSignal): Promise<string> {
  const all = createHash('sha256');
  for (const { name, kind } of entries) {
    const at = join(path, name);
    if (kind === 'link') all.update(`link ${await readlink(at)}  ${name}\n`);
    if (kind !== 'file') continue;
    const file = await openFile(at);
    try {
      all.update(`${await sha256(file, signal)}  ${name}\n`);
    } finally {
      await file.close();
    }
  }
  return all.digest('hex');
}
