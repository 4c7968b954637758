/** The user's denylist: texts that no model may have in its name, among its globals or in its configuration. */
import { latin1, type ByteSource } from '../../readers/bytes.js';
import type { Stop } from '../../readers/units.js';

/** Of a text that is searched, bytes: the largest tokenizers have some 35 MB. */
export const SEARCH_LIMIT = 256 * 1024 * 1024;
const PIECE = 1024 * 1024;
/** Characters that are shown around a match. */
const AROUND = 40;

/** Plain parts of a text, whatever their case. */
export class Denylist {
  readonly #patterns: readonly { readonly shown: string; readonly lower: string }[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns
      .filter((pattern) => pattern !== '')
      .map((shown) => ({ shown, lower: shown.toLowerCase() }));
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /** The patterns that occur in the text, with the first offset of each. */
  in(text: string): { readonly pattern: string; readonly offset: number }[] {
    const lower = text.toLowerCase();
    return this.#patterns
      .map(({ shown, lower: pattern }) => ({ pattern: shown, offset: lower.indexOf(pattern) }))
      .filter(({ offset }) => offset >= 0);
  }

  /** The same in the bytes of a file, in UTF-8: `text` is what stands around, one character for each byte. Reads up to `SEARCH_LIMIT`. */
  async inBytes(
    source: ByteSource,
    signal: Stop | undefined,
  ): Promise<{ readonly pattern: string; readonly offset: number; readonly text: string }[]> {
    const found: { pattern: string; offset: number; text: string }[] = [];
    // One character a byte, so that offsets are those of the file; case folds in ASCII alone, or the same on both sides.
    let left = this.#patterns.map(({ shown }) => ({ shown, bytes: latin1(Buffer.from(shown)).toLowerCase() }));
    const overlap = Math.max(0, ...left.map(({ bytes }) => bytes.length)) + 2 * AROUND;
    const end = Math.min(source.size, SEARCH_LIMIT);
    for (let offset = 0; offset < end && left.length > 0; offset += PIECE) {
      signal?.throwIfAborted();
      const from = Math.max(0, offset - AROUND);
      const text = latin1(await source.read(from, offset - from + PIECE + overlap));
      const lower = text.toLowerCase();
      left = left.filter(({ shown, bytes }) => {
        const at = lower.indexOf(bytes);
        if (at < 0) return true;
        const around = text.slice(Math.max(0, at - AROUND), at + bytes.length + AROUND);
        found.push({ pattern: shown, offset: from + at, text: around.replace(/\s+/g, ' ') });
        return false;
      });
    }
    return found;
  }
}
