/** Collects matches of rules into findings: one per rule and subject, less what the image baseline contains. */
import { escapeAndCut } from '../core/escape.js';
import type { Cause, Evidence, Facts, Finding, Phase } from '../core/schema.js';
import type { ImageBaseline } from './behavior-analysis.js';
import type { Rule } from './rules/rule.js';

/** Pieces of evidence that a finding keeps. */
export const MAX_EVIDENCE = 5;
const EVIDENCE_LENGTH = 600;
/** Maximum number of findings of one rule; the rest are summed up in one more. */
const MAX_SUBJECTS = 30;
/** Subjects of one rule that are counted each by itself: a framework that looks at every processor has hundreds. */
const MAX_COUNTED = 2_000;
const SUBJECT_LENGTH = 300;
const MORE = '(more)';

export interface RuleMatch {
  readonly rule: Rule;
  readonly subject: string;
  /** The subject in words that are the same in the next run. */
  readonly about: () => string;
  readonly explanation: () => string;
  readonly canary: () => Finding['decoy'];
  readonly facts: () => Facts | undefined;
  /** A finding keeps the explanation and the canary with the highest rank. */
  readonly rank: number;
  readonly evidence: Evidence;
  readonly phase: Phase;
  readonly cause: () => Cause | undefined;
  /** What names its attack chain. */
  readonly chain: () => string;
  /** Another try of the match before: reported, not counted. */
  readonly again: boolean;
}

interface Gathered {
  finding: Finding;
  rank: number;
}

export class Findings {
  private readonly counts = new Map<string, number>();
  /** By rule, how many subjects are counted. */
  private readonly counted = new Map<string, number>();
  /** By rule, how many findings there are. */
  private readonly subjects = new Map<string, number>();
  private readonly gathered = new Map<string, Gathered>();

  constructor(private readonly baseline: ImageBaseline) {}

  /** Returns the finding that the match made or changed; undefined while the match is within the baseline. */
  add(match: RuleMatch): Finding | undefined {
    const key = this.key(match);
    const isAgain = match.again && this.counts.has(key);
    const count = (this.counts.get(key) ?? 0) + (isAgain ? 0 : 1);
    this.counts.set(key, count);
    const beyond = count - (this.baseline.get(key) ?? 0);
    if (beyond < 1) return undefined;
    const group = this.group(match.rule, key);
    const known = this.gathered.get(group);
    // What is summed up in one finding is counted there.
    const total = group === key || !known ? beyond : known.finding.count + (isAgain ? 0 : 1);
    const gathered = known ? extend(known, match, total) : begin(match, total);
    this.gathered.set(group, gathered);
    return gathered.finding;
  }

  /** Every rule and subject that matched, the baseline's own included. */
  get matches(): ImageBaseline {
    return this.counts;
  }

  /** In the order in which they first showed. */
  all(): readonly Finding[] {
    return [...this.gathered.values()].map(({ finding }) => finding);
  }

  private key({ rule, subject }: RuleMatch): string {
    const key = `${rule.id} ${escapeAndCut(subject, SUBJECT_LENGTH)}`;
    if (this.counts.has(key) || this.baseline.has(key)) return key;
    const number = this.counted.get(rule.id) ?? 0;
    if (number >= MAX_COUNTED) return `${rule.id} ${MORE}`;
    this.counted.set(rule.id, number + 1);
    return key;
  }

  /** The finding that a match belongs to: its own, or the one for all that are too many. */
  private group({ id }: Rule, key: string): string {
    if (this.gathered.has(key)) return key;
    const number = this.subjects.get(id) ?? 0;
    if (number >= MAX_SUBJECTS) return `${id} ${MORE}`;
    this.subjects.set(id, number + 1);
    return key;
  }
}

function begin(match: RuleMatch, count: number): Gathered {
  const { rule } = match;
  const cause = match.cause();
  const canary = match.canary();
  const facts = match.facts();
  const finding: Finding = {
    rule: rule.id,
    engine: 'dynamic',
    severity: rule.severity,
    category: rule.category,
    title: rule.title,
    explanation: match.explanation(),
    evidence: [shorten(match.evidence)],
    count,
    phase: match.phase,
    ...(cause === undefined ? {} : { cause }),
    story: match.chain(),
    subject: escapeAndCut(match.about(), SUBJECT_LENGTH),
    ...(canary === undefined ? {} : { decoy: canary }),
    ...(facts === undefined ? {} : { facts }),
    attack: rule.attack,
    advice: rule.advice,
  };
  return { finding, rank: match.rank };
}

function extend({ finding, rank }: Gathered, match: RuleMatch, count: number): Gathered {
  const isBetter = match.rank > rank;
  const hasRoom = finding.evidence.length < MAX_EVIDENCE;
  const canary = isBetter ? match.canary() : undefined;
  return {
    finding: {
      ...finding,
      count,
      ...(isBetter ? { explanation: match.explanation() } : {}),
      ...(canary === undefined ? {} : { decoy: canary }),
      ...(hasRoom ? { evidence: [...finding.evidence, shorten(match.evidence)] } : {}),
    },
    rank: isBetter ? match.rank : rank,
  };
}

function shorten(evidence: Evidence): Evidence {
  return { ...evidence, text: escapeAndCut(evidence.text, EVIDENCE_LENGTH) };
}
