/** The analyser of single files that are compressed. */
import { bytesSource, type ByteSource } from '../../readers/bytes.js';
import { fileIn, memberOf, type AnalysisContext, type Location } from '../context.js';
import { compressionOf } from '../../readers/unpack/magic.js';
import { unpack } from '../../readers/unpack/unpack.js';

export async function analysePacked(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  const compression = compressionOf(await source.read(0, 16));
  if (compression === undefined) {
    job.gap(place, 'it is compressed in an unknown way');
    return;
  }
  const limit = job.unpackable;
  const { bytes, gap } = await unpack(source, compression, limit, job.signal);
  // The bytes before a broken end were read; the bytes beyond the size limit are unknown.
  if (gap !== undefined) job.gap(bytes.length >= limit ? { ...place, guess: false } : place, gap);
  if (bytes.length >= limit) judgeBomb(bytes.length, source.size, place, job);
  const name = place.name?.replace(PACKED_ENDING, '');
  const expected = place.expected === 'packed' ? undefined : place.expected;
  // What only begins like packed data need be nothing that is packed.
  const label = `(unpacked ${compression})`;
  const inner = place.guess === true ? memberOf(place, label) : fileIn(place, label, 'alone');
  await job.holding(bytes.length, () => job.nested(bytesSource(bytes), inner, { name, expected }));
}

/** Deflate packs 1,032 to 1 at most. Real weights do not pack a tenth as well. */
const BOMB_RATIO = 100;

/** The unpacked bytes reached the limit: the file is a bomb when the packed bytes are few. */
export function judgeBomb(unpacked: number, packed: number, place: Location, job: AnalysisContext): void {
  if (unpacked < BOMB_RATIO * packed) return;
  const subject = `${packed} bytes unpack to more than ${unpacked}`;
  job.add({ rule: 'STATIC-ARCHIVE-BOMB', place, key: 'ratio', subject, evidence: [{ offset: 0, text: subject }] });
}

/** Packing formats that are detected and not read. */
export async function analyseUnreadable(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  const head = await source.read(0, 6);
  const kind = UNREADABLE.find(([magic]) => magic.every((byte, index) => head[index] === byte))?.[1] ?? 'archive';
  job.gap(place, `${kind}s are not unpacked here`);
  judgeDetour(kind, place, job);
}

/** No loader of models unpacks this kind of archive. */
export function judgeDetour(kind: string, place: Location, job: AnalysisContext): void {
  const subject = `It is a ${kind}`;
  job.add({ rule: 'STATIC-ARCHIVE-UNREADABLE', place, key: '', subject, evidence: [{ offset: 0, text: subject }] });
}

const UNREADABLE: readonly (readonly [readonly number[], string])[] = [
  [[0x52, 0x61], 'RAR archive'],
  [[0x4c, 0x5a], 'lzip file'],
  [[0x1f, 0x9d], 'compress (.Z) file'],
  [[0x4d, 0x53], 'CAB archive'],
  [[0x21, 0x3c], 'ar archive'],
];

const PACKED_ENDING = /\.(gz|bz2|xz|lzma|z|lz4|zst|zlib)$/i;
