/** What people's own picklers write is clean, and conclusive; beside each kind stands what would be hostile in its place. */
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, tar, torchZip, value } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';
import kept from './harmless.json' with { type: 'json' };

const CLEAN = { loud: [], gaps: [] };
const hostile = pickle(call(global('os', 'system'), op.unicode('id')));
async function answer(bytes: Uint8Array | string, name?: string) {
  const { loud, gaps } = await analyse(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, name);
  return { loud: loud.map(({ rule, explanation }) => `${rule}: ${explanation}`), gaps };
}

describe('clean is what a library wrote:', () => {
  it.each(Object.entries(kept))('%s', async (name, base64) => {
    expect(await answer(Buffer.from(base64, 'base64'), name)).toEqual(CLEAN);
  });
});

describe('bytes that merely begin like packed data', () => {
  const zeros = Buffer.alloc(200);
  it.each<[string, Uint8Array]>([
    ['zlib', op.bytes(concat('\x78\x9c', zeros))],
    ['gzip', op.bytes(concat('\x1f\x8b\x08', zeros))],
    ['bzip2', op.bytes(concat('BZh91AY&SY', zeros))],
    ['xz', op.bytes(concat('\xfd7zXZ\0', zeros))],
    ['LZ4', op.bytes(concat('\x04\x22\x4d\x18', zeros))],
    ['LZMA', op.bytes(concat('\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff', zeros))],
    ['ZIP', op.bytes(concat('PK\x03\x04', zeros))],
    ['7z', op.bytes(concat("7z\xbc\xaf'\x1c", zeros))],
    ['a number of eight bytes', op.bytes(concat('\x78\x01', Buffer.alloc(6)))],
    ['zlib, in hexadecimal', op.unicode(`78f9${'0'.repeat(28)}`)],
    ['gzip, in Base64', op.unicode(`H4sI${'A'.repeat(50)}`)],
    ['zlib, in a text', op.unicode(`x\u009c${'0'.repeat(50)}`)],
  ])('%s is data', async (_, bytes) => {
    expect(await answer(pickle(bytes))).toEqual(CLEAN);
  });

  it('and then are damaged are read as far as they go', async () => {
    const packed = concat(deflateSync(concat(hostile, Buffer.alloc(5000))).subarray(0, -8));
    expect((await analyse(pickle(op.bytes(packed)))).rules).toContain('STATIC-PICKLE-EXEC');
  });

  it('and are handed to a loader are not let pass', async () => {
    const load = (bytes: Uint8Array) => pickle(call(global('torch.storage', '_load_from_bytes'), op.bytes(bytes)));
    expect((await answer(load(gzipSync(hostile).subarray(0, 12)))).gaps).not.toEqual([]);
    expect((await analyse(load(tar([['pickle', hostile]])))).rules).toContain('STATIC-PICKLE-EXEC');
  });
});

describe('bytes as protocols below 3 write them', () => {
  const encoded = (bytes: Uint8Array, encoding = 'latin1') =>
    call(global('_codecs', 'encode'), op.unicode(Buffer.from(bytes).toString('latin1')), op.unicode(encoding));
  const tensor = (bytes: Uint8Array) => pickle(call(global('torch.storage', '_load_from_bytes'), encoded(bytes)));

  it('are a tensor to load', async () => {
    expect(await answer(tensor(torchZip('m', value({ w: [0.5] }), [])))).toEqual(CLEAN);
  });
  it.each<[string, Uint8Array]>([
    ['an archive', torchZip('m', hostile.subarray(2, -1), [])],
    ['a pickle', hostile],
    ['a tar archive', tar([['pickle', hostile]])],
  ])('are looked into: %s', async (_, bytes) => {
    expect((await analyse(tensor(bytes))).rules).toContain('STATIC-PICKLE-EXEC');
  });
  it('are looked into in protocol 0, too', async () => {
    const text = [...hostile].map((byte) => `\\u00${byte.toString(16).padStart(2, '0')}`).join('');
    const bytes = `ctorch.storage\n_load_from_bytes\n(c_codecs\nencode\n(V${text}\nVlatin1\ntRtR.`;
    expect((await analyse(Buffer.from(bytes, 'latin1'))).rules).toContain('STATIC-PICKLE-EXEC');
  });
  it('are nothing else: another encoding makes other bytes', async () => {
    const rot13 = pickle(call(global('torch.storage', '_load_from_bytes'), encoded(hostile, 'rot13')));
    expect((await analyse(rot13)).rules).toContain('STATIC-PICKLE-LOADER');
  });
});

describe('texts of protocol 0', () => {
  it('may be long', async () => {
    for (const length of [4093, 4094, 4095, 4096, 5000])
      expect(await answer(`S'${'a'.repeat(length)}'\n.`)).toEqual(CLEAN);
  });
  it('hide nothing behind them', async () => {
    expect((await analyse(`S'${'a'.repeat(5000)}'\n0cposix\nsystem\n(S'id'\ntR.`)).rules).toContain(
      'STATIC-PICKLE-EXEC',
    );
  });
});

describe('a name for STACK_GLOBAL', () => {
  const instance = concat(global('sklearn.svm._classes', 'SVC'), op.emptyTuple, op.newObj);
  it('that is an object breaks the pickle there', async () => {
    const { rules, gaps } = await analyse(pickle(concat(op.unicode('os'), instance, op.stackGlobal), 4));
    expect(rules).not.toContain('STATIC-PICKLE-UNRESOLVED');
    expect(gaps).not.toEqual([]);
  });
  it.each<[string, Uint8Array]>([
    ['a call gives', call(global('operator', 'concat'), op.unicode('sys'), op.unicode('tem'))],
    ['str itself makes', concat(global('builtins', 'str'), op.unicode('system'), op.tuple1, op.newObj)],
    ['is decoded', call(global('_codecs', 'decode'), op.bytes(Buffer.from('system')))],
  ])('that %s is hidden', async (_, name) => {
    const body = concat(op.unicode('os'), name, op.stackGlobal, op.unicode('id'), op.tuple1, op.reduce);
    expect((await analyse(pickle(body, 4))).rules).toContain('STATIC-PICKLE-UNRESOLVED');
  });
});

it('a pickle may have the name of a model', async () => {
  expect(await answer(pickle(value({ vectors: [0.5] })), 'w2v.model')).toEqual(CLEAN);
});
