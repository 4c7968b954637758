/** Reads pieces of an HDF5 file, with a cache of pages and a bound on all reads together. */
import { latin1, MemoryCursor, utf8, type ByteSource } from '../bytes.js';
import type { Stop } from '../units.js';

/** The file breaks the format: the message says how, the offset where. */
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
/** Bytes read of one file; the structures of even the largest models are much smaller. */
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

/** A piece of the file, read in order. An address that is undefined reads as Infinity. */
export class Block extends MemoryCursor {
  constructor(
    bytes: Uint8Array,
    /** Of the first byte, in the source. */
    readonly offset: number,
  ) {
    super(bytes);
  }

  /** The next `count` bytes. */
  piece(count: number): Block {
    const start = this.advance(count);
    return new Block(this.bytes.subarray(start, start + count), this.offset + start);
  }
  /** Text up to a zero byte or the end, cut after `NAME_LIMIT` bytes because a file may have many names. */
  zeroEnded(): string {
    const most = Math.min(this.bytes.length, this.at + NAME_LIMIT);
    const end = this.bytes.subarray(this.at, most).indexOf(0);
    const stop = end < 0 ? most : this.at + end;
    const text = utf8(this.bytes.subarray(this.at, stop));
    this.at = Math.min(this.bytes.length, stop + 1);
    return text;
  }
  expect(signature: string): void {
    if (latin1(this.take(signature.length)) !== signature) throw this.error(`${signature} is not where it should be`);
  }

  error(text: string): Hdf5Error {
    return new Hdf5Error(this.offset + this.at, text);
  }

  protected override ended(): Hdf5Error {
    return this.error('a structure ends too early');
  }
}
