/**
 * The elements of a dataset of variable length: each lies in the global heap, and the dataset holds where (HDF5 File Format Specification 3.0,
 * IV.A.2.i "data layout", III.A.1 "B-trees of chunks", IV.B). PyTables keeps objects that way, one pickle an element.
 */
import { inflateSync } from 'node:zlib';
import { Block, Hdf5Error, type Blocks } from './blocks.js';
import { globalCollection, treeRecords, type Collection, type Widths } from './heaps.js';

export interface Element {
  /** In the source. */
  readonly offset: number;
  readonly size: number;
}

/** Bytes of one chunk, and of all chunks of a file. PyTables writes chunks of 1 MiB. */
const CHUNK_LIMIT = 32 * 1024 * 1024;
const CHUNKS_LIMIT = 256 * 1024 * 1024;
const ELEMENTS_LIMIT = 200_000;
const NODES_LIMIT = 10_000;
/** Bytes that are searched for heaps at a time. */
const SEARCHED = 1024 * 1024;
/** Of a global heap of version 1 (III.E). */
const SIGNATURE = Buffer.from('GCOL\x01\0\0\0', 'latin1');

interface Shape {
  /** Bytes of one entry in the dataset: a length, an address and an index. */
  readonly entry: number;
  /** Bytes of one item of an element. */
  readonly item: number;
  readonly filters: readonly number[];
}

interface Chunk {
  readonly address: number;
  readonly size: number;
  /** A bit for each filter that this chunk went without. */
  readonly mask: number;
}

/** Reads elements of one file, with a bound on all of them. */
export class VariableData {
  #left = CHUNKS_LIMIT;
  readonly #collections = new Map<number, Collection>();

  constructor(
    private readonly blocks: Blocks,
    private readonly widths: Widths,
  ) {}

  /**
   * `layout` is the data layout message from its first byte on. Where the entries are packed by a library that is not known here, the elements are
   * those of all data sets: what the entries point to lies in the heaps, which are not packed.
   */
  async elements(layout: Block, shape: Shape): Promise<{ readonly elements: Element[]; readonly ofAll: boolean }> {
    let pieces: Block[];
    try {
      pieces = await this.#pieces(layout, shape);
    } catch (error) {
      if (!(error instanceof Hdf5Error)) throw error;
      if (this.#isSearched) return { elements: [], ofAll: true };
      const elements = await this.#everything();
      if (elements.length === 0) throw error;
      this.#isSearched = true;
      return { elements, ofAll: true };
    }
    return { elements: await this.#elementsIn(pieces, layout, shape), ofAll: false };
  }

  #isSearched = false;

  /** The objects of all global heaps, which are searched for by their signature. */
  async #everything(): Promise<Element[]> {
    const elements: Element[] = [];
    this.#spend(this.blocks.size, 0);
    for (let start = 0; start < this.blocks.size; start += SEARCHED - SIGNATURE.length) {
      const { bytes } = await this.blocks.read(start, Math.min(SEARCHED, this.blocks.size - start));
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = piece.indexOf(SIGNATURE); at >= 0; at = piece.indexOf(SIGNATURE, at + 1)) {
        for (const { address, size } of (await this.#collection(start + at)).values()) {
          if (elements.length >= ELEMENTS_LIMIT) throw new Hdf5Error(address, 'it has more elements than are read');
          elements.push({ offset: this.blocks.start + address, size });
        }
      }
    }
    return elements;
  }

  async #elementsIn(pieces: readonly Block[], layout: Block, shape: Shape): Promise<Element[]> {
    const elements: Element[] = [];
    for (const bytes of pieces) {
      for (let at = 0; at + shape.entry <= bytes.bytes.length; at += shape.entry) {
        const entry = new Block(bytes.bytes.subarray(at, at + shape.entry), bytes.offset + at);
        const count = entry.u32();
        const address = entry.uint(this.widths.offset);
        const index = entry.u32();
        if (count === 0 || index === 0) continue;
        if (elements.length >= ELEMENTS_LIMIT) throw layout.error('it has more elements than are read');
        const object = (await this.#collection(address)).get(index);
        if (!object) throw entry.error(`object ${index} of a heap is missing`);
        elements.push({ offset: this.blocks.start + object.address, size: Math.min(object.size, count * shape.item) });
      }
    }
    return elements;
  }

  async #collection(address: number): Promise<Collection> {
    const known = this.#collections.get(address);
    if (known) return known;
    const collection = await globalCollection(this.blocks, this.widths, address);
    this.#left -= 32 * collection.size;
    this.#spend(0, address);
    this.#collections.set(address, collection);
    return collection;
  }

  #spend(bytes: number, address: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new Hdf5Error(address, 'its data of variable length is larger than is read');
  }

  async #pieces(layout: Block, shape: Shape): Promise<Block[]> {
    const version = layout.u8();
    const { offset: O, length: L } = this.widths;
    let dimensions = version < 3 ? layout.u8() : 0;
    const kind = layout.u8();
    if (version < 3) layout.skip(5);
    if (kind === 0) return [layout.piece(version < 3 ? layout.left : layout.u16())];
    if (kind === 1) {
      const address = layout.uint(O);
      const size = version < 3 ? NaN : layout.uint(L);
      if (!Number.isFinite(address)) return [];
      if (!(size <= CHUNK_LIMIT)) throw layout.error('data of variable length is not read in this layout');
      this.#spend(size, address);
      return [await this.blocks.read(address, size)];
    }
    if (kind !== 2 || version > 4) throw layout.error('data of variable length is not read in this layout');
    if (version === 4) return this.#newChunks(layout, shape);
    if (version === 3) dimensions = layout.u8();
    const tree = layout.uint(O);
    let room = 1;
    for (let index = 0; index < dimensions; index += 1) room *= layout.u32();
    if (!Number.isFinite(tree)) return [];
    return this.#unpacked(await this.#treeChunks(tree, dimensions), room, shape, layout);
  }

  /** Version 4: one chunk, chunks in a row, and those of a version 2 B-tree; the others are indexed by arrays. */
  async #newChunks(layout: Block, shape: Shape): Promise<Block[]> {
    const { offset: O, length: L } = this.widths;
    const flags = layout.u8();
    const dimensions = layout.u8();
    const width = layout.u8();
    let room = 1;
    for (let index = 0; index < dimensions; index += 1) room *= layout.uint(width);
    const index = layout.u8();
    if (index === 1) {
      const packed = (flags & 2) !== 0;
      const size = packed ? layout.uint(L) : room;
      const mask = packed ? layout.u32() : 0;
      const address = layout.uint(O);
      return Number.isFinite(address) ? this.#unpacked([{ address, size, mask }], room, shape, layout) : [];
    }
    if (index !== 5 || shape.filters.length > 0) throw layout.error('an index of chunks is of a kind that is not read');
    layout.skip(6);
    const tree = layout.uint(O);
    if (!Number.isFinite(tree)) return [];
    const chunks = (await treeRecords(this.blocks, this.widths, tree)).map((record) => ({
      address: record.uint(O),
      size: room,
      mask: 0,
    }));
    return this.#unpacked(chunks, room, shape, layout);
  }

  async #treeChunks(root: number, dimensions: number): Promise<Chunk[]> {
    const { offset } = this.widths;
    const chunks: Chunk[] = [];
    const waiting = [root];
    const seen = new Set<number>();
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (seen.has(node) || seen.size > NODES_LIMIT) throw new Hdf5Error(node, 'the index of chunks runs in a circle');
      seen.add(node);
      const head = await this.blocks.read(node, 8 + 2 * offset);
      head.expect('TREE');
      if (head.u8() !== 1) throw head.error('the index of chunks is of another kind');
      const level = head.u8();
      const count = head.u16();
      const body = await this.blocks.read(node + 8 + 2 * offset, count * (8 + 8 * dimensions + offset));
      for (let index = 0; index < count; index += 1) {
        const size = body.u32();
        const mask = body.u32();
        body.skip(8 * dimensions);
        const child = body.uint(offset);
        if (level > 0) waiting.push(child);
        else chunks.push({ address: child, size, mask });
      }
    }
    return chunks;
  }

  async #unpacked(chunks: readonly Chunk[], room: number, { entry, filters }: Shape, layout: Block): Promise<Block[]> {
    const pieces: Block[] = [];
    for (const { address, size, mask } of chunks) {
      if (!(size <= CHUNK_LIMIT) || !(room <= CHUNK_LIMIT)) throw layout.error('a chunk is larger than is read');
      this.#spend(Math.max(size, room), address);
      const packed = await this.blocks.read(address, size);
      let { bytes } = packed;
      for (let index = filters.length - 1; index >= 0; index -= 1) {
        if ((mask & (1 << index)) === 0) bytes = unfiltered(bytes, filters[index] ?? 0, entry, packed);
      }
      pieces.push(new Block(bytes, packed.offset));
    }
    return pieces;
  }
}

/** Deflate, shuffle and Fletcher32 come with HDF5; any other filter is a library of its own. */
function unfiltered(bytes: Uint8Array, filter: number, entry: number, at: Block): Uint8Array {
  switch (filter) {
    case 1:
      try {
        return inflateSync(bytes, { maxOutputLength: CHUNK_LIMIT });
      } catch {
        throw at.error('a chunk cannot be unpacked');
      }
    case 2: {
      const count = Math.floor(bytes.length / entry);
      const whole = new Uint8Array(bytes.length);
      for (let index = 0; index < count; index += 1)
        for (let byte = 0; byte < entry; byte += 1) whole[index * entry + byte] = bytes[byte * count + index] ?? 0;
      return whole;
    }
    case 3:
      return bytes.subarray(0, Math.max(0, bytes.length - 4));
    default:
      throw at.error(`chunks of filter ${filter} are not unpacked`);
  }
}
