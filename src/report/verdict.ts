/**
 * From what was seen, and what was not, to one verdict with its reasons. It fails closed: `clean` needs every
 * requested engine to have seen everything, so a new way to be incomplete can only make a scan inconclusive.
 */
import { escapeAndCut } from './escape.js';
import type { Format } from '../model/format.js';
import { SEVERITIES, VERDICTS } from './schema.js';
import type { Engine, EngineRun, Finding, LimitHit, LoadOutcome, ScanReport, Severity, Verdict } from './schema.js';

/** All that a verdict depends on. */
export interface Seen {
  readonly format: Format;
  /** The person asked for the static engine alone. Only then may the model go unloaded and still be clean. */
  readonly staticOnly: boolean;
  readonly findings: readonly Finding[];
  readonly engines: readonly EngineRun[];
  readonly load: LoadOutcome;
  readonly limits: readonly LimitHit[];
  /** A test case loaded and used it. */
  readonly testCase?: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Whole sentences. With findings that decide, the first sums them up and the rest say what was not seen. */
  readonly reasons: string[];
}

export function judge(seen: Seen): Judgement {
  const unseen = whatWasNotSeen(seen);
  const deciding = seen.findings.filter((finding) => finding.severity !== 'info');
  if (deciding.length > 0) {
    const malicious = deciding.some(({ severity }) => severity === 'critical' || severity === 'high');
    return { verdict: malicious ? 'malicious' : 'suspicious', reasons: [sumUp(deciding), ...unseen] };
  }
  if (unseen.length > 0) return { verdict: 'inconclusive', reasons: unseen };
  return {
    verdict: 'clean',
    reasons: [
      seen.staticOnly
        ? 'The file was read to its end and nothing in it stood out; it was not loaded, as asked.'
        : seen.testCase === true
          ? 'The model was read, the test case ran to its end, and nothing it did stood out.'
          : 'The model was read, loaded and used, and nothing it did stood out.',
    ],
  };
}

/** The reasons of a report that say what its scan did not see; none when it saw everything. */
export function gapsOf(report: Pick<ScanReport, 'verdict' | 'reasons'>): string[] {
  switch (report.verdict) {
    case 'clean':
      return [];
    case 'inconclusive':
      return report.reasons;
    case 'suspicious':
    case 'malicious':
      return report.reasons.slice(1);
  }
}

/** The worst of several verdicts; of none, `inconclusive`, because nothing was looked at. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive';
}

/** True when `severity` is as bad as `threshold`, or worse. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

function whatWasNotSeen(seen: Seen): string[] {
  const engines = describeEngines(seen);
  const reasons = [
    ...describeFormat(seen.format),
    ...engines,
    ...describeLoad(seen, engines.length > 0),
    ...seen.limits.map(({ text }) => sentence(text)),
  ];
  return [...new Set(reasons)];
}

function describeFormat(format: Format): string[] {
  if (format === 'unknown') return ['The content is of no format that DynScan knows.'];
  if (format === 'empty') return ['The file is empty: there was nothing to look at.'];
  return [];
}

const ENGINE_NAMES = { static: 'static analysis', dynamic: 'sandbox run' } as const;

/** Every run counts: an engine may have completed and a later look still have shown that it did not see everything. */
function describeEngines({ engines, staticOnly }: Seen): string[] {
  const requested: Engine[] = staticOnly ? ['static'] : ['static', 'dynamic'];
  const missing = requested.filter((engine) => engines.every((run) => run.engine !== engine));
  return [
    ...engines.filter(({ engine }) => requested.includes(engine)).flatMap(describeRun),
    ...missing.map((engine) => `The ${ENGINE_NAMES[engine]} was not done.`),
  ];
}

function describeRun({ engine, status, reasons }: EngineRun): string[] {
  switch (status) {
    case 'completed':
      return [];
    case 'incomplete':
      return reasons.length > 0 ? reasons.map(sentence) : [`The ${ENGINE_NAMES[engine]} did not see everything.`];
    case 'failed':
      return [withReasons(`The ${ENGINE_NAMES[engine]} failed`, reasons)];
    case 'skipped':
      return [withReasons(`The ${ENGINE_NAMES[engine]} was not done`, reasons)];
  }
}

/** `explained`: an engine's reason already says why there was no load. */
function describeLoad({ load, staticOnly }: Seen, explained: boolean): string[] {
  const rest = 'so what the model does after that was not seen.';
  const error = load.error === undefined ? 'a Python error' : describeError(load.error);
  switch (load.outcome) {
    case 'loaded':
      return [];
    case 'raised':
      return [`Loading the model raised ${error}, ${rest}`];
    case 'missing-dependency':
      return [`The sandbox image lacks a module that the model needs (${error}), ${rest}`];
    case 'left': {
      const code = load.exitCode === undefined ? '' : ` with exit code ${load.exitCode}`;
      return [`The process left${code} before the load returned, ${rest}`];
    }
    case 'crashed': {
      const signal = load.signal === undefined ? '' : ` by ${load.signal}`;
      return [`The process was killed${signal} before it was done, ${rest}`];
    }
    case 'stopped':
      return ['The run was stopped before the model was done, so not everything it does was seen.'];
    case 'not-run':
      return staticOnly || explained ? [] : ['The model was not loaded, so what it does was not seen.'];
  }
}

function describeError({ type, message }: { type: string; message: string }): string {
  const text = message === '' ? type : `${type}: ${message}`;
  return escapeAndCut(text.trim(), 300).replace(/\.$/, '');
}

function sumUp(findings: readonly Finding[]): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const head = findings.length === 1 ? 'One finding' : `${findings.length} findings`;
  return `${head}: ${counts.join(', ')}.`;
}

function withReasons(head: string, reasons: readonly string[]): string {
  return reasons.length === 0 ? `${head}.` : sentence(`${head}: ${reasons.join(' ')}`);
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
