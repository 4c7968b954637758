/** Runs the command line in process, with streams that keep what was written and services that are plain data. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach } from 'vitest';
import { run } from '../../src/cli/run.js';
import type { Interrupt, Io, Services } from '../../src/cli/io.js';
import { makeDocument } from '../../src/report/json.js';
import type { ScanReport } from '../../src/core/schema.js';
import type { ScanEvent, ScanHooks, ScanRequest } from '../../src/scan/scan-request.js';

/** A folder for each test of the file, gone afterwards. */
export function temporaryFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeEach(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'dynscan-cli-'));
  });
  afterEach(() => rm(folder.path, { recursive: true }));
  return folder;
}

class Sink extends Writable {
  text = '';
  constructor(
    readonly isTTY: boolean,
    readonly columns: number,
    private readonly failure?: Error,
  ) {
    super();
  }
  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.failure === undefined) this.text += chunk.toString();
    done(this.failure ?? null);
  }
}

export interface Given {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  readonly stdin?: string | Readable;
  readonly stdoutIsTerminal?: boolean;
  readonly stderrIsTerminal?: boolean;
  /** What writing to standard output fails with. */
  readonly stdoutFailure?: Error;
  readonly services?: Partial<Services>;
  /** Called with the ways to send a signal and to throw outside any handler, before the command runs. */
  readonly onStart?: (interrupt: (signal: Interrupt) => void, crash: (error: unknown) => void) => void;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Codes that the program left with at once. */
  readonly left: readonly number[];
  readonly listeners: number;
}

export async function dynscan(argv: readonly string[], given: Given): Promise<Ran> {
  const stdout = new Sink(given.stdoutIsTerminal ?? false, 80, given.stdoutFailure);
  const stderr = new Sink(given.stderrIsTerminal ?? false, 80);
  const left: number[] = [];
  const listeners = new Set<(signal: Interrupt) => void>();
  const uncaught = new Set<(error: unknown) => void>();
  const io: Io = {
    stdin: given.stdin instanceof Readable ? given.stdin : Readable.from([Buffer.from(given.stdin ?? '', 'latin1')]),
    stdout,
    stderr,
    env: given.env ?? {},
    cwd: given.cwd,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onUncaught: (listener) => {
      uncaught.add(listener);
      return () => uncaught.delete(listener);
    },
    exit: (code) => left.push(code),
  };
  given.onStart?.(
    (signal) => listeners.forEach((listener) => listener(signal)),
    (error) => uncaught.forEach((listener) => listener(error)),
  );
  const code = await run(argv, io, { ...UNUSED, ...given.services });
  return { code, stdout: stdout.text, stderr: stderr.text, left, listeners: listeners.size + uncaught.size };
}

function unused(): never {
  throw new Error('this service is not part of the test');
}
const UNUSED: Services = {
  scanPaths: unused,
  diagnose: unused,
  buildImage: unused,
  listImages: unused,
  removeImages: unused,
  serveMcp: unused,
};

/** A scan that answers these reports, and sends these events first. */
export function scanning(
  reports: readonly ScanReport[],
  events: readonly ScanEvent[] = [],
): { readonly services: Partial<Services>; readonly requests: ScanRequest[] } {
  const requests: ScanRequest[] = [];
  const scanPaths = (request: ScanRequest, hooks: ScanHooks) => {
    requests.push(request);
    for (const event of events) hooks.onEvent(event);
    return Promise.resolve(makeDocument(reports));
  };
  return { services: { scanPaths }, requests };
}
