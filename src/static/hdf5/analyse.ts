/** The analyser of HDF5 files: Keras's configurations and pickles in their attributes, and data that lies elsewhere. */
import { bytesSource, sliceSource, type ByteSource } from '../../readers/bytes.js';
import { encodedPickle } from '../../readers/encoded.js';
import { memberOf, type Analyser, type AnalysisContext, type Location } from '../context.js';
import { analysePickle } from '../pickle/analyse.js';
import { judgeKerasConfig } from '../keras/config.js';
import { parsePythonJson } from '../../readers/python-json.js';
import { readHdf5, type Dataset, type Hdf5Object } from '../../readers/hdf5/reader.js';
import type { Attribute } from '../../readers/hdf5/values.js';

export const analyseHdf5: Analyser = async (source, place, job) => {
  const file = await readHdf5(source, job.signal);
  for (const { text, offset } of file.gaps) job.gap(place, `HDF5: ${text} (byte ${place.base + offset})`);
  for (const { path, file: other, offset } of file.external) {
    const subject = `${path} takes its data from ${JSON.stringify(other.slice(0, 200))}`;
    job.add({ rule: 'STATIC-HDF5-EXTERNAL', place, key: path, subject, evidence: [{ text: subject, offset }] });
  }
  for (const object of file.objects) {
    if (object.dataset) judgeSize(object, object.dataset, source.size, place, job);
    if (object.dataset) await judgeObjects(object, object.dataset, source, place, job);
    for (const attribute of object.attributes) await judgeAttribute(object, attribute, source, place, job);
  }
};

/** 1 GiB, and a hundred times what the file has: no packing of real weights comes near. */
const BOMB_BYTES = 2 ** 30;
const BOMB_RATIO = 100;

function judgeSize(object: Hdf5Object, dataset: Dataset, size: number, place: Location, job: AnalysisContext): void {
  const bytes = (dataset.shape ?? [0]).reduce((product, length) => product * length, dataset.type.size);
  if (bytes < BOMB_BYTES || bytes < BOMB_RATIO * size) return;
  const shape = (dataset.shape ?? []).slice(0, 8).join(' × ');
  const subject = `${object.path} is said to hold ${shape} values, ${bytes} bytes, in a file of ${size}`;
  job.add({
    rule: 'STATIC-HDF5-BOMB',
    place,
    key: object.path,
    subject,
    evidence: [{ text: subject, offset: object.offset }],
  });
}

async function judgeAttribute(
  object: Hdf5Object,
  attribute: Attribute,
  source: ByteSource,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  const named = CONFIGURATIONS.has(attribute.name);
  for (const text of attribute.texts) {
    const pickle = encodedPickle(text);
    if (pickle) {
      const inner = memberOf(place, `(pickle in the attribute ${attribute.name} of ${object.path})`);
      await job.nested(bytesSource(pickle), { ...inner, guess: true });
    }
    if (!named && !/^\s*[{[]/.test(text)) continue;
    const parsed = parsePythonJson(text);
    if (parsed) await judgeKerasConfig(parsed.value, place, job, attribute.offset);
    else if (named) job.gap(place, `the attribute ${attribute.name} of ${object.path} is no JSON`);
  }
  if (named && attribute.texts.length === 0)
    job.gap(place, `the attribute ${attribute.name} of ${object.path} is no text`);
  const [first] = attribute.texts;
  // PyTables pickles what it cannot store, and unpickles what ends like a pickle, whatever its beginning (`tables/attributeset.py`).
  if (first === undefined || attribute.length <= 2 || !first.endsWith('.')) return;
  const inner = sliceSource(source, attribute.offset, attribute.length);
  const member = memberOf(place, `(attribute ${attribute.name} of ${object.path})`);
  await job.attempt(member, () => analysePickle(inner, { ...member, guess: true }, job));
}

/**
 * Datasets that hold pickles: PyTables unpickles each element of one whose atom is an object, and pandas keeps columns of objects so; deepdish and
 * hickle put a pickle into a dataset of bytes.
 */
async function judgeObjects(
  object: Hdf5Object,
  { type, data, elements = [], ofAll = false, layout }: Dataset,
  source: ByteSource,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  const objects = object.attributes.some(
    ({ name, texts }) => (name === 'PSEUDOATOM' || name === 'FLAVOR') && /^object$/i.test(texts[0] ?? ''),
  );
  for (const [index, { offset, size }] of elements.entries()) {
    job.signal.throwIfAborted();
    const member = memberOf(place, `(element ${index} of ${object.path})`);
    const inner = sliceSource(source, offset, size);
    await job.attempt(member, () =>
      analysePickle(inner, objects && !ofAll ? { ...member, expected: 'pickle' } : { ...member, guess: true }, job),
    );
  }
  // hickle marks what it pickles.
  const isPickle = object.attributes.some(({ name, texts }) => name === 'base_type' && texts[0] === 'pickle');
  if (isPickle && layout !== 'contiguous')
    job.gap(place, `${object.path} holds a pickle in a layout that is not read (${layout})`);
  if (data === undefined || data.size < 2 || (type.size !== 1 && type.class !== 'opaque' && type.class !== 'string'))
    return;
  const inner = sliceSource(source, data.offset, Math.min(data.size, source.size - data.offset));
  if (!BEGINS_PICKLE.test(Buffer.from(await inner.read(0, 2)).toString('latin1'))) return;
  const member = memberOf(place, `(data of ${object.path})`);
  await job.attempt(member, () => analysePickle(inner, { ...member, guess: true }, job));
}

// eslint-disable-next-line no-control-regex -- PROTO of protocol 2 to 5
const BEGINS_PICKLE = /^(?:\x80[\x02-\x05]|[(\]})c][^])/;

/** What Keras 2 and 3 read of an HDF5 file (`legacy_h5_format.py`). */
const CONFIGURATIONS: ReadonlySet<string> = new Set(['model_config', 'training_config']);
