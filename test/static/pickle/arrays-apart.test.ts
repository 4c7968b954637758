/** Dumps of joblib before 0.10: a pickle, and a file for each array, which is unpickled when it holds objects. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { openFile } from '../../../src/model/source.js';
import { analyseStatic } from '../../../src/static/analyse.js';

let folder = '';
const made: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dynscan-apart-'));
  made.push(folder);
});
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true });
});

const npy = (descr: string, data: Uint8Array) =>
  concat(`\x93NUMPY\x01\0v\0{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }`.padEnd(127), '\n', data);
const numbers = npy('<f8', Buffer.alloc(8));
const hostile = npy('|O', pickle(call(global('os', 'system'), op.unicode('id'))));

/** As joblib 0.9 writes an array. */
const apart = (state: Uint8Array, module = 'joblib.numpy_pickle') =>
  concat(global(module, 'NDArrayWrapper'), op.emptyTuple, op.newObj, state, op.build);
const stateOf = (name: string) => value({ allow_mmap: true, filename: name });

async function read(body: Uint8Array): Promise<{ loud: string[]; gaps: readonly string[]; parts: readonly string[] }> {
  writeFileSync(join(folder, 'model.pkl'), pickle(body));
  const source = await openFile(join(folder, 'model.pkl'));
  const { findings, gaps, parts } = await analyseStatic(source, { format: 'joblib' }, { name: 'model.pkl' });
  await source.close();
  return { loud: findings.filter(({ severity }) => severity !== 'info').map(({ rule }) => rule), gaps, parts };
}

describe('arrays in files beside a pickle', () => {
  it.each(['joblib.numpy_pickle', 'sklearn.externals.joblib.numpy_pickle'])(
    'of %s are read with it',
    async (module) => {
      writeFileSync(join(folder, 'model.pkl_01.npy'), numbers);
      expect(await read(apart(stateOf('model.pkl_01.npy'), module))).toMatchObject({ loud: [], gaps: [] });
      writeFileSync(join(folder, 'model.pkl_01.npy'), hostile);
      expect((await read(apart(stateOf('model.pkl_01.npy'), module))).loud).toContain('STATIC-PICKLE-EXEC');
    },
  );

  it('that are compressed have nothing that is unpickled, and only where the file lies beside it', async () => {
    const compressed = (filename: string) =>
      concat(
        global('joblib.numpy_pickle', 'ZNDArrayWrapper'),
        op.emptyTuple,
        op.newObj,
        value({ filename, init_args: null, state: null }),
        op.build,
      );
    expect(await read(compressed('model.pkl_01.npy.z'))).toMatchObject({ loud: [], gaps: [] });
    expect((await read(compressed('/etc/model.pkl_01.npy.z'))).loud).toContain('STATIC-PICKLE-LOADER');
    // The sandbox needs it: without it nothing is loaded.
    expect((await read(compressed('model.pkl_01.npy.z'))).parts).toEqual([]);
    writeFileSync(join(folder, 'model.pkl_01.npy.z'), 'ZF0x8');
    expect((await read(compressed('model.pkl_01.npy.z'))).parts).toEqual(['model.pkl_01.npy.z']);
    symlinkSync('/etc/hostname', join(folder, 'link.npy.z'));
    expect((await read(compressed('link.npy.z'))).parts).toEqual([]);
  });

  it('that are not there are a gap', async () => {
    expect(await read(apart(stateOf('model.pkl_01.npy')))).toMatchObject({
      loud: [],
      gaps: ['it takes an array from model.pkl_01.npy, which is not beside it'],
    });
  });

  it('that a link leads away to are a gap', async () => {
    writeFileSync(join(folder, 'elsewhere.npy'), numbers);
    symlinkSync('/etc/hostname', join(folder, 'link.npy'));
    expect((await read(apart(stateOf('link.npy')))).gaps).toHaveLength(1);
  });

  it.each<[string, Uint8Array]>([
    ['a path', apart(stateOf('../other/model.pkl_01.npy'))],
    ['a name of two states', concat(apart(stateOf('a.npy')), stateOf('b.npy'), op.build)],
    ['a name that is made while loading', apart(value({ filename: null }))],
    ['no state', concat(global('joblib.numpy_pickle', 'NDArrayWrapper'), op.emptyTuple, op.newObj)],
    ['a call', call(global('joblib.numpy_pickle', 'NDArrayWrapper'), op.unicode('a.npy'))],
  ])('that are named by %s are told', async (_, body) => {
    for (const name of ['a.npy', 'b.npy']) writeFileSync(join(folder, name), numbers);
    expect((await read(body)).loud).toContain('STATIC-PICKLE-LOADER');
  });
});
