/** The input, the hooks and the result of a run. */
import type { BehaviorResult } from '../behavior/behavior-analysis.js';
import type { Settings } from '../config/settings.js';
import type { MountedModel } from '../docker/sandbox.js';
import type { Finding, ScanReport } from '../core/schema.js';
import type { ProjectCode, StaticResult } from '../static/analyse.js';
import type { TestCase } from '../testcase/files.js';
import type { ScanStage } from './scan-request.js';

export interface ModelToRun {
  readonly model: MountedModel;
  /** Loads it; without one the format is one of those that can be loaded. */
  readonly testCase?: TestCase;
  readonly analysis: StaticResult;
  /** The project's own code that loading the model imports. */
  readonly code: ProjectCode;
  /** Bytes of its files together. */
  readonly size: number;
  /** Folders in which the project around the model may name its dependencies. */
  readonly folders: readonly string[];
  readonly settings: Settings;
}

export interface RunHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (stage: ScanStage, message: string) => void;
  /** A message that the user should be able to read afterwards, too. */
  readonly onNote: (message: string) => void;
  readonly onFindings: (findings: readonly Finding[]) => void;
  readonly onTraceLine?: (line: string) => void;
  /** The results of a run that was cancelled or failed in the middle; called before `runModel` rejects. */
  readonly onBrokenOff: (run: ModelRun) => void;
}

/** The dynamic part of a report. */
export type ModelRun = Pick<
  BehaviorResult,
  'findings' | 'load' | 'processes' | 'timeline' | 'timelineOmitted' | 'conversations' | 'gaps' | 'otherPython'
> &
  Pick<ScanReport, 'limits' | 'output' | 'trace' | 'durations' | 'sandbox'> & {
    /** Names of the files of the model's own code that the sandbox had. */
    readonly code: ReadonlySet<string>;
    /** SHA-256 of the files that the sandbox had, before anything was loaded. */
    readonly modelHashes: readonly string[] | undefined;
  };

export const EMPTY_RUN: ModelRun = {
  findings: [],
  load: { outcome: 'not-run' },
  processes: [],
  timeline: [],
  timelineOmitted: 0,
  conversations: [],
  gaps: [],
  otherPython: false,
  limits: [],
  output: { stdout: '', stderr: '', omittedBytes: 0 },
  trace: { lines: 0, bytes: 0, unparsed: 0, unparsedExamples: [] },
  durations: {},
  sandbox: undefined,
  code: new Set(),
  modelHashes: undefined,
};
