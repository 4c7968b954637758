/** Who runs now, and who waits. Knows no editor. */

interface Waiting {
  readonly places: number;
  readonly limit: number;
  readonly enter: () => void;
}

/** Lets work begin in the order in which it came, as long as what runs together takes no more places than there are. */
export class Turns {
  readonly #waiting: Waiting[] = [];
  #taken = 0;

  /**
   * Answers when `places` of `limit` are free and nobody has waited longer, with the way to give them back; undefined when the
   * signal aborts before. What wants more places than there are gets all, once it is alone.
   */
  async take(places: number, limit: number, signal: AbortSignal): Promise<(() => void) | undefined> {
    const wanted = Math.min(places, limit);
    const entered = await new Promise<boolean>((resolve) => {
      const stop = (): void => {
        const at = this.#waiting.indexOf(one);
        // Its turn has come already.
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        resolve(false);
        this.#next();
      };
      const enter = (): void => {
        signal.removeEventListener('abort', stop);
        resolve(true);
      };
      const one: Waiting = { places: wanted, limit, enter };
      this.#waiting.push(one);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      else this.#next();
    });
    if (!entered) return undefined;
    return () => {
      this.#taken -= wanted;
      this.#next();
    };
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
