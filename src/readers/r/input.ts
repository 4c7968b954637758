/** The three forms in which R writes numbers and texts (`R-ints`, "Serialization Formats"; `src/main/serialize.c`): XDR, native binary, ASCII. */
import { utf8 } from '../bytes.js';

/** The stream is no data of R, or ends too early. */
export class RDataError extends Error {}

export interface RInput {
  /** The byte that is read next. */
  readonly at: number;
  readonly left: number;
  int(): number;
  /** A text of so many bytes, of which the first `KEPT` are given. */
  text(bytes: number): string;
  /** Steps over numbers, each of so many bytes in the binary forms and so many words in ASCII. */
  skip(count: number, bytes: number, words: number): void;
}

/** Bytes of a text that are kept: names are shorter, and code in a text is judged by its beginning. */
const KEPT = 4000;

export class BinaryInput implements RInput {
  readonly #view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    private readonly little: boolean,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  int(): number {
    this.#need(4);
    this.at += 4;
    return this.#view.getInt32(this.at - 4, this.little);
  }

  text(bytes: number): string {
    this.#need(bytes);
    const from = this.at;
    this.at += bytes;
    return utf8(this.bytes.subarray(from, from + Math.min(bytes, KEPT)));
  }

  skip(count: number, bytes: number): void {
    this.#need(count * bytes);
    this.at += count * bytes;
  }

  #need(bytes: number): void {
    if (bytes > this.left) throw new RDataError(`it ends inside what begins at byte ${this.at}`);
  }
}

const SPACE = 0x20;
const BACKSLASH = 0x5c;

export class AsciiInput implements RInput {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  /** White space at the end is nothing. */
  get left(): number {
    this.#space();
    return this.bytes.length - this.at;
  }

  int(): number {
    const from = this.#word();
    const word = utf8(this.bytes.subarray(from, Math.min(this.at, from + 12)));
    if (word === 'NA') return -0x80000000;
    if (!/^-?\d{1,10}$/.test(word)) throw new RDataError(`no number stands at byte ${from}`);
    return Number(word);
  }

  text(bytes: number): string {
    this.#space();
    const kept: number[] = [];
    for (let read = 0; read < bytes; read += 1) {
      const byte = this.#character();
      if (kept.length < KEPT) kept.push(byte);
    }
    return utf8(Uint8Array.from(kept));
  }

  skip(count: number, _bytes: number, words: number): void {
    for (let word = 0; word < count * words; word += 1) this.#word();
  }

  #space(): void {
    while (this.at < this.bytes.length && (this.bytes[this.at] ?? 0) <= SPACE) this.at += 1;
  }

  /** Where the next word begins; the end is behind it. */
  #word(): number {
    this.#space();
    const from = this.at;
    while (this.at < this.bytes.length && (this.bytes[this.at] ?? 0) > SPACE) this.at += 1;
    if (this.at === from) throw new RDataError('it ends too early');
    return from;
  }

  #next(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RDataError('it ends inside a text');
    this.at += 1;
    return byte;
  }

  #character(): number {
    const byte = this.#next();
    if (byte !== BACKSLASH) return byte;
    const escaped = this.#next();
    if (escaped >= 0x30 && escaped <= 0x37) {
      let value = escaped - 0x30;
      for (let digit = 1; digit < 3; digit += 1) {
        const next = this.bytes[this.at] ?? 0;
        if (next < 0x30 || next > 0x37) break;
        value = value * 8 + next - 0x30;
        this.at += 1;
      }
      return value & 0xff;
    }
    return ESCAPES.get(escaped) ?? escaped;
  }
}

/** `\n`, `\t`, `\v`, `\b`, `\r`, `\f`, `\a`; any other character stands for itself. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x6e, 10],
  [0x74, 9],
  [0x76, 11],
  [0x62, 8],
  [0x72, 13],
  [0x66, 12],
  [0x61, 7],
]);
