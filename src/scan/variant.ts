/** Which Python and which versions of packages a model needs: by its provenance. Pure. */
import { DEFAULT_PYTHON, DEFAULT_SETTINGS, PYTHONS, type PythonVersion, type Settings } from '../config/settings.js';
import { distributionsOf } from '../docker/distributions.js';
import { layersFor, OF_DEBIAN } from '../docker/layers.js';
import { escapeText } from '../core/escape.js';
import type { Provenance } from '../static/analyse.js';
import type { ProjectVersions } from './project-versions.js';
import { areWheelsKnown, canHave, heldSeries, PREFERENCE, seriesOf } from './wheels.js';

export interface Variant {
  readonly python: PythonVersion;
  /** Whether the model's functions run in this Python and not in the one that images usually have. */
  readonly exact: boolean;
  /** Packages besides the image's own, as pip's requirements spell them. */
  readonly requirements: readonly string[];
  /** The reasons of the choice, one part of a sentence each; empty for the image that any model gets. */
  readonly why: readonly string[];
  /** Why the model's code cannot run in any available image, one sentence each. */
  readonly gaps: readonly string[];
  /** Why a load may fail in this image, one sentence each. */
  readonly caveats: readonly string[];
}

/** The versions of the project that the user named, and the modules that a model asks for. */
export interface ForProject {
  readonly project: ProjectVersions;
  /** Top-level modules that the model needs. */
  readonly needs: readonly string[];
}

interface Wanted {
  readonly distribution: string;
  readonly version: string;
  /** As pip's requirements spell it. */
  readonly requirement: string;
  /** A part of a sentence. */
  readonly why: string;
  readonly fits: (python: PythonVersion) => boolean;
  /** A sentence for when none of these Pythons fits. */
  readonly without: (able: readonly PythonVersion[]) => string;
}

/**
 * The variant for a model. A Python or a base image that the user chose stays; packages still follow the model. The model's provenance comes before
 * the project's versions.
 */
export function variantFor(
  { pythons, versions }: Provenance,
  settings: Pick<Settings, 'python' | 'baseImage'>,
  forProject?: ForProject,
): Variant {
  const why: string[] = [];
  const gaps: string[] = [];
  const caveats: string[] = [];
  const chosen = settings.python === 'auto' ? undefined : settings.python;
  const ownBase = settings.baseImage !== DEFAULT_SETTINGS.baseImage;
  let able: readonly PythonVersion[] = chosen || ownBase ? [chosen ?? DEFAULT_PYTHON] : PREFERENCE;

  if (pythons) {
    const running = able.filter((python) => pythons.includes(python));
    if (running.length > 0) able = running;
    else gaps.push(bytecodeOf(pythons, chosen));
    if (running.length > 0 && !running.includes(DEFAULT_PYTHON) && !chosen)
      why.push(`it carries bytecode of Python ${pythons.join(' or ')}`);
  }

  const marked = versions.map(wantedByMark);
  const known = new Set(marked.map(({ distribution }) => distribution));
  const asked = forProject === undefined ? [] : distributionsOf(forProject.needs).filter((name) => !known.has(name));
  const taken: Wanted[] = [];
  const take = (wanted: readonly Wanted[]): void => {
    for (const one of wanted) {
      const having = able.filter(one.fits);
      if (having.length === 0) caveats.push(one.without(able));
      else {
        able = having;
        taken.push(one);
      }
    }
  };
  take(marked);
  const own = forProject?.project.python;
  if (own !== undefined && !chosen && !ownBase) {
    const lacksLayer = asked.some((name) => OF_DEBIAN.has(name)) && !layersFor(own.version).includes('torch');
    if (!able.includes(own.version))
      caveats.push(`The project has Python ${own.version} (${own.from}), and the model asks for another.`);
    else if (lacksLayer)
      caveats.push(`The project has Python ${own.version} (${own.from}), for which there is no image with PyTorch.`);
    else {
      able = [own.version];
      if (own.version !== DEFAULT_PYTHON) why.push(`the project has Python ${own.version} (${own.from})`);
    }
  }
  if (forProject) {
    take(asked.flatMap((name) => wantedByProject(name, forProject.project)));
    const loose = asked.filter((name) => forProject.project.loose.has(name));
    if (loose.length > 0)
      caveats.push(
        `The project asks for ${loose.join(', ')} in no exact version, so the sandbox has the version that its image has.`,
      );
  }

  const [python = DEFAULT_PYTHON] = able;
  const added = taken.filter(({ distribution, version }) => heldSeries(python, distribution) !== seriesOf(version));
  for (const one of taken) if (python !== DEFAULT_PYTHON || added.includes(one)) why.push(one.why);
  const exact = pythons !== undefined && gaps.length === 0 && !pythons.includes(DEFAULT_PYTHON);
  return { python, exact, requirements: added.map(({ requirement }) => requirement), why, gaps, caveats };
}

function wantedByMark({ distribution, version }: Provenance['versions'][number]): Wanted {
  const series = seriesOf(version);
  return {
    distribution,
    version,
    requirement: `${distribution}==${series}.*`,
    why: `it was saved by ${distribution} ${escapeText(version)}`,
    fits: (python) => canHave(distribution, series, python),
    without: (able) => noWheel(distribution, version, able),
  };
}

/** Packages whose older versions leave to an extra what they cannot be imported without; where there is no such extra any more, pip says so alone. */
const EXTRAS: ReadonlyMap<string, string> = new Map([['jax', '[cpu]']]);

/** Other packages that have the same modules. */
const ALIKE: ReadonlyMap<string, readonly string[]> = new Map([['mlflow', ['mlflow-skinny']]]);

/** The project's version of a package that the model asks for. */
function wantedByProject(wanted: string, { pins }: ProjectVersions): Wanted[] {
  const distribution = [wanted, ...(ALIKE.get(wanted) ?? [])].find((name) => pins.has(name));
  const pin = distribution === undefined ? undefined : pins.get(distribution);
  if (distribution === undefined || pin === undefined) return [];
  const { version, from, pythons } = pin;
  const series = seriesOf(version);
  return [
    {
      distribution,
      version,
      requirement: `${distribution}${EXTRAS.get(distribution) ?? ''}==${version}`,
      why: `the project has ${distribution} ${version} (${from})`,
      // For a package that is not known here, pip reports whether it can be installed.
      fits: (python) =>
        heldSeries(python, distribution) === series ||
        (!OF_DEBIAN.has(distribution) &&
          (pythons?.includes(python) ?? (areWheelsKnown(distribution) ? canHave(distribution, series, python) : true))),
      without: (able) =>
        `The project has ${distribution} ${version} (${from}), which no image with Python ${[...able].sort(byVersion).join(', ')} can have, so the sandbox has another version.`,
    },
  ];
}

function bytecodeOf(pythons: readonly string[], chosen: PythonVersion | undefined): string {
  const made = pythons.length === 0 ? 'of no Python that is known here' : `of Python ${pythons.join(' or ')}`;
  return chosen
    ? `The file carries bytecode ${made}, and the sandbox has the Python ${chosen} that the setting python asks for; \`auto\` chooses the one that fits.`
    : `The file carries bytecode ${made}; images are made with Python ${PYTHONS[0]} to ${PYTHONS.at(-1) ?? ''}, so its functions cannot run.`;
}

function noWheel(distribution: string, version: string, able: readonly PythonVersion[]): string {
  return `The file was saved by ${distribution} ${escapeText(version)}, which has no wheel for Python ${[...able].sort(byVersion).join(', ')}: it is loaded with the version that the image has.`;
}

function byVersion(a: string, b: string): number {
  return Number(a.split('.')[1]) - Number(b.split('.')[1]);
}

/** For a model without provenance. */
export const USUAL: Variant = {
  python: DEFAULT_PYTHON,
  exact: false,
  requirements: [],
  why: [],
  gaps: [],
  caveats: [],
};
