/** MessagePack (github.com/msgpack/msgpack/blob/master/spec.md), walked by the lengths of its values. */
import { ByteCursor, type ByteSource } from './bytes.js';
import type { Stop } from './units.js';

const DEPTH_LIMIT = 512;

/** A mapping of something whose first key is a name, as every state of Flax begins. */
export function looksLikeMessagePack(head: Uint8Array): boolean {
  const [first = 0] = head;
  const key = first > 0x80 && first <= 0x8f ? 1 : first === 0xde ? 3 : first === 0xdf ? 5 : 0;
  const length = (head[key] ?? 0) - 0xa0;
  if (key === 0 || length < 1 || length > 31 || head.length <= key + 1 + length) return false;
  return head.subarray(key + 1, key + 1 + length).every((byte) => byte > 0x20 && byte < 0x7f);
}

/** Walks the one value that the source is to be; answers what is wrong with it, `base` being where the source begins. */
export async function messagePackProblem(source: ByteSource, base: number, signal?: Stop): Promise<string | undefined> {
  const cursor = new ByteCursor(source, 0, 256 * 1024);
  /** Values that are still to come, of each container that is open. */
  const open = [1];
  for (let count = 0; ; count += 1) {
    if (count % 10_000 === 0) signal?.throwIfAborted();
    while (open.at(-1) === 0) open.pop();
    const left = open.pop();
    if (left === undefined) break;
    open.push(left - 1);
    const start = cursor.offset;
    const value = (await cursor.fill(1)) ? await next(cursor) : undefined;
    if (value === undefined || value.bytes > cursor.left) return `no whole value begins at byte ${base + start}`;
    cursor.skip(value.bytes);
    if (value.values > 0) open.push(value.values);
    if (open.length > DEPTH_LIMIT) return `at byte ${base + start} values are nested deeper than is read`;
  }
  return cursor.left > 0 ? `${cursor.left} bytes follow the end` : undefined;
}

interface Next {
  /** Bytes of its own that follow. */
  readonly bytes: number;
  /** Values inside it. */
  readonly values: number;
}

/** Reads the type of a value and its length; undefined when there is none. */
async function next(cursor: ByteCursor): Promise<Next | undefined> {
  const type = cursor.u8();
  if (type <= 0x7f || type >= 0xe0 || type === 0xc0 || type === 0xc2 || type === 0xc3) return { bytes: 0, values: 0 };
  if (type <= 0x8f) return { bytes: 0, values: 2 * (type - 0x80) };
  if (type <= 0x9f) return { bytes: 0, values: type - 0x90 };
  if (type <= 0xbf) return { bytes: type - 0xa0, values: 0 };
  const fixed = FIXED[type];
  if (fixed !== undefined) return { bytes: fixed, values: 0 };
  const width = LENGTHS[type];
  if (width === undefined || !(await cursor.fill(width))) return undefined;
  let length = 0;
  for (let index = 0; index < width; index += 1) length = length * 256 + cursor.u8();
  if (type >= 0xde) return { bytes: 0, values: 2 * length };
  if (type >= 0xdc) return { bytes: 0, values: length };
  // An extension has a type of its own before its bytes.
  return { bytes: type >= 0xc7 && type <= 0xc9 ? length + 1 : length, values: 0 };
}

/** Numbers, and extensions of one length, with the type of these. */
const FIXED: Readonly<Record<number, number>> = {
  ...{ 0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 },
  ...{ 0xd4: 2, 0xd5: 3, 0xd6: 5, 0xd7: 9, 0xd8: 17 },
};

/** Bytes of the length of what has one: `bin`, `ext`, `str`, `array`, `map`. */
const LENGTHS: Readonly<Record<number, number>> = {
  ...{ 0xc4: 1, 0xc5: 2, 0xc6: 4, 0xc7: 1, 0xc8: 2, 0xc9: 4, 0xd9: 1, 0xda: 2, 0xdb: 4 },
  ...{ 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4 },
};
