/**
 * What the trace says was done with files, to hold against what the kernel itself told the supervisor (sandbox/witness.py): an act that only the
 * kernel knows of went past the tracer.
 */
import { isWithin } from './path-zones.js';

export const WITNESSED = ['gone', 'made', 'written', 'opened'] as const;
export type WitnessedKind = (typeof WITNESSED)[number];

/** Something that the kernel told of a file. */
export interface WitnessedAct {
  readonly kind: WitnessedKind;
  /** Absolute, followed by other names of the same file. */
  readonly paths: readonly string[];
}

/** The places that the supervisor watches, and those of canaries. */
const WATCHED =
  /^\/(?:tmp|dev\/shm|home|root|srv|data|mnt|etc|opt\/dynscan|var\/(?:log|mail|backups)|(?:usr\/(?:local\/)?)?s?bin)(?:\/|$)/;
const MAX_PATHS = 50_000;

export class TracedFiles {
  private readonly known = new Map<WitnessedKind, Set<string>>(WITNESSED.map((kind) => [kind, new Set()]));
  /** Files and folders that have another name now: the kernel tells of what is in a folder by its first. */
  private readonly moved = new Map<string, string>();
  /** More than can be held against anything. */
  isFull = false;

  note(kind: WitnessedKind, path: string): void {
    const paths = this.known.get(kind);
    const merged = asMerged(path);
    if (!paths || !WATCHED.test(merged)) return;
    if (paths.size >= MAX_PATHS) this.isFull = true;
    else paths.add(merged);
  }

  renamed(from: string, to: string): void {
    this.note('gone', from);
    this.note('made', to);
    this.same(from, to);
  }

  /** Two names of one file, or of one folder. */
  same(from: string, to: string): void {
    if (this.moved.size < MAX_PATHS) this.moved.set(to, from);
    else this.isFull = true;
  }

  /** A file of a folder that was renamed stands under either name. */
  explains({ kind, paths }: WitnessedAct): boolean {
    return paths.some((path) => this.has(kind, asMerged(path)));
  }

  private has(kind: WitnessedKind, path: string): boolean {
    const paths = this.known.get(kind);
    if (!paths || this.isFull || paths.has(path)) return true;
    for (const [to, from] of this.moved) {
      if (isWithin(path, from) && paths.has(to + path.slice(from.length))) return true;
      if (isWithin(path, to) && paths.has(from + path.slice(to.length))) return true;
    }
    return false;
  }
}

/** In the images `/bin` and `/sbin` are those of `/usr`. */
function asMerged(path: string): string {
  return /^\/s?bin\//.test(path) ? `/usr${path}` : path;
}

const WORDS: Readonly<Record<WitnessedKind, string>> = {
  gone: 'deleted or renamed',
  made: 'made',
  written: 'written to',
  opened: 'opened',
};

export function witnessSentence(kind: WitnessedKind, shownPath: string): string {
  return `The kernel says that ${shownPath} was ${WORDS[kind]}, and no call in the trace did that.`;
}
