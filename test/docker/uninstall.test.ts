/** What is left when the extension has been uninstalled. The engine here is none: no image of this machine is in danger. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CACHE_FOLDERS, privateFolder } from '../../src/docker/cache.js';
import { ownId } from '../../src/docker/owner.js';
import { rememberKept, removeEverything } from '../../src/docker/uninstall.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'dynscan-uninstall-')));
  vi.stubEnv('DYNSCAN_CACHE', join(folder, 'cache'));
  vi.stubEnv('DYNSCAN_CONFIG', join(folder, 'config'));
  vi.stubEnv('DOCKER_HOST', `unix://${folder}/none.sock`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Data of every kind, in the cache and in the storage of a workspace. */
async function leaveData(): Promise<string> {
  const storage = join(folder, 'storage/dynscan.dynscan');
  await mkdir(join(storage, 'results-1'), { recursive: true });
  await writeFile(join(storage, 'results-1/places.json'), '{}');
  await rememberKept(join(storage, 'results-1'));
  for (const name of CACHE_FOLDERS) await writeFile(join(await privateFolder(name), 'kept'), '');
  return storage;
}

it('nothing is left of the data, in the cache and in the storage of workspaces', async () => {
  const storage = await leaveData();
  await removeEverything(new AbortController().signal);
  expect([existsSync(join(folder, 'cache')), existsSync(storage), existsSync(join(storage, '..'))]).toEqual([
    ...[false, false],
    true,
  ]);
});

it('files that are not DynScan’s stay, also where a note names their folder', async () => {
  const storage = await leaveData();
  await writeFile(join(folder, 'cache/mine'), '');
  await writeFile(join(storage, 'state'), '');
  for (const other of [join(folder, 'config'), 'results-1', '../results-1']) await rememberKept(other);
  await mkdir(join(folder, 'config'));
  await removeEverything(new AbortController().signal);
  expect(await readdir(join(folder, 'cache'))).toEqual(['mine']);
  expect(await readdir(storage)).toEqual(['state']);
  expect(existsSync(join(folder, 'config'))).toBe(true);
});

it('the images go, and the containers but those of a scan that still runs', async () => {
  const owned = (id: string, owner: string, state: string) => ({
    Id: id.repeat(64),
    Created: 1,
    State: state,
    ImageID: 'i',
    Labels: { 'dynscan.run': 'model', 'dynscan.owner': `${owner}/1` },
  });
  const elsewhere = '00000000-0000-4000-8000-000000000000';
  const image = { Id: `sha256:${'c'.repeat(64)}`, RepoTags: ['dynscan-sandbox:core-1'], Size: 1, Created: 1 };
  const containers = [
    owned('a', await ownId(), 'created'),
    owned('b', elsewhere, 'exited'),
    owned('c', elsewhere, 'running'),
  ];
  const removed: string[] = [];
  const answers: readonly [RegExp, unknown][] = [
    [
      /^\/info/,
      { Architecture: 'x86_64', OSType: 'linux', NCPU: 2, MemTotal: 2 ** 33, SecurityOptions: ['name=seccomp'] },
    ],
    [/^\/version/, { Version: '1', Components: [{ Name: 'Engine' }] }],
    [/^\/containers\/json/, containers],
    [/^\/images\/json\?.*dynscan\.layer/, [{ ...image, Labels: { 'dynscan.layer': 'core' } }]],
  ];
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace(/^\/v[\d.]+/, '');
    if (request.method === 'DELETE') removed.push(path.replace(/\?.*/, ''));
    // None of the base images is there.
    if (/^\/images\/.+\/json/.test(path)) response.statusCode = 404;
    const answer = answers.find(([pattern]) => pattern.test(path))?.[1] ?? [];
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
  try {
    await removeEverything(new AbortController().signal);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  expect(removed).toEqual([`/containers/${'b'.repeat(64)}`, '/images/dynscan-sandbox:core-1']);
});

it('the script ends at once, and the work is done after it', async () => {
  const script = join(folder, 'uninstall.cjs');
  await copyFile(join(import.meta.dirname, '../../dist/uninstall.js'), script);
  await leaveData();
  const began = performance.now();
  await promisify(execFile)(process.execPath, [script]);
  // VS Code's limit.
  expect(performance.now() - began).toBeLessThan(5_000);
  await rm(script);
  await vi.waitFor(() => expect(existsSync(join(folder, 'cache'))).toBe(false), { timeout: 20_000 });
});
