import { describe, expect, it } from 'vitest';
import { concat } from '../../../samples/assemble.mjs';
import { detectFormat } from '../../../src/model/detect.js';
import { bytesSource } from '../../../src/static/bytes.js';
import { analyse } from '../support.js';

function i32(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, value] of numbers.entries()) bytes.writeInt32LE(value, 4 * index);
  return bytes;
}
const i64 = (value: number) => i32(value, value < 0 ? -1 : 0);

/** As `FastText::saveModel` writes it: two words, an input of three rows and an output of two. */
const words = ['cat', 'dög'].map((word) => concat(Buffer.from(word), '\0', i64(7), '\0'));
const matrix = (rows: number, columns: number) =>
  concat('\0', i64(rows), i64(columns), Buffer.alloc(4 * rows * columns));
const settings = concat(i32(0x2f4f16ba, 12), Buffer.alloc(12 * 4 + 8), i32(2, 2, 0), i64(14), i64(-1));
const fasttext = concat(settings, ...words, matrix(3, 4), matrix(2, 4));

/** As `crf1mmw_close` writes it. */
const chunks = ['FEAT', 'CQDB', 'CQDB', 'LFRF', 'AFRF'].map((name) => concat(name, i32(12), i32(0)));
const size = 48 + 5 * 12;
const offsets = i32(48, 60, 72, 84, 96);
const crfsuite = concat('lCRF', i32(size), 'FOMC', i32(100, 0, 0, 0), offsets, ...chunks);

describe.each([
  ['fasttext', fasttext],
  ['crfsuite', crfsuite],
])('a model of %s', (format, bytes) => {
  it('is told and read to its end', async () => {
    expect((await detectFormat(bytesSource(bytes))).format).toBe(format);
    const { findings, gaps } = await analyse(bytes, 'model.bin');
    expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
  });

  it('is not seen whole when it is cut off, or something follows', async () => {
    for (let length = 13; length < bytes.length; length += 7)
      expect((await analyse(bytes.subarray(0, length), 'model.bin')).gaps).not.toEqual([]);
    expect((await analyse(concat(bytes, 'after'), 'model.bin')).gaps).not.toEqual([]);
  });
});

it('a model of fastText that is quantised, or says that it has more than there is, is not seen whole', async () => {
  const quantised = concat(settings, ...words, '\x01', Buffer.alloc(200));
  expect((await analyse(quantised, 'm.ftz')).gaps.join()).toContain('quantised');
  const many = concat(settings, ...words, '\0', i64(1 << 30), i64(4), Buffer.alloc(64));
  expect((await analyse(many, 'm.bin')).gaps.join()).toContain('bytes are left');
});
