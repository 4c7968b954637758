/**
 * Walks a pickle as CPython's `Modules/_pickle.c` would, with its stack, marks and memo, but resolves no name and calls nothing.
 * The walk of a stream stops where the unpickler would stop with an error, and says where and why.
 * Payloads are skipped. Memory is bounded: a value that exceeds a bound becomes an unknown value, which is reported.
 */
import { ByteCursor, HELD_LIMIT, type ByteSource } from '../bytes.js';
import { TEXT_KEPT, type Payload } from './arguments.js';
import { addFew, type PickleFacts } from './facts.js';
import { rawArray } from './joblib.js';
import { Machine, STOPPED } from './machine.js';
import { Op, OPCODES, type Opcode } from './opcodes.js';
import type { Value } from './value.js';
import type { Stop } from '../units.js';

/** One pickle: from its first opcode to STOP, or to the opcode that fails. */
export interface StreamWalk {
  readonly start: number;
  /** Offset after the last byte that was read as part of it. */
  readonly end: number;
  /** Why an unpickler would stop with an error before STOP; undefined when STOP was reached. */
  readonly broke: string | undefined;
  /** What STOP returned. */
  readonly result: Value | undefined;
  readonly opcodes: number;
  /** Bytes of joblib's arrays were skipped: `pickle.load` reads other opcodes than joblib. */
  readonly arrays: boolean;
  /** The highest protocol any PROTO opcode declared; undefined without one. */
  readonly protocol: number | undefined;
}

export interface WalkOptions {
  /** At the limit of opcodes the result is what they have built by then. */
  readonly unfinished?: boolean;
  /** Skip the array bytes that joblib writes into the stream, as `joblib.numpy_pickle.NumpyUnpickler.load_build` does. */
  readonly arrays?: boolean;
  /** End after this many opcodes; the walk then has `broke`. */
  readonly opcodes?: number;
  readonly signal?: Stop;
  /** A cursor on the same source: bytes in its window are not read again. */
  readonly cursor?: ByteCursor;
  /** Called after every opcode, also after one that fails. */
  readonly observe?: (step: Step) => void;
}

/** One opcode that ran. The same object is reused for the next one. */
export interface Step {
  code: Op;
  offset: number;
  /** Offset after its argument. */
  end: number;
  /** Values on the stack after it. */
  depth: number;
  /** The value on top after it, or what STOP returned. */
  top: Value | undefined;
}

/** Longest text or bytes kept of those that lie deeper on the stack than Python's pickler ever stacks them. */
const DEEP_TEXT_KEPT = 256;
const DEEP = 10_000;
/**
 * Bytes of memory, as `costOf` estimates them, for the memo, the items of containers and the stack together. Less, down to a tenth, when the
 * pickle itself is held in memory: both have to stay below 256 MB.
 */
const KEPT = 70_000_000;

/** Walks the stream that begins at `start`, and adds what it does to `facts`. */
export async function walkStream(
  source: ByteSource,
  start: number,
  facts: PickleFacts,
  options: WalkOptions = {},
): Promise<StreamWalk> {
  const cursor = options.cursor ?? new ByteCursor(source);
  cursor.seek(start);
  const machine = new Machine(facts, KEPT * (1 - 0.9 * Math.min(1, (source.held ?? 0) / HELD_LIMIT)));
  const { observe } = options;
  const step: Step = { code: Op.STOP, offset: 0, end: 0, depth: 0, top: undefined };
  const limit = options.opcodes ?? Infinity;
  let opcodes = 0;
  let arrays = false;
  let frameEnd = 0;
  let pastEnd = false;
  const end = (broke: string | undefined, result?: Value): StreamWalk => ({
    start,
    end: Math.min(cursor.offset, source.size),
    broke,
    result,
    opcodes,
    arrays,
    protocol: machine.protocol,
  });

  for (;;) {
    if (!cursor.has(9)) {
      options.signal?.throwIfAborted();
      if (!(await cursor.fill(9)) && cursor.left === 0) return end('it ends without STOP');
    }
    if (opcodes >= limit)
      return end(
        `not read past its first ${limit} opcodes`,
        options.unfinished === true ? machine.unfinished() : undefined,
      );
    const at = cursor.offset;
    const code = cursor.u8();
    const opcode = OPCODES[code];
    if (!opcode) return end(`byte 0x${code.toString(16).padStart(2, '0')} is no opcode`);
    opcodes += 1;

    let number = 0;
    let payload: Payload | undefined;
    let second: Payload | undefined;
    switch (opcode.argument) {
      case 'none':
        break;
      case 'u1':
        if (!cursor.has(1)) return end(inside(opcode));
        number = cursor.u8();
        break;
      case 'u2':
        if (!cursor.has(2)) return end(inside(opcode));
        number = cursor.u16();
        break;
      case 'i4':
        if (!cursor.has(4)) return end(inside(opcode));
        number = cursor.i32();
        break;
      case 'u4':
        if (!cursor.has(4)) return end(inside(opcode));
        number = cursor.u32();
        break;
      case 'u8':
        if (!cursor.has(8)) return end(inside(opcode));
        number = cursor.u64();
        break;
      case 'f8':
        if (!cursor.has(8)) return end(inside(opcode));
        number = cursor.f64be();
        break;
      case 'line': {
        const line = cursor.shortLine(TEXT_KEPT) ?? (await cursor.line(TEXT_KEPT));
        if (!line.ended) return end(inside(opcode));
        payload = { ...line, offset: at + 1, size: line.bytes.length };
        break;
      }
      case 'two-lines': {
        const first = cursor.shortLine(TEXT_KEPT) ?? (await cursor.line(TEXT_KEPT));
        payload = { bytes: Buffer.from(first.bytes), whole: first.whole, offset: at + 1, size: first.bytes.length };
        const next = cursor.shortLine(TEXT_KEPT) ?? (await cursor.line(TEXT_KEPT));
        if (!next.ended) return end(inside(opcode));
        second = { ...next, offset: at + 1, size: next.bytes.length };
        break;
      }
      default: {
        const width = opcode.argument === 'counted1' ? 1 : opcode.argument === 'counted8' ? 8 : 4;
        if (!cursor.has(width)) return end(inside(opcode));
        const size =
          opcode.argument === 'counted1'
            ? cursor.u8()
            : opcode.argument === 'counted4'
              ? cursor.u32()
              : opcode.argument === 'counted8'
                ? cursor.u64()
                : cursor.i32();
        if (size < 0) return end(`${opcode.name} has a negative length`);
        if (size > cursor.left) return end(inside(opcode));
        const kept = Math.min(size, machine.depth < DEEP ? TEXT_KEPT : DEEP_TEXT_KEPT);
        if (!cursor.has(kept) && !(await cursor.fill(kept))) return end(inside(opcode));
        payload = { offset: cursor.offset, bytes: cursor.bytes(kept), whole: kept === size, size };
        if (size > kept) cursor.skip(size - kept);
      }
    }

    // The C unpickler drops the rest of a frame when a read crosses its end, unless it reads from memory; Python's own refuses.
    if (at < frameEnd && (cursor.offset > frameEnd || opcode.code === Op.FRAME || opcode.code === Op.STOP)) {
      if (cursor.offset !== frameEnd) misframed(facts, at, opcode.name);
      frameEnd = 0;
    }
    if (opcode.code === Op.FRAME) {
      frameEnd = cursor.offset + number;
      if (number > cursor.left && !pastEnd) facts.gaps.add(`a frame at byte ${at} is longer than the file`);
      pastEnd ||= number > cursor.left;
    }

    const broke = machine.step(opcode.code, at, number, payload, second);
    if (observe) {
      step.code = opcode.code;
      step.offset = at;
      step.end = cursor.offset;
      step.depth = machine.depth;
      step.top = machine.top() ?? machine.result;
      observe(step);
    }
    if (broke !== undefined) return broke === STOPPED ? end(undefined, machine.result) : end(broke);
    if (opcode.code === Op.BUILD && options.arrays === true) {
      const top = machine.top();
      const next = await rawArray(source, cursor.offset, top);
      if (next.kind !== 'none') arrays = true;
      if (next.kind === 'skip') {
        cursor.seek(next.to);
        if (top?.kind === 'call') top.elements = next.from;
      } else if (next.kind === 'pickle') {
        const inner = await walkStream(source, cursor.offset, facts, options);
        cursor.seek(inner.end);
        if (inner.broke !== undefined) return end(inner.broke);
      } else if (next.kind === 'unreadable') return end(next.why);
    }
  }
}

function inside(opcode: Opcode): string {
  return `it ends inside the argument of ${opcode.name}`;
}

function misframed(facts: PickleFacts, offset: number, opcode: string): void {
  addFew(facts.misframed, { offset, opcode });
}
