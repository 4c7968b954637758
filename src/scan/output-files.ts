/**
 * Files that a scan is asked to write beside its report document. The folder may be a download: an entry under the name can be a link that leads to a
 * file of the user's, or that file itself. So no link is followed, and only files that DynScan wrote before are replaced.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, createWriteStream, openSync, renameSync, type WriteStream } from 'node:fs';
import { accessSync, fstatSync, lstatSync, readlinkSync, readSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import { open, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { finished } from 'node:stream/promises';
import { escapeText } from '../core/escape.js';
import { isWrittenReport } from '../report/files.js';
import type { ScanReport } from '../core/schema.js';
import { UserError } from '../core/user-error.js';
import type { ScanEvent } from './scan-request.js';

/** The entries that may be replaced under the name: only files that DynScan wrote there before, any file, or (`--force`) links and pipes too. */
export type Replaces = 'own' | 'files' | 'all';

/** A place for a report, checked before the scan begins, so that minutes of work do not end at a missing folder. */
export interface ReportFile {
  readonly path: string;
  /** Replaces the file in one step. A device is written to as it is. */
  readonly write: (text: string) => Promise<void>;
}

/** Throws UserError when no file can be written there. Links on the way are followed down to `cwd`, and not below it. */
export async function prepareReportFile(cwd: string, file: string, replaces: Replaces = 'own'): Promise<ReportFile> {
  const named = resolve(cwd, file);
  const check = (): OutputFile => placeFor(cwd, named, replaces, isWrittenReport);
  const { path } = await withFileErrors(named, check);
  // Minutes go by until it is written: the entry is then checked again.
  return { path, write: (text) => withFileErrors(named, () => writeReport(check(), text)) };
}

async function writeReport({ path, asItIs, mode }: OutputFile, text: string): Promise<void> {
  if (asItIs) return writeFile(path, text);
  const temporary = temporaryBeside(path);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

interface OutputFile {
  /** The folder without links, and the name. */
  readonly path: string;
  /** A device of the system's: opened, not replaced. */
  readonly asItIs: boolean;
  /** The mode of the new file: that of the file which it replaces. */
  readonly mode: number;
}

/** The system's own names for devices and for descriptors of this process, such as `/dev/stdout`; their links are no trap. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(['/dev', '/dev/fd', '/proc/self/fd']);

function placeFor(cwd: string, named: string, replaces: Replaces, isOwn: (content: string) => boolean): OutputFile {
  const shown = escapeText(named);
  if (SYSTEM_FOLDERS.has(dirname(named))) {
    if (statSync(named).isDirectory()) throw new UserError(`${shown} is a folder; name a file to write to.`);
    return { path: named, asItIs: true, mode: 0 };
  }
  if (replaces !== 'all') refuseLinksBelow(cwd, named);
  const path = join(realpathSync(dirname(named)), basename(named));
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory()) throw new UserError(`${shown} is a folder; name a file to write to.`);
  accessSync(dirname(path), constants.W_OK | constants.X_OK);
  if (existing === undefined) return { path, asItIs: false, mode: 0o666 };
  if (existing.isFile()) {
    if (replaces === 'own' && !isOwn(beginningOf(path)))
      throw new UserError(
        `${shown} exists and DynScan did not write it, so it is not replaced. Remove it or name another file; \`dynscan scan --force\` replaces it.`,
      );
    return { path, asItIs: false, mode: existing.mode & 0o777 };
  }
  if (replaces !== 'all') throw new UserError(refusal(named, existing.isSymbolicLink()));
  // A link is replaced by the file; the target of the link stays unchanged.
  return { path, asItIs: !existing.isSymbolicLink(), mode: 0o666 };
}

function refuseLinksBelow(cwd: string, named: string): void {
  const below = relative(cwd, dirname(named));
  const parts = below.split(sep);
  if (isAbsolute(below) || parts[0] === '..' || parts[0] === '') return;
  let folder = cwd;
  for (const part of parts) {
    folder = join(folder, part);
    if (lstatSync(folder).isSymbolicLink()) throw new UserError(refusal(folder, true));
  }
}

function refusal(path: string, isLink: boolean): string {
  const shown = escapeText(path);
  if (!isLink)
    return `${shown} is no regular file, so nothing is written to it. Name another file; \`dynscan scan --force\` writes to it.`;
  return `${shown} is a link to ${escapeText(readlinkSync(path))}, and links are not followed when something is written. Name the place itself; \`dynscan scan --force\` does without.`;
}

/** The first bytes by which a file is recognised as DynScan's. */
const BEGINNING = 64 * 1024;

function beginningOf(path: string): string {
  // Neither flag is known on Windows, where they are undefined and count as 0.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(Math.min(BEGINNING, fstatSync(file).size));
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(file);
  }
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.dynscan-${randomBytes(8).toString('hex')}.tmp`);
}

/**
 * Raw traces, written while they are made. With one model the file is the one named; with several each model has its
 * own, `trace.log` becoming `trace.1.log`, `trace.2.log` and so on, because two traces in one file would be none.
 */
export class TraceFiles {
  private readonly files = new Map<string, { readonly path: string; readonly stream: WriteStream }>();
  private failure: Error | undefined;

  private constructor(
    private readonly cwd: string,
    private readonly file: string,
    private readonly replaces: Replaces,
    private readonly onFailure: () => void,
  ) {}

  /** `onFailure` is called once, when a trace can no longer be written; `close` then throws why. */
  static async prepare(
    cwd: string,
    file: string,
    onFailure: () => void,
    replaces: Replaces = 'own',
  ): Promise<TraceFiles> {
    const path = resolve(cwd, file);
    await withFileErrors(path, () => placeFor(cwd, path, replaces, isTrace));
    return new TraceFiles(cwd, path, replaces, onFailure);
  }

  /** `nth` of `total` models, from 1. */
  begin(model: string, nth: number, total: number): void {
    const path = total === 1 ? this.file : numbered(this.file, nth);
    const failed = (error: unknown): void => {
      const first = this.failure === undefined;
      this.failure ??= fileError(path, error);
      if (first) this.onFailure();
    };
    try {
      const stream = openTrace(placeFor(this.cwd, path, this.replaces, isTrace));
      stream.on('error', failed);
      this.files.set(resolve(model), { path, stream });
    } catch (error) {
      failed(error);
    }
  }

  line(model: string, line: string): void {
    this.files.get(resolve(model))?.stream.write(`${line}\n`);
  }

  /** The report with the path of its trace: with several models the file names alone do not show which trace belongs to which model. */
  named(report: ScanReport): ScanReport {
    const file = this.files.get(report.model.path)?.path;
    return file === undefined ? report : { ...report, trace: { ...report.trace, file } };
  }

  /** Which trace belongs to which model, a line each, when there are several. */
  whose(): string[] {
    if (this.files.size < 2) return [];
    return [...this.files].map(([model, { path }]) => `${escapeText(path)} is the trace of ${escapeText(model)}`);
  }

  /** Waits until every line is out. */
  async close(): Promise<void> {
    for (const { stream } of this.files.values()) {
      stream.end();
      await finished(stream).catch(() => undefined);
    }
    if (this.failure !== undefined) throw this.failure;
  }
}

/** A new file that takes the place of the old one before the first line, so that it can be followed while it grows. */
function openTrace({ path, asItIs, mode }: OutputFile): WriteStream {
  if (asItIs) return createWriteStream(path);
  const temporary = temporaryBeside(path);
  const fd = openSync(temporary, 'wx', mode);
  try {
    renameSync(temporary, path);
    return createWriteStream('', { fd });
  } catch (error) {
    closeSync(fd);
    unlinkSync(temporary);
    throw error;
  }
}

/** Every trace begins with the start of the runner. */
function isTrace(content: string): boolean {
  return content === '' || /^(?:\d* +)?[\d.]+ execve\([^\n]*"\/opt\/dynscan\//m.test(content);
}

/** A listener that writes the trace of each model while it is made. */
export function recordTraces(traces: TraceFiles): (event: ScanEvent) => void {
  return (event) => {
    if (event.type === 'started' && !event.sidecar) traces.begin(event.path, event.index + 1, event.total);
    if (event.type === 'trace') traces.line(event.path, event.line);
  };
}

function numbered(path: string, nth: number): string {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  const inserted = dot > 0 ? `${name.slice(0, dot)}.${nth}${name.slice(dot)}` : `${name}.${nth}`;
  return join(dirname(path), inserted);
}

async function withFileErrors<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(path, error);
  }
}

function fileError(path: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!('code' in error)) return error;
  return new UserError(`${escapeText(path)} cannot be written: ${escapeText(error.message)}`);
}
