/** Which Python and which versions of packages a project's code has, by the files that say so. Pure; the author of the files may be hostile. */
import { TomlError, parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { PYTHONS, type PythonVersion } from '../config/settings.js';
import { isKnownDistribution, normalName } from '../docker/distributions.js';

export interface Pin {
  readonly version: string;
  /** The name of the file that says so. */
  readonly from: string;
  /** The Pythons that it has wheels for, where the file lists them. */
  readonly pythons?: readonly PythonVersion[] | undefined;
}

/** The versions in one file, or in several together. Packages are those of the table of import names, by their normalised names. */
export interface ProjectVersions {
  readonly python: { readonly version: PythonVersion; readonly from: string } | undefined;
  readonly pins: ReadonlyMap<string, Pin>;
  /** Packages that it asks for in no exact version, or in more than one. */
  readonly loose: ReadonlySet<string>;
  /** All packages that it asks for, known here or not, by their normalised names. */
  readonly asked: ReadonlySet<string>;
}

/** The first file that names a package or the Python counts. */
export function mergeVersions(all: readonly ProjectVersions[]): ProjectVersions {
  const pins = new Map<string, Pin>();
  for (const one of all) for (const [name, pin] of one.pins) if (!pins.has(name)) pins.set(name, pin);
  const loose = new Set(all.flatMap((one) => [...one.loose]).filter((name) => !pins.has(name)));
  const asked = new Set(all.flatMap((one) => [...one.asked]));
  return { python: all.find(({ python }) => python)?.python, pins, loose, asked };
}

/** The files of a project that are read: files that say which versions are installed come before files that say which are asked for. */
export const PROJECT_FILES: Readonly<Record<string, (text: string, from: string) => ProjectVersions | undefined>> = {
  '.python-version': (text, from) => new Said(from).python(text.trim()).all(),
  'uv.lock': readUvLock,
  'requirements.txt': (text, from) => new Said(from).requirements(text.split(/\r?\n/)).all(),
  'environment.yml': readEnvironmentFile,
  'environment.yaml': readEnvironmentFile,
  'pyproject.toml': readPyproject,
};

/** The metadata of a package (`METADATA`): of its dependencies, no versions. https://packaging.python.org/en/latest/specifications/core-metadata/ */
export function askedByPackage(text: string, from: string): ProjectVersions {
  const said = new Said(from);
  for (const [, name = ''] of text.matchAll(/^Requires-Dist: ([A-Za-z0-9][A-Za-z0-9._-]{0,99})/gm)) said.package(name);
  return said.all();
}

/**
 * The packages installed in an environment: the name of the folder for packages' Python, such as `python3.11`, and the entries of `site-packages`.
 */
export function installedVersions(python: string, entries: readonly string[], from: string): ProjectVersions {
  const said = new Said(from).python(python.replace(/^python/, ''));
  for (const entry of entries) {
    const [, name, version] = /^([A-Za-z0-9][\w.]*)-([^-]+)\.dist-info$/.exec(entry) ?? [];
    if (name !== undefined && version !== undefined) said.package(name, version);
  }
  return said.all();
}

/** Lines or packages of one file that are looked at. */
const MOST = 20_000;
const LONGEST_LINE = 1000;

/** A name as `normalName` spells it; keys of TOML and JSON can be any text. */
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const LONGEST_NAME = 100;

/** PEP 440 without epochs and development releases; a local part (`+cpu`) names a build that other indexes have. */
const VERSION = /^(\d{1,8}(?:\.\d{1,8}){0,5}(?:(?:a|b|rc)\d{1,4})?(?:\.post\d{1,4})?)(?:\+[A-Za-z0-9.]{1,60})?$/;

/** Builds of a package for other hardware or without windows: each version of the one on the left is a version of the one on the right. */
const LOCKSTEP: ReadonlyMap<string, string> = new Map([
  ['onnxruntime-gpu', 'onnxruntime'],
  ['opencv-contrib-python', 'opencv-python-headless'],
  ['opencv-contrib-python-headless', 'opencv-python-headless'],
  ['opencv-python', 'opencv-python-headless'],
  ['tensorflow-cpu', 'tensorflow'],
  ['tensorflow-gpu', 'tensorflow'],
  ['tensorflow-intel', 'tensorflow'],
  ['xgboost-cpu', 'xgboost'],
]);

/** The content of a file, as it is read. */
class Said {
  #python: ProjectVersions['python'];
  readonly #pins = new Map<string, Pin>();
  readonly #loose = new Set<string>();
  readonly #asked = new Set<string>();

  constructor(private readonly from: string) {}

  /** A version, or a range of versions of one release series: `3.11.7`, `==3.11.*`, `~3.11`, `>=3.11,<3.12`. */
  python(text: string): this {
    const version = onePython(text);
    if (version !== undefined) this.#python = { version, from: this.from };
    return this;
  }

  /** `version` is exact; a text that is not a version is ignored. */
  package(name: string, version?: string, pythons?: readonly PythonVersion[]): void {
    const distribution = normalName(name);
    // It becomes a word of a suggested command.
    if (this.#asked.size < MOST && distribution.length <= LONGEST_NAME && NAME.test(distribution))
      this.#asked.add(distribution);
    const known = LOCKSTEP.get(distribution) ?? distribution;
    if (!isKnownDistribution(known)) return;
    this.#pin(known, version, pythons);
  }

  #pin(distribution: string, version: string | undefined, pythons: readonly PythonVersion[] | undefined): void {
    const exact = version === undefined ? undefined : VERSION.exec(version.trim())?.[1];
    const earlier = this.#pins.get(distribution);
    if (exact === undefined || this.#loose.has(distribution) || (earlier && earlier.version !== exact)) {
      this.#pins.delete(distribution);
      this.#loose.add(distribution);
    } else this.#pins.set(distribution, { version: exact, from: this.from, pythons });
  }

  /** Lines of a requirements file, or PEP 508's requirements. */
  requirements(lines: readonly string[]): this {
    for (const line of lines.slice(0, MOST)) {
      if (line.length > LONGEST_LINE) continue;
      const [, name, rest = ''] = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?([^;#]*)/.exec(line) ?? [];
      if (name !== undefined) this.package(name, /^\s*={2,3}\s*([^\s,\\]+)\s*(?:\\|--hash.*)?$/.exec(rest)?.[1]);
    }
    return this;
  }

  all(): ProjectVersions {
    return { python: this.#python, pins: this.#pins, loose: this.#loose, asked: this.#asked };
  }
}

function onePython(text: string): PythonVersion | undefined {
  const [, single] = /^(?:={0,3}|~)\s*(3\.\d{1,2})(?:\.(?:\d{1,3}|\*))?$/.exec(text) ?? [];
  const [, compatible] = /^~=\s*(3\.\d{1,2})\.\d{1,3}$/.exec(text) ?? [];
  const [, from, to] =
    /^>=\s*3\.(\d{1,2})(?:\.\d{1,3})?\s*,\s*<\s*3\.(\d{1,2})(?:\.0)?$/.exec(text) ??
    swapped(/^<\s*3\.(\d{1,2})(?:\.0)?\s*,\s*>=\s*3\.(\d{1,2})(?:\.\d{1,3})?$/.exec(text));
  const range = from !== undefined && Number(to) === Number(from) + 1 ? `3.${from}` : undefined;
  return PYTHONS.find((known) => known === (single ?? compatible ?? range));
}

function swapped(match: RegExpExecArray | null): [string, string | undefined, string | undefined] | [] {
  return match ? [match[0], match[2], match[1]] : [];
}

const lockSchema = z.object({
  'requires-python': z.string().optional(),
  package: z.array(z.unknown()).default([]),
});
const lockedSchema = z.object({
  name: z.string(),
  version: z.string(),
  wheels: z.array(z.object({ url: z.string().optional(), path: z.string().optional() })).default([]),
});

/** Lock files of uv: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile */
function readUvLock(text: string, from: string): ProjectVersions | undefined {
  const lock = lockSchema.safeParse(toml(text));
  if (!lock.success) return undefined;
  const said = new Said(from).python(lock.data['requires-python'] ?? '');
  for (const entry of lock.data.package.slice(0, MOST)) {
    const locked = lockedSchema.safeParse(entry);
    if (!locked.success) continue;
    const { name, version, wheels } = locked.data;
    const names = wheels.map(({ url, path }) =>
      (url ?? path ?? '').split(/[/#?]/).find((part) => part.endsWith('.whl')),
    );
    said.package(name, version, pythonsOf(names.filter((wheel) => wheel !== undefined)));
  }
  return said.all();
}

/**
 * The Pythons that can use one of the wheels on Linux, by the names of their files:
 * https://packaging.python.org/en/latest/specifications/binary-distribution-format/
 */
function pythonsOf(wheels: readonly string[]): readonly PythonVersion[] {
  const tags = wheels
    .slice(0, MOST)
    .map((name) =>
      name
        .replace(/\.whl$/, '')
        .split('-')
        .slice(-3),
    )
    .filter(([, , platform = '']) => platform === 'any' || /linux.*_x86_64/.test(platform));
  return PYTHONS.filter((python) => {
    const minor = Number(python.slice(2));
    return tags.some(([tag = '', abi = '']) =>
      tag.split('.').some((one) => {
        const [, exact] = /^cp3(\d{1,2})$/.exec(one) ?? [];
        if (exact === undefined) return one === 'py3';
        // A wheel for Python without its lock fits no other.
        return abi === 'abi3' ? Number(exact) <= minor : Number(exact) === minor && !abi.endsWith('t');
      }),
    );
  });
}

const pyprojectSchema = z.object({
  project: z
    .object({ 'requires-python': z.string().optional(), dependencies: z.array(z.string()).optional() })
    .optional(),
  tool: z
    .object({ poetry: z.object({ dependencies: z.record(z.string(), z.unknown()).optional() }).optional() })
    .optional(),
});

function readPyproject(text: string, from: string): ProjectVersions | undefined {
  const parsed = pyprojectSchema.safeParse(toml(text));
  if (!parsed.success) return undefined;
  const { project, tool } = parsed.data;
  const said = new Said(from).python(project?.['requires-python'] ?? '').requirements(project?.dependencies ?? []);
  for (const [name, wanted] of Object.entries(tool?.poetry?.dependencies ?? {}).slice(0, MOST)) {
    const version = typeof wanted === 'string' ? wanted : undefined;
    if (name === 'python') said.python(version ?? '');
    else said.package(name, version?.replace(/^==/, ''));
  }
  return said.all();
}

const environmentSchema = z.object({
  dependencies: z.array(z.union([z.string(), z.object({ pip: z.array(z.string()) }), z.unknown()])).nullish(),
});

/** Conda's names of packages that PyPI calls otherwise. */
const OF_CONDA: Readonly<Record<string, string>> = {
  pytorch: 'torch',
  'py-xgboost': 'xgboost',
};

function readEnvironmentFile(text: string, from: string): ProjectVersions | undefined {
  const parsed = environmentSchema.safeParse(yaml(text));
  if (!parsed.success) return undefined;
  const said = new Said(from);
  for (const entry of parsed.data.dependencies?.slice(0, MOST) ?? []) {
    const pip = z.object({ pip: z.array(z.string()) }).safeParse(entry);
    if (pip.success) said.requirements(pip.data.pip);
    if (typeof entry !== 'string' || entry.length > LONGEST_LINE) continue;
    // `channel::name=version=build`
    const [, name, version] =
      /^(?:[^:]*::)?([A-Za-z0-9][\w.-]*)\s*(?:={1,2}([^=\s]+)(?:=\S*)?)?$/.exec(entry.trim()) ?? [];
    if (name === 'python') said.python(version ?? '');
    else if (name !== undefined) said.package(Object.hasOwn(OF_CONDA, name) ? (OF_CONDA[name] ?? name) : name, version);
    else said.requirements([entry]);
  }
  return said.all();
}

/** Undefined for a text that is not TOML. */
function toml(text: string): unknown {
  try {
    return parseToml(text, { maxDepth: 100 });
  } catch (error) {
    if (error instanceof TomlError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Undefined for a text that is not YAML; its reader throws errors of several kinds. */
function yaml(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 50, logLevel: 'error', prettyErrors: false });
  } catch {
    return undefined;
  }
}
