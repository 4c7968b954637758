/** The sandbox images: built from `sandbox/Dockerfile` when first needed, tagged with a hash of what they are built from. */
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Settings } from '../config/settings.js';
import { escapeAndCut, escapeText } from '../report/escape.js';
import { CancelledError, throwIfCancelled, UserError } from '../report/user-error.js';
import { cacheFolder } from './cache.js';
import { connectEngine, statusOf, type Engine } from './engine.js';
import { LAYER_PACKAGES, LAYERS, type Layer } from './layers.js';
import { installWithPip } from './pip.js';

const REPOSITORY = 'dynscan-sandbox';
const BUILD_FILES = [
  ...[
    'Dockerfile',
    'supervisor.py',
    'clock.py',
    'clock.c',
    'sinkhole.py',
    'runner.py',
    'loaders.py',
    'tensorflow_formats.py',
    'use.py',
    'harmless.py',
  ],
] as const;
const LAYER_LABEL = 'dynscan.layer';
/** What pip has put packages into, and what is built on it: the tag of the former. */
const PACKAGES_LABEL = 'dynscan.packages';

export interface SandboxImage {
  readonly layer: Layer;
  readonly tag: string;
  /** The engine's content id. */
  readonly id: string;
}

/** Answers the image of a layer, building it when there is none for today's files and base. */
export async function ensureImage(
  engine: Engine,
  layer: Layer,
  baseImage: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<SandboxImage> {
  const baseId = await ensureBase(engine, baseImage, onProgress, signal);
  const tag = await tagOf(layer, baseId);
  const key = `${engine.endpoint} ${tag}`;
  const present = await imageId(engine, tag);
  if (present) return { layer, tag, id: present };
  // Two scans that need the same image wait for one build.
  let build = building.get(key);
  if (build) {
    onProgress(`waiting for the ${layer} image, which is being built`);
  } else {
    // One build at a time: the layers share their first steps, which the second then finds done.
    const before = Promise.allSettled(building.values());
    if (building.size > 0) onProgress(`waiting for another image before building the ${layer} image`);
    build = before
      .then(() => buildLayer(engine, layer, baseImage, tag, onProgress, signal))
      .finally(() => building.delete(key));
    building.set(key, build);
  }
  try {
    await untilAborted(build, signal);
  } catch (error) {
    // Who began the build gave up on it; this scan did not.
    if (error instanceof CancelledError && !signal.aborted)
      return ensureImage(engine, layer, baseImage, onProgress, signal);
    throw error;
  }
  const id = await imageId(engine, tag);
  if (!id)
    throw new UserError(
      `The sandbox image ${tag} was built but is not there. Something removes images on this machine; try again.`,
    );
  return { layer, tag, id };
}

/** Waits for work that others wait for, too: an abort ends the waiting, not the work. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(new CancelledError());
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const building = new Map<string, Promise<void>>();

/** Builds one layer, for `dynscan image build`. Answers its tag. */
export async function buildImage(
  settings: Settings,
  layer: Layer,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const engine = await connectEngine(settings);
  return (await ensureImage(engine, layer, settings.baseImage, onProgress, signal)).tag;
}

export interface ListedImage {
  readonly tag: string;
  readonly layer: string;
  readonly sizeBytes: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Whether today's files and base image give this tag. */
  readonly current: boolean;
}

export async function listImages(settings: Settings): Promise<ListedImage[]> {
  const engine = await connectEngine(settings);
  return listOn(engine, settings.baseImage);
}

/** Removes the images that are no longer current, or all; answers their tags. */
export async function removeImages(settings: Settings, options: { readonly all: boolean }): Promise<string[]> {
  const engine = await connectEngine(settings);
  const doomed = (await listOn(engine, settings.baseImage)).filter((image) => options.all || !image.current);
  for (const { tag } of doomed) await engine.docker.getImage(tag).remove();
  return doomed.map(({ tag }) => tag);
}

async function listOn(engine: Engine, baseImage: string): Promise<ListedImage[]> {
  const baseId = await imageId(engine, baseImage);
  const current = new Set(baseId ? await Promise.all(LAYERS.map((layer) => tagOf(layer, baseId))) : []);
  const images = await engine.docker.listImages({ filters: { label: [LAYER_LABEL] } });
  return images.flatMap((image) =>
    (image.RepoTags ?? [])
      .filter((tag) => tag.startsWith(`${REPOSITORY}:`))
      .map((tag) => ({
        tag,
        layer: image.Labels[LAYER_LABEL] ?? '',
        sizeBytes: image.Size,
        created: new Date(image.Created * 1000).toISOString(),
        current: current.has(tag),
      })),
  );
}

/** The folder sandbox/: beside dist/, where the bundles are, in a checkout and in the installed extension; two up from here when run unbundled. */
function sandboxFolder(): string {
  const beside = join(__dirname, '..', 'sandbox');
  return existsSync(join(beside, 'Dockerfile')) ? beside : join(__dirname, '..', '..', 'sandbox');
}

async function tagOf(layer: Layer, baseId: string): Promise<string> {
  const { debian, requirements } = LAYER_PACKAGES[layer];
  const files = await Promise.all(
    [...BUILD_FILES, ...(requirements ? [requirements] : [])].map((name) => readFile(join(sandboxFolder(), name))),
  );
  return `${REPOSITORY}:${layer}-${hashOf([layer, baseId, ...debian, ...files])}`;
}

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex').slice(0, 12);
}

async function imageId(engine: Engine, name: string): Promise<string | undefined> {
  try {
    return (await engine.docker.getImage(name).inspect()).Id;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Makes sure of the base image and answers its id: another base under the same name means another sandbox. */
async function ensureBase(
  engine: Engine,
  baseImage: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const present = await imageId(engine, baseImage);
  if (present) return present;
  onProgress(`pulling ${baseImage}`);
  try {
    const stream = await engine.docker.pull(baseImage, { abortSignal: signal });
    await followProgress(stream, (message) => {
      if (message.error) throw new Error(message.error);
      if (message.status) onProgress(`pulling ${baseImage}: ${escapeAndCut(message.status, 80)}`);
    });
    const id = await imageId(engine, baseImage);
    if (id) return id;
    throw new Error('the engine pulled it but does not have it');
  } catch (error) {
    throwIfCancelled(signal);
    throw new UserError(
      `The base image ${baseImage} is not here and could not be pulled (${escapeAndCut(messageOf(error), 300)}). ` +
        'Check the network or the registry, choose another with the setting baseImage, or, on Debian as root, run `npm start` in a checkout of DynScan, which makes one from the distribution.',
    );
  }
}

/** One build, with its log. */
interface Build {
  readonly engine: Engine;
  readonly layer: Layer;
  readonly baseImage: string;
  readonly signal: AbortSignal;
  readonly log: WriteStream;
  readonly onProgress: (message: string) => void;
  /** What it is at, for the message of a failure. */
  step: string;
}

async function buildLayer(
  engine: Engine,
  layer: Layer,
  baseImage: string,
  tag: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  onProgress(`building the ${layer} image (once; takes some minutes)`);
  const logs = join(cacheFolder(), 'logs');
  await mkdir(logs, { recursive: true });
  const logPath = join(logs, `build-${layer}-${tag.slice(tag.lastIndexOf('-') + 1)}.log`);
  const log = createWriteStream(logPath);
  const build: Build = { engine, layer, baseImage, signal, log, onProgress, step: '' };
  try {
    const packages = await ensurePackages(build);
    await buildStage(build, 'sandbox', tag, { LAYER: layer, ...(packages ? { PACKAGES: packages } : {}) });
  } catch (error) {
    throwIfCancelled(signal);
    throw new UserError(
      `The ${layer} sandbox image could not be built${build.step ? `: it failed at "${escapeAndCut(build.step, 160)}"` : ''} (${escapeAndCut(messageOf(error), 300)}). ` +
        `The whole log is in ${logPath}. A step that fetches packages needs the network; try again with \`dynscan image build --layer ${layer}\`.`,
    );
  } finally {
    await new Promise<void>((resolve) => log.end(resolve));
  }
}

/** The image that holds what pip has to add to Debian's packages for this layer, if there is such; answers its tag. */
async function ensurePackages(build: Build): Promise<string | undefined> {
  const { engine, layer } = build;
  const { requirements } = LAYER_PACKAGES[layer];
  if (requirements === undefined) return undefined;
  const text = await readFile(join(sandboxFolder(), requirements), 'utf8');
  const debian = `${REPOSITORY}:${layer}-debian`;
  await buildStage(build, 'packages', debian, {});
  const tag = `${layer}-packages-${hashOf([(await imageId(engine, debian)) ?? '', text])}`;
  const name = `${REPOSITORY}:${tag}`;
  if (!(await imageId(engine, name))) {
    build.step = `pip install of ${requirements}`;
    build.onProgress(`building the ${layer} image: ${build.step}`);
    await installWithPip(
      engine,
      {
        from: debian,
        repository: REPOSITORY,
        tag,
        labels: { [PACKAGES_LABEL]: name },
        requirements: text,
        complete: true,
      },
      (output) => {
        build.log.write(output);
        const line = output.trim().split('\n').at(-1) ?? '';
        build.onProgress(`building the ${layer} image: ${escapeAndCut(`pip install | ${line}`, 140)}`);
      },
      build.signal,
    );
  }
  // What it was made from is the engine's to keep, as a parent.
  await engine.docker.getImage(debian).remove();
  return name;
}

/** Builds the Dockerfile up to a stage. */
async function buildStage(
  build: Build,
  target: 'packages' | 'sandbox',
  tag: string,
  args: Readonly<Record<string, string>>,
): Promise<void> {
  const { engine, layer, log } = build;
  const stream = await engine.docker.buildImage(
    { context: sandboxFolder(), src: [...BUILD_FILES] },
    {
      t: tag,
      target,
      buildargs: { BASE: build.baseImage, DEBIAN_PACKAGES: LAYER_PACKAGES[layer].debian.join(' '), ...args },
      ...(target === 'sandbox' ? { labels: { [LAYER_LABEL]: layer } } : {}),
      // Package mirrors are reached from the host's network; only here, never in a scan.
      networkmode: 'host',
      abortSignal: build.signal,
    },
  );
  await followProgress(stream, (message) => {
    const text = message.stream ?? message.status ?? message.error ?? '';
    log.write(text);
    if (message.error) throw new Error(message.error);
    const line = text.trim();
    if (/^Step \d+\/\d+ :/.test(line)) build.step = line;
    if (line)
      build.onProgress(
        `building the ${layer} image: ${escapeAndCut(build.step ? `${build.step.slice(0, 60)} | ${line}` : line, 140)}`,
      );
  });
}

const progressSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
});

/** Reads an engine's stream of JSON lines to its end; what `onMessage` throws ends it. */
async function followProgress(
  stream: NodeJS.ReadableStream,
  onMessage: (message: z.infer<typeof progressSchema>) => void,
): Promise<void> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) handle(line);
  }
  handle(rest);

  function handle(line: string): void {
    if (line.trim() === '') return;
    const parsed = progressSchema.safeParse(JSON.parse(line));
    if (parsed.success) onMessage(parsed.data);
  }
}

function messageOf(error: unknown): string {
  return escapeText(error instanceof Error ? error.message : String(error));
}
