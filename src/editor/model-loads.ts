import * as path from 'node:path';
import { homedir } from 'node:os';
import {
  DiagnosticSeverity,
  EventEmitter,
  l10n,
  Position,
  Range,
  Uri,
  workspace,
  WorkspaceEdit,
  type CodeActionContext,
  type TextDocument,
} from 'vscode';
import { headlineOf } from '../core/headline.js';
import type { ScanReport, Verdict } from '../core/schema.js';
import { worst } from '../core/verdict.js';
import { modelLoads, type ModelLoad } from '../static/python-source/loads.js';
import { SOURCE, uriOfPath } from './appearance.js';
import { problemAt } from './diagnostics.js';
import { DisposableObject } from './disposable.js';
import { exists } from './model-file.js';
import { capitalised, OUTCOME_NAME } from './phrases.js';
import type { Results } from './results.js';
import { showsModelLoads } from './settings.js';
import { hover, languages, lens, quickFix, type FixProvider, type Problem } from './surfaces.js';

const PYTHON = { language: 'python' };
/** Milliseconds after the last key, or the first of several results, before problems are looked for again. */
const PAUSE = 300;
/** Documents whose loads are kept. */
const KEPT = 50;

/** A load, where it stands and what it loads. */
interface PlacedLoad {
  readonly load: ModelLoad;
  readonly range: Range;
  /** The file that there is. */
  readonly model: Uri | undefined;
}

/** What is known of what a load names. */
type Known =
  | { readonly kind: 'report'; readonly report: ScanReport; readonly uri: Uri }
  | { readonly kind: 'scanning' | 'unscanned'; readonly uri: Uri }
  | { readonly kind: 'remote'; readonly name: string };

const SEVERITY: Readonly<Record<Verdict, DiagnosticSeverity | undefined>> = {
  malicious: DiagnosticSeverity.Error,
  suspicious: DiagnosticSeverity.Warning,
  inconclusive: DiagnosticSeverity.Information,
  clean: undefined,
};

/**
 * Verdicts where models are loaded: a line above each load in Python files and notebooks, hovers, problems and fixes. The text is read, never run;
 * the models it names are looked up in `results`, not scanned.
 */
export class ModelLoads extends DisposableObject implements FixProvider {
  readonly #problems = this.own(languages.createProblems('dynscan-loads'));
  readonly #changed = this.own(new EventEmitter<void>());
  readonly #read = new Map<string, { readonly version: string; readonly loads: readonly ModelLoad[] }>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #refreshing: NodeJS.Timeout | undefined;

  constructor(private readonly results: Results) {
    super();
    this.own(languages.registerLenses(PYTHON, this.#changed.event, (document) => this.#lenses(document)));
    this.own(languages.registerHovers(PYTHON, (document, at) => this.#hover(document, at)));
    this.own(languages.registerFixes(PYTHON, this));
    // While a folder is scanned there are many, and each asks the disk for every model that is named.
    this.own(results.onDidChange(() => (this.#refreshing ??= setTimeout(() => this.#refresh(), PAUSE))));
    this.own(workspace.onDidOpenTextDocument((document) => this.#soon(document, 0)));
    this.own(workspace.onDidChangeTextDocument(({ document }) => this.#soon(document, PAUSE)));
    this.own(workspace.onDidCloseTextDocument((document) => this.#forget(document)));
    this.own(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('dynscan.modelLoads')) this.#refresh();
      }),
    );
    this.#refresh();
  }

  override dispose(): void {
    clearTimeout(this.#refreshing);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    super.dispose();
  }

  async provideCodeActions(
    document: TextDocument,
    range: Range,
    { diagnostics }: CodeActionContext,
  ): Promise<ReturnType<typeof quickFix>[]> {
    const placed = (await this.#placed(document)).filter((one) => one.range.intersection(range) !== undefined);
    const fixes = await Promise.all(
      placed.map(async (one) => {
        const problems = diagnostics.filter((problem) => problem.source === SOURCE && problem.range.isEqual(one.range));
        return this.#fixes(document, one, problems);
      }),
    );
    return fixes.flat();
  }

  #refresh(): void {
    clearTimeout(this.#refreshing);
    this.#refreshing = undefined;
    this.#changed.fire();
    for (const document of workspace.textDocuments) this.#soon(document, 0);
  }

  #soon(document: TextDocument, pause: number): void {
    if (document.languageId !== 'python') return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        void this.#mark(document);
      }, pause),
    );
  }

  #forget({ uri }: TextDocument): void {
    clearTimeout(this.#timers.get(uri.toString()));
    this.#timers.delete(uri.toString());
    this.#read.delete(uri.toString());
    this.#problems.delete(uri);
  }

  async #mark(document: TextDocument): Promise<void> {
    const { version } = document;
    const placed = await this.#placed(document);
    if (document.isClosed || document.version !== version) return;
    this.#problems.set(
      document.uri,
      placed.flatMap((one) => this.#problem(one)),
    );
  }

  #problem(placed: PlacedLoad): Problem[] {
    const known = this.#known(placed);
    if (known === undefined || known.kind === 'scanning') return [];
    const severity = known.kind === 'report' ? SEVERITY[known.report.verdict] : DiagnosticSeverity.Information;
    return severity === undefined ? [] : [problemAt(placed.range, wordsOf(known), severity)];
  }

  async #lenses(document: TextDocument): Promise<ReturnType<typeof lens>[]> {
    return (await this.#placed(document)).flatMap((placed) => {
      const known = this.#known(placed);
      return known === undefined ? [] : lensesOf(placed.range, known);
    });
  }

  async #hover(document: TextDocument, at: Position): Promise<ReturnType<typeof hover> | undefined> {
    const placed = (await this.#placed(document)).find(({ range }) => range.contains(at));
    const known = placed && this.#known(placed);
    return known && hover([{ text: wordsOf(known) }]);
  }

  #known({ load, model }: PlacedLoad): Known | undefined {
    if (model !== undefined) {
      const found = worstOf(this.results, model);
      return found ?? { kind: 'unscanned', uri: model };
    }
    const runsCode = load.options['trust_remote_code']?.value === true || load.loader === 'torch.hub.load';
    return load.remote !== undefined && runsCode ? { kind: 'remote', name: load.remote } : undefined;
  }

  async #placed(document: TextDocument): Promise<PlacedLoad[]> {
    if (!showsModelLoads(document.uri)) return [];
    const loads = this.#loads(document);
    const places = placesOf(document);
    const placed = await Promise.all(
      loads.map(async (load): Promise<PlacedLoad> => {
        const range = new Range(document.positionAt(load.start), document.positionAt(load.end));
        return { load, range, model: await fileOf(load, places) };
      }),
    );
    return placed;
  }

  /** Of a notebook the loads of this cell alone. */
  #loads(document: TextDocument): readonly ModelLoad[] {
    const key = document.uri.toString();
    const cells = cellsOf(document);
    const version = cells.map((cell) => `${cell.uri.fragment}:${cell.version}`).join();
    const kept = this.#read.get(key);
    if (kept?.version === version) return kept.loads;
    const own = cells.indexOf(document);
    const loads = modelLoads(cells.map((cell) => cell.getText())).filter(({ cell }) => cell === own);
    this.#read.delete(key);
    this.#read.set(key, { version, loads });
    const [oldest] = this.#read.keys();
    if (this.#read.size > KEPT && oldest !== undefined) this.#read.delete(oldest);
    return loads;
  }

  async #fixes(
    document: TextDocument,
    placed: PlacedLoad,
    problems: CodeActionContext['diagnostics'],
  ): Promise<ReturnType<typeof quickFix>[]> {
    const { load } = placed;
    const known = this.#known(placed);
    const fixes: ReturnType<typeof quickFix>[] = [];
    const offer = (title: string, more: Omit<Parameters<typeof quickFix>[0], 'title' | 'problems'>): void => {
      fixes.push(quickFix({ title, problems, ...more }));
    };
    if (known?.kind === 'report')
      offer(l10n.t('Show Report'), { command: { command: 'dynscan.showReport', arguments: [known.uri] } });
    if (known?.kind === 'unscanned')
      offer(l10n.t('Scan Model'), { command: { command: 'dynscan.scanModel', arguments: [known.uri] } });
    const set = (option: string): WorkspaceEdit | undefined => withOption(document, load, option);
    const isLoad = load.loader === 'torch.load';
    const weights = isLoad && load.options['weights_only']?.value !== true ? set('weights_only') : undefined;
    if (weights) offer(l10n.t('Load tensors only: weights_only=True'), { edit: weights });
    const isPretrained = load.loader.endsWith('.from_pretrained') && !/tokenizer|config|processor/i.test(load.loader);
    const safe = isPretrained && load.options['use_safetensors'] === undefined ? set('use_safetensors') : undefined;
    if (safe) offer(l10n.t('Load SafeTensors only: use_safetensors=True'), { edit: safe });
    const beside = isLoad && placed.model ? await safeTensorsBeside(placed.model) : undefined;
    const edit = beside && withSafeTensors(document, load, beside);
    if (edit) offer(l10n.t('Load {0}, which has tensors only', path.basename(beside)), { edit });
    return fixes;
  }
}

/** Of several models of a folder the worst; undefined when nothing of it was scanned. */
function worstOf(results: Results, model: Uri): Known | undefined {
  const prefix = `${model.path.replace(/\/$/, '')}/`;
  const concerned = results.all().filter(({ uri }) => {
    return uri.scheme === model.scheme && (uri.path === model.path || uri.path.startsWith(prefix));
  });
  const finished = concerned.flatMap(({ uri, status }) =>
    status.kind === 'finished' ? [{ kind: 'report' as const, uri, report: status.report }] : [],
  );
  const verdict = worst(finished.map(({ report }) => report.verdict));
  const shown = finished.find(({ report }) => report.verdict === verdict);
  if (shown !== undefined) return shown;
  const [running] = concerned;
  return running && { kind: 'scanning', uri: running.uri };
}

function lensesOf(range: Range, known: Known): ReturnType<typeof lens>[] {
  const title = `DynScan: ${wordsOf(known)}`;
  switch (known.kind) {
    case 'report':
      return [lens(range, { title, command: 'dynscan.showReport', arguments: [known.uri] })];
    case 'unscanned':
      return [
        lens(range, {
          title: l10n.t('DynScan: not scanned. Scan it'),
          command: 'dynscan.scanModel',
          arguments: [known.uri],
        }),
      ];
    case 'scanning':
    case 'remote':
      return [lens(range, { title, command: '' })];
  }
}

function wordsOf(known: Known): string {
  switch (known.kind) {
    case 'report':
      return reportInWords(known.report);
    case 'scanning':
      return l10n.t('{0} is being scanned.', path.basename(known.uri.fsPath));
    case 'unscanned':
      return l10n.t('{0} was not scanned: loading it runs what it holds.', path.basename(known.uri.fsPath));
    case 'remote':
      return l10n.t('This runs the code of {0}, which was not scanned.', known.name);
  }
}

function reportInWords(report: ScanReport): string {
  return l10n.t('{0}: {1}.', capitalised(OUTCOME_NAME[report.verdict]), headlineOf(report).short);
}

/** The cells of the notebook that it is in, or itself. */
function cellsOf(document: TextDocument): readonly TextDocument[] {
  const notebook = notebookOf(document);
  if (notebook === undefined) return [document];
  const cells = notebook.getCells().map((cell) => cell.document);
  const python = cells.filter(({ languageId }) => languageId === 'python');
  return python.includes(document) ? python : [document];
}

function notebookOf(document: TextDocument): (typeof workspace.notebookDocuments)[number] | undefined {
  if (document.uri.scheme !== 'vscode-notebook-cell') return undefined;
  return workspace.notebookDocuments.find((one) => one.getCells().some((cell) => cell.document === document));
}

interface Places {
  readonly own: string | undefined;
  /** Where programs are started. */
  readonly started: readonly string[];
}

function placesOf(document: TextDocument): Places {
  const uri = notebookOf(document)?.uri ?? document.uri;
  const own = uri.scheme === 'file' ? path.dirname(uri.fsPath) : undefined;
  const folder = workspace.getWorkspaceFolder(uri);
  const roots = folder ? [folder] : (workspace.workspaceFolders ?? []);
  const started = roots.filter(({ uri: root }) => root.scheme === 'file').map(({ uri: root }) => root.fsPath);
  return { own, started: [...new Set([...(own === undefined ? [] : [own]), ...started])] };
}

/** The first of the files that it may mean that there is. */
async function fileOf({ file }: ModelLoad, { own, started }: Places): Promise<Uri | undefined> {
  if (file === undefined || file.path === '' || file.path.includes('\0')) return undefined;
  const named = file.path.replace(/^~(?=[\\/])/, () => homedir());
  const bases = file.besideSource ? (own === undefined ? [] : [own]) : started;
  const candidates = path.isAbsolute(named) ? [named] : bases.map((base) => path.join(base, named));
  for (const candidate of candidates) {
    // A folder that a program is started in is no model.
    if (started.includes(path.resolve(candidate))) continue;
    const uri = uriOfPath(candidate);
    if (await exists(uri)) return uri;
  }
  return undefined;
}

/** Undefined where the arguments are not all to be seen. */
function withOption(document: TextDocument, load: ModelLoad, option: string): WorkspaceEdit | undefined {
  const given = load.options[option];
  if (load.open || (given !== undefined && given.value === undefined)) return undefined;
  const edit = new WorkspaceEdit();
  if (given !== undefined) {
    const at = document.positionAt(given.at);
    edit.replace(document.uri, new Range(at, document.positionAt(given.at + 'False'.length)), 'True');
    return edit;
  }
  const call = document.getText().slice(load.start, load.end - 1);
  // After a comment there is no argument.
  if (call.slice(call.lastIndexOf('\n') + 1).includes('#')) return undefined;
  const before = call.trimEnd();
  const separator = before.endsWith('(') ? '' : before.endsWith(',') ? ' ' : ', ';
  edit.insert(document.uri, document.positionAt(load.start + before.length), `${separator}${option}=True`);
  return edit;
}

/** The file of the same name, which holds tensors and nothing that runs. */
async function safeTensorsBeside(model: Uri): Promise<string | undefined> {
  const { dir, name } = path.parse(model.fsPath);
  const beside = path.join(dir, `${name}.safetensors`);
  return beside !== model.fsPath && (await exists(uriOfPath(beside))) ? beside : undefined;
}

/** Only where the file's name is written in the call itself: what else the program does with the name is not known. */
function withSafeTensors(document: TextDocument, load: ModelLoad, beside: string): WorkspaceEdit | undefined {
  const call = document.getText().slice(load.start, load.end);
  const [, quote = '', written = ''] = /\(\s*(?:f\s*=\s*)?(["'])([^"'\\\n{}]+)\1/.exec(call) ?? [];
  const ending = path.extname(written);
  if (ending === '') return undefined;
  const name = `${written.slice(0, -ending.length)}.safetensors`;
  if (path.basename(name) !== path.basename(beside)) return undefined;
  const edit = new WorkspaceEdit();
  const range = new Range(document.positionAt(load.start), document.positionAt(load.end));
  edit.replace(document.uri, range, `safetensors.torch.load_file(${quote}${name}${quote})`);
  if (!/^import safetensors\.torch\b/m.test(document.getText())) {
    const first = /^(?:import|from)\s/m.exec(document.getText());
    edit.insert(document.uri, document.positionAt(first?.index ?? 0), 'import safetensors.torch\n');
  }
  return edit;
}
