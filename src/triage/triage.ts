/** What the editor needs of this room, in one place. */
import type { ScanReport, Suppression } from '../core/schema.js';
import { compareWithBaseline, withoutStates, type FindingsBaseline } from './baseline.js';
import { suppress } from './suppressions.js';

export { formatBaseline, makeBaseline, mapScans } from './baseline.js';
export { readBaseline, readSuppressions } from './files.js';
export {
  formatSuppressions,
  hasExpired,
  suppressionRequestSchema,
  today,
  withoutSuppression,
  withSuppression,
} from './suppressions.js';

export interface Decided {
  readonly entries: readonly Suppression[];
  /** `folder`: what the paths in it are relative to. */
  readonly baselines: readonly { readonly known: FindingsBaseline; readonly folder: string }[];
  readonly today: string;
}

/** The report as it is with these decisions, whatever others it was seen with before. */
export function triage(report: ScanReport, { entries, baselines, today }: Decided): ScanReport {
  const suppressed = suppress(withoutStates(report), entries, today);
  return baselines.reduce((seen, { known, folder }) => compareWithBaseline(seen, known, folder), suppressed);
}
