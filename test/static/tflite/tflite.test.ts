import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, zip } from '../../../samples/assemble.mjs';
import { flexTexts } from '../../../src/readers/tflite/flatbuffer.js';
import { analyse } from '../support.js';
import { byte, bytes, flatbuffer, int, ints, list, long, table, type Part } from './encode.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures/tflite');
async function fixture(name: string): Promise<Buffer> {
  return gunzipSync(await readFile(join(FIXTURES, `${name}.gz`)));
}

/** The file with one text in place of another of the same length. */
function renamed(file: Buffer, old: string, fresh: string): Uint8Array {
  expect(fresh).toHaveLength(old.length);
  expect(file.includes(old)).toBe(true);
  const copy = Buffer.from(file);
  for (let at = copy.indexOf(old); at >= 0; at = copy.indexOf(old, at + 1)) copy.write(fresh, at, 'latin1');
  return new Uint8Array(copy);
}

interface ModelParts {
  readonly codes?: readonly Part[];
  readonly buffers?: readonly Part[];
  readonly tensors?: readonly Part[];
  readonly operators?: readonly Part[];
  readonly metadata?: readonly Part[];
}

const buffer = (content?: Part) => table(content === undefined ? {} : { 0: content });
const tensor = (number: number) => table({ 0: ints(1), 1: byte(0), 2: int(number), 3: bytes('t') });
const operator = (code: number, inputs: readonly number[], outputs: readonly number[]) =>
  table({ 0: int(code), 1: ints(...inputs), 2: ints(...outputs) });
const ADD = table({ 0: byte(0), 3: int(0) });
const custom = (name: string) => table({ 0: byte(32), 1: bytes(name), 3: int(32) });

function model({
  codes = [ADD],
  buffers = [buffer(), buffer(bytes('1234'))],
  tensors = [tensor(0), tensor(1)],
  operators = [operator(0, [0, 1], [0])],
  metadata = [],
}: ModelParts) {
  const graph = table({ 0: list(...tensors), 1: ints(0), 2: ints(0), 3: list(...operators) });
  return flatbuffer(
    table({
      0: int(3),
      1: list(...codes),
      2: list(graph),
      3: bytes('test'),
      4: list(...buffers),
      6: list(...metadata),
    }),
    'TFL3',
  );
}

describe('models that TensorFlow Lite converts', () => {
  it('are harmless', async () => {
    const { findings, gaps } = await analyse(await fixture('network.tflite'), 'network.tflite');
    expect([findings, gaps]).toEqual([[], []]);
  });

  it('are told when they run operators of TensorFlow', async () => {
    const { findings, gaps } = await analyse(await fixture('text.tflite'), 'text.tflite');
    expect(gaps).toEqual([]);
    expect(findings).toMatchObject([{ rule: 'STATIC-TFLITE-FLEX', severity: 'info' }]);
    expect(findings[0]?.explanation).toContain('FlexStaticRegexReplace');
  });
});

describe('an operator of TensorFlow', () => {
  it('that reads a file is judged as in TensorFlow, with the file', async () => {
    const { findings } = await analyse(await fixture('hostile.tflite'), 'hostile.tflite');
    expect(findings).toMatchObject([{ rule: 'STATIC-TF-READ', severity: 'high' }]);
    expect(findings[0]?.explanation).toContain("'/nonexistent/id_rsa'");
  });

  it('cannot call itself something else', async () => {
    const file = await fixture('hostile.tflite');
    expect((await analyse(renamed(file, 'FlexReadFile', 'FlexIdentity'))).rules).toEqual(['STATIC-TF-READ']);
    expect((await analyse(renamed(file, '\x08ReadFile', '\x08Identity'))).rules).toContain('STATIC-TF-READ');
  });

  it('whose node cannot be read leaves a gap', async () => {
    const parts = {
      codes: [custom('FlexIdentity')],
      operators: [table({ 0: int(0), 1: ints(0), 2: ints(1), 5: bytes('junk') })],
    };
    expect((await analyse(model(parts))).gaps).toEqual(['the node of operator 0/0 of TensorFlow could not be read']);
  });
});

describe('a custom operator', () => {
  it('is reported by its name', async () => {
    const { findings } = await analyse(
      model({ codes: [ADD, custom('EvilOp'), custom('TFLite_Detection_PostProcess')] }),
    );
    expect(findings).toMatchObject([{ rule: 'STATIC-TFLITE-CUSTOM-OP', severity: 'low', count: 1 }]);
    expect(findings[0]?.explanation).toContain('EvilOp');
  });
});

describe('a reference', () => {
  it('inside the file is harmless', async () => {
    const { findings, gaps } = await analyse(model({}));
    expect([findings, gaps]).toEqual([[], []]);
  });

  it.each<[string, ModelParts]>([
    ['to a buffer that is longer than the file', { buffers: [buffer(bytes('1234', 0x7fffffff))] }],
    ['to a buffer behind the tables and the end', { buffers: [buffer(), table({ 1: long(1000), 2: long(2 ** 40) })] }],
    ['to a tensor that does not exist', { operators: [operator(0, [0, 77], [0])] }],
    ['to a tensor before the first', { operators: [operator(0, [-7], [0])] }],
    ['to an operator code that does not exist', { operators: [operator(5, [0], [0])] }],
    ['to a buffer that does not exist', { tensors: [tensor(0), tensor(9)] }],
    ['of metadata to a buffer that does not exist', { metadata: [table({ 0: bytes('m'), 1: int(9) })] }],
  ])('%s is found', async (_, parts) => {
    const { findings, gaps } = await analyse(model(parts));
    expect(findings).toMatchObject([{ rule: 'STATIC-TFLITE-BOUNDS', severity: 'medium' }]);
    expect(gaps).not.toEqual([]);
  });

  it('of one buffer into another is found', async () => {
    const far = (offset: number, size: number) => table({ 1: long(offset), 2: long(size) });
    const both = (second: number) =>
      concat(model({ buffers: [buffer(), far(2000, 16), far(second, 16)] }), Buffer.alloc(4096));
    expect((await analyse(both(2008))).rules).toEqual(['STATIC-TFLITE-BOUNDS']);
    expect((await analyse(both(2016))).findings).toEqual([]);
    expect((await analyse(both(2000))).findings).toEqual([]);
  });
});

describe('what comes with a model', () => {
  const hostile = pickle(call(global('os', 'system'), op.unicode('id')));

  it('as an archive behind it is looked into', async () => {
    const file = concat(await fixture('network.tflite'), zip([{ name: 'labels.txt', data: hostile }]));
    expect((await analyse(file)).rules).toContain('STATIC-PICKLE-EXEC');
    expect((await analyse(await fixture('labelled.tflite'), 'labelled.tflite')).findings).toEqual([]);
  });

  it('as metadata is looked into', async () => {
    const parts = { buffers: [buffer(), buffer(bytes(hostile))], metadata: [table({ 0: bytes('notes'), 1: int(1) })] };
    const { findings } = await analyse(model(parts));
    expect(findings).toMatchObject([{ rule: 'STATIC-PICKLE-EXEC' }]);
    expect(findings[0]?.evidence[0]?.member).toBe('(metadata notes)');
  });
});

describe('a hostile file', () => {
  it('never makes it throw, whatever is changed in it', async () => {
    const file = await fixture('hostile.tflite');
    for (let at = 0; at < file.length; at += 3) {
      const broken = Uint8Array.from(file);
      broken[at] = (at * 41) & 0xff;
      await analyse(broken);
    }
  });

  it('that says it has four thousand million operators is a gap, not a wait', async () => {
    const file = Buffer.from(model({}));
    for (let at = 8; at + 4 <= file.length; at += 4) {
      const broken = Buffer.from(file);
      broken.writeUInt32LE(0xffffffff, at);
      await analyse(new Uint8Array(broken));
    }
  });

  it('cut off anywhere is never taken for whole', async () => {
    const file = await fixture('network.tflite');
    for (let size = 9; size < file.length - 3; size += 101) {
      const { gaps } = await analyse(new Uint8Array(file.subarray(0, size)));
      expect(gaps, `${size} bytes`).not.toEqual([]);
    }
  });

  it('cannot make FlexBuffers read outside', () => {
    for (let seed = 0; seed < 5000; seed += 1) {
      const noise = Uint8Array.from({ length: 24 }, (_, at) => (seed * (at + 7) * 2654435761) >>> 24);
      noise[22] = 10 * 4 + (seed % 4);
      noise[23] = 1 << (seed % 4);
      flexTexts(noise);
    }
    expect(flexTexts(Uint8Array.of())).toBeUndefined();
  });
});
