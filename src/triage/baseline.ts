/**
 * The findings baseline: findings of a certain day, so that a scan can report what is new since. It excuses nothing: the verdict counts known
 * findings too; only the exit code, and views that are asked to, leave them out.
 */
import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';
import * as z from 'zod';
import { makeDocument } from '../report/json.js';
import { contentOf, identityOf, isSameContent } from '../core/identity.js';
import type { Finding, ReportDocument, ScanReport } from '../core/schema.js';
import { conclude } from '../core/verdict.js';
import { parseJson } from './json.js';

export const BASELINE_SCHEMA = 'dynscan-baseline/1';
/** Where the editor keeps it, below the folder of a workspace. */
export const BASELINE_FILE = '.dynscan/baseline.json';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

const baselineSchema = z.strictObject({
  schema: z.literal(BASELINE_SCHEMA),
  /** Why these findings are all right. */
  reason: z.string().max(1000).exactOptional(),
  by: z.string().max(200).exactOptional(),
  /** A day, such as 2026-12-31. */
  created: z.string().max(10).exactOptional(),
  models: z
    .array(
      z.strictObject({
        /** From the folder that the paths are relative to, with `/`. */
        path: z.string().max(8192),
        sha256: sha256Schema.optional(),
        /** Hash of a model that is a folder. */
        folderSha256: sha256Schema.optional(),
        /** Hash of the code that came with it. */
        codeSha256: sha256Schema.optional(),
        findings: z
          .array(
            z.strictObject({
              rule: z.string().max(100),
              /** Start of the SHA-256 of what makes the finding the same one in the next scan. */
              identity: z.string().regex(/^[0-9a-f]{32}$/),
              /** Findings that look the same. */
              count: z.int().min(1).max(1_000_000),
            }),
          )
          .max(100_000),
      }),
    )
    .max(100_000),
});
export type FindingsBaseline = z.infer<typeof baselineSchema>;

/** @throws UserError when it is no baseline. */
export function parseBaseline(text: string, name: string): FindingsBaseline {
  return parseJson(text, name, 'baseline', baselineSchema);
}

export function formatBaseline(baseline: FindingsBaseline): string {
  return `${JSON.stringify(baseline, undefined, 2)}\n`;
}

/** What the reports hold now. `folder` is what the paths are relative to, so that a baseline holds on another machine. */
export function makeBaseline(
  scans: readonly ScanReport[],
  folder: string,
  about: Pick<FindingsBaseline, 'reason' | 'by' | 'created'> = {},
): FindingsBaseline {
  const models = scans.map(({ model, findings }) => {
    const counts = new Map<string, { rule: string; count: number }>();
    for (const finding of findings) {
      const identity = shortIdentity(finding);
      counts.set(identity, { rule: finding.rule, count: (counts.get(identity)?.count ?? 0) + 1 });
    }
    return {
      path: relativePath(folder, model.path),
      ...contentOf(model),
      findings: [...counts]
        .map(([identity, { rule, count }]) => ({ rule, identity, count }))
        .sort((a, b) => compare(a.rule, b.rule) || compare(a.identity, b.identity)),
    };
  });
  return { schema: BASELINE_SCHEMA, ...about, models: models.sort((a, b) => compare(a.path, b.path)) };
}

/** The report with the state of each finding. A model is known by its path, or by its content when it was moved. */
export function compareWithBaseline(report: ScanReport, baseline: FindingsBaseline, folder: string): ScanReport {
  const path = relativePath(folder, report.model.path);
  const model =
    baseline.models.find((candidate) => candidate.path === path) ??
    baseline.models.find((candidate) => isSameContent(candidate, report.model));
  const left = new Map(model?.findings.map(({ identity, count }) => [identity, count]));
  const findings = report.findings.map((finding): Finding => {
    const identity = shortIdentity(finding);
    const count = left.get(identity) ?? 0;
    left.set(identity, count - 1);
    const isKnown = count > 0 || finding.baselineState === 'unchanged';
    return { ...finding, baselineState: isKnown ? 'unchanged' : 'new' };
  });
  return { ...report, ...conclude(report.coverage, findings, report.suppressed?.length), findings };
}

/** The report as it was before it was compared. */
export function withoutStates(report: ScanReport): ScanReport {
  if (report.findings.every(({ baselineState }) => baselineState === undefined)) return report;
  const findings = report.findings.map((finding) => {
    const plain = { ...finding };
    delete plain.baselineState;
    return plain;
  });
  return { ...report, ...conclude(report.coverage, findings, report.suppressed?.length), findings };
}

/** The document with every scan changed in one way. */
export function mapScans(document: ReportDocument, change: (report: ScanReport) => ScanReport): ReportDocument {
  return makeDocument(document.scans.map(change), document);
}

function shortIdentity(finding: Finding): string {
  return createHash('sha256').update(identityOf(finding)).digest('hex').slice(0, 32);
}

function relativePath(folder: string, path: string): string {
  if (/^[A-Za-z]:[\\/]/.test(folder)) return win32.relative(folder, path).replaceAll('\\', '/');
  return posix.relative(folder, path);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
