/** Decodes single opcodes with their arguments, as `pickletools.genops` does: nothing is stacked, remembered or resolved. */
import type { ByteCursor } from '../bytes.js';
import { OPCODES, type Opcode } from './opcodes.js';

export interface Decoded {
  readonly opcode: Opcode;
  readonly offset: number;
  /** Offset after the argument. */
  readonly end: number;
  readonly argument: Argument;
}

export type Argument =
  | { readonly kind: 'none' }
  | { readonly kind: 'number'; readonly value: number | bigint }
  /** Text or bytes behind a length or before a line's end, at most the first bytes; valid until the cursor moves on. */
  | { readonly kind: 'bytes'; readonly head: Uint8Array; readonly size: number }
  | { readonly kind: 'lines'; readonly first: Uint8Array; readonly second: Uint8Array };

export type Decoding = Decoded | { readonly broke: string; readonly offset: number };

/** The opcode at the cursor, which is moved behind it; `keep` bytes are kept of a text. Undefined at the source's end. */
export async function decodeOpcode(cursor: ByteCursor, keep: number): Promise<Decoding | undefined> {
  const offset = cursor.offset;
  await cursor.fill(9);
  if (cursor.left === 0) return undefined;
  const code = cursor.u8();
  const opcode = OPCODES[code];
  if (!opcode) return { broke: `byte 0x${code.toString(16).padStart(2, '0')} is no opcode`, offset };
  const argument = await readArgument(cursor, opcode, keep);
  if (typeof argument === 'string') return { broke: argument, offset };
  return { opcode, offset, end: cursor.offset, argument };
}

async function readArgument(cursor: ByteCursor, opcode: Opcode, keep: number): Promise<Argument | string> {
  const short = `it ends inside the argument of ${opcode.name}`;
  switch (opcode.argument) {
    case 'none':
      return { kind: 'none' };
    case 'u1':
      return cursor.has(1) ? { kind: 'number', value: cursor.u8() } : short;
    case 'u2':
      return cursor.has(2) ? { kind: 'number', value: cursor.u16() } : short;
    case 'i4':
      return cursor.has(4) ? { kind: 'number', value: cursor.i32() } : short;
    case 'u4':
      return cursor.has(4) ? { kind: 'number', value: cursor.u32() } : short;
    case 'u8':
      return cursor.has(8) ? { kind: 'number', value: exact(cursor.bytes(8)) } : short;
    case 'f8':
      return cursor.has(8) ? { kind: 'number', value: cursor.f64be() } : short;
    case 'line': {
      const start = cursor.offset;
      const line = await cursor.line(keep);
      return line.ended ? { kind: 'bytes', head: line.bytes, size: cursor.offset - start - 1 } : short;
    }
    case 'two-lines': {
      const line = await cursor.line(keep);
      if (!line.ended) return short;
      const first = Buffer.from(line.bytes);
      const next = await cursor.line(keep);
      return next.ended ? { kind: 'lines', first, second: next.bytes } : short;
    }
    case 'counted1':
    case 'counted4':
    case 'counted4-signed':
    case 'counted8': {
      const width = opcode.argument === 'counted1' ? 1 : opcode.argument === 'counted8' ? 8 : 4;
      if (!cursor.has(width)) return short;
      const size = readLength(cursor, opcode.argument);
      if (size < 0) return `${opcode.name} has a negative length`;
      if (size > cursor.left) return short;
      const kept = Math.min(size, keep);
      await cursor.fill(kept);
      const head = cursor.bytes(kept);
      cursor.skip(size - kept);
      return { kind: 'bytes', head, size };
    }
  }
}

function readLength(cursor: ByteCursor, kind: 'counted1' | 'counted4' | 'counted4-signed' | 'counted8'): number {
  switch (kind) {
    case 'counted1':
      return cursor.u8();
    case 'counted4':
      return cursor.u32();
    case 'counted4-signed':
      return cursor.i32();
    case 'counted8':
      return cursor.u64();
  }
}

/** A 64-bit number without loss. */
function exact(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}
