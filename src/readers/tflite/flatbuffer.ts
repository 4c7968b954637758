/**
 * FlatBuffers (https://flatbuffers.dev/internals/) read where they lie: every offset is checked before it is followed, and what is not inside
 * the source is a `Damaged` that says where. Nothing is read but what is asked for.
 */
import type { ByteSource } from '../bytes.js';
import type { Stop } from '../units.js';

/** Thrown by every read that the source does not allow. */
export class Damaged extends Error {
  constructor(
    readonly offset: number,
    what: string,
  ) {
    super(what);
  }
}

export interface Vector {
  /** Of its first element. */
  readonly offset: number;
  readonly length: number;
}

/** A table, by where it and its list of fields lie. */
export interface Table {
  readonly offset: number;
  readonly fields: Uint8Array;
}

const PAGE = 64 * 1024;
const PAGES_KEPT = 64;

export class FlatBuffer {
  readonly #pages = new Map<number, DataView>();

  constructor(
    readonly source: ByteSource,
    private readonly signal?: Stop,
  ) {}

  async root(): Promise<Table> {
    return this.table(await this.#number(0, 4));
  }

  async table(offset: number): Promise<Table> {
    const back = (await this.#number(offset, 4)) | 0;
    const start = offset - back;
    const size = await this.#number(start, 2);
    if (size < 4) throw new Damaged(start, `a list of fields of ${size} bytes`);
    return { offset, fields: await this.bytes(start, size) };
  }

  /** Offset of a field's value; undefined when the table has none. */
  #field(table: Table, id: number): number | undefined {
    const at = 4 + 2 * id;
    if (at + 2 > table.fields.length) return undefined;
    const relative = (table.fields[at] ?? 0) + 256 * (table.fields[at + 1] ?? 0);
    return relative === 0 ? undefined : table.offset + relative;
  }

  /** An unsigned number of 1, 2, 4 or 8 bytes. */
  async number(table: Table, id: number, width: 1 | 2 | 4 | 8, otherwise = 0): Promise<number> {
    const at = this.#field(table, id);
    return at === undefined ? otherwise : this.#number(at, width);
  }

  async vector(table: Table, id: number, width: number): Promise<Vector | undefined> {
    const at = this.#field(table, id);
    if (at === undefined) return undefined;
    const start = at + (await this.#number(at, 4));
    const length = await this.#number(start, 4);
    if (start + 4 + length * width > this.source.size)
      throw new Damaged(start, `a list of ${length} things of ${width} bytes, which does not fit`);
    return { offset: start + 4, length };
  }

  async text(table: Table, id: number, keep = 4096): Promise<string | undefined> {
    const vector = await this.vector(table, id, 1);
    if (vector === undefined) return undefined;
    return new TextDecoder().decode(await this.bytes(vector.offset, Math.min(vector.length, keep)));
  }

  /** One of a vector of tables. */
  async tableAt(vector: Vector, index: number): Promise<Table> {
    const at = vector.offset + 4 * index;
    return this.table(at + (await this.#number(at, 4)));
  }

  /** One of a vector of int32. */
  async intAt(vector: Vector, index: number): Promise<number> {
    return (await this.#number(vector.offset + 4 * index, 4)) | 0;
  }

  async bytes(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || offset + length > this.source.size) throw new Damaged(offset, 'a place outside the file');
    const bytes = await this.source.read(offset, length);
    if (bytes.length < length) throw new Damaged(offset, 'a place outside the file');
    return bytes;
  }

  async #number(offset: number, width: 1 | 2 | 4 | 8): Promise<number> {
    if (!(offset >= 0 && offset + width <= this.source.size)) throw new Damaged(offset, 'a place outside the file');
    const page = Math.floor(offset / PAGE);
    let view = this.#pages.get(page);
    if (view === undefined) {
      this.signal?.throwIfAborted();
      // A little more than a page, so that no number is cut.
      const bytes = await this.source.read(page * PAGE, PAGE + 8);
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const [oldest] = this.#pages.keys();
      if (this.#pages.size >= PAGES_KEPT && oldest !== undefined) this.#pages.delete(oldest);
      this.#pages.set(page, view);
    }
    const at = offset - page * PAGE;
    if (at + width > view.byteLength) throw new Damaged(offset, 'a place outside the file');
    switch (width) {
      case 1:
        return view.getUint8(at);
      case 2:
        return view.getUint16(at, true);
      case 4:
        return view.getUint32(at, true);
      case 8:
        return Number(view.getBigUint64(at, true));
    }
  }
}

/** The texts of a FlexBuffers vector (https://flatbuffers.dev/flexbuffers/); undefined when it is none. */
export function flexTexts(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unsigned = (at: number, width: number): number => {
    if (at < 0 || at + width > bytes.length) return NaN;
    if (width === 1) return view.getUint8(at);
    if (width === 2) return view.getUint16(at, true);
    return width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
  };
  const width = bytes.at(-1) ?? 0;
  const type = bytes.at(-2) ?? 0;
  if (![1, 2, 4, 8].includes(width) || type >> 2 !== FLEX_VECTOR) return undefined;
  const root = bytes.length - 2 - width;
  const start = root - unsigned(root, width);
  const element = 1 << (type & 3);
  const length = unsigned(start - element, element);
  if (!(length <= 16)) return undefined;
  const texts: Uint8Array[] = [];
  for (let index = 0; index < length; index += 1) {
    const kind = unsigned(start + length * element + index, 1);
    if (kind >> 2 !== FLEX_STRING) return undefined;
    const at = start + index * element;
    const text = at - unsigned(at, element);
    const prefix = 1 << (kind & 3);
    const size = unsigned(text - prefix, prefix);
    if (!(text + size <= bytes.length)) return undefined;
    texts.push(bytes.subarray(text, text + size));
  }
  return texts;
}

/** `flexbuffers::Type`. */
const FLEX_STRING = 5;
const FLEX_VECTOR = 10;
