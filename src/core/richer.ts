/** Decides which of two reports of one content stands. */
import { isSameContent } from './identity.js';
import type { ScanReport, Verdict } from './schema.js';

/** What the decision depends on. */
export type Compared = Pick<ScanReport, 'model' | 'verdict' | 'engines' | 'load' | 'limits' | 'testCase'>;

/**
 * Whether a new report takes the place of the one that stands. It does when it is about another content, or about a run by another test case; when it
 * accuses the model of more; when it saw more; and when it saw as much and either saw all that there was to see or accuses of no less. So an inspector's
 * look or a run that failed for want of an engine never replaces a full report, and no model looks better only because less of it was seen.
 */
export function takesPlace(fresh: Compared, standing: Compared): boolean {
  if (!isSameContent(fresh.model, standing.model)) return true;
  if (fresh.testCase !== undefined && fresh.testCase.sha256 !== standing.testCase?.sha256) return true;
  const accuses = ACCUSATION[fresh.verdict] - ACCUSATION[standing.verdict];
  if (accuses > 0) return true;
  const [runs, reads] = [runOf(fresh) - runOf(standing), readOf(fresh) - readOf(standing)];
  if (runs !== 0) return runs > 0;
  if (runOf(fresh) === NO_ENGINE) return reads > 0;
  if (reads !== 0) return reads > 0;
  return accuses === 0 || (readOf(fresh) === ALL_READ && (runOf(fresh) === ALL_RUN || runOf(fresh) < PARTLY_RUN));
}

/** Whether a report says that a run was wanted and there was no engine for it, or it failed before the model was loaded. */
export function failedToRun({ engines }: Pick<ScanReport, 'engines'>): boolean {
  return engines.some(({ engine, status }) => engine === 'dynamic' && status === 'failed');
}

/** Whether the model was run, and neither a limit, the user nor a missing package ended the run: another run would show the same. */
export function runWasSeen(report: Compared): boolean {
  const { outcome } = report.load;
  return (
    runOf(report) >= PARTLY_RUN && report.limits.length === 0 && !['stopped', 'missing-dependency'].includes(outcome)
  );
}

/** The accusing verdicts by weight; the others differ in what was seen, and not in what the model did. */
const ACCUSATION: Readonly<Record<Verdict, number>> = { malicious: 2, suspicious: 1, inconclusive: 0, clean: 0 };

const NO_ENGINE = 0;
/** The reader wanted no run. */
const NOT_ASKED = 1;
/** A run was wanted, and the report says why there can be none. */
const CANNOT_RUN = 2;
const PARTLY_RUN = 3;
const ALL_RUN = 4;

function runOf({ engines, load, limits }: Compared): number {
  const runs = engines.filter(({ engine }) => engine === 'dynamic');
  if (runs.some(({ status }) => status === 'failed')) return NO_ENGINE;
  if (runs.some(({ status }) => status === 'incomplete')) return PARTLY_RUN;
  if (runs.some(({ status }) => status === 'completed'))
    return load.outcome === 'loaded' && limits.length === 0 ? ALL_RUN : PARTLY_RUN;
  return runs.some(({ reasons }) => reasons.length > 0) ? CANNOT_RUN : NOT_ASKED;
}

const ALL_READ = 2;

function readOf({ engines }: Compared): number {
  const reads = engines.filter(({ engine }) => engine === 'static').map(({ status }) => status);
  if (reads.length === 0 || reads.includes('failed') || reads.includes('skipped')) return 0;
  return reads.includes('incomplete') ? 1 : ALL_READ;
}
