import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { mountsFor } from '../../src/scan/mounts.js';

const folder = mkdtempSync(join(tmpdir(), 'dynscan-mounts-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vi.stubEnv('DYNSCAN_CACHE', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe.skipIf(process.platform === 'win32')('what the sandbox sees of this machine', () => {
  const hostPath = join(folder, 'private.pkl');
  writeFileSync(hostPath, 'N.', { mode: 0o600 });
  const asked = {
    model: { name: 'private.pkl', format: 'pickle', files: [{ hostPath, name: 'private.pkl' }] },
    settings: DEFAULT_SETTINGS,
  } as const;
  const source = { name: 'own.py', content: Buffer.from('x = 1\n') };
  const copies = (): string[] => readdirSync(join(folder, 'cache/copies'));

  it('is a copy where only the user may read, until it is removed', async () => {
    const mounts = await mountsFor(asked, { files: [source], gaps: [] });
    const [file] = mounts.model.files;
    expect(readFileSync(file?.hostPath ?? '', 'utf8')).toBe('N.');
    expect(statSync(file?.hostPath ?? '').mode & 0o777).toBe(0o444);
    expect(mounts).toMatchObject({ code: true, testCase: undefined, folder: '/tmp', mounts: [{ path: '/code' }] });
    await mounts.remove();
    expect(copies()).toEqual([]);
  });

  it('leaves no copy behind when another cannot be made', async () => {
    await expect(mountsFor(asked, { files: [source, source], gaps: [] })).rejects.toThrow();
    expect(copies()).toEqual([]);
  });
});
