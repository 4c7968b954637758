/** The analyser of pickles of every dialect. */
import type { Format } from '../../core/formats.js';
import { bytesSource, sliceSource, type ByteSource, type Folder } from '../../readers/bytes.js';
import { EVIDENCE_LIMIT, memberOf, partOf, type AnalysisContext, type Location } from '../context.js';
import { asksForJoblib, isTorchMagic, TORCH_LEGACY_STREAMS } from '../../readers/pickle/dialect.js';
import { disassemble } from '../../readers/pickle/disassemble.js';
import { walkStream } from '../../readers/pickle/walk.js';
import { emptyFacts, type Nested } from '../../readers/pickle/facts.js';
import { decodeWriting } from '../../readers/pickle/inside.js';
import { carriedBy } from './carried.js';
import { codeMatches } from './code-matches.js';
import { carriedImports, judgeFacts, PICKLE_TELLING } from './pickle-judge.js';
import type { FirstWalk } from '../../readers/pickle/first.js';
import { ownTexts } from './own-text.js';
import { pythonsOf } from '../../readers/pickle/provenance.js';
import { scanPickles, type GuessBudget, type PickleScan } from '../../readers/pickle/scan.js';
import { storageProblem } from '../../readers/pickle/tensor.js';
import type { Stop } from '../../readers/units.js';
import { addAll } from '../../core/lists.js';

export async function analysePickle(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  const first = place.depth === 0 && place.base === 0 ? job.first : undefined;
  for (const reading of await readPickles(source, place.expected, job.guesses, job.signal, first))
    await record(reading, source, place, job);
}

/** The pickles of a source, as one kind of loader walks through them. */
export interface PickleReading {
  readonly scan: PickleScan;
  /** joblib's arrays were stepped over. */
  readonly arrays: boolean;
  /** The pickle is not written for this loader, so that texts among its arrays can look like names: names of unknown libraries do not count. */
  readonly aside?: boolean;
}

/** The pickles of a source for each loader that may read it; the loader for which it is written comes first. */
export async function readPickles(
  source: ByteSource,
  expected: Format | undefined,
  guesses: GuessBudget,
  signal?: Stop,
  first?: FirstWalk,
): Promise<PickleReading[]> {
  const unpickled = expected !== undefined && EXPECTED.has(expected);
  const scan = (options: { expected: boolean; arrays?: boolean; streams?: number }): Promise<PickleScan> =>
    scanPickles(source, {
      expected: options.expected,
      arrays: options.arrays === true,
      streams: options.streams ?? Infinity,
      searchOn: options.streams === undefined,
      guesses,
      rules: PICKLE_TELLING,
      first,
      ...(signal ? { signal } : {}),
    });

  if (expected === 'torch-legacy' || (await beginsLikeTorch(source)))
    return [{ scan: await scan({ expected: unpickled, streams: TORCH_LEGACY_STREAMS }), arrays: false }];
  const plain = expected === 'joblib' ? undefined : await scan({ expected: unpickled });
  if (plain && (plain.ended || !asksForJoblib(plain.facts))) return [{ scan: plain, arrays: false }];
  const aware = await scan({ expected: unpickled, arrays: true });
  if (aware.ended) return [{ scan: aware, arrays: true }];
  // `pickle.load` does not know about joblib's arrays and goes on where joblib steps over bytes; there it breaks.
  const unaware = await scan({ expected: false, streams: 1 });
  return [
    { scan: aware, arrays: true },
    { scan: { ...unaware, broke: undefined }, arrays: false, aside: true },
  ];
}

/** Formats whose loader unpickles the file: unreadable parts of it are a coverage gap. A file of any other format only may be a pickle. */
const EXPECTED: ReadonlySet<string> = new Set(['pickle', 'dill', 'cloudpickle', 'joblib', 'torch-legacy']);

/** What the numbers of an array can look like to a loader that does not step over them. */
const AMONG_ARRAYS: ReadonlySet<string> = new Set(['STATIC-PICKLE-UNKNOWN-CALL', 'STATIC-PICKLE-BOMB']);

/** Opcodes of the pickle of a magic number, and some. */
const MAGIC_OPCODES = 16;

async function beginsLikeTorch(source: ByteSource): Promise<boolean> {
  return isTorchMagic(await walkStream(source, 0, emptyFacts(), { opcodes: MAGIC_OPCODES }));
}

async function record(
  { scan, arrays, aside }: PickleReading,
  source: ByteSource,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  for (const use of scan.facts.globals.values()) job.global(place, use.module, use.name, use.offset);
  for (const { module } of carriedImports(scan.facts)) job.need(module);
  for (const gap of scan.gaps) job.gap(place, gap);
  for (const [distribution, version] of scan.facts.versions) job.madeBy({ distribution, version });
  const pythons = await pythonsOf(scan.facts, source);
  if (pythons) job.madeBy({ pythons });
  for (const use of scan.facts.storages.values()) {
    const why = storageProblem(use, place.storage?.(use.key));
    if (why !== undefined) scan.facts.tensors.push({ offset: use.offset, why });
  }
  const { carried, code } = (await carriedBy(scan, source)) ?? {};
  for (const module of code?.imports ?? []) job.need(module);
  const texts = await ownTexts(scan.facts, source);
  const judged = judgeFacts(scan, carried, texts);
  if (code) addAll(judged.hits, codeMatches(code));
  for (const gap of [...(carried?.gaps ?? []), ...(code?.gaps ?? [])]) job.gap(place, gap);
  // A nested pickle has no place in the listing of the outer one; when the time is over, there is none to make the listing in.
  const listing =
    judged.hits.length > 0 && place.base === 0 && !scan.ended
      ? await disassemble(source, {
          starts: scan.streams.map(({ start }) => start),
          arrays,
          signal: job.signal,
        })
      : undefined;
  for (const hit of judged.hits) {
    if (aside === true && AMONG_ARRAYS.has(hit.rule)) continue;
    const evidence = [];
    // The line number costs a search in the listing: it is left out for evidence that is not shown.
    const shows = job.takes({ ...hit, place });
    for (const shown of hit.evidence.slice(0, EVIDENCE_LIMIT))
      evidence.push(shows ? { ...shown, disassemblyLine: await listing?.lineOf(shown.offset) } : shown);
    job.add({ ...hit, evidence, place });
  }
  for (const unknown of judged.unknown) job.unknownGlobal(place, unknown.global, unknown.offset);
  if (scan.ended) throw scan.ended.error;
  for (const nested of scan.facts.nested) await lookInside(source, nested, place, job);
  for (const bytes of [...(code?.pickles ?? []), ...[...texts.values()].flatMap(({ pickles }) => pickles)])
    await job.nested(bytesSource(bytes), memberOf(place, '(constant of a function)'));
  // The folder is read only when it is needed: results without it are valid for the same bytes elsewhere.
  const { arrayFiles, compressedFiles } = scan.facts;
  if (aside !== true && arrayFiles.size > 0) await readArrays(arrayFiles, source.folder, place, job);
  if (aside !== true && compressedFiles.size > 0) await nameArrays(compressedFiles, source.folder, job);
}

/** Files of arrays that are opened; joblib wrote one for each array. */
const ARRAY_FILES = 1000;

/** joblib loads them by `numpy.load(…, allow_pickle=True)`: an array of objects is a pickle. */
async function readArrays(
  names: ReadonlySet<string>,
  folder: Folder | undefined,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  let left = ARRAY_FILES;
  for (const name of names) {
    left -= 1;
    if (folder === undefined || left < 0) {
      job.gap(place, `arrays that it takes from ${left < 0 ? 'further ' : ''}files beside it were not looked at`);
      return;
    }
    const outside = await folder.leadsOutside(name);
    if (!outside) job.part(name);
    const found =
      !outside &&
      (await folder.open(name, async (file) => {
        await job.nested(file, memberOf(place, name), { name, expected: 'npy' });
        return true;
      }));
    if (found !== true) job.gap(place, `it takes an array from ${name}, which is not beside it`);
  }
}

/** Nothing in them is unpickled; the sandbox needs them to load what they belong to. */
async function nameArrays(names: ReadonlySet<string>, folder: Folder | undefined, job: AnalysisContext): Promise<void> {
  if (folder === undefined) return;
  for (const name of [...names].slice(0, ARRAY_FILES)) {
    if (await folder.leadsOutside(name)) continue;
    if ((await folder.open(name, () => Promise.resolve(true))) === true) job.part(name);
  }
}

async function lookInside(source: ByteSource, nested: Nested, place: Location, job: AnalysisContext): Promise<void> {
  const { offset, size, writing, loaded } = nested;
  const inner: Location = { ...partOf(place, offset), guess: !loaded };
  if (writing === 'raw') {
    job.claim(place, offset, size);
    await job.nested(sliceSource(source, offset, size), inner);
    return;
  }
  const limit = job.unpackable;
  if (size > limit)
    job.gap(place, `only the first ${limit} bytes of the ${writing} text at byte ${inner.base} were decoded`);
  const bytes = decodeWriting(await source.read(offset, Math.min(size, limit)), writing);
  const member = `${inner.member ?? ''}(${writing} at ${inner.base})`;
  await job.holding(bytes.length, () => job.nested(bytesSource(bytes), { ...inner, member, base: 0 }));
}
