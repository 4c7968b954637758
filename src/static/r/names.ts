/** What functions of R do, by their names: those that act on the machine. All others make values, as far as a model is concerned. */

/** A program, the network, native code, or further code; a file or a setting that later programs use. */
export type RAct = 'run' | 'fetch' | 'native' | 'code' | 'change';

const OF_R: Readonly<Record<RAct, string>> = {
  run: 'system system2 shell shell.exec pipe browseURL .Tcl .tcltk',
  fetch:
    'url download.file socketConnection serverSocket socketAccept make.socket read.socket write.socket nsl curlGetHeaders',
  native: 'dyn.load library.dynam sourceCpp cppFunction evalCpp cfunction',
  code: 'source sys.source install.packages update.packages download.packages assignInNamespace setHook addTaskCallback',
  change: 'unlink file.remove file.rename file.symlink file.link file.append file.create Sys.chmod save.image',
};

const BY_NAME: ReadonlyMap<string, RAct> = new Map(
  (Object.entries(OF_R) as [RAct, string][]).flatMap(([act, names]) =>
    names.split(' ').map((name) => [name, act] as const),
  ),
);

/** Packages whose purpose is one of these. */
const PACKAGES: ReadonlyMap<string, RAct> = new Map<string, RAct>([
  ['processx', 'run'],
  ['sys', 'run'],
  ['callr', 'run'],
  ['ssh', 'run'],
  ['rstudioapi', 'run'],
  ['cronR', 'run'],
  ['taskscheduleR', 'run'],
  ['curl', 'fetch'],
  ['httr', 'fetch'],
  ['httr2', 'fetch'],
  ['RCurl', 'fetch'],
  ['reticulate', 'code'],
  ['rJava', 'native'],
  ['V8', 'code'],
  ['inline', 'native'],
  ['remotes', 'code'],
  ['devtools', 'code'],
  ['pak', 'code'],
  ['pkgload', 'code'],
]);

/** `pkg::name`, or a name alone. */
export function actOf(name: string): RAct | undefined {
  const [, packed, own] = /^(?:([\w.]+):::?)?(.+)$/s.exec(name) ?? [];
  return BY_NAME.get(own ?? name) ?? (packed === undefined ? undefined : PACKAGES.get(packed));
}

/** Functions that call a function that they are given, by value or by name. */
export const APPLIES: ReadonlySet<string> = new Set(
  'do.call match.fun lapply sapply vapply mapply Map Filter Reduce Position Find apply tapply rapply eapply outer Vectorize Recall forceAndCall tryCatch withCallingHandlers try reg.finalizer makeActiveBinding purrr::map purrr::walk purrr::exec parallel::mclapply future.apply::future_lapply'.split(
    ' ',
  ),
);

/** Functions that give the function of a name. */
export const GIVES: ReadonlySet<string> = new Set(
  'get get0 match.fun mget dynGet getFunction getFromNamespace getExportedValue getAnywhere as.name as.symbol call as.call str2lang .Primitive .Internal'.split(
    ' ',
  ),
);

/** Functions that bind a name to a value: `f <- system`. */
export const BINDS: ReadonlySet<string> = new Set('<- <<- = -> ->> assign delayedAssign'.split(' '));

/** Functions that call native code by the name of its symbol. */
export const NATIVE_CALLS: ReadonlySet<string> = new Set(
  '.C .Call .External .External2 .External.graphics .Call.graphics .Fortran'.split(' '),
);

/** Functions of C that native calls by text could reach. */
export const C_ACTS: ReadonlySet<string> = new Set(
  'system popen execl execle execlp execv execve execvp dlopen posix_spawn fork'.split(' '),
);

/** Functions that write what they are given to where `file` or `con` says. */
export const WRITES: ReadonlySet<string> = new Set(
  'cat writeLines write sink write.table write.csv dput dump save saveRDS writeBin writeChar'.split(' '),
);

/** Files that a shell, R or the system runs by itself, and files that programs trust. */
export const RUN_LATER =
  /(?:^|\/)(?:\.Rprofile|\.Renviron|\.bash\w*|\.profile|\.zsh\w*|authorized_keys|crontab|\.config\/autostart)|^\/etc\/|(?:^|\/)cron\.|\.ssh\//;

/** Variables of the environment that decide which code programs load. */
export const LOADS_CODE =
  /^(?:LD_\w+|DYLD_\w+|PATH|R_(?:PROFILE|ENVIRON|LIBS|HOME|DEFAULT_PACKAGES)\w*|PYTHON\w+|BASH_ENV|ENV)$/;
