import { EventEmitter, RelativePattern, Uri, workspace, type FileSystemWatcher } from 'vscode';
import type { Finding, ScanReport } from '../report/schema.js';
import { DisposableObject } from './disposable.js';
import { isInside, sameStamp, stampOf, type Stamp } from './stamp.js';

export type ModelStatus =
  | { readonly kind: 'queued' }
  | { readonly kind: 'scanning'; readonly message: string; readonly fraction?: number | undefined }
  | { readonly kind: 'finished'; readonly report: ScanReport };

/** What is known about one model that is or was scanned. */
export interface ModelResult {
  readonly uri: Uri;
  readonly status: ModelStatus;
  /** Those of the report, or those seen so far. */
  readonly findings: readonly Finding[];
  /** The file as it was when the scan began. */
  readonly stamp: Stamp | undefined;
}

/** What people have decided about findings, see triage.ts. */
export interface Lens {
  readonly report: (report: ScanReport) => ScanReport;
  /** Those to show. */
  readonly findings: (findings: readonly Finding[]) => readonly Finding[];
  /** What a person should know who sees them. */
  readonly note: string | undefined;
}

/** Views are told at most this often, milliseconds: a model can make findings faster than anyone can read. */
const NOTIFY_EVERY = 50;

/**
 * The one place that knows what scans have found. Problems, the tree and the reports show what is in here, so they
 * cannot disagree. A result is forgotten when its file is gone or is no longer the file that was scanned.
 */
export class Results extends DisposableObject {
  readonly #results = new Map<string, ModelResult>();
  readonly #changed = this.own(new EventEmitter<readonly Uri[]>());
  readonly #dirty = new Map<string, Uri>();
  readonly #outside = new Map<string, FileSystemWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #lens: Lens = { report: (report) => report, findings: (findings) => findings, note: undefined };

  readonly onDidChange = this.#changed.event;

  constructor() {
    super();
    const watcher = this.own(workspace.createFileSystemWatcher('**/*', true));
    this.own(watcher.onDidChange((uri) => this.#recheck(uri)));
    this.own(watcher.onDidDelete((uri) => this.#recheck(uri)));
  }

  get(uri: Uri): ModelResult | undefined {
    return this.#results.get(uri.toString());
  }

  all(): readonly ModelResult[] {
    return [...this.#results.values()];
  }

  /** From now on all reports are seen like this, those that are there already too. */
  lookThrough(lens: Lens): void {
    this.#lens = lens;
    for (const result of this.#results.values()) {
      if (result.status.kind !== 'finished') continue;
      this.#results.set(result.uri.toString(), this.#seen(result));
      this.#notify(result.uri);
    }
  }

  get note(): string | undefined {
    return this.#lens.note;
  }

  /** A report as it is seen. */
  seen(report: ScanReport): ScanReport {
    return this.#lens.report(report);
  }

  set(result: ModelResult): void {
    this.#results.set(result.uri.toString(), this.#seen(result));
    this.#watchOutside(result.uri);
    this.#notify(result.uri);
    if (result.status.kind === 'finished') this.#recheck(result.uri);
  }

  #seen(result: ModelResult): ModelResult {
    if (result.status.kind !== 'finished') return result;
    const report = this.#lens.report(result.status.report);
    return { ...result, status: { kind: 'finished', report }, findings: this.#lens.findings(report.findings) };
  }

  delete(uri: Uri): void {
    if (this.#results.delete(uri.toString())) this.#notify(uri);
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#outside.values()) watcher.dispose();
    super.dispose();
  }

  /** `uri` is a file, or a folder that took its files along. Events can be late or doubled, so the file itself is asked. */
  #recheck(uri: Uri): void {
    for (const result of this.#results.values()) {
      if (result.status.kind === 'finished' && isInside(result.uri, uri)) void this.#forgetIfChanged(result);
    }
  }

  async #forgetIfChanged(result: ModelResult): Promise<void> {
    const now = await stampOf(result.uri);
    if (this.get(result.uri) === result && !sameStamp(now, result.stamp)) this.delete(result.uri);
  }

  /** The workspace's watcher does not see files outside it. */
  #watchOutside(uri: Uri): void {
    const folder = Uri.joinPath(uri, '..');
    const key = folder.toString();
    if (workspace.getWorkspaceFolder(uri) !== undefined || this.#outside.has(key)) return;
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, '*'), true);
    watcher.onDidChange((changed) => this.#recheck(changed));
    watcher.onDidDelete((deleted) => this.#recheck(deleted));
    this.#outside.set(key, watcher);
  }

  #notify(uri: Uri): void {
    this.#dirty.set(uri.toString(), uri);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const uris = [...this.#dirty.values()];
      this.#dirty.clear();
      this.#changed.fire(uris);
    }, NOTIFY_EVERY);
  }
}
