import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, tar, torchZip, value, zip } from '../../samples/assemble.mjs';
import { contentFormats, detectFormat } from '../../src/detect/detect.js';
import { protobufFormats } from '../../src/detect/protobuf.js';
import { bytesSource } from '../../src/readers/bytes.js';
import { number, part } from '../static/protobuf/encode.js';
import twins from '../static/twins.json' with { type: 'json' };

const u64 = (length: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(length));
  return bytes;
};
const safetensors = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
const torch = torchZip('model', value({ w: [0.5] }), [Buffer.alloc(16)]);
const magic = pickle(op.long1(Buffer.from('6cfc9c46f9206aa85019', 'hex')));
const wrapped = pickle(concat(global('joblib.numpy_pickle', 'NumpyArrayWrapper'), op.emptyTuple, op.newObj));

// One node: its name and its operation.
const graph = concat('\x0a\x0a\x0a\x01x\x12\x05Const', '\x22\x02\x08\x1b');

describe('a model is recognised by its content', () => {
  const cases: [string, Uint8Array, string][] = [
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a pickle of protocol 2', pickle(value({ a: 1 })), 'pickle'],
    ['a pickle of protocol 0', concat('(dp0\nVa\np1\nF1.5\ns.'), 'pickle'],
    ['a pickle of one number', concat('I1\n.'), 'pickle'],
    ['two pickles of protocol 1', concat('(dq\0.(dq\0.'), 'pickle'],
    [
      'a licence, which begins like 111 bytes and an end',
      concat(`Copyright (c) 2018, ${'x'.repeat(92)}.\nAll rights.`),
      'unknown',
    ],
    [
      'a table, whose first lines are a name and an end',
      concat('const_p1,const_p2\n.7376958,.2623042\n.98,.018\n'),
      'unknown',
    ],
    ['a list of packages, which begins like data packed with a dictionary', concat('x @ git+https://a/b\n'), 'unknown'],
    ['a pickle that is cut off', pickle(value({ a: [1, 2, 3] })).subarray(0, 22), 'pickle'],
    ['a protocol 0 pickle that breaks after an import', concat('cos\nsystem\n'), 'pickle'],
    ['two pickles', concat(pickle(op.none), pickle(op.none)), 'pickle'],
    ['dill', pickle(call(global('dill._dill', '_create_function'))), 'dill'],
    [
      'dill by an operand from the stack',
      pickle(concat(op.shortUnicode('dill._dill'), op.shortUnicode('_load_type'), op.stackGlobal), 4),
      'dill',
    ],
    ['cloudpickle', pickle(call(global('cloudpickle.cloudpickle', '_make_function'))), 'cloudpickle'],
    ['a text that only mentions dill', pickle(value('dill._dill')), 'pickle'],
    ['joblib', wrapped, 'joblib'],
    [
      'joblib, as scikit-learn carried it',
      pickle(global('sklearn.externals.joblib.numpy_pickle', 'NumpyArrayWrapper')),
      'joblib',
    ],
    ['joblib, zlib', deflateSync(pickle(op.none)), 'joblib'],
    ['joblib, gzip', gzipSync(wrapped), 'joblib'],
    ['a long list of numbers of protocol 0, gzip', gzipSync(concat('(lp0\n', 'I1\na'.repeat(200_000), '.')), 'joblib'],
    ['a long text, gzip', gzipSync(Buffer.from('it was a dark night\n'.repeat(50_000))), 'packed'],
    ['a table of numbers, gzip', gzipSync(Buffer.from('1 2 3\n'.repeat(100_000))), 'packed'],
    ['joblib, bz2, damaged', concat('BZh91AY&SY', Buffer.alloc(40)), 'joblib'],
    ['joblib, xz, damaged', concat('\xfd7zXZ\0', Buffer.alloc(40)), 'joblib'],
    ['joblib, lzma, damaged', concat('\x5d\0\0\x80\0', Buffer.alloc(8, 0xff), Buffer.alloc(20, 0xff)), 'joblib'],
    ['xz of something else', Buffer.from(twins['same-stored.xz'], 'base64'), 'packed'],
    ['joblib, lz4, damaged', concat('\x04\x22\x4d\x18', Buffer.alloc(40)), 'joblib'],
    ['an array', concat('\x93NUMPY\x01\0', Buffer.alloc(100)), 'npy'],
    ['several arrays', zip([{ name: 'a.npy', data: Buffer.from('\x93NUMPY', 'latin1') }]), 'npz'],
    ['torch', torch, 'torch-zip'],
    ['torch, cut in half', torch.subarray(0, torch.length / 2), 'torch-zip'],
    ['torch, cut inside its first record', torch.subarray(0, 60), 'torch-zip'],
    ['torch, legacy', concat(magic, pickle(op.int(1001))), 'torch-legacy'],
    [
      'TorchScript',
      zip([
        { name: 'm/data.pkl', data: pickle(op.none) },
        { name: 'm/constants.pkl', data: pickle(op.none) },
      ]),
      'torchscript',
    ],
    [
      'Keras',
      zip([
        { name: 'metadata.json', data: Buffer.from('{}') },
        { name: 'config.json', data: Buffer.from('{}') },
      ]),
      'keras',
    ],
    ['another archive', zip([{ name: 'readme.txt', data: Buffer.from('hello') }]), 'zip'],
    ['an archive after other bytes', concat('#!/bin/sh\n', torch), 'torch-zip'],
    ['HDF5', concat('\x89HDF\r\n\x1a\n', Buffer.alloc(100)), 'hdf5'],
    ['HDF5 after a user block', concat(Buffer.alloc(512), '\x89HDF\r\n\x1a\n', Buffer.alloc(100)), 'hdf5'],
    ['SafeTensors', concat(u64(safetensors.length), safetensors, Buffer.alloc(4)), 'safetensors'],
    ['GGUF', concat('GGUF\x03\0\0\0', Buffer.alloc(16)), 'gguf'],
    ['TensorFlow Lite', concat('\x1c\0\0\0TFL3', Buffer.alloc(40)), 'tflite'],
    ['ONNX', concat('\x08\x07\x12\x07pytorch', '\x3a\x04\x12\x02gg', '\x42\x02\x10\x11'), 'onnx'],
    ['SavedModel', concat('\x08\x01\x12\x14\x0a\x12', Buffer.alloc(18)), 'savedmodel'],
    ['a tar archive of torch', tar([['pickle', pickle(op.none)]]), 'torch-legacy'],
    ['another tar archive', tar([['readme', Buffer.from('hello')]]), 'tar'],
    ['text', Buffer.from('class Foo:\n    pass\n'), 'unknown'],
    ['zeros', Buffer.alloc(5000), 'unknown'],
    ['zlib of something else', deflateSync(Buffer.from('hello hello hello')), 'packed'],
    ['ONNX without a producer, cut off inside its graph', concat('\x08\x07\x3a\xff\x7f', Buffer.alloc(40)), 'onnx'],
    ["TensorFlow's graph", graph, 'graphdef'],
    [
      "TensorFlow's checkpoint graph",
      concat('\x0a\x02\x12\0', '\x12', Buffer.from([graph.length]), graph),
      'metagraph',
    ],
    ['a message of another kind', concat('\x0a\x04\x0a\x02ab', '\x32\x01x'), 'unknown'],
    ['GGML', concat('lmgg', Buffer.alloc(40)), 'ggml'],
    ['skops', zip([{ name: 'schema.json', data: Buffer.from('{}') }]), 'skops'],
    ['7z', concat("7z\xbc\xaf'\x1c\0\x04", Buffer.alloc(40)), 'sevenzip'],
    ['RAR', concat('Rar!\x1a\x07\x01\0', Buffer.alloc(40)), 'rar'],
    ['gzip of text', gzipSync(Buffer.from('hello hello hello')), 'packed'],
    ['a Linux program', concat('\x7fELF\x02\x01\x01', Buffer.alloc(60)), 'executable'],
    ['a Windows program', concat('MZ', Buffer.alloc(58), '\x40\0\0\0', 'PE\0\0', Buffer.alloc(60)), 'executable'],
    ['a macOS program', concat('\xcf\xfa\xed\xfe\x0c\0\0\x01\0\0\0\0\x02\0\0\0', Buffer.alloc(60)), 'executable'],
    ['a script', Buffer.from('#!/usr/bin/env python3\nprint(1)\n'), 'script'],
    ['JSON', Buffer.from('\ufeff {"model_type": "bert"}'), 'json'],
    ['PMML', Buffer.from('<?xml version="1.0"?>\n<PMML version="4.4">'), 'pmml'],
    ['XML', Buffer.from('<?xml version="1.0"?><net/>'), 'xml'],
    ['a picture', concat('\x89PNG\r\n\x1a\n', Buffer.alloc(20)), 'document'],
  ];
  it.each(cases)('%s', async (_, bytes, format) => {
    expect((await detectFormat(bytesSource(bytes))).format).toBe(format);
  });

  it('says what is odd about it', async () => {
    expect((await detectFormat(bytesSource(torch.subarray(0, 60)))).detail).toContain('cut off');
    expect(await detectFormat(bytesSource(concat('\xfd7zXZ\0', Buffer.alloc(40))))).toMatchObject({
      compression: 'xz',
      certain: false,
    });
  });
});

describe('plain text is recognised by its name', () => {
  it.each([
    ['config.yaml', 'yaml'],
    ['pyproject.toml', 'toml'],
    ['setup.cfg', 'ini'],
    ['modeling.py', 'python'],
    ['chat_template.jinja', 'jinja'],
    ['readme', 'unknown'],
  ])('%s', async (name, format) => {
    expect((await detectFormat(bytesSource(Buffer.from('a = 1\n')), { name })).format).toBe(format);
  });

  it('but only when it is text', async () => {
    expect((await detectFormat(bytesSource(pickle(op.none)), { name: 'setup.py' })).format).toBe('pickle');
  });
});

describe('what is several things is told as all of them', () => {
  const formats = async (bytes: Uint8Array, inner = false) =>
    new Set((await contentFormats(bytesSource(bytes), { inner })).filter((format) => format !== 'pickle'));
  it.each([
    ['a pickle before an archive', concat(pickle(op.none), torch), ['zip', 'torch-zip']],
    [
      'a program before an archive',
      concat('\x7fELF\x02\x01\x01', Buffer.alloc(60), torch),
      ['executable', 'zip', 'torch-zip'],
    ],
    [
      'a picture before an archive',
      concat('\x89PNG\r\n\x1a\n', Buffer.alloc(20), torch),
      ['document', 'zip', 'torch-zip'],
    ],
  ])('%s', async (_, bytes, expected) => {
    expect(await formats(bytes)).toEqual(new Set(expected));
    expect(await formats(bytes, true)).toEqual(new Set(expected));
  });
});

describe('whether a member is a message', () => {
  const reads = async (bytes: Uint8Array): Promise<number[]> => {
    const source = bytesSource(bytes);
    const lengths: number[] = [];
    await protobufFormats({
      size: source.size,
      read: (offset, length) => {
        lengths.push(length);
        return source.read(offset, length);
      },
    });
    return lengths;
  };

  it('costs one short read when the first field is none', async () => {
    expect(await reads(Buffer.alloc(1_000_000, 0xff))).toEqual([4096]);
  });

  it('costs no read of its payloads', async () => {
    expect(await reads(concat(part(3, new Uint8Array(1_000_000)), number(1, 1)))).toEqual([4096, 4096]);
  });
});
