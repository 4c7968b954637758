/** What a phrase can ask about its call, and phrases that share one form. */
import type { SyscallEvent, Value } from '../../trace/events.js';
import type { ProcessTable } from '../../trace/processes.js';
import { flagsOf, numberOf, utf8 } from '../../trace/values.js';
import { printValue, shown, shownName, textOf } from '../args.js';
import { type Endpoint, endpointOf, protocolOf } from '../endpoint.js';

export type Phrase = (call: Call) => string;

/** By the names of system calls. */
export type Phrases = readonly (readonly [string, Phrase])[];

/** What a phrase can ask about its call. */
export class Call {
  constructor(
    readonly event: SyscallEvent,
    private readonly table: ProcessTable | undefined,
  ) {}

  arg(index: number): Value | undefined {
    return this.event.args[index];
  }

  text(index: number): string {
    const text = textOf(this.arg(index));
    return text === undefined ? this.printed(index) : shownName(text);
  }

  printed(index: number): string {
    const value = this.arg(index);
    return value === undefined ? '?' : printValue(value);
  }

  number(index: number): number | undefined {
    return numberOf(this.arg(index));
  }

  flags(index: number): readonly string[] {
    return flagsOf(this.arg(index));
  }

  /** A path argument, made whole: relative to the descriptor argument `dir`, or to the working folder. */
  path(index: number, dir?: number): string {
    const value = this.arg(index);
    const path = value?.type === 'string' ? value.text : undefined;
    const folder = dir === undefined ? undefined : this.arg(dir);
    if (path === undefined) return dir === undefined ? this.printed(index) : this.file(dir);
    if (path === '' && dir !== undefined) return this.file(dir);
    if (this.table) return shownName(utf8(this.table.resolvePath(this.event.pid, folder, path) ?? path));
    if (path.startsWith('/') || folder?.type !== 'fd' || folder.path === '') return shownName(utf8(path));
    return shownName(utf8(`${folder.path.replace(/\/$/, '')}/${path}`));
  }

  /** What a descriptor argument stands for. */
  file(index: number): string {
    const value = this.arg(index);
    const path = value?.type === 'fd' && value.path !== '' ? value.path : this.described(value);
    if (path !== undefined) return shownName(utf8(path)) + (value?.type === 'fd' && value.deleted ? ' (deleted)' : '');
    return `descriptor ${this.printed(index)}`;
  }

  /** What the table knows of a descriptor. */
  private described(value: Value | undefined): string | undefined {
    const fd = numberOf(value);
    return fd === undefined ? undefined : this.table?.describe(this.event.pid, fd)?.path;
  }

  protocol(index: number): string | undefined {
    return protocolOf(this.event, this.arg(index), this.table);
  }

  endpoint(index: number): Endpoint | undefined {
    return endpointOf(this.arg(index));
  }
}

export const on =
  (verb: string, pathIndex: number, dir?: number): Phrase =>
  (call) =>
    `${verb} ${call.path(pathIndex, dir)}`;

export const onFile =
  (verb: string, index = 0): Phrase =>
  (call) =>
    `${verb} ${call.file(index)}`;

export const pair =
  (words: readonly [string, string], from: readonly [number, number?], to: readonly [number, number?]): Phrase =>
  (call) =>
    `${words[0]} ${call.path(...from)} ${words[1]} ${call.path(...to)}`;

export const say =
  (text: string): Phrase =>
  () =>
    text;

export const withArgument =
  (text: string, index: number): Phrase =>
  (call) =>
    `${text} ${call.text(index)}`;

export function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

/** A socket by where it leads, if strace or the table says so. */
export function socketName(call: Call, index: number): string {
  const value = call.arg(index);
  const annotation = value?.type === 'fd' ? value.path : '';
  const peer = /->([^\]]+)\]/.exec(annotation)?.[1];
  const protocol = call.protocol(index);
  if (peer !== undefined && protocol !== undefined) return `${shown(peer)} over ${protocol}`;
  if (/^(pipe|socket|anon_inode):/.test(annotation)) return `a ${shown(annotation.split(':')[0] ?? '')}`;
  return call.file(index);
}

export function standardName(fd: number | undefined): string {
  return ['its standard input', 'its standard output', 'its standard error'][fd ?? -1] ?? `descriptor ${fd ?? '?'}`;
}
