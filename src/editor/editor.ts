import { window, type ExtensionContext } from 'vscode';
import type { ScanPaths } from '../scan/api.js';
import type { App, Engine } from './app.js';
import { Commands, pickModel } from './commands.js';
import { Diagnostics } from './diagnostics.js';
import { DisposableObject } from './disposable.js';
import { ModelsTree } from './models-tree.js';
import { ReportDocuments } from './report-documents.js';
import { ReportPanels } from './report-panels.js';
import { Results } from './results.js';
import { ScanController } from './scan-controller.js';
import { TestCaseProblems } from './test-case-problems.js';
import { TestCases } from './test-cases.js';
import { refuseToRunUntrusted } from './trust.js';

/** The editor side of DynScan. Its parts meet in `results` alone: scans write there, views read. */
export class Editor extends DisposableObject {
  readonly results = this.own(new Results());
  readonly models = this.own(new ModelsTree(this.results));
  readonly testCases: TestCases;
  /** The only way from here to the sandbox. */
  readonly scanPaths: ScanPaths;

  constructor(context: ExtensionContext, engine: () => Promise<Engine>) {
    super();
    this.scanPaths = refuseToRunUntrusted(async (request, hooks) => (await engine()).scanPaths(request, hooks));
    const log = this.own(window.createOutputChannel('DynScan', { log: true }));
    const app: App = { context, log, engine, scanPaths: this.scanPaths };
    this.own(new Diagnostics(this.results));
    this.own(new ReportDocuments(this.results));
    const { results, models } = this;
    const reports = this.own(new ReportPanels(app, results));
    const scans = this.own(new ScanController(app, results));
    this.testCases = this.own(new TestCases(app, results, scans, () => pickModel(models)));
    this.own(new TestCaseProblems(app, results));
    this.own(new Commands({ app, results, scans, models, reports, testCases: this.testCases }));
  }
}
