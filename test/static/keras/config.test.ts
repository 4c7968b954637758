import { describe, expect, it } from 'vitest';
import { Collected, type StaticResult } from '../../../src/static/collected.js';
import { AnalysisContext, WHOLE } from '../../../src/static/context.js';
import { isKerasConfig, judgeKerasConfig } from '../../../src/static/keras/config.js';
import { decodeJson, parsePythonJson } from '../../../src/readers/python-json.js';
import { readLambda } from '../../../src/static/keras/lambda.js';
import codes from '../marshal/code.json' with { type: 'json' };

async function judge(config: unknown): Promise<StaticResult> {
  const collected = new Collected();
  const job = new AnalysisContext(() => Promise.resolve(), { onFound: (found) => collected.add(found) });
  await judgeKerasConfig(config, WHOLE, job);
  job.tell();
  return collected.result();
}

function layer(class_name: string, config: unknown, more: object = {}): object {
  return { class_name, config, ...more };
}

describe('a name in a configuration', () => {
  it.each([
    ['Dense', 'keras.layers'],
    ['Dense', undefined],
    ['Functional', 'keras.src.models.functional'],
    ['Multiply', 'keras.src.ops.numpy'],
    ['Custom>Adam', undefined],
    ['Constant', 'tensorflow.python.ops.init_ops_v2'],
    ['Dense', 'tensorflow.python.keras.layers.core'],
  ])('%s of %s is Keras’s own', async (name, module) => {
    expect((await judge(layer(name, {}, { module }))).findings).toEqual([]);
  });

  it.each([
    ['MyLayer', 'my_project.layers', ['my_project']],
    ['mine>MyLayer', undefined, []],
    ['MyLayer', '__main__', []],
    ['TransformerEncoder', 'keras_hub.layers', ['keras_hub']],
  ])('%s of %s is somebody’s own, and what it needs is told', async (name, module, needs) => {
    const result = await judge(layer(name, {}, { module }));
    const rules = result.findings.map(({ rule, severity }) => [rule, severity]);
    expect(rules).toContainEqual(['STATIC-KERAS-CUSTOM', 'info']);
    // Only of a library that nobody knows a run has to show what Keras calls.
    const isUnknown = module === 'my_project.layers';
    expect(rules).toHaveLength(isUnknown ? 2 : 1);
    if (isUnknown) expect(rules).toContainEqual(['STATIC-PICKLE-UNKNOWN-CALL', 'info']);
    expect(result.needs).toEqual(needs);
  });

  it.each([
    ['system', 'os'],
    ['system', 'posix'],
    ['Popen', 'subprocess'],
    ['eval', 'builtins'],
    ['import_module', 'importlib'],
    ['attrgetter', 'operator'],
    ['loads', 'marshal'],
    ['load', 'torch'],
    ['py_function', 'tensorflow'],
    ['read_file', 'tensorflow.io'],
    ['NamedTemporaryFile', 'tempfile'],
    ['scan', 'picklescan.scanner'],
  ])('%s of %s is outside Keras', async (name, module) => {
    for (const config of [layer(name, {}, { module }), layer('function', name, { module })])
      expect((await judge(config)).findings.map(({ rule }) => rule)).toEqual(['STATIC-KERAS-IMPORT']);
  });

  it.each([
    ['get_file', 'keras.utils', 'STATIC-KERAS-GADGET'],
    ['get_file', undefined, 'STATIC-KERAS-GADGET'],
    ['load_model', 'keras.src.saving.saving_api', 'STATIC-KERAS-GADGET'],
    ['func_load', 'keras.src.utils.python_utils', 'STATIC-KERAS-GADGET'],
    ['enable_unsafe_deserialization', 'keras.src.saving.serialization_lib', 'STATIC-KERAS-UNSAFE'],
    ['some_tool', 'keras.src.utils.io_utils', 'STATIC-KERAS-UNLISTED'],
    ['savetxt', 'scipy.io', 'STATIC-KERAS-UNLISTED'],
  ])('%s of %s breaks %s', async (name, module, rule) => {
    expect((await judge(layer('function', name, { module }))).findings.map((found) => found.rule)).toEqual([rule]);
  });
});

describe('a TensorFlow function in a configuration', () => {
  const call = (name: string): object => layer('TFOpLambda', { function: name });

  it.each([
    'math.multiply',
    '__operators__.getitem',
    'nn.relu',
    'reshape',
    'reduce_mean',
    'linalg.matmul',
    'io.decode_raw',
  ])('tf.%s computes', async (name) => {
    expect((await judge(call(name))).findings).toEqual([]);
  });

  it.each([
    'io.read_file',
    'io.write_file',
    'raw_ops.ReadFile',
    'py_function',
    'compat.v1.py_func',
    'load_op_library',
    'print',
    'saved_model.load',
  ])('tf.%s reaches beyond', async (name) => {
    expect((await judge(call(name))).findings.map(({ rule }) => rule)).toEqual(['STATIC-KERAS-TENSORFLOW']);
  });
});

describe('the code of a Lambda layer', () => {
  it('is caught for every Python that could have compiled it', async () => {
    for (const [version, code] of Object.entries(codes)) {
      for (const text of [code.system, code.pieces, code.eval, code.dunder, code.nested, code.function]) {
        const { findings } = await judge(layer('Lambda', { name: 'l', function: [text, null, null] }));
        expect({ version, rules: findings.map(({ rule }) => rule) }).toEqual({
          version,
          rules: ['STATIC-KERAS-LAMBDA-CODE'],
        });
      }
      const { findings } = await judge(layer('Lambda', { name: 'l', function: [code.mean, null, null] }));
      expect({ version, rules: findings.map(({ rule }) => rule) }).toEqual({ version, rules: ['STATIC-KERAS-LAMBDA'] });
    }
  });

  it('is decoded as Python’s base64 decodes: past foreign characters, and no further than the padding', () => {
    const code = codes['3.11'].system;
    for (const text of [
      code,
      `\n${code}`,
      code.replace(/(.{5})/g, '$1-_ '),
      `${code.replace(/=*$/, '')}==AAAA`,
      `=${code}`,
    ])
      expect(readLambda(text).kind).toBe('code');
    expect(readLambda(Buffer.from(code, 'base64').toString('latin1')).kind).toBe('code');
    expect(readLambda('').kind).toBe('unreadable');
    expect(readLambda('TG9yZW0gaXBzdW0=').kind).toBe('unreadable');
  });

  it('that only computes is no accusation, whatever names its author had at hand', async () => {
    // lambda data: array_ops.concat([array_ops.shape(data), helper(data)], axis=0)
    const text =
      '4wEAAAAAAAAAAAAAAAYAAAADAAAA84gAAACXAHQAAAAAAAAAAAAAAKABAAAAAAAAAAAAAAAAAAAAAAAAAAB0AAAAAAAAAAAAAACgAgAAAAAAAAAAAAAAAAAAAAAAAAAAfACmAQAAqwEAAAAAAAAAAHQHAAAAAAAAAAAAAHwApgEAAKsBAAAAAAAAAABnAmQBrAKmAgAAqwIAAAAAAAAAAFMAKQNO6QAAAAApAdoEYXhpcykE2glhcnJheV9vcHPaBmNvbmNhdNoFc2hhcGXaBmhlbHBlcikB2gRkYXRhcwEAAAAg+gc8c3RkaW4++gg8bGFtYmRhPnIKAAAAAwAAAHM2AAAAgAC1CdcwQNIwQMUpxy/CL9BSVtFCV9RCV9VZX9BgZNFZZdRZZdBBZtBtbtAwQNEwb9Qwb4AA8wAAAAA=';
    const { findings } = await judge(layer('Lambda', { function: [text, null, null] }));
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['STATIC-KERAS-LAMBDA', 'info']]);
    expect(findings[0]?.explanation).toContain('not known here: array_ops, helper');
  });

  it('reaches beyond when it uses what Keras has beside it to make functions of data', async () => {
    // lambda x: func_load(x)
    const text =
      '4wEAAAAAAAAAAAAAAAMAAAADAAAA8yAAAACXAHQBAAAAAAAAAAAAAHwApgEAAKsBAAAAAAAAAABTACkBTikB2glmdW5jX2xvYWQpAdoBeHMBAAAAIPoHPHN0ZGluPvoIPGxhbWJkYT5yBQAAAAIAAABzDAAAAIAArUmwYalMrEyAAPMAAAAA';
    const { findings } = await judge(layer('Lambda', { function: [text, null, null] }));
    expect(findings.map(({ rule }) => rule)).toEqual(['STATIC-KERAS-LAMBDA-CODE']);
  });

  it.each([
    ['raw', [null, 3]],
    ['raw', { class_name: '__tuple__', items: [16, null] }],
    ['raw', null],
    [undefined, [null, 3]],
  ])('a shape beside it is no code (%s)', async (output_shape_type, output_shape) => {
    const code = { function: [codes['3.11'].mean, null, null], function_type: 'lambda' };
    const { findings } = await judge(layer('Lambda', { ...code, output_shape, output_shape_type }));
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['STATIC-KERAS-LAMBDA', 'info']]);
  });

  it.each(['lambda', 'raw'])('code in the place of a shape is read, whatever it is said to be (%s)', async (type) => {
    const code = { function: [codes['3.11'].mean, null, null], function_type: 'lambda' };
    const shape = { output_shape: [codes['3.11'].system, null, null], output_shape_type: type };
    const { findings } = await judge(layer('Lambda', { ...code, ...shape }));
    expect(findings.map(({ rule }) => rule)).toContain('STATIC-KERAS-LAMBDA-CODE');
  });

  it('is read behind many texts', async () => {
    const config = {
      defaults: Array.from({ length: 150 }, (_, index) => `s${index}`),
      closure: null,
      code: codes['3.11'].system,
    };
    const { findings } = await judge(layer('Lambda', { function: { class_name: '__lambda__', config } }));
    expect(findings.map(({ rule }) => rule)).toContain('STATIC-KERAS-LAMBDA-CODE');
  });

  it('is told as unreadable when its instructions are those of no Python', async () => {
    const bytes = Buffer.from(codes['3.8'].scale, 'base64');
    const at = bytes.indexOf(Buffer.from([0x7c, 0, 0x64])); // LOAD_FAST 0, LOAD_CONST
    bytes[at + 1] = 9;
    const { findings } = await judge(layer('Lambda', { function: bytes.toString('base64') }));
    expect(findings.map(({ rule }) => rule)).toEqual(['STATIC-KERAS-LAMBDA-UNREADABLE']);
    expect(findings[0]?.explanation).toMatch(/LOAD_FAST uses entry 9 of a list of 1/);
  });
});

describe('a configuration from a hostile hand', () => {
  it('may be as deep and as long as it likes', async () => {
    let deep: object = layer('Popen', {}, { module: 'subprocess' });
    for (let level = 0; level < 50_000; level += 1) deep = { config: deep };
    expect((await judge(deep)).findings.map(({ rule }) => rule)).toEqual(['STATIC-KERAS-IMPORT']);
    const wide = Array.from({ length: 100_000 }, (_, index) => layer(`Layer${index}`, {}));
    expect((await judge(wide)).findings[0]?.count).toBe(1000);
  });

  it('cannot put control characters into a report', async () => {
    const { findings } = await judge(layer('\u001b[2J\u202eevil', {}, { module: 'mine\n' }));
    const shown = JSON.stringify(findings);
    expect(shown).not.toMatch(/\\u001b|\u202e/);
    expect(findings).not.toEqual([]);
  });

  it('is read as Python reads JSON', () => {
    expect(parsePythonJson('{"a": NaN, "b": [-Infinity, "NaN"]}')).toEqual({ value: { a: null, b: [null, 'NaN'] } });
    expect(parsePythonJson('{')).toBeUndefined();
    const text = '{"é": 1}';
    expect(decodeJson(Buffer.from(`\ufeff${text}`, 'utf8'))).toBe(text);
    expect(decodeJson(Buffer.from(text, 'utf16le'))).toBe(text);
    expect(decodeJson(Buffer.from(`\ufeff${text}`, 'utf16le'))).toBe(text);
    expect(decodeJson(Buffer.from(text, 'utf16le').swap16())).toBe(text);
    expect(decodeJson(Buffer.from('{\0\0\0}\0\0\0', 'latin1'))).toBe('{}');
  });

  it('is known by its shape', () => {
    expect(isKerasConfig(layer('Sequential', { layers: [] }))).toBe(true);
    expect(isKerasConfig(layer('Sequential', []))).toBe(true);
    expect(isKerasConfig({ architectures: ['Bert'], config: {} })).toBe(false);
    expect(isKerasConfig([1])).toBe(false);
  });
});
