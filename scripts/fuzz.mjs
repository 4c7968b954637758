/**
 * `npm run fuzz`: mutated files of every format through the whole static side. Nothing may throw, take longer than its bound or take more
 * memory than its bound; what does is kept in test/fuzz/kept/, where the unit tests find it.
 *
 *     npm run fuzz -- [--inputs N] [--seed S] [--from NUMBER] [--workers N]
 *     npm run fuzz -- --complexity [--only TEXT] [--workers N]
 *
 * `--complexity` gives each of the large inputs to the readers at 1, 2, 4 and 8 MB and compares the processor's time: it has to grow with
 * the size. `--only`: those whose name or description holds the text.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { LARGE } from '../test/fuzz/large.mjs';
import { keptFiles, madeFiles, mutationAt } from '../test/fuzz/seeds.mjs';

/** Bytes of each large input, in every run. */
const LARGE_BYTES = 64 * 1024;
/** Seconds for one input, which has 400 KB at most. */
const SECONDS = 20;
/** Bytes of heap, and of buffers beside it, in one worker: a process, because a thread whose heap is full can end the whole. */
const HEAP_MB = 512;
const BUFFERS_MB = 512;
const EXAMPLES = 20;
/** A run with more failures than this has a cause that comes first. */
const FAILURES = 50;
const KEPT = fileURLToPath(new URL('../test/fuzz/kept/', import.meta.url));

/** Sizes of large inputs that are compared, MB. */
const SIZES = [1, 2, 4, 8];
/** Eight times the bytes may take three times as much as eight times the time; what grows with the square takes 64 times. */
const GROWTH = 24;
/** Milliseconds of the processor under which a time says nothing. */
const LEAST = 50;
/** The same of one input that no size explains. */
const MOST = 60_000;

if (process.send === undefined) await main();
else process.once('message', (job) => (job.large === undefined ? work(job) : measure(job)));

async function main() {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      workers: { type: 'string', default: '2' },
      complexity: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  if (values.complexity) {
    await compare(values.only, Number(values.workers));
    return;
  }
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

/** Prints how the time of each large input grows with its size; those that grow faster fail the run. */
async function compare(only, workers) {
  const chosen = LARGE.map(({ name, what }, index) => ({ index, title: `${name} of ${what}` })).filter(({ title }) =>
    title.includes(only),
  );
  const program = await bundle();
  const rows = [];
  let next = 0;
  const take = async () => {
    for (let at = next++; at < chosen.length; at = next++) {
      const { index, title } = chosen[at];
      const times = [];
      let problem;
      for (const size of SIZES) {
        const { ms, failed } = await measured({ large: index, size, bundle: program });
        if (ms === undefined) {
          problem = `at ${size} MB: ${failed}`;
          break;
        }
        times.push(ms);
      }
      const [first = 0] = times;
      if (problem === undefined && times.at(-1) > GROWTH * Math.max(first, LEAST))
        problem = 'grows faster than its size';
      rows.push({ title, times, problem });
      process.stderr.write(`\r${rows.length} of ${chosen.length} inputs `);
    }
  };
  await Promise.all(Array.from({ length: workers }, take));
  process.stderr.write('\n');
  const failed = rows.filter(({ problem }) => problem !== undefined);
  const slowest = rows
    .filter(({ problem }) => problem === undefined)
    .sort((a, b) => b.times.at(-1) - a.times.at(-1))
    .slice(0, EXAMPLES);
  console.log(`${rows.length} large inputs at ${SIZES.join(', ')} MB: ${failed.length} grow faster than their size`);
  for (const { title, times, problem } of [...failed, ...slowest])
    console.log(
      `  ${times.map((ms) => `${ms} ms`).join(', ')}  ${title}${problem === undefined ? '' : `: ${problem}`}`,
    );
  process.exitCode = failed.length === 0 ? 0 : 1;
}

/** One input in a worker of its own, which is ended when it takes too long or too much. */
async function measured(data) {
  const worker = startWorker(data);
  // Counted, as below: a run that is stopped for a while takes no longer for it.
  let seconds = 0;
  const outcome = await new Promise((resolve) => {
    const watch = setInterval(() => {
      seconds += 1;
      if (seconds > (2 * MOST) / 1000) resolve({ failed: `takes more than ${(2 * MOST) / 1000} s` });
    }, 1000);
    worker.on('message', resolve);
    worker.on('exit', () => clearInterval(watch));
    worker.on('exit', (code, signal) => resolve({ failed: endOf(code, signal) }));
  });
  worker.kill('SIGKILL');
  return outcome.ms > MOST ? { failed: `takes more than ${MOST / 1000} s` } : outcome;
}

function startWorker(job) {
  const worker = fork(fileURLToPath(import.meta.url), [], {
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  worker.send(job);
  return worker;
}

function endOf(code, signal) {
  return signal === 'SIGABRT' ? `takes more than ${HEAP_MB} MB of heap` : `ended with ${signal ?? code}`;
}

/** The time of one input, after a small one of its kind that has the readers compiled. */
async function measure({ large, size, bundle: program }) {
  const { runTarget } = await import(program);
  const { name, make } = LARGE[large];
  await runTarget(make(LARGE_BYTES), name);
  const bytes = make(size * 1024 * 1024);
  const before = process.threadCpuUsage();
  await runTarget(bytes, name);
  const { user, system } = process.threadCpuUsage(before);
  process.send({ ms: Math.round((user + system) / 1000) });
}

/** Runs one worker's share, and a new worker from the next input on when one dies or hangs. */
async function follow(run, part, count, fail) {
  let next = run.from - LARGE.length + part;
  while (next < run.to) {
    // The number of the input that is worked on.
    let number = next;
    // Seconds are counted, not read from a clock: it goes on while the run is stopped, or the machine sleeps.
    let [watched, seconds] = [next, 0];
    const worker = startWorker({ ...run, next });
    const outcome = await new Promise((resolve) => {
      const watch = setInterval(() => {
        seconds = number === watched ? seconds + 1 : 0;
        watched = number;
        if (seconds > SECONDS) resolve(`takes more than ${SECONDS} s`);
      }, 1000);
      worker.on('message', (message) => {
        if (message.at !== undefined) number = message.at;
        else if (message.done !== undefined) count(message.done);
        else resolve(message.failed);
      });
      worker.on('exit', () => clearInterval(watch));
      worker.on('exit', (code, signal) => resolve(code === 0 ? undefined : endOf(code, signal)));
    });
    worker.kill('SIGKILL');
    if (outcome === undefined) return;
    if ((await fail(number, outcome)) >= FAILURES) return;
    next = number + run.workers;
  }
}

async function work(run) {
  const { next, to, workers, bundle } = run;
  const { runTarget } = await import(bundle);
  const seeds = await allSeeds();
  const contents = seeds.map(({ bytes }) => bytes);
  let unreported = 0;
  for (let number = next; number < to; number += workers) {
    process.send({ at: number });
    const { name, bytes } = inputAt(run, number, seeds, contents);
    try {
      await runTarget(bytes, name);
    } catch (error) {
      process.send({ failed: String(error.stack ?? error).slice(0, 2000) });
      return;
    }
    const buffers = process.memoryUsage().arrayBuffers;
    if (buffers > BUFFERS_MB * 1024 * 1024) {
      process.send({ failed: `holds ${buffers} bytes of buffers` });
      return;
    }
    unreported += 1;
    if (unreported >= 100) {
      process.send({ done: unreported });
      unreported = 0;
    }
  }
  process.send({ done: unreported }, () => process.exit(0));
}

async function allSeeds() {
  return [...(await keptFiles()), ...madeFiles()];
}

/** For numbers from `from` on a mutation; for numbers before it each of the large inputs once. */
function inputAt({ seed, from }, number, seeds, contents = seeds.map(({ bytes }) => bytes)) {
  const large = number < from ? LARGE[from - 1 - number] : undefined;
  if (large) return { name: large.name, bytes: large.make(LARGE_BYTES) };
  return { name: seeds[number % seeds.length].name, bytes: mutationAt(seed, number, contents) };
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
