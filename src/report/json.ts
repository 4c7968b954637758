/** The report document as JSON. */
import { escapeJson } from '../core/escape.js';
import { publishedDocument } from '../core/published.js';
import { REPORT_SCHEMA } from '../core/schema.js';
import type { LeftOut, Problem, ReportDocument, ScanReport, Verdict } from '../core/schema.js';
import { TOOL_NAME, TOOL_VERSION } from '../core/tool.js';
import { isUnseen, worst } from '../core/verdict.js';

export interface About {
  readonly problems?: readonly Problem[] | undefined;
  readonly leftOut?: readonly LeftOut[] | undefined;
  readonly notes?: readonly string[] | undefined;
}

/** One document for all scans of one request. */
export function makeDocument(
  scans: readonly ScanReport[],
  { problems = [], leftOut = [], notes = [] }: About = {},
): ReportDocument {
  return {
    schema: REPORT_SCHEMA,
    tool: { name: TOOL_NAME, version: TOOL_VERSION },
    verdict: verdictOf(scans, problems.length > 0 || leftOut.some(isUnseen)),
    scans: [...scans],
    ...(problems.length === 0 ? {} : { problems: [...problems] }),
    ...(leftOut.length === 0 ? {} : { leftOut: [...leftOut] }),
    ...(notes.length === 0 ? {} : { notes: [...notes] }),
  };
}

function verdictOf(scans: readonly ScanReport[], isIncomplete: boolean): Verdict {
  const verdicts = scans.map(({ verdict }) => verdict);
  return worst(isIncomplete ? [...verdicts, 'inconclusive'] : verdicts);
}

/** What `--format json` prints. */
export function formatReport(document: ReportDocument): string {
  return formatJson(publishedDocument(document));
}

/** JSON that ends in a newline and is safe to print to a terminal; on one line with an `indent` of 0. */
export function formatJson(value: unknown, indent = 2): string {
  return `${escapeJson(JSON.stringify(value, undefined, indent))}\n`;
}
