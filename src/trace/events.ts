/**
 * What a system-call trace says, as typed events. The parser makes them, rules and explanations read them.
 * Everything here comes from a hostile process: names, strings and paths are data, never markup, never trusted.
 */

/** A process or thread id as strace prints it: in the PID namespace of the traced container. */
export type Pid = number;

interface EventBase {
  /** 1-based line number in the trace; for a call that was suspended, the line on which it began. */
  readonly line: number;
  readonly pid: Pid;
  /** Seconds, on whatever clock the trace was made with (`-ttt`: Unix time; `-t`: time of day; `-r`: relative); undefined without one. */
  readonly time: number | undefined;
  /** The line as printed, without pid and time. A resumed call is joined to one text. At most the parser's line limit long. */
  readonly text: string;
}

/** One system call with its end, or, when the trace stops first, without it (`result.kind === 'unfinished'`). */
export interface SyscallEvent extends EventBase {
  readonly kind: 'syscall';
  readonly name: string;
  /** The arguments, parsed on first use: most events are never looked at that closely. */
  readonly args: readonly Value[];
  readonly result: SyscallResult;
  /** True when strace answered in place of the kernel (`(INJECTED)`): the sandbox refused or skipped the call. */
  readonly injected: boolean;
}

export type SyscallResult =
  /** `value` is the returned number (a handle, a count, an address); `path` is what `-y` says a returned descriptor is. */
  | { readonly kind: 'ok'; readonly value: number; readonly path?: string; readonly note?: string }
  /** `= -1 ENOENT (No such file or directory)` */
  | { readonly kind: 'error'; readonly errno: string; readonly message: string }
  /** `= ? ERESTARTSYS (To be restarted …)`: interrupted by a signal. */
  | { readonly kind: 'interrupted'; readonly errno: string; readonly message: string }
  /** `= ?`: the call never returned, as `exit_group`, or the process died in it. */
  | { readonly kind: 'none' }
  /** Still running when the trace ended. */
  | { readonly kind: 'unfinished' };

/** `--- SIGSEGV {si_signo=SIGSEGV, …} ---` */
export interface SignalEvent extends EventBase {
  readonly kind: 'signal';
  readonly signal: string;
  /** The fields of siginfo: `si_pid`, `si_uid`, `si_addr`, `si_code`, `si_syscall` … as printed. */
  readonly info: Readonly<Record<string, string>>;
}

/** `+++ exited with 0 +++` */
export interface ExitEvent extends EventBase {
  readonly kind: 'exit';
  readonly code: number;
}

/** `+++ killed by SIGKILL (core dumped) +++` */
export interface KilledEvent extends EventBase {
  readonly kind: 'killed';
  readonly signal: string;
  readonly coreDumped: boolean;
}

/** strace's own remarks (`strace: Process 12 attached`, stop notices), and what options such as `-e read` and `-k` add to calls. */
export interface NoticeEvent extends EventBase {
  readonly kind: 'notice';
  /** `+++ superseded by execve in pid 12 +++`: that thread's program goes on under this event's pid, and the thread is gone. */
  readonly supersededBy?: Pid;
  /**
   * On a terminal the lines of the first process are unmarked while it is alone. Now that there are others its number shows:
   * what was said of this pid (0) was said of this event's.
   */
  readonly formerPid?: Pid;
}

/** A line that the parser could not read. Counted and reported: a trace with one of these is not fully seen. */
export interface UnparsedEvent extends EventBase {
  readonly kind: 'unparsed';
  readonly reason: string;
}

export type TraceEvent = SyscallEvent | SignalEvent | ExitEvent | KilledEvent | NoticeEvent | UnparsedEvent;

/** One argument as strace prints it. */
export type Value =
  | { readonly type: 'number'; readonly value: number; readonly text: string }
  /** `text` is unescaped, one character per byte (Latin-1); `truncated` when strace's `-s` cut it (`"…"...`). */
  | { readonly type: 'string'; readonly text: string; readonly truncated: boolean }
  /** A descriptor with its `-y` annotation: `3</etc/passwd>`, `AT_FDCWD</tmp>`; `fd` is undefined for AT_FDCWD. */
  | { readonly type: 'fd'; readonly fd: number | undefined; readonly path: string; readonly deleted: boolean }
  /** `O_RDONLY|O_CLOEXEC`, `SIGKILL`, `NULL`, a flag word with an unknown rest (`MAP_PRIVATE|0x40`). */
  | { readonly type: 'flags'; readonly names: readonly string[] }
  | { readonly type: 'struct'; readonly fields: ReadonlyMap<string, Value>; readonly truncated: boolean }
  | { readonly type: 'array'; readonly items: readonly Value[]; readonly truncated: boolean }
  /** `htons(80)`, `inet_addr("192.0.2.1")`, `makedev(0x1, 0x3)` */
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Value[] }
  /** A pointer printed as an address; `text` keeps the hexadecimal. */
  | { readonly type: 'address'; readonly text: string }
  /** `{…} => {…}` or `[32] => [16]`: before and after the call. */
  | { readonly type: 'change'; readonly before: Value; readonly after: Value }
  /** Anything else, as printed. */
  | { readonly type: 'raw'; readonly text: string };

/** How much of a trace was read, and how well. */
export interface TraceStatistics {
  readonly lines: number;
  readonly bytes: number;
  readonly events: number;
  /** Lines that the parser could not read. */
  readonly unparsed: number;
  /** The first few of them, escaped and cut, for the report. */
  readonly unparsedExamples: readonly string[];
  /** Calls still open when the trace ended. */
  readonly unfinished: number;
  /** Lines longer than the parser's limit, whose end was cut. */
  readonly cutLines: number;
}

/** Calls that return the number of a process or thread that they started. */
export const STARTS_PROCESS: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);
