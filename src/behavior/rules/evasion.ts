import { shown } from '../args.js';
import { nameOf } from '../path-zones.js';
import { called, calledWith, LEAVE, outside, UNSEEN } from './matching.js';
import type { Rule } from './rule.js';

export const EVASION: readonly Rule[] = [
  {
    id: 'DYN-EVADE-FORGERY',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Forges the messages of the sandbox',
    meaning: 'It tries to make this scan believe that something else happened.',
    harmless: 'Never: no other program knows these messages.',
    advice: UNSEEN,
    example: ['100 write(3<pipe:[1]>, "dynscan:NONCE {\\"k\\":\\"nothing\\"}\\n", 29) = 29'],
    subject: (act) => (act.act === 'forgery' ? act.why : undefined),
  },
  {
    id: 'DYN-EVADE-DECEPTION',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Deceives the record of what it does',
    meaning:
      'The words of a system call were changed between the look of the sandbox and that of the kernel, which only something does that knows it is being examined.',
    harmless:
      'Never: two threads that share a buffer by mistake could do so, but not at just this moment, again and again.',
    advice: UNSEEN,
    example: [
      '100 access("/tmp/a", R_OK) = 0',
      '100 openat(AT_FDCWD, "/tmp/a", O_RDONLY|O_CLOEXEC) = 5</home/model/Documents/1.txt>',
    ],
    subject: (act) => (act.act === 'deceived' ? act.subject : undefined),
  },
  {
    id: 'DYN-EVADE-PROCESSOR',
    severity: 'info',
    category: 'evasion',
    attack: 'T1497',
    title: 'Chooses the processor that it runs on',
    meaning:
      'Libraries do so for speed. Everything here runs on one processor, and the sandbox refuses another: on two, a model could change the words of a call while they are read.',
    harmless: 'Where a library for numbers ties its threads to processors, as OpenMP does.',
    advice: 'Nothing needs to be done.',
    example: ['100 sched_setaffinity(0, 8, [1]) = -1 EPERM (Operation not permitted) (INJECTED)'],
    subject: called('sched_setaffinity'),
  },
  {
    id: 'DYN-EVADE-SHARED',
    severity: 'info',
    category: 'evasion',
    attack: 'T1559',
    title: 'Shares memory with a process that it starts',
    meaning:
      'Libraries do so to share arrays and locks. Through such memory one process could change the words of another one’s call while they are read, so what the calls say is held against what the kernel says.',
    harmless: 'Where a library shares arrays with workers, as multiprocessing does.',
    advice: 'Nothing needs to be done.',
    example: [
      '100 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0) = 0x7f00',
      '100 fork() = 101',
    ],
    subject: called('shared memory'),
  },
  {
    id: 'DYN-EVADE-RUNNER',
    severity: 'high',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Reaches for the program that runs it',
    meaning:
      'Code that looks through all objects, frames or calls of its interpreter can watch its user’s program and change it; here, it can keep this scan from using the model.',
    harmless: 'Where a debugger, a profiler or a tool that looks for leaks walks all objects of the interpreter.',
    advice: UNSEEN,
    example: [
      '100 write(3<pipe:[1]>, "dynscan:NONCE {\\"k\\":\\"reached\\",\\"what\\":\\"gc.get_objects\\"}\\n", 60) = 60',
    ],
    subject: (act) => (act.act === 'reached' ? shown(act.what) : undefined),
  },
  {
    id: 'DYN-EVADE-KILL',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1562.001',
    title: 'Tries to stop a program that is not its own',
    meaning: 'It may be meant for whatever is watching it.',
    harmless: 'Where a pool of workers ends those that it started; only others are counted here.',
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
    harmless: 'Where a library aborts on a fault of its own; then the report tells of a crash.',
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
    title: 'Starts a process that cannot be watched',
    meaning: 'Only something that knows it is being examined does that.',
    harmless: 'Never: loading a model needs nothing of the kind.',
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
    harmless: 'In a server or a database that is built on io_uring; no loader of models is.',
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
    meaning: 'With one it can hide calls from the tools that watch it.',
    harmless: 'In a program that makes a sandbox of its own, such as a browser.',
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
    title: 'Shuts out tools that could watch it',
    meaning: 'It makes itself its own tracer, or forbids others to look into it.',
    harmless: 'In a program for passwords, which forbids others to look into it.',
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
    harmless: 'In a debugger or a profiler that you start yourself.',
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
    harmless: 'In an old program that was built for another processor; no library of the image is.',
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
    harmless: 'Where a library tries what the kernel can do and goes on without; the report names the call.',
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
    harmless: 'Where a loader reads a large file byte by byte; then the calls are reads of the model alone.',
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
    harmless: 'In a script that ends by itself; a model is no script.',
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
    harmless: 'Where a library waits for a server that does not answer, and tries again.',
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
    meaning: 'What it does there is done when the scan is over.',
    harmless: 'Where a library starts a helper that lives as long as the program, such as a resource tracker.',
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
    harmless: 'Where a compiler of a library makes code at run time, as some for graphics cards do.',
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
    harmless: 'Where a library compiles at run time: numba, torch.compile, regular expressions of PCRE.',
    advice: LEAVE,
    example: ['100 mprotect(0x7f00, 4096, PROT_READ|PROT_WRITE|PROT_EXEC) = 0'],
    // Once for each phase: a framework that makes code for its kernels may do so any number of times in a phase in which the baseline does.
    subject: (act) => (act.act === 'map' && act.zone === 'none' && !act.foreign ? act.phase : undefined),
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
    meaning: 'In a list of processes it looks like a part of the system, so that it is not noticed.',
    harmless: 'Where a library names its threads and processes for their user; the name is then its own.',
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
