/** What errors and signals mean, in words for a reader who does not know the manual pages. */

/** Errors by which a rule of the system, not a mistake in the call, said no. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'this needs rights that it does not have'],
  ['EROFS', 'the file system is read-only'],
]);

/** From errno(3), the errors that the traced calls document. */
const ERRORS: ReadonlyMap<string, string> = new Map([
  ['E2BIG', 'the argument list is too long'],
  ['EADDRINUSE', 'the address is already in use'],
  ['EADDRNOTAVAIL', 'the address belongs to no network of this machine'],
  ['EAFNOSUPPORT', 'this kind of address is not available'],
  ['EAGAIN', 'the system cannot do it now'],
  ['EALREADY', 'it is already under way'],
  ['EBADF', 'there is no such open file'],
  ['EBUSY', 'it is in use'],
  ['ECHILD', 'there is no such child process'],
  ['ECONNABORTED', 'the connection was aborted'],
  ['ECONNREFUSED', 'nothing answers there'],
  ['ECONNRESET', 'the other side broke the connection'],
  ['EDESTADDRREQ', 'no destination was given'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EEXIST', 'it exists already'],
  ['EFAULT', 'the address in memory is not valid'],
  ['EFBIG', 'the file would become too large'],
  ['EHOSTDOWN', 'the other machine is down'],
  ['EHOSTUNREACH', 'the other machine cannot be reached'],
  ['EINTR', 'it was interrupted by a signal'],
  ['EINVAL', 'the arguments make no sense'],
  ['EIO', 'the device failed'],
  ['EISCONN', 'it is already connected'],
  ['EISDIR', 'it is a folder'],
  ['ELIBBAD', 'the program cannot be read'],
  ['ELOOP', 'too many symbolic links'],
  ['EMFILE', 'the process has too many open files'],
  ['EMLINK', 'too many links'],
  ['EMSGSIZE', 'the message is too long'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['ENETDOWN', 'the network is down'],
  ['ENETUNREACH', 'there is no network that leads there'],
  ['ENFILE', 'the system has too many open files'],
  ['ENOBUFS', 'the system is out of buffers'],
  ['ENODATA', 'there is no such attribute'],
  ['ENODEV', 'there is no such device'],
  ['ENOENT', 'there is no such file or folder'],
  ['ENOEXEC', 'it is no program'],
  ['ENOMEM', 'the memory is used up'],
  ['ENOPROTOOPT', 'the option is not available'],
  ['ENOSPC', 'the disk is full'],
  ['ENOSYS', 'the system does not have this call'],
  ['ENOTCONN', 'it is not connected'],
  ['ENOTDIR', 'a part of the path is no folder'],
  ['ENOTEMPTY', 'the folder is not empty'],
  ['ENOTSOCK', 'it is no socket'],
  ['ENOTSUP', 'this is not supported'],
  ['ENXIO', 'there is no such device or address'],
  ['EOPNOTSUPP', 'this is not supported'],
  ['EPIPE', 'nothing reads the other end'],
  ['EPROTONOSUPPORT', 'the protocol is not available'],
  ['EPROTOTYPE', 'the protocol does not fit the socket'],
  ['ESPIPE', 'it has no position'],
  ['ESRCH', 'there is no such process'],
  ['ETIMEDOUT', 'no answer came in time'],
  ['ETXTBSY', 'the program is running'],
  ['EXDEV', 'it lies on another file system'],
]);

/** One sentence for a failed call. `fallback` is strace's own text. */
export function errorSentence(errno: string, fallback: string): string {
  if (errno === 'EINPROGRESS') return 'Under way (EINPROGRESS).';
  const refusal = REFUSALS.get(errno);
  if (refusal !== undefined) return `Refused: ${refusal} (${errno}).`;
  const words = ERRORS.get(errno) ?? fallback;
  return words === '' ? `It failed (${errno}).` : `It failed: ${words} (${errno}).`;
}

/** From signal(7). */
const SIGNALS: ReadonlyMap<string, string> = new Map([
  ['SIGABRT', 'it gave up (abort)'],
  ['SIGALRM', 'an alarm rang'],
  ['SIGBUS', 'it used memory that is not there'],
  ['SIGCHLD', 'a child process ended or stopped'],
  ['SIGCONT', 'it is told to go on'],
  ['SIGFPE', 'impossible arithmetic'],
  ['SIGHUP', 'its terminal is gone'],
  ['SIGILL', 'the processor does not know the instruction'],
  ['SIGINT', 'it is interrupted'],
  ['SIGPIPE', 'nothing reads what it writes'],
  ['SIGQUIT', 'it is told to quit'],
  ['SIGSEGV', 'it used memory that it may not use'],
  ['SIGSTOP', 'it is stopped'],
  ['SIGSYS', 'it made a forbidden system call'],
  ['SIGTERM', 'it is asked to end'],
  ['SIGTRAP', 'a breakpoint'],
  ['SIGXCPU', 'it used too much processor time'],
  ['SIGXFSZ', 'its file became too large'],
]);

/** `SIGSEGV (it used memory that it may not use)` */
export function signalWords(signal: string): string {
  const words = SIGNALS.get(signal);
  return words === undefined ? signal : `${signal} (${words})`;
}
