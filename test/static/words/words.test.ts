import { describe, expect, it } from 'vitest';
import { concat } from '../../../samples/assemble.mjs';
import { detectFormat } from '../../../src/detect/detect.js';
import { FORMATS } from '../../../src/core/formats.js';
import { bytesSource } from '../../../src/readers/bytes.js';
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

/** As gensim writes vectors for other programs: two words of three numbers. */
const word2vec = concat('2 3\n', 'cat ', Buffer.alloc(12), 'dög ', Buffer.alloc(12));

/** As `flax.serialization.to_bytes` writes a layer: a mapping of a mapping, with an array as an extension of type 1. */
const array = concat('\xc7\x0a\x01', '\x93\x91\x02\xa2f4\xc4\x02ab');
const flax = concat('\x81\xa6params\x82\xa4bias', array, '\xa4step\xcd\x01\x00');

describe.each([
  ['fasttext', fasttext],
  ['crfsuite', crfsuite],
  ['word2vec', word2vec],
  ['msgpack', flax],
])('a model of %s', (format, bytes) => {
  it('is told and read to its end, and nothing in it is there to run', async () => {
    const detected = (await detectFormat(bytesSource(bytes))).format;
    expect(detected).toBe(format);
    expect(FORMATS[detected].inert).toBe('data');
    const { findings, gaps } = await analyse(bytes, 'model.bin');
    expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
  });

  it('is not seen whole when it is cut off, or something follows', async () => {
    for (let length = 13; length < bytes.length; length += 7)
      expect((await analyse(bytes.subarray(0, length), 'model.bin')).gaps).not.toEqual([]);
    expect((await analyse(concat(bytes, 'after'), 'model.bin')).gaps).not.toEqual([]);
  });
});

const written = '2 3\nthe 0.0688 0.266 -2.66e-05\nöf 1 nan -.5\n';
describe('vectors that are written as text', () => {
  it.each([
    written,
    written.trimEnd(),
    written.replaceAll('\n', ' \n').replace('3 ', '3'),
    '2 1\nthe 0.5 \nof -0.25 \n',
  ])('are read to their end: %j', async (text) => {
    expect((await detectFormat(bytesSource(Buffer.from(text)))).format).toBe('word2vec');
    expect(await analyse(Buffer.from(text), 'words.txt')).toMatchObject({ findings: [], gaps: [] });
  });
  it.each(['more\n', 'of 1 2\n'])('are not seen whole when %j follows', async (more) => {
    expect((await analyse(Buffer.from(written + more), 'words.vec')).gaps.join()).toContain('goes on');
  });
  it('are not seen whole when something else is in a line', async () => {
    const text = written.replace('nan', 'eval(x)');
    expect((await analyse(Buffer.from(text), 'words.vec')).gaps.join()).toContain('line 3 (byte 31) is no word with 3');
  });
});

it('a model of fastText that is quantised, or says that it has more than there is, is not seen whole', async () => {
  const quantised = concat(settings, ...words, '\x01', Buffer.alloc(200));
  expect((await analyse(quantised, 'm.ftz')).gaps.join()).toContain('quantised');
  const many = concat(settings, ...words, '\0', i64(1 << 30), i64(4), Buffer.alloc(64));
  expect((await analyse(many, 'm.bin')).gaps.join()).toContain('bytes are left');
});

/** A field of bytes in the wire format of protobuf. */
const field = (number: number, bytes: Uint8Array) => concat(varint(number * 8 + 2), varint(bytes.length), bytes);

function varint(value: number): Buffer {
  const bytes = [];
  for (let left = value; ; left >>>= 7) {
    bytes.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) return Buffer.from(bytes);
  }
}

const piece = (text: string) => field(1, concat(field(1, Buffer.from(text)), '\x15', Buffer.alloc(4)));
const sentencepiece = concat(piece('<unk>'), piece('▁the'), field(2, Buffer.alloc(0)), field(3, Buffer.alloc(0)));
/** Of a network: a layer with its name. */
const coreml = concat('\x08\x04', field(2, Buffer.alloc(0)), field(500, field(1, field(1, Buffer.from('layer')))));

it.each([
  ['sentencepiece', sentencepiece],
  ['coreml', coreml],
])('a model of %s is told and read to its end, and not seen whole when it is cut off', async (format, bytes) => {
  expect((await detectFormat(bytesSource(bytes))).format).toBe(format);
  const { findings, gaps } = await analyse(bytes, 'tokenizer.model');
  expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
  expect((await analyse(bytes.subarray(0, -1), 'tokenizer.model')).gaps).not.toEqual([]);
});
