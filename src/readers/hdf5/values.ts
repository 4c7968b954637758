/** Attributes: their names, types and texts (HDF5 File Format Specification 3.0, IV.A.2.d, .e, .m). */
import { latin1, utf8 } from '../bytes.js';
import type { Block, Blocks } from './blocks.js';
import { globalCollection, type Collection, type Widths } from './heaps.js';

export interface Datatype {
  readonly class:
    'number' | 'string' | 'opaque' | 'compound' | 'reference' | 'variable-string' | 'variable' | 'array' | 'other';
  /** Bytes of one element in the file. */
  readonly size: number;
  /** A floating-point number, little-endian. */
  readonly float: boolean;
  /** A whole number, with a sign or without, little-endian. */
  readonly whole?: 'signed' | 'unsigned';
}

export interface Attribute {
  readonly name: string;
  readonly type: Datatype;
  /** Its elements, when they are text. */
  readonly texts: readonly string[];
  /** Offset in the source of its first text, or of the attribute. */
  readonly offset: number;
  /** Bytes of its first text; 0 without one. */
  readonly length: number;
}

export function readDatatype(block: Block): Datatype {
  const kind = block.u8() & 15;
  const bits = block.uint(3);
  const size = block.u32();
  const type = { class: classOf(kind, bits), size, float: kind === 1 && (bits & 0x41) === 0 };
  // IV.A.2.d, fixed-point: bit 0 is the order of the bytes, bit 3 the sign.
  if (kind !== 0 || (bits & 1) !== 0) return type;
  return { ...type, whole: (bits & 8) === 0 ? 'unsigned' : 'signed' };
}

function classOf(kind: number, bits: number): Datatype['class'] {
  switch (kind) {
    case 0:
    case 1:
    case 4:
    case 8:
      return 'number';
    case 3:
      return 'string';
    case 5:
      return 'opaque';
    case 6:
      return 'compound';
    case 7:
      return 'reference';
    case 9:
      return (bits & 15) === 1 ? 'variable-string' : 'variable';
    case 10:
      return 'array';
    default:
      return 'other';
  }
}

/** Lengths of the dimensions; none for a scalar, undefined for a dataspace without elements. */
export function readDataspace(block: Block, widths: Widths): number[] | undefined {
  const version = block.u8();
  const rank = block.u8();
  block.skip(1);
  const kind = block.u8();
  if (version === 1) block.skip(4);
  else if (version !== 2) throw block.error('a dataspace is of an unknown version');
  if (version === 2 && kind === 2) return undefined;
  if (rank > 32) throw block.error(`a dataspace has ${rank} dimensions`);
  return Array.from({ length: rank }, () => block.uint(widths.length));
}

/** Elements of one attribute that are read; weight names of the largest models are some ten thousand. */
const ELEMENTS_LIMIT = 200_000;
/** Bytes of one text, and of all texts of a file. */
const TEXT_LIMIT = 32 * 1024 * 1024;
const TEXTS_LIMIT = 64 * 1024 * 1024;

/** Entries of all collections: heaps can be made that overlap. */
const OBJECTS_LIMIT = 1_000_000;

/** Reads attributes of one file. */
export class Attributes {
  readonly #collections = new Map<number, Collection>();
  #left = TEXTS_LIMIT;
  #objects = 0;

  constructor(
    private readonly blocks: Blocks,
    private readonly widths: Widths,
    /** The datatype message of a committed type, by the address of its object. */
    private readonly committed: (address: number) => Promise<Block>,
  ) {}

  async read(body: Block): Promise<Attribute> {
    const version = body.u8();
    if (version < 1 || version > 3) throw body.error('an attribute is of an unknown version');
    const flags = body.u8();
    const sizes = [body.u16(), body.u16(), body.u16()] as const;
    if (version === 3) body.skip(1);
    const pad = (size: number): number => (version === 1 ? Math.ceil(size / 8) * 8 : size);
    const name = body.piece(Math.min(pad(sizes[0]), body.left)).zeroEnded();
    const typeBlock = body.piece(Math.min(pad(sizes[1]), body.left));
    const type = readDatatype(version > 1 && (flags & 1) !== 0 ? await this.shared(typeBlock) : typeBlock);
    const spaceBlock = body.piece(Math.min(pad(sizes[2]), body.left));
    if (version > 1 && (flags & 2) !== 0) throw body.error('a shared dataspace is not read');
    const dimensions = readDataspace(spaceBlock, this.widths);
    const offset = body.offset + body.at;
    const count = dimensions === undefined ? 0 : dimensions.reduce((product, length) => product * length, 1);
    if (type.class !== 'string' && type.class !== 'variable-string' && type.class !== 'opaque')
      return { name, type, texts: [], offset, length: 0 };
    return { name, type, ...(await this.#texts(body, type, count)) };
  }

  /** What a shared message stands for (IV.A.2, "shared message"). */
  async shared(block: Block): Promise<Block> {
    const version = block.u8();
    const kind = block.u8();
    if (version === 1) block.skip(6);
    if (version === 3 && kind === 1) throw block.error('a message in the shared heap is not read');
    return this.committed(block.uint(this.widths.offset));
  }

  async #texts(body: Block, type: Datatype, count: number): Promise<Pick<Attribute, 'texts' | 'offset' | 'length'>> {
    const texts: string[] = [];
    let offset = body.offset + body.at;
    let first = 0;
    if (count > ELEMENTS_LIMIT) throw body.error(`an attribute of ${count} texts is not read`);
    for (let index = 0; index < count; index += 1) {
      const bytes = type.class === 'variable-string' ? await this.#variable(body) : body.piece(type.size);
      this.#left -= bytes.left;
      if (this.#left < 0 || bytes.left > TEXT_LIMIT) throw body.error('the texts of the file are larger than is read');
      if (index === 0) {
        offset = bytes.offset;
        first = bytes.left;
      }
      // Numbers in a text that is no text come back as they are, one character for a byte.
      const text = type.class === 'opaque' ? latin1(bytes.bytes) : utf8(bytes.bytes);
      texts.push(withoutZeros(text));
    }
    return { texts, offset, length: first };
  }

  async #variable(body: Block): Promise<Block> {
    const length = body.u32();
    const address = body.uint(this.widths.offset);
    const index = body.u32();
    if (length === 0 || index === 0) return body.piece(0);
    let collection = this.#collections.get(address);
    if (!collection) {
      collection = await globalCollection(this.blocks, this.widths, address);
      this.#objects += collection.size;
      if (this.#objects > OBJECTS_LIMIT) throw body.error('the heaps of the file have more objects than are read');
      this.#collections.set(address, collection);
    }
    const object = collection.get(index);
    if (!object) throw body.error(`object ${index} of a heap is missing`);
    return this.blocks.read(object.address, Math.min(length, object.size));
  }
}

/** Fixed lengths are filled up with zeros. */
function withoutZeros(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end -= 1;
  return text.slice(0, end);
}
