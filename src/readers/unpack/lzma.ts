/**
 * LZMA: the decoder, and the container of `.lzma` files (Igor Pavlov's LZMA specification, 2015). Both are ours because the packages for
 * it hold a dictionary as large as the file says, read on past the end of their input, or fetch native code; see
 * `docs/decisions/0013-decompressors-are-our-own.md`.
 */
import { damaged, Stopped, type Output } from './output.js';

/** Bytes between two yields. */
const STEP = 4 * 1024 * 1024;
const UNKNOWN_SIZE = 0xffffffffffffffffn;

/** A `.lzma` file, as `lzma.FORMAT_ALONE`: properties, dictionary size, unpacked size, data. */
export function* unpackLzma(input: Uint8Array, output: Output): Generator<void> {
  if (input.length < 13) throw damaged('it ends inside its header');
  const declared = new DataView(input.buffer, input.byteOffset).getBigUint64(5, true);
  const end = declared === UNKNOWN_SIZE ? Infinity : Number(declared);
  const left = yield* unpackRawLzma(input.subarray(13), input[0] ?? 0, end, output);
  if (left > 0) throw new Stopped(`${left} bytes follow the end of the packed data`);
}

/** In a ZIP archive (APPNOTE.TXT 6.3.10, 5.8.8): version, size of the properties, properties, data that a mark ends. */
export function* unpackZipLzma(input: Uint8Array, output: Output): Generator<void> {
  if (input.length < 9 || input[2] !== 5) throw damaged('it ends inside its header');
  yield* unpackRawLzma(input.subarray(9), input[4] ?? 0, Infinity, output);
}

/**
 * LZMA without a container: `properties` is the byte that `configure` takes, `end` the unpacked size in bytes, Infinity when a mark ends it.
 * Returns how many bytes are left over.
 */
export function* unpackRawLzma(
  input: Uint8Array,
  properties: number,
  end: number,
  output: Output,
): Generator<void, number> {
  const decoder = new LzmaDecoder(output);
  decoder.configure(properties);
  decoder.begin(input, 0, input.length);
  while (output.size < end && !decoder.ended) {
    decoder.run(Math.min(end, output.size + STEP));
    yield;
  }
  return decoder.left;
}

// Places of the probabilities in one array.
const STATES = 12;
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * 16;
const IS_REP_G0 = IS_REP + STATES;
const IS_REP_G1 = IS_REP_G0 + STATES;
const IS_REP_G2 = IS_REP_G1 + STATES;
const IS_REP0_LONG = IS_REP_G2 + STATES;
const SLOT = IS_REP0_LONG + STATES * 16;
const SPECIAL = SLOT + 4 * 64;
const ALIGN = SPECIAL + 128;
/** Choice, choice 2, low (16 trees of 8), middle (16 trees of 8), high (256). */
const LENGTH_SIZE = 2 + 2 * 16 * 8 + 256;
const MATCH_LENGTH = ALIGN + 16;
const REP_LENGTH = MATCH_LENGTH + LENGTH_SIZE;
const LITERAL = REP_LENGTH + LENGTH_SIZE;

/** Decodes runs of LZMA into an output that is the dictionary, too. */
export class LzmaDecoder {
  /** The end marker was read. */
  ended = false;
  #probabilities = new Uint16Array(LITERAL);
  #literalContext = 0;
  #literalPosition = 0;
  #positionMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;
  /** Offset in the output where the dictionary begins. */
  #start: number;
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #stop = 0;
  #range = 0;
  #code = 0;

  constructor(private readonly output: Output) {
    this.#start = output.size;
  }

  /** Input not read yet. */
  get left(): number {
    return this.#stop - this.#at;
  }

  /** Takes the byte of properties, `(pb * 5 + lp) * 9 + lc`, and begins anew with them. */
  configure(properties: number): void {
    if (properties >= 9 * 5 * 5) throw damaged('its properties');
    this.#literalContext = properties % 9;
    this.#literalPosition = Math.floor(properties / 9) % 5;
    this.#positionMask = (1 << Math.floor(properties / 45)) - 1;
    this.#probabilities = new Uint16Array(LITERAL + (0x300 << (this.#literalContext + this.#literalPosition)));
    this.resetState();
  }

  resetState(): void {
    this.#probabilities.fill(1024);
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  /** Forgets what was written so far. */
  resetDictionary(): void {
    this.#start = this.output.size;
  }

  /** Sets out on a run of range-coded data, which begins with five bytes of its own. */
  begin(input: Uint8Array, from: number, to: number): void {
    this.#input = input;
    this.#at = from;
    this.#stop = Math.min(to, input.length);
    this.#range = 0xffffffff;
    this.#code = 0;
    for (let index = 0; index < 5; index += 1) this.#code = ((this.#code << 8) | this.#byte()) >>> 0;
  }

  /** Decodes until the output has `size` bytes, or some more where a match passes it, or the end marker. */
  run(size: number): void {
    const { output } = this;
    while (output.size < size && !this.ended) {
      const position = output.size - this.#start;
      const slot = (this.#state << 4) + (position & this.#positionMask);
      if (this.#bit(IS_MATCH + slot) === 0) {
        this.#literal(position);
        continue;
      }
      let length: number;
      if (this.#bit(IS_REP + this.#state) === 0) {
        this.#rep3 = this.#rep2;
        this.#rep2 = this.#rep1;
        this.#rep1 = this.#rep0;
        length = this.#length(MATCH_LENGTH, position);
        this.#rep0 = this.#distance(length);
        this.#state = this.#state < 7 ? 7 : 10;
        if (this.#rep0 === 0xffffffff) {
          this.ended = true;
          return;
        }
      } else {
        const other = this.#bit(IS_REP_G0 + this.#state) === 1;
        if (!other && this.#bit(IS_REP0_LONG + slot) === 0) {
          this.#state = this.#state < 7 ? 9 : 11;
          length = -1;
        } else {
          if (other) this.#chooseRepeat();
          length = this.#length(REP_LENGTH, position);
          this.#state = this.#state < 7 ? 8 : 11;
        }
      }
      if (this.#rep0 >= position) throw damaged('a reference to before its beginning');
      output.repeat(this.#rep0 + 1, length + 2);
    }
  }

  #literal(position: number): void {
    const { output } = this;
    const before = position > 0 ? output.back(1) : 0;
    const context =
      ((position & ((1 << this.#literalPosition) - 1)) << this.#literalContext) +
      (before >> (8 - this.#literalContext));
    const base = LITERAL + 0x300 * context;
    let symbol = 1;
    if (this.#state >= 7) {
      let expected = output.back(this.#rep0 + 1);
      while (symbol < 0x100) {
        const hint = (expected >> 7) & 1;
        expected <<= 1;
        const bit = this.#bit(base + ((1 + hint) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== hint) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol);
    output.push(symbol & 0xff);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  /** Moves one of the last distances but the very last to the front. */
  #chooseRepeat(): void {
    let distance: number;
    if (this.#bit(IS_REP_G1 + this.#state) === 0) distance = this.#rep1;
    else {
      if (this.#bit(IS_REP_G2 + this.#state) === 0) distance = this.#rep2;
      else {
        distance = this.#rep3;
        this.#rep3 = this.#rep2;
      }
      this.#rep2 = this.#rep1;
    }
    this.#rep1 = this.#rep0;
    this.#rep0 = distance;
  }

  /** A length less two. */
  #length(base: number, position: number): number {
    const state = position & this.#positionMask;
    if (this.#bit(base) === 0) return this.#tree(base + 2 + state * 8, 3);
    if (this.#bit(base + 1) === 0) return 8 + this.#tree(base + 2 + 128 + state * 8, 3);
    return 16 + this.#tree(base + 2 + 256, 8);
  }

  #distance(length: number): number {
    const slot = this.#tree(SLOT + Math.min(length, 3) * 64, 6);
    if (slot < 4) return slot;
    const direct = (slot >> 1) - 1;
    const distance = ((2 | (slot & 1)) << direct) >>> 0;
    if (slot < 14) return distance + this.#reverseTree(SPECIAL + distance - slot, direct);
    return distance + this.#directBits(direct - 4) * 16 + this.#reverseTree(ALIGN, 4);
  }

  #tree(base: number, bits: number): number {
    let symbol = 1;
    for (let index = 0; index < bits; index += 1) symbol = (symbol << 1) | this.#bit(base + symbol);
    return symbol - (1 << bits);
  }

  #reverseTree(base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let index = 0; index < bits; index += 1) {
      const bit = this.#bit(base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  #directBits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code = (this.#code - this.#range) >>> 0;
      value = value * 2 + bit;
      this.#normalise();
    }
    return value;
  }

  #bit(place: number): number {
    const probability = this.#probabilities[place] ?? 0;
    const bound = (this.#range >>> 11) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      this.#probabilities[place] = probability + ((2048 - probability) >> 5);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      this.#probabilities[place] = probability - (probability >> 5);
      bit = 1;
    }
    this.#normalise();
    return bit;
  }

  #normalise(): void {
    if (this.#range >= 0x1000000) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#byte()) >>> 0;
  }

  #byte(): number {
    if (this.#at >= this.#stop) throw damaged('it ends too early');
    const byte = this.#input[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }
}
