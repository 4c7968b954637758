/** Weighted semaphore, first come first served. With the defaults it runs one piece of work after the other. */
import { CancelledError, throwIfCancelled } from './user-error.js';

export interface WorkOptions {
  /** Number of places that the work takes. Work that wants more than there are gets all, once it is alone. */
  readonly places?: number;
  /** Places that there are, for this work: a setting may have changed since the last. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

interface Waiting {
  readonly places: number;
  readonly limit: number;
  readonly enter: () => void;
}

export class WorkQueue {
  readonly #waiting: Waiting[] = [];
  #taken = 0;

  /** Does the work when its places are free and no earlier work waits. Rejects with CancelledError when aborted before that. */
  async run<T>(work: () => Promise<T>, { places = 1, limit = 1, signal }: WorkOptions = {}): Promise<T> {
    throwIfCancelled(signal);
    const wanted = Math.min(places, limit);
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(one), 1);
        reject(new CancelledError());
        this.#next();
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const one: Waiting = { places: wanted, limit, enter };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(one);
      this.#next();
    });
    try {
      return await work();
    } finally {
      this.#taken -= wanted;
      this.#next();
    }
  }

  #next(): void {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      if (this.#taken > 0 && this.#taken + first.places > first.limit) return;
      this.#waiting.shift();
      this.#taken += first.places;
      first.enter();
    }
  }
}
