/** Starts and ends the programs that the editor tests drive: VS Code's server and a browser. Each on its own folders. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { NODE } from '../../scripts/lib/project.mjs';
import { run } from '../../scripts/lib/step.mjs';

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
  // Light or dark, as the browser says.
  'window.autoDetectColorScheme': true,
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
  const child = spawn(NODE, [...serverArguments(server, folder), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = once(child, 'exit');
  const kill = () => {
    // Its own process group: the extension hosts go with it.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  process.on('exit', kill);
  const stop = async () => {
    kill();
    await ended;
    process.off('exit', kill);
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
  for (const [scope, content] of Object.entries({ User: CALM, Machine: settings })) {
    await mkdir(join(folder, 'data', 'data', scope), { recursive: true });
    await writeFile(join(folder, 'data', 'data', scope, 'settings.json'), JSON.stringify(content));
  }
}

/**
 * Installs a packaged extension for servers that are started on `folder`.
 * @returns {Promise<string>} the folder that it was unpacked to
 */
export async function installExtension({ server, folder, vsix }) {
  await run(NODE, [...serverArguments(server, folder), '--install-extension', vsix], { quiet: true });
  const extensions = join(folder, 'extensions');
  const name = (await readdir(extensions)).find((entry) => entry.startsWith('dynscan.'));
  if (name === undefined) throw new Error(`VS Code installed ${vsix}, but not into ${extensions}.`);
  return join(extensions, name);
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
