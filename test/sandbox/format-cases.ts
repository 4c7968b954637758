/** The cases of test/formats, made in the image of each layer. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { runInLayer } from '../../scripts/lib/layer.mjs';
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
  await mkdir(folder, { recursive: true });
  await runInLayer(process.env, layer, ['python3', '-B', '/formats/make.py', layer, '/out'], {
    '/formats': { from: join(import.meta.dirname, '../formats'), readOnly: true },
    '/out': { from: folder },
  });
  const listed = z.array(caseSchema).parse(JSON.parse(await readFile(join(folder, `${layer}.json`), 'utf8')));
  return listed.map((entry) => ({ ...entry, path: join(folder, entry.file) }));
}
