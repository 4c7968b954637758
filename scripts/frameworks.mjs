/**
 * `npm run frameworks`: makes the models of test/frameworks/cases.py in the image of each layer, scans each for real and prints which
 * are not what they have to be, and how many are accused or inconclusive. Ends with 1 when there are any.
 *
 *   --layer NAME   one layer
 *   --only TEXT    cases whose name holds this
 *   --keep         takes the models that are in out/frameworks already
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { madeModels, makeModels } from './lib/layer.mjs';
import { ensureBuilt, ensurePackages, NODE, ROOT } from './lib/project.mjs';
import { runAttached, runScript, say } from './lib/step.mjs';

const CLI = join(ROOT, 'dist/cli.js');
const FOLDER = join(ROOT, 'out/frameworks');
const LAYERS = ['core', 'torch', 'formats', 'tensorflow', 'transformers'];

async function main() {
  const { values } = parseArgs({
    options: { layer: { type: 'string' }, only: { type: 'string' }, keep: { type: 'boolean', default: false } },
  });
  await ensurePackages();
  await ensureBuilt();
  const engine = await ensureEngine();
  try {
    await ensureBase(engine.env);
    const results = [];
    for (const layer of LAYERS.filter((name) => values.layer === undefined || name === values.layer)) {
      const cases = await makeCases(layer, values.keep, engine.env);
      const wanted = cases.filter(({ name }) => values.only === undefined || name.includes(values.only));
      if (wanted.length > 0) results.push(...(await scanCases(layer, wanted, engine.env)));
    }
    for (const { layer, name, problem, seconds } of results)
      process.stdout.write(
        `${problem ? '!!' : '  '} ${layer.padEnd(13)}${seconds.toFixed(1).padStart(5)} s  ${name}${problem ? `: ${problem}` : ''}\n`,
      );
    process.stdout.write(`${summary(results)}\n`);
    return results.every(({ problem }) => problem === undefined) ? 0 : 1;
  } finally {
    await engine.stop();
  }
}

async function makeCases(layer, keep, env) {
  const folder = join(FOLDER, 'models', layer);
  const kept = keep ? await madeModels(layer, folder) : undefined;
  if (kept) return kept;
  await rm(folder, { recursive: true, force: true });
  say(`Making the models of ${layer}`);
  return makeModels(env, 'frameworks', layer, folder);
}

async function scanCases(layer, cases, env) {
  const output = join(FOLDER, `${layer}.json`);
  await rm(output, { force: true });
  say(`Scanning ${cases.length} models of ${layer}`);
  const args = ['scan', '--format', 'json', '--output', output, '--quiet', ...cases.map(({ path }) => path)];
  await runAttached(NODE, [CLI, ...args], { env });
  const document = await readFile(output, 'utf8').then(JSON.parse, () => undefined);
  return cases.map((entry) => {
    const report = document?.scans.find(({ model }) => model.path === entry.path);
    return { ...entry, report, seconds: report?.durations.total ?? 0, problem: problemOf(entry, report) };
  });
}

function problemOf({ expected, used }, report) {
  if (!report) return 'not scanned';
  const { findings, load } = report;
  if (expected.length > 0) {
    const shown = findings.map(({ rule, phase }) => `${rule}@${phase}`);
    const missing = expected.filter((rule) => !shown.includes(rule));
    return missing.length === 0 && report.verdict === 'malicious'
      ? undefined
      : `no ${missing.join(', ')}: ${report.verdict}, ${shown.join(' ')}`;
  }
  if (report.verdict !== 'clean') {
    const rules = findings
      .filter(({ severity }) => severity !== 'info')
      .map(({ rule, phase, subject = '' }) => `${rule}${phase ? `@${phase}` : ''} ${subject}`);
    return `${report.verdict}, ${load.outcome}: ${[...rules, ...report.reasons].join(' | ')}`;
  }
  const failed = (load.notUsed ?? []).filter((reason) => used.some((use) => reason.includes(use)));
  return failed.length > 0 ? `not used: ${failed.join('; ')}` : undefined;
}

function summary(all) {
  const results = all.filter(({ expected }) => expected.length === 0);
  const count = (test) => results.filter(({ report }) => report && test(report.verdict)).length;
  const seconds = results.map((result) => result.seconds).sort((a, b) => a - b);
  const accused = count((verdict) => verdict === 'malicious' || verdict === 'suspicious');
  return `${results.length} harmless models: ${count((verdict) => verdict === 'clean')} clean, ${accused} accused, ${count((verdict) => verdict === 'inconclusive')} inconclusive; median ${(seconds[Math.floor(seconds.length / 2)] ?? 0).toFixed(1)} s.`;
}

runScript(main);
