/** Vectors of words in word2vec's own binary format (`word2vec.c`; gensim `save_word2vec_format`): two numbers, then words and their vectors. */
import { ByteCursor, latin1 } from '../bytes.js';
import type { Analyser } from '../job.js';

const HEADER = /^(\d{1,9}) (\d{1,5})\n/;
const HEADER_LIMIT = 32;
const WORD_LIMIT = 4096;

/** How many words, and how many numbers each has, when the bytes begin so and as many numbers as that follow the first word. */
export function word2vecHeader(
  head: Uint8Array,
  size: number,
): { readonly words: number; readonly columns: number; readonly length: number } | undefined {
  const match = HEADER.exec(latin1(head.subarray(0, HEADER_LIMIT)));
  if (!match) return undefined;
  const [words, columns, length] = [Number(match[1]), Number(match[2]), match[0].length];
  // A word has a letter at least, and a space after it.
  return words > 0 && columns > 0 && size >= length + words * (2 + 4 * columns)
    ? { words, columns, length }
    : undefined;
}

export const analyseWord2Vec: Analyser = async (source, place, job) => {
  const header = word2vecHeader(await source.read(0, HEADER_LIMIT), source.size);
  if (header === undefined) {
    job.gap(place, 'its first line does not fit its size');
    return;
  }
  const cursor = new ByteCursor(source, header.length, 256 * 1024);
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
