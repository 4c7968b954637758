/** One model from file to report. */
import { basename, dirname, resolve } from 'node:path';
import type { MountedModel } from '../docker/sandbox.js';
import type { FoundModel } from '../model/find.js';
import { FORMATS, isLoadable, type Format } from '../core/formats.js';
import { digestOfHashes, lookAtModel, openModel, type Digest, type ModelSource } from '../model/source.js';
import { stateOf } from '../model/state.js';
import { escapeText, toWellFormed } from '../core/escape.js';
import { contentOf } from '../core/identity.js';
import { REPORT_SCHEMA, type EngineRun, type Finding, type ScanReport } from '../core/schema.js';
import { escapeAndCut } from '../core/escape.js';
import { TOOL_NAME, TOOL_VERSION } from '../core/tool.js';
import { reasonOf, throwIfCancelled, UserError } from '../core/user-error.js';
import { worstFirst } from '../core/terms.js';
import { judge } from '../core/verdict.js';
import { Collected, NO_CODE, type ProjectCode, type StaticResult } from '../static/collected.js';
import type { ScanHooks, ScanRequest, ScanStage } from './scan-request.js';
import { runModel } from './model-run.js';
import { testCasePath } from './mounts.js';
import { EMPTY_RUN, type ModelRun } from './model-to-run.js';
import { Parts } from './parts.js';
import type { SandboxSession } from './session.js';
import { describeCode, projectFolders, readOwnCode } from './own-code.js';
import { readModel } from './static-reader.js';

export async function scanModel(
  model: FoundModel,
  asked: ScanRequest,
  session: SandboxSession,
  hooks: ScanHooks,
  /** Why no model can be run, a sentence; the request's document has the advice. */
  noSandbox?: string,
): Promise<ScanReport> {
  const { path, detection } = model;
  const neverRuns = FORMATS[detection.format].inert !== undefined && asked.testCase === undefined;
  const request = neverRuns ? { ...asked, staticOnly: true } : asked;
  const began = performance.now();
  const started = new Date().toISOString();
  const report = new ReportInProgress(resolve(path), started, request);
  const progress = (stage: ScanStage, message: string): void => {
    hooks.onEvent({ type: 'progress', path, stage, message });
  };
  const live = new LiveFindings();
  const read = new Collected();
  const found = (findings: readonly Finding[]): void => {
    for (const finding of findings) {
      const index = live.add(finding);
      hooks.onEvent({
        type: 'finding',
        path,
        index,
        finding,
        partialReport: () => report.partialReport(live.all, began),
      });
    }
  };

  let source: ModelSource;
  try {
    source = await openModel(path, detection.format);
  } catch (error) {
    return report.failed(tellReason(error, hooks), began);
  }
  try {
    hooks.onEvent({ type: 'opened', path, state: stateOf(source) });
    report.size = source.total;
    report.files = source.files?.length;
    const { maxFileSize } = request.settings;
    if (maxFileSize > 0 && source.total > maxFileSize) {
      return report.failed(
        `The model has ${source.total} bytes, more than the setting maxFileSize allows (${maxFileSize}). Raise it to scan this model.`,
        began,
      );
    }
    progress('static', 'reading the file');
    report.format = detection.format;
    const { analysis, beside, hash } = await readModel(model, source, request.settings, hooks.signal, (piece) => {
      read.add(piece);
      found(piece.findings.map(([, finding]) => finding));
    });
    hash.then(
      (digest) => (report.digest = digest),
      () => undefined, // the code that waits for it gets the error
    );
    const own = await readOwnCode(path, analysis, request, hooks.signal, (piece) => {
      read.add(piece);
      found(piece.findings.map(([, finding]) => finding));
    });
    report.durations['static'] = secondsSince(began);
    report.code = own.code;
    report.static = own.analysis;
    report.engines.push(engineRun('static', own.analysis.gaps));
    found(own.analysis.findings.filter((finding) => !live.has(finding)));

    let parts: Parts | undefined;
    const wanted = source.files === undefined ? partsOf(path, analysis) : [];
    const skipped = whyNotRun(request, detection.format, basename(path));
    // What lies beside the model is no part of the content that the earlier report is about.
    if (session.earlier && skipped === undefined && wanted.length === 0) {
      const code = describeCode(own.code, EMPTY_RUN.code);
      const content = contentOf({ ...contentIn(await hash), ...(code ? { codeSha256: code.codeSha256 } : {}) });
      const earlier = await session.earlier.find(content, path);
      if (earlier) return earlier;
    }
    if (skipped !== undefined) {
      report.engines.push({ engine: 'dynamic', status: 'skipped', reasons: skipped === '' ? [] : [skipped] });
    } else if (noSandbox !== undefined) {
      report.engines.push({ engine: 'dynamic', status: 'failed', reasons: [noSandbox] });
    } else {
      try {
        // All files of a folder are the model's own.
        if (source.files === undefined) parts = await Parts.find(path, wanted, beside, hooks.signal);
        const run = await runModel(
          {
            model: mounted(path, source, detection.format, parts),
            analysis: own.analysis,
            code: own.code,
            size: source.total,
            folders: await projectFolders(path, request),
            settings: request.settings,
            ...(request.testCase ? { testCase: request.testCase } : {}),
          },
          session,
          {
            signal: hooks.signal,
            onProgress: progress,
            onNote: (message) => hooks.onEvent({ type: 'log', message: `${escapeText(path)}: ${message}` }),
            onFindings: found,
            onBrokenOff: (broken) => (report.run = broken),
            ...(request.wantTrace
              ? { onTraceLine: (line: string) => hooks.onEvent({ type: 'trace', path, line }) }
              : {}),
          },
        );
        report.run = run;
        report.engines.push(engineRun('dynamic', run.gaps));
      } catch (error) {
        throwIfCancelled(hooks.signal);
        const reason = tellReason(error, hooks);
        report.engines.push(
          report.run
            ? engineRun('dynamic', [reason, ...report.run.gaps])
            : { engine: 'dynamic', status: 'failed', reasons: [reason] },
        );
      }
    }
    report.digest = await hash;
    await report.checkLoaded(source, parts);
    await report.checkUnchanged(path, source, parts);
    return report.done(began);
  } catch (error) {
    if (hooks.signal.aborted && !report.static) {
      report.static = read.result();
      report.engines.push(engineRun('static', [STOPPED_READING, ...report.static.gaps]));
    }
    if (hooks.signal.aborted) hooks.onEvent({ type: 'stopped', path, report: report.stopped(began) });
    throwIfCancelled(hooks.signal);
    return report.failed(tellReason(error, hooks), began);
  } finally {
    await source.close();
  }
}

/** Any failure with one model is a coverage gap of that model. A fault of the program itself is also logged with its place. */
function tellReason(error: unknown, hooks: ScanHooks): string {
  if (!(error instanceof UserError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    hooks.onEvent({ type: 'log', message: stack });
  }
  return escapeAndCut(reasonOf(error), MAX_REASON);
}

/** Characters. */
const MAX_REASON = 4000;

/** The files that the sandbox sees, under the names that they have here. */
function mounted(path: string, source: ModelSource, format: Format, parts: Parts | undefined): MountedModel {
  if (source.files !== undefined) {
    const folder = toWellFormed(basename(dirname(resolve(path)))) || 'model';
    return {
      name: folder,
      format,
      files: source.files.map((file) => ({ hostPath: file.path, name: `${folder}/${toWellFormed(file.name)}` })),
    };
  }
  const name = toWellFormed(basename(path));
  return { name, format, files: [{ hostPath: source.path, name }, ...(parts?.files ?? [])] };
}

/** Names of the files beside it that its loader opens. */
function partsOf(path: string, { parts }: StaticResult): string[] {
  const own = toWellFormed(basename(path));
  return parts.filter((name) => name !== own);
}

/** Why the model is not to be run: an empty reason when the caller asked for the static side only; undefined when it is to be run. */
function whyNotRun(request: ScanRequest, format: Format, name: string): string | undefined {
  if (request.staticOnly) return '';
  const own = FORMATS[format].folder?.content;
  if (request.testCase === undefined && own !== undefined && own !== 'all' && !own.includes(name))
    return `a model of this kind is a folder, in which this file is called ${own[0] ?? ''}: by another name nothing loads it.`;
  if (isLoadable(format) || (request.testCase !== undefined && format !== 'empty')) return undefined;
  if (format === 'empty' || format === 'unknown') return 'there is no model in it to load.';
  return `DynScan has no sandbox loader for ${FORMATS[format].label} yet.`;
}

function engineRun(engine: EngineRun['engine'], gaps: readonly string[]): EngineRun {
  return { engine, status: gaps.length > 0 ? 'incomplete' : 'completed', reasons: [...gaps] };
}

/** Gives each finding a place as it comes; a known one (same rule, subject and first evidence) takes its old place. */
class LiveFindings {
  readonly #places = new Map<string, number>();
  readonly all: Finding[] = [];

  has(finding: Finding): boolean {
    return this.all.includes(finding);
  }

  add(finding: Finding): number {
    const first = finding.evidence[0];
    const key = JSON.stringify([finding.rule, finding.subject, first?.line, first?.member, first?.offset]);
    const index = this.#places.get(key) ?? this.#places.size;
    this.#places.set(key, index);
    this.all[index] = finding;
    return index;
  }
}

const STILL_READ = 'The file is still being read: this is what stands out so far.';
const STILL_RUNS = 'The model still runs: this is what it has done so far.';
const STOPPED_READING = 'The scan was stopped while the file was read: this is what stood out until then.';
const STOPPED = 'The scan was stopped, so this is what the model had done until then.';

class ReportInProgress {
  size = 0;
  files: number | undefined;
  format: Format = 'unknown';
  digest: Digest | undefined;
  static: StaticResult | undefined;
  code: ProjectCode = NO_CODE;
  run: ModelRun | undefined;
  readonly engines: EngineRun[] = [];
  readonly durations: Record<string, number> = {};

  constructor(
    private readonly path: string,
    private readonly started: string,
    private readonly request: ScanRequest,
  ) {}

  /** The file that was read, hashed and run has to be one file, and so has each beside it. */
  async checkUnchanged(path: string, source: ModelSource, parts: Parts | undefined): Promise<void> {
    const now = await lookAtModel(path, this.format).catch(() => undefined);
    const isSame = now?.path === source.path && now.stamp === source.stamp;
    const others = (await parts?.notTheSame()) ?? [];
    const reasons = [
      ...(isSame ? [] : ['The file changed while it was scanned. Scan it again.']),
      ...(others.length === 0
        ? []
        : [`What its loader opens beside the model changed while it was scanned (${listed(others)}). Scan it again.`]),
    ];
    if (reasons.length > 0) this.engines.push({ engine: 'static', status: 'incomplete', reasons });
  }

  /** Between hashing and mounting a path can lead elsewhere, and on the engine's machine always: the sandbox hashes what it has. */
  async checkLoaded(source: ModelSource, parts: Parts | undefined): Promise<void> {
    const { digest, run } = this;
    if (digest === undefined || run === undefined || run.load.outcome === 'not-run') return;
    const reasons: string[] = [];
    if (run.modelHashes === undefined) {
      reasons.push(
        'The sandbox did not say which file it had, so it may have been another than the one that was read.',
      );
    } else {
      if (digestOfHashes(source, run.modelHashes).sha256 !== digest.sha256)
        reasons.push(`The sandbox had another file than the one that was read: ${HOW_ANOTHER}`);
      const others = (await parts?.differing(run.modelHashes.slice(1))) ?? [];
      if (others.length > 0)
        reasons.push(
          `Beside the model the sandbox had other files than those that were read (${listed(others)}): ${HOW_ANOTHER}`,
        );
    }
    if (reasons.length > 0) this.engines.push({ engine: 'dynamic', status: 'incomplete', reasons });
  }

  failed(reason: string, began: number): ScanReport {
    this.engines.push({ engine: 'static', status: 'failed', reasons: [reason] });
    this.engines.push({ engine: 'dynamic', status: 'skipped', reasons: [] });
    return this.done(began);
  }

  done(began: number): ScanReport {
    const findings = [...(this.static?.findings ?? []), ...(this.run?.findings ?? [])].sort(worstFirst);
    return this.#report(findings, this.engines, began);
  }

  /** The facts known while the scan goes on; the reason that it goes on keeps the report from being clean. */
  partialReport(findings: readonly Finding[], began: number): ScanReport {
    const { staticOnly } = this.request;
    const going = staticOnly ? engineRun('static', [STILL_READ]) : engineRun('dynamic', [STILL_RUNS]);
    return this.#report([...findings], [...this.engines, going], began);
  }

  stopped(began: number): ScanReport {
    this.engines.push(
      this.run
        ? engineRun('dynamic', [STOPPED, ...this.run.gaps])
        : { engine: 'dynamic', status: 'skipped', reasons: ['the scan was stopped.'] },
    );
    return this.done(began);
  }

  #report(findings: Finding[], engines: EngineRun[], began: number): ScanReport {
    const run = this.run ?? EMPTY_RUN;
    const testCase = this.run && this.request.testCase;
    const code = describeCode(this.code, run.code);
    const judgement = judge({
      format: this.format,
      staticOnly: this.request.staticOnly,
      findings,
      engines,
      load: run.load,
      limits: run.limits,
      testCase: testCase !== undefined,
    });
    return {
      schema: REPORT_SCHEMA,
      tool: { name: TOOL_NAME, version: TOOL_VERSION },
      model: {
        path: this.path,
        format: this.format,
        size: this.size,
        ...(this.files === undefined ? {} : { files: this.files }),
        ...contentIn(this.digest),
        ...(code ? { codeSha256: code.codeSha256 } : {}),
      },
      ...(testCase ? { testCase: { path: testCase.path, sha256: testCase.sha256, file: testCasePath(testCase) } } : {}),
      ...(code ? { ownCode: code.files } : {}),
      started: this.started,
      verdict: judgement.verdict,
      reasons: judgement.reasons,
      coverage: judgement.coverage,
      engines,
      findings,
      load: run.load,
      processes: [...run.processes],
      timeline: [...run.timeline],
      timelineOmitted: run.timelineOmitted,
      conversations: [...run.conversations],
      limits: [...run.limits],
      output: run.output,
      trace: run.trace,
      ...(run.sandbox ? { sandbox: run.sandbox } : {}),
      durations: { ...this.durations, ...run.durations, total: secondsSince(began) },
    };
  }
}

const HOW_ANOTHER =
  'the path led elsewhere in between, or the container engine runs on a machine where it does. Scan it again when nothing changes it, with an engine on this machine.';

/** Some of these names, and how many more there are. */
function listed(names: readonly string[]): string {
  const more = names.length - NAMES_LISTED;
  return names.slice(0, NAMES_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const NAMES_LISTED = 5;

/** Two fields: a file can hold the hashed file list of a folder, and then has the same hash although its content is another. */
function contentIn(digest: Digest | undefined): Pick<ScanReport['model'], 'sha256' | 'folderSha256'> {
  if (digest === undefined) return {};
  return digest.kind === 'file' ? { sha256: digest.sha256 } : { folderSha256: digest.sha256 };
}

function secondsSince(began: number): number {
  return Math.round(performance.now() - began) / 1000;
}
