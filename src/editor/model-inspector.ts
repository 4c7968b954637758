import { commands, env, l10n, RelativePattern, Uri, workspace, type Webview } from 'vscode';
import { FORMATS } from '../core/formats.js';
import { escapeText } from '../core/escape.js';
import { worstFirst } from '../core/terms.js';
import { isNamed, messageOf } from '../core/user-error.js';
import type { Inspection, ListId } from '../core/inspection.js';
import type { App } from './app.js';
import type { AutoScan } from './auto-scan.js';
import { lineOf } from './diagnostics.js';
import { choosePickle, type DisassemblyDocuments } from './disassembly-documents.js';
import { DisposableObject } from './disposable.js';
import type { Inspections } from './inspections.js';
import {
  parseFromInspector,
  type About,
  type Content,
  type FromInspector,
  type InspectorPage,
  type RowsWanted,
  type ScanState,
  type ShownFinding,
  type ToInspector,
} from '../view/inspector-messages.js';
import { ListQuery } from '../view/list-query.js';
import { listText } from '../report/inspection-text.js';
import { wasRun } from '../view/models-view.js';
import { INSPECTOR_VIEW, SHOW_FINDING } from './names.js';
import { plural, progressInWords, standingInWords } from './phrases.js';
import { actIn, foundIn, type ModelResult, type Results } from './results.js';
import { sizeOf } from './stamp.js';
import { window, type Panel } from './surfaces.js';
import { preparePage } from './webview-page.js';
import { modelName } from './appearance.js';

export interface InspectorParts {
  readonly app: App;
  readonly results: Results;
  readonly inspections: Inspections;
  readonly documents: DisassemblyDocuments;
  readonly autoScan: AutoScan;
}

/** The editor that a click on a model opens: its inspection. It reads, and never runs anything. */
export class ModelInspector extends DisposableObject {
  readonly #open = new Set<Inspector>();

  constructor(private readonly parts: InspectorParts) {
    super();
    this.own(window.registerCustomEditor(INSPECTOR_VIEW, (uri, panel) => this.#show(uri, panel)));
    this.own(
      parts.results.onDidChange((uris) => {
        const changed = new Set(uris.map(String));
        for (const inspector of this.#open) if (changed.has(inspector.uri.toString())) inspector.update();
      }),
    );
  }

  #show(uri: Uri, panel: Panel): void {
    const inspector = new Inspector(this.parts, uri, panel);
    this.#open.add(inspector);
    panel.onDidDispose(() => {
      this.#open.delete(inspector);
      inspector.dispose();
    });
  }

  override dispose(): void {
    for (const inspector of this.#open) inspector.dispose();
    super.dispose();
  }
}

/** A clipboard is no place for more. */
const COPIED_ROWS = 50_000;
/** A file that is being written sends an event for every write. */
const REREAD_AFTER = 700;

/** One editor. */
class Inspector extends DisposableObject {
  readonly #webview: Webview;
  #abort = new AbortController();
  #readingArray = new AbortController();
  #ready = false;
  #content: Content = { kind: 'reading' };
  #size: number | undefined;
  #inspection: Inspection | undefined;
  #queries = new Map<ListId, ListQuery>();
  #version = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: InspectorParts,
    readonly uri: Uri,
    panel: Panel,
  ) {
    super();
    this.#webview = panel.webview;
    this.own(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const parsed = parseFromInspector(message);
        if (parsed) void this.#onMessage(parsed);
      }),
    );
    const pattern = new RelativePattern(
      Uri.joinPath(uri, '..'),
      escapeGlob(uri.path.slice(uri.path.lastIndexOf('/') + 1)),
    );
    const watcher = this.own(workspace.createFileSystemWatcher(pattern));
    this.own(watcher.onDidChange(() => this.#reread()));
    this.own(watcher.onDidCreate(() => this.#reread()));
    this.own(watcher.onDidDelete(() => this.#reread()));
    this.own(workspace.onDidGrantWorkspaceTrust(() => this.update()));
    preparePage(panel.webview, parts.app.context.extensionUri, 'inspector');
    void this.#read();
  }

  /** Shows what is known now. */
  update(): void {
    if (this.#ready) this.#post({ type: 'show', page: this.#page() });
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#readingArray.abort();
    super.dispose();
  }

  #reread(): void {
    this.parts.inspections.forget(this.uri);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), REREAD_AFTER);
  }

  async #read(): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    void this.parts.autoScan.look(this.uri);
    this.#size = await sizeOf(this.uri);
    this.update();
    try {
      const whole = this.parts.inspections.of(this.uri, abort.signal);
      let isWhole = false;
      void this.parts.inspections.glimpse(this.uri, abort.signal).then(
        (begin) => {
          if (begin === undefined || isWhole || abort.signal.aborted) return;
          this.#take({ ...begin, gaps: [l10n.t('the file is still being read: this is what its begin tells')] });
          this.update();
        },
        // What is wrong with the file, the whole says.
        () => undefined,
      );
      const inspection = await whole.finally(() => (isWhole = true));
      if (abort.signal.aborted) return;
      this.#take(inspection);
    } catch (error) {
      if (abort.signal.aborted || isNamed(error, 'CancelledError')) return;
      const message = messageOf(error);
      this.parts.app.log.warn(message);
      this.#inspection = undefined;
      this.#content = { kind: 'failed', message };
    }
    this.update();
  }

  #take(inspection: Inspection): void {
    this.#version += 1;
    this.#inspection = inspection;
    this.#queries = new Map(inspection.lists.map((list) => [list.id, new ListQuery(list)]));
    this.#content = { kind: 'read', about: aboutOf(inspection, this.#version) };
  }

  async #onMessage(message: FromInspector): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.update();
        break;
      case 'scan':
        await commands.executeCommand('dynscan.scanModel', this.uri);
        break;
      case 'scanStatic':
        await commands.executeCommand('dynscan.scanModelStatic', this.uri);
        break;
      case 'stop':
        await commands.executeCommand('dynscan.stopScan', this.uri);
        break;
      case 'report':
        await commands.executeCommand(SHOW_FINDING, this.uri.toString());
        break;
      case 'finding':
        await commands.executeCommand(SHOW_FINDING, this.uri.toString(), message.index);
        break;
      case 'reload':
        this.parts.inspections.forget(this.uri);
        await this.#read();
        break;
      case 'disassembly': {
        const place = await choosePickle(this.#inspection?.pickles ?? []);
        if (place) await this.parts.documents.open(this.uri, place);
        break;
      }
      case 'line':
        await this.#openLine(message.index);
        break;
      case 'opcode': {
        const place = this.#inspection?.pickles[message.pickle];
        if (place) await this.parts.documents.open(this.uri, place, { offset: message.offset });
        break;
      }
      case 'rows':
        this.#sendRows(message.wanted);
        break;
      case 'copy':
        await this.#copy(message.wanted);
        break;
      case 'find':
        this.#find(message);
        break;
      case 'values':
        await this.#sendValues(message);
        break;
    }
  }

  async #openLine(index: number): Promise<void> {
    const finding = this.parts.results.get(this.uri)?.findings[index];
    const evidence = finding?.evidence.find(({ disassemblyLine }) => disassemblyLine !== undefined);
    const location = evidence && lineOf(this.uri, evidence);
    if (!location) return;
    await commands.executeCommand('vscode.open', location.uri, { selection: location.range, preview: true });
  }

  #sendRows(wanted: RowsWanted): void {
    const query = this.#queries.get(wanted.list);
    if (query && wanted.version === this.#version) this.#post({ type: 'rows', wanted, ...query.rows(wanted) });
  }

  /** What the list shows now, as text. */
  async #copy(wanted: RowsWanted): Promise<void> {
    const list = this.#inspection?.lists.find(({ id }) => id === wanted.list);
    const query = this.#queries.get(wanted.list);
    if (!list || !query || wanted.version !== this.#version) return;
    const { rows, total } = query.rows({ ...wanted, from: 0, count: COPIED_ROWS });
    await env.clipboard.writeText(listText({ ...list, rows }));
    const text =
      rows.length < total
        ? l10n.t('The first {0} of {1} rows were copied.', rows.length, total)
        : plural(rows.length, l10n.t('1 row was copied.'), l10n.t('{0} rows were copied.', rows.length));
    window.setStatusBarMessage(text, 4_000);
  }

  #find({ version, filter }: Extract<FromInspector, { type: 'find' }>): void {
    if (version !== this.#version) return;
    const counts = Object.fromEntries([...this.#queries].map(([id, query]) => [id, query.count(filter)]));
    this.#post({ type: 'found', version, filter, counts });
  }

  async #sendValues({ version, array }: Extract<FromInspector, { type: 'values' }>): Promise<void> {
    const place = this.#inspection?.arrays[array];
    if (!place || version !== this.#version) return;
    // Only the one that was asked for last is shown.
    this.#readingArray.abort();
    this.#readingArray = new AbortController();
    const { signal } = this.#readingArray;
    try {
      const values = await this.parts.inspections.valuesOf(this.uri, place, signal);
      this.#post({ type: 'values', version, array, values });
    } catch (error) {
      if (!signal.aborted) this.#post({ type: 'values', version, array, values: escapeText(messageOf(error)) });
    }
  }

  #post(message: ToInspector): void {
    void this.#webview.postMessage(message);
  }

  #page(): InspectorPage {
    const result = this.parts.results.get(this.uri);
    return {
      name: modelName(this.uri),
      path: escapeText(workspace.asRelativePath(this.uri)),
      size: this.#inspection?.size ?? this.#size,
      content: this.#content,
      scan: scanState(result),
      findings: shownFindings(result),
      scans: scansOf(this.uri),
    };
  }
}

function scansOf({ scheme }: Uri): InspectorPage['scans'] {
  if (scheme !== 'file') {
    const why = l10n.t('Only models on a disk of this machine can be scanned. Save it to a folder of this machine.');
    return { run: false, read: false, why };
  }
  if (workspace.isTrusted) return { run: true, read: true, why: '' };
  const why = l10n.t('This workspace is in Restricted Mode: models are read, not run.');
  return { run: false, read: true, why };
}

function aboutOf(
  { format, detail, frameworks, facts, lists, texts, pickles, gaps }: Inspection,
  version: number,
): About {
  const shown = lists.map(({ id, columns, omitted, rows }) => ({ id, columns, omitted, count: rows.length }));
  return {
    version,
    format: FORMATS[format].label,
    detail,
    frameworks,
    facts,
    lists: shown,
    texts,
    pickles: pickles.length,
    gaps,
  };
}

function scanState(result: ModelResult | undefined): ScanState {
  const status = result?.status;
  switch (status?.kind) {
    case undefined:
      return { kind: 'none' };
    case 'queued':
      return { kind: 'busy', message: l10n.t('Waiting for another scan to end') };
    case 'scanning':
      return { kind: 'busy', message: progressInWords(status, foundIn(result)) };
    case 'finished': {
      const { verdict, reasons, model } = status.report;
      return {
        kind: 'done',
        verdict,
        reasons,
        notes: standingInWords(status),
        sha256: model.sha256 ?? model.folderSha256,
        ran: wasRun(status.report),
      };
    }
  }
}

/** Findings that the page lists; the report has them all. */
const FINDINGS_LIMIT = 200;

function shownFindings(result: ModelResult | undefined): ShownFinding[] {
  return (result?.findings ?? [])
    .map((finding, index) => ({
      index,
      severity: finding.severity,
      title: actIn(result, finding),
      explanation: finding.explanation,
      rule: finding.rule,
      line: finding.evidence.find(({ disassemblyLine }) => disassemblyLine !== undefined)?.disassemblyLine,
    }))
    .sort(worstFirst)
    .slice(0, FINDINGS_LIMIT);
}

/** A file's name is no pattern. */
function escapeGlob(name: string): string {
  return name.replace(/[[\]{}*?]/g, (char) => `[${char}]`);
}
