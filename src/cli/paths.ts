/** Which models a command is about: paths of the command line, and those of a list. */
import { dirname, join, resolve } from 'node:path';
import { stat } from 'node:fs/promises';
import { excluderOf, findExclusions, readExclusion } from '../config/exclude.js';
import type { Exclusion } from '../core/exclusion.js';
import { exists, readSmallFile } from '../config/small-file.js';
import { escapeAndCut } from '../core/escape.js';
import { UsageError } from '../core/user-error.js';
import { decodePath } from '../model/path.js';
import type { Io } from './io.js';

export interface PathOptions {
  readonly filesFrom?: string;
  readonly exclude?: readonly string[];
  readonly excludeFrom?: string;
}

const LIST = { what: 'The list of files', limit: 64 * 1024 * 1024, hint: 'Name another one with --files-from.' };

/** The paths of the command line and those of `--files-from`; throws UsageError when there are none. */
export async function pathsFrom(
  given: readonly string[],
  { filesFrom }: PathOptions,
  io: Io,
): Promise<readonly string[]> {
  if (filesFrom === undefined) {
    if (given.length === 0)
      throw new UsageError('No model was named. Give paths of files or folders, or a list of them with --files-from.');
    return given;
  }
  const list = filesFrom === '-' ? await allOf(io) : await readSmallFile(resolve(io.cwd, filesFrom), LIST);
  const paths = [...given, ...namesIn(list)];
  if (paths.length === 0)
    throw new UsageError(`${filesFrom === '-' ? 'Standard input' : escapeAndCut(filesFrom, 200)} names no file.`);
  return paths;
}

async function allOf({ stdin }: Io): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk as Uint8Array));
    size += chunks.at(-1)?.length ?? 0;
    if (size > LIST.limit)
      throw new UsageError(`The list of files on standard input is larger than ${LIST.limit} bytes.`);
  }
  return Buffer.concat(chunks);
}

/** One path a line, or one before each zero byte, as `find -print0` and `git diff -z` write them. A name may be any bytes. */
function namesIn(list: Buffer): readonly string[] {
  const end = list.includes(0) ? 0 : 0x0a;
  const names: string[] = [];
  for (let from = 0; from < list.length;) {
    const at = list.indexOf(end, from);
    const name = list.subarray(from, at < 0 ? list.length : at);
    const isLine = end !== 0 && name.at(-1) === 0x0d;
    const path = decodePath(isLine ? name.subarray(0, -1) : name);
    if (path !== '') names.push(path);
    from = at < 0 ? list.length : at + 1;
  }
  return names;
}

/** What of the folders is not to be scanned. Throws UserError for a file that cannot be read or a pattern that is wrong. */
export async function exclusionsFrom(
  paths: readonly string[],
  { exclude = [], excludeFrom }: PathOptions,
  cwd: string,
): Promise<readonly Exclusion[]> {
  const folders: string[] = [];
  for (const path of paths) {
    const isFolder = await stat(resolve(cwd, path)).then(
      (info) => info.isDirectory(),
      () => false,
    );
    if (isFolder) folders.push(resolve(cwd, path));
  }
  const named = excludeFrom === undefined ? [] : [await readExclusion(resolve(cwd, excludeFrom))];
  const found = await findExclusions([...new Set([...folders, ...(folders.length > 0 ? [cwd] : [])])]);
  const exclusions = [
    ...(exclude.length > 0 ? [cwd, ...folders].map((folder) => ({ folder, patterns: exclude, own: true })) : []),
    ...named,
    // One that is named is the user's own.
    ...found.filter(({ file }) => named.every((own) => own.file !== file)),
  ];
  excluderOf(exclusions);
  return exclusions;
}

/** The top of the repository that `folder` lies in, which its reports name files from; `folder` where there is none. */
export async function repositoryOf(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, '.git'))) return at;
    if (at === dirname(at)) return folder;
  }
}
