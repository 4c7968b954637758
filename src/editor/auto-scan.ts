import { Uri, workspace } from 'vscode';
import { MODEL_NAME } from '../model/extensions.js';
import { escapeText } from '../report/escape.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { EDITOR_SETTINGS } from './editor-settings.js';
import { QuietQueue } from './quiet-queue.js';
import type { Results } from './results.js';
import type { ScanController } from './scan-controller.js';
import { sameStamp, stampOf } from './stamp.js';

/** Downloads and training runs write for a while. */
const SETTLE = 1_500;
/** More new models at once than this are a checkout or a download of many; a folder can be scanned whole. */
const LIMIT = 50;
/** What packages bring along; the same folders as the Models view leaves out. */
const NOT_OURS = /\/(?:node_modules|site-packages|\.git)\//;

/** Reads models that appear or change, without a word: what is found shows in Problems, in the Explorer and in the Models view. */
export class AutoScan extends DisposableObject {
  readonly #queue: QuietQueue;

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
        work: (key) => this.#scan(Uri.parse(key)),
        onFlood: () => {
          app.log.info(
            `More than ${LIMIT} models are new at once: the others are not read by themselves. Scan their folder to read them.`,
          );
        },
      }),
    );
    const watcher = this.own(workspace.createFileSystemWatcher('**/*'));
    this.own(watcher.onDidCreate((uri) => this.#onFile(uri)));
    this.own(watcher.onDidChange((uri) => this.#onFile(uri)));
    this.own(watcher.onDidDelete((uri) => this.#queue.remove(uri.toString())));
  }

  /** Reads a model that somebody looks at, if nothing is known of it. */
  async look(uri: Uri): Promise<void> {
    if (uri.scheme === 'file' && this.results.get(uri) === undefined) await this.#scan(uri);
  }

  #onFile(uri: Uri): void {
    if (uri.scheme !== 'file' || !MODEL_NAME.test(uri.path) || NOT_OURS.test(uri.path)) return;
    if (!workspace.getConfiguration('dynscan', uri).get<boolean>('scanOnChange', EDITOR_SETTINGS.scanOnChange)) return;
    this.#queue.add(uri.toString());
  }

  async #scan(uri: Uri): Promise<void> {
    const stamp = await stampOf(uri);
    const known = this.results.get(uri);
    // Gone again, being scanned by somebody's wish, or only touched.
    if (stamp === undefined || (known && (known.status.kind !== 'finished' || sameStamp(known.stamp, stamp)))) return;
    try {
      await this.scans.scan([uri], { staticOnly: true, unasked: true });
    } catch (error) {
      this.app.log.warn(`Not read: ${escapeText(error instanceof Error ? error.message : String(error))}`);
    }
  }
}
