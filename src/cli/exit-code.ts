/** Exit codes, for scripts: see docs/report-format.md. */
import type { Finding, ReportDocument, Severity } from '../core/schema.js';
import { isAtLeast, isUnseen } from '../core/verdict.js';
import type { Interrupt } from './io.js';

export const NOTHING_FOUND = 0;
export const FOUND = 1;
/** Not everything was seen or done. */
export const NOT_COMPLETED = 2;
/** The request makes no sense: nothing was scanned. */
export const WRONG_USAGE = 3;

/** What answers 1: findings of this severity or worse, or none. */
export type FailOn = Severity | 'never';

/** 128 and the signal's number, as a shell reports a program that a signal ended. */
export const INTERRUPTED = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const satisfies Record<Interrupt, number>;
export const OUTPUT_CLOSED = 128 + 13;

/** Findings of a baseline do not count. A finding outweighs a coverage gap: a script that only knows 1 must not miss it. */
export function exitCodeOf({ scans, problems = [], leftOut = [] }: ReportDocument, failOn: FailOn): number {
  if (failOn !== 'never' && scans.some(({ findings }) => isFound(findings, failOn))) return FOUND;
  const isComplete =
    problems.length === 0 &&
    !leftOut.some(isUnseen) &&
    scans.length > 0 &&
    scans.every(({ coverage }) => coverage.gaps.length === 0);
  return isComplete ? NOTHING_FOUND : NOT_COMPLETED;
}

export function isFound(findings: readonly Finding[], threshold: Severity): boolean {
  return findings.some(
    ({ severity, baselineState }) => baselineState !== 'unchanged' && isAtLeast(severity, threshold),
  );
}
