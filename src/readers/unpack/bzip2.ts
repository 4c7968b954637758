/** bzip2, as `BZ2File` reads it: streams one after the other. Checksums are not verified, so that what a loader sees is seen. */
import { damaged, Stopped, type Output } from './output.js';

const LONGEST_CODE = 20;
/** Symbols that one Huffman table codes for. */
const GROUP = 50;

/** Yields after each block. */
export function* unpackBzip2(input: Uint8Array, output: Output): Generator<void> {
  const bits = new Bits(input);
  do {
    if (bits.read(24) !== 0x425a68) throw damaged('no beginning of a stream');
    const level = bits.read(8) - 0x30;
    if (level < 1 || level > 9) throw damaged('no size of its blocks');
    const block = new Uint32Array(100_000 * level);
    // The digits of pi begin a block, those of its root end the stream.
    for (let mark = bits.read(24); mark !== 0x177245; mark = bits.read(24)) {
      if (mark !== 0x314159 || bits.read(24) !== 0x265359) throw damaged('no beginning of a block');
      unpackBlock(bits, block, output);
      yield;
    }
    // The rest of the mark, the checksum of the stream.
    bits.read(24);
    bits.read(16);
    bits.read(16);
    bits.align();
  } while (bits.follows('BZh'));
  if (bits.left > 0) throw new Stopped(`${bits.left} bytes follow the end of the packed data`);
}

function unpackBlock(bits: Bits, block: Uint32Array, output: Output): void {
  bits.read(16);
  bits.read(16);
  if (bits.read(1) === 1) throw new Stopped('it is packed in a way that bzip2 gave up in 1997');
  const origin = bits.read(24);
  const symbols = readSymbols(bits);
  const tables = bits.read(3);
  if (tables < 2 || tables > 6) throw damaged('the number of its tables');
  const selectors = readSelectors(bits, tables);
  const codes = Array.from({ length: tables }, () => readCode(bits, symbols.length + 2));
  const { count, starts } = readBlock(bits, symbols, selectors, codes, block);
  if (origin >= count) throw damaged('the beginning of a block');
  // Inverse Burrows-Wheeler transform: each entry's upper bits become the place of the next one.
  for (let index = 0, start = 0; index < 256; index += 1) {
    const occurs = starts[index] ?? 0;
    starts[index] = start;
    start += occurs;
  }
  for (let index = 0; index < count; index += 1) {
    const byte = (block[index] ?? 0) & 0xff;
    const place = starts[byte] ?? 0;
    starts[byte] = place + 1;
    block[place] = (block[place] ?? 0) | (index << 8);
  }
  writeRuns(block, count, (block[origin] ?? 0) >>> 8, output);
}

/** Which bytes occur. */
function readSymbols(bits: Bits): number[] {
  const rows = bits.read(16);
  const symbols: number[] = [];
  for (let row = 0; row < 16; row += 1) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column += 1) {
      if ((columns & (0x8000 >> column)) !== 0) symbols.push(row * 16 + column);
    }
  }
  return symbols;
}

/** Which table codes which group of symbols. */
function readSelectors(bits: Bits, tables: number): Uint8Array {
  const selectors = new Uint8Array(bits.read(15));
  const order = Uint8Array.from({ length: tables }, (_, index) => index);
  for (let index = 0; index < selectors.length; index += 1) {
    let place = 0;
    while (bits.read(1) === 1) {
      place += 1;
      if (place >= tables) throw damaged('a table that does not exist');
    }
    selectors[index] = toFront(order, place);
  }
  return selectors;
}

/** A canonical Huffman code. */
interface Code {
  readonly shortest: number;
  readonly longest: number;
  /** By length: the largest code. */
  readonly limit: Int32Array;
  /** By length: what to subtract from a code to get its place in `sorted`. */
  readonly base: Int32Array;
  readonly sorted: readonly number[];
}

function readCode(bits: Bits, count: number): Code {
  const lengths: number[] = [];
  let length = bits.read(5);
  for (let index = 0; index < count; index += 1) {
    for (;;) {
      if (length < 1 || length > LONGEST_CODE) throw damaged('the length of a code');
      if (bits.read(1) === 0) break;
      length += bits.read(1) === 0 ? 1 : -1;
    }
    lengths.push(length);
  }
  const limit = new Int32Array(LONGEST_CODE + 1).fill(-1);
  const base = new Int32Array(LONGEST_CODE + 1);
  const sorted: number[] = [];
  for (let bitsOf = 1, code = 0; bitsOf <= LONGEST_CODE; bitsOf += 1, code *= 2) {
    base[bitsOf] = code - sorted.length;
    for (const [symbol, own] of lengths.entries()) {
      if (own !== bitsOf) continue;
      sorted.push(symbol);
      limit[bitsOf] = code;
      code += 1;
    }
  }
  return { shortest: Math.min(...lengths), longest: Math.max(...lengths), limit, base, sorted };
}

function readBlock(
  bits: Bits,
  symbols: readonly number[],
  selectors: Uint8Array,
  codes: readonly Code[],
  block: Uint32Array,
): { count: number; starts: Uint32Array } {
  const starts = new Uint32Array(256);
  const order = Uint8Array.from(symbols);
  let count = 0;
  let run = 0;
  let weight = 1;
  for (let index = 0; ; index += 1) {
    const code = codes[selectors[Math.floor(index / GROUP)] ?? -1];
    if (!code) throw damaged('more symbols than it says');
    const symbol = readSymbol(bits, code);
    if (symbol <= 1) {
      // Digits, 1 and 2, of the length of a run, the smallest first.
      run += weight * (symbol + 1);
      weight *= 2;
      if (run > block.length) throw damaged('a run longer than its block');
      continue;
    }
    if (run > 0) {
      if (count + run > block.length) throw damaged('a block that is too long');
      const byte = order[0] ?? 0;
      starts[byte] = (starts[byte] ?? 0) + run;
      block.fill(byte, count, count + run);
      count += run;
      run = 0;
      weight = 1;
    }
    if (symbol === symbols.length + 1) return { count, starts };
    if (count >= block.length) throw damaged('a block that is too long');
    const byte = toFront(order, symbol - 1);
    starts[byte] = (starts[byte] ?? 0) + 1;
    block[count] = byte;
    count += 1;
  }
}

function readSymbol(bits: Bits, code: Code): number {
  let value = bits.read(code.shortest);
  for (let length = code.shortest; length <= code.longest; length += 1) {
    if (value <= (code.limit[length] ?? -1)) {
      const symbol = code.sorted[value - (code.base[length] ?? 0)];
      if (symbol !== undefined) return symbol;
    }
    value = value * 2 + bits.read(1);
  }
  throw damaged('a code that does not exist');
}

/** Undoes the first step of packing: four equal bytes are followed by how many more there are. */
function writeRuns(block: Uint32Array, count: number, first: number, output: Output): void {
  let place = first;
  let last = -1;
  let equal = 0;
  for (let index = 0; index < count; index += 1) {
    const entry = block[place] ?? 0;
    const byte = entry & 0xff;
    place = entry >>> 8;
    if (equal === 4) {
      output.fill(last, byte);
      equal = 0;
      last = -1;
      continue;
    }
    equal = byte === last ? equal + 1 : 1;
    last = byte;
    output.push(byte);
  }
}

function toFront(order: Uint8Array, place: number): number {
  const value = order[place];
  if (value === undefined) throw damaged('a byte that does not occur');
  // Mostly a few places, for which copyWithin costs more.
  for (let index = place; index > 0; index -= 1) order[index] = order[index - 1] ?? 0;
  order[0] = value;
  return value;
}

/** Bits, the highest of a byte first. */
class Bits {
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(private readonly input: Uint8Array) {}

  /** Whole bytes not read yet. */
  get left(): number {
    return this.input.length - this.#at;
  }

  /** At most 24. */
  read(count: number): number {
    while (this.#count < count) {
      const byte = this.input[this.#at];
      if (byte === undefined) throw damaged('it ends too early');
      this.#at += 1;
      this.#held = ((this.#held << 8) | byte) >>> 0;
      this.#count += 8;
    }
    this.#count -= count;
    const value = this.#held >>> this.#count;
    this.#held &= (1 << this.#count) - 1;
    return value;
  }

  align(): void {
    this.#count = 0;
    this.#held = 0;
  }

  follows(text: string): boolean {
    return Array.from(text).every((character, index) => this.input[this.#at + index] === character.charCodeAt(0));
  }
}
