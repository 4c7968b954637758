/** `dynscan scan`: models in, one report out, and beside it whatever else was asked for. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DEFAULT_SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { FILE_FORMATS, formatFile } from '../report/files.js';
import type { FileFormat } from '../report/files.js';
import { formatReport, makeDocument } from '../report/json.js';
import type { LeftOut, Problem, ReportDocument, ScanReport, Severity } from '../core/schema.js';
import { lastLine, scanLine } from '../report/jsonl.js';
import { formatText } from '../report/text.js';
import type { TerminalOptions } from '../report/terminal.js';
import { TypedNames } from './typed-names.js';
import { TOOL_NAME } from '../core/tool.js';
import { CancelledError, reasonOf, UserError } from '../core/user-error.js';
import { readTestCase } from '../testcase/files.js';
import type { TestCase } from '../testcase/files.js';
import type { ScanEvent, ScanRequest } from '../scan/scan-request.js';
import { mapScans } from '../triage/baseline.js';
import { Collected } from './collected.js';
import { describeError, escapeLines, isAbort } from './errors.js';
import { exitCodeOf, WRONG_USAGE, type FailOn } from './exit-code.js';
import { prepareReportFile, recordTraces, TraceFiles, type Replaces, type ReportFile } from '../scan/output-files.js';
import { wantsColor, widthOf, writeText } from './io.js';
import type { Io, Services } from './io.js';
import { exclusionsFrom, pathsFrom, repositoryOf, type PathOptions } from './paths.js';
import { Progress } from './progress.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';
import { loadTriage } from './triage.js';

export interface ScanOptions extends Flags, PathOptions {
  readonly format: 'text' | FileFormat;
  readonly output?: string;
  readonly testCase?: string;
  readonly staticOnly?: boolean;
  readonly suppressions?: string;
  readonly baseline?: string;
  readonly quiet?: boolean;
  readonly details?: boolean;
  readonly all?: boolean;
  readonly failOn?: FailOn;
  readonly force?: boolean;
  readonly resume?: boolean;
}

/**
 * Scans and writes one document, whatever went wrong: it has everything that is known of the models, and the reasons for what is missing. Without a
 * model there is no text report: the messages on standard error are the whole output.
 */
export async function runScan(
  given: readonly string[],
  options: ScanOptions,
  io: Io,
  services: Services,
  signal: AbortSignal,
): Promise<number> {
  const answer = new Answer(options, io);
  try {
    const paths = await pathsFrom(given, options, io);
    answer.names = new TypedNames(paths, io.cwd);
    const { settings, notes } = await settingsFrom(options, io.cwd);
    answer.severity = settings.severity;
    answer.notes.push(...notes);
    await refuseOverwriting(paths, options, settings, io.cwd);
    await answer.prepare(settings);
    // What a trace adds to a report is known only in the end.
    answer.isStreaming = options.format === 'jsonl' && options.output === undefined && settings.traceFile === '';
    const testCase = await chosenTestCase(options, io.cwd);
    const triage = await loadTriage(options, io.cwd);
    const exclude = await exclusionsFrom(paths, options, io.cwd);
    answer.triage = triage.apply;
    const progress = new Progress(io.stderr, {
      quiet: options.quiet === true,
      width: widthOf(io, io.stderr),
      color: wantsColor(io, io.stderr),
      triage: triage.apply,
    });
    for (const note of [...notes, ...triage.notes]) progress.note(note);
    try {
      const request = { ...requestFor(paths, settings, testCase, options, io.cwd), exclude };
      await scanInto(answer, request, services, progress, signal);
    } finally {
      progress.stop();
    }
  } catch (error) {
    answer.failed(error);
  }
  const document = await answer.write();
  if (signal.aborted) throw new CancelledError();
  return answer.wrongUsage ? WRONG_USAGE : exitCodeOf(document, answer.failOn);
}

async function scanInto(
  answer: Answer,
  request: Omit<ScanRequest, 'wantTrace'>,
  services: Services,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { io } = answer;
  const { traceFile, printTrace } = request.settings;
  const collected = new Collected();
  // A trace that cannot be written does not change what the scan sees.
  const traces =
    traceFile === '' ? undefined : await TraceFiles.prepare(io.cwd, traceFile, () => undefined, answer.replaces);
  const listeners = [
    (event: ScanEvent) => collected.event(event),
    (event: ScanEvent) => answer.event(event),
    (event: ScanEvent) => progress.event(event),
    ...(traces === undefined ? [] : [recordTraces(traces)]),
    ...(printTrace ? [printTraces(progress)] : []),
  ];
  const broken = new AbortController();
  const uncaught = firstUncaught(io, () => broken.abort());
  try {
    const document = await Promise.race([
      services.scanPaths(
        { ...request, wantTrace: traces !== undefined || printTrace },
        {
          signal: AbortSignal.any([signal, broken.signal]),
          onEvent: (event) => listeners.forEach((listen) => listen(event)),
        },
      ),
      uncaught.error,
    ]);
    answer.begun = true;
    answer.scans = document.scans;
    answer.leftOut = document.leftOut ?? [];
    answer.complain(document.problems ?? []);
  } catch (error) {
    answer.scans = collected.reports();
    answer.failed(error, collected.missing());
  } finally {
    uncaught.stop();
    await traces?.close().catch((error: unknown) => answer.failed(error));
  }
  for (const line of traces?.whose() ?? []) progress.always(line);
  if (traces !== undefined) answer.scans = answer.scans.map((report) => traces.named(report));
}

/**
 * An uncaught error leaves the state of the scan unknown, so it ends the scan. Rejects with the error once the containers have had the time to go.
 */
function firstUncaught(io: Io, end: () => void): { readonly error: Promise<never>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  const error = new Promise<never>((_, fail) => {
    stop = io.onUncaught((thrown) => {
      if (timer !== undefined) return;
      end();
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      timer = setTimeout(() => fail(error), UNCAUGHT_GRACE);
    });
  });
  return {
    error,
    stop: () => {
      clearTimeout(timer);
      stop();
    },
  };
}

/** Milliseconds. */
const UNCAUGHT_GRACE = 3000;

/** The one document, and the places that it goes to. */
class Answer {
  scans: readonly ScanReport[] = [];
  leftOut: readonly LeftOut[] = [];
  readonly notes: string[] = [];
  triage: (report: ScanReport) => ScanReport = (report) => report;
  severity: Severity = DEFAULT_SETTINGS.severity;
  names: TypedNames;
  readonly #began = performance.now();
  /** Set where reports are printed as they come. */
  isStreaming = false;
  readonly #streamed = new Set<string>();
  #streaming: Promise<void> = Promise.resolve();
  readonly #problems: Problem[] = [];
  #isStopped = false;
  /** Set when nothing was done because of what was asked. */
  wrongUsage = false;
  /** Whether the scan has begun: later errors of the user's are not about the request. */
  begun = false;
  #output: ReportFile | undefined;
  #reportFile: ReportFile | undefined;
  #root = '';

  constructor(
    private readonly options: ScanOptions,
    readonly io: Io,
  ) {
    this.names = new TypedNames([], io.cwd);
  }

  get failOn(): FailOn {
    return this.options.failOn ?? this.severity;
  }

  get replaces(): Replaces {
    return this.options.force === true ? 'all' : 'own';
  }

  /** Throws UserError for a file that cannot be written; the document then goes to what can be. */
  async prepare({ reportFile }: Settings): Promise<void> {
    const { io, options } = this;
    this.#root = await repositoryOf(io.cwd);
    if (reportFile !== '') this.#reportFile = await prepareReportFile(io.cwd, reportFile, this.replaces);
    if (options.output !== undefined) this.#output = await prepareReportFile(io.cwd, options.output, this.replaces);
  }

  event(event: ScanEvent): void {
    this.names.event(event);
    if (event.type === 'started') this.begun = true;
    if (event.type === 'finished') this.#stream(event.report);
  }

  /** JSON lines come out as models end, so that what reads them need not wait, and has them whatever comes after. */
  #stream(report: ScanReport): void {
    if (!this.isStreaming) return;
    this.#streamed.add(report.model.path);
    this.#streaming = this.#streaming.then(() => writeText(this.io.stdout, scanLine(this.triage(report))));
    // A reader that goes away is noticed where this is awaited.
    this.#streaming.catch(() => undefined);
  }

  /** `after` follows the models in the sentence, with a blank before it. */
  failed(error: unknown, after = ''): void {
    if (isAbort(error)) {
      this.#isStopped = true;
      this.#problems.push({ text: `The scan was stopped before it was done.${after}` });
      return;
    }
    if (error instanceof UserError && !this.begun) this.wrongUsage = true;
    this.io.stderr.write(`${describeError(error)}\n`);
    this.#problems.push({ text: `${escapeAndCut(reasonOf(error), MAX_PROBLEM)}${after}` });
  }

  complain(problems: readonly Problem[]): void {
    for (const { text } of problems) this.io.stderr.write(`${TOOL_NAME}: ${escapeLines(text)}\n`);
    this.#problems.push(...problems);
  }

  /** Files first: what cannot be written stands in what is printed. */
  async write(): Promise<ReportDocument> {
    const { io, options } = this;
    const { format } = options;
    await this.#try(async () => this.#reportFile?.write(formatReport(this.#document())));
    const text = (terminal: TerminalOptions): string =>
      format === 'text' && this.scans.length === 0 && this.leftOut.length === 0
        ? ''
        : this.#format(this.#document(), terminal);
    if (this.isStreaming) return this.#endStream();
    const plain = text({ color: false, width: 80 });
    const output = this.#output;
    const written = output !== undefined && (plain === '' || (await this.#try(() => output.write(plain))));
    const printed = written ? '' : text({ color: wantsColor(io, io.stdout), width: widthOf(io, io.stdout) });
    if (printed !== '') await writeText(io.stdout, printed);
    return this.#document();
  }

  async #endStream(): Promise<ReportDocument> {
    await this.#streaming;
    const document = this.#document();
    const rest = document.scans.filter(({ model }) => !this.#streamed.has(model.path));
    await writeText(this.io.stdout, rest.map(scanLine).join('') + lastLine(document));
    return document;
  }

  #format(document: ReportDocument, terminal: TerminalOptions): string {
    const { format, details, all } = this.options;
    if (format !== 'text')
      return formatFile(document, format, { nameOf: (path) => this.names.typed(path), root: this.#root });
    return formatText(document, {
      ...terminal,
      details,
      all,
      severity: this.severity,
      nameOf: (path) => this.names.of(path),
      folder: this.names.folder,
      seconds: (performance.now() - this.#began) / 1000,
      exitCode: this.#isStopped ? undefined : exitCodeOf(document, this.failOn),
    });
  }

  #document(): ReportDocument {
    const about = { problems: this.#problems, leftOut: this.leftOut, notes: this.notes };
    return mapScans(makeDocument(this.scans, about), this.triage);
  }

  async #try(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }
}

/** Characters of one problem. */
const MAX_PROBLEM = 4000;

/** A program that reads the document of `scan` gets one for arguments that make no sense, too. */
export async function answerWrongUsage(argv: readonly string[], message: string, io: Io): Promise<void> {
  const at = argv.findIndex((argument) => argument === '--format' || argument.startsWith('--format='));
  const given = argv[at]?.includes('=') === true ? argv[at].slice('--format='.length) : argv[at + 1];
  const format = FILE_FORMATS.find((known) => known === given);
  if (argv[0] !== 'scan' || at < 0 || format === undefined) return;
  const problems = [{ text: escapeAndCut(message.replace(/^error: /, ''), MAX_PROBLEM) }];
  await writeText(io.stdout, formatFile(makeDocument([], { problems }), format));
}

/** The scan request; folders in the settings are relative to `here`, the folder where the command was given. */
export function requestFor(
  paths: readonly string[],
  settings: Settings,
  testCase: TestCase | undefined,
  { staticOnly, resume }: Pick<ScanOptions, 'staticOnly' | 'resume'>,
  here: string,
): Omit<ScanRequest, 'wantTrace'> {
  const { cwd, sharedFolder, workspaceVersions } = settings;
  return {
    paths,
    settings: {
      ...settings,
      cwd: cwd === '' ? '' : resolve(here, cwd),
      sharedFolder: sharedFolder === '' ? '' : resolve(here, sharedFolder),
      workspaceVersions: workspaceVersions.map((folder) => resolve(here, folder)),
    },
    ...(testCase === undefined ? {} : { testCase }),
    folders: [here],
    staticOnly: staticOnly === true,
    resume: resume === true,
  };
}

/** The test case that was named, read and checked. */
export async function chosenTestCase(
  { testCase, staticOnly }: Pick<ScanOptions, 'testCase' | 'staticOnly'>,
  cwd: string,
): Promise<TestCase | undefined> {
  if (testCase === undefined) return undefined;
  if (staticOnly === true)
    throw new UserError('--test-case runs the model, and --static-only runs nothing. Leave one of them out.');
  return readTestCase(testCase, cwd);
}

/** To standard error, where it cannot mix with the report; a heading separates models that are scanned at once. */
function printTraces(progress: Progress): (event: ScanEvent) => void {
  let several = false;
  let last: string | undefined;
  return (event) => {
    if (event.type === 'started') several = event.total > 1;
    if (event.type !== 'trace') return;
    if (several && event.path !== last) progress.always(`==> ${escapeText(event.path)} <==`);
    last = event.path;
    progress.always(escapeText(event.line));
  };
}

/** A slip of the keyboard must not replace a model by its report, or one report by the other. */
async function refuseOverwriting(
  paths: readonly string[],
  { output, testCase }: ScanOptions,
  { reportFile, traceFile }: Settings,
  cwd: string,
): Promise<void> {
  const taken = new Map<string, string>();
  for (const path of paths) taken.set(await realPath(cwd, path), 'a model to scan');
  if (testCase !== undefined) taken.set(await realPath(cwd, testCase), 'the test case');
  const written = { '--output': output ?? '', '--report-file': reportFile, '--trace-file': traceFile };
  for (const [flag, file] of Object.entries(written)) {
    if (file === '') continue;
    const path = await realPath(cwd, file);
    const use = taken.get(path);
    if (use !== undefined) throw new UserError(`${flag} ${escapeText(file)} is also ${use}. Name another file.`);
    taken.set(path, `the file of ${flag}`);
  }
}

async function realPath(cwd: string, file: string): Promise<string> {
  const path = resolve(cwd, file);
  return realpath(path).catch(() => path);
}
