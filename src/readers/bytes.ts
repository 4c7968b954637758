/**
 * Reading bytes at any offset of something large: the port through which the pure rooms see a file, a member of an archive
 * or a buffer. Nothing is read that is not asked for, so a tensor of gigabytes costs nothing to step over.
 */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** Bytes of memory that it takes as long as it is there; absent for a file. */
  readonly held?: number | undefined;
  /**
   * The bytes from `offset` on, `length` of them or as many as there are before the end. Nothing lies at an offset outside, before the
   * begin or after the end, and none throws.
   * The caller may keep the array and must not change it.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** What lies beside a file, for formats of several files; absent for what is inside another source. */
  readonly folder?: Folder | undefined;
}

/** The folder that a file lies in. Names are relative to it, their parts divided by `/`; nothing outside it is ever opened. */
export interface Folder {
  /** What lies in a folder inside this one, or in this one itself (`''`), by name; undefined when there is none. At most `FOLDER_ENTRIES`. */
  list(name: string): Promise<readonly FolderEntry[] | undefined>;
  /** Opens a regular file as long as `use` runs; undefined when there is none that may be read. */
  open<T>(name: string, use: (file: ByteSource) => Promise<T>): Promise<T | undefined>;
  /** Where a name leads: through a link, to a place that is neither in this folder nor beside the file itself. */
  leadsOutside(name: string): Promise<boolean>;
}

/** Unpacked bytes held at one time: all of one member, or shared by those packed into one another. */
export const HELD_LIMIT = 160 * 1024 * 1024;

export const FOLDER_ENTRIES = 100_000;

export interface FolderEntry {
  readonly name: string;
  readonly folder: boolean;
}

const EMPTY = Buffer.alloc(0);

/** Bytes that are in memory already. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    held: bytes.length,
    read: (offset, length) =>
      Promise.resolve(offset < 0 ? EMPTY : bytes.subarray(offset, offset + Math.max(0, length))),
  };
}

/** The part of `source` from `offset` on, `size` bytes at most. */
export function sliceSource(source: ByteSource, offset: number, size = Infinity): ByteSource {
  const length = offset < 0 ? 0 : Math.max(0, Math.min(size, source.size - offset));
  return {
    size: length,
    held: source.held,
    read: (from, count) => source.read(from < 0 ? -1 : offset + from, Math.max(0, Math.min(count, length - from))),
  };
}

/** Bytes between two reads that are neighbours, and what is read when they are. */
const NEAR = 4096;
const NEIGHBOURHOOD = 64 * 1024;

/** The same source, read in pieces where short reads follow close to one another: an archive of many small members takes one read for many. */
export function neighboursSource(source: ByteSource): ByteSource {
  let base = 0;
  let bytes: Uint8Array = new Uint8Array(0);
  let last = -Infinity;
  return {
    size: source.size,
    held: source.held,
    async read(offset, length) {
      if (offset < 0) return EMPTY;
      const close = offset >= last && offset - last < NEAR && length <= NEAR;
      last = offset;
      const at = offset - base;
      if (at >= 0 && at + length <= bytes.length) return bytes.subarray(at, at + length);
      if (!close) return source.read(offset, length);
      base = offset;
      bytes = await source.read(offset, NEIGHBOURHOOD);
      return bytes.subarray(0, length);
    },
  };
}

/** One character for each byte (ISO 8859-1). */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What lies between `from` and `to` in none of the ranges, in order: pieces of `atLeast` bytes and more. Ranges may overlap, and reach beyond. */
export function uncovered(
  ranges: readonly Range[],
  from: number,
  to: number,
  atLeast = 1,
): { readonly offset: number; readonly size: number }[] {
  const parts: { offset: number; size: number }[] = [];
  let last = from;
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start).concat({ start: to, end: to })) {
    const size = Math.min(start, to) - last;
    if (size >= atLeast) parts.push({ offset: last, size });
    last = Math.max(last, end);
  }
  return parts;
}

/** A window that moves over a source, so that the walk itself is synchronous and waits only at the window's end. */
export class ByteCursor {
  #bytes: Buffer = EMPTY;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Offset in the source of the first byte of the window. */
  #base = 0;
  /** Next byte to read, within the window; may lie beyond its end after a skip. */
  #at = 0;

  constructor(
    private readonly source: ByteSource,
    offset = 0,
    private readonly windowSize = 64 * 1024,
  ) {
    this.#base = offset;
  }

  /** Offset in the source of the next byte. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** Bytes from here to the end of the source. */
  get left(): number {
    return Math.max(0, this.source.size - this.offset);
  }

  /** True when the next `count` bytes are in the window. */
  has(count: number): boolean {
    return this.#at + count <= this.#bytes.length;
  }

  /** Moves the window so that it begins here and holds at least `count` bytes; false when the source ends before. */
  async fill(count: number): Promise<boolean> {
    if (this.has(count)) return true;
    const offset = this.offset;
    const { buffer, byteOffset, byteLength } = await this.source.read(offset, Math.max(count, this.windowSize));
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.#base = offset;
    this.#at = 0;
    return this.has(count);
  }

  /** Goes to an offset of the source. */
  seek(offset: number): void {
    this.#at = offset - this.#base;
    if (this.#at < 0) {
      this.#bytes = EMPTY;
      this.#base = offset;
      this.#at = 0;
    }
  }

  skip(count: number): void {
    this.#at += count;
  }

  // The readers below need `has(…)` first, as a DataView needs its bounds kept.
  u8(): number {
    return this.#view.getUint8(this.#at++);
  }
  u16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }
  i32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4, true);
  }
  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }
  /** A 64-bit length; exact up to 2^53, and no source is as large as that. */
  u64(): number {
    this.#at += 8;
    return Number(this.#view.getBigUint64(this.#at - 8, true));
  }
  f64be(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8);
  }
  bytes(count: number): Buffer {
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** The next line, without its end, when all of it is in the window and it has at most `keep` bytes. */
  shortLine(keep: number): { bytes: Buffer; whole: true; ended: true } | undefined {
    const found = this.#bytes.indexOf(0x0a, this.#at);
    if (found < this.#at || found - this.#at > keep) return undefined;
    const bytes = this.#bytes.subarray(this.#at, found);
    this.#at = found + 1;
    return { bytes, whole: true, ended: true };
  }

  /**
   * One line, without its end, of which at most `keep` bytes are kept; `ended` is false when the source ends first.
   */
  async line(keep: number): Promise<{ bytes: Buffer; whole: boolean; ended: boolean }> {
    const start = this.offset;
    for (let scanned = 0; ;) {
      const found = this.#bytes.indexOf(0x0a, this.#at + scanned);
      if (found >= 0 && this.#at <= this.#bytes.length) {
        const bytes = this.#bytes.subarray(this.#at, Math.min(found, this.#at + keep));
        const whole = found - this.#at <= keep;
        this.#at = found + 1;
        return { bytes, whole, ended: true };
      }
      scanned = Math.max(0, this.#bytes.length - this.#at);
      const want = scanned + this.windowSize;
      if (scanned < keep) {
        await this.fill(want);
        if (this.#bytes.length - this.#at <= scanned) {
          const bytes = this.#bytes.subarray(this.#at);
          this.#at = this.#bytes.length;
          return { bytes, whole: true, ended: false };
        }
        continue;
      }
      // Longer than anybody keeps: look for its end without holding it.
      const head = Buffer.from(this.#bytes.subarray(this.#at, this.#at + keep));
      const end = await this.#find(0x0a, start + scanned);
      this.seek(end === undefined ? this.source.size : end + 1);
      return { bytes: head, whole: false, ended: end !== undefined };
    }
  }

  async #find(byte: number, from: number): Promise<number | undefined> {
    for (let offset = from; offset < this.source.size; offset += this.windowSize * 16) {
      const chunk = await this.source.read(offset, this.windowSize * 16);
      const found = chunk.indexOf(byte);
      if (found >= 0) return offset + found;
      if (chunk.length === 0) return undefined;
    }
    return undefined;
  }
}

/** A read past the end of bytes in memory. */
class EndOfBytes extends Error {}

/** Reads bytes in memory, in order; numbers are little-endian. A format overrides `ended` with its own error. */
export class MemoryCursor {
  /** Index of the next byte. */
  at = 0;
  protected readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.view.getUint8(this.advance(1));
  }
  u16(): number {
    return this.view.getUint16(this.advance(2), true);
  }
  u32(): number {
    return this.view.getUint32(this.advance(4), true);
  }
  i32(): number {
    return this.view.getInt32(this.advance(4), true);
  }
  f64(): number {
    return this.view.getFloat64(this.advance(8), true);
  }
  /** An unsigned number of 1 to 8 bytes; Infinity past 2^53, which lies outside every file. */
  uint(width: number): number {
    const start = this.advance(width);
    const { bytes } = this;
    let value = 0;
    for (let index = start + width - 1; index >= start; index -= 1) value = value * 256 + (bytes[index] ?? 0);
    return value > Number.MAX_SAFE_INTEGER ? Infinity : value;
  }
  /** An unsigned number of seven bits a byte, the lowest first (LEB128); undefined when it does not end within `longest` bytes. */
  varint(longest: number): number | undefined {
    let value = 0;
    for (let read = 0, scale = 1; read < longest && this.left > 0; read += 1, scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return undefined;
  }
  take(count: number): Uint8Array {
    const start = this.advance(count);
    return this.bytes.subarray(start, start + count);
  }
  skip(count: number): void {
    this.advance(count);
  }

  /** Skips `count` bytes and returns the index of the first. */
  protected advance(count: number): number {
    const start = this.at;
    const end = start + count;
    if (!(count >= 0 && end <= this.bytes.length)) throw this.ended();
    this.at = end;
    return start;
  }

  /** The error for a read past the end. */
  protected ended(): Error {
    return new EndOfBytes(`the bytes end at ${this.bytes.length}`);
  }
}
