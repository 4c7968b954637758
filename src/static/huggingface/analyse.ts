/** A folder of a Hugging Face model: its configuration, and its other files. */
import { lookAtFolder } from '../folder.js';
import type { Analyser } from '../context.js';
import { analyseJson } from '../manifest/analyse.js';

export const analyseHuggingFace: Analyser = async (source, place, job) => {
  await analyseJson(source, { ...place, expected: 'json' }, job);
  await lookAtFolder(source, place, job);
};
