/**
 * Processes and threads of a trace: what they run, their descriptors and their current folders, followed call by call.
 *
 * Feed it every event, in order. Queries are answered for the event fed last: its process is known, and its arguments mean what they meant to the
 * call, so that the path of a chdir and the descriptor of a close can still be resolved.
 */
import type { ProcessNode } from '../core/schema.js';
import type { Pid, SyscallEvent, TraceEvent, Value } from './events.js';
import { type Descriptor, FileTable } from './file-table.js';
import { HANDLERS, LEAVERS, type MutableNode, type Process, type Scope } from './process-calls.js';

export interface ProcessTableLimits {
  /** Processes and threads remembered. */
  readonly processes?: number;
  /** Descriptors remembered for each table. */
  readonly descriptors?: number;
}

const MAX_PROCESSES = 4096;

/** The sandbox's own default limit of open files. */
const MAX_DESCRIPTORS = 1024;

export class ProcessTable {
  private readonly maxProcesses: number;
  private readonly maxDescriptors: number;
  private readonly processes = new Map<Pid, Process>();
  /** Processes that have ended, which are forgotten first. */
  private readonly ended = new Set<Pid>();
  private readonly reported: MutableNode[] = [];
  private started: number | undefined;
  private lastOmitted: Pid | undefined;
  private omittedProcesses = 0;
  private omittedDescriptors = 0;
  /** The pending change by the last call of the folder and the descriptors that its arguments name; applied when the next event comes. */
  private leaving: (() => void) | undefined;

  constructor(limits: ProcessTableLimits = {}) {
    this.maxProcesses = limits.processes ?? MAX_PROCESSES;
    this.maxDescriptors = limits.descriptors ?? MAX_DESCRIPTORS;
  }

  /** Number of entries that the caps left out; either above zero means that an answer may be missing. */
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
    return this.processes.get(pid)?.fs.folder;
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
      fs: { folder: this.likelyFolder() },
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
    for (const first of this.processes.values()) return first.fs.folder;
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
    if (flags.includes('CLONE_FS') && !child.executed) child.fs = parent.fs;
    else if (!child.executed || child.fs.folder === undefined) child.fs = { ...parent.fs };
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

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
