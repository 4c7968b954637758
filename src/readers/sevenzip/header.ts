/**
 * The database of a 7z archive: which files it holds, in which packed streams they lie, and how those are packed (Igor Pavlov's
 * `7zFormat.txt`, LZMA SDK). Judges nothing and unpacks nothing but what the database itself is packed with.
 */
import { MemoryCursor, type ByteSource } from '../bytes.js';
import { addAll } from '../../core/lists.js';

export interface SevenZipMember {
  /** Not safe as a path, not safe to show. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** Bytes. */
  readonly size: number;
  /** Index of its block, and offset in it; undefined for what has no content. */
  readonly place: { readonly block: number; readonly offset: number } | undefined;
}

/** What 7z calls a folder: files that are packed as one stream. */
export interface Block {
  /** From the packed stream to the files: each takes what the one before gives. */
  readonly coders: readonly Coder[];
  /** Why the coders are no such line; undefined when they are. */
  readonly odd: string | undefined;
  /** The packed streams, of which a line has one. */
  readonly packed: readonly Span[];
  readonly size: number;
}

export interface Coder {
  /** Hexadecimal digits. */
  readonly method: string;
  readonly properties: Uint8Array;
  /** Bytes that it gives. */
  readonly size: number;
}

export interface Span {
  /** In the archive. */
  readonly offset: number;
  readonly size: number;
}

export interface Database {
  readonly members: readonly SevenZipMember[];
  readonly blocks: readonly Block[];
}

export interface SevenZip extends Database {
  /** Where the database itself lies. */
  readonly own: readonly Span[];
}

/** The database is damaged, or larger than is read; the message is part of a sentence. */
export class SevenZipError extends Error {}

/** Bytes of the database; that of 100,000 files has some 10 MB. */
const DATABASE_LIMIT = 64 * 1024 * 1024;
/** Members, blocks and packed streams, each. */
const ITEMS_LIMIT = 200_000;
/** A database can be packed, and its description as well. */
const PACKED_LIMIT = 4;
/** Signature, version, and where the database lies. */
export const START = 32;

// Property ids.
const ID = {
  ...{
    end: 0x00,
    header: 0x01,
    archive: 0x02,
    additional: 0x03,
    main: 0x04,
    files: 0x05,
    packInfo: 0x06,
    unpackInfo: 0x07,
  },
  ...{ subStreams: 0x08, size: 0x09, crc: 0x0a, folder: 0x0b, coderSizes: 0x0c, streamCount: 0x0d, emptyStream: 0x0e },
  ...{ emptyFile: 0x0f, anti: 0x10, names: 0x11, attributes: 0x15, encoded: 0x17 },
} as const;

export type UnpackBlock = (block: Block, limit: number) => Promise<Uint8Array>;

/** Throws SevenZipError, what `unpack` throws, and what `source.read` throws. */
export async function readDatabase(source: ByteSource, unpack: UnpackBlock): Promise<SevenZip> {
  const start = new Reader(await source.read(0, START));
  start.skip(12);
  const header: Span = { offset: START + start.uint(8), size: start.uint(8) };
  if (header.size === 0) return { members: [], blocks: [], own: [] };
  if (header.offset + header.size > source.size)
    throw new SevenZipError('its database lies outside the file: it is cut off');
  if (header.size > DATABASE_LIMIT)
    throw new SevenZipError(`its database has ${header.size} bytes, more than are read`);
  const own = [header];
  let bytes = await source.read(header.offset, header.size);
  for (let depth = 0; ; depth += 1) {
    const reader = new Reader(bytes);
    const id = reader.number();
    if (id === ID.header) return { ...readHeader(reader), own };
    if (id !== ID.encoded) throw new SevenZipError('its database is damaged');
    if (depth >= PACKED_LIMIT) throw new SevenZipError('its database is packed over and over');
    const [block] = readStreams(reader).blocks;
    if (block === undefined) throw new SevenZipError('its packed database is nowhere');
    if (block.size > DATABASE_LIMIT)
      throw new SevenZipError(`its database has ${block.size} bytes, more than are read`);
    addAll(own, block.packed);
    bytes = await unpack(block, block.size);
  }
}

function readHeader(reader: Reader): Database {
  let streams: Streams = { blocks: [], contents: [] };
  for (;;) {
    const id = reader.number();
    switch (id) {
      case ID.end:
        return { members: [], blocks: streams.blocks };
      case ID.archive:
        skipProperties(reader);
        break;
      case ID.additional:
        readStreams(reader);
        break;
      case ID.main:
        streams = readStreams(reader);
        break;
      case ID.files:
        return { members: readFiles(reader, streams), blocks: streams.blocks };
      default:
        throw new SevenZipError('its database is damaged');
    }
  }
}

function skipProperties(reader: Reader): void {
  while (reader.number() !== ID.end) reader.skip(reader.number());
}

interface Streams {
  readonly blocks: readonly Block[];
  /** What the blocks hold, in order. */
  readonly contents: readonly { readonly block: number; readonly offset: number; readonly size: number }[];
}

function readStreams(reader: Reader): Streams {
  let packed: Span[] = [];
  let blocks: Block[] = [];
  let hashed: boolean[] = [];
  let contents: Streams['contents'] | undefined;
  for (;;) {
    const id = reader.number();
    if (id === ID.end) break;
    else if (id === ID.packInfo) packed = readPackInfo(reader);
    else if (id === ID.unpackInfo) ({ blocks, hashed } = readBlocks(reader, packed));
    else if (id === ID.subStreams) contents = readSubStreams(reader, blocks, hashed);
    else throw new SevenZipError('its database is damaged');
  }
  return { blocks, contents: contents ?? blocks.map(({ size }, block) => ({ block, offset: 0, size })) };
}

function readPackInfo(reader: Reader): Span[] {
  let offset = START + reader.number();
  const count = reader.count();
  const packed: Span[] = [];
  for (;;) {
    const id = reader.number();
    if (id === ID.end) return packed;
    if (id === ID.size) {
      for (let index = 0; index < count; index += 1) {
        const size = reader.number();
        packed.push({ offset, size });
        offset += size;
      }
    } else if (id === ID.crc) readHashes(reader, count);
    else throw new SevenZipError('its list of packed streams is damaged');
  }
}

/** Which of so many things have a checksum. None is verified. */
function readHashes(reader: Reader, count: number): boolean[] {
  const defined = reader.bits(count, true);
  reader.skip(4 * defined.filter(Boolean).length);
  return defined;
}

function readBlocks(reader: Reader, packed: readonly Span[]): { blocks: Block[]; hashed: boolean[] } {
  if (reader.number() !== ID.folder) throw new SevenZipError('its list of blocks is damaged');
  const count = reader.count();
  if (reader.u8() !== 0) throw new SevenZipError('its blocks are described outside its database, which is not read');
  const shapes: Shape[] = [];
  for (let index = 0; index < count; index += 1) shapes.push(readShape(reader));
  if (reader.number() !== ID.coderSizes) throw new SevenZipError('its list of blocks is damaged');
  const blocks: Block[] = [];
  let next = 0;
  for (const shape of shapes) {
    const sizes = shape.coders.flatMap(({ outputs }) => Array.from({ length: outputs }, () => reader.number()));
    blocks.push(blockOf(shape, sizes, packed.slice(next, next + shape.streams)));
    next += shape.streams;
  }
  let hashed: boolean[] = Array.from({ length: count }, () => false);
  for (;;) {
    const id = reader.number();
    if (id === ID.end) return { blocks, hashed };
    if (id !== ID.crc) throw new SevenZipError('its list of blocks is damaged');
    hashed = readHashes(reader, count);
  }
}

interface Shape {
  readonly coders: readonly {
    readonly method: string;
    readonly properties: Uint8Array;
    readonly inputs: number;
    readonly outputs: number;
  }[];
  /** Which input of all coders takes which output. */
  readonly bonds: readonly { readonly input: number; readonly output: number }[];
  /** Packed streams that it takes. */
  readonly streams: number;
}

/** As many as 7-Zip itself reads (`k_Scan_NumCoders_MAX`, `7zIn.cpp`). */
const CODERS_LIMIT = 64;

function readShape(reader: Reader): Shape {
  const count = reader.number();
  if (count === 0 || count > CODERS_LIMIT) throw new SevenZipError(`a block is packed ${count} times`);
  const coders: Shape['coders'][number][] = [];
  let inputs = 0;
  let outputs = 0;
  for (let index = 0; index < count; index += 1) {
    const flags = reader.u8();
    const method = Buffer.from(reader.take(flags & 15)).toString('hex');
    const complex = (flags & 0x10) !== 0;
    const [ins, outs] = complex ? [reader.number(), reader.number()] : [1, 1];
    const properties = (flags & 0x20) !== 0 ? reader.take(reader.number()) : new Uint8Array(0);
    coders.push({ method, properties, inputs: ins, outputs: outs });
    inputs += ins;
    outputs += outs;
  }
  if (inputs > CODERS_LIMIT || outputs > CODERS_LIMIT)
    throw new SevenZipError('a block is split into too many streams');
  if (outputs === 0) throw new SevenZipError('a block gives nothing');
  const bonds: { input: number; output: number }[] = [];
  for (let index = 1; index < outputs; index += 1) bonds.push({ input: reader.number(), output: reader.number() });
  const streams = inputs - bonds.length;
  if (streams < 1) throw new SevenZipError('a block takes no packed stream');
  if (streams > 1) for (let index = 0; index < streams; index += 1) reader.number();
  return { coders, bonds, streams };
}

/** Puts the coders of a block in the order in which its data passes them. */
function blockOf({ coders, bonds, streams }: Shape, sizes: readonly number[], packed: readonly Span[]): Block {
  const end = sizes.findIndex((_, output) => bonds.every((bond) => bond.output !== output));
  const size = sizes[end] ?? 0;
  const plain = coders.map(({ method, properties }, index) => ({ method, properties, size: sizes[index] ?? 0 }));
  if (streams !== 1 || coders.some(({ inputs, outputs }) => inputs !== 1 || outputs !== 1))
    return { coders: plain, odd: 'it is split into several streams (BCJ2), which is not read', packed, size };
  const line: Coder[] = [];
  const seen = new Set<number>();
  for (let at: number | undefined = end; at !== undefined && !seen.has(at);) {
    const coder = plain[at];
    if (coder === undefined) break;
    seen.add(at);
    line.unshift(coder);
    const here: number = at;
    at = bonds.find((bond) => bond.input === here)?.output;
  }
  return { coders: line, odd: line.length === coders.length ? undefined : 'its packing is damaged', packed, size };
}

function readSubStreams(reader: Reader, blocks: readonly Block[], hashed: readonly boolean[]): Streams['contents'] {
  let counts = blocks.map(() => 1);
  let id = reader.number();
  if (id === ID.streamCount) {
    counts = blocks.map(() => reader.number());
    id = reader.number();
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > ITEMS_LIMIT) throw new SevenZipError(`it has ${total} files, more than are read`);
  const contents: Streams['contents'][number][] = [];
  for (const [block, count] of counts.entries()) {
    let offset = 0;
    for (let index = 0; index < count; index += 1) {
      // The last one has what is left.
      const left = Math.max(0, (blocks[block]?.size ?? 0) - offset);
      const size = index === count - 1 ? left : id === ID.size ? reader.number() : 0;
      contents.push({ block, offset, size });
      offset += size;
    }
  }
  if (id === ID.size) id = reader.number();
  const unknown = counts.reduce((sum, count, block) => sum + (count === 1 && hashed[block] === true ? 0 : count), 0);
  for (; id !== ID.end; id = reader.number()) {
    if (id === ID.crc) readHashes(reader, unknown);
    else throw new SevenZipError('its list of contents is damaged');
  }
  return contents;
}

const UNIX_MODE = 0x8000;
const REPARSE_POINT = 0x400;
const DIRECTORY = 0x10;

function readFiles(reader: Reader, { contents }: Streams): SevenZipMember[] {
  const count = reader.count();
  let empty: boolean[] = [];
  let emptyFile: boolean[] = [];
  let names: string[] = [];
  const attributes = new Map<number, number>();
  for (let id = reader.number(); id !== ID.end; id = reader.number()) {
    const property = new Reader(reader.take(reader.number()));
    if (id === ID.emptyStream) empty = property.bits(count, false);
    else if (id === ID.emptyFile) emptyFile = property.bits(empty.filter(Boolean).length, false);
    else if (id === ID.names) names = readNames(property, count);
    else if (id === ID.attributes) {
      const defined = property.bits(count, true);
      if (property.u8() !== 0) throw new SevenZipError('attributes are kept outside its database, which is not read');
      for (const [index, told] of defined.entries()) if (told) attributes.set(index, property.u32());
    }
  }
  const members: SevenZipMember[] = [];
  let next = 0;
  let nextEmpty = 0;
  for (let index = 0; index < count; index += 1) {
    const content = empty[index] === true ? undefined : contents[next++];
    const bare = empty[index] === true && emptyFile[nextEmpty++] !== true;
    const flags = attributes.get(index) ?? 0;
    // The upper half is the mode of Unix when this flag says so; S_IFLNK is 0o120000.
    const link =
      ((flags & UNIX_MODE) !== 0 && ((flags >>> 16) & 0o170000) === 0o120000) || (flags & REPARSE_POINT) !== 0;
    members.push({
      name: names[index] ?? '',
      kind: link ? 'link' : bare || ((flags & DIRECTORY) !== 0 && content === undefined) ? 'folder' : 'file',
      size: content?.size ?? 0,
      place: content && { block: content.block, offset: content.offset },
    });
  }
  // Of contents without a name there are none in an archive that a program wrote; they are looked at all the same.
  for (const { block, offset, size } of contents.slice(next))
    members.push({ name: '', kind: 'file', size, place: { block, offset } });
  return members;
}

/** UTF-16 with a zero at the end of each. */
function readNames(property: Reader, count: number): string[] {
  if (property.u8() !== 0) throw new SevenZipError('names are kept outside its database, which is not read');
  const bytes = property.take(property.left);
  const names: string[] = [];
  for (let at = 0; names.length < count && at + 1 < bytes.length;) {
    let end = at;
    while (end + 1 < bytes.length && (bytes[end] !== 0 || bytes[end + 1] !== 0)) end += 2;
    names.push(UTF16.decode(bytes.subarray(at, end)));
    at = end + 2;
  }
  return names;
}

const UTF16 = new TextDecoder('utf-16le');

class Reader extends MemoryCursor {
  /** One to nine bytes: the ones at the top of the first say how many follow, the rest of it is the highest part. */
  number(): number {
    const first = this.u8();
    let value = 0;
    let scale = 1;
    for (let mask = 0x80; mask > 0; mask >>= 1, scale *= 256) {
      if ((first & mask) === 0) {
        value += (first & (mask - 1)) * scale;
        break;
      }
      value += this.u8() * scale;
    }
    return Number.isSafeInteger(value) ? value : Infinity;
  }

  /** A number of things. */
  count(): number {
    const count = this.number();
    if (count > ITEMS_LIMIT) throw new SevenZipError(`its database counts ${count} things, more than are read`);
    return count;
  }

  /** One bit for each of `count` things, the highest of a byte first; `short`: one byte may stand for all. */
  bits(count: number, short: boolean): boolean[] {
    if (short && this.u8() !== 0) return Array.from({ length: count }, () => true);
    const bytes = this.take(Math.ceil(count / 8));
    return Array.from({ length: count }, (_, index) => (((bytes[index >> 3] ?? 0) << (index & 7)) & 0x80) !== 0);
  }

  protected override ended(): SevenZipError {
    return new SevenZipError('its database is damaged: it ends too early');
  }
}
