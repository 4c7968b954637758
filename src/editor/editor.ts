import type { ExtensionContext, Uri } from 'vscode';
import type { ScanPaths } from '../scan/scan-request.js';
import type { App, EngineBundle } from './app.js';
import { activeFile, Commands, pickModel } from './commands.js';
import { AutoScan } from './auto-scan.js';
import { Decorations } from './decorations.js';
import { Diagnostics } from './diagnostics.js';
import { DisassemblyDocuments } from './disassembly-documents.js';
import { ModelDocuments } from './model-documents.js';
import { DisassemblyLanguage } from './disassembly-language.js';
import { DisposableObject } from './disposable.js';
import { EnvironmentCheck } from './environment-check.js';
import { Inspections } from './inspections.js';
import { KeptResults } from './kept-results.js';
import { McpServers } from './mcp-server.js';
import { ModelInspector } from './model-inspector.js';
import { ModelLoads } from './model-loads.js';
import { ModelsTree } from './models-tree.js';
import { ReportDocuments } from './report-documents.js';
import { ReportPanels } from './report-panels.js';
import { Results } from './results.js';
import { RuleDocuments } from './rule-documents.js';
import { SandboxTree } from './sandbox-tree.js';
import { ScanController } from './scan-controller.js';
import { ScanTool } from './scan-tool.js';
import { Status } from './status.js';
import { window } from './surfaces.js';
import { TestCaseProblems } from './test-case-problems.js';
import { TestCases } from './test-cases.js';
import { TraceDocuments } from './trace-documents.js';
import { Traces } from './traces.js';
import { Triage } from './triage.js';
import { refuseToRunUntrusted } from './trust.js';

/** The editor side of DynScan. Its parts meet in `results` alone: scans write there, views read. */
export class Editor extends DisposableObject {
  readonly results = this.own(new Results());
  readonly testCases: TestCases;
  readonly decorations = this.own(new Decorations(this.results));
  readonly models: ModelsTree;
  readonly sandbox: SandboxTree;
  readonly inspections: Inspections;
  readonly triage: Triage;
  readonly status: Status;
  readonly kept: KeptResults;
  readonly autoScan: AutoScan;
  readonly environment: EnvironmentCheck;
  readonly traces = new Traces();
  readonly scanTool: ScanTool;
  readonly mcpServers: McpServers;
  /** The only way from here to the sandbox. */
  readonly scanPaths: ScanPaths;

  constructor(context: ExtensionContext, engine: () => Promise<EngineBundle>) {
    super();
    this.scanPaths = refuseToRunUntrusted(async (request, hooks) => (await engine()).scanPaths(request, hooks));
    const log = this.own(window.createLog('DynScan'));
    const app: App = { context, log, engine, scanPaths: this.scanPaths };
    this.own(new Diagnostics(this.results));
    this.own(new ModelLoads(this.results));
    this.own(new ReportDocuments(this.results));
    this.own(new RuleDocuments(app));
    const { results } = this;
    const models = (this.models = this.own(new ModelsTree(app, results, context.workspaceState)));
    const sandbox = (this.sandbox = this.own(new SandboxTree(app, results)));
    const inspections = (this.inspections = new Inspections(app));
    const triage = (this.triage = this.own(new Triage(app, results, context.workspaceState)));
    const documents = this.own(new DisassemblyDocuments(app));
    const contents = this.own(new ModelDocuments(app));
    const { traces } = this;
    const kept = (this.kept = this.own(new KeptResults(app, results, traces)));
    this.own(new TraceDocuments(results, traces, kept));
    const reports = this.own(new ReportPanels(app, results, traces, kept));
    const scans = this.own(new ScanController(app, results, traces, kept));
    const front = (): Uri | undefined => reports.active ?? activeFile();
    this.status = this.own(new Status({ results, count: scans.count, front }));
    this.testCases = this.own(new TestCases(app, scans, () => pickModel(models)));
    this.own(new TestCaseProblems(app, results));
    this.scanTool = this.own(new ScanTool(app, scans));
    this.mcpServers = this.own(new McpServers(context.extensionPath));
    const autoScan = (this.autoScan = this.own(new AutoScan({ app, results, scans, kept })));
    this.own(new DisassemblyLanguage(app, results, documents));
    this.own(new ModelInspector({ app, results, inspections, documents, autoScan }));
    this.environment = this.own(new EnvironmentCheck(app));
    const { testCases, environment } = this;
    this.own(
      new Commands({
        app,
        results,
        scans,
        autoScan,
        models,
        sandbox,
        reports,
        testCases,
        inspections,
        documents,
        contents,
        triage,
        environment,
      }),
    );
  }
}
