import { readFileSync } from 'node:fs';
import type { SyscallEvent, TraceEvent, TraceStatistics } from '../../src/trace/events.js';
import { TraceParser, type TraceParserOptions } from '../../src/trace/parser.js';

export interface Reading {
  readonly events: readonly TraceEvent[];
  readonly statistics: TraceStatistics;
}

/** Reads a whole log, given to the parser in pieces of `step` bytes. */
export function read(
  log: string | Uint8Array,
  options: TraceParserOptions = {},
  step = Number.MAX_SAFE_INTEGER,
): Reading {
  const bytes = typeof log === 'string' ? Buffer.from(log, 'latin1') : log;
  const parser = new TraceParser(options);
  const events: TraceEvent[] = [];
  for (let at = 0; at < bytes.length; at += step) events.push(...parser.push(bytes.subarray(at, at + step)));
  events.push(...parser.end());
  return { events, statistics: parser.statistics };
}

/** The only event of a log that holds one call. */
export function readCall(log: string): SyscallEvent {
  const { events } = read(`${log}\n`);
  const [event] = events;
  if (events.length !== 1 || event?.kind !== 'syscall') throw new Error(`not one call: ${JSON.stringify(events)}`);
  return event;
}

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/traces/${name}.strace`, import.meta.url));
}

export const FIXTURES = ['product', 'verbose', 'terminal', 'terminal-quiet', 'injected'] as const;
