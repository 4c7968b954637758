import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CancelledError, UserError } from '../../src/report/user-error.js';
import { StaticLimitError, StaticPool, staticPool } from '../../src/scan/static-pool.js';

const folder = mkdtempSync(join(tmpdir(), 'dynscan-pool-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, 'latin1');
  return path;
}

const never = new AbortController().signal;

describe('reading a model in a thread', () => {
  const pickle = file('model.pkl', "cos\nsystem\n(S'id'\ntR.");

  it('tells what the file is and what it would do', async () => {
    const options = { signal: never, timeout: 30 };
    const detection = await staticPool().run({ kind: 'detect', path: pickle }, options);
    expect(detection).toMatchObject({ format: 'pickle', certain: true });
    const { result } = await staticPool().run(
      { kind: 'analyse', path: pickle, detection, options: { blacklist: [], weights: 'auto' } },
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

/** Threads that behave as a hostile file would have them behave. */
describe('a thread that does not end', () => {
  const spins = file('spins.cjs', "require('node:worker_threads').parentPort.on('message', () => { for (;;); });");
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
    const first = pool.run(task, { signal: abort.signal, timeout: 60 });
    const second = pool.run(task, { signal: never, timeout: 0.2 });
    setTimeout(() => {
      abort.abort();
    }, 100);
    await expect(first).rejects.toBeInstanceOf(CancelledError);
    await expect(second).rejects.toBeInstanceOf(StaticLimitError);
  });

  it('that fills its memory is ended without harm to this program', async () => {
    const fills = file(
      'fills.cjs',
      "require('node:worker_threads').parentPort.on('message', () => { const a = []; for (;;) a.push({ n: a.length }); });",
    );
    const failure = await new StaticPool(fills, 1, 32)
      .run(task, { signal: never, timeout: 60 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StaticLimitError);
    expect(String(failure)).toContain('more memory');
  });
});
