/** Weights of Flax (`flax/serialization.py`, `to_bytes`): mappings by name, in which arrays are extensions. Loading one makes numbers and containers alone. */
import { messagePackProblem } from '../../readers/msgpack.js';
import type { Analyser } from '../context.js';

export const analyseMessagePack: Analyser = async (source, place, job) => {
  const problem = await messagePackProblem(source, place.base, job.signal);
  if (problem !== undefined) job.gap(place, problem);
};
