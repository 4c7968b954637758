/** What the containers of a scan share: owner labels, streams and removal. */
import { randomUUID } from 'node:crypto';
import { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import * as z from 'zod';
import { CancelledError, messageOf, throwIfCancelled, UserError } from '../core/user-error.js';
import { statusOf, type Engine } from './engine.js';
import { forgetGone, isGone, isThere, ownId, SURELY_OVER_MS } from './owner.js';
import { EngineRefusal } from './transport.js';

const RUN_LABEL = 'dynscan.run';
/** The random id of the process that owns the container; its process number follows for users who list containers. */
const OWNER_LABEL = 'dynscan.owner';
/** The same labels without an owner, for an image that was made from a container. */
export const NO_OWNER: Readonly<Record<string, string>> = { [RUN_LABEL]: '', [OWNER_LABEL]: '' };
/** After a cancel, the longest wait for clean-up; the engine goes on removing the containers that it was asked to remove. */
const CLEAN_UP_MS = 2_000;

/** Containers that could not be removed when their scan was over, by engine. */
const leftBehind = new Map<string, Set<string>>();

/**
 * Makes a container. `run`: any name for its purpose. An engine that is cancelled, or does not answer, may still have made the container: it is then
 * removed by its name.
 */
export async function makeContainer(
  engine: Engine,
  run: string,
  options: Docker.ContainerCreateOptions,
  signal: AbortSignal,
): Promise<Docker.Container> {
  throwIfCancelled(signal);
  const name = `dynscan-${randomUUID()}`;
  const labels = { ...options.Labels, [RUN_LABEL]: run, [OWNER_LABEL]: `${await ownId()}/${process.pid}` };
  const making = engine.docker.createContainer({ ...options, name, Labels: labels });
  try {
    const { id } = await untilAborted(making, signal);
    if (!/^[0-9a-f]{12,64}$/.test(id))
      throw new UserError(
        `The container engine at ${engine.endpoint} made a container and does not say which. Restart it, and scan again.`,
      );
    return engine.docker.getContainer(id);
  } catch (error) {
    // After a refusal there is no container.
    if (!(error instanceof EngineRefusal)) {
      const settled = making.then(
        () => undefined,
        () => undefined,
      );
      await disposeOf(engine, name, signal, settled);
    }
    throw engineError(error);
  }
}

/** A container's streams, in frames, and its input. */
export async function attach(container: Docker.Container): Promise<Duplex> {
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  // dockerode promises less than its transport hands over.
  if (!(stream instanceof Duplex)) throw new Error('the connection of the container was not handed over');
  return stream;
}

/** Waits for work that other callers may wait for, too: an abort ends the waiting, not the work. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // The work may fail when no caller waits any more.
  work.catch(() => undefined);
  throwIfCancelled(signal);
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(new CancelledError());
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const deadlines = new WeakMap<AbortSignal, Promise<void>>();

/** Waits for clean-up: to its end, or, when the scan is cancelled, for a moment that all of its clean-up shares. */
export async function whileCleaningUp(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let over = deadlines.get(signal);
  if (!over) {
    over = new Promise((resolve) => {
      const begin = (): void => {
        setTimeout(resolve, CLEAN_UP_MS).unref();
      };
      if (signal.aborted) begin();
      else signal.addEventListener('abort', begin, { once: true });
    });
    deadlines.set(signal, over);
  }
  work.catch(() => undefined);
  await Promise.race([work, over]);
}

/**
 * Removes a container that has ended, by id or name, after the work in `first`, and waits until it is gone. Never rejects: a container that remains
 * does not change the results of the scan. The next scan of this process tries again, and another process does so when this one has ended.
 */
export async function disposeOf(
  engine: Engine,
  container: string,
  signal: AbortSignal,
  first: Promise<unknown> = Promise.resolve(),
): Promise<void> {
  const mine = leftBehind.get(engine.endpoint) ?? new Set();
  leftBehind.set(engine.endpoint, mine.add(container));
  const removal = first
    .then(() => removeContainer(engine.docker.getContainer(container)))
    .then(
      () => mine.delete(container),
      () => false,
    );
  await whileCleaningUp(removal, signal);
}

/**
 * The settings that both containers of a scan share. Each adds its own `HostConfig`; the streams are the only way to talk to it; the engine keeps no
 * log on its disk.
 */
export interface ContainerSpec {
  readonly image: string;
  /** The script that is the first process, below /opt/dynscan. */
  readonly script: string;
  readonly label: string;
  /** The prefix of each line to the script: a line without it does not come from the scanner. */
  readonly token: string;
  readonly capabilities: readonly string[];
  readonly seccomp: string;
  /** Mebibytes. */
  readonly memory: number;
  readonly pids: number;
  readonly nofile: number;
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly runtime: string | undefined;
  /** Settings that only one of the two containers has. */
  readonly more: Docker.ContainerCreateOptions & { readonly HostConfig: Docker.HostConfig };
}

export async function createContainer(
  engine: Engine,
  fence: ContainerSpec,
  signal: AbortSignal,
): Promise<Docker.Container> {
  const memory = fence.memory * 1024 * 1024;
  return makeContainer(
    engine,
    fence.label,
    {
      ...fence.more,
      Image: fence.image,
      Cmd: ['/usr/bin/python3', '-I', '-S', '-B', `/opt/dynscan/${fence.script}`, fence.token],
      WorkingDir: '/tmp',
      User: '0:0',
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      HostConfig: {
        ...fence.more.HostConfig,
        AutoRemove: true,
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        CapAdd: [...fence.capabilities],
        SecurityOpt: ['no-new-privileges', `seccomp=${fence.seccomp}`],
        Memory: memory,
        MemorySwap: memory,
        PidsLimit: fence.pids,
        Ulimits: [
          { Name: 'nofile', Soft: fence.nofile, Hard: fence.nofile },
          { Name: 'core', Soft: 0, Hard: 0 },
        ],
        Tmpfs: { ...fence.tmpfs },
        // The streams are taken as they are attached; a copy on the engine's disk could be flooded.
        LogConfig: { Type: 'none', Config: {} },
        ...(fence.runtime ? { Runtime: fence.runtime } : {}),
      },
    },
    signal,
  );
}

const listSchema = z.array(
  z.object({
    Id: z.string(),
    Created: z.number(),
    State: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);
const clockSchema = z.object({ SystemTime: z.string() });

/**
 * Removes containers without an owner and returns their number: containers that this process could not remove before; containers whose owner has
 * certainly ended; and, where the owner cannot be asked, containers that were made long ago and never started (an owner lets no more than minutes
 * pass between the two; a started container ends itself when its client's connection closes).
 */
export async function reapContainers(engine: Engine, signal: AbortSignal): Promise<number> {
  const docker = engine.under(signal);
  const mine = leftBehind.get(engine.endpoint) ?? new Set<string>();
  const orphans = new Set(mine);
  const list = await listed(engine, docker);
  if (list.length > 0) {
    // By the engine's clock: it need not be this machine's.
    const clock = clockSchema.safeParse(await docker.info());
    const now = clock.success ? Date.parse(clock.data.SystemTime) : NaN;
    for (const container of list) {
      const isOld = container.State === 'created' && now - container.Created * 1000 > SURELY_OVER_MS;
      if (isOld || (await isGone(ownerOf(container)))) orphans.add(container.Id);
    }
  }
  const removed = await removeAll(docker, orphans);
  for (const container of removed) mine.delete(container);
  throwIfCancelled(signal);
  await forgetGone();
  return removed.length;
}

/** Removes all containers but those of a scan that still runs: its owner answers, or cannot be asked and has started it. */
export async function removeContainers(engine: Engine, signal: AbortSignal): Promise<void> {
  const docker = engine.under(signal);
  const doomed = new Set<string>();
  for (const container of await listed(engine, docker)) {
    const owner = ownerOf(container);
    if ((await isGone(owner)) || (container.State !== 'running' && !(await isThere(owner)))) doomed.add(container.Id);
  }
  await removeAll(docker, doomed);
}

type Listed = z.infer<typeof listSchema>[number];

async function listed({ endpoint }: Engine, docker: Docker): Promise<Listed[]> {
  const list = listSchema.safeParse(await docker.listContainers({ all: true, filters: { label: [RUN_LABEL] } }));
  if (!list.success)
    throw new UserError(
      `The container engine at ${endpoint} lists its containers in a way that no engine does. Restart it, and scan again.`,
    );
  return list.data.filter(({ Labels }) => Labels?.[RUN_LABEL] !== '');
}

function ownerOf({ Labels }: Listed): string {
  return Labels?.[OWNER_LABEL]?.split('/', 1)[0] ?? '';
}

/** Returns those that are gone now; the others stay for the next scan. */
async function removeAll(docker: Docker, containers: ReadonlySet<string>): Promise<string[]> {
  const removed: string[] = [];
  await Promise.all(
    [...containers].map(async (container) => {
      try {
        await removeContainer(docker.getContainer(container));
        removed.push(container);
      } catch {
        // Nothing of this scan's.
      }
    }),
  );
  return removed;
}

/** Removes a container and waits until it is gone. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      await container.remove({ force: true, v: true });
      return;
    } catch (error) {
      if (statusOf(error) === 404) return;
      // 409: the engine is removing it already; ask again until it is gone.
      if (statusOf(error) !== 409) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new UserError(
    `The container ${container.id.slice(0, 12)} could not be removed: the engine has been removing it for too long. Remove it with \`docker rm -f ${container.id.slice(0, 12)}\`.`,
  );
}

/** An engine's complaint in words that say what to do. */
export function engineError(error: unknown): Error {
  if (error instanceof CancelledError || (error instanceof UserError && !(error instanceof EngineRefusal)))
    return error;
  const text = error instanceof EngineRefusal ? error.said : messageOf(error);
  if (/mounts? denied|bind source path does not exist|not shared from the host/i.test(text)) {
    return new UserError(
      `The container engine cannot see the model's file (${text.slice(0, 300)}). The engine has to run beside the files: share the folder in Docker Desktop's settings, or use an engine on this machine.`,
    );
  }
  if (/unknown or invalid runtime|runtime .* not found/i.test(text)) {
    return new UserError(
      `The engine does not know the configured runtime (${text.slice(0, 200)}). Change the setting runtime.`,
    );
  }
  return new UserError(
    `The container engine could not run the sandbox: ${text.slice(0, 500)}. Check Environment (\`dynscan doctor\`) checks each part.`,
  );
}

/** An engine copies in pieces of 32 KiB; nothing that it passes on is larger than this. */
const MAX_FRAME = 1024 * 1024;

/**
 * Docker's stream of frames: one byte kind (1 stdout, 2 stderr), three zero, four length, data. Throws at anything else: after a wrong head the rest
 * of the stream cannot be interpreted. Keeps at most a head.
 */
export class Demultiplexer {
  #rest: Buffer = Buffer.alloc(0);
  #kind: 1 | 2 = 1;
  #left = 0;

  constructor(private readonly emit: (kind: 1 | 2, chunk: Buffer) => void) {}

  push(chunk: Buffer): void {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      if (this.#left > 0) {
        const part = data.subarray(0, this.#left);
        if (part.length > 0) this.emit(this.#kind, part);
        this.#left -= part.length;
        data = data.subarray(part.length);
        if (this.#left > 0) break;
      }
      if (data.length < 8) break;
      const [kind] = data;
      const length = data.readUInt32BE(4);
      if ((kind !== 1 && kind !== 2) || data.readUIntBE(1, 3) !== 0 || length > MAX_FRAME)
        throw new UserError('The container engine sent a stream that is not in its format.');
      this.#kind = kind;
      this.#left = length;
      data = data.subarray(8);
    }
    // A copy: the chunk it came in need not be kept for it.
    this.#rest = Buffer.from(data);
  }
}
