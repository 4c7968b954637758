/** Suppressions and baseline of one invocation. */
import { dirname, join, resolve } from 'node:path';
import { exists } from '../config/small-file.js';
import { escapeText } from '../core/escape.js';
import type { ScanReport } from '../core/schema.js';
import { triage } from '../triage/triage.js';
import { readBaseline, readSuppressions } from '../triage/files.js';
import { hasExpired, SUPPRESSIONS_FILE, today } from '../triage/suppressions.js';

export interface TriageOptions {
  readonly suppressions?: string;
  readonly baseline?: string;
}

export interface Triage {
  readonly apply: (report: ScanReport) => ScanReport;
  /** Notes for the user, for standard error. */
  readonly notes: readonly string[];
}

/**
 * A file that was merely found suppresses nothing: the author of the models may have written it, too.
 * @throws UserError for a file that is missing or wrong.
 */
export async function loadTriage(options: TriageOptions, cwd: string): Promise<Triage> {
  const entries = options.suppressions === undefined ? [] : await readSuppressions(resolve(cwd, options.suppressions));
  const path = options.baseline === undefined ? undefined : resolve(cwd, options.baseline);
  const baselines = path === undefined ? [] : [{ known: await readBaseline(path), folder: dirname(path) }];
  const decided = { entries, baselines, today: today() };
  const expired = entries.filter((entry) => hasExpired(entry, decided.today)).length;
  return {
    apply: (report) => triage(report, decided),
    notes: [
      ...(expired === 0 ? [] : [`${expired} of ${entries.length} suppressions have expired and no longer hold`]),
      ...(options.suppressions === undefined && (await exists(join(cwd, SUPPRESSIONS_FILE)))
        ? [`${escapeText(SUPPRESSIONS_FILE)} is not used: check it and name it with --suppressions`]
        : []),
    ],
  };
}
