/** What the functions of a pickle do, as matches of rules: one for each function. */
import type { CarriedFinding, CarriedJudgement } from '../marshal/carried-judge.js';
import type { PickleMatch } from './pickle-judge.js';

const EVIDENCE_KEPT = 8;

export function codeMatches({ findings }: CarriedJudgement): PickleMatch[] {
  const matches = new Map<string, PickleMatch>();
  for (const finding of findings) {
    const rule = ruleOf(finding);
    const { name, offset } = finding.function;
    const key = `${name}\n${offset}`;
    const known = matches.get(`${rule}\n${key}`);
    const shown = { offset, text: `${name} ${finding.what}` };
    matches.set(`${rule}\n${key}`, {
      rule,
      key,
      subject: known?.subject ?? shown.text,
      evidence: [...(known?.evidence ?? []), shown].slice(0, EVIDENCE_KEPT),
      count: (known?.count ?? 0) + 1,
    });
  }
  return [...matches.values()];
}

function ruleOf({ kind, function: { atLoad } }: CarriedFinding): PickleMatch['rule'] {
  switch (kind) {
    case 'danger':
      return atLoad ? 'STATIC-PICKLE-BYTECODE-LOAD' : 'STATIC-PICKLE-BYTECODE-DANGER';
    case 'text':
      return 'STATIC-PICKLE-BYTECODE-TEXT';
    case 'unclear':
      return 'STATIC-PICKLE-BYTECODE-UNCLEAR';
  }
}
