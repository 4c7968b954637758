/**
 * Vectors of words in word2vec's own formats (`word2vec.c`; gensim `save_word2vec_format`): two numbers, then words and their vectors, binary
 * or as digits, a line each.
 */
import { ByteCursor } from '../../readers/bytes.js';
import { word2vecHeader, WORD2VEC_HEAD } from '../../readers/word2vec.js';
import type { Analyser, AnalysisContext, Location } from '../context.js';

const LINE_LIMIT = 1024 * 1024;
const WORD_LIMIT = 4096;

export const analyseWord2Vec: Analyser = async (source, place, job) => {
  const header = word2vecHeader(await source.read(0, WORD2VEC_HEAD), source.size);
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
  place: Location,
  job: AnalysisContext,
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
