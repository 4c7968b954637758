import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle } from '../../../samples/assemble.mjs';
import { detectFormat } from '../../../src/detect/detect.js';
import { Collected } from '../../../src/static/collected.js';
import { answer, type StaticTask } from '../../../src/scan/static-job.js';
import { analyseStatic } from '../../../src/static/analyse.js';
import { bytesSource, type ByteSource } from '../../../src/readers/bytes.js';
import { emptyFacts } from '../../../src/readers/pickle/facts.js';
import { FirstWalk } from '../../../src/readers/pickle/first.js';
import { walkStream } from '../../../src/readers/pickle/walk.js';
import { PICKLE_TELLING } from '../../../src/static/pickle/pickle-judge.js';
import { GuessBudget, scanPickles } from '../../../src/readers/pickle/scan.js';
import twins from '../../static/twins.json' with { type: 'json' };

const command = call(global('os', 'system'), op.unicode('id'));

/** Counts how often the byte at `offset` is read. */
function watched(bytes: Uint8Array, offset: number): ByteSource & { times: number } {
  const source = bytesSource(bytes);
  return {
    ...source,
    times: 0,
    read(from, length) {
      if (from <= offset && offset < from + length) this.times += 1;
      return source.read(from, length);
    },
  };
}

async function walked(source: ByteSource): Promise<FirstWalk> {
  const facts = emptyFacts();
  return new FirstWalk({ walk: await walkStream(source, 0, facts, { arrays: true }), facts });
}

describe('the first pickle of a file', () => {
  // The middle is far from what is read of the beginning and the end to tell formats by, and to search for programs.
  const large = pickle(concat(op.mark, Buffer.alloc(6_000_000, 'N0'), op.tuple));
  const middle = large.length >> 1;

  it('is walked once, for what the file is and for what it does', async () => {
    const source = watched(large, middle);
    let first: FirstWalk | undefined;
    const onWalked = (walked: FirstWalk) => void (first = walked);
    const detection = await detectFormat(source, { reader: { rules: PICKLE_TELLING, onWalked } });
    expect(source.times).toBe(1);
    expect((await analyseStatic(source, detection, { first })).findings).toEqual([]);
    expect(source.times).toBe(1);
  });

  it('is walked anew by who asks once more: what was found grew with the pickles behind it', async () => {
    const made = pickle(call(global('collections', 'OrderedDict')));
    const source = bytesSource(concat(made, made));
    const first = await walked(source);
    const counts = async () => {
      const { facts } = await scanPickles(source, {
        expected: true,
        arrays: false,
        streams: Infinity,
        searchOn: false,
        guesses: new GuessBudget(),
        rules: undefined,
        first,
      });
      return [...facts.globals.values()].map(({ count }) => count);
    };
    expect(await counts()).toEqual([2]);
    expect(await counts()).toEqual([2]);
  });

  it('is no use to pickle.load where joblib stepped over arrays', async () => {
    const source = bytesSource(Buffer.from(twins['model.joblib'], 'base64'));
    const first = await walked(source);
    expect(first.take(false)).toBeUndefined();
    expect(first.take(true)?.walk).toMatchObject({ arrays: true, broke: undefined });
    expect(first.take(true)).toBeUndefined();
  });
});

describe('a thread that told what a file is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dynscan-first-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('sees what was written to it since', async () => {
    const path = join(folder, 'model.pkl');
    const perform = async (task: StaticTask) => {
      const collected = new Collected();
      const response = await answer({ id: 1, task }, (told) => {
        if ('found' in told) collected.add(told.found);
      });
      if (!('answer' in response)) throw new Error(JSON.stringify(response));
      return { ...response.answer, ...collected.result() };
    };
    const detection = { format: 'pickle', detail: '', certain: true } as const;
    const analyse = { kind: 'analyse', path, detection, limit: 60, skip: [] } as const;
    const options = { denylist: [], weights: 'off' as const };
    const old = new Date(Date.now() - 60_000);
    const harmless = pickle(op.unicode('x'.repeat(command.length - 5)));
    const hostile = pickle(command);
    expect(harmless.length).toBe(hostile.length);

    writeFileSync(path, harmless);
    utimesSync(path, old, old);
    expect(await perform({ kind: 'detect', path })).toMatchObject({ format: 'pickle' });
    const { ino } = statSync(path);
    // Written in place, of one length and with the old time: only the time of the change tells, and it is too fresh to be trusted.
    writeFileSync(path, hostile);
    utimesSync(path, old, old);
    expect(statSync(path).ino).toBe(ino);
    expect(await perform({ ...analyse, options })).toMatchObject({ globals: [{ global: 'os.system' }] });
  });
});
