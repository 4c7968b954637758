/** Pieces of an HDF5 file: read when asked for, each a few times at most, and bounded together. */
import type { ByteSource } from '../bytes.js';
import type { Stop } from '../units.js';

/** Something in the file is not as the format says; the message says what, the offset where. */
export class Hdf5Error extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

const PAGE = 16 * 1024;
/** 4 MiB: headers lie close to one another, weights between them. */
const PAGES_KEPT = 256;
/** All that is read of one file; what describes even the largest models is smaller by far. */
const READ_LIMIT = 512 * 1024 * 1024;

/** The file from its superblock on: every address in it counts from there (HDF5 File Format Specification 3.0, II.A). */
export class Blocks {
  readonly #pages = new Map<number, Uint8Array>();
  #left = READ_LIMIT;

  constructor(
    private readonly source: ByteSource,
    readonly start: number,
    private readonly signal: Stop | undefined,
  ) {}

  get size(): number {
    return this.source.size - this.start;
  }

  /** Exactly `length` bytes at an address. */
  async read(address: number, length: number): Promise<Block> {
    if (!Number.isSafeInteger(address) || address < 0 || length < 0 || address + length > this.size)
      throw new Hdf5Error(this.start, `address ${address} with ${length} bytes lies outside the file`);
    const bytes = length > PAGE ? await this.#load(address, length) : await this.#paged(address, length);
    return new Block(bytes, this.start + address);
  }

  async #paged(address: number, length: number): Promise<Uint8Array> {
    const first = Math.floor(address / PAGE);
    const last = Math.floor((address + length - 1) / PAGE);
    const from = address - first * PAGE;
    const page = await this.#page(first);
    if (last <= first) return page.subarray(from, from + length);
    const joined = new Uint8Array(length);
    joined.set(page.subarray(from));
    joined.set((await this.#page(last)).subarray(0, length - (page.length - from)), page.length - from);
    return joined;
  }

  async #page(index: number): Promise<Uint8Array> {
    const known = this.#pages.get(index);
    if (known) {
      this.#pages.delete(index);
      this.#pages.set(index, known);
      return known;
    }
    const page = await this.#load(index * PAGE, Math.min(PAGE, this.size - index * PAGE));
    this.#pages.set(index, page);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > PAGES_KEPT && oldest !== undefined) this.#pages.delete(oldest);
    return page;
  }

  async #load(address: number, length: number): Promise<Uint8Array> {
    this.signal?.throwIfAborted();
    this.#left -= length;
    if (this.#left < 0) throw new Hdf5Error(this.start + address, 'the file has more structures than are read');
    const bytes = await this.source.read(this.start + address, length);
    if (bytes.length < length) throw new Hdf5Error(this.start + address, 'the file became shorter');
    return bytes;
  }
}

/** Bytes of a name; those of real files have some tens. */
const NAME_LIMIT = 1024;

/** Bytes that are read in order; little-endian, as everything in the format. */
export class Block {
  at = 0;
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    /** Of the first byte, in the source. */
    readonly offset: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  /** An unsigned number of 1 to 8 bytes; Infinity past 2^53, which lies outside every file and is also how "undefined" reads. */
  uint(width: number): number {
    const start = this.#take(width);
    let value = 0;
    for (let index = width - 1; index >= 0; index -= 1) value = value * 256 + this.#view.getUint8(start + index);
    return value > Number.MAX_SAFE_INTEGER ? Infinity : value;
  }
  skip(count: number): void {
    this.#take(count);
  }
  take(count: number): Block {
    const start = this.#take(count);
    return new Block(this.bytes.subarray(start, start + count), this.offset + start);
  }
  /** Text up to a zero byte, or to the end, or cut: names come in great numbers. */
  zeroEnded(): string {
    const most = Math.min(this.bytes.length, this.at + NAME_LIMIT);
    const end = this.bytes.subarray(this.at, most).indexOf(0);
    const stop = end < 0 ? most : this.at + end;
    const text = utf8(this.bytes.subarray(this.at, stop));
    this.at = Math.min(this.bytes.length, stop + 1);
    return text;
  }
  expect(signature: string): void {
    const found = Buffer.from(this.take(signature.length).bytes).toString('latin1');
    if (found !== signature) throw this.error(`${signature} is not where it should be`);
  }

  error(text: string): Hdf5Error {
    return new Hdf5Error(this.offset + this.at, text);
  }

  #take(count: number): number {
    const start = this.at;
    if (!(count >= 0) || start + count > this.bytes.length) throw this.error('a structure ends too early');
    this.at += count;
    return start;
  }
}

export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
