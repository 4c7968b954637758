/**
 * The first pickle of a source, which tells both what the file is and what it does: walked by who asks first, handed to who asks next.
 * A walk is handed over once, as its facts go on to grow with those of the pickles that follow.
 */
import type { ByteSource } from '../bytes.js';
import { walkStream, type StreamWalk, type WalkOptions } from './emulate.js';
import { emptyFacts, type PickleFacts, type Telling } from './facts.js';
import type { Stop } from '../units.js';

export interface FirstPickle {
  readonly walk: StreamWalk;
  readonly facts: PickleFacts;
}

const walked = new WeakMap<ByteSource, FirstPickle>();

/** Walks with joblib's arrays stepped over, `limit` opcodes at most, and leaves the walk for `takeFirst`. The facts are to be read only. */
export async function lookAtFirst(
  source: ByteSource,
  limit: number,
  signal?: Stop,
  rules?: Telling,
): Promise<FirstPickle> {
  const facts = emptyFacts(rules);
  const walk = await walkStream(source, 0, facts, { arrays: true, opcodes: limit, ...(signal ? { signal } : {}) });
  const first = { walk, facts };
  // One that was cut short is not what the file does, and of one with very much in it another keeps what matters to it.
  if (walk.opcodes < limit && !(facts.full && rules === undefined)) walked.set(source, first);
  return first;
}

/** The first pickle as it was looked at, or walked now; `facts` then fills as far as the walk comes. */
export async function takeFirst(
  source: ByteSource,
  options: WalkOptions,
  facts: PickleFacts = emptyFacts(),
): Promise<FirstPickle> {
  const known = walked.get(source);
  // Who does not know of joblib's arrays reads on where they lie.
  if (known && (options.arrays === true || !known.walk.arrays)) {
    walked.delete(source);
    return known;
  }
  return { walk: await walkStream(source, 0, facts, options), facts };
}

/** Lets what was walked of one source count for another that holds the same bytes. */
export function handOver(from: ByteSource, to: ByteSource): void {
  const known = walked.get(from);
  walked.delete(from);
  if (known) walked.set(to, known);
}
