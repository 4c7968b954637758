/**
 * `npm run wild`: fetches the published packages of test/wild/packages.json, scans every model in them and prints what came of it, by package
 * and by reason. No model in them is known to be hostile, so each accusation is a false alarm. Ends with 1 when there is one, or when fewer
 * than 99 of 100 models were read to their end. Of all packages it writes docs/wild.md.
 *
 *   --only NAME     one package; docs/wild.md is left as it is
 *   --left          scans again what was not all clean the last time; of the others the last reports count
 *   --run [N]       loads N models of each package (3 when not told) in the sandbox as well, of different formats first
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { ensureBuilt, ensurePackages, NODE, ROOT } from './lib/project.mjs';
import { runAttached, runScript, say, SetupError } from './lib/step.mjs';
import { fetchPackage, wildPackages } from './lib/wild.mjs';

const CLI = join(ROOT, 'dist/cli.js');
const FOLDER = join(ROOT, 'out/wild');
const PAGE = join(ROOT, 'docs/wild.md');
const CONCLUSIVE = 0.99;
const RUN_EACH = 3;

async function main() {
  const { values, positionals } = parseArgs({
    options: {
      only: { type: 'string' },
      left: { type: 'boolean', default: false },
      run: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const each = positionals.length > 0 ? Number(positionals[0]) : RUN_EACH;
  if (!Number.isInteger(each) || each < 1) throw new SetupError('--run takes a number from 1 on.');
  await ensurePackages();
  await ensureBuilt();
  const packages = (await wildPackages()).filter(({ name }) => values.only === undefined || name === values.only);
  if (packages.length === 0) throw new SetupError(`test/wild/packages.json has no package ${values.only}.`);
  await mkdir(FOLDER, { recursive: true });
  const engine = values.run ? await ensureEngine() : undefined;
  try {
    if (engine) await ensureBase(engine.env);
    const results = [];
    for (const wanted of packages) {
      say(`${wanted.name} ${wanted.version}`);
      const folder = await fetchPackage(wanted);
      const last = values.left ? await lastOf(wanted.name) : undefined;
      const read = last?.every(({ verdict }) => verdict === 'clean')
        ? last
        : await scan(wanted.name, [folder], ['--static-only'], process.env);
      const run = engine ? await scan(`${wanted.name}-run`, chosen(read, each), [], engine.env) : [];
      results.push({
        ...wanted,
        folder,
        read: read.map((report) => outcomeOf(report, folder)),
        run: run.map((report) => outcomeOf(report, folder)),
      });
    }
    process.stdout.write(`${results.flatMap(shown).join('\n')}\n${summary('read', results)}\n`);
    if (engine) process.stdout.write(`${summary('run', results)}\n`);
    if (values.only === undefined) await writePage(results, engine !== undefined);
    return passes(results, 'read') && (!engine || passes(results, 'run')) ? 0 : 1;
  } finally {
    await engine?.stop();
  }
}

async function lastOf(name) {
  const document = await readFile(join(FOLDER, `${name}.json`), 'utf8').then(JSON.parse, () => undefined);
  return document?.scans;
}

async function scan(name, paths, flags, env) {
  if (paths.length === 0) return [];
  const output = join(FOLDER, `${name}.json`);
  await rm(output, { force: true });
  const code = await runAttached(
    NODE,
    [CLI, 'scan', ...flags, '--jobs', '2', '--format', 'json', '--output', output, '--quiet', ...paths],
    { env },
  );
  const document = await readFile(output, 'utf8').then(JSON.parse, () => undefined);
  if (!document) throw new SetupError(`The scan of ${name} ended with ${code} and made no report.`);
  return document.scans;
}

/** Models that the sandbox can load, of as many formats as there are. */
function chosen(reports, each) {
  const byFormat = Map.groupBy(reports, ({ model }) => model.format);
  const picked = [];
  for (let round = 0; picked.length < each && round < each; round += 1)
    for (const list of byFormat.values()) if (list[round] && picked.length < each) picked.push(list[round].model.path);
  return picked;
}

/** What is counted and told of one model; nothing of this machine. */
function outcomeOf({ model, verdict, reasons, findings }, folder) {
  const rules = [...new Set(findings.filter(({ severity }) => severity !== 'info').map(({ rule }) => rule))];
  const kind = verdict === 'clean' || verdict === 'inconclusive' ? verdict : 'accused';
  const why = kind === 'accused' ? rules.join(', ') : kind === 'inconclusive' ? (reasons[0] ?? '') : '';
  return {
    file: relative(folder, model.path),
    format: model.format,
    kind,
    why: why.replaceAll(folder, '').slice(0, 200),
  };
}

function count(outcomes, kind) {
  return outcomes.filter((outcome) => outcome.kind === kind).length;
}

function shown({ name, version, read, run }) {
  const line = (label, outcomes) =>
    `   ${label.padEnd(5)}${outcomes.length} models: ${count(outcomes, 'clean')} clean, ${count(outcomes, 'accused')} accused, ${count(outcomes, 'inconclusive')} inconclusive`;
  const odd = [...read, ...run].filter(({ kind }) => kind !== 'clean');
  return [
    `${odd.length > 0 ? '!!' : '  '} ${name} ${version}`,
    line('read', read),
    ...(run.length > 0 ? [line('run', run)] : []),
    ...odd.map(({ file, kind, why }) => `     ${kind}: ${file}: ${why}`),
  ];
}

function totals(results, side) {
  const all = results.flatMap((result) => result[side]);
  return {
    models: all.length,
    clean: count(all, 'clean'),
    accused: count(all, 'accused'),
    inconclusive: count(all, 'inconclusive'),
  };
}

function summary(side, results) {
  const { models, clean, accused, inconclusive } = totals(results, side);
  const share = models === 0 ? 0 : (100 * (models - inconclusive)) / models;
  return `${models} models ${side}: ${clean} clean, ${accused} accused, ${inconclusive} inconclusive; ${share.toFixed(1)} % conclusive`;
}

function passes(results, side) {
  const { models, accused, inconclusive } = totals(results, side);
  return accused === 0 && models > 0 && (models - inconclusive) / models >= CONCLUSIVE;
}

async function writePage(results, ran) {
  const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const numbers = (outcomes) => ['clean', 'accused', 'inconclusive'].map((kind) => count(outcomes, kind)).join(' | ');
  const odd = (side) =>
    results.flatMap(({ name, [side]: outcomes }) =>
      outcomes
        .filter(({ kind }) => kind !== 'clean')
        .map(({ file, kind, why }) => `| ${name} | \`${file}\` | ${side} | ${kind} | ${cell(why)} |`),
    );
  const left = [...odd('read'), ...odd('run')];
  await writeFile(
    PAGE,
    [
      '# Models in the wild',
      '',
      'Written by `npm run wild` (`scripts/wild.mjs`) from a scan of every model in the published packages of `test/wild/packages.json`, which',
      'pins the version and the hash of each; do not edit. The packages are fetched and unpacked, and nothing of them is installed or run.',
      'A model counts as accused when it has a finding over `info`.',
      '',
      `${summary('read', results)}.`,
      ...(ran ? ['', `${summary('run', results)}.`] : []),
      '',
      `| Package | Version | Formats | Clean | Accused | Inconclusive |${ran ? ' Run: clean | accused | inconclusive |' : ''}`,
      `| --- | --- | --- | --- | --- | --- |${ran ? ' --- | --- | --- |' : ''}`,
      ...results.map(
        ({ name, version, read, run }) =>
          `| ${name} | ${version} | ${[...new Set(read.map(({ format }) => format))].sort().join(', ')} | ${numbers(read)} |${ran ? ` ${numbers(run)} |` : ''}`,
      ),
      '',
      ...(left.length === 0
        ? []
        : [
            '## What is not clean',
            '',
            '| Package | File | Side | Outcome | Reason |',
            '| --- | --- | --- | --- | --- |',
            ...left,
            '',
          ]),
    ].join('\n'),
  );
}

runScript(main);
