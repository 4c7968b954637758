/** A fixed part of `npm run zoo`: models that old and new versions of libraries saved are read, and nothing in them stands out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { scanPaths } from '../../src/scan/scan.js';
import { keptModels } from './kept.js';

const models = keptModels().map(({ name, file, content }, index) => ({ name, content, path: `${index}/${file}` }));

const folder = mkdtempSync(join(tmpdir(), 'dynscan-zoo-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let scans: Awaited<ReturnType<typeof scanPaths>>['scans'];
beforeAll(async () => {
  for (const { path, content } of models) {
    mkdirSync(dirname(join(folder, path)));
    writeFileSync(join(folder, path), content);
  }
  const paths = models.map(({ path }) => join(folder, path));
  const request = { paths, settings: DEFAULT_SETTINGS, staticOnly: true };
  ({ scans } = await scanPaths(request, { signal: new AbortController().signal, onEvent: () => undefined }));
}, 120_000);

it.each(models.map(({ name, path }) => [name, path]))('%s', (_, path) => {
  const report = scans.find(({ model }) => model.path === join(folder, path));
  expect([report?.verdict, report?.reasons]).toEqual(['clean', [expect.stringContaining('read to its end')]]);
});
