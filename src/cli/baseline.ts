/** `dynscan baseline write`: records today's findings, so that later scans show what is new. */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { exists } from '../config/small-file.js';
import { escapeText } from '../core/escape.js';
import { UserError } from '../core/user-error.js';
import { isUnseen } from '../core/verdict.js';
import { prepareReportFile } from '../scan/output-files.js';
import { formatBaseline, makeBaseline, mapScans } from '../triage/baseline.js';
import { readBaseline } from '../triage/files.js';
import { today } from '../triage/suppressions.js';
import { NOT_COMPLETED, NOTHING_FOUND } from './exit-code.js';
import { widthOf, writeText } from './io.js';
import type { Io, Services } from './io.js';
import { exclusionsFrom, pathsFrom, type PathOptions } from './paths.js';
import { Progress } from './progress.js';
import { chosenTestCase, requestFor } from './scan.js';
import { asRequest, settingsFrom } from './settings.js';
import type { Flags } from './settings.js';
import { loadTriage } from './triage.js';

export interface BaselineOptions extends Flags, PathOptions {
  readonly output: string;
  readonly suppressions?: string;
  readonly reason?: string;
  readonly testCase?: string;
  readonly staticOnly?: boolean;
  readonly quiet?: boolean;
}

/** Prints the path. What is suppressed is left out, so that it shows again when its suppression ends. */
export async function runBaselineWrite(
  given: readonly string[],
  options: BaselineOptions,
  io: Io,
  services: Services,
  signal: AbortSignal,
): Promise<number> {
  const { settings, notes } = await settingsFrom(options, io.cwd);
  const paths = await pathsFrom(given, options, io);
  const exclude = await exclusionsFrom(paths, options, io.cwd);
  const testCase = await asRequest(() => chosenTestCase(options, io.cwd));
  const target = resolve(io.cwd, options.output);
  await asRequest(() => refuseOther(target));
  const { suppressions } = options;
  const triage = await asRequest(() => loadTriage(suppressions === undefined ? {} : { suppressions }, io.cwd));
  await mkdir(dirname(target), { recursive: true }).catch((error: unknown) => {
    throw new UserError(`${escapeText(dirname(target))} cannot be made: ${escapeText(String(error))}`);
  });
  const output = await prepareReportFile(io.cwd, options.output, 'files');
  const progress = new Progress(io.stderr, { quiet: options.quiet === true, width: widthOf(io, io.stderr) });
  for (const note of [...notes, ...triage.notes]) progress.note(note);
  let scans;
  let leftOut;
  try {
    const request = { ...requestFor(paths, settings, testCase, options, io.cwd), exclude };
    const document = await services.scanPaths(request, { signal, onEvent: (event) => progress.event(event) });
    scans = mapScans(document, triage.apply).scans;
    leftOut = (document.leftOut ?? []).filter(isUnseen).length;
  } finally {
    progress.stop();
  }
  const about = options.reason === undefined ? {} : { reason: options.reason, created: today() };
  await output.write(formatBaseline(makeBaseline(scans, dirname(target), about)));
  await writeText(io.stdout, `${escapeText(target)}\n`);
  const unseen = scans.filter(({ coverage }) => coverage.gaps.length > 0).length;
  if (leftOut > 0) progress.always(`${leftOut} places were left out and not looked at; \`dynscan scan\` names them.`);
  if (unseen === 0) return leftOut === 0 ? NOTHING_FOUND : NOT_COMPLETED;
  progress.always(
    `Not everything was seen of ${unseen} of ${scans.length} models: what shows there later counts as new.`,
  );
  return NOT_COMPLETED;
}

/** A slip of the keyboard must not replace a model. */
async function refuseOther(target: string): Promise<void> {
  if (!(await exists(target))) return;
  await readBaseline(target).catch((error: unknown) => {
    const why = error instanceof Error ? ` ${error.message}` : '';
    throw new UserError(
      `${escapeText(target)} exists and is no baseline, so it is not replaced.${why} Name another file with --output.`,
    );
  });
}
