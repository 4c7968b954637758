/** One line of Problems for all findings of one rule in a model: a model that starts ten programs has one problem of that kind. */
import type { Finding } from '../core/schema.js';
import { worstFirst } from '../core/terms.js';

export interface RuleGroup {
  readonly rule: string;
  /** The worst finding, the first of several equally bad ones; it is shown in full. */
  readonly finding: Finding;
  /** Index of that in the model's result. */
  readonly index: number;
  readonly others: readonly Finding[];
}

/** In the order in which the rules were first met. */
export function groupByRule(findings: readonly Finding[]): RuleGroup[] {
  const groups = new Map<string, RuleGroup>();
  for (const [index, finding] of findings.entries()) {
    const known = groups.get(finding.rule);
    if (!known) groups.set(finding.rule, { rule: finding.rule, finding, index, others: [] });
    else if (worstFirst(finding, known.finding) < 0)
      groups.set(finding.rule, { ...known, finding, index, others: [known.finding, ...known.others] });
    else groups.set(finding.rule, { ...known, others: [...known.others, finding] });
  }
  return [...groups.values()];
}
