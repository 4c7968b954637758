/** TensorFlow Lite models. The analysis of the whole file finds an archive behind one, in which model metadata keeps files. */
import { sliceSource } from '../../readers/bytes.js';
import { memberOf, type Analyser } from '../context.js';
import { judgeGraphs } from '../tensorflow/graph-judge.js';
import { readTflite } from '../../readers/tflite/read.js';

export const analyseTflite: Analyser = async (source, place, job) => {
  const facts = await readTflite(source, job.signal);
  for (const gap of facts.gaps) job.gap(place, gap);
  const judged = judgeGraphs({ graphs: [facts.flex], assets: [], objects: [], ports: [], faults: [] });
  for (const hit of judged.hits) job.add({ ...hit, place });
  const [fault] = facts.faults;
  if (fault !== undefined) {
    job.add({
      rule: 'STATIC-TFLITE-BOUNDS',
      place,
      key: '',
      subject: `At byte ${place.base + fault.offset}, ${fault.text}`,
      evidence: facts.faults.map(({ offset, text }) => ({ offset, text })),
      count: facts.faults.length,
    });
    // The part behind a damaged place was not read.
    job.gap(place, 'parts of the model could not be read, because they refer to places outside it');
  }
  const flex = facts.custom.filter(({ name }) => name.startsWith('Flex'));
  const custom = facts.custom.filter(({ name }) => !name.startsWith('Flex') && !LIBRARY_OPS.has(name));
  for (const [rule, ops] of [
    ['STATIC-TFLITE-FLEX', judged.hits.length === 0 ? flex : []],
    ['STATIC-TFLITE-CUSTOM-OP', custom],
  ] as const) {
    if (ops.length === 0) continue;
    const names = ops.map(({ name }) => name || '(without a name)');
    const more = names.length > 12 ? ` and ${names.length - 12} more` : '';
    job.add({
      rule,
      place,
      key: '',
      subject: `The model uses ${names.slice(0, 12).join(', ')}${more}`,
      evidence: ops.map(({ name, offset }) => ({ offset, text: `operator code ${name}` })),
      count: ops.length,
    });
  }
  for (const { name, offset, size } of facts.metadata)
    await job.nested(sliceSource(source, offset, size), {
      ...memberOf(place, `(metadata ${name})`),
      base: place.base + offset,
    });
};

/**
 * Custom operators whose kernels come with TensorFlow Lite (`tensorflow/lite/kernels/custom_ops_register.h`, `kernels/register.cc`, and its
 * graphics delegate's `mediapipe/` ones).
 */
const LIBRARY_OPS: ReadonlySet<string> = new Set([
  'Mfcc',
  'AudioSpectrogram',
  'TFLite_Detection_PostProcess',
  'NumericVerify',
  'Irfft2d',
  'HashTable',
  'MultinomialWithReplacement',
  'RandomStandardNormal',
  'RandomUniform',
  'AtanV2',
  'Convolution2DTransposeBias',
  'MaxPoolingWithArgmax2D',
  'MaxUnpooling2D',
  'Landmarks2TransformMatrix',
  'TransformLandmarks',
  'TransformTensorBilinear',
]);
