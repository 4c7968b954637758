import type { ProcessNode } from '../core/schema.js';

/** A process and what it started. Threads are counted at their process. */
export interface Branch {
  readonly process: ProcessNode;
  readonly threads: number;
  readonly children: readonly Branch[];
}

/** Every process of the report is in it, whatever the parents say: one that hangs on none of the others stands at the top. */
export function branchesOf(processes: readonly ProcessNode[]): readonly Branch[] {
  const known = new Map(processes.map((process) => [process.pid, process]));
  const children = new Map<number | undefined, ProcessNode[]>();
  for (const process of processes) {
    const parent = ownerOf(process, known);
    const siblings = children.get(parent);
    if (siblings) siblings.push(process);
    else children.set(parent, [process]);
  }
  // Ends a circle, which numbers that are used again could make.
  const placed = new Set<ProcessNode>();
  const place = (all: readonly ProcessNode[]): Branch[] =>
    all.flatMap((process) => {
      if (process.thread || placed.has(process)) return [];
      placed.add(process);
      const own = children.get(process.pid) ?? [];
      return [{ process, threads: own.filter(({ thread }) => thread).length, children: place(own) }];
    });
  const top = place(children.get(undefined) ?? []);
  return [...top, ...processes.flatMap((process) => place([process]))];
}

/** The process that a thread belongs to stands for it, also as the parent of what the thread started. */
function ownerOf(process: ProcessNode, known: ReadonlyMap<number, ProcessNode>): number | undefined {
  let parent = process.parent === undefined ? undefined : known.get(process.parent);
  for (let steps = 0; parent?.thread && steps < known.size; steps++) {
    parent = parent.parent === undefined ? undefined : known.get(parent.parent);
  }
  return parent?.pid;
}
