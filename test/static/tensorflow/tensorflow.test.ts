import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, zip } from '../../../samples/assemble.mjs';
import { findModels } from '../../../src/model/find.js';
import { openFile } from '../../../src/model/source.js';
import { analyseStatic } from '../../../src/static/analyse.js';
import { bytesSource } from '../../../src/readers/bytes.js';
import { readBundle } from '../../../src/readers/tensorflow/bundle.js';
import { isKnownOp, reachOf } from '../../../src/static/tensorflow/operations.js';
import { definition, graph, metaGraph, node, number, part, savedModel } from '../protobuf/encode.js';
import { analyse, detectFile } from '../support.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures/tensorflow');
async function fixture(name: string): Promise<Uint8Array> {
  return new Uint8Array(gunzipSync(await readFile(join(FIXTURES, `${name}.gz`))));
}

const path = (text: string) => node(1, 'path', 'Const', { value: [text] });
const writes = (...inputs: string[]) => node(1, 'write', 'WriteFile', { inputs });

describe('models that TensorFlow and Keras save', () => {
  const kinds = [
    ['module-saved_model.pb', 'saved_model.pb'],
    ['table.pb', 'saved_model.pb'],
    ['keras3.pb', 'saved_model.pb'],
    ['keras2.pb', 'saved_model.pb'],
    ['simple.pb', 'saved_model.pb'],
    ['frozen.pb', 'frozen.pb'],
    ['session.meta', 'model.ckpt.meta'],
    ['session.index', 'model.ckpt.index'],
    ['module-variables.index', 'variables.index'],
  ] as const;
  it.each(kinds)('%s is harmless', async (name, asName) => {
    const { findings, gaps } = await analyse(await fixture(name), asName);
    expect(findings).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it.each(kinds)('%s is damaged when it is cut off', async (name) => {
    const bytes = await fixture(name);
    const { gaps } = await analyse(bytes.subarray(0, bytes.length - 9));
    expect(gaps).not.toEqual([]);
  });

  it('shows what reaches outside, in the functions of the library, with the paths that it names', async () => {
    const { findings } = await analyse(await fixture('hostile.pb'), 'saved_model.pb');
    expect(findings.map(({ rule, severity, explanation }) => [rule, severity, explanation.split('. ', 1)[0]])).toEqual([
      ['STATIC-TF-READ', 'high', "Its operation ReadFile reads the file '/nonexistent', 'id_rsa'"],
      [
        'STATIC-TF-PYTHON',
        'high',
        "Its operation EagerPyFunc calls the Python function that is registered as 'pyfunc_0'",
      ],
      ['STATIC-TF-WRITE', 'critical', expect.stringMatching(/WriteFile writes the file '\/nonexistent\/\.bashrc'/)],
      ['STATIC-TF-READ', 'high', "Its operation MatchingFiles lists the files that match '/nonexistent/*'"],
    ]);
    expect(findings[0]?.evidence[0]).toMatchObject({
      offset: expect.any(Number) as number,
      text: expect.stringContaining('in the function __inference_read_') as string,
    });
  });
});

describe('a dangerous operation', () => {
  const evil = graph([path('/etc/cron.d/x'), writes('path', 'text')]);
  const cases: [string, Uint8Array][] = [
    ['in a SavedModel', savedModel(evil)],
    [
      'in a second meta graph behind a harmless one',
      concat(savedModel(graph([node(1, 'x', 'Placeholder')])), metaGraph(evil)),
    ],
    ['in a frozen graph', evil],
    ['in the graph of a checkpoint', concat(part(1, part(4, 'train')), part(2, evil))],
    ['in an archive', zip([{ name: 'm/saved_model.pb', data: Buffer.from(savedModel(evil)), method: 8 }])],
    ['behind fields that are not known', concat(part(1000, 'x'.repeat(5000)), savedModel(evil))],
    ['with its fields in another order', concat(metaGraph(evil), number(1, 1))],
    [
      'in a function that no node calls',
      savedModel(
        graph(
          [node(1, 'x', 'Placeholder')],
          [
            definition(
              'f',
              ['a'],
              node(3, 'p', 'Const', { value: ['/etc/cron.d/x'] }),
              node(3, 'w', 'WriteFile', { inputs: ['p:output:0', 'a'] }),
            ),
          ],
        ),
      ),
    ],
    [
      'with its path in tensor_content',
      graph([
        part(
          1,
          part(1, 'path'),
          part(2, 'Const'),
          part(5, part(1, 'value'), part(2, part(8, number(1, 7), part(4, '\x0d/etc/cron.d/x')))),
        ),
        writes('path', 'text'),
      ]),
    ],
  ];
  it.each(cases)('%s is found', async (_, bytes) => {
    const { findings, rules } = await analyse(bytes);
    expect(rules).toContain('STATIC-TF-WRITE');
    expect(findings.find(({ rule }) => rule === 'STATIC-TF-WRITE')?.explanation).toContain("'/etc/cron.d/x'");
  });

  it('gets its path through other nodes and functions, and that is told', async () => {
    const inner = definition('inner', ['file'], node(3, 'w', 'WriteFile', { inputs: ['file', 'file'] }));
    const outer = definition('outer', ['a'], node(3, 'c', 'PartitionedCall', { inputs: ['a'], calls: { f: 'inner' } }));
    const nodes = [
      path('/home/x/.bashrc'),
      node(1, 'same', 'Identity', { inputs: ['path'] }),
      node(1, 'go', 'StatefulPartitionedCall', { inputs: ['same', '^other'], calls: { f: 'outer' } }),
    ];
    const { findings } = await analyse(savedModel(graph(nodes, [inner, outer])));
    expect(findings[0]?.explanation).toContain("'/home/x/.bashrc'");
    expect(findings[0]?.evidence.map(({ text }) => text)).toContain(
      "node go hands to inner and outer, for WriteFile, '/home/x/.bashrc'",
    );
  });

  it.each([
    ['EagerPyFunc', { texts: { token: 'pyfunc_3' } }, 'STATIC-TF-PYTHON', "'pyfunc_3'"],
    ['ImmutableConst', { texts: { memory_region_name: '/etc/shadow' } }, 'STATIC-TF-READ', "'/etc/shadow'"],
    ['PrintV2', { texts: { output_stream: 'file:///tmp/x' } }, 'STATIC-TF-WRITE', "'file:///tmp/x'"],
    ['DebugIdentityV2', { texts: { debug_urls: 'grpc://192.0.2.1:1' } }, 'STATIC-TF-NETWORK', "'grpc://192.0.2.1:1'"],
    ['DebugIdentity', { texts: { debug_urls: 'file:///tmp/x' } }, 'STATIC-TF-WRITE', "'file:///tmp/x'"],
    ['DecodeProtoV2', { texts: { descriptor_source: '/tmp/x' } }, 'STATIC-TF-READ', "'/tmp/x'"],
    ['RpcClient', { inputs: ['path'] }, 'STATIC-TF-NETWORK', "'192.0.2.1:80'"],
    ['DatasetFromGraph', { inputs: ['path'] }, 'STATIC-TF-HIDDEN-GRAPH', 'written in the text'],
    ['XlaCustomCallV2', { texts: { call_target_name: 'system' } }, 'STATIC-TF-NATIVE', "'system'"],
    ['Abort', {}, 'STATIC-TF-ABORT', 'process'],
    ['CacheDatasetV2', { inputs: ['x', 'path'] }, 'STATIC-TF-WRITE', "'192.0.2.1:80'"],
  ] as const)('%s is judged by what it names', async (kind, parts, rule, words) => {
    const { findings } = await analyse(graph([path('192.0.2.1:80'), node(1, 'n', kind, parts)]));
    expect(findings.map((finding) => finding.rule)).toEqual([rule]);
    expect(findings[0]?.explanation).toContain(words);
  });

  it.each([
    ['PrintV2', { texts: { output_stream: 'stderr' } }],
    ['DebugIdentityV2', {}],
    ['DecodeProtoV2', { texts: { descriptor_source: 'local://' } }],
    ['CacheDatasetV2', { inputs: ['x', 'path'] }],
    ['FixedUnigramCandidateSampler', { texts: { vocab_file: '' } }],
    ['DecodeJpeg', {}],
  ] as const)('%s is harmless where it stays in memory', async (kind, parts) => {
    const nodes = [node(1, 'path', 'Const', { value: [''] }), node(1, 'x', 'Placeholder'), node(1, 'n', kind, parts)];
    expect((await analyse(graph(nodes))).findings).toEqual([]);
  });

  it('that TensorFlow does not have is told as unknown, unless the graph defines it', async () => {
    const own = definition('Mine', ['x'], node(3, 'y', 'Relu', { inputs: ['x'] }));
    const { findings } = await analyse(graph([node(1, 'a', 'EvilOp'), node(1, 'b', 'Mine', { inputs: ['a'] })], [own]));
    expect(findings).toMatchObject([{ rule: 'STATIC-TF-UNKNOWN-OP', severity: 'low', count: 1 }]);
    expect(findings[0]?.explanation).toContain('EvilOp');
  });

  it('is in one list or the other', () => {
    expect(isKnownOp('Conv2D')).toBe(true);
    expect(isKnownOp('Conv2DX')).toBe(false);
    expect(isKnownOp('constructor')).toBe(false);
    expect(reachOf('Conv2D')).toBeUndefined();
    expect(reachOf('ReadFile')?.rule).toBe('STATIC-TF-READ');
  });
});

describe('a saver', () => {
  const saver = (...nodes: Uint8Array[]) =>
    analyse(graph([...nodes, node(1, 'save', 'SaveV2', { inputs: ['path', 'n', 's', 'x'] })]));

  it('that takes its path from the caller is harmless', async () => {
    const { findings } = await saver(
      node(1, 'default', 'Const', { value: ['model'] }),
      node(1, 'given', 'PlaceholderWithDefault', { inputs: ['default'] }),
      node(1, 'part', 'Const', { value: ['_temp_1/part'] }),
      node(1, 'path', 'StringJoin', { inputs: ['given', 'part'] }),
    );
    expect(findings).toEqual([]);
  });

  it('of before 1.13, whose path stands in the place of a constant, is harmless', async () => {
    const { findings } = await saver(
      node(1, 'given', 'Const', { value: ['model'] }),
      node(1, 'part', 'Const', { value: ['_temp_1/part'] }),
      node(1, 'path', 'StringJoin', { inputs: ['given', 'part'] }),
    );
    expect(findings).toEqual([]);
  });

  it.each([
    ['a path of its own', [path('weights')]],
    [
      'a path that leads elsewhere from that constant',
      [
        node(1, 'given', 'Const', { value: ['model'] }),
        node(1, 'part', 'Const', { value: ['/../../etc/x'] }),
        node(1, 'path', 'StringJoin', { inputs: ['given', 'part'] }),
      ],
    ],
    [
      'a default that is absolute',
      [node(1, 'd', 'Const', { value: ['/etc/x'] }), node(1, 'path', 'PlaceholderWithDefault', { inputs: ['d'] })],
    ],
    [
      'a path in pieces',
      [
        node(1, 'a', 'Const', { value: ['et'] }),
        node(1, 'b', 'Const', { value: ['c'] }),
        node(1, 'path', 'StringJoin', { inputs: ['a', 'b'] }),
      ],
    ],
    [
      'a path that it decodes, with a placeholder to look harmless',
      [
        node(1, 'given', 'Placeholder'),
        node(1, 'code', 'Const', { value: ['L2V0Yy94'] }),
        node(1, 'plain', 'DecodeBase64', { inputs: ['code'] }),
        node(1, 'path', 'StringJoin', { inputs: ['given', 'plain'] }),
      ],
    ],
  ])('that has %s is found', async (_, nodes) => {
    expect((await saver(...nodes)).rules).toEqual(['STATIC-TF-WRITE']);
  });

  it('in a function is harmless, and found where a node hands it a path', async () => {
    const traced = definition('save', ['prefix'], node(3, 's', 'SaveV2', { inputs: ['prefix', 'n', 's', 'x'] }));
    const asked = (...nodes: Uint8Array[]) =>
      analyse(
        savedModel(
          graph([...nodes, node(1, 'c', 'PartitionedCall', { inputs: ['path'], calls: { f: 'save' } })], [traced]),
        ),
      );
    expect((await asked(node(1, 'path', 'Placeholder'))).findings).toEqual([]);
    const { findings } = await asked(path('/home/x/.profile'));
    expect(findings).toMatchObject([{ rule: 'STATIC-TF-WRITE', severity: 'critical' }]);
  });
});

describe('an asset', () => {
  const table = graph([
    path('/tmp/vocabulary.txt'),
    node(1, 'init', 'InitializeTableFromTextFileV2', { inputs: ['t', 'path'] }),
  ]);
  const asset = (file: string) => part(6, part(1, part(1, 'path:0')), part(2, file));

  it('of the model may be read', async () => {
    expect((await analyse(savedModel(table, asset('vocabulary.txt')))).findings).toEqual([]);
  });
  const collected = (key: string, file: string) =>
    part(
      4,
      part(1, key),
      part(2, part(5, part(1, part(1, 'type'), part(2, part(1, part(1, 'path:0')), part(2, file))))),
    );
  it('may stand in the collection of TensorFlow 1, and in no other', async () => {
    expect((await analyse(savedModel(table, collected('saved_model_assets', 'v.txt')))).findings).toEqual([]);
    expect((await analyse(savedModel(table, collected('others', 'v.txt')))).rules).toEqual(['STATIC-TF-READ']);
    const ignored = part(6, part(1, part(1, 'another:0')), part(2, 'w.txt'));
    const both = savedModel(table, collected('saved_model_assets', 'v.txt'), ignored);
    expect((await analyse(both)).rules).toEqual(['STATIC-TF-READ']);
  });
  it('of one meta graph is none of another', async () => {
    const bytes = concat(savedModel(graph([node(1, 'x', 'Placeholder')]), asset('v.txt')), metaGraph(table));
    expect((await analyse(bytes)).rules).toEqual(['STATIC-TF-READ']);
  });
  it('outside the folder is found', async () => {
    expect((await analyse(savedModel(table, asset('../../etc/passwd')))).rules).toEqual(['STATIC-TF-ASSET-PATH']);
  });
  it('that the model does not name as one is a file of the machine', async () => {
    expect((await analyse(savedModel(table))).rules).toEqual(['STATIC-TF-READ']);
  });
});

describe('the configuration of a layer', () => {
  const lambda = JSON.stringify({
    class_name: 'Lambda',
    config: {
      name: 'l',
      function: { class_name: '__tuple__', items: ['4wEAAAA=', null, null] },
      function_type: 'lambda',
    },
  });
  it('is judged as Keras does, in keras_metadata.pb', async () => {
    const layer = part(1, number(2, 1), part(3, 'root.layer-0'), part(4, '_tf_keras_layer'), part(5, lambda));
    const { findings } = await analyse(layer, 'keras_metadata.pb');
    expect(findings.map(({ rule }) => rule)).toEqual([expect.stringMatching(/^STATIC-KERAS-LAMBDA/)]);
  });
  it('is judged in the objects of a SavedModel', async () => {
    const objects = part(7, part(1, part(4, part(1, '_tf_keras_layer'), part(3, lambda))));
    const { rules } = await analyse(savedModel(graph([node(1, 'x', 'Placeholder')]), objects));
    expect(rules).toEqual([expect.stringMatching(/^STATIC-KERAS-LAMBDA/)]);
  });
  it('that is no JSON is a gap', async () => {
    const layer = part(1, number(2, 1), part(3, 'root'), part(4, '_tf_keras_layer'), part(5, '{"class_name": '));
    expect((await analyse(layer)).gaps).toEqual([expect.stringContaining('no JSON')]);
  });
});

describe('a folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dynscan-savedmodel-'));
    await mkdir(join(folder, 'good/variables'), { recursive: true });
    await mkdir(join(folder, 'good/assets'));
    for (const name of ['saved_model.pb', 'fingerprint.pb', 'variables.index', 'variables.data-00000-of-00001'])
      await writeFile(
        join(folder, 'good', name.startsWith('variables') ? 'variables' : '', name),
        await fixture(`module-${name}`),
      );
    await writeFile(join(folder, 'good/keras_metadata.pb'), await fixture('keras2-metadata.pb'));
    await writeFile(join(folder, 'good/assets/words.txt'), 'one\ntwo\n');
    await cp(join(folder, 'good'), join(folder, 'bad'), { recursive: true });
    await mkdir(join(folder, 'bad/assets.extra/deep'), { recursive: true });
    await writeFile(
      join(folder, 'bad/assets.extra/deep/words.txt'),
      pickle(call(global('os', 'system'), op.unicode('id'))),
    );
    await writeFile(join(folder, 'bad/variables/variables.data-00000-of-00001'), 'short');
    await writeFile(join(folder, 'bad/run.py'), 'print(1)\n');
    await symlink('/etc/hostname', join(folder, 'bad/assets/link.txt'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function scan(name: string) {
    const { models } = await findModels([join(folder, name)], { detect: detectFile });
    const results = [];
    for (const { path: file, detection } of models) {
      const source = await openFile(file);
      results.push({ file, ...(await analyseStatic(source, detection, { name: file.split('/').at(-1) ?? '' })) });
      await source.close();
    }
    return results;
  }

  it('is one model, its parts included', async () => {
    const results = await scan('good');
    expect(results.map(({ file, findings, gaps }) => [file, findings, gaps])).toEqual([
      [join(folder, 'good/saved_model.pb'), [], []],
    ]);
  });

  it('is looked into: assets, variables, programs, links', async () => {
    const results = await scan('bad');
    const whole = results.find(({ file }) => file.endsWith('saved_model.pb'));
    const found = whole?.findings.map(({ rule, evidence }) => [rule, evidence[0]?.member ?? evidence[0]?.text]) ?? [];
    expect(found).toContainEqual(['STATIC-PICKLE-EXEC', 'assets.extra/deep/words.txt']);
    expect(found).toContainEqual(['STATIC-TF-CHECKPOINT-BOUNDS', 'variables/variables.index']);
    expect(found).toContainEqual(['STATIC-TF-FOLDER-CODE', 'run.py']);
    expect(whole?.gaps).toEqual(['assets/link.txt: it is a link that leads out of the folder of the model']);
  });
});

describe('the index of a checkpoint', () => {
  it('says where each tensor lies', async () => {
    const { shards, tensors, gaps } = await readBundle(bytesSource(await fixture('module-variables.index')));
    expect(gaps).toEqual([]);
    expect(shards).toBe(1);
    expect(tensors).toContainEqual({ name: 'weights/.ATTRIBUTES/VARIABLE_VALUE', shard: 0, offset: 0, size: 16 });
  });

  it('never throws and never hangs, whatever is changed in it', async () => {
    const bytes = await fixture('module-variables.index');
    for (let at = 0; at < bytes.length; at += 1) {
      for (const value of [0, 0x7f, 0xff]) {
        const broken = bytes.slice();
        broken[at] = value;
        await readBundle(bytesSource(broken));
      }
    }
  });
});

describe('hostile graphs', () => {
  it('never throw, whatever is changed in a model', async () => {
    const bytes = await fixture('simple.pb');
    for (let at = 0; at < bytes.length; at += 31) {
      const broken = bytes.slice();
      broken[at] = (at * 37) & 0xff;
      await analyse(broken);
    }
  });

  it('are not followed in circles, nor without end', async () => {
    const nodes = Array.from({ length: 5000 }, (_, at) =>
      node(1, `n${at}`, 'StringJoin', { inputs: [`n${(at + 1) % 5000}`, `n${(at * 7) % 5000}`] }),
    );
    const sinks = Array.from({ length: 5000 }, (_, at) => node(1, `s${at}`, 'SaveV2', { inputs: [`n${at}`] }));
    const { rules, gaps } = await analyse(graph([...nodes, ...sinks]));
    expect(rules).toEqual(['STATIC-TF-WRITE']);
    expect(gaps).toEqual(['not every path that the graph names was followed to where it comes from']);
  });

  it('with functions that call themselves are followed once', async () => {
    const self = definition(
      'f',
      ['a'],
      node(3, 'again', 'PartitionedCall', { inputs: ['a'], calls: { f: 'f' } }),
      node(3, 'r', 'ReadFile', { inputs: ['a'] }),
    );
    const { rules } = await analyse(savedModel(graph([node(1, 'c', 'f', { inputs: ['x'] })], [self])));
    expect(rules).toEqual(['STATIC-TF-READ']);
  });
});
