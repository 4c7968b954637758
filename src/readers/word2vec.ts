/** The first bytes of vectors of words in word2vec's own formats (`word2vec.c`; gensim `save_word2vec_format`). */
import { latin1 } from './bytes.js';

const HEADER = /^(\d{1,9}) (\d{1,5})\n/;
const HEADER_LIMIT = 32;
/** Bytes that are enough to tell numbers from digits. */
export const WORD2VEC_HEAD = 1024;
const DIGITS = /^[-+.0-9e]+$/;

/** How many words, and how many numbers each has, when the bytes begin so and as many numbers as that follow the first word. */
export function word2vecHeader(
  head: Uint8Array,
  size: number,
): { readonly words: number; readonly columns: number; readonly length: number; readonly asText: boolean } | undefined {
  const match = HEADER.exec(latin1(head.subarray(0, HEADER_LIMIT)));
  if (!match) return undefined;
  const [words, columns, length] = [Number(match[1]), Number(match[2]), match[0].length];
  if (words === 0 || columns === 0) return undefined;
  const [, number, ...more] = latin1(head.subarray(length, WORD2VEC_HEAD)).split(/[ \n]/);
  const asText = number !== undefined && DIGITS.test(number) && (columns === 1 || more.length > 0);
  // A word has a letter at least, and a space after it; so has a number.
  const least = asText ? 2 + 2 * columns : 2 + 4 * columns;
  return size >= length + words * least - 1 ? { words, columns, length, asText } : undefined;
}
