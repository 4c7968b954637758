/** The static side: reads a model without running any of it, and reports what loading it would do. */
import type { FirstWalk } from '../readers/pickle/first.js';
import { contentFormats, detectFormat, UNPICKLED, type Detection } from '../detect/detect.js';
import { HEAD, isText } from '../detect/magic.js';
import { ZIP_FORMATS, type Format } from '../core/formats.js';
import { escapeText } from '../core/escape.js';
import { zipEnd } from '../readers/archive/zip.js';
import type { ByteSource } from '../readers/bytes.js';
import { Collected, NO_CODE, type Discovery, type ProjectCode, type StaticResult } from './collected.js';
import { AnalysisContext, WHOLE, type Analyser, type Location } from './context.js';
import { FORMAT_READERS } from './formats.js';
import { Denylist } from './content/denylist.js';
import { judgeDenylist } from './content/denylisted.js';
import { judgeEmbedded } from './content/embedded.js';
import { judgeIdentity } from './content/identity.js';
import { analysePickle } from './pickle/analyse.js';
import { readOwnCode, type CodePlace } from './python-source/own-code.js';
import { EndOfReading, Units, type Stop, type UnitOptions } from '../readers/units.js';
import { WeightStatistics, type WeightMode } from './weights/analyse.js';

export type { Provenance, ProjectCode, StaticResult } from './collected.js';
export type { CodePlace } from './python-source/own-code.js';
export type { WeightMode } from './weights/analyse.js';

export interface AnalyseOptions extends UnitOptions {
  readonly name?: string;
  /** A sidecar that no loader opens. */
  readonly unloaded?: boolean | undefined;
  /** It lies beside a model and is none. */
  readonly sidecar?: boolean | undefined;
  /** Whether the numbers of the last layer are examined; the default `auto` leaves out those of large language models. */
  readonly weights?: WeightMode;
  /** The denylist: texts that no name, global or configuration may hold; plain parts, whatever their case. */
  readonly denylist?: readonly string[];
  /** The first pickle as detection walked it, in these same bytes. */
  readonly first?: FirstWalk | undefined;
  /** Called with each finding, gap and name when it is found. */
  readonly onFound?: (found: Discovery) => void;
  /** Called with errors that no reader foresees; they are coverage gaps, too. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Analyses a model of any format; `name` is its file name, by which labels and text formats are detected. Throws only when aborted (the signal's
 * reason): any other failure is a coverage gap of the part in which it happens.
 *
 * Example: `const { findings, gaps } = await analyseStatic(source, await detectFormat(source), { name: 'model.pt' });`
 */
export async function analyseStatic(
  source: ByteSource,
  { format }: Pick<Detection, 'format'>,
  options: AnalyseOptions = {},
): Promise<StaticResult & { readonly incomplete: boolean }> {
  const collected = new Collected();
  const weights = new WeightStatistics(options.weights ?? 'auto');
  const lookAtAll: Analyser = async (inner, place, job) => {
    const formats = await look(inner, place, job);
    await job.attempt(place, () => weights.look(inner, formats, place, job));
  };
  const job = new AnalysisContext(lookAtAll, {
    units: new Units(options),
    denylist: new Denylist(options.denylist ?? []),
    first: options.first,
    sidecar: options.sidecar,
    onError: options.onError,
    onFound: (found) => {
      collected.add(found);
      options.onFound?.(found);
    },
  });
  const whole: Location = {
    ...WHOLE,
    expected: format,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.unloaded === true ? { unloaded: true } : {}),
  };
  await job.attempt(whole, () => lookAtAll(source, whole, job), 1);
  job.tell();
  return { ...collected.result(), incomplete: job.incomplete };
}

export interface OwnCodeOptions extends UnitOptions, Pick<AnalyseOptions, 'denylist' | 'onFound' | 'onError'> {
  /** Names that the model asks for, as its reading reported them. */
  readonly globals: readonly string[];
  /** Modules that are imported besides these. */
  readonly modules: readonly string[];
  /** Whether a top-level module belongs to a published package. */
  readonly isPublished: (top: string) => boolean;
}

/**
 * Reads the code that comes with a model and that loading it imports. Faults of the code are reported like faults of the model, whose part it is.
 * Throws as `analyseStatic` does.
 */
export async function analyseOwnCode(places: readonly CodePlace[], options: OwnCodeOptions): Promise<ProjectCode> {
  const job = new AnalysisContext(
    async (inner, place, within) => {
      await look(inner, place, within);
    },
    {
      units: new Units(options),
      denylist: new Denylist(options.denylist ?? []),
      onError: options.onError,
      onFound: options.onFound,
    },
  );
  let own = NO_CODE;
  await job.attempt(
    WHOLE,
    async () => {
      own = await readOwnCode(options, places, job);
    },
    1,
  );
  job.tell();
  return own;
}

/** Something inside a file, as findings name it. */
export interface Inside {
  /** Path inside archives, escaped; undefined for the file itself. */
  readonly member: string | undefined;
  /** The number of the member among those of this name, from 1. */
  readonly copy: number;
}

/**
 * Opens a source inside a file by the same steps as the analysis, through archives and packing; undefined when there is no such source. `expected` is
 * the format that a loader expects. Throws as `analyseStatic` does, and the errors of `use`.
 */
export async function openInside<T>(
  source: ByteSource,
  { format }: Pick<Detection, 'format'>,
  { member, copy }: Inside,
  use: (inside: ByteSource, expected: Format | undefined) => Promise<T>,
  signal?: Stop,
): Promise<T | undefined> {
  if (member === undefined) return use(source, format);
  let copies = 0;
  let found: Promise<T> | undefined;
  const search: Analyser = async (inner, place, job) => {
    const name = place.member === undefined ? undefined : escapeText(place.member);
    if (name === member && place.base === 0) {
      copies += 1;
      if (copies < copy) return;
      const unpickled = place.name !== undefined && UNPICKLED.test(place.name);
      found = use(inner, place.expected ?? (unpickled ? 'pickle' : undefined));
      // The failure belongs to the caller.
      await found.catch(() => undefined);
      throw new EndOfReading();
    }
    // Only containers on the way to the source are opened.
    if (name === undefined || member.startsWith(`${name}!`) || member.startsWith(`${name}(`))
      await look(inner, place, job);
  };
  try {
    await search(source, { ...WHOLE, expected: format }, new AnalysisContext(search, { units: new Units({ signal }) }));
  } catch (error) {
    if (!(error instanceof EndOfReading)) throw error;
  }
  return found;
}

/**
 * Runs every analyser whose format the content matches (a file can be several things at once), and the analyser of the format that a loader expects.
 * Returns the formats.
 */
async function look(source: ByteSource, place: Location, job: AnalysisContext): Promise<readonly Format[]> {
  let content: readonly Format[] = [];
  await job.attempt(place, async () => {
    content = await contentFormats(source, {
      inner: place.depth > 0,
      numbers: place.depth > 0 && place.file === undefined,
      name: place.name,
      signal: job.signal,
    });
  });
  const wanted = place.expected ?? (place.name !== undefined && UNPICKLED.test(place.name) ? 'pickle' : undefined);
  // A container that a loader unpacks first holds the expected format.
  const wrapper = content.find((format) => WRAPPERS.has(format));
  const program = content.includes('llamafile') ? true : place.program;
  const asked: Location = { ...place, expected: wanted, program };
  const guessed: Location = { ...place, expected: undefined, program };
  const holder = wrapper === undefined ? undefined : FORMAT_READERS[wrapper].analyse;
  const all = new Set([...(wrapper === undefined && wanted !== undefined ? [wanted] : []), ...content]);
  const natures = new Set([...all].map((format) => FORMAT_READERS[format].analyse)).size;
  const done = new Set<Analyser>();
  const run = async (format: Format): Promise<void> => {
    const analyser = FORMAT_READERS[format].analyse;
    if (!analyser) {
      if (format !== 'document' || place.depth === 0 || place.file === 'alone')
        job.gap(place, `static analysis does not read this format (${format})`);
    } else if (!done.has(analyser)) {
      done.add(analyser);
      const as = holder === undefined || analyser === holder ? asked : guessed;
      await job.attempt(place, () => analyser(source, as, job), natures === 1 ? ALMOST_ALL : undefined);
    }
  };

  const pickles = [...all].filter((format) => FORMAT_READERS[format].analyse === analysePickle);
  for (const format of pickles) await run(format);
  // An archive among the objects of a pickle can have its end record near the end of the pickle.
  const end = pickles.length > 0 && all.has('zip') ? await zipEnd(source) : undefined;
  const own = end !== undefined && job.claimed(place, end) ? [...all].filter((f) => !ZIP_FORMATS.has(f)) : [...all];
  judgeIdentity(
    content.filter((format) => own.includes(format)),
    place.depth === 0 ? place.expected : undefined,
    place,
    job,
  );
  for (const format of own) if (!pickles.includes(format)) await run(format);
  await job.attempt(place, () => judgeDenylist(source, place, content, job));
  const sure = own.filter((format) => !(format === 'pickle' && format !== wanted));
  await job.attempt(place, () => judgeEmbedded(source, sure, place, job));
  if (sure.length === 0) await job.attempt(place, () => judgeUnknown(source, place, job));
  return own;
}

/** What a file would be called by itself, it is called inside another. */
async function judgeUnknown(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  if (place.file === undefined || job.sidecar) return;
  if (place.file === 'member' && isText(await source.read(0, HEAD))) return;
  const { format } = await detectFormat(source, { name: place.name ?? '', signal: job.signal });
  if (format === 'unknown') job.gap(place, UNKNOWN_CONTENT);
  if (format === 'empty') job.gap(place, 'it is empty');
}

const UNKNOWN_CONTENT = 'its content is of no format that DynScan knows';

/** The share of time for the analyser of a file that is one thing only: a rest stays for the searches that every file gets. */
const ALMOST_ALL = 0.9;

const WRAPPERS: ReadonlySet<Format> = new Set<Format>(['packed', 'tar']);
