/**
 * How a call reaches the engine, in place of docker-modem under dockerode. Every call has a bound on time and on the kept bytes of its answer, ends
 * with its signal, and fails with a message that names the call and the engine: an engine, or a relay before it, may hang, lie or go away at any
 * moment.
 */
import { setMaxListeners } from 'node:events';
import { request as requestHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { stringify } from 'node:querystring';
import { escapeAndCut } from '../core/escape.js';
import { CancelledError, isErrno, UserError } from '../core/user-error.js';

/** Bytes that are kept of an answer that is not a stream, and of a refusal. */
const MAX_ANSWER = 32 * 1024 * 1024;
const MAX_REFUSAL = 64 * 1024;
/** An engine on this machine takes a connection at once; one elsewhere within this. */
const CONNECT_MS = 30_000;

/** Where an engine is. */
export interface Connection {
  readonly address: string;
  readonly options: Pick<RequestOptions, 'socketPath' | 'host' | 'port'>;
  readonly tls: boolean;
  /** Settings of a TLS connection; without them, the system's authorities and no client certificate. */
  readonly certificates?: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };
}

export interface CallBounds {
  /** Milliseconds from the call to its answer: the whole of it, or of a stream the head. */
  readonly answer: number;
  /** Milliseconds that a stream may be silent. An attached container is not bound by it: a model may be silent for as long as it runs. */
  readonly silence: number;
}

/** The part of docker-modem's interface that dockerode uses. */
interface Call {
  readonly path: string;
  readonly method: string;
  readonly options?: Readonly<Record<string, unknown>> | null;
  /** True for status codes that are answers, else the meaning of a refusal. */
  readonly statusCodes: Readonly<Record<number, true | string | undefined>>;
  readonly isStream?: boolean;
  /** The connection becomes the container's streams. */
  readonly hijack?: boolean;
  readonly file?: NodeJS.ReadableStream;
}

type Answer = IncomingMessage | Duplex | object | null;

/** The engine refused the request, with a message. */
export class EngineRefusal extends UserError {
  constructor(
    readonly statusCode: number,
    /** The engine's own words. */
    readonly said: string,
    call: string,
    address: string,
  ) {
    super(`The container engine at ${address} refused "${call}" (${statusCode}: ${said}).`);
  }
}

/** The engine cannot be reached, does not answer, or answers what no engine answers. */
export class EngineLost extends UserError {}

export class Transport {
  /** dockerode makes its promises with this one. */
  Promise = Promise;

  constructor(
    private readonly connection: Connection,
    private readonly bounds: CallBounds,
    private readonly signal?: AbortSignal,
  ) {
    // Each connection listens while it is open, and a scan has as many as it runs models at once, times four.
    if (signal) setMaxListeners(0, signal);
  }

  dial(call: Call, callback: (error: Error | null, answer?: Answer) => void): void {
    const route = encodeURI(call.path.replace(/\?$/, ''));
    const name = `${call.method} ${escapeAndCut(route, 120)}`;
    this.#ask(call, route, name).then(
      (answer) => {
        try {
          callback(null, answer);
        } catch {
          // dockerode reads fields of some answers without checking that they are there.
          callback(this.#lost(name, 'answered with what is no answer to it'));
        }
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #ask(call: Call, route: string, name: string): Promise<Answer> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new CancelledError());
        return;
      }
      const { path, body } = write(call, route);
      const request = this.#open(call, path, body);
      const onAbort = (): void => {
        fail(new CancelledError());
      };
      const settle = (): void => {
        clearTimeout(late);
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
        request.destroy(error);
      };
      const succeed = (answer: Answer): void => {
        settle();
        resolve(answer);
      };
      const broken = (error: Error): void => {
        fail(error instanceof UserError || error instanceof CancelledError ? error : this.#broken(name, error));
      };
      const late = setTimeout(() => {
        fail(this.#lost(name, `did not answer within ${this.bounds.answer / 1000} s`));
      }, this.bounds.answer);
      signal?.addEventListener('abort', onAbort, { once: true });

      request.on('error', broken);
      request.on('socket', (socket) => {
        if (!socket.connecting) return;
        const connecting = setTimeout(() => {
          fail(this.#lost(name, `took no connection within ${CONNECT_MS / 1000} s`));
        }, CONNECT_MS);
        const connected = (): void => {
          clearTimeout(connecting);
        };
        socket.once('connect', connected).once('close', connected);
      });
      request.on('upgrade', (response, socket, head) => {
        if (call.hijack !== true || response.statusCode !== 101) {
          fail(this.#lost(name, `answered with ${String(response.statusCode)}, which is no answer to it`));
          return;
        }
        if (head.length > 0) socket.unshift(head);
        const onEnd = (): void => {
          socket.destroy();
        };
        signal?.addEventListener('abort', onEnd, { once: true });
        socket.once('close', () => signal?.removeEventListener('abort', onEnd));
        succeed(socket);
      });
      request.on('response', (response) => {
        const status = response.statusCode ?? 0;
        const meaning = call.statusCodes[status];
        response.on('error', broken);
        if (meaning === true && call.hijack === true) {
          fail(
            this.#lost(name, 'does not hand its connection over. Something between relays it and takes "Upgrade" away'),
          );
        } else if (meaning === true && call.isStream === true) {
          this.#streaming(response, request, name);
          succeed(response);
        } else if (meaning === true) {
          collect(response, MAX_ANSWER).then(({ text, cut }) => {
            const answer = cut ? undefined : parse(text);
            if (answer === undefined)
              fail(
                this.#lost(
                  name,
                  cut ? `answered with more than ${MAX_ANSWER / 1024 / 1024} MiB` : 'answered with what is no JSON',
                ),
              );
            else succeed(answer);
          }, broken);
        } else {
          collect(response, MAX_REFUSAL).then(
            ({ text }) => fail(new EngineRefusal(status, said(text, meaning), name, this.connection.address)),
            broken,
          );
        }
      });

      if (call.file) {
        call.file.on('error', fail);
        call.file.pipe(request);
      } else {
        request.end(body);
      }
    });
  }

  #open(call: Call, path: string, body: string | undefined): ClientRequest {
    const { options, tls, certificates } = this.connection;
    return (tls ? requestHttps : requestHttp)({
      ...options,
      ...certificates,
      path,
      method: call.method,
      // A connection of its own for each call: none is left open that an engine may just be closing.
      agent: false,
      headers: {
        Host: options.host ?? 'docker',
        ...(body === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        ...(call.file ? { 'Content-Type': 'application/x-tar' } : {}),
        ...(call.hijack === true ? { Connection: 'Upgrade', Upgrade: 'tcp' } : {}),
      },
    });
  }

  /** A stream goes on as long as something comes, and ends with its signal. */
  #streaming(response: IncomingMessage, request: ClientRequest, name: string): void {
    const { signal } = this;
    const onAbort = (): void => {
      response.destroy(new CancelledError());
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    response.once('close', () => signal?.removeEventListener('abort', onAbort));
    request.setTimeout(this.bounds.silence, () => {
      response.destroy(this.#lost(name, `said nothing more for ${this.bounds.silence / 1000} s`));
    });
  }

  #lost(call: string, what: string): EngineLost {
    return new EngineLost(
      `The container engine at ${this.connection.address} ${what} (call "${call}"). See whether it runs and is not overloaded (Check Environment, \`dynscan doctor\`, \`docker ps\`), start it again if need be, and scan again.`,
    );
  }

  #broken(call: string, error: Error): EngineLost {
    const text = error.message === '' && isErrno(error) ? error.code : error.message;
    if (isErrno(error, 'ECONNREFUSED', 'ENOENT'))
      return this.#lost(call, `is not there: nothing listens (${error.code})`);
    if (isErrno(error, 'EACCES', 'EPERM'))
      return new EngineLost(
        `The container engine at ${this.connection.address} may not be used: permission denied. Add yourself to the group that owns the socket (usually \`docker\`) and log in again.`,
      );
    if (isErrno(error) && error.code.startsWith('HPE_'))
      return this.#lost(call, 'does not speak HTTP as an engine does');
    return this.#lost(call, `went away (${escapeAndCut(text, 200)})`);
  }
}

/**
 * Options are the query of a path that asks for one. They are also the body of a call that is no stream: only then does the API read a body, and only
 * there structured values. An attached connection must have none: bytes that a relay sends after the head would be the container's input.
 */
function write(call: Call, route: string): { readonly path: string; readonly body: string | undefined } {
  const options = call.options ?? {};
  const hasQuery = call.path.endsWith('?');
  const hasBody =
    call.method === 'POST' &&
    call.file === undefined &&
    !(hasQuery && call.isStream === true) &&
    Object.keys(options).length > 0;
  const query = hasQuery ? queryOf(options, hasBody) : '';
  return { path: query === '' ? route : `${route}?${query}`, body: hasBody ? JSON.stringify(options) : undefined };
}

function queryOf(options: Readonly<Record<string, unknown>>, hasBody: boolean): string {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || (hasBody && typeof value === 'object')) continue;
    plain[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return stringify(plain);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** The body up to a bound; bytes after it are not waited for. Rejects when the body ends early. */
function collect(response: IncomingMessage, bound: number): Promise<{ readonly text: string; readonly cut: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, bound - size);
      chunks.push(part);
      size += part.length;
      if (part.length < chunk.length) {
        resolve({ text: Buffer.concat(chunks).toString(), cut: true });
        response.destroy();
      }
    });
    response.on('end', () => {
      resolve({ text: Buffer.concat(chunks).toString(), cut: false });
    });
    response.on('close', () => {
      reject(new Error('the answer broke off'));
    });
  });
}

/** Undefined for a body that is no answer; null for an empty body. */
function parse(text: string): object | null | undefined {
  if (text.trim() === '') return null;
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' ? json : undefined;
  } catch {
    return undefined;
  }
}

function said(text: string, meaning: string | undefined): string {
  const message = asRecord(parse(text))?.['message'];
  return escapeAndCut((typeof message === 'string' ? message : text).trim() || (meaning ?? 'it does not say why'), 500);
}
