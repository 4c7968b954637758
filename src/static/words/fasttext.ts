/** Models of fastText (`fasttext.cc`, `saveModel`): settings, words with their counts, and two matrices; nothing follows these. */
import { ByteCursor } from '../../readers/bytes.js';
import type { Analyser } from '../context.js';

/** Magic, version, twelve settings and a number; then counts of the vocabulary. */
const SETTINGS = 8 + 12 * 4 + 8;
const COUNTS = 3 * 4 + 2 * 8;
const WORDS_LIMIT = 20_000_000;
const WORD_LIMIT = 64 * 1024;

export const analyseFastText: Analyser = async (source, place, job) => {
  const cursor = new ByteCursor(source, 0, 256 * 1024);
  const ends = () => {
    job.gap(place, `it ends too early, at byte ${cursor.offset}`);
  };
  if (!(await cursor.fill(SETTINGS + COUNTS))) {
    ends();
    return;
  }
  cursor.skip(SETTINGS);
  const words = cursor.i32();
  cursor.skip(8 + 8);
  const pruned = whole(cursor);
  if (words < 0 || words > WORDS_LIMIT) {
    job.gap(place, `it says that it has ${words} words`);
    return;
  }
  for (let index = 0; index < words; index += 1) {
    if (index % 10_000 === 0) job.signal.throwIfAborted();
    for (let length = 0, byte = -1; byte !== 0; length += 1) {
      if (length > WORD_LIMIT || !(await cursor.fill(1))) {
        ends();
        return;
      }
      byte = cursor.u8();
    }
    cursor.skip(8 + 1);
  }
  // One is written for "not pruned".
  if (pruned > 0) cursor.skip(8 * pruned);
  for (const which of ['input', 'output']) {
    if (!(await cursor.fill(1 + 16))) {
      ends();
      return;
    }
    if (cursor.u8() !== 0) {
      job.gap(place, `its ${which} is quantised, which is not read`);
      return;
    }
    const [rows, columns] = [whole(cursor), whole(cursor)];
    const bytes = 4 * rows * columns;
    if (rows < 0 || columns < 0 || bytes > cursor.left) {
      job.gap(place, `its ${which} has ${rows} times ${columns} numbers, and ${cursor.left} bytes are left`);
      return;
    }
    cursor.skip(bytes);
  }
  if (cursor.left > 0) job.gap(place, `${cursor.left} bytes follow the model`);
};

/** A number of 64 bits, as far as a file can have so many of anything. */
function whole(cursor: ByteCursor): number {
  const low = cursor.u32();
  return low + cursor.i32() * 2 ** 32;
}
