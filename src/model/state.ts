/** Checks whether a model is still the one that was scanned. */
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FORMATS, type Format } from '../core/formats.js';
import { encodePath } from './path.js';
import { digestOfModel, isSettled, openModel, type Digest } from './source.js';

/** The file system's data on a model, without reading it. */
export interface ModelState {
  /** Changes when a file was written to or replaced, whatever its size and times say: devices, inodes, sizes, times of change. */
  readonly identity: string;
  /** False right after a change: one more change may then not show in the identity. */
  readonly settled: boolean;
  /** The file itself, links followed. */
  readonly path: string;
}

/** Undefined when there is nothing at the path. */
export async function stateOfModel(path: string, format: Format): Promise<ModelState | undefined> {
  try {
    const source = await openModel(path, format);
    await source.close();
    return stateOf(source);
  } catch {
    return unreadableState(path);
  }
}

/** Of a model that is open. */
export function stateOf(source: Awaited<ReturnType<typeof openModel>>): ModelState {
  return { identity: source.stamp, settled: isSettled(source), path: source.path };
}

/** A folder, or a file that may not be opened: it counts as changed as soon as it can be opened. */
async function unreadableState(path: string): Promise<ModelState | undefined> {
  const info = await lstat(encodePath(path), { bigint: true }).catch(() => undefined);
  if (info === undefined) return undefined;
  const identity = ['unread', info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join(' ');
  return { identity, settled: true, path };
}

/** The digest of the current content; undefined when it cannot be read to its end. */
export async function digestNow(path: string, format: Format): Promise<Digest | undefined> {
  try {
    const source = await openModel(path, format);
    try {
      return await digestOfModel(source);
    } finally {
      await source.close();
    }
  } catch {
    return undefined;
  }
}

/** Whether each file of the code that came with a model is unchanged. */
export async function hasSameCode(
  model: string,
  files: readonly { readonly path: string; readonly sha256: string }[],
): Promise<boolean> {
  for (const { path, sha256: before } of files) {
    const digest = await digestNow(join(dirname(model), path), 'python');
    if (digest?.sha256 !== before) return false;
  }
  return true;
}

/** Whether the model is the folder that its file lies in. */
export function isFolderFormat(format: Format): boolean {
  return FORMATS[format].folder !== undefined;
}
