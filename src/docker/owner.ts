/**
 * The owner of a container or a temporary folder: this process, by a random id. Process numbers are reused, and two containers can have the same
 * ones; so can two hosts the same name. Each owner listens on a socket that shows whether it is alive: the kernel refuses a connection to it from the
 * moment that the process is gone.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isErrno } from '../core/user-error.js';

/** A container older than this is removed without asking its owner: see `reapContainers`. */
export const SURELY_OVER_MS = 60 * 60_000;

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PREFIX = 'dynscan-';
const SUFFIX = '.sock';
/** An owner that takes no connection within this time may be stopped, or busy, but it exists. */
const ANSWER_MS = 2_000;

const id = randomUUID();
let listening: Promise<string> | undefined;

/** The id of this process. After this call other processes can see that it is alive. */
export function ownId(): Promise<string> {
  listening ??= new Promise((resolve) => {
    const path = socketOf(id);
    // The connection carries no data: that it is accepted is the answer.
    const server = createServer((connection) => {
      connection.on('error', () => undefined);
      connection.destroy();
    });
    // Without the socket no process can see that this one is gone, and the containers that it leaves behind stay until their time is up.
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
 * Whether the owner is gone for certain. An owner on another machine, or in another container, cannot be asked: it has left no mark where this
 * process looks, so its state is unknown.
 */
export async function isGone(owner: string): Promise<boolean> {
  return (await stateOf(owner)) === 'gone';
}

/** Whether the owner exists for certain. */
export async function isThere(owner: string): Promise<boolean> {
  return (await stateOf(owner)) === 'there';
}

function stateOf(owner: string): Promise<'there' | 'gone' | 'unknown'> {
  if (owner === id) return Promise.resolve('there');
  if (!ID.test(owner) || !existsSync(markOf(owner))) return Promise.resolve('unknown');
  const path = socketOf(owner);
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (isGone: boolean): void => {
      socket.destroy();
      resolve(isGone ? 'gone' : 'there');
    };
    socket.setTimeout(ANSWER_MS, () => {
      answer(false);
    });
    socket.on('connect', () => {
      answer(false);
    });
    // Refused: the socket exists and no process holds it. A pipe of Windows does not exist without its process.
    socket.on('error', (error) => {
      answer(isErrno(error, 'ECONNREFUSED') || (process.platform === 'win32' && isErrno(error, 'ENOENT')));
    });
  });
}

/** Removes the marks of owners that ended so long ago that the age of their containers is enough to remove these. */
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
    // Another process removed it first.
  }
}
