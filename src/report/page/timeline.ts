import type { ProcessNode, Severity, TimelineEntry } from '../../core/schema.js';
import { el, type Child, type Markup } from './markup.js';
import type { Chart, ChartOptions } from './processes.js';
import { SEVERITIES } from '../../core/terms.js';
import { seconds } from './formatting.js';

const LANES = 12;
const LANE_HEIGHT = 18;
/** Width of the lane names, which are left of the lanes. */
export const LABEL_WIDTH = 96;
const AXIS_HEIGHT = 20;
const TICKS = 5;

interface Mark {
  readonly lane: number;
  readonly x: number;
  readonly entries: TimelineEntry[];
  /** The worst of them, the first when none is a finding. */
  worst: TimelineEntry;
}

/** One lane per process; entries that would share a pixel share a mark, so a chart is never larger than its width. */
export function timelineChart(
  entries: readonly TimelineEntry[],
  processes: readonly ProcessNode[],
  { width, titled }: ChartOptions,
): Chart {
  const names = new Map(processes.map((process) => [process.pid, process.argv[0]?.split('/').pop()]));
  const pids = [...new Set(entries.map((entry) => entry.pid))];
  const lanes = Math.min(pids.length, LANES);
  const first = entries[0]?.time ?? 0;
  const span = Math.max((entries.at(-1)?.time ?? 0) - first, 0.001);
  const scale = (time: number): number => LABEL_WIDTH + ((time - first) / span) * (width - LABEL_WIDTH - 12);
  const marks = marksOf(entries, pids, scale);
  const height = lanes * LANE_HEIGHT + AXIS_HEIGHT;
  const label = `${entries.length} calls of ${pids.length} processes over ${seconds(span)}. The table below lists the same.`;
  const picture = el(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label },
    ...pids.slice(0, lanes).flatMap((pid, lane) => laneOf(lane, laneLabel(pid, lane, pids.length, names), width)),
    ...Array.from({ length: TICKS }, (_, tick) => axisLabel(first + (span * tick) / (TICKS - 1), scale, height, tick)),
    ...marks.map((mark) => point(mark, titled)),
  );
  return { picture, marks: marks.length, describe: (mark) => describe(marks[mark]) };
}

function marksOf(
  entries: readonly TimelineEntry[],
  pids: readonly number[],
  scale: (time: number) => number,
): readonly Mark[] {
  const laneOfPid = new Map(pids.map((pid, index) => [pid, Math.min(index, LANES - 1)]));
  const marks = new Map<string, Mark>();
  for (const entry of entries) {
    const lane = laneOfPid.get(entry.pid) ?? 0;
    const x = Math.round(scale(entry.time) / 3) * 3;
    const key = `${lane}:${x}`;
    const mark = marks.get(key) ?? { lane, x, entries: [], worst: entry };
    mark.entries.push(entry);
    if (rank(entry.severity) < rank(mark.worst.severity)) mark.worst = entry;
    marks.set(key, mark);
  }
  return [...marks.values()].sort((one, other) => one.x - other.x || one.lane - other.lane);
}

function rank(severity: Severity | undefined): number {
  return severity === undefined ? Infinity : SEVERITIES.indexOf(severity);
}

/** Findings are taller, so that colour is not the only difference. */
function point(mark: Mark, titled: boolean): Markup {
  const { lane, x, worst } = mark;
  const middle = lane * LANE_HEIGHT + LANE_HEIGHT / 2;
  const reach = worst.severity ? 7 : 3;
  const place = { x: x - 1, y: middle - reach, width: worst.severity ? 4 : 2, height: reach * 2, rx: 1 };
  const look = { class: `mark${worst.severity ? ` severity-${worst.severity}` : ''}` };
  return el('rect', { ...place, ...look }, titled ? el('title', {}, describe(mark)) : undefined);
}

function laneOf(lane: number, label: string, width: number): Child[] {
  const middle = lane * LANE_HEIGHT + LANE_HEIGHT / 2;
  return [
    el('line', { x1: LABEL_WIDTH, x2: width, y1: middle, y2: middle, class: 'lane' }),
    el('text', { x: 0, y: middle + 4 }, label),
  ];
}

function laneLabel(pid: number, lane: number, all: number, names: ReadonlyMap<number, string | undefined>): string {
  if (lane === LANES - 1 && all > LANES) return `${all - LANES + 1} others`;
  const name = names.get(pid);
  const text = name === undefined ? String(pid) : `${pid} ${name}`;
  return text.length > 14 ? `${text.slice(0, 13)}…` : text;
}

function axisLabel(time: number, scale: (time: number) => number, height: number, tick: number): Markup {
  const anchor = tick === 0 ? 'start' : tick === TICKS - 1 ? 'end' : 'middle';
  return el('text', { x: scale(time), y: height - 4, 'text-anchor': anchor }, seconds(time));
}

function describe(mark: Mark | undefined): string {
  if (mark === undefined) return '';
  const { entries, worst } = mark;
  const more = entries.length > 1 ? ` (and ${entries.length - 1} more here)` : '';
  return `${seconds(worst.time)}, process ${worst.pid}, ${worst.phase}: ${worst.text}${more}`;
}

export const TIMELINE_HEADS = ['Time', 'Process', 'Phase', 'What happened'] as const;
export const TIMELINE_NAME = 'Calls in the order they were made';

export function timelineRow(entry: TimelineEntry): Markup {
  return el(
    'tr',
    { class: entry.severity ? `severity-${entry.severity}` : undefined },
    el('td', { class: 'number' }, seconds(entry.time)),
    el('td', { class: 'number' }, String(entry.pid)),
    el('td', { class: 'word' }, entry.phase),
    el('td', {}, entry.severity ? el('span', { class: 'chip' }, entry.severity) : undefined, entry.text),
  );
}
