import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder } from '../../src/docker/cache.js';
import { StaticCache, type CachedModel } from '../../src/scan/static-cache.js';

const folder = mkdtempSync(join(tmpdir(), 'dynscan-static-cache-'));
beforeEach(() => {
  process.env['DYNSCAN_CACHE'] = mkdtempSync(join(folder, 'cache-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const HASH = 'a'.repeat(64);
const RESULT = {
  findings: [],
  globals: [{ global: 'os.system', offset: 3 }],
  gaps: ['it ends early'],
  needs: [],
  parts: [],
  madeBy: { versions: [] },
};

const MODEL: CachedModel = {
  path: '/a/model.pkl',
  name: 'model.pkl',
  kind: 'file',
  detection: { format: 'pickle', detail: 'it is one', certain: true },
};

describe('what reading a model found is known again', () => {
  it('for the same file in the same state, and for the same content elsewhere under the same name', async () => {
    const cache = new StaticCache('reader 1');
    await cache.keep(MODEL, 'stamp', HASH, RESULT);
    expect(await cache.find(MODEL, 'stamp')).toEqual({ sha256: HASH, result: RESULT });
    expect(await cache.findContent({ ...MODEL, path: '/b/model.pkl' }, HASH)).toEqual(RESULT);
  });

  it('not for another state, another content, or another reader', async () => {
    const cache = new StaticCache('reader 1');
    await cache.keep(MODEL, 'stamp', HASH, RESULT);
    expect(await cache.find(MODEL, 'other stamp')).toBeUndefined();
    expect(await cache.findContent(MODEL, 'b'.repeat(64))).toBeUndefined();
    // The content is the same, so its hash is still known: what it holds is not.
    expect(await new StaticCache('reader 2').find(MODEL, 'stamp')).toEqual({ sha256: HASH, result: undefined });
  });

  it.each<[string, Partial<CachedModel>]>([
    ['under another name', { name: 'model.safetensors' }],
    ['as another format', { detection: { ...MODEL.detection, format: 'joblib' } }],
    ['told in another way', { detection: { ...MODEL.detection, certain: false } }],
    ['of a folder', { kind: 'folder' }],
  ])('not for the same hash %s', async (_, other) => {
    const cache = new StaticCache('reader 1');
    await cache.keep(MODEL, 'stamp', HASH, RESULT);
    expect(await cache.findContent({ ...MODEL, ...other }, HASH)).toBeUndefined();
  });

  it('not for a file that may change without its times telling', async () => {
    const cache = new StaticCache('reader 1');
    await cache.keep(MODEL, undefined, HASH, RESULT);
    expect(await cache.find(MODEL, 'stamp')).toBeUndefined();
    expect(await cache.findContent(MODEL, HASH)).toEqual(RESULT);
  });

  it('not from a cache file that something else wrote', async () => {
    const cache = new StaticCache('reader 1');
    await cache.keep(MODEL, 'stamp', HASH, RESULT);
    const files = readdirSync(cacheFolder(), { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    expect(files).toHaveLength(2);
    for (const { parentPath, name } of files) writeFileSync(join(parentPath, name), '{"sha256":"x","findings":[{}]}');
    expect(await cache.find(MODEL, 'stamp')).toBeUndefined();
    expect(await cache.findContent(MODEL, HASH)).toBeUndefined();
  });

  it('not from a folder that others could write into', async () => {
    await new StaticCache('reader 1').keep(MODEL, 'stamp', HASH, RESULT);
    for (const name of readdirSync(cacheFolder())) chmodSync(join(cacheFolder(), name), 0o777);
    expect(await new StaticCache('reader 1').find(MODEL, 'stamp')).toBeUndefined();
  });
});
