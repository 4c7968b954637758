/** Snappy's raw format (google/snappy, `format_description.txt`): a length, then literals and copies. Checksums and frames are not part of it. */
import { damaged, Output, Stopped } from './output.js';

/** Undefined when it is damaged, or longer than `limit`. */
export function unsnappy(input: Uint8Array, limit: number): Uint8Array | undefined {
  const output = new Output(limit);
  try {
    unpack(input, output);
    return output.bytes;
  } catch (error) {
    if (error instanceof Stopped) return undefined;
    throw error;
  }
}

function unpack(input: Uint8Array, output: Output): void {
  let at = 0;
  const little = (bytes: number): number => {
    if (at + bytes > input.length) throw damaged('it ends too early');
    let value = 0;
    for (let index = bytes - 1; index >= 0; index -= 1) value = value * 256 + (input[at + index] ?? 0);
    at += bytes;
    return value;
  };
  let size = 0;
  for (let scale = 1, more = true; more; scale *= 128) {
    const byte = little(1);
    size += (byte & 0x7f) * scale;
    more = byte >= 0x80 && scale < 2 ** 28;
  }
  while (at < input.length) {
    const tag = little(1);
    const upper = tag >> 2;
    if ((tag & 3) === 0) {
      const length = (upper < 60 ? upper : little(upper - 59)) + 1;
      if (at + length > input.length) throw damaged('it ends inside a literal');
      output.append(input.subarray(at, at + length));
      at += length;
      continue;
    }
    const near = (tag & 3) === 1;
    const length = near ? (upper & 7) + 4 : upper + 1;
    const distance = near ? (upper >> 3) * 256 + little(1) : little((tag & 3) === 2 ? 2 : 4);
    if (distance === 0 || distance > output.size) throw damaged('a reference to before its beginning');
    output.repeat(distance, length);
  }
  if (output.size !== size) throw damaged('it has another size than it says');
}
