/** Suppressions and baseline of one invocation. */
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { escapeText } from '../report/escape.js';
import type { ScanReport } from '../report/schema.js';
import { compareWithBaseline } from '../triage/baseline.js';
import { readBaseline, readSuppressions } from '../triage/files.js';
import { hasExpired, suppress, SUPPRESSIONS_FILE } from '../triage/suppressions.js';

export interface TriageOptions {
  readonly suppressions?: string;
  readonly baseline?: string;
}

export interface Triage {
  readonly apply: (report: ScanReport) => ScanReport;
  /** What the person should know, for standard error. */
  readonly notes: readonly string[];
}

/**
 * Nothing is suppressed by a file that was merely found: the one who made the models may have made it, too.
 * @throws UserError for a file that is missing or wrong.
 */
export async function loadTriage(options: TriageOptions, cwd: string): Promise<Triage> {
  const today = new Date().toISOString().slice(0, 10);
  const entries = options.suppressions === undefined ? [] : await readSuppressions(resolve(cwd, options.suppressions));
  const path = options.baseline === undefined ? undefined : resolve(cwd, options.baseline);
  const baseline = path === undefined ? undefined : { known: await readBaseline(path), folder: dirname(path) };
  const expired = entries.filter((entry) => hasExpired(entry, today)).length;
  return {
    apply: (report) => {
      const triaged = suppress(report, entries, today);
      return baseline === undefined ? triaged : compareWithBaseline(triaged, baseline.known, baseline.folder);
    },
    notes: [
      ...(expired === 0 ? [] : [`${expired} of ${entries.length} suppressions have expired and no longer hold`]),
      ...(options.suppressions === undefined && (await exists(join(cwd, SUPPRESSIONS_FILE)))
        ? [`${escapeText(SUPPRESSIONS_FILE)} is not used: check it and name it with --suppressions`]
        : []),
    ],
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
