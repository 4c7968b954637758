import { called, calledWith, LEAVE } from './matching.js';
import type { Rule } from './rule.js';

/** Before the rules on secrets: the way to the file says more than the file. */
export const ESCAPE_PATHS: readonly Rule[] = [
  {
    id: 'DYN-ESCAPE-DEVICE',
    severity: 'critical',
    category: 'escape',
    attack: 'T1006',
    title: 'Reaches for a disk or another device of the machine',
    meaning: 'A program that reads a disk itself reads every file on it, whatever its owner.',
    harmless: 'Where a library opens a graphics card; disks and memory are no part of that.',
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
    harmless: 'Where a tool for monitoring looks at processes of its own user.',
    advice: LEAVE,
    example: ['100 openat(AT_FDCWD, "/proc/1/root/etc/passwd", O_RDONLY|O_CLOEXEC) = -1 EACCES (Permission denied)'],
    subject: (act) =>
      'path' in act && 'zone' in act && !('ownProcess' in act && act.ownProcess)
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
    harmless: 'Never: loading a model needs nothing of the kind.',
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
    harmless: 'In a program that makes a sandbox of its own, such as a browser; a model makes none.',
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
    harmless: 'Never: loading a model needs nothing of the kind.',
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
    harmless: 'Never: loading a model needs nothing of the kind.',
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
    meaning: 'It wants rights that the user who loads the model did not give it.',
    harmless: 'In a server that starts with more rights than it needs and gives them up; a model is no server.',
    advice: LEAVE,
    example: ['100 setuid(0) = -1 EPERM (Operation not permitted)'],
    subject: called(
      ...['setuid', 'setgid', 'setreuid', 'setregid', 'setresuid', 'setresgid', 'setfsuid', 'setfsgid', 'setgroups'],
      ...['setuid32', 'setgid32', 'setreuid32', 'setregid32', 'setresuid32', 'setresgid32', 'setgroups32', 'capset'],
    ),
  },
];
