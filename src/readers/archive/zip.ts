/**
 * A reader of ZIP archives that believes as little as it can: members come from the central directory and from the local
 * headers that it does not cover, so that no reader sees a member that this one does not. Flags, such as "encrypted", and
 * checksums are ignored; data before the archive is allowed; a broken member spoils no other. (APPNOTE.TXT 6.3.10.)
 */
import { createInflateRaw } from 'node:zlib';
import { bytesSource, neighboursSource, sliceSource, type ByteSource } from '../bytes.js';
import { inflate } from '../unpack/inflate.js';
import { unpackMethod } from '../unpack/unpack.js';
import type { Stop } from '../units.js';

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
  /** Checksum as declared, CRC-32. */
  readonly crc: number;
  /** A symbolic link by the Unix mode in the directory: its data is its target. */
  readonly link: boolean;
}

export interface ZipDirectory {
  readonly members: readonly ZipMember[];
  /** What could not be looked at. */
  readonly gaps: readonly string[];
  /** Where two readers of the archive can see different things. */
  readonly differences: readonly string[];
  /** Members whose data lies on that of others, and how many: bytes that are unpacked once for each. */
  readonly overlaps: { readonly count: number; readonly first: string } | undefined;
  /** Members that were not kept, for the directory or the search was too long. */
  readonly crowded: boolean;
  /** No central directory was found: the archive is cut off, or is none. */
  readonly truncated: boolean;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const DESCRIPTOR = 0x08074b50;

/** As many as are looked at of one file (`Job`); the largest sharded checkpoints have some ten thousand. They take some 100 MB. */
const MEMBERS_KEPT = 200_000;
/** Characters of all names together: one can have 65,535. */
const NAMES_KEPT = 16 * 1024 * 1024;
/** Regions that no member covers are searched for local headers in pieces of this size. */
const CHUNK = 1024 * 1024;

/** True when the source begins like an archive, or ends like one. */
export async function looksLikeZip(source: ByteSource): Promise<boolean> {
  const head = view(await source.read(0, 4));
  if (head.byteLength === 4) {
    const signature = head.getUint32(0, true);
    if (signature === LOCAL || signature === END) return true;
  }
  const end = await findEnd(source);
  if (!end) return false;
  const first = view(await source.read(end.directory, 4));
  return end.directorySize === 0 || (first.byteLength === 4 && first.getUint32(0, true) === CENTRAL);
}

/** Offset of the record that ends the archive; undefined when there is none. */
export async function zipEnd(source: ByteSource): Promise<number | undefined> {
  return (await findEnd(source))?.start;
}

/** Archives that lie one behind another and fill the source, by their offsets; undefined when it is anything else. */
export async function zipsInRow(source: ByteSource): Promise<{ offset: number; size: number }[] | undefined> {
  const row: { offset: number; size: number }[] = [];
  for (let stop = source.size; stop > 0 && row.length < ROW_KEPT;) {
    const end = await findEnd(sliceSource(source, 0, stop));
    if (end?.stop !== stop || end.shift >= end.start) return undefined;
    const head = view(await source.read(end.shift, 4));
    if (head.byteLength < 4 || head.getUint32(0, true) !== LOCAL) return undefined;
    row.unshift({ offset: end.shift, size: stop - end.shift });
    stop = end.shift;
  }
  return row.length > 1 && row[0]?.offset === 0 ? row : undefined;
}

const ROW_KEPT = 10_000;

/** Reads the list of members; never throws for what the archive holds. It is read once for each source. */
export function readZip(source: ByteSource, signal?: Stop): Promise<ZipDirectory> {
  const known = DIRECTORIES.get(source);
  if (known) return known;
  const directory = readDirectory(source, signal);
  DIRECTORIES.set(source, directory);
  return directory;
}

const DIRECTORIES = new WeakMap<ByteSource, Promise<ZipDirectory>>();

async function readDirectory(source: ByteSource, signal?: Stop): Promise<ZipDirectory> {
  const gaps: string[] = [];
  const differences = new Differences();
  const end = await findEnd(source);
  const central = end ? await readCentral(source, end, gaps, signal) : { entries: [], crowded: false };
  const members: ZipMember[] = [];
  const near = neighboursSource(source);
  for (const [index, entry] of central.entries.entries()) {
    if (index % 1024 === 0) signal?.throwIfAborted();
    if (await locate(near, entry, gaps, differences)) members.push(entry);
  }
  if (!end && source.size > 0) gaps.push('the archive has no directory at its end: it is cut off or damaged');
  if (end) judgeEnds(source, end, differences);
  judgeNames(members, differences);
  const overlaps = findOverlaps(members);
  const search: Search = { source, signal, left: 2 * source.size + 64 * CHUNK };
  if (!central.crowded) await addUncovered(search, members, end ? end.start : source.size, differences);
  if (search.left <= 0) gaps.push('the archive has more places that look like members than were looked at');
  const crowded = central.crowded || members.length >= MEMBERS_KEPT;
  if (crowded) gaps.unshift(`the archive has more members than the ${members.length} that were looked at`);
  return {
    members,
    gaps: gaps.slice(0, LISTED),
    differences: differences.list,
    overlaps,
    crowded,
    truncated: end === undefined,
  };
}

/** Gaps and differences reported of one archive. */
const LISTED = 100;

class Differences {
  readonly list: string[] = [];
  add(text: string): void {
    if (this.list.length < LISTED) this.list.push(text);
  }
}

/** Bytes before the first member and after the end: some readers allow them, some do not, some find another archive in them. */
function judgeEnds(source: ByteSource, end: End, differences: Differences): void {
  if (end.shift > 0) differences.add(`${end.shift} bytes stand before the archive`);
  if (end.doubled) differences.add('there are two ends, each with a directory');
  if (end.stop < source.size) differences.add(`${source.size - end.stop} bytes follow the archive`);
}

/** Of two members with one name, some readers take the first and some the last. */
function judgeNames(members: readonly ZipMember[], differences: Differences): void {
  const names = new Set<string>();
  for (const { name } of members) {
    if (names.has(name)) differences.add(`two members are called ${name}`);
    names.add(name);
  }
}

function findOverlaps(members: readonly ZipMember[]): ZipDirectory['overlaps'] {
  const ranges = [...members].sort((a, b) => a.header - b.header);
  let reach = 0;
  let count = 0;
  let first: string | undefined;
  for (const member of ranges) {
    if (member.header < reach) {
      count += 1;
      first ??= member.name;
    }
    reach = Math.max(reach, member.data + (member.compressedSize === Infinity ? 0 : member.compressedSize));
  }
  return first === undefined ? undefined : { count, first };
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
  signal?: Stop,
): Promise<MemberContent> {
  const raw = sliceSource(source, member.data, member.compressedSize);
  if (member.method === 0) {
    const whole = member.compressedSize === Infinity || member.data + member.compressedSize <= source.size;
    return { ok: true, source: raw, ...(whole ? {} : { gap: 'its data is cut off' }) };
  }
  const unpacked =
    member.method === 8
      ? await inflate(raw, createInflateRaw(), limits.size, signal)
      : await unpackMethod(raw, member.method, limits.size, signal);
  if (unpacked === undefined)
    return { ok: false, gap: `it is compressed with method ${member.method}, which is not read` };
  const { bytes, gap } = unpacked;
  return { ok: true, source: bytesSource(bytes), ...(gap === undefined ? {} : { gap }) };
}

interface End {
  /** Offset of the first record that ends the archive. */
  readonly start: number;
  readonly directory: number;
  readonly directorySize: number;
  /** Offset after the end record and its comment. */
  readonly stop: number;
  /** Another end record is there, with a directory of its own. */
  readonly doubled: boolean;
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
    let doubled = hasOuterEnd(tail, at);
    if (at >= 20 && tail.getUint32(at - 20, true) === LOCATOR64) {
      // Python's zipfile takes the record that stands right before its locator, others the one that the locator points to.
      const pointed = Number(tail.getBigUint64(at - 12, true));
      const places = [here - 20 - 56, pointed];
      const records = await Promise.all(places.map(async (place) => view(await source.read(place, 56))));
      const valid = records.findIndex((record) => record.byteLength === 56 && record.getUint32(0, true) === END64);
      const record = records[valid];
      if (record) {
        directorySize = Number(record.getBigUint64(40, true));
        directory = Number(record.getBigUint64(48, true));
        start = places[valid] ?? here;
        const [, other] = records;
        doubled ||= pointed !== start && other?.byteLength === 56 && other.getUint32(0, true) === END64;
      }
    }
    if (directorySize > start) continue;
    // Python's zipfile finds the directory right before its end record, and corrects offsets for what was put before the archive.
    return {
      start: start - directorySize,
      directory: start - directorySize,
      directorySize,
      shift: start - directorySize - directory,
      stop: here + 22 + tail.getUint16(at + 20, true),
      doubled,
    };
  }
  return undefined;
}

/** True when the record lies in the comment of another: readers that search from the front take that one. */
function hasOuterEnd(tail: DataView, inner: number): boolean {
  for (let at = inner - 22; at >= 0; at -= 1) {
    if (tail.getUint8(at) === 0x50 && tail.getUint32(at, true) === END)
      return at + 22 + tail.getUint16(at + 20, true) > inner;
  }
  return false;
}

/** A member whose data is not found yet: its offset is filled in, for two objects each would be twice the memory. */
interface Entry extends ZipMember {
  data: number;
}

/** Bytes of the directory read at once; one entry has 46 bytes and three texts of 64 KiB at most. */
const DIRECTORY_PIECE = 1024 * 1024;
const ENTRY_LIMIT = 46 + 3 * 0xffff;

async function readCentral(
  source: ByteSource,
  end: End,
  gaps: string[],
  signal?: Stop,
): Promise<{ entries: Entry[]; crowded: boolean }> {
  const entries: Entry[] = [];
  let names = 0;
  const stop = end.directory + end.directorySize;
  let base = end.directory;
  let bytes: Uint8Array = new Uint8Array(0);
  let data = view(bytes);
  let at = 0;
  for (;;) {
    if (at + ENTRY_LIMIT > bytes.length && base + bytes.length < stop) {
      signal?.throwIfAborted();
      base += at;
      at = 0;
      bytes = await source.read(base, Math.min(DIRECTORY_PIECE, stop - base));
      data = view(bytes);
    }
    if (at + 46 > data.byteLength || data.getUint32(at, true) !== CENTRAL) break;
    const nameLength = data.getUint16(at + 28, true);
    names += nameLength;
    if (entries.length >= MEMBERS_KEPT || names > NAMES_KEPT) return { entries, crowded: true };
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
      header: sizes.header + end.shift,
      data: 0,
      compressedSize: sizes.compressedSize,
      size: sizes.size,
      method: data.getUint16(at + 10, true),
      encrypted: (data.getUint16(at + 8, true) & 1) === 1,
      crc: data.getUint32(at + 16, true),
      // The upper half of the external attributes is the mode; S_IFLNK is 0o120000.
      link: ((data.getUint32(at + 38, true) >>> 16) & 0o170000) === 0o120000,
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  if (base + at < stop) gaps.push(`the directory of the archive is damaged at byte ${base + at}`);
  return { entries, crowded: false };
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

/** Bytes read of a name together with its header. */
const NAME_GUESS = 98;

/** Finds the data of a member that the central directory names; false when there is none. */
async function locate(source: ByteSource, entry: Entry, gaps: string[], differences: Differences): Promise<boolean> {
  const bytes = await source.read(entry.header, 30 + NAME_GUESS);
  const header = view(bytes.subarray(0, 30));
  if (header.byteLength < 30 || header.getUint32(0, true) !== LOCAL) {
    if (gaps.length < LISTED) gaps.push(`member ${entry.name} has no header at byte ${entry.header}`);
    return false;
  }
  const nameLength = header.getUint16(26, true);
  const localName = NAME.decode(
    nameLength <= NAME_GUESS ? bytes.subarray(30, 30 + nameLength) : await source.read(entry.header + 30, nameLength),
  );
  // A reader that goes by local headers sees another name: torch's own does (CVE-2025-1944).
  if (localName !== entry.name) differences.add(`member ${entry.name} is called ${localName} by its own header`);
  const method = header.getUint16(8, true);
  if (method !== entry.method)
    differences.add(`member ${entry.name} has two compression methods, ${entry.method} and ${method}`);
  // With this flag the header has no sizes, they follow the data.
  const later = (header.getUint16(6, true) & 8) !== 0;
  const size = header.getUint32(18, true);
  if (!later && size !== 0xffffffff && size !== entry.compressedSize)
    differences.add(`member ${entry.name} has two sizes, ${entry.compressedSize} and ${size} bytes`);
  entry.data = entry.header + 30 + nameLength + header.getUint16(28, true);
  return true;
}

/** Looks for local headers in every part of the archive that no member covers. */
async function addUncovered(
  search: Search,
  members: ZipMember[],
  end: number,
  differences: Differences,
): Promise<void> {
  const covered = [...members].sort((left, right) => left.header - right.header);
  const listed = members.length > 0;
  let at = 0;
  for (let index = 0; index <= covered.length; index += 1) {
    const next = covered[index];
    const start = next?.header ?? end;
    const stop = next ? next.data + next.compressedSize : end;
    while (at < start && members.length < MEMBERS_KEPT) {
      const found = await findSignature(search, at, start, LOCAL);
      if (found === undefined) break;
      const member = await readLocal(search, found, end);
      if (member) {
        members.push(member);
        if (listed) differences.add(`member ${member.name} is not in the directory of the archive`);
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
    crc: fixed.getUint32(14, true),
    link: false,
  };
}

/** A search through the archive, with the bytes that it may still read: an archive made of headers would be read once for each. */
interface Search {
  readonly source: ByteSource;
  readonly signal: Stop | undefined;
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
