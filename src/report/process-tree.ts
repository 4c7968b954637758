/** The process tree of a run, as both the text report and the page show it. */
import type { Finding, ProcessNode } from '../core/schema.js';

/** Deeper levels stand at this one: a chain of a thousand forks must neither push its programs off the screen nor nest a page as deep. */
const MAX_DEPTH = 12;

export interface ProcessRow {
  readonly process: ProcessNode;
  readonly threads: number;
  /** 0 for a process that none of the others started. */
  readonly depth: number;
  /** Row of the process that started it. */
  readonly parent: number | undefined;
  /** It is the last that this process started. */
  readonly isLast: boolean;
  /** The sandbox's own: the runner, and what a library in the image starts to find another. */
  readonly isSandbox: boolean;
}

/**
 * A row for each process, below the one that started it; threads are counted at their process. Every process of the report is among them,
 * whatever a record says of parents: those that hang on none of the others, or on each other in a circle, stand at the top.
 */
export function processRows(processes: readonly ProcessNode[], findings: readonly Finding[]): readonly ProcessRow[] {
  // A program can be started under any name: what goes by that of the helper is one only where no finding accuses it.
  const hasHelper = !findings.some(accusesHelper);
  const known = new Map(processes.map((process) => [process.pid, process]));
  const children = new Map<number | undefined, ProcessNode[]>();
  const threads = new Map<number | undefined, number>();
  for (const process of processes) {
    const owner = ownerOf(process, known);
    if (process.thread) threads.set(owner, (threads.get(owner) ?? 0) + 1);
    else {
      const siblings = children.get(owner);
      if (siblings) siblings.push(process);
      else children.set(owner, [process]);
    }
  }

  const rows: ProcessRow[] = [];
  const placed = new Set<ProcessNode>();
  // No recursion: as deep as the chain of forks is.
  const place = (top: ProcessNode): void => {
    const waiting = [{ process: top, depth: 0, parent: undefined as number | undefined, isLast: true }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { process } = next;
      if (placed.has(process)) continue;
      placed.add(process);
      const [parent, depth] = [rows.length, Math.min(next.depth + 1, MAX_DEPTH)];
      const starter = next.parent === undefined ? undefined : rows[next.parent];
      const isSandbox =
        starter === undefined ? parent === 0 && isRunner(process) : hasHelper && starter.isSandbox && isHelper(process);
      rows.push({ ...next, threads: threads.get(process.pid) ?? 0, isSandbox });
      const own = (children.get(process.pid) ?? []).filter((child) => !placed.has(child)).reverse();
      own.forEach((child, at) => waiting.push({ process: child, depth, parent, isLast: at === 0 }));
    }
  };
  for (const process of children.get(undefined) ?? []) place(process);
  for (const process of processes) if (!process.thread) place(process);
  return rows;
}

/** The first process of a run. One that comes later under this name is the model's. */
function isRunner({ argv }: ProcessNode): boolean {
  return /\/python[\d.]*$/.test(argv[0] ?? '') && argv.includes('/opt/dynscan/runner.py');
}

/** Python's `ctypes.util.find_library` asks the linker what there is, and nothing else (CPython, `Lib/ctypes/util.py`). */
function isHelper({ argv }: ProcessNode): boolean {
  return argv.length === 2 && /(?:^|\/)ldconfig$/.test(argv[0] ?? '') && argv[1] === '-p';
}

function accusesHelper({ severity, subject = '', facts }: Finding): boolean {
  return severity !== 'info' && [subject, ...(facts?.argv ?? [])].some((text) => text.includes('ldconfig'));
}

/** The process that a thread belongs to stands for it, also as the parent of what the thread started. */
function ownerOf(process: ProcessNode, known: ReadonlyMap<number, ProcessNode>): number | undefined {
  let parent = process.parent === undefined ? undefined : known.get(process.parent);
  for (let steps = 0; parent?.thread && steps < known.size; steps++) {
    parent = parent.parent === undefined ? undefined : known.get(parent.parent);
  }
  return parent === process ? undefined : parent?.pid;
}

/** A word as a shell would want it, so that a copied line means the same. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
