/** Why a load failed, when packages or versions are to blame, and which image would fit. Pure. */
import type { PythonVersion } from '../config/settings.js';
import { distributionOf, distributionsOf, normalName } from '../docker/distributions.js';
import { DEBIAN_PYTHONS } from '../docker/layers.js';
import { escapeAndCut } from '../core/escape.js';
import type { LoadOutcome } from '../core/schema.js';
import { canHave, hasWheels, heldSeries, isAfter, PREFERENCE, seriesOf } from './wheels.js';

export interface FailedLoad {
  readonly load: LoadOutcome;
  /** The model's standard error. */
  readonly stderr: string;
  /** Modules that the file asks for and the image lacks. */
  readonly lacking: readonly string[];
  /** The image's Python. */
  readonly python: PythonVersion;
  /** Packages that the project around the model asks for, by their normalised names. */
  readonly asked: ReadonlySet<string>;
  /** The run saw that functions in the file are another Python's. */
  readonly otherPython: boolean;
}

export interface LoadProblem {
  /** Sentences; none for a load that went well, or that failed for a reason of its own. */
  readonly why: readonly string[];
  /** Packages that would give it the modules that it lacked. */
  readonly packages: readonly string[];
}

export function explainLoad(failed: FailedLoad): LoadProblem {
  const { load, lacking, otherPython, python, asked } = failed;
  // Even when it loads: only the Python that made the functions shows their effects.
  if (otherPython) return { why: [otherBytecode(python)], packages: [] };
  if (load.outcome === 'loaded' || load.outcome === 'not-run') return { why: [], packages: [] };
  const version = explainVersion(failed);
  if (version !== undefined) return { why: [version], packages: [] };
  const message = load.error?.message ?? '';
  const { package: other } =
    OTHER_VERSION.map((pattern) => pattern.exec(message)?.groups).find((groups) => groups) ?? {};
  if (other !== undefined && !lacking.includes(other))
    return {
      why: [
        `The file was saved with another version of ${escapeAndCut(other, 60)}: what it names there the image's version has no longer or not yet.`,
      ],
      packages: [],
    };
  const [, module] = /^No module named '([^']+)'/.exec(message) ?? [];
  const named = load.outcome === 'missing-dependency' && module !== undefined ? [topOf(module)] : [];
  const all = [...new Set([...lacking, ...named])];
  return all.length === 0
    ? { why: [], packages: [] }
    : { why: [lacks(all, python, asked)], packages: packagesFor(all, asked).filter((name) => hasWheels(name, python)) };
}

/** Top-level modules whose package is not known here. */
export function unknownOf(modules: readonly string[]): string[] {
  return modules.filter((module) => distributionOf(module) === undefined);
}

/** The unknown modules that have the same name as a package which the project asks for. */
function askedFor(modules: readonly string[], asked: ReadonlySet<string>): string[] {
  return unknownOf(modules).filter((module) => asked.has(normalName(module)));
}

function packagesFor(modules: readonly string[], asked: ReadonlySet<string>): string[] {
  return [...distributionsOf(modules), ...askedFor(modules, asked).map(normalName)];
}

const MODULE_NAME = /^[\p{ID_Start}_]\p{ID_Continue}*$/u;

/** Before the run: the modules that the file asks for and the image lacks. */
export function lacks(
  modules: readonly string[],
  python: PythonVersion,
  asked: ReadonlySet<string> = new Set(),
): string {
  const shown = modules.slice(0, 10).map((module) => escapeAndCut(module, 60));
  const known = packagesFor(modules, asked);
  const byProject = askedFor(modules, asked).map((module) => escapeAndCut(module, 60));
  const packages = known.filter((distribution) => hasWheels(distribution, python));
  const withoutWheel = known.filter((distribution) => !hasWheels(distribution, python));
  // No package has what cannot be the name of a module.
  const unknown = unknownOf(modules)
    .filter((module) => MODULE_NAME.test(module))
    .map((module) => escapeAndCut(module, 60))
    .filter((module) => !byProject.includes(module));
  return [
    `The model asks for ${shown.join(', ')}${modules.length > shown.length ? ', …' : ''}, which the sandbox image lacks.`,
    ...(packages.length > 0
      ? [`\`dynscan image add ${packages.join(' ')}\` adds it, and the next scan rebuilds the image.`]
      : []),
    ...(withoutWheel.length > 0 ? [`There is no wheel of ${withoutWheel.join(', ')} for Python ${python}.`] : []),
    ...(byProject.length > 0
      ? [
          `Of ${byProject.join(', ')} it is only known that the project which the model lies in asks for a package of that name: add it if you would install that project.`,
        ]
      : []),
    // A hostile file could name a module so that its author's package is installed.
    ...(unknown.length > 0
      ? [
          `Which package has ${unknown.join(', ')} is not known here: ask the author of the model, and take none just because it has that name; \`dynscan image add PACKAGE\` adds it.`,
        ]
      : []),
  ].join(' ');
}

/**
 * Python reports the first module on the path that does not exist (`importlib._bootstrap._find_and_load_unlocked`), so a missing package is reported
 * by its own name. `package` is the top-level module that does exist.
 */
const OTHER_VERSION = [
  /^No module named '(?<package>\w+)\.[\w.]+'/,
  /^Can't get attribute '[^']*' on <module '(?<package>\w+)(?:\.[^']*)?' from '\/usr\/(?:local\/)?lib\/python3[^']*\/(?:dist|site)-packages\//,
] as const;

interface Mismatch {
  /** Of the error's type and message. */
  readonly error: RegExp;
  readonly explain: (failed: FailedLoad) => string;
}

const MISMATCHES: readonly Mismatch[] = [
  {
    error:
      /bad marshal data|unknown opcode|unmarshallable|^TypeError: code\(\) |code expected at (?:least|most)|^TypeError: code\(\) argument|_make_skeleton_func|unsupported bytecode/i,
    explain: ({ python }) => otherBytecode(python),
  },
  {
    error: /unsupported pickle protocol/i,
    explain: ({ python }) =>
      `The pickle has a protocol that Python ${python} does not know: a newer Python wrote it, or it is damaged.`,
  },
  {
    error: /No module named 'numpy\._core/,
    explain: () =>
      `The file was written with NumPy 2, and the image has NumPy 1.${imagesWith('numpy', (series) => series.startsWith('2.'))}`,
  },
  {
    error:
      /is not a known BitGenerator module|numpy\.core\.multiarray failed to import|No module named 'numpy\.core|numpy\.dtype size changed/,
    explain: () =>
      `The file was written with NumPy 1 and holds what NumPy 2 no longer reads.${imagesWith('numpy', (series) => series.startsWith('1.'))}`,
  },
  {
    error:
      /No module named 'sklearn\.|No module named '_loss'|Can't get attribute '[^']*' on <module 'sklearn|node array from the pickle has an incompatible dtype|object has no attribute .*(?:_sklearn|monotonic_cst|_fill_dtype)|__pyx_unpickle/,
    explain: ({ stderr, python }) => {
      const version = /from version (\d[\d.]{0,19}) when using version/.exec(stderr)?.[1];
      return `The file was saved by ${version === undefined ? 'another scikit-learn' : `scikit-learn ${version}`}, whose classes the image's version has no longer or not yet.${version === undefined ? '' : howToHave('scikit-learn', version, python)}`;
    },
  },
  {
    error:
      /maximum supported version for reading|Unknown builtin op|Couldn't find an operator for|Can't get attribute '_rebuild_[^']*' on <module 'torch/,
    explain: ({ python }) => {
      const held = heldSeries(python, 'torch');
      return `The file was saved by a newer PyTorch than the image's${held === undefined ? '' : ` ${held}`}.${imagesWith('torch', (series) => held !== undefined && isAfter(series, held))}`;
    },
  },
  {
    error:
      /Unrecognized keyword arguments? passed to|File format not supported: filepath=|batch_shape|Keras 3 only supports|Layer .* expected \d+ variables, but received/,
    // Another Keras would have to fit the image's TensorFlow, and no rule here knows which do.
    explain: () => "The file was saved by another Keras than the image's two (Keras 3, and Keras 2 as tf-keras).",
  },
];

/** How to install a version of a package in an image with this Python or another; only versions that have a wheel. */
function howToHave(distribution: string, version: string, python: PythonVersion): string {
  const series = seriesOf(version);
  const able = PREFERENCE.filter((one) => canHave(distribution, series, one));
  const add = `\`dynscan image add ${distribution}==${version}\``;
  if (able.includes(python)) return ` ${add} puts that one into the image.`;
  const [other] = able;
  if (other === undefined) return ' There is no wheel of it for any Python that images are made with.';
  return heldSeries(other, distribution) === series
    ? ` The image of \`--python ${other}\` has it.`
    : ` ${add}, together with \`--python ${other}\`, puts that one into the image: for Python ${python} it has no wheel.`;
}

/** The Pythons whose images have this release series of a package without any additional package. */
function imagesWith(distribution: string, isSuch: (series: string) => boolean): string {
  const able = DEBIAN_PYTHONS.flatMap((python) => {
    const series = heldSeries(python, distribution);
    return series !== undefined && isSuch(series) ? [`\`--python ${python}\` has ${distribution} ${series}`] : [];
  });
  return able.length === 0 ? '' : ` The image of ${able.join(', that of ')}.`;
}

function explainVersion(failed: FailedLoad): string | undefined {
  const { error } = failed.load;
  if (error === undefined) return undefined;
  const text = `${error.type}: ${error.message}`;
  return MISMATCHES.find((mismatch) => mismatch.error.test(text))?.explain(failed);
}

function otherBytecode(python: string): string {
  return `The file holds bytecode of another Python than the image's ${python}, and bytecode runs in the version that made it alone.${inOtherPython(python)}`;
}

function inOtherPython(python: string): string {
  // Images of the other Pythons exist only in a registry.
  const others = DEBIAN_PYTHONS.filter((version) => version !== python);
  return ` Scan it with ${others.map((version) => `\`--python ${version}\``).join(' or ')} if that is the version it was saved with.`;
}

function topOf(module: string): string {
  return module.split('.')[0] ?? module;
}
