/**
 * Paths as text, whatever bytes a file system has in them. A name on Linux is any bytes; one that is not UTF-8 would be lost in a string, and
 * with it the file. Its bytes over 0x7f become lone surrogates (U+DC80 to U+DCFF), as in Python (PEP 383), which every renderer escapes.
 */
import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';

const LONE = /(?<![\ud800-\udbff])[\udc80-\udcff]/g;

export function decodePath(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((count) => at + count <= bytes.length && isUtf8(bytes.subarray(at, at + count)));
    text +=
      length === undefined ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : bytes.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return text;
}

/** The path as functions of `node:fs` take it. Names on Windows are no bytes: they may have lone surrogates of their own. */
export function encodePath(path: string): string | Buffer {
  if (process.platform === 'win32' || path.search(LONE) < 0) return path;
  const parts: Buffer[] = [];
  let from = 0;
  for (const { index } of path.matchAll(LONE)) {
    parts.push(Buffer.from(path.slice(from, index)), Buffer.of(path.charCodeAt(index) - 0xdc00));
    from = index + 1;
  }
  return Buffer.concat([...parts, Buffer.from(path.slice(from))]);
}

/** `realpath` for such paths. */
export async function realPath(path: string): Promise<string> {
  if (process.platform === 'win32') return realpath(path);
  return decodePath(await realpath(encodePath(path), 'buffer'));
}

export interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** The entries of a folder, in no order. */
export async function* entriesOf(folder: string): AsyncGenerator<Entry> {
  if (process.platform === 'win32') {
    for await (const entry of await opendir(folder)) yield { name: entry.name, isFolder: entry.isDirectory() };
    return;
  }
  // The types do not know this encoding for opendir; readdir has it, and would hold all names at once.
  const encoding = 'buffer' as unknown as BufferEncoding;
  for await (const entry of await opendir(encodePath(folder), { encoding })) {
    const { name } = entry as unknown as Dirent<Buffer>;
    yield { name: decodePath(name), isFolder: entry.isDirectory() };
  }
}
