/** What a call means often depends on what came before it in the run; the observer remembers that. */
import { PHASES, type Phase } from '../core/schema.js';
import type { ExitEvent, KilledEvent, Pid, SyscallEvent, TraceEvent, Value } from '../trace/events.js';
import type { ProcessTable } from '../trace/processes.js';
import { flagsOf, numberOf, utf8 } from '../trace/values.js';
import type { Act, ChangeAct, Facts } from './acts.js';
import type { RunContext } from './behavior-analysis.js';
import { argvOf, commandLine, dataOf, modeOf, secondsOf, shownName, textOf } from './args.js';
import { FileHeads } from './file-heads.js';
import { TracedFiles } from './traced-files.js';
import { CallReader } from './call-reader.js';
import { FloodWatch } from './flood.js';
import { Interpreter, type Start } from './helpers.js';
import { MEMORY, remember } from './memory.js';
import { RUN_IN_FOLDER, STARTS_WITH_PROGRAM } from '../names/places.js';
import { isWithin, nameOf } from './path-zones.js';
import { Sockets } from './sockets.js';
import { SKIPPED_SLEEPS } from './syscalls.js';
import { CanaryWatch } from './theft.js';

/** Seconds in which a program that was started in passing, as to ask for the machine's name, may end after the runner has. */
const WINDING_UP = 0.5;

/** Calls that show that a process has more to do, however soon they come. */
const GOES_ON: ReadonlySet<string> = new Set([...SKIPPED_SLEEPS, 'execve', 'execveat']);

/** Each event of the trace goes through it in order. Example: `observer.start(observer.call(event))` makes the acts of an `execve`. */
export class Observer {
  /** The first process of the trace: it becomes the runner, and the model lives in it. */
  private runner: Pid | undefined;
  /** When the runner ended, in the trace's time; 0 when the trace has none. */
  private runnerEnded: number | undefined;
  private readonly left = new Set<Pid>();
  /** Processes that have executed another program; their children belong to them. */
  private readonly foreign = new Set<Pid>();
  /** Processes that go on with the model's own work in an interpreter of their own: Python's and loky's. */
  private readonly workers = new Set<Pid>();
  /** Python's own code, which cleans up after the process that started it, and so goes on after that has ended. */
  private readonly trackers = new Set<Pid>();
  /** `pgrep` of the image with the question that loky asks: it reads the list of processes and prints numbers. */
  private readonly listers = new Set<Pid>();
  private interpreter: Interpreter | undefined;
  private readonly lastFailedStart = new Map<Pid, string>();
  private readonly madeFolders = new Set<string>();
  /** Files that were written, renamed to or linked in this run. */
  private readonly madeFiles = new Set<string>();
  private readonly heads = new FileHeads();
  readonly files = new TracedFiles();
  /** Links that the run made: behind one of them lies another place. */
  private readonly links = new Set<string>();
  /** Files with code that programs find by their names, and the event that made each. */
  private readonly planted = new Map<string, SyscallEvent>();
  /** Of programs that were started: the files that a program's start asks for, until it has asked. */
  private readonly starting = new Map<Pid, Set<string>>();
  /** Processes with memory that their children can write to. */
  private readonly sharing = new Set<Pid>();
  private readonly documents: ReadonlySet<string>;
  private readonly destroyed = new Set<string>();
  /** Processes that got a SIGSYS, which names the forbidden call. */
  private readonly forbidden = new Set<Pid>();
  private otherPython = false;
  readonly sockets: Sockets;
  readonly flood = new FloodWatch();
  private readonly watch: CanaryWatch;
  private deletions = 0;
  private waited = 0;
  /** The runner waits until all has happened that the model set for later: the clock moves for whoever waits, a library's threads included. */
  resting = false;
  /** The last wait of each process that ended meanwhile. */
  private readonly waits = new Map<Pid, Act>();
  /** Threads that waited during a rest. */
  private readonly rested = new Set<Pid>();
  /** Seconds that the sandbox skipped. */
  skippedSleep = 0;
  /** CLOCK_MONOTONIC minus the trace's clock, as small as any call has shown it to be. */
  private clockOffset = Infinity;

  constructor(
    private readonly context: RunContext,
    private readonly table: ProcessTable,
    private readonly phase: () => Phase,
  ) {
    this.watch = new CanaryWatch(context.canaries);
    this.sockets = new Sockets(table, this.watch);
    this.documents = new Set(
      context.canaries.flatMap(({ path, document }) => (document && path !== undefined ? [path] : [])),
    );
  }

  /** True for the process that loads the model, whichever of its threads `pid` is. */
  isRunner(pid: Pid): boolean {
    this.runner ??= pid;
    return this.table.processOf(pid) === this.runner;
  }

  /** The number of a process has become known: until now it went by another. */
  renumbered(former: Pid, pid: Pid): void {
    if (this.runner === former) this.runner = pid;
  }

  isForeign(pid: Pid): boolean {
    return this.ancestry(pid).some((process) => this.foreign.has(process));
  }

  ended(event: ExitEvent | KilledEvent): void {
    if (event.pid === this.runner) this.runnerEnded = event.time ?? 0;
  }

  /** The process got a SIGSYS, which names the forbidden call. */
  forbade(pid: Pid): void {
    remember(this.forbidden, this.table.processOf(pid));
  }

  killed(event: KilledEvent): Facts[] {
    // Where the kernel ends the process outright, no signal names the call.
    if (event.signal === 'SIGSYS' && !this.forbidden.has(this.table.processOf(event.pid)))
      return [{ act: 'forbidden', name: 'unknown', arch: '' }];
    const isCrash = /^SIG(?:SEGV|BUS|ILL|ABRT|FPE|TRAP)$/.test(event.signal);
    const { otherPython } = this;
    return isCrash && this.table.processOf(event.pid) === event.pid
      ? [{ act: 'crash', signal: event.signal, phase: this.phase(), otherPython }]
      : [];
  }

  /** The model made a function of bytecode that this interpreter's compiler cannot have made. */
  foundOtherPython(): void {
    this.otherPython = true;
  }

  /** The first call of a process after the runner has ended, unless it does no more than end itself. */
  goingOn(event: TraceEvent): Facts[] {
    if (this.runnerEnded === undefined || event.kind !== 'syscall' || this.isRunner(event.pid)) return [];
    if (this.trackers.has(this.table.processOf(event.pid))) return [];
    const since = (event.time ?? Infinity) - this.runnerEnded;
    if (since < WINDING_UP && !GOES_ON.has(event.name)) return [];
    const family = this.ancestry(event.pid);
    if (family.some((process) => this.left.has(process))) return [];
    const pid = this.table.processOf(event.pid);
    this.left.add(pid);
    return [{ act: 'left', pid, argv: this.table.argvOf(pid).map(utf8) }];
  }

  /** The process of `pid`, its parent, and so on up to the first one. */
  ancestry(pid: Pid): Pid[] {
    const found: Pid[] = [];
    let next: Pid | undefined = this.table.processOf(pid);
    while (next !== undefined && !found.includes(next) && found.length < 64) {
      found.push(next);
      next = this.table.parentOf(next);
    }
    return found;
  }

  /** A call is about to be read. */
  call(event: SyscallEvent): CallReader {
    if (PHASES.indexOf(this.phase()) >= PHASES.indexOf('load')) this.flood.add(event);
    return new CallReader(event, this.table, this.context);
  }

  start(call: CallReader): Facts[] {
    const isAt = call.event.name === 'execveat';
    const argv = argvOf(call.arg(isAt ? 2 : 1));
    const path = isAt ? call.path(1, 0) : call.path(0);
    const pid = this.table.processOf(call.event.pid);
    this.files.note('opened', path);
    const withinStart = this.isForeign(pid);
    const ok = call.event.result.kind === 'ok';
    const variables = call.arg(isAt ? 3 : 2);
    const environment = argvOf(variables);
    const isWhole = variables?.type === 'array' && !variables.truncated;
    const start: Start = { path, argv, environment: isWhole ? environment : undefined };
    if (ok && pid === this.runner && this.phase() === 'start') this.interpreter = new Interpreter(start);
    // In place of the runner no program is a helper.
    const isHelper = !isAt && !withinStart && pid !== this.runner;
    const helper = isHelper ? this.interpreter?.helper(start, (other) => this.isRelated(other, pid)) : undefined;
    // Looking through PATH is one attempt, however many folders there are.
    const key = `${nameOf(path)}\0${argv.join('\0')}`;
    const again = this.lastFailedStart.get(pid) === key;
    if (ok) {
      this.lastFailedStart.delete(pid);
      if (this.starting.size < MEMORY || this.starting.has(pid)) this.starting.set(pid, new Set(ASKED_AT_START));
      this.workers.delete(pid);
      this.trackers.delete(pid);
      this.listers.delete(pid);
      if (helper === 'lister') remember(this.listers, pid);
      if (helper === 'worker') remember(this.workers, pid);
      else if (helper === 'tracker') remember(this.trackers, pid);
      else remember(this.foreign, pid);
    } else if (this.lastFailedStart.size < MEMORY) this.lastFailedStart.set(pid, key);
    const argument = argv.slice(1).find((word) => !word.startsWith('-'));
    const isEmptyPath = isAt && textOf(call.arg(1)) === '';
    const fileless = isEmptyPath || /^\/(?:proc\/[^/]+\/fd|dev\/fd)\/\d+$|^\/?memfd:/.test(path);
    const line = argv.join(' ');
    return [
      {
        act: 'start',
        path,
        zone: call.zone(path),
        argv,
        fileless,
        withinStart,
        madeHere: this.madeFiles.has(path),
        argumentMadeHere: argument !== undefined && this.madeFiles.has(call.absolute(argument)),
        contacted: this.sockets.contacted,
        preload: preloadOf(environment),
        helper: helper === 'worker' && !this.isInUse() ? undefined : helper,
        again,
      },
      ...this.watch
        .theftIn(line)
        .map((theft): Facts => ({ act: 'theft', ...theft, how: 'command', where: commandLine(argv) })),
    ];
  }

  /** Whether the process comes from the one that has started `pid`. */
  private isRelated(process: Pid, pid: Pid): boolean {
    const starter = this.table.parentOf(pid);
    return starter !== undefined && process !== starter && this.ancestry(process).includes(starter);
  }

  /** Loading data needs no workers; using a model may. */
  private isInUse(): boolean {
    return PHASES.indexOf(this.phase()) >= PHASES.indexOf(this.context.usesInLoad ? 'load' : 'use');
  }

  isWorker(pid: Pid): boolean {
    return this.ancestry(pid).some((process) => this.workers.has(process));
  }

  /** The start of the runner itself is no act of the model. */
  forgetStart(pid: Pid): void {
    this.foreign.delete(this.table.processOf(pid));
  }

  probed(call: CallReader, path: string): Facts[] {
    return this.isStart(call, `access ${path}`) ? [] : [call.read(path, { probe: true })];
  }

  /** The dynamic loader of each program asks once for what is to be loaded into all, and that opens its clock. */
  private isStart({ event }: CallReader, asked: string): boolean {
    return this.starting.get(this.table.processOf(event.pid))?.delete(asked) === true;
  }

  /** What `pgrep` reads to find the children of a process is its own affair. */
  private isListing({ event }: CallReader, path: string): boolean {
    return (
      this.listers.has(this.table.processOf(event.pid)) && ['/proc', '/sys'].some((folder) => isWithin(path, folder))
    );
  }

  /** `asked`: the path as the call had it, `path` the file that was opened. */
  opened(call: CallReader, path: string, flags: readonly string[], modeValue?: Value, asked = path): Facts[] {
    this.files.note('opened', path);
    this.files.note('opened', asked);
    const reads = !flags.includes('O_WRONLY');
    const writes = ['O_WRONLY', 'O_RDWR', 'O_TRUNC'].some((flag) => flags.includes(flag));
    const how = flags.includes('O_TRUNC') ? 'truncate' : flags.includes('O_CREAT') ? 'create' : 'write';
    const folder = flags.includes('O_DIRECTORY');
    const changes = writes || flags.includes('O_CREAT');
    if ((!changes || path === CLOCK_PAGE) && this.isStart(call, `open ${path}`)) return [];
    if (!changes && this.isListing(call, path)) return [];
    const madeHere = this.madeFiles.has(path);
    if (changes) {
      this.remake(call, path);
      for (const name of [path, asked]) {
        this.files.note('written', name);
        if (flags.includes('O_CREAT')) this.files.note('made', name);
      }
    }
    if (flags.includes('O_TRUNC')) this.heads.forget(path);
    const mode = flags.includes('O_CREAT') || flags.includes('O_TMPFILE') ? modeOf(modeValue) : undefined;
    // Python's own default, which says nothing about the file.
    const isProgram = mode !== undefined && (mode & 0o6111) !== 0 && mode !== 0o777;
    return [
      ...(isProgram ? [{ act: 'mode', path, zone: call.zone(path), mode, isFolder: false } as const] : []),
      ...(reads && !flags.includes('O_TMPFILE')
        ? [call.read(path, { folder, madeHere, byWorker: this.isWorker(call.event.pid) })]
        : []),
      ...(changes ? [call.change(path, how), ...this.destroy(path), ...this.stolenInPath(path)] : []),
      ...this.deceived(call, asked, path),
    ];
  }

  /** No link leads there, and another file was opened than the one that was asked for. */
  private deceived(call: CallReader, asked: string, path: string): Facts[] {
    if (asked === path || call.zone(asked) !== 'scratch' || call.zone(path) === 'scratch') return [];
    if (!path.startsWith('/') || [...this.links].some((link) => isWithin(asked, link))) return [];
    const why = `The call asks for ${shownName(asked)}, and what the kernel opened is ${shownName(path)}.`;
    return [{ act: 'deceived', subject: path, why }];
  }

  private remake(call: CallReader, path: string): void {
    if (call.event.result.kind !== 'ok') return;
    remember(this.madeFiles, path);
    if (isFoundByName(path, this.context.scratch) && this.planted.size < MEMORY) this.planted.set(path, call.event);
  }

  /** Code that is still there under a name by which programs find it. */
  plants(): { readonly path: string; readonly event: SyscallEvent }[] {
    return [...this.planted].map(([path, event]) => ({ path, event }));
  }

  /** From one file to another, or to a socket. */
  copied(call: CallReader, from: string, to: string): Facts[] {
    const isOfImage = call.zone(from) === 'image' && (/\/s?bin\//.test(from) || /\.so(?:\.[\d.]+)?$/.test(from));
    if (!to.startsWith('/') || !isOfImage || call.event.result.kind !== 'ok') return [];
    return this.dropped(call, to, `a copy of ${shownName(from)}`);
  }

  private stolenInPath(path: string): Facts[] {
    return this.watch
      .theftIn(path)
      .map((theft) => ({ act: 'theft', ...theft, how: 'file', where: 'the name of a file' }));
  }

  /** True once for each file. */
  isNewProgram(path: string): boolean {
    return this.heads.isNew(path);
  }

  private dropped(call: CallReader, path: string, what: string): Facts[] {
    return this.heads.isNew(path) ? [{ act: 'drop', path, zone: call.zone(path), what }] : [];
  }

  private destroy(path: string): Facts[] {
    if (!this.documents.has(path)) return [];
    this.destroyed.add(path);
    return [{ act: 'destroy', path, total: this.destroyed.size }];
  }

  linked(call: CallReader, path: string, target: string): Facts[] {
    this.remake(call, path);
    this.files.note('made', path);
    remember(this.links, path);
    return [call.change(path, 'link', { target }), ...this.stolenInPath(`${path} ${target}`)];
  }

  /** Another name for the same file: who has it has the file, and the kernel tells of either. */
  hardLinked(call: CallReader, path: string, target: string): Facts[] {
    if (call.event.result.kind === 'ok') this.files.same(target, path);
    return [
      ...(call.zone(target) === 'scratch' ? [] : [call.read(target, { probe: true })]),
      ...this.linked(call, path, target),
    ];
  }

  /** Memory that the process writes to and that its children have, too. */
  shares(call: CallReader, path: string): void {
    const isOwn = path === '' || path.startsWith('/memfd:') || call.zone(path) === 'scratch';
    if (isOwn && call.event.result.kind !== 'error') remember(this.sharing, this.table.processOf(call.event.pid));
  }

  forked(call: CallReader): Facts[] {
    return this.sharing.has(this.table.processOf(call.event.pid)) ? [{ act: 'call', name: SHARED, flags: [] }] : [];
  }

  /** Memory that can be run; `path` is empty where no file is in it. */
  mapped(call: CallReader, path: string): Facts[] {
    const madeHere = this.madeFiles.has(path) || path.startsWith('/memfd:');
    return [{ act: 'map', path, zone: call.zone(path), madeHere, phase: this.phase() }];
  }

  bound(call: CallReader): Facts[] {
    const facts = this.sockets.boundTo(call);
    for (const fact of facts)
      if (fact.act === 'bind' && fact.port === undefined) this.files.note('made', call.absolute(fact.address));
    return facts;
  }

  listening(call: CallReader): Facts[] {
    return this.sockets.listening(call, this.madeFolders);
  }

  shortened(call: CallReader, path: string): Facts[] {
    this.files.note('written', path);
    return [call.change(path, 'truncate')];
  }

  /** A pipe, a socket, a device. */
  special(call: CallReader, path: string, how: ChangeAct['how']): Facts[] {
    this.files.note('made', path);
    return [call.change(path, how)];
  }

  made(call: CallReader, path: string): Facts[] {
    this.files.note('made', path);
    if (call.event.result.kind === 'ok') remember(this.madeFolders, path);
    return [call.change(path, 'folder'), ...this.stolenInPath(path)];
  }

  deleted(call: CallReader, path: string): Facts[] {
    this.files.note('gone', path);
    if (call.event.result.kind === 'ok') this.planted.delete(path);
    const zone = call.zone(path);
    if (zone !== 'scratch' && zone !== 'none') this.deletions++;
    return [{ act: 'delete', path, zone, total: this.deletions }, ...this.destroy(path)];
  }

  renamed(call: CallReader, from: string, to: string): Facts[] {
    this.remake(call, to);
    this.files.renamed(from, to);
    for (const name of [from, to]) if (this.links.has(name)) remember(this.links, to);
    return [...this.deleted(call, from), call.change(to, 'rename'), ...this.destroy(to), ...this.stolenInPath(to)];
  }

  mode(call: CallReader, path: string, index: number): Facts[] {
    const mode = modeOf(call.arg(index));
    if (mode === undefined) return [];
    return [{ act: 'mode', path, zone: call.zone(path), mode, isFolder: this.madeFolders.has(path) }];
  }

  /** Data for a file. */
  written(call: CallReader): Facts[] {
    const path = call.file(0);
    if (!path.startsWith('/')) return this.printed(call);
    const name = /^\/proc\/[^/]+\/(?:task\/\d+\/)?comm$/.test(path) ? dataOf(call.arg(1)).bytes.trimEnd() : undefined;
    if (name !== undefined) return [{ act: 'call', name: call.event.name, flags: [], text: utf8(name) }];
    const { bytes } = dataOf(call.arg(1));
    const offset = call.event.name.startsWith('pwrite') ? numberOf(call.arg(3)) : undefined;
    const program =
      path.startsWith('/dev/') && !isWithin(path, '/dev/shm') ? undefined : this.heads.write(path, bytes, offset);
    return [
      ...(program === undefined ? [] : this.dropped(call, path, program)),
      ...this.watch
        .theftInStream(`file ${path}`, bytes)
        .map((theft): Facts => ({ act: 'theft', ...theft, how: 'file', where: shownName(path) })),
    ];
  }

  /** What is printed stands in logs and notebooks, which others read. */
  private printed(call: CallReader): Facts[] {
    const fd = numberOf(call.arg(0));
    if (fd !== 1 && fd !== 2) return [];
    return this.watch.theftInStream(`output ${fd}`, dataOf(call.arg(1)).bytes).map((theft): Facts => ({
      act: 'theft',
      ...theft,
      how: 'print',
      where: fd === 1 ? 'standard output' : 'standard error',
    }));
  }

  signalled(call: CallReader, signal: string, target: number | undefined): Facts[] {
    const own = this.table.processOf(call.event.pid);
    return [{ act: 'signal', signal, target: target ?? 0, relation: this.relation(own, target) }];
  }

  private relation(own: Pid, target: number | undefined): 'itself' | 'descendant' | 'runner' | 'stranger' {
    // 0 and below are groups, which reach beyond what is the model's own.
    if (target === undefined || target <= 0) return 'stranger';
    const process = this.table.processOf(target);
    if (process === own) return 'itself';
    if (process === this.runner) return 'runner';
    const isOwn = this.ancestry(target).includes(own) || (this.isForeign(own) && this.isForeign(target));
    return isOwn ? 'descendant' : 'stranger';
  }

  waiting(call: CallReader, seconds: number | undefined): Facts[] {
    if (seconds === undefined || seconds <= 0) return [];
    this.waited += seconds;
    if (call.event.injected && SLEEPS.has(call.event.name)) this.skippedSleep += seconds;
    const wait = { act: 'wait', seconds, total: this.waited } as const;
    const thread = call.event.pid;
    // A library's thread that waits again and again, as TensorFlow's log of its memory does, goes on with it after the rest.
    if (!this.resting && !this.rested.has(thread)) return [wait];
    if (this.rested.size < MEMORY) this.rested.add(thread);
    const pid = this.table.processOf(call.event.pid);
    if (this.waits.size < MEMORY)
      this.waits.set(pid, { ...wait, event: call.event, ok: true, foreign: this.isForeign(pid) });
    return [];
  }

  /** Waits, while the runner rested, of the process and of those that led to it; each is told once. */
  waitsBefore(pid: Pid): Act[] {
    return this.ancestry(pid).flatMap((process) => {
      const wait = this.waits.get(process);
      this.waits.delete(process);
      return wait === undefined ? [] : [wait];
    });
  }

  /** Python sleeps until a moment: how long that is shows only next to the trace's clock. */
  sleepSeconds(call: CallReader): number | undefined {
    const until = secondsOf(call.arg(2));
    const { time } = call.event;
    if (!flagsOf(call.arg(1)).includes('TIMER_ABSTIME')) return until;
    if (until === undefined || time === undefined) return undefined;
    if (flagsOf(call.arg(0)).includes('CLOCK_REALTIME')) return until - time;
    this.clockOffset = Math.min(this.clockOffset, until - time);
    return until - time - this.clockOffset;
  }
}

/** The name of an act that is two calls: memory is shared, and a process made that has it. */
const SHARED = 'shared memory';

/** As in sandbox/clock.c. */
const CLOCK_PAGE = '/run/dynscan/clock';

/** What the C library's loader and then the sandbox's clock (sandbox/clock.c) ask for in each program that starts. */
const ASKED_AT_START: readonly string[] = [
  'access /etc/ld.so.preload',
  'open /etc/ld.so.preload',
  'open /opt/dynscan/libclock.so',
  `open ${CLOCK_PAGE}`,
];

/**
 * Names by which programs that are started in a folder, or that look there, find code: modules of Python and native libraries in it, packages one
 * level below, scripts. Libraries keep code that they generate in folders of their own below (joblib's `Memory`, torch's compiler, transformers).
 */
function isFoundByName(path: string, folders: readonly string[]): boolean {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const folder = parts.join('/');
  if (/^__(?:init|main)__\.(?:py|pyc)$/.test(name)) return folders.includes(parts.slice(0, -1).join('/'));
  const isFound =
    /\.(?:py|pyw|pyc|pyd|pth|so(?:\.[\d.]+)?|egg|sh|bash|zsh|service|bat|cmd)$/.test(name) || RUN_IN_FOLDER.test(name);
  if (isFound && folders.includes(folder)) return true;
  // Settings of a project that is opened there: `.vscode/tasks.json`.
  return folders.some((own) => isWithin(path, own) && STARTS_WITH_PROGRAM.test(path.slice(own.length + 1)));
}

const SLEEPS: ReadonlySet<string> = new Set(SKIPPED_SLEEPS);

/** `LD_PRELOAD=/tmp/x.so` in a program's environment. */
function preloadOf(environment: readonly string[]): string | undefined {
  return environment.find((variable) => /^LD_(?:PRELOAD|AUDIT)=./.test(variable));
}
