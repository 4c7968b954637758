import { describe, expect, it } from 'vitest';
import { LAYERS } from '../../src/docker/layers.js';
import { dynscan, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

describe('doctor', () => {
  const engine = { name: 'engine', ok: true, detail: 'Docker 27.1' };

  it('lists each check and answers 0 when all is well', async () => {
    const services = { diagnose: () => Promise.resolve([engine, { name: 'strace', ok: true, detail: '6.13' }]) };
    expect(await dynscan(['doctor'], { cwd: folder.path, services })).toMatchObject({
      code: 0,
      stdout: 'ok    engine  Docker 27.1\nok    strace  6.13\n',
    });
  });

  it('says what to do about a failed check, and answers 2', async () => {
    const failed = { name: 'image', ok: false, detail: 'not built\u001b[2J', advice: 'Run dynscan image build.' };
    const services = { diagnose: () => Promise.resolve([engine, failed]) };
    expect(await dynscan(['doctor'], { cwd: folder.path, services })).toMatchObject({
      code: 2,
      stdout: 'ok    engine  Docker 27.1\nfail  image   not built\\x1b[2J\n              Run dynscan image build.\n',
    });
  });

  it('asks the engine that was named', async () => {
    const hosts: string[] = [];
    const services = {
      diagnose: ({ dockerHost }: { dockerHost: string }) => {
        hosts.push(dockerHost);
        return Promise.resolve([engine]);
      },
    };
    await dynscan(['doctor', '--docker-host', 'unix:///x.sock'], { cwd: folder.path, services });
    expect(hosts).toEqual(['unix:///x.sock']);
  });
});

describe('image', () => {
  it('build makes every layer, shows progress on standard error and prints the tags', async () => {
    const services = {
      buildImage: (_: unknown, layer: string, onProgress: (message: string) => void) => {
        onProgress(`installing ${layer}`);
        onProgress('next');
        return Promise.resolve(`dynscan-sandbox:${layer}-1`);
      },
    };
    expect(await dynscan(['image', 'build'], { cwd: folder.path, services })).toMatchObject({
      code: 0,
      stdout: LAYERS.map((layer) => `dynscan-sandbox:${layer}-1\n`).join(''),
      stderr: LAYERS.map((layer) => `installing ${layer}\n`).join(''),
    });
    const one = await dynscan(['image', 'build', '--layer', 'core', '--quiet'], { cwd: folder.path, services });
    expect([one.stdout, one.stderr]).toEqual(['dynscan-sandbox:core-1\n', '']);
  });

  it('build refuses a layer that there is not', async () => {
    const { code, stderr } = await dynscan(['image', 'build', '--layer', 'x'], { cwd: folder.path });
    expect(code).toBe(3);
    expect(stderr).toContain('Allowed choices are core, torch');
  });

  it('list shows a table', async () => {
    const created = '2026-01-02T03:04:05.000Z';
    const images = [
      { tag: 'dynscan-sandbox:core-1', layer: 'core', sizeBytes: 5 * 2 ** 20, created, current: true, used: true },
      { tag: 'dynscan-sandbox:torch-22', layer: 'torch', sizeBytes: 3 * 2 ** 30, created, current: false, used: false },
    ];
    const { stdout } = await dynscan(['image', 'list'], {
      cwd: folder.path,
      services: { listImages: () => Promise.resolve(images) },
    });
    expect(stdout).toBe(`IMAGE                     LAYER  SIZE     CREATED                   STATE
dynscan-sandbox:core-1    core   5.0 MiB  2026-01-02T03:04:05.000Z  current, in use
dynscan-sandbox:torch-22  torch  3.0 GiB  2026-01-02T03:04:05.000Z  out of date
`);
  });

  it('list says when there is none', async () => {
    const services = { listImages: () => Promise.resolve([]) };
    const { stdout } = await dynscan(['image', 'list'], { cwd: folder.path, services });
    expect(stdout).toBe('No sandbox image on this machine. The first scan builds what it needs.\n');
  });

  it('remove takes old images, with --all every one, and names them', async () => {
    const services = {
      removeImages: (_: unknown, { all }: { all: boolean }) =>
        Promise.resolve({ removed: all ? ['x:old', 'x:new'] : [], used: all ? ['x:busy'] : [] }),
    };
    expect((await dynscan(['image', 'remove'], { cwd: folder.path, services })).stdout).toBe('Nothing to remove.\n');
    expect((await dynscan(['image', 'remove', '--all'], { cwd: folder.path, services })).stdout).toBe(
      'Removed x:old\nRemoved x:new\nKept x:busy: something still uses it\n',
    );
  });
});
