/** The cases of test/formats, made in the image of each layer. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { connectEngine } from '../../src/docker/engine.js';
import { ensureImage } from '../../src/docker/images.js';
import type { Layer } from '../../src/docker/layers.js';

const caseSchema = z.strictObject({
  format: z.string(),
  layer: z.string(),
  kind: z.enum(['harmless', 'hostile', 'broken']),
  name: z.string(),
  file: z.string(),
  expected: z.array(z.string()),
  verdict: z.string(),
  used: z.array(z.string()),
});
export type FormatCase = z.infer<typeof caseSchema> & { readonly path: string };

/** Makes the models of a layer in its image; nothing is loaded. */
export async function makeCases(layer: Layer, folder: string): Promise<FormatCase[]> {
  const engine = await connectEngine(DEFAULT_SETTINGS);
  const signal = new AbortController().signal;
  const image = await ensureImage(engine, layer, DEFAULT_SETTINGS, () => undefined, signal);
  await mkdir(folder, { recursive: true });
  const bind = (Source: string, Target: string, ReadOnly: boolean) => ({
    Type: 'bind' as const,
    Source,
    Target,
    ReadOnly,
  });
  const container = await engine.docker.createContainer({
    Image: image.id,
    Cmd: ['python3', '-B', '/formats/make.py', layer, '/out'],
    User: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    Env: ['HOME=/tmp'],
    HostConfig: {
      NetworkMode: 'none',
      Mounts: [bind(join(import.meta.dirname, '../formats'), '/formats', true), bind(folder, '/out', false)],
    },
  });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    if (StatusCode !== 0)
      throw new Error(`making the models failed:\n${String(await container.logs({ stdout: true, stderr: true }))}`);
  } finally {
    await container.remove({ force: true });
  }
  const listed = z.array(caseSchema).parse(JSON.parse(await readFile(join(folder, `${layer}.json`), 'utf8')));
  return listed.map((entry) => ({ ...entry, path: join(folder, entry.file) }));
}
