/** What the report page and the extension say to each other. */
import type { Finding, ScanReport, TimelineEntry } from '../core/schema.js';
import type { Row } from '../core/inspection.js';

/** Everything the page shows. */
export interface ReportPage {
  /** The model's URI; with `stamp` the page's saved state, from which a report is shown again after a restart. */
  readonly uri: string;
  readonly stamp:
    { readonly identity: string; readonly settled: boolean; readonly path?: string | undefined } | undefined;
  readonly name: string;
  /** From the workspace's root when it is in there. */
  readonly path: string;
  /** `gone`: the file was deleted or changed, so what was found no longer counts. */
  readonly status: 'gone' | 'queued' | 'scanning' | 'finished';
  /** The current activity of a running scan. */
  readonly progress: string;
  /** The caveat of a report that is partial, while the scan runs, or not of this moment; else empty. */
  readonly note: string;
  readonly findings: readonly Finding[];
  /** Its timeline, which can be most of it, comes in a message of its own. */
  readonly report: ScanReport | undefined;
  /** The raw trace that can be searched; undefined when it was not kept. */
  readonly trace: TraceAbout | undefined;
  /** The model has opcodes that can be listed. */
  readonly hasOpcodes: boolean;
  /** Entries of the report's timeline. */
  readonly calls: number;
}

export interface TraceAbout {
  /** A new number for each scan. */
  readonly version: number;
  /** Lines kept, and those that there were beyond. */
  readonly lines: number;
  readonly omitted: number;
  /** Values for the filters; only a part where there are very many. */
  readonly pids: readonly number[];
  readonly calls: readonly string[];
}

/** Lines of the trace; `text`, `pid` and `call` say which, the empty text and call any. */
export interface TraceWanted {
  readonly version: number;
  readonly text: string;
  readonly pid: number | undefined;
  readonly call: string;
  readonly from: number;
  readonly count: number;
}

export type ToPage =
  | { readonly type: 'show'; readonly page: ReportPage }
  /** The timeline of the report shown last. */
  | { readonly type: 'timeline'; readonly timeline: readonly TimelineEntry[] }
  /** Opens and scrolls to a finding of the page shown last. */
  | { readonly type: 'reveal'; readonly finding: number }
  | { readonly type: 'trace'; readonly wanted: TraceWanted; readonly total: number; readonly rows: readonly Row[] };

export const FROM_PAGE = [
  'ready',
  'timeline',
  'scan',
  'stop',
  'json',
  'log',
  'export',
  'copy',
  'packages',
  'classes',
  'inspect',
  'testCase',
] as const;
/** `ready`: send what there is. `timeline` asks for the report's, `trace` for lines of the trace. The others are the page's buttons. */
export type FromPage =
  | { readonly type: (typeof FROM_PAGE)[number] }
  | { readonly type: 'trace'; readonly wanted: TraceWanted }
  | { readonly type: 'rule'; readonly rule: string }
  | FindingAsked;

/** What is asked about a finding of the page: `opcode` of a piece of its evidence, or of its cause. */
export const FINDING_ACTS = ['suppress', 'disassembly', 'technique', 'opcode'] as const;
export interface FindingAsked {
  readonly type: (typeof FINDING_ACTS)[number];
  readonly index: number;
  readonly evidence: number | undefined;
}

/** Lines asked for at one time. */
const LINES_AT_ONCE = 1_000;
export const SEARCH_LENGTH = 200;

/** A page shows hostile data, so what it says is checked too. */
export function parseFromPage(message: unknown): FromPage | undefined {
  if (!isRecord(message)) return undefined;
  const type = FROM_PAGE.find((known) => known === message['type']);
  if (type !== undefined) return { type };
  const act = FINDING_ACTS.find((known) => known === message['type']);
  const { rule, index, evidence } = message;
  if (act !== undefined && isCount(index) && (evidence === undefined || isCount(evidence)))
    return { type: act, index, evidence };
  if (message['type'] === 'rule' && typeof rule === 'string' && /^[A-Z0-9-]{1,100}$/.test(rule))
    return { type: 'rule', rule };
  const wanted = message['type'] === 'trace' ? parseWanted(message['wanted']) : undefined;
  return wanted && { type: 'trace', wanted };
}

function parseWanted(value: unknown): TraceWanted | undefined {
  if (!isRecord(value)) return undefined;
  const { version, text, pid, call, from, count } = value;
  if (typeof text !== 'string' || text.length > SEARCH_LENGTH) return undefined;
  if (typeof call !== 'string' || call.length > SEARCH_LENGTH) return undefined;
  if (pid !== undefined && !isCount(pid)) return undefined;
  if (!isCount(version) || !isCount(from) || !isCount(count) || count > LINES_AT_ONCE) return undefined;
  return { version, text, pid, call, from, count };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
