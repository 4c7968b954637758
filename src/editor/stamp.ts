import { workspace, type Uri } from 'vscode';

/** Enough of a file to tell that it is still the one that was scanned. */
export interface Stamp {
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** Bytes. */
  readonly size: number;
}

/** Undefined when there is no such file. */
export async function stampOf(uri: Uri): Promise<Stamp | undefined> {
  try {
    const { mtime, size } = await workspace.fs.stat(uri);
    return { modified: mtime, size };
  } catch {
    return undefined;
  }
}

export function sameStamp(one: Stamp | undefined, other: Stamp | undefined): boolean {
  return one !== undefined && other !== undefined && one.modified === other.modified && one.size === other.size;
}

/** Whether `uri` is `folder` or lies in it. */
export function isInside(uri: Uri, folder: Uri): boolean {
  if (uri.scheme !== folder.scheme || uri.authority !== folder.authority) return false;
  return uri.path === folder.path || uri.path.startsWith(folder.path.replace(/\/?$/, '/'));
}
