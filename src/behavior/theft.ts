/**
 * Finds the values of canaries in what leaves a process: as they are, in Base64 or in hexadecimal digits, whole or a piece of
 * them, in one message or spread over several. A value is made for one scan, so a piece that shows up was taken from the canary.
 */
import type { Canary } from './canary.js';

export interface Theft {
  readonly canary: Canary;
  /** Ends a sentence: `as it is`, `in Base64`. */
  readonly encoding: string;
}

/**
 * Characters that prove it: of 36 kinds at least, so 16 are 80 bits. Case is not looked at, as names of hosts do not keep it;
 * blanks, colons and dots are not either, as encoders break lines with them and names consist of labels.
 */
const PIECE = 16;
const IGNORED = /[\s:.]+/g;
/** Characters of a stream that are looked at again with the next message. */
const TAIL = 256;
const MAX_STREAMS = 2000;
const MAX_TEXT = 65_536;

export class CanaryWatch {
  private readonly pieces = new Map<string, Theft>();
  /** By the first four characters of a piece: most text is passed over with one look at this. */
  private readonly beginnings = new Uint8Array(0x10000);
  private readonly tails = new Map<string, string>();
  private readonly reported = new Set<string>();

  constructor(canaries: readonly Canary[]) {
    for (const canary of canaries) {
      for (const value of canary.values) {
        this.learn(canary, 'as it is', value);
        this.learn(canary, 'in hexadecimal digits', Buffer.from(value, 'latin1').toString('hex'));
        for (const text of base64Of(value)) this.learn(canary, 'in Base64', text);
      }
    }
  }

  /** The canaries in a text of any length and make; one entry for each. */
  theftIn(text: string): readonly Theft[] {
    return this.search(plain(text));
  }

  /**
   * Like `theftIn`, for the next part of the data to one destination (`stream`: any name for it), and each theft only once. One character per byte.
   */
  theftInStream(stream: string, text: string): readonly Theft[] {
    if (this.pieces.size === 0 || text === '') return [];
    const all = (this.tails.get(stream) ?? '') + plain(text);
    if (this.tails.has(stream) || this.tails.size < MAX_STREAMS) this.tails.set(stream, all.slice(-TAIL));
    return this.search(all).filter(({ canary, encoding }) => {
      const key = `${stream}\0${canary.path ?? canary.name}\0${encoding}`;
      if (this.reported.has(key)) return false;
      this.reported.add(key);
      return true;
    });
  }

  private learn(canary: Canary, encoding: string, text: string): void {
    const plainText = plain(text);
    for (let at = 0; at + PIECE <= plainText.length; at += PIECE) {
      const piece = plainText.slice(at, at + PIECE);
      this.pieces.set(piece, { canary, encoding });
      this.beginnings[beginning(piece, 0)] = 1;
    }
  }

  private search(text: string): readonly Theft[] {
    const found = new Map<Canary, Theft>();
    for (let at = 0; at + PIECE <= text.length; at++) {
      if (this.beginnings[beginning(text, at)] !== 1) continue;
      const theft = this.pieces.get(text.slice(at, at + PIECE));
      if (theft) found.set(theft.canary, theft);
    }
    return [...found.values()];
  }
}

function plain(text: string): string {
  // Both alphabets of Base64 (RFC 4648) become one.
  return text.slice(0, MAX_TEXT).replace(IGNORED, '').replaceAll('-', '+').replaceAll('_', '/').toLowerCase();
}

function beginning(text: string, at: number): number {
  const code = (offset: number): number => text.charCodeAt(at + offset);
  return (code(0) ^ (code(1) << 4) ^ (code(2) << 8) ^ (code(3) << 12)) & 0xffff;
}

/** The part of a value's Base64 that does not depend on neighbouring bytes, for each of the three alignments at which the value can begin. */
function base64Of(value: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.from('\0'.repeat(shift) + value, 'latin1');
    const first = Math.ceil((shift * 8) / 6);
    return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6));
  });
}
