/** Input and output of the unpackers. */
import { MemoryCursor } from '../bytes.js';

/** What an unpacker has written so far, in one piece, because the formats refer back to it; it grows up to a limit. */
export class Output {
  readonly #buffer: ArrayBuffer;
  #bytes: Uint8Array;
  #size = 0;

  /** Memory is taken as it is written to: growing copies nothing. */
  constructor(private readonly limit: number) {
    this.#buffer = new ArrayBuffer(Math.min(limit, 64 * 1024), { maxByteLength: limit });
    this.#bytes = new Uint8Array(this.#buffer);
  }

  get size(): number {
    return this.#size;
  }

  /** The bytes so far, not a copy. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  push(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#size++] = byte;
  }

  /** `count` times the same byte. */
  fill(byte: number, count: number): void {
    const room = this.#reserve(count);
    this.#bytes.fill(byte, this.#size, this.#size + room);
    this.#advance(room, count);
  }

  append(bytes: Uint8Array): void {
    const room = this.#reserve(bytes.length);
    this.#bytes.set(bytes.subarray(0, room), this.#size);
    this.#advance(room, bytes.length);
  }

  /** Repeats `count` bytes from `distance` bytes ago (1: the last one), which may overlap what is written. */
  repeat(distance: number, count: number): void {
    const room = this.#reserve(count);
    const bytes = this.#bytes;
    const to = this.#size;
    if (distance >= room) bytes.copyWithin(to, to - distance, to - distance + room);
    else if (distance === 1) bytes.fill(bytes[to - 1] ?? 0, to, to + room);
    else for (let at = to; at < to + room; at += 1) bytes[at] = bytes[at - distance] ?? 0;
    this.#advance(room, count);
  }

  /** The byte `distance` bytes ago. */
  back(distance: number): number {
    return this.#bytes[this.#size - distance] ?? 0;
  }

  /** Makes room for `count` bytes or as many as the limit allows; throws when it allows none. */
  #reserve(count: number): number {
    const room = Math.min(count, this.limit - this.#size);
    if (room < count && room <= 0) this.#full();
    if (this.#size + room > this.#bytes.length) {
      this.#buffer.resize(Math.min(this.limit, Math.max(2 * this.#bytes.length, this.#size + room)));
      this.#bytes = new Uint8Array(this.#buffer);
    }
    return room;
  }

  #advance(room: number, wanted: number): void {
    this.#size += room;
    if (room < wanted) this.#full();
  }

  #full(): never {
    throw new Stopped(`it unpacks to more than ${this.limit} bytes`);
  }
}

/** Ends unpacking; what is in the output stays. The message is the gap to report. */
export class Stopped extends Error {}

export function damaged(what: string): Stopped {
  return new Stopped(`its compressed data is damaged or cut off (${what})`);
}

/** Reads packed data. Its end is damage. */
export class PackedCursor extends MemoryCursor {
  protected override ended(): Stopped {
    return damaged('it ends too early');
  }
}
