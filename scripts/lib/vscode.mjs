/**
 * A real VS Code for the tests, from the npm registry alone: the server that the package `code-server` carries, which has
 * the same workbench and extension host as the desktop's, and Debian's Chromium to show it.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { aptInstall, cacheFolder, isDebianRoot, run, say, SetupError } from './step.mjs';

/** VS Code 1.139.1. */
const CODE_SERVER = '4.139.1';

const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/**
 * Makes sure of Chromium.
 * @returns {Promise<string>} its program
 */
export async function ensureChromium() {
  const there = findChromium();
  if (there) return there;
  if (!(await isDebianRoot())) {
    throw new SetupError(
      'The editor tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM.',
    );
  }
  await aptInstall(['chromium']);
  const installed = findChromium();
  if (!installed) throw new SetupError('Debian installed the package chromium, but there is no program of that name.');
  return installed;
}

/**
 * Makes sure of the VS Code server. It is put together beside its final place and moved there when it is whole, so an
 * interrupted or a second installation does no harm.
 * @returns {Promise<string>} the folder with `out/server-main.js`
 */
export async function ensureServer() {
  const target = join(await cacheFolder(), `vscode-server-${CODE_SERVER}`);
  if (isWhole(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  await removeLeftovers(target);
  const folder = await mkdtemp(`${target}.${process.pid}-`);
  try {
    say(`Fetching VS Code's server (code-server ${CODE_SERVER}, about 600 MB on disk) with npm`);
    await run(NPM, ['pack', '--silent', `code-server@${CODE_SERVER}`], { quiet: true, cwd: folder });
    const archive = `code-server-${CODE_SERVER}.tgz`;
    await run('tar', ['-xzf', archive, 'package/lib/vscode'], { quiet: true, cwd: folder });
    const server = join(folder, 'package', 'lib', 'vscode');
    say("Installing the server's packages with npm");
    const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run(NPM, ['install', ...flags], { quiet: true, cwd: server });
    await writeFile(join(server, '.complete'), '');
    await moveInto(server, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return target;
}

function isWhole(server) {
  return existsSync(join(server, '.complete'));
}

/** Another process may have been quicker: then its copy is as good. */
async function moveInto(server, target) {
  if (!isWhole(target)) await rm(target, { recursive: true, force: true });
  await rename(server, target).catch((error) => {
    if (!isWhole(target)) throw error;
  });
}

function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.CHROMIUM ?? '', ...candidates].find((candidate) => candidate !== '' && existsSync(candidate));
}

/** Folders of installations whose process is gone. */
async function removeLeftovers(target) {
  const begin = `${basename(target)}.`;
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(begin) || isRunning(Number(name.slice(begin.length).split('-')[0]))) continue;
    await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
