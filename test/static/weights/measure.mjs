/**
 * How often each rule about weights speaks, over the models that make-models.py and make-convolutional.py wrote: the table of docs/weights.md.
 *
 *     node test/static/weights/measure.mjs FOLDER
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const { outputFiles } = await build({
  stdin: {
    contents: `
      export { bytesSource } from './src/readers/bytes.ts';
      export { finalLayer } from './src/static/weights/final-layer.ts';
      export { judgeWeights } from './src/static/weights/weight-judge.ts';
      export { WEIGHT_READERS } from './src/static/weights/readers.ts';
      export { layerStatistics } from './src/static/weights/statistics.ts';
      export { numbers } from './src/static/weights/tensor.ts';
    `,
    resolveDir: ROOT,
  },
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});
const { bytesSource, finalLayer, judgeWeights, layerStatistics, numbers, WEIGHT_READERS } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);

const folder = process.argv[2];
const table = {};
for (const name of (await readdir(folder)).sort()) {
  if (!name.endsWith('.npz')) continue;
  const weights = await WEIGHT_READERS.npz(bytesSource(await readFile(join(folder, name))), name);
  const layer = finalLayer(weights);
  const [kind, family] = name.split('-');
  const statistics = layer && (await layerStatistics(layer));
  const rules = statistics ? [...new Set(judgeWeights(layer, statistics).map(({ rule }) => rule))] : [];
  const said = [...rules, ...(rules.length > 0 ? ['any of them'] : [])];
  if (layer) said.push(...(await modelaudit(layer)));
  if (layer?.outputs >= 5) said.push('5 outputs or more');
  for (const group of kind === 'clean' ? ['clean', `clean ${family}`] : [kind]) {
    const row = (table[group] ??= { models: 0 });
    row.models += 1;
    for (const rule of said) row[rule] = (row[rule] ?? 0) + 1;
  }
}
console.table(table);

/** The three statistics at the thresholds of modelaudit 0.1.2 and 0.2.x, for models of this size. */
async function modelaudit({ tensor, outputs, inputs, outputsTogether }) {
  const rows = Array.from({ length: outputs }, () => new Float64Array(inputs));
  let at = 0;
  for await (const piece of numbers(await tensor.open(), tensor.type, outputs * inputs))
    for (const value of piece) {
      if (outputsTogether) rows[Math.floor(at / inputs)][at % inputs] = value;
      else rows[at % outputs][Math.floor(at / outputs)] = value;
      at += 1;
    }
  const said = [];
  const norms = rows.map((row) => Math.hypot(...row));
  const far = norms.filter((norm) => Math.abs(norm - mean(norms)) > 3 * deviation(norms)).length;
  if (far > 0 && far / outputs < 0.01) said.push('modelaudit norm');
  const largest = rows.map((row, one) =>
    Math.max(...rows.map((other, two) => (one === two ? 0 : Math.abs(dot(row, other) / (norms[one] * norms[two]))))),
  );
  const unlike = largest.filter((similarity) => similarity < 0.7).length;
  if (outputs > 2 && unlike > 0 && unlike <= Math.max(3, Math.floor(0.05 * outputs))) said.push('modelaudit cosine');
  const magnitudes = rows.flatMap((row) => [...row].map(Math.abs));
  const limit = mean(magnitudes) + 3 * deviation(magnitudes);
  const touched = rows.filter((row) => row.some((value) => Math.abs(value) > limit)).length;
  if (touched > 0 && touched <= Math.max(5, Math.floor(0.001 * outputs))) said.push('modelaudit extreme');
  return said;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values) {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

function dot(one, other) {
  return one.reduce((sum, value, index) => sum + value * other[index], 0);
}
