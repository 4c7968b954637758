/** Every traced call on its own, in plain words: who, what, where, and how it ended. */
import { escapeAndCut } from '../core/escape.js';
import type { SignalEvent, SyscallEvent, TraceEvent, Value } from '../trace/events.js';
import type { ProcessTable } from '../trace/processes.js';
import { utf8 } from '../trace/values.js';
import { argvOf, cloneFlagsOf, commandLine, dataOf, fieldOf, flagsOf, modeOf, numberOf } from './args.js';
import { printValue, secondsOf, shown, shownData, shownName, textOf } from './args.js';
import { queriedNames } from './dns.js';
import { endpointOf, endpointWords, protocolOf, type Endpoint } from './endpoint.js';
import { SKIPPED_SLEEPS } from './syscalls.js';
import { errorSentence, signalWords } from './words.js';

/**
 * *PID 28 tries to connect to 192.168.1.5 port 8080 over TCP. Interrupted (ERESTARTSYS).* The table, if there is one, makes
 * relative paths whole and names what a descriptor stands for. The text is escaped and fit to be shown.
 */
export function explainEvent(event: TraceEvent, table?: ProcessTable): string {
  const who = `PID ${event.pid}`;
  switch (event.kind) {
    case 'syscall':
      return `${who} ${explainCall(event, table)}. ${resultSentence(event)}`;
    case 'signal':
      return `${who} receives ${signalWords(shown(event.signal))}${signalOrigin(event)}.`;
    case 'exit':
      return event.code === 0 ? `${who} ends normally.` : `${who} ends with exit code ${event.code}.`;
    case 'killed':
      return `${who} is killed by ${signalWords(shown(event.signal))}${event.coreDumped ? ' and leaves a core dump' : ''}.`;
    case 'notice':
      return `Remark of the tracer: ${escapeAndCut(event.text, 200)}`;
    case 'unparsed':
      return `A line that cannot be read: ${escapeAndCut(event.text, 200)}`;
  }
}

/** *opens /etc/shadow for reading*: the call without who and result. */
export function explainCall(event: SyscallEvent, table?: ProcessTable): string {
  const call = new Call(event, table);
  return (PHRASES.get(event.name) ?? anyCall)(call);
}

/** How a call ended, one sentence. */
export function resultSentence(event: SyscallEvent): string {
  const { result } = event;
  if (event.injected && result.kind === 'ok' && isSleep(event.name)) return 'The sandbox skipped the wait.';
  if (event.injected && result.kind === 'error') return `The sandbox refused it (${shown(result.errno)}).`;
  switch (result.kind) {
    case 'ok':
      if (event.injected) return 'The sandbox answered in place of the system.';
      return STARTS_PROCESS.has(event.name) && result.value > 0 ? `Its PID is ${result.value}.` : 'It worked.';
    case 'error':
      return errorSentence(shown(result.errno), shown(result.message).toLowerCase());
    case 'interrupted':
      return `Interrupted (${shown(result.errno)}).`;
    case 'none':
      return 'The call did not return.';
    case 'unfinished':
      return 'It was still under way when the trace ended.';
  }
}

/** What a phrase can ask about its call. */
class Call {
  constructor(
    readonly event: SyscallEvent,
    private readonly table: ProcessTable | undefined,
  ) {}

  arg(index: number): Value | undefined {
    return this.event.args[index];
  }

  text(index: number): string {
    const text = textOf(this.arg(index));
    return text === undefined ? this.printed(index) : shownName(text);
  }

  printed(index: number): string {
    const value = this.arg(index);
    return value === undefined ? '?' : printValue(value);
  }

  number(index: number): number | undefined {
    return numberOf(this.arg(index));
  }

  flags(index: number): readonly string[] {
    return flagsOf(this.arg(index));
  }

  /** A path argument, made whole: relative to the descriptor argument `dir`, or to the working folder. */
  path(index: number, dir?: number): string {
    const value = this.arg(index);
    const path = value?.type === 'string' ? value.text : undefined;
    const folder = dir === undefined ? undefined : this.arg(dir);
    if (path === undefined) return dir === undefined ? this.printed(index) : this.file(dir);
    if (path === '' && dir !== undefined) return this.file(dir);
    if (this.table) return shownName(utf8(this.table.resolvePath(this.event.pid, folder, path) ?? path));
    if (path.startsWith('/') || folder?.type !== 'fd' || folder.path === '') return shownName(utf8(path));
    return shownName(utf8(`${folder.path.replace(/\/$/, '')}/${path}`));
  }

  /** What a descriptor argument stands for. */
  file(index: number): string {
    const value = this.arg(index);
    const path = value?.type === 'fd' && value.path !== '' ? value.path : this.described(value);
    if (path !== undefined) return shownName(utf8(path)) + (value?.type === 'fd' && value.deleted ? ' (deleted)' : '');
    return `descriptor ${this.printed(index)}`;
  }

  /** What the table knows of a descriptor. */
  private described(value: Value | undefined): string | undefined {
    const fd = numberOf(value);
    return fd === undefined ? undefined : this.table?.describe(this.event.pid, fd)?.path;
  }

  protocol(index: number): string | undefined {
    return protocolOf(this.event, this.arg(index), this.table);
  }

  endpoint(index: number): Endpoint | undefined {
    return endpointOf(this.arg(index));
  }
}

type Phrase = (call: Call) => string;

const STARTS_PROCESS: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);
const isSleep = (name: string): boolean => (SKIPPED_SLEEPS as readonly string[]).includes(name);

const START: Phrase = (call) => {
  const isAt = call.event.name === 'execveat';
  const argv = argvOf(call.arg(isAt ? 2 : 1));
  const program = isAt ? call.path(1, 0) : call.path(0);
  const rest = argv.length <= 1 ? 'without arguments' : `with the arguments ${commandLine(argv, 400)}`;
  return `starts the program ${program} ${rest}`;
};

const CLONE: Phrase = (call) => {
  const flags = cloneFlagsOf(call.event);
  const spaces = flags.filter((flag) => flag.startsWith('CLONE_NEW'));
  const extra = [
    ...(spaces.length > 0 ? [`in namespaces of its own (${shown(spaces.join(', '))})`] : []),
    ...(flags.includes('CLONE_UNTRACED') ? ['hidden from any tracer (CLONE_UNTRACED)'] : []),
  ];
  const what = flags.includes('CLONE_THREAD') ? 'a thread' : 'a child process';
  return ['starts', what, ...extra].join(' ');
};

const FORK: Phrase = () => 'starts a child process';

const open =
  (pathIndex: number, flagsIndex: number | undefined, dir?: number): Phrase =>
  (call) => {
    const printed = flagsIndex === undefined ? undefined : call.arg(flagsIndex);
    const flags =
      flagsIndex === undefined
        ? ['O_WRONLY', 'O_CREAT', 'O_TRUNC']
        : flagsOf(printed?.type === 'struct' ? fieldOf(printed, 'flags') : printed);
    const path = call.path(pathIndex, dir);
    if (flags.includes('O_DIRECTORY') && !isWrite(flags)) return `opens the folder ${path}`;
    if (flags.includes('O_PATH')) return `opens ${path} without reading it`;
    const how = isWrite(flags) ? (flags.includes('O_RDWR') ? 'reading and writing' : 'writing') : 'reading';
    const more = [
      ...(flags.includes('O_CREAT') ? ['making it if it is not there'] : []),
      ...(flags.includes('O_TRUNC') ? ['emptying it'] : []),
      ...(flags.includes('O_APPEND') ? ['adding at its end'] : []),
    ];
    return [`opens ${path} for ${how}`, ...more].join(', ');
  };

function isWrite(flags: readonly string[]): boolean {
  return flags.some((flag) => ['O_WRONLY', 'O_RDWR', 'O_TRUNC', 'O_CREAT'].includes(flag));
}

const on =
  (verb: string, pathIndex: number, dir?: number): Phrase =>
  (call) =>
    `${verb} ${call.path(pathIndex, dir)}`;

const onFile =
  (verb: string, index = 0): Phrase =>
  (call) =>
    `${verb} ${call.file(index)}`;

const UNLINKAT: Phrase = (call) =>
  `${call.flags(2).includes('AT_REMOVEDIR') ? 'deletes the folder' : 'deletes'} ${call.path(1, 0)}`;

const pair =
  (words: readonly [string, string], from: readonly [number, number?], to: readonly [number, number?]): Phrase =>
  (call) =>
    `${words[0]} ${call.path(...from)} ${words[1]} ${call.path(...to)}`;

/** The target of a symbolic link is text: it is not resolved. */
const symlink =
  (to: readonly [number, number?]): Phrase =>
  (call) =>
    `makes ${call.path(...to)} a link to ${call.text(0)}`;

const mode =
  (what: Phrase, index: number): Phrase =>
  (call) => {
    const bits = modeOf(call.arg(index));
    const words = [
      ...(((bits ?? 0) & 0o111) === 0 ? [] : ['may be run']),
      ...(((bits ?? 0) & 0o4000) === 0 ? [] : ['runs with the rights of its owner (setuid)']),
      ...(((bits ?? 0) & 0o2000) === 0 ? [] : ['runs with the rights of its group (setgid)']),
    ];
    const octal = bits === undefined ? call.printed(index) : bits.toString(8).padStart(3, '0');
    return `${what(call)} to ${octal}${words.length === 0 ? '' : ` (it ${words.join(', ')})`}`;
  };

const owner =
  (what: Phrase, index: number): Phrase =>
  (call) =>
    `${what(call)} to user ${call.printed(index)}, group ${call.printed(index + 1)}`;

const attribute =
  (verb: string, what: Phrase, index: number): Phrase =>
  (call) =>
    `${verb} the extended attribute ${call.text(index)} of ${what(call)}`;

const write: Phrase = (call) => {
  const data = dataOf(call.arg(1));
  const count = call.event.name.startsWith('write') && data.length === 0 ? (call.number(2) ?? 0) : byteCount(call);
  const protocol = call.protocol(0);
  const verb = protocol === undefined ? 'writes' : 'sends';
  return `${verb} ${bytes(count)} to ${streamName(call)}: ${shownData(data)}`;
};

/** Bytes a write-like call was given: the count argument, or the sum of its vectors. */
function byteCount(call: Call): number {
  const data = dataOf(call.arg(1));
  const isVector = call.arg(1)?.type === 'array';
  return isVector ? data.length : (call.number(2) ?? data.length);
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

function streamName(call: Call): string {
  const fd = call.number(0);
  const names = ['standard input', 'standard output', 'standard error'];
  const name = fd === undefined ? undefined : names[fd];
  const value = call.arg(0);
  if (name !== undefined && !(value?.type === 'fd' && value.path.startsWith('/'))) return name;
  return socketName(call, 0);
}

/** A socket by where it leads, if strace or the table says so. */
function socketName(call: Call, index: number): string {
  const value = call.arg(index);
  const annotation = value?.type === 'fd' ? value.path : '';
  const peer = /->([^\]]+)\]/.exec(annotation)?.[1];
  const protocol = call.protocol(index);
  if (peer !== undefined && protocol !== undefined) return `${shown(peer)} over ${protocol}`;
  if (/^(pipe|socket|anon_inode):/.test(annotation)) return `a ${shown(annotation.split(':')[0] ?? '')}`;
  return call.file(index);
}

const SOCKET: Phrase = (call) => {
  const family = call.printed(0);
  const kinds: Readonly<Record<string, string>> = {
    AF_INET: 'IPv4',
    AF_INET6: 'IPv6',
    AF_UNIX: 'local',
    AF_NETLINK: 'kernel (netlink)',
    AF_PACKET: 'raw network (packet)',
    AF_VSOCK: 'virtual machine (vsock)',
  };
  const type = call.flags(1);
  const stream = type.includes('SOCK_STREAM') ? 'stream' : type.includes('SOCK_DGRAM') ? 'datagram' : undefined;
  const kind = type.includes('SOCK_RAW') ? 'raw' : stream;
  const words = [kinds[family] ?? family, kind].filter(Boolean).join(' ');
  return `makes ${words.startsWith('IP') ? 'an' : 'a'} ${words} socket`;
};

const CONNECT: Phrase = (call) => {
  const endpoint = call.endpoint(1);
  if (!endpoint) return `tries to connect to ${call.printed(1)}`;
  const protocol = call.protocol(0);
  const over = protocol === undefined || endpoint.port === undefined ? '' : ` over ${protocol}`;
  const verb = call.event.result.kind === 'ok' ? 'connects' : 'tries to connect';
  return `${verb} to ${endpointWords(endpoint)}${over}`;
};

const BIND: Phrase = (call) => {
  const endpoint = call.endpoint(1);
  const protocol = call.protocol(0);
  const over = protocol === undefined || endpoint?.port === undefined ? '' : ` over ${protocol}`;
  return `takes the address ${endpoint ? endpointWords(endpoint) : call.printed(1)}${over}`;
};

const SEND: Phrase = (call) => {
  const endpoint = call.endpoint(4);
  return sent(call, call.number(2) ?? 0, dataOf(call.arg(1)).bytes, endpoint, shownData(dataOf(call.arg(1))));
};

const SENDMSG: Phrase = (call) => {
  const message = call.arg(1);
  const data = dataOf(fieldOf(message, 'msg_iov'));
  return sent(call, data.length, data.bytes, endpointOf(fieldOf(message, 'msg_name')), shownData(data));
};

const SENDMMSG: Phrase = (call) => {
  const list = call.arg(1);
  const messages = list?.type === 'array' ? list.items.map((item) => fieldOf(item, 'msg_hdr')) : [];
  const parts = messages.map((message) => dataOf(fieldOf(message, 'msg_iov')));
  const names = [...new Set(parts.flatMap((part) => queriedNames(part.bytes)))];
  if (names.length > 0) return `asks for the address of ${names.map((name) => shown(name)).join(' and ')}`;
  const first = parts[0];
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const endpoint = endpointOf(fieldOf(messages[0], 'msg_name'));
  return sent(call, total, first?.bytes ?? '', endpoint, first ? shownData(first) : '""');
};

function sent(call: Call, count: number, data: string, endpoint: Endpoint | undefined, text: string): string {
  const protocol = call.protocol(0);
  const names = protocol === 'TCP' ? [] : queriedNames(data);
  const over = endpoint && protocol !== undefined ? ` over ${protocol}` : '';
  const where = endpoint ? `${endpointWords(endpoint)}${over}` : socketName(call, 0);
  if (names.length > 0) return `asks for the address of ${names.map((name) => shown(name)).join(' and ')}`;
  return `sends ${bytes(count)} to ${where}: ${text}`;
}

const RECEIVE: Phrase = (call) => `waits for data from ${socketName(call, 0)}`;

const SIGNAL_WORDS = (signal: string): string => (signal === '0' ? 'no signal, only a question (0)' : signal);

const kill =
  (signalIndex: number, target: (call: Call) => string): Phrase =>
  (call) =>
    `sends ${SIGNAL_WORDS(call.printed(signalIndex))} to ${target(call)}`;

const KILL_TARGET = (call: Call): string => {
  const target = call.number(0);
  if (target === undefined) return call.printed(0);
  if (target === 0) return 'every process of its group';
  if (target === -1) return 'every process it can reach';
  return target < 0 ? `the process group ${-target}` : `process ${target}`;
};

const identity =
  (what: string): Phrase =>
  (call) =>
    `asks to become ${what} ${[...new Set(call.event.args.map(printValue))].join(', ')}`;

const PRCTL: Phrase = (call) => {
  const option = call.flags(0)[0] ?? call.printed(0);
  switch (option) {
    case 'PR_SET_NAME':
      return `names itself ${call.text(1)}`;
    case 'PR_SET_PDEATHSIG':
      return `asks to be told when its parent dies`;
    case 'PR_SET_DUMPABLE':
      return `sets whether others may look into its memory (${call.printed(1)})`;
    case 'PR_SET_PTRACER':
      return `names who may trace it (${call.printed(1)})`;
    case 'PR_SET_SECCOMP':
      return 'installs a filter for system calls';
    case 'PR_SET_NO_NEW_PRIVS':
      return 'gives up gaining rights';
    default:
      return `changes or reads a property of its process (${option})`;
  }
};

const seconds =
  (what: string, index: number): Phrase =>
  (call) => {
    const time = secondsOf(call.arg(index)) ?? call.number(index);
    return time === undefined ? what : `${what} ${duration(time)}`;
  };

/** `0.5 seconds`, `1 second`, `3600 seconds` */
function duration(time: number): string {
  return time === 1 ? '1 second' : `${Number(time.toFixed(3))} seconds`;
}

const POLL: Phrase = (call) => {
  const time = call.event.name === 'poll' ? milliseconds(call.number(2)) : secondsOf(call.arg(2));
  return time === undefined ? 'waits for something to happen' : `waits up to ${duration(time)} for something to happen`;
};

const SELECT: Phrase = (call) => {
  const time = secondsOf(call.arg(4));
  return time === undefined ? 'waits for something to happen' : `waits up to ${duration(time)} for something to happen`;
};

function milliseconds(time: number | undefined): number | undefined {
  return time === undefined || time < 0 ? undefined : time / 1000;
}

const FCNTL: Phrase = (call) => {
  const isCopy = call.flags(1).some((flag) => flag.startsWith('F_DUPFD'));
  const { result } = call.event;
  if (!isCopy) return `changes or reads a property of ${socketName(call, 0)}`;
  return result.kind === 'ok' && result.value <= 2
    ? `puts ${socketName(call, 0)} in the place of ${standardName(result.value)}`
    : `makes a second descriptor of ${socketName(call, 0)}`;
};

const MEMORY: Phrase = (call) => {
  const rights = call.flags(2);
  const writable = rights.includes('PROT_WRITE') && rights.includes('PROT_EXEC');
  const isFile = call.event.name === 'mmap' && call.number(4) !== -1;
  if (isFile && rights.includes('PROT_EXEC')) return `takes ${call.file(4)} into memory as code to run`;
  if (writable) return 'makes memory that can be written and run';
  return rights.includes('PROT_EXEC') ? 'makes memory that can be run' : 'sets up memory';
};

const LIMIT: Phrase = (call) => {
  const isOld = call.event.name === 'setrlimit';
  const who = !isOld && call.number(0) !== 0 ? ` of process ${call.printed(0)}` : '';
  const name = call.printed(isOld ? 0 : 1);
  const value = call.arg(isOld ? 1 : 2);
  if (value?.type !== 'struct') return `reads the limit ${name}${who}`;
  return `sets the limit ${name}${who} to ${printValue(fieldOf(value, 'rlim_cur') ?? value)}`;
};

const say =
  (text: string): Phrase =>
  () =>
    text;

const withArgument =
  (text: string, index: number): Phrase =>
  (call) =>
    `${text} ${call.text(index)}`;

/** Name and arguments, for a call that has no words of its own. */
const anyCall: Phrase = (call) => {
  const args = call.event.args.map(printValue);
  const name = shown(call.event.name);
  return args.length === 0 ? `makes the system call ${name}` : `makes the system call ${name} with ${args.join(', ')}`;
};

const CHMOD = 'sets the permissions of';
const CHOWN = 'gives';

/** Keyed by system call; a call that is not here gets the general sentence. */
const PHRASES: ReadonlyMap<string, Phrase> = new Map<string, Phrase>([
  // Processes
  ['execve', START],
  ['execveat', START],
  ['clone', CLONE],
  ['clone3', CLONE],
  ['fork', FORK],
  ['vfork', FORK],
  ['wait4', (call) => (call.number(0) === -1 ? 'waits for a child' : `waits for process ${call.printed(0)}`)],
  ['waitid', say('waits for a child')],
  ['kill', kill(1, KILL_TARGET)],
  ['tkill', kill(1, (call) => `thread ${call.printed(0)}`)],
  ['tgkill', kill(2, (call) => `thread ${call.printed(1)} of process ${call.printed(0)}`)],
  ['rt_sigqueueinfo', kill(1, KILL_TARGET)],
  ['rt_tgsigqueueinfo', kill(2, (call) => `thread ${call.printed(1)} of process ${call.printed(0)}`)],
  ['pidfd_open', (call) => `takes hold of process ${call.printed(0)}`],
  ['pidfd_send_signal', kill(1, (call) => `the process behind ${call.file(0)}`)],
  ['pidfd_getfd', (call) => `takes an open file out of the process behind ${call.file(0)}`],
  ['exit', (call) => `ends with exit code ${call.printed(0)}`],
  ['exit_group', (call) => `ends with exit code ${call.printed(0)}`],
  ['setsid', say('leaves its session, so that it lives on without its parent')],
  ['setpgid', say('changes its process group')],
  // Files
  ['open', open(0, 1)],
  ['openat', open(1, 2, 0)],
  ['openat2', open(1, 2, 0)],
  ['creat', open(0, undefined)],
  ['read', onFile('reads from')],
  ['pread64', onFile('reads from')],
  ['readv', onFile('reads from')],
  ['close', onFile('closes')],
  ['write', write],
  ['pwrite64', write],
  ['writev', write],
  ['pwritev', write],
  ['pwritev2', write],
  ['sendfile', (call) => `copies from ${call.file(1)} to ${socketName(call, 0)}`],
  ['sendfile64', (call) => `copies from ${call.file(1)} to ${socketName(call, 0)}`],
  ['splice', (call) => `moves data from ${call.file(0)} to ${socketName(call, 2)}`],
  ['copy_file_range', (call) => `copies from ${call.file(0)} to ${call.file(2)}`],
  ['unlink', on('deletes', 0)],
  ['unlinkat', UNLINKAT],
  ['rmdir', on('deletes the folder', 0)],
  ['rename', pair(['renames', 'to'], [0], [1])],
  ['renameat', pair(['renames', 'to'], [1, 0], [3, 2])],
  ['renameat2', pair(['renames', 'to'], [1, 0], [3, 2])],
  ['mkdir', on('makes the folder', 0)],
  ['mkdirat', on('makes the folder', 1, 0)],
  ['mknod', on('makes the special file', 0)],
  ['mknodat', on('makes the special file', 1, 0)],
  ['link', pair(['gives', 'the second name'], [0], [1])],
  ['linkat', pair(['gives', 'the second name'], [1, 0], [3, 2])],
  ['symlink', symlink([1])],
  ['symlinkat', symlink([2, 1])],
  ['truncate', (call) => `cuts ${call.path(0)} to ${call.printed(1)} bytes`],
  ['ftruncate', (call) => `cuts ${call.file(0)} to ${call.printed(1)} bytes`],
  ['fallocate', (call) => `reserves ${call.printed(3)} bytes for ${call.file(0)}`],
  ['chmod', mode(on(CHMOD, 0), 1)],
  ['fchmod', mode(onFile(CHMOD), 1)],
  ['fchmodat', mode(on(CHMOD, 1, 0), 2)],
  ['fchmodat2', mode(on(CHMOD, 1, 0), 2)],
  ['chown', owner(on(CHOWN, 0), 1)],
  ['lchown', owner(on(CHOWN, 0), 1)],
  ['fchown', owner(onFile(CHOWN), 1)],
  ['fchownat', owner(on(CHOWN, 1, 0), 2)],
  ['utime', on('changes the times of', 0)],
  ['utimes', on('changes the times of', 0)],
  ['futimesat', on('changes the times of', 1, 0)],
  ['utimensat', on('changes the times of', 1, 0)],
  ['setxattr', attribute('sets', (call) => call.path(0), 1)],
  ['lsetxattr', attribute('sets', (call) => call.path(0), 1)],
  ['fsetxattr', attribute('sets', (call) => call.file(0), 1)],
  ['setxattrat', attribute('sets', (call) => call.path(1, 0), 3)],
  ['removexattr', attribute('removes', (call) => call.path(0), 1)],
  ['lremovexattr', attribute('removes', (call) => call.path(0), 1)],
  ['fremovexattr', attribute('removes', (call) => call.file(0), 1)],
  ['removexattrat', attribute('removes', (call) => call.path(1, 0), 3)],
  ['stat', on('looks whether there is', 0)],
  ['lstat', on('looks whether there is', 0)],
  ['newfstatat', on('looks whether there is', 1, 0)],
  ['statx', on('looks whether there is', 1, 0)],
  ['statfs', on('asks which file system holds', 0)],
  ['inotify_add_watch', on('asks to be told of changes to', 1)],
  ['getxattr', on('reads an extended attribute of', 0)],
  ['lgetxattr', on('reads an extended attribute of', 0)],
  ['listxattr', on('reads the extended attributes of', 0)],
  ['llistxattr', on('reads the extended attributes of', 0)],
  ['fstat', onFile('asks about')],
  ['access', on('asks whether it may use', 0)],
  ['faccessat', on('asks whether it may use', 1, 0)],
  ['faccessat2', on('asks whether it may use', 1, 0)],
  ['readlink', on('reads where the link leads:', 0)],
  ['readlinkat', on('reads where the link leads:', 1, 0)],
  ['getdents64', onFile('lists the folder')],
  ['getdents', onFile('lists the folder')],
  ['chdir', on('goes to the folder', 0)],
  ['fchdir', onFile('goes to the folder')],
  ['dup', (call) => `makes a second descriptor of ${socketName(call, 0)}`],
  ['fcntl', FCNTL],
  ['dup2', (call) => `puts ${socketName(call, 0)} in the place of ${standardName(call.number(1))}`],
  ['dup3', (call) => `puts ${socketName(call, 0)} in the place of ${standardName(call.number(1))}`],
  ['memfd_create', withArgument('makes a file that exists only in memory, called', 0)],
  ['memfd_secret', say('makes memory that nobody else can read')],
  ['mmap', MEMORY],
  ['mprotect', MEMORY],
  ['pkey_mprotect', MEMORY],
  ['shmat', say('takes in memory that it shares with others')],
  // Network
  ['socket', SOCKET],
  ['connect', CONNECT],
  ['bind', BIND],
  ['listen', (call) => `waits for connections on ${socketName(call, 0)}`],
  ['accept', (call) => `takes a connection on ${socketName(call, 0)}`],
  ['accept4', (call) => `takes a connection on ${socketName(call, 0)}`],
  ['sendto', SEND],
  ['sendmsg', SENDMSG],
  ['sendmmsg', SENDMMSG],
  ['recvfrom', RECEIVE],
  ['recvmsg', RECEIVE],
  ['recvmmsg', RECEIVE],
  ['socketcall', (call) => `uses the network (${call.printed(0)})`],
  ['shutdown', (call) => `ends the connection of ${socketName(call, 0)}`],
  ['setsockopt', (call) => `sets the option ${call.printed(2)} of ${socketName(call, 0)}`],
  // Rights
  ['setuid', identity('user')],
  ['setreuid', identity('user')],
  ['setresuid', identity('user')],
  ['setfsuid', identity('user')],
  ['setuid32', identity('user')],
  ['setreuid32', identity('user')],
  ['setresuid32', identity('user')],
  ['setgid', identity('group')],
  ['setregid', identity('group')],
  ['setresgid', identity('group')],
  ['setfsgid', identity('group')],
  ['setgid32', identity('group')],
  ['setregid32', identity('group')],
  ['setresgid32', identity('group')],
  ['setgroups', say('asks to change the groups it belongs to')],
  ['setgroups32', say('asks to change the groups it belongs to')],
  ['capset', say('asks to change its special rights (capabilities)')],
  ['prctl', PRCTL],
  ['seccomp', say('installs a filter for system calls, or asks what filters can do')],
  ['ptrace', (call) => `asks to control or watch another process (${call.printed(0)}, process ${call.printed(1)})`],
  ['process_vm_readv', (call) => `reads the memory of process ${call.printed(0)}`],
  ['process_vm_writev', (call) => `writes into the memory of process ${call.printed(0)}`],
  ['process_madvise', (call) => `advises on the memory of process ${call.file(0)}`],
  ['kcmp', (call) => `compares the processes ${call.printed(0)} and ${call.printed(1)}`],
  // Out of the container
  ['mount', (call) => `mounts ${call.text(0)} on ${call.text(1)}`],
  ['umount', withArgument('unmounts', 0)],
  ['umount2', withArgument('unmounts', 0)],
  ['move_mount', say('moves a mount')],
  ['open_tree', on('copies the mount', 1, 0)],
  ['open_tree_attr', on('copies the mount', 1, 0)],
  ['fsopen', withArgument('prepares to mount a file system of the type', 0)],
  ['fsconfig', say('prepares a mount')],
  ['fsmount', say('makes a mount')],
  ['fspick', on('takes hold of the mount', 1, 0)],
  ['mount_setattr', on('changes the mount', 1, 0)],
  ['pivot_root', (call) => `makes ${call.text(0)} the root of all files`],
  ['chroot', withArgument('makes its root folder', 0)],
  ['unshare', (call) => `asks for namespaces of its own (${call.printed(0)})`],
  ['setns', (call) => `asks to enter the namespace ${call.file(0)}`],
  ['open_by_handle_at', say('opens a file by its number on the disk, past all folders')],
  ['name_to_handle_at', on('asks for the number on the disk of', 1, 0)],
  ['bpf', (call) => `asks to run code in the kernel (bpf ${call.printed(0)})`],
  ['init_module', say('loads code into the kernel')],
  ['finit_module', onFile('loads code into the kernel from')],
  ['create_module', withArgument('loads code into the kernel, called', 0)],
  ['delete_module', withArgument('removes the kernel module', 0)],
  ['kexec_load', say('asks to replace the running kernel')],
  ['kexec_file_load', say('asks to replace the running kernel')],
  ['perf_event_open', say('asks to watch the processor and the kernel at work')],
  ['userfaultfd', say('asks to handle page faults itself, a tool of kernel attacks')],
  ['keyctl', (call) => `uses the key store of the kernel (${call.printed(0)})`],
  ['add_key', (call) => `stores a key in the kernel (${call.text(0)} ${call.text(1)})`],
  ['request_key', (call) => `asks the kernel for a key (${call.text(0)} ${call.text(1)})`],
  ['io_uring_setup', say('sets up a channel (io_uring) by which the kernel works for it unseen')],
  ['io_uring_enter', say('sends orders through a channel (io_uring) that no tracer sees')],
  ['io_uring_register', say('prepares a channel (io_uring) by which the kernel works for it unseen')],
  ['syslog', say('reads or clears the log of the kernel')],
  ['reboot', say('asks to restart or stop the machine')],
  ['swapon', withArgument('adds swap space:', 0)],
  ['swapoff', withArgument('removes swap space:', 0)],
  ['sethostname', withArgument('renames the machine to', 0)],
  ['setdomainname', withArgument('changes the domain of the machine to', 0)],
  ['iopl', say('asks for direct access to the hardware')],
  ['ioperm', say('asks for direct access to the hardware')],
  ['modify_ldt', say('changes how the processor divides its memory')],
  ['vm86', say('asks to run code for very old processors')],
  ['vm86old', say('asks to run code for very old processors')],
  ['uselib', on('loads the library', 0)],
  ['_sysctl', say('reads or changes a setting of the kernel')],
  ['nfsservctl', say('controls the file server of the kernel')],
  ['lookup_dcookie', say('asks for the path of a file by a number of the kernel')],
  ['fanotify_init', say('asks to watch every file of the machine')],
  ['acct', on('has the kernel note every program that runs in', 0)],
  ['quotactl', say('reads or changes how much disk users may fill')],
  ['quotactl_fd', say('reads or changes how much disk users may fill')],
  ['vhangup', say('ends what runs on its terminal')],
  ['stime', say('sets the clock of the machine')],
  ['clock_settime64', say('sets the clock of the machine')],
  ['clock_adjtime64', say('reads or adjusts the clock of the machine')],
  ['settimeofday', say('sets the clock of the machine')],
  ['clock_settime', say('sets the clock of the machine')],
  ['adjtimex', say('reads or adjusts the clock of the machine')],
  ['clock_adjtime', say('reads or adjusts the clock of the machine')],
  ['personality', (call) => `changes how the kernel treats it (${call.printed(0)})`],
  // Time
  ['nanosleep', seconds('sleeps for', 0)],
  ['clock_nanosleep', (call) => seconds(isAbsolute(call) ? 'sleeps until the clock reads' : 'sleeps for', 2)(call)],
  ['alarm', seconds('sets an alarm in', 0)],
  ['setitimer', seconds('sets a timer to', 1)],
  ['timer_create', say('makes a timer')],
  ['timer_settime', seconds('sets a timer to', 2)],
  ['timerfd_create', say('makes a timer')],
  ['timerfd_settime', seconds('sets a timer to', 2)],
  ['pause', say('waits for a signal')],
  ['poll', POLL],
  ['ppoll', POLL],
  ['select', SELECT],
  ['pselect6', SELECT],
  // Resources
  ['setrlimit', LIMIT],
  ['prlimit64', LIMIT],
  ['sched_setaffinity', (call) => `chooses the processors that ${targetName(call)} runs on`],
  ['sched_setscheduler', (call) => `changes how ${targetName(call)} is scheduled`],
  ['sched_setattr', (call) => `changes how ${targetName(call)} is scheduled`],
  ['setpriority', (call) => `changes its priority to ${call.printed(2)}`],
  ['ioprio_set', say('changes its priority for disk access')],
]);

function targetName(call: Call): string {
  return call.number(0) === 0 ? 'it' : `process ${call.printed(0)}`;
}

function standardName(fd: number | undefined): string {
  return ['its standard input', 'its standard output', 'its standard error'][fd ?? -1] ?? `descriptor ${fd ?? '?'}`;
}

function isAbsolute(call: Call): boolean {
  return call.flags(1).includes('TIMER_ABSTIME');
}

function signalOrigin(event: SignalEvent): string {
  const sender = event.info['si_pid'];
  const call = event.info['si_syscall'];
  const address = event.info['si_addr'];
  if (event.signal === 'SIGSYS' && call !== undefined) return `: the call ${shown(call)} is forbidden`;
  if (event.signal === 'SIGCHLD' && sender !== undefined) return `: process ${shown(sender)}`;
  if (event.info['si_code'] === 'SI_USER' && sender !== undefined) return ` from process ${shown(sender)}`;
  return address === undefined ? '' : ` at address ${shown(address)}`;
}
