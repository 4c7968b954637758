import { SEARCH_LENGTH, type TraceAbout, type TraceWanted } from '../src/view/messages.js';
import { grouped } from '../src/report/page/formatting.js';
import type { ProcessNode } from '../src/core/schema.js';
import type { Column, Row } from '../src/core/inspection.js';
import { el } from './dom.js';
import { clear, dropdown, textField } from './toolkit.js';
import { VirtualList } from './virtual-list.js';

const COLUMNS: readonly Column[] = [
  { title: 'Line', kind: 'number' },
  { title: 'Time', kind: 'number' },
  { title: 'Process', kind: 'number' },
  { title: 'Call', kind: 'code' },
];
const NAME_LENGTH = 24;

/** The raw trace; the editor sends only the visible lines. */
export class TraceSearch {
  #list: VirtualList | undefined;
  #wanted: Omit<TraceWanted, 'from' | 'count'> | undefined;
  #said: HTMLElement | undefined;
  #showAll: () => void = () => undefined;

  constructor(private readonly ask: (wanted: TraceWanted) => void) {}

  /** What is shown of a scan that traced `lines` lines; `trace` is what was kept of them. */
  view(trace: TraceAbout | undefined, processes: readonly ProcessNode[]): HTMLElement {
    if (trace === undefined || trace.lines === 0) {
      const why = 'The raw trace was not kept: only those of the last scans are.';
      return el('p', {}, `${why} Scan again to search it here, or set dynscan.traceFile to have it in a file.`);
    }
    const place = el('div');
    const line = el('pre', {
      class: 'line',
      tabindex: 0,
      role: 'region',
      'aria-label': 'The whole line',
      hidden: true,
    });
    const showLine = ({ cells }: Row): void => {
      line.hidden = false;
      line.replaceChildren(el('span', {}, String(cells.at(-1) ?? '')));
    };
    const said = (this.#said = el('p', { class: 'dim', role: 'status' }));
    let wanted = { version: trace.version, text: '', pid: undefined as number | undefined, call: '' };
    const change = (changes: Partial<typeof wanted>): void => {
      wanted = { ...wanted, ...changes };
      this.#wanted = wanted;
      this.#list = listOf(wanted, trace.lines, this.ask, showLine);
      place.replaceChildren(this.#list.node);
    };
    change({});
    const search = textField('Search the trace', (text) => change({ text: text.slice(0, SEARCH_LENGTH) }));
    const names = new Map(processes.map(({ pid, argv }) => [pid, argv[0]?.split('/').pop() ?? '']));
    const pids = trace.pids.map((pid) => `${pid} ${names.get(pid) ?? ''}`.trimEnd().slice(0, NAME_LENGTH));
    const process = dropdown('Process', ['All processes', ...pids], (index) => change({ pid: trace.pids[index - 1] }));
    const call = dropdown('Call', ['All calls', ...trace.calls], (index) =>
      change({ call: trace.calls[index - 1] ?? '' }),
    );
    this.#showAll = () => {
      for (const field of [search, process, call]) clear(field);
      change({ text: '', pid: undefined, call: '' });
    };
    const missing = trace.omitted > 0 ? `${grouped(trace.omitted)} more lines were not kept.` : undefined;
    return el(
      'div',
      { class: 'trace' },
      el('div', { class: 'tools' }, search, process, call, said),
      missing === undefined ? undefined : el('p', { class: 'dim' }, missing),
      place,
      line,
    );
  }

  /** To a line, counted from 1, of the trace that is shown. */
  goTo(line: number): void {
    this.#showAll();
    this.#list?.reveal(line - 1);
  }

  receive(wanted: TraceWanted, rows: readonly Row[], total: number): void {
    const now = this.#wanted;
    const asked = now && (['version', 'text', 'pid', 'call'] as const).every((key) => now[key] === wanted[key]);
    if (!asked) return;
    this.#list?.receive(wanted.from, rows, total);
    if (this.#said) this.#said.textContent = `${grouped(total)} lines`;
  }
}

function listOf(
  wanted: Omit<TraceWanted, 'from' | 'count'>,
  lines: number,
  ask: (wanted: TraceWanted) => void,
  onCurrent: (row: Row) => void,
): VirtualList {
  const whole = wanted.text === '' && wanted.pid === undefined && wanted.call === '';
  const source = {
    label: 'Raw trace',
    columns: COLUMNS,
    cell: String,
    isNumber: ({ kind }: Column) => kind === 'number',
    ask: (from: number, count: number) => ask({ ...wanted, from, count }),
    onCurrent,
  };
  // Until the first answer says how many match.
  return new VirtualList(source, whole ? lines : 1);
}
