/** Arguments of opcodes, and the constants that they encode. */
import { rawUnicode } from './text.js';
import { FALSE, TRUE, UNKNOWN, type Value } from './value.js';

/** Longest text or bytes kept; module and attribute names are far shorter. */
export const TEXT_KEPT = 4096;
/** From this length on a text keeps its offset in the source: it may hold a pickle or an archive. */
const TEXT_PLACED = 64;

/** An argument of text or bytes. */
export interface Payload {
  /** The first bytes; `whole` when they are all. */
  readonly bytes: Buffer;
  readonly whole: boolean;
  readonly offset: number;
  readonly size: number;
}

/** Most numbers of a pickle are lengths, shapes and labels. Values of this kind never change, so that one object serves for each number. */
export const SMALL_INTS: readonly Value[] = Array.from({ length: 1024 }, (_, value) => ({ kind: 'int', value }));

export function utf8(bytes: Buffer): string {
  return bytes.toString('utf8');
}

export function latin1(payload: Payload | undefined): string {
  return payload ? payload.bytes.toString('latin1') : '';
}

export function text(payload: Payload | undefined): Value {
  if (!payload) return UNKNOWN;
  const { bytes, whole, offset, size } = payload;
  return size < TEXT_PLACED
    ? { kind: 'text', text: utf8(bytes), whole }
    : { kind: 'text', text: utf8(bytes), whole, place: { offset, size } };
}

/** The text of a UNICODE argument. */
export function escapedText(payload: Payload | undefined): Value {
  if (!payload) return UNKNOWN;
  const { whole, offset, size } = payload;
  return { kind: 'text', text: rawUnicode(latin1(payload)), whole, place: { offset, size, escaped: true } };
}

export function bytesValue(payload: Payload | undefined): Value {
  if (!payload) return UNKNOWN;
  return {
    kind: 'bytes',
    head: Uint8Array.from(payload.bytes.subarray(0, 64)),
    offset: payload.offset,
    size: payload.size,
  };
}

export function integerLine(payload: Payload | undefined, orBool: boolean): Value {
  const line = latin1(payload);
  if (orBool && (line === '00' || line === '01')) return line === '01' ? TRUE : FALSE;
  return { kind: 'int', value: Number(line.trim().replace(/L$/, '').replaceAll('_', '')) };
}

export function lineIndex(payload: Payload | undefined): number {
  const line = latin1(payload).trim().replaceAll('_', '');
  return /^[+-]?\d+$/.test(line) ? Number(line) : NaN;
}

export function long(payload: Payload | undefined): Value {
  if (!payload) return UNKNOWN;
  // Six bytes are exact in a double.
  if (payload.size > 6) return { kind: 'long', bytes: Uint8Array.from(payload.bytes.subarray(0, 64)) };
  let value = 0;
  for (const [index, byte] of payload.bytes.entries()) value += byte * 2 ** (8 * index);
  const negative = (payload.bytes.at(-1) ?? 0) >= 0x80;
  return { kind: 'int', value: negative ? value - 2 ** (8 * payload.size) : value };
}
