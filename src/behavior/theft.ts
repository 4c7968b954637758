/**
 * Finds the values of canaries in what leaves a process: as they are, in the usual encodings, with a key added or XORed, whole or a piece of
 * them, in one message or spread over several. A value is made for one scan, so a piece that shows up was taken from the canary.
 */
import type { Canary } from './canary.js';
import { disguisesOf, PIECE, plain, SHIFTS, type Shift } from './encodings.js';

export interface Theft {
  readonly canary: Canary;
  /** Ends a sentence: `as it is`, `in Base64`. */
  readonly encoding: string;
}

/** Characters of a stream that are looked at again with the next message. */
const TAIL = 256;
const MAX_STREAMS = 2000;
const MAX_TEXT = 65_536;
/** Bytes of a run that are searched for values under a key, which takes ten times as long as the search for text. */
const MAX_KEYED = 16 * 1024 * 1024;

export class CanaryWatch {
  private readonly texts = new Pieces();
  private readonly shifted: readonly { readonly shift: Shift; readonly pieces: Pieces }[];
  private readonly tails = new Map<string, string>();
  private readonly reported = new Set<string>();
  private keyed = 0;

  constructor(canaries: readonly Canary[]) {
    this.shifted = SHIFTS.map((shift) => ({ shift, pieces: new Pieces() }));
    for (const canary of canaries) {
      for (const value of canary.values) {
        for (const { encoding, text, whole } of disguisesOf(value))
          this.texts.learn({ canary, encoding }, plain(text), whole);
        for (const { shift, pieces } of this.shifted)
          pieces.learn({ canary, encoding: shift.encoding }, shift.of(value));
      }
    }
  }

  /** The canaries in a text of any length and make; one entry for each. One character per byte. */
  theftIn(text: string): readonly Theft[] {
    return this.search(text.slice(0, MAX_TEXT));
  }

  /**
   * Like `theftIn`, for the next part of the data to one destination (`stream`: any name for it), and each theft only once. One character per byte.
   */
  theftInStream(stream: string, text: string): readonly Theft[] {
    if (this.texts.isEmpty || text === '') return [];
    const all = (this.tails.get(stream) ?? '') + text.slice(0, MAX_TEXT);
    if (this.tails.has(stream) || this.tails.size < MAX_STREAMS) this.tails.set(stream, all.slice(-TAIL));
    return this.search(all).filter(({ canary, encoding }) => {
      const key = `${stream}\0${canary.path ?? canary.name}\0${encoding}`;
      if (this.reported.has(key)) return false;
      this.reported.add(key);
      return true;
    });
  }

  private search(raw: string): readonly Theft[] {
    if (this.texts.isEmpty) return [];
    const found = new Map<Canary, Theft>();
    this.texts.search(plain(raw), found);
    const bytes = decoded(raw) ?? raw;
    if (bytes !== raw) this.texts.search(plain(bytes), found);
    if (bytes.length < PIECE || this.keyed > MAX_KEYED) return [...found.values()];
    this.keyed += bytes.length;
    for (const { shift, pieces } of this.shifted) pieces.search(shift.of(bytes), found);
    return [...found.values()];
  }
}

/** Texts to look for, by their beginnings. */
class Pieces {
  private readonly known = new Map<string, { readonly whole: string; readonly theft: Theft }>();
  /** By the first four characters of a piece: most text is passed over with one look at this. */
  private readonly beginnings = new Uint8Array(0x10000);

  get isEmpty(): boolean {
    return this.known.size === 0;
  }

  /** `whole`: characters that have to follow one another, PIECE or more. */
  learn(theft: Theft, text: string, whole = PIECE): void {
    for (let at = 0; at + whole <= text.length; at += PIECE) {
      const piece = text.slice(at, at + PIECE);
      this.known.set(piece, { whole: text.slice(at, at + whole), theft });
      this.beginnings[beginning(piece, 0)] = 1;
    }
  }

  search(text: string, found: Map<Canary, Theft>): void {
    for (let at = 0; at + PIECE <= text.length; at++) {
      if (this.beginnings[beginning(text, at)] !== 1) continue;
      const known = this.known.get(text.slice(at, at + PIECE));
      if (known && !found.has(known.theft.canary) && text.startsWith(known.whole, at))
        found.set(known.theft.canary, known.theft);
    }
  }
}

function beginning(text: string, at: number): number {
  const code = (offset: number): number => text.charCodeAt(at + offset);
  return (code(0) ^ (code(1) << 4) ^ (code(2) << 8) ^ (code(3) << 12)) & 0xffff;
}

/** What a text of hexadecimal digits or of Base64 stands for, where all of it is one. */
function decoded(text: string): string | undefined {
  if (text.length < 2 * PIECE) return undefined;
  if (/^(?:0x)?[\da-fA-F\s:]+$/.test(text))
    return Buffer.from(text.replace(/^0x|[\s:]/g, ''), 'hex').toString('latin1');
  return /^[\w+/\s-]+$/.test(text.trimEnd().replace(/={1,2}$/, ''))
    ? Buffer.from(text, 'base64').toString('latin1')
    : undefined;
}
