/**
 * Vectors of words in word2vec's own formats (`word2vec.c`; gensim `save_word2vec_format`): two numbers, then words and their vectors, binary
 * or as digits, a line each.
 */
import { ByteCursor, latin1 } from '../../readers/bytes.js';
import type { Analyser, Job, Place } from '../job.js';

const HEADER = /^(\d{1,9}) (\d{1,5})\n/;
const HEADER_LIMIT = 32;
/** Bytes that are enough to tell numbers from digits. */
const HEAD = 1024;
const DIGITS = /^[-+.0-9e]+$/;
const LINE_LIMIT = 1024 * 1024;
const WORD_LIMIT = 4096;

/** How many words, and how many numbers each has, when the bytes begin so and as many numbers as that follow the first word. */
export function word2vecHeader(
  head: Uint8Array,
  size: number,
): { readonly words: number; readonly columns: number; readonly length: number; readonly asText: boolean } | undefined {
  const match = HEADER.exec(latin1(head.subarray(0, HEADER_LIMIT)));
  if (!match) return undefined;
  const [words, columns, length] = [Number(match[1]), Number(match[2]), match[0].length];
  if (words === 0 || columns === 0) return undefined;
  const [, number, ...more] = latin1(head.subarray(length, HEAD)).split(/[ \n]/);
  const asText = number !== undefined && DIGITS.test(number) && (columns === 1 || more.length > 0);
  // A word has a letter at least, and a space after it; so has a number.
  const least = asText ? 2 + 2 * columns : 2 + 4 * columns;
  return size >= length + words * least - 1 ? { words, columns, length, asText } : undefined;
}

export const analyseWord2Vec: Analyser = async (source, place, job) => {
  const header = word2vecHeader(await source.read(0, HEAD), source.size);
  if (header === undefined) {
    job.gap(place, 'its first line does not fit its size');
    return;
  }
  const cursor = new ByteCursor(source, header.length, 256 * 1024);
  if (header.asText) {
    await readLines(cursor, header, place, job);
    return;
  }
  for (let index = 0; index < header.words; index += 1) {
    if (index % 10_000 === 0) job.signal.throwIfAborted();
    for (let length = 0, byte = -1; byte !== 0x20; length += 1) {
      if (length > WORD_LIMIT || !(await cursor.fill(1))) {
        job.gap(place, `word ${index} does not end (byte ${cursor.offset})`);
        return;
      }
      byte = cursor.u8();
    }
    if (cursor.left < 4 * header.columns) {
      job.gap(place, `it ends in the vector of word ${index}`);
      return;
    }
    cursor.skip(4 * header.columns);
    // The original program ends each vector with a line end, which is the next word's first byte for a reader that does not know.
  }
  if (cursor.left > 1) job.gap(place, `${cursor.left} bytes follow the last word`);
};

/** Each line a word and its numbers; the last may have no end. */
async function readLines(
  cursor: ByteCursor,
  { words, columns }: { readonly words: number; readonly columns: number },
  place: Place,
  job: Job,
): Promise<void> {
  for (let index = 0; index < words; index += 1) {
    if (index % 10_000 === 0) job.signal.throwIfAborted();
    const { offset } = cursor;
    const { bytes, whole } = cursor.shortLine(LINE_LIMIT) ?? (await cursor.line(LINE_LIMIT));
    if (whole && numbersIn(bytes) === columns) continue;
    job.gap(place, `line ${index + 2} (byte ${offset}) is no word with ${columns} numbers`);
    return;
  }
  if (await cursor.fill(1)) job.gap(place, `its text goes on after its last word (byte ${cursor.offset})`);
}

/** How many numbers follow the word; undefined when something else does. */
function numbersIn(line: Buffer): number | undefined {
  let count = 0;
  let before = SPACE;
  const word = line.indexOf(SPACE);
  if (word < 1) return undefined;
  for (let at = word + 1; at < line.length; at += 1) {
    const byte = line[at] ?? 0;
    if (byte !== SPACE && byte !== RETURN && !OF_NUMBERS.includes(byte)) return undefined;
    if (before === SPACE && byte > SPACE) count += 1;
    before = byte;
  }
  return count;
}

const SPACE = 0x20;
const RETURN = 0x0d;
/** Those of `nan` and `inf` among them. */
const OF_NUMBERS = Buffer.from('0123456789+-.eEnaif');
