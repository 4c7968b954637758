import { commands, EventEmitter, l10n, ThemeColor, ThemeIcon, TreeItemCollapsibleState, Uri, workspace } from 'vscode';
import type { Layer } from '../docker/layers.js';
import { isNamed, UserError } from '../core/user-error.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { CONTEXT, SANDBOX_VIEW } from './names.js';
import { progressInWords, stepsInWords } from './phrases.js';
import { foundIn, type ModelResult, type Results } from './results.js';
import { engineAnswers, sandboxNodes, type RunningScan, type SandboxFacts, type SandboxNode } from './sandbox-view.js';
import { readSettings } from './settings.js';
import { row, window, type Row, type RowProvider, type View } from './surfaces.js';
import { requireTrust } from './trust.js';
import { modelName } from './appearance.js';

const REMOVE = l10n.t('Remove');
const HEADS: Readonly<Record<Extract<SandboxNode, { kind: 'head' }>['id'], string>> = {
  scans: l10n.t('Running Scans'),
  images: l10n.t('Images'),
  outdated: l10n.t('Outdated Images'),
};

/** The container engine, the images, and what runs now. Asks the engine only while the view is visible. */
export class SandboxTree extends DisposableObject implements RowProvider<SandboxNode> {
  readonly #changed = this.own(new EventEmitter<SandboxNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: View;
  #facts: SandboxFacts | undefined;
  #asking: Promise<void> | undefined;
  #running = 0;

  constructor(
    private readonly app: App,
    private readonly results: Results,
  ) {
    super();
    this.#view = this.own(window.createTreeView(SANDBOX_VIEW, this));
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

  getTreeItem(node: SandboxNode): Row {
    switch (node.kind) {
      case 'head': {
        const open = node.id === 'outdated' ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded;
        return row({ id: node.id, label: HEADS[node.id], state: open, description: String(node.children.length) });
      }
      case 'check':
        return checkItem(node.check);
      case 'image':
        return imageItem(node.image);
      case 'unbuilt':
        return row({
          id: `unbuilt ${node.layer}`,
          label: node.layer,
          description: l10n.t('not built yet'),
          icon: new ThemeIcon('circle-large-outline'),
          tooltip: [
            l10n.t('A scan that needs the image {0} builds it first, which takes a minute or two.', node.layer),
          ],
          context: 'unbuilt',
        });
      case 'scan':
        return scanItem(node.scan);
    }
  }

  /** Builds the image of a profile; without an argument, one of those that have no image. */
  async build(node: unknown): Promise<void> {
    requireTrust();
    const { LAYERS, buildImage } = await this.app.engine();
    const asked = isNode(node, 'unbuilt') ? LAYERS.find((layer) => layer === node.layer) : await this.#askLayer(LAYERS);
    if (asked === undefined) return;
    const settings = await readSettings(this.app);
    const title = l10n.t('DynScan: image {0}', asked);
    const options = { location: 'notification', cancellable: true, title } as const;
    await window.withProgress(options, async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      try {
        await buildImage(settings, asked, (message) => progress.report(message), abort.signal);
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
    const question = l10n.t('Remove the sandbox image {0}?', tag);
    if ((await window.showWarningMessage(question, { detail: [detail] }, REMOVE)) !== REMOVE) return;
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
    this.#view.say('');
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
      label: tag,
      description: current ? l10n.t('in use') : l10n.t('outdated'),
      tag,
    }));
    const options = { title: l10n.t('DynScan: Remove Sandbox Image'), placeHolder: l10n.t('Which image?') };
    return (await window.showQuickPick(items, options))?.tag;
  }

  /** Those that run come before those that wait. */
  #scans(): RunningScan[] {
    const scans = this.results.all().flatMap((result) => runningScan(result));
    return scans.sort((one, other) => Number(one.state === 'queued') - Number(other.state === 'queued'));
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

function checkItem({ name, ok, detail, advice }: SandboxCheck): Row {
  const [icon, color] = ok ? ['pass', 'testing.iconPassed'] : ['error', 'problemsErrorIcon.foreground'];
  return row({
    id: `check ${name}`,
    label: name,
    description: detail,
    tooltip: [[detail, ...(advice === undefined ? [] : [advice])].join(' ')],
    icon: new ThemeIcon(icon, new ThemeColor(color)),
    context: 'check',
  });
}
type SandboxCheck = Extract<SandboxNode, { kind: 'check' }>['check'];

function imageItem({ tag, layer, sizeBytes, created, current }: Extract<SandboxNode, { kind: 'image' }>['image']): Row {
  const size = Math.round(sizeBytes / 1e6);
  const about = [
    tag,
    l10n.t('Made {0}.', new Date(created).toLocaleString()),
    current ? l10n.t('Scans use it.') : l10n.t('Made from an older version or another base: no scan uses it.'),
  ];
  return row({
    id: `image ${tag}`,
    label: layer,
    description: current ? l10n.t('{0} MB', size) : l10n.t('{0} MB, outdated', size),
    tooltip: [about.join(' ')],
    icon: new ThemeIcon(current ? 'package' : 'archive'),
    context: 'image',
  });
}

function scanItem({ key, state, message, steps }: RunningScan): Row {
  const uri = Uri.parse(key);
  return row({
    id: `scan ${key}`,
    label: modelName(uri),
    description: message,
    tooltip: [uri.fsPath, message, steps],
    icon: new ThemeIcon(state === 'queued' ? 'clock' : 'loading~spin'),
    context: 'scan',
  });
}

function isNode<Kind extends SandboxNode['kind']>(
  node: unknown,
  kind: Kind,
): node is Extract<SandboxNode, { kind: Kind }> {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === kind;
}
