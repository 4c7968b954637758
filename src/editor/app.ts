import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { Settings } from '../config/settings.js';
import type { ScanPaths } from '../scan/api.js';

/** One check of what the sandbox needs, and what to do when it fails. */
export interface Diagnosis {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice?: string | undefined;
}

/** What the editor side needs from the rest of DynScan. */
export interface Engine {
  readonly scanPaths: ScanPaths;
  readonly diagnose: (settings: Settings) => Promise<readonly Diagnosis[]>;
}

/** What every part of the editor side may use. */
export interface App extends Engine {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
}
