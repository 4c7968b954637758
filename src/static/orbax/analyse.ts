/**
 * Checkpoints of Orbax: a folder of arrays in a database of TensorStore (OCDBT), with JSON beside it that describes them. Restoring one makes arrays
 * only and runs no code of its author.
 */
import { lookAtFolder } from '../folder.js';
import type { Analyser } from '../context.js';

/** Magic number, then the length of the manifest (https://google.github.io/tensorstore/kvstore/ocdbt/index.html#manifest-format). */
const HEADER = 12;

export const analyseOrbax: Analyser = async (source, place, job) => {
  const head = Buffer.from(await source.read(0, HEADER));
  const length = head.length < HEADER ? 0n : head.readBigUInt64LE(4);
  if (length !== BigInt(source.size))
    job.gap(place, `its manifest says that it has ${length} bytes, and has ${source.size}`);
  // Each process that wrote has a database of its own in the folder.
  if (place.depth === 0) await lookAtFolder(source, place, job);
};
