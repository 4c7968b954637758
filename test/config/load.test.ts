import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.js';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { UserError } from '../../src/report/user-error.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dynscan-config-'));
});
afterEach(() => rm(root, { recursive: true }));

async function config(value: unknown, name = 'dynscan.json'): Promise<string> {
  const path = join(root, name);
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

async function refusal(request: Parameters<typeof loadSettings>[0]): Promise<string> {
  const error: unknown = await loadSettings(request).then(
    () => new Error('was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe('settings', () => {
  it('are the defaults when nothing else is said', async () => {
    expect(await loadSettings({ cwd: root, flags: {} })).toEqual({ settings: DEFAULT_SETTINGS });
  });

  it('come from flags over the nearest dynscan.json over the defaults', async () => {
    const path = await config({ timeout: 60, jobs: 4 });
    const cwd = join(root, 'a', 'b');
    await mkdir(cwd, { recursive: true });
    expect(await loadSettings({ cwd, flags: { jobs: 1 } })).toEqual({
      settings: { ...DEFAULT_SETTINGS, timeout: 60, jobs: 1 },
      source: { path, found: true },
    });
  });

  it('come from a named file in place of the nearest one', async () => {
    await config({ timeout: 60 });
    const path = await config({ jobs: 7 }, 'mine.json');
    expect(await loadSettings({ cwd: root, file: 'mine.json', flags: {} })).toEqual({
      settings: { ...DEFAULT_SETTINGS, jobs: 7 },
      source: { path, found: false },
    });
  });

  it('may begin with a byte order mark, as some editors write', async () => {
    await config('\ufeff{"jobs": 3}');
    expect((await loadSettings({ cwd: root, flags: {} })).settings.jobs).toBe(3);
  });
});

describe('a settings file that was found, not named', () => {
  it.each([
    ['baseImage', 'evil.example/image'],
    ['requirements', 'packages.txt'],
    ['dockerHost', 'tcp://192.0.2.1:2375'],
    ['sharedFolder', '/srv/data'],
    ['traceFile', '/tmp/t'],
    ['runtime', '/tmp/evil'],
  ])('must not set %s', async (key, value) => {
    const path = await config({ [key]: value, timeout: 5 });
    expect(await refusal({ cwd: root, flags: {} })).toBe(
      `${path} was found, not named, and sets "${key}". A downloaded folder must not choose what runs on this machine or what is written there, ` +
        `so these settings count only in a file that you name: check the file and add --config ${path}, or remove them from it.`,
    );
    expect((await loadSettings({ cwd: root, file: path, flags: {} })).settings).toMatchObject({ [key]: value });
  });

  it('must not even though a flag overrides it', async () => {
    await config({ runtime: '/tmp/evil' });
    expect(await refusal({ cwd: root, flags: { runtime: 'runsc' } })).toContain('sets "runtime"');
  });
});

describe('a wrong settings file', () => {
  it('names the unknown key and the known ones', async () => {
    const path = await config({ memry: 1, 'x\u001b[31m': 2 });
    const message = await refusal({ cwd: root, flags: {} });
    expect(message).toContain(
      `${path}: "memry" is no setting. Known are severity, staticTimeout, timeout, settle, memory,`,
    );
    expect(message).toContain(`${path}: "x\\x1b[31m" is no setting.`);
  });

  it.each<[string, unknown, string]>([
    ['memory', 12, '12; allowed is a whole number from 256 to 1048576.'],
    ['memory', 512.5, '512.5; allowed is a whole number from 256 to 1048576.'],
    ['timeout', '60', '"60"; allowed is a number from 1 to 86400.'],
    ['severity', 'awful', '"awful"; allowed is one of critical, high, medium, low, info.'],
    ['maxFileSize', -1, '-1; allowed is a whole number of at least 0.'],
    ['jobs', null, 'null; allowed is a whole number from 1 to 64.'],
    ['jobs', { a: '\u202e' }, '{"a":"\\u{202e}"}; allowed is a whole number from 1 to 64.'],
  ])('names %s, its value and what is allowed', async (key, value, rest) => {
    const path = await config({ [key]: value });
    expect(await refusal({ cwd: root, flags: {} })).toBe(`${path}: "${key}" is ${rest}`);
  });

  it('says an empty base image is none', async () => {
    const path = await config({ baseImage: '' });
    expect(await refusal({ cwd: root, file: path, flags: {} })).toBe(
      `${path}: "baseImage" is ""; allowed is text that is not empty.`,
    );
  });

  it('names every mistake at once', async () => {
    await config({ jobs: 0, pids: 1 });
    expect((await refusal({ cwd: root, flags: {} })).split('\n')).toHaveLength(2);
  });

  it.each([
    ['{"jobs": 1,}', /dynscan\.json is not JSON: /],
    ['', /dynscan\.json is not JSON: /],
    ['[1]', /dynscan\.json must hold one JSON object/],
    ['null', /dynscan\.json must hold one JSON object/],
    [' '.repeat(1024 * 1024 + 1), /has 1048577 bytes; it may have 1048576/],
  ])('is refused when it holds %.12j', async (text, message) => {
    await config(text);
    expect(await refusal({ cwd: root, flags: {} })).toMatch(message);
  });

  it('is refused when it is missing, a folder, or a pipe that would never answer', async () => {
    await mkdir(join(root, 'folder'));
    await promisify(execFile)('mkfifo', [join(root, 'pipe')]);
    expect(await refusal({ cwd: root, file: 'none.json', flags: {} })).toMatch(/none\.json cannot be read: ENOENT/);
    expect(await refusal({ cwd: root, file: 'folder', flags: {} })).toMatch(/folder is not a regular file/);
    expect(await refusal({ cwd: root, file: 'pipe', flags: {} })).toMatch(/pipe is not a regular file/);
  });
});

it('names a wrong flag as it was typed', async () => {
  expect(await refusal({ cwd: root, flags: { maxFileSize: 'big' } })).toBe(
    '--max-file-size is "big"; allowed is a whole number of at least 0.',
  );
});
