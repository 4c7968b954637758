/** Snappy's raw format (google/snappy, `format_description.txt`): a length, then literals and copies. Checksums and frames are not part of it. */
import { damaged, Output, PackedCursor, Stopped } from './output.js';

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
  const cursor = new PackedCursor(input);
  const size = cursor.varint(5);
  while (cursor.left > 0) {
    const tag = cursor.u8();
    const upper = tag >> 2;
    if ((tag & 3) === 0) {
      output.append(cursor.take((upper < 60 ? upper : cursor.uint(upper - 59)) + 1));
      continue;
    }
    const near = (tag & 3) === 1;
    const length = near ? (upper & 7) + 4 : upper + 1;
    const distance = near ? (upper >> 3) * 256 + cursor.u8() : cursor.uint((tag & 3) === 2 ? 2 : 4);
    if (distance === 0 || distance > output.size) throw damaged('a reference to before its beginning');
    output.repeat(distance, length);
  }
  if (output.size !== size) throw damaged('it has another size than it says');
}
