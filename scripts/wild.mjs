/**
 * `npm run wild`: fetches the published packages of test/wild/packages.json, scans every model in them and prints what came of it, by package and by
 * reason. No model in them is known to be hostile, so each accusation is a false alarm. Ends with 1 when there is one, or when fewer than 99 of 100
 * models were read to their end. Of all packages it writes docs/wild.md.
 *
 *   --only NAME     one package; docs/wild.md is left as it is
 *   --left          scans again what was not all clean the last time; of the others the last reports count
 *   --run [N]       loads N models of each package (3 by default) in the sandbox as well, of different formats first
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { lastClean, outcomeOf, passes, runAsPeopleDo, scanInto, shown, summary, writePage } from './lib/measure.mjs';
import { ensureBuilt, ensurePackages, ROOT } from './lib/project.mjs';
import { importSources } from './lib/sources.mjs';
import { runScript, say, SetupError } from './lib/step.mjs';
import { fetchPackage, wildPackages } from './lib/wild.mjs';

const FOLDER = join(ROOT, 'out/wild');
const PAGE = join(ROOT, 'docs/wild.md');
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
  const { isLoadable } = await importSources("export { isLoadable } from './src/core/formats.ts';");
  const engine = values.run ? await ensureEngine() : undefined;
  try {
    if (engine) await ensureBase(engine.env);
    const results = [];
    for (const wanted of packages) {
      say(`${wanted.name} ${wanted.version}`);
      const folder = await fetchPackage(wanted);
      const [output, runOutput] = ['', '-run'].map((side) => join(FOLDER, `${wanted.name}${side}.json`));
      const read =
        (values.left && (await lastClean(output))) ||
        (await scanInto(output, [folder], ['--static-only'], process.env));
      // In the folder of the package, as an editor that has it open does.
      const run = engine
        ? (values.left && (await lastClean(runOutput))) ||
          (await runAsPeopleDo(runOutput, chosen(read, each, isLoadable), [], engine.env, folder))
        : [];
      results.push({
        ...wanted,
        folder,
        read: read.map((report) => outcomeOf(report, folder)),
        run: run.map((report) => outcomeOf(report, folder)),
      });
    }
    process.stdout.write(`${results.flatMap(shown).join('\n')}\n${summary('read', results)}\n`);
    if (engine) process.stdout.write(`${summary('run', results)}\n`);
    if (values.only === undefined) {
      await writePage(PAGE, {
        title: 'Models in the wild',
        intro: [
          'Written by `npm run wild` (`scripts/wild.mjs`) from a scan of every model in the published packages of `test/wild/packages.json`, which',
          'pins the version and the hash of each; do not edit. The packages are fetched and unpacked, and nothing of them is installed or run.',
          'A model counts as accused when it has a finding over `info`. One whose report offers packages that it lacks is run with them, as one',
          'click does.',
        ],
        results,
        ran: engine !== undefined,
      });
    }
    return passes(results, 'read') && (!engine || passes(results, 'run')) ? 0 : 1;
  } finally {
    await engine?.stop();
  }
}

/** Models that are made to be loaded, of as many formats as there are. */
function chosen(reports, each, isLoadable) {
  const byFormat = Map.groupBy(
    reports.filter(({ model }) => isLoadable(model.format)),
    ({ model }) => model.format,
  );
  const picked = [];
  for (let round = 0; picked.length < each && round < each; round += 1)
    for (const list of byFormat.values()) if (list[round] && picked.length < each) picked.push(list[round].model.path);
  return picked;
}

runScript(main);
