/** Work that nobody has asked for: one thing at a time, a moment after its last change, and none of a flood. Knows no editor. */
import { WorkQueue } from '../core/work-queue.js';

export interface QuietQueueOptions {
  /** Milliseconds without a further change before something is worked on: writers write in pieces. */
  readonly settle: number;
  /** Things that may wait at one time; what comes when there are as many is left out. */
  readonly limit: number;
  readonly work: (key: string) => Promise<void>;
  /** Told once for each flood. */
  readonly onFlood: () => void;
}

export class QuietQueue {
  readonly #settling = new Map<string, NodeJS.Timeout>();
  readonly #ready = new Set<string>();
  readonly #queue = new WorkQueue();
  #flooded = false;

  constructor(private readonly options: QuietQueueOptions) {}

  /** Says that something is new or has changed. */
  add(key: string): void {
    const { settle, limit, onFlood } = this.options;
    const known = this.#settling.get(key);
    clearTimeout(known);
    if (known === undefined && this.#settling.size + this.#ready.size >= limit) {
      if (!this.#flooded) onFlood();
      this.#flooded = true;
      return;
    }
    this.#ready.delete(key);
    this.#settling.set(
      key,
      setTimeout(() => {
        this.#settling.delete(key);
        this.#ready.add(key);
        void this.#queue.run(() => this.#workOn(key));
      }, settle),
    );
  }

  /** Says that it is of no interest any more. */
  remove(key: string): void {
    clearTimeout(this.#settling.get(key));
    this.#settling.delete(key);
    this.#ready.delete(key);
  }

  dispose(): void {
    for (const timer of this.#settling.values()) clearTimeout(timer);
    this.#settling.clear();
    this.#ready.clear();
  }

  async #workOn(key: string): Promise<void> {
    try {
      // It may have changed again, or be of no interest any more.
      if (this.#ready.delete(key)) await this.options.work(key);
    } finally {
      if (this.#settling.size + this.#ready.size === 0) this.#flooded = false;
    }
  }
}
