/** The user's own list: texts that no model may be called by, ask for, or hold in its configuration. */
import { TEXTS, type Format } from '../../model/format.js';
import type { ByteSource } from '../bytes.js';
import type { Job, Place } from '../job.js';

/** Of a text that is searched, bytes; what configures a model is smaller. */
const TEXT_LIMIT = 8 * 1024 * 1024;

/** Plain parts of a text, whatever their case. */
export class Blacklist {
  readonly #patterns: readonly { readonly shown: string; readonly lower: string }[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns
      .filter((pattern) => pattern !== '')
      .map((shown) => ({ shown, lower: shown.toLowerCase() }));
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /** The patterns that stand in the text, with the first place of each. */
  in(text: string): { readonly pattern: string; readonly offset: number }[] {
    const lower = text.toLowerCase();
    return this.#patterns
      .map(({ shown, lower: pattern }) => ({ pattern: shown, offset: lower.indexOf(pattern) }))
      .filter(({ offset }) => offset >= 0);
  }
}

/** What something is called, and what it says when it is a text. */
export async function judgeBlacklist(
  source: ByteSource,
  place: Place,
  formats: readonly Format[],
  job: Job,
): Promise<void> {
  if (job.blacklist.isEmpty) return;
  const name = place.member ?? place.name ?? '';
  for (const { pattern } of job.blacklist.in(name)) add(`It is called ${name}, which holds “${pattern}”`, []);
  if (!formats.some((format) => TEXTS.has(format) || format === 'python' || format === 'script')) return;
  // One character a byte, so that places are those of the file; case folds in ASCII alone.
  const text = Buffer.from(await source.read(0, TEXT_LIMIT)).toString('latin1');
  for (const { pattern, offset } of job.blacklist.in(text)) {
    const line = text.slice(Math.max(0, offset - 40), offset + pattern.length + 40).replace(/\s+/g, ' ');
    add(`It says “${pattern}”`, [{ offset, text: line }]);
  }

  function add(subject: string, evidence: { offset: number; text: string }[]): void {
    const shown = evidence.length > 0 ? evidence : [{ text: name }];
    job.add({ rule: 'STATIC-CONTENT-BLACKLISTED', place, key: subject, subject, evidence: shown });
  }
}
