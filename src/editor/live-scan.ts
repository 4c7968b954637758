/** What is shown of a scan while it runs: which step it is at, and which of its findings. Knows no editor. */
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
  /** What it is doing, safe to show. */
  readonly message: string;
  readonly stage: ScanStage | undefined;
  /** What is known so far: never `clean`. Absent while nothing was found. */
  readonly partialReport: ScanReport | undefined;
  /** Findings that are left out of it, for their number. */
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
 * What a model has when its scan was stopped: what the scan had seen by then, unless an earlier report of the same file says as much.
 * So a model never looks better than what it did, and a whole report is not lost to a piece of one. Both as they are seen.
 */
export function keptAfterStop(stopped: ScanReport | undefined, earlier: ScanReport | undefined): 'stopped' | 'earlier' {
  if (stopped === undefined || stopped.findings.every(({ severity }) => severity === 'info')) return 'earlier';
  if (earlier === undefined) return 'stopped';
  const worse = OUTCOMES.indexOf(earlier.verdict) - OUTCOMES.indexOf(stopped.verdict);
  return worse > 0 || (worse === 0 && wasRun(stopped) && !wasRun(earlier)) ? 'stopped' : 'earlier';
}

/**
 * Does something at once when asked to, and at most once in each interval: a model can act faster than anyone can read. What is
 * asked for in between is done once, at the interval's end.
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

  /** Nothing is done any more until it is asked for again. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asked = false;
  }
}
