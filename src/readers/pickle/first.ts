/** The first pickle of a source, which tells both what the file is and what it does: detection walks it, and hands the walk to the reader. */
import type { PickleFacts } from './facts.js';
import type { StreamWalk } from './walk.js';

export interface FirstPickle {
  readonly walk: StreamWalk;
  readonly facts: PickleFacts;
}

/** A walk that is handed over once, as its facts go on to grow with those of the pickles that follow. */
export class FirstWalk {
  #first: FirstPickle | undefined;

  constructor(first: FirstPickle) {
    this.#first = first;
  }

  /** `arrays`: the reader steps over joblib's arrays. One that does not reads on where they lie, so this walk is none of its. */
  take(arrays: boolean): FirstPickle | undefined {
    const first = this.#first;
    if (first === undefined || (!arrays && first.walk.arrays)) return undefined;
    this.#first = undefined;
    return first;
  }
}
