/** A rule of the static side: its severity, its words and its advice. The room that owns a rule decides what triggers it. */
import type { Category, Severity } from '../core/schema.js';

export interface StaticRule {
  readonly severity: Severity;
  readonly category: Category;
  readonly title: string;
  /** Explains why the finding matters, and, unless `harmless` does, when it would be harmless; `subject` is the name or the act in the file, escaped and cut. */
  readonly explain: (subject: string) => string;
  /** When it is no reason to worry; a whole sentence. */
  readonly harmless?: string;
  /** MITRE ATT&CK technique id. */
  readonly attack?: string;
  readonly advice: string;
}

/** A table of rules by id: `STATIC-<ROOM>-<WHAT>`. */
export type StaticRules = Readonly<Record<`STATIC-${string}`, StaticRule>>;

export const DO_NOT_LOAD =
  'Do not load this file. Ask its author for the weights as SafeTensors, and tell the site that hosts it.';
export const LOOK_FIRST = 'Do not load this file outside a sandbox before you know why it needs this.';
