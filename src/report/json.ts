/** The report document as JSON. */
import { escapeJson } from './escape.js';
import { REPORT_SCHEMA } from './schema.js';
import type { ReportDocument, ScanReport } from './schema.js';
import { TOOL_NAME, TOOL_VERSION } from './tool.js';
import { worst } from './verdict.js';

/** One document for all scans of one request. */
export function makeDocument(scans: readonly ScanReport[]): ReportDocument {
  return {
    schema: REPORT_SCHEMA,
    tool: { name: TOOL_NAME, version: TOOL_VERSION },
    verdict: worst(scans.map(({ verdict }) => verdict)),
    scans: [...scans],
  };
}

/** JSON that ends in a newline and is safe to print to a terminal; on one line with an `indent` of 0. */
export function formatJson(value: unknown, indent = 2): string {
  return `${escapeJson(JSON.stringify(value, undefined, indent))}\n`;
}
