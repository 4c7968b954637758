/** What is shown of a scan while it runs: its current step, and which of its findings. Independent of VS Code. */
import type { Finding, ScanReport } from '../core/schema.js';
import { worstFirst } from '../core/terms.js';
import type { ScanStage } from '../scan/scan-request.js';
import { OUTCOMES, wasRun } from '../view/models-view.js';

/** The steps of a run in the sandbox, in order. */
export const STEPS = ['image', 'start', 'load', 'use', 'settle'] as const;
export type Step = (typeof STEPS)[number];

/** Reading the file comes before the first step, and is all there is when the model is not to be run. */
const STEP_OF: Readonly<Record<ScanStage, Step | undefined>> = {
  static: undefined,
  engine: 'image',
  image: 'image',
  baseline: 'image',
  start: 'start',
  import: 'start',
  load: 'load',
  use: 'use',
  settle: 'settle',
};

/** Findings that are shown of a running scan; its report has them all. */
export const LIVE_LIMIT = 200;

export interface LiveScan {
  /** The current activity, safe to show. */
  readonly message: string;
  readonly stage: ScanStage | undefined;
  /** The partial report: never `clean`. Absent while nothing was found. */
  readonly partialReport: ScanReport | undefined;
  /** Number of findings that are left out of it because of the limit. */
  readonly omitted: number;
}

export function stepOf(stage: ScanStage | undefined): Step | undefined {
  return stage && STEP_OF[stage];
}

/** The worst findings up to a number, in the order in which they came, so that none changes its place while more come. */
export function worstOf(findings: readonly Finding[], limit = LIVE_LIMIT): readonly Finding[] {
  if (findings.length <= limit) return findings;
  const wanted = new Set(findings.toSorted(worstFirst).slice(0, limit));
  return findings.filter((finding) => wanted.has(finding));
}

/**
 * The report of a model whose scan was stopped: what the scan had seen by then, unless an earlier report of the same file says as much. So a model
 * never looks better than what it did, and a partial report does not replace a whole one. Both with triage applied.
 */
export function keptAfterStop(stopped: ScanReport | undefined, earlier: ScanReport | undefined): 'stopped' | 'earlier' {
  if (stopped === undefined || stopped.findings.every(({ severity }) => severity === 'info')) return 'earlier';
  if (earlier === undefined) return 'stopped';
  const worse = OUTCOMES.indexOf(earlier.verdict) - OUTCOMES.indexOf(stopped.verdict);
  if (worse !== 0) return worse > 0 ? 'stopped' : 'earlier';
  // Of two runs that did not come to their end, the one that saw more.
  const more =
    earlier.engines.some(({ status }) => status === 'incomplete') && stopped.findings.length > earlier.findings.length;
  return wasRun(stopped) && (!wasRun(earlier) || more) ? 'stopped' : 'earlier';
}

/**
 * Does something at once when asked to, and at most once in each interval: a model can act faster than the user can read. Requests in between are
 * done once, at the interval's end.
 */
export class Throttle {
  #timer: NodeJS.Timeout | undefined;
  #asked = false;

  constructor(
    private readonly interval: number,
    private readonly work: () => void,
  ) {}

  ask(): void {
    if (this.#timer !== undefined) {
      this.#asked = true;
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#asked) this.ask();
    }, this.interval);
    this.#asked = false;
    this.work();
  }

  /** Cancels what is pending, until the next request. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asked = false;
  }
}
