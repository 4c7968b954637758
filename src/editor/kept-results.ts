import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Uri } from 'vscode';
import type { ScanReport } from '../core/schema.js';
import type { Place, ResultStore } from '../scan/result-store.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { finished, type Results } from './results.js';
import { stillScanned } from './stamp.js';
import type { Trace, Traces } from './traces.js';

/** The folder in the workspace's storage: see result-store.ts, which is not loaded where there is none, and docker/uninstall.ts. */
const KEPT_FOLDER = 'results-1';
/** Milliseconds from a change to the list of places on the disk. */
const WRITE_AFTER = 1_000;
/** Reports that are read back at one time. */
const AT_ONCE = 4;

/**
 * Keeps the results of this workspace in its storage, so that they are there again when the window is loaded anew. A report is shown again only for a
 * file that is still the one that was scanned.
 */
export class KeptResults extends DisposableObject {
  /** Settles when what was kept is shown. */
  readonly restored: Promise<void>;
  readonly #folder: string | undefined;
  #store: Promise<ResultStore> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  readonly #keeping = new Set<Promise<unknown>>();
  #isRestored = false;

  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly traces: Traces,
  ) {
    super();
    const { storageUri } = app.context;
    // Absent where no folder is open.
    this.#folder = storageUri?.scheme === 'file' ? join(storageUri.fsPath, KEPT_FOLDER) : undefined;
    this.restored = this.restore()
      .catch((error: unknown) => app.log.error(error))
      .finally(() => {
        this.#isRestored = true;
        this.#changed();
      });
    this.own(results.onDidChange(() => this.#changed()));
  }

  /** Shows what is kept of models that are still what was scanned, unless a richer report is shown. */
  async restore(): Promise<void> {
    if (this.#folder === undefined || !existsSync(this.#folder)) return;
    const store = await this.#opened();
    const places = [...((await store?.places()) ?? [])];
    const restoreSome = async (): Promise<void> => {
      for (let place = places.shift(); store && place; place = places.shift()) await this.#restoreOne(store, place);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, restoreSome));
  }

  /** Keeps a report as its scan made it: users' decisions about findings are applied again whenever it is shown. */
  keep(report: ScanReport, trace: Trace | undefined): void {
    const keeping = this.#opened()
      .then(async (store) => {
        await store?.keep({ asked: '', report });
        if (trace) await store?.keepTrace(report, trace.lines);
      })
      .catch((error: unknown) => this.app.log.error(error))
      .finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  /** Brings back the trace of a report of an earlier window; returns whether there is one. */
  async restoreTrace(report: ScanReport): Promise<boolean> {
    const { path } = report.model;
    const lines: string[] = [];
    const store = await this.#opened();
    if (store === undefined || !(await store.readTrace(report, (line) => lines.push(line)))) return false;
    // A scan may have begun meanwhile.
    if (this.traces.of(path) === undefined) this.traces.restore(path, lines);
    return true;
  }

  /** Ends when everything is on the disk. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#writePlaces();
    await Promise.all([this.#writing, ...this.#keeping]);
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    super.dispose();
  }

  #opened(): Promise<ResultStore | undefined> {
    const folder = this.#folder;
    if (folder === undefined) return Promise.resolve(undefined);
    this.#store ??= this.app.engine().then(({ rememberKept, ResultStore }) => {
      void rememberKept(folder);
      return new ResultStore(folder);
    });
    return this.#store;
  }

  async #restoreOne(store: ResultStore, { name, key, stamp, notRerun }: Place): Promise<void> {
    const kept = await store.get(key);
    if (kept === undefined) return;
    const uri = Uri.parse(name);
    const { report } = kept;
    const now = await stillScanned(uri, stamp, report);
    if (now !== undefined) this.results.restore(finished(uri, report, now, { isKept: true, notRerun }));
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => this.#writePlaces(), WRITE_AFTER);
  }

  #writePlaces(): void {
    this.#timer = undefined;
    // Where nothing was kept, there is nothing to write; before all is shown again, what is not would be forgotten.
    if (this.#store === undefined || !this.#isRestored) return;
    this.#writing = this.#writing
      .then(() => this.#opened())
      .then((store) => store?.keepPlaces(this.#places(store)))
      .catch((error: unknown) => this.app.log.error(error));
  }

  /** Also of models that are being scanned again. */
  #places(store: ResultStore): Place[] {
    return this.results.stand().flatMap(({ uri, status, stamp }) => {
      const key = store.keyOf(status.report);
      if (key === undefined || stamp === undefined) return [];
      const { notRerun } = status;
      return [{ name: uri.toString(), key, stamp, ...(notRerun === undefined ? {} : { notRerun }) }];
    });
  }
}
