import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ArrayValues, Inspection, ListId } from '../../../src/core/inspection.js';
import { detectFormat } from '../../../src/detect/detect.js';
import { bytesSource, type ByteSource } from '../../../src/readers/bytes.js';
import { inspect } from '../../../src/static/inspect/inspect.js';
import { readArray } from '../../../src/static/inspect/values.js';
import weights from '../weights/files.json' with { type: 'json' };
import files from './arrays.json' with { type: 'json' };

const unpacked = (text: string): Uint8Array => inflateSync(Buffer.from(text, 'base64'));
const fileOf = (name: keyof typeof files): ByteSource => bytesSource(unpacked(files[name]));

async function look(source: ByteSource, name = 'model'): Promise<Inspection> {
  return inspect(source, await detectFormat(source, { name }), { name });
}

/** The numbers of the row of that name. */
async function valuesOf(
  source: ByteSource,
  list: ListId,
  name: string,
  file?: string,
): Promise<ArrayValues | undefined> {
  const { lists, arrays } = await look(source, file);
  const row = lists.find(({ id }) => id === list)?.rows.find(({ cells }) => cells[0] === name);
  expect(
    row,
    `${name} in ${JSON.stringify(lists.map(({ id, rows }) => [id, rows.map(({ cells }) => cells[0])]))}`,
  ).toBeDefined();
  const place = arrays[row?.array ?? -1];
  return place && readArray(source, place);
}

const texts = (values: ArrayValues | undefined): string[][] | undefined => values?.rows.map((row) => [...row.values]);
const TABLE = [
  ['0', '1', '2', '3'],
  ['4', '5', '6', '7'],
  ['8', '9', '10', '11'],
];

describe('the numbers of an array', () => {
  it('are shown row by row, whichever way they lie in the file', async () => {
    const values = await valuesOf(fileOf('fortran.npy'), 'tensors', 'a', 'a.npy');
    expect(texts(values)?.slice(0, 3)).toEqual([
      ['0', '1', '2', '3', '4'],
      ['5', 'NaN', '7', '8', '9'],
      ['10', '11', 'Infinity', '13', '14'],
    ]);
    expect(values).toMatchObject({ count: 35, seen: 35, nan: 1, infinite: 1, zeros: 1, rowCount: 7, columnCount: 5 });
    expect(values?.figures).toMatchObject({ min: 0, max: 34 });
    expect(values?.figures?.mean).toBeCloseTo((595 - 6 - 12) / 33, 10);
    expect(values?.histogram.reduce((sum, count) => sum + count, 0)).toBe(33);
  });

  it('are those of the other byte order, and have all their digits', async () => {
    const values = await valuesOf(fileOf('big.npy'), 'tensors', 'a', 'a.npy');
    expect(texts(values)).toEqual([
      ['-3', '-2', '-1', '0'],
      ['1', '2', '3', '4'],
      ['5', '6', '7', '8'],
    ]);
    // One bar for each whole number.
    expect(values?.histogram).toEqual(new Array(12).fill(1));
  });

  it('can be one, none, or truths', async () => {
    expect(texts(await valuesOf(fileOf('scalar.npy'), 'tensors', 'a', 'a.npy'))).toEqual([['7']]);
    const empty = await valuesOf(fileOf('empty.npy'), 'tensors', 'a', 'a.npy');
    expect(empty).toMatchObject({ count: 0, rows: [], histogram: [] });
    expect(empty?.figures).toBeUndefined();
    expect(texts(await valuesOf(fileOf('bool.npy'), 'tensors', 'a', 'a.npy'))).toEqual([['True', 'False', 'True']]);
  });

  it.each(['stored.npz', 'packed.npz'] as const)('lie in an archive: %s', async (name) => {
    expect(texts(await valuesOf(fileOf(name), 'tensors', 'x'))).toEqual(TABLE);
  });

  it.each(['protocol4.pkl', 'protocol5.pkl', 'joblib.pkl', 'joblib.pkl.gz'] as const)(
    'lie in a pickle: %s',
    async (name) => {
      expect(texts(await valuesOf(fileOf(name), 'objects', "['x']", name))).toEqual(TABLE);
    },
  );

  it('after an array of joblib are found too', async () => {
    expect(texts(await valuesOf(fileOf('joblib.pkl'), 'objects', "['y']", 'a.joblib'))).toEqual([['0', '1', '2']]);
  });

  it('of a single number of NumPy stand in the tree', async () => {
    for (const name of ['protocol2.pkl', 'protocol4.pkl'] as const) {
      const { lists } = await look(fileOf(name));
      const rows = lists.find(({ id }) => id === 'objects')?.rows.map(({ cells }) => cells);
      expect(rows).toContainEqual(["['bias']", 'number', 'f8 0.25']);
    }
  });

  it.each([
    ['plain', TABLE],
    ['tied', TABLE],
    ['turned', [0, 1, 2, 3].map((row) => [row, row + 4, row + 8].map(String))],
    ['half', TABLE],
    ['bfloat', TABLE],
    ['part', TABLE.slice(1)],
  ])('of a tensor of PyTorch: %s', async (name, expected) => {
    expect(texts(await valuesOf(fileOf('views.pt'), 'tensors', name))).toEqual(expected);
  });

  it('are not shown of a tensor that steps over some of its storage', async () => {
    expect(await valuesOf(fileOf('views.pt'), 'tensors', 'strided')).toBeUndefined();
  });

  it.each(['keras2_model', 'keras3_archive', 'keras2_archive'] as const)('lie in HDF5: %s', async (name) => {
    const source = bytesSource(unpacked(weights[name]));
    const { lists } = await look(source);
    const [kernel] = lists.find(({ id }) => id === 'tensors')?.rows.filter(({ cells }) => cells[2] === '16 × 8') ?? [];
    expect(kernel).toBeDefined();
    const values = await valuesOf(source, 'tensors', String(kernel?.cells[0]));
    expect(values).toMatchObject({ count: 128, nan: 0, rowCount: 16, columnCount: 8 });
    expect(values?.figures?.min).not.toBe(values?.figures?.max);
  });

  it('lie in an ONNX model', async () => {
    const source = bytesSource(unpacked(weights.onnx_raw));
    const { lists, arrays } = await look(source);
    const rows = lists.find(({ id }) => id === 'tensors')?.rows ?? [];
    expect(rows.length).toBeGreaterThan(0);
    for (const { array = -1 } of rows) expect(arrays[array] && (await readArray(source, arrays[array]))).toBeDefined();
  });

  it('of a very large one are read in pieces from all over it', async () => {
    const sides = [1 << 14, 1 << 14];
    const header = Buffer.from(JSON.stringify({ w: { dtype: 'F32', shape: sides, data_offsets: [0, 2 ** 30] } }));
    const head = Buffer.concat([Buffer.alloc(8), header]);
    head.writeBigUInt64LE(BigInt(header.length));
    let read = 0;
    const source: ByteSource = {
      size: head.length + 2 ** 30,
      read: (offset, length) => {
        read += length;
        if (offset < head.length) return Promise.resolve(head.subarray(offset, offset + length));
        const bytes = Buffer.alloc(length);
        // Each number says in which part of the file it stands.
        for (let at = 0; at < length; at += 4) bytes.writeFloatLE(Math.floor((offset - head.length) / 2 ** 20), at);
        return Promise.resolve(bytes);
      },
    };
    const values = await valuesOf(source, 'tensors', 'w');
    expect(values?.seen).toBe(2 ** 24);
    expect(values?.figures).toMatchObject({ min: 0, max: 1023 });
    expect(read).toBeLessThan(2 ** 27 + 2 ** 21);
  });

  it.each([
    ['a shape that is not whole', [1.5]],
    ['a negative side', [-1]],
    ['more than a file has', [2 ** 30, 2 ** 30]],
    ['too many dimensions', new Array<number>(100).fill(1)],
  ])('are not read for %s', async (_, shape) => {
    const source = bytesSource(new Uint8Array(64));
    expect(await readArray(source, { element: 'float32', shape, offset: 0 })).toBeUndefined();
    expect(await readArray(source, { element: 'object', shape: [1], offset: 0 })).toBeUndefined();
    expect(await readArray(source, { element: 'int8', shape: [1], offset: 64 })).toBeUndefined();
    expect(await readArray(source, { element: 'int8', shape: [1], offset: -1 })).toBeUndefined();
    expect(await readArray(source, { element: 'int8', shape: [1], offset: 0, packed: 7 })).toBeUndefined();
    expect(await readArray(source, { element: 'int8', shape: [1], offset: 0, packed: 'whole' })).toBeUndefined();
  });
});

describe('the parameters of a model', () => {
  it('are a tree of its layers, in the order in which people count, with their sums', async () => {
    const { lists, facts } = await look(fileOf('layers.pt'));
    const rows = lists.find(({ id }) => id === 'parameters')?.rows ?? [];
    expect(rows.filter(({ depth }) => depth === 0).map(({ cells }) => cells)).toEqual(
      Array.from({ length: 11 }, (_, layer) => [String(layer), 6, 'float32', '', 24]),
    );
    expect(rows.slice(0, 3).map(({ cells, depth }) => [depth, ...cells])).toEqual([
      [0, '0', 6, 'float32', '', 24],
      [1, 'bias', 2, 'float32', '2', 8],
      [1, 'weight', 4, 'float32', '2 × 2', 16],
    ]);
    expect(facts).toContainEqual({ name: 'Parameters', value: '66' });
    expect(facts).toContainEqual({ name: 'Types', value: 'float32' });
  });

  it('that are stored once are counted once', async () => {
    const { facts } = await look(fileOf('views.pt'));
    // `plain`, `turned` and `tied` are one storage; what begins elsewhere in it, or steps over some of it, counts by itself.
    expect(facts).toContainEqual({ name: 'Types', value: 'float32 52 %, float16 24 %, bfloat16 24 %' });
  });

  it('have no tree where their names have no parts', async () => {
    const { lists } = await look(fileOf('views.pt'));
    expect(lists.map(({ id }) => id)).not.toContain('parameters');
  });
});

describe('a graph', () => {
  const FIXTURES = join(import.meta.dirname, '../../fixtures');

  it('of ONNX has its inputs, outputs and nodes in order, with their shapes', async () => {
    const { lists } = await look(bytesSource(await readFile(join(FIXTURES, 'onnx/pipeline.onnx'))));
    const rows = (id: ListId) => lists.find((list) => list.id === id)?.rows.map(({ cells }) => cells);
    expect(rows('ports')?.[0]?.slice(1, 3)).toEqual(['input', 'float32']);
    expect(rows('ports')?.map(([, kind]) => kind)).toContain('output');
    expect(rows('nodes')?.map(([, type]) => type)).toContain('Scaler');
  });
});
