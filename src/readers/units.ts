/**
 * How a reading is divided: into units, each a part of the work that may fail, hang or be left out by itself, inside one another as things
 * lie in the file. Each has its share of the time that the unit around it has left, so that no number of slow ones takes all of it.
 */

/** What a reader asks between two steps of its work: throws when it has to end. An AbortSignal is one. */
export interface Stop {
  throwIfAborted(): void;
}

/** Places of a unit among its siblings, from the whole on: the same in each reading of the same bytes. */
export type UnitPath = readonly number[];

export interface SkippedUnit {
  readonly path: UnitPath;
  /** Why it is left out, as a gap says it. */
  readonly reason: string;
}

export interface UnitOptions {
  readonly signal?: Stop | undefined;
  /** Milliseconds, from any zero. */
  readonly clock?: (() => number) | undefined;
  /** Milliseconds that the whole may take. */
  readonly limit?: number | undefined;
  /** Units that ended an earlier reading of the same bytes. */
  readonly skip?: readonly SkippedUnit[] | undefined;
  /** Called for each unit that begins, and of the one around it when it ends; `deadline` is on the clock. */
  readonly onUnit?: ((path: UnitPath, deadline: number) => void) | undefined;
}

/** The time of a unit is over. */
class OverTime extends Error {
  constructor(readonly level: number) {
    super('the time of this part is over');
  }
}

/** Ends a reading from within, on purpose. */
export class EndOfReading extends Error {}

export class Units implements Stop {
  readonly #path: number[] = [];
  /** How many units began in each of those around; the last is that of the innermost. */
  readonly #begun: number[] = [0];
  readonly #deadlines: number[];
  readonly #clock: () => number;
  readonly #skip: ReadonlyMap<string, string>;

  constructor(private readonly options: UnitOptions = {}) {
    this.#clock = options.clock ?? (() => 0);
    this.#deadlines = [this.#clock() + (options.limit ?? Infinity)];
    this.#skip = new Map((options.skip ?? []).map(({ path, reason }) => [path.join('/'), reason]));
  }

  throwIfAborted(): void {
    this.options.signal?.throwIfAborted();
    const deadline = this.#deadlines.at(-1) ?? Infinity;
    if (deadline === Infinity) return;
    const now = this.#clock();
    if (now > deadline) throw new OverTime(this.#deadlines.findIndex((end) => now > end));
  }

  /** Begins a unit with a share of the time that is left; answers why it is left out, if it is. */
  enter(share: number): string | undefined {
    const place = this.#begun.at(-1) ?? 0;
    this.#begun[this.#begun.length - 1] = place + 1;
    this.#path.push(place);
    this.#begun.push(0);
    const around = this.#deadlines.at(-1) ?? Infinity;
    const now = this.#clock();
    this.#deadlines.push(around === Infinity ? Infinity : now + Math.max(0, around - now) * share);
    this.#tell();
    return this.#skip.size === 0 ? undefined : this.#skip.get(this.#path.join('/'));
  }

  leave(): void {
    this.#path.pop();
    this.#begun.pop();
    this.#deadlines.pop();
    this.#tell();
  }

  /** Why the unit that is left failed, for its gap; undefined when the error is not its own: the reading was ended, or the time of a unit around it. */
  failure(error: unknown): { readonly text: string; readonly unforeseen: boolean } | undefined {
    if (error instanceof EndOfReading) return undefined;
    try {
      this.options.signal?.throwIfAborted();
    } catch {
      return undefined;
    }
    if (error instanceof OverTime)
      return error.level < this.#path.length
        ? undefined
        : { text: 'reading it took longer than its share of the time (setting staticTimeout)', unforeseen: false };
    return { text: `the reader failed: ${nameOfError(error)}`, unforeseen: true };
  }

  #tell(): void {
    this.options.onUnit?.(this.#path, this.#deadlines.at(-1) ?? Infinity);
  }
}

/** For what no reader foresees: enough to find the place in the program. */
export function nameOfError(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 200);
  return `${error.name === 'Error' ? error.constructor.name : error.name}: ${error.message.slice(0, 200)}`;
}
