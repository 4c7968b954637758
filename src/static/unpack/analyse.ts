/** The analyser of single files that are compressed. */
import { bytesSource, type ByteSource } from '../bytes.js';
import { memberOf, type Job, type Place } from '../job.js';
import { compressionOf } from './magic.js';
import { unpack } from './unpack.js';

export async function analysePacked(source: ByteSource, place: Place, job: Job): Promise<void> {
  const compression = compressionOf(await source.read(0, 16));
  if (compression === undefined) {
    job.gap(place, 'it is compressed in an unknown way');
    return;
  }
  const { bytes, gap } = await unpack(source, compression, job.unpackable, job.signal);
  job.unpacked(bytes.length);
  if (gap !== undefined) job.gap(place, gap);
  const name = place.name?.replace(PACKED_ENDING, '');
  const expected = place.expected === 'packed' ? undefined : place.expected;
  const inner = memberOf(place, `(unpacked ${compression})`);
  await job.nested(bytesSource(bytes), inner, { name, expected });
}

const PACKED_ENDING = /\.(gz|bz2|xz|lzma|z|lz4|zst|zlib)$/i;
