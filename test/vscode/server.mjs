/** Starts and ends the programs that the editor tests drive: VS Code's server and a browser. Each on its own folders. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const START_LIMIT = 60_000;

/** No first-run pages, no pop-ups, no look-ups: what is on the screen is there because of a test. */
const CALM = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'window.menuBarVisibility': 'compact',
  'git.enabled': false,
  'security.workspace.trust.startupPrompt': 'never',
};

/**
 * @param {{ server: string, folder: string, flags?: string[], env?: Record<string, string> }} options
 *   `server` has `out/server-main.js`; `folder` is where it may keep its data
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>}
 */
export async function startServer({ server, folder, flags = [], env = {} }) {
  await mkdir(join(folder, 'extensions'), { recursive: true });
  await writeSettings(folder, {});
  const args = [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--without-connection-token',
    '--telemetry-level',
    'off',
    ...flags,
  ];
  const child = spawn(process.execPath, [...serverArguments(server, folder), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // Its own process group: the extension hosts go with it.
    process.kill(-child.pid, 'SIGKILL');
    await gone;
  };
  try {
    return { port: await portOf(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Settings of the machine, for a server on `folder`, which takes them up at once. */
export async function writeSettings(folder, settings) {
  const machine = join(folder, 'data', 'data', 'Machine');
  await mkdir(machine, { recursive: true });
  await writeFile(join(machine, 'settings.json'), JSON.stringify({ ...CALM, ...settings }));
}

/** Installs a packaged extension for servers that are started on `folder`. */
export async function installExtension({ server, folder, vsix }) {
  const child = spawn(process.execPath, [...serverArguments(server, folder), '--install-extension', vsix], {
    stdio: ['ignore', 2, 2],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`VS Code did not install ${vsix} (exit code ${code}).`);
}

/** @returns {Promise<import('playwright-core').Browser>} */
export function startBrowser(executablePath) {
  const flags = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  // Chromium's own sandbox needs user namespaces, which root in a container does not have.
  const args = [...flags, '--no-sandbox', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, args });
}

function serverArguments(server, folder) {
  const folders = ['--server-data-dir', join(folder, 'data'), '--extensions-dir', join(folder, 'extensions')];
  return [join(server, 'out', 'server-main.js'), '--accept-server-license-terms', ...folders];
}

function portOf(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const onData = (chunk) => {
      output += chunk;
      const port = /agent listening on (\d+)/.exec(output)?.[1];
      if (port) resolve(Number(port));
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`VS Code's server ended with exit code ${code}:\n${output}`)));
    const late = () => reject(new Error(`VS Code's server did not start in ${START_LIMIT / 1000} s:\n${output}`));
    setTimeout(late, START_LIMIT).unref();
  });
}
