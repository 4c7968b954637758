/**
 * `npm run zoo`: makes harmless models with the libraries of test/zoo/environments.json, in many versions, each by lines that a user of the library
 * would write (test/zoo/cases.py), scans them and prints what came of it, by library and by reason. Each accusation is a false alarm. Ends with 1
 * when there is one, or when fewer than 99 of 100 models were read to their end. Of all libraries it writes docs/zoo.md.
 *
 * Libraries are installed by pip, from wheels alone, in a container of the layer's image with the network, and used in one without. Models that are
 * made stay in the cache folder; what could not be made is reported, and tried again with --retry.
 *
 *   --only TEXT     libraries and environments whose names hold this; docs/zoo.md is left as it is
 *   --retry         tries again what could not be made
 *   --made          makes nothing: takes the models that are there
 *   --left          scans again what was not all clean the last time; of the others the last reports count
 *   --run           loads the models in the sandbox as well, as for a user whose sandbox gets the versions of the project
 *   --keep          leaves what pip installed in the cache folder, for when there is more to make
 *   --kept          writes test/zoo/kept.json anew: of the oldest and the newest version of each library the model that takes the least, when
 *                   it takes little; a test reads these
 */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { madeModels, runInLayer } from './lib/layer.mjs';
import {
  lastClean,
  outcomeOf,
  passes,
  runAsPeopleDo,
  scanInto,
  scansIn,
  shown,
  summary,
  writePage,
} from './lib/measure.mjs';
import { ensureBuilt, ensurePackages, ROOT } from './lib/project.mjs';
import { importSources } from './lib/sources.mjs';
import { cacheFolder, runScript, say, SetupError } from './lib/step.mjs';

const FOLDER = join(ROOT, 'out/zoo');
const PAGE = join(ROOT, 'docs/zoo.md');
const KEPT = join(ROOT, 'test/zoo/kept.json');
/** Characters that a model takes in it, packed. */
const KEPT_EACH = 3000;

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      ...Object.fromEntries(
        ['retry', 'made', 'left', 'run', 'keep', 'kept'].map((name) => [name, { type: 'boolean', default: false }]),
      ),
    },
  });
  await ensurePackages();
  await ensureBuilt();
  await mkdir(FOLDER, { recursive: true });
  const { isLoadable } = await importSources("export { isLoadable } from './src/core/formats.ts';");
  const engine = values.made && !values.run ? undefined : await ensureEngine();
  try {
    if (engine) await ensureBase(engine.env);
    const rows = (await listRows()).filter((row) =>
      [row.name, row.environment.name].some((name) => name.includes(values.only)),
    );
    if (!values.made) {
      for (const [environment, own] of Map.groupBy(rows, (row) => row.environment))
        await make(engine.env, environment, own, values);
    }
    const results = [];
    const unmade = [];
    for (const row of rows) {
      const models = await madeModels(row.name, row.folder);
      if (!models) {
        const why = await whyUnmade(row);
        if (why !== undefined) unmade.push({ ...row, why });
        continue;
      }
      say(`${row.name} ${row.version}`);
      const files = models.map(({ path }) => path);
      // For models that are not scanned now, the last reports count.
      const scans = async (side, again, scan, paths, flags, env) => {
        const output = join(FOLDER, `${row.id}${side}.json`);
        const all = again
          ? (values.left && (await lastClean(output))) || (await scan(output, paths, flags, env))
          : ((await scansIn(output)) ?? []);
        return all.map((report) => outcomeOf(report, row.folder));
      };
      const read = await scans('', true, scanInto, files, ['--static-only'], process.env);
      const loadable = read.filter(({ format }) => isLoadable(format)).map(({ file }) => join(row.folder, file));
      const versions = ['--workspace-versions', await projectOf(row.environment)];
      results.push({
        ...row,
        read,
        run: await scans('-run', values.run, runAsPeopleDo, loadable, versions, engine?.env),
      });
    }
    const hasRun = results.some(({ run }) => run.length > 0);
    process.stdout.write(
      `${[...results.flatMap(shown), ...unmade.map(({ name, version, why }) => `-- ${name} ${version}: not made: ${why}`)].join('\n')}\n`,
    );
    process.stdout.write(`${summary('read', results)}\n${hasRun ? `${summary('run', results)}\n` : ''}`);
    if (values.only === '') await write(results, unmade, hasRun);
    if (values.kept) await writeKept(rows);
    return passes(results, 'read') && (!values.run || passes(results, 'run')) ? 0 : 1;
  } finally {
    await engine?.stop();
  }
}

/** Each library of each environment; its models lie in `folder`. */
async function listRows() {
  const environments = JSON.parse(await readFile(join(ROOT, 'test/zoo/environments.json'), 'utf8'));
  const cache = join(await cacheFolder(), 'zoo');
  return environments.flatMap((environment) =>
    Object.entries(environment.libraries).map(([name, version]) => {
      const id = `${name}-${version}-py${environment.python}`;
      return {
        id,
        name,
        pin: version,
        version: `${version} (Python ${environment.python})`,
        environment,
        folder: join(cache, id),
      };
    }),
  );
}

/** A folder that names the package versions of this environment, as a user's project does. */
async function projectOf({ name, python, base, libraries }) {
  const folder = join(FOLDER, `project-${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.python-version'), `${python}\n`);
  await writeFile(join(folder, 'requirements.txt'), `${pinsOf({ base, libraries }).join('\n')}\n`);
  return folder;
}

function pinsOf({ base, libraries }) {
  return Object.entries({ ...base, ...libraries }).map(([library, version]) => `${library}==${version}`);
}

/** Undefined when it was not tried. */
async function whyUnmade({ folder }) {
  const said = await readFile(join(folder, 'unmade.txt'), 'utf8').catch(() => undefined);
  if (said === undefined) return undefined;
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  // Where pip finds no versions that go together, it first says which do not.
  const conflict = lines.findIndex((line) => line.startsWith('The conflict is caused by'));
  const chosen =
    conflict >= 0
      ? lines.slice(conflict, conflict + 3)
      : [
          lines.find((line) => line.startsWith('ERROR: ') && !line.includes('yanked')) ??
            lines.at(-1) ??
            'nothing was said',
        ];
  return chosen
    .map((line) => line.trim())
    .join(' ')
    .slice(0, 300);
}

/** Installs the libraries whose models are not there, and has them make these. */
async function make(env, environment, rows, { retry, keep }) {
  const missing = [];
  for (const row of rows) {
    if (await madeModels(row.name, row.folder)) continue;
    if (
      !retry &&
      (await readFile(join(row.folder, 'unmade.txt')).then(
        () => true,
        () => false,
      ))
    )
      continue;
    await rm(row.folder, { recursive: true, force: true });
    await mkdir(row.folder, { recursive: true });
    missing.push(row);
  }
  if (missing.length === 0) return;
  say(`Making models in ${environment.name}: ${missing.map(({ name, pin }) => `${name} ${pin}`).join(', ')}`);
  const { name, layer, image, base, libraries, with: more = {} } = environment;
  const installed = join(await cacheFolder(), 'zoo', `environment-${name}`);
  await mkdir(installed, { recursive: true });
  const pins = pinsOf({ base, libraries });
  await writeFile(join(installed, 'constraints.txt'), `${pins.join('\n')}\n`);
  await writeFile(join(installed, 'base.txt'), pins.slice(0, Object.keys(base).length).join('\n'));
  const { readPipSettings } = await importSources("export { readPipSettings } from './src/docker/pip-settings.ts';");
  const settings = readPipSettings();
  const folders = Object.fromEntries(missing.map((row) => [`/out/${row.name}`, { from: row.folder }]));
  const names = missing.map((row) => row.name);
  try {
    await runInLayer(
      env,
      layer,
      [
        'sh',
        '/zoo/install.sh',
        ...missing.map((row) => [`${row.name}==${row.pin}`, ...(more[row.name] ?? [])].join(' ')),
      ],
      {
        '/zoo': { from: join(ROOT, 'test/zoo'), readOnly: true },
        '/env': { from: installed },
        ...folders,
        ...Object.fromEntries(settings.mounts.map(({ hostPath, path }) => [path, { from: hostPath, readOnly: true }])),
      },
      { image, network: 'host', environment: settings.environment },
    );
    await runInLayer(
      env,
      layer,
      ['sh', '/test/zoo/make.sh', ...names],
      {
        '/test': { from: join(ROOT, 'test'), readOnly: true },
        '/env': { from: installed, readOnly: true },
        ...folders,
      },
      { image },
    );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    // The image or the network is not available here: other images may be available.
    say(error.message);
    for (const row of missing) await writeFile(join(row.folder, 'unmade.txt'), `ERROR: ${error.message}\n`);
  }
  if (!keep) await rm(installed, { recursive: true, force: true });
}

function write(results, unmade, ran) {
  const libraries = new Set(results.map(({ name }) => name));
  return writePage(PAGE, {
    title: 'The zoo',
    intro: [
      'Written by `npm run zoo` (`scripts/zoo.mjs`) from a scan of models that libraries saved, in the versions of `test/zoo/environments.json`,',
      'each by lines that a user of the library would write (`test/zoo/cases.py`); do not edit. All are harmless. A model counts as accused when',
      'it has a finding over `info`. Run means loaded and used as well, in images that follow a project with those versions (`workspaceVersions`).',
      'A model whose report offers packages that it lacks is run with them, as one click does.',
      '',
      `${libraries.size} libraries in ${results.length} versions; ${unmade.length} more could not be had or used here.`,
    ],
    results,
    ran,
    more:
      unmade.length === 0
        ? []
        : [
            '## What could not be made',
            '',
            '| Package | Version | Reason |',
            '| --- | --- | --- |',
            ...unmade.map(
              ({ name, version, why }) =>
                `| ${name} | ${version} | ${why.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`,
            ),
            '',
          ],
  });
}

async function writeKept(rows) {
  const made = await Promise.all(rows.map(async (row) => ({ ...row, models: await madeModels(row.name, row.folder) })));
  const kept = {};
  for (const [name, versions] of Map.groupBy(
    made.filter(({ models }) => models?.length > 0),
    ({ name }) => name,
  )) {
    for (const { version, models } of new Set([versions[0], versions.at(-1)])) {
      const files = await Promise.all(models.map(packed));
      const [least] = files.filter((file) => file !== undefined).sort((a, b) => a.bytes.length - b.bytes.length);
      if (least) kept[`${name} ${version}: ${least.name}`] = [least.file, least.bytes];
    }
  }
  await writeFile(KEPT, `${JSON.stringify(kept, undefined, 2)}\n`);
}

/** A model that is one small file, packed; undefined for any other. */
async function packed({ name, path }) {
  if (!(await stat(path)).isFile()) return undefined;
  const bytes = gzipSync(await readFile(path), { level: 9 }).toString('base64');
  return bytes.length <= KEPT_EACH ? { name, file: basename(path), bytes } : undefined;
}

runScript(main);
