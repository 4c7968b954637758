/** Dynamic analysis of one run: from trace events to findings, timeline and load outcome. */
import { escapeAndCut } from '../core/escape.js';
import {
  type Evidence,
  type Finding,
  type LimitHit,
  type LoadOutcome,
  PHASES,
  type Phase,
  type TimelineEntry,
} from '../core/schema.js';
import { nameOfCause } from '../core/attack-chains.js';
import { isDangerousGlobal } from '../names/acting.js';
import {
  STARTS_PROCESS,
  type ExitEvent,
  type KilledEvent,
  type Pid,
  type SyscallEvent,
  type TraceEvent,
} from '../trace/events.js';
import { ProcessTable } from '../trace/processes.js';
import { numberOf } from '../trace/values.js';
import type { Act, OutsideLimit } from './acts.js';
import { shownName, textOf, withoutEnvironment } from './args.js';
import type { BehaviorAnalysis, BehaviorResult, RunContext, SinkholeMessage } from './behavior-analysis.js';
import { type AuditRecord, Causes, globalOf, pickleCause, shortFrame } from './causes.js';
import { RECORD_PREFIX, readRecord, SEAL, UNSEALED } from './channel.js';
import { Conversations } from './conversations.js';
import type { Canary } from './canary.js';
import { endpointWords } from './endpoint.js';
import { actsOf } from './event-acts.js';
import { explainEvent } from './explain.js';
import { programOf } from './file-heads.js';
import { Findings, MAX_EVIDENCE } from './findings.js';
import { canaryOf, factsOf, happening, isWorthTelling, rankOf, toldByInterpreter } from './happening.js';
import { Observer } from './observer.js';
import { Outcome } from './outcome.js';
import { zoneOf } from './path-zones.js';
import { RULES } from './rules/index.js';
import type { Rule } from './rules/rule.js';
import { StackBounds } from './stack-bounds.js';
import { CanaryWatch } from './theft.js';
import { witnessSentence, type WitnessedAct } from './traced-files.js';

/** Maximum number of timeline entries; further ones are only counted. */
const MAX_TIMELINE = 2000;

const TIMELINE_LENGTH = 500;

/** Events of processes whose parent has not been seen to start them yet. */
const MAX_WAITING = 20_000;

const MAX_GLOBALS = 200;
const MAX_FRAMES = 8;

/** Memory in which every framework of the images has room to spare, and how often a file has to fit into it to be taken for a bomb. */
const ROOMY_MIB = 2048;

const BOMB = 64;

/**
 * Feed it a whole trace, in order. It never throws for the content of a trace.
 * Example: `for (const event of parser.push(chunk)) analysis.push(event)` for each chunk, then `analysis.finish()`.
 */
export function createAnalysis(context: RunContext): BehaviorAnalysis {
  return new Analysis(context);
}

class Analysis implements BehaviorAnalysis {
  private readonly table = new ProcessTable();
  private readonly observer: Observer;
  private readonly findings: Findings;
  private readonly causes: Causes;
  private readonly outcome = new Outcome();
  private readonly conversations = new Conversations(this.table);
  private readonly timeline: TimelineEntry[] = [];
  private timelineOmitted = 0;
  private readonly limits = new Map<LimitHit['limit'], LimitHit>();
  private changed: Finding[] = [];
  private start: number | undefined;
  private unparsed = 0;
  private cutRecords = 0;
  /** Dangerous globals, with the event that named them, that no act has been attributed to yet. */
  private readonly globals = new Map<string, TraceEvent>();
  private readonly known = new Set<Pid>();
  private readonly unseen = new Set<Pid>();
  private readonly waiting = new Map<Pid, TraceEvent[]>();
  private waitingCount = 0;
  /** Threads whose next call is to be a sealed record, and whether there has been one: from then on a record without a seal is none. */
  private readonly sealing = new Set<Pid>();
  private sealed = false;
  /** The thread that wrote the first seal, before the model was read: no other says what was done with the model. */
  private director: Pid | undefined;
  /** What `-y` calls the pipe of the runner's records. */
  private channel: string | undefined;
  private last: TraceEvent | undefined;
  private readonly stackBounds = new StackBounds();
  private otherPython = false;
  private tooManyFiles = false;
  private tooManyPlaces = false;

  private readonly watch: CanaryWatch;
  /** By path. */
  private readonly canaries: ReadonlyMap<string, Canary>;

  constructor(private readonly context: RunContext) {
    this.watch = new CanaryWatch(context.canaries);
    this.canaries = new Map(
      context.canaries.flatMap((canary) => (canary.path === undefined ? [] : [[canary.path, canary]])),
    );
    this.observer = new Observer(context, this.table, () => this.phase);
    this.findings = new Findings(context.baseline);
    this.causes = new Causes(context);
  }

  get phase(): Phase {
    return this.outcome.phase;
  }

  get isOver(): boolean {
    return this.outcome.hasEnded && this.waiting.size === 0 && this.unseen.size === 0 && this.table.living === 0;
  }

  push(event: TraceEvent): readonly Finding[] {
    this.changed = [];
    this.last = event;
    this.take(event);
    return this.changed;
  }

  limitReached(limit: OutsideLimit, text: string): void {
    const onPurpose = limit === 'trace' ? this.observer.flood.isFlood : limit === 'memory' && this.isBomb();
    this.judge({ act: 'outside', limit, onPurpose, event: this.outside(text), ok: true, foreign: false });
  }

  /** Whether the file is so small that memory had room for many of it, and no import had used the memory up before. */
  private isBomb(): boolean {
    const { memoryMiB, modelBytes } = this.context.limits;
    const isJudged = PHASES.indexOf(this.phase) >= PHASES.indexOf('load');
    return (
      isJudged && memoryMiB >= ROOMY_MIB && modelBytes !== undefined && modelBytes * BOMB < memoryMiB * 1024 * 1024
    );
  }

  received({ address, port, text, unpacked = [] }: SinkholeMessage): void {
    const where = endpointWords({ address, port });
    for (const theft of [text, ...unpacked].flatMap((content) => this.watch.theftIn(content))) {
      const event = this.outside(`sent to ${where}: ${escapeAndCut(text, TIMELINE_LENGTH)}`);
      this.judge({ act: 'theft', ...theft, how: 'send', where, event, ok: true, foreign: false });
    }
    const isNamed = this.observer.sockets.hasNamed(address, port);
    this.tooManyPlaces ||= isNamed === undefined;
    if (isNamed !== false) return;
    const why = `The sandbox's network was spoken to at ${where}, and no call in the trace names that place.`;
    this.deceived(where, why);
  }

  witnessed(acts: readonly WitnessedAct[]): void {
    for (const act of acts) {
      const path = act.paths[0] ?? '';
      if (!this.observer.files.explains(act)) this.deceived(path, witnessSentence(act.kind, shownName(path)));
    }
    this.tooManyFiles ||= this.observer.files.isFull;
  }

  leaderEnded(signal: number): void {
    const event = this.outside(
      `the first thread of a process ended (${signal === 0 ? 'by itself' : `signal ${signal}`})`,
    );
    // A filter of system calls alone ends a thread by a signal, and not its process.
    if (signal === 0) this.judge({ act: 'quit', code: 0, event, ok: true, foreign: false });
    else this.judge({ act: 'forbidden', name: 'unknown', arch: '', event, ok: true, foreign: false });
  }

  private deceived(subject: string, why: string): void {
    this.judge({ act: 'deceived', subject, why, event: this.outside(why), ok: true, foreign: false });
  }

  left(path: string, contents: readonly string[]): void {
    const where = shownName(path);
    const base = {
      event: this.outside(`left in ${where}: ${escapeAndCut(contents[0] ?? '', TIMELINE_LENGTH)}`),
      ok: true,
      foreign: false,
    };
    for (const theft of contents.flatMap((content) => this.watch.theftIn(content)))
      this.judge({ act: 'theft', ...theft, how: 'file', where, ...base });
    const what = contents.map((content) => programOf(content)?.what).find((found) => found !== undefined);
    if (what !== undefined && this.observer.isNewProgram(path))
      this.judge({ act: 'drop', path, zone: zoneOf(path, this.context), what, ...base });
  }

  /** An event for an observation that is not in the trace, numbered after all lines of the trace. */
  private outside(text: string): TraceEvent {
    const { line = 0, pid = 0, time } = this.last ?? {};
    return { kind: 'notice', line, pid, time, text };
  }

  finish(): BehaviorResult {
    this.changed = [];
    const late = [...this.waiting.values()].flat().sort((a, b) => a.line - b.line);
    this.waiting.clear();
    for (const event of late) this.read(event);
    for (const act of this.stackBounds.rest()) this.judge(act);
    for (const { path, event } of this.observer.plants())
      this.judge({ act: 'plant', path, zone: zoneOf(path, this.context), event, ok: true, foreign: false });
    for (const [name, event] of this.globals) this.judge({ act: 'global', name, event, ok: true, foreign: false });
    return {
      findings: this.findings.all(),
      load: this.load(),
      processes: this.table.nodes(),
      timeline: this.timeline.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
      timelineOmitted: this.timelineOmitted,
      conversations: this.conversations.all(),
      limits: [...this.limits.values()],
      gaps: this.gaps(),
      skippedSleep: this.observer.skippedSleep,
      otherPython: this.otherPython,
      matches: this.findings.matches,
    };
  }

  /**
   * A child can act before its parent's `clone` has returned. Its events wait for that, so that its parent, its working folder and its descriptors
   * are known.
   */
  private take(event: TraceEvent): void {
    if (event.kind === 'notice') {
      this.table.push(event);
      // The first process of a terminal log goes on under its number.
      if (event.formerPid !== undefined && this.known.has(event.formerPid)) {
        this.observer.renumbered(event.formerPid, event.pid);
        this.admit(event.pid);
      }
      return;
    }
    if (this.known.size === 0) this.known.add(event.pid);
    if (!this.known.has(event.pid) && event.kind !== 'unparsed') {
      const queue = this.waiting.get(event.pid) ?? [];
      queue.push(event);
      this.waiting.set(event.pid, queue);
      this.waitingCount++;
      if (this.waitingCount > MAX_WAITING) for (const pid of [...this.waiting.keys()]) this.admit(pid);
      return;
    }
    this.read(event);
    const child = childOf(event);
    if (child === undefined) return;
    if (!this.known.has(child) && !this.waiting.has(child)) this.unseen.add(child);
    this.admit(child);
  }

  private admit(pid: Pid): void {
    this.known.add(pid);
    const events = this.waiting.get(pid);
    if (!events) return;
    this.waiting.delete(pid);
    this.waitingCount -= events.length;
    for (const event of events) this.take(event);
  }

  private read(event: TraceEvent): void {
    this.start ??= event.time;
    this.unseen.delete(event.pid);
    if (event.kind === 'unparsed') {
      this.unparsed++;
      return;
    }
    const unexplained = this.stackBounds.before(event);
    if (unexplained) this.judge(unexplained);
    this.table.push(event);
    this.conversations.push(event);
    if (event.kind === 'syscall' && (this.readSeal(event) || this.readChannel(event))) return;
    const isRunner = this.observer.isRunner(event.pid);
    const acts = actsOf(event, this.observer);
    if ((event.kind === 'exit' || event.kind === 'killed') && (isRunner || this.observer.isForeign(event.pid))) {
      this.tell(event, explainEvent(event, this.table));
    }
    if (isRunner && (event.kind === 'exit' || event.kind === 'killed')) this.ended(event);
    if (isRunner && this.isStarting()) {
      // Until the runner's first record, all acts are the sandbox's own.
      this.observer.forgetStart(event.pid);
      return;
    }
    // The imports of this phase are packages of the image, and no byte of the model has been read: acts of the imports, and of processes that they
    // start, belong to the image. Acts of a process that outlives the phase are judged like the rest.
    if (this.phase === 'import') return;
    for (const act of acts) if (!this.stackBounds.holds(act)) this.judge(act);
  }

  private isStarting(): boolean {
    return this.phase === 'start' && !this.outcome.hasEnded;
  }

  private ended(event: ExitEvent | KilledEvent): void {
    if (this.table.processOf(event.pid) !== event.pid) return;
    // Before it has read a byte of the model, what ends it is the image's doing or a fault of the sandbox.
    const hasLoaded = PHASES.indexOf(this.phase) >= PHASES.indexOf('load');
    this.outcome.ended(event);
    // A program whose log was made elsewhere loads no model, and may end when it likes.
    if (hasLoaded && this.context.modelPath !== '' && event.kind === 'exit' && this.outcome.result().outcome === 'left')
      this.judge({ act: 'quit', code: event.code, event, ok: true, foreign: false });
  }

  /** True for the call before a sealed record. */
  private readSeal(event: SyscallEvent): boolean {
    if (event.name !== 'prctl' || numberOf(event.args[0]) !== SEAL) return false;
    if (this.observer.isRunner(event.pid)) {
      this.sealing.add(event.pid);
      this.sealed = true;
      this.director ??= event.pid;
    } else this.forged(event, 'the seal is not of the process that loads the model');
    return true;
  }

  /** True for a record of the runner's. */
  private readChannel(event: SyscallEvent): boolean {
    const isSealed = this.sealing.delete(event.pid);
    if (event.name !== 'write') return false;
    const [target, data] = event.args;
    const fd = numberOf(target);
    const text = textOf(data);
    // Standard output and error are pipes, too: what the model prints there is no record.
    if (text === undefined || fd === undefined || fd <= 2) return false;
    const record = readRecord(text, this.context.nonce);
    const pipe = target?.type === 'fd' ? target.path : '';
    if (record === undefined) {
      if (text.startsWith(RECORD_PREFIX)) this.forged(event, 'it does not bear the mark of this run');
      else if (pipe !== '' && pipe === this.channel) this.forged(event, 'it is none that the runner sends');
      return false;
    }
    this.channel ??= pipe;
    if (record === 'malformed') {
      if (data?.type === 'string' && data.truncated) this.cutRecords++;
      else this.forged(event, 'it cannot be read');
      return true;
    }
    if (record.k === 'audit') {
      this.audited(event, record);
      return true;
    }
    if (record.k === 'changed') {
      const { what, to } = record;
      this.judge({ act: 'state', what, to, event, ok: true, foreign: false });
      return true;
    }
    // A child that goes on in a copy of the runner's code says the same things again: they are not the runner's.
    if (!this.observer.isRunner(event.pid)) {
      // But a record that code was missing is valid from any process.
      if (record.k === 'standIn') this.outcome.take(record);
      return true;
    }
    if (this.sealed && !isSealed && !UNSEALED.has(record.k)) {
      this.forged(event, 'it does not bear the seal');
      return true;
    }
    // Code that calls the C library can make the call that a seal is, but not in that thread, where none of it runs.
    if (isSealed && event.pid !== this.director && record.k !== 'reached') {
      this.forged(event, 'it is sealed by another thread than the one that directs');
      return true;
    }
    if (record.k === 'rest') this.observer.resting = record.begins;
    if (record.k === 'reached') this.judge({ act: 'reached', what: record.what, event, ok: true, foreign: false });
    const before = this.phase;
    const problem = this.outcome.take(record);
    if (record.k === 'bytecode' && problem === undefined) {
      this.otherPython = true;
      this.observer.foundOtherPython();
    }
    if (problem !== undefined) this.forged(event, problem);
    if (this.phase !== before) this.tell(event, `The phase “${this.phase}” begins.`);
    return true;
  }

  private forged(event: SyscallEvent, why: string): void {
    this.judge({ act: 'forgery', why, event, ok: true, foreign: false });
  }

  private audited(event: SyscallEvent, record: AuditRecord): void {
    this.causes.add(this.table.processOf(event.pid), record);
    if (record.event === 'pickle.find_class') {
      const name = globalOf(record);
      if (isDangerousGlobal(name) && this.globals.size < MAX_GLOBALS) this.globals.set(name, event);
      return;
    }
    const { args, frames } = record;
    const zone = zoneOf(args[0] ?? '', this.context);
    this.judge({ act: 'audit', name: record.event, args, frames, zone, event, ok: true, foreign: false });
  }

  private judge(act: Act): void {
    if (act.act === 'limit') this.limitHit(act.limit);
    for (const rule of RULES) {
      const subject = rule.subject(act);
      if (subject === undefined) continue;
      this.match(act, rule, subject);
      return;
    }
    if (isWorthTelling(act)) this.tell(act.event, explainEvent(act.event, this.table));
  }

  private match(act: Act, rule: Rule, subject: string): void {
    const { event } = act;
    const happened = (): string => happening(act, this.canaries, () => explainEvent(event, this.table));
    const finding = this.findings.add({
      rule,
      subject,
      about: () => this.withoutCanary(subject),
      explanation: () => `${happened()} ${rule.meaning}`,
      canary: () => canaryOf(act, this.canaries),
      facts: () => factsOf(act),
      rank: rankOf(act),
      evidence: { ...shownBy(act), pid: event.pid, ...this.time(event) },
      phase: this.phase,
      cause: () => this.causeOf(act),
      chain: () => this.chainOf(act),
      // The sinkhole mostly receives what the trace shows being sent; how often a library maps code is its own choice.
      again:
        (act.act === 'start' && act.again) || (act.act === 'theft' && event.kind === 'notice') || act.act === 'map',
    });
    if (!finding) {
      if (isWorthTelling(act)) this.tell(event, happened());
      return;
    }
    this.changed.push(finding);
    // An act of the global was seen: the global is the cause, not one more finding.
    if (rule.severity !== 'info' && rule.severity !== 'low' && this.phase !== 'import') this.globals.clear();
    if (finding.count <= MAX_EVIDENCE) this.tell(event, happened(), rule);
    // Who waits and then acts has waited for that; a library's thread that waits again and again has not.
    if (rule.severity !== 'info') for (const wait of this.observer.waitsBefore(event.pid)) this.judge(wait);
  }

  /** A canary has another value in each run. */
  private withoutCanary(subject: string): string {
    const [theft] = this.watch.theftIn(subject);
    return theft === undefined ? subject : `the value of ${theft.canary.path ?? theft.canary.name} ${theft.encoding}`;
  }

  private causeOf(act: Act): Finding['cause'] {
    switch (act.act) {
      case 'global':
        return { pickle: pickleCause(act.name, this.context) };
      case 'audit':
        return act.frames.length > 0 ? { frames: act.frames.slice(0, MAX_FRAMES).map(shortFrame) } : undefined;
      default:
        return this.causes.of(this.observer.ancestry(act.event.pid));
    }
  }

  /** The pickle's global that led to it, else the outermost process in which it happened that is not the runner's. */
  private chainOf(act: Act): string {
    const family = this.observer.ancestry(act.event.pid);
    const named = nameOfCause(this.causeOf(act)) ?? nameOfCause(this.causes.of(family));
    return named ?? `process ${family.at(-2) ?? family.at(-1) ?? act.event.pid}`;
  }

  private limitHit(limit: 'processes' | 'files' | 'disk' | 'memory'): void {
    const { pids, nofile, scratchMiB, memoryMiB } = this.context.limits;
    const texts = {
      processes: `No process or thread could be started: the sandbox allows ${pids}.`,
      files: `No file could be opened: the sandbox allows ${nofile} in each process.`,
      disk: `Nothing more could be written: the sandbox has ${scratchMiB} MiB of scratch space.`,
      memory: `No memory was left: the sandbox allows ${memoryMiB} MiB.`,
    };
    this.limits.set(limit, { limit, text: texts[limit] });
  }

  private tell(event: TraceEvent, text: string, rule?: Rule): void {
    const entry: TimelineEntry = {
      time: this.time(event).time ?? 0,
      pid: event.pid,
      phase: this.phase,
      text: escapeAndCut(text, TIMELINE_LENGTH),
      line: event.line,
      ...(rule === undefined ? {} : { severity: rule.severity, rule: rule.id }),
    };
    if (this.timeline.length < MAX_TIMELINE) this.timeline.push(entry);
    else this.timelineOmitted++;
  }

  /** Seconds since the first event. */
  private time(event: TraceEvent): { time?: number } {
    if (event.time === undefined || this.start === undefined) return {};
    return { time: Math.max(0, Number((event.time - this.start).toFixed(6))) };
  }

  private load(): LoadOutcome {
    return this.known.size === 0 ? { outcome: 'not-run' } : this.outcome.result();
  }

  /** Of the runner, after a load. */
  private missingSteps(): string[] {
    const { hasRested, notCompared } = this.outcome;
    return [
      ...(hasRested ? [] : ['The runner did not wait for what the model may have set for later.']),
      ...notCompared,
    ];
  }

  private gaps(): string[] {
    const called = this.outcome.calledStubClasses.slice(0, 5).map((name) => `__main__.${name}`);
    const gone = [...this.unseen].slice(0, 5).join(', ');
    return [
      ...(this.unparsed > 0 ? [`Lines of the trace that could not be read: ${this.unparsed}.`] : []),
      ...(this.tooManyFiles
        ? ['So many files were used that the trace could not be held against what the kernel says of them.']
        : []),
      ...(this.tooManyPlaces
        ? ['So many places were spoken to that the trace could not be held against what the network heard.']
        : []),
      ...(this.cutRecords > 0 ? [`Messages of the runner that were cut: ${this.cutRecords}.`] : []),
      ...(called.length > 0
        ? [
            `The model calls ${called.join(', ')} of the script that saved it, and that code is not in the file: what it does with what the model hands it was not seen. A test case that defines or imports it (\`dynscan new-test-case\`) lets it run.`,
          ]
        : []),
      ...(this.unseen.size > 0
        ? [`Processes that were started and never seen: ${this.unseen.size} (PID ${gone}).`]
        : []),
      ...(this.table.omitted.processes > 0 ? [`Processes too many to follow: ${this.table.omitted.processes}.`] : []),
      ...this.outcome.gaps,
      ...(this.sealed && this.outcome.result().outcome === 'loaded' ? this.missingSteps() : []),
      ...(this.known.size > 0 && !this.outcome.hasEnded ? ['The trace stops before the model’s process ended.'] : []),
    ];
  }
}

/** What shows an act: the line of the trace; of what the interpreter tells by a record of the runner's, that record's words: its write is our own. */
function shownBy(act: Act): Pick<Evidence, 'text' | 'line'> {
  const { event } = act;
  const told = toldByInterpreter(act);
  if (told !== undefined) return { text: told };
  return { text: event.kind === 'syscall' ? withoutEnvironment(event) : event.text, line: event.line };
}

/** The process or thread that a call started. */
function childOf(event: TraceEvent): Pid | undefined {
  if (event.kind !== 'syscall' || !STARTS_PROCESS.has(event.name) || event.result.kind !== 'ok') return undefined;
  return event.result.value > 0 ? event.result.value : undefined;
}
