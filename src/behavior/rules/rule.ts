/** The shape of a rule: what it looks for, and the words for it, in one entry. */
import type { Category, Severity } from '../../core/schema.js';
import type { Act, OutsideLimit } from '../acts.js';

export interface Rule {
  /** Stable: reports, baselines and suppressions name it. */
  readonly id: `DYN-${string}`;
  readonly severity: Severity;
  readonly category: Category;
  /** MITRE ATT&CK technique. */
  readonly attack: string;
  readonly title: string;
  /** Why it matters, in one or two sentences; follows the sentence that says what happened. */
  readonly meaning: string;
  /** When it is no reason to worry; a whole sentence. */
  readonly harmless: string;
  readonly advice: string;
  /** Lines of `strace -f -y` that trigger this rule and no other. See test/behavior/rules.test.ts for the run they belong to. */
  readonly example: readonly string[];
  /** In place of an example: the sandbox, not the trace, says when it applies. */
  readonly outside?: OutsideLimit;
  /** Only where the way the limit was reached shows intent. */
  readonly onPurpose?: true;
  /** The subject of the act (a path, a program, an address) if the rule applies: one finding is made per subject. */
  readonly subject: (act: Act) => string | undefined;
}
