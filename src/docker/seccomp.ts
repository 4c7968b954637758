/**
 * The container's own seccomp profile, in Docker's JSON. Three answers beside "allowed":
 *
 * - `SCMP_ACT_TRACE` for forbidden calls: the tracer sees them and answers EPERM; without a tracer the kernel answers ENOSYS.
 *   (`SCMP_ACT_ERRNO` would hide them: it outranks the tracer's own filter, so strace never sees the call.)
 * - `SCMP_ACT_TRAP` for forbidden arguments of calls that are otherwise needed: the call is not made and the process gets
 *   SIGSYS, which shows in the trace with the call's number.
 * - `SCMP_ACT_ERRNO` (ENOSYS) for every call this list does not know: those of kernels to come.
 *
 * Calls of another architecture (32-bit, x32) end the process with SIGSYS: only the native one is listed.
 */
const ENOSYS = 38;
/** clone(2) flags, from linux/sched.h. */
const CLONE_UNTRACED = 0x0080_0000;
const CLONE_NEW_NAMESPACES = [
  0x0000_0080, 0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
];
/** AF_UNIX, AF_INET, AF_INET6, from linux/socket.h. Others lead past the sandbox's network: AF_VSOCK to the machine around a virtual one. */
const SOCKET_FAMILIES: readonly number[] = [1, 2, 10];
/** Of AF_NETLINK the one protocol that the C library asks for the machine's addresses with. */
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
/** With this one the tracer asks what a socket is, and goes on without an answer; a signal would end it. */
const NETLINK_SOCK_DIAG = 4;
/** One more than the last protocol of the kernels that are known (MAX_LINKS of linux/netlink.h). */
const NETLINK_TO_COME = 32;
const EPROTONOSUPPORT = 93;
const SOCKET_CALLS: readonly string[] = ['socket', 'socketpair'];
/** One more than the last family of the kernels that are known. */
const FAMILY_TO_COME = 48;
/** TIOCSTI and TIOCLINUX type into a terminal as if its owner did. */
const TERMINAL_INJECTION = [0x5412, 0x541c];
const UNSIGNED_INT = 0xffff_ffff;

export type Architecture = 'x86_64' | 'aarch64';

/** The action for each system call; names that an architecture or the tracer does not know are skipped there. */
export interface CallPolicy {
  /** Shown in the trace. Holds all the others. */
  readonly traced: readonly string[];
  /** Answered EPERM. */
  readonly refused: readonly string[];
  /** Those of the refused that the tracer makes itself: its own filter, which it does not bear, refuses them. */
  readonly neededByTracer: readonly string[];
  /** Answered ENOSYS. */
  readonly unavailable: readonly string[];
  /** Answered 0 without waiting. */
  readonly skipped: readonly string[];
  /** Whether sockets of every family may be made; without it those of SOCKET_FAMILIES. */
  readonly allSockets: boolean;
}

/** The profile as the text that the engine takes in `SecurityOpt: ['seccomp=…']`. */
export function seccompProfile(architecture: Architecture, policy: CallPolicy): string {
  const needed = new Set([...policy.neededByTracer, ...policy.unavailable]);
  const trapFlag = (name: string, index: number, flag: number) => ({
    names: [name],
    action: 'SCMP_ACT_TRAP',
    args: [{ index, value: flag, valueTwo: flag, op: 'SCMP_CMP_MASKED_EQ' }],
  });
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: ENOSYS,
    architectures: [architecture === 'x86_64' ? 'SCMP_ARCH_X86_64' : 'SCMP_ARCH_AARCH64'],
    syscalls: [
      { names: [...ALLOWED, ...needed], action: 'SCMP_ACT_ALLOW' },
      { names: policy.refused.filter((name) => !needed.has(name)), action: 'SCMP_ACT_TRACE' },
      // A process that its tracer is not to follow, or one in namespaces of its own.
      allowWithout('clone', 0, [CLONE_UNTRACED, ...CLONE_NEW_NAMESPACES]),
      ...[CLONE_UNTRACED, ...CLONE_NEW_NAMESPACES].map((flag) => trapFlag('clone', 0, flag)),
      ...(policy.allSockets
        ? [{ names: SOCKET_CALLS, action: 'SCMP_ACT_ALLOW' }]
        : SOCKET_CALLS.flatMap((name) => sockets(name))),
      ...TERMINAL_INJECTION.map((request) => ioctl('SCMP_ACT_TRAP', [request, UNSIGNED_INT])),
      ...allBut(TERMINAL_INJECTION).map((prefix) => ioctl('SCMP_ACT_ALLOW', prefix)),
    ],
  });
}

/** A condition on one argument can only be one comparison, so each family has a rule of its own. */
function sockets(name: string): object[] {
  const families = Array.from({ length: FAMILY_TO_COME }, (_, family) => family);
  const refused = families.filter((family) => family !== AF_NETLINK && !SOCKET_FAMILIES.includes(family));
  const protocols = Array.from({ length: NETLINK_TO_COME }, (_, protocol) => protocol);
  const others = protocols.filter((protocol) => protocol !== NETLINK_ROUTE && protocol !== NETLINK_SOCK_DIAG);
  const rule = (action: string, ...args: readonly object[]) => ({ names: [name], action, args });
  const family = (value: number, op = 'SCMP_CMP_EQ') => ({ index: 0, value, op });
  const netlink = (action: string, value: number, op = 'SCMP_CMP_EQ') =>
    rule(action, family(AF_NETLINK), { index: 2, value, op });
  return [
    ...SOCKET_FAMILIES.map((value) => rule('SCMP_ACT_ALLOW', family(value))),
    netlink('SCMP_ACT_ALLOW', NETLINK_ROUTE),
    { ...netlink('SCMP_ACT_ERRNO', NETLINK_SOCK_DIAG), errnoRet: EPROTONOSUPPORT },
    ...others.map((value) => netlink('SCMP_ACT_TRAP', value)),
    netlink('SCMP_ACT_TRAP', NETLINK_TO_COME, 'SCMP_CMP_GE'),
    ...refused.map((value) => rule('SCMP_ACT_TRAP', family(value))),
    rule('SCMP_ACT_TRAP', family(FAMILY_TO_COME, 'SCMP_CMP_GE')),
  ];
}

/** The kernel looks at the lower half of the argument alone. */
function ioctl(action: string, [value, mask]: readonly [value: number, mask: number]): object {
  return { names: ['ioctl'], action, args: [{ index: 1, value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }] };
}

/**
 * All unsigned numbers of 32 bits but these, as beginnings of their bits that none of these has. Two conditions on one argument cannot say it: the
 * engine's runtime makes a rule of each, of which one is enough.
 */
function allBut(values: readonly number[]): (readonly [value: number, mask: number])[] {
  const found: (readonly [number, number])[] = [];
  let beginnings = [0];
  for (let bit = 31; bit >= 0; bit -= 1) {
    const mask = (UNSIGNED_INT << bit) >>> 0;
    const branches = beginnings.flatMap((beginning) => [beginning, (beginning | (1 << bit)) >>> 0]);
    const isTaken = (branch: number) => values.some((value) => (value & mask) >>> 0 === branch);
    found.push(...branches.filter((branch) => !isTaken(branch)).map((branch) => [branch, mask] as const));
    beginnings = branches.filter(isTaken);
  }
  return found;
}

/** Allows a call if none of the flags is set: the bits of all of them, masked, are zero. */
function allowWithout(name: string, index: number, flags: readonly number[]) {
  const mask = flags.reduce((all, flag) => all | flag, 0) >>> 0;
  return {
    names: [name],
    action: 'SCMP_ACT_ALLOW',
    args: [{ index, value: mask, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
  };
}

/** Calls an unprivileged program may make without reaching beyond its own process, files and sockets. libseccomp skips names that an architecture lacks. */
const ALLOWED: readonly string[] = [
  // Files.
  ...[
    'access',
    'chdir',
    'chmod',
    'chown',
    'close',
    'close_range',
    'copy_file_range',
    'creat',
    'dup',
    'dup2',
    'dup3',
    'faccessat',
    'faccessat2',
  ],
  ...[
    'fadvise64',
    'fallocate',
    'fchdir',
    'fchmod',
    'fchmodat',
    'fchmodat2',
    'fchown',
    'fchownat',
    'fcntl',
    'fdatasync',
    'fgetxattr',
    'flistxattr',
  ],
  ...[
    'flock',
    'fremovexattr',
    'fsetxattr',
    'fstat',
    'fstatfs',
    'fsync',
    'ftruncate',
    'futimesat',
    'getcwd',
    'getdents',
    'getdents64',
    'getxattr',
  ],
  ...[
    'getxattrat',
    'inotify_add_watch',
    'inotify_init',
    'inotify_init1',
    'inotify_rm_watch',
    'lchown',
    'lgetxattr',
    'link',
    'linkat',
    'listxattr',
  ],
  ...[
    'listxattrat',
    'llistxattr',
    'lremovexattr',
    'lseek',
    'lsetxattr',
    'lstat',
    'mkdir',
    'mkdirat',
    'mknod',
    'mknodat',
    'newfstatat',
    'open',
  ],
  ...[
    'openat',
    'openat2',
    'pipe',
    'pipe2',
    'pread64',
    'preadv',
    'preadv2',
    'pwrite64',
    'pwritev',
    'pwritev2',
    'read',
    'readahead',
    'readlink',
  ],
  ...[
    'readlinkat',
    'readv',
    'removexattr',
    'removexattrat',
    'rename',
    'renameat',
    'renameat2',
    'rmdir',
    'sendfile',
    'setxattr',
    'setxattrat',
  ],
  ...[
    'splice',
    'stat',
    'statfs',
    'statx',
    'symlink',
    'symlinkat',
    'sync',
    'sync_file_range',
    'syncfs',
    'tee',
    'truncate',
    'umask',
    'unlink',
  ],
  ...['unlinkat', 'utime', 'utimensat', 'utimes', 'vmsplice', 'write', 'writev', 'cachestat', 'sysfs', 'ustat'],
  // Memory.
  ...[
    'brk',
    'get_mempolicy',
    'madvise',
    'map_shadow_stack',
    'mbind',
    'membarrier',
    'memfd_create',
    'memfd_secret',
    'migrate_pages',
    'mincore',
  ],
  ...[
    'mlock',
    'mlock2',
    'mlockall',
    'mmap',
    'move_pages',
    'mprotect',
    'mremap',
    'mseal',
    'msync',
    'munlock',
    'munlockall',
    'munmap',
    'pkey_alloc',
  ],
  ...[
    'pkey_free',
    'pkey_mprotect',
    'process_mrelease',
    'remap_file_pages',
    'set_mempolicy',
    'set_mempolicy_home_node',
    'shmat',
    'shmctl',
    'shmdt',
    'shmget',
  ],
  // Processes, threads, signals.
  ...[
    'arch_prctl',
    'capget',
    'capset',
    'execve',
    'execveat',
    'exit',
    'exit_group',
    'fork',
    'futex',
    'futex_requeue',
    'futex_wait',
    'futex_waitv',
  ],
  ...[
    'futex_wake',
    'get_robust_list',
    'get_thread_area',
    'getcpu',
    'getegid',
    'geteuid',
    'getgid',
    'getgroups',
    'getpgid',
    'getpgrp',
    'getpid',
  ],
  ...[
    'getppid',
    'getpriority',
    'getresgid',
    'getresuid',
    'getrlimit',
    'getrusage',
    'getsid',
    'gettid',
    'getuid',
    'ioprio_get',
    'ioprio_set',
    'kill',
  ],
  ...[
    'pause',
    'pidfd_open',
    'pidfd_send_signal',
    'prctl',
    'prlimit64',
    'restart_syscall',
    'rseq',
    'rt_sigaction',
    'rt_sigpending',
    'rt_sigprocmask',
  ],
  ...[
    'rt_sigqueueinfo',
    'rt_sigreturn',
    'rt_sigsuspend',
    'rt_sigtimedwait',
    'rt_tgsigqueueinfo',
    'sched_get_priority_max',
    'sched_get_priority_min',
  ],
  ...[
    'sched_getaffinity',
    'sched_getattr',
    'sched_getparam',
    'sched_getscheduler',
    'sched_rr_get_interval',
    'sched_setaffinity',
    'sched_setattr',
  ],
  ...[
    'sched_setparam',
    'sched_setscheduler',
    'sched_yield',
    'set_robust_list',
    'set_thread_area',
    'set_tid_address',
    'setfsgid',
    'setfsuid',
    'setgid',
  ],
  ...[
    'setgroups',
    'setpgid',
    'setpriority',
    'setregid',
    'setresgid',
    'setresuid',
    'setreuid',
    'setrlimit',
    'setsid',
    'setuid',
    'sigaltstack',
  ],
  ...['signalfd', 'signalfd4', 'tgkill', 'tkill', 'vfork', 'wait4', 'waitid'],
  // Sockets and events.
  ...[
    'accept',
    'accept4',
    'bind',
    'connect',
    'epoll_create',
    'epoll_create1',
    'epoll_ctl',
    'epoll_ctl_old',
    'epoll_pwait',
    'epoll_pwait2',
  ],
  ...[
    'epoll_wait',
    'epoll_wait_old',
    'eventfd',
    'eventfd2',
    'getpeername',
    'getsockname',
    'getsockopt',
    'listen',
    'poll',
    'ppoll',
    'pselect6',
  ],
  ...['recvfrom', 'recvmmsg', 'recvmsg', 'select', 'sendmmsg', 'sendmsg', 'sendto', 'setsockopt', 'shutdown'],
  ...[
    'mq_getsetattr',
    'mq_notify',
    'mq_open',
    'mq_timedreceive',
    'mq_timedsend',
    'mq_unlink',
    'msgctl',
    'msgget',
    'msgrcv',
    'msgsnd',
  ],
  ...['semctl', 'semget', 'semop', 'semtimedop'],
  // Time and facts.
  ...[
    'alarm',
    'clock_getres',
    'clock_gettime',
    'clock_nanosleep',
    'getitimer',
    'getrandom',
    'gettimeofday',
    'nanosleep',
    'setitimer',
    'sysinfo',
  ],
  ...[
    'time',
    'timer_create',
    'timer_delete',
    'timer_getoverrun',
    'timer_gettime',
    'timer_settime',
    'timerfd_create',
    'timerfd_gettime',
  ],
  ...['timerfd_settime', 'times', 'uname'],
  // Restrictions a program lays on itself.
  ...['landlock_add_rule', 'landlock_create_ruleset', 'landlock_restrict_self'],
];
