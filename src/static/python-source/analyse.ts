/** Python files beside a model: read, never run. */
import { bytesSource } from '../../readers/bytes.js';
import { memberOf, type Analyser } from '../context.js';
import { readText } from '../../readers/text.js';
import { secretHits } from '../secrets/find.js';
import { ownFiles } from './own-files.js';
import { readImported } from './modules.js';
import { judgePython } from './source-judge.js';

/** Bytes of a file that are read. The longest of transformers' files have 300 KB. */
export const SOURCE_LIMIT = 2 * 1024 * 1024;

export const analysePython: Analyser = async (source, place, job) => {
  const { text, byteAt, whole } = await readText(source, SOURCE_LIMIT);
  if (!whole) job.gap(place, `only the first ${SOURCE_LIMIT} bytes of the source were read`);
  const folder = place.folder ?? (place.depth === 0 ? source.folder : undefined);
  const { name } = place;
  const own =
    folder === undefined || name === undefined ? undefined : { files: await ownFiles(folder, name, text), file: name };
  const { hits, gaps, pickles } = judgePython(text, own);
  for (const gap of gaps) job.gap(place, gap);
  for (const hit of [...hits, ...secretHits(text, (at) => at)]) {
    const evidence = hit.evidence.map((shown) =>
      shown.offset === undefined ? shown : { ...shown, offset: byteAt(shown.offset) },
    );
    job.add({ ...hit, place, evidence });
  }
  for (const bytes of pickles) await job.nested(bytesSource(bytes), memberOf(place, '(constant of the code)'));
  // What a loader imports takes along what it imports from beside itself.
  if (place.depth === 0 && place.unloaded !== true && place.name !== undefined)
    await readImported(place.name, text, source, place, job);
};
