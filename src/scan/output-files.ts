/** Files that a scan is asked to write beside its answer. A report is there whole or not at all. */
import { randomBytes } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { access, open, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { escapeText } from '../report/escape.js';
import { isErrno, UserError } from '../report/user-error.js';
import type { ScanEvent } from './api.js';

/** A place for a report, checked before the scan begins, so that minutes of work do not end at a missing folder. */
export interface ReportFile {
  readonly path: string;
  /** Replaces the file in one step. A device or a pipe is written to as it is. */
  readonly write: (text: string) => Promise<void>;
}

/** Throws UserError when nothing can be written there. */
export async function prepareReportFile(cwd: string, file: string): Promise<ReportFile> {
  const named = resolve(cwd, file);
  return withFileErrors(named, async () => {
    const existing = await statOrNothing(named);
    if (existing?.isDirectory())
      throw new UserError(`${escapeText(named)} is a folder; name a file to write the report to.`);
    // Writing through a link keeps the link; a rename over it would not.
    const path = existing === undefined ? named : await realpath(named);
    if (existing !== undefined && !existing.isFile()) {
      return { path, write: (text) => withFileErrors(named, () => writeFile(path, text)) };
    }
    await access(dirname(path), constants.W_OK | constants.X_OK);
    return { path, write: (text) => withFileErrors(named, () => replaceFile(path, text, existing)) };
  });
}

async function replaceFile(path: string, text: string, existing: Stats | undefined): Promise<void> {
  const temporary = join(dirname(path), `.dynscan-${randomBytes(8).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', existing === undefined ? 0o666 : existing.mode & 0o777);
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

/**
 * Raw traces, written while they are made. With one model the file is the one named; with several each model has its
 * own, `trace.log` becoming `trace.1.log`, `trace.2.log` and so on, because two traces in one file would be none.
 */
export class TraceFiles {
  private readonly streams = new Map<string, ReturnType<typeof createWriteStream>>();
  private failure: Error | undefined;

  private constructor(
    private readonly file: string,
    private readonly onFailure: () => void,
  ) {}

  /** `onFailure` is called once, when a trace can no longer be written; `close` then throws why. */
  static async prepare(cwd: string, file: string, onFailure: () => void): Promise<TraceFiles> {
    const path = resolve(cwd, file);
    await withFileErrors(path, () => access(dirname(path), constants.W_OK | constants.X_OK));
    return new TraceFiles(path, onFailure);
  }

  /** `nth` of `total` models, from 1. */
  begin(model: string, nth: number, total: number): void {
    const path = total === 1 ? this.file : numbered(this.file, nth);
    const stream = createWriteStream(path);
    stream.on('error', (error) => {
      this.failure ??= fileError(path, error);
      this.onFailure();
    });
    this.streams.set(model, stream);
  }

  line(model: string, line: string): void {
    this.streams.get(model)?.write(`${line}\n`);
  }

  /** Waits until every line is out. */
  async close(): Promise<void> {
    for (const stream of this.streams.values()) {
      stream.end();
      await finished(stream).catch(() => undefined);
    }
    if (this.failure !== undefined) throw this.failure;
  }
}

/** A listener that writes the trace of each model while it is made. */
export function recordTraces(traces: TraceFiles): (event: ScanEvent) => void {
  let nth = 0;
  return (event) => {
    if (event.type === 'started') traces.begin(event.path, ++nth, event.total);
    if (event.type === 'trace') traces.line(event.path, event.line);
  };
}

function numbered(path: string, nth: number): string {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  const inserted = dot > 0 ? `${name.slice(0, dot)}.${nth}${name.slice(dot)}` : `${name}.${nth}`;
  return join(dirname(path), inserted);
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function withFileErrors<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error ? fileError(path, error) : error;
  }
}

function fileError(path: string, error: Error): Error {
  if (!('code' in error)) return error;
  return new UserError(`${escapeText(path)} cannot be written: ${escapeText(error.message)}`);
}
