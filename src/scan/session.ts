/** The state that the scans of one request share: the connection to the engine, made when the first model needs it, and the baselines. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ImageBaseline, BehaviorResult } from '../behavior/behavior-analysis.js';
import { NEEDED_BY_TRACER, REFUSED, SKIPPED_SLEEPS, TRACED, UNAVAILABLE } from '../behavior/syscalls.js';
import { DEFAULT_SETTINGS, type Settings } from '../config/settings.js';
import { privateFolder, writeCacheFile } from '../docker/cache.js';
import { connectEngine, type Engine } from '../docker/engine.js';
import { boundByHost } from '../docker/host-bounds.js';
import type { SandboxImage, Wanted } from '../docker/image.js';
import { modulesIn } from '../docker/image-modules.js';
import { ensureImage } from '../docker/images.js';
import { FRAMEWORKS, HARMLESS_IMPORTS, isInLayer, type Layer } from '../docker/layers.js';
import { reapContainers, untilAborted } from '../docker/container.js';
import { MODEL_HOME } from '../core/tool.js';
import { harmlessModel, runSandbox, START_FOLDER } from '../docker/sandbox.js';
import type { CallPolicy } from '../docker/seccomp.js';
import { startSinkhole } from '../docker/sinkhole.js';
import type { LoadableFormat } from '../core/formats.js';
import { UserError } from '../core/user-error.js';
import { makeCanaries } from './canaries.js';
import type { EarlierRuns } from './earlier-runs.js';
import type { Project } from './project.js';
import { analyseTrace, EMPTY_BASELINE } from './trace-run.js';
import { removeAbandonedCopies } from './readable-copy.js';

export const POLICY: CallPolicy = {
  traced: TRACED,
  refused: REFUSED,
  neededByTracer: NEEDED_BY_TRACER,
  unavailable: UNAVAILABLE,
  skipped: SKIPPED_SLEEPS,
  allSockets: false,
};

/** Fixed: a recorded baseline is read back with it. */
const BASELINE_NONCE = 'baseline';

export class SandboxSession {
  #engine: Promise<Engine> | undefined;
  readonly #modules = new Map<string, Promise<ReadonlySet<string>>>();
  readonly #baselines = new Map<string, Promise<ImageBaseline>>();

  constructor(
    private readonly settings: Settings,
    /** The project whose versions the sandbox is to have, if the user names one. */
    readonly project?: Project,
    /** Runs that need not be made again, if the user wants that. */
    readonly earlier?: EarlierRuns,
  ) {}

  /** Connects once; also removes the containers and copies that an earlier, killed DynScan left behind. */
  engine(signal: AbortSignal): Promise<Engine> {
    this.#engine ??= connectEngine(this.settings, signal).then(async (engine) => {
      await Promise.all([reapContainers(engine, signal), removeAbandonedCopies()]);
      return engine;
    });
    return untilAborted(this.#engine, signal);
  }

  async image(
    layer: Layer,
    wanted: Wanted,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<SandboxImage> {
    return ensureImage(await this.engine(signal), layer, this.settings, onProgress, signal, wanted);
  }

  /** The modules that the image lacks. The image is only asked about modules that not every image of its layer has. */
  async lacking(image: SandboxImage, modules: readonly string[], signal: AbortSignal): Promise<string[]> {
    const doubtful = modules.filter((module) => !isInLayer(image.layer, module));
    if (doubtful.length === 0) return [];
    let there = this.#modules.get(image.id);
    if (!there) {
      there = modulesIn(await this.engine(signal), image, signal);
      // Another scan may be able to read the list that this one could not.
      there.catch(() => this.#modules.delete(image.id));
      this.#modules.set(image.id, there);
    }
    const had = await untilAborted(there, signal);
    return doubtful.filter((module) => !had.has(module));
  }

  /**
   * The acts of a harmless model of this format in this image. Recorded as a raw trace the first time and kept, so that the current rules judge it: a
   * changed rule needs no new recording.
   */
  baseline(
    image: SandboxImage,
    format: LoadableFormat,
    onRecord: () => void,
    signal: AbortSignal,
  ): Promise<ImageBaseline> {
    const key = `${image.id} ${format}`;
    let baseline = this.#baselines.get(key);
    if (!baseline) {
      baseline = this.#readOrRecord(image, format, onRecord, signal);
      // A cancelled recording does not count for the next scan.
      baseline.catch(() => this.#baselines.delete(key));
      this.#baselines.set(key, baseline);
    }
    return baseline;
  }

  async #readOrRecord(
    image: SandboxImage,
    format: LoadableFormat,
    onRecord: () => void,
    signal: AbortSignal,
  ): Promise<ImageBaseline> {
    const id = createHash('sha256')
      .update(JSON.stringify([image.id, format, POLICY, baselineImports(image.layer)]))
      .digest('hex')
      .slice(0, 24);
    const file = async () => join(await privateFolder('baselines'), `${format}-${id}.trace.gz`);
    const maxOutputLength = roomy(this.settings).traceLimit * 1024 * 1024;
    const kept = await file()
      .then((path) => readFile(path))
      .then((packed) => gunzipSync(packed, { maxOutputLength }))
      .catch(() => undefined); // damaged, too long, not there or out of reach: recorded anew
    const known = kept && this.#judge(kept, format);
    if (known?.load.outcome === 'loaded' && known.gaps.length === 0) return known.matches;
    onRecord();
    const trace = await this.#record(image, format, signal);
    const { load, gaps, matches } = this.#judge(trace, format);
    // Not kept: a machine that was too busy once would fail every scan to come.
    if (load.outcome === 'stopped') {
      throw new UserError(
        `The harmless ${format} model of the image ${image.tag} was not done within ${BASELINE_SECONDS} seconds: the machine is too busy to tell what a model does from what the framework does. Scan again when it has less to do.`,
      );
    }
    if (load.outcome !== 'loaded' || gaps.length > 0) {
      throw new UserError(
        `The harmless ${format} model of the image ${image.tag} does not load in the sandbox (${load.error?.message ?? load.outcome}), ` +
          'so what a model does cannot be told from what the framework does. Rebuild the image: `dynscan image remove --all`, then scan again; Check Environment (`dynscan doctor`) checks the rest.',
      );
    }
    try {
      await writeCacheFile(await file(), gzipSync(trace));
    } catch {
      // A cache that cannot be written to is no reason to fail a scan: the next one records it anew.
    }
    return matches;
  }

  #judge(trace: Buffer, format: LoadableFormat): BehaviorResult {
    return analyseTrace([trace], baselineContext(format, this.settings)).behavior;
  }

  async #record(image: SandboxImage, format: LoadableFormat, signal: AbortSignal): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const canaries = makeCanaries(MODEL_HOME);
    const engine = await this.engine(signal);
    const network = await startSinkhole(engine, image, this.settings, signal);
    try {
      const { end } = await runSandbox(
        engine,
        image,
        {
          format,
          model: { imagePath: harmlessModel(format) },
          mounts: [],
          imports: baselineImports(image.layer),
          code: false,
          stubClasses: [],
          folder: START_FOLDER,
          nonce: BASELINE_NONCE,
          policy: POLICY,
          settings: boundByHost(roomy(this.settings), engine).settings,
          files: canaries.files,
          environment: canaries.environment,
          network,
        },
        { signal, onTrace: (chunk) => chunks.push(Buffer.from(chunk)) },
      );
      if (end === 'lost') {
        throw new UserError(
          `The container engine at ${engine.endpoint} went away while a harmless model ran in it. See whether it runs (Check Environment, \`dynscan doctor\`), start it again if need be, and scan again.`,
        );
      }
    } finally {
      await network.close();
    }
    return Buffer.concat(chunks);
  }
}

/** Seconds for a harmless model; it takes a few on an idle machine. */
const BASELINE_SECONDS = 600;

/** Limits that the user sets low for a model must not end the harmless model of its baseline. */
function roomy(settings: Settings): Settings {
  const atLeast = (name: 'cpus' | 'memory' | 'pids' | 'nofile' | 'scratch' | 'traceLimit'): number =>
    Math.max(settings[name], DEFAULT_SETTINGS[name]);
  return {
    ...settings,
    timeout: BASELINE_SECONDS,
    cpus: atLeast('cpus'),
    memory: atLeast('memory'),
    pids: atLeast('pids'),
    nofile: atLeast('nofile'),
    scratch: atLeast('scratch'),
    traceLimit: atLeast('traceLimit'),
  };
}

function baselineImports(layer: Layer): readonly string[] {
  return [...FRAMEWORKS[layer], ...HARMLESS_IMPORTS];
}

function baselineContext(format: LoadableFormat, settings: Settings) {
  return {
    modelPath: harmlessModel(format),
    nonce: BASELINE_NONCE,
    baseline: EMPTY_BASELINE,
    globals: [],
    // A harmless model steals nothing.
    canaries: [],
    settings,
  };
}
