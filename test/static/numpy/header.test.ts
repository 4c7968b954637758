import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';

function npy(header: string, body: Uint8Array | number, version = 1): Uint8Array {
  const padded = header.padEnd(117) + '\n';
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUInt16LE(padded.length);
  return concat(
    '\x93NUMPY',
    Buffer.from([version, 0]),
    length,
    padded,
    typeof body === 'number' ? Buffer.alloc(body) : body,
  );
}
const header = (descr: string, shape = '(2,)') => `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
const hostile = pickle(call(global('os', 'system'), op.unicode('id')));

describe('an array of NumPy', () => {
  it.each([
    ['of numbers', npy(header('<f8'), 16)],
    ['of letters', npy(header('<U3'), 24)],
    ['of dates', npy(header('<M8[ns]'), 16)],
    ['without elements', npy(header('<f4', '(0, 3)'), 0)],
    ['that is one number', npy(header('|u1', '()'), 1)],
    ['of fields', npy("{'descr': [('a', '<f4'), ('b', '<i8')], 'fortran_order': False, 'shape': (1,), }", 12)],
    ['of version 2', npy(header('<f8'), 16, 2)],
    ['and another in one file', concat(npy(header('<f8'), 16), npy(header('<f8'), 16))],
  ])('%s gives nothing', async (_, bytes) => {
    const { findings, gaps } = await analyse(bytes, 'a.npy');
    expect(findings).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it.each([
    ['longer than the file', npy(header('<f8', '(99999999999,)'), 16), 'STATIC-NUMPY-HEADER'],
    [
      'with a key twice',
      npy("{'descr': '<f8', 'descr': '|O', 'fortran_order': False, 'shape': (2,)}", 16),
      'STATIC-NUMPY-HEADER',
    ],
    ['of a version that never was', npy(header('<f8'), 16, 9), 'STATIC-NUMPY-HEADER'],
    ['with bytes behind it', npy(header('<f8'), 100), 'STATIC-NUMPY-TRAILING'],
    ['with a pickle behind it', npy(header('<f8'), concat(Buffer.alloc(16), hostile)), 'STATIC-PICKLE-EXEC'],
  ])('%s is told', async (_, bytes, rule) => {
    expect((await analyse(bytes, 'a.npy')).rules).toContain(rule);
  });
});
