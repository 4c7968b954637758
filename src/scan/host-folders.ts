/**
 * Folders of this machine that the sandbox sees: the model's working directory and a shared folder, both read-only. The model can read every file in
 * such a folder, and a socket or a device works through a read-only mount; so folders with sockets or devices, and folders that hold the secrets or
 * the system of this machine, are refused.
 */
import { opendir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { isInside } from '../model/source.js';
import { escapeText } from '../core/escape.js';
import { isErrno, messageOf, UserError } from '../core/user-error.js';

export const WORK_FOLDER = '/work';
export const SHARED_FOLDER = '/shared';

/** A larger folder is not checked; the user has to name a smaller one. */
const MAX_ENTRIES = 50_000;
const OTHERS_MAY_ENTER = 0o005;
/** Of the system, with all that is in them. */
const SYSTEM = ['/proc', '/sys', '/dev', '/run', '/etc', '/boot', '/var/run', '/var/lib'];

export interface HostFolders {
  readonly mounts: readonly { readonly hostPath: string; readonly path: string }[];
  /** The working directory inside, when one was chosen. */
  readonly folder: string | undefined;
}

/** Throws UserError for a folder that cannot or must not be mounted. */
export async function hostFolders({ cwd, sharedFolder }: Settings): Promise<HostFolders> {
  const chosen = [
    ...(cwd === '' ? [] : [{ setting: 'cwd', given: cwd, path: WORK_FOLDER }]),
    ...(sharedFolder === '' ? [] : [{ setting: 'sharedFolder', given: sharedFolder, path: SHARED_FOLDER }]),
  ];
  const mounts: HostFolders['mounts'][number][] = [];
  for (const { setting, given, path } of chosen) mounts.push({ hostPath: await checkFolder(given, setting), path });
  return { mounts, folder: cwd === '' ? undefined : WORK_FOLDER };
}

async function checkFolder(given: string, setting: string): Promise<string> {
  const refuse = (why: string): UserError =>
    new UserError(`The setting ${setting} names ${escapeText(given)}, which ${why}`);
  if (!isAbsolute(given)) throw refuse('is no full path. Name the folder from the root.');
  let path: string;
  let mode: number;
  try {
    path = await realpath(given);
    const info = await stat(path);
    if (!info.isDirectory()) throw refuse('is no folder. Name a folder.');
    mode = info.mode;
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw refuse(`cannot be read: ${escapeText(error.message)}`);
  }
  const home = await realpath(homedir()).catch(() => homedir());
  if (isInside(home, path))
    throw refuse(
      'holds your home folder: the model would read your own secrets. Choose a folder with what it needs alone.',
    );
  if (SYSTEM.some((folder) => isInside(path, folder)) || path === '/usr' || path === '/var')
    throw refuse('belongs to the system of this machine. Choose a folder with what the model needs alone.');
  if (process.platform !== 'win32' && (mode & OTHERS_MAY_ENTER) !== OTHERS_MAY_ENTER)
    throw refuse(
      "other users may not read, and the model's process is another user. Allow it (chmod o+rx), or choose another folder.",
    );
  await refuseSpecialFiles(path, refuse);
  return path;
}

async function refuseSpecialFiles(root: string, refuse: (why: string) => UserError): Promise<void> {
  const waiting = [root];
  let entries = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const listing = await opendir(folder).catch((error: unknown) => {
      throw refuse(`cannot be looked through: ${escapeText(messageOf(error))}`);
    });
    for await (const entry of listing) {
      entries += 1;
      if (entries > MAX_ENTRIES)
        throw refuse(`has more than ${MAX_ENTRIES} files in it. Choose a folder with what the model needs alone.`);
      const path = join(folder, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (!entry.isFile() && !entry.isSymbolicLink())
        throw refuse(
          `has a socket, pipe or device in it (${escapeText(path)}). Through it the model could reach programs of this machine.`,
        );
    }
  }
}
