/** The dynamic half: image, baseline, one sandbox run, and what it meant. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { BehaviorResult, Heard } from '../behavior/api.js';
import { DEFAULT_PYTHON, pythonOf, type Settings } from '../config/settings.js';
import type { Engine } from '../docker/engine.js';
import { boundByHost, type BoundedSettings } from '../docker/host-bounds.js';
import type { SandboxImage } from '../docker/image.js';
import {
  ableLayers,
  FRAMEWORKS,
  layerFor,
  LAYER_PACKAGES,
  layersFor,
  packagesFor,
  type Layer,
} from '../docker/layers.js';
import {
  CODE_FOLDER,
  MODEL_HOME,
  pathInside,
  runSandbox,
  START_FOLDER,
  type MountedModel,
  type SandboxResult,
} from '../docker/sandbox.js';
import { startSinkhole, type Sinkhole, type Talk } from '../docker/sinkhole.js';
import { isLoadable, layerOf, type LoadableFormat } from '../core/formats.js';
import { escapeAndCut } from '../core/escape.js';
import { UserError } from '../core/user-error.js';
import type { Finding, LimitHit, LoadOutcome, Phase, ScanReport } from '../core/schema.js';
import type { OwnCode, StaticResult } from '../static/analyse.js';
import type { ScanStage } from './api.js';
import type { TestCase } from '../testcase/files.js';
import { joinConversations } from './conversations.js';
import { makeDecoys } from './decoys.js';
import { hostFolders } from './host-folders.js';
import { explainLoad, lacks, unknownOf } from './load-problems.js';
import { projectIn } from './look.js';
import { codeToMount, ownModules, type MountedCode } from './own-code.js';
import type { Project } from './project.js';
import { readableByAll, readableContent, readableFolder } from './readable-copy.js';
import { POLICY, type SandboxSession } from './session.js';
import type { TraceStatistics } from '../trace/events.js';
import { TraceRun } from './trace-run.js';
import { USUAL, variantFor, type Variant } from './variant.js';

/** Characters of the model's output that the report keeps, of each stream. */
const OUTPUT_SHOWN = 16_384;

export interface ModelToRun {
  readonly model: MountedModel;
  /** Loads it; without one the format is one of those that can be loaded. */
  readonly testCase?: TestCase;
  readonly analysis: StaticResult;
  /** What of the project's own code loading it imports. */
  readonly code: OwnCode;
  /** Bytes of its files together. */
  readonly size: number;
  /** Where the project that it belongs to may say what it needs. */
  readonly folders: readonly string[];
  readonly settings: Settings;
}

export interface RunHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (stage: ScanStage, message: string) => void;
  /** What a person should be able to read afterwards, too. */
  readonly onNote: (message: string) => void;
  readonly onFindings: (findings: readonly Finding[]) => void;
  readonly onTraceLine?: (line: string) => void;
  /** What was seen of a run that was cancelled or failed in the middle; comes before `runModel` rejects. */
  readonly onBrokenOff: (run: ModelRun) => void;
}

/** The dynamic part of a report. */
export type ModelRun = Pick<
  BehaviorResult,
  'findings' | 'load' | 'processes' | 'timeline' | 'timelineOmitted' | 'conversations' | 'gaps' | 'otherPython'
> &
  Pick<ScanReport, 'limits' | 'output' | 'trace' | 'durations' | 'sandbox'> & {
    /** Names of the files of its own code that the sandbox had. */
    readonly code: ReadonlySet<string>;
  };

export const EMPTY_RUN: ModelRun = {
  findings: [],
  load: { outcome: 'not-run' },
  processes: [],
  timeline: [],
  timelineOmitted: 0,
  conversations: [],
  gaps: [],
  otherPython: false,
  limits: [],
  output: { stdout: '', stderr: '', omittedBytes: 0 },
  trace: { lines: 0, bytes: 0, unparsed: 0, unparsedExamples: [] },
  durations: {},
  sandbox: undefined,
  code: new Set(),
};

/** Throws UserError when there is no engine or image or the sandbox cannot be run, CancelledError when cancelled. */
export async function runModel(model: ModelToRun, session: SandboxSession, hooks: RunHooks): Promise<ModelRun> {
  const { settings } = model;
  // Before anything is built or started.
  await hostFolders(settings);
  hooks.onProgress('engine', 'looking for a container engine');
  const engine = await session.engine(hooks.signal);
  hooks.onProgress('image', 'preparing the sandbox image');
  const needs = modulesOf(model);
  const { image, variant } = await preparedImage(model, needs, session, hooks);
  const lacking = await session.lacking(image, needs, hooks.signal);
  const asked = await askedByProject(model, lacking, hooks.signal);
  if (lacking.length > 0) hooks.onProgress('image', lacks(lacking, variant.python, asked));
  const code = codeToMount(model.code, await session.lacking(image, ownModules(model.code), hooks.signal));
  // It comes up while the baseline is read and the file is made readable.
  const starting = startSinkhole(engine, image, settings, hooks.signal);
  // It can fail before anybody waits for it; whoever does hears of it.
  starting.catch(() => undefined);
  try {
    const run = await runIn(starting, engine, image, model, code, session, hooks);
    const { load, output, otherPython } = run;
    const { why, packages } = explainLoad({
      load,
      stderr: output.stderr,
      lacking,
      asked,
      python: variant.python,
      otherPython,
    });
    return {
      ...run,
      load: {
        ...load,
        ...(packages.length > 0 ? { packages: [...packages] } : {}),
        ...(load.standIns && model.code.definers.length > 0 ? { definedIn: [...model.code.definers] } : {}),
      },
      gaps: [...run.gaps, ...code.gaps, ...variant.gaps, ...(load.outcome === 'loaded' ? [] : variant.doubts), ...why],
      ...(run.sandbox && variant.why.length > 0
        ? {
            sandbox: {
              ...run.sandbox,
              variant: { python: variant.python, packages: [...variant.requirements], why: [...variant.why] },
            },
          }
        : {}),
    };
  } finally {
    await starting.then(
      (network) => network.close(),
      () => undefined, // whoever waited for it has heard why
    );
  }
}

/** What the project around the model asks for; looked up where a module is lacking whose package is not known. */
async function askedByProject(
  { folders, settings }: ModelToRun,
  lacking: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (unknownOf(lacking).length === 0) return new Set();
  return (await projectIn(folders, { signal, timeout: settings.staticTimeout })).asked;
}

async function runIn(
  starting: Promise<Sinkhole>,
  engine: Engine,
  image: SandboxImage,
  model: ModelToRun,
  code: MountedCode,
  session: SandboxSession,
  hooks: RunHooks,
): Promise<ModelRun> {
  const { testCase } = model;
  const bounded = boundByHost(model.settings, engine);
  const { settings } = bounded;
  if (bounded.reasons.size > 0) hooks.onProgress('start', [...bounded.reasons.values()].join(' '));
  const format = baselineFormat(model, image.layer);
  const baseline = await session.baseline(
    image,
    format,
    () => hooks.onProgress('baseline', `recording what a harmless ${format} model does (once per image)`),
    hooks.signal,
  );
  const folders = await hostFolders(settings);
  const readable = await readableByAll(model.model.files);
  const readableCode = code.files.length === 0 ? undefined : await readableFolder(code.files);
  const readableCase = testCase && { copy: await readableContent(testCase.content), inside: testCasePath(testCase) };
  try {
    hooks.onProgress('start', 'starting the sandbox');
    const inside = { ...model.model, files: readable.files };
    const nonce = randomBytes(12).toString('hex');
    const decoys = makeDecoys(MODEL_HOME);
    const run = new TraceRun(
      {
        modelPath: pathInside(inside),
        nonce,
        baseline,
        globals: model.analysis.globals,
        decoys: decoys.known,
        settings,
        modelBytes: model.size,
      },
      { onFindings: hooks.onFindings, onPhase: (phase) => hooks.onProgress(...PHASE_PROGRESS[phase]) },
    );
    const network = await starting;
    network.ready.then(
      ({ notes }) => notes.forEach((note) => hooks.onProgress('start', note)),
      () => undefined, // the run waits for it, and says so
    );
    const settle = new SettleTimer(settings.settle, () => run.isOver);
    const lines = hooks.onTraceLine ? new LineSplitter(hooks.onTraceLine) : undefined;
    let result: SandboxResult;
    try {
      result = await runSandbox(
        engine,
        image,
        {
          format,
          model: inside,
          mounts: [
            ...folders.mounts,
            ...(readableCase ? [{ hostPath: readableCase.copy.path, path: readableCase.inside }] : []),
            ...(readableCode ? [{ hostPath: readableCode.path, path: CODE_FOLDER }] : []),
          ],
          ...(readableCase ? { testCase: readableCase.inside } : {}),
          imports: importsOf(model.analysis, image.layer, model.code.imports),
          code: readableCode !== undefined,
          standIns: testCase ? [] : model.code.mains,
          folder: folders.folder ?? START_FOLDER,
          nonce,
          policy: POLICY,
          settings,
          files: decoys.files,
          environment: decoys.environment,
          network,
        },
        {
          signal: hooks.signal,
          onStarted: (stop) => settle.onExpiry(stop),
          onTrace: (chunk) => {
            lines?.push(chunk);
            run.push(chunk);
            if (run.mainEnded) settle.start();
          },
        },
      );
    } catch (error) {
      // What the model did until then, it did.
      if (run.began) hooks.onBrokenOff(brokenOff(run, image, engine));
      throw error;
    } finally {
      settle.clear();
    }
    lines?.end();
    const limits = limitsOf(result, settle.expired, bounded);
    run.witness(limits, result.network.talks.map(heardIn));
    const { behavior, statistics } = run.finish();
    return {
      ...behavior,
      code: new Set(code.files.map(({ name }) => name)),
      load: loadOutcome(behavior.load, result, run.mainEnded),
      conversations: joinConversations(behavior.conversations, result.network.talks),
      limits: [...behavior.limits, ...limits],
      gaps: [
        ...behavior.gaps,
        ...gapsOf(result, settle.expired, run.mainEnded),
        ...(testCase && !run.modelOpened && behavior.load.outcome === 'loaded'
          ? ["The test case never opened the model's file, so nothing of the model was seen."]
          : []),
      ],
      output: {
        stdout: escapeOutput(result.stdout),
        stderr: escapeOutput(result.stderr),
        omittedBytes:
          result.omittedBytes +
          Math.max(0, result.stdout.length - OUTPUT_SHOWN) +
          Math.max(0, result.stderr.length - OUTPUT_SHOWN),
      },
      trace: traceOf(statistics),
      sandbox: {
        image: image.tag,
        engine: engine.name,
        skippedSleep: Math.max(behavior.skippedSleep, result.skippedSeconds),
      },
      durations: { sandboxStart: round(result.startSeconds), sandbox: round(result.totalSeconds) },
    };
  } finally {
    await readable.remove();
    await readableCase?.copy.remove();
    await readableCode?.remove();
  }
}

function brokenOff(run: TraceRun, image: SandboxImage, engine: Engine): ModelRun {
  const { behavior, statistics } = run.finish();
  return {
    ...EMPTY_RUN,
    ...behavior,
    load: run.mainEnded ? behavior.load : { ...behavior.load, outcome: 'stopped' },
    conversations: joinConversations(behavior.conversations, []),
    limits: [...behavior.limits],
    trace: traceOf(statistics),
    sandbox: { image: image.tag, engine: engine.name, skippedSleep: behavior.skippedSleep },
  };
}

function traceOf({ lines, bytes, unparsed, unparsedExamples }: TraceStatistics): ScanReport['trace'] {
  return { lines, bytes, unparsed, unparsedExamples: [...unparsedExamples] };
}

/** What a test case is called inside; its frames name this file. */
export function testCasePath({ path }: TestCase): string {
  return `/testcase/${basename(path)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 120)}`;
}

/** Whose imports come first, and whose harmless model's doings are taken off: the model's own format where the image can load it. */
function baselineFormat({ model: { format } }: ModelToRun, layer: Layer): LoadableFormat {
  if (isLoadable(format) && ableLayers(layerOf(format)).includes(layer)) return format;
  return BASELINE_OF[layer];
}

const BASELINE_OF: Readonly<Record<Layer, LoadableFormat>> = {
  core: 'pickle',
  torch: 'torch-zip',
  formats: 'pickle',
  tensorflow: 'keras',
  transformers: 'torch-zip',
};

/** All that was said to the other end, in plain text. */
function heardIn({ address, port, request, sent }: Talk): Heard {
  const head = request === undefined ? '' : [request.line, ...request.headers, ''].join('\n');
  return { address, port, text: head + Buffer.from(sent, 'base64').toString('latin1') };
}

/** Top-level modules that the run imports and that an image has to have: the model's, those of its own code and of the test case. */
function modulesOf({ analysis, code, testCase }: ModelToRun): readonly string[] {
  const imports = testCase?.imports.map((name) => name.split('.', 1)[0] ?? name) ?? [];
  const own = ownModules(code);
  return [...new Set([...analysis.needs, ...code.needs, ...imports])].filter((name) => !own.includes(name));
}

/** Modules to import before the model is read, by their full names: the framework that the image is for, what the file names, and others. */
export function importsOf(
  { needs, globals }: Pick<StaticResult, 'needs' | 'globals'>,
  layer: Layer,
  others: readonly string[] = [],
): string[] {
  const tops = new Set(needs);
  const modules = globals.flatMap(({ global }) => {
    const module = global.slice(0, Math.max(global.lastIndexOf('.'), 0));
    return tops.has(module.split('.', 1)[0] ?? '') ? [module] : [];
  });
  const wanted = new Set([...FRAMEWORKS[layer], ...needs, ...modules, ...others]);
  return [...wanted].filter((name) => MODULE.test(name)).slice(0, MAX_IMPORTS);
}

const MODULE = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
/** A pipe of 64 KiB holds the job. */
const MAX_IMPORTS = 200;

interface ChosenImage {
  readonly layer: Layer;
  readonly variant: Variant;
}

/** What the model needs of an image: its layer by the format and the modules that it asks for, the rest by what made it. */
function chooseImage(model: ModelToRun, needs: readonly string[], by: Variant): ChosenImage {
  const layer = layerFor(smallestLayer(model), needs, by.python);
  const others = by.python === DEFAULT_PYTHON ? [] : packagesFor(layer, needs);
  const added = others.filter((line) => !by.requirements.some((wanted) => packageOf(wanted) === packageOf(line)));
  return { layer, variant: { ...by, requirements: [...by.requirements, ...added] } };
}

function packageOf(requirement: string): string | undefined {
  return /^[\w.-]+/.exec(requirement)?.[0];
}

/** The variant that the model and the user's project ask for; a layer that is pinned for one Python is what it is. */
function wantedVariant(model: ModelToRun, needs: readonly string[], project: Project | undefined): Variant {
  const { analysis, settings } = model;
  const hasVariants = layersFor('3.11').includes(smallestLayer(model));
  return hasVariants
    ? variantFor(analysis.madeBy, settings, project && { project, needs })
    : { ...USUAL, python: pythonOf(settings) };
}

/** The image that fits the model, or, where it cannot be made, the one that others of its kind get: it may do. */
async function preparedImage(
  model: ModelToRun,
  needs: readonly string[],
  session: SandboxSession,
  hooks: RunHooks,
): Promise<{ readonly image: SandboxImage; readonly variant: Variant }> {
  const prepare = ({ layer, variant: { python, requirements } }: ChosenImage): Promise<SandboxImage> =>
    session.image(
      layer,
      { python, packages: requirements },
      (message) => hooks.onProgress('image', message),
      hooks.signal,
    );
  const { project } = session;
  const own = wantedVariant(model, needs, undefined);
  const wanted = project === undefined ? [own] : [wantedVariant(model, needs, project), own];
  const problems: string[] = [];
  if (project !== undefined) wanted[0]?.doubts.forEach(hooks.onNote);
  for (const by of wanted) {
    const chosen = chooseImage(model, needs, by);
    const variant = { ...chosen.variant, doubts: [...chosen.variant.doubts, ...problems] };
    if (variant.why.length === 0) return { image: await prepare(chosen), variant };
    const words = [`Python ${variant.python}`, ...variant.requirements].join(', ');
    hooks.onNote(
      `it is run with ${words}: ${variant.why.join(', ')}. Where that image is not there, it is built once (${LAYER_PACKAGES[chosen.layer].gigabytes} GB and what is added).`,
    );
    try {
      return { image: await prepare(chosen), variant };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(`The image with ${words}, which fits the model, could not be made. ${error.message}`);
      hooks.onNote(problems.at(-1) ?? '');
    }
  }
  const usual = chooseImage(model, needs, USUAL);
  const told = own.exact ? { gaps: problems } : { doubts: [...own.doubts, ...problems] };
  return { image: await prepare(usual), variant: { ...usual.variant, ...told } };
}

/** With a test case any image will do that has what it imports; else one that can load the format. */
function smallestLayer({ model, testCase }: ModelToRun): Layer {
  return testCase === undefined && isLoadable(model.format) ? layerOf(model.format) : 'core';
}

const PHASE_PROGRESS: Readonly<Record<Phase, [ScanStage, string]>> = {
  start: ['start', 'starting the sandbox'],
  import: ['import', 'importing the framework'],
  load: ['load', 'loading the model'],
  use: ['use', 'using the model'],
  collect: ['use', 'dropping the model'],
  exit: ['settle', 'leaving the interpreter'],
  after: ['settle', 'waiting for the last process'],
};

function loadOutcome(load: LoadOutcome, { end }: SandboxResult, mainEnded: boolean): LoadOutcome {
  return end !== 'finished' && !mainEnded ? { ...load, outcome: 'stopped' } : load;
}

function limitsOf(result: SandboxResult, settleExpired: boolean, { settings, reasons }: BoundedSettings): LimitHit[] {
  const limits: LimitHit[] = [];
  if (result.end === 'timeout') {
    limits.push({
      limit: 'time',
      text: `The model was not done after ${settings.timeout} seconds (setting timeout), and was stopped. \`--timeout\` with more gives it time to come to its end.`,
    });
  }
  if (result.end === 'trace-limit') {
    limits.push({
      limit: 'trace',
      text: `The model made more than ${settings.traceLimit} MiB of system-call trace (setting traceLimit), and was stopped: what would have come after it was not seen. \`--trace-limit\` with more shows it.`,
    });
  }
  if (settleExpired) {
    limits.push({
      limit: 'settle',
      text: `Processes of the model still ran ${settings.settle} seconds after its own had ended (setting settle), and were stopped.`,
    });
  }
  if (result.outOfMemory > 0) {
    limits.push({
      limit: 'memory',
      text: `The kernel ended ${result.outOfMemory === 1 ? 'a process' : `${result.outOfMemory} processes`} because the model used more than ${settings.memory} MiB (setting memory). ${reasons.get('memory') ?? '`--memory` with more gives it room.'}`,
    });
  }
  if (result.omittedBytes > 0) {
    limits.push({ limit: 'output', text: `The model printed ${result.omittedBytes} bytes more than are kept.` });
  }
  if (result.network.omitted > 0) {
    limits.push({
      limit: 'output',
      text: `The model began ${result.network.omitted} conversations more than are kept.`,
    });
  }
  return limits;
}

function gapsOf(result: SandboxResult, settleExpired: boolean, mainEnded: boolean): string[] {
  const gaps: string[] = [];
  if (result.end === 'message-limit')
    gaps.push('The sandbox said more than it is made to say, and was ended: what it said is not to be believed.');
  else if (result.end === 'lost') gaps.push('The sandbox ended in the middle of the run, so the trace is not whole.');
  else if (result.end === 'finished' && !mainEnded)
    gaps.push("The trace ends before the model's process does: the tracer was lost.");
  else if (result.end === 'stopped' && !settleExpired) gaps.push('The run was stopped before it was done.');
  if (!result.network.complete)
    gaps.push('The network of the sandbox went away in the middle of the run, so what was said on it is not known.');
  if (result.tracerMessages.trim() !== '')
    gaps.push(`The tracer reported: ${escapeAndCut(result.tracerMessages.trim(), 300)}`);
  return gaps;
}

function escapeOutput(output: Buffer): string {
  return output
    .subarray(0, OUTPUT_SHOWN)
    .toString('utf8')
    .split('\n')
    .map((line) => escapeAndCut(line, OUTPUT_SHOWN))
    .join('\n');
}

/** Stops a run whose last processes do not end. */
class SettleTimer {
  expired = false;
  #timer: NodeJS.Timeout | undefined;
  #stop: (() => void) | undefined;

  /** `isOver`: nobody is left to wait for but the engine, and that may take its time. */
  constructor(
    private readonly seconds: number,
    private readonly isOver: () => boolean,
  ) {}

  onExpiry(stop: () => void): void {
    this.#stop = stop;
  }

  start(): void {
    this.#timer ??= setTimeout(() => {
      if (this.isOver()) return;
      this.expired = true;
      this.#stop?.();
    }, this.seconds * 1000);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** Cuts a stream of bytes into lines; a line longer than a mebibyte is handed on in pieces. */
class LineSplitter {
  static readonly #maxLine = 1024 * 1024;
  #rest = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
    if (this.#rest.length > LineSplitter.#maxLine) this.end();
  }

  end(): void {
    if (this.#rest !== '') this.onLine(this.#rest);
    this.#rest = '';
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
