/** Finding and reaching a container engine: Docker, rootless Docker, Docker Desktop, Podman's Docker-compatible socket. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { execa } from 'execa';
import * as z from 'zod';
import type { Settings } from '../config/settings.js';
import { escapeAndCut } from '../report/escape.js';
import { UserError } from '../report/user-error.js';
import type { Architecture } from './seccomp.js';

const ANSWER_TIMEOUT_MS = 5_000;

export interface Engine {
  readonly docker: Docker;
  /** Where it was found, for people. */
  readonly endpoint: string;
  /** Product and version, as `Docker 20.10.24`. */
  readonly name: string;
  readonly architecture: Architecture;
  readonly runtimes: readonly string[];
  readonly cgroupVersion: string;
  readonly cores: number;
}

interface Endpoint {
  readonly host: string;
  /** Where the endpoint was named. */
  readonly source: string;
  readonly tls?: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };
}

const infoSchema = z.object({
  Architecture: z.string(),
  OSType: z.string(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  CgroupVersion: z.string().optional(),
  NCPU: z.number().min(1),
  SecurityOptions: z.array(z.string()).nullish(),
});

const versionSchema = z.object({
  Version: z.string(),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
});

/** Connects to the first engine that answers; a UserError names every endpoint that was tried and what to do. */
export async function connectEngine(settings: Pick<Settings, 'dockerHost'>): Promise<Engine> {
  const failures: string[] = [];
  for (const endpoint of await endpoints(settings.dockerHost)) {
    try {
      return await open(endpoint);
    } catch (error) {
      if (error instanceof UserError) throw error;
      failures.push(`${endpoint.host} (${endpoint.source}): ${reason(error)}`);
    }
  }
  throw new UserError(
    [
      'No container engine answers, so models cannot be run in a sandbox.',
      ...(failures.length > 0 ? [`Tried ${failures.join('; ')}.`] : ['No Docker or Podman socket was found.']),
      startAdvice(),
    ].join(' '),
  );
}

async function open(endpoint: Endpoint): Promise<Engine> {
  const docker = new Docker({ ...connection(endpoint), timeout: ANSWER_TIMEOUT_MS });
  const facts = infoSchema.parse(await docker.info());
  const version = versionSchema.parse(await docker.version());
  if (facts.OSType !== 'linux') {
    throw new UserError(
      `The container engine at ${endpoint.host} runs ${facts.OSType} containers; the sandbox needs Linux ones. Switch Docker Desktop to Linux containers.`,
    );
  }
  if (!(facts.SecurityOptions ?? []).some((option) => option.includes('seccomp'))) {
    throw new UserError(
      `The container engine at ${endpoint.host} has no seccomp, on which the sandbox rests. Use an engine built with it (any current Docker or Podman on Linux).`,
    );
  }
  const architecture = { x86_64: 'x86_64', amd64: 'x86_64', aarch64: 'aarch64', arm64: 'aarch64' }[facts.Architecture];
  if (architecture !== 'x86_64' && architecture !== 'aarch64') {
    throw new UserError(`The container engine runs on ${facts.Architecture}; the sandbox knows x86_64 and aarch64.`);
  }
  const product = version.Components?.[0]?.Name ?? 'Engine';
  return {
    // Builds and runs take longer than the answer to a first question.
    docker: new Docker(connection(endpoint)),
    endpoint: endpoint.host,
    name: `${product === 'Engine' ? 'Docker' : escapeAndCut(product, 40)} ${escapeAndCut(version.Version, 40)}`,
    architecture,
    runtimes: Object.keys(facts.Runtimes ?? {}),
    cgroupVersion: facts.CgroupVersion ?? 'unknown',
    cores: facts.NCPU,
  };
}

function connection(endpoint: Endpoint): Docker.DockerOptions {
  const url = new URL(endpoint.host);
  switch (url.protocol) {
    case 'unix:':
      return { socketPath: decodeURIComponent(url.pathname) };
    case 'npipe:':
      return { socketPath: url.pathname.replaceAll('/', '\\').replace(/^\\*/, '\\\\') };
    case 'tcp:':
    case 'http:':
    case 'https:':
      return {
        protocol: endpoint.tls || url.protocol === 'https:' ? 'https' : 'http',
        host: url.hostname,
        port: url.port || (endpoint.tls ? 2376 : 2375),
        ...endpoint.tls,
      };
    default:
      throw new Error(`DynScan reaches engines over unix, npipe and tcp, not ${url.protocol}//`);
  }
}

/** In order: the setting, DOCKER_HOST, the docker CLI's current context, the usual sockets. A named one is the only one. */
async function endpoints(configured: string): Promise<Endpoint[]> {
  if (configured) return [{ host: configured, source: 'the setting dockerHost' }];
  const fromEnvironment = process.env['DOCKER_HOST'];
  if (fromEnvironment) return [{ host: fromEnvironment, source: 'DOCKER_HOST', ...environmentTls() }];
  const context = await currentContext();
  const usual = usualSockets().filter(({ host }) => host !== context?.host);
  return [...(context ? [context] : []), ...usual];
}

function environmentTls(): Pick<Endpoint, 'tls'> {
  const folder = process.env['DOCKER_CERT_PATH'];
  if (!process.env['DOCKER_TLS_VERIFY'] || !folder) return {};
  return { tls: readTls(folder) };
}

function readTls(folder: string): NonNullable<Endpoint['tls']> {
  const read = (name: string) => readFileSync(join(folder, name));
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}

const contextSchema = z.tuple([
  z.object({
    Name: z.string(),
    Endpoints: z.object({ docker: z.object({ Host: z.string() }) }),
    TLSMaterial: z.record(z.string(), z.array(z.string())).nullish(),
    Storage: z.object({ TLSPath: z.string() }).nullish(),
  }),
]);

/** The engine API has no notion of contexts: only the docker CLI knows them. */
async function currentContext(): Promise<Endpoint | undefined> {
  try {
    const { stdout } = await execa('docker', ['context', 'inspect'], { timeout: ANSWER_TIMEOUT_MS, stdin: 'ignore' });
    const [context] = contextSchema.parse(JSON.parse(stdout));
    const hasTls = (context.TLSMaterial?.['docker']?.length ?? 0) >= 3 && context.Storage;
    return {
      host: context.Endpoints.docker.Host,
      source: `docker context ${escapeAndCut(context.Name, 60)}`,
      ...(hasTls ? { tls: readTls(join(context.Storage?.TLSPath ?? '', 'docker')) } : {}),
    };
  } catch {
    return undefined; // no docker CLI, or one without contexts: the sockets remain
  }
}

function usualSockets(): Endpoint[] {
  if (process.platform === 'win32') return [{ host: 'npipe:////./pipe/docker_engine', source: 'Docker Desktop' }];
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const sockets: (readonly [string | undefined, string])[] = [
    ['/var/run/docker.sock', 'Docker'],
    [runtime && join(runtime, 'docker.sock'), 'rootless Docker'],
    [join(homedir(), '.docker/run/docker.sock'), 'Docker Desktop'],
    [runtime && join(runtime, 'podman/podman.sock'), 'rootless Podman'],
    ['/run/podman/podman.sock', 'Podman'],
  ];
  return sockets.flatMap(([path, source]) => (path && existsSync(path) ? [{ host: `unix://${path}`, source }] : []));
}

/** The HTTP status of an engine's refusal. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/EACCES/.test(text))
    return 'permission denied; add yourself to the group that owns the socket (usually `docker`) and log in again';
  if (/ECONNREFUSED|ENOENT/.test(text)) return 'nothing listens there';
  return escapeAndCut(text, 200);
}

function startAdvice(): string {
  if (process.platform === 'linux') {
    return 'Start Docker (`sudo systemctl start docker`), or install it (Debian and Ubuntu: `sudo apt-get install docker.io`); as root on Debian `npm start` in a checkout of DynScan does both.';
  }
  return 'Start Docker Desktop, or install it, and try again.';
}
