/** The static side: reads a model without running any of it, and says what loading it would do. */
import { contentFormats, UNPICKLED, type Detection } from '../model/detect.js';
import type { Format } from '../model/format.js';
import { analyseTar, analyseZip } from './archive/analyse.js';
import type { ByteSource } from './bytes.js';
import { Job, WHOLE, type Analyser, type Place, type StaticResult } from './job.js';
import { analyseExecutable, judgeIdentity } from './content/identity.js';
import { analyseNpy } from './numpy/npy.js';
import { analysePacked, analyseUnreadable } from './unpack/analyse.js';
import { analysePickle } from './pickle/analyse.js';
import { analyseOnnx } from './onnx/analyse.js';
import {
  analyseCheckpoint,
  analyseGraph,
  analyseKerasMetadata,
  analyseMetaGraph,
  analyseSavedModel,
} from './tensorflow/analyse.js';
import { analyseTflite } from './tflite/analyse.js';

export type { StaticResult } from './job.js';

/**
 * Analyses a model of any format; `name` is its file name, which labels and text formats go by.
 * Throws only when aborted (the signal's reason), or what `source.read` throws.
 */
export async function analyseStatic(
  source: ByteSource,
  { format }: Pick<Detection, 'format'>,
  options: { readonly signal?: AbortSignal; readonly name?: string } = {},
): Promise<StaticResult> {
  const job = new Job(look, options.signal);
  await look(
    source,
    { ...WHOLE, expected: format, ...(options.name === undefined ? {} : { name: options.name }) },
    job,
  );
  return job.result();
}

/** The analyser of each format that has one. */
const ANALYSERS: Readonly<Partial<Record<Format, Analyser>>> = {
  pickle: analysePickle,
  dill: analysePickle,
  cloudpickle: analysePickle,
  joblib: analysePickle,
  'torch-legacy': analysePickle,
  npy: analyseNpy,
  npz: analyseZip,
  'torch-zip': analyseZip,
  torchscript: analyseZip,
  keras: analyseZip,
  zip: analyseZip,
  tar: analyseTar,
  packed: analysePacked,
  sevenzip: analyseUnreadable,
  rar: analyseUnreadable,
  archive: analyseUnreadable,
  executable: analyseExecutable,
  wasm: analyseExecutable,
  script: analyseExecutable,
  onnx: analyseOnnx,
  savedmodel: analyseSavedModel,
  graphdef: analyseGraph,
  metagraph: analyseMetaGraph,
  'keras-metadata': analyseKerasMetadata,
  'tf-checkpoint': analyseCheckpoint,
  tflite: analyseTflite,
};

/** Runs every analyser that the content matches, for a file can be several things at once, and the one of what a loader expects. */
async function look(source: ByteSource, place: Place, job: Job): Promise<void> {
  const formats = await contentFormats(source, { inner: place.depth > 0, name: place.name, signal: job.signal });
  const wanted = place.expected ?? (place.name !== undefined && UNPICKLED.test(place.name) ? 'pickle' : undefined);
  // What a loader unpacks first holds what is expected.
  const wrapper = formats.find((format) => WRAPPERS.has(format));
  judgeIdentity(formats, place.depth === 0 ? place.expected : undefined, place, job);
  const analysers = new Set<Analyser>();
  for (const format of new Set([...(wrapper === undefined && wanted !== undefined ? [wanted] : []), ...formats])) {
    const analyser = ANALYSERS[format];
    if (analyser) analysers.add(analyser);
    else if (format !== 'document' || place.depth === 0)
      job.gap(place, `static analysis does not read this format (${format})`);
  }
  const asked = wanted === undefined ? place : { ...place, expected: wanted };
  const guessed: Place = { ...place, expected: undefined };
  const holder = wrapper === undefined ? undefined : ANALYSERS[wrapper];
  for (const analyser of analysers)
    await analyser(source, holder === undefined || analyser === holder ? asked : guessed, job);
}

const WRAPPERS: ReadonlySet<Format> = new Set<Format>(['packed', 'tar']);
