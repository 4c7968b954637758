/** Turns a raw trace into findings: the parser and the behaviour rules, joined. */
import type {
  ImageBaseline,
  BehaviorAnalysis,
  BehaviorResult,
  SinkholeMessage,
  RunContext,
} from '../behavior/behavior-analysis.js';
import { createAnalysis } from '../behavior/analysis.js';
import type { Settings } from '../config/settings.js';
import { MODEL_HOME } from '../core/tool.js';
import { SCRATCH } from '../docker/sandbox.js';
import type { Finding, LimitHit, Phase } from '../core/schema.js';
import type { WitnessedAct } from '../behavior/traced-files.js';
import type { Pid, TraceEvent, TraceStatistics } from '../trace/events.js';
import { TraceParser } from '../trace/parser.js';

export const EMPTY_BASELINE: ImageBaseline = new Map();

export interface TraceContext {
  readonly modelPath: string;
  readonly nonce: string;
  readonly baseline: ImageBaseline;
  readonly globals: RunContext['globals'];
  readonly canaries: RunContext['canaries'];
  readonly usesInLoad?: boolean;
  readonly settings: Settings;
  readonly modelBytes?: number;
}

export interface TraceHooks {
  readonly onFindings?: (findings: readonly Finding[]) => void;
  /** Called when the run enters another phase, before the findings of that phase. */
  readonly onPhase?: (phase: Phase) => void;
}

/** One trace as it streams. */
export class TraceRun {
  readonly #parser = new TraceParser();
  readonly #analysis: BehaviorAnalysis;
  #mainPid: Pid | undefined;
  #phase: Phase = 'start';
  /** Whether any event was seen. */
  get began(): boolean {
    return this.#mainPid !== undefined;
  }
  /** Whether the first process, the runner's, has ended. */
  mainEnded = false;
  /** Whether every process that was seen has ended. */
  get isOver(): boolean {
    return this.#analysis.isOver;
  }
  /** Whether the model's file, or one in its folder, was opened. */
  modelOpened = false;

  constructor(
    private readonly context: TraceContext,
    private readonly hooks: TraceHooks = {},
  ) {
    const { settings } = context;
    this.#analysis = createAnalysis({
      modelPath: context.modelPath,
      nonce: context.nonce,
      scratch: SCRATCH,
      home: MODEL_HOME,
      baseline: context.baseline,
      globals: context.globals,
      canaries: context.canaries,
      ...(context.usesInLoad === undefined ? {} : { usesInLoad: context.usesInLoad }),
      limits: {
        nofile: settings.nofile,
        pids: settings.pids,
        scratchMiB: settings.scratch,
        memoryMiB: settings.memory,
        ...(context.modelBytes === undefined ? {} : { modelBytes: context.modelBytes }),
      },
    });
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#parser.push(chunk));
  }

  /** Events that the trace does not show: limits that the sandbox itself saw reached, messages to its network, and first threads that ended. Before `finish`. */
  witness(limits: readonly LimitHit[], received: readonly SinkholeMessage[], leaders: readonly number[]): void {
    for (const { limit, text } of limits) {
      if (limit === 'memory' || limit === 'time' || limit === 'trace' || limit === 'output')
        this.#analysis.limitReached(limit, text);
    }
    for (const message of received) this.#analysis.received(message);
    for (const signal of leaders) this.#analysis.leaderEnded(signal);
  }

  /** The kernel's own word on files. Before `finish`. */
  hold(
    acts: readonly WitnessedAct[],
    left: readonly { readonly path: string; readonly contents: readonly string[] }[],
  ): void {
    this.#analysis.witnessed(acts);
    for (const { path, contents } of left) this.#analysis.left(path, contents);
  }

  finish(): { readonly behavior: BehaviorResult; readonly statistics: TraceStatistics } {
    this.#take(this.#parser.end());
    return { behavior: this.#analysis.finish(), statistics: this.#parser.statistics };
  }

  #take(events: readonly TraceEvent[]): void {
    for (const event of events) {
      this.#mainPid ??= event.pid;
      if ((event.kind === 'exit' || event.kind === 'killed') && event.pid === this.#mainPid) this.mainEnded = true;
      this.modelOpened ||= opens(event, this.context.modelPath);
      const findings = this.#analysis.push(event);
      if (this.#analysis.phase !== this.#phase) {
        this.#phase = this.#analysis.phase;
        this.hooks.onPhase?.(this.#phase);
      }
      if (findings.length > 0) this.hooks.onFindings?.(findings);
    }
  }
}

function opens(event: TraceEvent, path: string): boolean {
  if (event.kind !== 'syscall' || event.result.kind !== 'ok' || event.result.path === undefined) return false;
  const opened = event.result.path;
  return /^open/.test(event.name) && (opened === path || opened.startsWith(`${path}/`));
}

/** A whole trace at once. */
export function analyseTrace(chunks: Iterable<Uint8Array>, context: TraceContext): ReturnType<TraceRun['finish']> {
  const run = new TraceRun(context);
  for (const chunk of chunks) run.push(chunk);
  return run.finish();
}
