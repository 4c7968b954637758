/** The cases of test/formats, made in the image of each layer. */
import * as z from 'zod';
import { makeModels } from '../../scripts/lib/layer.mjs';
import type { Layer } from '../../src/docker/layers.js';

const caseSchema = z.strictObject({
  path: z.string(),
  format: z.string(),
  layer: z.string(),
  kind: z.enum(['harmless', 'hostile', 'broken']),
  name: z.string(),
  file: z.string(),
  expected: z.array(z.string()),
  verdict: z.string(),
  used: z.array(z.string()),
});
export type FormatCase = z.infer<typeof caseSchema>;

/** Makes the models of a layer in its image; nothing is loaded. */
export async function makeCases(layer: Layer, folder: string): Promise<FormatCase[]> {
  return z.array(caseSchema).parse(await makeModels(process.env, 'formats', layer, folder));
}
