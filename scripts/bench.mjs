/**
 * `npm run bench`: speed as ratios within one run, and against the previous run, whose figures are kept in the cache folder.
 *
 * - sandbox: a 400 MB torch file, the traced cold run against an untraced container of the same image, limits and load
 * - static: what reading models of several sizes takes, in process and by the command
 * - trace: lines a second through the parser, and memory growth
 * - report: what the report page takes to open with 10,000 events
 * - extension: activation time, the read of 505 models at the start, lines above loads in a file of 2,000 lines, size of the package
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { ensureBase, ensureEngine } from './lib/engine.mjs';
import { ensureBuilt, NODE, ROOT, withPinnedNode } from './lib/project.mjs';
import { cacheFolder, say } from './lib/step.mjs';
import { packageExtension } from './package.mjs';

const RUNS = Number(process.env.DYNSCAN_BENCH_RUNS ?? 7);
// It takes no arguments: a question for help must not start it.
parseArgs();

const engine = await ensureEngine();
const folder = await mkdtemp(join(tmpdir(), 'dynscan-bench-'));
try {
  await ensureBase(engine.env);
  await ensureBuilt();
  const env = withPinnedNode(engine.env);
  const figures = {
    ...(await sandboxFigures(env)),
    ...jsonOf(env, 'static', [join(ROOT, 'scripts/bench/static.mjs'), await mkdtemp(join(folder, 'static-'))]),
    ...jsonOf(env, 'trace', [join(ROOT, 'scripts/bench/trace.mjs'), '--mb', '1024']),
    ...jsonOf(env, 'report', [join(ROOT, 'scripts/bench/report.mjs')]),
    ...(await extensionFigures(env)),
  };
  await print(figures);
} finally {
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The sandbox part imports the TypeScript sources: bundled, beside dist/ so that it finds sandbox/. */
async function sandboxFigures(env) {
  const bundle = join(ROOT, 'out/bench-sandbox.cjs');
  await build({
    entryPoints: [join(ROOT, 'scripts/bench/sandbox.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs'],
    logLevel: 'error',
  });
  return jsonOf(env, 'sandbox', [bundle, folder, String(RUNS)]);
}

/** What a real extension host takes, and the size of the package that is installed there. */
async function extensionFigures(env) {
  say('== extension');
  const result = join(folder, 'extension.json');
  const ring = spawnSync(NODE, [join(ROOT, 'test/vscode/run.mjs'), '--result', result, 'host', 'speed'], {
    env,
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (ring.status !== 0) throw new Error(`the extension suite ended with ${ring.status}`);
  const figures = JSON.parse(await readFile(result, 'utf8'));
  const { size } = await stat(await packageExtension());
  return {
    'extension.activation, ms (limit 50)': figures.activationMs,
    'extension.505 models at the start, s (limit 5)': figures.startReadSeconds,
    'extension.505 models, CPU of the extension host, s': figures.startReadHostCpuSeconds,
    'extension.505 models, CPU at once, ms (limit 50)': figures.startReadHeldMs,
    'extension.2,000 lines with loads, asked by VS Code, ms': figures.lensMs,
    'extension.vsix, bytes': size,
  };
}

/** Runs a part and takes its figures: one JSON object on standard output. */
function jsonOf(env, name, args) {
  say(`== ${name}`);
  const result = spawnSync(NODE, args, { env, cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 64 << 20 });
  if (result.status !== 0) throw new Error(`the ${name} benchmark ended with ${result.status}`);
  return Object.fromEntries(
    Object.entries(JSON.parse(String(result.stdout))).map(([key, value]) => [`${name}.${key}`, value]),
  );
}

async function print(figures) {
  const path = join(await cacheFolder(), 'bench.json');
  const previous = await readFile(path, 'utf8').then(JSON.parse, () => ({}));
  for (const [name, value] of Object.entries(figures)) {
    const before = previous[name];
    const ratio =
      typeof before === 'number' && before !== 0 ? `   ${(value / before).toFixed(2)} of the previous run` : '';
    process.stdout.write(`${name.padEnd(56)} ${String(value).padStart(12)}${ratio}\n`);
  }
  await mkdir(await cacheFolder(), { recursive: true });
  await writeFile(path, `${JSON.stringify(figures, undefined, 2)}\n`);
}
