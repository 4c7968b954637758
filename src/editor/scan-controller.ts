import { homedir } from 'node:os';
import { commands, ProgressLocation, Uri, window, workspace, type Progress } from 'vscode';
import type { Settings } from '../config/settings.js';
import { escapeText } from '../report/escape.js';
import type { Finding, ReportDocument } from '../report/schema.js';
import { isNamed, UserError } from '../report/user-error.js';
import type { ScanEvent } from '../scan/api.js';
import type { TestCase } from '../testcase/files.js';
import { announce } from './announce.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { CONTEXT } from './names.js';
import type { Results } from './results.js';
import { readSettings } from './settings.js';
import { stampOf, type Stamp } from './stamp.js';
import type { Traces } from './traces.js';
import { explainRestrictedMode } from './trust.js';
import { count, modelName, plain } from './words.js';

/** One request: what was selected when the command was given. */
interface Job {
  /** As selected; a folder stands for the models in it. */
  readonly uris: readonly Uri[];
  readonly staticOnly: boolean;
  readonly testCase: TestCase | undefined;
  /** Somebody else says how it went. */
  readonly quiet: boolean;
  readonly manner: Manner;
  readonly settings: Settings;
  readonly abort: AbortController;
  /** Models that belong to it, by URI: those selected, and those that its folders turned out to hold. */
  readonly models: Map<string, Uri>;
  /** What each model's file was when work on it began. */
  readonly stamps: Map<string, Promise<Stamp | undefined>>;
  readonly findings: Map<string, Finding[]>;
}

export interface ScanChoices {
  readonly staticOnly: boolean;
  /** Loads the models in place of the loaders of their formats. */
  readonly testCase?: TestCase;
  /** Say nothing at the end. */
  readonly quiet?: boolean;
  /** All but `aloud`, which is the default, give way to a scan that somebody asks for. */
  readonly manner?: Manner;
}

/**
 * `aloud`: somebody asked for it, and is told how it goes. `shown`: somebody looks at the model, so views show the progress.
 * `silent`: nobody knows of it, and views change once, with the result.
 */
export type Manner = 'aloud' | 'shown' | 'silent';

type Report = Progress<{ message?: string }>;

/**
 * Runs the scans that people ask for. Requests that run models wait for each other, so that a sandbox has the machine
 * that the settings promise it (several models of one request run side by side, by the setting `jobs`). Static ones take
 * milliseconds and do not wait.
 */
export class ScanController extends DisposableObject {
  readonly #jobs = new Set<Job>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly kept: Traces,
  ) {
    super();
  }

  /** Ends when the scans have. What they found is in the results; what went wrong has been said. */
  async scan(selected: readonly Uri[], choices: ScanChoices): Promise<void> {
    let { staticOnly } = choices;
    const { manner = 'aloud' } = choices;
    if (!staticOnly && !workspace.isTrusted) {
      if ((await explainRestrictedMode()) === 'nothing') return;
      staticOnly = true;
    }
    if (selected.some((uri) => uri.scheme !== 'file')) {
      throw new UserError(
        'DynScan scans files on a disk. Save the model to a folder of this machine and scan it there.',
      );
    }
    // What somebody asks for does not wait for what nobody did.
    if (manner === 'aloud') {
      for (const job of selected.map((uri) => this.#jobOf(uri))) if (job && job.manner !== 'aloud') job.abort.abort();
    }
    const uris = selected.filter((uri) => this.#jobOf(uri) === undefined);
    if (uris.length === 0) return;
    const job = await this.#enqueue(uris, { ...choices, staticOnly });
    try {
      await (staticOnly ? this.#run(job) : this.#inTurn(job));
    } finally {
      this.#close(job);
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

  async #enqueue(uris: readonly Uri[], { staticOnly, testCase, quiet, manner = 'aloud' }: ScanChoices): Promise<Job> {
    const job: Job = {
      uris,
      staticOnly,
      testCase: staticOnly ? undefined : testCase,
      quiet: quiet === true,
      manner,
      settings: await readSettings(this.app),
      abort: new AbortController(),
      models: new Map(uris.map((uri) => [uri.toString(), uri])),
      stamps: new Map(),
      findings: new Map(),
    };
    this.#jobs.add(job);
    if (manner === 'silent') return job;
    for (const uri of uris) this.results.set({ uri, status: { kind: 'queued' }, findings: [], stamp: undefined });
    await commands.executeCommand('setContext', CONTEXT.scanning, true);
    return job;
  }

  async #inTurn(job: Job): Promise<void> {
    const before = this.#turn;
    const mine = before.then(() => this.#run(job));
    this.#turn = mine.catch(() => undefined);
    await Promise.race([mine, whenAborted(job.abort.signal, before)]);
  }

  async #run(job: Job): Promise<void> {
    if (job.abort.signal.aborted) return;
    const [first] = job.uris;
    const what = job.uris.length === 1 && first ? modelName(first) : count(job.uris.length, 'selected item');
    if (job.manner !== 'aloud') {
      await this.#perform(job, what, { report: () => undefined });
      return;
    }
    const options = { location: ProgressLocation.Notification, cancellable: true, title: plain(`DynScan: ${what}`) };
    await window.withProgress(options, async (progress, token) => {
      token.onCancellationRequested(() => job.abort.abort());
      await this.#perform(job, what, progress);
    });
  }

  async #perform(job: Job, what: string, progress: Report): Promise<void> {
    try {
      const document = await this.#scanAndWrite(job, (event) => this.#onEvent(job, progress, event));
      await this.#finish(job, document);
    } catch (error) {
      if (!isNamed(error, 'CancelledError')) throw error;
      this.app.log.info(`Stopped: ${what}`);
    }
  }

  /** Writes the trace and the report where the settings say, too. */
  async #scanAndWrite(job: Job, onEvent: (event: ScanEvent) => void): Promise<ReportDocument> {
    const { staticOnly, testCase, manner } = job;
    // Files are written for scans that somebody waits for.
    const settings = manner === 'aloud' ? job.settings : { ...job.settings, traceFile: '', reportFile: '' };
    const { formatJson, prepareReportFile, recordTraces, TraceFiles, triage } = await this.app.engine();
    const reportFile = settings.reportFile === '' ? undefined : await prepareReportFile(homedir(), settings.reportFile);
    const traces =
      settings.traceFile === '' || staticOnly
        ? undefined
        : await TraceFiles.prepare(homedir(), settings.traceFile, () => job.abort.abort());
    const record = traces && recordTraces(traces);
    try {
      const raw = await this.app.scanPaths(
        {
          paths: job.uris.map((uri) => uri.fsPath),
          settings,
          staticOnly,
          ...(testCase ? { testCase } : {}),
          wantTrace: !staticOnly,
        },
        {
          signal: job.abort.signal,
          onEvent: (event) => {
            record?.(event);
            this.kept.take(event);
            if (event.type === 'trace' && settings.printTrace) this.app.log.info(escapeText(event.line));
            onEvent(event);
          },
        },
      );
      const document = triage.mapScans(raw, (report) => this.results.seen(report));
      await reportFile?.write(formatJson(document));
      return document;
    } finally {
      await traces?.close();
    }
  }

  #onEvent(job: Job, progress: Report, event: ScanEvent): void {
    switch (event.type) {
      case 'started': {
        const uri = Uri.file(event.path);
        const key = uri.toString();
        job.models.set(key, uri);
        job.stamps.set(key, stampOf(uri));
        this.app.log.info(`Scanning ${escapeText(event.path)}`);
        this.#show(job, uri, 'Starting');
        break;
      }
      case 'progress': {
        const uri = Uri.file(event.path);
        progress.report({
          message: plain(job.models.size > 1 ? `${modelName(uri)}: ${event.message}` : event.message),
        });
        this.#show(job, uri, event.message, event.fraction);
        break;
      }
      case 'finding': {
        const uri = Uri.file(event.path);
        const findings = [...(job.findings.get(uri.toString()) ?? [])];
        findings[event.index] = event.finding;
        job.findings.set(uri.toString(), findings);
        const status = this.results.get(uri)?.status;
        this.#show(job, uri, status?.kind === 'scanning' ? status.message : 'Starting');
        break;
      }
      case 'log':
        this.app.log.info(escapeText(event.message));
        break;
      case 'trace':
      case 'finished':
        // The document that the scan answers with holds every report.
        break;
    }
  }

  #show(job: Job, uri: Uri, message: string, fraction?: number): void {
    if (job.abort.signal.aborted || job.manner === 'silent') return;
    // Findings arrive by index and can leave holes for a moment.
    const findings = (job.findings.get(uri.toString()) ?? []).filter((finding) => finding as Finding | undefined);
    const status = { kind: 'scanning', message: escapeText(message), fraction } as const;
    this.results.set({ uri, status, findings, stamp: undefined });
  }

  async #finish(job: Job, document: ReportDocument): Promise<void> {
    for (const report of document.scans) {
      const uri = Uri.file(report.model.path);
      const stamp = await (job.stamps.get(uri.toString()) ?? stampOf(uri));
      this.results.set({ uri, status: { kind: 'finished', report }, findings: report.findings, stamp });
      const reasons = report.reasons.map((reason) => ` ${escapeText(reason)}`).join('');
      this.app.log.info(`${escapeText(report.model.path)} is ${report.verdict}.${reasons}`);
    }
    // Not awaited: a message stays until it is read, the scan is over now.
    if (!job.quiet && job.manner === 'aloud') void announce(document);
  }

  /** Whatever has no report by now, stopped or failed, is forgotten. */
  #close(job: Job): void {
    this.#jobs.delete(job);
    for (const uri of job.models.values()) {
      if (this.results.get(uri)?.status.kind !== 'finished' && !this.#jobOf(uri)) this.results.delete(uri);
    }
    void commands.executeCommand(
      'setContext',
      CONTEXT.scanning,
      [...this.#jobs].some(({ manner }) => manner !== 'silent'),
    );
  }

  /** The request that works on a model, or will; one that was stopped does not. */
  #jobOf(uri: Uri): Job | undefined {
    return [...this.#jobs].find((job) => !job.abort.signal.aborted && job.models.has(uri.toString()));
  }
}

/** Resolves when a request is stopped while it waits; once its turn has come, its own run says when it is over. */
function whenAborted(signal: AbortSignal, turn: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop, { once: true });
    void turn.then(() => signal.removeEventListener('abort', stop));
  });
}
