/** What the inspector's page and the extension say to each other. */
import type { Severity, Verdict } from '../core/schema.js';
import { LISTS, type ArrayValues, type Column, type InspectedList, type ListId, type Row } from '../core/inspection.js';

/** Everything the page shows, but the rows of its lists, which it asks for as it needs them. */
export interface InspectorPage {
  readonly name: string;
  /** From the workspace's root when it is in there. */
  readonly path: string;
  /** Bytes, when known. */
  readonly size: number | undefined;
  readonly content: Content;
  readonly scan: ScanState;
  readonly findings: readonly ShownFinding[];
  /** What is possible here: running it in the sandbox, only reading it, or neither, and why. */
  readonly scans: { readonly run: boolean; readonly read: boolean; readonly why: string };
}

export type Content =
  | { readonly kind: 'reading' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'read'; readonly about: About };

export interface About {
  /** Counts up when the file was read again: rows asked for before are those of another file. */
  readonly version: number;
  readonly format: string;
  readonly detail: string;
  readonly frameworks: readonly string[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly lists: readonly ShownList[];
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  /** Pickles that can be listed. */
  readonly pickles: number;
  readonly gaps: readonly string[];
}

export type ShownList = Pick<InspectedList, 'id' | 'columns' | 'omitted'> & { readonly count: number };

export type ScanState =
  | { readonly kind: 'none' }
  | { readonly kind: 'busy'; readonly message: string }
  | {
      readonly kind: 'done';
      readonly verdict: Verdict;
      readonly reasons: readonly string[];
      /** What has to be said of a verdict that is not of this moment. */
      readonly notes: readonly string[];
      readonly sha256: string | undefined;
      /** It was run, and not only read. */
      readonly ran: boolean;
    };

export interface ShownFinding {
  /** In the report. */
  readonly index: number;
  readonly severity: Severity;
  readonly title: string;
  readonly explanation: string;
  readonly rule: string;
  /** Line of the disassembly, when the finding has one. */
  readonly line: number | undefined;
}

export interface RowsWanted {
  readonly version: number;
  readonly list: ListId;
  readonly filter: string;
  /** Index of a column; the order of the file when absent. */
  readonly sort: number | undefined;
  readonly descending: boolean;
  /** Rows of a tree that are folded or unfolded other than at first. */
  readonly toggled: readonly number[];
  readonly from: number;
  readonly count: number;
}

export type ToInspector =
  | { readonly type: 'show'; readonly page: InspectorPage }
  | { readonly type: 'rows'; readonly wanted: RowsWanted; readonly total: number; readonly rows: readonly Row[] }
  /** How many rows of each list have the text. */
  | {
      readonly type: 'found';
      readonly version: number;
      readonly filter: string;
      readonly counts: Readonly<Partial<Record<ListId, number>>>;
    }
  | {
      readonly type: 'values';
      readonly version: number;
      readonly array: number;
      /** A message where they could not be read. */
      readonly values: ArrayValues | string;
    };

const PLAIN = ['ready', 'scan', 'scanStatic', 'stop', 'report', 'disassembly', 'reload'] as const;

export type FromInspector =
  | { readonly type: (typeof PLAIN)[number] }
  /** Shows a finding in the report, or its line in the disassembly. */
  | { readonly type: 'finding' | 'line'; readonly index: number }
  /** Shows an opcode of a pickle. */
  | { readonly type: 'opcode'; readonly pickle: number; readonly offset: number }
  /** Rows of a list, or all of them as text for the clipboard. */
  | { readonly type: 'rows' | 'copy'; readonly wanted: RowsWanted }
  /** Counts the rows of all lists that have the text. */
  | { readonly type: 'find'; readonly version: number; readonly filter: string }
  /** The numbers of an array. */
  | { readonly type: 'values'; readonly version: number; readonly array: number };

/** Rows asked for at one time. */
const ROWS_AT_ONCE = 1_000;
export const FILTER_LENGTH = 200;
/** Of one tree. */
export const TOGGLED_LIMIT = 2_000;

/** A page shows hostile data, so what it says is checked too. */
export function parseFromInspector(message: unknown): FromInspector | undefined {
  if (!isRecord(message)) return undefined;
  const { type } = message;
  const plain = PLAIN.find((known) => known === type);
  if (plain !== undefined) return { type: plain };
  if (type === 'finding' || type === 'line') {
    const { index } = message;
    return isCount(index) ? { type, index } : undefined;
  }
  if (type === 'opcode') {
    const { pickle, offset } = message;
    return isCount(pickle) && isCount(offset) ? { type, pickle, offset } : undefined;
  }
  if (type === 'values') {
    const { version, array } = message;
    return isCount(version) && isCount(array) ? { type, version, array } : undefined;
  }
  if (type === 'find') {
    const { version, filter } = message;
    return isCount(version) && isFilter(filter) ? { type, version, filter } : undefined;
  }
  if (type !== 'rows' && type !== 'copy') return undefined;
  const wanted = parseWanted(message['wanted']);
  return wanted && { type, wanted };
}

function isFilter(value: unknown): value is string {
  return typeof value === 'string' && value.length <= FILTER_LENGTH;
}

function parseWanted(value: unknown): RowsWanted | undefined {
  if (!isRecord(value)) return undefined;
  const { version, list: name, filter, sort, descending, toggled, from, count } = value;
  const list = LISTS.find((known) => known === name);
  if (list === undefined || !isFilter(filter)) return undefined;
  if (!isCount(version) || !isCount(from) || !isCount(count) || count > ROWS_AT_ONCE) return undefined;
  if (!Array.isArray(toggled) || toggled.length > TOGGLED_LIMIT || !toggled.every(isCount)) return undefined;
  if (typeof descending !== 'boolean' || (sort !== undefined && !isCount(sort))) return undefined;
  return { version, list, filter, sort, descending, toggled, from, count };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** For both sides: what of a column is shown to the right. */
export function isNumber({ kind }: Column): boolean {
  return kind === 'number' || kind === 'bytes';
}
