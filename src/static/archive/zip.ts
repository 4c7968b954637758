/**
 * A reader of ZIP archives that believes as little as it can: members come from the central directory and from the local
 * headers that it does not cover, so that no reader sees a member that this one does not. Flags, such as "encrypted", and
 * checksums are ignored; data before the archive is allowed; a broken member spoils no other. (APPNOTE.TXT 6.3.10.)
 */
import type { Transform } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { sliceSource, type ByteSource } from '../bytes.js';

export interface ZipMember {
  /** As written in the archive; not safe as a path, not safe to show. */
  readonly name: string;
  /** Offset of the local header. */
  readonly header: number;
  /** Offset of the (compressed) data. */
  readonly data: number;
  /** Bytes in the archive; Infinity when only the data itself tells its end. */
  readonly compressedSize: number;
  /** Bytes as declared; a bound for nothing. */
  readonly size: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  /** The general-purpose flag says that the data is encrypted. */
  readonly encrypted: boolean;
}

export interface ZipDirectory {
  readonly members: readonly ZipMember[];
  /** What could not be looked at. */
  readonly gaps: readonly string[];
  /** Where two readers of the archive can see different things. */
  readonly differences: readonly string[];
  /** No central directory was found: the archive is cut off, or is none. */
  readonly truncated: boolean;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const DESCRIPTOR = 0x08074b50;

/** More members than the largest sharded checkpoints have. */
const MEMBERS_KEPT = 50_000;
/** Regions that no member covers are searched for local headers in pieces of this size. */
const CHUNK = 1024 * 1024;

/** True when the source begins like an archive, or ends like one. */
export async function looksLikeZip(source: ByteSource): Promise<boolean> {
  const head = view(await source.read(0, 4));
  if (head.byteLength === 4) {
    const signature = head.getUint32(0, true);
    if (signature === LOCAL || signature === END) return true;
  }
  return (await findEnd(source)) !== undefined;
}

/** Reads the list of members; never throws for what the archive holds. It is read once for each source. */
export function readZip(source: ByteSource, signal?: AbortSignal): Promise<ZipDirectory> {
  const known = DIRECTORIES.get(source);
  if (known) return known;
  const directory = readDirectory(source, signal);
  DIRECTORIES.set(source, directory);
  return directory;
}

const DIRECTORIES = new WeakMap<ByteSource, Promise<ZipDirectory>>();

async function readDirectory(source: ByteSource, signal?: AbortSignal): Promise<ZipDirectory> {
  const gaps: string[] = [];
  const differences: string[] = [];
  const end = await findEnd(source);
  const central = end ? await readCentral(source, end, gaps) : [];
  const members: ZipMember[] = [];
  for (const entry of central) {
    const member = await locate(source, entry, gaps, differences);
    if (member) members.push(member);
  }
  if (!end && source.size > 0) gaps.push('the archive has no directory at its end: it is cut off or damaged');
  const search: Search = { source, signal, left: 2 * source.size + 64 * CHUNK };
  await addUncovered(search, members, end ? end.start : source.size, differences);
  if (search.left <= 0) gaps.push('the archive has more places that look like members than were looked at');
  return { members, gaps, differences, truncated: end === undefined };
}

/** Bounds of one member's content. */
export interface InflateLimits {
  /** Bytes to produce at most. */
  readonly size: number;
}

export type MemberContent =
  | { readonly ok: true; readonly source: ByteSource; readonly gap?: string }
  | { readonly ok: false; readonly gap: string };

/**
 * The content of a member. Stored data is read in place, however large; deflated data is inflated into memory up to the limit,
 * and what was inflated before an error or the limit is still given, with a gap that says so.
 */
export async function memberContent(
  source: ByteSource,
  member: ZipMember,
  limits: InflateLimits,
  signal?: AbortSignal,
): Promise<MemberContent> {
  const raw = sliceSource(source, member.data, member.compressedSize);
  if (member.method === 0) {
    const whole = member.compressedSize === Infinity || member.data + member.compressedSize <= source.size;
    return { ok: true, source: raw, ...(whole ? {} : { gap: 'its data is cut off' }) };
  }
  if (member.method !== 8)
    return { ok: false, gap: `it is compressed with method ${member.method}, which is not read` };
  const { bytes, gap } = await inflate(raw, createInflateRaw(), limits.size, signal);
  return { ok: true, source: memory(bytes), ...(gap === undefined ? {} : { gap }) };
}

function memory(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)) };
}

/** Runs a zlib stream over a source, up to `limit` bytes of output. */
export async function inflate(
  source: ByteSource,
  stream: Transform,
  limit: number,
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; gap: string | undefined }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let gap: string | undefined;
  let done = false;
  stream.on('data', (chunk: Uint8Array) => {
    if (size + chunk.length > limit) {
      gap = `it unpacks to more than ${limit} bytes`;
      chunk = chunk.subarray(0, limit - size);
      done = true;
    }
    chunks.push(chunk);
    size += chunk.length;
    if (done) stream.destroy();
  });
  const closed = new Promise<void>((resolve) => {
    stream.on('end', () => {
      done = true;
      resolve();
    });
    stream.on('error', (error: Error) => {
      gap ??= `its compressed data is damaged or cut off (${error.message})`;
      done = true;
      resolve();
    });
    stream.on('close', resolve);
  });
  try {
    for (let offset = 0; offset < source.size; offset += CHUNK) {
      // `done` is set by the stream's events.
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition
      if (done) break;
      signal?.throwIfAborted();
      const chunk = await source.read(offset, CHUNK);
      if (chunk.length === 0) break;
      await new Promise<void>((resolve) => {
        const go = () => {
          stream.off('close', go);
          resolve();
        };
        stream.once('close', go);
        stream.write(chunk, go);
      });
    }
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition
    if (!done) stream.end();
    await closed;
  } finally {
    stream.destroy();
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes, gap };
}

interface End {
  /** Offset of the first record that ends the archive. */
  readonly start: number;
  readonly directory: number;
  readonly directorySize: number;
  /** What to add to every offset in the directory: bytes before the archive. */
  readonly shift: number;
}

async function findEnd(source: ByteSource): Promise<End | undefined> {
  // The record has 22 bytes and a comment of at most 65,535.
  const from = Math.max(0, source.size - 22 - 0xffff);
  const bytes = await source.read(from, source.size - from);
  if (bytes.length < 22) return undefined;
  const tail = view(bytes);
  for (let next = bytes.length - 22; next >= 0; next -= 1) {
    const at = bytes.lastIndexOf(0x50, next);
    if (at < 0) return undefined;
    next = at;
    if (tail.getUint32(at, true) !== END) continue;
    const here = from + at;
    let directorySize = tail.getUint32(at + 12, true);
    let directory = tail.getUint32(at + 16, true);
    let start = here;
    if (at >= 20 && tail.getUint32(at - 20, true) === LOCATOR64) {
      const place = Number(tail.getBigUint64(at - 12, true));
      const record = view(await source.read(place, 56));
      if (record.byteLength === 56 && record.getUint32(0, true) === END64) {
        directorySize = Number(record.getBigUint64(40, true));
        directory = Number(record.getBigUint64(48, true));
        start = place;
      }
    }
    if (directorySize > start) continue;
    // Python's zipfile finds the directory right before its end record, and corrects offsets for what was put before the archive.
    return {
      start: start - directorySize,
      directory: start - directorySize,
      directorySize,
      shift: start - directorySize - directory,
    };
  }
  return undefined;
}

type Entry = Omit<ZipMember, 'data'>;

async function readCentral(source: ByteSource, end: End, gaps: string[]): Promise<Entry[]> {
  // 46 bytes and two names of 64 KiB at most for each; a directory past this bound holds more members than are kept anyway.
  const bytes = await source.read(end.directory, Math.min(end.directorySize, MEMBERS_KEPT * 1024));
  const data = view(bytes);
  const entries: Entry[] = [];
  let at = 0;
  while (at + 46 <= data.byteLength && data.getUint32(at, true) === CENTRAL) {
    if (entries.length >= MEMBERS_KEPT) {
      gaps.push(`the archive has more than ${MEMBERS_KEPT} members`);
      return entries;
    }
    const nameLength = data.getUint16(at + 28, true);
    const extraLength = data.getUint16(at + 30, true);
    const commentLength = data.getUint16(at + 32, true);
    const sizes = {
      size: data.getUint32(at + 24, true),
      compressedSize: data.getUint32(at + 20, true),
      header: data.getUint32(at + 42, true),
    };
    const name = NAME.decode(bytes.subarray(at + 46, at + 46 + nameLength));
    widen(data, at + 46 + nameLength, extraLength, sizes);
    entries.push({
      name,
      ...sizes,
      header: sizes.header + end.shift,
      method: data.getUint16(at + 10, true),
      encrypted: (data.getUint16(at + 8, true) & 1) === 1,
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  if (at < end.directorySize) gaps.push(`the directory of the archive is damaged at byte ${end.directory + at}`);
  return entries;
}

/** The zip64 extra field: 64-bit values for those fields that are all ones, in this order. */
function widen(
  data: DataView,
  start: number,
  length: number,
  sizes: { size: number; compressedSize: number; header?: number },
): void {
  const stop = Math.min(start + length, data.byteLength);
  for (let at = start; at + 4 <= stop;) {
    const id = data.getUint16(at, true);
    const size = data.getUint16(at + 2, true);
    if (id === 1) {
      let field = at + 4;
      for (const key of ['size', 'compressedSize', 'header'] as const) {
        if (sizes[key] !== 0xffffffff || field + 8 > Math.min(stop, at + 4 + size)) continue;
        sizes[key] = Number(data.getBigUint64(field, true));
        field += 8;
      }
    }
    at += 4 + size;
  }
}

/** Finds the data of a member that the central directory names. */
async function locate(
  source: ByteSource,
  entry: Entry,
  gaps: string[],
  differences: string[],
): Promise<ZipMember | undefined> {
  const header = view(await source.read(entry.header, 30));
  if (header.byteLength < 30 || header.getUint32(0, true) !== LOCAL) {
    gaps.push(`member ${entry.name} has no header at byte ${entry.header}`);
    return undefined;
  }
  const nameLength = header.getUint16(26, true);
  const localName = NAME.decode(await source.read(entry.header + 30, nameLength));
  // A reader that goes by local headers sees another name: torch's own does (CVE-2025-1944).
  if (localName !== entry.name) differences.push(`member ${entry.name} is called ${localName} by its own header`);
  const method = header.getUint16(8, true);
  if (method !== entry.method)
    differences.push(`member ${entry.name} has two compression methods, ${entry.method} and ${method}`);
  return { ...entry, data: entry.header + 30 + nameLength + header.getUint16(28, true) };
}

/** Looks for local headers in every part of the archive that no member covers. */
async function addUncovered(search: Search, members: ZipMember[], end: number, differences: string[]): Promise<void> {
  const covered = members
    .map((member) => [member.header, member.data + member.compressedSize] as const)
    .sort(([left], [right]) => left - right);
  covered.push([end, end]);
  const listed = members.length > 0;
  let at = 0;
  for (const [start, stop] of covered) {
    while (at < start) {
      const found = await findSignature(search, at, start, LOCAL);
      if (found === undefined) break;
      const member = await readLocal(search, found, end);
      if (member && members.length < MEMBERS_KEPT) {
        members.push(member);
        if (listed) differences.push(`member ${member.name} is not in the directory of the archive`);
        at = Math.max(found + 4, Math.min(member.data + member.compressedSize, start));
      } else at = found + 4;
    }
    at = Math.max(at, stop);
  }
}

/** A member by its local header alone. */
async function readLocal(search: Search, header: number, end: number): Promise<ZipMember | undefined> {
  const { source } = search;
  const fixed = view(await source.read(header, 30));
  if (fixed.byteLength < 30) return undefined;
  const flags = fixed.getUint16(6, true);
  const nameLength = fixed.getUint16(26, true);
  const extraLength = fixed.getUint16(28, true);
  const rest = await source.read(header + 30, nameLength + extraLength);
  if (rest.length < nameLength || nameLength === 0) return undefined;
  const sizes = { size: fixed.getUint32(22, true), compressedSize: fixed.getUint32(18, true) };
  widen(view(rest), nameLength, extraLength, sizes);
  const data = header + 30 + nameLength + extraLength;
  const method = fixed.getUint16(8, true);
  if ((flags & 8) !== 0 && sizes.compressedSize === 0) {
    const descriptor = await findSignature(search, data, end, DESCRIPTOR);
    const next = descriptor ?? (await findSignature(search, data, end, LOCAL)) ?? Math.max(data, end);
    sizes.compressedSize = next - data;
    sizes.size = next - data;
  }
  return {
    name: NAME.decode(rest.subarray(0, nameLength)),
    header,
    data,
    ...sizes,
    method,
    encrypted: (flags & 1) === 1,
  };
}

/** A search through the archive, with the bytes that it may still read: an archive made of headers would be read once for each. */
interface Search {
  readonly source: ByteSource;
  readonly signal: AbortSignal | undefined;
  left: number;
}

async function findSignature(search: Search, from: number, to: number, signature: number): Promise<number | undefined> {
  // Most searches end close by.
  for (let offset = from, piece = 4096; offset < to && search.left > 0; offset += piece, piece = CHUNK) {
    search.signal?.throwIfAborted();
    const chunk = await search.source.read(offset, Math.min(piece + 3, to - offset + 3));
    search.left -= chunk.length;
    const data = view(chunk);
    for (let at = chunk.indexOf(0x50); at >= 0 && at + 4 <= chunk.length; at = chunk.indexOf(0x50, at + 1)) {
      if (data.getUint32(at, true) === signature) return offset + at < to ? offset + at : undefined;
    }
    if (chunk.length === 0) return undefined;
  }
  return undefined;
}

const NAME = new TextDecoder('utf-8');

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
