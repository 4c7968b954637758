/** Background work, which no user asked for: one item at a time, a moment after its last change, and none of a flood. Independent of VS Code. */
import { WorkQueue } from '../core/work-queue.js';

export interface QuietQueueOptions {
  /** Milliseconds without a further change before an item is worked on: writers write in pieces. */
  readonly settle: number;
  /** Items that may wait at one time; further items are dropped. */
  readonly limit: number;
  readonly work: (key: string) => Promise<void>;
  /** Called once for each flood. */
  readonly onFlood: () => void;
}

export class QuietQueue {
  readonly #settling = new Map<string, NodeJS.Timeout>();
  readonly #ready = new Set<string>();
  readonly #queue = new WorkQueue();
  #flooded = false;
  #working = 0;

  constructor(private readonly options: QuietQueueOptions) {}

  /** Adds an item that is new or has changed. */
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

  /** Removes an item that need not be worked on any more. */
  remove(key: string): void {
    clearTimeout(this.#settling.get(key));
    this.#settling.delete(key);
    this.#ready.delete(key);
  }

  /** Nothing waits, and nothing is worked on. */
  get isIdle(): boolean {
    return this.#settling.size + this.#ready.size === 0 && this.#working === 0;
  }

  dispose(): void {
    for (const timer of this.#settling.values()) clearTimeout(timer);
    this.#settling.clear();
    this.#ready.clear();
  }

  async #workOn(key: string): Promise<void> {
    this.#working += 1;
    try {
      // It may have changed again, or have been removed.
      if (this.#ready.delete(key)) await this.options.work(key);
    } finally {
      this.#working -= 1;
      if (this.#settling.size + this.#ready.size === 0) this.#flooded = false;
    }
  }
}
