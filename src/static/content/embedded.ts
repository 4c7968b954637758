/**
 * Programs among the numbers of a model. Only a complete and consistent header counts: four bytes alone occur in any gigabyte of weights. The search
 * is limited to a number of bytes for each file, from the beginning of each part: a larger search would read the data that the readers step over for
 * speed. A program at the beginning of an archive member is detected by its content, whatever its size (`identity.ts`).
 */
import { FORMATS, type Format } from '../../core/formats.js';
import { latin1, type ByteSource } from '../../readers/bytes.js';
import type { AnalysisContext, Location } from '../context.js';

/** Longest header, and the farthest that a PE header lies behind the beginning of the program. */
const REACH = 4096;
/** Read at once, without what reaches in from before. */
const PIECE = 1024 * 1024 - REACH;

export async function judgeEmbedded(
  source: ByteSource,
  formats: readonly Format[],
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  // A member of no known format inside an archive is a storage.
  if (!(formats.length === 0 && place.depth > 0) && !formats.some((format) => FORMATS[format].numbers)) return;
  for (let offset = 0; offset < source.size && job.searchable > 0; offset += PIECE) {
    job.signal.throwIfAborted();
    const from = Math.max(0, offset - REACH);
    const size = Math.min(PIECE, job.searchable);
    job.searchable -= Math.min(size, source.size - offset);
    const bytes = await source.read(from, offset - from + size);
    for (const { at, kind } of programsIn(bytes)) {
      // A program at the beginning of the source is its format, and is reported as such.
      if (from + at === 0) continue;
      const script = kind === SCRIPT;
      const subject = `At byte ${place.base + from + at} a ${kind} begins`;
      job.add({
        rule: script ? 'STATIC-CONTENT-EMBEDDED-SCRIPT' : 'STATIC-CONTENT-EMBEDDED-PROGRAM',
        place,
        key: String(place.base + from + at),
        subject,
        evidence: [{ offset: from + at, text: kind }],
      });
    }
  }
}

const SCRIPT = 'script';

/** Every program whose header lies completely in the bytes. */
export function programsIn(bytes: Uint8Array): { at: number; kind: string }[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: { at: number; kind: string }[] = [];
  for (const { magic, kind, begin } of KINDS) {
    for (let at = buffer.indexOf(magic); at >= 0 && found.length < FOUND_LIMIT; at = buffer.indexOf(magic, at + 1)) {
      const start = begin(buffer, at);
      if (start !== undefined) found.push({ at: start, kind });
    }
  }
  return found;
}

const FOUND_LIMIT = 20;

interface Kind {
  readonly magic: Buffer;
  readonly kind: string;
  /** The start of the program whose magic number is at an offset; undefined when there is none. */
  readonly begin: (bytes: Buffer, at: number) => number | undefined;
}

const KINDS: readonly Kind[] = [
  { magic: Buffer.from('\x7fELF'), kind: 'program or library for Linux', begin: elf },
  { magic: Buffer.from('PE\0\0'), kind: 'program or library for Windows', begin: portable },
  { magic: Buffer.from('cffaedfe', 'hex'), kind: 'program or library for macOS', begin: machO },
  { magic: Buffer.from('#!/'), kind: SCRIPT, begin: script },
];

/** x86, MIPS, PowerPC, ARM, x86-64, AArch64, RISC-V, LoongArch (`e_machine`, System V ABI). */
const ELF_MACHINES: ReadonlySet<number> = new Set([3, 8, 20, 21, 40, 62, 183, 243, 258]);

function elf(bytes: Buffer, at: number): number | undefined {
  if (at + 64 > bytes.length) return undefined;
  const [width = 0, order = 0, version] = bytes.subarray(at + 4, at + 7);
  if ((width !== 1 && width !== 2) || (order !== 1 && order !== 2) || version !== 1) return undefined;
  const u16 = (offset: number): number =>
    order === 1 ? bytes.readUInt16LE(at + offset) : bytes.readUInt16BE(at + offset);
  const type = u16(16);
  const headerSize = u16(width === 1 ? 40 : 52);
  return type >= 1 && type <= 4 && ELF_MACHINES.has(u16(18)) && headerSize === (width === 1 ? 52 : 64) ? at : undefined;
}

/** x86, ARM, Thumb-2, x86-64, ARM64 (PE Format, "Machine Types"). */
const PE_MACHINES: ReadonlySet<number> = new Set([0x14c, 0x1c0, 0x1c4, 0x8664, 0xaa64]);

/** The old header points to the new one, which has to name a known machine. */
function portable(bytes: Buffer, at: number): number | undefined {
  if (at + 26 > bytes.length || !PE_MACHINES.has(bytes.readUInt16LE(at + 4))) return undefined;
  const optional = bytes.readUInt16LE(at + 24);
  if (optional !== 0x10b && optional !== 0x20b) return undefined;
  for (let start = bytes.lastIndexOf('MZ', at - 64, 'latin1'); start >= 0 && start > at - REACH;) {
    if (bytes.readUInt32LE(start + 60) === at - start) return start;
    if (start === 0) return undefined;
    start = bytes.lastIndexOf('MZ', start - 1, 'latin1');
  }
  return undefined;
}

/** 64 bits, little-endian, on x86 or ARM; `mach_header_64` of `mach-o/loader.h`. */
function machO(bytes: Buffer, at: number): number | undefined {
  if (at + 32 > bytes.length) return undefined;
  const [processor, kind, commands, size, reserved] = [4, 12, 16, 20, 28].map((field) =>
    bytes.readUInt32LE(at + field),
  );
  const known = processor === 0x01000007 || processor === 0x0100000c;
  const sensible =
    kind !== undefined && kind >= 1 && kind <= 12 && commands !== undefined && commands > 0 && commands < 1000;
  return known && sensible && size !== undefined && size >= 8 * commands && size < 0x100000 && reserved === 0
    ? at
    : undefined;
}

/** A shebang whose path is longer than numbers spell by chance, up to its line end. */
function script(bytes: Buffer, at: number): number | undefined {
  return /^#!\/(?:usr\/)?(?:local\/)?bin\/(?:env )?[a-z][a-z0-9.]{1,15}(?: -\w+)?\n/.test(
    latin1(bytes.subarray(at, at + 64)),
  )
    ? at
    : undefined;
}
