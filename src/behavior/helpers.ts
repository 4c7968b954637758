/**
 * Helper programs: programs that Python and its libraries start by themselves. They are recognised by everything that the kernel is given: file,
 * command line, environment, and the process that starts them. Acts of a helper program are judged like all others; only its start is no finding.
 */
import { folderOf, nameOf } from './path-zones.js';

export interface Start {
  readonly path: string;
  readonly argv: readonly string[];
  /** Undefined where not all of it was seen. */
  readonly environment: readonly string[] | undefined;
}

/**
 * `program`: prints something about the machine and ends. `tracker`: Python's fixed code that removes what a process has left in shared memory.
 * `worker`: an interpreter that carries out what its parent interpreter sends it.
 */
export type HelperKind = 'program' | 'tracker' | 'worker';

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

/** What follows the interpreter's own options. */
const TRACKERS: readonly RegExp[] = [
  /^-c\0from multiprocessing\.resource_tracker import main;main\(\d+\)$/,
  /^-c\0from (?:joblib\.externals\.)?loky\.backend\.resource_tracker import main; main\(\d+, (?:True|False)\)$/,
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
const LOKY =
  /^-m\0(?:joblib\.externals\.)?loky\.backend\.popen_loky_posix\0--process-name\0LokyProcess-\d+\0--pipe\0\d+$/;

/** Variables that libraries set for the programs that they start; none of them makes a program run, load or write anything else. */
const VARIABLES =
  /^(?:(?:LC_ALL|LANG)=C(?:\.UTF-8)?|(?:(?:OMP|OPENBLAS|MKL|BLIS|NUMBA|NUMEXPR)_NUM|VECLIB_MAXIMUM)_THREADS=\d+|ENABLE_IPC=1|KMP_(?:DUPLICATE_LIB_OK|INIT_AT_FORK)=\w+|TF2_BEHAVIOR=1|TOKENIZERS_PARALLELISM=\w+|HF_HUB_(?:OFFLINE|DISABLE_TELEMETRY)=1|HF_MODULES_CACHE=\/tmp\/huggingface|KERAS_HOME=\/opt\/dynscan\/keras)$/;

/** The interpreter that the model is loaded in, as the kernel was asked to start it. */
export class Interpreter {
  private readonly environment: ReadonlySet<string>;
  private readonly options: string;

  constructor(private readonly start: Start) {
    this.environment = new Set(start.environment ?? []);
    this.options = optionsOf(start.argv).options;
  }

  /** The kind of helper program that this interpreter, or a worker of it, starts; undefined for every other program. */
  helper(start: Start): HelperKind | undefined {
    if (start.environment?.every((entry) => this.isHarmless(entry)) !== true) return undefined;
    if (isProgram(start)) return 'program';
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

function isProgram({ path, argv }: Start): boolean {
  const name = argv[0] ?? '';
  const isNamed = name.startsWith('/') ? path === name : nameOf(path) === name && PROGRAM_FOLDERS.has(folderOf(path));
  return isNamed && PROGRAMS.some((pattern) => pattern.test(argv.join('\0')));
}

/** `-B -I` of `python3 -B -I -c …`, in one order. */
function optionsOf(argv: readonly string[]): { readonly options: string; readonly rest: string } {
  const words = argv.slice(1);
  const first = words.findIndex((word) => !/^-[A-Za-bd-ln-z]$/.test(word));
  const end = first < 0 ? words.length : first;
  return { options: words.slice(0, end).sort().join(' '), rest: words.slice(end).join('\0') };
}
