import { describe, expect, it } from 'vitest';
import { containers, model, scan } from './support.js';

describe('a model that takes what it can get ends within its limits, which are named', () => {
  it.each([
    ['hangs', 'time', { timeout: 8 }, /8 seconds/],
    ['waits-forever', 'time', { timeout: 8 }, /8 seconds/],
    ['forks', 'processes', { timeout: 8, pids: 64 }, /64|process/],
    ['fills-memory', 'memory', { memory: 512 }, /512 MiB/],
    ['fills-disk', 'disk', { scratch: 32 }, /32 MiB|full|space/],
    ['floods-output', 'output', {}, /bytes more/],
    ['floods-trace', 'trace', { traceLimit: 4, timeout: 60 }, /4 MiB/],
  ] as const)('%s: limit %s', async (name, limit, settings, words) => {
    const report = await scan(model('hostile', `${name}.pkl`), { settings });
    expect(report.verdict).not.toBe('clean');
    const hit = report.limits.find((candidate) => candidate.limit === limit);
    expect(hit?.text).toMatch(words);
    expect(await containers()).toEqual([]);
  });

  it('of several, all that were reached are named', async () => {
    const { limits } = await scan(model('hostile', 'floods-output.pkl'), { settings: { traceLimit: 1 } });
    expect(limits.map(({ limit }) => limit)).toEqual(['trace', 'output']);
  });

  it('and the next scan is unharmed', async () => {
    expect((await scan(model('harmless', 'pipeline.pkl'))).verdict).toBe('clean');
  });
});
