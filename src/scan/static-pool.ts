/**
 * Reading models in processes of their own: a file made to be slow, or to fill the memory, stalls and ends its reader and nothing else.
 * Not in threads: V8 ends the whole process when one value of a thread is larger than what is left of its heap.
 * One task at a time in each reader, so that ending a task is ending its reader.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CancelledError, UserError } from '../core/user-error.js';
import { WorkQueue } from '../core/work-queue.js';
import { privateFolder } from '../docker/cache.js';
import { Collected, type Discovery, type StaticResult } from '../static/collected.js';
import type { SkippedUnit } from '../readers/units.js';
import { clock } from './clock.js';
import { Reader } from './reader-process.js';
import type { CurrentUnit, StaticAnswers, StaticRequest, StaticResponse, StaticTask } from './static-job.js';

/** Why a task has no answer: it took too long, or too much memory, or the reader failed. `message` says which, in words. */
export class StaticLimitError extends Error {}

export interface TaskOptions {
  readonly signal: AbortSignal;
  /** Seconds. */
  readonly timeout: number;
}

/** The caller's hooks during a task, and the unit of a task that may end it early. */
interface Watched {
  readonly onFound: (found: Discovery) => void;
  /** The last that was begun; undefined when none was. */
  at: CurrentUnit | undefined;
  /** Seconds that all readers may take together. */
  readonly total: number;
}

/** Tasks that report findings while they read. */
type ReadingKind = 'analyse' | 'own-code';

/** A reading that came to its end, or as far as it could. */
export interface Analysis<Kind extends ReadingKind> {
  readonly result: StaticResult;
  /** The answer of the reading; undefined when it did not come to its end. */
  readonly reading: StaticAnswers[Kind] | undefined;
}

/** A task without the fields that the pool fills in. */
type Unlimited<Task> = Task extends unknown ? Omit<Task, 'limit' | 'skip'> : never;

/** Readers that are started anew for one file, past the unit that ended the one before. */
const RESTARTS = 8;
/** Milliseconds past its deadline in which a unit may still end itself. */
const GRACE = 300;
const WATCHED_EVERY = 100;

export class StaticPool {
  readonly #idle: Reader[] = [];
  readonly #queue = new WorkQueue();
  /** Where V8 keeps the readers' program compiled; undefined where no folder is this user's alone. */
  #compiled: Promise<string | undefined> | undefined;
  #next = 0;

  constructor(
    private readonly script = readerScript(),
    private readonly size = availableParallelism(),
    private readonly heap?: number,
  ) {}

  /** Rejects with CancelledError, UserError (the fault of the file) or StaticLimitError. */
  async run<Kind extends StaticTask['kind']>(
    task: StaticTask & { kind: Kind },
    options: TaskOptions,
    watched?: Watched,
  ): Promise<StaticAnswers[Kind]> {
    const answer = await this.#queue.run(() => this.#perform(task, options, watched), {
      limit: this.size,
      signal: options.signal,
    });
    return answer as StaticAnswers[Kind];
  }

  /**
   * Reads a file to its end. The unit in which a reader hangs, dies or fills its memory is a coverage gap; a new reader reads on past it. Earlier
   * findings stay. Rejects with CancelledError and UserError.
   */
  async analyse<Kind extends ReadingKind>(
    task: Unlimited<StaticTask & { kind: Kind }>,
    { signal, timeout }: TaskOptions,
    onFound?: (found: Discovery) => void,
  ): Promise<Analysis<Kind>> {
    const collected = new Collected();
    const skip: SkippedUnit[] = [];
    const take = (found: Discovery): void => {
      collected.add(found);
      onFound?.(found);
    };
    const end = clock() + timeout * 1000;
    for (;;) {
      const limit = Math.max(0, end - clock()) / 1000;
      const watched: Watched = { onFound: take, at: undefined, total: timeout };
      try {
        const whole = { ...task, limit, skip } as StaticTask & { kind: Kind };
        const reading = await this.run<Kind>(whole, { signal, timeout: limit + (2 * GRACE) / 1000 }, watched);
        return { result: collected.result(), reading };
      } catch (error) {
        if (!(error instanceof StaticLimitError)) throw error;
        const path = watched.at?.path ?? [];
        // A reader that hangs before the first unit, or as a whole, would hang again.
        const again = path.length > 1 && skip.length < RESTARTS && clock() < end;
        if (!again) {
          collected.add({ gaps: [error.message] });
          return { result: collected.result(), reading: undefined };
        }
        skip.push({ path, reason: error.message });
      }
    }
  }

  async #perform(
    task: StaticTask,
    { signal, timeout }: TaskOptions,
    watched?: Watched,
  ): Promise<StaticAnswers[StaticTask['kind']]> {
    this.#compiled ??= privateFolder('compiled').catch(() => undefined);
    const compiled = await this.#compiled;
    if (signal.aborted) throw new CancelledError();
    const reader = this.#idle.pop() ?? this.#start(compiled);
    const request: StaticRequest = { id: this.#next++, task };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        giveUp(
          new StaticLimitError(
            `reading the file took longer than ${watched?.total ?? timeout} s and was ended (setting staticTimeout)`,
          ),
        );
      }, timeout * 1000);
      const watch =
        watched &&
        setInterval(() => {
          if (clock() <= (watched.at?.deadline ?? Infinity) + GRACE) return;
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
      };
      const giveUp = (error: Error): void => {
        release();
        // No caller waits for this reader any more.
        reader.end();
        reject(error);
      };
      const onMessage = (response: StaticResponse): void => {
        if (response.id !== request.id) return;
        if ('found' in response) watched?.onFound(response.found);
        else if ('at' in response) {
          if (watched) watched.at = response.at;
        } else if ('answer' in response || response.error.user) {
          release();
          reader.rest();
          this.#idle.push(reader);
          if ('answer' in response) resolve(response.answer);
          else reject(new UserError(response.error.message));
        } else giveUp(new StaticLimitError(`the reader failed: ${response.error.message}`));
      };
      const onEnd = (outOfMemory: boolean): void => {
        giveUp(
          new StaticLimitError(
            outOfMemory
              ? 'reading the file took more memory than a reader may use'
              : 'the process that read the file ended before it was done',
          ),
        );
      };
      signal.addEventListener('abort', onAbort, { once: true });
      reader.ask(request, onMessage, onEnd);
    });
  }

  #start(compiled: string | undefined): Reader {
    const onGone = (reader: Reader): void => {
      const index = this.#idle.indexOf(reader);
      if (index >= 0) this.#idle.splice(index, 1);
    };
    return new Reader(this.script, { compiled, heap: this.heap, onGone });
  }
}

/** Beside the bundle that this is part of; unbundled, in dist/. */
export function readerScript(): string {
  const beside = join(__dirname, 'reader.js');
  return existsSync(beside) ? beside : join(__dirname, '..', '..', 'dist', 'reader.js');
}

let shared: StaticPool | undefined;

/** The readers of this program; started when the first file is read, kept for the next. */
export function staticPool(): StaticPool {
  shared ??= new StaticPool();
  return shared;
}
