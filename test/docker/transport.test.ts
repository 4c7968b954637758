/** An engine that lies, hangs or goes away, as a server on a socket. Every call ends by itself, in words, and keeps little. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createRaw, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectEngine, type Engine } from '../../src/docker/engine.js';
import { CancelledError, UserError } from '../../src/core/user-error.js';

const INFO = {
  Architecture: 'x86_64',
  OSType: 'linux',
  NCPU: 2,
  MemTotal: 8 * 1024 ** 3,
  SecurityOptions: ['name=seccomp,profile=default'],
};
const VERSION = { Version: '20.10' };
const ID = 'a'.repeat(64);

let folder: string;
let open: Server | undefined;
const sockets = new Set<Socket>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynscan-transport-'));
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  open?.close();
  await rm(folder, { recursive: true, force: true });
});

/** An engine that answers the first questions well, and then does as it is told. */
async function engine(act: (path: string, response: ServerResponse) => void, answerMs = 60_000): Promise<Engine> {
  const path = join(folder, 'engine.sock');
  open = createServer((request, response) => {
    request.resume();
    const url = request.url ?? '';
    if (url === '/info') response.end(JSON.stringify(INFO));
    else if (url === '/version') response.end(JSON.stringify(VERSION));
    else act(url, response);
  });
  open.on('connection', (socket) => sockets.add(socket));
  open.listen(path);
  await once(open, 'listening');
  return connectEngine({ dockerHost: `unix://${path}` }, new AbortController().signal, answerMs);
}

async function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as Error,
  );
}

const CALLS: readonly (readonly [string, (engine: Engine, signal: AbortSignal) => Promise<unknown>])[] = [
  ['POST /containers/create', ({ under }, signal) => under(signal).createContainer({ Image: 'x' })],
  [
    '/attach',
    ({ under }, signal) => under(signal).getContainer(ID).attach({ stream: true, stdin: true, hijack: true }),
  ],
  ['/start', ({ under }, signal) => under(signal).getContainer(ID).start()],
  ['/kill', ({ under }, signal) => under(signal).getContainer(ID).kill()],
  ['DELETE', ({ under }, signal) => under(signal).getContainer(ID).remove({ force: true })],
  ['GET /containers/json', ({ under }, signal) => under(signal).listContainers({ all: true })],
  ['/archive', ({ under }, signal) => under(signal).getContainer(ID).getArchive({ path: '/x' })],
  ['GET /images/x/json', ({ under }, signal) => under(signal).getImage('x').inspect()],
  ['POST /images/create', ({ under }, signal) => under(signal).pull('x:1')],
];

describe('an engine that never answers', () => {
  it('has a bound at every call, and is told with the call and the engine', async () => {
    const hung = await engine(() => undefined, 2_000);
    const { signal } = new AbortController();
    const errors = await Promise.all(CALLS.map(([, call]) => failure(call(hung, signal))));
    for (const [index, [name]] of CALLS.entries()) {
      const error = errors[index];
      expect(error).toBeInstanceOf(UserError);
      expect(error?.message).toContain(name);
      expect(error?.message).toContain(folder);
      expect(error?.message).toMatch(/did not answer within 2 s.*doctor/s);
    }
  });

  it.each(CALLS)('%s ends when the scan is cancelled, long before its bound', async (_, call) => {
    const abort = new AbortController();
    const hung = await engine(() => abort.abort());
    expect(await failure(call(hung, abort.signal))).toBeInstanceOf(CancelledError);
  });

  it.each(['/info', '/version'])('%s: says so when it is looked for', async (silent) => {
    const path = join(folder, 'mute.sock');
    open = createServer((request, response) => {
      if (request.url !== silent) response.end(JSON.stringify(INFO));
    });
    open.on('connection', (socket) => sockets.add(socket));
    open.listen(path);
    await once(open, 'listening');
    const error = await failure(connectEngine({ dockerHost: `unix://${path}` }, new AbortController().signal, 1_000));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`GET ${silent}`);
  });
});

describe('an engine that lies', () => {
  it.each([
    ['no JSON', (response: ServerResponse) => response.end('<html>Welcome</html>'), /no JSON/],
    [
      'half of an answer',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('{', () => response.destroy());
      },
      /went away/,
    ],
    ['a status of its own', (response: ServerResponse) => response.writeHead(299).end('{}'), /299/],
    [
      'a redirect',
      (response: ServerResponse) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end(),
      /302/,
    ],
    ['nothing at all', (response: ServerResponse) => response.destroy(), /went away/],
  ] as const)('with %s', async (_, lie, words) => {
    const liar = await engine((_path, response) => void lie(response));
    for (const [, call] of CALLS.slice(5, 6)) {
      const error = await failure(call(liar, new AbortController().signal));
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(words);
    }
  });

  it.each(['null', '[]', '{"Id": 7}'])('with %s for a container that was made', async (body) => {
    const { makeContainer } = await import('../../src/docker/container.js');
    const liar = await engine((_path, response) => void response.writeHead(201).end(body));
    expect(await failure(makeContainer(liar, 'test', { Image: 'x' }, new AbortController().signal))).toBeInstanceOf(
      UserError,
    );
  });

  it('with an answer that has no end: what is kept of it is bounded', async () => {
    let sent = 0;
    const block = Buffer.alloc(1024 * 1024, ' ');
    const liar = await engine((_path, response) => {
      const more = (): void => {
        if (response.destroyed) return;
        sent += block.length;
        if (response.write(block)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const error = await failure(liar.docker.listContainers());
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/more than 32 MiB/);
    // It is not read on, either.
    expect(sent).toBeLessThan(64 * block.length);
  });

  it('with a refusal that has no end, and escape sequences in it', async () => {
    const liar = await engine((_path, response) => {
      response.writeHead(500);
      response.on('error', () => undefined);
      const more = (): void => {
        if (!response.destroyed) response.write(`\u001b[2J${'x'.repeat(65_536)}`, () => setImmediate(more));
      };
      more();
    });
    const error = await failure(liar.docker.listContainers());
    expect(error.message.length).toBeLessThan(2000);
    expect(error.message).not.toContain('\u001b');
  });

  it('with what is no HTTP', async () => {
    const path = join(folder, 'raw.sock');
    const server = createRaw((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    });
    server.listen(path);
    await once(server, 'listening');
    const error = await failure(connectEngine({ dockerHost: `unix://${path}` }));
    server.close();
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/does not speak HTTP/);
  });
});

describe('an attached connection', () => {
  it('is asked for with no body, so nothing but input is ever the input', async () => {
    const path = join(folder, 'upgrade.sock');
    let said = '';
    const server = createRaw((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      let head = '';
      socket.on('data', (chunk) => {
        head += chunk.toString('latin1');
        const url = /^\S+ (\S+)/.exec(head)?.[1] ?? '';
        if (!head.includes('\r\n\r\n')) return;
        if (url === '/info' || url === '/version') {
          const body = JSON.stringify(url === '/info' ? INFO : VERSION);
          socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
        } else if (said === '') {
          said = head;
          socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
        }
      });
    });
    server.listen(path);
    await once(server, 'listening');
    const { docker } = await connectEngine({ dockerHost: `unix://${path}` });
    const { attach } = await import('../../src/docker/container.js');
    const stream = await attach(docker.getContainer(ID));
    stream.destroy();
    server.close();
    const [head, body] = said.split('\r\n\r\n');
    expect(head).toMatch(/stream=true/);
    expect(head).not.toMatch(/transfer-encoding|content-length: [1-9]/i);
    expect(body).toBe('');
  });

  it('that is relayed by something that takes "Upgrade" away is an error that says so', async () => {
    const relayed = await engine((_path, response) => void response.writeHead(200).write('\u0001\0\0\0'));
    const { attach } = await import('../../src/docker/container.js');
    const error = await failure(attach(relayed.docker.getContainer(ID)));
    expect(error.message).toMatch(/Upgrade/);
  });
});
