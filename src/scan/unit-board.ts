/** Shows one thread what unit another is at and until when it may be, also when that one never comes back to its messages. */
import type { UnitPath } from '../static/units.js';

const DEADLINE = 0;
const DEPTH = 1;
const PATH = 2;
/** Units inside one another: containers are followed eight deep, and take a handful each. */
const DEEPEST = 60;

export class UnitBoard {
  readonly #numbers: Float64Array;

  constructor(readonly buffer = new SharedArrayBuffer(8 * (PATH + DEEPEST))) {
    this.#numbers = new Float64Array(buffer);
  }

  /** `deadline` is on `clock`. */
  show(path: UnitPath, deadline: number): void {
    this.#numbers.set(path.slice(0, DEEPEST), PATH);
    this.#numbers[DEPTH] = Math.min(path.length, DEEPEST);
    this.#numbers[DEADLINE] = deadline;
  }

  /** Nothing is shown any more, as before the first unit. */
  clear(): void {
    this.#numbers.fill(0);
  }

  /** Empty when no unit has begun. */
  get path(): UnitPath {
    return [...this.#numbers.subarray(PATH, PATH + (this.#numbers[DEPTH] ?? 0))];
  }

  /** Infinity when no unit has begun. */
  get deadline(): number {
    return this.#numbers[DEPTH] === 0 ? Infinity : (this.#numbers[DEADLINE] ?? Infinity);
  }
}

/** `performance.now` counts from the start of each thread; the system's own count is one for all. */
const ZERO = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds, the same in every thread; no change of the time of day moves it. */
export function clock(): number {
  return ZERO + performance.now();
}
