/** A fixed part of `npm run zoo`: models that old and new versions of libraries saved are read, and nothing in them stands out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { scanPaths } from '../../src/scan/scan.js';

/** By library, version and what it is: the name of its file, and this packed by gzip. */
const kept = z
  .record(z.string(), z.tuple([z.string(), z.base64()]))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'kept.json'), 'utf8')));
const models = Object.entries(kept).map(([name, [file, bytes]], index) => ({ name, bytes, path: `${index}/${file}` }));

const folder = mkdtempSync(join(tmpdir(), 'dynscan-zoo-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let scans: Awaited<ReturnType<typeof scanPaths>>['scans'];
beforeAll(async () => {
  for (const { path, bytes } of models) {
    mkdirSync(dirname(join(folder, path)));
    writeFileSync(join(folder, path), gunzipSync(Buffer.from(bytes, 'base64')));
  }
  const paths = models.map(({ path }) => join(folder, path));
  const request = { paths, settings: DEFAULT_SETTINGS, staticOnly: true };
  ({ scans } = await scanPaths(request, { signal: new AbortController().signal, onEvent: () => undefined }));
}, 120_000);

it.each(models.map(({ name, path }) => [name, path]))('%s', (_, path) => {
  const report = scans.find(({ model }) => model.path === join(folder, path));
  expect([report?.verdict, report?.reasons]).toEqual(['clean', [expect.stringContaining('read to its end')]]);
});
