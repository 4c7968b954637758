/**
 * The index of a checkpoint (`tensorflow/core/util/tensor_bundle`): a table of LevelDB (`tensorflow/core/lib/io/format.h`) that says for each
 * tensor in which data file it lies, and where.
 */
import type { ByteSource } from '../bytes.js';
import { NUMBER, walkMessage, type MessageSpec } from '../protobuf/wire.js';
import { bytesSource } from '../bytes.js';
import { unsnappy } from '../unpack/snappy.js';
import type { Stop } from '../units.js';

export interface Bundle {
  /** Number of data files. */
  readonly shards: number;
  readonly tensors: readonly BundleTensor[];
  readonly gaps: readonly string[];
}

export interface BundleTensor {
  readonly name: string;
  readonly shard: number;
  /** In its data file. */
  readonly offset: number;
  readonly size: number;
}

/** `kTableMagicNumber`, the last eight bytes. */
const MAGIC = 0xdb4775248b80fb57n;
const FOOTER = 48;
/** A block is written when it has 256 KiB (`table_options.h`); one entry can be longer. */
const BLOCK_LIMIT = 16 * 1024 * 1024;
const TENSORS_KEPT = 500_000;
const UTF8 = new TextDecoder();

const HEADER: MessageSpec = { name: 'BundleHeaderProto', fields: { 1: NUMBER } };
// shard_id, offset, size.
const ENTRY: MessageSpec = { name: 'BundleEntryProto', fields: { 3: NUMBER, 4: NUMBER, 5: NUMBER } };

export async function looksLikeBundle(source: ByteSource): Promise<boolean> {
  if (source.size < FOOTER) return false;
  const tail = await source.read(source.size - 8, 8);
  return tail.length === 8 && view(tail).getBigUint64(0, true) === MAGIC;
}

export async function readBundle(source: ByteSource, signal?: Stop): Promise<Bundle> {
  const gaps: string[] = [];
  const tensors: BundleTensor[] = [];
  let shards = 1;
  const footer = new Reader(await source.read(source.size - FOOTER, FOOTER));
  footer.handle();
  const index = footer.handle();
  const blocks = index && (await readBlock(source, index, gaps));
  if (!blocks) gaps.push('the index of the checkpoint is damaged');
  // Every block is read once: a table that names one over and over would never end.
  let read = 0;
  for (const { value } of blocks ?? []) {
    signal?.throwIfAborted();
    const handle = new Reader(value).handle();
    read += handle?.size ?? 0;
    if (read > source.size) gaps.push('the index of the checkpoint names a part of itself twice');
    const entries = handle && read <= source.size ? await readBlock(source, handle, gaps) : undefined;
    if (!entries) break;
    for (const entry of entries) {
      const spec = entry.key.length === 0 ? HEADER : ENTRY;
      const { root, faults } = await walkMessage(bytesSource(entry.value), spec);
      if (faults.length > 0) gaps.push('an entry of the checkpoint is damaged');
      if (spec === HEADER) shards = root.number(1) ?? 1;
      else if (tensors.length < TENSORS_KEPT)
        tensors.push({
          name: UTF8.decode(entry.key),
          shard: root.number(3) ?? 0,
          offset: root.number(4) ?? 0,
          size: root.number(5) ?? 0,
        });
    }
    if (tensors.length >= TENSORS_KEPT) {
      gaps.push(`the checkpoint has more than ${TENSORS_KEPT} tensors`);
      break;
    }
  }
  return { shards, tensors, gaps };
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

async function readBlock(
  source: ByteSource,
  { offset, size }: Handle,
  gaps: string[],
): Promise<{ key: Uint8Array; value: Uint8Array }[] | undefined> {
  if (size > BLOCK_LIMIT || size < 4 || offset + size + 5 > source.size) {
    gaps.push(`a block of the checkpoint's index lies outside it (byte ${offset}, ${size} bytes)`);
    return undefined;
  }
  const stored = await source.read(offset, size + 1);
  // TensorFlow writes bundles without compression (`BundleWriter`), and reads them with Snappy's as well (`ReadBlock`).
  const kind = stored[size];
  const bytes =
    kind === 0 ? stored.subarray(0, size) : kind === 1 ? unsnappy(stored.subarray(0, size), BLOCK_LIMIT) : undefined;
  if (bytes === undefined || bytes.length < 4) {
    gaps.push(
      `a block of the index of the checkpoint is compressed in a way that is not read, or damaged (byte ${offset})`,
    );
    return undefined;
  }
  const restarts = view(bytes).getUint32(bytes.length - 4, true);
  const end = bytes.length - 4 - 4 * restarts;
  const reader = new Reader(bytes.subarray(0, Math.max(0, end)));
  const entries: { key: Uint8Array; value: Uint8Array }[] = [];
  let last = new Uint8Array(0);
  let kept = 0;
  while (!reader.done) {
    const [shared, own, length] = [reader.varint(), reader.varint(), reader.varint()];
    const rest = own === undefined ? undefined : reader.take(own);
    const value = length === undefined ? undefined : reader.take(length);
    kept += (shared ?? 0) + (own ?? 0);
    // Keys are given by what they share with the one before: a short block could ask for very long ones.
    if (
      shared === undefined ||
      shared > last.length ||
      rest === undefined ||
      value === undefined ||
      kept > BLOCK_LIMIT
    ) {
      gaps.push(`the index of the checkpoint is damaged in the block at byte ${offset}`);
      break;
    }
    const key = new Uint8Array(shared + rest.length);
    key.set(last.subarray(0, shared));
    key.set(rest, shared);
    last = key;
    entries.push({ key, value });
  }
  return entries;
}

/** Takes from bytes in memory; undefined behind their end. */
class Reader {
  #at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.#at >= this.bytes.length;
  }

  varint(): number | undefined {
    let value = 0;
    for (let scale = 1; scale < 2 ** 63; scale *= 128) {
      const byte = this.bytes[this.#at];
      if (byte === undefined) return undefined;
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  take(size: number): Uint8Array | undefined {
    if (size > this.bytes.length - this.#at) return undefined;
    this.#at += size;
    return this.bytes.subarray(this.#at - size, this.#at);
  }

  handle(): Handle | undefined {
    const [offset, size] = [this.varint(), this.varint()];
    return offset === undefined || size === undefined ? undefined : { offset, size };
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
