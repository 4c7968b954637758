import { dirname, join } from 'node:path';
import { Uri, workspace } from 'vscode';
import { FORMATS, type Format } from '../core/formats.js';
import { digestNow, hasSameCode, isFolderFormat, stateOfModel } from '../model/state.js';
import { contentOf, isSameContent } from '../core/identity.js';
import type { ScanReport } from '../core/schema.js';

/**
 * Identifies the version of a model's file, to see whether it is still the one that was read. Size and modification time are not enough: archives and
 * copies preserve both. On a disk the inode and the change time (ctime), which no program can set, identify it. Other file systems give only size and
 * times, so their files are read again whenever it matters.
 */
export interface Stamp {
  readonly identity: string;
  /** False where one more change may not show in the identity. */
  readonly settled: boolean;
  /** The file itself, links followed; undefined when it is not on a disk. */
  readonly path?: string | undefined;
}

/** Undefined when there is no such file. `format` says whether a model is a folder. */
export async function stampOf(uri: Uri, format = 'unknown'): Promise<Stamp | undefined> {
  if (uri.scheme === 'file') return stateOfModel(uri.fsPath, knownFormat(format));
  try {
    const { ctime, mtime, size } = await workspace.fs.stat(uri);
    return { identity: [ctime, mtime, size].join(' '), settled: false };
  } catch {
    return undefined;
  }
}

/** Certain, without reading it. */
export function sameStamp(one: Stamp | undefined, other: Stamp | undefined): boolean {
  return one !== undefined && other !== undefined && one.settled && one.identity === other.identity;
}

/** Bytes; undefined when there is no such file. */
export async function sizeOf(uri: Uri): Promise<number | undefined> {
  return workspace.fs.stat(uri).then(
    ({ size }) => size,
    () => undefined,
  );
}

/**
 * What a report's model is now, when it still has the content that the report is about, else undefined. `stamp` is what it was when it was
 * scanned; where that leaves a doubt, or the file was touched, its content decides.
 */
export async function stillScanned(uri: Uri, stamp: Stamp | undefined, report: ScanReport): Promise<Stamp | undefined> {
  const { format } = report.model;
  // Before the content is read: what changes while it is read changes this.
  const now = await stampOf(uri, format);
  if (now === undefined || stamp === undefined) return undefined;
  if (uri.scheme === 'file' && !(await hasSameCode(uri.fsPath, report.ownCode ?? []))) return undefined;
  if (sameStamp(stamp, now)) return now;
  // A model that was not read to its end has no hash to compare with.
  if (uri.scheme !== 'file' || contentOf(report.model) === undefined)
    return now.identity === stamp.identity ? now : undefined;
  const digest = await digestNow(uri.fsPath, knownFormat(format));
  const content = digest?.kind === 'folder' ? { folderSha256: digest.sha256 } : { sha256: digest?.sha256 };
  return isSameContent({ ...content, codeSha256: report.model.codeSha256 }, report.model) ? now : undefined;
}

/**
 * Whether a change at `changed` can concern a report's model: its file, the target of a link, a file of its folder, or the code that came with it.
 */
export function concerns(changed: Uri, uri: Uri, stamp: Stamp | undefined, report: ScanReport): boolean {
  if (isInside(uri, changed)) return true;
  if (uri.scheme !== 'file' || changed.scheme !== 'file') return false;
  if (isFolderFormat(knownFormat(report.model.format)) && isInside(changed, Uri.joinPath(uri, '..'))) return true;
  const code = report.ownCode?.map(({ path }) => join(dirname(uri.fsPath), path)) ?? [];
  return code.includes(changed.fsPath) || (stamp?.path !== undefined && stamp.path === changed.fsPath);
}

/** Whether `uri` is `folder` or lies in it. */
export function isInside(uri: Uri, folder: Uri): boolean {
  if (uri.scheme !== folder.scheme || uri.authority !== folder.authority) return false;
  return uri.path === folder.path || uri.path.startsWith(folder.path.replace(/\/?$/, '/'));
}

function knownFormat(name: string): Format {
  return Object.hasOwn(FORMATS, name) ? (name as Format) : 'unknown';
}
