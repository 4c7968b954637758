/** Statistics of the last layer of a model, which can point to one that was trojaned. Never more than a hint: its findings are `info`. */
import type { Format } from '../../core/formats.js';
import { escapeAndCut } from '../../core/escape.js';
import type { ByteSource } from '../../readers/bytes.js';
import type { AnalysisContext, Location } from '../context.js';
import { finalLayer, speaksLanguage } from './final-layer.js';
import { judgeWeights } from './weight-judge.js';
import { FORMAT_READERS } from '../formats.js';
import { layerStatistics } from './statistics.js';
import { BYTES } from './tensor.js';

/** `auto`: not for models of language, whose last layers are of another kind, nor for layers that take long to read. */
export type WeightMode = 'auto' | 'on' | 'off';

/** Bytes of last layers that are read of one file, with all that is packed into it. */
const READ: Readonly<Record<WeightMode, number>> = {
  auto: 32 * 1024 * 1024,
  on: 4 * 1024 * 1024 * 1024,
  off: 0,
};
/** Models in one file whose last layer is examined. */
const MODELS = 100;

/** Examines the last layers of one file. */
export class WeightStatistics {
  #left: number;
  #models = MODELS;

  constructor(private readonly mode: WeightMode) {
    this.#left = READ[mode];
  }

  /** A tensor that cannot be read is no gap here: the analyser of the format reports it, and a missing finding says nothing. */
  async look(source: ByteSource, formats: readonly Format[], place: Location, job: AnalysisContext): Promise<void> {
    for (const format of formats) {
      const reader = FORMAT_READERS[format].weights;
      // An array of its own inside an archive is a part of a source that was analysed as a whole.
      if (!reader || (format === 'npy' && place.depth > 0)) continue;
      if (this.mode === 'off' || this.#models === 0) return;
      this.#models -= 1;
      const weights = await reader(source, place.name, job.signal);
      const layer = finalLayer(weights);
      if (!layer || (this.mode === 'auto' && speaksLanguage(weights.tensors, layer))) continue;
      const size = layer.outputs * layer.inputs * BYTES[layer.tensor.type];
      if (size > this.#left) continue;
      this.#left -= size;
      const statistics = await layerStatistics(layer, job.signal);
      const { name, offset } = layer.tensor;
      for (const { rule, text, count } of statistics ? judgeWeights(layer, statistics) : [])
        job.add({
          rule,
          place,
          key: `${name}\n${text}`,
          subject: `In the layer ${escapeAndCut(name, 120)}, ${text}`,
          evidence: [{ text, ...(offset === undefined ? {} : { offset }) }],
          count,
        });
    }
  }
}
