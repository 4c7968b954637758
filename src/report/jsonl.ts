/** The report as JSON lines: one for each model, as `scans[]` of the JSON document has it, and in the end one with the rest of the document. */
import { publishedScan } from '../core/published.js';
import type { ReportDocument, ScanReport } from '../core/schema.js';
import { formatJson } from './json.js';

export function formatJsonl(document: ReportDocument): string {
  return document.scans.map(scanLine).join('') + lastLine(document);
}

export function scanLine(scan: ScanReport): string {
  return formatJson(publishedScan(scan), 0);
}

/** `scans` is their number here. */
export function lastLine({ scans, ...rest }: ReportDocument): string {
  return formatJson({ ...rest, scans: scans.length }, 0);
}
