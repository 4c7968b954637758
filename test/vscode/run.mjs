/**
 * The editor tests: `node test/vscode/run.mjs [--result FILE] [host] [restricted] [speed] [user] [desktop]`.
 *
 * host        the suite inside a real extension host, in a trusted folder
 * restricted  the suite for Restricted Mode
 * speed       the figures of the suite for `npm run bench`, in a folder without models
 * user        a person's clicks in a real VS Code with the packaged extension
 * desktop     the host suite in a desktop VS Code, which @vscode/test-electron downloads
 *
 * Without names: host, restricted and user. Where $DYNSCAN_TEST_GREP is set, only tests whose names contain it are run.
 * FILE gets one line of JSON: {passed, failed, failures, seconds}, and the figures of the rings host and speed.
 */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL, URLSearchParams } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { packageExtension } from '../../scripts/package.mjs';
import { ROOT } from '../../scripts/lib/project.mjs';
import { say } from '../../scripts/lib/step.mjs';
import { ensureChromium, ensureServer } from '../../scripts/lib/vscode.mjs';
import { makeCases, makeProject } from './models.mjs';
import { installExtension, startBrowser, startServer, writeSettings } from './server.mjs';

const HOST_LIMIT = 900_000;
/**
 * The one setting of DynScan that the manifest of the restricted ring restricts. VS Code hands the others of an untrusted folder to the extension, as an
 * editor without such a list does, so that the ring sees the extension ignore them.
 */
const WITHHELD = 'severity';
const out = join(ROOT, 'out', 'vscode');

const RINGS = {
  host: (setup) => extensionHost(setup, 'host', ['--disable-workspace-trust']),
  restricted: (setup) => extensionHost(setup, 'restricted', []),
  speed: (setup) => extensionHost(setup, 'speed', ['--disable-workspace-trust']),
  user,
  desktop,
};

// Leaving runs the exit handlers, which end the server and the browser.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const { values, positionals } = parseArgs({ options: { result: { type: 'string' } }, allowPositionals: true });
const names = positionals.length > 0 ? positionals : ['host', 'restricted', 'user'];
const unknown = names.find((name) => !Object.hasOwn(RINGS, name));
if (unknown !== undefined) throw new Error(`There is no ring ${unknown}; there are ${Object.keys(RINGS).join(', ')}.`);

await rm(out, { recursive: true, force: true });
await Promise.all(['suite', 'user'].map(bundle));
const vsix = await packageExtension();
const total = { passed: 0, failed: 0, failures: [], seconds: {} };
for (const name of names) {
  const start = performance.now();
  const { passed, failed, failures, ...more } = await inFreshFolder(name, (setup) => RINGS[name](setup));
  Object.assign(total, more, { passed: total.passed + passed, failed: total.failed + failed });
  total.failures.push(...failures.map((failure) => `${name}: ${failure}`));
  total.seconds[name] = Math.round((performance.now() - start) / 100) / 10;
  say(`${name}: ${passed} passed, ${failed} failed, ${total.seconds[name]} s`);
}
if (values.result) await writeFile(values.result, `${JSON.stringify(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function bundle(ring) {
  await build({
    entryPoints: [join(ROOT, 'test', 'vscode', ring, 'index.ts')],
    outfile: join(out, ring, 'index.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha', 'playwright-core'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

/** Each ring has a workspace of its own, whose models it may change and delete, and a VS Code that nothing is left in. */
async function inFreshFolder(name, work) {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'dynscan-vscode-'));
  const workspace = join(folder, 'workspace');
  try {
    await mkdir(workspace);
    if (name !== 'speed') await makeProject(workspace);
    return await work({ folder, workspace });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The smoke-test flag makes the built workbench take a test suite from its address. */
async function extensionHost({ folder, workspace }, ring, flags) {
  if (ring !== 'speed') await makeCases(workspace);
  const opened = ring === 'speed' ? { workspace: await makeWorkspaceFile(folder, workspace) } : { folder: workspace };
  const [server, chromium] = [await ensureServer(), await ensureChromium()];
  // As it is packaged, and not as a build that runs at the same time has left it.
  const extension = await installExtension({ server, folder, vsix });
  if (ring === 'restricted') await restrictOnly(extension, WITHHELD);
  const result = join(folder, 'result.json');
  const env = { DYNSCAN_TEST_RING: ring, DYNSCAN_TEST_RESULT: result, DYNSCAN_TEST_WITHHELD: WITHHELD };
  const started = await startServer({ server, folder, flags: ['--enable-smoke-test-driver', ...flags], env });
  const browser = await startBrowser(chromium);
  try {
    const page = await browser.newPage();
    const ended = new Promise((resolve, reject) => {
      page.exposeFunction('codeAutomationLog', () => undefined);
      page.exposeFunction('codeAutomationExit', resolve);
      setTimeout(() => reject(new Error(`The suite did not end in ${HOST_LIMIT / 1000} s.`)), HOST_LIMIT).unref();
    });
    const authority = `127.0.0.1:${started.port}`;
    const payload = [
      ['extensionDevelopmentPath', `vscode-remote://${authority}${extension}`],
      ['extensionTestsPath', `vscode-remote://${authority}${join(out, 'suite', 'index.cjs')}`],
      ['skipWelcome', 'true'],
    ];
    const query = new URLSearchParams({ ...opened, payload: JSON.stringify(payload) });
    await page.goto(`http://${authority}/?${query}`);
    await ended;
    return JSON.parse(await readFile(result, 'utf8'));
  } finally {
    say(await readFile(`${result}.log`, 'utf8').catch(() => `The suite of ring ${ring} said nothing.`));
    await browser.close();
    await started.stop();
  }
}

/** A workspace that folders can be added to without a new extension host. */
async function makeWorkspaceFile(folder, workspace) {
  const file = join(folder, 'speed.code-workspace');
  await writeFile(file, JSON.stringify({ folders: [{ path: workspace }] }));
  return file;
}

/** Takes all settings but one from those that VS Code keeps an untrusted folder from setting. */
async function restrictOnly(extension, setting) {
  const file = join(extension, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = [`dynscan.${setting}`];
  await writeFile(file, JSON.stringify(manifest));
}

async function user({ folder, workspace }) {
  const [server, chromium] = [await ensureServer(), await ensureChromium()];
  await installExtension({ server, folder, vsix });
  const started = await startServer({ server, folder, flags: ['--disable-workspace-trust'] });
  const browser = await startBrowser(chromium);
  try {
    const { run } = await import(pathToFileURL(join(out, 'user', 'index.cjs')).href);
    const images = process.env.DYNSCAN_SCREENSHOTS === '1' ? join(ROOT, 'docs', 'images') : undefined;
    const address = `http://127.0.0.1:${started.port}`;
    const failureImage = join(out, 'failure.png');
    return await run({
      browser,
      address,
      workspace,
      images,
      failureImage,
      writeSettings: (settings) => writeSettings(folder, settings),
    });
  } finally {
    await browser.close();
    await started.stop();
  }
}

async function desktop({ folder, workspace }) {
  await makeCases(workspace);
  const { runTests } = await import('@vscode/test-electron');
  const result = join(folder, 'result.json');
  await runTests({
    extensionDevelopmentPath: ROOT,
    extensionTestsPath: join(out, 'suite', 'index.cjs'),
    extensionTestsEnv: { DYNSCAN_TEST_RING: 'host', DYNSCAN_TEST_RESULT: result },
    launchArgs: [workspace, '--disable-workspace-trust', '--disable-extensions'],
  });
  return JSON.parse(await readFile(result, 'utf8'));
}
