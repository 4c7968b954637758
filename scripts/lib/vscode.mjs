/**
 * A real VS Code for the tests, from the npm registry alone: the server that the package `code-server` carries, which has
 * the same workbench and extension host as the desktop's, and Debian's Chromium to show it.
 */
import { execFile, spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** VS Code 1.139.1. */
const CODE_SERVER = '4.139.1';

const run = promisify(execFile);

/** Everything that is fetched once and kept between runs. */
export function cacheFolder() {
  return process.env.DYNSCAN_CACHE || join(homedir(), '.cache', 'dynscan');
}

/**
 * Makes sure of Chromium.
 * @returns {Promise<string>} its program
 */
export async function ensureChromium() {
  const there = await findChromium();
  if (there) return there;
  const asRoot = process.getuid?.() === 0;
  if (platform() !== 'linux' || !asRoot || !(await exists('/usr/bin/apt-get'))) {
    throw new Error(
      'The editor tests need Chromium. Install it (on Debian: apt-get install chromium) or set CHROMIUM.',
    );
  }
  say('Installing Chromium with apt-get, for the editor tests');
  await show('apt-get', ['update', '-q']);
  await show('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium']);
  const installed = await findChromium();
  if (!installed) throw new Error('apt-get installed the package chromium, but there is no program of that name.');
  return installed;
}

/**
 * Makes sure of the VS Code server. It is put together beside its final place and moved there when it is whole, so an
 * interrupted or a second installation does no harm.
 * @returns {Promise<string>} the folder with `out/server-main.js`
 */
export async function ensureServer() {
  const target = join(cacheFolder(), `vscode-server-${CODE_SERVER}`);
  if (await exists(join(target, '.complete'))) return target;
  await mkdir(dirname(target), { recursive: true });
  await removeLeftovers(target);
  say(`Fetching VS Code's server (code-server ${CODE_SERVER}) from npm, about 600 MB on disk`);
  const folder = await mkdtemp(`${target}.${process.pid}-`);
  try {
    await show('npm', ['pack', '--silent', `code-server@${CODE_SERVER}`], folder);
    await run('tar', ['-xzf', `code-server-${CODE_SERVER}.tgz`, 'package/lib/vscode'], { cwd: folder });
    const server = join(folder, 'package', 'lib', 'vscode');
    say("Installing the server's packages");
    await show('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], server);
    await writeFile(join(server, '.complete'), `${new Date().toISOString()}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(server, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return target;
}

async function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const wanted = process.env.CHROMIUM ? [process.env.CHROMIUM, ...candidates] : candidates;
  for (const candidate of wanted) if (await exists(candidate)) return candidate;
  return undefined;
}

/** Folders of installations whose process is gone. */
async function removeLeftovers(target) {
  const names = await readdir(dirname(target));
  for (const name of names.filter((entry) => entry.startsWith(`${basename(target)}.`))) {
    const pid = Number(name.slice(basename(target).length + 1).split('-')[0]);
    if (!isRunning(pid)) await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs a program with its output on standard error, where progress belongs. */
function show(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 2, 2], shell: platform() === 'win32' });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`${program} ${args.join(' ')} failed (${signal ?? `exit code ${code}`}); its output is above.`),
        );
    });
  });
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
