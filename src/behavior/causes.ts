/** Why a call was made, as the Python side reports it: the last audit event of the process, or of the process that it came from. */
import { escapeAndCut } from '../core/escape.js';
import type { Cause, Frame } from '../core/schema.js';
import type { Pid } from '../trace/events.js';
import type { RunContext } from './behavior-analysis.js';
import type { ChannelRecord } from './channel.js';
import { isDangerousGlobal } from '../names/acting.js';

export type AuditRecord = Extract<ChannelRecord, { k: 'audit' }>;

const MAX_GLOBALS = 1000;
const MAX_PROCESSES = 10_000;
const MAX_FRAMES = 8;
const TEXT_LENGTH = 300;

export class Causes {
  private readonly last = new Map<Pid, AuditRecord>();
  private latest: AuditRecord | undefined;
  /** `module.name`, in the order in which the pickle asked for them. */
  private readonly globals: string[] = [];

  constructor(private readonly context: Pick<RunContext, 'globals'>) {}

  add(pid: Pid, record: AuditRecord): void {
    if (record.event === 'pickle.find_class') {
      if (this.globals.length < MAX_GLOBALS) this.globals.push(globalOf(record));
      return;
    }
    this.latest = record;
    if (this.last.has(pid) || this.last.size < MAX_PROCESSES) this.last.set(pid, record);
  }

  /** `family`: the process, its parent, and so on. */
  of(family: readonly Pid[]): Cause | undefined {
    const record = family.map((pid) => this.last.get(pid)).find((found) => found !== undefined) ?? this.latest;
    const frames = record === undefined ? [] : record.frames.slice(0, MAX_FRAMES).map(shortFrame);
    const pickle = this.pickle(record);
    if (frames.length === 0 && pickle === undefined) return undefined;
    return { ...(frames.length > 0 ? { frames } : {}), ...(pickle === undefined ? {} : { pickle }) };
  }

  /** The global that fits the audit event by name; else the last one that is dangerous; else the last one. */
  private pickle(record: AuditRecord | undefined): Cause['pickle'] {
    const word = record?.event.split('.').at(-1) ?? '';
    const global =
      this.globals.findLast((name) => name.endsWith(`.${word}`)) ??
      this.globals.findLast(isDangerousGlobal) ??
      this.globals.at(-1);
    return global === undefined ? undefined : pickleCause(global, this.context);
  }
}

/** The opcode that asks for the global, where the static side knows it. `os.system` is `posix.system` to the pickler, and back. */
export function pickleCause(global: string, context: Pick<RunContext, 'globals'>): NonNullable<Cause['pickle']> {
  const same = new Set([global, global.replace(/^posix\./, 'os.'), global.replace(/^os\./, 'posix.')]);
  const known = context.globals.find((entry) => same.has(entry.global));
  return {
    global: escapeAndCut(global, TEXT_LENGTH),
    ...(known === undefined ? {} : { offset: known.offset }),
    ...(known?.member === undefined ? {} : { member: known.member }),
  };
}

export function globalOf(record: AuditRecord): string {
  return record.args.slice(0, 2).join('.');
}

export function shortFrame(frame: Frame): Frame {
  return {
    file: escapeAndCut(frame.file, TEXT_LENGTH),
    line: frame.line,
    function: escapeAndCut(frame.function, TEXT_LENGTH),
  };
}
