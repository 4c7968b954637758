/** Finds the models among files and folders, by their content. */
import { isUtf8 } from 'node:buffer';
import { lstat, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Excluder } from '../core/exclusion.js';
import { escapeText } from '../core/escape.js';
import type { LeftOut } from '../core/schema.js';
import { CancelledError, reasonOf, throwIfCancelled, UserError } from '../core/user-error.js';
import type { Detection } from '../detect/detect.js';
import { MODEL_NAME } from '../core/extensions.js';
import { CODE_FOLDERS, isLoadedFromAfar, nothingLoads } from '../detect/sidecars.js';
import { FORMATS, type Format } from '../core/formats.js';
import { encodePath, entriesOf, realPath, type Entry } from './path.js';
import { isInside, openFile } from './source.js';
import { addAll } from '../core/lists.js';

export interface FoundModel {
  readonly path: string;
  readonly detection: Detection;
  /** A file beside a model that is not a model: a configuration, a template, code. It is reported only when it has findings. */
  readonly sidecar?: true;
  /** A sidecar that no loader opens (sidecars.ts): its acts are not acts of the model. */
  readonly unloaded?: true;
}

export interface FoundModels {
  /** In the order asked for; within a folder by path, its `.git` and `node_modules` last. */
  readonly models: readonly FoundModel[];
  /** Files and folders that could be or hold a model, and were not examined. */
  readonly leftOut: readonly LeftOut[];
  /** Paths that the caller asked for and that could not be examined, and why. */
  readonly failed: readonly FailedPath[];
}

export interface FailedPath {
  readonly path: string;
  readonly error: unknown;
}

export interface FindOptions {
  /** What a file is. */
  readonly detect: (path: string) => Promise<Detection>;
  /** Names of folders that are not searched. */
  readonly skipFolders?: readonly string[];
  /** What of the folders is not examined; files that are asked for by their own path always are. */
  readonly exclude?: Excluder;
  readonly signal?: AbortSignal;
}

/**
 * Folders of many files that programs made, hardly ever models. The format of a file in them is detected only when its name or its first bytes could
 * be those of a model, so that source code costs a glance (25,000 files: seconds in place of a minute).
 */
const SPARSE_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules']);
/** Files whose format is detected, and files and folders that are listed. Those beyond this number are left out. */
const FILE_LIMIT = 100_000;
const ENTRY_LIMIT = 1_000_000;
/** Each thing that was left out is named, up to this number. */
const LEFT_OUT_LIMIT = 1_000;

/**
 * The models that the paths stand for: a file is always a model, a folder stands for the models in it. Links to files are followed. Links to folders
 * are not: their targets are searched where they lie, or left out. Files beside a model that belong to it are included. Throws UserError when there
 * is no model at all and nothing was left out; CancelledError when aborted.
 */
export async function findModels(paths: readonly string[], options: FindOptions): Promise<FoundModels> {
  const search: Search = {
    ...options,
    skipFolders: new Set(options.skipFolders),
    models: [],
    leftOut: [],
    failed: [],
    omitted: 0,
    seen: new Set(),
    searched: new Set(),
    asked: [],
    links: [],
    files: 0,
    entries: 0,
    ended: false,
  };
  for (const path of paths) {
    if (await isFolder(path)) await searchRoot(search, path);
    else await searchNamed(search, path);
  }
  leaveOutLinks(search);
  const { models, leftOut, failed, omitted } = search;
  if (omitted > 0)
    leftOut.push({
      path: paths[0] ?? '',
      reason: 'too-many',
      text: `${omitted} more files and folders were left out and are not named.`,
    });
  if (models.length > 0 || leftOut.some(({ reason }) => reason !== 'asked')) return { models, leftOut, failed };
  const reasons = [...new Set(failed.map(({ error }) => reasonOf(error)))];
  if (reasons.length > 0) throw new UserError(reasons.join('\n'));
  const shown = paths.map(escapeText).join(', ');
  throw new UserError(
    `No model was found in ${shown}: no file there has the content or the ending of one. Give the path of a model file to scan it anyway.`,
  );
}

interface Search {
  readonly models: FoundModel[];
  readonly leftOut: LeftOut[];
  /** Left out and not named. */
  omitted: number;
  readonly failed: FailedPath[];
  /** Real paths of files found so far. */
  readonly seen: Set<string>;
  /** Real paths of folders that were searched. */
  readonly searched: Set<string>;
  /** Real paths of folders that the settings skip. */
  readonly asked: string[];
  /** Links to folders. */
  readonly links: { readonly path: string; readonly real: string }[];
  files: number;
  entries: number;
  /** A limit was hit. */
  ended: boolean;
  readonly detect: (path: string) => Promise<Detection>;
  readonly skipFolders: ReadonlySet<string>;
  readonly exclude?: Excluder;
  readonly signal?: AbortSignal;
}

/** A folder, and how its files are examined. */
interface SearchedFolder {
  readonly path: string;
  readonly real: string;
  /** The format of a file is detected only when its name or its first bytes could be those of a model. */
  readonly sparse: boolean;
  /** Of the model that the folder above is. */
  readonly isPart?: (name: string) => boolean;
  /** It holds code for what lies beside it, or lies in such a folder. */
  readonly isCode?: boolean;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // openFile reports what is wrong with it.
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

async function searchRoot(search: Search, path: string): Promise<void> {
  const later: SearchedFolder[] = [{ path, real: await realPath(path), sparse: false }];
  // Folders of many files come last, so that a limit is hit there and not before the user's own.
  for (let place = later.shift(); place !== undefined; place = later.shift()) await searchFolder(search, place, later);
}

/** Returns files that are code of a model elsewhere: beside the folder or around it. */
async function searchFolder(
  search: Search,
  place: SearchedFolder,
  later: SearchedFolder[],
): Promise<readonly FoundModel[]> {
  const { path: folder, real, sparse, isCode = false } = place;
  if (hasEnded(search) || search.searched.has(real)) return [];
  search.searched.add(real);
  const entries: Entry[] = [];
  try {
    for await (const entry of entriesOf(folder)) {
      search.entries += 1;
      if (search.entries > ENTRY_LIMIT) {
        endSearch(search, folder);
        return [];
      }
      entries.push(entry);
    }
  } catch (error) {
    leaveOut(search, folder, 'unreadable', `The folder ${escapeText(folder)} was not looked into: ${inWords(error)}.`);
    return [];
  }
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  const modelsBefore = search.models.length;
  const sidecars: FoundModel[] = [];
  /** Code of the folders in it, for the models here and below. */
  const code: FoundModel[] = [];
  const passed: string[] = [];
  const beside = new Set(entries.map(({ name }) => name));
  const { isPart, partsIn } = await partsOf(search, place, beside);
  for (const { name, isFolder } of entries) {
    throwIfCancelled(search.signal);
    if (hasEnded(search)) return [];
    const path = join(folder, name);
    if (isPart(name)) continue;
    if (await isExcluded(search, path, join(real, name), isFolder)) continue;
    if (!isFolder) {
      if (sparse && !(await couldBeModel(path))) passed.push(path);
      else await searchFile(search, path, beside, sidecars);
      continue;
    }
    if (search.skipFolders.has(name)) {
      search.asked.push(join(real, name));
      leaveOut(search, path, 'asked', `${escapeText(path)} was not looked into, as asked (skipFolders).`);
      continue;
    }
    const isPartOfThis = partsIn(name);
    const next = { path, real: join(real, name), ...(isPartOfThis ? { isPart: isPartOfThis } : {}) };
    if (!sparse && SPARSE_FOLDERS.has(name)) later.push({ ...next, sparse: true });
    else {
      const holdsCode = isCode || CODE_FOLDERS.test(name) || /^\d+$/.test(name);
      const apart = await searchFolder(search, { ...next, sparse, isCode: holdsCode }, later);
      if (holdsCode) addAll(code, apart);
    }
  }
  const models = search.models.slice(modelsBefore);
  const hasModel = models.some(({ path }) => dirname(path) === folder);
  if (hasModel) {
    // Files beside a model count, whatever the folder is called.
    for (const path of passed) await searchFile(search, path, beside, sidecars);
    addAll(search.models, sidecars);
    addAll(search.models, code);
    return [];
  }
  const loaded = sidecars.flatMap((sidecar) => {
    const name = `${basename(folder)}/${basename(sidecar.path)}`;
    const { path, detection } = sidecar;
    return isLoadedFromAfar(name, detection.format, beside) ? [{ path, detection, sidecar: true as const }] : [];
  });
  // A description of a model by itself: of MLflow's the code may be all.
  if (models.length === 0 && !beside.has('MLmodel') && !beside.has('config.pbtxt')) return [...loaded, ...code];
  addAll(search.models, loaded);
  addAll(search.models, code);
  return [];
}

interface Parts {
  readonly isPart: (name: string) => boolean;
  /** For a folder in it, by its name: which files in that folder belong to the model. */
  readonly partsIn: (folder: string) => ((name: string) => boolean) | undefined;
}

/** The files that belong to a folder that is one model: the scan of the identifying file reads them with it. */
async function partsOf(search: Search, { path, isPart }: SearchedFolder, names: ReadonlySet<string>): Promise<Parts> {
  for (const name of FOLDER_NAMES) {
    if (!names.has(name) || isPart?.(name)) continue;
    const format = await formatOf(search, join(path, name));
    const folder = format && FORMATS[format].folder;
    if (folder === undefined) continue;
    return {
      isPart: (other) => other !== name && folder.covers.test(other),
      partsIn: (inner) => {
        const names = folder.coversIn?.find(([pattern]) => pattern.test(inner))?.[1];
        return names && ((other) => names.test(other));
      },
    };
  }
  return { isPart: isPart ?? (() => false), partsIn: () => undefined };
}

/** The names of files that can identify a folder as one model. */
const FOLDER_NAMES = Object.values(FORMATS).flatMap(({ folder }) => folder?.by ?? []);

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
  sidecars: FoundModel[],
): Promise<void> {
  try {
    const link = await lstat(encodePath(path));
    const info = link.isSymbolicLink() ? await followed(path) : link;
    if (info?.isDirectory()) {
      search.links.push({ path, real: await realPath(path) });
      return;
    }
    if (info === undefined || !info.isFile()) {
      const what = info === undefined ? 'a link that leads nowhere' : 'no regular file';
      if (MODEL_NAME.test(basename(path)))
        leaveOut(search, path, 'no-file', `${escapeText(path)} has the name of a model and is ${what}.`);
      return;
    }
    const real = await realPath(path);
    if (search.seen.has(real)) return;
    search.files += 1;
    if (search.files > FILE_LIMIT) {
      endSearch(search, path);
      return;
    }
    const detection = await search.detect(path);
    const sidecar = !isModel(path, detection);
    // A picture or a paper beside the model is not part of it.
    const { format, certain } = detection;
    if (sidecar && (!certain || !FORMATS[format].sidecar || format === 'document')) return;
    search.seen.add(real);
    if (sidecar) {
      const unloaded = nothingLoads(`${basename(dirname(path))}/${basename(path)}`, format, beside);
      sidecars.push({ path, detection, sidecar, ...(unloaded ? { unloaded } : {}) });
    } else search.models.push({ path, detection });
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const text =
      error instanceof UserError ? error.message : `${escapeText(path)} was not looked at: ${inWords(error)}.`;
    leaveOut(search, path, 'unreadable', text);
  }
}

/** A file is left out in silence only where it would not have been a model anyway. */
async function isExcluded(search: Search, path: string, real: string, isFolder: boolean): Promise<boolean> {
  const exclusion = search.exclude?.(resolve(path), isFolder);
  if (exclusion === undefined) return false;
  if (isFolder) search.asked.push(real);
  else if (!(await couldBeModel(path))) return true;
  const { own, file } = exclusion;
  const by = file === undefined ? '--exclude' : escapeText(file);
  const hint = own
    ? ''
    : ' A file that was merely found may come from the author of the models: check it and name it with --exclude-from to count this as your own decision.';
  leaveOut(search, path, own ? 'asked' : 'ignored', `${escapeText(path)} was not looked at, by ${by}.${hint}`);
  return true;
}

/** The target of a link; undefined when there is none. */
async function followed(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(encodePath(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

function isModel(path: string, detection: Detection): boolean {
  // A damaged or disguised file that is named like a model is not passed over.
  if (MODEL_NAME.test(basename(path))) return true;
  const { format, certain } = detection;
  // Any archive can be packed with bz2 or xz; only an ending shows that it holds a model.
  return certain && format !== 'empty' && format !== 'unknown' && !FORMATS[format].sidecar;
}

/** Bytes that are read for the glance. */
const GLANCE = 4096;
/** Endings of text files that programs and authors write; names without an ending too. */
const TEXT_NAME =
  /\.(?:[cm]?[jt]sx?|map|json5?|jsonc|md|markdown|mdx|css|scss|sass|less|html?|vue|svelte|txt|ya?ml|toml|flow|coffee|svg|snap|lock|[ch]|cc|cpp|hpp|rs|go|py|sh|cmd|ps1|bat|log|tsbuildinfo|sample)$|^\.?[^.]+$/i;
/** How text that is a model begins: a pickle of protocol 0, a model of boosted trees, a TensorFlow graph. */
const MODEL_TEXT =
  /^[([{\]})lde\s]*(?:c[\w.]+\r?\n[\w.]+\r?\n|i[\w.]+\r?\n[\w.]+\r?\n|[SVILF][^\n]*\n|p\d+\r?\n|N|"(?:learner|version)"|tree\r?\n|node\s*\{)/;

/** Whether a file could be a model by its name or its first bytes; true in doubt. */
async function couldBeModel(path: string): Promise<boolean> {
  if (MODEL_NAME.test(basename(path)) || !TEXT_NAME.test(basename(path))) return true;
  try {
    const source = await openFile(path);
    try {
      const bytes = await source.read(0, GLANCE);
      return !isText(bytes) || MODEL_TEXT.test(Buffer.from(bytes).toString('utf8'));
    } finally {
      await source.close();
    }
  } catch {
    // searchFile reports what is wrong with it.
    return true;
  }
}

/** UTF-8, possibly cut off inside its last character, without control characters except those of text. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d))
    return false;
  return [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
}

/** A link to a folder that was searched needs no note; the user names the target of any other one. */
function leaveOutLinks(search: Search): void {
  for (const { path, real } of search.links) {
    if (search.searched.has(real) || search.asked.some((folder) => isInside(real, folder))) continue;
    const text = `${escapeText(path)} is a link to the folder ${escapeText(real)}, which was not looked into. Give its path to scan it too.`;
    leaveOut(search, path, 'linked-folder', text);
  }
}

function hasEnded({ ended }: Search): boolean {
  return ended;
}

function endSearch(search: Search, path: string): void {
  if (search.ended) return;
  search.ended = true;
  const limits = `${FILE_LIMIT} files that could be models or ${ENTRY_LIMIT} of any kind`;
  const text = `From ${escapeText(path)} on nothing was looked at: the search ends after ${limits}. Scan the folders one by one, or leave out those without models (skipFolders).`;
  leaveOut(search, path, 'too-many', text);
}

function leaveOut(search: Search, path: string, reason: LeftOut['reason'], text: string): void {
  if (search.leftOut.length < LEFT_OUT_LIMIT) search.leftOut.push({ path, reason, text });
  else search.omitted += 1;
}

function inWords(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'this user has no permission. Change it, or scan as a user who has';
  if (code === 'ENOENT') return 'it went away meanwhile';
  if (code === 'ENAMETOOLONG') return 'its path is too long for the system. Scan from a folder nearer to it';
  return escapeText(code ?? String(error));
}
