/** Calls on files, descriptors and memory. */
import { flagsOf } from '../../trace/values.js';
import { dataOf, fieldOf, modeOf, shownData } from '../args.js';
import {
  type Call,
  type Phrase,
  type Phrases,
  bytes,
  on,
  onFile,
  pair,
  say,
  socketName,
  standardName,
  withArgument,
} from './phrase.js';

export const open =
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

const UNLINKAT: Phrase = (call) =>
  `${call.flags(2).includes('AT_REMOVEDIR') ? 'deletes the folder' : 'deletes'} ${call.path(1, 0)}`;

/** The target of a symbolic link is text: it is not resolved. */
const symlink =
  (to: readonly [number, number?]): Phrase =>
  (call) =>
    `makes ${call.path(...to)} a link to ${call.text(0)}`;

const CHMOD = 'sets the permissions of';
const CHOWN = 'gives';

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

function streamName(call: Call): string {
  const fd = call.number(0);
  const names = ['standard input', 'standard output', 'standard error'];
  const name = fd === undefined ? undefined : names[fd];
  const value = call.arg(0);
  if (name !== undefined && !(value?.type === 'fd' && value.path.startsWith('/'))) return name;
  return socketName(call, 0);
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

export const FILES: Phrases = [
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
  ['statmount', () => 'asks where a file system is mounted and what it is'],
  ['listmount', () => 'asks which file systems are mounted'],
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
  ['memfd_secret', say('makes memory that no other program can read')],
  ['mmap', MEMORY],
  ['mprotect', MEMORY],
  ['pkey_mprotect', MEMORY],
  ['shmat', say('takes in memory that it shares with others')],
];
