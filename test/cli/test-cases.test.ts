import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { templateOf } from '../../src/testcase/template.js';
import { scan } from '../report/samples.js';
import { dynscan, scanning, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const GOOD = 'def f(path):\n    print(path)\n';

describe('dynscan scan --test-case', () => {
  it('hands over the test case as it is on the disk', async () => {
    await writeFile(join(folder.path, 'case.py'), GOOD);
    const { services, requests } = scanning([scan()]);
    const argv = ['scan', 'm.pkl', '--test-case', 'case.py'];
    expect((await dynscan(argv, { cwd: folder.path, services })).code).toBe(0);
    expect(requests[0]?.testCase).toMatchObject({ path: join(folder.path, 'case.py'), content: Buffer.from(GOOD) });
  });

  it.each<[string, string[], RegExp]>([
    ['that cannot run', ['--test-case', 'bad.py'], /bad\.py cannot run:\n {2}line 1: .*one parameter/],
    ['that is not there', ['--test-case', 'none.py'], /none\.py cannot be read: ENOENT.*new-test-case/],
    ['that would be overwritten', ['--test-case', 'case.py', '--output', 'case.py'], /is also the test case/],
    ['where nothing is run', ['--test-case', 'case.py', '--static-only'], /--static-only runs nothing/],
  ])('refuses one %s, before anything is scanned', async (_, flags, message) => {
    await writeFile(join(folder.path, 'case.py'), GOOD);
    await writeFile(join(folder.path, 'bad.py'), 'def f():\n    pass\n');
    const { code, stdout, stderr } = await dynscan(['scan', 'm.pkl', ...flags], { cwd: folder.path });
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(message);
    expect(await readFile(join(folder.path, 'case.py'), 'utf8')).toBe(GOOD);
  });
});

describe('dynscan new-test-case', () => {
  it('writes into the folder of the setting, and prints where', async () => {
    await writeFile(join(folder.path, 'dynscan.json'), '{"testCaseFolder": "tests/models"}');
    const { code, stdout } = await dynscan(['new-test-case', '--kind', 'torch'], { cwd: folder.path });
    const path = join(folder.path, 'tests/models/torch_test_case.py');
    expect([code, stdout]).toEqual([0, `${path}\n`]);
    expect(await readFile(path, 'utf8')).toBe(templateOf('torch'));
  });

  it('writes the file or into the folder that is named', async () => {
    expect((await dynscan(['new-test-case', 'mine.py'], { cwd: folder.path })).code).toBe(0);
    expect((await dynscan(['new-test-case', 'some/folder'], { cwd: folder.path })).code).toBe(0);
    expect((await readdir(folder.path, { recursive: true })).sort()).toEqual([
      'mine.py',
      'some',
      'some/folder',
      'some/folder/plain_test_case.py',
    ]);
  });

  it('overwrites nothing', async () => {
    await writeFile(join(folder.path, 'mine.py'), 'mine');
    const { code, stderr } = await dynscan(['new-test-case', 'mine.py'], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/mine\.py is there already, and is left as it is/);
    expect(await readFile(join(folder.path, 'mine.py'), 'utf8')).toBe('mine');
  });

  it('knows its kinds', async () => {
    const { code, stderr } = await dynscan(['new-test-case', '--kind', 'jax'], { cwd: folder.path });
    expect(code).toBe(3);
    expect(stderr).toMatch(/Allowed choices are plain, transformers, torch, sklearn, keras, onnx/);
    expect((await dynscan(['new-test-case', '--help'], { cwd: folder.path })).stdout).toContain('Hugging Face folder');
  });

  it('stays below the working folder when a settings file says otherwise', async () => {
    await writeFile(join(folder.path, 'dynscan.json'), '{"testCaseFolder": "../elsewhere"}');
    const { code, stderr } = await dynscan(['new-test-case'], { cwd: folder.path });
    expect(code).toBe(3);
    expect(stderr).toMatch(/"testCaseFolder" is "\.\.\/elsewhere"; allowed is a folder below the working folder/);
  });
});

describe('dynscan import-config', () => {
  it('writes the settings, tells what it left out, and overwrites nothing', async () => {
    await writeFile(join(folder.path, 'config.ini'), '[docker]\ncpus = 3\nbase_image = x:1\n');
    const first = await dynscan(['import-config', 'config.ini'], { cwd: folder.path });
    expect([first.code, first.stdout]).toEqual([0, `${join(folder.path, 'dynscan.json')}\n`]);
    expect(first.stderr).toMatch(
      /base_image: .* Give --base-image x:1[^]*cpus counts only when the file is named, with --config/,
    );
    const second = await dynscan(['import-config', 'config.ini'], { cwd: folder.path });
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/is there already/);
    const { services, requests } = scanning([scan()]);
    await dynscan(['scan', 'm.pkl', '--config', 'dynscan.json'], { cwd: folder.path, services });
    expect(requests[0]?.settings.cpus).toBe(3);
  });
});

describe('the surroundings of a run', () => {
  it.each<[string[], object]>([
    [['--cpus', '1.5'], { cpus: 1.5 }],
    [['--memory', '512'], { memory: 512 }],
    [['--nofile', '128'], { nofile: 128 }],
    [['--pids', '64'], { pids: 64 }],
    [['--nproc', '64'], { pids: 64 }],
    [['--denylist', 'acme'], { denylist: ['acme'] }],
    [['--blacklist', 'acme'], { denylist: ['acme'] }],
    [['--blacklist=acme', '--denylist', 'evil'], { denylist: ['acme', 'evil'] }],
    [['--timezone', 'Europe/Berlin'], { timezone: 'Europe/Berlin' }],
    [['--base-image', 'x:1'], { baseImage: 'x:1' }],
    [['--print-trace'], { printTrace: true }],
  ])('%j is a setting', async (flags, expected) => {
    const { services, requests } = scanning([scan()]);
    await dynscan(['scan', 'm.pkl', ...flags], { cwd: folder.path, services });
    expect(requests[0]?.settings).toMatchObject(expected);
  });

  it('are folders from where the command was given', async () => {
    const { services, requests } = scanning([scan()]);
    await dynscan(['scan', 'm.pkl', '--cwd', 'a', '--shared-folder', 'b'], { cwd: folder.path, services });
    expect(requests[0]?.settings).toMatchObject({ cwd: join(folder.path, 'a'), sharedFolder: join(folder.path, 'b') });
  });

  it('can stand in a settings file that is named, with paths from its folder', async () => {
    const settings = { cwd: 'w', sharedFolder: 's', traceFile: 't.log', reportFile: 'r.json', printTrace: true };
    await mkdir(join(folder.path, 'conf'));
    await writeFile(join(folder.path, 'conf/mine.json'), JSON.stringify(settings));
    const events = [
      { type: 'started', path: 'm.pkl', index: 0, total: 1 },
      { type: 'trace', path: 'm.pkl', line: '28 a traced line' },
    ] as const;
    const { services, requests } = scanning([scan()], events);
    const { stderr } = await dynscan(['scan', 'm.pkl', '--config', 'conf/mine.json'], { cwd: folder.path, services });
    expect(requests[0]).toMatchObject({
      wantTrace: true,
      settings: { cwd: join(folder.path, 'conf/w'), sharedFolder: join(folder.path, 'conf/s') },
    });
    expect(stderr).toContain('28 a traced line');
    expect(await readFile(join(folder.path, 'conf/t.log'), 'utf8')).toBe('28 a traced line\n');
    expect(JSON.parse(await readFile(join(folder.path, 'conf/r.json'), 'utf8'))).toMatchObject({ verdict: 'clean' });
  });

  it('are refused when they make no sense', async () => {
    const { code, stderr } = await dynscan(['scan', 'm.pkl', '--timezone', 'Mars/Base'], { cwd: folder.path });
    expect(code).toBe(3);
    expect(stderr).toMatch(/--timezone is "Mars\/Base"; allowed is the name of a time zone/);
  });
});
