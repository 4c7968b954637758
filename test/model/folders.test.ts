import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { detectFormat } from '../../src/detect/detect.js';
import { findModels } from '../../src/model/find.js';
import { detectFile } from '../static/support.js';
import { digestOfHashes, digestOfModel, openModel } from '../../src/model/source.js';
import { analyseStatic } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/readers/bytes.js';

const scratch = mkdtempSync(join(tmpdir(), 'dynscan-folders-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let made = 0;
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(scratch, `model-${(made += 1)}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const SAFETENSORS = '\x02\0\0\0\0\0\0\0{}';
const MODEL = {
  'config.json': '{"model_type": "gpt2"}',
  'model.safetensors': SAFETENSORS,
  'modeling.py': 'import os\nos.system("id")\n',
  'tokenizer/vocab.txt': 'a\nb\n',
};

describe('a folder of Hugging Face', () => {
  it('is one model, by its configuration', async () => {
    const folder = folderOf(MODEL);
    const { models } = await findModels([folder], { detect: detectFile });
    expect(models.map(({ path, detection }) => [path, detection.format])).toEqual([
      [join(folder, 'config.json'), 'huggingface'],
    ]);
  });

  it('keeps no other model from being scanned', async () => {
    const folder = folderOf({ ...MODEL, 'pytorch_model.bin': 'cos\nsystem\n(S"id"\ntR.' });
    const { models } = await findModels([folder], { detect: detectFile });
    expect(models.map(({ detection }) => detection.format)).toEqual(['huggingface', 'pickle']);
  });

  it.each([
    ['a configuration without weights', { 'config.json': '{"model_type": "gpt2"}' }, 'json'],
    ['code alone', { 'config.json': '{"auto_map": {"AutoModel": "m.M"}}' }, 'huggingface'],
    ['any other configuration', { 'config.json': '{"port": 80}', 'model.safetensors': SAFETENSORS }, 'json'],
  ])('is recognised by what is in it: %s', async (_, files, format) => {
    expect((await detectFile(join(folderOf(files), 'config.json'))).format).toBe(format);
  });

  it('shows what is wrong with any of its files', async () => {
    const source = await openModel(join(folderOf(MODEL), 'config.json'), 'huggingface');
    const { findings } = await analyseStatic(source, { format: 'huggingface' }, { name: 'config.json' });
    await source.close();
    expect(findings.map(({ rule, evidence }) => [rule, evidence[0]?.member])).toContainEqual([
      'STATIC-PYTHON-EXEC-IMPORT',
      'modeling.py',
    ]);
  });

  it('has a hash of its own that can be made without DynScan, and changes when one of them does', async () => {
    const folder = folderOf(MODEL);
    const source = await openModel(join(folder, 'config.json'), 'huggingface');
    const list = 'find -L . -type f -printf "%P\\0" | LC_ALL=C sort -z | xargs -0 sha256sum --zero';
    const all = `{ printf 'dynscan-folder/1\\0'; ${list}; } | sha256sum`;
    const told = execFileSync('sh', ['-c', all], { cwd: folder, encoding: 'utf8' }).slice(0, 64);
    expect(await digestOfModel(source)).toEqual({ kind: 'folder', sha256: told });
    expect(source.total).toBe(Object.values(MODEL).join('').length);
    await source.close();
    writeFileSync(join(folder, 'tokenizer/vocab.txt'), 'a\nb\nc\n');
    const again = await openModel(join(folder, 'config.json'), 'huggingface');
    expect(again.stamp).not.toBe(source.stamp);
    await again.close();
  });

  it('has the hash that is made of the hashes of its files, as the sandbox tells them', async () => {
    const source = await openModel(join(folderOf(MODEL), 'config.json'), 'huggingface');
    const digest = await digestOfModel(source);
    const hashes = (source.files ?? []).map(({ path }) =>
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    );
    expect(digestOfHashes(source, hashes)).toEqual(digest);
    expect(digestOfHashes(source, [...hashes].reverse())).not.toEqual(digest);
    await source.close();
  });

  it('is told from another one whose list of files a name imitates', async () => {
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const { 'config.json': config } = MODEL;
    const digests = [
      { 'config.json': config, m: 'harmless', 'x.py': 'import os' },
      { 'config.json': config, [`m\n${hash('import os')}  x.py`]: 'harmless' },
    ].map(async (files) => {
      const source = await openModel(join(folderOf(files), 'config.json'), 'huggingface');
      const digest = await digestOfModel(source);
      await source.close();
      return digest.sha256;
    });
    const [one, other] = await Promise.all(digests);
    expect(one).not.toBe(other);
  });

  it('follows the links of a cache of downloads, and none that leads elsewhere', async () => {
    const cache = folderOf({ 'blobs/1': MODEL['config.json'], 'blobs/2': SAFETENSORS, 'secret/key': 'k' });
    const folder = join(cache, 'snapshots', 'abc');
    mkdirSync(folder, { recursive: true });
    symlinkSync('../../blobs/1', join(folder, 'config.json'));
    symlinkSync('../../blobs/2', join(folder, 'model.safetensors'));
    symlinkSync('../../secret/key', join(folder, 'vocab.txt'));
    const source = await openModel(join(folder, 'config.json'), 'huggingface');
    expect(source.files?.map(({ name }) => name)).toEqual(['config.json', 'model.safetensors']);
    await source.close();
  });
});

describe('models of boosted trees', () => {
  const ubjson = (body: string): Buffer => Buffer.from(`{L\0\0\0\0\0\0\0\x07learner{${body}}}`, 'latin1');

  it.each([
    ['xgboost', Buffer.from('{"learner":{"attributes":{}},"version":[3,0,0]}')],
    ['xgboost', Buffer.from('{ "version": [3, 0, 0], "learner": {} }')],
    ['xgboost', ubjson('L\0\0\0\0\0\0\0\x01aSL\0\0\0\0\0\0\0\x02hi')],
    ['lightgbm', Buffer.from('tree\nversion=v4\nend of trees\n\nparameters:\nend of parameters\n')],
    ['catboost', Buffer.from('CBM1\x04\0\0\0abcd', 'latin1')],
  ])('%s is recognised by its content and read to its end', async (format, bytes) => {
    const detection = await detectFormat(bytesSource(bytes));
    expect(detection.format).toBe(format);
    const { gaps, findings } = await analyseStatic(bytesSource(bytes), detection);
    expect([gaps, findings]).toEqual([[], []]);
  });

  it.each([
    ['JSON that is cut off', Buffer.from('{"learner":{"attributes":{')],
    ['UBJSON that is cut off', ubjson('L\0\0\0\0\0\0\0\x01aSL\0\0\0\0\0\0\0\x09hi')],
    ['UBJSON with more after it', Buffer.concat([ubjson(''), Buffer.from('more')])],
    ['UBJSON with a length of no kind', ubjson('Qa')],
    ['text without its end', Buffer.from('tree\nversion=v4\nTree=0\n')],
    ['text with other bytes in it', Buffer.from('tree\nversion=v4\n\0end of parameters\n')],
    ['a core that is cut off', Buffer.from('CBM1\xff\0\0\0abcd', 'latin1')],
    ['the binary format of XGBoost', Buffer.from('binf\0\0\0\0')],
  ])('%s is a gap', async (_, bytes) => {
    const { gaps } = await analyseStatic(bytesSource(bytes), await detectFormat(bytesSource(bytes)));
    expect(gaps).toHaveLength(1);
  });
});
