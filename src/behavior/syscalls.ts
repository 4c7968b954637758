/**
 * Which system calls the sandbox shows, refuses and skips. Names of all ABIs stand side by side: aarch64 has only the `*at`
 * forms, and an older strace does not know the newest calls, so strace gets every name as `?name`.
 *
 * What is left out, and why. Each traced call costs two stops of the process (about 15 µs), so a call is here only if a
 * rule, an explanation or the process tree needs it:
 * - `read`, `lseek`, `close`, `ioctl`, `brk`, `futex`, `getdents64`: thousands each; what is read or listed was opened,
 *   and `openat` names it.
 *
 * `stat` and its kin, 12,000 in an import of torch, would cost a third of a second; the runner makes that 150
 * (sandbox/runner.py, remember_stats).
 */

/** Identifies processes: without these there is no process tree and no working folder. */
const PROCESSES = [
  ...['execve', 'execveat', 'clone', 'clone3', 'fork', 'vfork', 'setsid', 'setpgid', 'prctl'],
  ...['kill', 'tkill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_open', 'pidfd_send_signal'],
];

const FILES = [
  ...['open', 'openat', 'openat2', 'creat', 'access', 'faccessat', 'faccessat2', 'readlink', 'readlinkat'],
  ...['stat', 'lstat', 'newfstatat', 'statx', 'statfs', 'inotify_add_watch'],
  ...['getxattr', 'lgetxattr', 'listxattr', 'llistxattr'],
  ...['chdir', 'fchdir', 'unlink', 'unlinkat', 'rmdir', 'rename', 'renameat', 'renameat2', 'mkdir', 'mkdirat'],
  ...['link', 'linkat', 'symlink', 'symlinkat', 'mknod', 'mknodat', 'truncate', 'ftruncate', 'fallocate'],
  ...['chmod', 'fchmod', 'fchmodat', 'fchmodat2', 'chown', 'lchown', 'fchown', 'fchownat'],
  ...['utime', 'utimes', 'futimesat', 'utimensat'],
  ...[
    'setxattr',
    'lsetxattr',
    'fsetxattr',
    'setxattrat',
    'removexattr',
    'lremovexattr',
    'fremovexattr',
    'removexattrat',
  ],
  ...['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'sendfile', 'sendfile64', 'splice', 'copy_file_range'],
  ...['memfd_create', 'memfd_secret', 'dup', 'dup2', 'dup3', 'fcntl'],
];

/** Which memory can be run, and what file it shows: a library is one by how it is mapped, not by its name. */
const MEMORY = ['mmap', 'mprotect', 'pkey_mprotect', 'shmat'];

const NETWORK = [
  ...['socket', 'connect', 'bind', 'listen', 'accept', 'accept4', 'shutdown', 'socketcall'],
  ...['sendto', 'sendmsg', 'sendmmsg', 'recvfrom', 'recvmsg', 'recvmmsg'],
];

const PRIVILEGES = [
  ...['setuid', 'setgid', 'setreuid', 'setregid', 'setresuid', 'setresgid', 'setfsuid', 'setfsgid', 'setgroups'],
  ...['setuid32', 'setgid32', 'setreuid32', 'setregid32', 'setresuid32', 'setresgid32', 'setgroups32', 'capset'],
];

const RESOURCES = [...['setrlimit', 'prlimit64', 'sched_setscheduler', 'sched_setattr', 'setpriority', 'ioprio_set']];

/** Timers, which make something happen later. Waits of other kinds show as a sleep where they were cut short (sandbox/clock.c). */
const WAITS = ['alarm', 'setitimer', 'timer_create', 'timer_settime', 'timerfd_create', 'timerfd_settime', 'pause'];

/**
 * Answered 0 at once (`inject=…:retval=0`): the sleeps of programs that go past the C library and so past the clock that the
 * sandbox moves, and the one by which that clock says how much of a wait was skipped.
 */
export const SKIPPED_SLEEPS = ['nanosleep', 'clock_nanosleep'] as const;

/** The namespaces, mounts and kernel levers by which a container is left (ATT&CK T1611), and what blinds a tracer. */
export const REFUSED: readonly string[] = [
  // Mounts and namespaces.
  ...[
    'mount',
    'umount',
    'umount2',
    'move_mount',
    'open_tree',
    'open_tree_attr',
    'fsopen',
    'fsconfig',
    'fsmount',
    'fspick',
    'statmount',
    'listmount',
  ],
  ...['mount_setattr', 'pivot_root', 'chroot', 'unshare', 'setns', 'open_by_handle_at', 'name_to_handle_at'],
  // Code in the kernel, or next to it.
  ...['bpf', 'init_module', 'finit_module', 'delete_module', 'create_module', 'kexec_load', 'kexec_file_load'],
  ...['perf_event_open', 'userfaultfd', 'keyctl', 'add_key', 'request_key', 'fanotify_init', 'lookup_dcookie'],
  ...['iopl', 'ioperm', 'modify_ldt', 'vm86', 'vm86old', 'uselib', 'personality', '_sysctl', 'nfsservctl', 'syslog'],
  // Calls that run others, unseen by any tracer.
  ...['io_uring_setup', 'io_uring_enter', 'io_uring_register'],
  // Another processor than the tracer's.
  'sched_setaffinity',
  // Other processes.
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp', 'seccomp'],
  // The machine as a whole.
  ...['swapon', 'swapoff', 'reboot', 'sethostname', 'setdomainname', 'acct', 'quotactl', 'quotactl_fd', 'vhangup'],
  ...['clock_settime', 'clock_settime64', 'settimeofday', 'stime', 'adjtimex', 'clock_adjtime', 'clock_adjtime64'],
];

/**
 * Refused calls that strace or the supervisor makes itself: the container's seccomp profile must allow these, and strace's own filter, which
 * the model's processes inherit and strace does not have, refuses them. All others of REFUSED belong into the profile as
 * `SCMP_ACT_TRACE`, which answers ENOSYS where no tracer is.
 */
export const NEEDED_BY_TRACER: readonly string[] = [
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'kcmp'],
  // The supervisor's, to ring a timer of the model's (sandbox/clock.py).
  'pidfd_getfd',
  // The supervisor's, to put the tracer and the model on one processor.
  'sched_setaffinity',
];

/**
 * Answered ENOSYS: its flags lie behind a pointer where no seccomp filter can see them. glibc then falls back to `clone`,
 * whose flags the profile checks (namespaces, CLONE_UNTRACED).
 */
export const UNAVAILABLE: readonly string[] = ['clone3'];

/** Everything strace is to show, refused and skipped calls included. */
export const TRACED: readonly string[] = [
  ...PROCESSES,
  ...FILES,
  ...MEMORY,
  ...NETWORK,
  ...PRIVILEGES,
  ...RESOURCES,
  ...WAITS,
  ...SKIPPED_SLEEPS,
  ...REFUSED,
];
