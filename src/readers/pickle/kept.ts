/** Bounds the memory of a walk: the items of containers, the entries of the memo and the stack share one budget. */
import { SMALL_INTS } from './arguments.js';
import type { PickleFacts } from './facts.js';
import { versionMark } from './provenance.js';
import { isNumber, type Value } from './value.js';

/** Items kept of one container; the others are only counted. */
export const ITEMS_KEPT = 512;
/** Bytes that a value on the stack takes. */
const STACKED = 53;
/** Values that the stack may always have: Python's pickler stacks a thousand items and their containers. */
const LEAST_STACK = 100_000;

/** The values above a mark. */
export interface Popped {
  /** The first of them: as many as are kept of a container. */
  readonly items: Value[];
  readonly count: number;
  /** True when the others are all numbers. */
  readonly restIsNumbers: boolean;
}

/** Keys and values, and a callee. */
export const POPPED_KEPT = 2 * ITEMS_KEPT + 1;

export class Kept {
  /** Values that the stack may have now. */
  stackLimit: number;
  /** Bytes taken by the memo and by items. */
  #kept = 0;

  /** `room`: bytes for everything that is kept, and for the values on `stack`. */
  constructor(
    private readonly facts: PickleFacts,
    private readonly room: number,
    private readonly stack: readonly Value[],
  ) {
    this.stackLimit = this.#stackRoom();
  }

  sequence(type: 'tuple' | 'list' | 'frozenset', popped: Popped): Value {
    const value: Value = { kind: 'sequence', type, items: [], count: 0 };
    this.addItems(value, popped);
    return value;
  }

  addItems(target: Value & { kind: 'sequence' }, { items, count, restIsNumbers }: Popped): void {
    target.count += count;
    const more = items.slice(0, ITEMS_KEPT - target.items.length);
    if (more.length > 0 && this.keep(more)) for (const item of more) target.items.push(item);
    else more.length = 0;
    if (!restIsNumbers || !items.every((item, index) => index < more.length || isNumber(item))) target.lost = true;
  }

  setItems(dict: Value & { kind: 'dict' }, { items, count, restIsNumbers }: Popped): void {
    dict.count += count / 2;
    if (!restIsNumbers) dict.lost = true;
    for (let index = 0; index + 1 < items.length; index += 2) {
      const key = items[index];
      const value = items[index + 1];
      if (!key || !value) continue;
      if (dict.entries.length >= ITEMS_KEPT) {
        if (dict.lost) break;
        if (!isNumber(value)) dict.lost = true;
        continue;
      }
      const mark = versionMark(key, value);
      if (mark && !this.facts.versions.has(mark.distribution)) this.facts.versions.set(mark.distribution, mark.version);
      if (this.keep([key, value])) dict.entries.push([key, value]);
      else if (!isNumber(value)) dict.lost = true;
    }
  }

  /** Takes room for these values; false when there is not enough. */
  keep(values: readonly Value[]): boolean {
    let cost = 0;
    for (const value of values) cost += costOf(value);
    if (this.#kept + cost + this.stack.length * STACKED > this.room) return false;
    this.#kept += cost;
    this.stackLimit = this.#stackRoom();
    return true;
  }

  #stackRoom(): number {
    return Math.max(LEAST_STACK, (this.room - this.#kept) / STACKED);
  }
}

/** An estimate in bytes: an object with three or four fields, and its text. */
function costOf(value: Value): number {
  if (value.kind === 'text') return 64 + value.text.length;
  // Small integers share one object each.
  return value.kind === 'int' && value.value >= 0 && value.value < SMALL_INTS.length ? 8 : 64;
}
