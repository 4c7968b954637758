import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { concat } from '../../../samples/assemble.mjs';
import { bytesSource } from '../../../src/readers/bytes.js';
import { readBundle } from '../../../src/readers/tensorflow/bundle.js';
import { unsnappy } from '../../../src/readers/unpack/snappy.js';

const index = gunzipSync(readFileSync(join(import.meta.dirname, '../../fixtures/tensorflow/session.index.gz')));

const varint = (value: number): Buffer =>
  value < 128 ? Buffer.from([value]) : concat(Buffer.from([(value & 127) | 128]), varint(Math.floor(value / 128)));

/** Literals of 60 bytes at most, and a run of one byte as a copy. */
function snappy(bytes: Uint8Array): Buffer {
  const parts: Buffer[] = [varint(bytes.length)];
  for (let at = 0; at < bytes.length;) {
    let run = 1;
    while (run < 60 && bytes[at + run] === bytes[at]) run += 1;
    const literal = run > 8 ? 1 : Math.min(60, bytes.length - at);
    parts.push(Buffer.from([(literal - 1) << 2]), Buffer.from(bytes.subarray(at, at + literal)));
    at += literal;
    // A copy with an offset of two bytes.
    if (run > 8) parts.push(Buffer.from([((run - 2) << 2) | 2, 1, 0]));
    if (run > 8) at += run - 1;
  }
  return concat(...parts);
}

/** The same table with each block packed by `pack` and marked as `kind`. */
function repacked(pack: (block: Uint8Array) => Uint8Array, kind: number): Buffer {
  const footer = index.subarray(index.length - 48);
  const take = (bytes: Uint8Array, at: number): [number, number] => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return [value, at];
    }
  };
  const [, afterMeta] = take(footer, take(footer, 0)[1]);
  const [offset, afterOffset] = take(footer, afterMeta);
  const [size] = take(footer, afterOffset);
  const block = index.subarray(offset, offset + size);
  const head = index.subarray(0, offset);
  const packed = pack(block);
  const handle = concat(varint(0), varint(0), varint(offset), varint(packed.length));
  return concat(
    head,
    packed,
    Buffer.from([kind, 0, 0, 0, 0]),
    handle,
    Buffer.alloc(40 - handle.length),
    footer.subarray(40),
  );
}

describe("the index of a checkpoint whose blocks are packed with Snappy's format", () => {
  it('reads as the plain one', async () => {
    const plain = await readBundle(bytesSource(index));
    const packed = await readBundle(bytesSource(repacked(snappy, 1)));
    expect(plain.tensors.length).toBeGreaterThan(0);
    expect(packed).toEqual(plain);
  });

  it('is a gap when it is damaged or packed otherwise', async () => {
    for (const bytes of [repacked((block) => snappy(block).subarray(0, 9), 1), repacked((block) => block, 2)])
      expect((await readBundle(bytesSource(bytes))).gaps.join()).toMatch(
        /compressed in a way that is not read, or damaged/,
      );
  });
});

describe("Snappy's format", () => {
  it('unpacks literals and copies, and nothing that is damaged or too long', () => {
    const text = 'abcabcabcabcabcabc, and abcabcabcabcabcabc';
    const packed = Buffer.from([
      42,
      ...[2 << 2, 97, 98, 99],
      ((15 - 1) << 2) | 2,
      3,
      0,
      5 << 2,
      ...Buffer.from(', and '),
      ((18 - 1) << 2) | 2,
      24,
      0,
    ]);
    expect(Buffer.from(unsnappy(packed, 1000) ?? []).toString()).toBe(text);
    expect(unsnappy(packed, 20)).toBeUndefined();
    expect(unsnappy(packed.subarray(0, 12), 1000)).toBeUndefined();
    expect(unsnappy(Buffer.from([4, 0, 97, 0x0d, 9]), 1000)).toBeUndefined();
  });
});
