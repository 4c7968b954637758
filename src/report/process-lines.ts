/** The processes of a run as lines: which program started which. */
import { escapeAndCut } from '../core/escape.js';
import type { ProcessNode } from '../core/schema.js';

/** Deeper levels are drawn at this one: a chain of a thousand forks must not push its programs off the screen. */
const MAX_DEPTH = 12;
const ARGUMENT_LIMIT = 200;

/**
 * At most `maxLines` lines of about `width` columns, threads counted at their process. Every process is reached, also
 * those whose parent was never seen or, in a forged record, is their own child.
 */
export function drawProcesses(processes: readonly ProcessNode[], width: number, maxLines: number): string[] {
  const shown = processes.filter(({ thread }) => !thread);
  const pids = new Set(shown.map(({ pid }) => pid));
  const children = new Map<number | undefined, ProcessNode[]>();
  const threads = new Map<number, number>();
  for (const { thread, parent } of processes) {
    if (thread && parent !== undefined) threads.set(parent, (threads.get(parent) ?? 0) + 1);
  }
  for (const node of shown) {
    const parent =
      node.parent !== undefined && node.parent !== node.pid && pids.has(node.parent) ? node.parent : undefined;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [node]);
    else siblings.push(node);
  }

  const lines: string[] = [];
  const drawn = new Set<ProcessNode>();
  const draw = (node: ProcessNode, lead: string, rest: string, depth: number): void => {
    if (drawn.has(node) || lines.length >= maxLines) return;
    drawn.add(node);
    lines.push(lead + describeProcess(node, threads.get(node.pid) ?? 0, width - lead.length));
    const own = (children.get(node.pid) ?? []).filter((child) => !drawn.has(child));
    own.forEach((child, at) => {
      const last = at === own.length - 1;
      const deeper = depth < MAX_DEPTH;
      draw(
        child,
        deeper ? `${rest}${last ? '└─ ' : '├─ '}` : lead,
        deeper ? `${rest}${last ? '   ' : '│  '}` : rest,
        depth + 1,
      );
    });
  };
  for (const root of children.get(undefined) ?? []) draw(root, '', '', 0);
  for (const node of shown) draw(node, '', '', 0);
  const left = shown.length - drawn.size;
  return left > 0 ? [...lines, `… and ${left} more; the JSON report has them all.`] : lines;
}

function describeProcess(node: ProcessNode, threads: number, width: number): string {
  const notes = [
    ...(threads > 0 ? [`${threads} ${threads === 1 ? 'thread' : 'threads'}`] : []),
    ...(node.signal !== undefined ? [`killed by ${escapeAndCut(node.signal, 20)}`] : []),
    ...(node.exitCode !== undefined && node.exitCode !== 0 ? [`exit ${node.exitCode}`] : []),
  ];
  const head = `${node.pid}  `;
  const tail = notes.length === 0 ? '' : `  (${notes.join(', ')})`;
  const program = node.argv.length === 0 ? 'started no program of its own' : node.argv.map(quote).join(' ');
  const room = Math.max(20, width - head.length - tail.length - 1);
  return head + escapeAndCut(program, room) + tail;
}

function quote(argument: string): string {
  const safe = escapeAndCut(argument, ARGUMENT_LIMIT);
  return /^[\w@%+=:,./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", String.raw`'\''`)}'`;
}
