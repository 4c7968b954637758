import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { StaticCache } from '../../src/scan/static-cache.js';

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
};

describe('what reading a model found is known again', () => {
  it('for the same file in the same state, and for the same content elsewhere under the same name', async () => {
    const cache = new StaticCache('reader 1');
    await cache.keep('/a/model.pkl', 'stamp', HASH, RESULT);
    expect(await cache.find('/a/model.pkl', 'stamp')).toEqual({ sha256: HASH, result: RESULT });
    expect(await cache.findContent('/b/model.pkl', HASH)).toEqual(RESULT);
  });

  it('not for another state, another content, another name, or another reader', async () => {
    const cache = new StaticCache('reader 1');
    await cache.keep('/a/model.pkl', 'stamp', HASH, RESULT);
    expect(await cache.find('/a/model.pkl', 'other stamp')).toBeUndefined();
    expect(await cache.findContent('/a/model.pkl', 'b'.repeat(64))).toBeUndefined();
    expect(await cache.findContent('/a/model.safetensors', HASH)).toBeUndefined();
    // The content is the same, so its hash is still known: what it holds is not.
    expect(await new StaticCache('reader 2').find('/a/model.pkl', 'stamp')).toEqual({
      sha256: HASH,
      result: undefined,
    });
  });

  it('not for a file that may change without its times telling', async () => {
    const cache = new StaticCache('reader 1');
    await cache.keep('/a/model.pkl', undefined, HASH, RESULT);
    expect(await cache.find('/a/model.pkl', 'stamp')).toBeUndefined();
    expect(await cache.findContent('/a/model.pkl', HASH)).toEqual(RESULT);
  });

  it('not from a cache file that something else wrote', async () => {
    const cache = new StaticCache('reader 1');
    await cache.keep('/a/model.pkl', 'stamp', HASH, RESULT);
    const files = join(process.env['DYNSCAN_CACHE'] ?? '', 'static');
    for (const name of readdirSync(files)) writeFileSync(join(files, name), '{"sha256":"x","findings":[{}]}');
    expect(await cache.find('/a/model.pkl', 'stamp')).toBeUndefined();
    expect(await cache.findContent('/a/model.pkl', HASH)).toBeUndefined();
  });
});
