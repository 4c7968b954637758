/** TensorFlow: SavedModels with the files beside them, graphs, meta graphs, checkpoints, and the configurations that Keras 2 stores separately. */
import { HEAD } from '../../detect/magic.js';
import { FOLDER_ENTRIES, latin1, type ByteSource, type Folder } from '../../readers/bytes.js';
import { memberOf, type Analyser, type AnalysisContext, type Location } from '../context.js';
import { judgeKerasConfig } from '../keras/config.js';
import { parsePythonJson } from '../../readers/python-json.js';
import { analyseTriton, isTritonText } from '../triton/analyse.js';
import { readBundle } from '../../readers/tensorflow/bundle.js';
import { judgeGraphs } from './graph-judge.js';
import { isKnownOp, reachOf } from './operations.js';
import { readTensorFlow, type Root } from '../../readers/tensorflow/read.js';
import { textRoot } from '../../readers/tensorflow/text.js';

export const analyseSavedModel: Analyser = async (source, place, job) => {
  await analyseGraphs('savedmodel', source, place, job);
  if (source.folder !== undefined && place.depth === 0 && place.name?.startsWith('saved_model.') !== false)
    await analyseFolder(source.folder, place, job);
};

export const analyseMetaGraph: Analyser = (source, place, job) => analyseGraphs('metagraph', source, place, job);
export const analyseGraph: Analyser = (source, place, job) => analyseGraphs('graph', source, place, job);
export const analyseKerasMetadata: Analyser = (source, place, job) =>
  analyseGraphs('keras-metadata', source, place, job);

/** Any of them, written as text. */
export const analyseGraphText: Analyser = async (source, place, job) => {
  const head = latin1(await source.read(0, HEAD));
  const root = textRoot(head);
  if (root === undefined && isTritonText(head)) {
    await analyseTriton(source, place, job);
    return;
  }
  if (root === undefined) {
    job.gap(place, 'it is no graph written as text');
    return;
  }
  await analyseGraphs(root, source, place, job, true);
  if (root === 'savedmodel' && source.folder !== undefined && place.depth === 0)
    await analyseFolder(source.folder, place, job);
};

async function analyseGraphs(
  root: Root,
  source: ByteSource,
  place: Location,
  job: AnalysisContext,
  text = false,
): Promise<void> {
  const matters = (op: string): boolean => reachOf(op) !== undefined || !isKnownOp(op);
  const facts = await readTensorFlow(source, root, matters, { signal: job.signal, text });
  for (const { offset, text } of facts.faults) job.gap(place, `${text} (byte ${place.base + offset})`);
  const { hits, gaps } = judgeGraphs(facts);
  for (const gap of gaps) job.gap(place, gap);
  for (const hit of hits) job.add({ ...hit, place });
  for (const { metadata, offset, cut } of facts.objects) {
    // Layers of Keras 2; other libraries store other data there.
    if (!/^\s*\{/.test(metadata)) continue;
    const parsed = cut ? undefined : parsePythonJson(metadata);
    if (parsed) await judgeKerasConfig(parsed.value, place, job, offset);
    else job.gap(place, `the configuration of a layer is too long, or no JSON (byte ${place.base + offset})`);
  }
}

// The folder of a SavedModel -------------------------------------------------------------------------------------------

/** Files of the folder that are looked at. */
const FILES = 2000;
const DEPTH = 6;

async function analyseFolder(folder: Folder, place: Location, job: AnalysisContext): Promise<void> {
  const programs: string[] = [];
  const seen = { files: 0 };
  const search = async (at: string, depth: number): Promise<void> => {
    const entries = await folder.list(at);
    if (entries === undefined) {
      job.gap(memberOf(place, at === '' ? '.' : at), 'the folder could not be read');
      return;
    }
    if (entries.length >= FOLDER_ENTRIES) job.gap(memberOf(place, at === '' ? '.' : at), 'the folder holds too much');
    for (const entry of entries) {
      job.signal.throwIfAborted();
      const name = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.folder) {
        if (depth === 0 && !PARTS.has(entry.name)) continue;
        if (depth < DEPTH) await search(name, depth + 1);
        else job.gap(place, `folders beside the model are nested more than ${DEPTH} deep (${name})`);
        continue;
      }
      if (PROGRAM.test(entry.name)) programs.push(name);
      if (depth === 0 && PARTS.has(entry.name)) job.gap(memberOf(place, name), 'it is no folder');
      if (depth === 0 && !BESIDE.has(entry.name)) continue;
      seen.files += 1;
      if (seen.files > FILES) {
        job.gap(place, `the model's folders hold more than ${FILES} files: the rest was not looked at`);
        return;
      }
      await analyseFile(folder, name, place, job);
    }
  };
  await search('', 0);
  const [first] = programs;
  if (first !== undefined) {
    job.add({
      rule: 'STATIC-TF-FOLDER-CODE',
      place,
      key: '',
      subject: `Beside the model lie ${programs.slice(0, 8).join(', ')}${programs.length > 8 ? ` and ${programs.length - 8} more` : ''}`,
      evidence: programs.map((text) => ({ text })),
      count: programs.length,
    });
  }
}

/** Folders of a SavedModel (`tensorflow/cc/saved_model/constants.h`). */
const PARTS: ReadonlySet<string> = new Set(['variables', 'assets', 'assets.extra']);
/** Files that a loader reads beside `saved_model.pb`; the text form only when there is no other. */
const BESIDE: ReadonlySet<string> = new Set([
  'keras_metadata.pb',
  'fingerprint.pb',
  'saved_model.pbtxt',
  'saved_model.cpb',
]);
const PROGRAM = /\.(?:py|pyc|pyw|sh|bash|bat|cmd|ps1|exe|dll|so|dylib)$/i;
const DATA_FILE = /\.data-\d{5}-of-\d{5}$/;

async function analyseFile(folder: Folder, name: string, place: Location, job: AnalysisContext): Promise<void> {
  const at = memberOf(place, name);
  const short = name.split('/').at(-1) ?? name;
  if (await folder.leadsOutside(name)) {
    job.gap(at, 'it is a link that leads out of the folder of the model');
    return;
  }
  const looked = await folder.open(name, async (file) => {
    if (short === 'saved_model.cpb') job.gap(at, 'this form of a SavedModel is not read');
    // Raw numbers can begin like any format; the checkpoint's data is checked with its index.
    else if (DATA_FILE.test(short)) await job.nested(file, at, { name: short });
    else if (short.endsWith('.index') && name.startsWith('variables/'))
      await job.nested({ ...file, folder: within(folder, 'variables') }, at, {
        name: short,
        expected: 'tf-checkpoint',
      });
    else
      await job.nested(file, at, {
        name: short,
        ...(short === 'keras_metadata.pb' ? { expected: 'keras-metadata' as const } : {}),
      });
    return true;
  });
  if (looked !== true) job.gap(at, 'it could not be opened');
}

/** A folder inside a folder. */
function within(folder: Folder, inner: string): Folder {
  return {
    list: (name) => folder.list(name === '' ? inner : `${inner}/${name}`),
    open: (name, use) => folder.open(`${inner}/${name}`, use),
    leadsOutside: (name) => folder.leadsOutside(`${inner}/${name}`),
  };
}

// Checkpoints ----------------------------------------------------------------------------------------------------------

export const analyseCheckpoint: Analyser = async (source, place, job) => {
  const bundle = await readBundle(source, job.signal);
  for (const gap of bundle.gaps) job.gap(place, gap);
  const prefix = place.name?.replace(/\.index$/, '');
  const sizes = new Map<number, number | undefined>();
  if (source.folder !== undefined && prefix !== undefined && bundle.shards <= FILES) {
    const of = String(bundle.shards).padStart(5, '0');
    for (const shard of new Set(bundle.tensors.map((tensor) => tensor.shard))) {
      const name = `${prefix}.data-${String(shard).padStart(5, '0')}-of-${of}`;
      sizes.set(shard, await source.folder.open(name, (file) => Promise.resolve(file.size)));
    }
  }
  const outside = bundle.tensors.filter(({ shard, offset, size }) => {
    const limit = sizes.get(shard) ?? Number.MAX_SAFE_INTEGER;
    return shard >= bundle.shards || offset + size > limit;
  });
  const [first] = outside;
  if (first === undefined) return;
  job.add({
    rule: 'STATIC-TF-CHECKPOINT-BOUNDS',
    place,
    key: '',
    subject: `The tensor ${first.name} is said to be the ${first.size} bytes from ${first.offset} on of data file ${first.shard}`,
    evidence: outside.map(({ name, shard, offset, size }) => ({ text: `${name}: file ${shard}, ${offset} + ${size}` })),
    count: outside.length,
  });
};
