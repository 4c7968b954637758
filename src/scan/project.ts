/** Reads which Python and which versions of packages the user's own code has: of a project, or of a virtual environment. Runs nothing of it. */
import { opendir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { exists, readSmallFile } from '../config/small-file.js';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { isErrno, reasonOf, UserError } from '../core/user-error.js';
import {
  askedByPackage,
  installedVersions,
  mergeVersions,
  PROJECT_FILES,
  type ProjectVersions,
} from './project-versions.js';

export interface Project extends ProjectVersions {
  /** The parts of it that could not be read, one sentence each. */
  readonly notes: readonly string[];
}

/** Bytes of one file. Reading that many takes seconds at most; lock files of large projects have megabytes. */
const LARGEST = 256 * 1024;
const LARGEST_LOCK = 8 * 1024 * 1024;
/** Entries of one folder. */
const MOST_ENTRIES = 20_000;
/** Packages that lie unpacked in one folder and whose dependencies are read. */
const MOST_PACKAGES = 200;

/** The content of these folders is hostile: for a reader process, see `projectIn`. Throws UserError for a path that is no folder. */
export async function readProject(workspaceVersions: readonly string[]): Promise<Project> {
  const all: ProjectVersions[] = [];
  const notes: string[] = [];
  for (const named of workspaceVersions) {
    const folder = resolve(named);
    await checkFolder(folder);
    for (const environment of [folder, join(folder, '.venv')]) {
      const installed = await readEnvironment(environment);
      if (installed) all.push(installed);
    }
    for (const name of (await namesIn(folder)).filter((one) => one.endsWith('.dist-info')).slice(0, MOST_PACKAGES)) {
      const path = join(folder, name, 'METADATA');
      const text = (await exists(path)) ? await readText(path, []) : undefined;
      if (text !== undefined) all.push(askedByPackage(text, name));
    }
    for (const [name, read] of Object.entries(PROJECT_FILES)) {
      const path = join(folder, name);
      if (!(await exists(path))) continue;
      const text = await readText(path, notes);
      const versions = text === undefined ? undefined : read(text, name);
      if (versions) all.push(versions);
      else if (text !== undefined)
        notes.push(`${escapeText(path)} could not be understood, so nothing was taken from it.`);
    }
  }
  const merged = mergeVersions(all);
  if (merged.python === undefined && merged.pins.size === 0) {
    const folders = workspaceVersions.map((folder) => escapeAndCut(folder, 200)).join(', ');
    notes.push(`Neither one Python nor an exact version of a package that is known is named in ${folders}.`);
  }
  return { ...merged, notes };
}

async function checkFolder(folder: string): Promise<void> {
  const info = await stat(folder).catch((error: unknown) => {
    if (isErrno(error)) return undefined;
    throw error;
  });
  if (info?.isDirectory() !== true)
    throw new UserError(
      `${escapeText(folder)}, whose versions the sandbox is to have, is no folder that can be read. Correct the setting workspaceVersions, or --workspace-versions.`,
    );
}

async function readText(path: string, notes: string[]): Promise<string | undefined> {
  try {
    const hint = 'Nothing was taken from it.';
    return (
      await readSmallFile(path, { what: 'The file', limit: path.endsWith('.lock') ? LARGEST_LOCK : LARGEST, hint })
    ).toString('utf8');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    notes.push(escapeAndCut(reasonOf(error), 400));
    return undefined;
  }
}

/** Undefined for a folder that is no environment of one Python. https://docs.python.org/3/library/sysconfig.html#installation-paths */
async function readEnvironment(folder: string): Promise<ProjectVersions | undefined> {
  const from = basename(folder);
  const [python, ...others] = (await namesIn(join(folder, 'lib'))).filter((name) => /^python3\.\d{1,2}$/.test(name));
  if (python !== undefined)
    return others.length > 0
      ? undefined
      : installedVersions(python, await namesIn(join(folder, 'lib', python, 'site-packages')), from);
  // On Windows.
  const config = join(folder, 'pyvenv.cfg');
  if (!(await exists(config))) return undefined;
  const [, version = ''] = /^version(?:_info)?\s*=\s*(3\.\d{1,2})\b/m.exec((await readText(config, [])) ?? '') ?? [];
  return installedVersions(version, await namesIn(join(folder, 'Lib', 'site-packages')), from);
}

/** Some of the entries when there are very many, none when there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      names.push(name);
      if (names.length >= MOST_ENTRIES) break;
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
  return names;
}
