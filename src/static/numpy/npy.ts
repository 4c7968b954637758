/** The analyser of `.npy` arrays: the elements are a pickle when they are Python objects (`numpy.lib.format.read_array`). */
import { latin1, sliceSource, type ByteSource } from '../../readers/bytes.js';
import type { AnalysisContext, Location } from '../context.js';
import { analysePickle } from '../pickle/analyse.js';
import { judgeArray } from './header.js';

export async function analyseNpy(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  const head = await source.read(0, 12);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const wide = (head[6] ?? 1) >= 2;
  if (head.length < (wide ? 12 : 10)) {
    job.gap(place, 'the array ends inside its header');
    return;
  }
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + length;
  // numpy refuses headers of more than 10,000 bytes unless pickles are allowed; no array needs more than this.
  const header = latin1(await source.read(wide ? 12 : 10, Math.min(length, 16_384)));
  if (start > source.size || length > 16_384) job.gap(place, 'the header of the array is damaged');
  const objects = /['"][|<>=]?O\d*['"]/.test(header) || !header.includes('descr');
  const body = sliceSource(source, start);
  await judgeArray({ header, version: head[6] ?? 0, body }, { ...place, base: place.base + start }, job);
  const { member, base, depth } = place;
  const inner: Location = { member, base: base + start, depth };
  await analysePickle(body, objects && body.size > 0 ? { ...inner, expected: 'pickle' } : inner, job);
}
