import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, torchZip, value, zip } from '../../../samples/assemble.mjs';
import { detectFormat } from '../../../src/detect/detect.js';
import { analyseStatic } from '../../../src/static/analyse.js';
import { bytesSource, type ByteSource } from '../../../src/readers/bytes.js';
import type { Inspection, ListId } from '../../../src/core/inspection.js';
import { glimpse, inspect } from '../../../src/static/inspect/inspect.js';
import { listPickle } from '../../../src/static/inspect/listing.js';
import { explainGlobal } from '../../../src/static/pickle/explain.js';
import weights from '../weights/files.json' with { type: 'json' };

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const HOSTILE = pickle(call(global('os', 'system'), op.unicode('id')));

async function look(content: Uint8Array | ByteSource, name = 'model'): Promise<Inspection> {
  const source = content instanceof Uint8Array ? bytesSource(content) : content;
  return inspect(source, await detectFormat(source, { name }), { name });
}

function rows({ lists }: Inspection, id: ListId): (readonly (string | number)[])[] {
  return lists.find((list) => list.id === id)?.rows.map(({ cells }) => cells) ?? [];
}

const packed = (text: string): Uint8Array => inflateSync(Buffer.from(text, 'base64'));

describe('an inspection', () => {
  it('tells the names that a pickle asks for, what they would do, and where', async () => {
    const { format, facts, pickles, lists } = await look(HOSTILE);
    expect(format).toBe('pickle');
    expect(facts).toContainEqual({ name: 'Pickle protocol', value: '2' });
    expect(pickles).toEqual([{ member: undefined, copy: 1, at: 0, size: HOSTILE.length }]);
    expect(lists[0]?.rows).toEqual([{ cells: ['os.system', 'dangerous', 1, '', 2], pickle: 0, offset: 2 }]);
  });

  it('tells the tensors and members of a checkpoint of torch', async () => {
    const seen = await look(packed(weights.torch_float32));
    expect(seen.frameworks).toEqual(['PyTorch']);
    expect(rows(seen, 'tensors')).toContainEqual(['fc.weight', 'float32', '8 × 16', 512]);
    expect(rows(seen, 'members').map(([name]) => name)).toContain('archive/data/0');
    expect(seen.pickles.map(({ member }) => member)).toEqual(['archive/data.pkl']);
  });

  it('tells the layers, tensors and version of a Keras model, old and new', async () => {
    const [old, archive] = [await look(packed(weights.keras2_model)), await look(packed(weights.keras3_archive))];
    expect(old.facts).toContainEqual({ name: 'Keras version', value: '2.15.0' });
    for (const seen of [old, archive]) {
      expect(seen.frameworks).toEqual(['Keras']);
      expect(rows(seen, 'layers').map(([name, type, , settings]) => [name, type, settings])).toContainEqual([
        'dense',
        'Dense',
        'units=16, activation=linear, use_bias=True',
      ]);
      expect(rows(seen, 'ports').map(([, kind]) => kind)).toEqual(['output', 'input']);
      expect(rows(seen, 'tensors')).toHaveLength(4);
    }
    expect(rows(archive, 'metadata')).toContainEqual(['keras_version', '3.15.1']);
  });

  it('tells the producer, operators and tensors of a graph', async () => {
    const onnx = await look(await readFile(join(FIXTURES, 'onnx/pipeline.onnx')));
    expect(onnx.facts).toContainEqual({ name: 'Made by', value: 'skl2onnx 1.20.0' });
    expect(rows(onnx, 'operators')).toContainEqual(['Scaler', 'ai.onnx.ml', 1]);
    const tflite = await look(gunzipSync(await readFile(join(FIXTURES, 'tflite/network.tflite.gz'))));
    expect(rows(tflite, 'tensors')).toContainEqual(['functional_1_1/dense_2_1/MatMul', 'float32', '3 × 4', 48]);
    expect(rows(tflite, 'ports').map(([, kind]) => kind)).toEqual(['input', 'output']);
    expect(rows(tflite, 'nodes').map(([, type]) => type)).toEqual(['FULLY_CONNECTED', 'FULLY_CONNECTED']);
    const saved = await look(gunzipSync(await readFile(join(FIXTURES, 'tensorflow/simple.pb.gz'))));
    expect(rows(saved, 'operators')[0]).toEqual(['Const', '', 15]);
  });

  it('tells what a SavedModel takes and gives, and its nodes in order', async () => {
    const saved = await look(gunzipSync(await readFile(join(FIXTURES, 'tensorflow/keras3.pb.gz'))));
    expect(rows(saved, 'ports')).toContainEqual(['serving_default: keras_tensor', 'input', 'string', '? × 1']);
    expect(rows(saved, 'ports')).toContainEqual(['serving_default: output_0', 'output', 'float32', '? × 1 × 2']);
    expect(rows(saved, 'nodes').map(([, type]) => type)).toContain('MatMul');
  });

  it('tells the groups, data sets and attributes of HDF5 as a tree', async () => {
    const { lists, arrays } = await look(packed(weights.keras2_model));
    const tree = lists.find(({ id }) => id === 'objects')?.rows ?? [];
    expect(tree.slice(0, 2).map(({ cells, depth }) => [depth, ...cells])).toEqual([
      [0, '/', 'group', '1 object'],
      [1, '@keras_version', 'attribute', '2.15.0'],
    ]);
    const kernel = tree.find(({ cells }) => cells[1] === 'data set' && cells[2] === 'float32 12 × 16');
    expect(kernel?.depth).toBeGreaterThan(2);
    expect(arrays[kernel?.array ?? -1]?.shape).toEqual([12, 16]);
  });

  it('tells the words of a vocabulary, and a template with its lines', async () => {
    const text = (value: string): Buffer => {
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(bytes.length));
      return Buffer.concat([length, bytes]);
    };
    const number = (value: number, bytes = 4): Buffer => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUInt32LE(value);
      return buffer;
    };
    const template = '{% for m in messages %}\n{{ m }}\n{% endfor %}';
    const words = ['<s>', 'layer10', 'x'.repeat(5000), '\n'];
    const model = Buffer.concat([
      Buffer.from('GGUF'),
      number(3),
      number(0, 8),
      number(2, 8),
      ...[text('tokenizer.chat_template'), number(8), text(template)],
      ...[text('tokenizer.ggml.tokens'), number(9), number(8), number(words.length, 8), ...words.map(text)],
    ]);
    const seen = await look(model);
    expect(seen.texts).toEqual([{ name: 'tokenizer.chat_template', text: template }]);
    expect(rows(seen, 'tokens')).toEqual([
      ['<s>', 0],
      ['layer10', 1],
      ['x'.repeat(256), 2],
      ['\n', 3],
    ]);
  });

  it('shows at once how a large pickle begins, of which it reads next to nothing', async () => {
    const items = '\x8c\x04item\x8c\x04item'.repeat(400_000);
    const large = concat('\x80\x04](', items, 'e.');
    let read = 0;
    const source: ByteSource = {
      size: large.length,
      read: (offset, length) => {
        read += length;
        return bytesSource(large).read(offset, length);
      },
    };
    const seen = await glimpse(source);
    expect(seen && rows(seen, 'objects').slice(0, 2)).toEqual([
      ['pickle', 'list', expect.stringMatching(/^\d+ items$/)],
      ['[0]', 'str', "'item'"],
    ]);
    expect(seen?.gaps).toEqual(['objects past the first 50000 opcodes']);
    expect(read).toBeLessThan(large.length / 8);
    expect(await glimpse(bytesSource(HOSTILE))).toBeUndefined();
    expect(await glimpse(bytesSource(concat('PK', large)))).toBeUndefined();
  });

  it('finds the pickle behind the header of an array of objects', async () => {
    const text = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".padEnd(117) + '\n';
    const head = concat('\x93NUMPY\x01\x00', Buffer.from([118, 0]), text);
    const seen = await look(concat(head, HOSTILE), 'a.npy');
    expect(seen.pickles).toEqual([{ member: undefined, copy: 1, at: 128, size: HOSTILE.length }]);
    expect(rows(seen, 'globals')[0]).toEqual(['os.system', 'dangerous', 1, '', 130]);
  });

  it('reads next to nothing of a file of gigabytes', async () => {
    const header = Buffer.from(
      JSON.stringify({ w: { dtype: 'F32', shape: [1 << 20, 1 << 10], data_offsets: [0, 2 ** 32] } }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const head = concat(length, header);
    let read = 0;
    const size = head.length + 2 ** 32;
    const source: ByteSource = {
      size,
      read: (offset, count) => {
        const bytes = new Uint8Array(Math.max(0, Math.min(count, size - offset)));
        bytes.set(head.subarray(offset, offset + bytes.length));
        read += bytes.length;
        return Promise.resolve(bytes);
      },
    };
    const seen = await look(source, 'model.safetensors');
    expect(rows(seen, 'tensors')).toEqual([['w', 'F32', '1048576 × 1024', 2 ** 32]]);
    expect(read).toBeLessThan(1024 * 1024);
  });

  it('cuts what is long, and counts what it leaves out', async () => {
    const name = 'x'.repeat(10_000);
    const seen = await look(
      zip([
        { name: 'data.pkl', data: pickle(value({ [name]: 1 })) },
        { name, data: Buffer.from('a') },
      ]),
    );
    for (const list of seen.lists) {
      expect(list.omitted).toBe(0);
      for (const { cells } of list.rows) for (const cell of cells) expect(String(cell).length).toBeLessThanOrEqual(501);
    }
    expect(rows(seen, 'members')).toHaveLength(2);
  });

  it('ends when it is told to', async () => {
    const source = bytesSource(packed(weights.torch_many));
    const options = { signal: AbortSignal.abort(new Error('enough')) };
    await expect(inspect(source, { format: 'torch-zip', detail: '' }, options)).rejects.toThrow('enough');
  });
});

describe('a page of a listing', () => {
  const inside = { member: undefined, copy: 1, at: 0 };

  it('has each finding on the line that it names, in archives too', async () => {
    const archive = torchZip('archive', call(global('os', 'system'), op.unicode('id')), []);
    for (const content of [HOSTILE, archive]) {
      const source = bytesSource(content);
      const detection = await detectFormat(source);
      const { findings } = await analyseStatic(source, detection);
      const evidence = findings
        .flatMap((finding) => finding.evidence)
        .filter((item) => item.disassemblyLine !== undefined);
      expect(evidence.length).toBeGreaterThan(0);
      for (const { disassemblyLine = 0, offset, member } of evidence) {
        const page = await listPickle(source, detection, { ...inside, member }, { page: 1 });
        expect(page?.lines[disassemblyLine - 1]?.offset).toBe(offset);
      }
    }
  });

  it('is the one with the opcode that is asked for, and says how many lines there are', async () => {
    const source = bytesSource(
      pickle(concat(...Array.from({ length: 50_000 }, () => concat(op.none, op.pop)), op.none)),
    );
    const page = await listPickle(source, { format: 'pickle' }, inside, { offset: 70_001 });
    expect(page).toMatchObject({ page: 4, total: 100_003, line: 70_001 });
    expect(page?.lines[10_000]).toMatchObject({ line: 70_001, offset: 70_001 });
    expect(page?.texts).toHaveLength(20_000);
  });

  it('tells members of one name apart, and what is not there', async () => {
    const other = pickle(value([1]));
    const source = bytesSource(
      zip([
        { name: 'data.pkl', data: HOSTILE },
        { name: 'data.pkl', data: other },
      ]),
    );
    const lines = async (copy: number) =>
      (await listPickle(source, { format: 'zip' }, { member: 'data.pkl', copy, at: 0 }, { page: 1 }))?.texts.join('\n');
    expect(await lines(1)).toContain('looks up os.system');
    expect(await lines(2)).not.toContain('os.system');
    expect(await lines(3)).toBeUndefined();
  });
});

describe('the words for a name', () => {
  it.each([
    ['os.system', 'dangerous'],
    ['posix.system', 'dangerous'],
    ['torch.serialization.os.system', 'dangerous'],
    ['collections.OrderedDict', 'allowed'],
    ['mylibrary.models.Net', 'unknown'],
    ['faulthandler.enable', 'unlisted'],
    ['nothing', 'unknown'],
  ])('%s is %s', (name, judgement) => {
    const explained = explainGlobal(name);
    expect(explained.judgement).toBe(judgement);
    expect(explained.words).toMatch(/\.$/);
  });
});
