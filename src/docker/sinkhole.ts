/**
 * The network of one scan: a container that owns a namespace of nothing but a loopback, in which it answers for every name and address
 * (`sandbox/sinkhole.py`). The model's container joins the namespace. The conversations come out as records; all of it is hostile.
 */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import * as z from 'zod';
import type { Settings } from '../config/settings.js';
import { escapeAndCut } from '../core/escape.js';
import { CancelledError, throwIfCancelled, UserError } from '../core/user-error.js';
import { attach, createContainer, Demultiplexer, disposeOf, engineError, untilAborted } from './container.js';
import type { Engine } from './engine.js';
import type { SandboxImage } from './image.js';
import { seccompProfile } from './seccomp.js';

/** The name that the model's machine goes by, and its address; the address stands in sandbox/sinkhole.py, too. */
const HOST = 'workstation';
const HOST_ADDRESS = '192.168.1.23';
/** How long the sinkhole has to get ready, and to report open conversations at the end of the run. */
const READY_MS = 15_000;
const END_MS = 10_000;
/** As in sandbox/sinkhole.py. */
const MAX_TALKS = 500;
const MAX_LINE = 256 * 1024;
/** Bytes of its record, which keeps 8 MiB of conversations, in Base64, and the heads of requests. */
const MAX_RECORD = 32 * 1024 * 1024;

const talkSchema = z.object({
  t: z.literal('talk'),
  protocol: z.enum(['tcp', 'udp']),
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(0).max(65_535),
  /** When it began, seconds since 1970. */
  time: z.number(),
  /** The name that was asked of the resolver for this address, or that the TLS greeting names. */
  name: z.string().max(300).optional(),
  /** Whether the bytes below were sent inside TLS. */
  tls: z.boolean().optional(),
  /** Of HTTP the request line and the headers, of DNS the type and the name. */
  request: z.object({ line: z.string().max(2000), headers: z.array(z.string().max(500)).max(40) }).optional(),
  /** First bytes of each side, Base64. */
  sent: z.base64().max(65_536),
  received: z.base64().max(8192),
  bytesSent: z.int().min(0),
  bytesReceived: z.int().min(0),
});
/** One conversation as the sinkhole saw it; `sent` by the model. */
export type SinkholeConversation = Readonly<z.infer<typeof talkSchema>>;

const readySchema = z.object({
  t: z.literal('ready'),
  authority: z.string().max(8192),
  notes: z.array(z.string()).max(10),
});
const messageSchema = z.discriminatedUnion('t', [
  talkSchema,
  readySchema,
  z.object({ t: z.literal('failed'), why: z.string() }),
  z.object({ t: z.literal('end'), omitted: z.int().min(0) }),
]);
type Message = z.infer<typeof messageSchema>;

export interface Ready {
  /** The certificate authority of this scan, PEM. */
  readonly authority: string;
  /** What this kernel does not let the sinkhole answer, one sentence each. */
  readonly notes: readonly string[];
}

export interface Network {
  readonly containerId: string;
  /** Settles when everything is answered. Rejects with UserError, or CancelledError. */
  readonly ready: Promise<Ready>;
  /** Ends it and returns its record. The container is gone when this settles. */
  finish(): Promise<NetworkRecord>;
}

export interface NetworkRecord {
  readonly talks: readonly SinkholeConversation[];
  /** Conversations over the bound. */
  readonly omitted: number;
  /** False when the sinkhole ended before it was stopped. */
  readonly complete: boolean;
}

/** Engines whose kernel has no IPv6, by endpoint: the settings of IPv6 cannot be set there. */
const withoutIpv6 = new Set<string>();

/**
 * Resolves when the container runs, so that the model's container can be made while the sinkhole gets ready.
 *
 * Example: `const sinkhole = await startSinkhole(engine, image, settings, signal);`
 */
export async function startSinkhole(
  engine: Engine,
  image: SandboxImage,
  settings: Settings,
  signal: AbortSignal,
): Promise<Sinkhole> {
  throwIfCancelled(signal);
  const withIpv6 = !withoutIpv6.has(engine.endpoint);
  const token = randomUUID();
  const { id } = await create(engine, image, settings, withIpv6, token, signal);
  const sinkhole = new Sinkhole(engine, id, token, signal);
  try {
    await sinkhole.start();
    return sinkhole;
  } catch (error) {
    await sinkhole.close();
    throwIfCancelled(signal);
    if (!withIpv6 || !/ipv6/i.test(String(error))) throw engineError(error);
    withoutIpv6.add(engine.endpoint);
    return startSinkhole(engine, image, settings, signal);
  }
}

export class Sinkhole implements Network {
  readonly ready: Promise<Ready>;
  readonly #talks: SinkholeConversation[] = [];
  #stream: Duplex | undefined;
  #ended: Promise<void> = Promise.resolve();
  #end: Extract<Message, { t: 'end' }> | undefined;
  #closing: Promise<void> | undefined;
  #rest = '';
  #bytes = 0;
  #onReady: (ready: Ready) => void = () => undefined;
  #onFailed: (error: Error) => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    readonly containerId: string,
    private readonly token: string,
    private readonly signal: AbortSignal,
  ) {
    this.ready = new Promise<Ready>((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
    });
    // The code that waits for the promise gets its failure; there may be no such code.
    this.ready.catch(() => undefined);
  }

  async start(): Promise<void> {
    this.signal.addEventListener('abort', this.#onAbort, { once: true });
    const container = this.engine.under(this.signal).getContainer(this.containerId);
    const stream = await attach(container);
    this.#stream = stream;
    const words: Buffer[] = [];
    const demultiplex = new Demultiplexer((kind, chunk) => {
      if (kind === 1) this.#push(chunk);
      else if (words.length < 16) words.push(chunk.subarray(0, 1024));
    });
    this.#ended = new Promise((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        try {
          demultiplex.push(chunk);
        } catch {
          stream.destroy();
          resolve();
        }
      });
      stream.on('end', resolve);
      stream.on('close', resolve);
      stream.on('error', () => {
        resolve();
      });
    });
    await container.start();
    const timer = new AbortController();
    void Promise.race([this.#ended, wait(READY_MS, timer.signal)]).then(() => {
      const said = escapeAndCut(Buffer.concat(words).toString('latin1').trim(), 300);
      this.#onFailed(
        new UserError(
          `The network of the sandbox did not start${said === '' ? '' : ` (${said})`}. Try again; Check Environment (\`dynscan doctor\`) checks the engine.`,
        ),
      );
    });
    const stopWaiting = (): void => {
      timer.abort();
    };
    this.ready.then(stopWaiting, stopWaiting);
  }

  async finish(): Promise<NetworkRecord> {
    this.#stream?.write(`\n${this.token} stop\n`);
    const timer = new AbortController();
    await untilAborted(Promise.race([this.#ended, wait(END_MS, timer.signal)]), this.signal).finally(() => {
      timer.abort();
    });
    await this.close();
    return {
      talks: [...this.#talks].sort((a, b) => a.time - b.time),
      omitted: this.#end?.omitted ?? 0,
      complete: this.#end !== undefined,
    };
  }

  /** Ends it in any state. The container is gone when this settles. */
  async close(): Promise<void> {
    this.#stream?.destroy();
    this.signal.removeEventListener('abort', this.#onAbort);
    this.#closing ??= disposeOf(this.engine, this.containerId, this.signal);
    await this.#closing;
  }

  readonly #onAbort = (): void => {
    this.#onFailed(new CancelledError());
    void this.close();
  };

  #push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_RECORD) {
      // The sinkhole sent more than a correct one sends: the record is not complete, and later messages are dropped.
      this.#stream?.destroy();
      return;
    }
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) {
      const message = parse(line);
      if (message) this.#take(message);
    }
  }

  #take(message: Message): void {
    switch (message.t) {
      case 'ready':
        this.#onReady({
          authority: message.authority,
          notes: message.notes.map((note) => escapeAndCut(note, 300)),
        });
        break;
      case 'failed':
        this.#onFailed(
          new UserError(
            `The network of the sandbox could not be set up: ${escapeAndCut(message.why, 300)}. A container engine without user namespaces of its own, or a newer kernel, can do it.`,
          ),
        );
        break;
      case 'talk':
        if (this.#talks.length < MAX_TALKS) this.#talks.push(message);
        break;
      case 'end':
        this.#end = message;
        break;
    }
  }
}

function parse(line: string): Message | undefined {
  try {
    return messageSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

async function create(
  engine: Engine,
  image: SandboxImage,
  settings: Settings,
  withIpv6: boolean,
  token: string,
  signal: AbortSignal,
): Promise<Docker.Container> {
  // It parses what a model sends, so it gets a fence of its own; nothing in it is refused or traced.
  const profile = seccompProfile(engine.architecture, {
    traced: [],
    refused: [],
    // Threads: glibc asks for them by this call, and an engine may answer an unknown one with EPERM, at which it gives up.
    neededByTracer: ['clone3'],
    unavailable: [],
    skipped: [],
    allSockets: true,
  });
  const fence = {
    image: image.id,
    script: 'sinkhole.py',
    label: 'network',
    token,
    // To route every address to itself and to read every datagram; given up, with root, before the model exists.
    capabilities: ['NET_ADMIN', 'NET_RAW', 'SETUID', 'SETGID'],
    seccomp: profile,
    memory: 256,
    pids: 160,
    nofile: 1024,
    tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=8m,mode=1777' },
    runtime: settings.runtime,
    more: {
      Hostname: HOST,
      HostConfig: {
        NetworkMode: 'none',
        Dns: ['127.0.0.1'],
        ExtraHosts: [`${HOST}:${HOST_ADDRESS}`],
        Sysctls: {
          'net.ipv4.ip_unprivileged_port_start': '0',
          ...(withIpv6 ? { 'net.ipv6.conf.all.disable_ipv6': '0', 'net.ipv6.conf.lo.disable_ipv6': '0' } : {}),
        },
        IpcMode: 'private',
      },
    },
  };
  return createContainer(engine, fence, signal);
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
