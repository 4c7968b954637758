/** Lists the sandbox images, marks those that are current, and removes images. */
import type Docker from 'dockerode';
import * as z from 'zod';
import { BASE_OF_PYTHON, baseImageOf, type Settings } from '../config/settings.js';
import { escapeAndCut } from '../core/escape.js';
import { messageOf, UserError } from '../core/user-error.js';
import { connectEngine, statusOf, type Engine } from './engine.js';
import {
  imageId,
  LAYER_LABEL,
  PACKAGES_LABEL,
  REPOSITORY,
  tagOf,
  tagWith,
  VARIANT_LABEL,
  type ImageSettings,
} from './image.js';
import { LAYERS } from './layers.js';
import { readRequirements } from './requirements.js';

export interface ListedImage {
  /** Its tag, or the beginning of its id when it has none. */
  readonly tag: string;
  readonly layer: string;
  readonly sizeBytes: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Whether today's files, base images and requirements give this tag, or an image that they give stands on it. */
  readonly current: boolean;
  /** Whether a container is made of it. */
  readonly used: boolean;
}

export async function listImages(settings: Settings): Promise<ListedImage[]> {
  return listOn(await connectEngine(settings), settings);
}

/** Removes the images that are no longer current, or all, except those in use; returns the tags of both. */
export async function removeImages(
  settings: Settings,
  options: { readonly all: boolean },
): Promise<{ readonly removed: string[]; readonly used: string[] }> {
  const engine = await connectEngine(settings);
  const doomed = (await listOn(engine, settings)).filter((image) => options.all || !image.current);
  const removed: string[] = [];
  const used: string[] = [];
  // Images that stand on another image are removed first.
  for (const { tag } of doomed.sort((a, b) => Number(isPackages(a)) - Number(isPackages(b)))) {
    try {
      await patient(engine).getImage(tag).remove();
      removed.push(tag);
    } catch (error) {
      if (statusOf(error) === 409) used.push(tag);
      else if (statusOf(error) !== 404) throw error;
    }
  }
  return { removed, used };
}

/** Removes one image of ours. Throws UserError for any other name, and when something still uses it. */
export async function removeImage(settings: Settings, tag: string): Promise<void> {
  const engine = await connectEngine(settings);
  const known = await listOn(engine, settings);
  if (!known.some((image) => image.tag === tag)) {
    throw new UserError(
      `${escapeAndCut(tag, 100)} is no sandbox image of DynScan that is there. Look at the list again.`,
    );
  }
  try {
    await patient(engine).getImage(tag).remove();
  } catch (error) {
    if (statusOf(error) === 404) return;
    throw new UserError(
      `The image ${tag} could not be removed (${escapeAndCut(messageOf(error), 300)}). Wait until no scan uses it, then try again.`,
    );
  }
}

function patient(engine: Engine): Docker {
  return engine.under(new AbortController().signal, 'patient');
}

function isPackages({ layer }: ListedImage): boolean {
  return layer === PACKAGES;
}

/** The layer under which an image that only holds packages is listed. */
const PACKAGES = 'packages';

async function listOn(engine: Engine, settings: ImageSettings): Promise<ListedImage[]> {
  const [whole, packages, containers, today] = await Promise.all([
    labelledImages(engine, LAYER_LABEL),
    labelledImages(engine, PACKAGES_LABEL),
    engine.docker.listContainers({ all: true }).then((list) => understood(engine, containersSchema, list)),
    currentTags(engine, settings),
  ]);
  const images = [...new Map([...packages, ...whole].map((image) => [image.Id, image])).values()];
  // An image with a model's own packages on top of a current one stays: the model may be scanned again.
  const isToday = ({ RepoTags, Labels }: (typeof images)[number]) =>
    (RepoTags ?? []).some((tag) => today.has(tag)) || today.has(Labels?.[VARIANT_LABEL] ?? '');
  const ofToday = images.filter(isToday);
  const current = new Set([
    ...today,
    ...ofToday.flatMap(({ RepoTags, Labels }) => [...(RepoTags ?? []), Labels?.[PACKAGES_LABEL] ?? '']),
  ]);
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  return images.flatMap((image) => {
    const own = (image.RepoTags ?? []).filter((tag) => tag.startsWith(`${REPOSITORY}:`));
    const names = own.length > 0 ? own : [image.Id.replace('sha256:', '').slice(0, 12)];
    return names.map((tag) => ({
      tag,
      layer: image.Labels?.[LAYER_LABEL] ?? PACKAGES,
      sizeBytes: image.Size,
      created: new Date(image.Created * 1000).toISOString(),
      current: current.has(tag),
      used: used.has(image.Id),
    }));
  });
}

const imagesSchema = z.array(
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Size: z.number(),
    Created: z.int().min(0).max(1e11),
  }),
);
const containersSchema = z.array(z.object({ ImageID: z.string() }));

async function labelledImages(engine: Engine, label: string): Promise<z.infer<typeof imagesSchema>> {
  return understood(engine, imagesSchema, await engine.docker.listImages({ filters: { label: [label] } }));
}

function understood<T>(engine: Engine, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `The container engine at ${engine.endpoint} lists what it has in a way that no engine does. Restart it, and try again.`,
  );
}

/** For each Python whose base image is there: a scan with another one must not cost the images of this one. */
async function currentTags(engine: Engine, settings: ImageSettings): Promise<Set<string>> {
  const requirements = await readRequirements(settings);
  const bases = await Promise.all(
    [...new Set([baseImageOf(settings), ...Object.values(BASE_OF_PYTHON)])].map((base) => imageId(engine, base)),
  );
  const plain = await Promise.all(
    bases.flatMap((baseId) => (baseId === undefined ? [] : LAYERS.map((layer) => tagOf(layer, baseId)))),
  );
  return new Set([...plain, ...(requirements === undefined ? [] : plain.map((tag) => tagWith(tag, requirements)))]);
}
