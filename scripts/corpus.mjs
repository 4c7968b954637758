/**
 * `npm run corpus`: makes the corpus in the sandbox image, scans all of it, holds each report against what the table in
 * `test/corpus/cases.py` expects, prints detection and false alarms by behaviour and writes docs/corpus.md.
 * Ends with 1 on a miss, a false alarm or a result that changes. Models and reports stay in out/corpus/ to look at.
 *
 *   --repeat N   scans N times; the verdict and the rules of each model have to be the same each time
 *   --only ID    one behaviour (`7`, `E3`, `X14`), or `harmless`; docs/corpus.md is left as it is
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { problemOf, rulesIn } from './lib/expected.mjs';
import { runInLayer } from './lib/layer.mjs';
import { ensureBuilt, ensurePackages, NODE, ROOT } from './lib/project.mjs';
import { runAttached, runScript, say, SetupError } from './lib/step.mjs';

const CLI = join(ROOT, 'dist/cli.js');
const FOLDER = join(ROOT, 'out/corpus');
const MODELS = join(FOLDER, 'models');

/**
 * Settings by group: a model that exhausts a resource gets little of it, so that it ends soon, and enough time, so that the time limit does not end
 * it first on a busy machine.
 */
const SETTINGS = {
  usual: { timeout: 45, settle: 5 },
  inodes: { timeout: 60, settle: 2 },
  limits: { timeout: 25, settle: 2, memory: 512, pids: 64, nofile: 256, scratch: 16, traceLimit: 6 },
};
/** Models of one invocation: its report has to fit into one string. */
const BATCH = 60;
const BY_SEVERITY = ['critical', 'high', 'medium', 'low', 'info'];

async function main() {
  const { values } = parseArgs({ options: { repeat: { type: 'string', default: '1' }, only: { type: 'string' } } });
  const repeat = Number(values.repeat);
  if (!Number.isInteger(repeat) || repeat < 1) throw new SetupError('--repeat takes a number from 1 on.');
  await ensurePackages();
  await ensureBuilt();
  const engine = await ensureEngine();
  try {
    await ensureBase(engine.env);
    await makeCorpus(engine.env);
    const all = JSON.parse(await readFile(join(MODELS, 'corpus.json'), 'utf8'));
    const entries = all.filter(({ behaviour }) => values.only === undefined || idOf(behaviour) === values.only);
    if (entries.length === 0) throw new SetupError(`There is no behaviour ${values.only}.`);
    const known = await knownRules();
    const rounds = [];
    for (let round = 1; round <= repeat; round += 1) {
      if (repeat > 1) say(`Round ${round} of ${repeat}`);
      rounds.push(await scanAll(entries, engine.env));
    }
    const results = entries.map((entry) => resultOf(entry, rounds, known));
    const rows = table(results);
    process.stdout.write(`${shown(rows)}\n${summary(results)}\n`);
    if (values.only === undefined) await writeFile(join(ROOT, 'docs/corpus.md'), page(results, rows, repeat));
    return results.every(({ problem }) => problem === undefined) ? 0 : 1;
  } finally {
    await engine.stop();
  }
}

/** The libraries that save the models are in the image, so that is where they are made. Nothing is loaded. */
async function makeCorpus(env) {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  say('Making the corpus');
  await runInLayer(env, 'torch', ['python3', '-B', '/corpus/make_corpus.py', '/out/models'], {
    '/corpus': { from: join(ROOT, 'test/corpus'), readOnly: true },
    '/out': { from: FOLDER },
  });
}

/** Scans each group with its settings; returns the reports by file. */
async function scanAll(entries, env) {
  const reports = new Map();
  for (const [group, settings] of Object.entries(SETTINGS)) {
    const files = entries.filter((entry) => entry.group === group).map(({ file }) => join(MODELS, file));
    const config = join(FOLDER, `${group}.settings.json`);
    await writeFile(config, JSON.stringify(settings));
    for (let first = 0; first < files.length; first += BATCH) {
      const batch = files.slice(first, first + BATCH);
      say(`Scanning ${group} models ${first + 1} to ${first + batch.length} of ${files.length}`);
      const report = join(FOLDER, `${group}-${first + 1}.json`);
      await rm(report, { force: true });
      const args = ['--config', config, '--jobs', '2', '--format', 'json', '--output', report, '--quiet', ...batch];
      const code = await runAttached(NODE, [CLI, 'scan', ...args], { env });
      const document = await readFile(report, 'utf8').then(JSON.parse, () => undefined);
      if (!document) {
        throw new SetupError(`The scan of ${group} models from ${first + 1} on ended with ${code} and made no report.`);
      }
      for (const scan of document.scans) reports.set(relative(MODELS, scan.model.path), scan);
    }
  }
  return reports;
}

/** Every rule id that the two sides have. */
async function knownRules() {
  const page = await readFile(join(ROOT, 'docs/rules.md'), 'utf8');
  return new Set([...page.matchAll(/^## ((?:DYN|STATIC)-[A-Z0-9-]+)$/gm)].map(([, id]) => id));
}

function resultOf(entry, rounds, known) {
  const reports = rounds.map((reports) => reports.get(entry.file));
  const problem = reports.map((report) => wrong(entry, report, known)).find((found) => found !== undefined);
  const outcomes = new Set(reports.map((report) => outcomeOf(entry.group, report)));
  const changed = outcomes.size > 1 ? `changes from scan to scan: ${[...outcomes].join(' / ')}` : undefined;
  return { ...entry, problem: problem ?? changed };
}

function wrong(entry, report, known) {
  const unknown = entry.expected.flatMap(rulesIn).filter((rule) => !known.has(rule));
  if (unknown.length > 0) return `no such rule: ${unknown.join(', ')}`;
  const skipped = report?.engines.find(({ status }) => status === 'skipped');
  if (skipped) return `the ${skipped.engine} side skipped: ${skipped.reasons.join(' ')}`;
  return problemOf(entry, report);
}

/**
 * The parts of a report that have to be the same in every round, beside the expected rules. Which of several limits a bomb reaches first, and how far
 * its processes come, is a race.
 */
function outcomeOf(group, report) {
  if (!report) return 'not scanned';
  if (group === 'limits') return report.verdict;
  const rules = report.findings.map(({ rule, severity }) => `${rule} ${BY_SEVERITY.indexOf(severity)}`);
  return [report.verdict, report.load.outcome, ...new Set(rules.sort())].join(' ');
}

/** One row a behaviour, in the order of the table. */
function table(results) {
  const behaviours = [...new Set(results.map(({ behaviour }) => behaviour))];
  return behaviours.map((behaviour) => {
    const own = results.filter((result) => result.behaviour === behaviour);
    return {
      behaviour,
      variants: own.length,
      right: own.filter(({ problem }) => problem === undefined).length,
      rules: [...new Set(own.flatMap(({ expected }) => expected.flatMap((word) => word.split('|'))))].sort(),
      containers: [...new Set(own.map(({ container }) => container))].sort(),
      wrong: own.filter(({ problem }) => problem !== undefined),
    };
  });
}

function shown(rows) {
  return rows
    .flatMap(({ behaviour, variants, right, wrong }) => [
      `${right === variants ? '   ' : '!! '}${behaviour.padEnd(44)} ${right} of ${variants}`,
      ...wrong.map(
        ({ variant, container, file, problem }) => `     ${variant} (${container}, ${basename(file)}): ${problem}`,
      ),
    ])
    .join('\n');
}

function counts(results) {
  const hostile = results.filter(({ behaviour }) => behaviour !== 'harmless');
  const harmless = results.filter(({ behaviour }) => behaviour === 'harmless');
  const right = (list) => list.filter(({ problem }) => problem === undefined).length;
  return { hostile: hostile.length, caught: right(hostile), harmless: harmless.length, quiet: right(harmless) };
}

function summary(results) {
  const { hostile, caught, harmless, quiet } = counts(results);
  return `${caught} of ${hostile} hostile models caught, ${hostile - caught} missed; ${harmless - quiet} false alarms in ${harmless} harmless models`;
}

function page(results, rows, repeat) {
  const hostile = rows.filter(({ behaviour }) => behaviour !== 'harmless');
  const harmless = results.filter(({ behaviour }) => behaviour === 'harmless');
  const cell = (text) => text.replaceAll('|', '\\|');
  return [
    '# The corpus',
    '',
    'Written by `npm run corpus` (`scripts/corpus.mjs`) from a scan of every model that `test/corpus/` makes; do not edit.',
    '',
    `${summary(results)}. ${repeat === 1 ? 'Each was scanned once.' : `Each was scanned ${repeat} times.`}`,
    '',
    'Scanned several times, a model has to give the same verdict, outcome and rules each time; one that exhausts something the same verdict',
    'and the rules that have to show, because which of several bounds a bomb runs into first is a race.',
    '',
    'A hostile model counts as caught when its report has the rules that the table in `test/corpus/cases.py` names for that very',
    'variant, and the verdict `malicious` (or one that the table allows). A harmless one counts as quiet when it has no finding over `info`',
    'and its verdict is `clean`; one that its own library saves so that no other program can load it has to be `inconclusive`.',
    '',
    '## Detection by behaviour',
    '',
    'Numbers are those of the behaviour catalogue; D are acts on canaries, E evasions, R attacks on resources, X attempts to escape.',
    '',
    '| Behaviour | Caught | Rules that have to show | Containers |',
    '| --- | --- | --- | --- |',
    ...hostile.map(
      ({ behaviour, right, variants, rules, containers }) =>
        `| ${cell(behaviour)} | ${right} of ${variants} | ${rules.join(', ')} | ${containers.join(', ')} |`,
    ),
    '',
    '## Variants',
    '',
    ...hostile.flatMap(({ behaviour }) => [
      `- ${behaviour}: ${results
        .filter((result) => result.behaviour === behaviour)
        .map(({ variant, problem }) => (problem === undefined ? variant : `**${variant}**`))
        .join('; ')}`,
    ]),
    '',
    '## Harmless models',
    '',
    '| Model | File | Verdict |',
    '| --- | --- | --- |',
    ...harmless.map(
      ({ variant, container, problem, verdicts }) =>
        `| ${cell(variant)} | .${container} | ${problem === undefined ? verdicts[0] : '**wrong**'} |`,
    ),
    '',
  ].join('\n');
}

function idOf(behaviour) {
  return behaviour.split(' ')[0];
}

runScript(main);
