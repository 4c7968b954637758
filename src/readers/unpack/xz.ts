/** The `.xz` container (The .xz File Format 1.2.1) around LZMA2 (as in the LZMA SDK). Checksums are not verified. */
import { LzmaDecoder } from './lzma.js';
import { damaged, PackedCursor, Stopped, type Output } from './output.js';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const LZMA2 = 0x21;
/** Bytes of the check after a block, by the stream's flags (2.1.1.2). */
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** Yields after each chunk of at most 2 MiB. */
export function* unpackXz(input: Uint8Array, output: Output): Generator<void> {
  const cursor = new PackedCursor(input);
  do {
    for (const byte of MAGIC) if (cursor.u8() !== byte) throw damaged('no beginning of a stream');
    cursor.skip(1);
    const check = CHECK_SIZES[cursor.u8() & 15] ?? 0;
    cursor.skip(4);
    for (let size = cursor.u8(); size !== 0; size = cursor.u8()) {
      readBlockHeader(cursor, cursor.at + (size + 1) * 4 - 1);
      yield* unpackLzma2(cursor, output);
      align(cursor);
      cursor.skip(check);
    }
    skipIndex(cursor);
    // Zeros may stand between streams.
    while (cursor.left >= 4 && input.subarray(cursor.at, cursor.at + 4).every((byte) => byte === 0)) cursor.skip(4);
  } while (MAGIC.every((byte, index) => input[cursor.at + index] === byte));
  if (cursor.left > 0) throw new Stopped(`${cursor.left} bytes follow the end of the packed data`);
}

/** Leaves the cursor at `end`, after the header, when the block is packed with nothing but LZMA2. */
function readBlockHeader(cursor: PackedCursor, end: number): void {
  const flags = cursor.u8();
  if ((flags & 0x40) !== 0) multibyte(cursor);
  if ((flags & 0x80) !== 0) multibyte(cursor);
  const filter = multibyte(cursor);
  if ((flags & 3) !== 0 || filter !== LZMA2)
    throw new Stopped('it is packed with a filter besides LZMA2, which is not read');
  if (cursor.at > end) throw damaged('a header that is too short');
  cursor.skip(end - cursor.at);
}

/** LZMA2 without a container. */
export function* unpackRawLzma2(input: Uint8Array, output: Output): Generator<void> {
  yield* unpackLzma2(new PackedCursor(input), output);
}

function* unpackLzma2(cursor: PackedCursor, output: Output): Generator<void> {
  const decoder = new LzmaDecoder(output);
  for (let control = cursor.u8(); control !== 0; control = cursor.u8()) {
    if (control === 1 || control >= 0xe0) decoder.resetDictionary();
    if (control < 0x80) {
      if (control > 2) throw damaged('the kind of a chunk');
      const size = u16(cursor) + 1;
      // A chunk may be cut off: the bytes that are there count.
      output.append(cursor.take(Math.min(size, cursor.left)));
    } else {
      const target = output.size + ((control & 0x1f) << 16) + u16(cursor) + 1;
      const size = u16(cursor) + 1;
      if (control >= 0xc0) decoder.configure(cursor.u8());
      else if (control >= 0xa0) decoder.resetState();
      decoder.begin(cursor.bytes, cursor.at, cursor.at + size);
      decoder.run(target);
      cursor.skip(size);
    }
    yield;
  }
}

/** Skips the index (after the byte that begins it) and the stream's footer. */
function skipIndex(cursor: PackedCursor): void {
  for (let records = multibyte(cursor); records > 0; records -= 1) {
    multibyte(cursor);
    multibyte(cursor);
  }
  align(cursor);
  cursor.skip(4 + 12);
}

/** To the next multiple of four. */
function align(cursor: PackedCursor): void {
  cursor.skip(-cursor.at & 3);
}

/** Nine bytes at most (1.2). */
function multibyte(cursor: PackedCursor): number {
  const value = cursor.varint(9);
  if (value === undefined) throw damaged('a number that does not end');
  return value;
}

/** Big-endian. */
function u16(cursor: PackedCursor): number {
  return (cursor.u8() << 8) | cursor.u8();
}
