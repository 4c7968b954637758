import { FileType, RelativePattern, Uri, workspace } from 'vscode';
import { messageOf } from '../core/user-error.js';
import { MODEL_GLOB, MODEL_NAME } from '../core/extensions.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { NOT_OURS } from './models-tree.js';
import { QuietQueue } from './quiet-queue.js';
import type { Results } from './results.js';
import type { Visibility, ScanController } from './scan-controller.js';
import { scansOnChange } from './settings.js';
import { isInside, sizeOf } from './stamp.js';

/** Downloads and training runs write for a while. */
const SETTLE = 1_500;
/** More new models at once than this are a checkout or a download of many; a folder can be scanned whole. */
const LIMIT = 50;
/** A scan reads a file to its end, for its hash. A checkpoint of this size that is written every few minutes keeps a disk busy, bytes. */
const SIZE_LIMIT = 4 * 1024 ** 3;
/** Folders of installed packages, which the Models view leaves out too. */
const NOT_OURS_PATH = /\/(?:node_modules|site-packages|\.git)\//;

/** Files and folders that are not models and come within one moment. */
const CREATED_LIMIT = 200;

/** Reads models that appear or change, without a message: findings show in Problems, in the Explorer and in the Models view. */
export class AutoScan extends DisposableObject {
  readonly #queue: QuietQueue;
  /** Files and folders that appeared recently, by path. */
  readonly #created = new Map<string, Uri>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly scans: ScanController,
  ) {
    super();
    this.#queue = this.own(
      new QuietQueue({
        settle: SETTLE,
        limit: LIMIT,
        work: (key) => this.#scan(Uri.parse(key), 'silent', SIZE_LIMIT),
        onFlood: () => {
          app.log.info(
            `More than ${LIMIT} models are new at once: the others are not read by themselves. Scan their folder to read them.`,
          );
        },
      }),
    );
    const watcher = this.own(workspace.createFileSystemWatcher('**/*'));
    this.own(watcher.onDidCreate((uri) => this.#onCreated(uri)));
    this.own(watcher.onDidChange((uri) => this.expect(uri)));
    this.own(watcher.onDidDelete((uri) => this.#queue.remove(uri.toString())));
  }

  /** Reads a model that the user looks at, if there is no result for its current content. */
  async look(uri: Uri): Promise<void> {
    if (uri.scheme === 'file') await this.#scan(uri, 'shown');
  }

  /** Reads a file that is new or has changed, when it has been left alone for a moment, if it is a model. */
  expect(uri: Uri): void {
    if (uri.scheme !== 'file' || !MODEL_NAME.test(uri.path) || NOT_OURS_PATH.test(uri.path)) return;
    if (!scansOnChange(uri)) return;
    this.#queue.add(uri.toString());
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    super.dispose();
  }

  /** A folder that is made, copied or unpacked often comes as one event, for all that lies in it. */
  #onCreated(uri: Uri): void {
    this.expect(uri);
    if (uri.scheme !== 'file' || MODEL_NAME.test(uri.path) || NOT_OURS_PATH.test(`${uri.path}/`)) return;
    if (this.#created.size < CREATED_LIMIT) this.#created.set(uri.path, uri);
    this.#timer ??= setTimeout(() => void this.#searchCreated(), SETTLE);
  }

  async #searchCreated(): Promise<void> {
    const all = [...this.#created.values()];
    this.#created.clear();
    this.#timer = undefined;
    // So many files at once are a checkout or its packages; the user does not wait for a scan of each.
    if (all.length >= CREATED_LIMIT) return;
    const tops = all.filter((uri) => !all.some((other) => other.path !== uri.path && isInside(uri, other)));
    for (const uri of tops) {
      const stat = await workspace.fs.stat(uri).then(
        (found) => found,
        () => undefined,
      );
      if (stat?.type !== FileType.Directory) continue;
      const models = await workspace.findFiles(new RelativePattern(uri, MODEL_GLOB), NOT_OURS, LIMIT + 1);
      for (const model of models) this.expect(model);
    }
  }

  async #scan(uri: Uri, manner: Visibility, limit = Infinity): Promise<void> {
    const size = await sizeOf(uri);
    if (size !== undefined && size > limit) {
      this.app.log.info(`Not read by itself, for its size: ${uri.fsPath}`);
      return;
    }
    // Deleted again, or touched without a change.
    if (size === undefined || (await this.results.verify(uri))) return;
    // A scan that the user asked for is running.
    if (this.results.get(uri) !== undefined) return;
    try {
      await this.scans.scan([uri], { staticOnly: true, manner });
    } catch (error) {
      this.app.log.warn(`Not read: ${messageOf(error)}`);
    }
  }
}
