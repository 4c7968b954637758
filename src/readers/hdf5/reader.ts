/**
 * A reader of the HDF5 that Keras and PyTables write: every group, every attribute, and what datasets say of themselves; of the data of
 * datasets only where elements of variable length lie. (HDF5 File Format Specification 3.0; superblocks 0 to 3, old and new groups, attributes in headers and heaps.)
 */
import { latin1, type ByteSource } from '../bytes.js';
import { Blocks, Hdf5Error, type Block } from './blocks.js';
import { FractalHeap, localHeap, treeRecords, globalCollection, type Widths } from './heaps.js';
import { MESSAGE, readMessages, type Message } from './messages.js';
import { Attributes, readDataspace, readDatatype, type Attribute, type Datatype } from './values.js';
import { VariableData, type Element } from './variable.js';
import type { Stop } from '../units.js';
import { addAll } from '../../core/lists.js';

export interface Hdf5Object {
  /** From the root, which is `/`. Not safe to show. */
  readonly path: string;
  /** Offset in the source of its header. */
  readonly offset: number;
  readonly attributes: readonly Attribute[];
  /** What a dataset says of its data. */
  readonly dataset?: Dataset;
}

export interface Dataset {
  readonly type: Datatype;
  readonly shape: readonly number[] | undefined;
  readonly layout: 'compact' | 'contiguous' | 'chunked' | 'virtual' | 'unknown';
  /** Where the data of a contiguous one lies in the source; undefined when none was written. */
  readonly data?: { readonly offset: number; readonly size: number } | undefined;
  /** Numbers of the filters that unpack it; from 256 on a library of the system is loaded for one. */
  readonly filters: readonly number[];
  /** Where its elements of variable length lie in the source; texts are left out. */
  readonly elements?: readonly Element[];
  /** They are those of all data sets, and stand at the first one that needs them. */
  readonly ofAll?: boolean;
}

export interface Hdf5File {
  /** Offset of the superblock: what lies before is a user block. */
  readonly start: number;
  readonly objects: readonly Hdf5Object[];
  /** Places outside the file that reading it leads to. */
  readonly external: readonly { readonly path: string; readonly file: string; readonly offset: number }[];
  /** What could not be read, and where. */
  readonly gaps: readonly { readonly text: string; readonly offset: number }[];
}

/** Reads all of a file but its data. Never throws for what the file holds. */
export async function readHdf5(source: ByteSource, signal?: Stop): Promise<Hdf5File> {
  const start = await findSuperblock(source);
  if (start === undefined)
    return { start: 0, objects: [], external: [], gaps: [{ text: 'there is no HDF5 signature', offset: 0 }] };
  const blocks = new Blocks(source, start, signal);
  try {
    const { widths, root } = await readSuperblock(blocks);
    const walk = new Walk(blocks, widths, signal);
    await walk.from(root);
    return { start, objects: walk.objects, external: walk.external, gaps: walk.gaps };
  } catch (error) {
    if (!(error instanceof Hdf5Error)) throw error;
    return { start, objects: [], external: [], gaps: [{ text: error.message, offset: error.offset }] };
  }
}

/** The signature stands at 0, 512, 1024, 2048 … (II.A). */
async function findSuperblock(source: ByteSource): Promise<number | undefined> {
  for (let offset = 0; offset < source.size; offset = offset === 0 ? 512 : offset * 2) {
    const bytes = await source.read(offset, 8);
    if (latin1(bytes) === '\x89HDF\r\n\x1a\n') return offset;
  }
  return undefined;
}

async function readSuperblock(blocks: Blocks): Promise<{ widths: Widths; root: number }> {
  const block = await blocks.read(0, Math.min(blocks.size, 128));
  block.skip(8);
  const version = block.u8();
  if (version > 3) throw block.error(`superblock version ${version} is unknown`);
  if (version < 2) block.skip(4);
  const widths: Widths = { offset: block.u8(), length: block.u8() };
  if (![2, 4, 8].includes(widths.offset) || ![2, 4, 8].includes(widths.length))
    throw block.error(`addresses of ${widths.offset} and lengths of ${widths.length} bytes are not read`);
  // Base, extension or free space, end of file, driver; the library takes the superblock's own place for the base.
  if (version < 2) block.skip((version === 0 ? 9 : 13) + 4 * widths.offset + widths.offset);
  else block.skip(1 + 3 * widths.offset);
  return { widths, root: block.uint(widths.offset) };
}

/** Groups and datasets; the largest models have some ten thousand. */
const OBJECTS_LIMIT = 100_000;
/** Links to them: any number can lead to one. */
const LINKS_LIMIT = 200_000;
const GAPS_LIMIT = 50;
const DEPTH_LIMIT = 200;
const EXTERNAL_LIMIT = 1000;

class Walk {
  readonly objects: Hdf5Object[] = [];
  readonly external: { path: string; file: string; offset: number }[] = [];
  readonly gaps: { text: string; offset: number }[] = [];
  readonly #attributes: Attributes;
  readonly #variable: VariableData;
  /** Object headers seen: a hard link can lead back to its own group. */
  readonly #seen = new Set<number>();
  #links = 0;
  #waiting: { address: number; path: string; depth: number }[] = [];

  constructor(
    private readonly blocks: Blocks,
    private readonly widths: Widths,
    private readonly signal: Stop | undefined,
  ) {
    this.#variable = new VariableData(blocks, widths);
    this.#attributes = new Attributes(blocks, widths, async (address) => {
      const messages = await readMessages(blocks, widths, address);
      const type = messages.find((message) => message.type === MESSAGE.datatype);
      if (!type) throw new Hdf5Error(address, 'a committed type is missing');
      return type.body;
    });
  }

  async from(root: number): Promise<void> {
    this.#waiting = [{ address: root, path: '/', depth: 0 }];
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      this.signal?.throwIfAborted();
      const { address, path, depth } = next;
      if (this.#seen.has(address)) continue;
      this.#seen.add(address);
      if (this.#seen.size > OBJECTS_LIMIT || depth > DEPTH_LIMIT) {
        this.#gap(new Hdf5Error(address, 'it has more groups and datasets than are read'));
        return;
      }
      await this.#try(() => this.#object(address, path, depth));
    }
  }

  async #object(address: number, path: string, depth: number): Promise<void> {
    const messages = await readMessages(this.blocks, this.widths, address);
    const attributes: Attribute[] = [];
    const children: { address: number; path: string; depth: number }[] = [];
    const link = (name: string, target: number): void => {
      this.#links += 1;
      if (this.#links > LINKS_LIMIT) throw new Hdf5Error(address, 'it has more links than are read');
      children.push({
        address: target,
        path: path === '/' ? `/${name}` : `${path}/${name}`.slice(0, 4096),
        depth: depth + 1,
      });
    };
    for (const message of messages) {
      await this.#try(async () => {
        switch (message.type) {
          case MESSAGE.attribute:
            attributes.push(await this.#attributes.read(await this.#unshared(message)));
            break;
          case MESSAGE.attributeInfo:
            await this.#heapAttributes(message.body, attributes);
            break;
          case MESSAGE.link:
            this.#link(message.body, path, link);
            break;
          case MESSAGE.linkInfo:
            await this.#heapLinks(message.body, path, link);
            break;
          case MESSAGE.symbolTable:
            await this.#oldGroup(message.body, link);
            break;
          case MESSAGE.externalFiles:
            await this.#externalFiles(message.body, path);
            break;
        }
      });
    }
    for (const child of children.reverse()) this.#waiting.push(child);
    const dataset = await this.#dataset(messages, path);
    this.objects.push({ path, offset: this.#offset(address), attributes, ...(dataset ? { dataset } : {}) });
  }

  // Datasets

  async #dataset(messages: readonly Message[], path: string): Promise<Dataset | undefined> {
    const find = (type: number): Message | undefined => messages.find((message) => message.type === type);
    const layout = find(MESSAGE.layout);
    if (!layout) return undefined;
    let dataset: Dataset | undefined;
    await this.#try(async () => {
      const type = find(MESSAGE.datatype);
      const space = find(MESSAGE.dataspace);
      if (!type || !space) throw layout.body.error('a dataset lacks its type');
      const datatype = await this.#unshared(type);
      const start = layout.body.at;
      dataset = {
        type: readDatatype(datatype),
        shape: readDataspace(await this.#unshared(space), this.widths),
        ...(await this.#layout(layout.body, path)),
        filters: readFilters(find(MESSAGE.filters)?.body),
      };
      if (dataset.type.class !== 'variable' || dataset.layout === 'virtual') return;
      layout.body.at = start;
      const { type: own, filters } = dataset;
      // What an element is made of follows the type.
      const item = readDatatype(datatype).size;
      dataset = { ...dataset, ...(await this.#variable.elements(layout.body, { entry: own.size, item, filters })) };
    });
    return dataset;
  }

  async #layout(body: Block, path: string): Promise<Pick<Dataset, 'layout' | 'data'>> {
    const version = body.u8();
    if (version < 3) body.skip(1);
    const kind = body.u8();
    if (version >= 4 && kind === 3) {
      const heap = body.uint(this.widths.offset);
      const index = body.u32();
      // The mapping of a virtual dataset names the files that its data is in; it lies in the global heap (VII.B).
      if (Number.isFinite(heap)) await this.#virtual(heap, index, path);
    }
    const layout = (['compact', 'contiguous', 'chunked', 'virtual'] as const)[kind] ?? 'unknown';
    if (layout !== 'contiguous' || version < 3) return { layout };
    const address = body.uint(this.widths.offset);
    const size = body.uint(this.widths.length);
    return { layout, data: Number.isFinite(address) ? { offset: this.#offset(address), size } : undefined };
  }

  async #virtual(heap: number, index: number, path: string): Promise<void> {
    const object = (await globalCollection(this.blocks, this.widths, heap)).get(index);
    if (!object) throw new Hdf5Error(heap, 'the mapping of a virtual dataset is missing');
    const block = await this.blocks.read(object.address, Math.min(object.size, 1024 * 1024));
    const version = block.u8();
    const count = block.uint(this.widths.length);
    if (count === 0) return;
    // Version 1 may share names between its entries; the first is enough to say that data lies elsewhere.
    if (version > 0) block.skip(1);
    this.#addExternal(path, block.zeroEnded(), block.offset);
  }

  async #externalFiles(body: Block, path: string): Promise<void> {
    if (body.u8() !== 1) throw body.error('a list of external files is of an unknown version');
    body.skip(5);
    const used = body.u16();
    const names = await localHeap(this.blocks, this.widths, body.uint(this.widths.offset));
    for (let slot = 0; slot < Math.min(used, EXTERNAL_LIMIT); slot += 1) {
      names.at = Math.min(body.uint(this.widths.length), names.bytes.length);
      body.skip(2 * this.widths.length);
      this.#addExternal(path, names.zeroEnded(), body.offset);
    }
  }

  // Groups

  /** Symbol nodes below a version 1 B-tree (III.A.1, III.B, III.C). */
  async #oldGroup(body: Block, link: (name: string, target: number) => void): Promise<void> {
    const tree = body.uint(this.widths.offset);
    const names = await localHeap(this.blocks, this.widths, body.uint(this.widths.offset));
    const waiting = [tree];
    const seen = new Set<number>();
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (seen.has(node) || seen.size > OBJECTS_LIMIT) throw body.error('the index of a group runs in a circle');
      seen.add(node);
      const signature = latin1((await this.blocks.read(node, 4)).bytes);
      if (signature === 'SNOD') await this.#symbols(node, names, link);
      else addAll(waiting, (await this.#treeChildren(node)).reverse());
    }
  }

  async #treeChildren(address: number): Promise<number[]> {
    const { offset, length } = this.widths;
    const head = await this.blocks.read(address, 8 + 2 * offset);
    head.expect('TREE');
    if (head.u8() !== 0) throw head.error('the index of a group is of another kind');
    head.skip(1);
    const count = head.u16();
    const body = await this.blocks.read(address + 8 + 2 * offset, count * (offset + length));
    return Array.from({ length: count }, () => {
      body.skip(length);
      return body.uint(offset);
    });
  }

  async #symbols(address: number, names: Block, link: (name: string, target: number) => void): Promise<void> {
    const { offset } = this.widths;
    const head = await this.blocks.read(address, 8);
    head.skip(6);
    const count = head.u16();
    const body = await this.blocks.read(address + 8, count * (2 * offset + 24));
    for (let index = 0; index < count; index += 1) {
      const entry = body.piece(2 * offset + 24);
      names.at = Math.min(entry.uint(offset), names.bytes.length);
      const target = entry.uint(offset);
      // A soft link has no header; where it leads, the group there is met by itself.
      if (entry.u32() !== 2) link(names.zeroEnded(), target);
    }
  }

  async #heapLinks(body: Block, path: string, link: (name: string, target: number) => void): Promise<void> {
    body.skip(1);
    if ((body.u8() & 1) !== 0) body.skip(8);
    const heap = body.uint(this.widths.offset);
    const index = body.uint(this.widths.offset);
    if (!Number.isFinite(heap)) return;
    const objects = await FractalHeap.open(this.blocks, this.widths, heap);
    for (const record of await treeRecords(this.blocks, this.widths, index)) {
      // Type 5: a hash of the name, then the id in the heap.
      record.skip(4);
      await this.#try(async () => this.#link(await objects.object(record.piece(record.left)), path, link));
    }
  }

  #link(body: Block, path: string, link: (name: string, target: number) => void): void {
    body.skip(1);
    const flags = body.u8();
    const kind = (flags & 8) !== 0 ? body.u8() : 0;
    if ((flags & 4) !== 0) body.skip(8);
    if ((flags & 16) !== 0) body.skip(1);
    const name = body.piece(body.uint(1 << (flags & 3))).zeroEnded();
    if (kind === 0) link(name, body.uint(this.widths.offset));
    else if (kind === 64) {
      const value = body.piece(body.u16());
      value.skip(1);
      this.#addExternal(path === '/' ? `/${name}` : `${path}/${name}`, value.zeroEnded(), value.offset);
    } else if (kind !== 1) throw body.error(`a link of kind ${kind} is not read`);
  }

  // Attributes

  async #heapAttributes(body: Block, attributes: Attribute[]): Promise<void> {
    body.skip(1);
    if ((body.u8() & 1) !== 0) body.skip(2);
    const heap = body.uint(this.widths.offset);
    const index = body.uint(this.widths.offset);
    if (!Number.isFinite(heap)) return;
    const objects = await FractalHeap.open(this.blocks, this.widths, heap);
    for (const record of await treeRecords(this.blocks, this.widths, index)) {
      // Type 8: the id in the heap, then flags, creation order and a hash.
      await this.#try(async () => {
        attributes.push(await this.#attributes.read(await objects.object(record.piece(8))));
      });
    }
  }

  /** The message itself, or what it shares with others. */
  async #unshared(message: Message): Promise<Block> {
    return (message.flags & 2) === 0 ? message.body : this.#attributes.shared(message.body);
  }

  #addExternal(path: string, file: string, offset: number): void {
    // "." is the file itself.
    if (file !== '.' && this.external.length < EXTERNAL_LIMIT) this.external.push({ path, file, offset });
  }

  #offset(address: number): number {
    return this.blocks.start + address;
  }

  async #try(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof Hdf5Error)) throw error;
      this.#gap(error);
    }
  }

  #gap(error: Hdf5Error): void {
    if (this.gaps.length < GAPS_LIMIT) this.gaps.push({ text: error.message, offset: error.offset });
  }
}

/** Numbers of the filters (IV.A.2.l). */
function readFilters(body: Block | undefined): number[] {
  if (!body) return [];
  const version = body.u8();
  const count = body.u8();
  if (version === 1) body.skip(6);
  const filters: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = body.u16();
    const named = version === 1 || id >= 256;
    const nameLength = named ? body.u16() : 0;
    body.skip(2);
    const values = body.u16();
    body.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    body.skip(values * 4 + (version === 1 && values % 2 === 1 ? 4 : 0));
    filters.push(id);
  }
  return filters;
}
