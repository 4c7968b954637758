/** Builds the image of a layer: the packages of Debian, those of pip, and DynScan's own files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeAndCut } from '../core/escape.js';
import { messageOf, throwIfCancelled, UserError } from '../core/user-error.js';
import { BuildLog } from './build-log.js';
import { runBuild, type EngineBuild } from './engine-build.js';
import type { Engine } from './engine.js';
import {
  BUILD_FILES,
  hashOf,
  imageId,
  LAYER_LABEL,
  PACKAGES_LABEL,
  REPOSITORY,
  sandboxFolder,
  VARIANT_LABEL,
} from './image.js';
import { CORE_REQUIREMENTS, LAYER_PACKAGES, type Layer } from './layers.js';
import { installWithPip, type PipJob } from './pip.js';

/** Bases that bring a Python of their own, for which Debian has no packages. */
const REGISTRY_PYTHON = /^python:/;

/** One build, with its log. */
interface Build extends EngineBuild {
  readonly layer: Layer;
  readonly baseImage: string;
  readonly onProgress: (message: string) => void;
  /** The current step, for the message of a failure. */
  step: string;
}

interface Recipe {
  readonly layer: Layer;
  readonly baseImage: string;
  /** The image without the user's packages. */
  readonly plain: string;
  readonly tag: string;
  readonly requirements: string | undefined;
  /** The image without the packages that a model asked for, when a model asked for some. */
  readonly variantOf: string | undefined;
}

export async function buildLayer(
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
        // Packages that a model asked for bring no other torch along; packages that the user lists may.
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

/** Builds the image with the packages that pip adds to Debian's packages for this layer, if the layer has such packages; returns its tag. */
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
  // The engine keeps the image that this one was made from, as a parent. pip's container may still be closing and hold the name; the next build takes
  // the name over.
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
