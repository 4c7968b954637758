import { describe, expect, it } from 'vitest';
import { judgePython } from '../../../src/static/python-source/source-judge.js';
import { STATIC_RULES } from '../../../src/static/rules.js';
import { HONEST } from './honest.js';
import { FOUND, UNREADABLE } from './variants.js';

/** Whether a file would be accused, is not understood, or neither. */
function told(source: string): 'accused' | 'unread' | 'nothing' {
  const { hits, gaps } = judgePython(source);
  if (hits.some(({ rule, idle }) => STATIC_RULES[rule].severity !== 'info' && idle !== true)) return 'accused';
  return gaps.length > 0 ? 'unread' : 'nothing';
}

describe('a function that acts is found, however it is reached', () => {
  it.each(FOUND)('%s', (_, source) => {
    expect(told(source)).toBe('accused');
  });
});

describe('what is called and cannot be told is never passed over', () => {
  it.each(UNREADABLE)('%s', (_, source) => {
    expect(told(source)).not.toBe('nothing');
  });
});

describe('honest code is not accused, and is read', () => {
  it.each(HONEST)('%s', (_, source) => {
    expect(told(source)).toBe('nothing');
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
