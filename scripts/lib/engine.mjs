/**
 * Makes sure of a container engine and of the sandbox's base image: the engine that is there is used; as root on Debian one is installed and started
 * for as long as it is needed; anywhere else the error says what to do.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptInstall, cacheFolder, has, isDebianRoot, run, say, SetupError } from './step.mjs';

export const BASE_IMAGE = 'debian:trixie-slim';
const START_SECONDS = 60;
const PULL_SECONDS = 120;

/**
 * Returns `{ env, stop }`: the environment in which DynScan finds the engine, and a function that ends what was started here (and only that). Throws
 * a SetupError when no engine is available.
 */
export async function ensureEngine() {
  const found = await answeringEngine(process.env);
  if (found) return { env: process.env, stop: async () => undefined };
  if (!(await isDebianRoot())) {
    throw new SetupError(
      'No container engine answers. Start Docker or Podman, or install it (Debian and Ubuntu: `sudo apt-get install docker.io`), and try again.',
    );
  }
  if (!(await has('dockerd'))) await aptInstall(['docker.io', 'iptables', 'ca-certificates']);
  // A package's service may be starting by itself, where services start.
  if (await answeringEngine(process.env)) return { env: process.env, stop: async () => undefined };
  return startPrivateEngine();
}

/** Makes sure that the engine has the base image: pulled, or else made from the distribution's own packages. */
export async function ensureBase(env) {
  const docker = await client(env);
  if (await hasImage(docker)) return;
  say(`Pulling ${BASE_IMAGE}`);
  const problem = await pull(docker).then(
    () => undefined,
    (error) => error,
  );
  if (await hasImage(docker)) return;
  const why = String(problem?.message ?? 'no answer').slice(0, 200);
  if (!(await isDebianRoot())) {
    throw new SetupError(
      `${BASE_IMAGE} could not be pulled (${why}). Check the network, or pull it where a registry can be reached.`,
    );
  }
  say(`No registry gives it (${why.split('\n')[0]}); making it from Debian's packages`);
  if (!(await has('debootstrap'))) await aptInstall(['debootstrap']);
  const folder = await mkdtemp(join(tmpdir(), 'dynscan-base-'));
  try {
    const root = join(folder, 'root');
    await run('debootstrap', ['--variant=minbase', 'trixie', root], { quiet: true });
    const tar = spawn('tar', ['-C', root, '--exclude=./var/cache/apt/archives/*.deb', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [repo, tag] = BASE_IMAGE.split(':');
    const stream = await docker.importImage(tar.stdout, { repo, tag });
    await drain(docker, stream);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (!(await hasImage(docker))) throw new SetupError(`${BASE_IMAGE} was made but the engine does not have it.`);
}

/** A daemon for DynScan alone: own socket, own folders, no bridge and no firewall rules, gone when `stop` is called. */
async function startPrivateEngine() {
  const data = join(await cacheFolder(), 'engine');
  const state = await mkdtemp(join(tmpdir(), 'dynscan-engine-'));
  const socket = `unix://${join(state, 'docker.sock')}`;
  const logPath = join(data, 'dockerd.log');
  await mkdir(data, { recursive: true });
  say('Starting a container engine for this run');
  const log = await open(logPath, 'w');
  const daemon = spawn(
    'dockerd',
    [
      ...[
        '--host',
        socket,
        '--data-root',
        join(data, 'data'),
        '--exec-root',
        join(state, 'exec'),
        '--pidfile',
        join(state, 'pid'),
      ],
      ...['--bridge=none', '--iptables=false', '--ip6tables=false'],
    ],
    // A group of its own: Ctrl-C must not take the engine from under a scan that is cleaning up.
    { stdio: ['ignore', log.fd, log.fd], detached: true },
  );
  await log.close();
  let ended = false;
  const closed = new Promise((resolve) => daemon.on('close', () => resolve((ended = true))));
  daemon.on('error', () => (ended = true));
  const env = { ...process.env, DOCKER_HOST: socket };
  const stop = async () => {
    if (!ended) daemon.kill('SIGTERM');
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 20_000).unref())]);
    if (!ended) daemon.kill('SIGKILL');
    // The daemon leaves its network namespace mounted.
    await run('umount', [join(state, 'exec/netns/default')], { quiet: true }).catch(() => undefined);
    await rm(state, { recursive: true, force: true });
  };
  for (let waited = 0; waited < START_SECONDS * 4; waited += 1) {
    if (ended) break;
    if (await answeringEngine(env)) return { env, stop };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await stop();
  const tail = (await readFile(logPath, 'utf8')).split('\n').slice(-6).join('\n');
  throw new SetupError(
    `dockerd did not start; its log is ${logPath} and ends:\n${tail}\nThe machine may lack the rights that containers need.`,
  );
}

async function answeringEngine(env) {
  try {
    await (await client(env, 3_000)).ping();
    return true;
  } catch {
    return false;
  }
}

/** A client of the engine that `env` leads to. `timeout`: of a request, in milliseconds. */
export async function client(env, timeout) {
  const { default: Docker } = await import('dockerode');
  if (env.DOCKER_HOST?.startsWith('unix://'))
    return new Docker({ socketPath: env.DOCKER_HOST.slice('unix://'.length), timeout });
  if (env.DOCKER_HOST) return new Docker({ timeout });
  const { existsSync } = await import('node:fs');
  const { homedir } = await import('node:os');
  const sockets = [
    '/var/run/docker.sock',
    join(env.XDG_RUNTIME_DIR ?? '/nowhere', 'docker.sock'),
    join(homedir(), '.docker/run/docker.sock'),
  ];
  return new Docker({ socketPath: sockets.find((path) => existsSync(path)) ?? sockets[0], timeout });
}

function hasImage(docker) {
  return docker
    .getImage(BASE_IMAGE)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

async function pull(docker) {
  const abort = AbortSignal.timeout(PULL_SECONDS * 1000);
  const stream = await docker.pull(BASE_IMAGE, { abortSignal: abort });
  await drain(docker, stream);
}

function drain(docker, stream) {
  return new Promise((resolve, reject) =>
    docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())),
  );
}
