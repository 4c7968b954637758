import type { ScanReport } from '../../src/core/schema.js';

export function merged(reports: readonly ScanReport[]): ScanReport | undefined;
export function problemOf(
  entry: { readonly expected: readonly string[]; readonly verdicts: readonly string[] },
  report: ScanReport | undefined,
): string | undefined;
