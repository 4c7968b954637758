/** `dynscan scan`: models in, one report out, and beside it whatever else was asked for. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { escapeText } from '../report/escape.js';
import { formatFile } from '../report/files.js';
import type { FileFormat } from '../report/files.js';
import { formatJson } from '../report/json.js';
import type { ReportDocument } from '../report/schema.js';
import { formatText } from '../report/text.js';
import type { TextOptions } from '../report/text.js';
import { UserError } from '../report/user-error.js';
import type { Settings } from '../config/settings.js';
import { readTestCase } from '../testcase/files.js';
import type { TestCase } from '../testcase/files.js';
import type { ScanEvent } from '../scan/api.js';
import { mapScans } from '../triage/baseline.js';
import { exitCodeOf } from './exit-code.js';
import { prepareReportFile, recordTraces, TraceFiles } from '../scan/output-files.js';
import { wantsColor, widthOf, writeText } from './io.js';
import type { Io, Services } from './io.js';
import { Progress } from './progress.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';
import { loadTriage } from './triage.js';

export interface ScanOptions extends Flags {
  readonly format: 'text' | FileFormat;
  readonly output?: string;
  readonly testCase?: string;
  readonly staticOnly?: boolean;
  readonly suppressions?: string;
  readonly baseline?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly force?: boolean;
}

export async function runScan(
  paths: readonly string[],
  options: ScanOptions,
  io: Io,
  services: Services,
  signal: AbortSignal,
): Promise<number> {
  const { settings, notes } = await settingsFrom(options, io.cwd);
  const testCase = await chosenTestCase(options, io.cwd);
  await refuseOverwriting(paths, options, settings, io.cwd);
  const triage = await loadTriage(options, io.cwd);
  const replaces = options.force === true ? 'all' : 'own';
  const output = options.output === undefined ? undefined : await prepareReportFile(io.cwd, options.output, replaces);
  const reportFile =
    settings.reportFile === '' ? undefined : await prepareReportFile(io.cwd, settings.reportFile, replaces);

  const broken = new AbortController();
  const traces =
    settings.traceFile === ''
      ? undefined
      : await TraceFiles.prepare(io.cwd, settings.traceFile, () => broken.abort(), replaces);
  const progress = new Progress(io.stderr, { quiet: options.quiet === true, width: widthOf(io, io.stderr) });
  for (const note of [...notes, ...triage.notes]) progress.note(note);
  const listeners = [
    (event: ScanEvent) => progress.event(event),
    ...(traces === undefined ? [] : [recordTraces(traces)]),
    ...(settings.printTrace ? [printTraces(progress)] : []),
  ];

  let document: ReportDocument;
  try {
    document = await services.scanPaths(
      {
        paths,
        // A folder is meant where the command was given.
        settings: { ...settings, ...fromHere(settings, io.cwd) },
        ...(testCase === undefined ? {} : { testCase }),
        staticOnly: options.staticOnly === true,
        wantTrace: traces !== undefined || settings.printTrace,
      },
      {
        signal: AbortSignal.any([signal, broken.signal]),
        onEvent: (event) => listeners.forEach((listen) => listen(event)),
      },
    );
  } finally {
    progress.stop();
    await traces?.close();
  }

  for (const line of traces?.whose() ?? []) progress.always(line);
  document = mapScans(document, (report) => triage.apply(traces?.named(report) ?? report));
  const { verbose } = options;
  await reportFile?.write(formatJson(document));
  if (output === undefined) {
    const terminal = { color: wantsColor(io, io.stdout), width: widthOf(io, io.stdout), verbose };
    await writeText(io.stdout, formatDocument(document, options.format, terminal));
  } else {
    await output.write(formatDocument(document, options.format, { color: false, width: 80, verbose }));
  }
  return exitCodeOf(document, settings.severity);
}

/** Folders of the settings, from where the command was given. */
export function fromHere({ cwd, sharedFolder }: Settings, here: string): Pick<Settings, 'cwd' | 'sharedFolder'> {
  return {
    cwd: cwd === '' ? '' : resolve(here, cwd),
    sharedFolder: sharedFolder === '' ? '' : resolve(here, sharedFolder),
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

function formatDocument(document: ReportDocument, format: ScanOptions['format'], terminal: TextOptions): string {
  return format === 'text' ? formatText(document, terminal) : formatFile(document, format);
}

/** To standard error, where it cannot mix with the report; a heading tells apart models that are scanned at once. */
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
