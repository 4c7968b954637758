/** The dynamic side: image, baseline, one sandbox run, and its result. */
import { randomBytes } from 'node:crypto';
import type { ImageBaseline } from '../behavior/behavior-analysis.js';
import type { Engine } from '../docker/engine.js';
import { boundByHost, type BoundedSettings } from '../docker/host-bounds.js';
import type { SandboxImage } from '../docker/image.js';
import { MODEL_HOME } from '../core/tool.js';
import { pathInside, runSandbox, type SandboxJob, type SandboxResult } from '../docker/sandbox.js';
import { startSinkhole, type Sinkhole } from '../docker/sinkhole.js';
import type { LoadableFormat } from '../core/formats.js';
import { escapeAndCut } from '../core/escape.js';
import type { LoadOutcome, Phase, ScanReport } from '../core/schema.js';
import type { TraceStatistics } from '../trace/events.js';
import { utf8 } from '../trace/values.js';
import type { ScanStage } from './scan-request.js';
import { baselineFormat, importsOf, prepareImage, type PreparedImage } from './choose-image.js';
import { heardNowhere, joinConversations, sinkholeMessage } from './conversations.js';
import { makeCanaries, type Canaries } from './canaries.js';
import { LineSplitter } from './line-splitter.js';
import { explainLoad } from './load-problems.js';
import { mountsFor, type Mounts } from './mounts.js';
import { EMPTY_RUN, type ModelRun, type ModelToRun, type RunHooks } from './model-to-run.js';
import { gapsOf, limitsOf } from './run-limits.js';
import { POLICY, type SandboxSession } from './session.js';
import { SettleTimer } from './settle-timer.js';
import { TraceRun } from './trace-run.js';
import { unfold } from './unfold.js';

/** Characters of the model's output that the report keeps, of each stream. */
const OUTPUT_SHOWN = 16_384;

/**
 * Runs one model in a sandbox. Throws UserError when there is no engine or image or the sandbox cannot be run, CancelledError when cancelled.
 *
 * Example: `const run = await runModel(model, session, hooks);`
 */
export async function runModel(model: ModelToRun, session: SandboxSession, hooks: RunHooks): Promise<ModelRun> {
  hooks.onProgress('engine', 'looking for a container engine');
  const engine = await session.engine(hooks.signal);
  hooks.onProgress('image', 'preparing the sandbox image');
  const prepared = await prepareImage(model, session, hooks);
  // The sinkhole starts while the baseline is read and the file is made readable.
  const starting = startSinkhole(engine, prepared.image, model.settings, hooks.signal);
  // The sinkhole can fail before any code waits for it; the code that waits later gets the error.
  starting.catch(() => undefined);
  try {
    const bounded = boundByHost(model.settings, engine);
    if (bounded.reasons.size > 0) hooks.onProgress('start', [...bounded.reasons.values()].join(' '));
    const harmless = await readBaseline(model, prepared, session, hooks);
    const mounts = await mountsFor(model, prepared.code);
    try {
      const run = await runInside({ engine, prepared, bounded, starting, mounts, ...harmless }, model, hooks);
      return explained(run, model, prepared);
    } finally {
      await mounts.remove();
    }
  } finally {
    await starting.then(
      (network) => network.close(),
      () => undefined, // the code that waited for it has got the error
    );
  }
}

/** The harmless acts that are subtracted from the model's acts. */
interface Harmless {
  readonly format: LoadableFormat;
  readonly baseline: ImageBaseline;
}

async function readBaseline(
  model: ModelToRun,
  { image, lacking }: PreparedImage,
  session: SandboxSession,
  { onProgress, signal }: RunHooks,
): Promise<Harmless> {
  const format = baselineFormat(model, image.layer, lacking);
  const onRecord = (): void => {
    onProgress('baseline', `recording what a harmless ${format} model does (once per image)`);
  };
  return { format, baseline: await session.baseline(image, format, onRecord, signal) };
}

/** All inputs of a run besides the model. */
interface Stage extends Harmless {
  readonly engine: Engine;
  readonly prepared: PreparedImage;
  readonly bounded: BoundedSettings;
  readonly starting: Promise<Sinkhole>;
  readonly mounts: Mounts;
}

async function runInside(stage: Stage, model: ModelToRun, hooks: RunHooks): Promise<ModelRun> {
  const { engine, prepared, bounded, baseline, mounts } = stage;
  const { image } = prepared;
  hooks.onProgress('start', 'starting the sandbox');
  const nonce = randomBytes(12).toString('hex');
  const canaries = makeCanaries(MODEL_HOME);
  const run = new TraceRun(
    {
      modelPath: pathInside(mounts.model),
      nonce,
      baseline,
      globals: model.analysis.globals,
      canaries: canaries.known,
      usesInLoad: mounts.testCase !== undefined,
      settings: bounded.settings,
      modelBytes: model.size,
    },
    { onFindings: hooks.onFindings, onPhase: (phase) => hooks.onProgress(...PHASE_PROGRESS[phase]) },
  );
  const network = await stage.starting;
  network.ready.then(
    ({ notes }) => notes.forEach((note) => hooks.onProgress('start', note)),
    () => undefined, // the run waits for it, and reports its error
  );
  const settle = new SettleTimer(bounded.settings.settle, () => run.isOver);
  const lines = hooks.onTraceLine && new LineSplitter(hooks.onTraceLine);
  let result: SandboxResult;
  try {
    result = await runSandbox(engine, image, jobOf(stage, model, { nonce, canaries, network }), {
      signal: hooks.signal,
      onStarted: (stop) => settle.onExpiry(stop),
      onTrace: (chunk) => {
        lines?.push(chunk);
        run.push(chunk);
        if (run.mainEnded) settle.start();
      },
    });
  } catch (error) {
    // Acts before the failure still count.
    if (run.began) hooks.onBrokenOff(brokenOff(run, image, engine));
    throw error;
  } finally {
    settle.clear();
  }
  lines?.end();
  return await described(result, run, settle.expired, stage);
}

function jobOf(
  { prepared, bounded, format, mounts }: Stage,
  model: ModelToRun,
  { nonce, canaries, network }: Pick<SandboxJob, 'nonce' | 'network'> & { readonly canaries: Canaries },
): SandboxJob {
  const { testCase } = mounts;
  return {
    format,
    model: mounts.model,
    mounts: mounts.mounts,
    ...(testCase === undefined ? {} : { testCase }),
    imports: importsOf(model, prepared.image.layer),
    code: mounts.code,
    stubClasses: testCase === undefined ? model.code.mains : [],
    folder: mounts.folder,
    nonce,
    policy: POLICY,
    settings: bounded.settings,
    files: canaries.files,
    environment: canaries.environment,
    network,
  };
}

async function described(
  result: SandboxResult,
  run: TraceRun,
  settleExpired: boolean,
  { engine, prepared, bounded, mounts }: Stage,
): Promise<ModelRun> {
  const limits = limitsOf(result, settleExpired, bounded);
  run.witness(limits, await Promise.all(result.network.talks.map(sinkholeMessage)), result.leaders);
  await holdAgainst(result, run);
  const { behavior, statistics } = run.finish();
  const neverOpened = mounts.testCase !== undefined && !run.modelOpened && behavior.load.outcome === 'loaded';
  return {
    ...behavior,
    code: new Set(prepared.code.files.map(({ name }) => name)),
    modelHashes: result.modelHashes,
    load: loadOutcome(behavior.load, result, run.mainEnded),
    conversations: await joinConversations(behavior.conversations, result.network.talks),
    limits: [...behavior.limits, ...limits],
    gaps: [
      ...behavior.gaps,
      ...gapsOf(result, settleExpired, run.mainEnded),
      ...(neverOpened ? ["The test case never opened the model's file, so nothing of the model was seen."] : []),
    ],
    output: outputOf(result),
    trace: traceOf(statistics),
    sandbox: sandboxOf(prepared.image, engine, Math.max(behavior.skippedSleep, result.skippedSeconds)),
    durations: { sandboxStart: round(result.startSeconds), sandbox: round(result.totalSeconds) },
  };
}

/** The witness's paths have one character per byte, the trace's are text. */
async function holdAgainst({ witness }: SandboxResult, run: TraceRun): Promise<void> {
  const left = [];
  for (const { path, content } of witness.left) left.push({ path: utf8(path), contents: await unfold(content) });
  run.hold(
    witness.acts.map(({ kind, paths }) => ({ kind, paths: paths.map(utf8) })),
    left,
  );
}

function brokenOff(run: TraceRun, image: SandboxImage, engine: Engine): ModelRun {
  const { behavior, statistics } = run.finish();
  return {
    ...EMPTY_RUN,
    ...behavior,
    load: run.mainEnded ? behavior.load : { ...behavior.load, outcome: 'stopped' },
    conversations: heardNowhere(behavior.conversations),
    limits: [...behavior.limits],
    trace: traceOf(statistics),
    sandbox: sandboxOf(image, engine, behavior.skippedSleep),
  };
}

/** How image and packages explain the outcome of the run. */
function explained(run: ModelRun, model: ModelToRun, { variant, lacking, asked, code }: PreparedImage): ModelRun {
  const { load, output, otherPython, sandbox } = run;
  const { python, requirements } = variant;
  const { why, packages } = explainLoad({ load, stderr: output.stderr, lacking, asked, python, otherPython });
  return {
    ...run,
    load: {
      ...load,
      ...(packages.length > 0 ? { packages: [...packages] } : {}),
      ...(load.standIns && model.code.definers.length > 0 ? { definedIn: [...model.code.definers] } : {}),
    },
    gaps: [...run.gaps, ...code.gaps, ...variant.gaps, ...(load.outcome === 'loaded' ? [] : variant.caveats), ...why],
    ...(sandbox && variant.why.length > 0
      ? { sandbox: { ...sandbox, variant: { python, packages: [...requirements], why: [...variant.why] } } }
      : {}),
  };
}

function loadOutcome(load: LoadOutcome, { end }: SandboxResult, mainEnded: boolean): LoadOutcome {
  return end !== 'finished' && !mainEnded ? { ...load, outcome: 'stopped' } : load;
}

function outputOf({ stdout, stderr, omittedBytes }: SandboxResult): ScanReport['output'] {
  return {
    stdout: escapeOutput(stdout),
    stderr: escapeOutput(stderr),
    omittedBytes: omittedBytes + Math.max(0, stdout.length - OUTPUT_SHOWN) + Math.max(0, stderr.length - OUTPUT_SHOWN),
  };
}

function escapeOutput(output: Buffer): string {
  return output
    .subarray(0, OUTPUT_SHOWN)
    .toString('utf8')
    .split('\n')
    .map((line) => escapeAndCut(line, OUTPUT_SHOWN))
    .join('\n');
}

function traceOf({ lines, bytes, unparsed, unparsedExamples }: TraceStatistics): ScanReport['trace'] {
  return { lines, bytes, unparsed, unparsedExamples: [...unparsedExamples] };
}

function sandboxOf(image: SandboxImage, engine: Engine, skippedSleep: number): ScanReport['sandbox'] {
  return { image: image.tag, engine: engine.name, skippedSleep };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
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
