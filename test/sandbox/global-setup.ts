/** Builds the sandbox images and has the models of the tests made inside one; everything in a folder that goes with the run. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { connectEngine, type Engine } from '../../src/docker/engine.js';
import { ensureImage, type SandboxImage } from '../../src/docker/images.js';

declare module 'vitest' {
  interface ProvidedContext {
    folder: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine = await connectEngine(DEFAULT_SETTINGS);
  const folder = await mkdtemp(join(tmpdir(), 'dynscan-sandbox-test-'));
  const say = progressPrinter();
  const images: SandboxImage[] = [];
  for (const layer of ['core', 'torch'] as const) {
    images.push(await ensureImage(engine, layer, DEFAULT_SETTINGS, say, new AbortController().signal));
  }
  const torch = images[1];
  if (!torch) throw new Error('there is no torch image');
  await makeModels(engine, torch, join(folder, 'models'));
  project.provide('folder', folder);
  return () => rm(folder, { recursive: true, force: true });
}

/** The libraries that save the models are in the image, so that is where they are made. Nothing is loaded. */
async function makeModels(engine: Engine, image: SandboxImage, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const script = await readFile(join(import.meta.dirname, '../fixtures/make_models.py'), 'utf8');
  const container = await engine.docker.createContainer({
    Image: image.id,
    Cmd: ['python3', '-I', '-B', '-c', script, '/out'],
    User: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'bind', Source: folder, Target: '/out' }] },
  });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    if (StatusCode !== 0)
      throw new Error(`making the models failed:\n${String(await container.logs({ stdout: true, stderr: true }))}`);
  } finally {
    await container.remove({ force: true });
  }
}

/** One line a step, not one a message. */
function progressPrinter(): (message: string) => void {
  let last = '';
  return (message) => {
    const step = message.split('|')[0] ?? message;
    if (step !== last) process.stderr.write(`${step}\n`);
    last = step;
  };
}
