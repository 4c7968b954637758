/** An engine that lies, relays, never answers or goes away: the scan ends, says why, and leaves nothing. */
import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { connectEngine } from '../../src/docker/engine.js';
import { ensureImage } from '../../src/docker/images.js';
import { startSinkhole } from '../../src/docker/sinkhole.js';
import { CancelledError, UserError } from '../../src/core/user-error.js';
import { relay, type Fate, type Relay } from './relay.js';
import './unbounded.js';
import { containers, scan, scratch } from './support.js';

let between: Relay | undefined;

afterEach(async () => {
  await between?.close();
});

async function pickle(name: string, source: string): Promise<string> {
  const path = join(scratch, `${name}.pkl`);
  await writeFile(path, `c__builtin__\nexec\n(S'${source}'\ntR.`);
  return path;
}

/** Records the baseline, once, so that what is counted afterwards is the scan's. */
let recorded: Promise<unknown> | undefined;
const baseline = async () => (recorded ??= scan(await harmless()));

const harmless = () => pickle('engine-harmless', 'x = 1');
const hangs = () => pickle('engine-hangs', 'while True: pass');

async function noneLeft(owner?: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await containers(owner)).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(await containers(owner)).toEqual([]);
}

/** The calls of a scan whose image is there, each by what tells it from the others; the second of a kind is the model's. */
const CALLS = [
  ['looking for the engine', /GET \/info/, 1],
  ['listing containers', /GET \/containers\/json/, 1],
  ['looking for the image', /GET \/images/, 1],
  ["making the network's container", /POST \/containers\/create/, 1],
  ["making the model's container", /POST \/containers\/create/, 2],
  ['attaching to the network', /\/attach/, 1],
  ['attaching to the model', /\/attach/, 2],
  ['starting the network', /\/start/, 1],
  ['starting the model', /\/start/, 2],
  ['removing', /^DELETE/, 1],
] as const;

/** Does something with the n-th request of a kind and all that follow, and passes on the others. */
function from(kind: RegExp, first: number, fate: Fate) {
  let count = 0;
  return (request: string): Fate => {
    if (!kind.test(request)) return 'pass';
    count += 1;
    return count < first ? 'pass' : fate;
  };
}

describe('a relay that passes on head and body of a request apart', () => {
  it('changes nothing: what it sends late is not taken for the job', async () => {
    between = await relay(() => 'pass');
    const report = await scan(await harmless(), { settings: { dockerHost: between.dockerHost } });
    expect(report.engines.find(({ engine }) => engine === 'dynamic')).toMatchObject({ status: 'completed' });
    expect(report.load.outcome).toBe('loaded');
    await noneLeft();
  });

  it('and so does what a relay of another kind sends before: a body that was not asked for', async () => {
    between = await relay(() => 'pass');
    const engine = await connectEngine({ dockerHost: between.dockerHost });
    const { signal } = new AbortController();
    const image = await ensureImage(engine, 'core', DEFAULT_SETTINGS, () => undefined, signal);
    // The sinkhole ends at a word of its own alone.
    const network = await startSinkhole(engine, image, DEFAULT_SETTINGS, signal);
    await network.ready;
    const stream = await engine.docker.getContainer(network.containerId).attach({
      ...{ stream: true, stdin: true, stdout: true, hijack: true },
    });
    // More than there is room for on the way: when the last of it is taken, the sinkhole has read the first.
    const unasked = '{"stream":true,"stop":true}stop\nstop\n'.repeat(100_000);
    await new Promise<void>((resolve, reject) => {
      stream.write(unasked, (error) => (error ? reject(error) : resolve()));
    });
    expect((await engine.docker.getContainer(network.containerId).inspect()).State.Running).toBe(true);
    expect(await network.finish()).toMatchObject({ complete: true });
    stream.end();
    await noneLeft();
  });
});

describe.each(['hold', 'drop'] as const)('a call that is never answered (%s)', (what) => {
  it.each(CALLS)(
    '%s: a cancelled scan does not wait for the bound of the call, and leaves nothing',
    async (call, kind, first) => {
      const path = await harmless();
      await baseline();
      const abort = new AbortController();
      const cancel = (): void => abort.abort();
      between = await relay(from(kind, first, what === 'hold' ? { hold: cancel } : { drop: cancel }));
      const scanning = scan(path, { settings: { dockerHost: between.dockerHost }, signal: abort.signal });
      // When all that is left is to remove a container, the report may be there before the cancel.
      if (call === 'removing') await scanning.catch((error: unknown) => expect(error).toBeInstanceOf(CancelledError));
      else await expect(scanning).rejects.toBeInstanceOf(CancelledError);
      await between.close();
      await leftForTheNext();
      await noneLeft();
    },
  );
});

/** What could not be removed past the relay is removed by the next scan, straight. */
async function leftForTheNext(): Promise<void> {
  const engine = await connectEngine(DEFAULT_SETTINGS);
  for (const id of await containers()) {
    const container = engine.docker.getContainer(id);
    // What runs ends by itself: nobody holds its input any more.
    if ((await container.inspect().catch(() => undefined))?.State.Status === 'created')
      await container.remove({ force: true }).catch(() => undefined);
  }
}

describe('a signal', () => {
  it.each([
    ['start', /\/start/, ['scan', '--quiet']],
    ['build', /POST \/build/, ['image', 'build', '--layer', 'core', '--base-image']],
  ] as const)('ends the program while the engine does not answer "%s"', async (_, kind, args) => {
    const engine = await connectEngine(DEFAULT_SETTINGS);
    const { signal } = new AbortController();
    const { tag } = await ensureImage(engine, 'core', DEFAULT_SETTINGS, () => undefined, signal);
    let hold: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (hold = resolve));
    between = await relay(from(kind, 1, { hold }));
    const last = args[0] === 'scan' ? await hangs() : tag;
    const client = execa('node', ['dist/cli.js', ...args, last, '--docker-host', between.dockerHost], {
      reject: false,
      // Seconds after which it would be ended by force.
      forceKillAfterDelay: false,
      env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'unbounded.ts')}` },
    });
    await held;
    client.kill('SIGTERM');
    expect((await client).exitCode).toBe(143);
    await noneLeft(client.pid);
  });
});

describe('an engine that goes away in the middle of a scan', () => {
  it.each(['import', 'load'] as const)('at stage %s: the model is inconclusive, with the reason', async (stage) => {
    const path = await hangs();
    await baseline();
    between = await relay(() => 'pass');
    const { dockerHost } = between;
    const report = await scan(path, {
      settings: { dockerHost },
      onEvent: (event) => {
        if (event.type === 'progress' && event.stage === stage) between?.die();
      },
    });
    expect(report.verdict).not.toBe('clean');
    const run = report.engines.find(({ engine }) => engine === 'dynamic');
    expect(run?.status).toMatch(/incomplete|failed/);
    expect(run?.reasons.join(' ')).toMatch(/ended in the middle|went away/);
    await noneLeft();
  });
});

describe('what a container sends', () => {
  const floods: readonly (readonly [string, (kind: 1 | 2) => Buffer])[] = [
    [
      'output frames',
      () => framed(2, `${JSON.stringify({ t: 'out', fd: 1, d: Buffer.alloc(36_000, 'x').toString('base64') })}\n`),
    ],
    [
      'words of the tracer',
      () => framed(2, `${JSON.stringify({ t: 'tracer', d: Buffer.alloc(36_000, 'x').toString('base64') })}\n`),
    ],
    ['a line with no end', () => framed(2, 'x'.repeat(65_536))],
    ['trace', () => framed(1, 'x'.repeat(65_536))],
    [
      'a frame of 4 GB',
      () => Buffer.concat([Buffer.from([1, 0, 0, 0, 255, 255, 255, 255]), Buffer.alloc(65_536, 'x')]),
    ],
  ];

  it.each(floods)(
    '%s without end: is counted and cut on the host, the container is ended, the scan is incomplete',
    async (_, make) => {
      const path = await hangs();
      await baseline();
      const block = make(2);
      let sent = 0;
      const flood = (client: Socket): void => {
        client.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
        const more = (): void => {
          if (client.destroyed) return;
          sent += block.length;
          if (client.write(block)) setImmediate(more);
          else client.once('drain', more);
        };
        more();
      };
      between = await relay(from(/\/attach/, 2, { answer: flood }));
      const before = process.memoryUsage().rss;
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
      const report = await scan(path, { settings: { dockerHost: between.dockerHost, traceLimit: 8 } });
      clearInterval(watch);
      expect(report.verdict).not.toBe('clean');
      expect(report.engines.find(({ engine }) => engine === 'dynamic')?.status).toMatch(/incomplete|failed/);
      expect(sent).toBeGreaterThan(0);
      expect(most - before).toBeLessThan(400 * 1024 * 1024);
      await noneLeft();
    },
  );

  it('and so is the record of the network: it is then not complete', async () => {
    const path = await harmless();
    await baseline();
    const block = framed(1, `${JSON.stringify({ t: 'talk', x: 'x'.repeat(60_000) })}\n`);
    const flood = (client: Socket): void => {
      client.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
      client.write(framed(1, `${JSON.stringify({ t: 'ready', authority: 'none', notes: [] })}\n`));
      const more = (): void => {
        if (client.destroyed) return;
        if (client.write(block)) setImmediate(more);
        else client.once('drain', more);
      };
      more();
    };
    let count = 0;
    between = await relay((request) => (request.includes('/attach') && ++count === 1 ? { answer: flood } : 'pass'));
    const report = await scan(path, { settings: { dockerHost: between.dockerHost } });
    expect(report.verdict).not.toBe('clean');
    expect(report.engines.find(({ engine }) => engine === 'dynamic')?.reasons.join(' ')).toMatch(
      /network of the sandbox/,
    );
    await noneLeft();
  });
});

function framed(kind: 1 | 2, text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

describe('a cache that cannot be written to', () => {
  it('costs the cache, and no scan', async () => {
    const file = join(scratch, 'no-folder');
    await writeFile(file, '');
    await mkdir(join(scratch, 'other'), { recursive: true });
    const kept = process.env['DYNSCAN_CACHE'];
    process.env['DYNSCAN_CACHE'] = join(file, 'cache');
    try {
      const report = await scan(await harmless());
      expect(report.engines).toEqual([
        expect.objectContaining({ engine: 'static', status: 'completed' }),
        expect.objectContaining({ engine: 'dynamic', status: 'completed' }),
      ]);
    } finally {
      process.env['DYNSCAN_CACHE'] = kept;
    }
  });
});

describe('an error of the engine', () => {
  it('at any call of a scan is a sentence for people, never a defect of the program', async () => {
    const path = await harmless();
    await baseline();
    for (const [, kind, first] of CALLS) {
      const refuse = (client: Socket): void => {
        client.end('HTTP/1.1 500 Oh\r\nContent-Length: 20\r\nConnection: close\r\n\r\n{"message":"no idea"}');
      };
      const liar = await relay(from(kind, first, { answer: refuse }));
      const report = await scan(path, { settings: { dockerHost: liar.dockerHost } }).catch((error: unknown) => error);
      await liar.close();
      if (report instanceof Error) expect(report).toBeInstanceOf(UserError);
    }
    await leftForTheNext();
    await noneLeft();
  });
});
