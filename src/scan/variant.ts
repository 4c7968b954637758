/** Which Python and which versions of packages a model needs: by what its file says of what made it. Pure. */
import { DEFAULT_PYTHON, DEFAULT_SETTINGS, PYTHONS, type PythonVersion, type Settings } from '../config/settings.js';
import { HELD_SERIES } from '../docker/layers.js';
import { escapeText } from '../report/escape.js';
import type { MadeBy } from '../static/analyse.js';

export interface Variant {
  readonly python: PythonVersion;
  /** Whether the model's functions run in this Python and not in the one that images usually have. */
  readonly exact: boolean;
  /** Packages besides the image's own, as pip's requirements spell them. */
  readonly requirements: readonly string[];
  /** What the choice was made by, one part of a sentence each; empty for the image that any model gets. */
  readonly why: readonly string[];
  /** What keeps its code from running in any image that can be had, one sentence each. */
  readonly gaps: readonly string[];
  /** Why a load may fail in this image, one sentence each. */
  readonly doubts: readonly string[];
}

/**
 * The Pythons that a release series of a package has wheels for (`cp3XX`, Linux, from the lists of files on PyPI, 2026-11). A series
 * within the first and the last that is missing never was; one after the last is taken to have wheels for what the last has.
 */
const WHEELS: Readonly<Record<string, readonly (readonly [series: string, pythons: string])[]>> = {
  'scikit-learn': [
    ['0.22', '3.8'],
    ['0.23', '3.8'],
    ['0.24', '3.8 3.9'],
    ['1.0', '3.8 3.9 3.10'],
    ['1.1', '3.8 3.9 3.10 3.11'],
    ['1.2', '3.8 3.9 3.10 3.11'],
    ['1.3', '3.8 3.9 3.10 3.11 3.12'],
    ['1.4', '3.9 3.10 3.11 3.12'],
    ['1.5', '3.9 3.10 3.11 3.12 3.13'],
    ['1.6', '3.9 3.10 3.11 3.12 3.13'],
    ['1.7', '3.10 3.11 3.12 3.13 3.14'],
    ['1.8', '3.11 3.12 3.13 3.14'],
    ['1.9', '3.11 3.12 3.13 3.14'],
  ],
  pandas: [
    ['1.0', '3.8'],
    ['1.1', '3.8 3.9'],
    ['1.2', '3.8 3.9'],
    ['1.3', '3.8 3.9 3.10'],
    ['1.4', '3.8 3.9 3.10'],
    ['1.5', '3.8 3.9 3.10 3.11'],
    ['2.0', '3.8 3.9 3.10 3.11'],
    ['2.1', '3.9 3.10 3.11 3.12'],
    ['2.2', '3.9 3.10 3.11 3.12 3.13'],
    ['2.3', '3.9 3.10 3.11 3.12 3.13 3.14'],
    ['3.0', '3.11 3.12 3.13 3.14'],
    ['3.1', '3.11 3.12 3.13 3.14'],
  ],
};

/** Those that are most likely there come first: the one of every image, then Debian's, then those that only a registry has. */
const PREFERENCE: readonly PythonVersion[] = ['3.13', '3.11', '3.14', '3.12', '3.10', '3.9', '3.8'];

/** The variant for a model. A Python or a base image that the user chose stays; packages still follow the model. */
export function variantFor({ pythons, versions }: MadeBy, settings: Pick<Settings, 'python' | 'baseImage'>): Variant {
  const why: string[] = [];
  const gaps: string[] = [];
  const doubts: string[] = [];
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

  const wanted = versions.map(({ distribution, version }) => ({ distribution, version, series: seriesOf(version) }));
  for (const { distribution, version, series } of wanted) {
    const having = able.filter((python) => has(distribution, series, python));
    if (having.length > 0) able = having;
    else doubts.push(noWheel(distribution, version, able));
  }
  const [python = DEFAULT_PYTHON] = able;
  const requirements = wanted
    .filter(
      ({ distribution, series }) => has(distribution, series, python) && heldSeries(python, distribution) !== series,
    )
    .map(({ distribution, series }) => `${distribution}==${series}.*`);
  for (const { distribution, version, series } of wanted)
    if (has(distribution, series, python) && (python !== DEFAULT_PYTHON || heldSeries(python, distribution) !== series))
      why.push(`it was saved by ${distribution} ${escapeText(version)}`);
  const exact = pythons !== undefined && gaps.length === 0 && !pythons.includes(DEFAULT_PYTHON);
  return { python, exact, requirements, why, gaps, doubts };
}

/** Whether an image with this Python can have the series: from Debian, or as a wheel. */
function has(distribution: string, series: string, python: PythonVersion): boolean {
  if (heldSeries(python, distribution) === series) return true;
  const all = WHEELS[distribution];
  if (!all) return false;
  const known =
    all.find(([name]) => name === series) ?? (isAfter(series, all.at(-1)?.[0] ?? '') ? all.at(-1) : undefined);
  return known?.[1].split(' ').includes(python) === true;
}

function heldSeries(python: PythonVersion, distribution: string): string | undefined {
  return HELD_SERIES[python]?.[distribution];
}

function isAfter(series: string, other: string): boolean {
  const [major = 0, minor = 0] = series.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major > otherMajor || (major === otherMajor && minor > otherMinor);
}

/** `1.2.2` is of the series `1.2`: within one, what was saved can be loaded. */
function seriesOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
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

/** Of a model that says nothing of what made it. */
export const USUAL: Variant = { python: DEFAULT_PYTHON, exact: false, requirements: [], why: [], gaps: [], doubts: [] };
