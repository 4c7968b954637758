/** Path zones: to whom a path belongs decides whether touching it is ordinary. */

/** The folders of a run. */
export interface RunFolders {
  /** Where the model is inside the container, e.g. `/model/model.pkl`; its folder is the model's. Empty when there is none. */
  readonly modelPath: string;
  /** Writable places that the sandbox gives every model; writing there is no finding by itself: `/tmp`, `/dev/shm`. */
  readonly scratch: readonly string[];
  /** The model's home folder: writable, and watched. */
  readonly home: string;
}

export type PathZone =
  /** The model file itself; of a model that is a folder, any file in it. */
  | 'model'
  /** What lies beside it. */
  | 'model-folder'
  | 'home'
  /** Writable places that every model is given. */
  | 'scratch'
  /** What the image brings. */
  | 'image'
  /** `/proc`, `/sys`, `/dev`: the kernel's and the hardware's. */
  | 'kernel'
  /** No file: a pipe, a socket, memory. */
  | 'none'
  | 'other';

const IMAGE = ['/usr', '/lib', '/lib32', '/lib64', '/libx32', '/bin', '/sbin', '/etc', '/opt', '/var'];
const KERNEL = ['/proc', '/sys', '/dev'];

/** A library's settings folder that is in the scratch space here, and the part of it that is only data: the rest is treated like the home folder. */
const SETTINGS_FOLDER = '/tmp/matplotlib';
const FONT_LIST = /^\/tmp\/matplotlib\/\.?fontlist-v[\d.]+\.json(?:\.matplotlib-lock)?$/;
/** What fontconfig keeps of the fonts that it found, under their folder's hash. */
const FONT_CACHE =
  /^\/\.cache\/fontconfig(?:\/(?:CACHEDIR\.TAG|[0-9a-f-]{32}[\w-]*\.cache-\d+)(?:\.(?:LCK|NEW|TMP-\w+))?)?$/;

/** Where `path` (absolute, without `..`) belongs in the run. */
export function zoneOf(path: string, context: RunFolders): PathZone {
  if (!path.startsWith('/')) return 'none';
  if (isWithin(path, SETTINGS_FOLDER) && path !== SETTINGS_FOLDER) return FONT_LIST.test(path) ? 'scratch' : 'home';
  if (isWithin(path, context.home) && FONT_CACHE.test(path.slice(context.home.length))) return 'scratch';
  if (context.modelPath !== '' && isWithin(path, context.modelPath)) return 'model';
  const folders: readonly (readonly [PathZone, string])[] = [
    ['home', context.home],
    ['model-folder', folderOf(context.modelPath)],
    ...context.scratch.map((folder) => ['scratch', folder] as const),
    ...KERNEL.map((folder) => ['kernel', folder] as const),
    ...IMAGE.map((folder) => ['image', folder] as const),
  ];
  // The innermost wins: /dev/shm is scratch, /dev is the kernel's.
  const [zone] = folders
    .filter(([, folder]) => isWithin(path, folder))
    .reduce<readonly [PathZone, string]>(
      (best, next) => (next[1].length > best[1].length ? next : best),
      ['other', ''],
    );
  return zone;
}

/** True for Python code that the image brings: a file of it, or a module frozen into the interpreter. */
export function isImageCode(file: string): boolean {
  return file.startsWith('<frozen ') || IMAGE.some((folder) => isWithin(file, folder));
}

/** True for `folder` itself and everything below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** `/a/b` for `/a/b/c`; `/` for `/a`. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}

/** `c` for `/a/b/c`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
