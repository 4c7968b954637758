import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';
import { call, concat, global, op, pickle } from '../../../samples/assemble.mjs';

/** A file with this header, and this many bytes of tensors. */
function file(header: string | object, data: Uint8Array | number = 8): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return concat(length, json, typeof data === 'number' ? Buffer.alloc(data) : data);
}
const w = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const hostile = pickle(call(global('os', 'system'), op.unicode('id')));

describe('SafeTensors', () => {
  it('as the library writes them give nothing', async () => {
    const { findings, gaps } = await analyse(
      file({ __metadata__: { format: 'pt' }, w, e: { dtype: 'BF16', shape: [0, 3], data_offsets: [8, 8] } }),
      'm.safetensors',
    );
    expect(findings).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it.each([
    ['a tensor that is too short', file({ w: { ...w, shape: [3] } }), 'STATIC-SAFETENSORS-LAYOUT'],
    [
      'a shape that no machine counts',
      file({ w: { ...w, shape: [9007199254740991, 9007199254740991, 9007199254740991] } }),
      'STATIC-SAFETENSORS-LAYOUT',
    ],
    ['tensors over one another', file({ w, v: w }), 'STATIC-SAFETENSORS-LAYOUT'],
    ['a tensor outside the file', file({ w: { ...w, data_offsets: [8, 16] } }), 'STATIC-SAFETENSORS-LAYOUT'],
    ['offsets turned round', file({ w: { ...w, data_offsets: [8, 0] } }), 'STATIC-SAFETENSORS-LAYOUT'],
    ['a type that does not exist', file({ w: { ...w, dtype: 'X32' } }), 'STATIC-SAFETENSORS-LAYOUT'],
    ['a field more', file({ w: { ...w, code: 'x' } }), 'STATIC-SAFETENSORS-LAYOUT'],
    ['a negative offset', file({ w: { ...w, data_offsets: [-1, 8] } }), 'STATIC-SAFETENSORS-LAYOUT'],
    ['a hole', file({ w: { ...w, data_offsets: [8, 16] } }, 16), 'STATIC-SAFETENSORS-HIDDEN'],
    ['bytes at the end', file({ w }, 100), 'STATIC-SAFETENSORS-HIDDEN'],
    ['a pickle at the end', file({ w }, concat(Buffer.alloc(8), hostile)), 'STATIC-PICKLE-EXEC'],
    [
      'a tensor twice',
      file(
        '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      ),
      'STATIC-SAFETENSORS-DUPLICATE',
    ],
    ['a name with a path', file({ '../../x': w }), 'STATIC-SAFETENSORS-NAME'],
    ['a name with markup', file({ '<script>alert(1)</script>': w }), 'STATIC-SAFETENSORS-NAME'],
    [
      'code in the metadata',
      file({ __metadata__: { a: "__import__('os').system('id')" }, w }),
      'STATIC-SAFETENSORS-CODE',
    ],
    [
      'an address in the metadata',
      file({ __metadata__: { a: 'see https://example.org/x' }, w }),
      'STATIC-SAFETENSORS-ADDRESS',
    ],
    ['a password in the metadata', file({ __metadata__: { api_key: 'q7Zt81-lmPw' }, w }), 'STATIC-SECRET-NAMED'],
    [
      'a template in the metadata',
      file({ __metadata__: { chat_template: '{{ x.__class__ }}' }, w }),
      'STATIC-JINJA-PYTHON',
    ],
    ['much metadata', file({ __metadata__: { a: 'x'.repeat(1_100_000) }, w }), 'STATIC-SAFETENSORS-LONG'],
    ['a pickle under this name', hostile, 'STATIC-PICKLE-EXEC'],
  ])('with %s', async (_, bytes, rule) => {
    const { rules } = await analyse(bytes, 'm.safetensors');
    expect(rules).toContain(rule);
  });

  it.each([
    ['cut off in the header', file({ w }).subarray(0, 30)],
    ['with a header that is no JSON', file('{"w":]}')],
    ['nested without end', file(`{"w":${'['.repeat(200_000)}`)],
  ])('%s are a gap', async (_, bytes) => {
    expect((await analyse(bytes, 'm.safetensors')).gaps).not.toEqual([]);
  });

  it('say where the second of two tensors stands', async () => {
    const bytes = file({ w, v: w });
    const { findings } = await analyse(bytes);
    expect(findings[0]?.evidence[0]?.offset).toBe(Buffer.from(bytes).indexOf('"v"'));
  });
});
