import {
  commands,
  EventEmitter,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  window,
  workspace,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import { MODEL_GLOB, MODEL_NAME } from '../model/extensions.js';
import { escapeAndCut, escapeText } from '../report/escape.js';
import type { Finding, Severity, Verdict } from '../report/schema.js';
import { sandboxFailure } from './announce.js';
import { DisposableObject } from './disposable.js';
import { CONTEXT, MODELS_VIEW, SHOW_FINDING } from './names.js';
import type { ModelResult, Results } from './results.js';
import { count, modelFolder, modelName, SEVERITY_RANK } from './words.js';

/** Beyond this many a list is no longer read; a folder can still be scanned whole. */
const MODELS_LIMIT = 2_000;
/** Where packages keep arrays of their own: not the models of this workspace. */
const NOT_OURS = '**/{node_modules,site-packages,.git}/**';
const LABEL_LENGTH = 300;
/** Files often appear many at a time, as in a download. */
const RELIST_AFTER = 500;

export type ModelsNode =
  | { readonly kind: 'model'; readonly uri: Uri }
  | { readonly kind: 'reason'; readonly uri: Uri; readonly text: string }
  | { readonly kind: 'finding'; readonly uri: Uri; readonly finding: Finding; readonly index: number }
  | {
      readonly kind: 'detail';
      readonly uri: Uri;
      readonly text: string;
      readonly finding: number;
      readonly index: number;
    };

type ModelNode = Extract<ModelsNode, { kind: 'model' }>;

/** The models of the workspace, the worst first, with their findings and the evidence under each. */
export class ModelsTree extends DisposableObject implements TreeDataProvider<ModelsNode> {
  readonly #changed = this.own(new EventEmitter<ModelsNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: TreeView<ModelsNode>;
  readonly #nodes = new Map<string, ModelNode>();
  #listed: Promise<readonly Uri[]> | undefined;
  /** The workspace has more models than are listed. */
  #cut = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly results: Results) {
    super();
    this.#view = this.own(window.createTreeView(MODELS_VIEW, { treeDataProvider: this, showCollapseAll: true }));
    this.own(results.onDidChange((uris) => this.#onResults(uris)));
    const watcher = this.own(workspace.createFileSystemWatcher('**/*', false, true, false));
    this.own(watcher.onDidCreate((uri) => this.#onFile(uri)));
    // A deleted folder takes its models along without naming them.
    this.own(watcher.onDidDelete((uri) => this.#onFile(uri, this.#holds(uri))));
    this.own(workspace.onDidChangeWorkspaceFolders(() => this.refresh()));
    this.own(workspace.onDidGrantWorkspaceTrust(() => this.refresh()));
  }

  refresh(): void {
    this.#listed = undefined;
    this.#changed.fire(undefined);
  }

  /** Every model there is to choose from, in the order shown. */
  async models(): Promise<readonly Uri[]> {
    this.#listed ??= this.#list();
    const scanned = this.results.all().map((result) => result.uri);
    const all = new Map([...(await this.#listed), ...scanned].map((uri) => [uri.toString(), uri]));
    return [...all.values()]
      .map((uri) => ({ uri, rank: this.#rank(uri) }))
      .sort((one, other) => one.rank - other.rank || (one.uri.path < other.uri.path ? -1 : 1))
      .map(({ uri }) => uri);
  }

  async getChildren(node?: ModelsNode): Promise<ModelsNode[]> {
    if (node === undefined) return (await this.models()).map((uri) => this.#nodeOf(uri));
    if (node.kind === 'model') return childrenOf(this.results.get(node.uri));
    return node.kind === 'finding' ? detailsOf(node.uri, node.finding, node.index) : [];
  }

  getTreeItem(node: ModelsNode): TreeItem {
    switch (node.kind) {
      case 'model':
        return modelItem(node.uri, this.results.get(node.uri));
      case 'reason':
        return reasonItem(node.text);
      case 'finding':
        return findingItem(node);
      case 'detail':
        return detailItem(node);
    }
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    super.dispose();
  }

  async #list(): Promise<readonly Uri[]> {
    const found = await workspace.findFiles(MODEL_GLOB, NOT_OURS, MODELS_LIMIT + 1);
    this.#cut = found.length > MODELS_LIMIT;
    this.#showState();
    await commands.executeCommand('setContext', CONTEXT.modelsListed, true);
    return found.slice(0, MODELS_LIMIT);
  }

  #onFile(uri: Uri, relevant = MODEL_NAME.test(uri.path)): void {
    if (!relevant) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.refresh();
    }, RELIST_AFTER);
  }

  #holds(uri: Uri): boolean {
    return (
      MODEL_NAME.test(uri.path) || [...this.#nodes.values()].some((node) => node.uri.path.startsWith(`${uri.path}/`))
    );
  }

  #onResults(uris: readonly Uri[]): void {
    this.#showState();
    const nodes = uris.map((uri) => this.#nodes.get(uri.toString()));
    // A verdict changes the order, an unknown model the list; all else is one line's business.
    const settled = uris.some((uri) => this.results.get(uri)?.status.kind !== 'scanning');
    if (settled || nodes.includes(undefined)) this.#changed.fire(undefined);
    else for (const node of nodes) this.#changed.fire(node);
  }

  /** What is true of all models together: the badge, the line above the list, what commands there are. */
  #showState(): void {
    const results = this.results.all();
    const reports = results.flatMap(({ status }) => (status.kind === 'finished' ? [status.report] : []));
    const failed = sandboxFailure(reports) !== undefined;
    const notes = [
      ...(workspace.isTrusted ? [] : ['Restricted Mode: models are read, not run.']),
      ...(failed ? ['The sandbox could not be started, so some models were only read. Run Check Sandbox.'] : []),
      ...(this.#cut ? [`Only ${MODELS_LIMIT} models are listed; scan others from the Explorer.`] : []),
    ];
    this.#view.message = notes.join(' ');
    void commands.executeCommand('setContext', CONTEXT.hasResults, results.length > 0);
    void commands.executeCommand('setContext', CONTEXT.sandboxFailed, failed);
    const bad = reports.filter(({ verdict }) => verdict === 'malicious' || verdict === 'suspicious').length;
    const tooltip = `${count(bad, 'model')} malicious or suspicious`;
    this.#view.badge = bad === 0 ? undefined : { value: bad, tooltip };
  }

  #rank(uri: Uri): number {
    const status = this.results.get(uri)?.status;
    return status?.kind === 'finished' ? VERDICT_LOOK[status.report.verdict].rank : NOT_SCANNED_RANK;
  }

  #nodeOf(uri: Uri): ModelNode {
    const known = this.#nodes.get(uri.toString());
    if (known) return known;
    const node = { kind: 'model', uri } as const;
    this.#nodes.set(uri.toString(), node);
    return node;
  }
}

const NOT_SCANNED_RANK = 3;
const VERDICT_LOOK: Readonly<Record<Verdict, { rank: number; icon: ThemeIcon }>> = {
  malicious: { rank: 0, icon: new ThemeIcon('error', new ThemeColor('problemsErrorIcon.foreground')) },
  suspicious: { rank: 1, icon: new ThemeIcon('warning', new ThemeColor('problemsWarningIcon.foreground')) },
  inconclusive: { rank: 2, icon: new ThemeIcon('question', new ThemeColor('problemsInfoIcon.foreground')) },
  clean: { rank: 4, icon: new ThemeIcon('pass', new ThemeColor('testing.iconPassed')) },
};
const SEVERITY_ICON: Readonly<Record<Severity, ThemeIcon>> = {
  critical: VERDICT_LOOK.malicious.icon,
  high: VERDICT_LOOK.malicious.icon,
  medium: VERDICT_LOOK.suspicious.icon,
  low: new ThemeIcon('info', new ThemeColor('problemsInfoIcon.foreground')),
  info: new ThemeIcon('info', new ThemeColor('problemsInfoIcon.foreground')),
};

/** `contextValue`s, which the menus in package.json match: `model.idle`, `model.idle.report`, `model.busy`. */
function modelItem(uri: Uri, result: ModelResult | undefined): TreeItem {
  const item = new TreeItem(modelName(uri), TreeItemCollapsibleState.None);
  item.id = uri.toString();
  const folder = modelFolder(uri);
  const { icon, words, context } = lookOf(result);
  item.iconPath = icon;
  item.contextValue = context;
  item.description = [words, folder].filter((part) => part !== '').join(' · ');
  item.tooltip = [escapeText(uri.fsPath), words].filter((part) => part !== '').join('\n');
  item.accessibilityInformation = { label: `${modelName(uri)}, ${words === '' ? 'not scanned' : words}` };
  if (childrenOf(result).length > 0) item.collapsibleState = TreeItemCollapsibleState.Collapsed;
  return item;
}

function lookOf(result: ModelResult | undefined): { icon: ThemeIcon; words: string; context: string } {
  const status = result?.status;
  switch (status?.kind) {
    case undefined:
      return { icon: new ThemeIcon('circle-large-outline'), words: '', context: 'model.idle' };
    case 'queued':
      return { icon: new ThemeIcon('clock'), words: 'waiting', context: 'model.busy' };
    case 'scanning':
      return { icon: new ThemeIcon('loading~spin'), words: status.message, context: 'model.busy.report' };
    case 'finished': {
      const { verdict, findings } = status.report;
      const words = findings.length === 0 ? verdict : `${verdict}, ${count(findings.length, 'finding')}`;
      return { icon: VERDICT_LOOK[verdict].icon, words, context: 'model.idle.report' };
    }
  }
}

function childrenOf(result: ModelResult | undefined): ModelsNode[] {
  if (result === undefined) return [];
  const { uri, status } = result;
  const reasons =
    status.kind === 'finished' && status.report.verdict === 'inconclusive'
      ? status.report.reasons.map((text) => ({ kind: 'reason', uri, text }) as const)
      : [];
  const findings = result.findings
    .map((finding, index) => ({ kind: 'finding', uri, finding, index }) as const)
    .sort((one, other) => SEVERITY_RANK[one.finding.severity] - SEVERITY_RANK[other.finding.severity]);
  return [...reasons, ...findings];
}

function detailsOf(uri: Uri, finding: Finding, index: number): ModelsNode[] {
  const pickle = finding.cause?.pickle;
  const texts = [
    ...(pickle ? [`pickle asks for ${pickle.global}`] : []),
    ...finding.evidence.map((evidence) => evidence.text),
  ];
  return texts.map((text, at) => ({ kind: 'detail', uri, text, finding: index, index: at }) as const);
}

function reasonItem(text: string): TreeItem {
  const item = new TreeItem(escapeAndCut(text, LABEL_LENGTH), TreeItemCollapsibleState.None);
  item.iconPath = new ThemeIcon('info');
  item.tooltip = escapeText(text);
  return item;
}

function findingItem({ uri, finding, index }: Extract<ModelsNode, { kind: 'finding' }>): TreeItem {
  const state = detailsOf(uri, finding, index).length > 0;
  const item = new TreeItem(
    escapeAndCut(finding.title, LABEL_LENGTH),
    state ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  item.id = `${uri.toString()}#${index}#${finding.rule}`;
  item.iconPath = SEVERITY_ICON[finding.severity];
  item.description = `${finding.severity}${finding.count > 1 ? `, ${finding.count} times` : ''}`;
  item.tooltip = escapeText(finding.explanation);
  item.contextValue = 'finding';
  item.command = { command: SHOW_FINDING, title: 'Show in Report', arguments: [uri.toString(), index] };
  return item;
}

function detailItem(node: Extract<ModelsNode, { kind: 'detail' }>): TreeItem {
  const item = new TreeItem(escapeAndCut(node.text, LABEL_LENGTH), TreeItemCollapsibleState.None);
  item.id = `${node.uri.toString()}#${node.finding}#detail#${node.index}`;
  item.tooltip = escapeText(node.text);
  item.contextValue = 'detail';
  return item;
}
