import * as path from 'node:path';
import { l10n, workspace, type Uri } from 'vscode';
import { messageOf, UserError } from '../core/user-error.js';
import type { TaskFile } from '../scan/static-job.js';
import { modelName } from './appearance.js';

/** A file that is not on a disk of this machine comes whole, or not at all; bytes. */
const REMOTE_LIMIT = 128 * 1024 * 1024;

/**
 * A model as the readers take it: by its path, so that of gigabytes only the parts that matter are read, or as its bytes.
 * @throws UserError when a file of another file system is too large, or cannot be read.
 */
export async function taskFileOf(uri: Uri): Promise<TaskFile> {
  if (uri.scheme === 'file') return { path: uri.fsPath };
  const name = path.posix.basename(uri.path);
  try {
    const { size } = await workspace.fs.stat(uri);
    if (size <= REMOTE_LIMIT) return { bytes: await workspace.fs.readFile(uri), name };
  } catch (error) {
    const why = messageOf(error);
    throw new UserError(
      l10n.t('{0} cannot be read: {1} Save it to a folder of this machine and open it there.', modelName(uri), why),
    );
  }
  throw new UserError(
    l10n.t(
      '{0} is not on a disk of this machine ({1}:) and larger than {2} MiB, so it was not fetched. Save it to a folder of this machine and open it there.',
      modelName(uri),
      uri.scheme,
      REMOTE_LIMIT / 1024 ** 2,
    ),
  );
}

export async function exists(file: Uri): Promise<boolean> {
  try {
    await workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}
