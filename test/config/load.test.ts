import { execFile } from 'node:child_process';
import { chown, lchown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { flagOf, loadSettings } from '../../src/config/load.js';
import { DEFAULT_SETTINGS, STRICTNESS, type Settings } from '../../src/config/settings.js';
import { UserError } from '../../src/core/user-error.js';

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
    expect(await loadSettings({ cwd: root, flags: {} })).toEqual({ settings: DEFAULT_SETTINGS, notes: [] });
  });

  it('come from flags over the nearest dynscan.json over the defaults', async () => {
    const path = await config({ timeout: 60, pids: 64 });
    const cwd = join(root, 'a', 'b');
    await mkdir(cwd, { recursive: true });
    expect(await loadSettings({ cwd, flags: { pids: 512 } })).toEqual({
      settings: { ...DEFAULT_SETTINGS, timeout: 60, pids: 512 },
      source: { path, found: true },
      notes: [`Settings from ${path}: timeout 60`],
    });
  });

  it('come from a named file in place of the nearest one', async () => {
    await config({ timeout: 60 });
    const path = await config({ jobs: 7 }, 'mine.json');
    expect(await loadSettings({ cwd: root, file: 'mine.json', flags: {} })).toEqual({
      settings: { ...DEFAULT_SETTINGS, jobs: 7 },
      source: { path, found: false },
      notes: [],
    });
  });

  it('may begin with a byte order mark, as some editors write', async () => {
    await config('\ufeff{"jobs": 1}');
    expect((await loadSettings({ cwd: root, flags: {} })).settings.jobs).toBe(1);
  });

  it('may name the JSON Schema of the file, which sets nothing', async () => {
    const path = await config({ $schema: './dynscan.schema.json', jobs: 1 });
    for (const file of [undefined, path]) {
      const request = { cwd: root, flags: {}, ...(file === undefined ? {} : { file }) };
      expect((await loadSettings(request)).settings).toEqual({ ...DEFAULT_SETTINGS, jobs: 1 });
    }
  });
});

describe('the denylist', () => {
  const denylist = async (request: Omit<Parameters<typeof loadSettings>[0], 'cwd'>): Promise<readonly string[]> =>
    (await loadSettings({ cwd: root, ...request })).settings.denylist;

  it.each(['denylist', 'blacklist'])(
    'is read from %s in a file that was found, in one that is named, and in flags',
    async (name) => {
      const file = await config({ [name]: ['acme'] });
      expect(await denylist({ flags: {} })).toEqual(['acme']);
      expect(await denylist({ file, flags: {} })).toEqual(['acme']);
      await rm(file);
      expect(await denylist({ flags: { [name]: ['acme'] } })).toEqual(['acme']);
    },
  );

  it('is what both names list, each text once', async () => {
    const both = { denylist: ['acme', 'evil'], blacklist: ['evil', 'other'] };
    const file = await config(both);
    const joined = ['acme', 'evil', 'other'];
    expect(await denylist({ flags: {} })).toEqual(joined);
    expect(await denylist({ file, flags: {} })).toEqual(joined);
    await rm(file);
    expect(await denylist({ flags: both })).toEqual(joined);
  });

  it('of a flag goes over that of a file, under whichever name', async () => {
    const file = await config({ blacklist: ['acme'] });
    expect(await denylist({ file, flags: { denylist: ['mine'] } })).toEqual(['mine']);
    expect(await denylist({ flags: { denylist: ['mine'] } })).toEqual(['mine']);
    await config({ denylist: ['acme'] });
    expect(await denylist({ file, flags: { blacklist: ['mine'] } })).toEqual(['mine']);
    expect(await denylist({ flags: { blacklist: ['mine'] } })).toEqual(['mine']);
  });

  it('is refused under the name that was written', async () => {
    const file = await config({ blacklist: 'acme' });
    expect(await refusal({ cwd: root, file, flags: {} })).toBe(
      `${file}: "blacklist" is "acme"; allowed is a list of at most 1000 texts, none of them empty or too long.`,
    );
    expect(await refusal({ cwd: root, flags: { denylist: [''] } })).toContain('--denylist is [""]');
  });

  it('is refused when both names together list too much', async () => {
    const many = (prefix: string): string[] => Array.from({ length: 600 }, (_, index) => `${prefix}${index}`);
    const file = await config({ denylist: many('a'), blacklist: many('b') });
    expect(await refusal({ cwd: root, file, flags: {} })).toContain('"denylist" is [');
  });
});

describe('a settings file that was found, not named', () => {
  it.each([
    ['baseImage', 'evil.example/image'],
    ['requirements', 'packages.txt'],
    ['dockerHost', 'tcp://192.0.2.1:2375'],
    ['workspaceVersions', ['/srv/project']],
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

/** Stricter than the default, and looser. */
const BOTH_WAYS: [keyof Settings, unknown, unknown][] = [
  ['severity', 'info', 'critical'],
  ['weights', 'on', 'off'],
  ...(Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[]).flatMap((name): [keyof Settings, unknown, unknown][] => {
    const own = DEFAULT_SETTINGS[name];
    return STRICTNESS[name] === 'less' && typeof own === 'number' ? [[name, own / 2, own * 2]] : [];
  }),
];

describe('a settings file that was found', () => {
  it.each(BOTH_WAYS)('may set %s to %j, not to %j', async (name, stricter, looser) => {
    const path = await config({ [name]: stricter });
    expect((await loadSettings({ cwd: root, flags: {} })).settings).toEqual({ ...DEFAULT_SETTINGS, [name]: stricter });
    await config({ [name]: looser });
    const { settings, notes } = await loadSettings({ cwd: root, flags: {} });
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(notes).toEqual([
      `Settings from ${path}`,
      `Not taken from ${path}: ${name} ${JSON.stringify(looser)}, because a settings file that was found can only make a scan stricter, and this is looser than ` +
        `${JSON.stringify(DEFAULT_SETTINGS[name])}. To use it, give ${flagOf(name)}, or check the file and name it with --config`,
    ]);
    // Named, it counts in full; and a flag goes over both.
    expect((await loadSettings({ cwd: root, file: path, flags: {} })).settings).toEqual({
      ...DEFAULT_SETTINGS,
      [name]: looser,
    });
    const flagged = await loadSettings({ cwd: root, flags: { [name]: looser } });
    expect([flagged.settings[name], flagged.notes]).toEqual([looser, [`Settings from ${path}`]]);
  });

  it.each<[keyof Settings, unknown]>([
    ['maxFileSize', 1],
    ['python', '3.11'],
    ['timezone', 'Europe/Berlin'],
  ])('may not set %s at all', async (name, value) => {
    const path = await config({ [name]: value });
    const { settings, notes } = await loadSettings({ cwd: root, flags: {} });
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(notes.join()).toContain(`Not taken from ${path}: ${name} ${JSON.stringify(value)}`);
    expect((await loadSettings({ cwd: root, file: path, flags: {} })).settings).toMatchObject({ [name]: value });
  });

  it('adds to the denylist, which can only find more', async () => {
    await config({ denylist: ['acme'] });
    expect((await loadSettings({ cwd: root, flags: {} })).settings.denylist).toEqual(['acme']);
  });

  it('is not looked for above the repository', async () => {
    await config({ timeout: 5 });
    const inside = join(root, 'repository', 'models');
    await mkdir(inside, { recursive: true });
    expect((await loadSettings({ cwd: inside, flags: {} })).settings.timeout).toBe(5);
    // A worktree has a file of that name.
    await writeFile(join(root, 'repository', '.git'), 'gitdir: elsewhere');
    expect(await loadSettings({ cwd: inside, flags: {} })).toEqual({ settings: DEFAULT_SETTINGS, notes: [] });
    await writeFile(join(root, 'repository', 'dynscan.json'), '{"timeout": 7}');
    expect((await loadSettings({ cwd: inside, flags: {} })).settings.timeout).toBe(7);
  });

  it('is not looked for above the home folder', async () => {
    await config({ timeout: 5 });
    const home = join(root, 'home');
    await mkdir(join(home, 'work'), { recursive: true });
    vi.stubEnv('HOME', home);
    try {
      expect((await loadSettings({ cwd: join(home, 'work'), flags: {} })).settings.timeout).toBe(120);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.skipIf(process.geteuid?.() !== 0).each(['file', 'link'])(
    'is not read when another user owns the %s, and that is said',
    async (what) => {
      await config({ timeout: 5 });
      const inside = join(root, 'models');
      await mkdir(inside);
      const path = join(inside, 'dynscan.json');
      if (what === 'file') {
        await writeFile(path, '{"timeout": 3}');
        await chown(path, 12345, 12345);
      } else {
        await writeFile(join(inside, 'own.json'), '{"timeout": 3}');
        await symlink('own.json', path);
        await lchown(path, 12345, 12345);
      }
      const { settings, source, notes } = await loadSettings({ cwd: inside, flags: {} });
      expect([settings.timeout, source?.path]).toEqual([5, join(root, 'dynscan.json')]);
      expect(notes[0]).toBe(
        `${path} was not read, because it belongs to another user. To use it, check the file and name it with --config`,
      );
      expect((await loadSettings({ cwd: inside, file: path, flags: {} })).settings.timeout).toBe(3);
    },
  );
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
    ['memory', 12, '12; allowed is a whole number from 256 to 1048576, in MiB, or with a unit (k, m, g, t).'],
    ['memory', 512.5, '512.5; allowed is a whole number from 256 to 1048576, in MiB, or with a unit (k, m, g, t).'],
    ['timeout', '60', '"60"; allowed is a number from 1 to 86400, in seconds, or with a unit (ms, s, m, h).'],
    ['severity', 'awful', '"awful"; allowed is one of critical, high, medium, low, info.'],
    ['maxFileSize', -1, '-1; allowed is a whole number of at least 0, in bytes, or with a unit (b, k, m, g, t).'],
    ['jobs', null, 'null; allowed is a whole number from 1 to 64.'],
    ['jobs', { a: '\u202e' }, '{"a":"\\u{202e}"}; allowed is a whole number from 1 to 64.'],
  ])('names %s, its value and what is allowed', async (key, value, rest) => {
    const path = await config({ [key]: value });
    expect(await refusal({ cwd: root, flags: {} })).toBe(`${path}: "${key}" is ${rest}`);
  });

  it.each(['', 'a b', 'Debian', '../x', 'a:b c', 'x'.repeat(9) + '@sha256:1', '-v'])(
    'says that %j is no name of an image',
    async (baseImage) => {
      const path = await config({ baseImage });
      expect(await refusal({ cwd: root, file: path, flags: {} })).toBe(
        `${path}: "baseImage" is ${JSON.stringify(baseImage)}; allowed is the name of an image in small letters, such as debian:trixie-slim.`,
      );
    },
  );

  it.each(['debian', 'debian:trixie-slim', 'registry.example:5000/a_b/c-d__e:V1.2', `x@sha256:${'0'.repeat(64)}`])(
    'takes %j for the name of an image',
    async (baseImage) => {
      const file = await config({ baseImage });
      expect((await loadSettings({ cwd: root, file, flags: {} })).settings.baseImage).toBe(baseImage);
    },
  );

  it('names every mistake at once', async () => {
    await config({ jobs: 0, pids: 1 });
    expect((await refusal({ cwd: root, flags: {} })).split('\n')).toHaveLength(2);
  });

  it.each([
    ['{"jobs": 1\n', /dynscan\.json is not JSON: CloseBraceExpected at line 2, column 1/],
    ['{"jobs": 1}}', /dynscan\.json is not JSON: /],
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

it('takes comments, a comma at the end, $schema and numbers with a unit', async () => {
  const file = join(root, 'commented.json');
  await writeFile(
    file,
    `{
      "$schema": "./media/dynscan.schema.json", // for editors
      /* a small machine */
      "memory": "2g", "scratch": "512 MiB", "timeout": "2m", "settle": "0.5s", "maxFileSize": "1k",
    }`,
  );
  const { settings } = await loadSettings({ cwd: root, file, flags: {} });
  expect(settings).toMatchObject({ memory: 2048, scratch: 512, timeout: 120, settle: 0.5, maxFileSize: 1024 });
});

it('names a wrong flag as it was typed', async () => {
  expect(await refusal({ cwd: root, flags: { maxFileSize: 'big' } })).toBe(
    '--max-file-size is "big"; allowed is a whole number of at least 0, in bytes, or with a unit (b, k, m, g, t).',
  );
});
