/** Which Python and which versions of packages a model needs: by what its file says of what made it. Pure. */
import { DEFAULT_PYTHON, DEFAULT_SETTINGS, PYTHONS, type PythonVersion, type Settings } from '../config/settings.js';
import { escapeText } from '../report/escape.js';
import type { MadeBy } from '../static/analyse.js';
import { canHave, heldSeries, PREFERENCE, seriesOf } from './wheels.js';

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
    const having = able.filter((python) => canHave(distribution, series, python));
    if (having.length > 0) able = having;
    else doubts.push(noWheel(distribution, version, able));
  }
  const [python = DEFAULT_PYTHON] = able;
  const requirements = wanted
    .filter(
      ({ distribution, series }) =>
        canHave(distribution, series, python) && heldSeries(python, distribution) !== series,
    )
    .map(({ distribution, series }) => `${distribution}==${series}.*`);
  for (const { distribution, version, series } of wanted)
    if (
      canHave(distribution, series, python) &&
      (python !== DEFAULT_PYTHON || heldSeries(python, distribution) !== series)
    )
      why.push(`it was saved by ${distribution} ${escapeText(version)}`);
  const exact = pythons !== undefined && gaps.length === 0 && !pythons.includes(DEFAULT_PYTHON);
  return { python, exact, requirements, why, gaps, doubts };
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
