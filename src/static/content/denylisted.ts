/** Judges the names and texts of a model by the user's denylist. */
import { TEXTS, type Format } from '../../core/formats.js';
import type { ByteSource } from '../../readers/bytes.js';
import type { AnalysisContext, Location } from '../context.js';
import { SEARCH_LIMIT } from './denylist.js';

/** The name of a source, and its content when it is text. */
export async function judgeDenylist(
  source: ByteSource,
  place: Location,
  formats: readonly Format[],
  job: AnalysisContext,
): Promise<void> {
  if (job.denylist.isEmpty) return;
  const name = place.member ?? place.name ?? '';
  for (const { pattern } of job.denylist.in(name)) add(`It is called ${name}, which holds “${pattern}”`, []);
  if (!formats.some((format) => TEXTS.has(format) || format === 'python' || format === 'script')) return;
  for (const { pattern, offset, text } of await job.denylist.inBytes(source, job.signal))
    add(`It says “${pattern}”`, [{ offset, text }]);
  if (source.size > SEARCH_LIMIT)
    job.gap(place, `only the first ${SEARCH_LIMIT} bytes were searched for what is on your own list`);

  function add(subject: string, evidence: { offset: number; text: string }[]): void {
    const shown = evidence.length > 0 ? evidence : [{ text: name }];
    job.add({ rule: 'STATIC-CONTENT-BLACKLISTED', place, key: subject, subject, evidence: shown });
  }
}
