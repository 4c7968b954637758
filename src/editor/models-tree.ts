import {
  commands,
  EventEmitter,
  l10n,
  ThemeIcon,
  TreeItemCollapsibleState,
  Uri,
  workspace,
  type Memento,
} from 'vscode';
import { headlineOf } from '../core/headline.js';
import { MODEL_GLOB, MODEL_NAME } from '../core/extensions.js';
import type { Evidence, Finding, SuppressedFinding } from '../core/schema.js';
import { sandboxFailure } from './announce.js';
import { lineOf } from './diagnostics.js';
import { DisposableObject } from './disposable.js';
import { CONTEXT, MODELS_VIEW, NOT_OURS, SHOW_FINDING } from './names.js';
import { cardOf } from './model-card.js';
import { missingPackages } from './offers.js';
import {
  arrange,
  groupFindings,
  inFolders,
  isFiltered,
  isFolder,
  wasRun,
  worstAmong,
  WHOLE_VIEW,
  type FindingGroup,
  type ListedModel,
  type ModelFolder,
  type ModelsViewState,
} from '../view/models-view.js';
import {
  ageOf,
  capitalised,
  CATEGORY_NAME,
  countOfFindings,
  liveNote,
  modelsInWords,
  OUTCOME_NAME,
  plural,
  progressInWords,
  SEVERITY_NAME,
  standingInWords,
  worstInWords,
} from './phrases.js';
import type { App } from './app.js';
import { findModelFolders, isFolderConfiguration, type HuggingFaceFolder, type OwnCode } from './model-folders.js';
import { actIn, foundIn, type ModelResult, type Results } from './results.js';
import { row, window, type Row, type RowProvider, type View } from './surfaces.js';
import { modelFolder, modelName, SEVERITY_ICON, VERDICT_ICON } from './appearance.js';

/** A longer list is of no use to a reader; a folder can still be scanned whole. */
export const MODELS_LIMIT = 2_000;
/** Files often appear many at a time, as in a download. */
const RELIST_AFTER = 500;

export type ModelsNode =
  | { readonly kind: 'model'; readonly uri: Uri }
  | { readonly kind: 'code'; readonly uri: Uri; readonly code: OwnCode }
  | { readonly kind: 'folder'; readonly uri: Uri; readonly folder: ModelFolder<TreeModel> }
  | { readonly kind: 'reason'; readonly uri: Uri; readonly text: string; readonly isLive: boolean }
  | { readonly kind: 'group'; readonly uri: Uri; readonly group: FindingGroup }
  | {
      readonly kind: 'finding';
      readonly uri: Uri;
      readonly finding: Finding;
      readonly index: number;
      /** The scan still runs. */
      readonly isLive: boolean;
    }
  | { readonly kind: 'suppressed'; readonly uri: Uri; readonly suppressed: SuppressedFinding; readonly index: number }
  | {
      readonly kind: 'detail';
      readonly uri: Uri;
      readonly evidence: Evidence;
      readonly finding: number;
      readonly index: number;
    };

type TreeModel = ListedModel & { readonly uri: Uri };
type ModelNode = Extract<ModelsNode, { kind: 'model' }>;

/** The models of the workspace, the worst first, with their findings and the evidence under each. */
export class ModelsTree extends DisposableObject implements RowProvider<ModelsNode> {
  readonly #changed = this.own(new EventEmitter<ModelsNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: View;
  readonly #nodes = new Map<string, ModelNode>();
  #listed: Promise<readonly Uri[]> | undefined;
  /** Models that are folders, each with code of its own, by the URI of the file that stands for it. */
  #folders: ReadonlyMap<string, HuggingFaceFolder> = new Map();
  /** The workspace has more models than are listed. */
  #cut = false;
  #timer: NodeJS.Timeout | undefined;
  #state: ModelsViewState;

  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly memory: Memento,
  ) {
    super();
    this.#state = { ...WHOLE_VIEW, ...memory.get<Partial<ModelsViewState>>(STATE_KEY) };
    this.#view = this.own(window.createTreeView(MODELS_VIEW, this, { showCollapseAll: true, canSelectMany: true }));
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

  /** How the view is arranged, which lasts as long as the workspace. */
  get state(): ModelsViewState {
    return this.#state;
  }

  async arrange(change: Partial<ModelsViewState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    await this.memory.update(STATE_KEY, this.#state);
    this.#showState();
    this.#changed.fire(undefined);
  }

  /** Every model there is to choose from, filtered or not, the worst first. */
  async models(): Promise<readonly Uri[]> {
    return arrange(await this.#all(), WHOLE_VIEW).map(({ uri }) => uri);
  }

  /** Those that the view shows, in its order. */
  async shown(): Promise<readonly Uri[]> {
    return arrange(await this.#all(), this.#state).map(({ uri }) => uri);
  }

  async getChildren(node?: ModelsNode): Promise<ModelsNode[]> {
    switch (node?.kind) {
      case undefined:
        return this.#top(arrange(await this.#all(), this.#state));
      case 'folder':
        return node.folder.children.map((one) => this.#placed(one));
      case 'model':
        return [...this.#codeOf(node.uri), ...childrenOf(this.results.get(node.uri), this.#state)];
      case 'group':
        return findingNodes(node.uri, node.group, this.results.get(node.uri)?.status.kind !== 'finished');
      case 'finding':
        return detailsOf(node.uri, node.finding, node.index);
      case 'code':
      case 'reason':
      case 'suppressed':
      case 'detail':
        return [];
    }
  }

  getTreeItem(node: ModelsNode): Row {
    switch (node.kind) {
      case 'model':
        return modelItem(node.uri, this.results.get(node.uri), this.#state, this.#codeOf(node.uri).length > 0);
      case 'code':
        return codeItem(node);
      case 'folder':
        return folderItem(node);
      case 'group':
        return groupItem(node.uri, node.group);
      case 'reason':
        return reasonItem(node);
      case 'finding':
        return findingItem(node, actIn(this.results.get(node.uri), node.finding));
      case 'suppressed':
        return suppressedItem(node);
      case 'detail':
        return detailItem(node);
    }
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    super.dispose();
  }

  #top(models: readonly TreeModel[]): ModelsNode[] {
    const rows = this.#state.layout === 'folders' ? inFolders(models) : models;
    return rows.map((one) => this.#placed(one));
  }

  #placed(one: TreeModel | ModelFolder<TreeModel>): ModelsNode {
    if (!isFolder(one)) return this.#nodeOf(one.uri);
    return { kind: 'folder', uri: folderUri(one), folder: one };
  }

  async #all(): Promise<readonly TreeModel[]> {
    this.#listed ??= this.#list();
    const scanned = this.results.all().map((result) => result.uri);
    const folders = [...this.#folders.values()].map(({ uri }) => uri);
    const all = new Map([...(await this.#listed), ...folders, ...scanned].map((uri) => [uri.toString(), uri]));
    return [...all.values()].map((uri) => {
      const { findings = [] } = this.results.get(uri) ?? {};
      // A model that is scanned again keeps its place until that ends.
      const outcome = this.results.standing(uri)?.report.verdict ?? 'not scanned';
      return { uri, path: uri.path, shown: workspace.asRelativePath(uri), outcome, findings };
    });
  }

  async #list(): Promise<readonly Uri[]> {
    const found = await workspace.findFiles(MODEL_GLOB, NOT_OURS, MODELS_LIMIT + 1);
    this.#cut = found.length > MODELS_LIMIT;
    this.#showState();
    await commands.executeCommand('setContext', CONTEXT.noModels, found.length === 0);
    // They are read to be known, so the others are shown before.
    void this.#findFolders(found.length === 0).catch((error: unknown) => this.app.log.error(error));
    return found.slice(0, MODELS_LIMIT);
  }

  async #findFolders(noModels: boolean): Promise<void> {
    const folders = await findModelFolders(this.app);
    if (folders.length === 0 && this.#folders.size === 0) return;
    this.#folders = new Map(folders.map((folder) => [folder.uri.toString(), folder]));
    await commands.executeCommand('setContext', CONTEXT.noModels, noModels && folders.length === 0);
    this.#changed.fire(undefined);
  }

  #codeOf(uri: Uri): ModelsNode[] {
    const { code = [] } = this.#folders.get(uri.toString()) ?? {};
    return code.map((one) => ({ kind: 'code', uri, code: one }));
  }

  #onFile(uri: Uri, relevant = MODEL_NAME.test(uri.path) || isFolderConfiguration(uri)): void {
    if (!relevant) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.refresh();
    }, RELIST_AFTER);
  }

  #holds(uri: Uri): boolean {
    return (
      MODEL_NAME.test(uri.path) ||
      isFolderConfiguration(uri) ||
      [...this.#nodes.values()].some((node) => node.uri.path.startsWith(`${uri.path}/`))
    );
  }

  #onResults(uris: readonly Uri[]): void {
    this.#showState();
    const nodes = uris.map((uri) => this.#nodes.get(uri.toString()));
    // A verdict changes the order, an unknown model the list; any other change concerns one row.
    const settled = uris.some((uri) => this.results.get(uri)?.status.kind !== 'scanning');
    if (settled || nodes.includes(undefined)) this.#changed.fire(undefined);
    else for (const node of nodes) this.#changed.fire(node);
  }

  /** State of all models together: the badge, the line above the list, the available commands. */
  #showState(): void {
    const results = this.results.all();
    const standing = this.results.stand().map(({ status }) => status);
    const reports = standing.map(({ report }) => report);
    const failed = sandboxFailure(reports) !== undefined || standing.some(({ isWithoutSandbox }) => isWithoutSandbox);
    const notes = [
      ...(workspace.isTrusted ? [] : [l10n.t('Restricted Mode: models are read, not run.')]),
      ...(failed
        ? [l10n.t('The sandbox could not be started, so some models were only read. Run Check Environment.')]
        : []),
      ...(isFiltered(this.#state) ? [filterInWords(this.#state)] : []),
      ...(this.results.note === undefined ? [] : [this.results.note]),
      ...(this.#cut ? [l10n.t('Only {0} models are listed; scan others from the Explorer.', MODELS_LIMIT)] : []),
    ];
    this.#view.say(notes.join(' '));
    void commands.executeCommand('setContext', CONTEXT.hasResults, results.length > 0);
    void commands.executeCommand('setContext', CONTEXT.sandboxFailed, failed);
    void commands.executeCommand('setContext', CONTEXT.modelsFiltered, isFiltered(this.#state));
    void commands.executeCommand('setContext', CONTEXT.modelsInFolders, this.#state.layout === 'folders');
    const bad = reports.filter(({ verdict }) => verdict === 'malicious' || verdict === 'suspicious').length;
    const tooltip = plural(
      bad,
      l10n.t('{0} model malicious or suspicious', bad),
      l10n.t('{0} models malicious or suspicious', bad),
    );
    this.#view.setBadge(bad, tooltip);
  }

  #nodeOf(uri: Uri): ModelNode {
    const known = this.#nodes.get(uri.toString());
    if (known) return known;
    const node = { kind: 'model', uri } as const;
    this.#nodes.set(uri.toString(), node);
    return node;
  }
}

const STATE_KEY = 'dynscan.models.view';

function filterInWords({ text, outcomes }: ModelsViewState): string {
  const parts = [...outcomes.map((outcome) => OUTCOME_NAME[outcome]), ...(text === '' ? [] : [l10n.t('“{0}”', text)])];
  return l10n.t('Filter: {0}.', parts.join(', '));
}

/** `contextValue`s, which the menus in package.json match: `model.idle`, `model.idle.report`, `model.idle.report.packages`, `model.busy`. */
function modelItem(uri: Uri, result: ModelResult | undefined, state: ModelsViewState, hasCode: boolean): Row {
  const { icon, words, context } = lookOf(result);
  return row({
    id: uri.toString(),
    label: modelName(uri),
    state:
      hasCode || childrenOf(result, state).length > 0
        ? TreeItemCollapsibleState.Collapsed
        : TreeItemCollapsibleState.None,
    description: [words, state.layout === 'folders' ? '' : modelFolder(uri)].filter((part) => part !== '').join(' · '),
    tooltip: [uri.fsPath, words].filter((part) => part !== ''),
    card: cardOf(uri.fsPath, result),
    icon,
    context,
    spoken: `${modelName(uri)}, ${words === '' ? OUTCOME_NAME['not scanned'] : words}`,
    // Opens as what it is by default: in the inspector, which runs nothing.
    command: { command: 'vscode.open', title: l10n.t('Open'), arguments: [uri, { preview: true }] },
  });
}

/** A link to the code, which opens as a text. */
function codeItem({ uri, code: { name, file } }: Extract<ModelsNode, { kind: 'code' }>): Row {
  const parts = {
    id: `${uri.toString()}#code#${name}`,
    label: name,
    icon: new ThemeIcon(file ? 'file-code' : 'cloud'),
    context: 'code',
  };
  const runs = l10n.t('Code of the model’s own: it runs when the model is loaded with trust_remote_code=True.');
  if (!file) return row({ ...parts, description: l10n.t('code that is not in this folder'), tooltip: [runs] });
  return row({
    ...parts,
    description: l10n.t('its own code'),
    tooltip: [file.fsPath, runs],
    command: { command: 'vscode.open', title: l10n.t('Open'), arguments: [file, { preview: true }] },
  });
}

/** Of the folder that is named in full: the last of those that are one row. */
function folderUri({ path, models }: ModelFolder<TreeModel>): Uri {
  const [first] = models;
  const below = first?.shown.slice(path.length) ?? '';
  return first?.uri.with({ path: first.uri.path.slice(0, first.uri.path.length - below.length) }) ?? Uri.file(path);
}

function folderItem({ uri, folder }: Extract<ModelsNode, { kind: 'folder' }>): Row {
  return row({
    id: `${uri.toString()}#folder`,
    label: folder.label,
    state: TreeItemCollapsibleState.Expanded,
    icon: new ThemeIcon('folder'),
    description: folderInWords(folder),
    tooltip: [uri.fsPath],
    context: 'folder',
  });
}

/** Its worst verdict stands at the folder, so that it need not be open. */
function folderInWords({ models }: ModelFolder<TreeModel>): string {
  const worst = worstAmong(models.flatMap(({ outcome }) => (outcome === 'not scanned' ? [] : [outcome])));
  if (worst === undefined || worst.verdict === 'clean') return modelsInWords(models.length);
  return worstInWords({ ...worst, total: models.length });
}

interface Look {
  readonly icon: ThemeIcon;
  readonly words: string;
  readonly context: string;
}

function lookOf(result: ModelResult | undefined): Look {
  const status = result?.status;
  switch (status?.kind) {
    case undefined:
      return { icon: new ThemeIcon('circle-large-outline'), words: '', context: 'model.idle' };
    case 'queued': {
      const verdict = status.standing?.verdict;
      const waiting = l10n.t('waiting');
      return {
        icon: new ThemeIcon('clock'),
        words: verdict === undefined ? waiting : `${OUTCOME_NAME[verdict]} · ${waiting}`,
        context: 'model.busy',
      };
    }
    case 'scanning':
      return {
        icon: new ThemeIcon('loading~spin'),
        words: progressInWords(status, foundIn(result)),
        context: 'model.busy.report',
      };
    case 'finished': {
      const { verdict, findings, suppressed = [] } = status.report;
      const { short } = headlineOf(status.report);
      const words = [
        verdict === 'clean' ? OUTCOME_NAME[verdict] : l10n.t('{0}: {1}', OUTCOME_NAME[verdict], short),
        ...(findings.length === 0 ? [] : [countOfFindings(status.report, result?.findings.length ?? 0)]),
        ...(suppressed.length === 0 ? [] : [l10n.t('{0} suppressed', suppressed.length)]),
        ...(status.isKept ? [ageOf(status.report)] : []),
        ...(status.notRerun === undefined
          ? []
          : [wasRun(status.report) ? l10n.t('could not be run again') : l10n.t('could not be run')]),
      ].join(', ');
      const lacks = missingPackages(status.report).length > 0;
      const context = lacks ? 'model.idle.report.packages' : 'model.idle.report';
      return { icon: VERDICT_ICON[verdict], words, context };
    }
  }
}

function childrenOf(result: ModelResult | undefined, state: ModelsViewState): ModelsNode[] {
  if (result === undefined) return [];
  const { uri, status } = result;
  // Only what a report has can be suppressed.
  const isLive = status.kind !== 'finished';
  const isRunning = status.kind === 'scanning';
  const reasons = reasonsOf(result).map((text) => ({ kind: 'reason', uri, text, isLive: isRunning }) as const);
  const groups = groupFindings(result.findings, state.group);
  const shown = groups.flatMap((group): ModelsNode[] =>
    group.head === undefined ? findingNodes(uri, group, isLive) : [{ kind: 'group', uri, group }],
  );
  const suppressed = (status.kind === 'finished' ? (status.report.suppressed ?? []) : []).map(
    (one, index) => ({ kind: 'suppressed', uri, suppressed: one, index }) as const,
  );
  return [...reasons, ...shown, ...suppressed];
}

/** Why the rows below are not final. */
function reasonsOf({ status, findings }: ModelResult): readonly string[] {
  switch (status.kind) {
    case 'queued':
      return [];
    case 'scanning':
      return findings.length === 0 ? [] : [liveNote(findings.length, status.omitted)];
    case 'finished':
      return [
        ...standingInWords(status).slice(status.isKept ? 1 : 0),
        ...(status.report.verdict === 'inconclusive' ? status.report.reasons : []),
      ];
  }
}

function findingNodes(uri: Uri, { findings }: FindingGroup, isLive: boolean): ModelsNode[] {
  return findings.map((placed) => ({ kind: 'finding', uri, isLive, ...placed }));
}

function detailsOf(uri: Uri, finding: Finding, index: number): ModelsNode[] {
  const pickle = finding.cause?.pickle;
  const all = [...(pickle ? [{ text: l10n.t('pickle asks for {0}', pickle.global) }] : []), ...finding.evidence];
  return all.map((evidence, at) => ({ kind: 'detail', uri, evidence, finding: index, index: at }) as const);
}

function groupItem(uri: Uri, { head, severity, findings }: FindingGroup): Row {
  const label = head === undefined ? '' : capitalised({ ...SEVERITY_NAME, ...CATEGORY_NAME }[head]);
  return row({
    id: `${uri.toString()}#group#${head ?? ''}`,
    label,
    state: TreeItemCollapsibleState.Expanded,
    icon: SEVERITY_ICON[severity],
    description: String(findings.length),
    context: 'group',
  });
}

function reasonItem({ text, isLive }: Extract<ModelsNode, { kind: 'reason' }>): Row {
  return row({ label: text, tooltip: [text], icon: new ThemeIcon(isLive ? 'loading~spin' : 'info') });
}

function findingItem({ uri, finding, index, isLive }: Extract<ModelsNode, { kind: 'finding' }>, act: string): Row {
  const hasDetails = detailsOf(uri, finding, index).length > 0;
  return row({
    id: `${uri.toString()}#${index}#${finding.rule}`,
    label: act,
    state: hasDetails ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
    icon: SEVERITY_ICON[finding.severity],
    description: [
      SEVERITY_NAME[finding.severity],
      ...(finding.count > 1 ? [l10n.t('{0} times', finding.count)] : []),
      ...(isLive ? [l10n.t('so far')] : []),
    ].join(', '),
    tooltip: [finding.title, finding.explanation],
    context: isLive ? 'finding.live' : 'finding',
    command: { command: SHOW_FINDING, title: l10n.t('Show in Report'), arguments: [uri.toString(), index] },
  });
}

function suppressedItem({ uri, suppressed, index }: Extract<ModelsNode, { kind: 'suppressed' }>): Row {
  const { finding, suppression } = suppressed;
  return row({
    id: `${uri.toString()}#suppressed#${index}`,
    label: finding.title,
    icon: new ThemeIcon('eye-closed'),
    description: l10n.t('suppressed: {0}', suppression.reason),
    tooltip: [finding.explanation, '', suppressionInWords(suppression)],
    context: 'suppressed',
  });
}

function suppressionInWords({ reason, by, expires }: SuppressedFinding['suppression']): string {
  if (by === undefined) {
    return expires === undefined
      ? l10n.t('Suppressed: {0}', reason)
      : l10n.t('Suppressed until {0}: {1}', expires, reason);
  }
  return expires === undefined
    ? l10n.t('Suppressed by {0}: {1}', by, reason)
    : l10n.t('Suppressed by {0} until {1}: {2}', by, expires, reason);
}

function detailItem(node: Extract<ModelsNode, { kind: 'detail' }>): Row {
  const { text, disassemblyLine } = node.evidence;
  const place = lineOf(node.uri, node.evidence);
  const parts = {
    id: `${node.uri.toString()}#${node.finding}#detail#${node.index}`,
    label: text,
    tooltip: [text],
    context: 'detail',
  };
  if (!place || disassemblyLine === undefined) return row(parts);
  const options = { selection: place.range, preview: true };
  return row({
    ...parts,
    icon: new ThemeIcon('go-to-file'),
    description: l10n.t('line {0}', disassemblyLine),
    command: { command: 'vscode.open', title: l10n.t('Go to the Opcode'), arguments: [place.uri, options] },
  });
}
