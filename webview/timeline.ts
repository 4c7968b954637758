import type { ProcessNode, Severity, TimelineEntry } from '../src/report/schema.js';
import { el, svg, type Child } from './dom.js';
import { checkbox, textField } from './toolkit.js';
import { seconds, SEVERITY_RANK } from './words.js';

const ROWS_AT_ONCE = 200;
const LANES = 12;
const LANE_HEIGHT = 18;
const LABEL_WIDTH = 96;
const AXIS_HEIGHT = 20;
const TICKS = 5;

interface Mark {
  readonly lane: number;
  readonly x: number;
  readonly entries: number[];
  worst: Severity | undefined;
}

/** What the model did, in time: a chart to see it, a table to read it. Both show the same entries. */
export function timeline(
  entries: readonly TimelineEntry[],
  omitted: number,
  processes: readonly ProcessNode[],
): HTMLElement {
  const shown = el('p', { class: 'selected', 'aria-live': 'polite' });
  const holder = el('div', { class: 'chart' });
  const names = new Map(processes.map((process) => [process.pid, process.argv[0]?.split('/').pop()]));
  const draw = (): void => {
    // Nothing can be drawn while the tab is hidden and has no width.
    if (holder.clientWidth > LABEL_WIDTH * 2) holder.replaceChildren(chart(entries, names, holder.clientWidth, shown));
  };
  new ResizeObserver(draw).observe(holder);
  return el(
    'div',
    { class: 'timeline' },
    holder,
    shown,
    omitted > 0 ? el('p', { class: 'dim' }, `${omitted} more calls are not listed.`) : undefined,
    table(entries),
  );
}

/** One lane per process; entries that would share a pixel share a mark, so a chart is never larger than its width. */
function chart(
  entries: readonly TimelineEntry[],
  names: ReadonlyMap<number, string | undefined>,
  width: number,
  shown: HTMLElement,
): SVGElement {
  const pids = [...new Set(entries.map((entry) => entry.pid))];
  const lanes = Math.min(pids.length, LANES);
  const first = entries[0]?.time ?? 0;
  const span = Math.max((entries.at(-1)?.time ?? 0) - first, 0.001);
  const scale = (time: number): number => LABEL_WIDTH + ((time - first) / span) * (width - LABEL_WIDTH - 12);
  const marks = marksOf(entries, pids, scale);
  const height = lanes * LANE_HEIGHT + AXIS_HEIGHT;
  const points = marks.map((mark) => point(mark));
  const label = `Timeline of ${entries.length} calls of ${pids.length} processes over ${seconds(span)}. Use the arrow keys to go from mark to mark; the table below lists the same.`;
  const node = svg(
    'svg',
    { width, height, tabindex: 0, role: 'application', 'aria-label': label, 'data-key': 'chart' },
    ...pids.slice(0, lanes).flatMap((pid, lane) => laneOf(lane, laneLabel(pid, lane, pids.length, names), width)),
    ...Array.from({ length: TICKS }, (_, tick) => axisLabel(first + (span * tick) / (TICKS - 1), scale, height, tick)),
    ...points,
  );
  let current = -1;
  const select = (index: number): void => {
    const mark = marks[index];
    if (!mark) return;
    points[current]?.classList.remove('current');
    current = index;
    points[current]?.classList.add('current');
    shown.textContent = '';
    shown.append(el('span', {}, describe(mark, entries)));
  };
  node.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined && event.key !== 'Home' && event.key !== 'End') return;
    event.preventDefault();
    const target = step === undefined ? (event.key === 'Home' ? 0 : marks.length - 1) : current + step;
    select(Math.max(0, Math.min(target, marks.length - 1)));
  });
  points.forEach((element, index) => element.addEventListener('click', () => select(index)));
  return node;
}

function marksOf(
  entries: readonly TimelineEntry[],
  pids: readonly number[],
  scale: (time: number) => number,
): readonly Mark[] {
  const laneOfPid = new Map(pids.map((pid, index) => [pid, Math.min(index, LANES - 1)]));
  const marks = new Map<string, Mark>();
  entries.forEach((entry, index) => {
    const lane = laneOfPid.get(entry.pid) ?? 0;
    const x = Math.round(scale(entry.time) / 3) * 3;
    const key = `${lane}:${x}`;
    const mark = marks.get(key) ?? { lane, x, entries: [], worst: undefined };
    mark.entries.push(index);
    if (entry.severity && (!mark.worst || SEVERITY_RANK[entry.severity] < SEVERITY_RANK[mark.worst])) {
      mark.worst = entry.severity;
    }
    marks.set(key, mark);
  });
  return [...marks.values()].sort((one, other) => one.x - other.x || one.lane - other.lane);
}

/** Findings are taller, so that colour is not all that tells them. */
function point(mark: Mark): SVGElement {
  const middle = mark.lane * LANE_HEIGHT + LANE_HEIGHT / 2;
  const reach = mark.worst ? 7 : 3;
  return svg('rect', {
    x: mark.x - 1,
    y: middle - reach,
    width: mark.worst ? 4 : 2,
    height: reach * 2,
    rx: 1,
    class: `mark${mark.worst ? ` severity-${mark.worst}` : ''}`,
  });
}

function laneOf(lane: number, label: string, width: number): Child[] {
  const middle = lane * LANE_HEIGHT + LANE_HEIGHT / 2;
  return [
    svg('line', { x1: LABEL_WIDTH, x2: width, y1: middle, y2: middle, class: 'lane' }),
    svg('text', { x: 0, y: middle + 4 }, label),
  ];
}

function laneLabel(pid: number, lane: number, all: number, names: ReadonlyMap<number, string | undefined>): string {
  if (lane === LANES - 1 && all > LANES) return `${all - LANES + 1} others`;
  const name = names.get(pid);
  const text = name === undefined ? String(pid) : `${pid} ${name}`;
  return text.length > 14 ? `${text.slice(0, 13)}…` : text;
}

function axisLabel(time: number, scale: (time: number) => number, height: number, tick: number): SVGElement {
  const anchor = tick === 0 ? 'start' : tick === TICKS - 1 ? 'end' : 'middle';
  return svg('text', { x: scale(time), y: height - 4, 'text-anchor': anchor, class: 'axis' }, seconds(time));
}

function describe(mark: Mark, entries: readonly TimelineEntry[]): string {
  const worst = mark.entries.find((index) => entries[index]?.severity === mark.worst) ?? mark.entries[0];
  const entry = worst === undefined ? undefined : entries[worst];
  if (!entry) return '';
  const more = mark.entries.length > 1 ? ` (and ${mark.entries.length - 1} more here)` : '';
  return `${seconds(entry.time)}, process ${entry.pid}, ${entry.phase}: ${entry.text}${more}`;
}

function table(entries: readonly TimelineEntry[]): HTMLElement {
  const body = el('tbody');
  const status = el('p', { class: 'dim', role: 'status' });
  const more = el('button', { class: 'link', type: 'button' }, 'Show more');
  const wanted = { text: '', findingsOnly: false, rows: ROWS_AT_ONCE };
  const fillRows = (): void => {
    const matching = entries.filter(
      (entry) =>
        (!wanted.findingsOnly || entry.severity !== undefined) &&
        (wanted.text === '' || `${entry.pid} ${entry.phase} ${entry.text}`.toLowerCase().includes(wanted.text)),
    );
    body.replaceChildren(...matching.slice(0, wanted.rows).map(row));
    status.textContent = `${Math.min(matching.length, wanted.rows)} of ${matching.length} calls`;
    more.hidden = matching.length <= wanted.rows;
  };
  const restart = (): void => {
    wanted.rows = ROWS_AT_ONCE;
    fillRows();
  };
  more.addEventListener('click', () => {
    wanted.rows += ROWS_AT_ONCE;
    fillRows();
  });
  fillRows();
  return el(
    'div',
    {},
    el(
      'div',
      { class: 'tools' },
      textField('Filter calls', (text) => {
        wanted.text = text.toLowerCase();
        restart();
      }),
      checkbox('Only findings', (checked) => {
        wanted.findingsOnly = checked;
        restart();
      }),
    ),
    el(
      'table',
      {},
      el('caption', { class: 'sr-only' }, 'Calls in the order they were made'),
      el('thead', {}, el('tr', {}, ...['Time', 'Process', 'Phase', 'What happened'].map(columnHead))),
      body,
    ),
    status,
    more,
  );
}

export function columnHead(text: string): HTMLElement {
  return el('th', { scope: 'col' }, text);
}

function row(entry: TimelineEntry): HTMLElement {
  return el(
    'tr',
    { class: entry.severity ? `severity-${entry.severity}` : undefined },
    el('td', { class: 'number' }, seconds(entry.time)),
    el('td', { class: 'number' }, String(entry.pid)),
    el('td', { class: 'word' }, entry.phase),
    el('td', {}, entry.severity ? el('span', { class: 'chip' }, entry.severity) : undefined, entry.text),
  );
}
