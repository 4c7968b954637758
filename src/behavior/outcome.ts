/** The load outcome, from the runner's records and the end of its process. */
import { escapeAndCut } from '../core/escape.js';
import { PHASES, type LoadOutcome, type Phase } from '../core/schema.js';
import type { ExitEvent, KilledEvent } from '../trace/events.js';
import { shortFrame } from './causes.js';
import type { ChannelRecord } from './channel.js';

type OwnRecord = Exclude<ChannelRecord, { k: 'audit' | 'changed' }>;
type Raised = Extract<ChannelRecord, { k: 'raised' }>;

const TEXT_LENGTH = 2000;
const NAME_LENGTH = 120;
/** Uses that failed, in a report. */
const NOT_USED = 30;
/** Methods of the model's own classes, in a report. */
const METHODS = 200;
/** Maximum number of names of stub classes. */
const MAX_STUB_CLASSES = 200;
/** Signals that end a process from outside when a limit is reached or the user stops the run. */
const STOPPING: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGXCPU', 'SIGXFSZ']);

export class Outcome {
  private current: Phase = 'start';
  private type: string | undefined;
  private raised: Raised | undefined;
  private done = false;
  /** By kind of use, whatever its arguments: why it failed; the empty text once it worked. */
  private readonly uses = new Map<string, string>();
  /** By name, whether it was called. */
  private readonly stubClasses = new Map<string, boolean>();
  private readonly missed = new Set<string>();
  private missedCount = 0;
  private readonly ran = new Map<string, boolean>();
  private rested = false;
  private readonly lacking = new Set<string>();
  private readonly unfinished = new Set<string>();
  /** By phase, whether the interpreter could be compared with what it was before the load. */
  private readonly compared = new Map<Phase, boolean>();
  private end: ExitEvent | KilledEvent | undefined;

  get phase(): Phase {
    return this.current;
  }

  get hasEnded(): boolean {
    return this.end !== undefined;
  }

  /** Takes the runner's next record; returns the reason, if the runner cannot have written it. */
  take(record: OwnRecord): string | undefined {
    if (this.done) return 'the runner has said its last word already';
    switch (record.k) {
      case 'phase': {
        // Each phase begins once, in order. The last, `after`, is not the runner's to begin.
        const isNext = PHASES.indexOf(record.phase) > PHASES.indexOf(this.current) && record.phase !== 'after';
        if (!isNext) return `the phase “${record.phase}” cannot follow “${this.current}”`;
        this.current = record.phase;
        return undefined;
      }
      case 'loaded':
        if (this.current !== 'load' || this.type !== undefined || this.raised) return 'there was nothing to load then';
        this.type = record.type;
        return undefined;
      case 'raised':
        if (this.type !== undefined || this.raised) return 'the load had ended already';
        this.raised = record;
        return undefined;
      case 'bytecode':
        return PHASES.indexOf(this.current) >= PHASES.indexOf('load') ? undefined : 'nothing had been loaded then';
      case 'standIn':
        if (PHASES.indexOf(this.current) < PHASES.indexOf('load')) return 'nothing had been loaded then';
        if (this.stubClasses.has(record.name) || this.stubClasses.size < MAX_STUB_CLASSES)
          this.stubClasses.set(record.name, record.called || this.stubClasses.get(record.name) === true);
        return undefined;
      case 'rest':
        this.rested = !record.begins;
        return PHASES.indexOf(this.current) >= PHASES.indexOf('use') ? undefined : 'nothing had been loaded then';
      case 'compared':
        this.compared.set(this.current, record.complete && this.compared.get(this.current) !== false);
        return PHASES.indexOf(this.current) >= PHASES.indexOf('load') ? undefined : 'nothing had been loaded then';
      case 'reached':
        return undefined;
      case 'lacking':
        for (const name of record.modules) if (this.lacking.size < NOT_USED) this.lacking.add(name);
        return PHASES.indexOf(this.current) >= PHASES.indexOf('use') ? undefined : 'nothing had been loaded then';
      case 'unfinished':
        for (const name of record.threads) if (this.unfinished.size < NOT_USED) this.unfinished.add(name);
        return PHASES.indexOf(this.current) >= PHASES.indexOf('use') ? undefined : 'nothing had been loaded then';
      case 'budget':
        for (const name of record.left) if (this.missed.size < NOT_USED) this.missed.add(name);
        this.missedCount += record.count;
        return undefined;
      case 'ran':
        for (const [name, ran] of record.methods) if (this.ran.size < METHODS) this.ran.set(name, ran);
        return undefined;
      case 'used':
        if (this.current !== 'use') return 'there was nothing to use then';
        this.used(record);
        return undefined;
      case 'done':
        this.done = true;
        return this.current === 'exit' ? undefined : 'the runner was not about to leave then';
    }
  }

  private used({ what, ok, detail }: Extract<OwnRecord, { k: 'used' }>): void {
    const [act = what] = what.split(' with ');
    if (this.uses.get(act) === '' || (this.uses.size >= 10 * NOT_USED && !this.uses.has(act))) return;
    this.uses.set(act, ok ? '' : `${what}: ${detail ?? 'it failed'}`);
  }

  /** The runner's process has ended: further acts are those of the processes that it left behind. */
  ended(event: ExitEvent | KilledEvent): void {
    this.end = event;
    this.current = 'after';
  }

  /** Names whose stub class was called: what their own code would have done then was not seen. */
  get calledStubClasses(): string[] {
    return [...this.stubClasses].flatMap(([name, called]) => (called ? [escapeAndCut(name, NAME_LENGTH)] : []));
  }

  /** Whether the runner waited, after its last use of the model, until all had happened that the model set for later. */
  get hasRested(): boolean {
    return this.rested;
  }

  /** Why it is not known what the model left changed in the interpreter, in sentences. */
  get notCompared(): string[] {
    return (['load', 'collect'] as const).flatMap((phase) => {
      const moment = phase === 'load' ? 'loading' : 'using';
      switch (this.compared.get(phase)) {
        case true:
          return [];
        case false:
          return [`What ${moment} the model changed in the interpreter could not be compared to its end.`];
        case undefined:
          return [`What ${moment} the model changed in the interpreter was not compared.`];
      }
    });
  }

  /** What of the model's own was not done, in sentences. */
  get gaps(): string[] {
    const shown = [...this.missed].slice(0, 10).map((name) => escapeAndCut(name, NAME_LENGTH));
    const more = this.missedCount - shown.length;
    const unfinished = [...this.unfinished].map((name) => escapeAndCut(name, NAME_LENGTH));
    return [
      ...(this.missedCount === 0
        ? []
        : [
            `The time for using the model ran out before ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''} of its own code ${this.missedCount === 1 ? 'was' : 'were'} called.`,
          ]),
      ...(this.lacking.size === 0
        ? []
        : [
            `Code in the file asks for ${[...this.lacking].map((name) => escapeAndCut(name, NAME_LENGTH)).join(', ')}, which the sandbox does not have: what it does where it is installed was not seen.`,
          ]),
      ...(unfinished.length === 0
        ? []
        : [
            `Threads that the model started still waited when the scan came to its end (${unfinished.join(', ')}): what they do later was not seen.`,
          ]),
    ];
  }

  result(): LoadOutcome {
    const failed = [...this.uses.values()].filter((reason) => reason !== '').slice(0, NOT_USED);
    const notUsed = failed.map((reason) => escapeAndCut(reason, TEXT_LENGTH));
    const standIns = [...this.stubClasses.keys()].map((name) => `__main__.${escapeAndCut(name, NAME_LENGTH)}`);
    const methods = [...this.ran].map(([name, ran]) => ({ name: escapeAndCut(name, NAME_LENGTH), ran }));
    return {
      ...this.load(),
      ...(standIns.length > 0 ? { standIns } : {}),
      ...(notUsed.length > 0 ? { notUsed } : {}),
      ...(methods.length > 0 ? { methods } : {}),
    };
  }

  private load(): LoadOutcome {
    const type = this.type === undefined ? {} : { type: escapeAndCut(this.type, TEXT_LENGTH) };
    const { raised, end } = this;
    if (!end) return { outcome: 'stopped', ...type };
    if (end.kind === 'killed') {
      return { outcome: STOPPING.has(end.signal) ? 'stopped' : 'crashed', ...type, signal: end.signal };
    }
    const exit = { exitCode: end.code };
    if (raised) {
      const isMissing = raised.missing !== undefined;
      return {
        outcome: isMissing ? 'missing-dependency' : 'raised',
        ...exit,
        error: errorOf(raised),
        ...(raised.missing === undefined ? {} : { missing: escapeAndCut(raised.missing, TEXT_LENGTH) }),
      };
    }
    const isLoaded = this.type !== undefined && this.done && end.code === 0;
    return { outcome: isLoaded ? 'loaded' : 'left', ...type, ...exit };
  }
}

function errorOf({ type, message, phase, frames }: Raised): NonNullable<LoadOutcome['error']> {
  return {
    type: escapeAndCut(type, TEXT_LENGTH),
    message: escapeAndCut(message, TEXT_LENGTH),
    phase,
    frames: frames.map(shortFrame),
  };
}
