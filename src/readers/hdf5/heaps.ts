/** Where HDF5 keeps what does not fit beside it: local heaps, the global heap, and fractal heaps with the trees that index them. */
import { Hdf5Error, type Block, type Blocks } from './blocks.js';

/** Widths of addresses and lengths, from the superblock. */
export interface Widths {
  readonly offset: number;
  readonly length: number;
}

/** The data of a local heap: names of an old group's members (III.D). */
export async function localHeap(blocks: Blocks, widths: Widths, address: number): Promise<Block> {
  const header = await blocks.read(address, 8 + 2 * widths.length + widths.offset);
  header.expect('HEAP');
  header.skip(4);
  const size = header.uint(widths.length);
  header.skip(widths.length);
  return blocks.read(header.uint(widths.offset), Math.min(size, NAMES_LIMIT));
}
const NAMES_LIMIT = 16 * 1024 * 1024;

/** Objects of one collection of the global heap, by index (III.E). */
export type Collection = ReadonlyMap<number, { readonly address: number; readonly size: number }>;

/** Reads which objects a collection has, not the objects. */
export async function globalCollection(blocks: Blocks, widths: Widths, address: number): Promise<Collection> {
  const header = await blocks.read(address, 8 + widths.length);
  header.expect('GCOL');
  header.skip(4);
  const end = address + header.uint(widths.length);
  const objects = new Map<number, { address: number; size: number }>();
  const head = 8 + widths.length;
  for (let at = address + head; at + head <= end && objects.size < OBJECTS_LIMIT;) {
    const entry = await blocks.read(at, head);
    const index = entry.u16();
    entry.skip(6);
    const size = entry.uint(widths.length);
    // Index 0 is the free space that ends the collection.
    if (index === 0) break;
    if (!objects.has(index)) objects.set(index, { address: at + head, size });
    at += head + Math.ceil(size / 8) * 8;
  }
  return objects;
}
const OBJECTS_LIMIT = 70_000;

/** A fractal heap (III.G), of which objects are read by their ids. */
export class FractalHeap {
  private constructor(
    private readonly blocks: Blocks,
    private readonly widths: Widths,
    private readonly shape: HeapShape,
  ) {}

  static async open(blocks: Blocks, widths: Widths, address: number): Promise<FractalHeap> {
    const { offset: O, length: L } = widths;
    const header = await blocks.read(address, 22 + 12 * L + 3 * O);
    header.expect('FRHP');
    header.skip(1);
    const idLength = header.u16();
    const filters = header.u16();
    header.skip(1);
    const maxManaged = header.u32();
    header.skip(L);
    const hugeTree = header.uint(O);
    header.skip(O + 9 * L);
    const width = header.u16();
    const startSize = header.uint(L);
    const maxDirect = header.uint(L);
    const heapBits = header.u16();
    header.skip(2);
    const root = header.uint(O);
    const rows = header.u16();
    if (filters > 0) throw header.error('a packed heap is not read');
    if (width === 0 || width > 1024 || !(startSize > 0) || !(maxDirect >= startSize) || heapBits > 64 || rows > 64)
      throw header.error('the heap has an impossible shape');
    return new FractalHeap(blocks, widths, {
      idLength,
      hugeTree,
      maxManaged,
      width,
      startSize,
      maxDirect,
      heapBits,
      root,
      rows,
    });
  }

  /** The bytes of an object. */
  async object(id: Block): Promise<Block> {
    const first = id.u8();
    const kind = (first >> 4) & 3;
    if (kind === 2) return id.piece(Math.min((first & 15) + 1, id.left));
    if (kind === 1) return this.#huge(id);
    if (kind !== 0) throw id.error('an object of a heap is of an unknown kind');
    const offset = id.uint(Math.ceil(this.shape.heapBits / 8));
    const { maxDirect, maxManaged } = this.shape;
    const length = id.uint(Math.min(Math.ceil(Math.log2(maxDirect) / 8), bytesFor(maxManaged)));
    return this.blocks.read(await this.#address(offset), length);
  }

  /** An object too large for the heap's blocks: its id has its place, or is a key of a tree that has. */
  async #huge(id: Block): Promise<Block> {
    const { offset: O, length: L } = this.widths;
    if (id.bytes.length > O + L) return this.blocks.read(id.uint(O), id.uint(L));
    const key = id.uint(Math.min(L, this.shape.idLength - 1));
    this.#hugeObjects ??= await treeRecords(this.blocks, this.widths, this.shape.hugeTree);
    for (const record of this.#hugeObjects) {
      record.at = 0;
      const address = record.uint(O);
      const length = record.uint(L);
      if (record.uint(L) === key) return this.blocks.read(address, length);
    }
    throw id.error('a large object of a heap is missing');
  }
  #hugeObjects: Block[] | undefined;

  /** Where in the file an offset of the heap lies: direct blocks in rows that double, indirect blocks below them. */
  async #address(offset: number): Promise<number> {
    let { root: block, rows } = this.shape;
    if (rows === 0) return block + offset;
    let rest = offset;
    for (let depth = 0; depth < 16; depth += 1) {
      const { row, column, within } = this.#cell(rest);
      if (row >= rows) throw new Hdf5Error(this.shape.root, 'an object lies outside its heap');
      const entry = row * this.shape.width + column;
      const head = 5 + this.widths.offset + Math.ceil(this.shape.heapBits / 8);
      const node = await this.blocks.read(block, head + (entry + 1) * this.widths.offset);
      node.expect('FHIB');
      node.at = head + entry * this.widths.offset;
      const child = node.uint(this.widths.offset);
      if (row < this.#directRows()) return child + within;
      block = child;
      rest = within;
      rows = this.#rowsOf(this.#rowSize(row));
    }
    throw new Hdf5Error(this.shape.root, 'an object lies outside its heap');
  }

  #cell(offset: number): { row: number; column: number; within: number } {
    const { width } = this.shape;
    let start = 0;
    for (let row = 0; row < 64; row += 1) {
      const size = this.#rowSize(row);
      if (offset < start + size * width) {
        const column = Math.floor((offset - start) / size);
        return { row, column, within: offset - start - column * size };
      }
      start += size * width;
    }
    throw new Hdf5Error(this.shape.root, 'an object lies outside its heap');
  }

  /** The first two rows have blocks of the first size, each after them of twice the one before. */
  #rowSize(row: number): number {
    return this.shape.startSize * 2 ** Math.max(0, row - 1);
  }
  #directRows(): number {
    return Math.floor(Math.log2(this.shape.maxDirect / this.shape.startSize)) + 2;
  }
  /** Rows of an indirect block that covers `size` bytes. */
  #rowsOf(size: number): number {
    return Math.max(1, Math.floor(Math.log2(size / (this.shape.startSize * this.shape.width))) + 1);
  }
}

interface HeapShape {
  readonly idLength: number;
  readonly hugeTree: number;
  readonly maxManaged: number;
  readonly width: number;
  readonly startSize: number;
  readonly maxDirect: number;
  readonly heapBits: number;
  readonly root: number;
  readonly rows: number;
}

/** The records of a version 2 B-tree (III.A.2), all of them in the order in which they lie. */
export async function treeRecords(blocks: Blocks, widths: Widths, address: number): Promise<Block[]> {
  const header = await blocks.read(address, 22 + widths.offset + widths.length);
  header.expect('BTHD');
  header.skip(2);
  const nodeSize = header.u32();
  const recordSize = header.u16();
  const depth = header.u16();
  header.skip(2);
  const root = header.uint(widths.offset);
  const count = header.u16();
  if (recordSize === 0 || nodeSize < 16 || nodeSize > 1024 * 1024 || depth > 16)
    throw header.error('the index has an impossible shape');
  const records: Block[] = [];
  const seen = new Set<number>();
  // How many records a node of each level can hold decides how wide the counts in it are.
  const capacity = [Math.floor((nodeSize - 10) / recordSize)];
  const total = [capacity[0] ?? 0];
  for (let level = 1; level <= depth; level += 1) {
    const pointer = pointerSize(widths, capacity, total, level);
    capacity[level] = Math.floor((nodeSize - 10 - pointer) / (recordSize + pointer));
    total[level] = ((capacity[level] ?? 0) + 1) * (total[level - 1] ?? 0) + (capacity[level] ?? 0);
  }
  const visit = async (node: number, held: number, level: number): Promise<void> => {
    if (held === 0) return;
    if (seen.has(node) || seen.size > NODES_LIMIT) throw header.error('the index runs in a circle');
    seen.add(node);
    const block = await blocks.read(node, Math.min(nodeSize, blocks.size - node));
    block.expect(level === 0 ? 'BTLF' : 'BTIN');
    block.skip(2);
    for (let index = 0; index < held; index += 1) records.push(block.piece(recordSize));
    if (level === 0) return;
    for (let index = 0; index <= held; index += 1) {
      const child = block.uint(widths.offset);
      const inChild = block.uint(bytesFor(capacity[level - 1] ?? 0));
      if (level > 1) block.skip(bytesFor(total[level - 1] ?? 0));
      await visit(child, inChild, level - 1);
    }
  };
  await visit(root, count, depth);
  return records;
}
const NODES_LIMIT = 20_000;

function pointerSize(widths: Widths, capacity: readonly number[], total: readonly number[], level: number): number {
  const below = bytesFor(capacity[level - 1] ?? 0);
  return widths.offset + below + (level > 1 ? bytesFor(total[level - 1] ?? 0) : 0);
}

/** Bytes that hold numbers up to this one. */
function bytesFor(most: number): number {
  return Math.max(1, Math.floor(Math.log2(Math.max(1, most)) / 8) + 1);
}
