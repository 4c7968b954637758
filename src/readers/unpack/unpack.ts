/** Unpacks a whole file that was packed as joblib packs (`joblib/compressor.py`), within bounds and without throwing for its content. */
import { setImmediate } from 'node:timers/promises';
import { createGunzip, createInflate } from 'node:zlib';
import { sliceSource, type ByteSource } from '../bytes.js';
import { inflate } from './inflate.js';
import { unpackBzip2 } from './bzip2.js';
import { compressionOf, type Compression } from './magic.js';
import { unpackLz4 } from './lz4.js';
import { unpackLzma, unpackZipLzma } from './lzma.js';
import { Output, Stopped } from './output.js';
import { unpackXz } from './xz.js';
import { unpackZstd } from './zstd.js';
import type { Stop } from '../units.js';

/** What came out before the end, an error or the limit; `gap` says why not all of it did. */
export interface Unpacked {
  readonly bytes: Uint8Array;
  readonly gap: string | undefined;
}

/**
 * Unpacks up to `limit` bytes. Of the packed bytes at most `limit` are read, or 8 MiB when that is more: the largest piece that has to be
 * whole, a block of bzip2, has less. There is no bound on the ratio: zeros, which new layers are made of, pack 7,000 to 1.
 * Throws the signal's reason, or what `source.read` throws.
 */
export async function unpack(
  source: ByteSource,
  compression: Compression,
  limit: number,
  signal?: Stop,
): Promise<Unpacked> {
  if (compression === 'gzip') return inflate(source, createGunzip(), limit, signal);
  if (compression === 'zlib') return inflateRow(source, limit, signal);
  if (compression === 'zfile') {
    const head = await source.read(0, ZFILE_HEAD + 1);
    // Some versions of Python 2 wrote one blank more.
    const start = head[ZFILE_HEAD] === 0x20 ? ZFILE_HEAD + 1 : ZFILE_HEAD;
    return inflate(sliceSource(source, start, source.size - start), createInflate(), limit, signal);
  }
  return run(UNPACKERS[compression], source, limit, signal);
}

/** The same for a member of a ZIP archive, by its method (APPNOTE.TXT 6.3.10, 4.4.5); undefined for a method that is not read. */
export async function unpackMethod(
  source: ByteSource,
  method: number,
  limit: number,
  signal?: Stop,
): Promise<Unpacked | undefined> {
  const unpacker = METHODS.get(method);
  return unpacker && run(unpacker, source, limit, signal);
}

async function run(unpacker: Unpacker, source: ByteSource, limit: number, signal?: Stop): Promise<Unpacked> {
  const input = await source.read(0, packedLimit(limit));
  const output = new Output(limit);
  const stopped = await drive(unpacker(input, output), output, signal);
  if (stopped === undefined) return { bytes: output.bytes, gap: undefined };
  const cut = input.length < source.size && !stopped.startsWith('it unpacks');
  return { bytes: output.bytes, gap: cut ? `only its first ${input.length} bytes were unpacked` : stopped };
}

/** `ZF`, and a hexadecimal number of 64 bits filled up with blanks. */
const ZFILE_HEAD = 2 + 19;

/** Streams in a row that are followed: each costs at least a stream's set-up. */
const STREAMS_LIMIT = 10_000;

/** One zlib stream behind another, as joblib reads them (`BinaryZlibFile`). */
async function inflateRow(source: ByteSource, limit: number, signal?: Stop): Promise<Unpacked> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let gap: string | undefined;
  let at = 0;
  for (let count = 0; at < source.size && gap === undefined; count += 1) {
    const rest = sliceSource(source, at, source.size - at);
    if (count > 0 && compressionOf(await rest.read(0, 16)) !== 'zlib') {
      gap = `${rest.size} bytes after its compressed data were not looked at`;
      break;
    }
    if (count >= STREAMS_LIMIT || size >= limit) {
      gap = `it unpacks to more than was read: ${rest.size} bytes of compressed data are left`;
      break;
    }
    const stream = createInflate();
    const unpacked = await inflate(rest, stream, limit - size, signal);
    parts.push(unpacked.bytes);
    size += unpacked.bytes.length;
    ({ gap } = unpacked);
    if (stream.bytesWritten === 0) break;
    at += stream.bytesWritten;
  }
  return { bytes: parts.length === 1 ? (parts[0] ?? new Uint8Array()) : Buffer.concat(parts), gap };
}

/** Bytes of packed data that are read to make `limit` bytes of them. */
export function packedLimit(limit: number): number {
  return Math.max(limit, 8 * 1024 * 1024);
}

/** Runs an unpacker to its end, or to where it stops: then returns why. Throws the signal's reason. */
export async function drive(
  steps: Generator<void, unknown>,
  output: Output,
  signal?: Stop,
): Promise<string | undefined> {
  try {
    for (let step = 1, pause = PAUSE; steps.next().done !== true; step += 1) {
      signal?.throwIfAborted();
      if (output.size < pause && step % STEPS !== 0) continue;
      // Other work of this thread, such as the editor's, gets a turn.
      await setImmediate();
      pause = output.size + PAUSE;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return error.message;
  }
}

/** Bytes unpacked in one turn, and pieces, which may be empty. */
const PAUSE = 4 * 1024 * 1024;
const STEPS = 4096;

type Unpacker = (input: Uint8Array, output: Output) => Generator<void, unknown>;

const UNPACKERS = { bz2: unpackBzip2, lzma: unpackLzma, xz: unpackXz, lz4: unpackLz4, zstd: unpackZstd };

const METHODS: ReadonlyMap<number, Unpacker> = new Map<number, Unpacker>([
  [12, unpackBzip2],
  [14, unpackZipLzma],
  [93, unpackZstd],
  [95, unpackXz],
]);
