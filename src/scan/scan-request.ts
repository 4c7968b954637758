/** The interface of a scan: the editor and the command line know these types and `scanPaths`, and no type of Docker, traces or rules. */
import type { Exclusion } from '../core/exclusion.js';
import type { Settings } from '../config/settings.js';
import type { ModelState } from '../model/state.js';
import type { TestCase } from '../testcase/files.js';
import type { Finding, ReportDocument, ScanReport } from '../core/schema.js';

/** The parts of a scan that the user waits for, in order. */
export type ScanStage = 'static' | 'engine' | 'image' | 'baseline' | 'start' | 'import' | 'load' | 'use' | 'settle';

export type ScanEvent =
  /** The models that will be scanned; comes once, before the first begins. */
  | { readonly type: 'found'; readonly paths: readonly string[] }
  /** Work on a model began; `index` of `total`. `sidecar`: a file that lies beside a model, which is read alone and not counted. */
  | {
      readonly type: 'started';
      readonly path: string;
      readonly index: number;
      readonly total: number;
      readonly sidecar?: true;
    }
  /**
   * A model that waits to be run has been read; `done` of `total` such models. The report is that of a request that only reads: it says how the model
   * stands until it has been run.
   */
  | {
      readonly type: 'read';
      readonly path: string;
      readonly report: ScanReport;
      /** Of its file when it was opened; undefined when it could not be opened. */
      readonly state: ModelState | undefined;
      readonly done: number;
      readonly total: number;
    }
  /** Its file was opened, and the report will be about this file. */
  | { readonly type: 'opened'; readonly path: string; readonly state: ModelState }
  /** `fraction` is 0…1 within the stage where that is known. */
  | {
      readonly type: 'progress';
      readonly path: string;
      readonly stage: ScanStage;
      readonly message: string;
      readonly fraction?: number;
    }
  /**
   * A finding as soon as it is known; one with the same `rule` and a higher `count` replaces the former at `index`. `partialReport` makes a report of
   * all that is known when it is called, findings at their indices; it is never `clean`, because the scan goes on.
   */
  | {
      readonly type: 'finding';
      readonly path: string;
      readonly index: number;
      readonly finding: Finding;
      readonly partialReport: () => ScanReport;
    }
  | { readonly type: 'log'; readonly message: string }
  /** One line of the raw trace, for `--print-trace` and `--trace-file`; control characters are strace's own escapes. */
  | { readonly type: 'trace'; readonly path: string; readonly line: string }
  /** The results for a model that was being scanned when the signal aborted; comes before `scanPaths` rejects. */
  | { readonly type: 'stopped'; readonly path: string; readonly report: ScanReport }
  | { readonly type: 'finished'; readonly path: string; readonly report: ScanReport };

export interface ScanRequest {
  /** Files and folders; a folder stands for the models in it. */
  readonly paths: readonly string[];
  readonly settings: Settings;
  /** Folders that the user works in: a model in one of them can take modules of its own from there. */
  readonly folders?: readonly string[];
  /** What of the folders is not scanned. */
  readonly exclude?: readonly Exclusion[];
  /** Only read, never run. */
  readonly staticOnly: boolean;
  /** Loads each model in place of the loader of its format; see `readTestCase`. */
  readonly testCase?: TestCase;
  /** Models that an earlier scan of the same request has run are not run again; the reports of the others are kept for the next. */
  readonly resume?: boolean;
  /** Send `trace` events. */
  readonly wantTrace?: boolean;
}

export interface ScanHooks {
  /** Ends every run at once when aborted; `scanPaths` then rejects with CancelledError. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ScanEvent) => void;
}

/**
 * Scans models and returns one document. A model that could not be scanned, for whatever reason, has a report that says so (`inconclusive`); a
 * problem that concerns several models, or a path without a model, stands in `problems`. The promise rejects only when no part of the request can be
 * done: UserError for a setting that makes no sense or a request without models, CancelledError.
 *
 * Example: `const { scans } = await scanPaths({ paths: ['model.pt'], settings, staticOnly: true }, { signal, onEvent });`
 */
export type ScanPaths = (request: ScanRequest, hooks: ScanHooks) => Promise<ReportDocument>;
