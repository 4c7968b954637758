/**
 * Helper programs: programs that Python and its libraries start by themselves. They are recognised by everything that the kernel is given: file,
 * command line, environment, and the process that starts them. Acts of a helper program are judged like all others; only its start is no finding.
 */
import type { Pid } from '../trace/events.js';
import { folderOf, nameOf } from './path-zones.js';

export interface Start {
  readonly path: string;
  readonly argv: readonly string[];
  /** Undefined where not all of it was seen. */
  readonly environment: readonly string[] | undefined;
}

/**
 * `program`: prints something about the machine and ends. `lister`: looks through the list of processes for the children of one.
 * `tracker`: Python's fixed code that removes what a process has left in shared memory.
 * `worker`: an interpreter that carries out what its parent interpreter sends it.
 */
export type HelperKind = 'program' | 'lister' | 'tracker' | 'worker';

/** Folders of programs that belong to the image; a search through PATH asks for them in turn. */
const PROGRAM_FOLDERS: ReadonlySet<string> = new Set([
  ...['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
]);

/** Whole command lines, of the standard library (`platform`, `ctypes.util`) and of loky. */
const PROGRAMS: readonly RegExp[] = [
  /^uname\0-p$/,
  /^lscpu\0--parse=core$/,
  /^\/sbin\/ldconfig\0-p$/,
  /^ld\0-t\0-o\0\/dev\/null\0-l[\w.+-]{1,64}$/,
];

/** By which loky finds the children of a worker that it is about to end. */
const LISTER = /^pgrep\0-P\0([1-9]\d{0,9})$/;

/** loky by itself, and as joblib and older versions of scikit-learn carry it. */
const LOKY_BACKEND = String.raw`(?:(?:sklearn\.externals\.)?joblib\.externals\.)?loky\.backend`;
/** What follows the interpreter's own options. Older versions kept track of semaphores alone. */
const TRACKERS: readonly RegExp[] = [
  /^-c\0from (?:multiprocessing|multiprocess)\.(?:resource|semaphore)_tracker import main;main\(\d+\)$/,
  new RegExp(
    String.raw`^-c\0from ${LOKY_BACKEND}\.(?:resource|semaphore)_tracker import main; main\(\d+, (?:True|False)\)$`,
  ),
];
/** Its settings are part of its program text: a search path of folders of the image alone, and, with Python 3.14, a descriptor. */
const SAFE_ARGUMENTS = String.raw`'sys_path': \[(?:'/usr/[\w.+/-]*'(?:, )?)*\]|'sys_argv': \['/opt/dynscan/runner\.py'\]|'authkey_r': \d+`;
const FORK_SERVER = new RegExp(
  String.raw`^-c\0from multiprocessing\.forkserver import main; main\(\d+, \d+, \['__main__'\], \*\*\{(?:(?:${SAFE_ARGUMENTS})(?:, )?)*\}\)$`,
);
const WORKERS: readonly RegExp[] = [
  /^-c\0from multiprocessing\.spawn import spawn_main; spawn_main\(tracker_fd=\d+, pipe_handle=\d+\)\0--multiprocessing-fork$/,
  FORK_SERVER,
];
/** Without the interpreter's options, and so with the current folder on its search path. */
const LOKY = new RegExp(
  String.raw`^-m\0${LOKY_BACKEND}\.popen_loky_posix\0--process-name\0LokyProcess-\d+\0--pipe\0\d+$`,
);

/** Variables that libraries set for the programs that they start; none of them makes a program run, load or write anything else. */
const VARIABLES =
  /^(?:(?:LC_ALL|LANG)=C(?:\.UTF-8)?|(?:(?:OMP|OPENBLAS|MKL|BLIS|NUMBA|NUMEXPR)_NUM|VECLIB_MAXIMUM)_THREADS=\d+|ENABLE_IPC=1|KMP_(?:DUPLICATE_LIB_OK|INIT_AT_FORK)=\w+|TF2_BEHAVIOR=1|TOKENIZERS_PARALLELISM=\w+|HF_HUB_(?:OFFLINE|DISABLE_TELEMETRY)=1|HF_MODULES_CACHE=\/tmp\/huggingface|KERAS_HOME=\/(?:opt\/dynscan|tmp)\/keras)$/;

/** The interpreter that the model is loaded in, as the kernel was asked to start it. */
export class Interpreter {
  private readonly environment: ReadonlySet<string>;
  private readonly options: string;

  constructor(private readonly start: Start) {
    this.environment = new Set(start.environment ?? []);
    this.options = optionsOf(start.argv).options;
  }

  /**
   * The kind of helper program that this interpreter, or a worker of it, starts; undefined for every other program. `isOwn` tells whether a process
   * is one that the starting interpreter has started.
   */
  helper(start: Start, isOwn: (pid: Pid) => boolean): HelperKind | undefined {
    if (start.environment?.every((entry) => this.isHarmless(entry)) !== true) return undefined;
    const line = start.argv.join('\0');
    if (isOfImage(start)) {
      if (PROGRAMS.some((pattern) => pattern.test(line))) return 'program';
      const parent = LISTER.exec(line)?.[1];
      if (parent !== undefined && isOwn(Number(parent))) return 'lister';
    }
    if (start.path !== this.start.path || start.argv[0] !== this.start.argv[0]) return undefined;
    const { options, rest } = optionsOf(start.argv);
    if (options === '' && LOKY.test(rest)) return 'worker';
    if (options !== this.options) return undefined;
    if (TRACKERS.some((pattern) => pattern.test(rest))) return 'tracker';
    return WORKERS.some((pattern) => pattern.test(rest)) ? 'worker' : undefined;
  }

  private isHarmless(entry: string): boolean {
    return this.environment.has(entry) || VARIABLES.test(entry);
  }
}

/** Whether the file is the image's program of the name that the command line begins with. */
function isOfImage({ path, argv }: Start): boolean {
  const name = argv[0] ?? '';
  return name.startsWith('/') ? path === name : nameOf(path) === name && PROGRAM_FOLDERS.has(folderOf(path));
}

/** `-B -I` of `python3 -B -I -c …`, in one order. */
function optionsOf(argv: readonly string[]): { readonly options: string; readonly rest: string } {
  const words = argv.slice(1);
  const first = words.findIndex((word) => !/^-[A-Za-bd-ln-z]$/.test(word));
  const end = first < 0 ? words.length : first;
  return { options: words.slice(0, end).sort().join(' '), rest: words.slice(end).join('\0') };
}
