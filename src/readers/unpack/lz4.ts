/** LZ4 frames (LZ4 Frame Format Description 1.6.4), one after the other, as joblib writes them. Checksums are not verified. */
import { damaged, PackedCursor, Stopped, type Output } from './output.js';

const FRAME = 0x184d2204;
/** Sixteen magic numbers of skippable frames. */
const SKIPPED = 0x184d2a50;

/** Yields after each block. */
export function* unpackLz4(input: Uint8Array, output: Output): Generator<void> {
  const cursor = new PackedCursor(input);
  do {
    const begin = cursor.at;
    const magic = cursor.u32();
    if ((magic & 0xfffffff0) >>> 0 === SKIPPED) {
      cursor.skip(cursor.u32());
      continue;
    }
    if (magic !== FRAME) {
      if (begin > 0) throw new Stopped(`${input.length - begin} bytes follow the end of the packed data`);
      throw damaged('no beginning of a frame');
    }
    const flags = cursor.u8();
    if (flags >>> 6 !== 1) throw damaged('its version');
    const [blockChecksum, size, contentChecksum, dictionary] = [0x10, 0x08, 0x04, 0x01].map((flag) => flags & flag);
    cursor.skip(2 + (size ? 8 : 0) + (dictionary ? 4 : 0));
    const start = output.size;
    for (let length = cursor.u32(); length !== 0; length = cursor.u32()) {
      const packed = length & 0x7fffffff;
      const block = cursor.take(Math.min(packed, cursor.left));
      if (length >>> 31 === 1) output.append(block);
      else unpackBlock(block, start, output);
      if (block.length < packed) throw damaged('it ends inside a block');
      cursor.skip(blockChecksum ? 4 : 0);
      yield;
    }
    cursor.skip(contentChecksum ? 4 : 0);
  } while (cursor.left > 0);
}

/** Literals and matches in turn (LZ4 Block Format Description). Matches reach back to `start`. */
function unpackBlock(block: Uint8Array, start: number, output: Output): void {
  let at = 0;
  const next = (): number => {
    const byte = block[at];
    if (byte === undefined) throw damaged('it ends inside a block');
    at += 1;
    return byte;
  };
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      let byte: number;
      do {
        byte = next();
        length += byte;
      } while (byte === 255);
    }
    return length;
  };
  while (at < block.length) {
    const token = next();
    const literals = extended(token >>> 4);
    if (at + literals > block.length) throw damaged('it ends inside a block');
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    const distance = next() | (next() << 8);
    if (distance === 0 || distance > output.size - start) throw damaged('a reference to before its beginning');
    output.repeat(distance, extended(token & 15) + 4);
  }
}
