/** The sandbox images: built from `sandbox/Dockerfile` when first needed, tagged with a hash of what they are built from. */
import { createHash } from 'node:crypto';
import { existsSync, type WriteStream } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import * as z from 'zod';
import {
  BASE_OF_PYTHON,
  baseImageOf,
  DEFAULT_PYTHON,
  pythonOf,
  type PythonVersion,
  type Settings,
} from '../config/settings.js';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { CancelledError, throwIfCancelled, UserError } from '../core/user-error.js';
import { WorkQueue } from '../core/work-queue.js';
import { oldBase } from './base-age.js';
import { privateFolder } from './cache.js';
import { disposeOf, makeContainer, untilAborted, whileCleaningUp } from './container.js';
import { connectEngine, statusOf, type Engine } from './engine.js';
import { CORE_REQUIREMENTS, LAYER_PACKAGES, LAYERS, layersFor, type Layer } from './layers.js';
import { installWithPip, type PipJob } from './pip.js';
import { readRequirements } from './requirements.js';

const REPOSITORY = 'dynscan-sandbox';
const BUILD_FILES = [
  ...[
    'Dockerfile',
    'supervisor.py',
    'clock.py',
    'orders.py',
    'clock.c',
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
  ],
] as const;
const BASE_FILE = 'base.Dockerfile';
/** Bases that bring a Python of their own, for which Debian has no packages. */
const REGISTRY_PYTHON = /^python:/;
const LAYER_LABEL = 'dynscan.layer';
/** Of an image with what a model asked for: the tag of the one without that. */
const VARIANT_LABEL = 'dynscan.variant';
/** What pip has put packages into, and what is built on it: the tag of the former. */
const PACKAGES_LABEL = 'dynscan.packages';

export interface SandboxImage {
  readonly layer: Layer;
  readonly tag: string;
  /** The engine's content id. */
  readonly id: string;
}

/** The settings that decide what an image is. */
export type ImageSettings = Pick<Settings, 'baseImage' | 'python' | 'requirements'>;

/** What an image is to have besides what the settings say. */
export interface Wanted {
  readonly python: PythonVersion;
  /** In the words of a requirements file, one each. */
  readonly packages: readonly string[];
}

/** Answers the image of a layer, building it when there is none for today's files, base and requirements. */
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
    // Whoever began it clears away what it made.
    if (signal.aborted)
      await whileCleaningUp(
        build.catch(() => undefined),
        signal,
      );
    // Who began the build gave up on it; this scan did not.
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

/** Builds one layer, for `dynscan image build`. Answers its tag. */
export async function buildImage(
  settings: Settings,
  layer: Layer,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const engine = await connectEngine(settings);
  return (await ensureImage(engine, layer, settings, onProgress, signal)).tag;
}

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

/** Removes the images that are no longer current, or all, but for those in use; answers the tags of both. */
export async function removeImages(
  settings: Settings,
  options: { readonly all: boolean },
): Promise<{ readonly removed: string[]; readonly used: string[] }> {
  const engine = await connectEngine(settings);
  const doomed = (await listOn(engine, settings)).filter((image) => options.all || !image.current);
  const removed: string[] = [];
  const used: string[] = [];
  // What stands on another one first.
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

/** What an image that only holds packages is listed as. */
const PACKAGES = 'packages';

async function listOn(engine: Engine, settings: ImageSettings): Promise<ListedImage[]> {
  const [whole, packages, containers, today] = await Promise.all([
    labelledImages(engine, LAYER_LABEL),
    labelledImages(engine, PACKAGES_LABEL),
    engine.docker.listContainers({ all: true }).then((list) => understood(engine, containersSchema, list)),
    currentTags(engine, settings),
  ]);
  const images = [...new Map([...packages, ...whole].map((image) => [image.Id, image])).values()];
  // What a model asked for on top of one of today's stays: the model may be scanned again.
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

/** Bytes of the list of an image's modules; the longest has some 60 KiB. */
const MAX_MODULES = 8 * 1024 * 1024;

/** Names of the modules that Python can import in an image, besides its own. */
export async function modulesIn(
  engine: Engine,
  image: SandboxImage,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { id } = await makeContainer(
    engine,
    'modules',
    { Image: image.id, Cmd: ['true'], HostConfig: { NetworkMode: 'none' } },
    signal,
  );
  try {
    const chunks: Buffer[] = [];
    let left = MAX_MODULES;
    for await (const chunk of await engine
      .under(signal)
      .getContainer(id)
      .getArchive({ path: '/opt/dynscan/modules' })) {
      chunks.push(Buffer.from(chunk));
      left -= chunk.length;
      if (left < 0) throw new UserError('the list is longer than any that DynScan makes');
    }
    // A TAR archive of one file: a header of 512 bytes, with the size in octal digits at 124.
    const archive = Buffer.concat(chunks);
    const size = Number.parseInt(archive.toString('latin1', 124, 136), 8);
    return new Set(archive.toString('utf8', 512, 512 + size).split('\n'));
  } catch (error) {
    throwIfCancelled(signal);
    throw new UserError(
      `What Python can import in the image ${image.tag} could not be read (${escapeAndCut(messageOf(error), 300)}). Try again; \`dynscan doctor\` checks the engine.`,
    );
  } finally {
    await disposeOf(engine, id, signal);
  }
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

/** Of an image with the user's packages on top. */
function tagWith(plain: string, requirements: string): string {
  // Those of earlier versions have harmless models that other packages made.
  return `${plain.slice(0, plain.lastIndexOf('-'))}-with-${hashOf(['2', plain, requirements])}`;
}

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex').slice(0, 12);
}

async function imageId(
  engine: Engine,
  name: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<string | undefined> {
  return (await inspectImage(engine, name, signal))?.Id;
}

async function inspectImage(
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

/** Makes sure of the base image and answers its id: another base under the same name means another sandbox. */
async function ensureBase(
  engine: Engine,
  baseImage: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const present = await inspectImage(engine, baseImage, signal);
  if (present) {
    const old = oldBase(baseImage, present.Created, new Date());
    if (old) onProgress(`the base image ${baseImage} is ${old.days} days old. ${old.advice}`);
    return present.Id;
  }
  onProgress(`pulling ${baseImage}`);
  try {
    const stream = await engine.under(signal, 'patient').pull(baseImage);
    await followProgress(stream, (message) => {
      if (message.error) throw new Error(message.error);
      if (message.status) onProgress(`pulling ${baseImage}: ${escapeAndCut(message.status, 80)}`);
    });
    const id = await imageId(engine, baseImage);
    if (id) return id;
    throw new Error('the engine pulled it but does not have it');
  } catch (error) {
    throwIfCancelled(signal);
    const pull = escapeAndCut(messageOf(error), 300);
    const release = /^debian:([a-z]+)-slim$/.exec(baseImage)?.[1];
    const from = BASE_OF_PYTHON[DEFAULT_PYTHON];
    if (release !== undefined && baseImage !== from && (await imageId(engine, from, signal)) !== undefined)
      return makeRelease(engine, { baseImage, release, from, pull }, onProgress, signal);
    throw new UserError(
      `The base image ${baseImage} is not here and could not be pulled (${pull}). ` +
        'Check the network or the registry, choose another with the setting baseImage, or, on Debian as root, run `npm start` in a checkout of DynScan, which makes one from the distribution.',
    );
  }
}

interface Release {
  readonly baseImage: string;
  /** What Debian calls it. */
  readonly release: string;
  /** The base image that is there. */
  readonly from: string;
  /** Why it could not be pulled. */
  readonly pull: string;
}

/** Makes the base image of a Debian release from its packages, in a build, so that nothing of it runs on this machine. */
async function makeRelease(
  engine: Engine,
  { baseImage, release, from, pull }: Release,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<string> {
  onProgress(`no registry gives ${baseImage}: making it from Debian's packages (about 170 MB, once)`);
  const log = await BuildLog.open(`base-${release}.log`);
  let step = '';
  try {
    const options = { t: baseImage, dockerfile: BASE_FILE, buildargs: { FROM: from, RELEASE: release } };
    await runBuild({ engine, signal, log }, [BASE_FILE], options, (line) => {
      step = line;
      onProgress(`making ${baseImage}: ${escapeAndCut(line, 100)}`);
    });
    const id = await imageId(engine, baseImage, signal);
    if (id !== undefined) return id;
    throw new Error('the engine built it but does not have it');
  } catch (error) {
    throwIfCancelled(signal);
    throw new UserError(
      `The base image ${baseImage} could not be pulled (${pull}) nor made from Debian's packages (${escapeAndCut(messageOf(error), 300)}; last: ${escapeAndCut(step, 160)}). ` +
        `${log.whereabouts} Check the network, or choose another with the setting baseImage.`,
    );
  } finally {
    await log.close();
  }
}

/** One build, with its log. */
interface Build {
  readonly engine: Engine;
  readonly layer: Layer;
  readonly baseImage: string;
  readonly signal: AbortSignal;
  readonly log: BuildLog;
  readonly onProgress: (message: string) => void;
  /** What it is at, for the message of a failure. */
  step: string;
}

interface Recipe {
  readonly layer: Layer;
  readonly baseImage: string;
  /** The image without the user's packages. */
  readonly plain: string;
  readonly tag: string;
  readonly requirements: string | undefined;
  /** The image without what a model asked for, when one did. */
  readonly variantOf: string | undefined;
}

async function buildLayer(
  engine: Engine,
  { layer, baseImage, plain, tag, requirements, variantOf }: Recipe,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const log = await BuildLog.open(`build-${layer}-${tag.slice(tag.lastIndexOf('-') + 1)}.log`);
  const build: Build = { engine, layer, baseImage, signal, log, onProgress, step: '' };
  try {
    const isThere = (await imageId(engine, plain, signal)) !== undefined;
    onProgress(
      isThere
        ? `adding packages to the ${layer} image (once; takes some minutes)`
        : `building the ${layer} image (about ${LAYER_PACKAGES[layer].gigabytes} GB, once; takes some minutes)`,
    );
    if (!isThere) {
      const packages = await ensurePackages(build);
      await buildStage(build, 'sandbox', plain, { LAYER: layer, ...(packages ? { PACKAGES: packages } : {}) });
    }
    if (requirements !== undefined) {
      build.step = 'pip install of your requirements';
      await pipInstall(build, {
        from: plain,
        tag: tag.slice(`${REPOSITORY}:`.length),
        labels: variantOf === undefined ? {} : { [VARIANT_LABEL]: variantOf },
        requirements,
        complete: false,
        // What was asked for by a model brings no other torch along; what the user lists may.
        keepsTorch: variantOf === plain,
        layer,
      });
    }
  } catch (error) {
    throwIfCancelled(signal);
    throw new UserError(
      `The ${layer} sandbox image could not be built${build.step ? `: it failed at "${escapeAndCut(build.step, 160)}"` : ''} (${escapeAndCut(messageOf(error), 300)}). ` +
        `${log.whereabouts} A step that fetches packages needs the network; try again with \`dynscan image build --layer ${layer}\`.`,
    );
  } finally {
    await log.close();
  }
}

/** What a build said, in a file, up to a bound. A disk that takes no more is no reason not to build. */
class BuildLog {
  static readonly #limit = 64 * 1024 * 1024;
  #left = BuildLog.#limit;
  #broken: string | undefined;

  static async open(name: string): Promise<BuildLog> {
    try {
      const path = join(await privateFolder('logs'), name);
      return new BuildLog(path, await open(path, 'w'));
    } catch (error) {
      return new BuildLog(name, undefined, messageOf(error));
    }
  }

  readonly #stream: WriteStream | undefined;

  private constructor(
    private readonly path: string,
    file: FileHandle | undefined,
    broken?: string,
  ) {
    this.#broken = broken;
    this.#stream = file?.createWriteStream();
    this.#stream?.on('error', (error) => (this.#broken ??= messageOf(error)));
  }

  /** A sentence for the message of a failure. */
  get whereabouts(): string {
    if (this.#broken !== undefined)
      return `Its log ${this.path} could not be written (${escapeAndCut(this.#broken, 200)}).`;
    return this.#left < 0 ? `The beginning of its log is in ${this.path}.` : `The whole log is in ${this.path}.`;
  }

  write(text: string): void {
    if (this.#left < 0 || this.#broken !== undefined) return;
    this.#left -= Buffer.byteLength(text);
    this.#stream?.write(this.#left < 0 ? '\n(the log ends here: it is too long)\n' : text);
  }

  async close(): Promise<void> {
    const { stream } = { stream: this.#stream };
    if (stream === undefined || this.#broken !== undefined) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }
}

/** The image that holds what pip has to add to Debian's packages for this layer, if there is such; answers its tag. */
async function ensurePackages(build: Build): Promise<string | undefined> {
  const { engine, layer } = build;
  const { requirements } = LAYER_PACKAGES[layer];
  const isRegistrys = REGISTRY_PYTHON.test(build.baseImage);
  if (requirements === undefined && !isRegistrys) return undefined;
  // Pinned for the one Python that has the layer; for others nothing is.
  const complete = requirements !== undefined;
  const text = complete ? await readFile(join(sandboxFolder(), requirements), 'utf8') : CORE_REQUIREMENTS;
  const debian = `${REPOSITORY}:${layer}-debian`;
  await buildStage(build, 'packages', debian, {});
  const tag = `${layer}-packages-${hashOf([(await imageId(engine, debian)) ?? '', text])}`;
  const name = `${REPOSITORY}:${tag}`;
  if (!(await imageId(engine, name))) {
    build.step = `pip install of the layer's packages`;
    await pipInstall(build, {
      from: debian,
      tag,
      labels: { [PACKAGES_LABEL]: name },
      requirements: text,
      complete,
    });
  }
  // What it was made from is the engine's to keep, as a parent. pip's container may still be on its way out and hold the name; the next build takes it over.
  await engine.docker
    .getImage(debian)
    .remove({ force: true })
    .catch(() => undefined);
  return name;
}

async function pipInstall(build: Build, job: Omit<PipJob, 'repository'>): Promise<void> {
  const { engine, layer, log, onProgress, signal } = build;
  onProgress(`building the ${layer} image: ${build.step}`);
  await installWithPip(
    engine,
    { ...job, repository: REPOSITORY },
    (output) => {
      log.write(output);
      const line = output.trim().split('\n').at(-1) ?? '';
      onProgress(`building the ${layer} image: ${escapeAndCut(`pip install | ${line}`, 140)}`);
    },
    signal,
  );
}

/** Builds the Dockerfile up to a stage. */
async function buildStage(
  build: Build,
  target: 'packages' | 'sandbox',
  tag: string,
  args: Readonly<Record<string, string>>,
): Promise<void> {
  const { layer } = build;
  const options = {
    t: tag,
    target,
    buildargs: { BASE: build.baseImage, DEBIAN_PACKAGES: LAYER_PACKAGES[layer].debian.join(' '), ...args },
    ...(target === 'sandbox' ? { labels: { [LAYER_LABEL]: layer } } : {}),
  };
  await runBuild(build, BUILD_FILES, options, (line) => {
    if (/^Step \d+\/\d+ :/.test(line)) build.step = line;
    build.onProgress(
      `building the ${layer} image: ${escapeAndCut(build.step ? `${build.step.slice(0, 60)} | ${line}` : line, 140)}`,
    );
  });
}

/** Has the engine build an image; everything goes to the log, each line that says something to `onLine`. Throws what a step failed with. */
async function runBuild(
  { engine, signal, log }: Pick<Build, 'engine' | 'signal' | 'log'>,
  files: readonly string[],
  options: Docker.ImageBuildOptions,
  onLine: (line: string) => void,
): Promise<void> {
  const stream = await engine.under(signal, 'patient').buildImage(
    { context: sandboxFolder(), src: [...files] },
    {
      ...options,
      // Package mirrors are reached from the host's network; only here, never in a scan.
      networkmode: 'host',
      // Of a build that fails or is stopped, no container stays.
      forcerm: true,
    },
  );
  await followProgress(stream, (message) => {
    const text = message.stream ?? message.status ?? message.error ?? '';
    log.write(text);
    if (message.error) throw new Error(message.error);
    const line = text.trim();
    if (line !== '') onLine(line);
  });
}

const progressSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
});

/** Characters of one line of progress, and of all that an image's making says. */
const MAX_PROGRESS_LINE = 1024 * 1024;
const MAX_PROGRESS = 256 * 1024 * 1024;

/** Reads an engine's stream of JSON lines to its end; what `onMessage` throws ends it. */
async function followProgress(
  stream: NodeJS.ReadableStream,
  onMessage: (message: z.infer<typeof progressSchema>) => void,
): Promise<void> {
  let rest = '';
  let left = MAX_PROGRESS;
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    left -= chunk.length;
    if (rest.length > MAX_PROGRESS_LINE || left < 0) throw new Error('the engine says more than any build does');
    for (const line of lines) handle(line);
  }
  handle(rest);

  function handle(line: string): void {
    if (line.trim() === '') return;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw new Error('the engine does not say how it goes on in its format');
    }
    const parsed = progressSchema.safeParse(json);
    if (parsed.success) onMessage(parsed.data);
  }
}

function messageOf(error: unknown): string {
  return escapeText(error instanceof Error ? error.message : String(error));
}
