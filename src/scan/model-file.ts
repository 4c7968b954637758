/** The model that an assistant names. */
import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { UserError } from '../core/user-error.js';
import { realPath } from '../model/path.js';
import { isInside } from '../model/source.js';

export interface NamedModel {
  /** As it is called in the folder that it was found in. */
  readonly path: string;
  /** Where links and `..` lead. */
  readonly real: string;
}

/**
 * What an assistant reads can steer it (prompt injection), so it may name only files of these folders, links followed; and one file at a time, because
 * whoever agrees to a folder cannot see what it holds. `path` is absolute, or from one of the folders. Throws UserError.
 */
export async function modelIn(folders: readonly string[], path: string): Promise<NamedModel> {
  const found = await placeIn(folders, path);
  if (found === undefined) throw new UserError('There is no such file in the folders of this workspace.');
  if (!(await stat(found.real)).isFile())
    throw new UserError('The tool takes one model, by the path of its file. This is a folder, or no regular file.');
  return found;
}

/** The file or folder, which can be one of these folders itself; undefined where there is none. */
export async function placeIn(folders: readonly string[], path: string): Promise<NamedModel | undefined> {
  for (const folder of folders) {
    const [home, real] = await Promise.all([folder, resolve(folder, path)].map(where));
    if (home === undefined || real === undefined || !isInside(real, home)) continue;
    // As the caller calls it, where the folder itself was given by a link.
    return { path: join(folder, relative(home, real)), real };
  }
  return undefined;
}

async function where(path: string): Promise<string | undefined> {
  return realPath(path).catch(() => undefined);
}
