/** The analyser of pickles of every dialect. */
import { sliceSource, type ByteSource } from '../bytes.js';
import type { Job, Place } from '../job.js';
import { asksForJoblib, isTorchMagic, TORCH_LEGACY_STREAMS } from './dialect.js';
import { emptyFacts, walkStream } from './emulate.js';
import { carriedImports, judgeFacts } from './judge.js';
import { scanPickles, type PickleScan } from './scan.js';

export async function analysePickle(source: ByteSource, place: Place, job: Job): Promise<void> {
  const expected = place.expected !== undefined && EXPECTED.has(place.expected);
  const scan = (options: { expected: boolean; arrays?: boolean; streams?: number }): Promise<PickleScan> =>
    scanPickles(source, {
      expected: options.expected,
      arrays: options.arrays === true,
      streams: options.streams ?? Infinity,
      searchOn: options.streams === undefined,
      ...(job.signal ? { signal: job.signal } : {}),
    });

  if (place.expected === 'torch-legacy' || (await beginsLikeTorch(source))) {
    await record(await scan({ expected, streams: TORCH_LEGACY_STREAMS }), source, place, job);
    return;
  }
  const plain = place.expected === 'joblib' ? undefined : await scan({ expected });
  if (plain && !asksForJoblib(plain.facts)) {
    await record(plain, source, place, job);
    return;
  }
  await record(await scan({ expected, arrays: true }), source, place, job);
  // `pickle.load` does not know about joblib's arrays and goes on where joblib steps over bytes; there it breaks.
  const unaware = await scan({ expected: false, streams: 1 });
  await record({ ...unaware, broke: undefined }, source, place, job);
}

/** Formats whose loader unpickles the file: what cannot be read of it is a gap. Anything else only may be a pickle. */
const EXPECTED: ReadonlySet<string> = new Set(['pickle', 'dill', 'cloudpickle', 'joblib', 'torch-legacy']);

/** Opcodes of the pickle of a magic number, and some. */
const MAGIC_OPCODES = 16;

async function beginsLikeTorch(source: ByteSource): Promise<boolean> {
  return isTorchMagic(await walkStream(source, 0, emptyFacts(), { opcodes: MAGIC_OPCODES }));
}

async function record(scan: PickleScan, source: ByteSource, place: Place, job: Job): Promise<void> {
  for (const use of scan.facts.globals.values()) job.global(place, use.module, use.name, use.offset);
  for (const { module } of carriedImports(scan.facts)) job.need(module);
  for (const gap of scan.gaps) job.gap(place, gap);
  const judged = judgeFacts(scan);
  for (const hit of judged.hits) job.add({ ...hit, place });
  for (const unknown of judged.unknown) job.unknownGlobal(place, unknown.global, unknown.offset);
  for (const { offset, size } of scan.facts.nested) {
    const inner = sliceSource(source, offset, size);
    await job.nested(inner, { member: place.member, base: place.base + offset, depth: place.depth + 1 });
  }
}
