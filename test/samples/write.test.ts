import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SAMPLES } from '../../samples/make.mjs';
import { writeSamples } from '../../src/samples/write.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dynscan-samples-'));
});
afterEach(() => rm(root, { recursive: true }));

it('writes every sample, and overwrites nothing', async () => {
  await writeFile(join(root, 'calls-home.pkl'), 'mine');
  const paths = await writeSamples(root);
  expect(paths.map((path) => basename(path))).toEqual(SAMPLES.map(({ file }) => file));
  for (const { file, make } of SAMPLES) {
    const expected = file === 'calls-home.pkl' ? Buffer.from('mine') : make();
    expect(Buffer.compare(await readFile(join(root, file)), expected), file).toBe(0);
  }
});

it('makes the folder, and says when it cannot', async () => {
  expect(await writeSamples(join(root, 'new', 'folder'))).toHaveLength(SAMPLES.length);
  await writeFile(join(root, 'file'), '');
  await expect(writeSamples(join(root, 'file'))).rejects.toThrow(/The samples cannot be written to .*file: EEXIST/);
});
