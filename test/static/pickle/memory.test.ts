import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';

const tuple = (...items: Uint8Array[]) => concat(op.mark, ...items, op.tuple);
/** LONG1 of a power of two. */
const two = (power: number) => {
  const bytes = Buffer.alloc(Math.floor(power / 8) + 2);
  bytes[Math.floor(power / 8)] = 1 << (power % 8);
  return op.long1(bytes);
};
const text = op.unicode('a');
const b = (name: string) => global('builtins', name);
const o = (name: string) => global('operator', name);
const i = (name: string) => global('itertools', name);
const n = (name: string) => global('numpy', name);
/** Doubles what is on the stack, by the memo. */
const doubled = (times: number) =>
  concat(
    value([1]),
    ...Array.from({ length: times }, () =>
      concat(op.binPut(0), op.pop, o('add'), op.binGet(0), op.binGet(0), op.tuple2, op.reduce),
    ),
  );

describe('a pickle that fills memory', () => {
  const cases: [string, Uint8Array][] = [
    ['bytearray', call(b('bytearray'), two(46))],
    ['bytes, as protocol 0 writes its number', call(b('bytes'), Buffer.from('L140737488355328L\n'))],
    ['bytearray of Python 2', call(global('__builtin__', 'bytearray'), two(40))],
    ['a text times a number', call(o('mul'), text, two(40))],
    ['a number times a text', call(global('_operator', 'mul'), two(40), text)],
    ['a list times a number of four bytes', call(o('mul'), value([1]), op.int(2 ** 30))],
    ['a text of 200 bytes times some million', call(o('mul'), op.unicode('a'.repeat(200)), op.int(2 ** 24))],
    [
      'lists times numbers, nested',
      call(o('mul'), call(o('mul'), call(o('mul'), value([0]), op.int(1000)), op.int(1000)), op.int(1000)),
    ],
    ['in place', call(o('imul'), value([1]), two(33))],
    ['a list added to itself', doubled(30)],
    ['a shifted one', call(o('lshift'), op.int(1), two(40))],
    ['a power', call(b('pow'), op.int(10), two(33))],
    ['a list of a range', call(b('list'), call(b('range'), two(33)))],
    ['a range from below', call(b('tuple'), call(b('range'), op.int(5), two(33)))],
    ['a set through map', call(b('set'), call(b('map'), b('str'), call(b('range'), two(33))))],
    ['sorted', call(b('sorted'), call(b('range'), two(33)))],
    ['an endless repeat', call(b('list'), call(i('repeat'), op.none))],
    ['a counted repeat', call(b('list'), call(i('repeat'), op.none, two(33)))],
    ['a count', call(global('collections', 'deque'), call(i('count')))],
    ['a cycle through chain', call(b('tuple'), call(i('chain'), value([1]), call(i('cycle'), value([1]))))],
    [
      'a product',
      call(b('list'), call(i('product'), ...Array.from({ length: 10 }, () => call(b('range'), op.int(10))))),
    ],
    ['permutations', call(b('list'), call(i('permutations'), call(b('range'), op.int(20))))],
    ['zeros', call(n('zeros'), tuple(op.int(100_000), op.int(100_000)))],
    ['ones of one number', call(n('ones'), two(36))],
    ['full, under its module', call(global('numpy.core.numeric', 'full'), tuple(two(20), two(20)), op.int(1))],
    [
      'an empty array of a huge shape',
      call(global('numpy.core.multiarray', '_reconstruct'), n('ndarray'), tuple(two(40)), op.bytes(Buffer.from('b'))),
    ],
    ['an array object', concat(n('ndarray'), tuple(tuple(two(40))), op.newObj)],
    ['arange', call(n('arange'), two(36))],
    ['eye', call(n('eye'), op.int(50_000))],
    ["torch's zeros", call(global('torch', 'zeros'), op.int(100_000), op.int(100_000))],
    ['ljust by getattr', call(call(b('getattr'), text, op.unicode('ljust')), two(40))],
    [
      'ljust by its class',
      call(concat(op.unicode('builtins'), op.unicode('str.ljust'), op.stackGlobal), text, two(40)),
    ],
    ['ljust by a methodcaller', call(call(o('methodcaller'), op.unicode('center'), two(40)), text)],
    ['a wide format', call(o('mod'), op.unicode('%99999999999d'), op.int(1))],
    ['a partial call', call(call(global('functools', 'partial'), b('bytearray'), two(40)))],
    ['random bits', call(global('random', 'getrandbits'), two(40))],
    ['secret bytes', call(global('secrets', 'token_bytes'), two(40))],
    ['secret bits', call(global('secrets', 'randbits'), two(40))],
    ['a factorial', call(global('math', 'factorial'), op.int(10 ** 9))],
    ['permutations of many', call(global('math', 'perm'), op.int(10 ** 9), op.int(10 ** 9))],
    ['an array of a range', call(global('array', 'array'), text, call(b('range'), two(33)))],
    ['a number made while loading', call(b('bytearray'), call(o('lshift'), op.int(1), op.int(40)))],
    ['a number of digits', call(b('bytearray'), call(b('int'), op.unicode('99999999999')))],
    [
      'join',
      call(
        call(b('getattr'), op.unicode('x'.repeat(100)), op.unicode('join')),
        call(i('repeat'), text, op.int(2 ** 28)),
      ),
    ],
    [
      'dict.fromkeys',
      call(concat(op.unicode('builtins'), op.unicode('dict.fromkeys'), op.stackGlobal), call(b('range'), two(33))),
    ],
  ];
  it.each(cases)('is told: %s', async (_, body) => {
    const { rules } = await analyse(pickle(body, 4), 'm.pkl');
    expect(rules).toContain('STATIC-PICKLE-BOMB');
  });
});

describe('a pickle of the same functions with usual sizes', () => {
  const cases: [string, Uint8Array][] = [
    ['bytearray', call(b('bytearray'), op.int(1000))],
    ['a large range that is no list', call(b('range'), two(40))],
    ['a list of a range', call(b('list'), call(b('range'), op.int(1000)))],
    ['a negative long', call(b('bytearray'), op.long1(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0xff])))],
    ['an endless repeat in a zip', call(b('list'), call(b('zip'), value([1, 2]), call(i('repeat'), op.none)))],
    ['a slice of a count', call(b('list'), call(i('islice'), call(i('count')), op.int(10)))],
    [
      'an array',
      call(global('numpy.core.multiarray', '_reconstruct'), n('ndarray'), tuple(op.int(0)), op.bytes(Buffer.from('b'))),
    ],
    ['a bounded deque', call(global('collections', 'deque'), call(b('range'), op.int(5)), op.int(10))],
    ['random bits', call(global('random', 'getrandbits'), op.int(128))],
    ['a factorial', call(global('math', 'factorial'), op.int(1000))],
    ['two of very many', call(global('math', 'perm'), two(45), op.int(2))],
    ['two of more than can be counted', call(global('math', 'perm'), two(300), op.int(2))],
    ['an array of numbers', call(global('array', 'array'), text, call(b('range'), op.int(1000)))],
    ['a counter', call(global('collections', 'Counter'), value({ a: 1 }))],
    ['a large hash', value([])],
  ];
  it.each(cases)('gives no finding of memory: %s', async (_, body) => {
    const { rules } = await analyse(pickle(body, 4), 'm.pkl');
    expect(rules).not.toContain('STATIC-PICKLE-BOMB');
  });
});

describe('long texts of protocol 0', () => {
  const long = `S'${'a'.repeat(5000)}'\n`;
  it.each([
    ['before a call', `${long}0cposix\nsystem\n(S'id'\ntR.`],
    ['in double quotes', `S"${'a'.repeat(9000)}"\n0cposix\nsystem\n(S'id'\ntR.`],
    ['as the argument', `cposix\nsystem\n(S'id ${'#'.repeat(5000)}'\ntR.`],
    ['as a Unicode line', `V${'a'.repeat(70_000)}\n0cposix\nsystem\n(S'id'\ntR.`],
    ['as a long number', `L${'1'.repeat(5000)}L\n0cposix\nsystem\n(S'id'\ntR.`],
    ['with escapes', `S'${'\\x61'.repeat(5000)}'\n0cposix\nsystem\n(S'id'\ntR.`],
  ])('hide nothing: %s', async (_, body) => {
    const { rules, gaps } = await analyse(Buffer.from(body), 'm.pkl');
    expect([rules, gaps]).toEqual([['STATIC-PICKLE-EXEC'], []]);
  });
  it('are harmless by themselves', async () => {
    const { loud, gaps } = await analyse(Buffer.from(`(l${long}aS'${"\\'".repeat(3000)}'\na.`), 'm.pkl');
    expect([loud, gaps]).toEqual([[], []]);
  });
});
