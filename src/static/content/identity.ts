/** Judges what a file is: against its name, and when it is several things at once. */
import { FORMATS, NEVER_RUN, ZIP_FORMATS, type Format } from '../../core/format.js';
import type { Analyser, Job, Place } from '../job.js';

/**
 * `formats` is what the content shows; `told` is what the whole file was found to be by a closer look.
 * `formats` may hold `pickle` as a mere guess, which counts for nothing here.
 */
export function judgeIdentity(formats: readonly Format[], told: Format | undefined, place: Place, job: Job): void {
  const sure = new Set(formats.filter((format) => !GUESSES.has(format)));
  if (told !== undefined && told !== 'unknown' && told !== 'empty') sure.add(told);
  if (place.name !== undefined) judgeName(place.name, sure, place, job);
  judgePolyglot(sure, place, job);
}

/** Told by a byte or two, or by the name. */
const GUESSES: ReadonlySet<Format> = new Set<Format>([
  'pickle',
  'packed',
  'marshal',
  'json',
  'yaml',
  'toml',
  'ini',
  'requirements',
  'jinja',
  'python',
]);

/** What an ending promises. Endings that are used for anything, such as `.bin`, `.pt` or `.ckpt`, promise nothing. */
const PROMISES: readonly (readonly [RegExp, readonly Format[]])[] = [
  [/\.safetensors$/i, ['safetensors']],
  [/\.gguf$/i, ['gguf']],
  [/\.ggml$/i, ['ggml']],
  [/\.onnx$/i, ['onnx']],
  [/\.tflite$/i, ['tflite']],
  [/\.(h5|hdf5)$/i, ['hdf5']],
  // Keras 2 wrote HDF5 under this name, too.
  [/\.keras$/i, ['keras', 'hdf5']],
  [/\.pb$/i, ['savedmodel', 'graphdef', 'metagraph', 'keras-metadata', 'onnx', 'onnx-tensor']],
  [/\.npy$/i, ['npy']],
  [/\.npz$/i, ['npz', 'zip']],
  [/\.pmml$/i, ['pmml', 'xml']],
  [/\.skops$/i, ['skops']],
  [/\.ubj$/i, ['xgboost']],
  [/\.cbm$/i, ['catboost']],
  [
    // `.model` is used by anything that has a model.
    /\.(json|ya?ml|toml|ini|cfg|txt|md|csv)$/i,
    [
      ...(['json', 'yaml', 'toml', 'ini', 'requirements', 'xml', 'pmml', 'jinja', 'script', 'onnx'] as const),
      ...(['xgboost', 'lightgbm', 'catboost', 'huggingface'] as const),
    ],
  ],
  [/\.(png|jpe?g|gif|pdf)$/i, ['document']],
];

function judgeName(name: string, sure: ReadonlySet<Format>, place: Place, job: Job): void {
  const promised = PROMISES.find(([ending]) => ending.test(name))?.[1];
  if (!promised || sure.size === 0 || promised.some((format) => sure.has(format))) return;
  // By numbers and words under another name nobody is deceived. What an archive holds says more than that it is one.
  const [found] = [...sure]
    .filter((format) => !NEVER_RUN.has(format))
    .sort((a, b) => Number(a === 'zip') - Number(b === 'zip'));
  if (found === undefined) return;
  const ending = /\.\w+$/.exec(name)?.[0] ?? '';
  const text = `The name ends in ${ending}, the content is that of: ${FORMATS[found]}`;
  job.add({ rule: 'STATIC-CONTENT-MISMATCH', place, key: '', subject: text, evidence: [{ offset: 0, text }] });
}

function judgePolyglot(sure: ReadonlySet<Format>, place: Place, job: Job): void {
  const kinds = new Map<string, Format>();
  for (const format of sure) if (!TEXT.has(format)) kinds.set(KIND.get(format) ?? format, format);
  // A TAR archive shows what its first and its last member are. TensorFlow Lite puts its metadata behind the model as a ZIP archive.
  if (kinds.has('tar') || (kinds.size === 2 && kinds.has('tflite') && kinds.has('zip'))) return;
  if (kinds.size < 2) return;
  const text = `The file is at once: ${[...kinds.values()].map((format) => FORMATS[format]).join('; ')}`;
  job.add({ rule: 'STATIC-CONTENT-POLYGLOT', place, key: '', subject: text, evidence: [{ offset: 0, text }] });
}

const TEXT: ReadonlySet<Format> = new Set<Format>(['xml', 'pmml']);

/** Formats that one thing can be told as. */
const KIND: ReadonlyMap<Format, string> = new Map<Format, string>([
  ...[...ZIP_FORMATS].map((format) => [format, 'zip'] as const),
  ...(['pickle', 'joblib', 'dill', 'cloudpickle', 'torch-legacy'] as const).map(
    (format) => [format, 'pickle'] as const,
  ),
]);

/** Programs, libraries and scripts: that one is there is what there is to say. */
export const analyseExecutable: Analyser = async (source, place, job) => {
  const head = Buffer.from(await source.read(0, 64)).toString('latin1');
  const kind = head.startsWith('#!')
    ? `script (${head.split('\n', 1)[0] ?? ''})`
    : head.startsWith('\0asm')
      ? 'WebAssembly program'
      : head.startsWith('\x7fELF')
        ? 'program or library for Linux'
        : head.startsWith('MZ')
          ? 'program or library for Windows'
          : 'program or library for macOS';
  const where = place.member === undefined ? 'The file' : 'This part of the file';
  const subject = `${where} is a ${kind}`;
  job.add({ rule: 'STATIC-CONTENT-EXECUTABLE', place, key: '', subject, evidence: [{ offset: 0, text: subject }] });
};
