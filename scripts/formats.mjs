/**
 * `npm run formats`: makes the models of test/formats/cases.py in the image of each layer, scans each for real, prints what came of it and writes
 * the table of formats in README.md, between its markers. Ends with 1 when a case is not as it has to be.
 *
 *   --only FORMAT   one format; README.md is left as it is
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { makeModels } from './lib/layer.mjs';
import { ensureBuilt, ensurePackages, NODE, ROOT } from './lib/project.mjs';
import { runAttached, runScript, say, SetupError } from './lib/step.mjs';

const CLI = join(ROOT, 'dist/cli.js');
const FOLDER = join(ROOT, 'out/formats');
const README = join(ROOT, 'README.md');
const BEGIN = '<!-- formats: replaced by `npm run formats` -->';
const END = '<!-- /formats -->';

/** What the reader sees of the formats, in the order of the table. */
const FORMATS = {
  pickle: ['pickle', 'pickle'],
  joblib: ['joblib, compressed or not', 'joblib'],
  dill: ['dill', 'dill'],
  cloudpickle: ['cloudpickle', 'pickle'],
  npy: ['NumPy `.npy`', 'NumPy'],
  npz: ['NumPy `.npz`', 'NumPy'],
  'torch-zip': ['PyTorch, zip', 'torch.load'],
  'torch-legacy': ['PyTorch, legacy', 'torch.load'],
  torchscript: ['TorchScript', 'torch.jit'],
  'torch-export': ['`torch.export` `.pt2`', 'torch.export'],
  keras: ['Keras `.keras`', 'Keras 3'],
  hdf5: ['Keras `.h5`', 'Keras 3, then Keras 2'],
  savedmodel: ['SavedModel folder', 'TensorFlow'],
  graphdef: ['frozen `.pb`', 'TensorFlow'],
  tflite: ['TensorFlow Lite', 'TensorFlow'],
  onnx: ['ONNX', 'ONNX Runtime'],
  safetensors: ['SafeTensors', 'safetensors'],
  gguf: ['GGUF', 'gguf, Jinja2'],
  skops: ['skops', 'skops, all types trusted'],
  xgboost: ['XGBoost JSON, UBJSON', 'XGBoost'],
  lightgbm: ['LightGBM text', 'LightGBM'],
  catboost: ['CatBoost `.cbm`', 'CatBoost'],
  huggingface: ['Hugging Face folder', 'transformers, its own code included'],
};

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  await ensurePackages();
  await ensureBuilt();
  const engine = await ensureEngine();
  try {
    await ensureBase(engine.env);
    const results = await scanCases(await makeCases(engine.env, values.only), engine.env);
    for (const { problem, format, kind, name, seconds } of results)
      process.stdout.write(
        `${problem ? '!!' : '  '} ${format.padEnd(14)}${kind.padEnd(9)}${seconds.toFixed(1).padStart(5)} s  ${name}${problem ? `: ${problem}` : ''}\n`,
      );
    if (values.only !== undefined) return results.every(({ problem }) => problem === undefined) ? 0 : 1;
    const missing = Object.keys(FORMATS).filter((format) => !results.some((result) => result.format === format));
    if (missing.length > 0) say(`No cases, and so no rows: ${missing.join(', ')}`);
    await writeTable(results);
    return missing.length === 0 && results.every(({ problem }) => problem === undefined) ? 0 : 1;
  } finally {
    await engine.stop();
  }
}

async function makeCases(env, only) {
  await rm(FOLDER, { recursive: true, force: true });
  const cases = [];
  for (const layer of ['core', 'torch', 'formats', 'tensorflow', 'transformers']) {
    say(`Making the models of ${layer}`);
    cases.push(...(await makeModels(env, 'formats', layer, join(FOLDER, 'models', layer))));
  }
  return cases.filter(({ format }) => only === undefined || format === only);
}

/** One after the other: the seconds are those of one scan on an idle machine, its baseline and image already there. */
async function scanCases(cases, env) {
  const results = [];
  const warm = new Set();
  for (const entry of cases) {
    if (entry.kind === 'harmless' && !warm.has(entry.format)) {
      warm.add(entry.format);
      await scan(entry, env);
    }
    say(`Scanning ${entry.format}, ${entry.kind}: ${entry.name}`);
    const document = await scan(entry, env);
    const report = document?.scans.find(({ model }) => model.path === entry.path);
    results.push({ ...entry, report, seconds: report?.durations.total ?? 0, problem: problemOf(entry, report) });
  }
  return results;
}

async function scan({ path, file }, env) {
  const output = join(FOLDER, 'reports', `${file.replaceAll('/', '-')}.json`);
  await mkdir(dirname(output), { recursive: true });
  await rm(output, { force: true });
  await runAttached(NODE, [CLI, 'scan', '--format', 'json', '--output', output, '--quiet', path], { env });
  return readFile(output, 'utf8').then(JSON.parse, () => undefined);
}

function problemOf({ format, kind, expected, verdict, used }, report) {
  if (!report) return 'not scanned';
  const { findings, load } = report;
  const shown = `${report.verdict}, ${load.outcome}: ${findings.map(({ rule, phase }) => (phase ? `${rule}@${phase}` : rule)).join(' ')} ${report.reasons.join(' ')}`;
  if (kind === 'broken') return report.verdict === 'clean' ? 'clean' : undefined;
  if (verdict !== report.verdict) return `${shown} in place of ${verdict}`;
  const missing = expected.filter((word) => {
    const [rule, phase] = word.split('@');
    return !findings.some((finding) => finding.rule === rule && (phase === undefined || finding.phase === phase));
  });
  if (missing.length > 0) return `no ${missing.join(', ')}; ${shown}`;
  if (kind !== 'harmless') return undefined;
  const over = findings.filter(({ severity, rule }) => severity !== 'info' && !expected.includes(rule));
  if (over.length > 0) return shown;
  if (report.model.format !== format) return `detected as ${report.model.format}`;
  const failed = (load.notUsed ?? []).filter((reason) => used.some((use) => reason.includes(use)));
  return failed.length > 0 ? `not used: ${failed.join('; ')}` : undefined;
}

async function writeTable(results) {
  const rows = Object.entries(FORMATS).flatMap(([format, [label, loader]]) => {
    const own = results.filter((result) => result.format === format);
    const of = (kind) => own.filter((result) => result.kind === kind);
    const harmless = of('harmless');
    const first = harmless[0];
    if (first === undefined) return [];
    const right = (list) => `${list.filter(({ problem }) => problem === undefined).length} of ${list.length}`;
    const loads = first.report?.load.outcome === 'loaded' ? `yes, ${loader}` : 'no';
    const failed = first.report?.load.notUsed?.length ?? 0;
    const uses = first.report?.load.outcome !== 'loaded' ? 'no' : failed === 0 ? 'yes' : `in part (${failed} not)`;
    const hostile = of('hostile');
    const cells = [
      label,
      loads,
      uses,
      hostile.length === 0 ? 'holds no code' : right(hostile),
      right(harmless),
      right(of('broken')),
    ];
    return `| ${[...cells, first.layer, first.seconds.toFixed(1)].join(' | ')} |`;
  });
  const readme = await readFile(README, 'utf8');
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new SetupError(`README.md lacks the markers ${BEGIN} and ${END}.`);
  const head = [
    '| format | loads | used | hostile caught | harmless clean | broken never clean | image | seconds |',
    '|---|---|---|---|---|---|---|---|',
  ];
  const table = [BEGIN, '', ...head, ...rows, '', END];
  await writeFile(README, readme.slice(0, begin) + table.join('\n') + readme.slice(end + END.length));
}

runScript(main);
