/**
 * From what was seen, and what was not, to one verdict with its reasons. It fails closed: `clean` needs every
 * requested engine to have seen everything, so a new way to be incomplete can only make a scan inconclusive.
 */
import { escapeAndCut } from './escape.js';
import type { Format } from './formats.js';
import { definitionOf } from './stub-classes.js';
import { SEVERITIES, VERDICTS } from './terms.js';
import type {
  Coverage,
  Side,
  EngineRun,
  Finding,
  Gap,
  LeftOut,
  LimitHit,
  LoadOutcome,
  Severity,
  Verdict,
} from './schema.js';

/** The reason of a clean verdict on a model that was run. */
export const NOTHING_STOOD_OUT = 'The model was read, loaded and used, and nothing it did stood out.';

/** All that a verdict depends on. */
export interface Seen {
  readonly format: Format;
  /** The user asked for the static engine alone. Only then may the model go unloaded and still be clean. */
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

export function judge(seen: Seen): Judgement & { readonly coverage: Coverage } {
  const ifClean = seen.staticOnly
    ? 'The file was read to its end and nothing in it stood out; it was not loaded, as asked.'
    : seen.testCase === true
      ? 'The model was read, the test case ran to its end, and nothing it did stood out.'
      : `${NOTHING_STOOD_OUT}${[describeStubClasses(seen.load), ...adviseOnStubClasses(seen.load)].join(' ')}`.trimEnd();
  const coverage = { gaps: whatWasNotSeen(seen), ifClean };
  return { ...conclude(coverage, seen.findings), coverage };
}

/** A clean verdict is about the file: it does not cover the code of classes that the file only names. */
function describeStubClasses({ standIns = [] }: LoadOutcome): string {
  if (standIns.length === 0) return '';
  const shown = standIns.slice(0, 5).join(', ') + (standIns.length > 5 ? ` and ${standIns.length - 5} more` : '');
  return ` For ${shown} of the script that saved it, which is not there, empty classes stood in: none of their own methods were run.`;
}

/** How the code of a class that a stub class replaced can be run. */
function adviseOnStubClasses(load: LoadOutcome): string[] {
  const definition = definitionOf(load);
  if (definition === undefined) return [];
  const [file, line] = [escapeAndCut(definition.file, 300), escapeAndCut(definition.line, 300)];
  return [`${file} defines what is missing: a test case with the line \`${line}\` lets that code run.`];
}

/** The users' decisions about findings, in whole sentences. */
function notesOn(findings: readonly Finding[], suppressed: number): string[] {
  const compared = findings.filter(({ baselineState }) => baselineState !== undefined);
  const known = compared.filter(({ baselineState }) => baselineState === 'unchanged').length;
  return [
    ...(suppressed === 0
      ? []
      : [suppressed === 1 ? 'One finding is suppressed.' : `${suppressed} findings are suppressed.`]),
    ...(compared.length === 0 ? [] : [`${known} of ${compared.length} are in the baseline.`]),
  ];
}

/**
 * The judgement of a scan with these of its findings, without `suppressed` others. Coverage gaps stay, and the reasons name what was suppressed.
 * Example: `const { verdict, reasons } = conclude(report.coverage, report.findings)`.
 */
export function conclude({ gaps, ifClean }: Coverage, findings: readonly Finding[], suppressed = 0): Judgement {
  const unseen = gaps.map(({ text }) => text);
  const deciding = findings.filter((finding) => finding.severity !== 'info');
  if (deciding.length > 0) {
    const malicious = deciding.some(({ severity }) => severity === 'critical' || severity === 'high');
    return {
      verdict: malicious ? 'malicious' : 'suspicious',
      reasons: [sumUp(deciding), ...notesOn(findings, suppressed), ...unseen],
    };
  }
  if (unseen.length > 0) return { verdict: 'inconclusive', reasons: [...unseen, ...notesOn(findings, suppressed)] };
  const first =
    suppressed === 0
      ? ifClean
      : `Nothing stood out but ${suppressed === 1 ? 'one finding that is' : `${suppressed} findings that are`} suppressed.`;
  return { verdict: 'clean', reasons: [first, ...notesOn(findings, 0)] };
}

/** The worst of several verdicts; of none, `inconclusive`, because nothing was looked at. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive';
}

/** Whether something that was left out keeps the whole from being clean: it does, unless the user asked to leave it out. */
export function isUnseen({ reason }: Pick<LeftOut, 'reason'>): boolean {
  return reason !== 'asked';
}

/** True when `severity` is as bad as `threshold`, or worse. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

function whatWasNotSeen(seen: Seen): Gap[] {
  const engines = engineGaps(seen);
  const gaps = [
    ...formatGaps(seen.format),
    ...engines,
    ...unknownCallGaps(seen),
    ...loadGaps(seen, engines.length > 0),
    ...seen.limits.map(({ text }) => gap('limit', sentence(text))),
  ];
  const advice = gaps.length > 0 ? adviseOnStubClasses(seen.load).map((text) => gap('stand-ins', text)) : [];
  return [...new Map([...gaps, ...advice].map((one) => [one.text, one] as const)).values()];
}

function gap(kind: Gap['kind'], text: string): Gap {
  return { kind, text };
}

function formatGaps(format: Format): Gap[] {
  if (format === 'unknown') return [gap('format', 'The content is of no format that DynScan knows.')];
  if (format === 'empty') return [gap('format', 'The file is empty: there was nothing to look at.')];
  return [];
}

/** A run judges calls that the static side cannot judge; without a run each is a coverage gap. */
function unknownCallGaps({ staticOnly, findings }: Seen): Gap[] {
  if (!staticOnly) return [];
  const calls = findings
    .filter(({ rule }) => rule === UNKNOWN_CALL)
    .slice(0, 3)
    .map(({ cause }) => {
      const name = cause?.pickle?.global ?? 'a function';
      return gap(
        'unknown-call',
        `Loading the file calls ${name}(…), which DynScan does not know: only a run in the sandbox shows what that does.`,
      );
    });
  const unclear = findings.some(({ rule }) => rule === UNCLEAR_CODE);
  return unclear
    ? [
        ...calls,
        gap(
          'unknown-call',
          'The file carries code that chooses by a value what it uses, and only a run in the sandbox shows what that does.',
        ),
      ]
    : calls;
}

const UNKNOWN_CALL = 'STATIC-PICKLE-UNKNOWN-CALL';
const UNCLEAR_CODE = 'STATIC-PICKLE-BYTECODE-UNCLEAR';

const ENGINE_NAMES = { static: 'static analysis', dynamic: 'sandbox run' } as const;

/** Every run counts: an engine may have completed and a later look still have shown that it did not see everything. */
function engineGaps({ engines, staticOnly }: Seen): Gap[] {
  const requested: Side[] = staticOnly ? ['static'] : ['static', 'dynamic'];
  const missing = requested.filter((engine) => engines.every((run) => run.engine !== engine));
  return [
    ...engines
      .filter(({ engine }) => requested.includes(engine))
      .flatMap((run) => describeRun(run).map((text) => gap(run.engine, text))),
    ...missing.map((engine) => gap(engine, `The ${ENGINE_NAMES[engine]} was not done.`)),
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
function loadGaps({ load, staticOnly }: Seen, explained: boolean): Gap[] {
  if (load.outcome === 'not-run' && (staticOnly || explained)) return [];
  const text = describeLoad(load);
  return text === undefined ? [] : [gap('load', text)];
}

function describeLoad(load: LoadOutcome): string | undefined {
  const rest = 'so what the model does after that was not seen.';
  const error = load.error === undefined ? 'a Python error' : describeError(load.error);
  switch (load.outcome) {
    case 'loaded':
      return undefined;
    case 'raised':
      return `Loading the model raised ${error}, ${rest}`;
    case 'missing-dependency':
      return `The sandbox image lacks a module that the model needs (${error}), ${rest}`;
    case 'left': {
      const code = load.exitCode === undefined ? '' : ` with exit code ${load.exitCode}`;
      return `The process left${code} before the load returned, ${rest}`;
    }
    case 'crashed': {
      const signal = load.signal === undefined ? '' : ` by ${load.signal}`;
      return `The process was killed${signal} before it was done, ${rest}`;
    }
    case 'stopped':
      return 'The run was stopped before the model was done, so not everything it does was seen.';
    case 'not-run':
      return 'The model was not loaded, so what it does was not seen.';
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
