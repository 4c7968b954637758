/** Attack chains: findings that have one cause, with their steps in the order in which they happened. */
import type { Cause, Finding, Severity } from './schema.js';
import { worstFirst } from './terms.js';

export interface AttackChain {
  /** The global of the pickle that began it, or the process. */
  readonly cause: string;
  /** Severity of the worst step. */
  readonly severity: Severity;
  /** Title of the worst step. */
  readonly title: string;
  readonly steps: readonly Step[];
}

/** One after the other, of one rule. */
export interface Step {
  /** Seconds since the sandboxed process started; absent for what the file itself shows. */
  readonly time: number | undefined;
  /** What happened first, in a sentence or two. */
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** `posix.system at byte 42 of archive/data.pkl` */
export function nameOfCause(cause: Cause | undefined): string | undefined {
  if (cause?.pickle === undefined) return undefined;
  const { global, offset, member } = cause.pickle;
  return `${global}${offset === undefined ? '' : ` at byte ${offset}`}${member === undefined ? '' : ` of ${member}`}`;
}

/** The worst attack chain first. Every finding is in exactly one. */
export function attackChainsOf(findings: readonly Finding[]): readonly AttackChain[] {
  const byCause = new Map<string, Finding[]>();
  for (const finding of findings) {
    const cause = finding.story ?? nameOfCause(finding.cause) ?? 'the file';
    byCause.set(cause, [...(byCause.get(cause) ?? []), finding]);
  }
  return [...byCause].map(([cause, members]) => chainOf(cause, members)).sort(worstFirst);
}

function chainOf(cause: string, findings: readonly Finding[]): AttackChain {
  const inOrder = findings.toSorted((a, b) => whenOf(a) - whenOf(b) || lineOf(a) - lineOf(b));
  const steps: Step[] = [];
  for (const finding of inOrder) {
    const last = steps.at(-1);
    if (last?.findings[0]?.rule === finding.rule)
      steps[steps.length - 1] = { ...last, findings: [...last.findings, finding] };
    else steps.push({ time: finding.evidence[0]?.time, text: happened(finding), findings: [finding] });
  }
  // Of equally bad steps the last is the result of the others.
  const worst = inOrder.reduce((a, b) => (worstFirst(b, a) <= 0 ? b : a));
  return { cause, severity: worst.severity, title: worst.title, steps };
}

/** Findings in the file come before all acts of the run; a log without times is in order of its lines. */
function whenOf({ engine, evidence }: Finding): number {
  return engine === 'static' ? -1 : (evidence[0]?.time ?? 0);
}

function lineOf({ evidence }: Finding): number {
  return evidence[0]?.line ?? 0;
}

/** The first sentence says what happened, with its values; why that matters comes behind. */
function happened({ explanation }: Finding): string {
  return /^.*?[^.]\.(?= [A-Z])/s.exec(explanation)?.[0] ?? explanation;
}
