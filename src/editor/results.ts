import { EventEmitter, RelativePattern, Uri, workspace, type FileSystemWatcher } from 'vscode';
import { actOnObject } from '../core/headline.js';
import { failedToRun, takesPlace } from '../core/richer.js';
import type { Finding, ScanReport } from '../core/schema.js';
import { DisposableObject } from './disposable.js';
import type { LiveScan } from './live-scan.js';
import type { Standing } from './standing.js';
import { concerns, stillScanned, type Stamp } from './stamp.js';
import { window } from './surfaces.js';
import { uriOfPath } from './appearance.js';

export type ModelStatus =
  /** `standing`: the report until it has been scanned. */
  | { readonly kind: 'queued'; readonly standing?: ScanReport | undefined }
  | ({ readonly kind: 'scanning' } & LiveScan)
  | ({ readonly kind: 'finished'; readonly report: ScanReport } & Standing);

/** What is known about one model that is or was scanned. */
export interface ModelResult {
  readonly uri: Uri;
  readonly status: ModelStatus;
  /** The findings of the report, or of the partial report. */
  readonly findings: readonly Finding[];
  /** The file as it was when the scan began. */
  readonly stamp: Stamp | undefined;
}

/** The users' decisions about findings, see triage.ts. */
export interface TriageView {
  readonly report: (report: ScanReport) => ScanReport;
  /** The findings to show. */
  readonly findings: (findings: readonly Finding[]) => readonly Finding[];
  /** A note that the user has to see beside them. */
  readonly note: string | undefined;
}

/** Milliseconds. */
const AGE_EVERY = 5 * 60_000;
/** Views are notified at most this often, milliseconds: a folder can have many models. */
const NOTIFY_EVERY = 50;

/**
 * The one store of scan results. Problems, the tree and the reports show what is in here, so they cannot disagree. A result is removed when its file
 * is gone or is no longer the file that was scanned. That is checked after every event of the file system, and whenever the user returns to the
 * window or opens a report, because not every change has an event.
 * Example: `results.onDidChange((uris) => this.refresh(uris))`.
 */
export class Results extends DisposableObject {
  readonly #results = new Map<string, ModelResult>();
  /** The earlier results of models that are being scanned again. */
  readonly #earlier = new Map<string, FinishedResult>();
  readonly #changed = this.own(new EventEmitter<readonly Uri[]>());
  readonly #dirty = new Map<string, Uri>();
  readonly #outside = new Map<string, FileSystemWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #lens: TriageView = { report: (report) => report, findings: (findings) => findings, note: undefined };

  readonly onDidChange = this.#changed.event;

  constructor() {
    super();
    const watcher = this.own(workspace.createFileSystemWatcher('**/*'));
    // A file that is moved over another is reported as a new file.
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      this.own(event((uri) => this.#recheck(uri)));
    this.own(window.onDidChangeWindowState(({ focused }) => void (focused && this.#recheckAll())));
    // Their age is shown.
    const older = setInterval(() => {
      for (const { uri, status } of this.all()) if (status.kind === 'finished' && status.isKept) this.#notify(uri);
    }, AGE_EVERY);
    this.own({ dispose: () => clearInterval(older) });
  }

  get(uri: Uri): ModelResult | undefined {
    return this.#results.get(uri.toString());
  }

  /** The report of a model whose last scan has ended. */
  report(uri: Uri): ScanReport | undefined {
    return reportIn(this.get(uri));
  }

  all(): readonly ModelResult[] {
    return [...this.#results.values()];
  }

  /** Sets the triage that is applied to all reports, those that exist already included. */
  lookThrough(lens: TriageView): void {
    this.#lens = lens;
    for (const result of this.#results.values()) {
      this.#results.set(result.uri.toString(), this.#seen(result));
      this.#notify(result.uri);
    }
  }

  get note(): string | undefined {
    return this.#lens.note;
  }

  /** A report with triage applied. */
  seen(report: ScanReport): ScanReport {
    return this.#lens.report(report);
  }

  set(result: ModelResult): void {
    const key = result.uri.toString();
    const before = this.#results.get(key);
    if (result.status.kind === 'finished') this.#earlier.delete(key);
    else if (before && isFinished(before)) this.#earlier.set(key, before);
    this.#results.set(key, this.#seen(result));
    this.#watchOutside(result.uri);
    // A link can lead out of the workspace.
    if (result.stamp?.path !== undefined) this.#watchOutside(uriOfPath(result.stamp.path));
    this.#notify(result.uri);
    if (result.status.kind === 'finished') void this.verify(result.uri);
  }

  /**
   * A scan of a model has ended with this report. It is shown unless a richer one of the same content stands, which then stays; returns whether it is.
   */
  settle(uri: Uri, report: ScanReport, stamp: Stamp | undefined): boolean {
    const standing = this.#standing(uri);
    const isShown = standing === undefined || takesPlace(this.seen(report), standing.status.report);
    if (isShown) this.set(finished(uri, report, stamp));
    else this.set(withoutRerun(standing, report, stamp));
    return isShown;
  }

  /** A report that an earlier window made, or an earlier part of a scan that goes on: it stands unless a richer one does. */
  restore(result: FinishedResult): void {
    const key = result.uri.toString();
    const standing = this.#standing(result.uri);
    if (standing && takesPlace(standing.status.report, this.seen(result.status.report))) return;
    const now = this.#results.get(key);
    if (now === undefined || now.status.kind === 'finished') {
      this.set(result);
      return;
    }
    this.#earlier.set(key, result);
    if (now.status.kind === 'queued') this.set({ ...now, status: { ...now.status, standing: result.status.report } });
  }

  /** All reports that stand. */
  stand(): readonly FinishedResult[] {
    return this.all().flatMap(({ uri }) => this.#standing(uri) ?? []);
  }

  /** The report of a model that stands, also while the model is scanned again. */
  standing(uri: Uri): FinishedResult['status'] | undefined {
    return this.#standing(uri)?.status;
  }

  #standing(uri: Uri): FinishedResult | undefined {
    const key = uri.toString();
    const now = this.#results.get(key);
    return now && isFinished(now) ? now : this.#earlier.get(key);
  }

  #seen(result: ModelResult): ModelResult {
    const { status } = result;
    switch (status.kind) {
      case 'queued': {
        const standing = status.standing && this.#lens.report(status.standing);
        return {
          ...result,
          status: { kind: 'queued', standing },
          findings: this.#lens.findings(standing?.findings ?? []),
        };
      }
      case 'scanning': {
        const partialReport = status.partialReport && this.#lens.report(status.partialReport);
        return {
          ...result,
          status: { ...status, partialReport },
          findings: this.#lens.findings(partialReport?.findings ?? []),
        };
      }
      case 'finished': {
        const report = this.#lens.report(status.report);
        return { ...result, status: { ...status, report }, findings: this.#lens.findings(report.findings) };
      }
    }
  }

  delete(uri: Uri): void {
    this.#earlier.delete(uri.toString());
    if (this.#results.delete(uri.toString())) this.#notify(uri);
  }

  /** The report that a model had before it was scanned again. */
  earlier(uri: Uri): ScanReport | undefined {
    return reportIn(this.#earlier.get(uri.toString()));
  }

  /** Removes a scan that ended without a report: the model's earlier result is restored, if its file is still the same. */
  revert(uri: Uri): void {
    const earlier = this.#earlier.get(uri.toString());
    if (earlier) this.set(earlier);
    else this.delete(uri);
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#outside.values()) watcher.dispose();
    super.dispose();
  }

  /** Checks whether a report is about the model's current content, and removes it if not. Returns whether a current one exists. */
  async verify(uri: Uri): Promise<boolean> {
    const result = this.get(uri);
    if (result?.status.kind !== 'finished') return false;
    const now = await stillScanned(uri, result.stamp, result.status.report);
    // The result object changes as soon as another triage is applied.
    const known = this.get(uri);
    if (known?.status.kind !== 'finished' || known.stamp !== result.stamp) return known?.status.kind === 'finished';
    if (now === undefined) this.delete(uri);
    else if (now.identity !== result.stamp?.identity || now.settled !== result.stamp.settled)
      this.#results.set(uri.toString(), { ...known, stamp: now });
    return now !== undefined;
  }

  /** `uri` is a file, or a folder that took its files along. Events can be late or doubled, so the file itself is asked. */
  #recheck(uri: Uri): void {
    for (const { uri: model, stamp, status } of this.#results.values()) {
      if (status.kind === 'finished' && concerns(uri, model, stamp, status.report)) void this.verify(model);
    }
  }

  /** One after the other: there can be thousands, on a slow disk. */
  async #recheckAll(): Promise<void> {
    for (const { uri } of this.all()) await this.verify(uri);
  }

  /** The workspace's watcher does not see files outside it. */
  #watchOutside(uri: Uri): void {
    const folder = Uri.joinPath(uri, '..');
    const key = folder.toString();
    if (workspace.getWorkspaceFolder(uri) !== undefined || this.#outside.has(key)) return;
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, '*'));
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      event((changed) => this.#recheck(changed));
    this.#outside.set(key, watcher);
  }

  #notify(uri: Uri): void {
    this.#dirty.set(uri.toString(), uri);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const dirty = [...this.#dirty.values()];
      this.#dirty.clear();
      this.#changed.fire(dirty);
    }, NOTIFY_EVERY);
  }
}

export type FinishedResult = ModelResult & { readonly status: Extract<ModelStatus, { kind: 'finished' }> };

function isFinished(result: ModelResult): result is FinishedResult {
  return result.status.kind === 'finished';
}

export function finished(uri: Uri, report: ScanReport, stamp: Stamp | undefined, more: Standing = {}): FinishedResult {
  return { uri, status: { kind: 'finished', report, ...more }, findings: report.findings, stamp };
}

/** The report that stands beside a poorer one of the same content, which only says how another run went, if one was wanted. */
function withoutRerun(standing: FinishedResult, poorer: ScanReport, stamp: Stamp | undefined): FinishedResult {
  const run = poorer.engines.find(({ engine, status }) => engine === 'dynamic' && status !== 'skipped');
  const why = run && (run.reasons[0] ?? poorer.coverage.gaps[0]?.text);
  const status =
    why === undefined ? standing.status : { ...standing.status, notRerun: why, isWithoutSandbox: failedToRun(poorer) };
  return { ...standing, status, stamp: stamp ?? standing.stamp };
}

/** The one about a model among the reports of a scan. */
export function reportOf(uri: Uri, reports: readonly ScanReport[] = []): ScanReport | undefined {
  return reports.find(({ model }) => uriOfPath(model.path).toString() === uri.toString());
}

function reportIn(result: ModelResult | undefined): ScanReport | undefined {
  return result?.status.kind === 'finished' ? result.status.report : undefined;
}

/** What one of its findings does, and to what. */
export function actIn(result: ModelResult | undefined, finding: Finding): string {
  const findings = [...(result?.findings ?? [finding])];
  return actOnObject(finding, { findings, conversations: reportIn(result)?.conversations ?? [] });
}

/** Number of its known findings, those beyond the limit of the view included. */
export function foundIn(result: ModelResult | undefined): number {
  const omitted = result?.status.kind === 'scanning' ? result.status.omitted : 0;
  return (result?.findings.length ?? 0) + omitted;
}
