/** Why a load failed, when packages or versions are to blame, and which image would fit. Pure. */
import { DEBIAN_PYTHONS, distributionOf } from '../docker/layers.js';
import { escapeAndCut } from '../report/escape.js';
import type { LoadOutcome } from '../report/schema.js';

export interface FailedLoad {
  readonly load: LoadOutcome;
  /** What the model printed. */
  readonly stderr: string;
  /** Modules that the file asks for and the image lacks. */
  readonly lacking: readonly string[];
  /** The image's Python. */
  readonly python: string;
  /** The run saw that functions in the file are another Python's. */
  readonly otherPython: boolean;
}

/** Sentences; none for a load that went well, or that failed for a reason of its own. */
export function explainLoad(failed: FailedLoad): string[] {
  const { load, lacking, otherPython, python } = failed;
  // Even when it loads: what the functions do shows in no other Python than theirs.
  if (otherPython) return [otherBytecode(python)];
  if (load.outcome === 'loaded' || load.outcome === 'not-run') return [];
  const version = explainVersion(failed);
  if (version !== undefined) return [version];
  const [, module] = /^No module named '([^']+)'/.exec(load.error?.message ?? '') ?? [];
  const named = load.outcome === 'missing-dependency' && module !== undefined ? [topOf(module)] : [];
  const all = [...new Set([...lacking, ...named])];
  return all.length === 0 ? [] : [lacks(all)];
}

/** Before the run: what the file asks for and the image lacks. */
export function lacks(modules: readonly string[]): string {
  const shown = modules.slice(0, 10).map((module) => escapeAndCut(module, 60));
  const known = modules.flatMap((module) => distributionOf(module) ?? []);
  const unknown = modules
    .filter((module) => distributionOf(module) === undefined)
    .map((module) => escapeAndCut(module, 60));
  return [
    `The model asks for ${shown.join(', ')}${modules.length > shown.length ? ', …' : ''}, which the sandbox image lacks.`,
    ...(known.length > 0
      ? [`\`dynscan image add ${known.join(' ')}\` adds it, and the next scan rebuilds the image.`]
      : []),
    // A hostile file could name a module so that its author's package is installed.
    ...(unknown.length > 0
      ? [
          `Which package has ${unknown.join(', ')} is not known here: ask whoever made the model, and take none just because it has that name; \`dynscan image add PACKAGE\` adds it.`,
        ]
      : []),
  ].join(' ');
}

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
    explain: ({ python }) => `The file was written with NumPy 2, and the image has NumPy 1.${inOtherPython(python)}`,
  },
  {
    error:
      /is not a known BitGenerator module|numpy\.core\.multiarray failed to import|No module named 'numpy\.core|numpy\.dtype size changed/,
    explain: () =>
      'The file was written with NumPy 1 and holds what NumPy 2 no longer reads. `--python 3.11` gives an image with NumPy 1, or `dynscan image add "numpy<2"` together with it.',
  },
  {
    error:
      /No module named 'sklearn\.|No module named '_loss'|Can't get attribute '[^']*' on <module 'sklearn|node array from the pickle has an incompatible dtype|object has no attribute .*(?:_sklearn|monotonic_cst|_fill_dtype)|__pyx_unpickle/,
    explain: ({ stderr }) => {
      const version = /from version ([\d.]{1,20}) when using version/.exec(stderr)?.[1];
      return `The file was saved by ${version === undefined ? 'another scikit-learn' : `scikit-learn ${version}`}, whose classes the image's version has no longer or not yet. \`dynscan image add scikit-learn==${version ?? 'VERSION'}\` puts that one into the image, and \`--python 3.11\` takes older ones.`;
    },
  },
  {
    error:
      /maximum supported version for reading|Unknown builtin op|Couldn't find an operator for|Can't get attribute '_rebuild_[^']*' on <module 'torch/,
    explain: () =>
      "The file was saved by a newer PyTorch than the image's. `dynscan image add torch==VERSION` puts that one into the image.",
  },
  {
    error:
      /Unrecognized keyword arguments? passed to|File format not supported: filepath=|batch_shape|Keras 3 only supports|Layer .* expected \d+ variables, but received/,
    explain: () =>
      "The file was saved by another Keras than the image's two (Keras 3, and Keras 2 as tf-keras). `dynscan image add keras==VERSION` puts that one into the image.",
  },
];

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
  // The others are to be had of a registry alone.
  const others = DEBIAN_PYTHONS.filter((version) => version !== python);
  return ` Scan it with ${others.map((version) => `\`--python ${version}\``).join(' or ')} if that is the version it was saved with.`;
}

function topOf(module: string): string {
  return module.split('.')[0] ?? module;
}
