/** A sandbox image: its name, which is a hash of everything it is built from, its labels, and its entry in the engine. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { PythonVersion, Settings } from '../config/settings.js';
import { escapeAndCut } from '../core/escape.js';
import { UserError } from '../core/user-error.js';
import { statusOf, type Engine } from './engine.js';
import { LAYER_PACKAGES, type Layer } from './layers.js';

export const REPOSITORY = 'dynscan-sandbox';

export const BUILD_FILES = [
  'Dockerfile',
  'leaders.py',
  'supervisor.py',
  'changes.py',
  'clock.py',
  'orders.py',
  'witness.py',
  'clock.c',
  'scene.c',
  'director.py',
  'watch.py',
  'modules.sh',
  'sinkhole.py',
  'runner.py',
  'imports.py',
  'loaders.py',
  'standins.py',
  'tensorflow_formats.py',
  'use.py',
  'testcase.py',
  'harmless.py',
] as const;

export const LAYER_LABEL = 'dynscan.layer';
/** Of an image with packages that a model asked for: the tag of the image without them. */
export const VARIANT_LABEL = 'dynscan.variant';
/** The image into which pip put packages, and the image that is built on it: the tag of the former. */
export const PACKAGES_LABEL = 'dynscan.packages';

export interface SandboxImage {
  readonly layer: Layer;
  readonly tag: string;
  /** The engine's content id. */
  readonly id: string;
}

/** The settings that decide how an image is built. */
export type ImageSettings = Pick<Settings, 'baseImage' | 'python' | 'requirements'>;

/** The Python and the packages that an image needs besides those of the settings. */
export interface Wanted {
  readonly python: PythonVersion;
  /** In the words of a requirements file, one each. */
  readonly packages: readonly string[];
}

/** The folder sandbox/: beside dist/, where the bundles are, in a checkout and in the installed extension; two up from here when run unbundled. */
export function sandboxFolder(): string {
  const beside = join(__dirname, '..', 'sandbox');
  return existsSync(join(beside, 'Dockerfile')) ? beside : join(__dirname, '..', '..', 'sandbox');
}

export async function tagOf(layer: Layer, baseId: string): Promise<string> {
  const { debian, requirements } = LAYER_PACKAGES[layer];
  const files = await Promise.all(
    [...BUILD_FILES, ...(requirements ? [requirements] : [])].map((name) => readFile(join(sandboxFolder(), name))),
  );
  return `${REPOSITORY}:${layer}-${hashOf([layer, baseId, ...debian, ...files])}`;
}

/** Of an image with the user's packages on top. */
export function tagWith(plain: string, requirements: string): string {
  // Those of earlier versions have harmless models that other packages made.
  return `${plain.slice(0, plain.lastIndexOf('-'))}-with-${hashOf(['2', plain, requirements])}`;
}

export function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex').slice(0, 12);
}

export async function imageId(
  engine: Engine,
  name: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<string | undefined> {
  return (await inspectImage(engine, name, signal))?.Id;
}

export async function inspectImage(
  engine: Engine,
  name: string,
  signal: AbortSignal,
): Promise<z.infer<typeof imageSchema> | undefined> {
  try {
    const image = imageSchema.safeParse(await engine.under(signal).getImage(name).inspect());
    if (image.success) return image.data;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
  throw new UserError(
    `The container engine at ${engine.endpoint} describes the image ${escapeAndCut(name, 120)} in a way that no engine does. Restart it, and try again.`,
  );
}

const imageSchema = z.object({ Id: z.string().regex(/^(?:sha256:)?[0-9a-f]{64}$/), Created: z.unknown() });
