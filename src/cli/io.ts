/** What the command line needs from outside, so that tests drive it in process with plain streams and plain data. */
import type { Readable } from 'node:stream';
import type { Settings } from '../config/settings.js';
import type { Layer } from '../docker/layers.js';
import { UserError } from '../core/user-error.js';
import type { McpOptions } from './mcp.js';
import type { ScanPaths } from '../scan/scan-request.js';

/** A terminal, a pipe or a file, as `process.stdout` is. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export type Interrupt = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Io {
  /** Bytes: no encoding is set on it. */
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Calls the listener for each signal until the returned function is called. */
  readonly onInterrupt: (listener: (signal: Interrupt) => void) => () => void;
  /** Calls the listener for an uncaught error, until the returned function is called. */
  readonly onUncaught: (listener: (error: unknown) => void) => () => void;
  /** Leaves at once: for the second Ctrl-C. */
  readonly exit: (code: number) => void;
}

/** The rooms that talk to an engine, as the wiring hands them over. */
export interface Services {
  readonly scanPaths: ScanPaths;
  readonly diagnose: (settings: Settings) => Promise<readonly Check[]>;
  /** Returns the image's tag. */
  readonly buildImage: (
    settings: Settings,
    layer: Layer,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ) => Promise<string>;
  /** Serves the Model Context Protocol until its client has gone. */
  readonly serveMcp: (options: McpServerOptions) => Promise<void>;
  readonly listImages: (settings: Settings) => Promise<readonly ListedImage[]>;
  /** Removes outdated images, with `all` today's too, but for those in use; returns the tags of both. */
  readonly removeImages: (
    settings: Settings,
    options: { readonly all: boolean },
  ) => Promise<{ readonly removed: readonly string[]; readonly used: readonly string[] }>;
}

export type McpServerOptions = Pick<McpOptions, 'folders' | 'settings' | 'input' | 'output' | 'signal'>;

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice?: string;
}

export interface ListedImage {
  readonly tag: string;
  readonly layer: string;
  readonly sizeBytes: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Whether today's files and settings give this image. */
  readonly current: boolean;
  /** Whether a container is made of it. */
  readonly used: boolean;
}

/** The reader of standard output went away, as `head` does. */
export class ClosedOutputError extends Error {
  override readonly name = 'ClosedOutputError';
}

/** Writes and waits until it is out, so that the program may end or go on without filling memory. */
export async function writeText(output: Output, text: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    output.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (!error) done();
      else if (error.code === 'EPIPE') fail(new ClosedOutputError('standard output was closed'));
      else fail(new UserError(`Standard output cannot be written: ${error.message}`));
    });
  });
}

/** Whether to colour what goes to `output`: FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal. */
export function wantsColor({ env }: Io, output: Output): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return output.isTTY === true;
}

export function widthOf({ env }: Io, output: Output): number {
  const columns = output.columns ?? Number(env['COLUMNS']);
  return Number.isInteger(columns) && columns > 0 ? columns : 80;
}
