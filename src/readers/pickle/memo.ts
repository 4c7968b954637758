/** The memo of the unpickler, bounded: of an entry that does not fit, only the kind of its value is kept. */
import type { PickleFacts } from './facts.js';
import type { Kept } from './kept.js';
import { UNKNOWN, type Value } from './value.js';

/** Entries at indexes that do not follow one another. */
const FAR_KEPT = 1_000_000;

export class Memo {
  /** Entries whose indexes come in order: 0, 1, 2 … The others are in `#far`. */
  readonly #near: Value[] = [];
  /** Entries after those of `#near`, which did not fit. */
  readonly #forgotten = new Outlines();
  readonly #far = new Map<number, Value>();
  /** An entry was read of which nothing is known. */
  #lost = false;

  constructor(
    private readonly facts: PickleFacts,
    private readonly kept: Kept,
  ) {}

  /** Number of entries, which is the index for MEMOIZE. */
  get size(): number {
    return this.#near.length + this.#forgotten.length + this.#far.size;
  }

  put(index: number, value: Value): void {
    const end = this.#near.length + this.#forgotten.length;
    if (index < this.#near.length) this.#near[index] = value;
    else if (index < end) this.#forgotten.set(index - this.#near.length, value);
    else if (index === end && !this.#far.has(index)) {
      if (this.#forgotten.length === 0 && this.kept.keep([value])) this.#near.push(value);
      else this.#forgotten.push(value);
    } else if (index >= end && (this.#far.size < FAR_KEPT || this.#far.has(index))) this.#far.set(index, value);
  }

  /** The value for an opcode at `offset` that reads the memo; undefined when there is no entry. */
  get(index: number, offset: number): Value | undefined {
    const value = this.#near[index] ?? this.#far.get(index);
    if (value) return value;
    const end = this.#near.length + this.#forgotten.length;
    if ((index < this.#near.length || index >= end) && this.#far.size < FAR_KEPT) return undefined;
    const forgotten = this.#forgotten.at(index - this.#near.length);
    if (forgotten === undefined && !this.#lost) {
      this.#lost = true;
      this.facts.gaps.add(
        `it remembers more objects than are followed, and uses one of the later ones at byte ${offset}`,
      );
    }
    return forgotten ?? UNKNOWN;
  }
}

/** The kinds of values that were not kept, one byte each: a large vocabulary has millions. */
class Outlines {
  #kinds: Uint8Array = NOTHING;
  length = 0;

  push(value: Value): void {
    if (this.length === this.#kinds.length) {
      const larger = new Uint8Array(Math.max(1024, 2 * this.length));
      larger.set(this.#kinds);
      this.#kinds = larger;
    }
    this.length += 1;
    this.set(this.length - 1, value);
  }

  set(index: number, value: Value): void {
    this.#kinds[index] =
      1 + OUTLINED.findIndex((kind) => kind === (value.kind === 'sequence' ? value.type : value.kind));
  }

  /** A new value each time, because opcodes may add items to it; undefined for any other kind than those of `OUTLINED`. */
  at(index: number): Value | undefined {
    const kind = OUTLINED[(this.#kinds[index] ?? 0) - 1];
    if (kind === undefined) return undefined;
    if (kind === 'text') return { kind, text: '', whole: false };
    if (kind === 'dict') return { kind, entries: [], count: 1, lost: true };
    return { kind: 'sequence', type: kind, items: [], count: 1, lost: true };
  }
}

const NOTHING = new Uint8Array(0);
const OUTLINED = ['text', 'dict', 'tuple', 'list', 'set', 'frozenset'] as const;
