/**
 * One run of one model in one throw-away container. The container holds no network but the sinkhole's loopback, a read-only root, no capability for
 * the model's process, and the model's file alone. The results are a raw trace, a bounded part of the model's output, and the end of the run; all of
 * it is hostile.
 */
import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import * as z from 'zod';
import type { Settings } from '../config/settings.js';
import { FORMATS, type Format, type LoadableFormat } from '../core/formats.js';
import { MODEL_HOME } from '../core/tool.js';
import { throwIfCancelled } from '../core/user-error.js';
import {
  attach,
  createContainer,
  Demultiplexer,
  disposeOf,
  engineError,
  untilAborted,
  type ContainerSpec,
} from './container.js';
import type { Engine } from './engine.js';
import type { SandboxImage } from './image.js';
import { seccompProfile, type CallPolicy } from './seccomp.js';
import type { Network, NetworkRecord } from './sinkhole.js';

export const SCRATCH = ['/tmp', '/dev/shm'] as const;
/** Where data of services and of others lies: each a small file system that only the supervisor writes to. */
export const DATA_PLACES = [
  '/srv',
  '/data',
  '/mnt',
  '/var/log',
  '/var/mail',
  '/var/backups',
  '/etc/ssl/private',
] as const;
/** Harmless models that come with the image, one per format. */
const HARMLESS_FOLDER = '/opt/dynscan/harmless';

/** The model's working directory when the caller names none. */
export const START_FOLDER = '/tmp';

/** The folder for code that comes with the model, on Python's path after all packages of the image. */
export const CODE_FOLDER = '/code';

/** Where Debian keeps the certificate authorities it trusts. */
const AUTHORITIES = '/etc/ssl/certs';
const AUTHORITIES_FILE = `${AUTHORITIES}/ca-certificates.crt`;
/** Output of the model that is kept, bytes. */
const OUTPUT_LIMIT = 64 * 1024;
/** How long the supervisor has to end a run after a stop request, and then the engine; after that the stream is closed. */
const STOP_GRACE_MS = 3_000;
/** How long the supervisor has to hash the model. */
const HASHING_MS = 10 * 60_000;
/** Bytes of the supervisor's messages besides the trace. The supervisor keeps to the limits above, and needs a fraction of this. */
const MESSAGES_LIMIT = 8 * 1024 * 1024;
/** Inodes of each scratch file system. */
const SCRATCH_INODES = 65_536;
/** Bytes of a string that strace shows; the runner's records fit. */
const STRING_BYTES = 4096;

export interface SandboxJob {
  /** The format whose loader is used, and whose imports are done first. */
  readonly format: LoadableFormat;
  /** Files on the host to mount, or a path of the image's own. */
  readonly model: MountedModel | { readonly imagePath: string };
  /** The host paths that the sandbox sees besides the model, read-only. */
  readonly mounts: readonly { readonly hostPath: string; readonly path: string }[];
  /** Path inside the container of the test case, which loads the model in place of the format's own loader. */
  readonly testCase?: string;
  /** Modules that the load is going to ask for; those that packages of the image have are imported before the model is read. */
  readonly imports: readonly string[];
  /** Whether there is code of the model's own in CODE_FOLDER. */
  readonly code: boolean;
  /** Names of `__main__` that get a stub class, because no file defines them. */
  readonly stubClasses: readonly string[];
  /** Its working directory, inside. */
  readonly folder: string;
  readonly nonce: string;
  readonly policy: CallPolicy;
  readonly settings: Settings;
  /** Written as the model's user before anything is traced; their folders are made. */
  readonly files: readonly PlantedFile[];
  /** The sinkhole's network: every connection of the model goes there. */
  readonly network: Network;
  /** Variables that the model finds besides the usual ones. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface MountedModel {
  /** The name of the file to load, or the common beginning of the names of all files. */
  readonly name: string;
  /** The format of the model; with a test case it need not be the one that `SandboxJob.format` loads. */
  readonly format: Format;
  readonly files: readonly MountedFile[];
}

export interface MountedFile {
  readonly hostPath: string;
  /** Below /model, parts divided by `/`. */
  readonly name: string;
}

export interface PlantedFile {
  /** Absolute, below a writable place: MODEL_HOME or SCRATCH; or below one of DATA_PLACES, and then not the model's to change. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Why a run ended. `lost`: the connection to the supervisor or the engine broke during the run. `message-limit`: the supervisor sent more than a
 * correct supervisor sends.
 */
export type RunEnd = 'finished' | 'stopped' | 'timeout' | 'trace-limit' | 'message-limit' | 'lost';

export interface SandboxResult {
  readonly end: RunEnd;
  /** The tracer's exit status; strace passes on that of the model's process, negative for a signal. */
  readonly tracerExit: number | undefined;
  /** Processes the kernel killed for want of memory. */
  readonly outOfMemory: number;
  /** Seconds by which time skipping moved the model's clock while every thread waited. */
  readonly skippedSeconds: number;
  /**
   * How the runner's wait for all that the model set for later ended, and how many waits of more than a day remained. `none`: there was no such wait.
   * `busy`: some thread was at work all the time. `cut`: it went on before the supervisor said so.
   */
  /** Of each process that was ended because it went on without its first thread: the signal of which that died, 0 where it ended itself. */
  readonly leaders: readonly number[];
  readonly rest: { readonly ended: 'none' | 'over' | 'busy' | 'cut'; readonly waiting: number };
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly omittedBytes: number;
  /** The tracer's own messages; empty in a good run. */
  readonly tracerMessages: string;
  /** Seconds from the engine's start call to the first byte of the trace, and to the end. */
  readonly startSeconds: number;
  readonly totalSeconds: number;
  /** SHA-256 of the model's files as the sandbox found them, in their order, before anything was loaded; undefined when it did not say. */
  readonly modelHashes: readonly string[] | undefined;
  /** What the kernel told the supervisor of files. */
  readonly witness: WitnessRecord;
  /** The conversations on its network. */
  readonly network: NetworkRecord;
}

/** A second witness beside the trace (sandbox/witness.py). Paths have one character per byte. */
export interface WitnessRecord {
  readonly acts: readonly { readonly kind: z.infer<typeof witnessedKind>; readonly paths: readonly string[] }[];
  /** Files that the run made or changed and that are there in the end, with their first bytes. */
  readonly left: readonly { readonly path: string; readonly content: Buffer }[];
  /** Whether it came to its end and missed nothing. */
  readonly complete: boolean;
}

export interface SandboxHooks {
  readonly signal: AbortSignal;
  /** Raw trace, as it is made. */
  readonly onTrace: (chunk: Uint8Array) => void;
  /** Hands out a way to end the run early: the result then says `stopped`. */
  readonly onStarted?: (stop: () => void) => void;
}

/** The model's path inside the container: its name, with the ending that its library asks for. */
export function pathInside(model: SandboxJob['model']): string {
  return 'imagePath' in model ? model.imagePath : placeInside(model.name, FORMATS[model.format].ending ?? '');
}

/** Each file is mounted by itself: links in a download cache lead to files elsewhere, and the other files beside those do not belong to the model. */
function modelMounts(model: SandboxJob['model']): SandboxJob['mounts'] {
  if ('imagePath' in model) return [];
  const ending = FORMATS[model.format].ending ?? '';
  return model.files.map(({ hostPath, name }) => ({
    hostPath,
    path: placeInside(name, name === model.name ? ending : ''),
  }));
}

/** The image's own model of a format. */
export function harmlessModel(format: LoadableFormat): string {
  return `${HARMLESS_FOLDER}/${format}${FORMATS[format].ending ?? ''}`;
}

/** Names are the model's: what is neither letter, digit nor one of `._-` becomes `_`. Letters of any script stay: code is imported by them. */
function placeInside(name: string, ending: string): string {
  const parts = name.split('/').map((part) => part.replace(/[^\p{L}\p{N}._-]/gu, '_').slice(0, 120) || 'model');
  const path = parts.join('/');
  return `/model/${path}${path.endsWith(ending) ? '' : ending}`;
}

/**
 * Runs a model to its end. Rejects with CancelledError when the signal aborts and with UserError when the engine cannot run the container; in every
 * case the container is gone when the promise settles. The network can serve one run only.
 *
 * Example: `const { end } = await runSandbox(engine, image, job, { signal, onTrace: (chunk) => trace.write(chunk) });`
 */
export async function runSandbox(
  engine: Engine,
  image: SandboxImage,
  job: SandboxJob,
  hooks: SandboxHooks,
): Promise<SandboxResult> {
  throwIfCancelled(hooks.signal);
  const token = randomUUID();
  const { id } = await create(engine, image, job, token, hooks.signal);
  const running = drive(engine.under(hooks.signal).getContainer(id), job, token, hooks);
  // As soon as the run is over: at the same time the network returns its record.
  const remove = () => disposeOf(engine, id, hooks.signal);
  const gone = running.then(remove, remove);
  try {
    const result = await running;
    return { ...result, network: await job.network.finish() };
  } catch (error) {
    throwIfCancelled(hooks.signal);
    throw engineError(error);
  } finally {
    await gone;
  }
}

async function create(
  engine: Engine,
  image: SandboxImage,
  job: SandboxJob,
  token: string,
  signal: AbortSignal,
): Promise<Docker.Container> {
  const { settings } = job;
  const scratch = `rw,noexec,nosuid,nodev,size=${settings.scratch}m,nr_inodes=${SCRATCH_INODES}`;
  const fence: ContainerSpec = {
    image: image.id,
    script: 'supervisor.py',
    label: job.nonce,
    token,
    // The tracer's: it starts the model as another user, reads its memory, and looks up in /proc what its descriptors are.
    // KILL is the supervisor's, to ring a timer when it moves the model's clock. The model's user has no capability, and
    // no-new-privileges keeps it so.
    capabilities: ['SETUID', 'SETGID', 'SYS_PTRACE', 'DAC_READ_SEARCH', 'KILL'],
    seccomp: seccompProfile(engine.architecture, job.policy),
    memory: settings.memory,
    pids: settings.pids,
    nofile: settings.nofile,
    tmpfs: {
      ...Object.fromEntries(SCRATCH.map((folder) => [folder, `${scratch},mode=1777`])),
      [MODEL_HOME]: `${scratch},mode=0700,uid=10001,gid=10001`,
      ...Object.fromEntries(
        DATA_PLACES.map((folder) => [folder, 'rw,noexec,nosuid,nodev,size=256k,nr_inodes=32,mode=0755']),
      ),
      [AUTHORITIES]: 'rw,noexec,nosuid,nodev,size=1m,nr_inodes=16,mode=0755',
      // The model's clock (sandbox/clock.c), one page that the supervisor makes.
      '/run/dynscan': 'rw,noexec,nosuid,nodev,size=64k,nr_inodes=4,mode=0755',
    },
    runtime: settings.runtime,
    more: {
      HostConfig: {
        // The sinkhole's namespace, with its name, its resolver and its hosts file.
        NetworkMode: `container:${job.network.containerId}`,
        NanoCpus: Math.round(settings.cpus * 1e9),
        // Of the engine's own shared memory, the number of files cannot be bounded: it gets a scratch file system instead.
        IpcMode: 'none',
        Mounts: [...modelMounts(job.model), ...job.mounts].map(({ hostPath, path }) => ({
          Type: 'bind',
          Source: hostPath,
          Target: path,
          ReadOnly: true,
          // Without what is mounted below a folder: read-only would not hold for that.
          BindOptions: { Propagation: 'rprivate', NonRecursive: true },
        })),
      },
    },
  };
  return createContainer(engine, fence, signal);
}

async function drive(
  container: Docker.Container,
  job: SandboxJob,
  token: string,
  hooks: SandboxHooks,
): Promise<Omit<SandboxResult, 'network'>> {
  const stream = await attach(container);
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const traceLimit = job.settings.traceLimit * 1024 * 1024;
  let traceBytes = 0;
  let firstTrace: number | undefined;
  let stopping: RunEnd | undefined;
  let grace: NodeJS.Timeout | undefined;
  const messages = new SupervisorMessages();

  const stop = (why: RunEnd): void => {
    if (stopping) return;
    stopping = why;
    stream.write(`${token} stop\n`);
    grace = setTimeout(() => {
      void container.kill().catch(() => undefined);
      // A relay of the streams may keep them open for ever.
      grace = setTimeout(() => stream.destroy(), STOP_GRACE_MS);
    }, STOP_GRACE_MS);
  };
  // The supervisor keeps the wall time itself; this is for a supervisor that cannot. It hashes the model before the time begins.
  const limit = (): NodeJS.Timeout =>
    setTimeout(
      () => {
        stop('timeout');
      },
      (job.settings.timeout + 5) * 1000 + (messages.modelHashes === undefined ? HASHING_MS : 0),
    );
  let wall = limit();

  try {
    const ended = new Promise<void>((resolve, reject) => {
      const demultiplex = new Demultiplexer((kind, chunk) => {
        // The stream may go on until the run is stopped: nothing more is kept but, after too much trace, the supervisor's counts at the end.
        if (messages.bytes > MESSAGES_LIMIT || (stopping === 'trace-limit' && kind === 1)) return;
        if (kind === 1) {
          firstTrace ??= seconds();
          traceBytes += chunk.length;
          if (traceBytes > traceLimit) stop('trace-limit');
          else hooks.onTrace(chunk);
        } else {
          const isHashed = messages.modelHashes !== undefined;
          messages.push(chunk);
          if (!isHashed && messages.modelHashes !== undefined) {
            clearTimeout(wall);
            wall = limit();
          }
          if (messages.bytes > MESSAGES_LIMIT) stop('message-limit');
        }
      });
      stream.on('data', (chunk: Buffer) => {
        try {
          demultiplex.push(chunk);
        } catch (error) {
          stream.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      stream.on('end', resolve);
      stream.on('close', resolve);
      // The connection broke: what comes is lost, what came stays.
      stream.on('error', () => {
        resolve();
      });
    });
    // Unhandled if start() rejects first.
    ended.catch(() => undefined);
    await container.start();
    // Until it has its job, the supervisor waits: nothing of the model's runs before the network is there.
    const { authority } = await untilAborted(job.network.ready, hooks.signal);
    // On a line of its own, after any text that came before.
    stream.write(`\n${token} ${JSON.stringify(describeJob(job, authority))}\n`);
    hooks.onStarted?.(() => {
      stop('stopped');
    });
    await ended;
  } finally {
    clearTimeout(wall);
    clearTimeout(grace);
    stream.destroy();
  }
  throwIfCancelled(hooks.signal);
  const { end } = messages;
  return {
    end:
      stopping ??
      (end ? (end.ended === 'timeout' ? 'timeout' : end.ended === 'stopped' ? 'stopped' : 'finished') : 'lost'),
    tracerExit: end?.exit,
    outOfMemory: end?.oom ?? 0,
    skippedSeconds: end?.skipped ?? 0,
    leaders: end?.leaders ?? [],
    rest: end?.rest ?? { ended: 'none', waiting: 0 },
    stdout: Buffer.concat(messages.stdout),
    stderr: Buffer.concat(messages.stderr),
    omittedBytes: messages.omittedBytes,
    tracerMessages: Buffer.concat(messages.tracer).toString('latin1'),
    startSeconds: firstTrace ?? seconds(),
    totalSeconds: seconds(),
    modelHashes: messages.modelHashes,
    witness: { acts: messages.acts, left: messages.left, complete: messages.lost === false },
  };
}

/** Counts runs: concurrent runs should use different processors. */
let turn = 0;

/** What the supervisor reads from the first line that begins with its token. */
function describeJob(job: SandboxJob, authority: string): object {
  const { policy } = job;
  const optional = (names: readonly string[]) => names.map((name) => `?${name}`).join(',');
  // Not strace's own -u: it changes the user under the filter, when no tracer listens yet, and each traced call then fails.
  const asModel = ['/usr/bin/setpriv', '--reuid=10001', '--regid=10001', '--clear-groups', '--inh-caps=-all'];
  const runner = [...asModel, '/usr/bin/python3', '-I', '-B', '/opt/dynscan/runner.py'];
  return {
    tracer: [
      'strace',
      '-f',
      ...['-ttt', '-y', '-s', String(STRING_BYTES), '--quiet=attach,personality'],
      // Untraced calls cost nothing; and with it goes --kill-on-exit: nothing outlives the tracer.
      '--seccomp-bpf',
      // The environment of a program, which can make it load a library (LD_PRELOAD); nothing else is printed at length.
      ...['-e', 'abbrev=!execve,execveat'],
      ...['-e', `trace=${optional(policy.traced)}`],
      ...['-e', `inject=${optional(policy.refused)}:error=EPERM`],
      ...['-e', `inject=${optional(policy.unavailable)}:error=ENOSYS`],
      ...['-e', `inject=${optional(policy.skipped)}:retval=0`],
      // Standard output of the first process: opened by the tracer itself, so no descriptor of it can be inherited.
      ...['-o', '/proc/1/fd/1'],
      ...runner,
    ],
    subject: JSON.stringify({
      nonce: job.nonce,
      format: job.format,
      path: pathInside(job.model),
      testCase: job.testCase,
      imports: job.imports,
      code: job.code ? CODE_FOLDER : undefined,
      standIns: job.stubClasses,
    }),
    folder: job.folder,
    authority: { path: AUTHORITIES_FILE, content: authority },
    files: job.files.map(({ path, content, mode }) => ({
      path,
      mode,
      foreign: DATA_PLACES.some((place) => path.startsWith(`${place}/`)),
      content: Buffer.from(content).toString('base64'),
    })),
    environment: {
      ...job.environment,
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: MODEL_HOME,
      USER: 'model',
      LOGNAME: 'model',
      SHELL: '/bin/sh',
      LANG: 'C.UTF-8',
      TMPDIR: '/tmp',
      TZ: job.settings.timezone,
      SSL_CERT_FILE: AUTHORITIES_FILE,
      REQUESTS_CA_BUNDLE: AUTHORITIES_FILE,
      CURL_CA_BUNDLE: AUTHORITIES_FILE,
      // One thread per library: fewer events that mean nothing.
      OMP_NUM_THREADS: '1',
      OPENBLAS_NUM_THREADS: '1',
      // TensorFlow's warnings and errors, without its remarks about the processor.
      TF_CPP_MIN_LOG_LEVEL: '1',
      // Caches in the scratch space. The rules say what these may hold besides (src/behavior/path-zones.ts).
      NUMBA_CACHE_DIR: '/tmp/numba',
      MPLCONFIGDIR: '/tmp/matplotlib',
      // For the workers that libraries start: the image is read-only.
      PYTHONDONTWRITEBYTECODE: '1',
      // ONNX Runtime otherwise writes an id of the machine into the home folder when it is imported, under a random name.
      ORT_DISABLE_TELEMETRY: '1',
    },
    turn: turn++,
    wallLimit: job.settings.timeout,
    model: modelMounts(job.model).map(({ path }) => path),
    places: [MODEL_HOME, ...SCRATCH, ...DATA_PLACES],
    outputLimit: OUTPUT_LIMIT,
  };
}

const witnessedKind = z.enum(['gone', 'made', 'written', 'opened']);
const witnessedPath = z.string().max(1024);

const messageSchema = z.discriminatedUnion('t', [
  z.object({ t: z.literal('out'), fd: z.union([z.literal(1), z.literal(2)]), d: z.base64() }),
  z.object({ t: z.literal('tracer'), d: z.base64() }),
  z.object({ t: z.literal('omitted'), bytes: z.int().min(0) }),
  z.object({ t: z.literal('model'), sha256: z.array(z.string().regex(/^(?:[\da-f]{64})?$/)).max(100_000) }),
  z.object({ t: z.literal('seen'), acts: z.array(z.tuple([witnessedKind, witnessedPath], witnessedPath)).max(200) }),
  z.object({ t: z.literal('left'), path: witnessedPath, d: z.base64() }),
  z.object({ t: z.literal('witnessed'), lost: z.boolean() }),
  z.object({
    t: z.literal('end'),
    ended: z.enum(['finished', 'stopped', 'timeout']),
    exit: z.int(),
    oom: z.int().min(0).nullable(),
    skipped: z.number().min(0),
    leaders: z.array(z.int().min(0).max(127)).max(100),
    rest: z.object({ ended: z.enum(['none', 'over', 'busy', 'cut']), waiting: z.int().min(0) }),
  }),
]);

/** The supervisor's JSON lines, bounded. */
class SupervisorMessages {
  static readonly #maxLine = 512 * 1024;
  static readonly #maxTracer = 16 * 1024;
  static readonly #maxActs = 5000;
  readonly stdout: Buffer[] = [];
  readonly stderr: Buffer[] = [];
  readonly tracer: Buffer[] = [];
  readonly acts: WitnessRecord['acts'][number][] = [];
  readonly left: WitnessRecord['left'][number][] = [];
  modelHashes: readonly string[] | undefined;
  /** Whether the second witness missed something; undefined until it says so. */
  lost: boolean | undefined;
  /** Of all that was said. */
  bytes = 0;
  end: Extract<z.infer<typeof messageSchema>, { t: 'end' }> | undefined;
  #rest = '';
  #outputBytes = 0;
  #tracerBytes = 0;
  #cutBytes = 0;
  #omittedBytes = 0;

  /** Of the model's output: what the supervisor left out, and what it should have left out. */
  get omittedBytes(): number {
    return this.#omittedBytes + this.#cutBytes;
  }

  push(chunk: Buffer): void {
    this.bytes += chunk.length;
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, SupervisorMessages.#maxLine);
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      // Not a message: a crash of the supervisor itself, in Python's words.
      this.#keepTracer(Buffer.from(`${line}\n`, 'latin1'));
      return;
    }
    const parsed = messageSchema.safeParse(json);
    if (!parsed.success) return;
    const message = parsed.data;
    switch (message.t) {
      case 'out':
        this.#keepOutput(message.fd === 1 ? this.stdout : this.stderr, Buffer.from(message.d, 'base64'));
        break;
      case 'tracer':
        this.#keepTracer(Buffer.from(message.d, 'base64'));
        break;
      case 'omitted':
        this.#omittedBytes = message.bytes;
        break;
      case 'model':
        this.modelHashes ??= message.sha256;
        break;
      case 'seen':
        for (const [kind, ...paths] of message.acts)
          if (this.acts.length < SupervisorMessages.#maxActs) this.acts.push({ kind, paths });
          else this.lost = true;
        break;
      case 'left':
        if (this.left.length < SupervisorMessages.#maxActs)
          this.left.push({ path: message.path, content: Buffer.from(message.d, 'base64') });
        break;
      case 'witnessed':
        this.lost = message.lost || this.lost === true;
        break;
      case 'end':
        this.end = message;
        break;
    }
  }

  #keepOutput(stream: Buffer[], data: Buffer): void {
    const part = data.subarray(0, OUTPUT_LIMIT - this.#outputBytes);
    this.#outputBytes += part.length;
    this.#cutBytes += data.length - part.length;
    if (part.length > 0) stream.push(part);
  }

  #keepTracer(text: Buffer): void {
    const part = text.subarray(0, SupervisorMessages.#maxTracer - this.#tracerBytes);
    this.#tracerBytes += part.length;
    if (part.length > 0) this.tracer.push(part);
  }
}
