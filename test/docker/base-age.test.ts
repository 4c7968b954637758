import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { oldBase } from '../../src/docker/base-age.js';
import { connectEngine } from '../../src/docker/engine.js';
import { ensureImage } from '../../src/docker/images.js';

const now = new Date('2026-06-01T00:00:00Z');
const DAY = 86_400_000;

it.each([
  ['2026-05-01T00:00:00Z', undefined],
  ['2026-03-03T00:00:00Z', undefined],
  ['2026-03-02T00:00:00Z', 91],
  ['2025-06-01T00:00:00Z', 365],
  [undefined, undefined],
  [{}, undefined],
])('a base made %j is %j days too old', (created, days) => {
  const old = oldBase('debian:x', created, now);
  expect(old?.days).toBe(days);
  expect(old?.advice ?? 'docker pull debian:x').toContain('docker pull debian:x');
});

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

it.each([
  [400, true],
  [3, false],
])('a scan over a base of %i days says so: %j', async (days, says) => {
  const info = {
    Architecture: 'x86_64',
    OSType: 'linux',
    NCPU: 2,
    MemTotal: 8 * 1024 ** 3,
    SecurityOptions: ['name=seccomp'],
  };
  const image = { Id: `sha256:${'a'.repeat(64)}`, Created: new Date(Date.now() - days * DAY).toISOString() };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const answer = path.endsWith('/info') ? info : path.endsWith('/version') ? { Version: '1' } : image;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const settings = { ...DEFAULT_SETTINGS, dockerHost: `tcp://127.0.0.1:${port}` };
  const said: string[] = [];
  const { signal } = new AbortController();
  await ensureImage(await connectEngine(settings, signal), 'core', settings, (message) => said.push(message), signal);
  expect(said.some((message) => message.includes(`${days} days old`))).toBe(says);
});
