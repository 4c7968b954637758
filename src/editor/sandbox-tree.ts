import {
  commands,
  EventEmitter,
  l10n,
  ProgressLocation,
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
import type { Layer } from '../docker/layers.js';
import { escapeAndCut, escapeText } from '../report/escape.js';
import { isNamed, UserError } from '../report/user-error.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { CONTEXT, SANDBOX_VIEW } from './names.js';
import { progressInWords, stepsInWords } from './phrases.js';
import { foundIn, type ModelResult, type Results } from './results.js';
import { engineAnswers, sandboxNodes, type RunningScan, type SandboxFacts, type SandboxNode } from './sandbox-view.js';
import { readSettings } from './settings.js';
import { requireTrust } from './trust.js';
import { modelName, plain } from './words.js';

const TEXT_LENGTH = 300;
const REMOVE = l10n.t('Remove');
const HEADS: Readonly<Record<Extract<SandboxNode, { kind: 'head' }>['id'], string>> = {
  scans: l10n.t('Running Scans'),
  images: l10n.t('Images'),
  outdated: l10n.t('Outdated Images'),
};

/** The container engine, the images, and what runs now. Asks the engine only while somebody looks. */
export class SandboxTree extends DisposableObject implements TreeDataProvider<SandboxNode> {
  readonly #changed = this.own(new EventEmitter<SandboxNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: TreeView<SandboxNode>;
  #facts: SandboxFacts | undefined;
  #asking: Promise<void> | undefined;
  #running = 0;

  constructor(
    private readonly app: App,
    private readonly results: Results,
  ) {
    super();
    this.#view = this.own(window.createTreeView(SANDBOX_VIEW, { treeDataProvider: this }));
    this.own(this.#view.onDidChangeVisibility(({ visible }) => void (visible && this.refresh())));
    this.own(workspace.onDidGrantWorkspaceTrust(() => void this.refresh()));
    this.own(results.onDidChange(() => this.#onResults()));
    this.own(
      workspace.onDidChangeConfiguration((change) => {
        if (this.#view.visible && change.affectsConfiguration('dynscan')) void this.refresh();
      }),
    );
  }

  /** Asks the engine again. */
  async refresh(): Promise<void> {
    if (!workspace.isTrusted) return;
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    await this.#asking;
  }

  async getChildren(node?: SandboxNode): Promise<SandboxNode[]> {
    if (node !== undefined) return node.kind === 'head' ? [...node.children] : [];
    if (this.#facts === undefined && workspace.isTrusted) await this.refresh();
    return sandboxNodes(this.#facts, this.#scans());
  }

  getTreeItem(node: SandboxNode): TreeItem {
    switch (node.kind) {
      case 'head': {
        const open = node.id === 'outdated' ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded;
        const item = new TreeItem(HEADS[node.id], open);
        item.id = node.id;
        item.description = String(node.children.length);
        return item;
      }
      case 'check':
        return checkItem(node.check);
      case 'image':
        return imageItem(node.image);
      case 'unbuilt': {
        const item = new TreeItem(node.layer);
        item.id = `unbuilt ${node.layer}`;
        item.description = l10n.t('not built yet');
        item.iconPath = new ThemeIcon('circle-large-outline');
        item.tooltip = l10n.t(
          'A scan that needs the image {0} builds it first, which takes a minute or two.',
          node.layer,
        );
        item.contextValue = 'unbuilt';
        return item;
      }
      case 'scan':
        return scanItem(node.scan);
    }
  }

  /** Builds the image of a layer, one of those that are not there when none is told. */
  async build(node: unknown): Promise<void> {
    requireTrust();
    const { LAYERS, buildImage } = await this.app.engine();
    const asked = isNode(node, 'unbuilt') ? LAYERS.find((layer) => layer === node.layer) : await this.#askLayer(LAYERS);
    if (asked === undefined) return;
    const settings = await readSettings(this.app);
    const title = l10n.t('DynScan: image {0}', asked);
    const options = { location: ProgressLocation.Notification, cancellable: true, title };
    await window.withProgress(options, async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      try {
        await buildImage(settings, asked, (message) => progress.report({ message: plain(message) }), abort.signal);
      } catch (error) {
        if (!isNamed(error, 'CancelledError')) throw error;
      }
    });
    await this.refresh();
  }

  async remove(node: unknown): Promise<void> {
    requireTrust();
    const { removeImage } = await this.app.engine();
    const tag = isNode(node, 'image') ? node.image.tag : await this.#askImage();
    if (tag === undefined) return;
    const detail = l10n.t('The next scan that needs it builds it again, which takes a minute or two.');
    const question = l10n.t('Remove the sandbox image {0}?', escapeText(tag));
    if ((await window.showWarningMessage(question, { modal: true, detail }, REMOVE)) !== REMOVE) return;
    await removeImage(await readSettings(this.app), tag);
    await this.refresh();
  }

  async #ask(): Promise<void> {
    const { diagnose, listImages, LAYERS } = await this.app.engine();
    const settings = await readSettings(this.app);
    const checks = await diagnose(settings);
    const images = checks[0]?.ok === true ? await listImages(settings) : [];
    this.#facts = { checks, images, layers: LAYERS };
    const missing = !engineAnswers(this.#facts);
    await commands.executeCommand('setContext', CONTEXT.sandboxState, missing ? 'missing' : 'ready');
    this.#view.message = '';
    this.#changed.fire(undefined);
  }

  async #askLayer(layers: readonly Layer[]): Promise<Layer | undefined> {
    const items = layers.map((layer) => ({ label: layer, layer }));
    const options = { title: l10n.t('DynScan: Build Sandbox Image'), placeHolder: l10n.t('Which image?') };
    return (await window.showQuickPick(items, options))?.layer;
  }

  async #askImage(): Promise<string | undefined> {
    await this.refresh();
    const images = this.#facts?.images ?? [];
    if (images.length === 0) throw new UserError(l10n.t('There is no sandbox image to remove.'));
    const items = images.map(({ tag, current }) => ({
      label: plain(tag),
      description: current ? l10n.t('in use') : l10n.t('outdated'),
      tag,
    }));
    const options = { title: l10n.t('DynScan: Remove Sandbox Image'), placeHolder: l10n.t('Which image?') };
    return (await window.showQuickPick(items, options))?.tag;
  }

  #scans(): RunningScan[] {
    return this.results.all().flatMap((result) => runningScan(result));
  }

  /** A scan may have built an image by its end. */
  #onResults(): void {
    const running = this.#scans().length;
    const ended = running < this.#running;
    const shown = running > 0 || this.#running > 0;
    this.#running = running;
    if (!this.#view.visible) return;
    if (ended && running === 0) void this.refresh();
    else if (shown) this.#changed.fire(undefined);
  }
}

function runningScan(result: ModelResult): RunningScan[] {
  const { uri, status } = result;
  const key = uri.toString();
  switch (status.kind) {
    case 'finished':
      return [];
    case 'queued':
      return [{ key, state: status.kind, message: l10n.t('waiting for its turn'), steps: stepsInWords(undefined) }];
    case 'scanning': {
      const message = progressInWords(status, foundIn(result));
      return [{ key, state: status.kind, message, steps: stepsInWords(status.stage) }];
    }
  }
}

function checkItem({ name, ok, detail, advice }: SandboxCheck): TreeItem {
  const item = new TreeItem(escapeAndCut(name, TEXT_LENGTH));
  item.id = `check ${name}`;
  item.description = escapeAndCut(detail, TEXT_LENGTH);
  item.tooltip = escapeText([detail, ...(advice === undefined ? [] : [advice])].join(' '));
  const [icon, color] = ok ? ['pass', 'testing.iconPassed'] : ['error', 'problemsErrorIcon.foreground'];
  item.iconPath = new ThemeIcon(icon, new ThemeColor(color));
  item.contextValue = 'check';
  return item;
}
type SandboxCheck = Extract<SandboxNode, { kind: 'check' }>['check'];

function imageItem({
  tag,
  layer,
  sizeBytes,
  created,
  current,
}: Extract<SandboxNode, { kind: 'image' }>['image']): TreeItem {
  const item = new TreeItem(escapeAndCut(layer, TEXT_LENGTH));
  item.id = `image ${tag}`;
  const size = Math.round(sizeBytes / 1e6);
  item.description = current ? l10n.t('{0} MB', size) : l10n.t('{0} MB, outdated', size);
  item.tooltip = escapeText(
    [
      tag,
      l10n.t('Made {0}.', new Date(created).toLocaleString()),
      current ? l10n.t('Scans use it.') : l10n.t('Made from an older version or another base: no scan uses it.'),
    ].join(' '),
  );
  item.iconPath = new ThemeIcon(current ? 'package' : 'archive');
  item.contextValue = 'image';
  return item;
}

function scanItem({ key, state, message, steps }: RunningScan): TreeItem {
  const uri = Uri.parse(key);
  const item = new TreeItem(modelName(uri));
  item.id = `scan ${key}`;
  item.description = message;
  item.tooltip = `${escapeText(uri.fsPath)}\n${message}\n${steps}`;
  item.iconPath = new ThemeIcon(state === 'queued' ? 'clock' : 'loading~spin');
  item.contextValue = 'scan';
  return item;
}

function isNode<Kind extends SandboxNode['kind']>(
  node: unknown,
  kind: Kind,
): node is Extract<SandboxNode, { kind: Kind }> {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === kind;
}
