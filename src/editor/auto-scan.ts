import { FileType, RelativePattern, Uri, workspace } from 'vscode';
import { contentOf } from '../core/identity.js';
import type { ScanReport } from '../core/schema.js';
import { messageOf } from '../core/user-error.js';
import { MODEL_GLOB, MODEL_NAME } from '../core/extensions.js';
import { announceFound } from './announce.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import type { KeptResults } from './kept-results.js';
import { MODELS_LIMIT } from './models-tree.js';
import { NOT_OURS } from './names.js';
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
/** All models that are read when a window begins, together, bytes; the smallest come first. */
const START_LIMIT = 32 * 1024 ** 3;
/** Models that are read with one request: a scan that the user asks for ends the request that has its model. */
const AT_ONCE = 12;
/** Requests at a time: while the last models of one are read, the first of the next are. */
const REQUESTS = 2;
/** Times that a model is tried whose request was ended so. */
const TRIES = 3;
/** Hostile models are told of together, when no more have come for this time, and after the longer one at the latest; milliseconds. */
const COLLECT = 1_000;
const COLLECT_AT_MOST = 10_000;
/** Folders of installed packages, which the Models view leaves out too. */
const NOT_OURS_PATH = /\/(?:node_modules|site-packages|\.git)\//;

/** Files and folders that are not models and come within one moment. */
const CREATED_LIMIT = 200;

export interface AutoScanParts {
  readonly app: App;
  readonly results: Results;
  readonly scans: ScanController;
  readonly kept: KeptResults;
}

/**
 * Reads models that are there when the window begins, and those that appear or change: findings show in Problems, in the Explorer and in the Models
 * view. Only of hostile ones there is a message, one for all that are found together.
 */
export class AutoScan extends DisposableObject {
  readonly #queue: QuietQueue;
  /** Files and folders that appeared recently, by path. */
  readonly #created = new Map<string, Uri>();
  /** Hostile models that there will be a message about. */
  readonly #hostile = new Map<string, ScanReport>();
  /** Contents that there was a message about, each with its model. */
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #reading: Promise<void>;
  #isDisposed = false;
  #isReading = false;

  constructor(private readonly parts: AutoScanParts) {
    super();
    const { app, kept } = parts;
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
    const readAll = (): Promise<void> => this.#readAll().catch((error: unknown) => app.log.error(error));
    this.#reading = kept.restored.then(readAll);
    this.own(workspace.onDidChangeWorkspaceFolders(() => (this.#reading = this.#reading.then(readAll))));
  }

  /** Settles when the models that were there at the beginning are read. */
  get atStart(): Promise<void> {
    return this.#reading;
  }

  /** Reads a model that the user looks at, if there is no result for its current content. */
  async look(uri: Uri): Promise<void> {
    await this.parts.kept.restored;
    if (uri.scheme === 'file') await this.#scan(uri, 'shown');
  }

  /** Reads a file that is new or has changed, when it has been left alone for a moment, if it is a model. */
  expect(uri: Uri): void {
    if (uri.scheme !== 'file' || !MODEL_NAME.test(uri.path) || NOT_OURS_PATH.test(uri.path)) return;
    if (!scansOnChange(uri)) return;
    this.#queue.add(uri.toString());
  }

  override dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
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

  /** The models of the workspace that there is no result of, the smallest first, a few at a time. */
  async #readAll(): Promise<void> {
    const { app, results, scans } = this.parts;
    const found = await workspace.findFiles(MODEL_GLOB, NOT_OURS, MODELS_LIMIT);
    const wanted = this.#wantedIn();
    const unread = found.filter((uri) => uri.scheme === 'file' && wanted(uri) && results.get(uri) === undefined);
    this.#isReading = true;
    let tried = await this.#smallestFirst(unread);
    for (let round = 0; round < TRIES && tried.length > 0; round += 1) {
      const left = [...tried];
      const readSome = async (): Promise<void> => {
        while (left.length > 0 && !this.#isDisposed) {
          const some = left.splice(0, AT_ONCE).filter((uri) => results.get(uri) === undefined);
          try {
            this.#take(await scans.scan(some, { staticOnly: true, manner: 'silent' }));
          } catch (error) {
            app.log.warn(`Not read: ${messageOf(error)}`);
          }
        }
      };
      await Promise.all(Array.from({ length: REQUESTS }, readSome));
      tried = tried.filter((uri) => results.get(uri) === undefined);
    }
    this.#isReading = false;
  }

  /** Whether a model is to be read by itself; the setting is looked up once for each folder of the workspace. */
  #wantedIn(): (uri: Uri) => boolean {
    const known = new Map<string | undefined, boolean>();
    return (uri) => {
      const folder = workspace.getWorkspaceFolder(uri)?.uri.toString();
      const before = known.get(folder);
      if (before !== undefined) return before;
      const wanted = scansOnChange(uri);
      known.set(folder, wanted);
      return wanted;
    };
  }

  async #smallestFirst(uris: readonly Uri[]): Promise<Uri[]> {
    const sized: { readonly uri: Uri; readonly size: number }[] = [];
    for (let at = 0; at < uris.length; at += AT_ONCE) {
      const some = uris.slice(at, at + AT_ONCE);
      const sizes = await Promise.all(some.map((uri) => sizeOf(uri)));
      sized.push(...some.flatMap((uri, index) => (sizes[index] === undefined ? [] : [{ uri, size: sizes[index] }])));
    }
    sized.sort((one, other) => one.size - other.size);
    let together = 0;
    const small = sized.filter(({ size }) => size <= SIZE_LIMIT && (together += size) <= START_LIMIT);
    const left = sized.length - small.length;
    if (left > 0)
      this.parts.app.log.info(`Not read by themselves, for their size: ${left} models. Scan them to read them.`);
    return small.map(({ uri }) => uri);
  }

  async #scan(uri: Uri, manner: Visibility, limit = Infinity): Promise<void> {
    const { app, results, scans } = this.parts;
    const size = await sizeOf(uri);
    if (size !== undefined && size > limit) {
      app.log.info(`Not read by itself, for its size: ${uri.fsPath}`);
      return;
    }
    // Deleted again, or touched without a change.
    if (size === undefined || (await results.verify(uri))) return;
    // A scan that the user asked for is running.
    if (results.get(uri) !== undefined) return;
    try {
      const reports = await scans.scan([uri], { staticOnly: true, manner });
      // The user sees the verdict on a model that is in front.
      if (manner === 'silent') this.#take(reports);
    } catch (error) {
      app.log.warn(`Not read: ${messageOf(error)}`);
    }
  }

  /** Tells of the hostile ones when no more come. */
  #take(reports: readonly ScanReport[] | undefined): void {
    for (const report of reports ?? []) {
      const key = JSON.stringify([report.model.path, contentOf(report.model)]);
      if (report.verdict !== 'malicious' || this.#told.has(key)) continue;
      this.#told.add(key);
      this.#hostile.set(report.model.path, report);
    }
    if (this.#hostile.size > 0) this.#tellSoon(Date.now() + COLLECT_AT_MOST);
  }

  #tellSoon(latest: number): void {
    if (this.#isDisposed) return;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      const isMoreToCome = this.#isReading || !this.#queue.isIdle;
      if (isMoreToCome && Date.now() < latest) {
        this.#tellSoon(latest);
        return;
      }
      const found = [...this.#hostile.values()];
      this.#hostile.clear();
      // Not awaited: a message stays until it is read.
      void announceFound(found);
    }, COLLECT);
  }
}
