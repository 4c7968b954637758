/** Models that are one message of numbers and words, in which nothing acts: tokenizers of SentencePiece (`sentencepiece_model.proto`), walked to their end. */
import type { Analyser } from '../context.js';
import { walkMessage } from '../../readers/protobuf/wire.js';

export const analysePlainMessage: Analyser = async (source, place, job) => {
  const { faults } = await walkMessage(source, { name: 'model', fields: {} }, { signal: job.signal });
  for (const { offset, text } of faults) job.gap(place, `${text} (byte ${place.base + offset})`);
};
