/**
 * What the extension leaves behind when it is gone: VS Code runs `dist/uninstall.js` then. Removes the containers, the images and the data that can be
 * made again, here and in the storage of workspaces; the user's own choices (`configFolder`) stay. Nothing here fails: there may be no engine.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { DEFAULT_SETTINGS } from '../config/settings.js';
import { CACHE_FOLDERS, cacheFolder, privateFolder, writeCacheFile } from './cache.js';
import { removeContainers } from './container.js';
import { connectEngine } from './engine.js';
import { removeImages } from './image-list.js';
import { forgetGone } from './owner.js';

/** Milliseconds; what is not removed by then stays. */
const LIMIT = 120_000;
/** VS Code ends its script after five seconds. */
const LOADED_WITHIN = 3_000;
const WORK = 'work';
/** The name of the one folder that DynScan has in the storage of a workspace. */
const KEPT_FOLDER = 'results-1';

/** Remembers a folder of results in the storage of a workspace: only VS Code knows where that is, and it is not asked when the extension is gone. */
export async function rememberKept(folder: string): Promise<void> {
  try {
    const name = createHash('sha256').update(folder).digest('hex');
    await writeCacheFile(join(await privateFolder('editors'), name), folder);
  } catch {
    // VS Code removes the storage of a workspace that is gone.
  }
}

/** The program. `script`: its file. The first process starts a second one, which is not ended with it. */
export async function uninstall(script: string, [what]: readonly string[]): Promise<void> {
  if (what !== WORK) {
    await startWorker(script);
    return;
  }
  // From here on the script's file is not needed: it is removed with the extension.
  process.send?.('loaded');
  if (process.connected) process.disconnect();
  setTimeout(() => process.exit(), LIMIT).unref();
  await removeEverything(AbortSignal.timeout(LIMIT));
}

async function startWorker(script: string): Promise<void> {
  const worker = spawn(process.execPath, [script, WORK], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // In VS Code the program is Electron.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  await new Promise<void>((resolve) => {
    worker.once('message', () => resolve());
    worker.once('error', () => resolve());
    worker.once('exit', () => resolve());
    setTimeout(resolve, LOADED_WITHIN).unref();
  });
  if (worker.connected) worker.disconnect();
  worker.unref();
}

export async function removeEverything(signal: AbortSignal): Promise<void> {
  await removeData().catch(() => undefined);
  try {
    const engine = await connectEngine(DEFAULT_SETTINGS, signal);
    await removeContainers(engine, signal);
    await removeImages(DEFAULT_SETTINGS, { all: true });
  } catch {
    // There is no engine, or it has something else to do.
  }
  await forgetGone();
}

async function removeData(): Promise<void> {
  const root = cacheFolder();
  for (const folder of await keptFolders(join(root, 'editors'))) {
    await rm(folder, { recursive: true, force: true });
    await removeIfEmpty(dirname(folder));
  }
  for (const name of CACHE_FOLDERS) await rm(join(root, name), { recursive: true, force: true });
  // The user may have named a folder that holds more.
  await removeIfEmpty(root);
}

async function keptFolders(editors: string): Promise<string[]> {
  const names = await readdir(editors).catch(() => []);
  const folders = await Promise.all(names.map((name) => readFile(join(editors, name), 'utf8').catch(() => '')));
  return folders.filter((folder) => isAbsolute(folder) && basename(folder) === KEPT_FOLDER);
}

async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}
