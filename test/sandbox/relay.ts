/** A relay before the engine's socket, which passes on, withholds, lies or dies as a test tells it to. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENGINE = (process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').replace('unix://', '');

/** What becomes of a request. */
export type Fate =
  | 'pass'
  /** The engine gets it, and its answer is kept back; called when that has come. */
  | { readonly hold: () => void }
  /** Nobody gets it. Called when it has come. */
  | { readonly drop: () => void }
  | { readonly answer: (client: Socket) => void };

export interface Relay {
  readonly dockerHost: string;
  /** Requests as they came, method and path. */
  readonly seen: readonly string[];
  /** Ends every connection, and takes none any more. */
  die(): void;
  close(): Promise<void>;
}

export async function relay(decide: (request: string, index: number) => Fate): Promise<Relay> {
  const folder = await mkdtemp(join(tmpdir(), 'dynscan-relay-'));
  const path = join(folder, 'engine.sock');
  const open = new Set<Socket>();
  const seen: string[] = [];
  const server = createServer((client) => {
    keep(client);
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      client.off('data', onData);
      const request = head.toString('latin1').split(/ HTTP/, 1)[0] ?? '';
      seen.push(request);
      const fate = decide(request, seen.length - 1);
      if (fate === 'pass') passOn(client, head, end + 4);
      else if ('hold' in fate) passOn(client, head, end + 4, fate.hold);
      else if ('answer' in fate) fate.answer(client);
      else {
        client.resume();
        fate.drop();
      }
    };
    client.on('data', onData);
  });

  function keep(socket: Socket): void {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  }

  /** Head and body apart, as a relay that reads the one before the other. */
  function passOn(client: Socket, data: Buffer, split: number, onHeld?: () => void): void {
    const engine = connect(ENGINE);
    keep(engine);
    // Whoever withholds an answer does not say that it came, either.
    // What the engine said before it hung up is passed on to its end.
    if (!onHeld) engine.on('close', (broken: boolean) => (broken ? client.destroy() : client.end()));
    client.on('close', () => engine.destroy());
    client.pause();
    engine.write(data.subarray(0, split), () => {
      setTimeout(() => {
        engine.write(data.subarray(split));
        client.pipe(engine);
      }, 30);
    });
    if (onHeld) engine.once('data', onHeld).resume();
    else engine.pipe(client);
  }

  server.listen(path);
  await once(server, 'listening');
  const die = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return {
    dockerHost: `unix://${path}`,
    seen,
    die,
    close: async () => {
      die();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
