/**
 * `npm run fuzz`: mutated files of every format through the whole static side. Nothing may throw, take longer than its bound or take more
 * memory than its bound; what does is kept in test/fuzz/kept/, where the unit tests find it.
 *
 *     npm run fuzz -- [--inputs N] [--seed S] [--from NUMBER] [--workers N]
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { build } from 'esbuild';
import { LARGE } from '../test/fuzz/large.mjs';
import { keptFiles, madeFiles, mutationAt } from '../test/fuzz/seeds.mjs';

/** Of each large input, in every run. */
const LARGE_BYTES = 64 * 1024;
/** Seconds for one input, which has 400 KB at most. */
const SECONDS = 20;
/** Bytes of heap, and of buffers beside it, in one worker. */
const HEAP_MB = 512;
const BUFFERS_MB = 512;
const EXAMPLES = 20;
/** A run with more failures than this has a cause that comes first. */
const FAILURES = 50;
const KEPT = fileURLToPath(new URL('../test/fuzz/kept/', import.meta.url));

if (isMainThread) await main();
else await work();

async function main() {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      workers: { type: 'string', default: '2' },
    },
  });
  const run = {
    seed: Number(values.seed),
    from: Number(values.from),
    // The large inputs come first: they have the numbers below zero.
    to: Number(values.from) + Number(values.inputs),
    workers: Number(values.workers),
    bundle: await bundle(),
  };
  const seeds = await allSeeds();
  const failures = [];
  let done = 0;
  const started = performance.now();
  const report = setInterval(() => {
    const rate = Math.round(done / ((performance.now() - started) / 1000));
    process.stderr.write(
      `\r${done} of ${run.to - run.from + LARGE.length} inputs, ${rate} a second, ${failures.length} failures `,
    );
  }, 2000);
  await Promise.all(
    Array.from({ length: run.workers }, (_, part) =>
      follow(
        run,
        part,
        (count) => (done += count),
        async (number, reason) => {
          const { name, bytes } = inputAt(run, number, seeds);
          const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
          failures.push({ number, name, reason });
          await mkdir(KEPT, { recursive: true });
          await writeFile(join(KEPT, `${hash}-${name.replaceAll(/[^\w.-]/g, '_')}`), bytes);
          return failures.length;
        },
      ),
    ),
  );
  clearInterval(report);
  process.stderr.write('\n');
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${done} inputs from ${seeds.length} seeds in ${seconds} s (seed ${run.seed}): ${failures.length} failures`,
  );
  for (const { number, name, reason } of failures.slice(0, EXAMPLES))
    console.log(`  input ${number} (${name}): ${reason}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

/** Runs one worker's share, and a new worker from the next input on when one dies or hangs. */
async function follow(run, part, count, fail) {
  let next = run.from - LARGE.length + part;
  while (next < run.to) {
    // The number of the input that is worked on.
    const shared = new Float64Array(new SharedArrayBuffer(8));
    shared[0] = next;
    // Seconds are counted, not read from a clock: it goes on while the run is stopped, or the machine sleeps.
    let [watched, seconds] = [next, 0];
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { ...run, next, shared },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const outcome = await new Promise((resolve) => {
      const watch = setInterval(() => {
        seconds = shared[0] === watched ? seconds + 1 : 0;
        watched = shared[0];
        if (seconds > SECONDS) resolve(`takes more than ${SECONDS} s`);
      }, 1000);
      worker.on('message', (message) => {
        if (message.done !== undefined) count(message.done);
        else resolve(message.failed);
      });
      worker.on('error', (error) => resolve(String(error.message)));
      worker.on('exit', () => resolve(undefined));
      worker.on('exit', () => clearInterval(watch));
    });
    await worker.terminate();
    if (outcome === undefined) return;
    const number = shared[0];
    if ((await fail(number, outcome)) >= FAILURES) return;
    next = number + run.workers;
  }
}

async function work() {
  const { next, to, workers, bundle, shared } = workerData;
  const { runTarget } = await import(bundle);
  const seeds = await allSeeds();
  let unreported = 0;
  for (let number = next; number < to; number += workers) {
    shared[0] = number;
    const { name, bytes } = inputAt(workerData, number, seeds);
    try {
      await runTarget(bytes, name);
    } catch (error) {
      parentPort.postMessage({ failed: String(error.stack ?? error).slice(0, 2000) });
      return;
    }
    const buffers = process.memoryUsage().arrayBuffers;
    if (buffers > BUFFERS_MB * 1024 * 1024) {
      parentPort.postMessage({ failed: `holds ${buffers} bytes of buffers` });
      return;
    }
    unreported += 1;
    if (unreported >= 100) {
      parentPort.postMessage({ done: unreported });
      unreported = 0;
    }
  }
  parentPort.postMessage({ done: unreported });
}

async function allSeeds() {
  return [...(await keptFiles()), ...madeFiles()];
}

/** Of `from` and later numbers a mutation; before them, each of the large inputs once. */
function inputAt({ seed, from }, number, seeds) {
  const large = number < from ? LARGE[from - 1 - number] : undefined;
  if (large) return { name: large.name, bytes: large.make(LARGE_BYTES) };
  return {
    name: seeds[number % seeds.length].name,
    bytes: mutationAt(
      seed,
      number,
      seeds.map(({ bytes }) => bytes),
    ),
  };
}

/** A file, as workers import it. */
async function bundle() {
  const outfile = fileURLToPath(new URL('../out/fuzz-target.mjs', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('../test/fuzz/target.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return pathToFileURL(outfile).href;
}
