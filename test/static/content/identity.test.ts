import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, torchZip, value, zip } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';

const state = torchZip('m', value({ w: [0.5] }), []);
const elf = concat('\x7fELF\x02\x01\x01', Buffer.alloc(60));

describe('a name that the content does not keep', () => {
  it.each([
    ['model.safetensors', pickle(value({ a: 1 }))],
    ['model.safetensors', concat('(dp0\nVa\np1\nF1.5\ns.')],
    ['model.safetensors', state],
    ['model.onnx', concat('GGUF\x03\0\0\0', Buffer.alloc(16))],
    ['model.h5', state],
    ['config.json', pickle(value({ a: 1 }))],
    ['cover.png', state],
  ])('%s is a finding', async (name, bytes) => {
    const { findings } = await analyse(bytes, name);
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'STATIC-CONTENT-MISMATCH', severity: 'medium', category: 'evasion' }),
    );
  });

  it('inside an archive is a finding of that member', async () => {
    const { findings } = await analyse(zip([{ name: 'a/w.safetensors', data: state }]));
    expect(findings.map(({ rule, evidence }) => [rule, evidence[0]?.member])).toEqual([
      ['STATIC-CONTENT-MISMATCH', 'a/w.safetensors'],
    ]);
  });

  it('hides no command', async () => {
    const { rules } = await analyse(pickle(call(global('os', 'system'), op.unicode('id'))), 'model.safetensors');
    expect(rules).toEqual(['STATIC-CONTENT-MISMATCH', 'STATIC-PICKLE-EXEC']);
  });

  it.each([
    ['model.pt', state],
    ['pytorch_model.bin', pickle(value({ a: 1 }))],
    ['weights.ckpt', state],
    ['model.PKL', pickle(value({ a: 1 }))],
  ])('%s promises nothing else', async (name, bytes) => {
    expect((await analyse(bytes, name)).findings).toEqual([]);
  });
});

describe('a file that is two things', () => {
  it.each([
    ['a pickle before an archive', concat(pickle(op.none), state)],
    ['an array before an archive', concat("\x93NUMPY\x01\0v\0{'descr': '<f4'}".padEnd(128), state)],
  ])('%s is told as both', async (_, bytes) => {
    expect((await analyse(bytes)).rules).toContain('STATIC-CONTENT-POLYGLOT');
  });

  it('is read as both', async () => {
    const evil = torchZip('m', call(global('os', 'system'), op.unicode('id')), []);
    expect((await analyse(concat(pickle(op.none), evil))).rules).toContain('STATIC-PICKLE-EXEC');
  });
});

describe('a program', () => {
  it.each([
    ['as the whole file', elf],
    ['in an archive', zip([{ name: 'lib.so', data: elf, method: 8 }])],
    ['that is a script, in an archive', zip([{ name: 'x', data: Buffer.from('#!/bin/sh\nid\n') }])],
  ])('%s is a finding', async (_, bytes) => {
    expect((await analyse(bytes)).rules).toEqual(['STATIC-CONTENT-EXECUTABLE']);
  });

  it('is not seen in bytes that only begin alike', async () => {
    expect((await analyse(zip([{ name: 'data/0', data: concat('MZ', Buffer.alloc(200, 1)) }]))).rules).toEqual([]);
  });
});
