/**
 * What tracing costs: a 400 MB torch file in the sandbox, and in a container of the same image, limits and load without the
 * tracer. The two take turns, so that a machine that slows down slows both. Prints figures as one JSON object.
 *
 * Arguments: a scratch folder, the number of runs of each.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { connectEngine, type Engine } from '../../src/docker/engine.js';
import type { SandboxImage } from '../../src/docker/image.js';
import { ensureImage } from '../../src/docker/images.js';
import { MODEL_HOME } from '../../src/core/tool.js';
import { runSandbox, START_FOLDER } from '../../src/docker/sandbox.js';
import { startSinkhole } from '../../src/docker/sinkhole.js';
import { POLICY } from '../../src/scan/session.js';
import { TraceRun, EMPTY_BASELINE } from '../../src/scan/trace-run.js';

const signal = new AbortController().signal;
const NONCE = 'bench';

async function main(folder: string, runs: number): Promise<void> {
  const engine = await connectEngine(DEFAULT_SETTINGS);
  const image = await ensureImage(
    engine,
    'torch',
    DEFAULT_SETTINGS,
    (message) => process.stderr.write(`${message}\n`),
    signal,
  );
  const model = join(folder, 'large.pt');
  await makeModel(engine, image, folder);
  chmodSync(model, 0o644);
  const traced: Timing[] = [];
  const untraced: Timing[] = [];
  // The first of each fills the page cache and is not counted.
  for (let run = 0; run <= runs; run += 1) {
    const pair = [await tracedRun(engine, image, model), await untracedRun(engine, image, model)] as const;
    process.stderr.write(
      `traced ${pair[0].wall.toFixed(2)} s (load ${pair[0].load.toFixed(3)}), untraced ${pair[1].wall.toFixed(2)} s (load ${pair[1].load.toFixed(3)})\n`,
    );
    if (run === 0) continue;
    traced.push(pair[0]);
    untraced.push(pair[1]);
  }
  const ratio = (pick: (timing: Timing) => number) =>
    median(traced.map((timing, i) => pick(timing) / pick(untraced[i] ?? timing)));
  const figures = {
    'traced wall, s': median(traced.map(({ wall }) => wall)),
    'untraced wall, s': median(untraced.map(({ wall }) => wall)),
    'network start, s': median(traced.map(({ network }) => network)),
    'wall, traced/untraced': ratio(({ wall }) => wall),
    'wall and network, traced/untraced': ratio(({ wall, network }) => wall + network),
    'load, traced/untraced': ratio(({ load }) => load),
  };
  process.stdout.write(
    JSON.stringify(Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, Number(value.toFixed(3))]))),
  );
}

interface Timing {
  /** Seconds from creating the model's container to its end. */
  readonly wall: number;
  /** Seconds from creating the network's container to its start. A scan reads its baseline meanwhile; here nothing hides it. */
  readonly network: number;
  /** Seconds of the load alone, by the clock inside. */
  readonly load: number;
}

async function tracedRun(engine: Engine, image: SandboxImage, path: string): Promise<Timing> {
  const beganNetwork = performance.now();
  const network = await startSinkhole(engine, image, DEFAULT_SETTINGS, signal);
  const began = performance.now();
  const chunks: Buffer[] = [];
  // Parsed and judged as it streams, as in a scan: that work is part of what is measured.
  const run = new TraceRun({
    modelPath: '/model/large.pt',
    nonce: NONCE,
    baseline: EMPTY_BASELINE,
    globals: [],
    canaries: [],
    settings: DEFAULT_SETTINGS,
  });
  await runSandbox(
    engine,
    image,
    {
      format: 'torch-zip',
      model: { name: 'large.pt', format: 'torch-zip', files: [{ hostPath: path, name: 'large.pt' }] },
      nonce: NONCE,
      policy: POLICY,
      settings: DEFAULT_SETTINGS,
      mounts: [],
      imports: [],
      code: false,
      stubClasses: [],
      folder: START_FOLDER,
      files: [],
      environment: {},
      network,
    },
    {
      signal,
      onTrace: (chunk) => {
        run.push(chunk);
        chunks.push(Buffer.from(chunk));
      },
    },
  );
  const wall = (performance.now() - began) / 1000;
  if (run.finish().behavior.load.outcome !== 'loaded') throw new Error('the traced model did not load');
  return { wall, network: (began - beganNetwork) / 1000, load: loadSeconds(Buffer.concat(chunks).toString('latin1')) };
}

/** The same runner in the same box, its records passed through a clock instead of a tracer. */
async function untracedRun(engine: Engine, image: SandboxImage, path: string): Promise<Timing> {
  const began = performance.now();
  const subject = JSON.stringify({ nonce: NONCE, format: 'torch-zip', path: '/model/large.pt' });
  const clock =
    'import sys,time\nfor line in iter(sys.stdin.readline, ""): print(0, time.time(), line, end="", flush=True)';
  const mebibyte = 1024 * 1024;
  const container = await engine.docker.createContainer({
    Image: image.id,
    User: '10001:10001',
    WorkingDir: '/tmp',
    Env: [`HOME=${MODEL_HOME}`, 'OMP_NUM_THREADS=1', 'OPENBLAS_NUM_THREADS=1'],
    Cmd: [
      'sh',
      '-c',
      'printf %s "$0" | python3 -I -B /opt/dynscan/runner.py 3>&1 4>&2 | python3 -I -S -c "$1"',
      subject,
      clock,
    ],
    AttachStdout: true,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: DEFAULT_SETTINGS.memory * mebibyte,
      MemorySwap: DEFAULT_SETTINGS.memory * mebibyte,
      NanoCpus: DEFAULT_SETTINGS.cpus * 1e9,
      PidsLimit: DEFAULT_SETTINGS.pids,
      Tmpfs: { '/tmp': 'rw', [MODEL_HOME]: 'rw,uid=10001' },
      Mounts: [{ Type: 'bind', Source: path, Target: '/model/large.pt', ReadOnly: true }],
      LogConfig: { Type: 'none', Config: {} },
    },
  });
  const stream = await container.attach({ stream: true, stdout: true });
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  const removed = container.wait({ condition: 'removed' });
  await container.start();
  await removed;
  const wall = (performance.now() - began) / 1000;
  if (!text.includes('"loaded"')) throw new Error(`the untraced model did not load: ${text.slice(0, 500)}`);
  return { wall, network: 0, load: loadSeconds(text) };
}

/** From the record that says the load begins to the one that says it returned; both forms have the time as second word. */
function loadSeconds(text: string): number {
  const at = (needle: RegExp): number => {
    const line = text.split('\n').find((candidate) => needle.test(candidate));
    const words = line?.slice(line.search(/\d+ +\d+\.\d+/)).split(/ +/) ?? [];
    return Number(words[1]);
  };
  return at(/\\?"loaded\\?"/) - at(/\\?"phase\\?": \\?"load\\?"/);
}

async function makeModel(engine: Engine, image: SandboxImage, folder: string): Promise<void> {
  const container = await engine.docker.createContainer({
    Image: image.id,
    Cmd: ['python3', '-I', '-c', "import torch; torch.save({'weights': torch.ones(100_000_000)}, '/out/large.pt')"],
    HostConfig: { AutoRemove: true, NetworkMode: 'none', Mounts: [{ Type: 'bind', Source: folder, Target: '/out' }] },
  });
  const removed = container.wait({ condition: 'removed' });
  await container.start();
  await removed;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

const [, , folder = '', runs = '7'] = process.argv;
main(folder, Number(runs)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
