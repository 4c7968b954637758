/** Which engine is meant, and with what. */
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectEngine, programOnPath } from '../../src/docker/engine.js';
import { UserError } from '../../src/core/user-error.js';

let folder: string;
const home = process.cwd();

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'dynscan-engine-')));
});

afterEach(async () => {
  process.chdir(home);
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A docker command that leaves a mark when it is run, and tells of a context. */
async function fakeDocker(where: string, context?: object): Promise<string> {
  await mkdir(where, { recursive: true });
  const mark = join(where, 'was-run');
  const words = context === undefined ? 'exit 1' : `cat <<'END'\n${JSON.stringify([context])}\nEND`;
  await writeFile(join(where, 'docker'), `#!/bin/sh\ntouch '${mark}'\n${words}\n`);
  await chmod(join(where, 'docker'), 0o755);
  return mark;
}

async function refusal(settings: { dockerHost: string }): Promise<string> {
  const error = await connectEngine(settings).then(
    () => new Error('it connected'),
    (caught: unknown) => caught as Error,
  );
  expect(error).toBeInstanceOf(UserError);
  return error.message;
}

describe('the docker command', () => {
  it.each(['', '.', ':', 'bin:.', './bin', '/nonexistent::'])(
    'is not taken from the working folder: PATH=%s',
    async (path) => {
      await fakeDocker(folder);
      await fakeDocker(join(folder, 'bin'));
      process.chdir(folder);
      expect(programOnPath('docker', { PATH: path }, 'linux')).toBeUndefined();
    },
  );

  it('is the first one in an absolute folder of PATH, a program and a file', async () => {
    await mkdir(join(folder, 'a/docker'), { recursive: true });
    await mkdir(join(folder, 'b'));
    await writeFile(join(folder, 'b/docker'), 'no program', { mode: 0o644 });
    await fakeDocker(join(folder, 'c'));
    const path = ['a', 'b', 'c'].map((name) => join(folder, name)).join(':');
    expect(programOnPath('docker', { PATH: `.:${path}` }, 'linux')).toBe(join(folder, 'c/docker'));
  });

  it('of the working folder is never run when an engine is looked for', async () => {
    const mark = await fakeDocker(folder);
    process.chdir(folder);
    vi.stubEnv('PATH', `.::${process.env['PATH'] ?? ''}`);
    vi.stubEnv('DOCKER_HOST', '');
    await connectEngine({ dockerHost: '' }).catch(() => undefined);
    const { existsSync } = await import('node:fs');
    expect(existsSync(mark)).toBe(false);
  });
});

describe('a context', () => {
  it('that is reached by ssh is refused, and no other engine is taken for it', async () => {
    await fakeDocker(folder, { Name: 'far', Endpoints: { docker: { Host: 'ssh://me@192.0.2.1' } } });
    vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
    vi.stubEnv('DOCKER_HOST', '');
    const message = await refusal({ dockerHost: '' });
    expect(message).toContain('docker context far');
    expect(message).toMatch(/not ssh:/);
    expect(message).toMatch(/docker context use default/);
  });

  it('that does not answer is not replaced by a local socket', async () => {
    const host = `unix://${folder}/none.sock`;
    await fakeDocker(folder, { Name: 'gone', Endpoints: { docker: { Host: host } } });
    vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
    vi.stubEnv('DOCKER_HOST', '');
    expect(await refusal({ dockerHost: '' })).toContain(host);
  });

  it('that is named and not known is an error', async () => {
    await fakeDocker(folder);
    vi.stubEnv('PATH', folder);
    vi.stubEnv('DOCKER_HOST', '');
    vi.stubEnv('DOCKER_CONTEXT', 'elsewhere');
    expect(await refusal({ dockerHost: '' })).toContain('elsewhere');
  });
});

describe('an address', () => {
  it.each(['ssh://me@192.0.2.1', 'ftp://192.0.2.1', 'nonsense'])('%s is refused in words', async (host) => {
    expect(await refusal({ dockerHost: host })).toContain(host);
  });

  it('of the setting goes before DOCKER_HOST', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://192.0.2.1:2375');
    const host = `unix://${folder}/none.sock`;
    const message = await refusal({ dockerHost: host });
    expect(message).toContain(host);
    expect(message).not.toContain('192.0.2.1');
  });

  it.each(['the setting', 'DOCKER_HOST'])('of %s, over tcp, goes by the TLS variables', async (place) => {
    const server = createServer();
    const first = new Promise<Buffer>((resolve) => {
      server.on('connection', (socket) => {
        socket.on('error', () => undefined);
        socket.once('data', (data) => {
          socket.destroy();
          resolve(data);
        });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const host = `tcp://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    const { certificates } = await import('./certificates.js');
    await certificates(folder);
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    vi.stubEnv('DOCKER_CERT_PATH', folder);
    vi.stubEnv('DOCKER_HOST', place === 'DOCKER_HOST' ? host : '');
    await refusal({ dockerHost: place === 'DOCKER_HOST' ? '' : host });
    server.close();
    // A TLS handshake, and not a request in the clear.
    expect((await first)[0]).toBe(0x16);
  });

  it('with TLS asked for and no certificates is refused, not reached in the clear', async () => {
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    vi.stubEnv('DOCKER_CERT_PATH', folder);
    expect(await refusal({ dockerHost: 'tcp://127.0.0.1:2375' })).toContain('ca.pem');
  });
});
