/** Calls that change what a process may do, and those that lead out of the container. */
import { printValue } from '../args.js';
import { type Phrase, type Phrases, on, onFile, say, withArgument } from './phrase.js';

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

export const RIGHTS: Phrases = [
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
];
