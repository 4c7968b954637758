import { createHash } from 'node:crypto';
import { renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../src/config/settings.js';
import type { ReportDocument, ScanReport } from '../../src/core/schema.js';
import { TOOL_VERSION } from '../../src/core/tool.js';
import { EarlierRuns } from '../../src/scan/earlier-runs.js';
import type { ScanEvent } from '../../src/scan/scan-request.js';
import { scanPaths } from '../../src/scan/scan.js';
import { scan as makeReport } from '../report/samples.js';

/** `pickle.dumps(posix.system, …)` called with `id`: read, and never loaded here. */
const HOSTILE_PICKLE = Buffer.from("cposix\nsystem\n(S'id'\ntR.");
const HARMLESS_PICKLE = Buffer.from('(lp0\nI1\na.');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynscan-scan-'));
  vi.stubEnv('DYNSCAN_CACHE', join(folder, 'cache'));
  vi.stubEnv('DYNSCAN_CONFIG', join(folder, 'config'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function scanned(
  names: readonly string[],
  settings: Partial<Settings> = {},
  onEvent: (event: ScanEvent) => void = () => undefined,
): Promise<ReportDocument> {
  const request = {
    paths: names.map((name) => join(folder, name)),
    settings: { ...DEFAULT_SETTINGS, dockerHost: `unix://${folder}/none.sock`, ...settings },
    staticOnly: false,
  };
  return scanPaths(request, { signal: new AbortController().signal, onEvent });
}

describe('a request', () => {
  it('of which one path does not exist has the others scanned, and names it', async () => {
    await writeFile(join(folder, 'bad.pkl'), HOSTILE_PICKLE);
    const { scans, problems, verdict } = await scanned(['none.pkl', 'bad.pkl', 'gone/x.pkl']);
    expect(verdict).toBe('malicious');
    expect(scans.map(({ model }) => model.path)).toEqual([join(folder, 'bad.pkl')]);
    expect(problems?.slice(0, 2)).toMatchObject([
      { path: join(folder, 'none.pkl'), text: expect.stringContaining('does not exist') as string },
      { path: join(folder, 'gone/x.pkl'), text: expect.stringContaining('does not exist') as string },
    ]);
  });

  it('of which no path exists names them all', async () => {
    await expect(scanned(['a.pkl', 'b.pkl'])).rejects.toThrow(/a\.pkl does not exist[^]*b\.pkl does not exist/);
  });

  it('without an engine says so at length once, however many models there are', async () => {
    const names = Array.from({ length: 30 }, (_, at) => `m${at}.pkl`);
    for (const name of names) await writeFile(join(folder, name), HARMLESS_PICKLE);
    const { scans, problems, verdict } = await scanned(names);
    expect([scans.length, verdict]).toEqual([30, 'inconclusive']);
    expect(problems?.map(({ text }) => text)).toEqual([expect.stringMatching(/^No container engine answers, so/)]);
    for (const { reasons } of scans)
      expect(reasons).toEqual([
        'The sandbox run failed: no container engine can be used; Check Environment (`dynscan doctor`) says what was tried and what to do.',
      ]);
  });

  it('counts models, and not what lies beside them', async () => {
    for (const name of ['b.pkl', 'd.pkl']) await writeFile(join(folder, name), HARMLESS_PICKLE);
    for (const name of ['a.py', 'c.py']) await writeFile(join(folder, name), 'import os\nos.system("id")\n');
    const begun: ScanEvent[] = [];
    await scanned(['.'], {}, (event) => {
      if (event.type === 'started') begun.push({ ...event, path: basename(event.path) });
    });
    const counted = { type: 'started', total: 2 };
    expect(begun).toEqual(
      expect.arrayContaining([
        { ...counted, path: 'b.pkl', index: 0 },
        { ...counted, path: 'd.pkl', index: 1 },
        { ...counted, path: 'a.py', index: 2, sidecar: true },
        { ...counted, path: 'c.py', index: 2, sidecar: true },
      ]),
    );
  });

  it.each<[Partial<Settings>, RegExp]>([
    [{ cwd: '/none/here' }, /cwd names \/none\/here, which cannot be read/],
    [{ sharedFolder: '/none/here' }, /sharedFolder names \/none\/here, which cannot be read/],
    [{ requirements: '/none/here.txt' }, /list of Python packages \/none\/here\.txt cannot be read/],
  ])('with %j is refused before any model is looked at', async (settings, message) => {
    await writeFile(join(folder, 'a.pkl'), HARMLESS_PICKLE);
    const events: ScanEvent[] = [];
    await expect(scanned(['a.pkl'], settings, (event) => events.push(event))).rejects.toThrow(message);
    expect(events).toEqual([]);
  });

  it('that fails with one model in a way that nobody foresaw has the others, and the reason', async () => {
    await writeFile(join(folder, 'a.pkl'), HOSTILE_PICKLE);
    await writeFile(join(folder, 'b.pkl'), HOSTILE_PICKLE);
    const logged: string[] = [];
    const { scans } = await scanned(['a.pkl', 'b.pkl'], {}, (event) => {
      if (event.type === 'log') logged.push(event.message);
      // As a fault in the middle of the first model's scan would.
      if (event.type === 'progress' && event.path.endsWith('a.pkl')) throw new RangeError('Maximum call stack size');
    });
    expect(scans.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'malicious']);
    expect(scans[0]?.reasons.join()).toMatch(
      /error of its own, which is a defect.*RangeError: Maximum call stack size/,
    );
    expect(logged.join()).toContain('RangeError: Maximum call stack size\n    at ');
  });
});

describe('a model that is another one before its scan is over', () => {
  it.each<[string, (path: string) => void]>([
    ['written to', (path) => writeFileSync(path, HARMLESS_PICKLE)],
    [
      'replaced by one of the same size and time',
      (path) => {
        const { atime, mtime } = statSync(path);
        writeFileSync(`${path}.new`, HOSTILE_PICKLE);
        utimesSync(`${path}.new`, atime, mtime);
        renameSync(`${path}.new`, path);
      },
    ],
    [
      'reached by a link to elsewhere',
      (path) => {
        renameSync(path, `${path}.old`);
        symlinkSync(`${path}.old`, path);
      },
    ],
  ])('%s: is told, and keeps what was found', async (_, change) => {
    const path = join(folder, 'a.pkl');
    await writeFile(path, HOSTILE_PICKLE);
    let left = 1;
    const { scans } = await scanned(['a.pkl'], {}, (event) => {
      // When it has been read.
      if (event.type === 'finding' && left-- > 0) change(path);
    });
    expect(scans[0]?.verdict).toBe('malicious');
    expect(scans[0]?.engines).toContainEqual({
      engine: 'static',
      status: 'incomplete',
      reasons: ['The file changed while it was scanned. Scan it again.'],
    });
  });
});

describe('an engine', () => {
  let server: Server;
  let host: string;
  beforeAll(async () => {
    const answers: Record<string, unknown> = {
      info: {
        Architecture: 'x86_64',
        OSType: 'linux',
        Runtimes: { runc: {} },
        NCPU: 2,
        SecurityOptions: ['name=seccomp'],
        MemTotal: 2 ** 33,
      },
      version: { Version: '1', Components: [{ Name: 'Engine' }] },
    };
    server = createServer((request, response) => {
      const answer = answers[request.url?.replace(/^(?:\/v[\d.]+)?\//, '') ?? ''] ?? [];
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    host = `tcp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  afterAll(() => server.close());

  it('that lacks the runtime refuses the request before models are scanned', async () => {
    await writeFile(join(folder, 'a.pkl'), HARMLESS_PICKLE);
    const begun: ScanEvent[] = [];
    const scan = scanned(['a.pkl'], { dockerHost: host, runtime: 'runsc' }, (event) => {
      if (event.type === 'started') begun.push(event);
    });
    await expect(scan).rejects.toThrow(/does not know the runtime runsc; it has runc\. Install it/);
    expect(begun).toEqual([]);
  });

  it('has all models of a folder read first, and then runs the worst first and the uncertain next', async () => {
    const unknown = Buffer.from("cmine\nf\n(S'x'\ntR.");
    await writeFile(join(folder, 'a-clean.pkl'), HARMLESS_PICKLE);
    await writeFile(join(folder, 'b-uncertain.pkl'), unknown);
    await writeFile(join(folder, 'c-hostile.pkl'), HOSTILE_PICKLE);
    await writeFile(join(folder, 'd.npy'), 'no array');
    const order: string[] = [];
    const { scans } = await scanned(['.'], { dockerHost: host, jobs: 1 }, (event) => {
      if (event.type === 'read')
        order.push(`read ${event.done} of ${event.total}: ${basename(event.path)} ${event.report.verdict}`);
      if (event.type === 'started') order.push(`${basename(event.path)} started`);
    });
    expect(order).toEqual([
      'd.npy started',
      'read 1 of 3: a-clean.pkl clean',
      'read 2 of 3: b-uncertain.pkl inconclusive',
      'read 3 of 3: c-hostile.pkl malicious',
      'c-hostile.pkl started',
      'b-uncertain.pkl started',
      'a-clean.pkl started',
    ]);
    const names = scans.map(({ model }) => basename(model.path));
    expect(names).toEqual(['a-clean.pkl', 'b-uncertain.pkl', 'c-hostile.pkl', 'd.npy']);
  });
});

describe('a scan that goes on where another one ended', () => {
  const hash = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

  async function resumed(settings: Partial<Settings> = {}): Promise<ScanReport['verdict'][]> {
    const request = {
      paths: ['a.pkl', 'b.pkl'].map((name) => join(folder, name)),
      settings: { ...DEFAULT_SETTINGS, dockerHost: `unix://${folder}/none.sock`, ...settings },
      staticOnly: false,
      resume: true,
    };
    const { scans } = await scanPaths(request, { signal: new AbortController().signal, onEvent: () => undefined });
    return scans.map(({ verdict }) => verdict);
  }

  beforeEach(async () => {
    for (const name of ['a.pkl', 'b.pkl']) await writeFile(join(folder, name), HARMLESS_PICKLE);
    const request = { paths: [], settings: DEFAULT_SETTINGS, staticOnly: false };
    const earlier = await EarlierRuns.of(request, undefined);
    const model = { path: join(folder, 'a.pkl'), format: 'pickle', size: 1, sha256: hash(HARMLESS_PICKLE) };
    await earlier.keep(makeReport({ model, tool: { name: 'dynscan', version: TOOL_VERSION } }));
  });

  it('does not run again what was run', async () => {
    expect(await resumed()).toEqual(['clean', 'inconclusive']);
    expect((await scanned(['a.pkl'])).verdict).toBe('inconclusive');
  });

  it('runs again what is another model now, or was asked for in another way', async () => {
    expect(await resumed({ memory: 1024 })).toEqual(['inconclusive', 'inconclusive']);
    expect(await resumed({ jobs: 7 })).toEqual(['clean', 'inconclusive']);
    await writeFile(join(folder, 'a.pkl'), HOSTILE_PICKLE);
    expect(await resumed()).toEqual(['malicious', 'inconclusive']);
  });
});
