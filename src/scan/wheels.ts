/** For which Pythons releases of a package are published as wheels, and which of them images have of Debian. Pure. */
import { PYTHONS, type PythonVersion } from '../config/settings.js';
import { HELD_SERIES } from '../docker/layers.js';

/**
 * The Pythons that a release series of a package has wheels for (Linux, x86-64, from the lists of files on PyPI, 2026-11); `3.10+`: that one and
 * all newer. A series within the first and the last that is missing never was; one after the last is taken to have wheels for what the last has.
 * torch is not here: its wheels bring several gigabytes for graphics cards, so images have that of Debian.
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
  numpy: [
    ['1.17', '3.8'],
    ['1.18', '3.8'],
    ['1.19', '3.8 3.9'],
    ['1.20', '3.8 3.9'],
    ['1.21', '3.8 3.9 3.10'],
    ['1.22', '3.8 3.9 3.10'],
    ['1.23', '3.8 3.9 3.10 3.11'],
    ['1.24', '3.8 3.9 3.10 3.11'],
    ['1.25', '3.9 3.10 3.11'],
    ['1.26', '3.9 3.10 3.11 3.12'],
    ['2.0', '3.9 3.10 3.11 3.12'],
    ['2.1', '3.10 3.11 3.12 3.13'],
    ['2.2', '3.10 3.11 3.12 3.13'],
    ['2.3', '3.11 3.12 3.13 3.14'],
    ['2.4', '3.11 3.12 3.13 3.14'],
    ['2.5', '3.12 3.13 3.14'],
  ],
  scipy: [
    ['1.3', '3.8'],
    ['1.4', '3.8'],
    ['1.5', '3.8 3.9'],
    ['1.6', '3.8 3.9'],
    ['1.7', '3.8 3.9 3.10'],
    ['1.8', '3.8 3.9 3.10'],
    ['1.9', '3.8 3.9 3.10 3.11'],
    ['1.10', '3.8 3.9 3.10 3.11'],
    ['1.11', '3.9 3.10 3.11 3.12'],
    ['1.12', '3.9 3.10 3.11 3.12'],
    ['1.13', '3.9 3.10 3.11 3.12'],
    ['1.14', '3.10 3.11 3.12 3.13'],
    ['1.15', '3.10 3.11 3.12 3.13'],
    ['1.16', '3.11 3.12 3.13 3.14'],
    ['1.17', '3.11 3.12 3.13 3.14'],
    ['1.18', '3.12 3.13 3.14'],
  ],
  xgboost: [
    ['0.72', '3.8+'],
    ['0.80', '3.8+'],
    ['0.81', '3.8+'],
    ['0.82', '3.8+'],
    ['0.90', '3.8+'],
    ['1.0', '3.8+'],
    ['1.1', '3.8+'],
    ['1.2', '3.8+'],
    ['1.3', '3.8+'],
    ['1.4', '3.8+'],
    ['1.5', '3.8+'],
    ['1.6', '3.8+'],
    ['1.7', '3.8+'],
    ['2.0', '3.8+'],
    ['2.1', '3.8+'],
    ['3.0', '3.10+'],
    ['3.1', '3.10+'],
    ['3.2', '3.10+'],
    ['3.3', '3.12+'],
    ['3.4', '3.12+'],
  ],
  lightgbm: [
    ['2.0', '3.8+'],
    ['2.1', '3.8+'],
    ['2.2', '3.8+'],
    ['2.3', '3.8+'],
    ['3.0', '3.8+'],
    ['3.1', '3.8+'],
    ['3.2', '3.8+'],
    ['3.3', '3.8+'],
    ['4.0', '3.8+'],
    ['4.1', '3.8+'],
    ['4.2', '3.8+'],
    ['4.3', '3.8+'],
    ['4.4', '3.8+'],
    ['4.5', '3.8+'],
    ['4.6', '3.8+'],
    ['4.7', '3.8+'],
  ],
  catboost: [
    ['0.20', '3.8'],
    ['0.21', '3.8'],
    ['0.22', '3.8'],
    ['0.23', '3.8'],
    ['0.24', '3.8 3.9'],
    ['0.25', '3.8 3.9'],
    ['0.26', '3.8 3.9'],
    ['1.0', '3.8 3.9 3.10'],
    ['1.1', '3.8 3.9 3.10'],
    ['1.2', '3.8 3.9 3.10 3.11 3.12 3.13 3.14'],
  ],
  tensorflow: [
    ['2.2', '3.8'],
    ['2.3', '3.8'],
    ['2.4', '3.8'],
    ['2.5', '3.8 3.9'],
    ['2.6', '3.8 3.9'],
    ['2.7', '3.8 3.9'],
    ['2.8', '3.8 3.9 3.10'],
    ['2.9', '3.8 3.9 3.10'],
    ['2.10', '3.8 3.9 3.10'],
    ['2.11', '3.8 3.9 3.10'],
    ['2.12', '3.8 3.9 3.10 3.11'],
    ['2.13', '3.8 3.9 3.10 3.11'],
    ['2.14', '3.9 3.10 3.11'],
    ['2.15', '3.9 3.10 3.11'],
    ['2.16', '3.9 3.10 3.11 3.12'],
    ['2.17', '3.9 3.10 3.11 3.12'],
    ['2.18', '3.9 3.10 3.11 3.12'],
    ['2.19', '3.9 3.10 3.11 3.12'],
    ['2.20', '3.9 3.10 3.11 3.12 3.13'],
    ['2.21', '3.10 3.11 3.12 3.13'],
  ],
  keras: [
    ['2.0', '3.8+'],
    ['2.1', '3.8+'],
    ['2.2', '3.8+'],
    ['2.3', '3.8+'],
    ['2.4', '3.8+'],
    ['2.6', '3.8+'],
    ['2.7', '3.8+'],
    ['2.8', '3.8+'],
    ['2.9', '3.8+'],
    ['2.10', '3.8+'],
    ['2.11', '3.8+'],
    ['2.12', '3.8+'],
    ['2.13', '3.8+'],
    ['2.14', '3.9+'],
    ['2.15', '3.8+'],
    ['3.0', '3.9+'],
    ['3.1', '3.9+'],
    ['3.2', '3.9+'],
    ['3.3', '3.9+'],
    ['3.4', '3.9+'],
    ['3.5', '3.9+'],
    ['3.6', '3.9+'],
    ['3.7', '3.9+'],
    ['3.8', '3.9+'],
    ['3.9', '3.9+'],
    ['3.10', '3.9+'],
    ['3.11', '3.10+'],
    ['3.12', '3.10+'],
    ['3.13', '3.11+'],
    ['3.14', '3.11+'],
    ['3.15', '3.11+'],
  ],
};

/** Those that are most likely there come first: the one of every image, then Debian's, then those that only a registry has. */
export const PREFERENCE: readonly PythonVersion[] = ['3.13', '3.11', '3.14', '3.9', '3.12', '3.10', '3.8'];

/** Whether wheels of a package are listed here at all: nothing is known of other packages. */
export function areWheelsKnown(distribution: string): boolean {
  return Object.hasOwn(WHEELS, distribution);
}

/** Whether there is any wheel of a package for this Python; of a package that is not listed here it is assumed. */
export function hasWheels(distribution: string, python: PythonVersion): boolean {
  const all = Object.hasOwn(WHEELS, distribution) ? WHEELS[distribution] : undefined;
  return all?.some(([, pythons]) => inWords(pythons, python)) ?? true;
}

/** Whether an image with this Python can have the series: from Debian, or as a wheel. */
export function canHave(distribution: string, series: string, python: PythonVersion): boolean {
  if (heldSeries(python, distribution) === series) return true;
  const all = Object.hasOwn(WHEELS, distribution) ? WHEELS[distribution] : undefined;
  if (!all) return false;
  const known =
    all.find(([name]) => name === series) ?? (isAfter(series, all.at(-1)?.[0] ?? '') ? all.at(-1) : undefined);
  return known !== undefined && inWords(known[1], python);
}

function inWords(pythons: string, python: PythonVersion): boolean {
  return pythons.endsWith('+')
    ? PYTHONS.findIndex((one) => `${one}+` === pythons) <= PYTHONS.indexOf(python)
    : pythons.split(' ').includes(python);
}

/** The series that the image of a Python has without pip. */
export function heldSeries(python: PythonVersion, distribution: string): string | undefined {
  return HELD_SERIES[python]?.[distribution];
}

export function isAfter(series: string, other: string): boolean {
  const [major = 0, minor = 0] = series.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major > otherMajor || (major === otherMajor && minor > otherMinor);
}

/** `1.2.2` is of the series `1.2`: within one, what was saved can be loaded. */
export function seriesOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
