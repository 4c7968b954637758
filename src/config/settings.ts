/**
 * Every setting, once: the editor's settings, the workspace file `dynscan.json` and the command line's flags are all
 * read through this schema, so a name, a default and a bound exist in one place.
 */
import * as z from 'zod';
import { severitySchema } from '../core/schema.js';
import { SEVERITIES } from '../core/terms.js';

/** Pythons that a sandbox image can have, oldest first. */
export const PYTHONS = ['3.8', '3.9', '3.10', '3.11', '3.12', '3.13', '3.14'] as const;
export type PythonVersion = (typeof PYTHONS)[number];

/** The default Python of an image. */
export const DEFAULT_PYTHON = '3.13';

/** Each Debian release has one Python, and packages for it; of the others only a registry has an image, and its packages are pip's. */
export const BASE_OF_PYTHON: Readonly<Record<PythonVersion, string>> = {
  '3.8': 'python:3.8-slim',
  '3.9': 'debian:bullseye-slim',
  '3.10': 'python:3.10-slim',
  '3.11': 'debian:bookworm-slim',
  '3.12': 'python:3.12-slim',
  '3.13': 'debian:trixie-slim',
  '3.14': 'debian:forky-slim',
};

/** A repository in small letters, after a registry if there is one, with a tag, a digest or neither (distribution/reference). */
const IMAGE_NAME =
  /^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

export const settingsSchema = z.strictObject({
  /** Least severity that counts as found: for exit code 1. The verdict goes by all but `info`, whatever this is. */
  severity: severitySchema.default('low'),
  /** Wall time of reading one file, before it is run, seconds. */
  staticTimeout: z.number().min(1).max(86_400).default(60),
  /** Wall time of one sandbox run, seconds. */
  timeout: z.number().min(1).max(86_400).default(120),
  /** Wall time that processes may go on after the model's own process has ended, seconds. */
  settle: z.number().min(0).max(3_600).default(10),
  /** Memory of the sandbox, MiB, without swap. */
  memory: z.int().min(256).max(1_048_576).default(4096),
  /** Processor share, in cores. */
  cpus: z.number().min(0.1).max(1024).default(2),
  /** Processes and threads. */
  pids: z.int().min(32).max(65_536).default(256),
  /** Open descriptors per process. */
  nofile: z.int().min(64).max(1_048_576).default(1024),
  /** Size of each writable scratch file system, MiB. */
  scratch: z.int().min(1).max(65_536).default(256),
  /** Trace after which a run is stopped as flooding, MiB. */
  traceLimit: z.int().min(1).max(65_536).default(512),
  /** Python of the sandbox image; `auto`: the one that the model was made with, where the file says so, else 3.13. */
  python: z.enum(['auto', ...PYTHONS]).default('auto'),
  /** What the sandbox image is built on, in place of the release that `python` chooses. */
  baseImage: z.string().regex(IMAGE_NAME).default(BASE_OF_PYTHON[DEFAULT_PYTHON]),
  /** File with Python packages to add to the sandbox image; empty: the user's own, if there is one. */
  requirements: z.string().default(''),
  /**
   * Folders of projects or virtual environments whose Python and exact versions of packages the sandbox image has too, where a model asks for them;
   * the first that names a package counts.
   */
  workspaceVersions: z.array(z.string().min(1).max(4096)).max(16).default([]),
  /** Endpoint of the container engine (`unix://…`, `tcp://…`); empty: DOCKER_HOST, the docker CLI's context, the usual sockets. */
  dockerHost: z.string().default(''),
  /** OCI runtime to run sandboxes with, such as `runsc`; empty: the engine's default. */
  runtime: z.string().default(''),
  /** Time zone of the model's process (IANA, such as `Europe/Berlin`). */
  timezone: z.string().max(64).refine(isTimeZone, 'no time zone').default('UTC'),
  /** Working directory of the model: a folder of this machine, shown to it read-only; empty: `/tmp` of the sandbox. */
  cwd: z.string().max(4096).default(''),
  /** A folder of this machine that the model finds, read-only, as `/shared`; empty: none. */
  sharedFolder: z.string().max(4096).default(''),
  /** File that the raw trace is written to; empty: none. */
  traceFile: z.string().max(4096).default(''),
  /** File that the JSON report is written to; empty: none. */
  reportFile: z.string().max(4096).default(''),
  /** Show the raw trace while it is made. */
  printTrace: z.boolean().default(false),
  /** Folder that new test cases are written to, below the workspace or the working folder. */
  testCaseFolder: z
    .string()
    .regex(/^(?![/\\])(?!.*(?:^|[/\\])\.\.(?:[/\\]|$))[^\0:]{1,200}$/)
    .default('dynscan-tests'),
  /** Models scanned at once. */
  jobs: z.int().min(1).max(64).default(2),
  /** Denylist: texts that no model may have in its names, ask for or hold in its configuration; plain parts, whatever their case. */
  denylist: z.array(z.string().min(1).max(200)).max(1000).default([]),
  /** Statistics of the last layer's weights (docs/weights.md): `auto` leaves out large language models. */
  weights: z.enum(['auto', 'on', 'off']).default('auto'),
  /** Folders of these names are not searched for models, wherever they lie. */
  skipFolders: z
    .array(
      z
        .string()
        .regex(/^[^/\\\0]+$/)
        .max(255),
    )
    .max(1000)
    .default([]),
  /** Files larger than this are not scanned, bytes; 0: no bound. */
  maxFileSize: z.number().int().min(0).default(0),
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z][\w+/-]*$/.test(name);
  } catch {
    return false;
  }
}

export type Settings = z.infer<typeof settingsSchema>;

/** Other names of settings, accepted wherever a setting is given. `blacklist` is what modelaudit calls its list. */
export const ALIASES = { blacklist: 'denylist' } as const satisfies Readonly<Record<string, keyof Settings>>;

/** `values` under the settings' own names: what is listed under an alias is joined with what is listed under the name. */
export function joinAliases(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const joined = { ...values };
  for (const [alias, name] of Object.entries(ALIASES)) {
    if (!Object.hasOwn(joined, alias)) continue;
    const lists = [joined[name] ?? [], joined[alias]];
    Reflect.deleteProperty(joined, alias);
    joined[name] = [...new Set(lists.flat())];
  }
  return joined;
}

const withAliases = settingsSchema.extend({
  blacklist: settingsSchema.shape.denylist.meta({ deprecated: true }),
} satisfies Record<keyof typeof ALIASES, z.ZodType>);

/** Every name that a user may write. */
export const GIVEN_NAMES: readonly string[] = Object.keys(withAliases.shape);

/** What a user may write. Its output has the settings' own names alone. */
export const givenSettingsSchema = withAliases.transform(joinAliases).pipe(settingsSchema);

export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});

/**
 * What a settings file that was merely found, or a workspace, may do with a setting: only make the scan stricter than the
 * user's own value has it.
 *
 * - `less`: the smaller number is the stricter one.
 * - a list: its values, the loosest first.
 * - `union`: what it lists is added to the user's own list.
 * - `any`: it decides nothing about a verdict, and nothing about what runs or how much of the machine it may have.
 * - `never`: neither direction is stricter, so the user's own value stays.
 * - `refused`: it reaches a process, an image, an engine, a mount or a file that is written. A file that was found and has
 *   it ends the scan, because its author expects another scan than the one that would be made.
 */
export type Strictness = 'less' | 'union' | 'any' | 'never' | 'refused' | readonly string[];

export const STRICTNESS = {
  severity: SEVERITIES,
  // A limit that is hit makes a scan inconclusive, never clean; a higher one takes more of the machine.
  staticTimeout: 'less',
  timeout: 'less',
  settle: 'less',
  memory: 'less',
  cpus: 'less',
  pids: 'less',
  nofile: 'less',
  scratch: 'less',
  traceLimit: 'less',
  jobs: 'less',
  denylist: 'union',
  weights: ['off', 'auto', 'on'],
  // The author of a model would name its folder.
  skipFolders: 'never',
  // A lower bound leaves models out, a higher one lifts what the user set.
  maxFileSize: 'never',
  // A model can be written for one interpreter or one zone, and be harmless in all others.
  python: 'never',
  timezone: 'never',
  printTrace: 'any',
  testCaseFolder: 'any',
  baseImage: 'refused',
  requirements: 'refused',
  // The user's own project, and not that of the model's author.
  workspaceVersions: 'refused',
  dockerHost: 'refused',
  runtime: 'refused',
  cwd: 'refused',
  sharedFolder: 'refused',
  traceFile: 'refused',
  reportFile: 'refused',
} as const satisfies Readonly<Record<keyof Settings, Strictness>>;

/** The unit that a number of a setting counts in, for the user. */
export const UNITS: Readonly<Partial<Record<keyof Settings, string>>> = {
  staticTimeout: 'seconds',
  timeout: 'seconds',
  settle: 'seconds',
  memory: 'MiB',
  scratch: 'MiB',
  traceLimit: 'MiB',
  cpus: 'cores',
  maxFileSize: 'bytes',
};

/** The Python of images for which no model asks for another. */
export function pythonOf({ python }: Pick<Settings, 'python'>): PythonVersion {
  return python === 'auto' ? DEFAULT_PYTHON : python;
}

/** The base image; one that the user chose has the Python that it has. */
export function baseImageOf({ baseImage, python }: Pick<Settings, 'baseImage' | 'python'>): string {
  return baseImage === DEFAULT_SETTINGS.baseImage ? BASE_OF_PYTHON[pythonOf({ python })] : baseImage;
}
