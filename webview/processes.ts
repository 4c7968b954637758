import type { ProcessNode } from '../src/report/schema.js';
import { el, type Child } from './dom.js';
import { seconds } from './words.js';

/**
 * Which process started which, as nested lists: any reader and any keyboard can walk them. Every process of the report is
 * shown, whatever the parents say: one that hangs on none of the others stands at the top.
 */
export function processTree(processes: readonly ProcessNode[]): HTMLElement {
  const known = new Map(processes.map((process) => [process.pid, process]));
  const children = new Map<number | undefined, ProcessNode[]>();
  for (const process of processes) {
    const parent = ownerOf(process, known);
    children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  const shown = new Set<ProcessNode>();
  const top = children.get(undefined) ?? [];
  const items = branches(children, top, shown);
  const rest = processes.filter((process) => !process.thread && !shown.has(process));
  return el('ul', { class: 'processes' }, ...items, ...rest.flatMap((process) => branches(children, [process], shown)));
}

type ByParent = ReadonlyMap<number | undefined, readonly ProcessNode[]>;

/** The process that a thread belongs to stands for it, also as the parent of what the thread started. */
function ownerOf(process: ProcessNode, known: ReadonlyMap<number, ProcessNode>): number | undefined {
  let parent = process.parent === undefined ? undefined : known.get(process.parent);
  for (let steps = 0; parent?.thread && steps < known.size; steps++) {
    parent = parent.parent === undefined ? undefined : known.get(parent.parent);
  }
  return parent?.pid;
}

/** `shown` ends a circle, which numbers that are used again could make. */
function branches(children: ByParent, all: readonly ProcessNode[], shown: Set<ProcessNode>): HTMLElement[] {
  const items = all
    .filter((process) => !process.thread && !shown.has(process))
    .map((process) => {
      shown.add(process);
      const below = branches(children, children.get(process.pid) ?? [], shown);
      if (below.length === 0) return el('li', {}, line(process));
      const list = el('ul', { class: 'processes' }, ...below);
      return el('li', {}, el('details', { open: true }, el('summary', {}, line(process)), list));
    });
  const threads = all.filter((process) => process.thread).length;
  const word = threads === 1 ? 'thread' : 'threads';
  return threads === 0 ? items : [...items, el('li', { class: 'dim' }, `${threads} ${word}`)];
}

function line(process: ProcessNode): Child {
  const command = process.argv.length > 0 ? process.argv.map(quoted).join(' ') : 'a copy of its parent';
  return el(
    'span',
    { class: 'process' },
    el('span', { class: 'pid' }, String(process.pid)),
    process.argv.length > 0 ? el('code', {}, command) : el('span', { class: 'dim' }, command),
    el('span', { class: 'dim' }, ending(process)),
  );
}

function ending(process: ProcessNode): string {
  const end = process.signal
    ? `killed by ${process.signal}`
    : process.exitCode === undefined
      ? 'end not seen'
      : `exit ${process.exitCode}`;
  if (process.start === undefined || process.end === undefined) return end;
  return `${end}, ran ${seconds(process.end - process.start)}`;
}

/** As a shell would want it, so that a copied line means the same. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
