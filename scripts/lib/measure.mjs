/** What `npm run wild` and `npm run zoo` share: they scan models that are not known to be hostile and count the results by reason. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { NODE, ROOT } from './project.mjs';
import { runAttached, SetupError } from './step.mjs';

/** Number of models out of 100 that have to get an answer. */
const CONCLUSIVE = 0.99;

/** Scans the paths into the report `output`; returns the reports of the models. `flags`: more of `dynscan scan`'s; `cwd`: where it is started. */
export async function scanInto(output, paths, flags, env, cwd) {
  if (paths.length === 0) return [];
  await rm(output, { force: true });
  const code = await runAttached(
    NODE,
    [
      join(ROOT, 'dist/cli.js'),
      ...['scan', ...flags, '--jobs', '2', '--format', 'json', '--output', output, '--quiet', ...paths],
    ],
    { env, ...(cwd ? { cwd } : {}) },
  );
  const scans = await scansIn(output);
  if (!scans) throw new SetupError(`A scan ended with ${code} and did not make its report ${output}.`);
  return scans;
}

/**
 * Scans the paths with a run. When a report offers packages that the model lacks, the model is scanned again with them, as one click in the editor
 * does. What came of it replaces the first answer in `output` too.
 */
export async function runAsPeopleDo(output, paths, flags, env, cwd) {
  const reports = await scanInto(output, paths, flags, env, cwd);
  const offered = Map.groupBy(
    reports.filter(({ verdict }) => verdict === 'inconclusive'),
    ({ load }) => (load.packages ?? []).join('\n'),
  );
  offered.delete('');
  const again = new Map();
  for (const [packages, lacking] of offered) {
    const requirements = `${output}.requirements.txt`;
    await writeFile(requirements, `${packages}\n`);
    const added = await scanInto(
      `${output}.again.json`,
      lacking.map(({ model }) => model.path),
      [...flags, '--requirements', requirements],
      env,
      cwd,
    );
    for (const report of added) again.set(report.model.path, report);
  }
  if (again.size === 0) return reports;
  const scans = reports.map((report) => again.get(report.model.path) ?? report);
  await writeFile(output, JSON.stringify({ scans }));
  return scans;
}

/** The reports of the models in a report that was written; undefined when there is none. */
export async function scansIn(output) {
  const document = await readFile(output, 'utf8').then(JSON.parse, () => undefined);
  return document?.scans;
}

/** The same, when all were clean. */
export async function lastClean(output) {
  const last = await scansIn(output);
  return last?.every(({ verdict }) => verdict === 'clean') ? last : undefined;
}

/** What is counted and reported of one model; nothing of this machine. */
export function outcomeOf({ model, verdict, reasons, findings }, folder) {
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

/** Lines for the terminal: the numbers of one result, and each model that is not clean. */
export function shown({ name, version, read, run }) {
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

/** `side`: `read` or `run`. */
export function summary(side, results) {
  const { models, clean, accused, inconclusive } = totals(results, side);
  const share = models === 0 ? 0 : (100 * (models - inconclusive)) / models;
  return `${models} models ${side}: ${clean} clean, ${accused} accused, ${inconclusive} inconclusive; ${share.toFixed(1)} % conclusive`;
}

export function passes(results, side) {
  const { models, accused, inconclusive } = totals(results, side);
  return accused === 0 && models > 0 && (models - inconclusive) / models >= CONCLUSIVE;
}

/** Writes the page of a measure: `intro` above the numbers, a row for each result, each model that is not clean, and the lines of `more`. */
export async function writePage(path, { title, intro, results, ran, more = [] }) {
  const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const numbers = (outcomes) => ['clean', 'accused', 'inconclusive'].map((kind) => count(outcomes, kind)).join(' | ');
  const odd = (side) =>
    results.flatMap(({ name, version, [side]: outcomes }) =>
      outcomes
        .filter(({ kind }) => kind !== 'clean')
        .map(({ file, kind, why }) => `| ${name} ${version} | \`${file}\` | ${side} | ${kind} | ${cell(why)} |`),
    );
  const left = [...odd('read'), ...odd('run')];
  await writeFile(
    path,
    [
      `# ${title}`,
      '',
      ...intro,
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
      ...more,
    ].join('\n'),
  );
}
