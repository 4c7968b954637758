import type { ProcessNode } from '../src/report/schema.js';
import { el, type Child } from './dom.js';
import { seconds } from './words.js';

/** Which process started which, as nested lists: any reader and any keyboard can walk them. */
export function processTree(processes: readonly ProcessNode[]): HTMLElement {
  const children = new Map<number | undefined, ProcessNode[]>();
  const known = new Set(processes.map((process) => process.pid));
  for (const process of processes) {
    const parent = process.parent !== undefined && known.has(process.parent) ? process.parent : undefined;
    children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  return list(children, undefined, new Set());
}

type ByParent = ReadonlyMap<number | undefined, readonly ProcessNode[]>;

/** Numbers can be used again in a long run, so a process met twice on the way down ends it. */
function list(children: ByParent, parent: number | undefined, above: ReadonlySet<number>): HTMLElement {
  const all = children.get(parent) ?? [];
  const items = all
    .filter((process) => !process.thread && !above.has(process.pid))
    .map((process) => branch(children, process, new Set([...above, process.pid])));
  const threads = all.filter((process) => process.thread);
  const word = threads.length === 1 ? 'thread' : 'threads';
  const threadItem = threads.length > 0 ? el('li', { class: 'dim' }, `${threads.length} ${word}`) : undefined;
  return el('ul', { class: 'processes' }, ...items, threadItem);
}

function branch(children: ByParent, process: ProcessNode, above: ReadonlySet<number>): HTMLElement {
  if (!children.has(process.pid)) return el('li', {}, line(process));
  const open = el('details', { open: true }, el('summary', {}, line(process)), list(children, process.pid, above));
  return el('li', {}, open);
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
