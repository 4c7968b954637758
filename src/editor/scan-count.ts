/** How far the scans are that the user waits for, as the status bar says it. Independent of VS Code. */

export interface Counted {
  /** Models whose report there is. */
  readonly done: number;
  readonly total: number;
  /** Models that are malicious as far as is known, whether they were run yet or only read. */
  readonly malicious: number;
}

/** One request. */
interface Part {
  readonly total: number;
  /** Its models, once they are known; what lies beside them has a report, too. */
  readonly models: ReadonlySet<string> | undefined;
  readonly done: Set<string>;
}

/** Counts over all requests from the first that begins to the last that ends, so that no number falls when one of them ends. */
export class ScanCount {
  readonly #open = new Map<object, Part>();
  readonly #malicious = new Set<string>();
  #done = 0;

  /** `total`: as far as is known. */
  begin(request: object, total: number): void {
    if (this.#open.size === 0) {
      this.#done = 0;
      this.#malicious.clear();
    }
    this.#open.set(request, { total, models: undefined, done: new Set() });
  }

  /** The models that the request turned out to have. */
  found(request: object, models: readonly string[]): void {
    const done = this.#open.get(request)?.done;
    if (done) this.#open.set(request, { total: models.length, models: new Set(models), done });
  }

  /** What was read, or seen by now, of a model. */
  seen(request: object, model: string, isMalicious: boolean): void {
    if (isMalicious && this.#open.has(request)) this.#malicious.add(model);
  }

  done(request: object, model: string): void {
    const part = this.#open.get(request);
    if (part?.models?.has(model) !== false) part?.done.add(model);
  }

  /** Models that were not reached count no more. */
  end(request: object): void {
    this.#done += this.#open.get(request)?.done.size ?? 0;
    this.#open.delete(request);
  }

  /** Undefined when nothing is scanned that the user waits for. */
  get counted(): Counted | undefined {
    if (this.#open.size === 0) return undefined;
    let [done, total] = [this.#done, this.#done];
    for (const part of this.#open.values()) {
      done += part.done.size;
      total += part.total;
    }
    return { done, total, malicious: this.#malicious.size };
  }
}
