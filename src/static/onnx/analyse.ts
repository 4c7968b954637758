/** ONNX models, and whether the data files beside them match the model. */
import { isNativeLibrary } from '../../readers/native-library.js';
import type { Folder } from '../../readers/bytes.js';
import type { Analyser, AnalysisContext, Location } from '../context.js';
import { beginsWith } from '../manifest/code-like.js';
import { whyOdd, whyOutside } from '../protobuf/paths.js';
import { readOnnx, readOnnxTensor, type ExternalData, type OnnxFacts, type Operator } from '../../readers/onnx/read.js';

export const analyseOnnx: Analyser = async (source, place, job) => {
  const facts = await readOnnx(source, job.signal);
  for (const { offset, text } of facts.faults) job.gap(place, `${text} (byte ${place.base + offset})`);
  for (const operator of facts.operators) judgeOperator(operator, facts, place, job);
  reportDomains(facts, place, job);
  judgeMisfits(facts, place, job);
  judgeNotes(facts, place, job);
  await judgeExternal(facts.external, source.folder, place, job);
};

export const analyseOnnxTensor: Analyser = async (source, place, job) => {
  const facts = await readOnnxTensor(source, job.signal);
  for (const { offset, text } of facts.faults) job.gap(place, `${text} (byte ${place.base + offset})`);
  judgeMisfits(facts, place, job);
  await judgeExternal(facts.external, source.folder, place, job);
};

function judgeMisfits({ misfits }: OnnxFacts, place: Location, job: AnalysisContext): void {
  for (const { tensor, offset, text } of misfits) {
    const subject = `The tensor ${tensor || 'without a name'}: ${text}`;
    job.add({ rule: 'STATIC-ONNX-TENSOR-SIZE', place, key: tensor, subject, evidence: [{ offset, text: subject }] });
  }
}

// Operators ------------------------------------------------------------------------------------------------------------

/**
 * Domains whose operators are in ONNX (`onnx/defs/schema.h`) or in ONNX Runtime itself (`onnxruntime/core/graph/constants.h`), and so need no library
 * of a third party.
 */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview',
  'ai.onnx.preview.training',
  'com.microsoft',
  'com.microsoft.experimental',
  'com.microsoft.nchwc',
  'com.microsoft.dml',
  'com.ms.internal.nhwc',
]);

/** Operators that call Python: ONNX Runtime's language interop and its training, and onnxruntime-extensions. */
const PYTHON_OPERATORS: ReadonlySet<string> = new Set(['PyOp', 'PythonOp', 'PythonOpGrad', 'PyCustomOp']);

function judgeOperator(operator: Operator, facts: OnnxFacts, place: Location, job: AnalysisContext): void {
  const { domain, type, node, offset, count, attributes } = operator;
  const full = domain === '' ? type : `${domain}.${type}`;
  const evidence = [{ offset, text: `node ${node} is ${full}` }];
  if (PYTHON_OPERATORS.has(type) && !facts.functions.has(`${domain}\n${type}`)) {
    const said = ['module', 'class_name', 'compute', 'func_name', 'name', 'script', 'code']
      .flatMap((name) => attributes.get(name) ?? [])
      .join(' ');
    job.add({
      rule: 'STATIC-ONNX-PYTHON',
      place,
      key: `${full}\n${said}`,
      subject: `The operator ${full}${said === '' ? '' : ` calls ${said}`}`,
      evidence,
      count,
    });
  }
  const library = [...attributes].find(([, value]) => isNativeLibrary(value));
  if (library !== undefined && type !== 'EPContext')
    addLibrary(`The operator ${full} has ${library[0]} ${library[1]}`, library[1], offset, place, job);
  if (type === 'EPContext') {
    // `embed_mode` 0: the program lies in a file that `ep_cache_context` names (ONNX Runtime, "EP context design").
    const path = operator.numbers.get('embed_mode') === 0 ? attributes.get('ep_cache_context') : undefined;
    const where = path === undefined ? 'inside it' : `in the file '${path}'`;
    job.add({
      rule: 'STATIC-ONNX-NATIVE',
      place,
      key: path ?? '',
      subject: `The program lies ${where}`,
      evidence,
      count,
    });
    if (path !== undefined && whyBad(path) !== undefined)
      addPath(path, `EPContext ${node}`, whyBad(path) ?? '', offset, place, job);
  }
}

/** All unknown domains make one finding: the list shows which library the model is made for. */
function reportDomains({ operators, functions }: OnnxFacts, place: Location, job: AnalysisContext): void {
  const own = new Set([...functions].map((name) => name.split('\n', 1)[0]));
  const unknown = operators.filter(
    ({ domain, type }) => !KNOWN_DOMAINS.has(domain) && !(own.has(domain) && functions.has(`${domain}\n${type}`)),
  );
  const [first] = unknown;
  if (first === undefined) return;
  const names = [...new Set(unknown.map(({ domain, type }) => `${domain}.${type}`))];
  const more = names.length > 12 ? ` and ${names.length - 12} more` : '';
  job.add({
    rule: 'STATIC-ONNX-CUSTOM-DOMAIN',
    place,
    key: '',
    subject: `The model uses ${names.slice(0, 12).join(', ')}${more}`,
    evidence: unknown.map(({ domain, type, node, offset }) => ({ offset, text: `node ${node} is ${domain}.${type}` })),
    count: names.length,
  });
}

// Notes ----------------------------------------------------------------------------------------------------------------

/** Calls that run something and that do not occur in a description by accident. */
const CODE =
  /__import__\s*\(|\b(?:eval|exec|compile)\s*\(\s*(?:["'b]|base64|bytes|chr|open|requests|urllib|input|__)|\bos\s*\.\s*(?:system|popen|exec\w*)\s*\(|\bsubprocess\s*\.\s*\w+\s*\(|\bpickle\s*\.\s*loads?\s*\(|\bbase64\s*\.\s*b64decode\s*\(|__subclasses__|__globals__|__builtins__|<script\b|\bpowershell(?:\.exe)?\s+-|\bcurl\s[^\n]{0,200}\|\s*(?:ba)?sh\b|\/bin\/(?:ba|da|z)?sh\s+-[ci]/i;

function judgeNotes({ notes }: OnnxFacts, place: Location, job: AnalysisContext): void {
  for (const { key, text, offset, cut } of notes) {
    if (cut) job.gap(place, `the note ${key} is too long to be looked at whole`);
    if (isNativeLibrary(text)) addLibrary(`The note '${key}' is ${text}`, text, offset, place, job);
    const found = CODE.exec(text);
    if (found === null) continue;
    const shown = text.slice(Math.max(0, found.index - 20), found.index + 100);
    job.add({
      rule: 'STATIC-ONNX-METADATA-CODE',
      place,
      key,
      subject: `The note '${key}' says ${shown}`,
      evidence: [{ offset, text: shown }],
      // Exporters write down where each operator came from, with the lines of the program.
      idle: !beginsWith({ at: found.index }, text),
    });
  }
}

// Data in other files --------------------------------------------------------------------------------------------------

/** Data files opened; a model with more has one for each tensor. */
const FILES_OPENED = 5000;

async function judgeExternal(
  external: readonly ExternalData[],
  folder: Folder | undefined,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  const sizes = new Map<string, number | undefined>();
  for (const data of external) {
    job.signal.throwIfAborted();
    const { location } = data;
    const why = whyBad(location);
    if (why !== undefined) {
      addPath(location, `The tensor ${data.tensor}`, why, data.place, place, job);
      continue;
    }
    if (folder !== undefined && !sizes.has(location)) {
      if (sizes.size >= FILES_OPENED) {
        job.gap(place, `more than ${FILES_OPENED} data files belong to the model: the rest was not looked at`);
        return;
      }
      if (!(await folder.leadsOutside(location))) job.part(location);
      else
        addPath(
          location,
          `The tensor ${data.tensor}`,
          'it is a link that leads out of the folder',
          data.place,
          place,
          job,
        );
      sizes.set(location, await folder.open(location, (file) => Promise.resolve(file.size)));
    }
    judgeBounds(data, sizes.get(location), place, job);
  }
}

function judgeBounds(data: ExternalData, size: number | undefined, place: Location, job: AnalysisContext): void {
  const start = data.start === undefined ? 0 : wholeNumber(data.start);
  const length = data.length === undefined ? undefined : wholeNumber(data.length);
  const problem = ((): string | undefined => {
    if (start === undefined || (data.length !== undefined && length === undefined))
      return `its offset '${data.start ?? ''}' and length '${data.length ?? ''}' are no numbers of bytes`;
    if (length !== undefined && data.wanted !== undefined && length !== data.wanted)
      return `it has ${length} bytes, its shape needs ${data.wanted}`;
    const end = start + (length ?? data.wanted ?? 0);
    if (size !== undefined && end > size) return `it ends at byte ${end} of a file of ${size}`;
    return undefined;
  })();
  if (problem === undefined) return;
  const subject = `The tensor ${data.tensor} lies in '${data.location}', and ${problem}`;
  job.add({
    rule: 'STATIC-ONNX-EXTERNAL-BOUNDS',
    place,
    key: data.location,
    subject,
    evidence: [{ offset: data.place, text: subject }],
  });
}

function addLibrary(subject: string, path: string, offset: number, place: Location, job: AnalysisContext): void {
  job.add({ rule: 'STATIC-ONNX-LIBRARY', place, key: subject, subject, evidence: [{ offset, text: path }] });
}

function addPath(path: string, who: string, why: string, offset: number, place: Location, job: AnalysisContext): void {
  job.add({
    rule: 'STATIC-ONNX-EXTERNAL-PATH',
    place,
    key: path,
    subject: `${who} lies in '${path}', and ${why}`,
    evidence: [{ offset, text: `location ${path}` }],
  });
}

function whyBad(path: string): string | undefined {
  return whyOutside(path) ?? whyOdd(path);
}

function wholeNumber(text: string): number | undefined {
  const value = /^\d{1,19}$/.test(text) ? Number(text) : NaN;
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
