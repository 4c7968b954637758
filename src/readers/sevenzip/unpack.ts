/** Unpacks a block of a 7z archive within a bound. What needs a password, or is packed in a way that has no reader here, is a gap. */
import { createInflateRaw } from 'node:zlib';
import { inflate } from '../unpack/inflate.js';
import { bytesSource, sliceSource, type ByteSource } from '../bytes.js';
import { unpackBzip2 } from '../unpack/bzip2.js';
import { unpackRawLzma } from '../unpack/lzma.js';
import { Output } from '../unpack/output.js';
import { drive, packedLimit, type Unpacked } from '../unpack/unpack.js';
import { unpackRawLzma2 } from '../unpack/xz.js';
import { undoDelta, undoX86 } from './filters.js';
import type { Block, Coder } from './header.js';
import type { Stop } from '../units.js';

export interface UnpackedBlock {
  /** Up to where something stopped it. */
  readonly content: ByteSource;
  /** Bytes of it in memory: none of what lies in the file as it is. */
  readonly held: number;
  readonly gap: string | undefined;
}

/** 7zAES-256 + SHA-256 (`Methods.txt` of the LZMA SDK has all numbers). */
const ENCRYPTION = '06f10701';

export function isEncrypted({ coders }: Block): boolean {
  return coders.some(({ method }) => method === ENCRYPTION);
}

/** Up to `limit` bytes. Throws the signal's reason, or what `source.read` throws. */
export async function unpackBlock(
  source: ByteSource,
  block: Block,
  limit: number,
  signal?: Stop,
): Promise<UnpackedBlock> {
  const [packed] = block.packed;
  const unread = block.coders.find(({ method }) => !READ.has(method));
  if (isEncrypted(block)) return nothing('it is encrypted');
  if (block.odd !== undefined) return nothing(block.odd);
  if (unread)
    return nothing(`it is packed with ${NAMES.get(unread.method) ?? `method ${unread.method}`}, which is not read`);
  if (packed === undefined || packed.offset > source.size) return nothing('its packed data lies outside the file');
  let content = sliceSource(source, packed.offset, packed.size);
  let gap = content.size < packed.size ? 'the archive is cut off' : undefined;
  let own: Uint8Array | undefined;
  for (const coder of block.coders) {
    const filter = FILTERS.get(coder.method);
    if (coder.method === COPY) continue;
    if (filter) {
      own ??= Uint8Array.from(await content.read(0, limit));
      filter(own, coder.properties);
    } else {
      // What one coder gave is held while the next one works.
      const room = Math.max(0, limit - (own?.length ?? 0));
      const step = await unpackWith(coder, content, Math.min(room, coder.size), signal);
      own = step.bytes;
      gap ??= step.gap;
    }
    content = bytesSource(own);
  }
  return { content: sliceSource(content, 0, block.size), held: own?.length ?? 0, gap };
}

function nothing(gap: string): UnpackedBlock {
  return { content: bytesSource(new Uint8Array(0)), held: 0, gap };
}

const COPY = '00';
const DEFLATE = '040108';

type Unpacker = (input: Uint8Array, output: Output, coder: Coder) => Generator<void, unknown>;

const UNPACKERS: ReadonlyMap<string, Unpacker> = new Map<string, Unpacker>([
  ['21', (input, output) => unpackRawLzma2(input, output)],
  ['030101', (input, output, { properties, size }) => unpackRawLzma(input, properties[0] ?? 0xff, size, output)],
  ['040202', (input, output) => unpackBzip2(input, output)],
]);

const FILTERS: ReadonlyMap<string, (bytes: Uint8Array, properties: Uint8Array) => void> = new Map([
  [
    '03',
    (bytes: Uint8Array, [distance = 0]: Uint8Array) => {
      undoDelta(bytes, distance + 1);
    },
  ],
  ['04', undoX86],
  ['03030103', undoX86],
]);

const READ: ReadonlySet<string> = new Set([COPY, DEFLATE, ...UNPACKERS.keys(), ...FILTERS.keys()]);

const NAMES: ReadonlyMap<string, string> = new Map([
  ...([
    ['030401', 'PPMd'],
    ['040109', 'Deflate64'],
    ['04f71101', 'Zstandard'],
    ['04f71102', 'Brotli'],
  ] as const),
  ...([
    ['04f71104', 'LZ4'],
    ['0303011b', 'BCJ2'],
    ['03030501', 'a filter for ARM'],
    ['0a', 'a filter for ARM64'],
  ] as const),
]);

async function unpackWith(coder: Coder, source: ByteSource, limit: number, signal?: Stop): Promise<Unpacked> {
  if (coder.method === DEFLATE) return withinSize(await inflate(source, createInflateRaw(), limit, signal), coder);
  const input = await source.read(0, packedLimit(limit));
  const output = new Output(limit);
  const steps = UNPACKERS.get(coder.method)?.(input, output, coder);
  const gap = steps && (await drive(steps, output, signal));
  return withinSize({ bytes: output.bytes, gap }, coder);
}

/** Readers stop at the size that the archive states: more than that is no error, less is. */
function withinSize({ bytes, gap }: Unpacked, { size }: Coder): Unpacked {
  if (bytes.length >= size) return { bytes, gap: undefined };
  return { bytes, gap: gap ?? `its data ends after ${bytes.length} of ${size} bytes` };
}
