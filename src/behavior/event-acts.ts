/** Turns events into acts: several system calls can be the same act. */
import { escapeAndCut } from '../core/escape.js';
import { STARTS_PROCESS, type SignalEvent, type SyscallEvent, type TraceEvent, type Value } from '../trace/events.js';
import { flagsOf, numberOf, utf8 } from '../trace/values.js';
import type { Act, ChangeAct, Facts } from './acts.js';
import { cloneFlagsOf, dataOf, fieldOf, secondsOf, textOf } from './args.js';
import type { CallReader } from './call-reader.js';
import { endpointOf, peerOf } from './endpoint.js';
import type { Observer } from './observer.js';
import { REFUSED } from './syscalls.js';

/** Call after the table has seen the event. */
export function actsOf(event: TraceEvent, observer: Observer): Act[] {
  const facts = [...observer.goingOn(event), ...factsOf(event, observer)];
  if (facts.length === 0) return [];
  const foreign = observer.isForeign(event.pid);
  const ok = event.kind !== 'syscall' || event.result.kind === 'ok' || event.result.kind === 'none';
  return facts.map((fact) => ({ ...fact, event, ok, foreign }));
}

function factsOf(event: TraceEvent, observer: Observer): Facts[] {
  switch (event.kind) {
    case 'syscall':
      return [...callFacts(event, observer), ...limitFacts(event)];
    case 'signal':
      if (event.signal === 'SIGSYS') observer.forbade(event.pid);
      return signalFacts(event);
    case 'killed':
      observer.ended(event);
      return observer.killed(event);
    case 'exit':
      observer.ended(event);
      return [];
    default:
      return [];
  }
}

function callFacts(event: SyscallEvent, observer: Observer): Facts[] {
  const call = observer.call(event);
  const reader = READERS.get(event.name);
  if (reader) return reader(call, observer);
  return REFUSED_NAMES.has(event.name) ? named(call, observer) : [];
}

type Read = (call: CallReader, observer: Observer) => Facts[];

const opening =
  (path: number, flags: number, dir?: number): Read =>
  (call, observer) => {
    const value = call.arg(flags);
    const asked = call.path(path, dir);
    return observer.opened(
      call,
      realPath(call.event, asked),
      flagsOf(value?.type === 'struct' ? fieldOf(value, 'flags') : value),
      value?.type === 'struct' ? fieldOf(value, 'mode') : call.arg(flags + 1),
      asked,
    );
  };

const probing =
  (path: number, dir?: number): Read =>
  (call, observer) =>
    // Without a path it is about a descriptor, and that was opened.
    textOf(call.arg(path)) === '' ? [] : observer.probed(call, call.path(path, dir));

const watching: Read = (call) => [{ act: 'watch', path: call.path(1), zone: call.zone(call.path(1)) }];

/** From one descriptor to another, unseen by the process: what it copies shows by the file that it comes from. */
const copying =
  (from: number, to: number): Read =>
  (call, observer) =>
    observer.copied(call, call.file(from), call.file(to));

const changing =
  (how: ChangeAct['how'], path: number, dir?: number): Read =>
  (call) => [call.change(call.path(path, dir), how)];

const attributing =
  (path: (call: CallReader) => string, name: number): Read =>
  (call) => [call.change(path(call), 'attribute', { attribute: escapeAndCut(textOf(call.arg(name)) ?? '', 100) })];

const owning =
  (path: (call: CallReader) => string): Read =>
  (call) => [{ act: 'owner', path: path(call), zone: call.zone(path(call)) }];

const signalling =
  (target: number, signal: number): Read =>
  (call, observer) =>
    observer.signalled(call, signalName(call.arg(signal)), numberOf(call.arg(target)));

export const named: Read = (call) => [{ act: 'call', name: call.event.name, flags: call.event.args.flatMap(flagsOf) }];
const cloning: Read = (call, observer) => {
  const flags = cloneFlagsOf(call.event);
  return [{ act: 'call', name: call.event.name, flags }, ...(flags.includes('CLONE_VM') ? [] : observer.forked(call))];
};

const writing: Read = (call, observer) => {
  if (call.protocol(0) === undefined && peerOf(call.arg(0)) === undefined) return observer.written(call);
  return observer.sockets.sent(call, [dataOf(call.arg(1))], undefined);
};

const idle =
  (seconds: (call: CallReader) => number | undefined): Read =>
  (call, observer) =>
    observer.waiting(call, seconds(call));

/** Waiting for nothing but time. */
const polling: Read = (call, observer) => {
  if (numberOf(call.arg(1)) !== 0) return [];
  const time = call.arg(2);
  return observer.waiting(call, call.event.name === 'poll' ? (numberOf(time) ?? 0) / 1000 : secondsOf(time));
};

const selecting: Read = (call, observer) =>
  numberOf(call.arg(0)) === 0 ? observer.waiting(call, secondsOf(call.arg(4))) : [];

/** Whatever the call, the new descriptor is what it returned; without a result it is what was asked for. */
const duplicating: Read = (call) => {
  const { name, result } = call.event;
  if (name === 'fcntl' && !flagsOf(call.arg(1)).some((flag) => flag.startsWith('F_DUPFD'))) return [];
  const fd =
    result.kind === 'ok' ? result.value : name === 'dup2' || name === 'dup3' ? numberOf(call.arg(1)) : undefined;
  const protocol = call.protocol(0);
  const isNetwork = protocol !== undefined && /^(?:TCP|UDP)/.test(protocol);
  return isNetwork && fd !== undefined && fd <= 2 ? [{ act: 'socket-as-stdio', fd }] : [];
};

const mapping: Read = (call, observer) => {
  const [rights, isMmap] = [flagsOf(call.arg(2)), call.event.name === 'mmap'];
  if (isMmap && rights.includes('PROT_WRITE') && flagsOf(call.arg(3)).some((flag) => flag.startsWith('MAP_SHARED')))
    observer.shares(call, call.file(4));
  return rights.includes('PROT_EXEC') ? observer.mapped(call, isMmap ? call.file(4) : '') : [];
};

const attaching: Read = (call, observer) =>
  flagsOf(call.arg(2)).includes('SHM_EXEC') ? observer.mapped(call, '') : [];

/** Protocols that no program speaks to load a model. */
const UNUSUAL = /^IPPROTO_(?:SCTP|DCCP|UDPLITE|MPTCP|GRE|ESP|AH|L2TP|RAW|SMC)$/;

const socketing: Read = (call) => {
  const family = flagsOf(call.arg(0))[0] ?? '';
  const isRaw = family === 'AF_PACKET' || (flagsOf(call.arg(1)).includes('SOCK_RAW') && family !== 'AF_NETLINK');
  const isUnusual = /^AF_INET6?$/.test(family) && flagsOf(call.arg(2)).some((flag) => UNUSUAL.test(flag));
  return isRaw || isUnusual ? [{ act: 'raw-socket', family }] : [];
};

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['execve', (call, observer) => observer.start(call)],
  ['execveat', (call, observer) => observer.start(call)],
  ['clone', cloning],
  ['clone3', cloning],
  ['fork', (call, observer) => observer.forked(call)],
  ['kill', signalling(0, 1)],
  ['tkill', signalling(0, 1)],
  ['tgkill', signalling(0, 2)],
  ['rt_sigqueueinfo', signalling(0, 1)],
  ['rt_tgsigqueueinfo', signalling(0, 2)],
  [
    'pidfd_send_signal',
    (call, observer) => {
      const pid = /\bpid:(\d+)/.exec(call.file(0))?.[1];
      return observer.signalled(call, signalName(call.arg(1)), pid === undefined ? undefined : Number(pid));
    },
  ],
  [
    'prctl',
    (call) => {
      const text = flagsOf(call.arg(0)).includes('PR_SET_NAME') ? textOf(call.arg(1)) : undefined;
      const facts = { act: 'call', name: 'prctl', flags: call.event.args.flatMap(flagsOf) } as const;
      return [text === undefined ? facts : { ...facts, text }];
    },
  ],
  ['ptrace', named],
  ['open', opening(0, 1)],
  ['openat', opening(1, 2, 0)],
  ['openat2', opening(1, 2, 0)],
  ['creat', (call, observer) => observer.opened(call, call.path(0), ['O_WRONLY', 'O_CREAT', 'O_TRUNC'], call.arg(1))],
  ['access', probing(0)],
  ['faccessat', probing(1, 0)],
  ['faccessat2', probing(1, 0)],
  ['readlink', probing(0)],
  ['readlinkat', probing(1, 0)],
  ['stat', probing(0)],
  ['lstat', probing(0)],
  ['newfstatat', probing(1, 0)],
  ['statx', probing(1, 0)],
  ['statfs', probing(0)],
  ['inotify_add_watch', watching],
  ['statmount', named],
  ['listmount', named],
  ['getxattr', probing(0)],
  ['lgetxattr', probing(0)],
  ['listxattr', probing(0)],
  ['llistxattr', probing(0)],
  ['unlink', (call, observer) => observer.deleted(call, call.path(0))],
  ['unlinkat', (call, observer) => observer.deleted(call, call.path(1, 0))],
  ['rmdir', (call, observer) => observer.deleted(call, call.path(0))],
  ['rename', (call, observer) => observer.renamed(call, call.path(0), call.path(1))],
  ['renameat', (call, observer) => observer.renamed(call, call.path(1, 0), call.path(3, 2))],
  ['renameat2', (call, observer) => observer.renamed(call, call.path(1, 0), call.path(3, 2))],
  ['mkdir', (call, observer) => observer.made(call, call.path(0))],
  ['mkdirat', (call, observer) => observer.made(call, call.path(1, 0))],
  ['mknod', (call, observer) => observer.special(call, call.path(0), specialKind(call.arg(1)))],
  ['mknodat', (call, observer) => observer.special(call, call.path(1, 0), specialKind(call.arg(2)))],
  ['link', (call, observer) => observer.hardLinked(call, call.path(1), call.path(0))],
  ['linkat', (call, observer) => observer.hardLinked(call, call.path(3, 2), call.path(1, 0))],
  ['symlink', (call, observer) => observer.linked(call, call.path(1), call.target(0, call.path(1)))],
  ['symlinkat', (call, observer) => observer.linked(call, call.path(2, 1), call.target(0, call.path(2, 1)))],
  ['ftruncate', (call) => sizing(call, numberOf(call.arg(1)))],
  ['fallocate', (call) => sizing(call, numberOf(call.arg(3)))],
  ['truncate', (call, observer) => observer.shortened(call, call.path(0))],
  ['chmod', (call, observer) => observer.mode(call, call.path(0), 1)],
  ['fchmod', (call, observer) => observer.mode(call, call.file(0), 1)],
  ['fchmodat', (call, observer) => observer.mode(call, call.path(1, 0), 2)],
  ['fchmodat2', (call, observer) => observer.mode(call, call.path(1, 0), 2)],
  ['chown', owning((call) => call.path(0))],
  ['lchown', owning((call) => call.path(0))],
  ['fchown', owning((call) => call.file(0))],
  ['fchownat', owning((call) => call.path(1, 0))],
  ['utime', changing('times', 0)],
  ['utimes', changing('times', 0)],
  ['futimesat', changing('times', 1, 0)],
  ['utimensat', changing('times', 1, 0)],
  ['setxattr', attributing((call) => call.path(0), 1)],
  ['lsetxattr', attributing((call) => call.path(0), 1)],
  ['fsetxattr', attributing((call) => call.file(0), 1)],
  ['setxattrat', attributing((call) => call.path(1, 0), 3)],
  ['removexattr', attributing((call) => call.path(0), 1)],
  ['lremovexattr', attributing((call) => call.path(0), 1)],
  ['fremovexattr', attributing((call) => call.file(0), 1)],
  ['removexattrat', attributing((call) => call.path(1, 0), 3)],
  ['memfd_create', (call) => [{ act: 'memory-file', name: escapeAndCut(textOf(call.arg(0)) ?? '', 100) }]],
  ['memfd_secret', () => [{ act: 'memory-file', name: '' }]],
  ['mmap', mapping],
  ['mprotect', mapping],
  ['pkey_mprotect', mapping],
  ['shmat', attaching],
  ['dup', duplicating],
  ['fcntl', duplicating],
  ['dup2', duplicating],
  ['dup3', duplicating],
  ['write', writing],
  ['writev', writing],
  ['pwrite64', writing],
  ['pwritev', writing],
  ['pwritev2', writing],
  ['sendfile', copying(1, 0)],
  ['sendfile64', copying(1, 0)],
  ['copy_file_range', copying(0, 2)],
  ['splice', copying(0, 2)],
  ['socket', socketing],
  ['connect', (call, observer) => observer.sockets.connected(call)],
  ['bind', (call, observer) => observer.bound(call)],
  ['listen', (call, observer) => observer.listening(call)],
  ['sendto', (call, observer) => observer.sockets.sent(call, [dataOf(call.arg(1))], endpointOf(call.arg(4)))],
  [
    'sendmsg',
    (call, observer) => {
      const message = call.arg(1);
      return observer.sockets.sent(
        call,
        [dataOf(fieldOf(message, 'msg_iov'))],
        endpointOf(fieldOf(message, 'msg_name')),
      );
    },
  ],
  [
    'sendmmsg',
    (call, observer) => {
      const list = call.arg(1);
      const messages = list?.type === 'array' ? list.items.map((item) => fieldOf(item, 'msg_hdr')) : [];
      const data = messages.map((message) => dataOf(fieldOf(message, 'msg_iov')));
      for (const message of messages) observer.sockets.name(endpointOf(fieldOf(message, 'msg_name')));
      return observer.sockets.sent(call, data, endpointOf(fieldOf(messages[0], 'msg_name')));
    },
  ],
  ['setuid', named],
  ['setgid', named],
  ['setreuid', named],
  ['setregid', named],
  ['setresuid', named],
  ['setresgid', named],
  ['setfsuid', named],
  ['setfsgid', named],
  ['setgroups', named],
  ['setuid32', named],
  ['setgid32', named],
  ['setreuid32', named],
  ['setregid32', named],
  ['setresuid32', named],
  ['setresgid32', named],
  ['setgroups32', named],
  ['capset', named],
  ['nanosleep', idle((call) => secondsOf(call.arg(0)))],
  ['clock_nanosleep', (call, observer) => observer.waiting(call, observer.sleepSeconds(call))],
  ['alarm', idle((call) => numberOf(call.arg(0)))],
  ['setitimer', idle((call) => (flagsOf(call.arg(0)).includes('ITIMER_REAL') ? secondsOf(call.arg(1)) : undefined))],
  ['timer_settime', armed],
  ['timerfd_settime', armed],
  ['poll', polling],
  ['ppoll', polling],
  ['select', selecting],
  ['pselect6', selecting],
]);

const REFUSED_NAMES: ReadonlySet<string> = new Set(REFUSED);

/** A timer set for so long from now; one set for a moment does not show how far off that is. */
function armed(call: CallReader, observer: Observer): Facts[] {
  const absolute = flagsOf(call.arg(1)).some((flag) => flag.endsWith('TIMER_ABSTIME'));
  return absolute ? [] : observer.waiting(call, secondsOf(call.arg(2)));
}

/** A file size that the scratch space cannot hold and that would fill a disk. */
function sizing(call: CallReader, size: number | undefined): Facts[] {
  return size !== undefined && size > call.room ? [{ act: 'limit', limit: 'disk' }] : [];
}

/** The file that was really opened, where `-y` shows it: a link can lead anywhere. Names in /proc and /dev say more than the file behind them. */
function realPath({ result }: SyscallEvent, path: string): string {
  const real = result.kind === 'ok' ? result.path : undefined;
  if (!real?.startsWith('/') || /^\/(?:proc|dev)(?:\/|$)/.test(path) || real.endsWith('(deleted)')) return path;
  return utf8(real);
}

/** A pipe or a socket with a name is a file like others; a device is a way to the hardware. */
function specialKind(mode: Value | undefined): ChangeAct['how'] {
  return flagsOf(mode).some((flag) => flag === 'S_IFCHR' || flag === 'S_IFBLK') ? 'device' : 'create';
}

function signalName(value: Value | undefined): string {
  return flagsOf(value)[0] ?? String(numberOf(value) ?? '');
}

function signalFacts(event: SignalEvent): Facts[] {
  if (event.signal !== 'SIGSYS' || event.info['si_syscall'] === undefined) return [];
  return [
    { act: 'forbidden', name: event.info['si_syscall'].replace(/^__NR_/, ''), arch: event.info['si_arch'] ?? '' },
  ];
}

/** Failures that say a limit was reached. */
function limitFacts({ name, result }: SyscallEvent): Facts[] {
  if (result.kind !== 'error') return [];
  switch (result.errno) {
    case 'EMFILE':
    case 'ENFILE':
      return [{ act: 'limit', limit: 'files' }];
    case 'ENOSPC':
    case 'EDQUOT':
      return [{ act: 'limit', limit: 'disk' }];
    case 'ENOMEM':
      return [{ act: 'limit', limit: 'memory' }];
    case 'EAGAIN':
      return STARTS_PROCESS.has(name) ? [{ act: 'limit', limit: 'processes' }] : [];
    default:
      return [];
  }
}
