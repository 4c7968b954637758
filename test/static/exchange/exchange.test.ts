import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat, zip } from '../../../samples/assemble.mjs';
import { detectFormat } from '../../../src/detect/detect.js';
import { bytesSource } from '../../../src/readers/bytes.js';
import { analyse } from '../support.js';

/** As make-files.py has the libraries write them. */
const files = JSON.parse(readFileSync(new URL('files.json', import.meta.url), 'utf8')) as Record<string, string>;
const file = (name: string): Buffer => Buffer.from(files[name] ?? '', 'base64');
const named = (kind: string): string[] => Object.keys(files).filter((name) => name.startsWith(`${kind}/`));
const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
const formatOf = async (bytes: Uint8Array, name: string) =>
  (await detectFormat(bytesSource(bytes), { name: last(name) })).format;

describe('what the libraries write', () => {
  it.each(named('harmless'))('is told and clean, packed or not: %s', async (name) => {
    expect(await formatOf(file(name), name)).toMatch(/^(?:openvino|coreml|mxnet|mxnet-params|paddle|paddle-params)$/);
    for (const [bytes, as] of [
      [file(name), last(name)],
      [gzipSync(file(name)), `${last(name)}.gz`],
      [zip([{ name: last(name), data: file(name) }]), 'm.zip'],
    ] as const) {
      const { findings, gaps } = await analyse(bytes, as);
      expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
    }
  });

  it('a model and its weights in one archive are clean', async () => {
    const members = [
      { name: 'm.xml', data: file('harmless/openvino.xml') },
      { name: 'm.bin', data: file('numbers/openvino.bin') },
    ];
    expect((await analyse(zip(members), 'm.zip')).gaps).toEqual([]);
    expect((await analyse(zip(members.slice(1)), 'm.zip')).gaps).not.toEqual([]);
  });

  it.each(['harmless/net-0000.params', 'harmless/m.pdiparams', 'harmless/m.pdmodel'])(
    'is not seen whole when it is cut off: %s',
    async (name) => {
      const whole = file(name);
      for (let size = 40; size < whole.length; size += Math.ceil(whole.length / 40)) {
        const bytes = whole.subarray(0, size);
        const seen =
          (await formatOf(bytes, name)) !== 'unknown' && (await analyse(bytes, last(name))).gaps.length === 0;
        expect(seen, String(size)).toBe(false);
      }
    },
  );
});

it.each(named('hostile'))('what a class, a function or a path outside does is found: %s', async (name) => {
  for (const bytes of [file(name), gzipSync(file(name))])
    expect((await analyse(bytes, last(name))).loud).not.toEqual([]);
});

const ir = file('harmless/openvino.xml').toString();
describe("OpenVINO's XML", () => {
  it.each([
    ['a library of a layer', '<layer id="0"', '<layer library="../../evil.so" id="0"', 'LIBRARY'],
    ['a library by its ending alone', '<layer id="0"', '<layer code="kernels.so.2" id="0"', 'LIBRARY'],
    ['an extension', '<layers>', '<extension library="x"/><layers>', 'LIBRARY'],
    ['an extension in a list', '<layers>', '<extensions><extension path="libx.so"/></extensions><layers>', 'LIBRARY'],
    ['an extension as text', '<layers>', '<extension>/tmp/x.dll</extension><layers>', 'LIBRARY'],
    ['a plug-in', '<layer id="0"', '<layer plugin="evil" id="0"', 'LIBRARY'],
    ['weights outside its folder', 'offset="0"', 'offset="0" path="../../../etc/passwd"', 'PATH'],
    ['weights elsewhere', 'offset="0"', 'offset="0" file="https://192.0.2.1/x.bin"', 'PATH'],
  ])('is found with %s', async (_, from, to, rule) => {
    const { rules } = await analyse(ir.replace(from, to), 'm.xml');
    expect(rules).toContain(`STATIC-OPENVINO-${rule}`);
  });

  it('is a gap with operations that come from elsewhere', async () => {
    const text = ir.replace(/(<layer [^>]*type=")SoftMax(" version=")opset\d+/i, '$1Mine$2extension');
    const { findings, gaps } = await analyse(text, 'm.xml');
    expect(findings).toEqual([]);
    expect(gaps.join()).toMatch(/Mine of extension/);
  });

  it('may call its layers as it likes', async () => {
    expect((await analyse(ir.replace('name="x"', 'name="../library.so"'), 'm.xml')).rules).not.toEqual([]);
    expect((await analyse(ir.replace('name="x"', 'name="a/library/b"'), 'm.xml')).rules).toEqual([]);
  });
});

interface Graph {
  nodes: { op: string; name: string; attrs?: Record<string, string>; subgraphs?: unknown[] }[];
  attrs?: Record<string, unknown>;
}
describe('a graph of MXNet', () => {
  const graph = (change: (graph: Graph, layer: Graph['nodes'][number]) => void): string => {
    const changed = JSON.parse(file('harmless/net-symbol.json').toString()) as Graph;
    const layer = changed.nodes.find(({ op }) => op !== 'null');
    if (layer) change(changed, layer);
    return JSON.stringify(changed);
  };
  const custom = graph((_, layer) => Object.assign(layer, { op: 'Custom', attrs: { op_type: 'x' } }));

  it.each([
    ['an operation of Python', custom, 'CUSTOM'],
    ['an address', graph((_, layer) => Object.assign(layer, { op: '_Native', attrs: { info: '0x7f00' } })), 'POINTER'],
    ['an address of arrays', graph((_, layer) => Object.assign(layer, { op: '_NDArray' })), 'POINTER'],
    ['a library', graph((all) => Object.assign(all.attrs ?? {}, { library: ['str', '../x.so'] })), 'LIBRARY'],
    [
      'one in a subgraph',
      graph((_, layer) => Object.assign(layer, { subgraphs: [JSON.parse(custom) as Graph] })),
      'CUSTOM',
    ],
  ])('is found with %s', async (_, text, rule) => {
    for (const name of ['net-symbol.json', 'config.json', 'model.bin'])
      expect((await analyse(text, name)).rules, name).toContain(`STATIC-MXNET-${rule}`);
  });

  it('is a gap with operations that do not come with MXNet', async () => {
    const text = graph((_, layer) => Object.assign(layer, { op: 'my_gemm' }));
    expect((await analyse(text, 'net-symbol.json')).gaps.join()).toMatch(/my_gemm/);
  });

  it('is not what any other JSON with nodes is', async () => {
    const flow = '{"nodes": [{"op": "Custom", "name": "x"}], "links": []}';
    expect((await analyse(flow, 'flow.json')).rules).toEqual([]);
  });
});

const int = (...values: number[]): Buffer => Buffer.from(new Int32Array(values).buffer);
const lua = concat('\x1bLuaQ\0\x01\x04\x08\x04\x08\0', Buffer.alloc(40));
describe('formats that are only named', () => {
  it.each([
    ['tensorrt', concat('ftrt', Buffer.alloc(60, 7)), /plug-ins/],
    ['executorch', concat(int(48), 'ET12', Buffer.alloc(60, 7)), /delegates/],
    ['torch7', concat(int(4, 1, 3), 'V 1', int(17), 'torch.FloatTensor', Buffer.alloc(60)), /Torch7/],
    ['torch7', concat(int(3, 1, 1, 2, 1), 'a', int(0)), /Torch7/],
    ['torch7', Buffer.from('4\n1\n3\nV 1\n17\ntorch.FloatTensor\n1\n2\n'), /Torch7/],
    [
      'lfs-pointer',
      Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 12345\n`),
      /12345 bytes.*git lfs pull/,
    ],
  ])('%s: what it can do is the reason of the gap, packed or not', async (format, bytes, reason) => {
    expect(await formatOf(bytes, 'model.bin')).toBe(format);
    for (const content of [bytes, gzipSync(bytes), zip([{ name: 'x', data: bytes }])]) {
      const { findings, gaps } = await analyse(content, 'model.bin');
      expect(findings).toEqual([]);
      expect(gaps.join()).toMatch(reason);
    }
  });

  it('a function of Lua in an object of Torch7 is found', async () => {
    const { rules } = await analyse(concat(int(8, 1, lua.length), lua), 'model.t7');
    expect(rules).toEqual(['STATIC-TORCH7-FUNCTION']);
  });
});
