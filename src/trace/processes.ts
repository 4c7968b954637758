/**
 * Who is who in a trace: processes and threads, what they run, their descriptors and their current folders, followed call by call.
 *
 * Feed it every event, in order. What is then asked is answered for the event fed last: who does it is known, and its arguments mean
 * what they meant to the call, so that the path of a chdir and the descriptor of a close can still be told.
 */
import type { Pid, SyscallEvent, TraceEvent, Value } from './events.js';
import type { ProcessNode } from '../core/schema.js';
import { utf8 } from './values.js';

export interface ProcessTableLimits {
  /** Processes and threads remembered. */
  readonly processes?: number;
  /** Descriptors remembered for each table. */
  readonly descriptors?: number;
}

const MAX_PROCESSES = 4096;
/** The sandbox's own default limit of open files. */
const MAX_DESCRIPTORS = 1024;

export interface Descriptor {
  /** As `-y` names it: a path, `socket:[123]`, `pipe:[123]`; without `-y`, as opened: an absolute path, `socket`, `pipe`. */
  readonly path: string;
  readonly closeOnExec: boolean;
  /** Of a socket whose making was seen. */
  readonly protocol?: Protocol;
}

export type Protocol = 'TCP' | 'UDP' | 'unix' | 'netlink' | 'other';

interface Process {
  pid: Pid;
  /** Shared by the threads of a process and by those made with CLONE_FILES. */
  files: FileTable;
  /** Shared with CLONE_FS. Undefined: not known yet. */
  place: { folder: string | undefined };
  readonly node: MutableNode;
  /** Of the process that a thread belongs to; of itself otherwise. */
  leader: Pid;
  argv: readonly string[];
  ended: boolean;
  /** Whether the call that started it was seen. A child often runs before that call returns to its parent. */
  adopted: boolean;
  /** It has executed a program before it was adopted: what its parent would have closed then is closed. */
  executed: boolean;
}

type MutableNode = { -readonly [Key in keyof ProcessNode]: ProcessNode[Key] };

export class ProcessTable {
  private readonly maxProcesses: number;
  private readonly maxDescriptors: number;
  private readonly processes = new Map<Pid, Process>();
  /** Those to forget first. */
  private readonly ended = new Set<Pid>();
  private readonly reported: MutableNode[] = [];
  private started: number | undefined;
  private lastOmitted: Pid | undefined;
  private omittedProcesses = 0;
  private omittedDescriptors = 0;
  /** What the last call made of the folder and the descriptors that its arguments speak of; done when the next event comes. */
  private leaving: (() => void) | undefined;

  constructor(limits: ProcessTableLimits = {}) {
    this.maxProcesses = limits.processes ?? MAX_PROCESSES;
    this.maxDescriptors = limits.descriptors ?? MAX_DESCRIPTORS;
  }

  /** What the caps left out; either above zero means that an answer may be missing. */
  get omitted(): { readonly processes: number; readonly descriptors: number } {
    return { processes: this.omittedProcesses, descriptors: this.omittedDescriptors };
  }

  push(event: TraceEvent): void {
    this.leaving?.();
    this.leaving = undefined;
    if (event.kind === 'unparsed') return;
    if (event.kind === 'notice' && event.formerPid !== undefined) this.rename(event.formerPid, event.pid);
    if (event.kind === 'notice' && event.supersededBy === undefined) return;
    this.started ??= event.time;
    const process = this.find(event.pid, event.time);
    if (!process) return;
    switch (event.kind) {
      case 'syscall':
        if (event.result.kind === 'ok') this.succeeded(process, event);
        return;
      case 'exit':
        process.node.exitCode = event.code;
        this.end(process, event.time);
        return;
      case 'killed':
        process.node.signal = event.signal;
        this.end(process, event.time);
        return;
      case 'notice': {
        const thread = this.processes.get(event.supersededBy ?? event.pid);
        if (thread && thread !== process) this.end(thread, event.time);
        return;
      }
      case 'signal':
        return;
    }
  }

  private succeeded(process: Process, event: SyscallEvent): void {
    HANDLERS.get(event.name)?.(this.scope(process), event);
    const leave = LEAVERS.get(event.name);
    if (leave) this.leaving = () => leave(this.scope(process), event);
  }

  /** Processes and threads that have not been seen to end. */
  get living(): number {
    return [...this.processes.values()].filter(({ ended }) => !ended).length;
  }

  /** Processes and threads in the order they were first seen. */
  nodes(): ProcessNode[] {
    return this.reported.map((node) => ({ ...node }));
  }

  /** The process that a thread belongs to; `pid` itself when it is none, or not known. */
  processOf(pid: Pid): Pid {
    return this.processes.get(pid)?.leader ?? pid;
  }

  /** The process that started this one; of a thread, its process. */
  parentOf(pid: Pid): Pid | undefined {
    return this.processes.get(pid)?.node.parent;
  }

  /** Arguments of the program it runs, one character per byte; empty until an execve has succeeded. */
  argvOf(pid: Pid): readonly string[] {
    return this.processes.get(this.processOf(pid))?.argv ?? [];
  }

  describe(pid: Pid, fd: number): Descriptor | undefined {
    return this.processes.get(pid)?.files.get(fd);
  }

  /** The current folder, when it is known. */
  folderOf(pid: Pid): string | undefined {
    return this.processes.get(pid)?.place.folder;
  }

  /**
   * The absolute path that `path` means to the process, without `.`, `..` and empty parts; links are not followed. `folder` is the
   * directory argument of calls such as openat; undefined stands for the current folder. Undefined when that folder is not known.
   */
  resolvePath(pid: Pid, folder: Value | undefined, path: string): string | undefined {
    if (path.startsWith('/')) return normalise(path);
    const base = this.folderPath(pid, folder);
    return base?.startsWith('/') ? normalise(path === '' ? base : `${base}/${path}`) : undefined;
  }

  private folderPath(pid: Pid, folder: Value | undefined): string | undefined {
    if (folder?.type === 'fd') return folder.path;
    if (folder?.type === 'number') return this.describe(pid, folder.value)?.path;
    return this.folderOf(pid);
  }

  /** The process of an event: the one known under this pid, or a new one. */
  private find(pid: Pid, time: number | undefined): Process | undefined {
    const known = this.processes.get(pid);
    if (known && !known.ended) return known;
    return this.create(pid, time);
  }

  private create(pid: Pid, time: number | undefined): Process | undefined {
    if (this.processes.size >= this.maxProcesses && !this.processes.has(pid)) {
      const [oldest] = this.ended;
      if (oldest === undefined) {
        if (this.lastOmitted !== pid) this.omittedProcesses++;
        this.lastOmitted = pid;
        return undefined;
      }
      this.ended.delete(oldest);
      this.processes.delete(oldest);
    }
    const node: MutableNode = { pid, thread: false, argv: [] };
    if (time !== undefined) node.start = time - (this.started ?? time);
    if (this.reported.length < this.maxProcesses) this.reported.push(node);
    else this.omittedProcesses++;
    const process: Process = {
      pid,
      node,
      files: new FileTable(this.maxDescriptors, () => this.omittedDescriptors++),
      place: { folder: this.likelyFolder() },
      leader: pid,
      argv: [],
      ended: false,
      adopted: false,
      executed: false,
    };
    this.processes.delete(pid);
    this.ended.delete(pid);
    this.processes.set(pid, process);
    return process;
  }

  /** A process met before its parent's call returned is most likely where the first one is; its adoption sets that right. */
  private likelyFolder(): string | undefined {
    for (const first of this.processes.values()) return first.place.folder;
    return undefined;
  }

  private rename(former: Pid, pid: Pid): void {
    const process = this.processes.get(former);
    if (!process || this.processes.has(pid)) return;
    this.processes.delete(former);
    process.pid = pid;
    process.leader = pid;
    process.node.pid = pid;
    this.processes.set(pid, process);
    for (const other of this.processes.values()) {
      if (other.leader === former) other.leader = pid;
      if (other.node.parent === former) other.node.parent = pid;
    }
  }

  private end(process: Process, time: number | undefined): void {
    process.ended = true;
    if (time !== undefined) process.node.end = time - (this.started ?? time);
    this.ended.add(process.pid);
  }

  private adopt(parent: Process, event: SyscallEvent, pid: Pid, flags: readonly string[]): void {
    const met = this.processes.get(pid);
    // A child may even have ended by now; one that was adopted before is another that had the number.
    const child = met && !met.adopted && met !== parent ? met : this.create(pid, event.time);
    if (!child) return;
    child.adopted = true;
    const isThread = flags.includes('CLONE_THREAD');
    const own = flags.includes('CLONE_PARENT') && !isThread ? this.parentOf(parent.leader) : parent.leader;
    child.node.thread = isThread;
    if (own !== undefined) child.node.parent = own;
    if (isThread) child.leader = parent.leader;
    if (child.argv.length === 0) {
      child.argv = this.argvOf(parent.pid);
      child.node.argv = [...(this.processes.get(parent.leader)?.node.argv ?? [])];
    }
    if (flags.includes('CLONE_FILES') && !child.executed) {
      parent.files.take(child.files);
      child.files = parent.files;
    } else child.files.inherit(parent.files, child.executed);
    if (flags.includes('CLONE_FS') && !child.executed) child.place = parent.place;
    else if (!child.executed || child.place.folder === undefined) child.place = { ...parent.place };
  }

  private scope(process: Process): Scope {
    return {
      process,
      leader: this.processes.get(process.leader) ?? process,
      resolve: (folder, path) => this.resolvePath(process.pid, folder, path),
      adopt: (event, pid, flags) => this.adopt(process, event, pid, flags),
    };
  }
}

/** What a handler may look at and change. */
interface Scope {
  readonly process: Process;
  readonly leader: Process;
  readonly resolve: (folder: Value | undefined, path: string) => string | undefined;
  readonly adopt: (event: SyscallEvent, pid: Pid, flags: readonly string[]) => void;
}

type Handler = (scope: Scope, event: SyscallEvent) => void;

class FileTable {
  private readonly entries = new Map<number, Descriptor>();
  /** Closed before the call that made the process was seen to return. */
  private readonly closed = new Set<number>();

  constructor(
    private readonly limit: number,
    private readonly onOmitted: () => void,
  ) {}

  get(fd: number): Descriptor | undefined {
    return this.entries.get(fd);
  }

  set(fd: number, descriptor: Descriptor): void {
    if (this.entries.size < this.limit || this.entries.has(fd)) this.entries.set(fd, descriptor);
    else this.onOmitted();
  }

  setCloseOnExec(fd: number, closeOnExec: boolean): void {
    const entry = this.entries.get(fd);
    if (entry) this.entries.set(fd, { ...entry, closeOnExec });
  }

  delete(fd: number): void {
    if (!this.entries.delete(fd) && this.closed.size < this.limit) this.closed.add(fd);
  }

  deleteRange(first: number, last: number): void {
    for (const fd of this.entries.keys()) if (fd >= first && fd <= last) this.entries.delete(fd);
  }

  markRange(first: number, last: number): void {
    for (const fd of this.entries.keys()) if (fd >= first && fd <= last) this.setCloseOnExec(fd, true);
  }

  /** Fills in what a parent had open when it made the owner of this table. */
  inherit(parent: FileTable, executed: boolean): void {
    for (const [fd, descriptor] of parent.entries) {
      if (this.entries.has(fd) || this.closed.has(fd) || (executed && descriptor.closeOnExec)) continue;
      this.set(fd, descriptor);
    }
    this.closed.clear();
  }

  /** Adds what a thread had opened, and takes off what it had closed, before it was known to share this table. */
  take(thread: FileTable): void {
    for (const fd of thread.closed) this.delete(fd);
    for (const [fd, descriptor] of thread.entries) this.set(fd, descriptor);
  }

  /** A table of its own, as execve leaves it. */
  afterExec(): FileTable {
    const table = new FileTable(this.limit, this.onOmitted);
    for (const [fd, descriptor] of this.entries) if (!descriptor.closeOnExec) table.set(fd, descriptor);
    for (const fd of this.closed) table.closed.add(fd);
    return table;
  }

  copy(): FileTable {
    const table = new FileTable(this.limit, this.onOmitted);
    for (const [fd, descriptor] of this.entries) table.set(fd, descriptor);
    return table;
  }
}

/** The calls that change any of this, and how, once they have succeeded. */
const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['execve', (scope, event) => executed(scope, event.args[1])],
  ['execveat', (scope, event) => executed(scope, event.args[2])],
  ...['fork', 'vfork'].map((name): [string, Handler] => [name, (scope, event) => started(scope, event, [])]),
  ...['clone', 'clone3'].map((name): [string, Handler] => [
    name,
    (scope, event) => started(scope, event, cloneFlags(event.args)),
  ]),
  ['unshare', unshared],
  ['open', (scope, event) => opened(scope, event, undefined, event.args[0], flagsOf(event.args[1]))],
  ['creat', (scope, event) => opened(scope, event, undefined, event.args[0], [])],
  ['openat', (scope, event) => opened(scope, event, event.args[0], event.args[1], flagsOf(event.args[2]))],
  ['openat2', (scope, event) => opened(scope, event, event.args[0], event.args[1], openHow(event.args[2]))],
  ['memfd_create', (scope, event) => made(scope, event, 'memfd', flagsOf(event.args[1]))],
  ['socket', (scope, event) => made(scope, event, 'socket', flagsOf(event.args[1]), protocolOf(event.args))],
  ['accept', (scope, event) => made(scope, event, 'socket', [], listenersOf(scope, event))],
  ['accept4', (scope, event) => made(scope, event, 'socket', flagsOf(event.args[3]), listenersOf(scope, event))],
  ['socketpair', (scope, event) => pair(scope, event.args[3], 'socket', flagsOf(event.args[1]))],
  ['pipe', (scope, event) => pair(scope, event.args[0], 'pipe', [])],
  ['pipe2', (scope, event) => pair(scope, event.args[0], 'pipe', flagsOf(event.args[1]))],
  ['dup', (scope, event) => copied(scope, event, [])],
  ['dup2', (scope, event) => copied(scope, event, [])],
  ['dup3', (scope, event) => copied(scope, event, flagsOf(event.args[2]))],
  ['fcntl', controlled],
  ['fcntl64', controlled],
  ['getcwd', (scope, event) => moved(scope, undefined, event.args[0])],
]);

/** Of them those that take away what their arguments mean. */
const LEAVERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['close', (scope, event) => closed(scope, event.args[0])],
  ['close_range', closedRange],
  ['chdir', (scope, event) => moved(scope, undefined, event.args[0])],
  ['fchdir', (scope, event) => moved(scope, event.args[0], undefined)],
]);

function executed({ process, leader }: Scope, argv: Value | undefined): void {
  leader.argv = argv?.type === 'array' ? [...argv.items.map(word), ...(argv.truncated ? ['...'] : [])] : [];
  leader.node.argv = leader.argv.map(utf8);
  process.executed = !process.adopted;
  process.files = process.files.afterExec();
  process.place = { ...process.place };
}

function started(scope: Scope, event: SyscallEvent, flags: readonly string[]): void {
  if (event.result.kind === 'ok' && event.result.value > 0) scope.adopt(event, event.result.value, flags);
}

function unshared({ process }: Scope, event: SyscallEvent): void {
  const flags = flagsOf(event.args[0]);
  if (flags.includes('CLONE_FILES')) process.files = process.files.copy();
  if (flags.includes('CLONE_FS')) process.place = { ...process.place };
}

function opened(
  scope: Scope,
  event: SyscallEvent,
  folder: Value | undefined,
  path: Value | undefined,
  flags: readonly string[],
): void {
  if (folder?.type === 'fd' && folder.fd === undefined && folder.path.startsWith('/')) {
    scope.process.place.folder = folder.path;
  }
  const name = path?.type === 'string' ? path.text : '';
  made(scope, event, scope.resolve(folder, name) ?? name, flags);
}

/** A descriptor that the call returned; `-y` says best what it is. */
function made(
  { process }: Scope,
  event: SyscallEvent,
  path: string,
  flags: readonly string[],
  protocol?: Protocol,
): void {
  if (event.result.kind !== 'ok') return;
  process.files.set(event.result.value, {
    path: event.result.path ?? path,
    closeOnExec: closesOnExec(flags),
    ...(protocol === undefined ? {} : { protocol }),
  });
}

/** A connection speaks what the socket speaks that it came in through. */
function listenersOf({ process }: Scope, { args: [socket] }: SyscallEvent): Protocol | undefined {
  const fd = socket?.type === 'fd' ? socket.fd : socket?.type === 'number' ? socket.value : undefined;
  return fd === undefined ? undefined : process.files.get(fd)?.protocol;
}

function protocolOf([family, type]: readonly Value[]): Protocol {
  switch (flagsOf(family)[0]) {
    case 'AF_UNIX':
      return 'unix';
    case 'AF_NETLINK':
      return 'netlink';
    case 'AF_INET':
    case 'AF_INET6': {
      const types = flagsOf(type);
      if (types.includes('SOCK_STREAM')) return 'TCP';
      return types.includes('SOCK_DGRAM') ? 'UDP' : 'other';
    }
    default:
      return 'other';
  }
}

/** `[3<pipe:[123]>, 4<pipe:[123]>]` */
function pair({ process }: Scope, ends: Value | undefined, path: string, flags: readonly string[]): void {
  if (ends?.type !== 'array') return;
  for (const end of ends.items) {
    const fd = descriptorOf(end);
    if (fd !== undefined) {
      process.files.set(fd, { path: end.type === 'fd' ? end.path : path, closeOnExec: closesOnExec(flags) });
    }
  }
}

function copied(scope: Scope, event: SyscallEvent, flags: readonly string[]): void {
  const [from] = event.args;
  const fd = descriptorOf(from);
  if (fd === undefined || (event.result.kind === 'ok' && event.result.value === fd)) return;
  const known = scope.process.files.get(fd);
  const path = from?.type === 'fd' ? from.path : known?.path;
  if (path !== undefined) made(scope, event, path, flags, known?.protocol);
}

function controlled(scope: Scope, event: SyscallEvent): void {
  const [target, command, argument] = event.args;
  const [name] = flagsOf(command);
  if (name === 'F_DUPFD') copied(scope, event, []);
  else if (name === 'F_DUPFD_CLOEXEC') copied(scope, event, ['O_CLOEXEC']);
  else if (name === 'F_SETFD') {
    const fd = descriptorOf(target);
    if (fd !== undefined) scope.process.files.setCloseOnExec(fd, flagsOf(argument).includes('FD_CLOEXEC'));
  }
}

function closed({ process }: Scope, target: Value | undefined): void {
  const fd = descriptorOf(target);
  if (fd !== undefined) process.files.delete(fd);
}

function closedRange({ process }: Scope, event: SyscallEvent): void {
  const [first, last, how] = event.args;
  const from = descriptorOf(first) ?? 0;
  // `~0U` is printed as a number that fits, or in words.
  const to = descriptorOf(last) ?? Number.MAX_SAFE_INTEGER;
  if (flagsOf(how).includes('CLOSE_RANGE_UNSHARE')) process.files = process.files.copy();
  if (flagsOf(how).includes('CLOSE_RANGE_CLOEXEC')) process.files.markRange(from, to);
  else process.files.deleteRange(from, to);
}

function moved(scope: Scope, folder: Value | undefined, path: Value | undefined): void {
  const name = path?.type === 'string' && !path.truncated ? path.text : '';
  if (folder === undefined && name === '') scope.process.place.folder = undefined;
  else scope.process.place.folder = scope.resolve(folder, name);
}

function cloneFlags(args: readonly Value[]): readonly string[] {
  // clone names its arguments, clone3 has them in a struct: a struct with a field `flags` either way.
  for (const arg of args) {
    const printed = arg.type === 'change' ? arg.before : arg;
    const flags = printed.type === 'struct' ? printed.fields.get('flags') : undefined;
    if (flags) return flagsOf(flags);
  }
  return [];
}

function openHow(how: Value | undefined): readonly string[] {
  return how?.type === 'struct' ? flagsOf(how.fields.get('flags')) : [];
}

function closesOnExec(flags: readonly string[]): boolean {
  return flags.some((flag) => flag.endsWith('_CLOEXEC'));
}

function flagsOf(value: Value | undefined): readonly string[] {
  return value?.type === 'flags' ? value.names : [];
}

function descriptorOf(value: Value | undefined): number | undefined {
  if (value?.type === 'fd') return value.fd;
  return value?.type === 'number' ? value.value : undefined;
}

function word(value: Value): string {
  if (value.type === 'string') return value.truncated ? `${value.text}...` : value.text;
  return value.type === 'flags' ? value.names.join('|') : '?';
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
