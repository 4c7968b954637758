/** LZ4 frames (LZ4 Frame Format Description 1.6.4), one after the other, as joblib writes them. Checksums are not asked. */
import { damaged, Stopped, type Output } from './output.js';

const FRAME = 0x184d2204;
/** Sixteen magics of frames that say: skip me. */
const SKIPPED = 0x184d2a50;

/** Yields after each block. */
export function* unpackLz4(input: Uint8Array, output: Output): Generator<void> {
  const data = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const u32 = (at: number): number => {
    if (at + 4 > input.length) throw damaged('it ends too early');
    return data.getUint32(at, true);
  };
  let at = 0;
  do {
    const magic = u32(at);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPED) {
      at += 8 + u32(at + 4);
      continue;
    }
    if (magic !== FRAME) {
      if (at > 0) throw new Stopped(`${input.length - at} bytes follow the end of the packed data`);
      throw damaged('no beginning of a frame');
    }
    const flags = input[at + 4] ?? 0;
    if (flags >>> 6 !== 1) throw damaged('its version');
    const [blockChecksum, size, contentChecksum, dictionary] = [0x10, 0x08, 0x04, 0x01].map((flag) => flags & flag);
    at += 7 + (size ? 8 : 0) + (dictionary ? 4 : 0);
    const start = output.size;
    for (let length = u32(at); length !== 0; length = u32(at)) {
      at += 4;
      const end = at + (length & 0x7fffffff);
      const block = input.subarray(at, end);
      if (length >>> 31 === 1) output.append(block);
      else unpackBlock(block, start, output);
      if (end > input.length) throw damaged('it ends inside a block');
      at = end + (blockChecksum ? 4 : 0);
      yield;
    }
    at += 4 + (contentChecksum ? 4 : 0);
  } while (at < input.length);
  if (at > input.length) throw damaged('it ends too early');
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
