/**
 * The raw traces of this window's scans, for the user to search. They are bounded: a model can make a gigabyte of trace, and the setting `traceFile`
 * writes all of it to a file. kept-results.ts keeps the last ones on the disk. Independent of VS Code.
 */
import type { ScanEvent } from '../scan/scan-request.js';
import type { Row } from '../core/inspection.js';
import type { TraceAbout, TraceWanted } from '../view/messages.js';

/** Lines of one trace. */
const LINES_KEPT = 200_000;
/** Characters of one trace, and of all together. */
const CHARACTERS_KEPT = 32 << 20;
const ALL_CHARACTERS_KEPT = 64 << 20;
/** Characters of a line that are shown; strace itself cuts strings. */
const LINE_SHOWN = 2_000;
/** Processes and calls to choose from. */
const CHOICES = 300;

export class Traces {
  /** Of the reports that stand, in the order in which they came. */
  readonly #traces = new Map<string, Trace>();
  /** Of the scans that run. */
  readonly #running = new Map<string, Trace>();
  /** Characters of all traces. */
  #characters = 0;
  #version = 0;

  /** Takes an event of a scan that traces. */
  take(event: ScanEvent): void {
    if (event.type === 'started' && !event.sidecar) {
      this.#drop(this.#running, event.path);
      this.#running.set(event.path, this.#new());
    } else if (event.type === 'trace' && this.#running.get(event.path)?.add(event.line)) {
      this.#characters += event.line.length;
      this.#bound();
    }
  }

  /** `path`: of the model. The trace of the scan that runs, else of the report that stands. */
  of(path: string): Trace | undefined {
    const running = this.#running.get(path);
    return running !== undefined && running.about.lines > 0 ? running : this.#traces.get(path);
  }

  /** A scan has ended. `stands`: with the report of the model that stands now, so that its trace is returned; else the earlier report and its trace do. */
  settle(path: string, stands: boolean): Trace | undefined {
    const ended = this.#running.get(path);
    if (!stands || ended === undefined || ended.about.lines === 0) this.#drop(this.#running, path);
    if (!stands) return undefined;
    this.#drop(this.#traces, path);
    if (!this.#running.delete(path) || ended === undefined) return undefined;
    this.#traces.set(path, ended);
    return ended;
  }

  /** A trace that was kept for the report that stands. */
  restore(path: string, lines: readonly string[]): void {
    this.#drop(this.#traces, path);
    const trace = this.#new();
    for (const line of lines) if (trace.add(line)) this.#characters += line.length;
    this.#traces.set(path, trace);
    this.#bound();
  }

  #new(): Trace {
    return new Trace((this.#version += 1));
  }

  #bound(): void {
    for (const traces of [this.#traces, this.#running]) {
      for (const path of traces.keys()) {
        if (this.#characters <= ALL_CHARACTERS_KEPT) return;
        this.#drop(traces, path);
      }
    }
  }

  #drop(traces: Map<string, Trace>, path: string): void {
    this.#characters -= traces.get(path)?.characters ?? 0;
    traces.delete(path);
  }
}

export class Trace {
  readonly #lines: string[] = [];
  readonly #pids = new Set<number>();
  readonly #calls = new Set<string>();
  #omitted = 0;
  #characters = 0;
  #question = '';
  #answer: readonly number[] = [];

  /** `version`: another one for each scan. */
  constructor(readonly version: number) {}

  get lines(): readonly string[] {
    return this.#lines;
  }

  get characters(): number {
    return this.#characters;
  }

  get about(): TraceAbout {
    return {
      version: this.version,
      lines: this.#lines.length,
      omitted: this.#omitted,
      pids: [...this.#pids].sort((one, other) => one - other),
      calls: [...this.#calls].sort(),
    };
  }

  /** Returns whether it was kept. */
  add(line: string): boolean {
    const full = this.#lines.length >= LINES_KEPT || this.#characters + line.length > CHARACTERS_KEPT;
    if (full) this.#omitted += 1;
    if (full) return false;
    this.#lines.push(line);
    this.#characters += line.length;
    const { pid, call } = partsOf(line);
    if (pid !== undefined && this.#pids.size < CHOICES) this.#pids.add(pid);
    if (call !== '' && this.#calls.size < CHOICES) this.#calls.add(call);
    return true;
  }

  /** The lines that match: those from `from` on, and how many there are in all. */
  rows(wanted: TraceWanted): { readonly total: number; readonly rows: readonly Row[] } {
    const { text, pid, call, from, count } = wanted;
    const question = JSON.stringify([text, pid, call, this.#lines.length]);
    // Scrolling asks the same again and again.
    if (question !== this.#question) this.#answer = this.#find(text.toLowerCase(), pid, call);
    this.#question = question;
    const rows = this.#answer.slice(from, from + count).map((index) => this.#row(index));
    return { total: this.#answer.length, rows };
  }

  #find(text: string, pid: number | undefined, call: string): readonly number[] {
    return [...this.#lines.keys()].filter((index) => {
      const line = this.#lines[index] ?? '';
      if (text !== '' && !line.toLowerCase().includes(text)) return false;
      if (pid === undefined && call === '') return true;
      const parts = partsOf(line);
      return (pid === undefined || parts.pid === pid) && (call === '' || parts.call === call);
    });
  }

  #row(index: number): Row {
    const { pid, time, rest } = partsOf(this.#lines[index] ?? '');
    const first = partsOf(this.#lines[0] ?? '').time;
    const since = time === undefined || first === undefined ? '' : (time - first).toFixed(3);
    return { cells: [index + 1, since, pid ?? '', rest.slice(0, LINE_SHOWN)] };
  }
}

interface LineParts {
  readonly pid: number | undefined;
  /** Seconds since 1970. */
  readonly time: number | undefined;
  /** The name of the system call; empty for a signal or an exit. */
  readonly call: string;
  readonly rest: string;
}

/** As `strace -f -ttt -o` writes it: `12 1700000000.123456 openat(…) = 3`, `12 1700000000.2 <... read resumed>…`. */
function partsOf(line: string): LineParts {
  const [head = '', pid, time] = /^(?:(\d{1,10})\s+)?(?:(\d{1,12}\.\d{1,9})\s+)?/.exec(line) ?? [];
  const rest = line.slice(head.length);
  const call = /^(?:<\.\.\. )?(\w{1,40})(?:\(| resumed>)/.exec(rest)?.[1] ?? '';
  return {
    pid: pid === undefined ? undefined : Number(pid),
    time: time === undefined ? undefined : Number(time),
    call,
    rest,
  };
}
