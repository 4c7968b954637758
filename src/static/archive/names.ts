/** Names of members and paths in files: whether unpacking, or following them, could reach outside. */

/**
 * Why a path leaves its folder, as a part of a sentence; undefined when it stays. Both kinds of separators count on every system: a harmless name on
 * one system is a path on another.
 */
export function leavesFolder(path: string): string | undefined {
  if (path.includes('\0')) return 'has a zero byte, at which some systems cut it';
  if (/^[/\\]{2}/.test(path)) return 'names another machine';
  if (/^[/\\]/.test(path)) return 'begins at the root of the file system';
  if (/^[A-Za-z]:/.test(path)) return 'names a drive';
  if (/^~/.test(path)) return 'begins at a home folder';
  let depth = 0;
  for (const part of path.split(/[/\\]/)) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return 'climbs out of the folder';
  }
  return undefined;
}

/** The same for a link inside an archive: its target counts from the folder that the link is in. */
export function linkLeavesFolder(name: string, target: string): string | undefined {
  const folder = name.split('/').slice(0, -1).join('/');
  return leavesFolder(target) === 'climbs out of the folder'
    ? leavesFolder(`${folder}/./${target}`.replace(/^\//, ''))
    : leavesFolder(target);
}

/** Members that are unpickled: their reader can be stopped at any time, so that it does not delay the others. */
const UNPICKLED = /\.(?:pkl|pickle|p|joblib|dill|pt|pth|ckpt|bin)$/i;
/** Members that run, and members that hold others. */
const RUNS = /\.(?:py|pyc|so|dll|sh|skops|keras|zip|tar|7z|gz|xz|bz2)$/i;
/** Text files and weights: their readers take longest, and find least. */
const SAYS_LITTLE =
  /\.(?:json|ya?ml|toml|ini|cfg|conf|txt|md|xml|csv|pbtxt|npy|npz|h5|hdf5|safetensors)$|(?:^|\/)data\/\d+$/i;

/** The order in which members are read: if the time is not enough, it was spent on the members that loading runs. */
export function mostDangerousFirst<T extends { readonly name: string }>(members: readonly T[]): readonly T[] {
  const ranks: [T[], T[], T[], T[]] = [[], [], [], []];
  for (const member of members) ranks[rankOf(member.name)].push(member);
  return ranks.flat();
}

function rankOf(name: string): 0 | 1 | 2 | 3 {
  if (UNPICKLED.test(name)) return 0;
  if (RUNS.test(name)) return 1;
  return SAYS_LITTLE.test(name) ? 3 : 2;
}
