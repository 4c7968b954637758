/**
 * Who looks after a container or a temporary folder: this process, by a random id. Process numbers come again, and are the same in
 * two containers; so is a host's name. Whether the owner of an id lives is asked of a socket that it listens on: the kernel refuses
 * a connection to it from the moment that the process is gone.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isErrno } from '../core/user-error.js';

/** Older than this, nobody is asked: see `reapContainers`. */
export const SURELY_OVER_MS = 60 * 60_000;

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PREFIX = 'dynscan-';
const SUFFIX = '.sock';
/** Whoever takes no connection within this may be stopped, or busy, but there is somebody. */
const ANSWER_MS = 2_000;

const id = randomUUID();
let listening: Promise<string> | undefined;

/** The id of this process. From then on others see that it lives. */
export function ownId(): Promise<string> {
  listening ??= new Promise((resolve) => {
    const path = socketOf(id);
    // Nobody has anything to say here: that it is taken is the answer.
    const server = createServer((connection) => {
      connection.on('error', () => undefined);
      connection.destroy();
    });
    // Without it nobody can tell that this process is gone, and what it may leave behind waits for its time to be up.
    server.on('error', () => {
      resolve(id);
    });
    server.listen(path, () => {
      server.unref();
      process.once('exit', () => unlink(markOf(id)));
      if (process.platform === 'win32') mark(id);
      resolve(id);
    });
  });
  return listening;
}

/**
 * Whether the owner is gone for certain. One on another machine, or in another container, cannot be asked: it has left no mark where
 * this process looks, so nobody knows.
 */
export function isGone(owner: string): Promise<boolean> {
  if (!ID.test(owner) || owner === id || !existsSync(markOf(owner))) return Promise.resolve(false);
  const path = socketOf(owner);
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (gone: boolean): void => {
      socket.destroy();
      resolve(gone);
    };
    socket.setTimeout(ANSWER_MS, () => {
      answer(false);
    });
    socket.on('connect', () => {
      answer(false);
    });
    // Refused: the socket is there and nobody holds it. A pipe of Windows is not there without its process.
    socket.on('error', (error) => {
      answer(isErrno(error, 'ECONNREFUSED') || (process.platform === 'win32' && isErrno(error, 'ENOENT')));
    });
  });
}

/** Removes the marks of owners that have been gone for so long that what was theirs is known by its age. */
export async function forgetGone(): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(tmpdir());
  } catch {
    return;
  }
  const before = Date.now() - SURELY_OVER_MS;
  for (const name of names.filter((one) => one.startsWith(PREFIX) && one.endsWith(SUFFIX)).slice(0, 1000)) {
    const owner = name.slice(PREFIX.length, -SUFFIX.length);
    const since = statSync(markOf(owner), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (since < before && (await isGone(owner))) unlink(markOf(owner));
  }
}

function socketOf(owner: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\${PREFIX}${owner}` : markOf(owner);
}

/** The socket itself, but for Windows, whose pipes are no files. */
function markOf(owner: string): string {
  return join(tmpdir(), `${PREFIX}${owner}${SUFFIX}`);
}

function mark(owner: string): void {
  try {
    writeFileSync(markOf(owner), '', { flag: 'wx' });
  } catch {
    // As when it could not listen.
  }
}

function unlink(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else was there first.
  }
}
