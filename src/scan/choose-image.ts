/**
 * Chooses the image in which a model runs: its layer, its Python and its packages, by the needs of the model, of its code and of the project around
 * it.
 */
import { DEFAULT_PYTHON, pythonOf } from '../config/settings.js';
import type { SandboxImage } from '../docker/image.js';
import {
  ableLayers,
  FRAMEWORKS,
  layerFor,
  isInLayer,
  LAYER_PACKAGES,
  layersFor,
  packagesFor,
  type Layer,
} from '../docker/layers.js';
import { FORMATS, isLoadable, layerOf, type LoadableFormat } from '../core/formats.js';
import { UserError } from '../core/user-error.js';
import { lacks, unknownOf } from './load-problems.js';
import { projectIn } from './look.js';
import { codeToMount, ownModules, type MountedCode } from './own-code.js';
import type { Project } from './project.js';
import type { ModelToRun, RunHooks } from './model-to-run.js';
import type { SandboxSession } from './session.js';
import { USUAL, variantFor, type Variant } from './variant.js';

export interface PreparedImage {
  readonly image: SandboxImage;
  readonly variant: Variant;
  /** Modules that the model asks for and the image lacks. */
  readonly lacking: readonly string[];
  /** Packages that the project around the model asks for, by their normalised names. */
  readonly asked: ReadonlySet<string>;
  /** The model's own code that the image must have besides its packages. */
  readonly code: MountedCode;
}

/** Ensures that the image that fits the model exists, and reads its module list. */
export async function prepareImage(
  model: ModelToRun,
  session: SandboxSession,
  hooks: RunHooks,
): Promise<PreparedImage> {
  const { signal } = hooks;
  const needs = modulesOf(model);
  const { image, variant } = await preparedImage(model, needs, session, hooks);
  const lacking = await session.lacking(image, needs, signal);
  const asked = await askedByProject(model, lacking, signal);
  if (lacking.length > 0) hooks.onProgress('image', lacks(lacking, variant.python, asked));
  const code = codeToMount(model.code, await session.lacking(image, ownModules(model.code), signal));
  return { image, variant, lacking, asked, code };
}

interface ChosenImage {
  readonly layer: Layer;
  readonly variant: Variant;
}

/** The needs of the model: the layer by its format and the modules that it asks for, the rest by its provenance. */
function chooseImage(model: ModelToRun, needs: readonly string[], by: Variant): ChosenImage {
  const layer = layerFor(smallestLayer(model), needs, by.python);
  const others = by.python === DEFAULT_PYTHON ? [] : packagesFor(layer, needs);
  const added = others.filter((line) => !by.requirements.some((wanted) => packageOf(wanted) === packageOf(line)));
  return { layer, variant: { ...by, requirements: [...by.requirements, ...added] } };
}

function packageOf(requirement: string): string | undefined {
  return /^[\w.-]+/.exec(requirement)?.[0];
}

/** The variant that the model and the user's project ask for; a layer that is pinned for one Python stays unchanged. */
function wantedVariant(model: ModelToRun, needs: readonly string[], project: Project | undefined): Variant {
  const { analysis, settings } = model;
  const hasVariants = layersFor('3.11').includes(smallestLayer(model));
  return hasVariants
    ? variantFor(analysis.madeBy, settings, project && { project, needs })
    : { ...USUAL, python: pythonOf(settings) };
}

/** The image that fits the model, or, where it cannot be made, the usual image for its format: that one may work. */
async function preparedImage(
  model: ModelToRun,
  needs: readonly string[],
  session: SandboxSession,
  hooks: RunHooks,
): Promise<{ readonly image: SandboxImage; readonly variant: Variant }> {
  const prepare = ({ layer, variant: { python, requirements } }: ChosenImage): Promise<SandboxImage> =>
    session.image(
      layer,
      { python, packages: requirements },
      (message) => hooks.onProgress('image', message),
      hooks.signal,
    );
  const { project } = session;
  const own = wantedVariant(model, needs, undefined);
  const wanted = project === undefined ? [own] : [wantedVariant(model, needs, project), own];
  const problems: string[] = [];
  if (project !== undefined) wanted[0]?.caveats.forEach(hooks.onNote);
  for (const by of wanted) {
    const chosen = chooseImage(model, needs, by);
    const variant = { ...chosen.variant, caveats: [...chosen.variant.caveats, ...problems] };
    if (variant.why.length === 0) return { image: await prepare(chosen), variant };
    const words = [`Python ${variant.python}`, ...variant.requirements].join(', ');
    hooks.onNote(
      `it is run with ${words}: ${variant.why.join(', ')}. Where that image is not there, it is built once (${LAYER_PACKAGES[chosen.layer].gigabytes} GB and what is added).`,
    );
    try {
      return { image: await prepare(chosen), variant };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(`The image with ${words}, which fits the model, could not be made. ${error.message}`);
      hooks.onNote(problems.at(-1) ?? '');
    }
  }
  const usual = chooseImage(model, needs, USUAL);
  const told = own.exact ? { gaps: problems } : { caveats: [...own.caveats, ...problems] };
  return { image: await prepare(usual), variant: { ...usual.variant, ...told } };
}

/** With a test case any image that has the test case's imports is enough; without one, an image that can load the format. */
function smallestLayer({ model, testCase }: ModelToRun): Layer {
  return testCase === undefined && isLoadable(model.format) ? layerOf(model.format) : 'core';
}

/** Top-level modules that the run imports and that an image has to have: the model's, its loader's or its test case's, and those of its own code. */
function modulesOf({ model, analysis, code, testCase }: ModelToRun): readonly string[] {
  const { module } = FORMATS[model.format];
  const loader = module === undefined ? [] : [module];
  const imports = testCase?.imports.map((name) => name.split('.', 1)[0] ?? name) ?? loader;
  const own = ownModules(code);
  return [...new Set([...analysis.needs, ...code.needs, ...imports])].filter((name) => !own.includes(name));
}

/**
 * Modules to import before the model is read, by their full names: the framework of the image, the modules that the file names, and the imports of
 * its own code.
 */
export function importsOf({ analysis: { needs, globals }, code }: ModelToRun, layer: Layer): string[] {
  const tops = new Set(needs);
  const modules = globals.flatMap(({ global }) => {
    const module = global.slice(0, Math.max(global.lastIndexOf('.'), 0));
    return tops.has(module.split('.', 1)[0] ?? '') ? [module] : [];
  });
  const wanted = new Set([...FRAMEWORKS[layer], ...needs, ...modules, ...code.imports]);
  return [...wanted].filter((name) => MODULE.test(name)).slice(0, MAX_IMPORTS);
}

const MODULE = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
/** A pipe of 64 KiB holds the job. */
const MAX_IMPORTS = 200;

/** The format whose imports come first, and whose image baseline is subtracted: the model's own format where the image can load it. */
export function baselineFormat(
  { model: { format }, testCase }: ModelToRun,
  layer: Layer,
  lacking: readonly string[],
): LoadableFormat {
  const { module } = FORMATS[format];
  const canLoad =
    module === undefined || isInLayer(layer, module) || (testCase === undefined && !lacking.includes(module));
  return isLoadable(format) && ableLayers(layerOf(format)).includes(layer) && canLoad ? format : BASELINE_OF[layer];
}

const BASELINE_OF: Readonly<Record<Layer, LoadableFormat>> = {
  core: 'pickle',
  torch: 'torch-zip',
  formats: 'pickle',
  tensorflow: 'keras',
  transformers: 'torch-zip',
};

/** The packages that the project around the model asks for; looked up when a module is missing whose package is not known. */
async function askedByProject(
  { folders, settings }: ModelToRun,
  lacking: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (unknownOf(lacking).length === 0) return new Set();
  return (await projectIn(folders, { signal, timeout: settings.staticTimeout })).asked;
}
