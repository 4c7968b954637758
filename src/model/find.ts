/** Finds the models among files and folders, by what is in them. */
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { escapeText } from '../report/escape.js';
import { CancelledError, reasonOf, throwIfCancelled, UserError } from '../report/user-error.js';
import type { Detection } from './detect.js';
import { MODEL_NAME } from './extensions.js';
import { nothingLoads } from './companions.js';
import { COMPANIONS, type Format } from './format.js';
import { HUGGING_FACE_NAMES, isHuggingFacePart } from './huggingface.js';

export interface FoundModel {
  readonly path: string;
  readonly detection: Detection;
  /** Lies beside a model and is none: a configuration, a template, code. Of interest for what is wrong with it. */
  readonly companion?: true;
  /** A companion that nothing loads (companions.ts): what it does is nothing that the model does. */
  readonly unloaded?: true;
}

export interface FoundModels {
  /** In the order asked for; within a folder by path. */
  readonly models: readonly FoundModel[];
  /** Files and folders that could not be looked into, and why, ready to show. */
  readonly skipped: readonly string[];
  /** Paths that were asked for and could not be looked at, and why. */
  readonly failed: readonly FailedPath[];
}

export interface FailedPath {
  readonly path: string;
  readonly error: unknown;
}

const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules']);
/** Folders nested deeper than this, and files beyond this number, are left out and named in `skipped`. */
const DEPTH_LIMIT = 64;
const FILE_LIMIT = 100_000;

/**
 * The models that the paths stand for: a file is one whatever it is, a folder stands for the models in it.
 * Links to files are followed, links to folders are not. What lies beside a model and belongs to it comes along. Throws UserError when there is
 * no model at all; CancelledError when aborted. `detect` is asked what each file is.
 */
export async function findModels(
  paths: readonly string[],
  options: { readonly detect: (path: string) => Promise<Detection>; readonly signal?: AbortSignal },
): Promise<FoundModels> {
  const search: Search = { models: [], skipped: [], failed: [], seen: new Set(), files: 0, ...options };
  for (const path of paths) {
    if (await isFolder(path)) await searchFolder(search, path, 0);
    else await searchNamed(search, path);
  }
  if (search.models.length > 0) return search;
  const reasons = [...new Set(search.failed.map(({ error }) => reasonOf(error)))];
  if (reasons.length > 0) throw new UserError(reasons.join('\n'));
  const shown = paths.map(escapeText).join(', ');
  const unread = search.skipped.length > 0 ? ` Not looked into: ${search.skipped.slice(0, 5).join('; ')}.` : '';
  throw new UserError(
    `No model was found in ${shown}: no file there has the content or the ending of one.${unread} Give the path of a model file to scan it anyway.`,
  );
}

interface Search {
  readonly models: FoundModel[];
  readonly skipped: string[];
  readonly failed: FailedPath[];
  /** Real paths of files found so far. */
  readonly seen: Set<string>;
  files: number;
  readonly detect: (path: string) => Promise<Detection>;
  readonly signal?: AbortSignal;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // openFile says what is wrong with it.
    return false;
  }
}

/** One that cannot be read takes none of the others with it. */
async function searchNamed(search: Search, path: string): Promise<void> {
  try {
    search.models.push({ path, detection: await search.detect(path) });
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    search.failed.push({ path, error });
  }
}

async function searchFolder(search: Search, folder: string, depth: number): Promise<void> {
  const names: { name: string; folder: boolean }[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      names.push({ name: entry.name, folder: entry.isDirectory() });
    }
  } catch (error) {
    search.skipped.push(`${escapeText(folder)} (${reason(error)})`);
    return;
  }
  names.sort((left, right) => (left.name < right.name ? -1 : 1));
  const modelsBefore = search.models.length;
  const companions: FoundModel[] = [];
  const beside = new Set(names.map(({ name }) => name));
  const isPart = await partsOf(search, folder, beside);
  for (const entry of names) {
    throwIfCancelled(search.signal);
    const path = join(folder, entry.name);
    if (isPart(entry.name)) continue;
    else if (!entry.folder) await searchFile(search, path, beside, companions);
    else if (SKIPPED_FOLDERS.has(entry.name)) continue;
    else if (depth >= DEPTH_LIMIT) search.skipped.push(`${escapeText(path)} (nested too deep)`);
    else await searchFolder(search, path, depth + 1);
  }
  if (search.models.slice(modelsBefore).some(({ path }) => dirname(path) === folder)) search.models.push(...companions);
}

/**
 * What a folder that is one model has to itself: its scan, in the name of the file that tells it, looks at these with it. What else lies there can
 * be a model of its own as well, for a folder that calls itself a model must not keep another from the sandbox.
 */
async function partsOf(search: Search, folder: string, names: ReadonlySet<string>): Promise<(name: string) => boolean> {
  for (const name of FOLDER_NAMES) {
    if (!names.has(name)) continue;
    const format = await formatOf(search, join(folder, name));
    if (format === 'savedmodel') return (other) => SAVED_MODEL_PARTS.has(other);
    if (format === 'huggingface') return (other) => other !== name && isHuggingFacePart(other);
  }
  return () => false;
}

/** The names of files that can make a folder one model. */
const FOLDER_NAMES = ['saved_model.pb', ...HUGGING_FACE_NAMES];
const SAVED_MODEL_PARTS: ReadonlySet<string> = new Set(['keras_metadata.pb', 'fingerprint.pb', 'variables']);

async function formatOf(search: Search, path: string): Promise<Format | undefined> {
  try {
    return (await search.detect(path)).format;
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return undefined;
  }
}

async function searchFile(
  search: Search,
  path: string,
  beside: ReadonlySet<string>,
  companions: FoundModel[],
): Promise<void> {
  search.files += 1;
  if (search.files > FILE_LIMIT) {
    if (search.files === FILE_LIMIT + 1)
      search.skipped.push(`files after the first ${FILE_LIMIT}, from ${escapeText(path)} on`);
    return;
  }
  try {
    const link = await lstat(path);
    const info = link.isSymbolicLink() ? await stat(path) : link;
    if (!info.isFile()) return;
    const real = await realpath(path);
    if (search.seen.has(real)) return;
    const detection = await search.detect(path);
    const companion = !isModel(path, detection);
    // A picture or a paper beside it says nothing of the model.
    const { format, certain } = detection;
    if (companion && (!certain || !COMPANIONS.has(format) || format === 'document')) return;
    search.seen.add(real);
    if (companion) {
      const unloaded = nothingLoads(basename(path), format, beside);
      companions.push({ path, detection, companion, ...(unloaded ? { unloaded } : {}) });
    } else search.models.push({ path, detection });
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    search.skipped.push(error instanceof UserError ? error.message : `${escapeText(path)} (${reason(error)})`);
  }
}

function isModel(path: string, detection: Detection): boolean {
  // A damaged or disguised file that is named like a model is not passed over.
  if (MODEL_NAME.test(basename(path))) return true;
  const { format, certain } = detection;
  // Any archive can be packed with bz2 or xz; only an ending tells that it holds a model.
  return certain && format !== 'empty' && format !== 'unknown' && !COMPANIONS.has(format);
}

function reason(error: unknown): string {
  return escapeText((error as NodeJS.ErrnoException).code ?? String(error));
}
