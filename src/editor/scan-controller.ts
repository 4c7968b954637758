import { homedir } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { commands, FileType, l10n, Uri, workspace } from 'vscode';
import type { Settings } from '../config/settings.js';
import { escapeText } from '../core/escape.js';
import type { ReportDocument, ScanReport } from '../core/schema.js';
import { isNamed, UserError } from '../core/user-error.js';
import { WorkQueue } from '../core/work-queue.js';
import type { ScanEvent, ScanStage } from '../scan/scan-request.js';
import type { TestCase } from '../testcase/files.js';
import { announce } from './announce.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { keptAfterStop, Throttle, worstOf } from './live-scan.js';
import type { KeptResults } from './kept-results.js';
import { CONTEXT } from './names.js';
import { progressInWords } from './phrases.js';
import { followsWorkspace, offerToFollow, projectFolders } from './project.js';
import { finished, foundIn, type Results } from './results.js';
import { ScanCount } from './scan-count.js';
import { readSettings } from './settings.js';
import { stampOf, type Stamp } from './stamp.js';
import { window, type Report } from './surfaces.js';
import type { Traces } from './traces.js';
import { explainRestrictedMode } from './trust.js';
import { modelName, uriOfPath } from './appearance.js';

/** One request: what was selected when the command was given. */
interface QueuedScan {
  /** As selected; a folder stands for the models in it. */
  readonly uris: readonly Uri[];
  readonly staticOnly: boolean;
  readonly testCase: TestCase | undefined;
  /** The caller reports how the request ended. */
  readonly quiet: boolean;
  readonly manner: Visibility;
  readonly settings: Settings;
  /** Models that it runs at one time. */
  readonly places: number;
  readonly abort: AbortController;
  /** Models that belong to it, by URI: those selected, and those that its folders turned out to hold. */
  readonly models: Map<string, Uri>;
  /** The stamp of each model's file when the file was opened. */
  readonly stamps: Map<string, Promise<Stamp | undefined>>;
  /** The state to show of models that are being scanned. */
  readonly live: Map<string, Live>;
  /** Models whose report there is. */
  readonly reported: Set<string>;
  /** Reports of this request, as it made them. */
  readonly reports: ScanReport[];
  /** Richer reports that stand in place of its own, by path. */
  readonly standing: Map<string, ScanReport>;
  /** Ends when all of those are among the results. */
  settled: Promise<void>;
  /** Partial reports of models that were being scanned when the request was stopped. */
  readonly stopped: Map<string, ScanReport>;
}

interface Live {
  readonly uri: Uri;
  readonly message: string;
  readonly stage: ScanStage | undefined;
  readonly partialReport: (() => ScanReport) | undefined;
  /** Its last change is shown. */
  readonly shown: boolean;
}

export interface ScanChoices {
  readonly staticOnly: boolean;
  /** Loads the models in place of the loaders of their formats. */
  readonly testCase?: TestCase;
  /** Say nothing at the end. */
  readonly quiet?: boolean;
  /** All but `aloud`, which is the default, give way to a scan that the user asks for. */
  readonly manner?: Visibility;
}

/**
 * `aloud`: the user asked for the scan and gets messages about it. `shown`: the user looks at the model, so views show the progress. `silent`: a
 * background scan; views change once, with the result.
 */
export type Visibility = 'aloud' | 'shown' | 'silent';

/** What a running scan does and finds is shown at most this often, milliseconds. */
const SHOW_EVERY = 400;
/** Before the engine says what it does. */
const STARTING = l10n.t('Starting');

/**
 * Runs the scans that users ask for. No more models run at one time than the setting `jobs` allows, over all requests together; other requests wait
 * for their turn. Static ones take milliseconds and do not wait.
 */
export class ScanController extends DisposableObject {
  readonly #jobs = new Set<QueuedScan>();
  /** The requests that run or wait. */
  readonly #running = new WorkQueue();
  /** Requests are made one after the other, so that they wait for their turn in the order in which they were asked for. */
  readonly #making = new WorkQueue();
  /** Of the requests that the user waits for. */
  readonly count = new ScanCount();

  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly traces: Traces,
    private readonly kept: KeptResults,
  ) {
    super();
  }

  /**
   * Resolves when the scans have ended. Their findings are in the results, and errors have been shown. Returns the reports that they made, with triage
   * applied; undefined when the user stopped them, or when there was nothing to scan.
   */
  async scan(selected: readonly Uri[], choices: ScanChoices): Promise<readonly ScanReport[] | undefined> {
    let { staticOnly } = choices;
    if (!staticOnly && !workspace.isTrusted) {
      if ((await explainRestrictedMode()) === 'nothing') return undefined;
      staticOnly = true;
    }
    if (selected.some((uri) => uri.scheme !== 'file')) {
      throw new UserError(
        l10n.t('DynScan scans files on a disk. Save the model to a folder of this machine and scan it there.'),
      );
    }
    const job = await this.#making.run(() => this.#enqueue(selected, { ...choices, staticOnly }));
    if (job === undefined) return undefined;
    try {
      const ended = await (staticOnly ? this.#run(job) : this.#inTurn(job));
      return ended ? job.reports.map((report) => this.results.seen(report)) : undefined;
    } finally {
      await job.settled;
      await this.#close(job);
    }
  }

  /** Whether it is in a scan that runs or waits. */
  isBusy(uri: Uri): boolean {
    return this.#jobOf(uri) !== undefined;
  }

  /** Stops the request that `uri` belongs to, or all. */
  stop(uri?: Uri): void {
    const stopped = uri === undefined ? [...this.#jobs] : [this.#jobOf(uri)];
    for (const job of stopped) job?.abort.abort();
  }

  override dispose(): void {
    this.stop();
    super.dispose();
  }

  /** Makes a request of those that are in none. */
  async #enqueue(
    selected: readonly Uri[],
    { staticOnly, testCase, quiet, manner = 'aloud' }: ScanChoices,
  ): Promise<QueuedScan | undefined> {
    // A scan that the user asks for does not wait for background scans.
    if (manner === 'aloud') {
      for (const job of selected.map((uri) => this.#jobOf(uri))) if (job && job.manner !== 'aloud') job.abort.abort();
    }
    const uris = selected.filter((uri) => this.#jobOf(uri) === undefined);
    if (uris.length === 0) return undefined;
    const settings = await this.#settings(uris, staticOnly);
    const job: QueuedScan = {
      uris,
      staticOnly,
      testCase: staticOnly ? undefined : testCase,
      quiet: quiet === true,
      manner,
      settings,
      places: staticOnly ? 0 : await placesOf(uris, settings.jobs),
      abort: new AbortController(),
      models: new Map(uris.map((uri) => [uri.toString(), uri])),
      stamps: new Map(),
      live: new Map(),
      reported: new Set(),
      reports: [],
      standing: new Map(),
      settled: Promise.resolve(),
      stopped: new Map(),
    };
    this.#jobs.add(job);
    if (manner === 'silent') return job;
    if (manner === 'aloud') this.count.begin(job, uris.length);
    for (const uri of uris) this.#showQueued(uri);
    await commands.executeCommand('setContext', CONTEXT.scanning, true);
    return job;
  }

  /** With the versions of the workspace, where the user wants that: those of the first model's folder. */
  async #settings([first]: readonly Uri[], staticOnly: boolean): Promise<Settings> {
    const settings = await readSettings(this.app);
    if (staticOnly || first === undefined || !followsWorkspace()) return settings;
    return { ...settings, workspaceVersions: [...settings.workspaceVersions, ...(await projectFolders(first))] };
  }

  /** Scans again when the user now wants the versions of the workspace. */
  async #offerToFollow({ uris, staticOnly, testCase }: QueuedScan): Promise<void> {
    const [first] = uris;
    if (staticOnly || first === undefined || !(await offerToFollow(this.app, first))) return;
    await this.scan(uris, { staticOnly, ...(testCase ? { testCase } : {}) });
  }

  async #inTurn(job: QueuedScan): Promise<boolean> {
    const { places, settings, abort } = job;
    try {
      return await this.#running.run(() => this.#run(job), { places, limit: settings.jobs, signal: abort.signal });
    } catch (error) {
      if (!isNamed(error, 'CancelledError')) throw error;
      return false;
    }
  }

  async #run(job: QueuedScan): Promise<boolean> {
    if (job.abort.signal.aborted) return false;
    const [first] = job.uris;
    const { length } = job.uris;
    const what = length === 1 && first ? modelName(first) : l10n.t('{0} selected items', length);
    if (job.manner !== 'aloud') return this.#perform(job, what, { report: () => undefined });
    const options = { location: 'notification', cancellable: true, title: `DynScan: ${what}` } as const;
    return window.withProgress(options, async (progress, token) => {
      token.onCancellationRequested(() => job.abort.abort());
      return this.#perform(job, what, progress);
    });
  }

  async #perform(job: QueuedScan, what: string, progress: Report): Promise<boolean> {
    const showing = new Throttle(SHOW_EVERY, () => this.#show(job, progress));
    const onStop = (): void => {
      showing.cancel();
      for (const [key, live] of job.live)
        job.live.set(key, { ...live, message: l10n.t('Stopping'), stage: undefined, shown: false });
      this.#show(job, progress);
    };
    job.abort.signal.addEventListener('abort', onStop, { once: true });
    try {
      const document = await this.#scanAndWrite(job, (event) => this.#onEvent(job, event, () => showing.ask()));
      await job.settled;
      // Not awaited: a message stays until it is read, the scan is over now.
      if (!job.quiet && job.manner === 'aloud') {
        void announce(document, job.standing);
        void this.#offerToFollow(job).catch((error: unknown) => this.app.log.error(error));
      }
      return true;
    } catch (error) {
      if (!isNamed(error, 'CancelledError')) throw error;
      this.app.log.info(`Stopped: ${what}`);
      return false;
    } finally {
      showing.cancel();
      job.abort.signal.removeEventListener('abort', onStop);
    }
  }

  /** Writes the trace and the report where the settings say, too. */
  async #scanAndWrite(job: QueuedScan, onEvent: (event: ScanEvent) => void): Promise<ReportDocument> {
    const { staticOnly, testCase, manner } = job;
    // Files are written only for scans that the user waits for.
    const settings = manner === 'aloud' ? job.settings : { ...job.settings, traceFile: '', reportFile: '' };
    const { formatReport, prepareReportFile, recordTraces, TraceFiles, triage } = await this.app.engine();
    // Both are the user's own settings, so links among their folders are followed.
    const reportPath = resolve(homedir(), settings.reportFile);
    const reportFile =
      settings.reportFile === '' ? undefined : await prepareReportFile(dirname(reportPath), basename(reportPath));
    const tracePath = resolve(homedir(), settings.traceFile);
    const traces =
      settings.traceFile === '' || staticOnly
        ? undefined
        : await TraceFiles.prepare(dirname(tracePath), basename(tracePath), () => job.abort.abort());
    const record = traces && recordTraces(traces);
    try {
      const raw = await this.app.scanPaths(
        {
          paths: job.uris.map((uri) => uri.fsPath),
          folders: (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
          settings,
          staticOnly,
          ...(testCase ? { testCase } : {}),
          wantTrace: !staticOnly,
        },
        {
          signal: job.abort.signal,
          onEvent: (event) => {
            record?.(event);
            this.traces.take(event);
            if (event.type === 'trace' && settings.printTrace) this.app.log.info(event.line);
            onEvent(event);
          },
        },
      );
      for (const { text } of raw.problems ?? []) this.app.log.warn(escapeText(text));
      for (const line of traces?.whose() ?? []) this.app.log.info(line);
      const document = triage.mapScans(raw, (report) => this.results.seen(traces?.named(report) ?? report));
      await reportFile?.write(formatReport(document));
      return document;
    } finally {
      await traces?.close();
    }
  }

  #onEvent(job: QueuedScan, event: ScanEvent, show: () => void): void {
    switch (event.type) {
      case 'started': {
        const uri = uriOfPath(event.path);
        const key = uri.toString();
        job.models.set(key, uri);
        // For a model that cannot be opened there is nothing more to report.
        job.stamps.set(key, stampOf(uri));
        this.app.log.info(`Scanning ${event.path}`);
        this.#live(job, event.path, { message: STARTING });
        show();
        break;
      }
      case 'opened':
        job.stamps.set(uriOfPath(event.path).toString(), Promise.resolve(event.state));
        break;
      case 'progress':
        this.#live(job, event.path, { message: event.message, stage: event.stage });
        show();
        break;
      case 'finding':
        this.#live(job, event.path, { partialReport: event.partialReport });
        show();
        break;
      case 'stopped':
        job.stopped.set(uriOfPath(event.path).toString(), event.report);
        break;
      case 'found': {
        const models = event.paths.map((path) => uriOfPath(path).toString());
        this.count.found(job, models);
        // The folders that stood for them wait no more.
        const folders = job.uris.filter((uri) => !models.includes(uri.toString()));
        if (job.manner !== 'silent') for (const uri of folders) this.results.revert(uri);
        break;
      }
      case 'read': {
        const uri = uriOfPath(event.path);
        job.models.set(uri.toString(), uri);
        // It stands until the model has been run, or for good when it is not.
        if (job.manner !== 'silent') this.#showQueued(uri);
        this.results.restore(finished(uri, event.report, event.state));
        this.#countIn(job, uri, event.report);
        break;
      }
      case 'log':
        this.app.log.info(event.message);
        break;
      case 'trace':
        break;
      case 'finished': {
        const before = job.settled;
        job.settled = this.#settle(job, event.report).then(() => before);
        break;
      }
    }
  }

  #live(job: QueuedScan, path: string, change: Partial<Live>): void {
    // Events after the stop are discarded.
    if (job.abort.signal.aborted) return;
    const uri = uriOfPath(path);
    const known = job.live.get(uri.toString()) ?? { message: STARTING, stage: undefined, partialReport: undefined };
    job.live.set(uri.toString(), { uri, ...known, ...change, shown: false });
  }

  /** Shows what has changed since it was last done. */
  #show(job: QueuedScan, progress: Report): void {
    if (job.manner === 'silent') return;
    for (const [key, live] of job.live) {
      if (live.shown) continue;
      job.live.set(key, { ...live, shown: true });
      const { uri, stage } = live;
      const whole = live.partialReport?.();
      const findings = worstOf(whole?.findings ?? []);
      const partialReport = whole && { ...whole, findings: [...findings] };
      const omitted = (whole?.findings.length ?? 0) - findings.length;
      const message = escapeText(live.message);
      this.results.set({
        uri,
        status: { kind: 'scanning', message, stage, partialReport, omitted },
        findings,
        stamp: undefined,
      });
      const words = progressInWords({ message: live.message, stage }, foundIn(this.results.get(uri)));
      progress.report(job.models.size > 1 ? `${modelName(uri)}: ${words}` : words);
    }
  }

  /** A report takes the place of what was shown while the model ran. */
  async #settle(job: QueuedScan, report: ScanReport): Promise<void> {
    const uri = uriOfPath(report.model.path);
    const key = uri.toString();
    job.live.delete(key);
    job.reported.add(key);
    const stamp = await (job.stamps.get(key) ?? stampOf(uri));
    const isShown = this.results.settle(uri, report, stamp);
    const standing = this.results.report(uri);
    if (!isShown && standing) job.standing.set(report.model.path, standing);
    job.reports.push(report);
    const trace = this.traces.settle(report.model.path, isShown);
    if (isShown) this.kept.keep(report, trace);
    this.#countIn(job, uri, report);
    this.count.done(job, key);
    const { verdict, reasons } = this.results.seen(report);
    const because = reasons.map((reason) => ` ${reason}`).join('');
    this.app.log.info(`${report.model.path} is ${verdict}.${because}`);
  }

  #showQueued(uri: Uri): void {
    const standing = this.results.standing(uri)?.report;
    this.results.set({ uri, status: { kind: 'queued', standing }, findings: [], stamp: undefined });
  }

  #countIn(job: QueuedScan, uri: Uri, report: ScanReport): void {
    this.count.seen(job, uri.toString(), this.results.seen(report).verdict === 'malicious');
  }

  /** A model without a report by now was stopped, or failed. */
  async #close(job: QueuedScan): Promise<void> {
    this.#jobs.delete(job);
    this.count.end(job);
    for (const [key, uri] of job.models) {
      if (job.reported.has(key)) continue;
      const stopped = job.stopped.get(key);
      const isShown = (): boolean =>
        this.results.get(uri)?.status.kind !== 'finished' && this.#jobOf(uri) === undefined;
      if (stopped && keptAfterStop(this.results.seen(stopped), this.results.earlier(uri)) === 'stopped') {
        if (isShown()) await this.#settle(job, stopped);
        continue;
      }
      // Another scan of it may have begun by now.
      if (this.#jobOf(uri) === undefined) this.traces.settle(uri.fsPath, false);
      if (isShown()) this.results.revert(uri);
    }
    void commands.executeCommand(
      'setContext',
      CONTEXT.scanning,
      [...this.#jobs].some(({ manner }) => manner !== 'silent'),
    );
  }

  /** The request that works on a model, or will; one that was stopped does not. */
  #jobOf(uri: Uri): QueuedScan | undefined {
    return [...this.#jobs].find(
      (job) => !job.abort.signal.aborted && job.models.has(uri.toString()) && !job.reported.has(uri.toString()),
    );
  }
}

/** How many models a request runs at one time; how many a folder holds is not known yet. */
async function placesOf(uris: readonly Uri[], jobs: number): Promise<number> {
  const folders = await Promise.all(uris.map((uri) => isFolder(uri)));
  return folders.includes(true) ? jobs : Math.min(uris.length, jobs);
}

async function isFolder(uri: Uri): Promise<boolean> {
  const stat = await workspace.fs.stat(uri).then(
    (found) => found,
    () => undefined, // the scan says that it is gone
  );
  return stat !== undefined && (stat.type & FileType.Directory) !== 0;
}
