/** Finds the texts and byte strings of a pickle that begin like something a call could load, and those that a call does load. */
import type { Payload } from './arguments.js';
import { addNested, type Nested, type PickleFacts } from './facts.js';
import { writingOf, type Writing } from './inside.js';
import { encodedText, itemsOf, type Value } from './value.js';

/** Functions that unpickle bytes, and which of their arguments the bytes are. */
const LOADERS: ReadonlyMap<string, number> = new Map([
  ['_load_from_bytes', 0],
  ['loads', 0],
  ['_loads', 0],
  ['_unpickle__CustomPickled', 0],
  ['_numba_unpickle', 1],
  ['_reconstruct_wrapper', 0],
  ['unpickle_vocab', 4],
  ['unpickle_doc', 1],
]);
/** Characters of a text that are examined. */
const TEXT_LOOK = 256;

export class NestedData {
  /** By offset, the last one. */
  readonly #nestedAt = new Map<number, Nested>();

  constructor(private readonly facts: PickleFacts) {}

  /** Records the bytes that a call unpickles. */
  called(callee: Value, args: Value): void {
    const loaded = callee.kind === 'global' ? LOADERS.get(callee.name) : undefined;
    if (loaded !== undefined) this.#load(itemsOf(args)?.[loaded]);
  }

  /** Records a text or byte string that begins like something a call could load. */
  look(payload: Payload | undefined, isText: boolean, plain: Writing = isText ? 'latin1' : 'raw'): void {
    const found = payload && writingOf(payload.bytes, payload.size, isText);
    if (!found) return;
    const writing = found === 'raw' ? plain : found;
    this.#nested({ offset: payload.offset, size: payload.size, writing, loaded: false });
  }

  /** The same for an argument of UNICODE and its value, in which the escapes are decoded. */
  lookEscaped(payload: Payload | undefined, value: Value): void {
    if (!payload || value.kind !== 'text') return;
    const bytes = Buffer.from(value.text.slice(0, TEXT_LOOK), 'latin1');
    this.look({ ...payload, bytes }, false, 'escaped');
  }

  /** A call unpickles these bytes, however they begin. */
  #load(value: Value | undefined): void {
    const text = encodedText(value);
    const place = value?.kind === 'bytes' ? value : text?.place;
    if (!place) return;
    const known = this.#nestedAt.get(place.offset);
    const { offset, size } = place;
    if (known) known.loaded = true;
    else {
      const writing = !text ? 'raw' : text.place?.escaped === true ? 'escaped' : 'latin1';
      this.#nested({ offset, size, writing, loaded: true });
    }
  }

  #nested(nested: Nested): void {
    if (addNested(this.facts, nested)) this.#nestedAt.set(nested.offset, nested);
  }
}
