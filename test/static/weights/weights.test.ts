import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../src/detect/detect.js';
import { EMBEDDED_SEARCHED } from '../../../src/static/context.js';
import { analyseStatic, type StaticResult, type WeightMode } from '../../../src/static/analyse.js';
import { bytesSource, type ByteSource } from '../../../src/readers/bytes.js';
import { finalLayer } from '../../../src/static/weights/final-layer.js';
import { judgeWeights } from '../../../src/static/weights/weight-judge.js';
import { layerStatistics } from '../../../src/static/weights/statistics.js';
import { numbers, type FloatType, type WeightTensor } from '../../../src/static/weights/tensor.js';
import files from './files.json' with { type: 'json' };

const OUTPUTS = 10;
const INPUTS = 32;

async function analyse(content: Uint8Array | ByteSource, weights: WeightMode = 'auto'): Promise<StaticResult> {
  const source = content instanceof Uint8Array ? bytesSource(content) : content;
  return analyseStatic(source, await detectFormat(source), { weights });
}

function aboutWeights({ findings }: StaticResult): string[] {
  return findings.map(({ rule }) => rule).filter((rule) => rule.startsWith('STATIC-WEIGHTS'));
}

/** Numbers between -1 and 1 that are the same every time. */
function random(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** A matrix of rows; `change` works on one of them. */
function matrix(outputs: number, inputs: number, change: (row: Float32Array) => void = () => undefined): Float32Array {
  const values = random(outputs * inputs);
  change(values.subarray(3 * inputs, 4 * inputs));
  return values;
}

const heavy = (row: Float32Array): void => {
  for (const [index, value] of row.entries()) row[index] = 40 * value;
};

interface Part {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A SafeTensors file of floats. */
function safeTensors(...parts: readonly Part[]): Uint8Array {
  let at = 0;
  const header = Object.fromEntries(
    parts.map(({ name, shape, values }) => {
      const start = at;
      at += values.byteLength;
      return [name, { dtype: 'F32', shape, data_offsets: [start, at] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts.map(({ values }) => Buffer.from(values.buffer.slice(0)))]);
}

const head = (values: Float32Array, name = 'classifier.weight', outputs = OUTPUTS): Part => ({
  name,
  shape: [outputs, values.length / outputs],
  values,
});

function tensor(values: Float32Array, outputs: number): WeightTensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    name: 'fc.weight',
    shape: [outputs, values.length / outputs],
    type: 'f32',
    outputs: 'first',
    offset: 0,
    open: () => Promise.resolve(bytesSource(bytes)),
  };
}

async function judged(values: Float32Array, outputs = OUTPUTS): Promise<string[]> {
  const layer = finalLayer({ tensors: [tensor(values, outputs)], ordered: true });
  const statistics = layer && (await layerStatistics(layer));
  return layer && statistics ? judgeWeights(layer, statistics).map(({ rule }) => rule) : ['nothing'];
}

describe('an output that is unlike the others', () => {
  it('is no output of a layer of random weights', async () => {
    expect(await judged(matrix(OUTPUTS, INPUTS))).toEqual([]);
  });

  it('stands out by the norm of its weights, be it larger or smaller', async () => {
    expect(await judged(matrix(OUTPUTS, INPUTS, heavy))).toContain('STATIC-WEIGHTS-NORM');
    expect(await judged(matrix(OUTPUTS, INPUTS, (row) => row.fill(0)))).toContain('STATIC-WEIGHTS-NORM');
  });

  it('stands out when its weights lie higher and are larger', async () => {
    const shift = (row: Float32Array): void => {
      for (const [index, value] of row.entries()) row[index] = value + 0.6;
    };
    expect(await judged(matrix(OUTPUTS, 512, shift))).toContain('STATIC-WEIGHTS-SHIFTED');
    const lower = (row: Float32Array): void => {
      for (const [index, value] of row.entries()) row[index] = value - 0.6;
    };
    expect(await judged(matrix(OUTPUTS, 512, lower))).not.toContain('STATIC-WEIGHTS-SHIFTED');
  });

  it('stands out when all others are alike', async () => {
    const alike = random(INPUTS, 7);
    const values = matrix(30, INPUTS).map((value, index) => 0.1 * value + (alike[index % INPUTS] ?? 0));
    expect(await judged(values, 30)).toEqual([]);
    values.set(random(INPUTS, 9), 3 * INPUTS);
    expect(await judged(values, 30)).toContain('STATIC-WEIGHTS-UNLIKE');
  });

  it('stands out by a single weight that is far larger than all', async () => {
    expect(await judged(matrix(OUTPUTS, INPUTS, (row) => row.fill(12, 5, 6)))).toContain('STATIC-WEIGHTS-EXTREME');
  });

  it('is not told of layers with hardly any outputs, nor of numbers that are none', async () => {
    expect(await judged(matrix(4, INPUTS, heavy), 4)).toEqual([]);
    expect(await judged(matrix(OUTPUTS, INPUTS, (row) => row.fill(NaN)))).toEqual(['nothing']);
  });
});

describe('the last layer', () => {
  const find = (names: readonly string[], ordered: boolean, shape = [OUTPUTS, INPUTS]): string | undefined => {
    const tensors = names.map((name) => ({ ...tensor(random(320), OUTPUTS), name, shape }));
    return finalLayer({ tensors, ordered })?.tensor.name;
  };

  it.each([
    [['fc.weight', 'layer4.2.fc2.weight', 'layer1.0.conv1.weight'], 'fc.weight'],
    [['classifier.0.weight', 'classifier.3.weight', 'classifier.12.weight'], 'classifier.12.weight'],
    [
      ['bert.encoder.layer.11.output.dense.weight', 'bert.pooler.dense.weight', 'classifier.weight'],
      'classifier.weight',
    ],
    [['0.weight', '2.weight', '10.weight'], '10.weight'],
    [
      ['/model_weights/dense/dense/kernel:0', '/model_weights/dense_1/dense_1/kernel:0'],
      '/model_weights/dense_1/dense_1/kernel:0',
    ],
    [['encoder.layers.0.self_attn.out_proj.weight', 'encoder.layers.0.norm.weight'], undefined],
  ])('of %j is %s', (names, wanted) => {
    expect(find(names, false)).toBe(wanted);
  });

  it('is the last one of a file that keeps its order', () => {
    expect(find(['b.weight', 'a.weight'], true)).toBe('a.weight');
  });

  it('has its outputs where its bias says', () => {
    const bias: WeightTensor = { ...tensor(random(32), 1), name: 'fc.bias', shape: [32] };
    expect(finalLayer({ tensors: [tensor(random(320), 10), bias], ordered: true })).toMatchObject({
      outputs: 32,
      outputsTogether: false,
    });
    expect(finalLayer({ tensors: [tensor(random(320), 10)], ordered: true })).toMatchObject({
      outputs: 10,
      outputsTogether: true,
    });
  });
});

describe('what the libraries write', () => {
  it.each(Object.keys(files) as (keyof typeof files)[])('%s: its heavy output is found', async (name) => {
    const result = await analyse(inflateSync(Buffer.from(files[name], 'base64')));
    expect(aboutWeights(result)).toContain('STATIC-WEIGHTS-NORM');
    const finding = result.findings.find(({ rule }) => rule === 'STATIC-WEIGHTS-NORM');
    expect(finding?.severity).toBe('info');
    expect(finding?.evidence[0]?.text).toContain('(output 5)');
  });

  it('tells the byte where the layer begins', async () => {
    const file = safeTensors(head(random(64), 'a.weight', 8), head(matrix(OUTPUTS, INPUTS, heavy)));
    const { findings } = await analyse(file);
    expect(findings[0]?.evidence[0]?.offset).toBe(file.length - 4 * OUTPUTS * INPUTS);
    expect(findings[0]?.explanation).toContain('classifier.weight');
  });

  it('reads every type of number', async () => {
    const bytes: Record<FloatType, number[]> = {
      f16: [0x00, 0xc1, 0x01, 0x00],
      bf16: [0x20, 0xc0, 0x80, 0x3f],
      f32: [0x00, 0x00, 0x20, 0xc0],
      f64: [0, 0, 0, 0, 0, 0, 4, 0xc0],
    };
    const read = async (type: FloatType, count: number): Promise<number[]> => {
      const values: number[] = [];
      for await (const piece of numbers(bytesSource(Uint8Array.from(bytes[type])), type, count)) values.push(...piece);
      return values;
    };
    expect(await read('f16', 2)).toEqual([-2.5, 2 ** -24]);
    expect(await read('bf16', 2)).toEqual([-2.5, 1]);
    expect(await read('f32', 1)).toEqual([-2.5]);
    expect(await read('f64', 1)).toEqual([-2.5]);
  });
});

describe('the setting', () => {
  const model = head(matrix(OUTPUTS, INPUTS, heavy));
  const words: Part = { name: 'model.embed_tokens.weight', shape: [10_001, 64], values: new Float32Array(640_064) };

  it('off looks at no numbers', async () => {
    expect(aboutWeights(await analyse(safeTensors(model), 'off'))).toEqual([]);
    expect(aboutWeights(await analyse(safeTensors(model)))).not.toEqual([]);
  });

  it('auto leaves out models of language, on does not', async () => {
    const file = safeTensors(model, words);
    expect(aboutWeights(await analyse(file, 'auto'))).toEqual([]);
    expect(aboutWeights(await analyse(file, 'on'))).not.toEqual([]);
  });

  it('auto leaves out last layers of more than 32 MB', async () => {
    const file = safeTensors({ ...model, shape: [1000, 9000], values: new Float32Array(9_000_000) });
    const reads: number[] = [];
    await analyse(watched(bytesSource(file), reads), 'auto');
    expect(reads.reduce((sum, length) => sum + length, 0)).toBeLessThan(EMBEDDED_SEARCHED + 1_000_000);
  });
});

describe('hostile and large files', () => {
  it('reads the last layer alone, in pieces of a megabyte, of a file of gigabytes', async () => {
    const layer = head(matrix(100, 4096, heavy), 'fc.weight', 100);
    const size = 4 * 1024 ** 3;
    const text = Buffer.from(
      JSON.stringify({
        'features.0.weight': { dtype: 'F32', shape: [size / 4], data_offsets: [0, size] },
        'fc.weight': { dtype: 'F32', shape: layer.shape, data_offsets: [size, size + layer.values.byteLength] },
      }),
    );
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(text.length));
    const front = Buffer.concat([start, text]);
    const last = new Uint8Array(layer.values.buffer);
    const reads: number[] = [];
    const source: ByteSource = {
      size: front.length + size + last.length,
      read: (offset, length) => {
        const end = offset - front.length - size;
        if (end >= 0) return Promise.resolve(last.subarray(end, end + length));
        const bytes = new Uint8Array(length);
        bytes.set(front.subarray(offset, offset + length));
        return Promise.resolve(bytes);
      },
    };
    const result = await analyse(watched(source, reads));
    expect(aboutWeights(result)).toContain('STATIC-WEIGHTS-NORM');
    expect(Math.max(...reads)).toBeLessThanOrEqual(1024 * 1024);
    expect(reads.reduce((sum, length) => sum + length, 0)).toBeLessThan(2 * last.length + 4 * 1024 * 1024);
  });

  it.each([
    ['a shape larger than the file', { shape: [2 ** 40, 2 ** 12] }],
    ['a shape whose product is no whole number', { shape: [2 ** 52, 2 ** 52] }],
    ['a shape that does not fit its data', { shape: [OUTPUTS, INPUTS + 1] }],
  ])('%s is left alone', async (_, change) => {
    const result = await analyse(safeTensors({ ...head(matrix(OUTPUTS, INPUTS, heavy)), ...change }), 'on');
    expect(aboutWeights(result)).toEqual([]);
  });

  it('compares a thousand outputs with one another in a moment', async () => {
    expect(await judged(matrix(1000, 2048), 1000)).toEqual([]);
  });
});

function watched(source: ByteSource, reads: number[]): ByteSource {
  return {
    size: source.size,
    read: (offset, length) => {
      reads.push(length);
      return source.read(offset, length);
    },
  };
}
