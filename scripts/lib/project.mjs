/** The checkout itself: its packages installed, its bundles built, each only when something changed. Node's own modules only. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, say, SetupError } from './step.mjs';

export const ROOT = join(import.meta.dirname, '..', '..');
/** The Node that the project pins. */
export const NODE = join(ROOT, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
/** The package `node` fetches the Node of its version for this platform when it is installed. */
const WITH_INSTALL_SCRIPT = ['node'];
const STAMP = join(ROOT, 'node_modules/.dynscan-lock');
const BUILT = join(ROOT, 'dist/.built');

/** `npm ci` when the lock file is not the one that was installed. */
export async function ensurePackages() {
  const wanted = await readFile(join(ROOT, 'package-lock.json'), 'utf8');
  if (existsSync(NODE) && (await readFile(STAMP, 'utf8').catch(() => '')) === digest(wanted)) return;
  // npm would empty the folder that a link leads to, which this checkout does not own.
  const folder = await lstat(join(ROOT, 'node_modules')).catch(() => undefined);
  if (folder?.isSymbolicLink()) {
    throw new SetupError(
      'node_modules is a link, and what it leads to is not what package-lock.json asks for. Remove the link.',
    );
  }
  say('Installing packages (npm ci)');
  await npm(['ci', '--no-audit', '--no-fund']);
  // .npmrc lets no package run a script while it is installed; these are the ones that have to.
  await npm(['rebuild', '--ignore-scripts=false', ...WITH_INSTALL_SCRIPT]);
  if (!existsSync(NODE)) {
    throw new SetupError(
      'npm did not install the pinned Node (package `node`): its install script did not run. Try it by hand: `npm rebuild --ignore-scripts=false node`.',
    );
  }
  await writeFile(STAMP, digest(wanted));
}

/** The npm that runs this, or the one on PATH, in the checkout; its output shows when it fails. */
export async function npm(args) {
  const path = process.env.npm_execpath;
  // npm puts the pinned Node before the machine's own, and `npm ci` takes it away from under this process.
  const own = [process.env.npm_node_execpath, process.execPath].find((node) => node && !node.startsWith(ROOT));
  const [command, ...first] = path?.endsWith('.js')
    ? [own ?? 'node', path]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  await run(command, [...first, ...args], { quiet: true, cwd: ROOT });
}

/** Builds dist/ when a source is newer than it. */
export async function ensureBuilt() {
  const built = await stat(BUILT).catch(() => undefined);
  if (built && built.mtimeMs > (await newest(['src', 'webview', 'scripts/build.mjs', 'package.json']))) return;
  say('Building');
  await run(NODE, [join(ROOT, 'scripts/build.mjs')], { quiet: true, cwd: ROOT });
  await writeFile(BUILT, '');
}

/** An environment in which `node` is the pinned one. */
export function withPinnedNode(env) {
  return {
    ...env,
    PATH: `${join(ROOT, 'node_modules/node/bin')}:${join(ROOT, 'node_modules/.bin')}:${env.PATH ?? ''}`,
  };
}

async function newest(names) {
  let latest = 0;
  for (const name of names) {
    const path = join(ROOT, name);
    const info = await stat(path);
    latest = Math.max(latest, info.mtimeMs);
    if (!info.isDirectory()) continue;
    for (const entry of await readdir(path, { recursive: true })) {
      latest = Math.max(latest, (await stat(join(path, entry))).mtimeMs);
    }
  }
  return latest;
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex');
}
