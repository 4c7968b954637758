/** The containers of a scan, on an engine that keeps a list of what it is asked. */
import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { reapContainers } from '../../src/docker/container.js';
import type { Engine } from '../../src/docker/engine.js';
import { modulesIn } from '../../src/docker/image-modules.js';
import type { SandboxImage } from '../../src/docker/image.js';
import { runSandbox } from '../../src/docker/sandbox.js';

// Whoever made a container is gone.
vi.mock('../../src/docker/owner.js', async (original) => ({
  ...(await original()),
  isGone: () => Promise.resolve(true),
}));

const IMAGE: SandboxImage = { layer: 'core', tag: 'test', id: 'b'.repeat(64) };
const { signal } = new AbortController();

interface Made {
  readonly id: string;
  readonly options: Docker.ContainerCreateOptions;
}

function engine(container: Readonly<Record<string, unknown>>) {
  const made: Made[] = [];
  const removed: string[] = [];
  const docker = {
    createContainer: (options: Docker.ContainerCreateOptions) => {
      const id = String(made.length + 1).repeat(64);
      made.push({ id, options });
      return Promise.resolve({ id });
    },
    getContainer: (id: string) => ({ id, remove: () => Promise.resolve(removed.push(id)), ...container }),
    listContainers: ({ filters }: { filters: { label: string[] } }) =>
      Promise.resolve(
        made
          .filter(({ options }) => filters.label.every((label) => label in (options.Labels ?? {})))
          .map(({ id, options }) => ({ Id: id, Created: 0, State: 'created', Labels: options.Labels })),
      ),
    info: () => Promise.resolve({ SystemTime: new Date().toISOString() }),
  };
  const fake = { docker, under: () => docker, endpoint: `fake:${Math.random()}`, architecture: 'x86_64' };
  return { engine: fake as unknown as Engine, made, removed };
}

it('that asks an image for its modules is an orphan that the next scan removes when its owner dies meanwhile', async () => {
  const getArchive = vi.fn(() => new Promise(() => undefined));
  const fake = engine({ getArchive });
  void modulesIn(fake.engine, IMAGE, signal);
  await vi.waitFor(() => expect(getArchive).toHaveBeenCalled());
  expect(fake.removed).toEqual([]);
  expect(await reapContainers(fake.engine, signal)).toBe(1);
  expect(fake.removed).toEqual([fake.made[0]?.id]);
});

it.each([
  ['has ended well', () => Promise.resolve({ talks: [], omitted: 0, complete: true })],
  ['lost its network at the end', () => Promise.reject(new Error('the network is gone'))],
])('of a model is removed once when the run %s', async (_, finish) => {
  const stream = new PassThrough();
  const fake = engine({
    attach: () => Promise.resolve(stream),
    start: () => Promise.resolve(stream.end()),
    kill: () => Promise.resolve(),
  });
  const network = { containerId: 'n', ready: Promise.resolve({ authority: '', notes: [] }), finish };
  const job = {
    format: 'pickle',
    model: { imagePath: '/opt/model.pkl' },
    mounts: [],
    imports: [],
    code: false,
    stubClasses: [],
    folder: '/tmp',
    nonce: 'test',
    policy: { traced: [], refused: [], neededByTracer: [], unavailable: [], skipped: [], allSockets: false },
    settings: DEFAULT_SETTINGS,
    files: [],
    network,
    environment: {},
  } as const;
  await runSandbox(fake.engine, IMAGE, job, { signal, onTrace: () => undefined }).catch(() => undefined);
  expect(fake.removed).toEqual([fake.made[0]?.id]);
});
