/**
 * Reading models in threads of their own: a file made to be slow, or to fill the memory, stalls and ends its thread and nothing else.
 * One task at a time in each thread, so that ending a task is ending its thread.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CancelledError, throwIfCancelled, UserError } from '../report/user-error.js';
import { Collected, type Discovery, type StaticResult } from '../static/collected.js';
import { nameOfError, type SkippedUnit } from '../static/units.js';
import type { StaticAnswers, StaticRequest, StaticResponse, StaticTask } from './static-job.js';
import { clock, UnitBoard } from './unit-board.js';

/** Why a task has no answer: it took too long, or too much memory, or the reader failed. `message` says which, in words. */
export class StaticLimitError extends Error {}

export interface TaskOptions {
  readonly signal: AbortSignal;
  /** Seconds. */
  readonly timeout: number;
}

/** What the one who waits is told on the way, and the part of a task that may end it before its time. */
interface Watched {
  readonly board: UnitBoard;
  readonly onFound: (found: Discovery) => void;
  /** Seconds that all threads may take together. */
  readonly total: number;
}

/** Tasks that tell what they find while they read. */
type ReadingKind = 'analyse' | 'own-code';

/** A reading that came to its end, or as far as it could. */
export interface Analysis<Kind extends ReadingKind> {
  readonly result: StaticResult;
  /** How it ended; undefined when it did not come to its end. */
  readonly reading: StaticAnswers[Kind] | undefined;
}

/** All of a task but what the pool says of it. */
type Unlimited<Task> = Task extends unknown ? Omit<Task, 'limit' | 'skip' | 'at'> : never;

/** Threads that are started anew for one file, past the unit that ended the one before. */
const RESTARTS = 8;
/** Milliseconds past its deadline in which a unit may notice itself. */
const GRACE = 300;
const WATCHED_EVERY = 100;

/** Of a thread's own heap, MiB. Buffers are apart from it; the readers bound those. */
export const HEAP_MIB = 256;
/** Of that what is young: V8 would let up to 64 MiB of short-lived things gather before it looks. */
export const YOUNG_MIB = 8;

export class StaticPool {
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #next = 0;

  constructor(
    private readonly script = workerScript(),
    private readonly size = availableParallelism(),
    private readonly heap = HEAP_MIB,
  ) {}

  /** Rejects with CancelledError, UserError (what is wrong with the file) or StaticLimitError. */
  async run<Kind extends StaticTask['kind']>(
    task: StaticTask & { kind: Kind },
    options: TaskOptions,
    watched?: Watched,
  ): Promise<StaticAnswers[Kind]> {
    await this.#turn();
    try {
      throwIfCancelled(options.signal);
      return (await this.#perform(task, options, watched)) as StaticAnswers[Kind];
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /**
   * Reads a file to its end. The unit in which a thread hangs, dies or fills its memory is a gap; a new one reads on past it.
   * What was found before stays. Rejects with CancelledError and UserError.
   */
  async analyse<Kind extends ReadingKind>(
    task: Unlimited<StaticTask & { kind: Kind }>,
    { signal, timeout }: TaskOptions,
    onFound?: (found: Discovery) => void,
  ): Promise<Analysis<Kind>> {
    const collected = new Collected();
    const skip: SkippedUnit[] = [];
    const board = new UnitBoard();
    const take = (found: Discovery): void => {
      collected.add(found);
      onFound?.(found);
    };
    const watched = { board, onFound: take, total: timeout };
    const end = clock() + timeout * 1000;
    for (;;) {
      const limit = Math.max(0, end - clock()) / 1000;
      board.clear();
      try {
        const whole = { ...task, limit, skip, at: board.buffer } as StaticTask & { kind: Kind };
        const reading = await this.run<Kind>(whole, { signal, timeout: limit + (2 * GRACE) / 1000 }, watched);
        return { result: collected.result(), reading };
      } catch (error) {
        if (!(error instanceof StaticLimitError)) throw error;
        const { path } = board;
        // What hangs before the first unit, or as a whole, hangs again.
        const again = path.length > 1 && skip.length < RESTARTS && clock() < end;
        if (!again) {
          collected.add({ gaps: [error.message] });
          return { result: collected.result(), reading: undefined };
        }
        skip.push({ path, reason: error.message });
      }
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= this.size) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }

  #perform(
    task: StaticTask,
    { signal, timeout }: TaskOptions,
    watched?: Watched,
  ): Promise<StaticAnswers[StaticTask['kind']]> {
    const worker = this.#idle.pop() ?? this.#start();
    const request: StaticRequest = { id: this.#next++, task };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        giveUp(
          new StaticLimitError(
            `reading the file took longer than ${watched?.total ?? timeout} s and was ended (setting staticTimeout)`,
          ),
        );
      }, timeout * 1000);
      const board = watched?.board;
      const watch =
        board &&
        setInterval(() => {
          if (clock() <= board.deadline + GRACE) return;
          giveUp(
            new StaticLimitError(
              'reading it took longer than its share of the time and was ended (setting staticTimeout)',
            ),
          );
        }, WATCHED_EVERY);
      const onAbort = (): void => {
        giveUp(new CancelledError());
      };
      const release = (): void => {
        clearTimeout(timer);
        clearInterval(watch);
        signal.removeEventListener('abort', onAbort);
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
      };
      const giveUp = (error: Error): void => {
        release();
        // Whatever it does now is nobody's business any more.
        worker.on('error', () => undefined);
        void worker.terminate();
        reject(error);
      };
      const onMessage = (response: StaticResponse): void => {
        if (response.id !== request.id) return;
        if ('found' in response) {
          watched?.onFound(response.found);
          return;
        }
        release();
        // An idle thread keeps no program alive.
        worker.unref();
        this.#idle.push(worker);
        if ('answer' in response) resolve(response.answer);
        else if (response.error.user) reject(new UserError(response.error.message));
        else reject(new StaticLimitError(`the reader failed: ${response.error.message}`));
      };
      const onError = (error: Error): void => {
        const memory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        giveUp(
          new StaticLimitError(
            memory
              ? 'reading the file took more memory than a reader may use'
              : `the reader failed: ${nameOfError(error)}`,
          ),
        );
      };
      const onExit = (): void => {
        giveUp(new StaticLimitError('the thread that read the file ended before it was done'));
      };
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      signal.addEventListener('abort', onAbort, { once: true });
      worker.ref();
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    const worker = new Worker(this.script, {
      resourceLimits: { maxOldGenerationSizeMb: this.heap, maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    worker.on('exit', () => {
      const index = this.#idle.indexOf(worker);
      if (index >= 0) this.#idle.splice(index, 1);
    });
    return worker;
  }
}

/** Beside the bundle that this is part of; unbundled, in dist/. */
export function workerScript(): string {
  const beside = join(__dirname, 'static-worker.js');
  return existsSync(beside) ? beside : join(__dirname, '..', '..', 'dist', 'static-worker.js');
}

let shared: StaticPool | undefined;

/** The threads of this program; started when the first file is read, kept for the next. */
export function staticPool(): StaticPool {
  shared ??= new StaticPool();
  return shared;
}
