/** Builds the sandbox images and has the models of the tests made inside one; everything in a folder that goes with the run. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { runInLayer } from '../../scripts/lib/layer.mjs';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { connectEngine } from '../../src/docker/engine.js';
import { ensureImage } from '../../src/docker/images.js';

declare module 'vitest' {
  interface ProvidedContext {
    folder: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine = await connectEngine(DEFAULT_SETTINGS);
  const folder = await mkdtemp(join(tmpdir(), 'dynscan-sandbox-test-'));
  const say = progressPrinter();
  for (const layer of ['core', 'torch'] as const) {
    await ensureImage(engine, layer, DEFAULT_SETTINGS, say, new AbortController().signal);
  }
  const models = join(folder, 'models');
  await mkdir(models);
  // The libraries that save the models are in the image, so that is where they are made. Nothing is loaded.
  await runInLayer(process.env, 'torch', ['python3', '-I', '-B', '/fixtures/make_models.py', '/out'], {
    '/fixtures': { from: join(import.meta.dirname, '../fixtures'), readOnly: true },
    '/out': { from: models },
  });
  project.provide('folder', folder);
  return () => rm(folder, { recursive: true, force: true });
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
