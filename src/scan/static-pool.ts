/**
 * Reading models in threads of their own: a file made to be slow, or to fill the memory, stalls and ends its thread and nothing else.
 * One task at a time in each thread, so that ending a task is ending its thread.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CancelledError, throwIfCancelled, UserError } from '../report/user-error.js';
import type { StaticAnswers, StaticRequest, StaticResponse, StaticTask } from './static-job.js';

/** Why a task has no answer: it took too long, or too much memory. `message` says which, in words. */
export class StaticLimitError extends Error {}

export interface TaskOptions {
  readonly signal: AbortSignal;
  /** Seconds. */
  readonly timeout: number;
}

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
  ): Promise<StaticAnswers[Kind]> {
    await this.#turn();
    try {
      throwIfCancelled(options.signal);
      return (await this.#perform(task, options)) as StaticAnswers[Kind];
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= this.size) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }

  #perform(task: StaticTask, { signal, timeout }: TaskOptions): Promise<StaticAnswers[StaticTask['kind']]> {
    const worker = this.#idle.pop() ?? this.#start();
    const request: StaticRequest = { id: this.#next++, task };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        giveUp(
          new StaticLimitError(`reading the file took longer than ${timeout} s and was ended (setting staticTimeout)`),
        );
      }, timeout * 1000);
      const onAbort = (): void => {
        giveUp(new CancelledError());
      };
      const release = (): void => {
        clearTimeout(timer);
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
        release();
        // An idle thread keeps no program alive.
        worker.unref();
        this.#idle.push(worker);
        if ('answer' in response) resolve(response.answer);
        else reject(response.error.user ? new UserError(response.error.message) : new Error(response.error.message));
      };
      const onError = (error: Error): void => {
        const memory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        giveUp(memory ? new StaticLimitError('reading the file took more memory than a reader may use') : error);
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
