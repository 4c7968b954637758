/** One process that reads models: started, asked, kept for the next and ended. */
import { fork, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { ANSWERS, FrameReader } from './frames.js';
import type { StaticRequest, StaticResponse } from './static-job.js';

/** Of a reader's heap, MiB. Buffers are apart from it; the readers bound those. */
const HEAP_MIB = 256;
/** Bound on one half of the young generation: V8 would let up to 64 MiB of short-lived objects gather before it collects them. */
const YOUNG_HALF_MIB = 2;
/** Node's exit code when the heap is full, where no signal shows it. */
const ABORTED = 134;

const running = new Set<Reader>();
/** A reader that hangs would not notice. */
process.once('exit', () => {
  for (const reader of running) reader.end();
});

interface ReaderOptions {
  /** A folder that only this user can write into: what is in it runs. */
  readonly compiled?: string | undefined;
  /** Mebibytes. */
  readonly heap?: number | undefined;
  /** Called when the process has ended, for whatever reason. */
  readonly onGone?: (reader: Reader) => void;
}

export class Reader {
  readonly #process: ChildProcess;
  readonly #answers: Socket;
  #onMessage: ((response: StaticResponse) => void) | undefined;
  #onEnd: ((outOfMemory: boolean) => void) | undefined;
  #outOfMemory = false;

  constructor(script: string, { compiled, heap = HEAP_MIB, onGone = () => undefined }: ReaderOptions = {}) {
    this.#process = fork(script, [], {
      // Not the options of this process, such as those of a debugger.
      execArgv: [`--max-old-space-size=${heap}`, `--max-semi-space-size=${YOUNG_HALF_MIB}`],
      // In VS Code the program is Electron.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '', NODE_COMPILE_CACHE: compiled ?? '' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ipc'],
    });
    const answers = this.#process.stdio[ANSWERS];
    if (!(answers instanceof Socket)) throw new Error('a reader has no pipe');
    this.#answers = answers;
    running.add(this);
    const frames = new FrameReader();
    answers.on('data', (chunk: Buffer) => {
      try {
        for (const message of frames.push(chunk)) this.#onMessage?.(message as StaticResponse);
      } catch {
        this.#process.kill('SIGKILL');
      }
    });
    answers.on('error', () => undefined);
    // A process that cannot be started, or that ends before its first task, is reported by its end.
    this.#process.on('error', () => {
      this.#ended(onGone);
    });
    this.#process.on('exit', (code, signal) => {
      this.#outOfMemory = signal === 'SIGABRT' || code === ABORTED;
    });
    // Not at its exit: messages that it sent before may still be in the pipe.
    this.#process.on('close', () => {
      this.#ended(onGone);
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** One task at a time. `onEnd` is called when the process ends during a task. */
  ask(
    request: StaticRequest,
    onMessage: (response: StaticResponse) => void,
    onEnd: (outOfMemory: boolean) => void,
  ): void {
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
    this.#process.ref();
    this.#process.channel?.ref();
    this.#answers.ref();
    this.#process.send(request, () => undefined);
  }

  /** Until it is asked again it keeps no program alive. */
  rest(): void {
    this.#onMessage = undefined;
    this.#onEnd = undefined;
    this.#process.unref();
    this.#process.channel?.unref();
    this.#answers.unref();
  }

  end(): void {
    this.#onMessage = undefined;
    this.#onEnd = undefined;
    this.#process.kill('SIGKILL');
  }

  #ended(onGone: (reader: Reader) => void): void {
    running.delete(this);
    onGone(this);
    const told = this.#onEnd;
    this.rest();
    told?.(this.#outOfMemory);
  }
}
