/** Prints and runs the steps of set-up: every step is printed before it is done. Node's own modules only. */
import { spawn } from 'node:child_process';

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** A failure that the user can act on: shown as its message alone. */
export class SetupError extends Error {}

/** Runs a script, which returns its exit code. `onError` returns the exit code after an error. */
export function runScript(main, onError = () => 2) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      say(error instanceof SetupError ? error.message : String(error?.stack ?? error));
      process.exitCode = onError();
    },
  );
}

/**
 * Runs a program to its end, with its output on standard error. Rejects with a SetupError that names the command.
 * `quiet` keeps the output back unless it fails.
 */
export function run(command, args, { quiet = false, env = process.env, cwd = process.cwd(), input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio: [input ?? 'ignore', 'pipe', 'pipe'] });
    let tail = '';
    const take = (chunk) => {
      if (!quiet) process.stderr.write(chunk);
      tail = (tail + chunk).slice(-4000);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new SetupError(
            `\`${command} ${args.join(' ')}\` ended with ${signal ?? `exit code ${code}`}.${quiet ? `\n${tail}` : ''}`,
          ),
        );
    });
  });
}

/** Runs a program with this terminal as its own; returns its exit code. */
export function runAttached(command, args, { env = process.env, cwd = process.cwd() } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio: 'inherit' });
    const pass = (signal) => child.kill(signal);
    // Ctrl-C reaches the child through the terminal; it decides what to leave in order.
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    process.on('SIGTERM', pass);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** True where packages may be installed without asking: root on Debian or a system made from it. */
export async function isDebianRoot() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const { existsSync } = await import('node:fs');
  return existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version');
}

let updated = false;

/** Installs Debian packages, saying so first. Only where `isDebianRoot()`. */
export async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  say(`Installing from Debian: ${packages.join(', ')}`);
  if (!updated) await run('apt-get', ['update', '-qq'], { quiet: true, env });
  updated = true;
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { quiet: true, env });
}

/** Whether a program is on the PATH. */
export async function has(program) {
  const { access, constants } = await import('node:fs/promises');
  const { delimiter, join } = await import('node:path');
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (
      await access(join(folder, program), constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}

/** The folder for what can be made again, where the program has it. The packages have to be installed. */
export async function cacheFolder() {
  const { importSources } = await import('./sources.mjs');
  const sources = await importSources("export { cacheFolder } from './src/docker/cache.ts';");
  return sources.cacheFolder();
}
