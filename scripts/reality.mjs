/**
 * `npm run reality`: what published models, public bug reports and attacks on DynScan taught, made again from nothing: the cases of
 * `test/reality/plain.ts`, and those of `test/reality/cases.py`, which the libraries save in the image of their layer. Each is scanned and held against
 * what is right; what is not is printed, docs/reality.md is written. Ends with 1 when a case is wrong.
 *
 *   --only WORDS   cases whose row or name holds this; docs/reality.md is left as it is
 *   --static       only what is only read, without an engine: of what a library makes, what the last run left in out/reality
 *   --keep         takes the models that are in out/reality already
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { merged, problemOf } from './lib/expected.mjs';
import { madeModels, makeModels } from './lib/layer.mjs';
import { scanInto } from './lib/measure.mjs';
import { ensureBuilt, ensurePackages, ROOT } from './lib/project.mjs';
import { importSources } from './lib/sources.mjs';
import { runScript, say, SetupError } from './lib/step.mjs';

const FOLDER = join(ROOT, 'out/reality');
const MODELS = join(FOLDER, 'models');
const LAYERS = ['core', 'torch', 'formats', 'tensorflow', 'transformers'];
/** A busy machine must not decide: the default is a fourth of this. */
const TIMEOUT = ['--timeout', '240', '--static-timeout', '240'];
/** Models of one invocation: its report has to fit into one string. */
const BATCH = 30;

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      static: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  await ensurePackages();
  await ensureBuilt();
  const rows = JSON.parse(await readFile(join(ROOT, 'test/reality/rows.json'), 'utf8'));
  const engine = values.static ? { env: process.env, stop: async () => undefined } : await ensureEngine();
  try {
    if (!values.static) await ensureBase(engine.env);
    const all = [...(await writePlain()), ...(await saved(engine.env, values))];
    const strange = all.find(({ row }) => !rows.some((known) => known.row === row));
    if (strange) throw new SetupError(`test/reality/rows.json has no row ${strange.row}, of ${strange.name}.`);
    const cases = all.filter(
      ({ row, name, run }) =>
        (values.only === undefined || `${row}: ${name}`.includes(values.only)) && !(values.static && run),
    );
    if (cases.length === 0) throw new SetupError(`No row or case has the words ${values.only}.`);
    const results = await scanAll(cases, engine.env);
    const table = rows.map((row) => ({ ...row, results: results.filter((result) => result.row === row.row) }));
    process.stdout.write(`${shown(table)}\n${summary(results)}\n`);
    if (values.only === undefined && !values.static)
      await writeFile(join(ROOT, 'docs/reality.md'), page(table, results));
    return results.every(({ problem }) => problem === undefined) ? 0 : 1;
  } finally {
    await engine.stop();
  }
}

async function writePlain() {
  const { PLAIN } = await importSources("export { PLAIN } from './test/reality/plain.ts';");
  const folder = join(MODELS, 'plain');
  await rm(folder, { recursive: true, force: true });
  const cases = [];
  for (const [number, { files, file, ...entry }] of PLAIN.entries()) {
    const own = join(folder, String(number).padStart(3, '0'));
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(own, name)), { recursive: true });
      await writeFile(join(own, name), content);
    }
    cases.push({ ...entry, layer: 'none', run: false, flags: [], folder: own, path: join(own, file) });
  }
  return cases;
}

/** What the libraries make. The folder of each case is the first one below that of its layer. */
async function saved(env, { static: onlyRead, keep }) {
  const cases = [];
  for (const layer of LAYERS) {
    const folder = join(MODELS, layer);
    let made = onlyRead || keep ? await madeModels(layer, folder) : undefined;
    if (!made && !onlyRead) {
      await rm(folder, { recursive: true, force: true });
      say(`Making the models of ${layer}`);
      made = await makeModels(env, 'reality', layer, folder);
    }
    for (const entry of made ?? []) cases.push({ ...entry, folder: join(folder, entry.file.split('/')[0]) });
  }
  return cases;
}

/** Those that take the same flags in one go: what is read first, then what is run. */
async function scanAll(cases, env) {
  const config = join(FOLDER, 'settings.json');
  await writeFile(config, '{}');
  const groups = Map.groupBy(cases, ({ run, flags }) => [run ? 'run' : '--static-only', ...flags].join(' '));
  const reports = [];
  for (const [key, group] of groups) {
    const flags = ['--config', config, ...TIMEOUT, ...key.split(' ').filter((flag) => flag !== 'run')];
    for (let first = 0; first < group.length; first += BATCH) {
      const batch = group.slice(first, first + BATCH);
      say(`Scanning ${first + 1} to ${first + batch.length} of ${group.length} (${key})`);
      const output = join(FOLDER, `${key.replaceAll(/[^\w.]+/g, '-')}-${first + 1}.json`);
      reports.push(
        ...(await scanInto(
          output,
          batch.map(({ path }) => path),
          flags,
          env,
        )),
      );
    }
  }
  return cases.map((entry) => {
    const own = reports.filter(({ model }) => model.path === entry.folder || model.path.startsWith(entry.folder + sep));
    return { ...entry, problem: problemOf(entry, merged(own)) };
  });
}

const right = (results) => results.filter(({ problem }) => problem === undefined).length;

function shown(table) {
  return table
    .filter(({ results }) => results.length > 0)
    .flatMap(({ row, results }) => [
      `${right(results) === results.length ? '   ' : '!! '}${row.padEnd(44)} ${right(results)} of ${results.length}`,
      ...results
        .filter(({ problem }) => problem !== undefined)
        .map(
          ({ name, layer, path, problem }) => `     ${name} (${layer}, ${path.slice(MODELS.length + 1)}): ${problem}`,
        ),
    ])
    .join('\n');
}

function summary(results) {
  const accused = results.filter(({ expected, verdicts }) => expected.length === 0 && verdicts.includes('clean'));
  const missed = results.filter((result) => !accused.includes(result));
  return `${right(missed)} of ${missed.length} hostile or unknown reproductions right; ${right(accused)} of ${accused.length} harmless ones right`;
}

function page(table, results) {
  const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const rowsOf = (kind) =>
    table
      .filter((row) => row.table === kind)
      .map(({ row, results: own, held = [] }) => {
        const made = own.length === 0 ? '' : `${right(own)} of ${own.length}`;
        const run = own.filter((result) => result.run).length;
        return `| ${cell(row)} | ${made} | ${run === 0 ? '' : run} | ${held.map((path) => `\`${path}\``).join(', ')} |`;
      });
  const head = ['| Kind | Right | Of these run | Held by |', '| --- | --- | --- | --- |'];
  return [
    '# What real models taught',
    '',
    'Written by `npm run reality` (`scripts/reality.mjs`) from a scan of every model that `test/reality/` makes; do not edit.',
    '',
    `${summary(results)}.`,
    '',
    'Published models, public bug reports rebuilt from nothing, and attacks on DynScan showed kinds of harmless models that were accused and of hostile',
    'ones that were missed. Each is made again, by the libraries themselves in the sandbox images where one is needed, and scanned: some are only read,',
    'some run too. A harmless one is right when its verdict is `clean`, a hostile one when its report has the rules and the verdict that its table in',
    '`test/reality/` names. *Held by* are tests of what is no file alone. What needs no library is read in `npm test` too.',
    '',
    '## Harmless, once accused',
    '',
    ...head,
    ...rowsOf('harmless'),
    '',
    '## Hostile, once missed',
    '',
    ...head,
    ...rowsOf('hostile'),
    '',
    '## Cases',
    '',
    ...table
      .filter(({ results: own }) => own.length > 0)
      .map(
        ({ row, results: own }) =>
          `- ${cell(row)}: ${own.map(({ name, problem }) => (problem === undefined ? cell(name) : `**${cell(name)}**`)).join('; ')}`,
      ),
    '',
  ].join('\n');
}

runScript(main);
