import { commands, env, l10n, Uri, workspace } from 'vscode';
import { techniquePage } from '../core/attack-names.js';
import { escapeText } from '../core/escape.js';
import type { App } from './app.js';
import { lineOf, opcodeOf } from './diagnostics.js';
import { DisposableObject } from './disposable.js';
import { parseFromPage, type FindingAsked, type FromPage, type ReportPage, type ToPage } from '../view/messages.js';
import { REPORT_SCHEME, REPORT_VIEW } from './names.js';
import { liveNote, progressInWords, standingInWords } from './phrases.js';
import type { KeptResults } from './kept-results.js';
import { finished, type Results } from './results.js';
import { ruleUri } from './rule-documents.js';
import { stillScanned } from './stamp.js';
import { showTitle, window, type Panel } from './surfaces.js';
import type { Traces } from './traces.js';
import { preparePage } from './webview-page.js';
import { modelName } from './appearance.js';

interface OpenPanel {
  readonly panel: Panel;
  readonly uri: Uri;
  /** Shown as soon as the page can. */
  reveal: number | undefined;
  ready: boolean;
  /** The report whose trace was looked for, by its time. */
  asked?: string;
}

/** The report pages, at most one per model. */
export class ReportPanels extends DisposableObject {
  readonly #panels = new Map<string, OpenPanel>();

  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly traces: Traces,
    private readonly kept: KeptResults,
  ) {
    super();
    this.own(window.registerPanelSerializer(REPORT_VIEW, (panel, state) => this.#restore(panel, state)));
    this.own(
      results.onDidChange((uris) => {
        for (const uri of uris) this.#update(this.#panels.get(uri.toString()));
      }),
    );
  }

  /** The model whose report is in front. */
  get active(): Uri | undefined {
    return [...this.#panels.values()].find(({ panel }) => panel.active)?.uri;
  }

  /** Opens the report of a model, or brings it to the front, and goes to a finding. */
  show(uri: Uri, finding?: number): void {
    void this.results.verify(uri);
    const open = this.#panels.get(uri.toString());
    if (open) {
      open.panel.reveal();
      open.reveal = finding;
      this.#update(open);
      return;
    }
    const panel = window.createPanel(REPORT_VIEW);
    this.#attach(panel, uri, finding);
  }

  /** A page that was open when VS Code was last closed restores its report; the report counts if the file is still the same. */
  async #restore(panel: Panel, state: unknown): Promise<void> {
    const { scanReportSchema } = await this.app.engine();
    const saved = (state ?? {}) as Partial<ReportPage>;
    const uri = Uri.parse(typeof saved.uri === 'string' ? saved.uri : 'file:///');
    const report = scanReportSchema.safeParse(saved.report);
    const stamp = report.success ? await stillScanned(uri, saved.stamp, report.data) : undefined;
    if (report.success && stamp !== undefined)
      this.results.restore(finished(uri, report.data, stamp, { isKept: true }));
    this.#attach(panel, uri);
  }

  override dispose(): void {
    for (const { panel } of [...this.#panels.values()]) panel.dispose();
    super.dispose();
  }

  #attach(panel: Panel, uri: Uri, reveal?: number): void {
    const open: OpenPanel = { panel, uri, reveal, ready: false };
    const { extensionUri } = this.app.context;
    this.#panels.set(uri.toString(), open);
    showTitle(panel, l10n.t('Report: {0}', modelName(uri)), {
      light: Uri.joinPath(extensionUri, 'media', 'report-light.svg'),
      dark: Uri.joinPath(extensionUri, 'media', 'report-dark.svg'),
    });
    panel.onDidDispose(() => this.#panels.delete(uri.toString()));
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const parsed = parseFromPage(message);
      if (parsed) void this.#onMessage(open, parsed);
    });
    preparePage(panel.webview, extensionUri, 'report');
  }

  async #onMessage(open: OpenPanel, message: FromPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        open.ready = true;
        this.#update(open);
        break;
      case 'timeline': {
        const timeline = this.results.report(open.uri)?.timeline;
        if (timeline) this.#post(open, { type: 'timeline', timeline });
        break;
      }
      case 'scan':
        await commands.executeCommand('dynscan.scanModel', open.uri);
        break;
      case 'stop':
        await commands.executeCommand('dynscan.stopScan', open.uri);
        break;
      case 'json':
        await window.showTextDocument(reportDocumentUri(open.uri), { preview: false });
        break;
      case 'log':
        this.app.log.show();
        break;
      case 'export':
        await commands.executeCommand('dynscan.exportReport', open.uri);
        break;
      case 'copy':
        await commands.executeCommand('dynscan.copyReport', open.uri);
        break;
      case 'classes':
        await commands.executeCommand('dynscan.testOwnClasses', open.uri);
        break;
      case 'inspect':
        await commands.executeCommand('vscode.open', open.uri, { preview: true });
        break;
      case 'testCase':
        await commands.executeCommand('dynscan.scanWithTestCase', open.uri);
        break;
      case 'rule':
        await commands.executeCommand('vscode.open', ruleUri(message.rule), { preview: true });
        break;
      case 'suppress':
      case 'disassembly':
      case 'technique':
      case 'opcode':
        await this.#onFinding(open.uri, message);
        break;
      case 'packages':
        await commands.executeCommand('dynscan.addPackages', open.uri);
        break;
      case 'trace': {
        const trace = this.traces.of(open.uri.fsPath);
        // The page gets another trace when it is shown.
        if (trace?.version !== message.wanted.version) break;
        this.#post(open, { type: 'trace', wanted: message.wanted, ...trace.rows(message.wanted) });
        break;
      }
    }
  }

  async #onFinding(uri: Uri, { type, index, evidence }: FindingAsked): Promise<void> {
    const findings = this.results.get(uri)?.findings ?? [];
    const finding = findings[index];
    if (finding === undefined) return;
    switch (type) {
      case 'suppress':
        await commands.executeCommand('dynscan.suppressFinding', { uri: uri.toString(), rule: finding.rule });
        break;
      case 'technique': {
        const page = techniquePage(finding.attack ?? '');
        if (page !== undefined) await env.openExternal(Uri.parse(page));
        break;
      }
      case 'opcode':
      case 'disassembly': {
        const shown = evidence === undefined ? undefined : finding.evidence[evidence];
        const place =
          (shown && lineOf(uri, shown)) ??
          (finding.cause?.pickle && opcodeOf(uri, finding.cause.pickle, findings)) ??
          finding.evidence.map((one) => lineOf(uri, one)).find((one) => one !== undefined);
        if (place === undefined) await commands.executeCommand('dynscan.openDisassembly', uri);
        else await commands.executeCommand('vscode.open', place.uri, { selection: place.range, preview: true });
      }
    }
  }

  #update(open: OpenPanel | undefined): void {
    if (!open?.ready) return;
    this.#restoreTrace(open);
    this.#post(open, { type: 'show', page: this.#page(open.uri) });
    if (open.reveal !== undefined) this.#post(open, { type: 'reveal', finding: open.reveal });
    open.reveal = undefined;
  }

  /** Of a report of an earlier window. */
  #restoreTrace(open: OpenPanel): void {
    const report = this.results.report(open.uri);
    const isThere = report === undefined || report.trace.lines === 0 || this.traces.of(open.uri.fsPath) !== undefined;
    if (isThere || open.asked === report.started) return;
    open.asked = report.started;
    void this.kept.restoreTrace(report).then((found) => found && this.#update(open));
  }

  #post(open: OpenPanel, message: ToPage): void {
    void open.panel.webview.postMessage(message);
  }

  #page(uri: Uri): ReportPage {
    const result = this.results.get(uri);
    const status = result?.status;
    const report = this.results.report(uri);
    return {
      uri: uri.toString(),
      stamp: result?.stamp,
      name: modelName(uri),
      path: escapeText(workspace.asRelativePath(uri)),
      status: status?.kind ?? 'gone',
      // Screen readers read the step out when it changes, so it comes without the number of findings.
      progress: status?.kind === 'scanning' ? progressInWords(status, 0) : '',
      note:
        status?.kind === 'scanning'
          ? liveNote(result?.findings.length ?? 0, status.omitted)
          : status?.kind === 'finished'
            ? standingInWords(status).join(' ')
            : '',
      findings: result?.findings ?? [],
      report: report && { ...report, timeline: [] },
      trace: report && this.traces.of(uri.fsPath)?.about,
      hasOpcodes: (result?.findings ?? []).some(({ evidence }) =>
        evidence.some((one) => one.disassemblyLine !== undefined),
      ),
      calls: report?.timeline.length ?? 0,
    };
  }
}

/** The report as a read-only JSON document. */
export function reportDocumentUri(model: Uri): Uri {
  return Uri.from({ scheme: REPORT_SCHEME, path: `${model.path}.report.json`, query: model.toString() });
}
