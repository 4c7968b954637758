/**
 * The index of a checkpoint (`tensorflow/core/util/tensor_bundle`): a table of LevelDB (`tensorflow/core/lib/io/format.h`) that says for each
 * tensor in which data file it lies, and where.
 */
import { NUMBER, walkMessage, type MessageSpec } from '../protobuf/wire.js';
import { bytesSource, MemoryCursor, type ByteSource } from '../bytes.js';
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
  const footer = new MemoryCursor(await source.read(source.size - FOOTER, FOOTER));
  handleOf(footer);
  const index = handleOf(footer);
  const blocks = index && (await readBlock(source, index, gaps));
  if (!blocks) gaps.push('the index of the checkpoint is damaged');
  // Every block is read once: a table that names one block again and again would never end.
  let read = 0;
  for (const { value } of blocks ?? []) {
    signal?.throwIfAborted();
    const handle = handleOf(new MemoryCursor(value));
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
  const cursor = new MemoryCursor(bytes.subarray(0, Math.max(0, end)));
  const entries: { key: Uint8Array; value: Uint8Array }[] = [];
  let last = new Uint8Array(0);
  let kept = 0;
  while (cursor.left > 0) {
    const shared = cursor.varint(9) ?? Infinity;
    const own = cursor.varint(9) ?? Infinity;
    const length = cursor.varint(9) ?? Infinity;
    kept += shared + own;
    // A key may share bytes with the key before it: a short block could ask for very long keys.
    if (shared > last.length || own + length > cursor.left || kept > BLOCK_LIMIT) {
      gaps.push(`the index of the checkpoint is damaged in the block at byte ${offset}`);
      break;
    }
    const rest = cursor.take(own);
    const value = cursor.take(length);
    const key = new Uint8Array(shared + rest.length);
    key.set(last.subarray(0, shared));
    key.set(rest, shared);
    last = key;
    entries.push({ key, value });
  }
  return entries;
}

/** `BlockHandle`: two varints. */
function handleOf(cursor: MemoryCursor): Handle | undefined {
  const [offset, size] = [cursor.varint(9), cursor.varint(9)];
  return offset === undefined || size === undefined ? undefined : { offset, size };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
