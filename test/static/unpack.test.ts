import { randomBytes } from 'node:crypto';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat, global, op, pickle, value } from '../../samples/assemble.mjs';
import { detectFormat } from '../../src/detect/detect.js';
import { analyseStatic } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/readers/bytes.js';
import type { Compression } from '../../src/readers/unpack/magic.js';
import { unpack, type Unpacked } from '../../src/readers/unpack/unpack.js';
import twins from './twins.json' with { type: 'json' };

const file = (name: keyof typeof twins): Buffer => Buffer.from(twins[name], 'base64');
const run = (bytes: Uint8Array, kind: Compression, limit = 1 << 20): Promise<Unpacked> =>
  unpack(bytesSource(bytes), kind, limit);

/** As make-twins.py makes it. */
const text = Buffer.concat(Array<Buffer>(3).fill(Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * i) % 251))));

describe('other ways to pack', () => {
  const cases: [keyof typeof twins, Compression][] = [
    ['same-streams.bz2', 'bz2'],
    ['same-streams.xz', 'xz'],
    ['same-contexts.xz', 'xz'],
    ['same-sized.lzma', 'lzma'],
    ['same-frames.lz4', 'lz4'],
  ];
  it.each(cases)('%s unpacks to what was packed', async (name, kind) => {
    const { bytes, gap } = await run(file(name), kind);
    expect(gap).toBeUndefined();
    expect(Buffer.from(bytes).equals(text)).toBe(true);
  });

  it('bytes that do not pack are stored, and read', async () => {
    const { bytes, gap } = await run(file('same-stored.xz'), 'xz');
    expect({ size: bytes.length, gap }).toEqual({ size: 4000, gap: undefined });
  });
});

describe.each(['bz2', 'xz', 'lzma', 'lz4'] as const)('%s', (kind) => {
  const hostile = file(`hostile-${kind}.joblib`);
  const command = expect.objectContaining({ rule: 'STATIC-PICKLE-EXEC', severity: 'critical' }) as unknown;
  const analyse = async (bytes: Uint8Array) => {
    const source = bytesSource(bytes);
    return analyseStatic(source, await detectFormat(source));
  };

  it('shows a packed command', async () => {
    const { findings, gaps } = await analyse(hostile);
    expect(findings).toEqual([command]);
    expect(gaps).toEqual([]);
  });

  it('ends with a gap, and with the whole beginning, when it is cut off', async () => {
    const cut = hostile.subarray(0, hostile.length - 20);
    const { bytes, gap } = await run(cut, kind);
    expect(gap).toMatch(/damaged or cut off/);
    // A block of bzip2 is all or nothing.
    if (kind === 'bz2') return;
    expect(bytes.length).toBeGreaterThan(100);
    const { findings, gaps } = await analyse(cut);
    expect(findings).toContainEqual(command);
    expect(gaps.join()).toMatch(/cut off/);
  });

  it('of zeros stops at the limit', async () => {
    const { bytes, gap } = await run(file(`zeros-${kind}`), kind);
    expect(bytes.length).toBe(1 << 20);
    expect(gap).toBe('it unpacks to more than 1048576 bytes');
    expect(await run(file(`zeros-${kind}`), kind, 4 << 20)).toMatchObject({
      bytes: { length: 4 << 20 },
      gap: undefined,
    });
  });

  it('says that bytes follow', async () => {
    const { gap } = await run(concat(hostile, 'after the end'), kind);
    expect(gap).toMatch(/13 bytes follow the end/);
  });

  it('takes damage anywhere without throwing or growing', { timeout: 60_000 }, async () => {
    for (let at = 0; at < hostile.length; at += 3) {
      const bytes = Buffer.from(hostile);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      const result = await run(bytes, kind);
      expect(result.bytes.length).toBeLessThanOrEqual(1 << 20);
    }
    for (let length = 0; length < hostile.length; length += 37) {
      expect((await run(hostile.subarray(0, length), kind)).gap).toBeDefined();
    }
  });
});

describe('Zstandard', () => {
  const hostile = zstdCompressSync(pickle(concat(global('os', 'system'), value('id'), op.tuple1, op.reduce)));
  const packed = zstdCompressSync(Buffer.concat([text, randomBytes(300_000)]));

  it('unpacks to what was packed, in several frames and those that are to be stepped over', async () => {
    const skipped = concat(Buffer.from('502a4d1803000000', 'hex'), 'abc');
    const { bytes, gap } = await run(concat(zstdCompressSync(text), skipped, zstdCompressSync(text)), 'zstd');
    expect(gap).toBeUndefined();
    expect(Buffer.from(bytes).equals(Buffer.concat([text, text]))).toBe(true);
    expect((await run(packed, 'zstd')).bytes.length).toBe(text.length + 300_000);
  });

  it('shows a packed command, by whatever name', async () => {
    for (const name of ['x.pkl.zst', 'x.csv']) {
      const source = bytesSource(hostile);
      const { findings, gaps } = await analyseStatic(source, await detectFormat(source), { name });
      expect(findings.map(({ rule }) => rule)).toContain('STATIC-PICKLE-EXEC');
      expect(gaps).toEqual([]);
    }
  });

  it('is no finding by itself', async () => {
    const source = bytesSource(zstdCompressSync(pickle(value([1, 2, 3]))));
    const detection = await detectFormat(source);
    expect(detection).toMatchObject({ format: 'joblib', compression: 'zstd' });
    const { findings, gaps } = await analyseStatic(source, detection, { name: 'frame.pkl.zst' });
    expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
  });

  it('ends with a gap when it is cut off or something follows', async () => {
    for (const length of [3, 20, packed.length - 1, packed.length >> 1])
      expect((await run(packed.subarray(0, length), 'zstd')).gap).toMatch(/damaged or cut off/);
    expect((await run(concat(packed, 'after the end'), 'zstd')).gap).toMatch(/damaged or cut off/);
  });

  it('stops at the limit', async () => {
    const { bytes, gap } = await run(zstdCompressSync(Buffer.alloc(4 << 20)), 'zstd');
    expect(bytes.length).toBe(1 << 20);
    expect(gap).toBe('it unpacks to more than 1048576 bytes');
  });

  it('takes damage anywhere without throwing or growing', { timeout: 60_000 }, async () => {
    for (let at = 0; at < hostile.length; at += 1) {
      const bytes = Buffer.from(hostile);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      expect((await run(bytes, 'zstd')).bytes.length).toBeLessThanOrEqual(1 << 20);
    }
  });
});

it('a bomb behind a command shows the command', async () => {
  // Streams of bzip2 can follow one another: 4 MiB for 45 bytes each.
  const zeros = file('zeros-bz2');
  const bomb = concat(file('hostile-bz2.joblib'), ...Array<Buffer>(50).fill(zeros));
  const source = bytesSource(bomb);
  const { findings, gaps } = await analyseStatic(source, await detectFormat(source));
  expect(findings.map(({ rule }) => rule)).toContain('STATIC-PICKLE-EXEC');
  expect(findings.map(({ rule }) => rule)).toContain('STATIC-ARCHIVE-BOMB');
  expect(gaps).toContain('it unpacks to more than 167772160 bytes');
});

it('unpacking ends when it is aborted', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(unpack(bytesSource(file('zeros-bz2')), 'bz2', 1 << 30, signal)).rejects.toThrow('enough');
});

describe('zlib', () => {
  const command = pickle(concat(global('os', 'system'), op.mark, op.unicode('id'), op.tuple, op.reduce));
  const plain = pickle(value({ weights: [1, 2, 3] }));
  const analyse = async (bytes: Uint8Array, name: string) => {
    const source = bytesSource(bytes);
    return analyseStatic(source, await detectFormat(source, { name }), { name });
  };
  const zfile = (bytes: Uint8Array, blank = '') =>
    concat(`ZF${`0x${bytes.length.toString(16)}`.padEnd(19)}${blank}`, deflateSync(bytes));

  it('unpacks streams in a row', async () => {
    const row = concat(...Array.from({ length: 300 }, () => deflateSync(text)));
    const { bytes, gap } = await run(row, 'zlib', 1 << 24);
    expect([gap, bytes.length]).toEqual([undefined, 300 * text.length]);
  });

  it.each(['m.joblib', 'm.pkl', 'm.z'])('shows a command in any of them: %s', async (name) => {
    const cut = plain.length - 3;
    for (const row of [
      concat(deflateSync(plain), deflateSync(command)),
      concat(deflateSync(plain.subarray(0, cut)), deflateSync(concat(plain.subarray(cut), command))),
      concat(deflateSync(command.subarray(0, 8)), deflateSync(command.subarray(8))),
    ])
      expect((await analyse(row, name)).findings.map(({ rule }) => rule)).toContain('STATIC-PICKLE-EXEC');
  });

  it('says what follows, and where it stops', async () => {
    expect((await run(concat(deflateSync(text), 'abc'), 'zlib')).gap).toContain('3 bytes after');
    expect((await run(concat(deflateSync(text), deflateSync(text)), 'zlib', text.length)).gap).toBeDefined();
  });

  it.each(['', ' '])("shows a command in joblib's old container, with%s a blank more", async (blank) => {
    const { findings } = await analyse(zfile(command, blank), 'm.joblib');
    expect(findings.map(({ rule }) => rule)).toContain('STATIC-PICKLE-EXEC');
    expect(await analyse(zfile(plain, blank), 'm.pkl')).toMatchObject({ findings: [], gaps: [] });
  });

  it("says that joblib's old container is damaged", async () => {
    expect((await analyse(zfile(plain).subarray(0, 30), 'm.joblib')).gaps).not.toEqual([]);
  });
});
