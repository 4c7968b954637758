/**
 * Reader of TAR archives in all their forms: v7, POSIX `ustar` and `pax` (IEEE 1003.1-2017, pax), GNU with long names and sparse files
 * (GNU tar manual, "Basic Tar Format"). Names and links are as the archive says; nothing is unpacked. torch wrote such archives before
 * 0.1.10 and still reads them (`torch.serialization._legacy_load`).
 */
import { sliceSource, type ByteSource } from '../bytes.js';
import type { Stop } from '../units.js';

export interface TarMember {
  /** Not safe as a path, not safe to show. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'hardlink' | 'special';
  /** Where a link leads; empty for anything else. */
  readonly target: string;
  /** Whatever the kind: readers disagree about which kinds have data. */
  readonly content: ByteSource;
}

export interface TarDirectory {
  readonly members: readonly TarMember[];
  readonly gaps: readonly string[];
  /** The first member after the record of zeros at which many readers stop. */
  readonly hidden: string | undefined;
}

const RECORD = 512;
const MEMBERS_KEPT = 50_000;
/** Longest name, or set of pax records, that is read. */
const EXTENSION_LIMIT = 64 * 1024;
/** Bytes searched for members after the end. */
const SEARCHED = 64 * 1024 * 1024;
const PIECE = 256 * RECORD;

/** True for a tar archive that begins with one of the members that torch's have. */
export async function looksLikeTorchTar(source: ByteSource): Promise<boolean> {
  const header = await source.read(0, RECORD);
  return isHeader(header) && isTorchTar((await readTar(source)).members);
}

/** `torch.serialization`: sys_info is optional. */
export function isTorchTar(members: readonly TarMember[]): boolean {
  return members.some(({ name }) => TORCH_MEMBERS.has(name));
}

const TORCH_MEMBERS: ReadonlySet<string> = new Set(['storages', 'tensors', 'pickle']);

/** True when the bytes begin with the header of a member. */
export function looksLikeTar(head: Uint8Array): boolean {
  return isHeader(head.subarray(0, RECORD));
}

export async function readTar(source: ByteSource, signal?: Stop): Promise<TarDirectory> {
  const members: TarMember[] = [];
  const gaps: string[] = [];
  let hidden: string | undefined;
  let extended: Extension = {};
  let global: Extension = {};
  let ended = false;
  for (let offset = 0; offset + RECORD <= source.size;) {
    if (members.length % 256 === 0) signal?.throwIfAborted();
    const header = await source.read(offset, RECORD);
    if (header.every((byte) => byte === 0)) {
      ended = true;
      const next = await nextHeader(source, offset + RECORD, signal);
      if (next === 'too-far') gaps.push(`not everything after the end of the archive at byte ${offset} was searched`);
      if (typeof next !== 'number') break;
      offset = next;
      continue;
    }
    if (!isHeader(header)) {
      gaps.push(`the archive is damaged at byte ${offset}`);
      const next = await nextHeader(source, offset + RECORD, signal);
      if (typeof next !== 'number') return { members, gaps, hidden };
      offset = next;
      continue;
    }
    if (members.length >= MEMBERS_KEPT) {
      gaps.push(`the archive has more than ${MEMBERS_KEPT} members`);
      return { members, gaps, hidden };
    }
    const type = String.fromCharCode(header[156] ?? 0);
    let start = offset + RECORD;
    const own = number(header, 124, 12) ?? 0;
    const size = EXTENSIONS.has(type) ? own : (extended.size ?? global.size ?? own);
    if (EXTENSIONS.has(type)) {
      if (size > EXTENSION_LIMIT) gaps.push(`the description of a member at byte ${offset} is longer than any`);
      const bytes = await source.read(start, Math.min(size, EXTENSION_LIMIT));
      if (type === 'x') extended = { ...extended, ...pax(bytes) };
      else if (type === 'g') global = { ...global, ...pax(bytes) };
      else extended = { ...extended, [type === 'L' ? 'path' : 'linkpath']: string(bytes) };
    } else {
      const old = type === 'S' ? await readOldSparse(source, header, start) : undefined;
      start = old?.start ?? start;
      const prefix = text(header, 345, 155);
      const plain = text(header, 0, 100);
      const isPosix = text(header, 257, 6) === 'ustar' && header[262] === 0;
      const name = extended.path ?? global.path ?? (isPosix && prefix !== '' ? `${prefix}/${plain}` : plain);
      const kind = KINDS.get(type) ?? 'file';
      const target = kind === 'link' || kind === 'hardlink' ? (extended.linkpath ?? text(header, 157, 100)) : '';
      const packed = sliceSource(source, start, size);
      const holes = old ?? (extended.sparse && (await readPaxSparse(packed, extended.sparse)));
      const content = holes && withHoles(packed, holes);
      if (holes && !content) gaps.push(`member ${name} has holes that are damaged, or make it larger than is read`);
      members.push({ name, kind, target, content: content ?? packed });
      if (ended) hidden ??= name;
      extended = {};
    }
    if (start + size > source.size) {
      gaps.push('the archive is cut off');
      return { members, gaps, hidden };
    }
    offset = start + Math.ceil(size / RECORD) * RECORD;
  }
  if (!ended) gaps.push('the archive has no end: it is cut off or damaged');
  return { members, gaps, hidden };
}

/** What pax records and GNU's long names say about the member that follows. */
interface Extension {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
  /** `GNU.sparse.*`, without that. Pairs of offset and size stand in one record each, in one together, or before the data. */
  readonly sparse?: SparseRecords;
}

interface SparseRecords {
  readonly size?: number;
  readonly version1: boolean;
  readonly map: readonly number[];
}

const EXTENSIONS: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);

const KINDS: ReadonlyMap<string, TarMember['kind']> = new Map([
  ['1', 'hardlink'],
  ['2', 'link'],
  ['3', 'special'],
  ['4', 'special'],
  ['5', 'folder'],
  ['6', 'special'],
]);

/** `LENGTH KEYWORD=VALUE\n`, the length counting all of it. */
function pax(bytes: Uint8Array): Extension {
  let found: Extension = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(text(bytes, at, Math.max(0, space - at)));
    if (space < 0 || !Number.isInteger(length) || length <= space - at) break;
    const record = string(bytes.subarray(space + 1, at + length - 1));
    const [keyword = '', ...rest] = record.split('=');
    const value = rest.join('=');
    if (keyword === 'path' || keyword === 'GNU.sparse.name') found = { ...found, path: value };
    else if (keyword === 'linkpath') found = { ...found, linkpath: value };
    else if (keyword === 'size' && /^\d{1,15}$/.test(value)) found = { ...found, size: Number(value) };
    if (keyword.startsWith('GNU.sparse.'))
      found = { ...found, sparse: sparseRecord(found.sparse, keyword.slice(11), value) };
    at += length;
  }
  return found;
}

// Sparse files (GNU tar manual, "Storing Sparse Files") ------------------------------------------------------------------

interface Holes {
  /** Bytes, holes included. */
  readonly size: number;
  /** Offset and size of each piece that is stored, in turn. */
  readonly map: readonly number[];
  /** Where the first piece lies in what is stored. */
  readonly from: number;
}

/** Bytes of a file with its holes: more are made of nothing, and would be searched. */
const HOLES_LIMIT = 4 * 1024 * 1024 * 1024;
const PIECES_LIMIT = 50_000;

function sparseRecord(
  before: SparseRecords = { version1: false, map: [] },
  keyword: string,
  value: string,
): SparseRecords {
  const numbers = value.split(',', 2 * PIECES_LIMIT).map(Number);
  switch (keyword) {
    case 'size':
    case 'realsize':
      return { ...before, size: Number(value) };
    case 'major':
      return { ...before, version1: value === '1' };
    case 'offset':
    case 'numbytes':
      return { ...before, map: [...before.map, ...numbers] };
    case 'map':
      return { ...before, map: numbers };
    default:
      return before;
  }
}

/** The old form of GNU: four pieces in the header, 21 in each further record while a flag says so. */
async function readOldSparse(
  source: ByteSource,
  header: Uint8Array,
  after: number,
): Promise<Holes & { start: number }> {
  const map: number[] = [];
  const take = (record: Uint8Array, at: number, pieces: number): void => {
    for (let index = 0; index < 2 * pieces; index += 2) {
      const [offset, size] = [number(record, at + index * 12, 12), number(record, at + (index + 1) * 12, 12)];
      if (offset !== undefined && size !== undefined && map.length < 2 * PIECES_LIMIT) map.push(offset, size);
    }
  };
  take(header, 386, 4);
  let start = after;
  for (let more = header[482] === 1; more; start += RECORD) {
    const record = await source.read(start, RECORD);
    take(record, 0, 21);
    more = record.length === RECORD && record[504] === 1;
  }
  return { size: number(header, 483, 12) ?? NaN, map, from: 0, start };
}

/** Version 1.0 has the map before the data: how many pieces, and their numbers, each on its line, filled up to a record. */
async function readPaxSparse(packed: ByteSource, { size = NaN, version1, map }: SparseRecords): Promise<Holes> {
  if (!version1) return { size, map, from: 0 };
  const head = text(await packed.read(0, PIECES_LIMIT * 24), 0, Infinity);
  let at = 0;
  const next = (): number => {
    const end = head.indexOf('\n', at);
    const line = head.slice(at, end < 0 ? at : end);
    at = end < 0 ? at : end + 1;
    return /^\d{1,15}$/.test(line) ? Number(line) : NaN;
  };
  const count = next();
  const pieces = count <= PIECES_LIMIT ? Array.from({ length: 2 * count }, next) : [NaN];
  return { size, map: pieces, from: Math.ceil(at / RECORD) * RECORD };
}

/** The file with zeros in its holes; undefined when the map is none. */
function withHoles(packed: ByteSource, { size, map, from }: Holes): ByteSource | undefined {
  if (!(size >= 0 && size <= HOLES_LIMIT) || map.some((value) => !Number.isSafeInteger(value) || value < 0))
    return undefined;
  const pieces: { offset: number; end: number; at: number }[] = [];
  let at = from;
  for (let index = 0; index + 1 < map.length; index += 2) {
    const [offset = 0, length = 0] = [map[index], map[index + 1]];
    if (length > 0) pieces.push({ offset, end: offset + length, at });
    at += length;
  }
  if (at > packed.size || pieces.some(({ offset, end }, index) => end > size || offset < (pieces[index - 1]?.end ?? 0)))
    return undefined;
  return {
    size,
    async read(start, length) {
      const stop = start < 0 ? start : Math.max(start, Math.min(size, start + length));
      const bytes = new Uint8Array(stop - start);
      for (let index = firstBehind(pieces, start); ; index += 1) {
        const piece = pieces[index];
        if (piece === undefined || piece.offset >= stop) break;
        const [lower, upper] = [Math.max(start, piece.offset), Math.min(stop, piece.end)];
        bytes.set(await packed.read(piece.at + lower - piece.offset, upper - lower), lower - start);
      }
      return bytes;
    },
  };
}

/** Index of the first piece, in order, that ends behind an offset. */
function firstBehind(pieces: readonly { readonly end: number }[], offset: number): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The next header on a record's bound. */
async function nextHeader(source: ByteSource, from: number, signal?: Stop): Promise<number | 'none' | 'too-far'> {
  for (let offset = from; offset < source.size; offset += PIECE) {
    signal?.throwIfAborted();
    if (offset - from > SEARCHED) return 'too-far';
    const piece = await source.read(offset, PIECE);
    for (let at = 0; at + RECORD <= piece.length; at += RECORD) {
      if (piece[at] !== 0 && isHeader(piece.subarray(at, at + RECORD))) return offset + at;
    }
  }
  return 'none';
}

/** The checksum is the sum of the header's bytes, with spaces in its own place (POSIX.1-1988, `ustar`); older archives have no magic. */
function isHeader(header: Uint8Array): boolean {
  if (header.length < RECORD) return false;
  const told = number(header, 148, 8);
  if (told === undefined || number(header, 124, 12) === undefined) return false;
  let sum = 8 * 0x20;
  for (let index = 0; index < RECORD; index += 1) if (index < 148 || index >= 156) sum += header[index] ?? 0;
  return sum === told;
}

/** Octal digits, or GNU's big-endian number after a byte 0x80. */
function number(header: Uint8Array, start: number, length: number): number | undefined {
  if (header[start] === 0x80) {
    let value = 0;
    for (const byte of header.subarray(start + 1, start + length)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = text(header, start, length).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : undefined;
}

/** ASCII digits and magics; names are UTF-8 where writers agree on anything. */
function text(bytes: Uint8Array, start: number, length: number): string {
  return string(bytes.subarray(start, start + length));
}

function string(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return UTF8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

const UTF8 = new TextDecoder('utf-8');
