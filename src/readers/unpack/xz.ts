/** The `.xz` container (The .xz File Format 1.2.1) around LZMA2 (as in the LZMA SDK). Checksums are not asked. */
import { LzmaDecoder } from './lzma.js';
import { damaged, Stopped, type Output } from './output.js';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const LZMA2 = 0x21;
/** Bytes of the check after a block, by the stream's flags (2.1.1.2). */
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** Yields after each chunk of at most 2 MiB. */
export function* unpackXz(input: Uint8Array, output: Output): Generator<void> {
  const reader = new Reader(input);
  do {
    for (const byte of MAGIC) if (reader.u8() !== byte) throw damaged('no beginning of a stream');
    reader.skip(1);
    const check = CHECK_SIZES[reader.u8() & 15] ?? 0;
    reader.skip(4);
    for (let size = reader.u8(); size !== 0; size = reader.u8()) {
      readBlockHeader(reader, reader.at + (size + 1) * 4 - 1);
      yield* unpackLzma2(reader, output);
      reader.align();
      reader.skip(check);
    }
    skipIndex(reader);
    if (reader.left < 0) throw damaged('it ends too early');
    // Zeros may stand between streams.
    while (reader.left >= 4 && reader.zeros(4)) reader.skip(4);
  } while (MAGIC.every((byte, index) => input[reader.at + index] === byte));
  if (reader.left > 0) throw new Stopped(`${reader.left} bytes follow the end of the packed data`);
}

/** Leaves the reader at `end`, after the header, when the block is packed with nothing but LZMA2. */
function readBlockHeader(reader: Reader, end: number): void {
  const flags = reader.u8();
  if ((flags & 0x40) !== 0) reader.multibyte();
  if ((flags & 0x80) !== 0) reader.multibyte();
  const filter = reader.multibyte();
  if ((flags & 3) !== 0 || filter !== LZMA2)
    throw new Stopped('it is packed with a filter besides LZMA2, which is not read');
  reader.skip(end - reader.at);
}

/** LZMA2 without a container. */
export function* unpackRawLzma2(input: Uint8Array, output: Output): Generator<void> {
  yield* unpackLzma2(new Reader(input), output);
}

function* unpackLzma2(reader: Reader, output: Output): Generator<void> {
  const decoder = new LzmaDecoder(output);
  for (let control = reader.u8(); control !== 0; control = reader.u8()) {
    if (control === 1 || control >= 0xe0) decoder.resetDictionary();
    if (control < 0x80) {
      if (control > 2) throw damaged('the kind of a chunk');
      output.append(reader.bytes(reader.u16() + 1));
    } else {
      const target = output.size + ((control & 0x1f) << 16) + reader.u16() + 1;
      const size = reader.u16() + 1;
      if (control >= 0xc0) decoder.configure(reader.u8());
      else if (control >= 0xa0) decoder.resetState();
      decoder.begin(reader.input, reader.at, reader.at + size);
      decoder.run(target);
      reader.skip(size);
    }
    yield;
  }
}

/** Steps over the index (after the byte that begins it) and the stream's footer. */
function skipIndex(reader: Reader): void {
  for (let records = reader.multibyte(); records > 0; records -= 1) {
    reader.multibyte();
    reader.multibyte();
  }
  reader.align();
  reader.skip(4 + 12);
}

class Reader {
  at = 0;

  constructor(readonly input: Uint8Array) {}

  get left(): number {
    return this.input.length - this.at;
  }

  u8(): number {
    const byte = this.input[this.at];
    if (byte === undefined) throw damaged('it ends too early');
    this.at += 1;
    return byte;
  }

  /** Big-endian. */
  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  /** Seven bits in a byte, the lowest first, nine bytes at most (1.2). */
  multibyte(): number {
    let value = 0;
    for (let index = 0; index < 9; index += 1) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw damaged('a number that does not end');
  }

  bytes(count: number): Uint8Array {
    const bytes = this.input.subarray(this.at, this.at + count);
    this.at += count;
    return bytes;
  }

  skip(count: number): void {
    if (count < 0) throw damaged('a header that is too short');
    this.at += count;
  }

  /** To the next multiple of four. */
  align(): void {
    this.at = Math.ceil(this.at / 4) * 4;
  }

  zeros(count: number): boolean {
    return this.input.subarray(this.at, this.at + count).every((byte) => byte === 0);
  }
}
