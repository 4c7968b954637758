/**
 * Suppressions: findings that users have reviewed and accepted, in a file that is reviewed with the rest of the workspace. An entry holds for one
 * rule in one content. A report always lists what was suppressed, by whom and why, and says so in its reasons.
 */
import * as z from 'zod';
import { isSameContent } from '../core/identity.js';
import { suppressionSchema, type ScanReport, type Suppression } from '../core/schema.js';
import { worstFirst } from '../core/terms.js';
import { conclude } from '../core/verdict.js';
import { UserError } from '../core/user-error.js';
import { parseJson } from './json.js';

export const SUPPRESSIONS_SCHEMA = 'dynscan-suppressions/1';
/** Where it lies, below the folder of a workspace. */
export const SUPPRESSIONS_FILE = '.dynscan/suppressions.json';
const MAX_ENTRIES = 10_000;

export const suppressionsSchema = z.strictObject({
  schema: z.literal(SUPPRESSIONS_SCHEMA),
  suppressions: z.array(suppressionSchema).max(MAX_ENTRIES),
});

/** Draft 2020-12. */
export function suppressionsJsonSchema(): z.core.JSONSchema.BaseSchema {
  const words = 'Findings that were looked at and are all right. See docs/report-format.md.';
  return { ...z.toJSONSchema(suppressionsSchema), title: 'DynScan suppressions', description: words };
}

/** What the editor's commands take from code actions, pages and others' extensions. The user is asked for a missing reason. */
export const suppressionRequestSchema = z.strictObject({
  /** URI of the model. */
  uri: z.string().max(8192),
  rule: suppressionSchema.shape.rule,
  reason: suppressionSchema.shape.reason.optional(),
  /** Only with a reason; without it the suppression does not expire. */
  expires: suppressionSchema.shape.expires,
});

/**
 * Entries of a suppressions file, `name` being what messages call it.
 * @throws UserError when it is none. One wrong entry makes the whole file wrong: its intent is unknown.
 */
export function parseSuppressions(text: string, name: string): readonly Suppression[] {
  return parseJson(text, name, 'suppressions file', suppressionsSchema).suppressions;
}

export function formatSuppressions(entries: readonly Suppression[]): string {
  return `${JSON.stringify({ schema: SUPPRESSIONS_SCHEMA, suppressions: entries }, undefined, 2)}\n`;
}

/** The day in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Whether its last day is over. `today` is a day in UTC, `2026-12-31`. */
export function hasExpired({ expires }: Suppression, today: string): boolean {
  return expires !== undefined && expires < today;
}

/** The report without the findings that the entries suppress, judged again. Takes a report as a scan made it, or one that was triaged before. */
export function suppress(report: ScanReport, entries: readonly Suppression[], today: string): ScanReport {
  const whole = unsuppressed(report);
  const valid = entries.filter((entry) => isSameContent(entry, whole.model) && !hasExpired(entry, today));
  const matched = whole.findings.map((finding) => ({
    finding,
    suppression: valid.find(({ rule }) => rule === finding.rule),
  }));
  const suppressed = matched.flatMap(({ finding, suppression }) => (suppression ? [{ finding, suppression }] : []));
  if (suppressed.length === 0) return whole;
  const findings = matched.flatMap(({ finding, suppression }) => (suppression ? [] : [finding]));
  return { ...whole, ...conclude(whole.coverage, findings, suppressed.length), findings, suppressed };
}

/** The report with every finding that was suppressed, judged with them. */
function unsuppressed({ suppressed, ...report }: ScanReport): ScanReport {
  if (suppressed === undefined) return report;
  const findings = [...report.findings, ...suppressed.map(({ finding }) => finding)].sort(worstFirst);
  return { ...report, findings, ...conclude(report.coverage, findings) };
}

/** The entries with one more, which takes the place of an earlier one for the same rule and content. */
export function withSuppression(entries: readonly Suppression[], added: Suppression): readonly Suppression[] {
  const others = entries.filter((entry) => !isSame(entry, added));
  if (others.length >= MAX_ENTRIES)
    throw new UserError(`There are ${MAX_ENTRIES} suppressions already. Remove those that no longer hold first.`);
  return [...others, suppressionSchema.parse(added)];
}

export function withoutSuppression(entries: readonly Suppression[], removed: Decided): readonly Suppression[] {
  return entries.filter((entry) => !isSame(entry, removed));
}

type Decided = Pick<Suppression, 'rule' | 'sha256' | 'folderSha256' | 'codeSha256'>;

function isSame(one: Decided, other: Decided): boolean {
  return one.rule === other.rule && isSameContent(one, other);
}
