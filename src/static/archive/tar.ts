/** Tar archives, as torch wrote before 0.1.10 and still reads (`torch.serialization._legacy_load`). Checksums and extended names are not asked. */
import { sliceSource, type ByteSource } from '../bytes.js';

export interface TarMember {
  /** Not safe as a path, not safe to show. */
  readonly name: string;
  readonly content: ByteSource;
}

export interface TarDirectory {
  readonly members: readonly TarMember[];
  readonly gaps: readonly string[];
}

const RECORD = 512;
/** torch writes four. */
const MEMBERS_KEPT = 1000;

/** True for a tar archive that begins with one of the members that torch's have. */
export async function looksLikeTorchTar(source: ByteSource): Promise<boolean> {
  const header = await source.read(0, RECORD);
  return isHeader(header) && isTorchTar((await readTar(source)).members);
}

export function isTorchTar(members: readonly TarMember[]): boolean {
  return members.some(({ name }) => TORCH_MEMBERS.has(name));
}

/** True when the bytes begin with the header of a member. */
export function looksLikeTar(head: Uint8Array): boolean {
  return isHeader(head.subarray(0, RECORD));
}

/** `torch.serialization`: sys_info is optional. */
const TORCH_MEMBERS: ReadonlySet<string> = new Set(['storages', 'tensors', 'pickle']);

/** The members up to the first record that is no header. */
export async function readTar(source: ByteSource): Promise<TarDirectory> {
  const members: TarMember[] = [];
  for (let offset = 0; offset + RECORD <= source.size;) {
    const header = await source.read(offset, RECORD);
    if (header.every((byte) => byte === 0)) return { members, gaps: [] };
    if (!isHeader(header)) return { members, gaps: [`the archive is damaged at byte ${offset}`] };
    if (members.length >= MEMBERS_KEPT) return { members, gaps: [`the archive has more than ${MEMBERS_KEPT} members`] };
    const size = octal(header, 124, 12) ?? 0;
    const content = sliceSource(source, offset + RECORD, size);
    members.push({ name: text(header, 0, 100), content });
    if (content.size < size) return { members, gaps: ['the archive is cut off'] };
    offset += RECORD + Math.ceil(size / RECORD) * RECORD;
  }
  return { members, gaps: ['the archive has no end: it is cut off or damaged'] };
}

/** The checksum is the sum of the header's bytes, with spaces in its own place (POSIX.1-1988, `ustar`); older archives have no magic. */
function isHeader(header: Uint8Array): boolean {
  if (header.length < RECORD) return false;
  let sum = 8 * 0x20;
  for (const [index, byte] of header.entries()) if (index < 148 || index >= 156) sum += byte;
  return octal(header, 148, 8) === sum && octal(header, 124, 12) !== undefined;
}

function octal(header: Uint8Array, start: number, length: number): number | undefined {
  const digits = text(header, start, length).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : undefined;
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return String.fromCharCode(...field.subarray(0, end < 0 ? length : end));
}
