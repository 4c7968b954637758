/** What the containers of a scan share: whose they are, their streams, and their end. */
import { hostname } from 'node:os';
import type Docker from 'dockerode';
import { CancelledError, isErrno, UserError } from '../report/user-error.js';
import { statusOf, type Engine } from './engine.js';

const RUN_LABEL = 'dynscan.run';
const OWNER_LABEL = 'dynscan.owner';
const OWNER = `${hostname()}/${process.pid}`;

/** Labels by which a later DynScan finds containers that nobody looks after. `run`: any name for the run. */
function labelsOf(run: string): Record<string, string> {
  return { [RUN_LABEL]: run, [OWNER_LABEL]: OWNER };
}

/** What both containers of a scan are given: nothing but what their `HostConfig` adds, their streams alone to talk by, no trace on the engine's disk. */
export interface Fence {
  readonly name: string;
  readonly image: string;
  /** The script that is the first process, below /opt/dynscan. */
  readonly script: string;
  readonly label: string;
  readonly capabilities: readonly string[];
  readonly seccomp: string;
  /** Mebibytes. */
  readonly memory: number;
  readonly pids: number;
  readonly nofile: number;
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly runtime: string | undefined;
  /** What only one of them has. */
  readonly more: Docker.ContainerCreateOptions & { readonly HostConfig: Docker.HostConfig };
}

export async function createContainer(engine: Engine, fence: Fence): Promise<Docker.Container> {
  const memory = fence.memory * 1024 * 1024;
  try {
    return await engine.docker.createContainer({
      ...fence.more,
      name: fence.name,
      Image: fence.image,
      Cmd: ['/usr/bin/python3', '-I', '-S', '-B', `/opt/dynscan/${fence.script}`],
      WorkingDir: '/tmp',
      User: '0:0',
      Labels: labelsOf(fence.label),
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
    });
  } catch (error) {
    throw engineError(error);
  }
}

/**
 * Removes containers whose owner is gone: those of an earlier DynScan on this machine that was killed before it could start
 * them. (A started one ends itself when its client's connection closes.) Answers how many.
 */
export async function reapContainers(engine: Engine): Promise<number> {
  const containers = await engine.docker.listContainers({ all: true, filters: { label: [RUN_LABEL] } });
  const orphans = containers.filter(({ Labels }) => !ownerLives(Labels[OWNER_LABEL] ?? ''));
  await Promise.all(orphans.map(({ Id }) => removeContainer(engine.docker.getContainer(Id))));
  return orphans.length;
}

function ownerLives(owner: string): boolean {
  const slash = owner.lastIndexOf('/');
  // Another machine's: an engine can be shared. Its own DynScan looks after it.
  if (owner.slice(0, slash) !== hostname()) return true;
  try {
    process.kill(Number(owner.slice(slash + 1)), 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
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
  if (error instanceof UserError || error instanceof CancelledError) return error;
  const text = error instanceof Error ? error.message : String(error);
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
    `The container engine could not run the sandbox: ${text.slice(0, 500)}. \`dynscan doctor\` checks each part.`,
  );
}

/** Docker's stream of frames: one byte kind (1 stdout, 2 stderr), three zero, four length, data. */
export class Demultiplexer {
  #rest: Buffer = Buffer.alloc(0);
  #kind = 0;
  #left = 0;

  constructor(private readonly emit: (kind: number, chunk: Buffer) => void) {}

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
      this.#kind = data.readUInt8(0);
      this.#left = data.readUInt32BE(4);
      if (this.#kind > 2) throw new Error('the engine sent a stream that is not in its format');
      data = data.subarray(8);
    }
    this.#rest = data;
  }
}
