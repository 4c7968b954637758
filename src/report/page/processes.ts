import type { ProcessNode } from '../../core/schema.js';
import { shellWord, type ProcessRow } from '../process-tree.js';
import { el, type Child, type Markup } from './markup.js';
import { cut, seconds } from './formatting.js';

/** Which process started which, as nested lists: any reader and any keyboard can walk them. */
export function processList(rows: readonly ProcessRow[]): Markup {
  let next = 0;
  const level = (depth: number): Markup[] => {
    const items: Markup[] = [];
    for (let row = rows[next]; row?.depth === depth; row = rows[next]) {
      next++;
      items.push(item(row, level(depth + 1)));
    }
    return items;
  };
  return el('ul', { class: 'processes' }, ...level(0));
}

function item(row: ProcessRow, started: readonly Markup[]): Markup {
  const { threads } = row;
  if (started.length === 0 && threads === 0) return el('li', {}, line(row));
  const count =
    threads > 0 ? el('li', { class: 'dim' }, `${threads} ${threads === 1 ? 'thread' : 'threads'}`) : undefined;
  const below = el('ul', { class: 'processes' }, ...started, count);
  return el('li', {}, el('details', { open: true }, el('summary', {}, line(row)), below));
}

function line({ process, isSandbox }: ProcessRow): Markup {
  const started = process.argv.length > 0;
  return el(
    'span',
    { class: 'process' },
    el('span', { class: 'pid' }, String(process.pid)),
    started ? el('code', {}, commandOf(process)) : el('span', { class: 'dim' }, commandOf(process)),
    isSandbox ? el('span', { class: 'chip own' }, 'the sandbox’s own') : undefined,
    el('span', { class: 'dim' }, ending(process)),
  );
}

function commandOf({ argv }: ProcessNode): string {
  return argv.length > 0 ? argv.map(shellWord).join(' ') : 'a copy of its parent';
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

// Chart ----------------------------------------------------------------------------------------------------------------

const ROWS = 40;
const ROW_HEIGHT = 20;
const BAR_HEIGHT = 10;
const LABEL_WIDTH = 170;
const INDENT = 10;
const MAX_INDENT = 6;
const AXIS_HEIGHT = 20;
const LABEL_LENGTH = 26;
/** Characters of a command in what is said about a bar. */
const COMMAND_LENGTH = 300;

export interface Chart {
  readonly picture: Markup;
  /** Marks have the class `mark`, and stand in their order. */
  readonly marks: number;
  /** What is said about one of them. */
  readonly describe: (mark: number) => string;
}

export interface ChartOptions {
  readonly width: number;
  /** With what is said about each mark in the picture, where no script says it. */
  readonly titled: boolean;
}

/**
 * The processes as bars in time, each on a row of its own below the one that started it. Undefined where there is nothing to
 * draw: one process, or no times. The list has all of them; the picture the first forty.
 */
export function processChart(all: readonly ProcessRow[], { width, titled }: ChartOptions): Chart | undefined {
  const timed = all.flatMap(({ process }) => process.start ?? []);
  if (all.length < 2 || timed.length === 0) return undefined;
  const rows = all.slice(0, ROWS);
  const first = Math.min(...timed);
  const last = Math.max(first + 0.001, ...all.flatMap(({ process }) => process.end ?? process.start ?? []));
  const scale = (time: number): number =>
    LABEL_WIDTH + ((Math.min(Math.max(time, first), last) - first) / (last - first)) * (width - LABEL_WIDTH - 8);
  const height = rows.length * ROW_HEIGHT + AXIS_HEIGHT;
  const left = all.length - rows.length;
  const label = `${all.length} processes over ${seconds(last - first)}${left > 0 ? `, of which the first ${ROWS} are drawn` : ''}. The list below has the same.`;
  const picture = el(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label },
    // Below the bars.
    ...rows.map((row, at) => drawBranch(row, at, scale)),
    ...rows.flatMap((row, at) => drawRow(row, at, scale, { last, title: titled ? words(row, rows) : undefined })),
    el('text', { x: LABEL_WIDTH, y: height - 4 }, seconds(first)),
    el('text', { x: width - 8, y: height - 4, 'text-anchor': 'end' }, seconds(last)),
  );
  return { picture, marks: rows.length, describe: (mark) => words(rows[mark], rows) };
}

/** From the bar of the process that started it down to its own. */
function drawBranch({ process, parent }: ProcessRow, at: number, scale: (time: number) => number): Child {
  if (parent === undefined) return undefined;
  const top = parent * ROW_HEIGHT + (ROW_HEIGHT + BAR_HEIGHT) / 2;
  const d = `M${scale(process.start ?? 0)} ${top}V${at * ROW_HEIGHT + ROW_HEIGHT / 2}`;
  return el('path', { class: 'branch', d });
}

function drawRow(
  row: ProcessRow,
  at: number,
  scale: (time: number) => number,
  { last, title }: { last: number; title: string | undefined },
): Child[] {
  const { process } = row;
  const middle = at * ROW_HEIGHT + ROW_HEIGHT / 2;
  const depth = Math.min(row.depth, MAX_INDENT);
  const name = `${process.pid} ${process.argv[0]?.split('/').pop() ?? ''}`.trimEnd();
  const room = LABEL_LENGTH - depth * 2;
  const start = scale(process.start ?? 0);
  const end = scale(process.end ?? last);
  const tone = process.signal !== undefined ? ' severity-high' : process.exitCode ? ' severity-medium' : '';
  const bar = {
    ...{ x: start, y: middle - BAR_HEIGHT / 2, rx: 1, class: `mark${tone}` },
    ...{ width: Math.max(3, end - start), height: BAR_HEIGHT },
  };
  return [
    el('text', { x: depth * INDENT, y: middle + 4 }, name.length > room ? `${name.slice(0, room - 1)}…` : name),
    el('rect', bar, title === undefined ? undefined : el('title', {}, title)),
  ];
}

function words(row: ProcessRow | undefined, rows: readonly ProcessRow[]): string {
  if (row === undefined) return '';
  const { process, parent, isSandbox } = row;
  const own = isSandbox ? ' (the sandbox’s own)' : '';
  const from = parent === undefined ? '' : `, started by ${rows[parent]?.process.pid ?? '?'}`;
  const command = commandOf(process);
  return `Process ${process.pid}${own}${from}: ${cut(command, COMMAND_LENGTH)}, ${ending(process)}`;
}
