/**
 * Parses strace's output, a stream of bytes, into typed events.
 *
 * Reads what `strace -f` writes however it was asked to: with `-o` (`PID ` before every line), to a terminal (`[pid 12] `, or nothing while there is
 * one process), with or without `-t`, `-tt`, `-ttt`, `-r`, `-T`, `-y`, `-yy`, `-s`, `-x`, `-v`. Formats are those of strace 6.1 to 6.13: strace(1),
 * and `syscall.c`, `strace.c` and `util.c` of its source.
 *
 * A log made with `-o` cannot be forged by the traced program. One read from a terminal can: the program's own output is mixed into it.
 */
import { escapeAndCut } from '../core/escape.js';
import {
  STARTS_PROCESS,
  type Pid,
  type SyscallEvent,
  type SyscallResult,
  type TraceEvent,
  type TraceStatistics,
  type Value,
} from './events.js';
import { type CallEnd, readCallEnd, readCutCallEnd } from './result.js';
import { closingParenthesis, endOfAnnotation, isDigit, isNameCharacter } from './scan.js';
import { TerminalPids } from './terminal-pids.js';
import { parseArguments, splitFields } from './values.js';

export interface TraceParserOptions {
  /** Longest line kept whole, bytes. Of a longer one the beginning is kept, and from its last bytes how the call ended. */
  readonly maxLineBytes?: number;
}

/** `strace -s 4096` prints a string in at most 16 KiB, and an execve or writev with many of them on one line. */
const MAX_LINE_BYTES = 1 << 20;

/** How much of the end of a too long line is looked at: room for a returned descriptor with a long path (PATH_MAX, escaped, is 16 KiB). */
const TAIL_BYTES = 1 << 14;

/** Calls that may be suspended at once, and the memory they may hold. Linux has at most 2^22 threads; a sandbox far fewer. */
const MAX_OPEN_CALLS = 1 << 16;

const MAX_OPEN_BYTES = 64 << 20;
const MAX_EXAMPLES = 5;
const EXAMPLE_LENGTH = 300;

/** PID_MAX_LIMIT of 64-bit Linux, include/linux/threads.h: a larger number at the start of a line is a time. */
const MAX_PID = 1 << 22;

const SPACE = 0x20;
const OPEN = 0x28;
const DOT = 0x2e;
const ZERO = 0x30;
const LETTER_D = 0x64;
const COLON = 0x3a;
const LESS = 0x3c;
const OPEN_BRACKET = 0x5b;
const SUSPENDED = / <(?:unfinished|pid changed to \d+) \.\.\.>$/;

/** Longest text that SUSPENDED matches. */
const MAX_SUSPENDED = 40;

const DETACHED = ' <detached ...>';
const RESUMED = /^<\.\.\. (?:(\S+) )?resumed>/;
const ATTACHED_INSIDE = /strace: Process \d+ attached$/;

/** Remarks of strace, old and new; rows of `-e read`/`-e write` dumps and of `-k` stacks. */
const NOTICE =
  /^(?:strace: |\[ Process PID=|Process \d+ (?:attached|detached|suspended|resumed)| \| [0-9a-f]{5,} | > )/;

const NOT_STRACE = 'it is nothing that strace prints';
const NO_RESULT = 'its result cannot be told';
const UNKNOWN_END: CallEnd = { result: { kind: 'unfinished' }, injected: false };

/** A call whose end has not been seen. */
interface OpenCall {
  readonly line: number;
  readonly pid: Pid;
  readonly time: number | undefined;
  readonly name: string;
  /** Without the `<unfinished ...>` or `<pid changed to 12 ...>`. */
  readonly text: string;
  /** Its line was too long, so what `text` ends in is unknown. */
  readonly cut: boolean;
}

/** Example: `for (const event of parser.push(chunk)) analysis.push(event)` for each chunk, then the same for `parser.end()`. */
export class TraceParser {
  private readonly maxLineBytes: number;
  /** The line that the last chunk left open, at most maxLineBytes of it, */
  private partial = '';
  /** and the last bytes of what did not fit; undefined while all did. */
  private partialTail: string | undefined;

  private events: TraceEvent[] = [];
  private readonly open = new Map<Pid, OpenCall>();
  private openBytes = 0;
  private readonly terminal = new TerminalPids();
  /** The beginning of a line into which strace wrote `strace: Process 12 attached`; only on a terminal. */
  private interrupted: { readonly text: string; readonly line: number } | undefined;

  private lines = 0;
  private bytes = 0;
  private eventCount = 0;
  private unparsed = 0;
  private readonly unparsedExamples: string[] = [];
  private unfinished = 0;
  private cutLines = 0;

  // State of the current line.
  private line = 0;
  private pid: Pid = 0;
  private time: number | undefined;

  constructor(options: TraceParserOptions = {}) {
    this.maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
  }

  get statistics(): TraceStatistics {
    return {
      lines: this.lines,
      bytes: this.bytes,
      events: this.eventCount,
      unparsed: this.unparsed,
      unparsedExamples: [...this.unparsedExamples],
      unfinished: this.unfinished,
      cutLines: this.cutLines,
    };
  }

  /** Takes the next bytes, split anywhere; returns the events that they complete. Keeps no reference to `chunk`. */
  push(chunk: Uint8Array): TraceEvent[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.bytes += bytes.length;
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      if (this.partial === '' && end - start <= this.maxLineBytes) this.readLine(bytes.toString('latin1', start, end));
      else {
        this.extendPartial(bytes, start, end);
        this.readPartial();
      }
      start = end + 1;
    }
    if (start < bytes.length) this.extendPartial(bytes, start, bytes.length);
    return this.takeEvents();
  }

  /** Call once after the last chunk: returns a last line without its end, and the calls that were still open. */
  end(): TraceEvent[] {
    if (this.partial !== '') this.readPartial(true);
    this.openInterrupted();
    for (const call of this.open.values()) this.emitUnfinished(call);
    this.open.clear();
    this.openBytes = 0;
    return this.takeEvents();
  }

  private takeEvents(): TraceEvent[] {
    const events = this.events;
    this.events = [];
    this.eventCount += events.length;
    return events;
  }

  private extendPartial(bytes: Buffer, start: number, end: number): void {
    const room = Math.min(end - start, this.maxLineBytes - this.partial.length);
    if (room > 0) this.partial += bytes.toString('latin1', start, start + room);
    if (start + room === end) return;
    const from = Math.max(start + room, end - TAIL_BYTES);
    this.partialTail = ((this.partialTail ?? '') + bytes.toString('latin1', from, end)).slice(-TAIL_BYTES);
  }

  private readPartial(isLast = false): void {
    const text = this.partial;
    const tail = this.partialTail;
    this.partial = '';
    this.partialTail = undefined;
    if (tail !== undefined) this.cutLines++;
    this.readLine(text, tail, isLast);
  }

  /** `tail`: the last bytes of a line too long to keep. `isLast`: there was no line feed, so the line may stop anywhere. */
  private readLine(printed: string, tail?: string, isLast = false): void {
    this.lines++;
    this.line = this.lines;
    if (this.interrupted) this.readAfterInterruption(printed, tail, isLast);
    else this.readContent(printed, tail, isLast);
  }

  private readContent(line: string, tail: string | undefined, isLast: boolean): void {
    const start = this.readPrefix(line);
    const first = line.charCodeAt(start);
    if (isNameCharacter(first)) this.readCall(line, start, tail, isLast);
    else if (start < line.length) this.readOther(line.slice(start), tail, isLast);
  }

  private readOther(text: string, tail: string | undefined, isLast: boolean): void {
    if (text.startsWith('<... ')) this.readResumed(text, tail, isLast);
    else if (text.startsWith('+++ ')) this.readEnd(text);
    else if (text.startsWith('--- ')) this.readSignal(text);
    else if (NOTICE.test(text)) this.emitNotice(text);
    else this.cannotRead(text, NOT_STRACE);
  }

  /** Sets pid and time; returns where the rest of the line begins. */
  private readPrefix(line: string): number {
    this.time = undefined;
    let at = 0;
    let pid: Pid | undefined;
    let code = line.charCodeAt(0);
    if (isDigit(code)) {
      let number = 0;
      while (isDigit(code)) {
        number = number * 10 + code - ZERO;
        code = line.charCodeAt(++at);
      }
      // With -Y the program's name follows.
      if (code === LESS) at = endOfAnnotation(line, at) + 1;
      if (line.charCodeAt(at) === SPACE && number <= MAX_PID) pid = number;
      else at = 0;
    } else if (code === OPEN_BRACKET) {
      const named = /^\[pid +(\d+)(?:<[^>]*>)?\] /.exec(line);
      if (named) {
        pid = Number(named[1]);
        at = named[0].length;
      }
    }
    this.pid = pid ?? this.terminal.unmarked();
    const onTerminal = code === OPEN_BRACKET && pid !== undefined;
    code = line.charCodeAt(at);
    if (code === SPACE || isDigit(code)) at = this.readTime(line, at);
    if (onTerminal) this.namedOnTerminal(this.pid, line.startsWith('<... ', at));
    return at;
  }

  /** `1795301609.819650 `, `22:53:30.292958 `, `     0.000031 `, and the last behind one of the others as `(+     0.000031) `. */
  private readTime(line: string, start: number): number {
    let at = start;
    let code = line.charCodeAt(at);
    while (code === SPACE) code = line.charCodeAt(++at);
    // Without a pid and a time, what begins with a space is of `-e read`, `-e write` or `-k`, known by that space.
    if (!isDigit(code)) return start === 0 && at < line.length ? 0 : at;
    let seconds = 0;
    let part = 0;
    for (; ; code = line.charCodeAt(++at)) {
      if (isDigit(code)) part = part * 10 + code - ZERO;
      else if (code === COLON) {
        seconds = (seconds + part) * 60;
        part = 0;
      } else break;
    }
    seconds += part;
    if (code === DOT) {
      let scale = 1;
      part = 0;
      for (code = line.charCodeAt(++at); isDigit(code); code = line.charCodeAt(++at)) {
        part = part * 10 + code - ZERO;
        scale *= 10;
      }
      seconds += part / scale;
    }
    if (code !== SPACE) return start;
    this.time = seconds;
    if (line.startsWith('(+ ', at + 1)) at = line.indexOf(')', at) + 1;
    while (line.charCodeAt(at) === SPACE) at++;
    return at;
  }

  private readCall(line: string, start: number, tail: string | undefined, isLast: boolean): void {
    let nameEnd = start + 1;
    while (isNameCharacter(line.charCodeAt(nameEnd))) nameEnd++;
    const text = start === 0 ? line : line.slice(start);
    if (line.charCodeAt(nameEnd) === OPEN) {
      const attached = line.charCodeAt(line.length - 1) === LETTER_D ? ATTACHED_INSIDE.exec(line) : null;
      if (attached) {
        this.interrupt(line, attached);
        return;
      }
      const name = line.slice(start, nameEnd);
      const call = { line: this.line, pid: this.pid, time: this.time, name, text, cut: false };
      if (!this.goOn(call, tail, isLast)) this.cannotRead(text, NO_RESULT);
    } else if (NOTICE.test(text)) this.emitNotice(text);
    else this.cannotRead(text, NOT_STRACE);
  }

  /**
   * `call.text` is all there is of the call up to now; `tail` the last bytes of a longer text. Returns false when the call cannot have been printed
   * like this.
   */
  private goOn(call: OpenCall, tail: string | undefined, isLast: boolean): boolean {
    const { text } = call;
    const last = tail ?? text;
    if (last.endsWith(' ...>')) {
      const suspended = SUSPENDED.exec(last.slice(-MAX_SUSPENDED));
      if (suspended) {
        const kept = tail === undefined ? text.slice(0, -suspended[0].length) : text;
        this.suspend({ ...call, text: kept, cut: tail !== undefined });
        return true;
      }
      if (last.endsWith(DETACHED)) {
        this.emitUnfinished(call);
        return true;
      }
    }
    if (tail !== undefined) {
      this.emitCall(call, text.length, readCutCallEnd(tail) ?? UNKNOWN_END);
      return true;
    }
    const close = closingParenthesis(text, call.name.length + 1);
    const end = close === -1 ? undefined : readCallEnd(text, close + 1);
    if (end) this.emitCall(call, close, end);
    else if (isLast) this.suspend(call);
    else return false;
    return true;
  }

  private readResumed(text: string, tail: string | undefined, isLast: boolean): void {
    const match = RESUMED.exec(text);
    const call = match && this.takeOpen(match[1] ?? '');
    if (!call) {
      this.cannotRead(text, match ? 'it resumes a call that was not open' : NOT_STRACE);
      return;
    }
    const rest = text.slice(match[0].length);
    const joined = call.text + rest;
    const tooLong = joined.length > this.maxLineBytes;
    if (tooLong && !call.cut && tail === undefined) this.cutLines++;
    const kept = call.cut ? call.text : tooLong ? joined.slice(0, this.maxLineBytes) : joined;
    const isCut = call.cut || tooLong || tail !== undefined;
    if (this.goOn({ ...call, text: kept }, isCut ? (tail ?? rest.slice(-TAIL_BYTES)) : undefined, isLast)) return;
    // It is still known that the call began.
    this.emitUnfinished(call);
    this.cannotRead(text, NO_RESULT);
  }

  /** The call that `name resumed` of the present process goes on with. */
  private takeOpen(name: string): OpenCall | undefined {
    const own = this.open.get(this.pid);
    if (own && (own.name === name || name === '')) return this.closeOpen(own);
    if (!name.startsWith('execve')) return undefined;
    // A thread that executes a program goes on under its process's number; without strace's word for it (`-q`), there may be only one.
    const others = [...this.open.values()].filter((call) => call.name === name);
    const [other] = others;
    if (!other || others.length > 1) return undefined;
    if (own) this.emitNeverReturned(own);
    return { ...this.closeOpen(other), pid: this.pid };
  }

  private suspend(call: OpenCall): void {
    const former = this.open.get(call.pid);
    if (former) this.emitUnfinished(this.closeOpen(former));
    this.open.set(call.pid, call);
    this.openBytes += call.text.length;
    for (const oldest of this.open.values()) {
      if (this.open.size <= MAX_OPEN_CALLS && this.openBytes <= MAX_OPEN_BYTES) return;
      this.emitUnfinished(this.closeOpen(oldest));
    }
  }

  private closeOpen(call: OpenCall): OpenCall {
    this.open.delete(call.pid);
    this.openBytes -= call.text.length;
    return call;
  }

  private readEnd(text: string): void {
    const exited = /^\+\+\+ exited with (\d+) \+\+\+$/.exec(text);
    const killed = /^\+\+\+ killed by (\w+)( \(core dumped\))? \+\+\+$/.exec(text);
    const superseded = /^\+\+\+ superseded by execve in pid (\d+) \+\+\+$/.exec(text);
    if (!exited && !killed && !superseded) {
      this.cannotRead(text, NOT_STRACE);
      return;
    }
    const own = this.open.get(this.pid);
    if (own) this.emitNeverReturned(own);
    if (superseded) this.readSuperseded(text, Number(superseded[1]));
    else {
      this.terminal.ended(this.pid);
      const base = { line: this.line, pid: this.pid, time: this.time, text };
      if (exited) this.events.push({ kind: 'exit', ...base, code: Number(exited[1]) });
      else if (killed) {
        this.events.push({ kind: 'killed', ...base, signal: killed[1] ?? '', coreDumped: killed[2] !== undefined });
      }
    }
  }

  /** The thread's execve goes on under the number of the process whose program it replaces. */
  private readSuperseded(text: string, thread: Pid): void {
    const execve = this.open.get(thread);
    if (execve) this.suspend({ ...this.closeOpen(execve), pid: this.pid });
    this.terminal.ended(thread);
    this.emitNotice(text, { supersededBy: thread });
  }

  private readSignal(text: string): void {
    const match = /^--- (SIG\w+) (?:\{(.*)\}|\(.*\) @ .*) ---$/.exec(text);
    const base = { line: this.line, pid: this.pid, time: this.time, text };
    if (match) {
      this.events.push({ kind: 'signal', ...base, signal: match[1] ?? '', info: signalInfo(match[2] ?? '') });
    } else if (/^--- stopped by \w+ ---$/.test(text)) this.emitNotice(text);
    else this.cannotRead(text, NOT_STRACE);
  }

  /** On a terminal strace's remark that it attached a process may stand in the middle of the line of the call that started it. */
  private interrupt(line: string, attached: RegExpExecArray): void {
    this.interrupted = { text: line.slice(0, attached.index), line: this.line };
    this.emitNotice(attached[0]);
  }

  private readAfterInterruption(printed: string, tail: string | undefined, isLast: boolean): void {
    const interrupted = this.interrupted;
    if (!interrupted || NOTICE.test(printed)) {
      this.readContent(printed, tail, isLast);
      return;
    }
    if (printed.startsWith('[pid ') || interrupted.text.length + printed.length > this.maxLineBytes) {
      this.openInterrupted();
      this.readContent(printed, tail, isLast);
      return;
    }
    this.interrupted = undefined;
    this.line = interrupted.line;
    this.readContent(interrupted.text + printed, tail, isLast);
  }

  /** The interrupted line is not going on: its call has begun, and may be resumed. */
  private openInterrupted(): void {
    if (!this.interrupted) return;
    const { text, line } = this.interrupted;
    this.interrupted = undefined;
    this.line = line;
    this.readContent(text, undefined, true);
    this.line = this.lines;
  }

  private namedOnTerminal(pid: Pid, resumes: boolean): void {
    // A new number beside a call that makes a process may be the child's, whose first line resumes nothing.
    const startsChild = !resumes && STARTS_PROCESS.has(this.open.get(0)?.name ?? '');
    if (!this.terminal.named(pid, startsChild)) return;
    this.events.push({ kind: 'notice', line: this.line, pid, time: undefined, text: `[pid ${pid}]`, formerPid: 0 });
    const call = this.open.get(0);
    if (call) this.suspend({ ...this.closeOpen(call), pid });
  }

  private emitCall(call: OpenCall, argumentsEnd: number, end: CallEnd): void {
    const { result, injected } = end;
    if (result.kind === 'ok' && this.terminal.inUse && STARTS_PROCESS.has(call.name))
      this.terminal.started(result.value);
    this.events.push(
      new CallEvent(call.line, call.pid, call.time, call.text, call.name, argumentsEnd, result, injected),
    );
  }

  private emitUnfinished(call: OpenCall): void {
    this.unfinished++;
    this.emitCall(call, call.text.length, UNKNOWN_END);
  }

  /** The process ended in the call. */
  private emitNeverReturned(call: OpenCall): void {
    this.emitCall(this.closeOpen(call), call.text.length, { result: { kind: 'none' }, injected: false });
  }

  private emitNotice(text: string, more: { supersededBy?: Pid } = {}): void {
    const attached = /^strace: Process (\d+) attached/.exec(text);
    if (attached) this.terminal.started(Number(attached[1]));
    this.events.push({ kind: 'notice', line: this.line, pid: this.pid, time: this.time, text, ...more });
  }

  private cannotRead(text: string, reason: string): void {
    this.unparsed++;
    if (this.unparsedExamples.length < MAX_EXAMPLES) this.unparsedExamples.push(escapeAndCut(text, EXAMPLE_LENGTH));
    this.events.push({ kind: 'unparsed', line: this.line, pid: this.pid, time: this.time, text, reason });
  }
}

class CallEvent implements SyscallEvent {
  readonly kind = 'syscall';
  private parsed: readonly Value[] | undefined;

  constructor(
    readonly line: number,
    readonly pid: Pid,
    readonly time: number | undefined,
    readonly text: string,
    readonly name: string,
    private readonly argumentsEnd: number,
    readonly result: SyscallResult,
    readonly injected: boolean,
  ) {}

  get args(): readonly Value[] {
    this.parsed ??= parseArguments(this.text.slice(this.name.length + 1, this.argumentsEnd));
    return this.parsed;
  }
}

/** `si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=12, …` */
function signalInfo(text: string): Record<string, string> {
  const info: Record<string, string> = {};
  for (const field of splitFields(text)) {
    const equals = field.indexOf('=');
    if (equals > 0) info[field.slice(0, equals)] = field.slice(equals + 1);
  }
  return info;
}
