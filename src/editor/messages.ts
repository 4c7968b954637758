/** What the report page and the extension say to each other. */
import type { Finding, ScanReport } from '../report/schema.js';

/** Everything the page shows. */
export interface ReportPage {
  /** The model's URI; with `stamp` the page's saved state, from which a report is shown again after a restart. */
  readonly uri: string;
  readonly stamp: { readonly modified: number; readonly size: number } | undefined;
  readonly name: string;
  /** From the workspace's root when it is in there. */
  readonly path: string;
  /** `gone`: the file was deleted or changed, so what was found no longer counts. */
  readonly status: 'gone' | 'queued' | 'scanning' | 'finished';
  /** What the scan is doing, while it does. */
  readonly progress: string;
  /** That what is shown is not the last word, while it is not. */
  readonly note: string;
  readonly findings: readonly Finding[];
  readonly report: ScanReport | undefined;
}

export type ToPage =
  | { readonly type: 'show'; readonly page: ReportPage }
  /** Opens and scrolls to a finding of the page shown last. */
  | { readonly type: 'reveal'; readonly finding: number };

export const FROM_PAGE = ['ready', 'scan', 'stop', 'json', 'log'] as const;
/** `ready`: send what there is. The others are the page's buttons. */
export interface FromPage {
  readonly type: (typeof FROM_PAGE)[number];
}

/** A page shows hostile data, so what it says is checked too. */
export function isFromPage(message: unknown): message is FromPage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  return FROM_PAGE.some((type) => type === message.type);
}
