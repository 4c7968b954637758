/** The sandbox images: built from `sandbox/Dockerfile` when first needed. */
import { BASE_OF_PYTHON, baseImageOf, DEFAULT_PYTHON, pythonOf, type Settings } from '../config/settings.js';
import { CancelledError, UserError } from '../core/user-error.js';
import { WorkQueue } from '../core/work-queue.js';
import { ensureBase } from './base-image.js';
import { untilAborted, whileCleaningUp } from './container.js';
import { connectEngine, type Engine } from './engine.js';
import { buildLayer } from './image-build.js';
import { imageId, tagOf, tagWith, type ImageSettings, type SandboxImage, type Wanted } from './image.js';
import { layersFor, type Layer } from './layers.js';
import { readRequirements } from './requirements.js';

/**
 * Returns the image of a layer; builds it when there is none for the current files, base image and requirements.
 *
 * Example: `const image = await ensureImage(engine, 'core', settings, (message) => log(message), signal);`
 */
export async function ensureImage(
  engine: Engine,
  layer: Layer,
  settings: ImageSettings,
  onProgress: (message: string) => void,
  signal: AbortSignal,
  wanted: Wanted = { python: pythonOf(settings), packages: [] },
): Promise<SandboxImage> {
  const baseImage = baseImageOf({ ...settings, python: wanted.python });
  if (baseImage === BASE_OF_PYTHON[wanted.python] && !layersFor(wanted.python).includes(layer)) {
    throw new UserError(
      `The ${layer} image is made for Python ${DEFAULT_PYTHON}: its packages are pinned for that. With Python ${wanted.python} there are ${layersFor(wanted.python).join(' and ')}; \`dynscan image add\` adds packages to these.`,
    );
  }
  const [baseId, own] = await Promise.all([
    ensureBase(engine, baseImage, onProgress, signal),
    readRequirements(settings),
  ]);
  const added = wanted.packages.length === 0 ? [] : [wanted.packages.join('\n')];
  const all = [...(own === undefined ? [] : [own]), ...added];
  const requirements = all.length === 0 ? undefined : all.join('\n');
  const plain = await tagOf(layer, baseId);
  const tag = requirements === undefined ? plain : tagWith(plain, requirements);
  const variantOf = added.length === 0 ? undefined : own === undefined ? plain : tagWith(plain, own);
  const key = `${engine.endpoint} ${tag}`;
  const present = await imageId(engine, tag);
  if (present) return { layer, tag, id: present };
  // Two scans that need the same image wait for one build.
  let build = building.get(key);
  if (build) {
    onProgress(`waiting for the ${layer} image, which is being built`);
  } else {
    if (building.size > 0) onProgress(`waiting for another image before building the ${layer} image`);
    build = builds
      .run(() => buildLayer(engine, { layer, baseImage, plain, tag, requirements, variantOf }, onProgress, signal), {
        signal,
      })
      .finally(() => building.delete(key));
    building.set(key, build);
  }
  try {
    await untilAborted(build, signal);
  } catch (error) {
    // The caller that began the build removes what the build made.
    if (signal.aborted)
      await whileCleaningUp(
        build.catch(() => undefined),
        signal,
      );
    // The caller that began the build cancelled it; this scan did not.
    if (error instanceof CancelledError && !signal.aborted)
      return ensureImage(engine, layer, settings, onProgress, signal, wanted);
    throw error;
  }
  const id = await imageId(engine, tag);
  if (!id)
    throw new UserError(
      `The sandbox image ${tag} was built but is not there. Something removes images on this machine; try again.`,
    );
  return { layer, tag, id };
}

/** One build at a time: the layers share their first steps, which the second then finds done. */
const builds = new WorkQueue();
const building = new Map<string, Promise<void>>();

/** Builds one layer, for `dynscan image build`. Returns its tag. */
export async function buildImage(
  settings: Settings,
  layer: Layer,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const engine = await connectEngine(settings);
  return (await ensureImage(engine, layer, settings, onProgress, signal)).tag;
}
