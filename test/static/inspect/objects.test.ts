import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/readers/bytes.js';
import { emptyFacts } from '../../../src/readers/pickle/facts.js';
import { walkStream } from '../../../src/readers/pickle/walk.js';
import { OBJECT_ROWS, objectRows } from '../../../src/static/inspect/objects.js';
import { call, concat, global, op, pickle, value } from '../../../samples/assemble.mjs';

async function tree(bytes: Uint8Array): Promise<string[]> {
  const { result } = await walkStream(bytesSource(bytes), 0, emptyFacts());
  if (!result) throw new Error('the pickle has no result');
  return objectRows(result).map(({ cells, depth = 0 }) => `${'  '.repeat(depth)}${cells.join(' | ')}`);
}

/** `{"a": [1, 2.5, None, True, "x", b"yz", 2**80, -2**70], "o": nets.Net(), ("t", 1): shared, "again": shared, "c": complex(1, 2)}`. */
const PICKLED = {
  0: 'KGRwMApWYQpwMQoobHAyCkkxCmFGMi41CmFOYUkwMQphVngKcDMKYWNfY29kZWNzCmVuY29kZQpwNAooVnl6CnA1ClZsYXRpbjEKcDYKdHA3ClJwOAphTDEyMDg5MjU4MTk2MTQ2MjkxNzQ3MDYxNzZMCmFMLTExODA1OTE2MjA3MTc0MTEzMDM0MjRMCmFzVm8KcDkKY2NvcHlfcmVnCl9yZWNvbnN0cnVjdG9yCnAxMAooY25ldHMKTmV0CnAxMQpjX19idWlsdGluX18Kb2JqZWN0CnAxMgpOdHAxMwpScDE0CihkcDE1ClZyYXRlCnAxNgpGMC41CnNWbGF5ZXJzCnAxNwoobHAxOApJMQphSTIKYXNWbWUKcDE5CmcxNApzYnMoVnQKcDIwCkkxCnRwMjEKKGRwMjIKVmsKcDIzCkkxCnNzVmFnYWluCnAyNApnMjIKc1ZjCnAyNQpjX19idWlsdGluX18KY29tcGxleApwMjYKKEYxLjAKRjIuMAp0cDI3ClJwMjgKcy4=',
  2: 'gAJ9cQAoWAEAAABhcQFdcQIoSwFHQAQAAAAAAABOiFgBAAAAeHEDY19jb2RlY3MKZW5jb2RlCnEEWAIAAAB5enEFWAYAAABsYXRpbjFxBoZxB1JxCIoLAAAAAAAAAAAAAAGKCQAAAAAAAAAAwGVYAQAAAG9xCWNuZXRzCk5ldApxCimBcQt9cQwoWAQAAAByYXRlcQ1HP+AAAAAAAABYBgAAAGxheWVyc3EOXXEPKEsBSwJlWAIAAABtZXEQaAt1YlgBAAAAdHERSwGGcRJ9cRNYAQAAAGtxFEsBc1gFAAAAYWdhaW5xFWgTWAEAAABjcRZjX19idWlsdGluX18KY29tcGxleApxF0c/8AAAAAAAAEdAAAAAAAAAAIZxGFJxGXUu',
  4: 'gASVygAAAAAAAAB9lCiMAWGUXZQoSwFHQAQAAAAAAABOiIwBeJRDAnl6lIoLAAAAAAAAAAAAAAGKCQAAAAAAAAAAwGWMAW+UjARuZXRzlIwDTmV0lJOUKYGUfZQojARyYXRllEc/4AAAAAAAAIwGbGF5ZXJzlF2UKEsBSwJljAJtZZRoCXVijAF0lEsBhpR9lIwBa5RLAXOMBWFnYWlulGgRjAFjlIwIYnVpbHRpbnOUjAdjb21wbGV4lJOURz/wAAAAAAAAR0AAAAAAAAAAhpRSlHUu',
} as const;

describe('the object of a pickle', () => {
  it.each([0, 2, 4] as const)('is shown as a tree, of protocol %i', async (protocol) => {
    const shown = await tree(Buffer.from(PICKLED[protocol], 'base64'));
    expect(shown).toEqual([
      ' | dict | 5 entries',
      "  ['a'] | list | 8 items",
      '    [0] | int | 1',
      '    [1] | float | 2.5',
      '    [2] | None | None',
      '    [3] | bool | True',
      "    [4] | str | 'x'",
      '    [5] | bytes | 2 bytes',
      `    [6] | int | ${protocol === 0 ? 'about 1.2089258196146292e+24' : '1208925819614629174706176'}`,
      `    [7] | int | ${protocol === 0 ? 'about -1.1805916207174113e+21' : '-1180591620717411303424'}`,
      "  ['o'] | object | nets.Net",
      '    rate | float | 0.5',
      '    layers | list | 2 items',
      '      [0] | int | 1',
      '      [1] | int | 2',
      "    me | the same | ['o']",
      "  [('t', 1)] | dict | 1 entry",
      "    ['k'] | int | 1",
      "  ['again'] | the same | [('t', 1)]",
      expect.stringMatching(/^ {2}\['c'\] \| (?:call|object) \| (?:__builtin__|builtins)\.complex/),
      '    (0) | float | 1.0',
      '    (1) | float | 2.0',
    ]);
  });

  it('has calls as calls, with what they get', async () => {
    expect(await tree(pickle(call(global('os', 'system'), op.unicode('id'))))).toEqual([
      ' | call | os.system(…)',
      "  (0) | str | 'id'",
    ]);
  });

  it('says how much of it is not shown', async () => {
    const shown = await tree(pickle(value(Array.from({ length: 600 }, (_, at) => at))));
    expect(shown).toHaveLength(1 + 512 + 1);
    expect(shown.at(-1)).toBe('  … |  | 88 more');
  });

  it('is shown as far as its first opcodes build it, when no more are walked', async () => {
    // {'rows': [{'id': 0}, {'id': 1}, …]} as pickle writes it, cut in the middle of the third entry.
    const row = (id: number) => concat('}', '\x8c\x02id', `K${String.fromCharCode(id)}`, 's');
    const bytes = concat('\x80\x04}', '\x8c\x04rows', '](', row(0), row(1), '}(\x8c\x02id', 'K\x02');
    const { result, broke } = await walkStream(bytesSource(concat(bytes, 'K\x03')), 0, emptyFacts(), {
      opcodes: 17,
      unfinished: true,
    });
    expect(broke).toBe('not read past its first 17 opcodes');
    expect(result && objectRows(result).map(({ cells, depth }) => [depth, ...cells].join(' '))).toEqual([
      '0  dict 1 entry',
      "1 ['rows'] list 3 items",
      '2 [0] dict 1 entry',
      "3 ['id'] int 0",
      '2 [1] dict 1 entry',
      "3 ['id'] int 1",
      '2 [2] dict 1 entry',
      "3 ['id'] int 2",
    ]);
    expect((await walkStream(bytesSource(bytes), 0, emptyFacts(), { opcodes: 17 })).result).toBeUndefined();
  });

  it('that is nested without end, or large, is bounded', async () => {
    const deep = concat(...Array.from({ length: 5000 }, () => ']'), 'N', ...Array.from({ length: 5000 }, () => 'a'));
    const shown = await tree(pickle(deep));
    expect(shown.length).toBeLessThan(100);
    expect(shown.at(-1)).toContain('Deeper than is shown.');
    // A list of lists of one list, again and again: each is shown once.
    const rows = await tree(pickle(value(Array.from({ length: 500 }, () => Array.from({ length: 500 }, () => [1])))));
    expect(rows.length).toBeLessThanOrEqual(OBJECT_ROWS + 1);
  });
});
