/** The thresholds at which statistics of a last layer are reported, chosen so that harmless classifiers seldom reach them (docs/weights.md). */
import type { FinalLayer } from './final-layer.js';
import { EXTREME, UNLIKE, type LayerStatistics } from './statistics.js';

export interface WeightMatch {
  readonly rule: 'STATIC-WEIGHTS-NORM' | 'STATIC-WEIGHTS-SHIFTED' | 'STATIC-WEIGHTS-UNLIKE' | 'STATIC-WEIGHTS-EXTREME';
  readonly text: string;
  readonly count: number;
}

/** Fewer outputs have no usual deviation to be compared with. */
const OUTPUTS_LEAST = 5;
/**
 * How many standard deviations of the other outputs one lies away from their mean. Among n outputs, one that counts itself cannot lie further
 * than (n - 1) / √n of them away, less than 3 for ten classes: so it is left out.
 */
const NORM_AWAY = 7;
/** Both the norm and the mean of one output: together they are far rarer than each, and backdoors in convolutional networks show both. */
const SHIFTED_AWAY = 3;
const EXTREME_OUTPUTS = 5;

export function judgeWeights({ outputs }: FinalLayer, statistics: LayerStatistics): WeightMatch[] {
  if (outputs < OUTPUTS_LEAST) return [];
  const { norms, means, unlike, extreme, magnitude } = statistics;
  const hits: WeightMatch[] = [];
  const norm = farthest(norms, 'either');
  if (norm.away > NORM_AWAY)
    hits.push({
      rule: 'STATIC-WEIGHTS-NORM',
      text: `the norm of its weights is ${short(norm.value)}, ${short(norm.away)} standard deviations from the ${outputs - 1} others, whose mean is ${short(norm.mean)} (output ${norm.output})`,
      count: 1,
    });
  const mean = farthest(means, 'above');
  const heaviest = farthest(norms, 'above');
  if (mean.output === heaviest.output && Math.min(mean.away, heaviest.away) > SHIFTED_AWAY)
    hits.push({
      rule: 'STATIC-WEIGHTS-SHIFTED',
      text: `the weights of one output lie higher than those of the ${outputs - 1} others and are larger: their mean is ${short(mean.value)}, ${short(mean.away)} standard deviations above, their norm ${short(heaviest.value)}, ${short(heaviest.away)} above (output ${mean.output})`,
      count: 1,
    });
  for (const { output, similarity } of unlike ?? [])
    hits.push({
      rule: 'STATIC-WEIGHTS-UNLIKE',
      text: `its largest cosine similarity with any other is ${short(similarity)}, where nearly all of ${outputs} outputs have one of ${UNLIKE} or more (output ${output})`,
      count: unlike?.length ?? 1,
    });
  const touched = [...extreme.keys()].filter((output) => (extreme[output] ?? 0) > 0);
  if (touched.length > 0 && touched.length <= Math.min(EXTREME_OUTPUTS, outputs / 4)) {
    const count = touched.reduce((sum, output) => sum + (extreme[output] ?? 0), 0);
    hits.push({
      rule: 'STATIC-WEIGHTS-EXTREME',
      text: `${count} weights are larger than ${short(magnitude.mean + EXTREME * magnitude.deviation)}, the mean magnitude and ${EXTREME} standard deviations, all of them in the outputs ${touched.join(', ')} of ${outputs}`,
      count,
    });
  }
  return hits;
}

interface Far {
  readonly output: number;
  readonly value: number;
  /** Of the others. */
  readonly mean: number;
  /** In standard deviations of the others. */
  readonly away: number;
}

/** The output that lies farthest from the mean of the others. */
function farthest(values: Float64Array, side: 'either' | 'above'): Far {
  const count = values.length;
  const center = values.reduce((sum, value) => sum + value, 0) / count;
  let output = 0;
  let most = -Infinity;
  for (const [index, value] of values.entries()) {
    const distance = side === 'above' ? value - center : Math.abs(value - center);
    if (distance > most) [output, most] = [index, distance];
  }
  const value = values[output] ?? 0;
  const mean = (center * count - value) / (count - 1);
  let squares = 0;
  for (const [index, other] of values.entries()) if (index !== output) squares += (other - mean) ** 2;
  const deviation = Math.sqrt(squares / (count - 1));
  // If all outputs but one are the same, the distance would be infinite; the reported value stays a number.
  const floor = Math.abs(mean) * 1e-6;
  return { output, value, mean, away: Math.abs(value - mean) / Math.max(deviation, floor, Number.MIN_VALUE) };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
