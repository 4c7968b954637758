/** Reads small files that the user names or that are found: settings, test cases, suppressions. */
import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { escapeText } from '../core/escape.js';
import { isErrno, UserError } from '../core/user-error.js';

export interface SmallFile {
  /** The subject of a sentence: `The settings file`. */
  readonly what: string;
  /** The largest that is read. Bytes. */
  readonly limit: number;
  /** The advice for a file that cannot be read, a sentence. */
  readonly hint: string;
  /** Looks at the file once it is open, before it is read; throws to refuse it. */
  readonly check?: (info: Stats) => void;
}

/** @throws UserError when it cannot be read, is no regular file, or is larger than `limit`. */
export async function readSmallFile(path: string, { what, limit, hint, check }: SmallFile): Promise<Buffer> {
  const name = `${what} ${escapeText(path)}`;
  try {
    // Opening a FIFO would wait for its other end.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (!info.isFile()) throw new UserError(`${name} is not a regular file. ${hint}`);
      if (info.size > limit) throw new UserError(`${name} has ${info.size} bytes; it may have ${limit}. ${hint}`);
      check?.(info);
      // It can have grown since.
      return (await file.readFile()).subarray(0, limit);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new UserError(`${name} cannot be read: ${escapeText(error.message)}. ${hint}`);
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    // A folder that may not be searched counts as one without the file, as for git and other tools that search upward.
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}
