/** Finding and reaching a container engine: Docker, rootless Docker, Docker Desktop, Podman's Docker-compatible socket. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import type Docker from 'dockerode';
import * as z from 'zod';
import type { Settings } from '../config/settings.js';
import { escapeAndCut } from '../core/escape.js';
import { messageOf, throwIfCancelled, UserError } from '../core/user-error.js';
import { inCheckout } from './checkout.js';
import type { Architecture } from './seccomp.js';
import { EngineRefusal, Transport, type CallBounds, type Connection } from './transport.js';

/** Timeout of the first questions in a search through several engines, which waits no longer for one that hangs. */
const FIRST_ANSWER_MS = 30_000;
/** A container is made and started within a second; a busy machine takes many. */
const ANSWER_MS = 120_000;
/** Timeout of calls that work on images: an answer may come when the work is done, and a step of a build may be silent for as long. */
const PATIENT_MS = 60 * 60_000;

export interface Engine {
  /** Its calls end by themselves, but with no signal. */
  readonly docker: Docker;
  /** The same engine, whose calls end with the signal. `patient`: for calls that work on images. */
  readonly under: (signal: AbortSignal, patient?: 'patient') => Docker;
  /** The endpoint at which the engine was found, for messages to the user. */
  readonly endpoint: string;
  /** Product and version, as `Docker 20.10.24`. */
  readonly name: string;
  readonly architecture: Architecture;
  readonly runtimes: readonly string[];
  readonly cgroupVersion: string;
  readonly cores: number;
  /** Of its host, bytes. */
  readonly memory: number;
}

interface Endpoint {
  readonly host: string;
  /** Where the endpoint was named. */
  readonly source: string;
  readonly certificates?: NonNullable<Connection['certificates']>;
}

const infoSchema = z.object({
  Architecture: z.string(),
  OSType: z.string(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  CgroupVersion: z.string().optional(),
  NCPU: z.number().min(1),
  // No container runs with less memory: an engine that reports such a value does not know it.
  MemTotal: z.number().min(64 * 1024 ** 2),
  SecurityOptions: z.array(z.string()).nullish(),
});

const versionSchema = z.object({
  Version: z.string(),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
});

/**
 * Connects to the first engine that answers; a UserError names every endpoint that was tried and the next step.
 *
 * Example: `const engine = await connectEngine(settings, signal);`
 */
export async function connectEngine(
  settings: Pick<Settings, 'dockerHost'>,
  signal: AbortSignal = new AbortController().signal,
  answerMs = ANSWER_MS,
): Promise<Engine> {
  const failures: string[] = [];
  const tried = await endpoints(settings.dockerHost);
  for (const endpoint of tried) {
    const connection = connectionTo(endpoint);
    try {
      // With nothing else to turn to, an engine that is busy is waited for as in every other call.
      const first = tried.length === 1 ? answerMs : Math.min(answerMs, FIRST_ANSWER_MS);
      return await open(connection, signal, answerMs, first);
    } catch (error) {
      throwIfCancelled(signal);
      if (error instanceof UnfitEngine) throw error;
      failures.push(`${endpoint.source}: ${messageOf(error)}`);
    }
  }
  throw new UserError(
    [
      'No container engine answers, so models cannot be run in a sandbox.',
      ...(failures.length > 0 ? [`Tried: ${failures.join(' ')}`] : ['No Docker or Podman socket was found.']),
      startAdvice(),
    ].join(' '),
  );
}

/** It answers, and cannot be used. */
class UnfitEngine extends UserError {}

type MakeClient = (connection: Connection, bounds: CallBounds, signal?: AbortSignal) => Docker;

/** Loaded with the first engine: it takes longer to load than all that is needed to read models. */
async function clients(): Promise<MakeClient> {
  const { default: Client } = await import('dockerode');
  return (connection, bounds, signal) => {
    // dockerode takes its transport from outside; its types do not know.
    const options: Docker.DockerOptions & { modem: Transport } = { modem: new Transport(connection, bounds, signal) };
    return new Client(options);
  };
}

/** `firstMs`: timeout of the questions that tell whether it is an engine; `answerMs`: of all later calls. */
async function open(connection: Connection, signal: AbortSignal, answerMs: number, firstMs: number): Promise<Engine> {
  const { address } = connection;
  const clientOf = await clients();
  const docker = clientOf(connection, { answer: firstMs, silence: firstMs }, signal);
  const [info, version] = [infoSchema.safeParse(await docker.info()), versionSchema.safeParse(await docker.version())];
  if (!info.success || !version.success)
    throw new UserError(`What listens at ${address} answers, but not as a container engine does.`);
  const facts = info.data;
  if (facts.OSType !== 'linux') {
    throw new UnfitEngine(
      `The container engine at ${address} runs ${escapeAndCut(facts.OSType, 20)} containers; the sandbox needs Linux ones. Switch Docker Desktop to Linux containers.`,
    );
  }
  if (!(facts.SecurityOptions ?? []).some((option) => option.includes('seccomp'))) {
    throw new UnfitEngine(
      `The container engine at ${address} has no seccomp, on which the sandbox rests. Use an engine built with it (any current Docker or Podman on Linux).`,
    );
  }
  const architecture = { x86_64: 'x86_64', amd64: 'x86_64', aarch64: 'aarch64', arm64: 'aarch64' }[facts.Architecture];
  if (architecture !== 'x86_64' && architecture !== 'aarch64') {
    throw new UnfitEngine(
      `The container engine runs on ${escapeAndCut(facts.Architecture, 20)}; the sandbox knows x86_64 and aarch64.`,
    );
  }
  const product = version.data.Components?.[0]?.Name ?? 'Engine';
  return {
    docker: clientOf(connection, { answer: answerMs, silence: answerMs }),
    under: (during, patient) => {
      const bound = patient ? PATIENT_MS : answerMs;
      return clientOf(connection, { answer: bound, silence: bound }, during);
    },
    endpoint: address,
    name: `${product === 'Engine' ? 'Docker' : escapeAndCut(product, 40)} ${escapeAndCut(version.data.Version, 40)}`,
    architecture,
    runtimes: Object.keys(facts.Runtimes ?? {})
      .slice(0, 50)
      .map((name) => escapeAndCut(name, 60)),
    cgroupVersion: escapeAndCut(facts.CgroupVersion ?? 'unknown', 10),
    cores: facts.NCPU,
    memory: facts.MemTotal,
  };
}

function connectionTo({ host, source, certificates }: Endpoint): Connection {
  const address = escapeAndCut(host, 200);
  let url: URL;
  try {
    url = new URL(host);
  } catch {
    throw new UserError(
      `"${address}" (${source}) is no address of a container engine. Write it like unix:///var/run/docker.sock or tcp://192.0.2.1:2376.`,
    );
  }
  switch (url.protocol) {
    case 'unix:':
      return { address, options: { socketPath: decodeURIComponent(url.pathname) }, tls: false };
    case 'npipe:':
      return {
        address,
        options: { socketPath: url.pathname.replaceAll('/', '\\').replace(/^\\*/, '\\\\') },
        tls: false,
      };
    case 'tcp:':
    case 'http:':
    case 'https:': {
      const tls = certificates !== undefined || url.protocol === 'https:';
      return {
        address,
        options: { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || (tls ? 2376 : 2375) },
        tls,
        ...(certificates ? { certificates } : {}),
      };
    }
    default:
      throw new UserError(
        `The container engine at ${address} (${source}) cannot be used: DynScan reaches engines over unix, npipe and tcp, not ${escapeAndCut(url.protocol, 20)}//. ` +
          'The engine has to see the files that are scanned, so use one on this machine (`docker context use default`, or the setting dockerHost); a socket that ssh forwards (`ssh -L`) counts as one.',
      );
  }
}

/** In order: the setting, DOCKER_HOST, the docker CLI's current context, the usual sockets. A named one is the only one. */
async function endpoints(configured: string): Promise<Endpoint[]> {
  if (configured) return [named(configured, 'the setting dockerHost')];
  const fromEnvironment = process.env['DOCKER_HOST'];
  if (fromEnvironment) return [named(fromEnvironment, 'DOCKER_HOST')];
  const context = await currentContext();
  // The default context is not the user's choice.
  if (context && context.name !== 'default') return [context];
  return [...(context ? [context] : []), ...usualSockets().filter(({ host }) => host !== context?.host)];
}

/** The address does not mention TLS: the environment's setting holds, as it does for docker. */
function named(host: string, source: string): Endpoint {
  if (!process.env['DOCKER_TLS_VERIFY'] || !/^(?:tcp|https?):/i.test(host)) return { host, source };
  const folder = process.env['DOCKER_CERT_PATH'];
  return {
    host,
    source,
    certificates: readCertificates(folder === undefined || folder === '' ? dockerFolder() : folder),
  };
}

function dockerFolder(): string {
  const chosen = process.env['DOCKER_CONFIG'];
  return chosen === undefined || chosen === '' ? join(homedir(), '.docker') : chosen;
}

function readCertificates(folder: string): NonNullable<Endpoint['certificates']> {
  const read = (name: string): Buffer => {
    try {
      return readFileSync(join(folder, name));
    } catch (error) {
      throw new UserError(
        `The engine is to be reached over TLS (DOCKER_TLS_VERIFY, or the docker context), and ${escapeAndCut(join(folder, name), 300)} cannot be read (${error instanceof Error ? escapeAndCut(error.message, 200) : ''}). Put ca.pem, cert.pem and key.pem there, or set DOCKER_CERT_PATH to where they are.`,
      );
    }
  };
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
async function currentContext(): Promise<(Endpoint & { readonly name: string }) | undefined> {
  const program = programOnPath('docker', process.env, process.platform);
  const context = program === undefined ? undefined : await inspectContext(program);
  if (context) {
    const certified = (context.TLSMaterial?.['docker']?.length ?? 0) >= 3 && context.Storage;
    return {
      name: context.Name,
      host: context.Endpoints.docker.Host,
      source: `docker context ${escapeAndCut(context.Name, 60)}`,
      ...(certified ? { certificates: readCertificates(join(context.Storage?.TLSPath ?? '', 'docker')) } : {}),
    };
  }
  const chosen = process.env['DOCKER_CONTEXT'];
  if (chosen !== undefined && chosen !== '' && chosen !== 'default') {
    throw new UserError(
      `DOCKER_CONTEXT names the context "${escapeAndCut(chosen, 60)}", and ${program === undefined ? 'there is no docker command on PATH that could say what that is' : 'docker does not say what that is (`docker context inspect`)'}. Correct or unset it, or name the engine with the setting dockerHost.`,
    );
  }
  return undefined; // no docker CLI, or one without contexts: the sockets remain
}

async function inspectContext(program: string): Promise<z.infer<typeof contextSchema>[0] | undefined> {
  try {
    const { execa } = await import('execa');
    const { stdout } = await execa(program, ['context', 'inspect'], {
      timeout: FIRST_ANSWER_MS,
      stdin: 'ignore',
      maxBuffer: 1024 * 1024,
    });
    return contextSchema.parse(JSON.parse(stdout))[0];
  } catch {
    return undefined;
  }
}

/**
 * Finds a program in the absolute folders of PATH only. Windows would look in the working folder first, and any system in a relative or empty entry:
 * the working folder may hold untrusted files.
 */
export function programOnPath(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string | undefined {
  const onWindows = platform === 'win32';
  const style = onWindows ? win32 : posix;
  // A path with neither drive nor server is relative, too: to the working folder's drive.
  const isAbsolute = (folder: string): boolean =>
    onWindows ? /^(?:[A-Za-z]:)?[\\/]{1,2}/.test(folder) && !/^[\\/](?![\\/])/.test(folder) : folder.startsWith('/');
  const variable = Object.keys(environment).find((key) => (onWindows ? key.toUpperCase() : key) === 'PATH');
  const folders = (variable === undefined ? '' : (environment[variable] ?? '')).split(style.delimiter);
  return folders
    .map((folder) => (onWindows ? folder.replace(/^"(.*)"$/, '$1') : folder))
    .filter(isAbsolute)
    .map((folder) => style.join(folder, onWindows ? `${name}.exe` : name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
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
  return error instanceof EngineRefusal ? error.statusCode : undefined;
}

function startAdvice(): string {
  if (process.platform === 'linux') {
    const { both = '' } = inCheckout({ both: '; as root on Debian `npm start` does both' });
    return `Start Docker (\`sudo systemctl start docker\`), or install it (Debian and Ubuntu: \`sudo apt-get install docker.io\`)${both}.`;
  }
  return 'Start Docker Desktop, or install it, and try again.';
}
