/** Compares the formats of a file with its name, and finds polyglots. */
import { FORMATS, TEXTS, type Format } from '../../core/formats.js';
import type { Analyser, AnalysisContext, Location } from '../context.js';

/**
 * `formats` are the formats that the content matches; `told` is the format that detection found for the whole file. `formats` may hold `pickle` as a
 * mere guess, which does not count here.
 */
export function judgeIdentity(
  formats: readonly Format[],
  told: Format | undefined,
  place: Location,
  job: AnalysisContext,
): void {
  const sure = new Set(formats.filter((format) => !GUESSES.has(format)));
  if (told !== undefined && told !== 'unknown' && told !== 'empty') sure.add(told);
  if (place.name !== undefined) judgeName(place.name, sure, place, job);
  judgePolyglot(sure, place, job);
}

/** Formats that are detected by a byte or two, or by the name. */
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

/** Endings of text files, and the formats that can be text. `.model` is the ending of many kinds of models. */
const TEXT_ENDING = /\.(json|ya?ml|toml|ini|cfg|txt|md|csv)$/i;
const CAN_BE_TEXT: readonly Format[] = [
  ...TEXTS,
  ...(['pmml', 'script', 'onnx', 'xgboost', 'lightgbm', 'catboost', 'huggingface'] as const),
];

/** By ending; made once, as each member of an archive asks. */
const PROMISED: ReadonlyMap<string, readonly Format[]> = (() => {
  const byEnding = new Map<string, Format[]>();
  for (const format of Object.keys(FORMATS) as Format[])
    for (const ending of FORMATS[format].promised ?? [])
      byEnding.set(ending, [...(byEnding.get(ending) ?? []), format]);
  return byEnding;
})();

/** The formats that an ending stands for; undefined for an ending that stands for none. */
function promisedBy(name: string): readonly Format[] | undefined {
  if (TEXT_ENDING.test(name)) return CAN_BE_TEXT;
  return PROMISED.get(/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '');
}

function judgeName(name: string, sure: ReadonlySet<Format>, place: Location, job: AnalysisContext): void {
  const promised = promisedBy(name);
  if (!promised || sure.size === 0 || promised.some((format) => sure.has(format))) return;
  // Plain data under another name deceives no user. The format inside an archive says more than the fact that it is an archive.
  const [found] = [...sure]
    .filter((format) => FORMATS[format].inert === undefined)
    .sort((a, b) => Number(a === 'zip') - Number(b === 'zip'));
  if (found === undefined) return;
  const ending = /\.\w+$/.exec(name)?.[0] ?? '';
  const text = `The name ends in ${ending}, the content is that of: ${FORMATS[found].label}`;
  job.add({ rule: 'STATIC-CONTENT-MISMATCH', place, key: '', subject: text, evidence: [{ offset: 0, text }] });
}

function judgePolyglot(sure: ReadonlySet<Format>, place: Location, job: AnalysisContext): void {
  const kinds = new Map<string, Format>();
  for (const format of sure) if (!TEXT.has(format)) kinds.set(FORMATS[format].kind ?? format, format);
  // A TAR archive shows the formats of its first and its last member. TensorFlow Lite puts its metadata behind the model as a ZIP archive, and
  // llamafile the model behind the program.
  if (kinds.has('tar') || (kinds.size === 2 && (kinds.has('tflite') || kinds.has('llamafile')) && kinds.has('zip')))
    return;
  if (kinds.size < 2) return;
  const text = `The file is at once: ${[...kinds.values()].map((format) => FORMATS[format].label).join('; ')}`;
  job.add({ rule: 'STATIC-CONTENT-POLYGLOT', place, key: '', subject: text, evidence: [{ offset: 0, text }] });
}

/** Dialects of XML, which are XML as well. */
const TEXT: ReadonlySet<Format> = new Set<Format>(['xml', 'pmml', 'openvino', 'mxnet']);

/** Programs, libraries and scripts: the finding is that the file is one. */
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
  job.add({
    rule: 'STATIC-CONTENT-EXECUTABLE',
    place,
    key: '',
    subject,
    evidence: [{ offset: 0, text: subject }],
    idle: place.program,
  });
};
