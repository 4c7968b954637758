/**
 * What a process did, whichever of several system calls it used: `open`, `openat` and `creat` are one act, and a rule reads
 * acts only. An act that failed is an act.
 */
import type { Frame, Phase } from '../core/schema.js';
import type { Pid, TraceEvent } from '../trace/events.js';
import type { Canary } from './canary.js';
import type { HelperKind } from './helpers.js';
import type { PathZone } from './path-zones.js';

interface ActBase {
  readonly event: TraceEvent;
  /** The call returned without an error; false for an attempt. */
  readonly ok: boolean;
  /** Done by a program that the model's own process started, or by a descendant of one. */
  readonly foreign: boolean;
}

interface OnPath extends ActBase {
  readonly path: string;
  readonly zone: PathZone;
}

export interface StartAct extends OnPath {
  readonly act: 'start';
  readonly argv: readonly string[];
  /** From memory or a descriptor, without a path of its own. */
  readonly fileless: boolean;
  /** In a process that another start led to: part of an attack chain that is reported already. */
  readonly withinStart: boolean;
  /** The program was made in this run. */
  readonly madeHere: boolean;
  /** Its first argument was: the script, if the program is an interpreter. */
  readonly argumentMadeHere: boolean;
  /** An earlier act of the run sent a request to another machine. */
  readonly contacted: boolean;
  /** `LD_PRELOAD=…` or `LD_AUDIT=…`, where the environment is known and holds it. */
  readonly preload: string | undefined;
  /** The kind of helper program, where Python or a library starts the program in exactly this way. */
  readonly helper: HelperKind | undefined;
  /** The same attempt as the failed one before: a search through PATH. */
  readonly again: boolean;
}

export interface ReadAct extends OnPath {
  readonly act: 'read';
  /** Only checks whether the file exists. */
  readonly probe: boolean;
  /** Made in this run. */
  readonly madeHere: boolean;
  /** By an interpreter that Python or a library started as a worker. */
  readonly byWorker: boolean;
  readonly folder: boolean;
  /** `path` is below /proc and of the very process that reads it. */
  readonly ownProcess: boolean;
  /** A program that was started looks for its own settings: curl for `~/.curlrc`. */
  readonly ownSettings: boolean;
}

/** Memory that can be run: a file's (a library), or, where `path` is empty, what the process itself puts there. */
export interface MapAct extends OnPath {
  readonly act: 'map';
  /** The file was made in this run, or is in memory alone. */
  readonly madeHere: boolean;
  readonly phase: Phase;
}

export interface ChangeAct extends OnPath {
  readonly act: 'change';
  readonly how: 'write' | 'create' | 'truncate' | 'folder' | 'link' | 'rename' | 'device' | 'attribute' | 'times';
  /** Name of the extended attribute that is set or removed. */
  readonly attribute?: string;
  /** Where a new link leads, absolute. */
  readonly target?: string;
  readonly ownProcess: boolean;
}

export interface DeleteAct extends OnPath {
  readonly act: 'delete';
  /** Number of paths outside the scratch space that the run has removed so far, this one included. */
  readonly total: number;
}

export interface ModeAct extends OnPath {
  readonly act: 'mode';
  readonly mode: number;
  /** True for a folder that the same run made: the permission bits mean something else there. */
  readonly isFolder: boolean;
}

/** A program or a script is put into a file. */
export interface DropAct extends OnPath {
  readonly act: 'drop';
  /** Stands in a sentence, article included. */
  readonly what: string;
}

/** Code under a name by which programs find it is there when the run ends: known at the end only. */
export interface PlantAct extends OnPath {
  readonly act: 'plant';
}

/** Asks to be told of what others do with a file or a folder. */
export interface WatchAct extends OnPath {
  readonly act: 'watch';
}

/** What the load or the use left changed in the interpreter of whoever loads the model. */
export interface StateAct extends ActBase {
  readonly act: 'state';
  readonly what: string;
  readonly to: string;
}

/** Something happened that the trace does not show, or shows as something else. */
export interface DeceivedAct extends ActBase {
  readonly act: 'deceived';
  /** A path, a program or an address. */
  readonly subject: string;
  readonly why: string;
}

export interface OwnerAct extends OnPath {
  readonly act: 'owner';
}

export interface ConnectAct extends ActBase {
  readonly act: 'connect' | 'send' | 'bind';
  readonly protocol: string;
  /** Numeric address; a path, or `@name`, for a local socket. */
  readonly address: string;
  readonly port: number | undefined;
  /** A local socket that this run made itself. */
  readonly own: boolean;
  /** What is sent, one character per byte. */
  readonly data?: string;
}

export interface ListenAct extends ActBase {
  readonly act: 'listen';
  /** What the socket was bound to, where that was seen. */
  readonly where: string;
  readonly local: boolean;
  /** A local socket in a folder that this run made: only who is told of it finds it. */
  readonly apart: boolean;
}

export interface LookUpAct extends ActBase {
  readonly act: 'look-up';
  readonly name: string;
  /** How many different names have been asked for, this one included. */
  readonly names: number;
}

export interface RawSocketAct extends ActBase {
  readonly act: 'raw-socket';
  readonly family: string;
}

export interface StdioAct extends ActBase {
  readonly act: 'socket-as-stdio';
  readonly fd: number;
}

export interface SignalAct extends ActBase {
  readonly act: 'signal';
  readonly signal: string;
  readonly target: number;
  readonly relation: 'itself' | 'descendant' | 'runner' | 'stranger';
}

/** A call where only name and flags matter. */
export interface CallAct extends ActBase {
  readonly act: 'call';
  readonly name: string;
  readonly flags: readonly string[];
  /** The name that the process gives itself. */
  readonly text?: string;
}

export interface MemoryFileAct extends ActBase {
  readonly act: 'memory-file';
  readonly name: string;
}

export interface WaitAct extends ActBase {
  readonly act: 'wait';
  /** Asked for by this call, and by all calls of the run so far. */
  readonly seconds: number;
  readonly total: number;
}

export interface LimitAct extends ActBase {
  readonly act: 'limit';
  readonly limit: 'processes' | 'files' | 'disk' | 'memory';
}

/** The kernel killed a call: `si_syscall` and `si_arch` of the SIGSYS. */
export interface ForbiddenAct extends ActBase {
  readonly act: 'forbidden';
  readonly name: string;
  readonly arch: string;
}

export interface CrashAct extends ActBase {
  readonly act: 'crash';
  readonly signal: string;
  readonly phase: Phase;
  /** The model had made functions of another Python's bytecode before, which do anything here. */
  readonly otherPython: boolean;
}

/** A process that goes on after the model's own process has ended. */
export interface LeftAct extends ActBase {
  readonly act: 'left';
  readonly pid: Pid;
  readonly argv: readonly string[];
}

/** A Python audit event of the runner's. */
export interface AuditAct extends ActBase {
  readonly act: 'audit';
  readonly name: string;
  readonly args: readonly string[];
  readonly frames: readonly Frame[];
  /** Path zone of the first argument, where that is a path. */
  readonly zone: PathZone;
}

/** A global that the pickle asked for, without an act seen that it led to: known at the end only. */
export interface UnusedGlobalAct extends ActBase {
  readonly act: 'global';
  readonly name: string;
}

/** The value of a canary leaves the process: proof of theft. */
export interface TheftAct extends ActBase {
  readonly act: 'theft';
  readonly canary: Canary;
  readonly encoding: string;
  readonly how: 'send' | 'look-up' | 'command' | 'file' | 'print';
  /** The other end, the name asked for, the command, or the path. */
  readonly where: string;
}

/** The model's own process ended of itself, and not the way the runner ends. */
export interface QuitAct extends ActBase {
  readonly act: 'quit';
  readonly code: number;
}

/** A document of the user (a canary) is overwritten, renamed or deleted. */
export interface DestroyAct extends ActBase {
  readonly act: 'destroy';
  readonly path: string;
  /** Number of documents so far, this one included. */
  readonly total: number;
}

/** A limit that no system call shows, and that the sandbox saw. */
export interface OutsideAct extends ActBase {
  readonly act: 'outside';
  readonly limit: OutsideLimit;
  /** The way it was reached shows intent. */
  readonly onPurpose: boolean;
}
export type OutsideLimit = 'memory' | 'output' | 'time' | 'trace';

/** A record of the runner's that the runner cannot have written. */
export interface ForgeryAct extends ActBase {
  readonly act: 'forgery';
  readonly why: string;
}

/** The model reached for the program that runs it, or changed what that goes by. */
export interface ReachedAct extends ActBase {
  readonly act: 'reached';
  readonly what: string;
}

export type Act =
  | StartAct
  | ReadAct
  | MapAct
  | ChangeAct
  | DeleteAct
  | ModeAct
  | DropAct
  | PlantAct
  | WatchAct
  | StateAct
  | DeceivedAct
  | OwnerAct
  | ConnectAct
  | ListenAct
  | LookUpAct
  | RawSocketAct
  | StdioAct
  | SignalAct
  | CallAct
  | MemoryFileAct
  | WaitAct
  | LimitAct
  | ForbiddenAct
  | CrashAct
  | LeftAct
  | AuditAct
  | UnusedGlobalAct
  | TheftAct
  | QuitAct
  | DestroyAct
  | OutsideAct
  | ForgeryAct
  | ReachedAct;

/** What an act needs besides its own facts. */
export type Facts<A = Act> = A extends Act ? Omit<A, 'event' | 'ok' | 'foreign'> : never;
