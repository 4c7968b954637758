import type { CancellationToken, Uri } from 'vscode';
import { isFolderFormat } from '../model/state.js';
import type { ArrayPlace, ArrayValues, Inspection } from '../core/inspection.js';
import type { App } from './app.js';
import { taskFileOf } from './model-file.js';
import { readSettings } from './settings.js';
import { sameStamp, stampOf, type Stamp } from './stamp.js';

interface Known {
  readonly stamp: Stamp | undefined;
  readonly inspection: Inspection;
}

/** Inspections kept: they can hold some hundred thousand rows each. */
const KEPT = 4;

/** Inspections of models: made on request, cached for a while, made again when the file has changed. */
export class Inspections {
  readonly #known = new Map<string, Known>();

  constructor(private readonly app: App) {}

  /** Drops the inspection of a file that has changed, whatever its stamp says. */
  forget(uri: Uri): void {
    this.#known.delete(uri.toString());
  }

  /** Rejects with CancelledError, UserError or StaticLimitError. */
  async of(uri: Uri, signal: AbortSignal): Promise<Inspection> {
    const key = uri.toString();
    const known = this.#known.get(key);
    const stamp = await stampOf(uri);
    if (known && sameStamp(known.stamp, stamp)) return known.inspection;
    const { inspectModel } = await this.app.engine();
    const { staticTimeout } = await readSettings(this.app);
    const inspection = await inspectModel(await taskFileOf(uri), { signal, timeout: staticTimeout });
    this.#known.delete(key);
    // For a model that is a folder, the stamp would have to cover all its files.
    if (isFolderFormat(inspection.format)) return inspection;
    this.#known.set(key, { stamp, inspection });
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
    return inspection;
  }

  /** What can be shown of a large model before it has been read; undefined where reading it is as fast. Rejects as `of` does. */
  async glimpse(uri: Uri, signal: AbortSignal): Promise<Inspection | undefined> {
    // A file from elsewhere would be fetched twice.
    if (uri.scheme !== 'file' || this.#known.has(uri.toString())) return undefined;
    const { glimpseModel } = await this.app.engine();
    const { staticTimeout } = await readSettings(this.app);
    return glimpseModel(await taskFileOf(uri), { signal, timeout: staticTimeout });
  }

  /** The numbers of an array that an inspection names. Rejects as `of` does. */
  async valuesOf(uri: Uri, array: ArrayPlace, signal: AbortSignal): Promise<ArrayValues> {
    const { readArrayOf } = await this.app.engine();
    const { staticTimeout } = await readSettings(this.app);
    return readArrayOf(await taskFileOf(uri), array, { signal, timeout: staticTimeout });
  }
}

export function signalOf(token: CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
