/** Input and output types of the dynamic analysis. Pure: the same events give the same result. */
import type { TraceEvent } from '../trace/events.js';
import type { Canary } from './canary.js';
import type { OutsideLimit } from './acts.js';
import type { RunFolders } from './path-zones.js';
import type { WitnessedAct } from './traced-files.js';
import type {
  Conversation,
  Finding,
  LimitHit,
  LoadOutcome,
  Phase,
  ProcessNode,
  TimelineEntry,
} from '../core/schema.js';

/** What is known about the run before it starts. */
export interface RunContext extends RunFolders {
  /** Marks the records of the runner, see channel.ts. */
  readonly nonce: string;
  /** What a harmless model of this format does in this image. */
  readonly baseline: ImageBaseline;
  /** Globals that the pickle asks for, from the static side, to name the opcode that led to a call. */
  readonly globals: readonly { readonly global: string; readonly offset: number; readonly member?: string }[];
  /** The canaries of this run. */
  readonly canaries: readonly Canary[];
  /** A test case loads and uses the model in one phase. */
  readonly usesInLoad?: boolean;
  /** Descriptors per process, processes: to name the limit when a call fails on it. */
  readonly limits: {
    readonly nofile: number;
    readonly pids: number;
    readonly scratchMiB: number;
    readonly memoryMiB: number;
    /** Size of all files of the model together, in bytes, where it is known. */
    readonly modelBytes?: number;
  };
}

/**
 * How often a harmless model of one format triggers a rule on one subject (`DYN-READ-ENVIRON /proc/self/environ` → 1).
 * Only what exceeds the count is a finding, so a model cannot hide an act behind a framework's own.
 */
export type ImageBaseline = ReadonlyMap<string, number>;

export interface BehaviorResult {
  readonly findings: readonly Finding[];
  readonly load: LoadOutcome;
  readonly processes: readonly ProcessNode[];
  readonly timeline: readonly TimelineEntry[];
  readonly timelineOmitted: number;
  readonly conversations: readonly Conversation[];
  /** Limits that show in the trace (EAGAIN on fork, EMFILE, ENOSPC, ENOMEM); those the engine reports are added by the scan. */
  readonly limits: readonly LimitHit[];
  /** Coverage gaps of the dynamic side: each makes the scan inconclusive. */
  readonly gaps: readonly string[];
  /** Seconds of waiting that were skipped, as far as the trace shows it; summed over all threads that waited. */
  readonly skippedSleep: number;
  /** Functions were made of bytecode that is not the interpreter's own: they behave differently here from how they were written. */
  readonly otherPython: boolean;
  /** Every rule and subject that matched, with its count, before the baseline was taken off: to record a baseline. */
  readonly matches: ImageBaseline;
}

export interface SinkholeMessage {
  /** Numeric. */
  readonly address: string;
  readonly port: number | undefined;
  /** One character per byte, or decoded; what is packed in it follows. */
  readonly text: string;
  readonly unpacked?: readonly string[];
}

export interface BehaviorAnalysis {
  /** The phase the run is in now, for progress. */
  readonly phase: Phase;
  /** Whether every process that was seen has ended. */
  readonly isOver: boolean;
  /** Takes the next event; returns the findings that are new or changed by it. */
  push(event: TraceEvent): readonly Finding[];
  /** A limit that no system call shows; `text` says what happened. */
  limitReached(limit: OutsideLimit, text: string): void;
  /** Data that the sandbox's own network received, in plain text: a canary in it is proof of theft. */
  received(message: SinkholeMessage): void;
  /** The first thread of a process was ended by this signal, 0 where it ended itself, and the process went on; the trace does not show it. */
  leaderEnded(signal: number): void;
  /** What the kernel told of files: an act that the trace does not have is a deception. */
  witnessed(acts: readonly WitnessedAct[]): void;
  /** A file that the run made or changed and that is there in the end: its first bytes, and what they unpack to, one character per byte. */
  left(path: string, contents: readonly string[]): void;
  /** Call once, after the last event and after the sandbox's own observations. */
  finish(): BehaviorResult;
}
