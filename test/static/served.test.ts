import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pickle, tar, value, zip } from '../../samples/assemble.mjs';
import { detectFormat } from '../../src/detect/detect.js';
import { bytesSource } from '../../src/readers/bytes.js';
import { analyse } from './support.js';

const formatOf = async (bytes: Uint8Array) => (await detectFormat(bytesSource(bytes))).format;
const text = (content: string | object): Buffer =>
  Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));

const HANDLER = `from ts.torch_handler.base_handler import BaseHandler
import torch


class Handler(BaseHandler):
    def preprocess(self, data):
        return torch.tensor([row["body"] for row in data])
`;
const COMMAND = 'import os\n\nos.system("id")\n';

describe('an archive of TorchServe', () => {
  const archive = (model: object, members: Record<string, string>, more: object = { runtime: 'python' }): Buffer =>
    zip([
      { name: 'MAR-INF/MANIFEST.json', data: text({ ...more, model: { modelName: 'm', ...model } }) },
      ...Object.entries(members).map(([name, data]) => ({ name, data: text(data), method: 8 as const })),
    ]);

  it('is told, and clean with a handler that computes, or one of the server', async () => {
    const own = archive({ handler: 'handler.py' }, { 'handler.py': HANDLER, 'index_to_name.json': '{"0": "cat"}' });
    expect(await formatOf(own)).toBe('torchserve');
    for (const bytes of [own, archive({ handler: 'image_classifier' }, {}), gzipSync(own)]) {
      const { loud, gaps } = await analyse(bytes, 'm.mar');
      expect({ loud, gaps }).toEqual({ loud: [], gaps: [] });
    }
  });

  it.each<[string, Buffer, string]>([
    ['in its handler', archive({ handler: 'handler.py:run' }, { 'handler.py': COMMAND }), 'STATIC-PYTHON-EXEC'],
    ['in a handler of any name', archive({ handler: 'serve' }, { serve: COMMAND }), 'STATIC-PYTHON-EXEC'],
    [
      'in the file of its classes',
      archive({ handler: 'image_classifier', modelFile: 'net.dat' }, { 'net.dat': COMMAND }),
      'STATIC-PYTHON-EXEC',
    ],
    [
      'in another file',
      archive({ handler: 'handler.py' }, { 'handler.py': HANDLER, 'a.py': COMMAND }),
      'STATIC-PYTHON',
    ],
    [
      'in its packages',
      archive(
        { handler: 'image_classifier', requirementsFile: 'needs' },
        { needs: '-ihttps://packages.example.net/simple\nx' },
      ),
      'STATIC-MANIFEST-INDEX',
    ],
    ['by a path', archive({ handler: '../../x.py' }, {}), 'STATIC-TORCHSERVE-PATH'],
    [
      'by its runtime',
      archive({ handler: 'image_classifier' }, {}, { runtime: '/tmp/x' }),
      'STATIC-TORCHSERVE-RUNTIME',
    ],
  ])('is found out %s', async (_, bytes, rule) => {
    for (const content of [bytes, gzipSync(bytes)])
      expect((await analyse(content, 'm.mar')).rules.join()).toContain(rule);
  });

  it('without the handler that it names is not seen whole', async () => {
    expect((await analyse(archive({ handler: 'mine.py' }, {}), 'm.mar')).gaps.join()).toMatch(/mine\.py is not in/);
    const broken = zip([{ name: 'MAR-INF/MANIFEST.json', data: text('{"model": ') }]);
    expect((await analyse(broken, 'm.mar')).gaps).not.toEqual([]);
  });
});

describe('a checkpoint of NeMo', () => {
  const checkpoint = zip([{ name: 'archive/data.pkl', data: Buffer.from(pickle(value([1]))) }]);
  const CONFIG = 'target: nemo.collections.asr.models.EncDecCTCModelBPE\nloss:\n  _target_: nemo.core.Loss\n';
  const nemo = (config: string, weights: Uint8Array = checkpoint): Buffer =>
    tar([
      ['./model_config.yaml', text(config)],
      ['./model_weights.ckpt', Buffer.from(weights)],
    ]);

  it('is told by its members, whatever its last one is, and clean', async () => {
    expect(await formatOf(nemo(CONFIG))).toBe('nemo');
    for (const bytes of [nemo(CONFIG), gzipSync(nemo(CONFIG))]) {
      const { loud, gaps } = await analyse(bytes, 'm.nemo');
      expect({ loud, gaps }).toEqual({ loud: [], gaps: [] });
    }
  });

  it.each([
    ['a target that runs programs', nemo('a:\n  _target_: os.system\n  command: id\n')],
    ['a target that loads a model', nemo('_target_: mlflow.pyfunc.load_model\nmodel_uri: x\n')],
    ['a tag of Python', nemo('x: !!python/object/apply:os.system ["id"]\n')],
    ['weights that run programs', nemo(CONFIG, Buffer.from("cos\nsystem\n(S'id'\ntR."))],
  ])('is found out with %s', async (_, bytes) => {
    for (const content of [bytes, gzipSync(bytes)]) expect((await analyse(content, 'm.nemo')).loud).not.toEqual([]);
  });
});
