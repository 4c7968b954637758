import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { CancelledError, UserError } from '../../src/core/user-error.js';
import { StaticLimitError, StaticPool, staticPool } from '../../src/scan/static-pool.js';

const folder = mkdtempSync(join(tmpdir(), 'dynscan-pool-'));
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, 'latin1');
  return path;
}

const never = new AbortController().signal;

describe('reading a model in a process', () => {
  const pickle = file('model.pkl', "cos\nsystem\n(S'id'\ntR.");

  it('tells what the file is and what it would do', async () => {
    const options = { signal: never, timeout: 30 };
    const detection = await staticPool().run({ kind: 'detect', path: pickle }, options);
    expect(detection).toMatchObject({ format: 'pickle', certain: true });
    const { result } = await staticPool().analyse(
      { kind: 'analyse', path: pickle, detection, options: { denylist: [], weights: 'auto' } },
      options,
    );
    expect(result.globals).toEqual([{ global: 'os.system', offset: 0 }]);
    expect(result.findings[0]).toMatchObject({ engine: 'static', severity: 'critical' });
  });

  it('says what is wrong with a file in words for a person', async () => {
    const task = { kind: 'detect', path: join(folder, 'missing.pkl') } as const;
    const failure = await staticPool()
      .run(task, { signal: never, timeout: 30 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toMatch(/missing\.pkl does not exist/);
  });
});

describe('what V8 compiled of the reader', () => {
  const task = { kind: 'detect', path: file('kept.pkl', 'N.') } as const;

  it('is kept for the next one, in a folder of its user alone', async () => {
    const cache = join(folder, 'cache');
    vi.stubEnv('DYNSCAN_CACHE', cache);
    await new StaticPool().run(task, { signal: never, timeout: 30 });
    await vi.waitUntil(() => readdirSync(join(cache, 'compiled'), { recursive: true }).length > 1, { timeout: 60_000 });
    expect(statSync(join(cache, 'compiled')).mode & 0o777).toBe(0o700);
  });

  it('is not kept where there is no such folder, and the file is read all the same', async () => {
    vi.stubEnv('DYNSCAN_CACHE', file('no-folder', ''));
    const detection = await new StaticPool().run(task, { signal: never, timeout: 30 });
    expect(detection).toMatchObject({ format: 'pickle' });
  });
});

/** What readers speak, for those that behave as a hostile file would have them behave. */
const TELL = `
  const tell = (message) => {
    const body = require('node:v8').serialize(message);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(body.length);
    require('node:fs').writeSync(3, Buffer.concat([head, body]));
  };`;

describe('a reader that does not end', () => {
  const spins = file(
    'spins.cjs',
    `${TELL}
     process.on('message', ({ id }) => {
       tell({ id, found: { findings: [], globals: [], gaps: [], needs: [], parts: [] } });
       for (;;);
     });`,
  );
  const task = { kind: 'detect', path: 'any' } as const;

  it('is ended when its time is over, with the reason', async () => {
    const pool = new StaticPool(spins, 1);
    const failure = await pool.run(task, { signal: never, timeout: 0.2 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StaticLimitError);
    expect(String(failure)).toContain('longer than 0.2 s');
  });

  it('is ended when the scan is cancelled, and the next task gets its turn', async () => {
    const pool = new StaticPool(spins, 1);
    const abort = new AbortController();
    const watched = { onFound: () => abort.abort(), at: undefined, total: 60 };
    const first = pool.run(task, { signal: abort.signal, timeout: 60 }, watched);
    const second = pool.run(task, { signal: never, timeout: 0.2 });
    await expect(first).rejects.toBeInstanceOf(CancelledError);
    await expect(second).rejects.toBeInstanceOf(StaticLimitError);
  });

  it('that fills its memory is ended without harm to this program', async () => {
    const fills = file(
      'fills.cjs',
      "process.on('message', () => { const a = []; for (;;) a.push({ n: a.length }); });",
    );
    const failure = await new StaticPool(fills, 1, 32)
      .run(task, { signal: never, timeout: 60 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StaticLimitError);
    expect(String(failure)).toContain('more memory');
  });
});

/** What the real reader does with its units, with a file that is made to end it: here one that is always the same. */
describe('a reader that ends in one part of a file', () => {
  const task = {
    kind: 'analyse',
    path: 'any',
    detection: { format: 'zip', detail: '', certain: true },
    options: { denylist: [] as string[], weights: 'auto' },
  } as const;
  /** Three members; what happens in the second is `ending`. */
  const script = (name: string, ending: string): string =>
    file(
      name,
      `${TELL}
       process.on('message', ({ id, task }) => {
         const now = Number(process.hrtime.bigint()) / 1e6;
         const found = (some) => tell({ id, found: { findings: [], globals: [], gaps: [], needs: [], parts: [], ...some } });
         for (const member of [0, 1, 2]) {
           const reason = task.skip.find(({ path }) => path.join() === '0,' + member)?.reason;
           // Of the one that hangs the deadline is over already; the others are read to their end, however slowly.
           tell({ id, at: { path: [0, member], deadline: now + (${name.startsWith('hangs')} && member === 1 ? 0 : 60_000) } });
           found({ needs: ['began' + member] });
           if (reason !== undefined) found({ gaps: [member + ': ' + reason] });
           else if (member === 1) { ${ending} }
           else found({ globals: [{ global: 'global' + member, offset: 0 }] });
         }
         tell({ id, answer: { stamp: 's', alone: true, incomplete: task.skip.length > 0 } });
       });`,
    );

  it.each([
    ['hangs', 'for (;;);', /longer than its share/],
    ['fills its memory', 'const all = []; for (;;) all.push({ n: all.length });', /more memory/],
    ['takes all memory with one value', 'let all = [1]; for (;;) all = [...all, ...all];', /more memory/],
    ['ends', 'process.exit(3);', /ended before it was done/],
  ])('and %s there is followed by one that reads on past it', async (name, ending, reason) => {
    const pool = new StaticPool(script(`${name.replaceAll(' ', '-')}.cjs`, ending), 1, 32);
    const { result, reading } = await pool.analyse(task, { signal: never, timeout: 60 });
    expect(result.globals.map(({ global }) => global)).toEqual(['global0', 'global2']);
    expect(result.gaps).toEqual([expect.stringMatching(/^1: /)]);
    expect(result.gaps[0]).toMatch(reason);
    expect(reading).toEqual({ stamp: 's', alone: true, incomplete: true });
  });

  it('keeps what was found when it is ended as a whole', async () => {
    const spins = file(
      'finds-and-spins.cjs',
      `${TELL}
       process.on('message', ({ id }) => {
         tell({ id, found: { findings: [], globals: [{ global: 'os.system', offset: 3 }], gaps: [], needs: [], parts: [] } });
         tell({ id, at: { path: [0], deadline: Number(process.hrtime.bigint()) / 1e6 } });
         for (;;);
       });`,
    );
    const seen: unknown[] = [];
    const { result, reading } = await new StaticPool(spins, 1).analyse(task, { signal: never, timeout: 600 }, (found) =>
      seen.push(...found.globals),
    );
    expect(result.globals).toEqual([{ global: 'os.system', offset: 3 }]);
    expect(seen).toEqual(result.globals);
    expect(result.gaps).toEqual([expect.stringContaining('longer than its share of the time')]);
    expect(reading).toBeUndefined();
  });
});
