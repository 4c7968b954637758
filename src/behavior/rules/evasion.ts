import type { Act, CallAct, OutsideLimit } from '../acts.js';
import { shown } from '../args.js';
import { nameOf } from '../places.js';
import type { Rule } from './rule.js';

/** By name alone. */
const called =
  (...names: readonly string[]) =>
  (act: Act): string | undefined =>
    act.act === 'call' && names.includes(act.name) ? act.name : undefined;

const calledWith =
  (names: readonly string[], applies: (flags: CallAct['flags']) => boolean, subject: string) => (act: Act) =>
    act.act === 'call' && names.includes(act.name) && applies(act.flags) ? subject : undefined;

const outside =
  (limit: OutsideLimit, onPurpose = false) =>
  (act: Act): string | undefined =>
    act.act === 'outside' && act.limit === limit && (act.onPurpose || !onPurpose) ? limit : undefined;

const LEAVE = 'Do not load this model anywhere. What it tried has no use but an attack.';
const UNSEEN = 'Do not load this model, and do not trust what this scan did not see.';

export const EVASION: readonly Rule[] = [
  {
    id: 'DYN-EVADE-FORGERY',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Forges the messages of the sandbox',
    meaning: 'It tries to make this scan believe that something else happened.',
    advice: UNSEEN,
    example: ['100 write(3<pipe:[1]>, "dynscan:NONCE {\\"k\\":\\"nothing\\"}\\n", 29) = 29'],
    subject: (act) => (act.act === 'forgery' ? act.why : undefined),
  },
  {
    id: 'DYN-EVADE-KILL',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Tries to stop a program that is not its own',
    meaning: 'It may be meant for whatever is watching it.',
    advice: UNSEEN,
    example: ['100 kill(1, SIGKILL) = -1 EPERM (Operation not permitted)'],
    subject: (act) => {
      if (act.act !== 'signal' || act.signal === '0') return undefined;
      return act.relation === 'stranger' || act.relation === 'runner' ? act.relation : undefined;
    },
  },
  {
    id: 'DYN-EVADE-STOP-ITSELF',
    severity: 'medium',
    category: 'evasion',
    attack: 'T1480',
    title: 'Ends or stops itself',
    meaning:
      'A model that ends the program it is loaded into cuts an examination short, and costs its user what was not saved.',
    advice: UNSEEN,
    example: ['100 kill(100, SIGKILL) = ?'],
    subject: (act) =>
      act.act === 'signal' && act.relation === 'itself' && /^SIG(?:KILL|STOP|TERM|TSTP|INT|QUIT|HUP)$/.test(act.signal)
        ? act.signal
        : undefined,
  },
  {
    id: 'DYN-EVADE-UNTRACED',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Starts a process that nobody can watch',
    meaning: 'Only something that knows it is being examined does that.',
    advice: UNSEEN,
    example: ['100 clone(child_stack=NULL, flags=CLONE_UNTRACED|SIGCHLD) = -1 EPERM (Operation not permitted)'],
    subject: calledWith(['clone', 'clone3'], (flags) => flags.includes('CLONE_UNTRACED'), 'clone'),
  },
  {
    id: 'DYN-EVADE-CHANNEL',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Uses a channel to the kernel that hides what it does',
    meaning: 'Through io_uring files and connections are used without a system call that a tracer could see.',
    advice: UNSEEN,
    example: ['100 io_uring_setup(8, {flags=0}) = -1 EPERM (Operation not permitted) (INJECTED)'],
    subject: called('io_uring_setup', 'io_uring_enter', 'io_uring_register'),
  },
  {
    id: 'DYN-EVADE-FILTER',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Installs a filter for system calls',
    meaning: 'With one it can hide calls from whoever watches it.',
    advice: UNSEEN,
    example: [
      '100 prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=4, filter=0x7ffc0000}) = -1 EACCES (Permission denied)',
    ],
    subject: (act) =>
      called('seccomp')(act) ?? calledWith(['prctl'], (flags) => flags.includes('PR_SET_SECCOMP'), 'seccomp')(act),
  },
  {
    id: 'DYN-EVADE-DEBUGGER',
    severity: 'high',
    category: 'evasion',
    attack: 'T1622',
    title: 'Shuts out whoever might watch it',
    meaning: 'It makes itself its own tracer, or forbids others to look into it.',
    advice: UNSEEN,
    example: ['100 ptrace(PTRACE_TRACEME) = -1 EPERM (Operation not permitted) (INJECTED)'],
    subject: (act) =>
      calledWith(['ptrace'], (flags) => flags.includes('PTRACE_TRACEME'), 'PTRACE_TRACEME')(act) ??
      calledWith(
        ['prctl'],
        (flags) => flags.includes('PR_SET_DUMPABLE') || flags.includes('PR_SET_PTRACER'),
        'prctl',
      )(act),
  },
  {
    id: 'DYN-EVADE-INJECT',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1055',
    title: 'Reaches into another process',
    meaning: 'It can take data out of a running program, or make it do something else.',
    advice: LEAVE,
    example: [
      '100 process_vm_writev(1, [{iov_base="x", iov_len=1}], 1, [{iov_base=0x10000, iov_len=1}], 1, 0) = -1 EPERM (Operation not permitted) (INJECTED)',
    ],
    subject: called('ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'),
  },
  {
    id: 'DYN-EVADE-32BIT',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Makes system calls of another kind of processor',
    meaning: 'Such calls go past filters and tools that know only the usual ones.',
    advice: UNSEEN,
    example: [
      '100 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f00, si_syscall=__NR_execve, si_arch=AUDIT_ARCH_I386} ---',
    ],
    subject: (act) => (act.act === 'forbidden' && /I386|ARM$|X32/.test(act.arch) ? shown(act.arch) : undefined),
  },
  {
    id: 'DYN-ESCAPE-FORBIDDEN',
    severity: 'critical',
    category: 'escape',
    attack: 'T1611',
    title: 'Makes a system call that the sandbox forbids',
    meaning:
      'The calls forbidden this way serve to leave a container or to hide; the sandbox ended the process for it.',
    advice: LEAVE,
    example: [
      '100 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f00, si_syscall=__NR_clone, si_arch=AUDIT_ARCH_X86_64} ---',
    ],
    subject: (act) => (act.act === 'forbidden' ? shown(act.name) : undefined),
  },
  {
    id: 'DYN-EVADE-FLOOD',
    severity: 'high',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Floods the record of what it does',
    meaning:
      'The same few system calls, over and over, hide those that matter, or end the examination before they come.',
    advice: UNSEEN,
    example: [],
    outside: 'trace',
    onPurpose: true,
    subject: outside('trace', true),
  },
  {
    id: 'DYN-EVADE-QUIT',
    severity: 'medium',
    category: 'evasion',
    attack: 'T1480',
    title: 'Ends the program that loads it',
    meaning:
      'No model does that. What its user has not saved is lost, and an examination that stops there sees nothing more.',
    advice: UNSEEN,
    example: ['100 +++ exited with 7 +++'],
    subject: (act) => (act.act === 'quit' ? 'exit' : undefined),
  },
  {
    id: 'DYN-EVADE-SLEEP',
    severity: 'medium',
    category: 'evasion',
    attack: 'T1497.003',
    title: 'Waits for a long time',
    meaning: 'Malware waits to outlast an examination. The sandbox skips sleeps, so what comes after them was seen.',
    advice: 'Look at what it did after the wait.',
    example: ['100 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=600, tv_nsec=0}, NULL) = 0 (INJECTED)'],
    subject: (act) => (act.act === 'wait' && act.total >= 5 ? 'sleep' : undefined),
  },
  {
    id: 'DYN-EVADE-LEFT',
    severity: 'high',
    category: 'evasion',
    attack: 'T1036.009',
    title: 'Leaves a process behind',
    meaning: 'What it does there is done when nobody looks any more.',
    advice: UNSEEN,
    example: ['100 fork() = 101', '100 +++ exited with 0 +++', '101 access("/usr/bin/true", X_OK) = 0'],
    subject: (act) => (act.act === 'left' ? 'processes' : undefined),
  },
  {
    id: 'DYN-EVADE-MEMORY-FILE',
    severity: 'high',
    category: 'evasion',
    attack: 'T1620',
    title: 'Makes a file that exists only in memory',
    meaning: 'Such a file is where programs are put that are to leave no trace.',
    advice: UNSEEN,
    example: ['100 memfd_create("x", MFD_CLOEXEC) = 5</memfd:x>(deleted)'],
    subject: (act) => (act.act === 'memory-file' ? 'memory' : undefined),
  },
  {
    id: 'DYN-EVADE-CODE',
    severity: 'high',
    category: 'evasion',
    attack: 'T1620',
    title: 'Turns data into machine code',
    meaning:
      'Code made in memory is in no file that anybody could examine, and calls the system past Python and everything that watches Python.',
    advice: LEAVE,
    example: ['100 mprotect(0x7f00, 4096, PROT_READ|PROT_WRITE|PROT_EXEC) = 0'],
    // Once for each phase: a framework that makes code for its kernels does so as often as it likes, where the baseline does.
    subject: (act) => (act.act === 'map' && act.place === 'none' && !act.foreign ? act.phase : undefined),
  },
];

/** Threads of the kernel, as `ps` prints them, and services that run everywhere. */
const SYSTEM_NAME =
  /^\[.*\]$|^(?:k(?:worker|swapd|softirqd|threadd|journald)|rcu_\w+|migration)(?:\/.*)?$|^(?:systemd(?:-\w+)?|sshd|crond?|dbus-daemon|init|rsyslogd)$/;

/** Before the rules on programs: a false name says more than which program it is. */
export const MASQUERADE: readonly Rule[] = [
  {
    id: 'DYN-EVADE-NAME',
    severity: 'high',
    category: 'evasion',
    attack: 'T1036.004',
    title: 'Goes by the name of another program',
    meaning: 'In a list of processes it looks like a part of the system, so that nobody asks what it is.',
    advice: UNSEEN,
    example: ['100 prctl(PR_SET_NAME, "kworker/0:1") = 0'],
    subject: (act) => {
      if (act.act === 'call') return act.text !== undefined && SYSTEM_NAME.test(act.text) ? shown(act.text) : undefined;
      if (act.act !== 'start') return undefined;
      const name = act.argv[0] ?? '';
      return SYSTEM_NAME.test(name) && nameOf(act.path) !== name ? shown(name) : undefined;
    },
  },
];

/** Before the rules on secrets: the way to the file says more than the file. */
export const ESCAPE_PATHS: readonly Rule[] = [
  {
    id: 'DYN-ESCAPE-DEVICE',
    severity: 'critical',
    category: 'escape',
    attack: 'T1006',
    title: 'Reaches for a disk or another device of the machine',
    meaning: 'Who reads a disk itself reads every file on it, whoever it belongs to.',
    advice: LEAVE,
    example: ['100 openat(AT_FDCWD, "/dev/sda1", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)'],
    subject: (act) =>
      act.act === 'read' &&
      /^\/dev\/(?:(?:sd|hd|vd|xvd)[a-z]+\d*|nvme\d.*|mmcblk\d.*|dm-\d+|mapper\/.+|loop.+|fuse|kvm|net\/tun|port|kmsg|input\/.*)$/.test(
        act.path,
      )
        ? act.path
        : undefined,
  },
  {
    id: 'DYN-ESCAPE-ROOT',
    severity: 'critical',
    category: 'escape',
    attack: 'T1611',
    title: 'Looks for files through another process',
    meaning: 'Behind such a path lie the files as the other process sees them, perhaps outside the container.',
    advice: LEAVE,
    example: ['100 openat(AT_FDCWD, "/proc/1/root/etc/passwd", O_RDONLY|O_CLOEXEC) = -1 EACCES (Permission denied)'],
    subject: (act) =>
      'path' in act && 'place' in act && !('ownProcess' in act && act.ownProcess)
        ? /^\/proc\/\d+\/(?:root|cwd|ns)(?=\/|$)/.test(act.path)
          ? act.path
          : undefined
        : undefined,
  },
];

export const ESCAPE: readonly Rule[] = [
  {
    id: 'DYN-ESCAPE-MOUNT',
    severity: 'critical',
    category: 'escape',
    attack: 'T1611',
    title: 'Tries to change which files the container sees',
    meaning: 'By mounting the disk of the machine a program leaves its container.',
    advice: LEAVE,
    example: ['100 mount("/dev/sda1", "/mnt", "ext4", 0, NULL) = -1 EPERM (Operation not permitted) (INJECTED)'],
    subject: called(
      ...['mount', 'umount', 'umount2', 'move_mount', 'open_tree', 'open_tree_attr', 'fsopen', 'fsconfig', 'fsmount'],
      ...['fspick', 'mount_setattr', 'pivot_root', 'chroot', 'open_by_handle_at', 'name_to_handle_at', 'fanotify_init'],
      ...['quotactl', 'quotactl_fd'],
    ),
  },
  {
    id: 'DYN-ESCAPE-NAMESPACE',
    severity: 'critical',
    category: 'escape',
    attack: 'T1611',
    title: 'Tries to get out of its namespace',
    meaning:
      'Namespaces are the walls of a container; in a new one a program gains rights that attacks on the kernel need.',
    advice: LEAVE,
    example: ['100 unshare(CLONE_NEWUSER|CLONE_NEWNS) = -1 EPERM (Operation not permitted) (INJECTED)'],
    subject: (act) =>
      called('unshare', 'setns')(act) ??
      calledWith(['clone', 'clone3'], (flags) => flags.some((flag) => flag.startsWith('CLONE_NEW')), 'clone')(act),
  },
  {
    id: 'DYN-ESCAPE-KERNEL',
    severity: 'critical',
    category: 'escape',
    attack: 'T1068',
    title: 'Reaches for the core of the system',
    meaning: 'These calls are for system tools, and what attacks on the kernel are made of.',
    advice: LEAVE,
    example: [
      '100 bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_SOCKET_FILTER}, 128) = -1 EPERM (Operation not permitted) (INJECTED)',
    ],
    subject: called(
      ...['bpf', 'init_module', 'finit_module', 'delete_module', 'create_module', 'kexec_load', 'kexec_file_load'],
      ...['perf_event_open', 'userfaultfd', 'keyctl', 'add_key', 'request_key', 'lookup_dcookie', 'iopl', 'ioperm'],
      ...['modify_ldt', 'vm86', 'vm86old', 'uselib', 'personality', '_sysctl', 'nfsservctl', 'syslog'],
    ),
  },
  {
    id: 'DYN-ESCAPE-MACHINE',
    severity: 'critical',
    category: 'escape',
    attack: 'T1529',
    title: 'Tries to change the machine as a whole',
    meaning: 'Its clock, its name, its swap space, or whether it runs at all.',
    advice: LEAVE,
    example: [
      '100 reboot(LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART) = -1 EPERM (Operation not permitted) (INJECTED)',
    ],
    subject: called(
      ...['swapon', 'swapoff', 'reboot', 'sethostname', 'setdomainname', 'acct', 'vhangup'],
      ...['clock_settime', 'clock_settime64', 'settimeofday', 'stime', 'adjtimex', 'clock_adjtime', 'clock_adjtime64'],
    ),
  },
  {
    id: 'DYN-PRIV-IDENTITY',
    severity: 'high',
    category: 'escape',
    attack: 'T1548.001',
    title: 'Asks to become another user',
    meaning: 'It wants rights that whoever loads the model did not give it.',
    advice: LEAVE,
    example: ['100 setuid(0) = -1 EPERM (Operation not permitted)'],
    subject: called(
      ...['setuid', 'setgid', 'setreuid', 'setregid', 'setresuid', 'setresgid', 'setfsuid', 'setfsgid', 'setgroups'],
      ...['setuid32', 'setgid32', 'setreuid32', 'setregid32', 'setresuid32', 'setresgid32', 'setgroups32', 'capset'],
    ),
  },
];

export const TROUBLE: readonly Rule[] = [
  {
    id: 'DYN-CRASH-VERSION',
    severity: 'info',
    category: 'crash',
    attack: 'T1203',
    title: 'Crashes because its functions are of another Python',
    meaning: 'Bytecode runs in the version of Python alone that it was made by; in any other it does anything.',
    advice: 'Scan it with the Python that it was saved with.',
    example: [
      '100 write(3<pipe:[7]>, "dynscan:NONCE {\\"k\\":\\"bytecode\\"}\\n", 99) = 99',
      '100 +++ killed by SIGSEGV (core dumped) +++',
    ],
    subject: (act) => (act.act === 'crash' && act.otherPython ? act.signal : undefined),
  },
  {
    id: 'DYN-CRASH',
    severity: 'medium',
    category: 'crash',
    attack: 'T1203',
    title: 'Crashes the program that loads it',
    meaning: 'A file that breaks its reader is damaged, or made to use an error in it.',
    advice: 'Do not load this model where a crash costs anything; tell the makers of the library.',
    example: ['100 +++ killed by SIGSEGV (core dumped) +++'],
    subject: (act) => (act.act === 'crash' ? act.signal : undefined),
  },
  {
    id: 'DYN-LIMIT-PROCESSES',
    severity: 'high',
    category: 'resource-abuse',
    attack: 'T1499.001',
    title: 'Starts so many processes that no more fit',
    meaning: 'Without the limit of the sandbox this freezes a computer.',
    advice: 'Do not load this model.',
    example: [
      '100 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f00) = -1 EAGAIN (Resource temporarily unavailable)',
    ],
    subject: (act) => limit(act, 'processes'),
  },
  {
    id: 'DYN-LIMIT-FILES',
    severity: 'medium',
    category: 'resource-abuse',
    attack: 'T1499.001',
    title: 'Opens so many files that no more fit',
    meaning: 'Programs that can open no file stop working.',
    advice: 'Do not load this model.',
    example: ['100 openat(AT_FDCWD, "/usr/share/x", O_RDONLY|O_CLOEXEC) = -1 EMFILE (Too many open files)'],
    subject: (act) => limit(act, 'files'),
  },
  {
    id: 'DYN-LIMIT-DISK',
    severity: 'high',
    category: 'resource-abuse',
    attack: 'T1499',
    title: 'Fills the disk',
    meaning: 'A computer with a full disk loses work and can stop.',
    advice: 'Do not load this model.',
    example: ['100 write(5</tmp/x>, "\\0\\0\\0\\0"..., 1048576) = -1 ENOSPC (No space left on device)'],
    subject: (act) => limit(act, 'disk'),
  },
  {
    id: 'DYN-LIMIT-BOMB',
    severity: 'medium',
    category: 'resource-abuse',
    attack: 'T1499',
    title: 'A small file uses up all memory',
    meaning:
      'It is many times smaller than the memory that it needs, as a file is that is made to grow when it is loaded.',
    advice: 'Do not load this model.',
    example: [],
    outside: 'memory',
    onPurpose: true,
    subject: outside('memory', true),
  },
  {
    id: 'DYN-LIMIT-TRACE',
    severity: 'info',
    category: 'resource-abuse',
    attack: 'T1499',
    title: 'Makes more system calls than are kept',
    meaning: 'A large model or many files make many calls; what comes after the limit is not seen.',
    advice: 'Scan it with a higher setting traceLimit.',
    example: [],
    outside: 'trace',
    subject: outside('trace'),
  },
  {
    id: 'DYN-LIMIT-OUT-OF-MEMORY',
    severity: 'info',
    category: 'resource-abuse',
    attack: 'T1499',
    title: 'Needs more memory than the sandbox has',
    meaning: 'It may be an attack on the computer that loads it; a large model can need that much, too.',
    advice: 'If the model is that large, scan it with a higher setting memory. If it is not, do not load it.',
    example: [],
    outside: 'memory',
    subject: outside('memory'),
  },
  {
    id: 'DYN-LIMIT-TIME',
    severity: 'info',
    category: 'resource-abuse',
    attack: 'T1499',
    title: 'Does not come to an end',
    meaning: 'It keeps the computer busy or makes it wait; a large model on a slow computer can take that long, too.',
    advice: 'If the model is large, scan it with a higher setting timeout. If it is not, do not load it.',
    example: [],
    outside: 'time',
    subject: outside('time'),
  },
  {
    id: 'DYN-LIMIT-OUTPUT',
    severity: 'medium',
    category: 'resource-abuse',
    attack: 'T1499',
    title: 'Puts out data without end',
    meaning: 'Output like that fills logs and disks, and hides what else is said. A model has nothing to print.',
    advice: 'Do not load this model.',
    example: [],
    outside: 'output',
    subject: outside('output'),
  },
  {
    id: 'DYN-LIMIT-MEMORY',
    severity: 'medium',
    category: 'resource-abuse',
    attack: 'T1499',
    title: 'Uses up the memory',
    meaning: 'A computer without free memory becomes unusable and ends programs at random.',
    advice: 'Do not load this model.',
    example: [
      '100 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f00) = -1 ENOMEM (Cannot allocate memory)',
    ],
    subject: (act) => limit(act, 'memory'),
  },
];

function limit(act: Act, name: string): string | undefined {
  return act.act === 'limit' && act.limit === name ? name : undefined;
}
