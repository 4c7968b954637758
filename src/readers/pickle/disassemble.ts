/**
 * A listing of a pickle's opcodes, as `pickletools.dis` makes one, with what each name and call comes to. It is made as it is read: an index
 * of offsets is kept and no text, so that a file of millions of opcodes has any line at hand.
 */
import { escapedLines, escapeText } from '../../core/escape.js';
import { ByteCursor, latin1, type ByteSource } from '../bytes.js';
import { decodeOpcode, type Argument, type Decoded } from './decode.js';
import { walkStream, type Step } from './walk.js';
import { emptyFacts } from './facts.js';
import { Op } from './opcodes.js';
import { describe } from './value.js';
import type { Stop } from '../units.js';

export interface DisassemblyLine {
  /** From 1. */
  readonly line: number;
  /** Of the opcode, in the source. */
  readonly offset: number;
  /** As in `pickletools`; empty for a line of words alone. */
  readonly opcode: string;
  /** As Python writes it, escaped and cut; empty without one. */
  readonly argument: string;
  /** Values on the stack after the opcode. */
  readonly depth: number;
  /** What the opcode comes to: a name that is looked up, a call with its arguments, why the pickle breaks here. Escaped. */
  readonly note: string;
}

export interface DisassembleOptions {
  /** Where streams begin, in order. When absent: at the source's first byte, and where the one before ends. */
  readonly starts?: readonly number[];
  /** Step over joblib's arrays. */
  readonly arrays?: boolean;
  /** Notes of opcodes that take more than the opcode to tell, by their offset. */
  readonly notes?: ReadonlyMap<number, string>;
  readonly signal?: Stop;
}

/** Lines between two offsets that are kept. */
const SPACING = 64;
const LINES_LIMIT = 50_000_000;
/** Each takes a line of words. */
const STREAMS_LIMIT = 100_000;
/** Notes kept, and different texts among them. */
const NOTES_LIMIT = 500_000;
const TEXTS_LIMIT = 50_000;
const NOTE_LENGTH = 160;
const ARGUMENT_LENGTH = 80;
/** Bytes of an argument that is asked for by itself. */
const WHOLE_ARGUMENT = 8_000;
/** A window for reading a page of lines. */
const PAGE_WINDOW = 16 * 1024;

/** Never throws for what the source holds; rejects with the signal's reason, or what `source.read` throws. */
export async function disassemble(source: ByteSource, options: DisassembleOptions = {}): Promise<Disassembly> {
  const index = new Index(options.notes);
  const cursor = new ByteCursor(source);
  const { starts, signal } = options;
  let offset = starts?.[0] ?? 0;
  for (let stream = 1; offset < source.size && index.count < LINES_LIMIT; stream += 1) {
    if (stream > STREAMS_LIMIT) {
      index.words(offset, `stream ${stream} begins here; those from here on are not listed`);
      break;
    }
    if (stream > 1) index.words(offset, `stream ${stream} begins here`);
    const walk = await walkStream(source, offset, emptyFacts(), {
      arrays: options.arrays === true,
      cursor,
      opcodes: LINES_LIMIT - index.count,
      observe: (step) => index.add(step),
      ...(signal ? { signal } : {}),
    });
    if (walk.broke !== undefined) index.words(walk.end, `the pickle breaks here: ${walk.broke}`);
    const next = starts === undefined ? (walk.broke === undefined ? walk.end : undefined) : starts[stream];
    if (next === undefined) break;
    offset = next;
  }
  return new Disassembly(source, index);
}

export class Disassembly {
  constructor(
    private readonly source: ByteSource,
    private readonly index: Index,
  ) {}

  get lineCount(): number {
    return this.index.count;
  }

  /** Lines `first` to `first + count - 1`, as far as there are such. */
  async lines(first: number, count: number): Promise<DisassemblyLine[]> {
    const lines: DisassemblyLine[] = [];
    for await (const line of this.#from(first)) {
      if (line.line >= first + count) break;
      lines.push(line);
    }
    return lines;
  }

  /** The line of the opcode at an offset, or of the one that the offset lies in; undefined before the first. */
  async lineOf(offset: number): Promise<number | undefined> {
    let found: number | undefined;
    for await (const line of this.#from(this.index.before(offset))) {
      if (line.offset > offset) break;
      if (line.opcode !== '' || found === undefined) found = line.line;
    }
    return found;
  }

  /** The text or the bytes that an opcode is given, as far as a person reads them, in lines; undefined when none begins at the offset. */
  async argumentAt(offset: number): Promise<string[] | undefined> {
    const decoded = await decodeOpcode(new ByteCursor(this.source, offset, PAGE_WINDOW), WHOLE_ARGUMENT);
    if (decoded === undefined || 'broke' in decoded) return undefined;
    const { argument } = decoded;
    if (argument.kind !== 'bytes') return [argumentText(decoded)];
    const left = argument.size - argument.head.length;
    return [...escapedLines(utf8(argument.head), WHOLE_ARGUMENT), ...(left > 0 ? [`… ${left} more bytes`] : [])];
  }

  async *#from(first: number): AsyncGenerator<DisassemblyLine> {
    const start = Math.max(1, Math.floor(first));
    const mark = this.index.markOf(start);
    if (!mark) return;
    let cursor: ByteCursor | undefined;
    for (let line = mark.line; line <= this.index.count; line += 1) {
      const words = this.index.wordsAt(line);
      const known = this.index.offsetAt(line);
      if (words !== undefined) {
        if (line >= start)
          yield { line, offset: words.offset, opcode: '', argument: '', depth: 0, note: escapeText(words.text) };
        continue;
      }
      if (cursor === undefined || (known !== undefined && known !== cursor.offset))
        cursor = new ByteCursor(this.source, known ?? 0, PAGE_WINDOW);
      const decoded = await decodeOpcode(cursor, 4 * ARGUMENT_LENGTH);
      // The source changed meanwhile.
      if (decoded === undefined || 'broke' in decoded) return;
      if (line < start) continue;
      yield {
        line,
        offset: decoded.offset,
        opcode: decoded.opcode.name,
        argument: argumentText(decoded),
        depth: this.index.depthAt(line),
        note: escapeText(this.index.noteAt(line)),
      };
    }
  }
}

/** One line of text. */
export function formatLine({ offset, opcode, argument, depth, note }: DisassemblyLine): string {
  const place = String(offset).padStart(10);
  if (opcode === '') return `${place}: # ${note}`;
  const code = `${opcode.padEnd(16)} ${argument}`.trimEnd();
  return `${place}: ${code.padEnd(48)} # ${depth}${note === '' ? '' : `  ${note}`}`;
}

interface Mark {
  readonly line: number;
  readonly offset: number;
}

/** Offsets of some lines, depths of all, and the notes there are. */
class Index {
  count = 0;

  constructor(private readonly known: ReadonlyMap<number, string> | undefined) {}

  readonly #marks: Mark[] = [];
  #depths = new Uint16Array(1024);
  #end = -1;
  readonly #notes = new Map<number, number>();
  readonly #texts: string[] = [];
  readonly #textNumbers = new Map<string, number>();
  readonly #words = new Map<number, { offset: number; text: string }>();

  add(step: Step): void {
    this.#next(step.offset, step.depth);
    this.#end = step.end;
    const note = this.known?.get(step.offset) ?? noteOf(step);
    if (note !== undefined) this.#note(note);
  }

  words(offset: number, text: string): void {
    this.#next(offset, 0);
    this.#end = -1;
    this.#words.set(this.count, { offset, text });
  }

  /** The last mark at or before a line. */
  markOf(line: number): Mark | undefined {
    if (line > this.count) return undefined;
    return this.#marks[lastIndex(this.#marks, (mark) => mark.line <= line)];
  }

  /** The line to look for an offset from. */
  before(offset: number): number {
    return this.#marks[lastIndex(this.#marks, (mark) => mark.offset <= offset)]?.line ?? 1;
  }

  offsetAt(line: number): number | undefined {
    const mark = this.#marks[lastIndex(this.#marks, (known) => known.line <= line)];
    return mark?.line === line ? mark.offset : undefined;
  }

  depthAt(line: number): number {
    return this.#depths[line - 1] ?? 0;
  }

  noteAt(line: number): string {
    return this.#texts[this.#notes.get(line) ?? -1] ?? '';
  }

  wordsAt(line: number): { offset: number; text: string } | undefined {
    return this.#words.get(line);
  }

  #next(offset: number, depth: number): void {
    this.count += 1;
    const last = this.#marks.at(-1);
    if (!last || this.count - last.line >= SPACING || offset !== this.#end)
      this.#marks.push({ line: this.count, offset });
    if (this.count > this.#depths.length) {
      const grown = new Uint16Array(2 * this.#depths.length);
      grown.set(this.#depths);
      this.#depths = grown;
    }
    this.#depths[this.count - 1] = Math.min(depth, 0xffff);
  }

  #note(text: string): void {
    if (this.#notes.size >= NOTES_LIMIT) return;
    let number = this.#textNumbers.get(text);
    if (number === undefined) {
      if (this.#texts.length >= TEXTS_LIMIT) return;
      number = this.#texts.length;
      this.#texts.push(text);
      this.#textNumbers.set(text, number);
    }
    this.#notes.set(this.count, number);
  }
}

/** Index of the last item for which the test holds, in a list in which it holds for the first ones; -1 for none. */
function lastIndex(marks: readonly Mark[], test: (mark: Mark) => boolean): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const mark = marks[middle];
    if (mark && test(mark)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** What an opcode comes to, when it looks something up or calls something. */
function noteOf({ code, top }: Step): string | undefined {
  switch (code) {
    case Op.GLOBAL:
    case Op.STACK_GLOBAL:
      return top?.kind === 'global' ? `looks up ${top.module}.${top.name}` : 'looks up something unknown';
    case Op.REDUCE:
    case Op.NEWOBJ:
    case Op.NEWOBJ_EX:
    case Op.OBJ:
    case Op.INST:
      return top?.kind === 'call' ? `calls ${describe(top, NOTE_LENGTH)}` : undefined;
    case Op.BUILD:
      return top === undefined ? undefined : `sets the state of ${describe(top, NOTE_LENGTH)}`;
    case Op.PERSID:
    case Op.BINPERSID:
      return top?.kind === 'persistent' ? `asks the loader for ${describe(top.id, NOTE_LENGTH)}` : undefined;
    case Op.EXT1:
    case Op.EXT2:
    case Op.EXT4:
      return 'looks up a registered extension';
    case Op.GET:
    case Op.BINGET:
    case Op.LONG_BINGET:
      return top?.kind === 'global' ? `${top.module}.${top.name} again` : undefined;
    case Op.STOP:
      return top === undefined ? undefined : `returns ${describe(top, NOTE_LENGTH)}`;
    default:
      return undefined;
  }
}

function argumentText({ opcode, argument }: Decoded): string {
  switch (argument.kind) {
    case 'none':
      return '';
    case 'number':
      return String(argument.value);
    case 'lines':
      return cut(`${utf8(argument.first)} ${utf8(argument.second)}`);
    case 'bytes':
      return bytesText(opcode.code, argument);
  }
}

function bytesText(code: Op, { head, size }: Argument & { kind: 'bytes' }): string {
  const more = size > head.length;
  switch (code) {
    case Op.LONG1:
    case Op.LONG4:
      return more ? `an integer of ${size} bytes` : cut(String(longOf(head)));
    case Op.INT:
    case Op.LONG:
    case Op.FLOAT:
    case Op.GET:
    case Op.PUT:
    case Op.PERSID:
      return cut(latin1(head), more);
    case Op.STRING:
      return cut(latin1(head), more);
    case Op.UNICODE:
    case Op.BINUNICODE:
    case Op.SHORT_BINUNICODE:
    case Op.BINUNICODE8:
      return cut(`'${utf8(head)}'`, more);
    default:
      return cut(`b'${latin1(head)}'`, more);
  }
}

function cut(text: string, more = false): string {
  if (text.length <= ARGUMENT_LENGTH && !more) return escapeText(text);
  return `${escapeText(text.slice(0, ARGUMENT_LENGTH))}…`;
}

/** Little-endian two's complement. */
export function longOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}
