import type { ExtensionContext } from 'vscode';
import type { importConfigFile } from '../config/import-ini.js';
import type { isTrustedOnly } from '../config/load.js';
import type { GIVEN_NAMES, givenSettingsSchema, Settings } from '../config/settings.js';
import type { formatFile } from '../report/files.js';
import type { formatReport, makeDocument } from '../report/json.js';
import type { formatMarkdown } from '../report/markdown.js';
import type { prepareReportFile, recordTraces, TraceFiles } from '../scan/output-files.js';
import type { checkTestCase, TEST_CASE_LIMIT } from '../testcase/check.js';
import type { readTestCase, scaffoldTestCase } from '../testcase/files.js';
import type { isKnownDistribution } from '../docker/distributions.js';
import type { addRequirements } from '../docker/requirements.js';
import type { listImages, removeImage } from '../docker/image-list.js';
import type { buildImage } from '../docker/images.js';
import type { rememberKept } from '../docker/uninstall.js';
import type { LAYERS } from '../docker/layers.js';
import type { scanReportSchema } from '../core/schema.js';
import type { ResultStore } from '../scan/result-store.js';
import type { ScanPaths } from '../scan/scan-request.js';
import type * as look from '../scan/look.js';
import type { writeSamples } from '../samples/write.js';
import type { tellAssistant, tellFailure, toolRequestSchema } from '../scan/tool-request.js';
import type * as triage from '../triage/triage.js';
import type { explainGlobal } from '../static/pickle/explain.js';
import type { Log } from './surfaces.js';

/** One check of a requirement of the sandbox, and what to do when it fails. */
export interface Diagnosis {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice?: string | undefined;
  /** For a terminal. */
  readonly command?: string | undefined;
  /** The name of the setting that it hangs on. */
  readonly setting?: string | undefined;
}

/** What the editor side needs from the rest of DynScan. */
export interface EngineBundle {
  readonly scanPaths: ScanPaths;
  readonly diagnose: (settings: Settings) => Promise<readonly Diagnosis[]>;
  readonly GIVEN_NAMES: typeof GIVEN_NAMES;
  readonly givenSettingsSchema: typeof givenSettingsSchema;
  readonly isTrustedOnly: typeof isTrustedOnly;
  readonly scanReportSchema: typeof scanReportSchema;
  readonly formatFile: typeof formatFile;
  readonly formatReport: typeof formatReport;
  readonly formatMarkdown: typeof formatMarkdown;
  readonly makeDocument: typeof makeDocument;
  readonly prepareReportFile: typeof prepareReportFile;
  readonly TraceFiles: typeof TraceFiles;
  readonly recordTraces: typeof recordTraces;
  readonly checkTestCase: typeof checkTestCase;
  readonly TEST_CASE_LIMIT: typeof TEST_CASE_LIMIT;
  readonly readTestCase: typeof readTestCase;
  readonly scaffoldTestCase: typeof scaffoldTestCase;
  readonly importConfigFile: typeof importConfigFile;
  readonly triage: typeof triage;
  readonly writeSamples: typeof writeSamples;
  readonly tellAssistant: typeof tellAssistant;
  readonly tellFailure: typeof tellFailure;
  readonly toolRequestSchema: typeof toolRequestSchema;
  readonly inspectModel: typeof look.inspectModel;
  readonly listPickle: typeof look.listPickle;
  readonly glimpseModel: typeof look.glimpseModel;
  readonly detectModel: typeof look.detectModel;
  readonly describeModel: typeof look.describeModel;
  readonly readArrayOf: typeof look.readArrayOf;
  readonly ruleDocument: typeof look.ruleDocument;
  readonly explainGlobal: typeof explainGlobal;
  readonly addRequirements: typeof addRequirements;
  readonly isKnownDistribution: typeof isKnownDistribution;
  readonly projectIn: typeof look.projectIn;
  readonly ResultStore: typeof ResultStore;
  readonly rememberKept: typeof rememberKept;
  readonly LAYERS: typeof LAYERS;
  readonly listImages: typeof listImages;
  readonly buildImage: typeof buildImage;
  readonly removeImage: typeof removeImage;
}

/** What every part of the editor side may use. */
export interface App {
  readonly context: ExtensionContext;
  readonly log: Log;
  /** Loads it on first use: activation must not wait for it. */
  readonly engine: () => Promise<Omit<EngineBundle, 'scanPaths'>>;
  /** Refuses to run models in Restricted Mode. */
  readonly scanPaths: ScanPaths;
}
