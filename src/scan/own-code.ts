/** The code of the project that a model belongs to: the folders that are searched, and the files that the sandbox gets. */
import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import { exists } from '../config/small-file.js';
import { isInside } from '../model/source.js';
import { escapeAndCut } from '../core/escape.js';
import type { ScanReport } from '../core/schema.js';
import {
  NO_CODE,
  type Discovery,
  type ProjectCode,
  type ProjectSource,
  type StaticResult,
} from '../static/collected.js';
import type { ScanRequest } from './scan-request.js';
import { staticPool } from './static-pool.js';

export interface ReadCode {
  readonly code: ProjectCode;
  /** The results of reading the model, and the additional results of reading its code. */
  readonly analysis: StaticResult;
}

/** Files and folders that stand at the top of a project. */
const TOPS = ['.git', 'pyproject.toml', 'setup.py', 'setup.cfg'];
/** Folders from the model's own on that are searched for one. */
const LEVELS = 8;

/** Reads the modules that the model names and that lie where Python would look for them. Rejects with CancelledError and UserError. */
export async function readOwnCode(
  path: string,
  analysis: StaticResult,
  request: ScanRequest,
  signal: AbortSignal,
  onFound: (found: Discovery) => void,
): Promise<ReadCode> {
  const globals = analysis.globals.map(({ global }) => global);
  const modules = request.testCase?.imports ?? [];
  if (globals.length + modules.length === 0) return { code: NO_CODE, analysis };
  const { denylist, staticTimeout } = request.settings;
  const { result, reading } = await staticPool().analyse<'own-code'>(
    { kind: 'own-code', path, folders: await foldersFor(path, request), globals, modules, options: { denylist } },
    { signal, timeout: staticTimeout },
    onFound,
  );
  return {
    code: reading ?? NO_CODE,
    analysis: {
      ...analysis,
      findings: [...analysis.findings, ...result.findings],
      gaps: [...new Set([...analysis.gaps, ...result.gaps])],
    },
  };
}

/**
 * The folders that the caller gave to the scan or in which it starts, and that the model lies in, and the folders on the way to them, each with its
 * `src`. Without one it is the project that the model lies in, so that a model has the same code wherever it is scanned from.
 */
export async function foldersFor(
  path: string,
  { paths, folders = [] }: Pick<ScanRequest, 'paths' | 'folders'>,
): Promise<{ readonly path: string; readonly label: string }[]> {
  const own = dirname(resolve(path));
  const around = [...paths, ...folders].map((folder) => resolve(folder)).filter((folder) => isInside(own, folder));
  const top = around.length > 0 ? undefined : await projectAround(own);
  if (top !== undefined) around.push(top);
  const farthest = around.sort((left, right) => left.length - right.length)[0];
  // Where its user starts Python, and then what scripts put on their path.
  const nearer = [own, ...upTo(farthest, own)];
  const all = new Set([...around.reverse(), ...nearer].flatMap((folder) => [folder, join(folder, 'src')]));
  all.delete(own);
  return [...all].map((folder) => ({ path: folder, label: `${relative(own, folder).split(sep).join('/')}/` }));
}

/** The nearest folder with a file that stands at the top of a project; where there is none, the folder above the model's. */
async function projectAround(own: string): Promise<string | undefined> {
  for (const folder of [own, ...upTo(parse(own).root, own)].slice(0, LEVELS)) {
    if (isShared(folder)) break;
    for (const name of TOPS) if (await exists(join(folder, name))) return folder;
  }
  const above = dirname(own);
  return isShared(above) ? undefined : above;
}

/** What lies in it has nothing to do with each other. */
function isShared(folder: string): boolean {
  return [homedir(), resolve(tmpdir()), parse(folder).root].includes(folder);
}

/** The folders from the model's own up to the farthest that the caller gave to the scan or in which it starts. */
export async function projectFolders(path: string, request: Pick<ScanRequest, 'paths' | 'folders'>): Promise<string[]> {
  const own = dirname(resolve(path));
  const all = new Set([own, ...(await foldersFor(path, request)).map((one) => one.path)]);
  return [...all].filter((folder) => isInside(own, folder));
}

/** The folders between the two, the nearest first. */
function upTo(top: string | undefined, folder: string): string[] {
  const above = dirname(folder);
  if (top === undefined || above === folder || !isInside(above, top)) return [];
  return [above, ...upTo(top, above)];
}

export interface MountedCode {
  /** By their names below the folder that is on the path. */
  readonly files: readonly { readonly name: string; readonly content: Uint8Array }[];
  /** Why some of it is not there, one sentence each. */
  readonly gaps: readonly string[];
}

/** Top-level modules that come with the model. */
export function ownModules({ sources }: ProjectCode): string[] {
  return [...new Set(sources.filter(({ imported }) => imported).map(topOf))];
}

/** The files that the sandbox sees, where no package of the image has the name: `lacking` are the modules that the image has not. */
export function codeToMount({ sources }: ProjectCode, lacking: readonly string[]): MountedCode {
  const imported = sources.filter((source) => source.imported);
  const there = imported.filter((source) => !lacking.includes(topOf(source)));
  const names = [...new Set(there.map(topOf))].slice(0, 10).map((name) => escapeAndCut(name, 60));
  return {
    files: imported.filter((source) => lacking.includes(topOf(source))),
    gaps:
      names.length === 0
        ? []
        : [
            `The sandbox image has a package of the name ${names.join(', ')}, and the code of that name beside the model was read and not run.`,
          ],
  };
}

function topOf({ name }: Pick<ProjectSource, 'name'>): string {
  return (name.split('/')[0] ?? name).replace(/\.py$/, '');
}

/** The first bytes of the hashed content of a model's own code, so that no other content has the same hash. */
const CODE_DOMAIN = 'dynscan-code/1\0';

/** The code as the report describes it; `had` holds the names of the files that the sandbox got; undefined when there is none. */
export function describeCode({ sources }: ProjectCode, had: ReadonlySet<string>): DescribedCode | undefined {
  if (sources.length === 0) return undefined;
  const files = sources
    .map(({ file, name, content, imported }) => ({
      path: file,
      sha256: createHash('sha256').update(content).digest('hex'),
      mounted: imported && had.has(name),
    }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
  const hash = createHash('sha256').update(CODE_DOMAIN);
  for (const { path, sha256 } of files) hash.update(`${sha256}  ${path}\0`);
  return { codeSha256: hash.digest('hex'), files };
}

export interface DescribedCode {
  readonly codeSha256: string;
  readonly files: NonNullable<ScanReport['ownCode']>;
}
