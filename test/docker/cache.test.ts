import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder, configFolder, privateFolder, writeCacheFile } from '../../src/docker/cache.js';
import { UserError } from '../../src/core/user-error.js';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'dynscan-cache-test-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe.skipIf(process.platform === 'win32')('the cache folder', () => {
  it.each(['', 'relative', './here'])('is never the working folder: XDG_CACHE_HOME=%j', (value) => {
    vi.stubEnv('DYNSCAN_CACHE', '');
    vi.stubEnv('DYNSCAN_CONFIG', '');
    vi.stubEnv('XDG_CACHE_HOME', value);
    vi.stubEnv('XDG_CONFIG_HOME', value);
    expect(cacheFolder().startsWith(homedir())).toBe(true);
    expect(configFolder().startsWith(homedir())).toBe(true);
  });

  it('is absolute without a home, too', () => {
    vi.stubEnv('DYNSCAN_CACHE', '');
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.stubEnv('HOME', '');
    expect(isAbsolute(cacheFolder())).toBe(true);
  });

  it("is its owner's alone, whatever the umask", async () => {
    const former = process.umask(0);
    try {
      vi.stubEnv('DYNSCAN_CACHE', join(scratch, 'a', 'dynscan'));
      const folder = await privateFolder('static');
      await writeCacheFile(join(folder, 'x'), 'y');
      expect([modeOf(cacheFolder()), modeOf(folder), modeOf(join(folder, 'x'))]).toEqual([0o700, 0o700, 0o600]);
      expect(readdirSync(folder)).toEqual(['x']);
    } finally {
      process.umask(former);
    }
  });

  it.each(['.', 'static'])(
    'that others could write into (%s) is closed, and what is in it thrown away',
    async (which) => {
      vi.stubEnv('DYNSCAN_CACHE', scratch);
      mkdirSync(join(scratch, 'static'), { mode: 0o700 });
      writeFileSync(join(scratch, 'static', 'planted'), '{}');
      chmodSync(join(scratch, which), 0o777);
      const folder = await privateFolder('static');
      expect(readdirSync(folder)).toEqual([]);
      expect([modeOf(scratch) & 0o022, modeOf(folder)]).toEqual([0, 0o700]);
    },
  );

  it('that others could only read is closed and keeps what it has', async () => {
    vi.stubEnv('DYNSCAN_CACHE', scratch);
    mkdirSync(join(scratch, 'static'), { mode: 0o755 });
    writeFileSync(join(scratch, 'static', 'own'), '{}');
    const folder = await privateFolder('static');
    expect([readdirSync(folder), modeOf(folder)]).toEqual([['own'], 0o700]);
  });

  it('that is a link, or a file, is refused', async () => {
    vi.stubEnv('DYNSCAN_CACHE', scratch);
    mkdirSync(join(scratch, 'elsewhere'));
    symlinkSync('elsewhere', join(scratch, 'static'));
    writeFileSync(join(scratch, 'logs'), '');
    await expect(privateFolder('static')).rejects.toThrow(UserError);
    await expect(privateFolder('logs')).rejects.toThrow(/logs is no folder.*DYNSCAN_CACHE/);
  });

  it('is written into under a name that cannot be foreseen, whole, and never through a link', async () => {
    const target = join(scratch, 'x');
    writeFileSync(join(scratch, 'victim'), 'precious');
    // What a former version would have written to first.
    symlinkSync('victim', `${target}.${process.pid}`);
    await Promise.all(['a', 'b'].map((content) => writeCacheFile(target, content.repeat(100_000))));
    expect(readFileSync(target, 'utf8')).toMatch(/^(a{100000}|b{100000})$/);
    expect(statSync(join(scratch, 'victim')).size).toBe('precious'.length);
    await expect(writeCacheFile(join(scratch, 'none', 'x'), 'y')).rejects.toThrow(/ENOENT/);
    expect(readdirSync(scratch).sort()).toEqual(['victim', 'x', `x.${process.pid}`]);
  });
});
