/** Calls that change the set of processes, their programs and their open descriptors. */
import type { ProcessNode } from '../core/schema.js';
import type { Pid, SyscallEvent, Value } from './events.js';
import type { FileTable, Protocol } from './file-table.js';
import { flagsOf, numberOf, utf8 } from './values.js';

export interface Process {
  pid: Pid;
  /** Shared by the threads of a process and by those made with CLONE_FILES. */
  files: FileTable;
  /** Shared with CLONE_FS. Undefined: not known yet. */
  fs: { folder: string | undefined };
  readonly node: MutableNode;
  /** Id of the process that a thread belongs to; its own id otherwise. */
  leader: Pid;
  argv: readonly string[];
  ended: boolean;
  /** Whether the call that started it was seen. A child often runs before that call returns to its parent. */
  adopted: boolean;
  /** It has executed a program before it was adopted: what its parent would have closed then is closed. */
  executed: boolean;
}

export type MutableNode = { -readonly [Key in keyof ProcessNode]: ProcessNode[Key] };

/** What a handler may look at and change. */
export interface Scope {
  readonly process: Process;
  readonly leader: Process;
  readonly resolve: (folder: Value | undefined, path: string) => string | undefined;
  readonly adopt: (event: SyscallEvent, pid: Pid, flags: readonly string[]) => void;
}

type Handler = (scope: Scope, event: SyscallEvent) => void;

/** Handlers by call: how a call that has succeeded changes this state. */
export const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['execve', (scope, event) => executed(scope, event.args[1])],
  ['execveat', (scope, event) => executed(scope, event.args[2])],
  ...['fork', 'vfork'].map((name): [string, Handler] => [name, (scope, event) => started(scope, event, [])]),
  ...['clone', 'clone3'].map((name): [string, Handler] => [
    name,
    (scope, event) => started(scope, event, cloneFlags(event.args)),
  ]),
  ['unshare', unshared],
  ['open', (scope, event) => opened(scope, event, undefined, event.args[0], flagsOf(event.args[1]))],
  ['creat', (scope, event) => opened(scope, event, undefined, event.args[0], [])],
  ['openat', (scope, event) => opened(scope, event, event.args[0], event.args[1], flagsOf(event.args[2]))],
  ['openat2', (scope, event) => opened(scope, event, event.args[0], event.args[1], openHow(event.args[2]))],
  ['memfd_create', (scope, event) => made(scope, event, 'memfd', flagsOf(event.args[1]))],
  ['socket', (scope, event) => made(scope, event, 'socket', flagsOf(event.args[1]), socketProtocol(event.args))],
  ['accept', (scope, event) => made(scope, event, 'socket', [], listenersOf(scope, event))],
  ['accept4', (scope, event) => made(scope, event, 'socket', flagsOf(event.args[3]), listenersOf(scope, event))],
  ['socketpair', (scope, event) => pair(scope, event.args[3], 'socket', flagsOf(event.args[1]))],
  ['pipe', (scope, event) => pair(scope, event.args[0], 'pipe', [])],
  ['pipe2', (scope, event) => pair(scope, event.args[0], 'pipe', flagsOf(event.args[1]))],
  ['dup', (scope, event) => copied(scope, event, [])],
  ['dup2', (scope, event) => copied(scope, event, [])],
  ['dup3', (scope, event) => copied(scope, event, flagsOf(event.args[2]))],
  ['fcntl', controlled],
  ['fcntl64', controlled],
  ['getcwd', (scope, event) => moved(scope, undefined, event.args[0])],
]);

/** Those of them after which their arguments lose their meaning. */
export const LEAVERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['close', (scope, event) => closed(scope, event.args[0])],
  ['close_range', closedRange],
  ['chdir', (scope, event) => moved(scope, undefined, event.args[0])],
  ['fchdir', (scope, event) => moved(scope, event.args[0], undefined)],
]);

function executed({ process, leader }: Scope, argv: Value | undefined): void {
  leader.argv = argv?.type === 'array' ? [...argv.items.map(word), ...(argv.truncated ? ['...'] : [])] : [];
  leader.node.argv = leader.argv.map(utf8);
  process.executed = !process.adopted;
  process.files = process.files.afterExec();
  process.fs = { ...process.fs };
}

function started(scope: Scope, event: SyscallEvent, flags: readonly string[]): void {
  if (event.result.kind === 'ok' && event.result.value > 0) scope.adopt(event, event.result.value, flags);
}

function unshared({ process }: Scope, event: SyscallEvent): void {
  const flags = flagsOf(event.args[0]);
  if (flags.includes('CLONE_FILES')) process.files = process.files.copy();
  if (flags.includes('CLONE_FS')) process.fs = { ...process.fs };
}

function opened(
  scope: Scope,
  event: SyscallEvent,
  folder: Value | undefined,
  path: Value | undefined,
  flags: readonly string[],
): void {
  if (folder?.type === 'fd' && folder.fd === undefined && folder.path.startsWith('/')) {
    scope.process.fs.folder = folder.path;
  }
  const name = path?.type === 'string' ? path.text : '';
  made(scope, event, scope.resolve(folder, name) ?? name, flags);
}

/** A descriptor that the call returned; `-y` says best what it is. */
function made(
  { process }: Scope,
  event: SyscallEvent,
  path: string,
  flags: readonly string[],
  protocol?: Protocol,
): void {
  if (event.result.kind !== 'ok') return;
  process.files.set(event.result.value, {
    path: event.result.path ?? path,
    closeOnExec: closesOnExec(flags),
    ...(protocol === undefined ? {} : { protocol }),
  });
}

/** A connection speaks what the socket speaks that it came in through. */
function listenersOf({ process }: Scope, { args: [socket] }: SyscallEvent): Protocol | undefined {
  const fd = numberOf(socket);
  return fd === undefined ? undefined : process.files.get(fd)?.protocol;
}

function socketProtocol([family, type]: readonly Value[]): Protocol {
  switch (flagsOf(family)[0]) {
    case 'AF_UNIX':
      return 'unix';
    case 'AF_NETLINK':
      return 'netlink';
    case 'AF_INET':
    case 'AF_INET6': {
      const types = flagsOf(type);
      if (types.includes('SOCK_STREAM')) return 'TCP';
      return types.includes('SOCK_DGRAM') ? 'UDP' : 'other';
    }
    default:
      return 'other';
  }
}

/** `[3<pipe:[123]>, 4<pipe:[123]>]` */
function pair({ process }: Scope, ends: Value | undefined, path: string, flags: readonly string[]): void {
  if (ends?.type !== 'array') return;
  for (const end of ends.items) {
    const fd = numberOf(end);
    if (fd !== undefined) {
      process.files.set(fd, { path: end.type === 'fd' ? end.path : path, closeOnExec: closesOnExec(flags) });
    }
  }
}

function copied(scope: Scope, event: SyscallEvent, flags: readonly string[]): void {
  const [from] = event.args;
  const fd = numberOf(from);
  if (fd === undefined || (event.result.kind === 'ok' && event.result.value === fd)) return;
  const known = scope.process.files.get(fd);
  const path = from?.type === 'fd' ? from.path : known?.path;
  if (path !== undefined) made(scope, event, path, flags, known?.protocol);
}

function controlled(scope: Scope, event: SyscallEvent): void {
  const [target, command, argument] = event.args;
  const [name] = flagsOf(command);
  if (name === 'F_DUPFD') copied(scope, event, []);
  else if (name === 'F_DUPFD_CLOEXEC') copied(scope, event, ['O_CLOEXEC']);
  else if (name === 'F_SETFD') {
    const fd = numberOf(target);
    if (fd !== undefined) scope.process.files.setCloseOnExec(fd, flagsOf(argument).includes('FD_CLOEXEC'));
  }
}

function closed({ process }: Scope, target: Value | undefined): void {
  const fd = numberOf(target);
  if (fd !== undefined) process.files.delete(fd);
}

function closedRange({ process }: Scope, event: SyscallEvent): void {
  const [first, last, how] = event.args;
  const from = numberOf(first) ?? 0;
  // `~0U` is printed as a number that fits, or in words.
  const to = numberOf(last) ?? Number.MAX_SAFE_INTEGER;
  if (flagsOf(how).includes('CLOSE_RANGE_UNSHARE')) process.files = process.files.copy();
  if (flagsOf(how).includes('CLOSE_RANGE_CLOEXEC')) process.files.markRange(from, to);
  else process.files.deleteRange(from, to);
}

function moved(scope: Scope, folder: Value | undefined, path: Value | undefined): void {
  const name = path?.type === 'string' && !path.truncated ? path.text : '';
  if (folder === undefined && name === '') scope.process.fs.folder = undefined;
  else scope.process.fs.folder = scope.resolve(folder, name);
}

function cloneFlags(args: readonly Value[]): readonly string[] {
  // clone names its arguments, clone3 has them in a struct: a struct with a field `flags` either way.
  for (const arg of args) {
    const printed = arg.type === 'change' ? arg.before : arg;
    const flags = printed.type === 'struct' ? printed.fields.get('flags') : undefined;
    if (flags) return flagsOf(flags);
  }
  return [];
}

function openHow(how: Value | undefined): readonly string[] {
  return how?.type === 'struct' ? flagsOf(how.fields.get('flags')) : [];
}

function closesOnExec(flags: readonly string[]): boolean {
  return flags.some((flag) => flag.endsWith('_CLOEXEC'));
}

function word(value: Value): string {
  if (value.type === 'string') return value.truncated ? `${value.text}...` : value.text;
  return value.type === 'flags' ? value.names.join('|') : '?';
}
