/** Text files: their characters, and where in the file a character stands. */
import type { ByteSource } from './bytes.js';

export interface Text {
  readonly text: string;
  /** The byte of the file that a character begins at; cheap when asked in rising order. */
  readonly byteAt: (at: number) => number;
  /** False when only its beginning was read. */
  readonly whole: boolean;
}

export async function readText(source: ByteSource, limit: number): Promise<Text> {
  const bytes = await source.read(0, limit);
  const text = decode(bytes);
  const whole = bytes.length >= source.size;
  const { encoding, skipped } = encodingOf(bytes);
  if (encoding !== 'utf8') return { text, byteAt: (at) => skipped + 2 * at, whole };
  if (text.length + skipped === bytes.length) return { text, byteAt: (at) => skipped + at, whole };
  let known = { at: 0, byte: skipped };
  const byteAt = (at: number) => {
    if (at < known.at) known = { at: 0, byte: skipped };
    known = { at, byte: known.byte + Buffer.byteLength(text.slice(known.at, at)) };
    return known.byte;
  };
  return { text, byteAt, whole };
}

function decode(bytes: Uint8Array): string {
  const { encoding, skipped } = encodingOf(bytes);
  return new TextDecoder(encoding === 'utf8' ? 'utf-8' : encoding, { ignoreBOM: true }).decode(bytes.subarray(skipped));
}

function encodingOf([first, second, third]: Uint8Array): {
  encoding: 'utf8' | 'utf-16le' | 'utf-16be';
  skipped: number;
} {
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', skipped: 2 };
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', skipped: 2 };
  return { encoding: 'utf8', skipped: first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0 };
}
