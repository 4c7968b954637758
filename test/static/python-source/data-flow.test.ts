import { describe, expect, it } from 'vitest';
import { judgePython } from '../../../src/static/python-source/source-judge.js';
import { STATIC_RULES } from '../../../src/static/rules.js';
import { analyse } from '../support.js';
import { HONEST } from './honest.js';
import { FOUND, UNREADABLE } from './variants.js';

/** Whether a file would be accused, is not understood, or neither. */
async function told(source: string): Promise<'accused' | 'unread' | 'nothing'> {
  const { hits, gaps, pickles } = judgePython(source);
  if (hits.some(({ rule, idle }) => STATIC_RULES[rule].severity !== 'info' && idle !== true)) return 'accused';
  for (const bytes of pickles) if ((await analyse(bytes)).loud.length > 0) return 'accused';
  return gaps.length > 0 ? 'unread' : 'nothing';
}

describe('a function that acts is found, however it is reached', () => {
  it.each(FOUND)('%s', async (_, source) => {
    expect(await told(source)).toBe('accused');
  });
});

describe('what is called and cannot be told is never passed over', () => {
  it.each(UNREADABLE)('%s', async (_, source) => {
    expect(await told(source)).not.toBe('nothing');
  });
});

describe('honest code is not accused, and is read', () => {
  it.each(HONEST)('%s', async (_, source) => {
    expect(await told(source)).toBe('nothing');
  });
});

it('a file that is made to take long is read in bounded time, and says that it was not followed', () => {
  const nested = Array.from({ length: 12 }, (_, depth) => `${'  '.repeat(depth)}for a${depth} in range(4000):`);
  const source = `import os\n${nested.join('\n')}\n${'  '.repeat(12)}x = chr(a0)\nos.system('id')`;
  const { hits, gaps } = judgePython(source);
  expect(hits.map(({ rule }) => rule)).toContain('STATIC-PYTHON-EXEC-IMPORT');
  expect(gaps).toHaveLength(1);
});

it('functions that call one another in many ways are read in bounded time', () => {
  const functions = Array.from(
    { length: 60 },
    (_, at) => `def f${at}(a, b): return f${(at * 7 + 1) % 60}(a + 'x', b) + f${(at * 11 + 3) % 60}(b, a + 'y')`,
  );
  expect(judgePython(`${functions.join('\n')}\nf0('a', 'b')`).hits).toEqual([]);
});

describe('what would fill memory or time if it were run is read in bounded time', () => {
  const long = "s = 'a' * 10000\ns = s * 100\n";
  it.each([
    ['a list that doubles', 'l = [1, 2]\nfor i in range(5000):\n    l = l + l\n    l.extend(l)\n'],
    ['a text that doubles', "s = 'a'\nfor i in range(5000):\n    s += s\n"],
    ['a text joined of long ones', `${long}x = ''.join([s for i in range(4000)])\n`],
    ['a formatted text of long ones', `${long}x = f'${'{s}'.repeat(2000)}'\n`],
    ['a text by percent of long ones', `${long}x = '${'%s'.repeat(2000)}' % (${'s,'.repeat(2000)})\n`],
    ['a text by format of long ones', `${long}x = ('{0}' * 9000).format(s)\n`],
    ['a translation into long texts', `${long}x = s.translate({97: s})\n`],
    [
      'a comprehension of comprehensions',
      'x = [[[c for c in range(4000)] for b in range(4000)] for a in range(4000)]\n',
    ],
    ['a loop that counts', 'i = 0\nwhile i < 100000000:\n    i += 1\n'],
    ['a function that calls itself twice', "def f(x): return f(x + 'a') + f(x + 'b')\nf('a')\n"],
  ])('%s', (_, source) => {
    expect(judgePython(source).hits).toEqual([]);
  });
});
