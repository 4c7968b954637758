import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, zip } from '../../samples/assemble.mjs';
import { analyseStatic, type AnalyseOptions } from '../../src/static/analyse.js';
import { bytesSource, type ByteSource } from '../../src/readers/bytes.js';
import type { UnitPath } from '../../src/readers/units.js';

const HOSTILE = pickle(call(global('os', 'system'), op.unicode('id')));
/** Longer than what is read at once of a member and its neighbours. */
const MARK = Buffer.alloc(200_000, 'this member breaks its reader ');
const members = [
  { name: 'a.pkl', data: HOSTILE },
  { name: 'b.pkl', data: concat('\x80\x04', MARK, '.') },
  { name: 'c.pkl', data: HOSTILE },
];

/** A file in which reading the bytes of one member goes wrong, as a defect of a reader would. */
function broken(bytes: Uint8Array, happens: () => void): ByteSource {
  const plain = bytesSource(bytes);
  const at = Buffer.from(bytes).indexOf(MARK) - 2;
  return {
    ...plain,
    read: (offset, length) => {
      if (offset === at) happens();
      return plain.read(offset, length);
    },
  };
}

async function globalsOf(source: ByteSource, options: AnalyseOptions) {
  const { globals, gaps, incomplete } = await analyseStatic(source, { format: 'zip' }, options);
  return { found: globals.map(({ global, member }) => `${member ?? ''} ${global}`), gaps, incomplete };
}

describe('what goes wrong with one member', () => {
  const bytes = zip(members);

  it('is a gap of that one that names the error, and all others are read', async () => {
    const errors: unknown[] = [];
    const fails = () => {
      throw new RangeError('Maximum call stack size exceeded');
    };
    const { found, gaps, incomplete } = await globalsOf(broken(bytes, fails), {
      onError: (error) => errors.push(error),
    });
    expect(found).toEqual(['a.pkl os.system', 'c.pkl os.system']);
    expect(gaps).toContain('b.pkl: the reader failed: RangeError: Maximum call stack size exceeded');
    expect(gaps.every((gap) => gap.startsWith('b.pkl: '))).toBe(true);
    expect(incomplete).toBe(true);
    expect(errors[0]).toBeInstanceOf(RangeError);
  });

  it('is a gap of that one when it takes more than its share of the time', async () => {
    let now = 0;
    const slow = () => {
      now += 400;
    };
    const { found, gaps, incomplete } = await globalsOf(broken(bytes, slow), { clock: () => now, limit: 1000 });
    expect(found).toEqual(['a.pkl os.system', 'c.pkl os.system']);
    expect(gaps).toContain('b.pkl: reading it took longer than its share of the time (setting staticTimeout)');
    expect(incomplete).toBe(true);
  });

  it('ends the whole only when the whole was told to end', async () => {
    const abort = new AbortController();
    const stopped = () => {
      abort.abort(new Error('stopped by a person'));
      throw new TypeError('whatever comes of it');
    };
    await expect(globalsOf(broken(bytes, stopped), { signal: abort.signal })).rejects.toThrow();
  });

  it('is left out, with the reason, where an earlier reading of the same bytes ended', async () => {
    const paths: UnitPath[] = [];
    const fails = () => {
      throw new TypeError('here');
    };
    let last: UnitPath = [];
    let at: UnitPath = [];
    await globalsOf(broken(bytes, fails), {
      onUnit: (path) => {
        last = [...path];
        paths.push(last);
      },
      onError: () => {
        at = last;
      },
    });
    expect(at.length).toBeGreaterThan(1);
    const again = await globalsOf(bytesSource(bytes), { skip: [{ path: at, reason: 'it hung' }] });
    expect(again.gaps).toEqual(['b.pkl: it hung']);
    expect(again.found).toEqual(['a.pkl os.system', 'c.pkl os.system']);
  });

  it('no number of slow members takes the time of the next', async () => {
    const many = zip([
      ...Array.from({ length: 12 }, (_, index) => ({ name: `${index}.pkl`, data: concat('\x80\x04', MARK, '.') })),
      { name: 'z.pkl', data: HOSTILE },
    ]);
    let now = 0;
    const plain = bytesSource(many);
    const slow: ByteSource = {
      ...plain,
      read: async (offset, length) => {
        const content = await plain.read(offset, length);
        // Nothing that is left but would be taken.
        if (content[2] === MARK[0] && content[3] === MARK[1]) now += 10_000;
        return content;
      },
    };
    let deadline = Infinity;
    const { found } = await globalsOf(slow, {
      clock: () => Math.min(now, deadline),
      limit: 60_000,
      onUnit: (_, until) => {
        // A unit that is over time ends soon after.
        now = Math.min(now, deadline + 1);
        deadline = until + 1;
      },
    });
    expect(found).toEqual(['z.pkl os.system']);
  });
});

it('findings are told while the reading goes on', async () => {
  const told: string[] = [];
  let before = 0;
  const fails = () => {
    before = told.length;
    throw new TypeError('here');
  };
  await globalsOf(broken(zip(members), fails), {
    onFound: ({ findings, globals }) =>
      told.push(...findings.map(([, { rule }]) => rule), ...globals.map(({ global }) => global)),
  });
  expect(before).toBeGreaterThanOrEqual(2);
  expect(told.slice(0, before)).toContain('os.system');
});

describe('what was seen of a pickle before its reading ended counts', () => {
  const rest = concat(...Array.from({ length: 40_000 }, () => pickle(op.unicode('a'))));
  const whole = pickle(call(global('os', 'system'), op.unicode('id')));
  const files: [string, Uint8Array][] = [
    ['in the pickles before', concat(whole, rest)],
    ['in the pickle that was read', concat(whole.subarray(0, -1), Buffer.alloc(400_000, 'N0'), '.')],
  ];

  it.each(files)('%s, when the reader fails', async (_, bytes) => {
    const plain = bytesSource(bytes);
    const fails: ByteSource = {
      ...plain,
      read: (offset, length) => {
        if (offset > 100_000) throw new RangeError('here');
        return plain.read(offset, length);
      },
    };
    const { findings, gaps } = await analyseStatic(fails, { format: 'pickle' });
    expect(findings.map(({ rule }) => rule)).toContain('STATIC-PICKLE-EXEC');
    expect(gaps).toContain('the reader failed: RangeError: here');
  });

  it.each(files)('%s, when the time is over', async (_, bytes) => {
    let now = 0;
    let deadline = Infinity;
    const plain = bytesSource(bytes);
    const slow: ByteSource = {
      ...plain,
      read: (offset, length) => {
        // Only what reads now is over time.
        if (offset > 100_000) now = deadline + 0.001;
        return plain.read(offset, length);
      },
    };
    const { findings, gaps } = await analyseStatic(
      slow,
      { format: 'pickle' },
      {
        clock: () => now,
        limit: 60_000,
        onUnit: (__, until) => (deadline = until),
      },
    );
    expect(findings.map(({ rule }) => rule)).toContain('STATIC-PICKLE-EXEC');
    expect(gaps.join()).toContain('longer than its share of the time');
  });
});

it('what is unpickled is read before sources and containers, whose readers can hang', async () => {
  const told: string[] = [];
  const slow = Buffer.from('import subprocess\nsubprocess.run("id")\n');
  const names = ['a.py', 'b.keras', 'c.zip', 'd.sh', 'e.json'];
  await analyseStatic(
    bytesSource(zip([...names.map((name) => ({ name, data: slow })), { name: 'z/evil.bin', data: HOSTILE }])),
    { format: 'zip' },
    { onFound: ({ findings }) => told.push(...findings.map(([, { rule }]) => rule)) },
  );
  expect(told.length).toBeGreaterThan(1);
  expect(told[0]).toBe('STATIC-PICKLE-EXEC');
});
