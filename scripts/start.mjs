/**
 * `npm start`: sets everything up and shows what DynScan does to the sample models; `npm start -- PATH…` scans what it is given
 * and ends with the scan's exit code. Runs on any Node from 20 on, with nothing installed yet.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { ensureBuilt, ensurePackages, NODE, ROOT } from './lib/project.mjs';
import { runAttached, runScript, say, SetupError } from './lib/step.mjs';

const CLI = join(ROOT, 'dist/cli.js');

async function main() {
  await ensurePackages();
  await ensureBuilt();
  const engine = await ensureEngine().catch(onlyStatic);
  try {
    if (engine) await ensureBase(engine.env);
    const args = process.argv.slice(2);
    return await (args.length > 0 ? scan(args, engine) : demonstrate(engine));
  } finally {
    await engine?.stop();
  }
}

function onlyStatic(error) {
  if (!(error instanceof SetupError)) throw error;
  say(`${error.message}\nWithout one, models are only read, not run: static findings follow.`);
  return undefined;
}

function scan(args, engine) {
  return runAttached(NODE, [CLI, 'scan', ...(engine ? [] : ['--static-only']), ...args], {
    env: engine?.env ?? process.env,
  });
}

/** Scans the samples and holds each verdict against what the sample is. */
async function demonstrate(engine) {
  const { makeSamples, SAMPLES } = await import('../samples/make.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'dynscan-samples-'));
  try {
    const samples = join(folder, 'samples');
    makeSamples(samples);
    const reportFile = join(folder, 'report.json');
    const code = await scan(['--report-file', reportFile, samples], engine);
    const document = await readFile(reportFile, 'utf8').then(JSON.parse, () => undefined);
    if (!document) return code || 2;
    const wrong = SAMPLES.flatMap(({ file, verdict }) => {
      const got = document.scans.find(({ model }) => basename(model.path) === file)?.verdict ?? 'not scanned';
      return got === verdict ? [] : [`${file}: ${got}, but it is ${verdict}`];
    });
    if (wrong.length === 0) {
      say(`\nAll ${SAMPLES.length} samples were judged as what they are. Scan your own: npm start -- PATH`);
      return 0;
    }
    say(`\n${wrong.length} of ${SAMPLES.length} samples were misjudged:\n${wrong.join('\n')}`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

runScript(main);
