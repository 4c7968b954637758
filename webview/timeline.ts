import { table } from '../src/report/page/markup.js';
import { TIMELINE_HEADS, TIMELINE_NAME, timelineChart, timelineRow } from '../src/report/page/timeline.js';
import type { ProcessNode, TimelineEntry } from '../src/core/schema.js';
import { chart } from './charts.js';
import { build, el } from './dom.js';
import { checkbox, textField } from './toolkit.js';

const ROWS_AT_ONCE = 200;

/** What the model did, in time: a chart to see it, a table to read it. Both show the same entries. */
export function timeline(
  entries: readonly TimelineEntry[],
  omitted: number,
  processes: readonly ProcessNode[],
): HTMLElement {
  return el(
    'div',
    { class: 'timeline' },
    chart((options) => timelineChart(entries, processes, options)),
    omitted > 0 ? el('p', { class: 'dim' }, `${omitted} more calls are not listed.`) : undefined,
    calls(entries),
  );
}

function calls(entries: readonly TimelineEntry[]): HTMLElement {
  const rows = build(table(TIMELINE_NAME, TIMELINE_HEADS, []));
  const body = rows.querySelector('tbody');
  const status = el('p', { class: 'dim', role: 'status' });
  const more = el('button', { class: 'link', type: 'button' }, 'Show more');
  const wanted = { text: '', findingsOnly: false, rows: ROWS_AT_ONCE };
  const fillRows = (): void => {
    const matching = entries.filter(
      (entry) =>
        (!wanted.findingsOnly || entry.severity !== undefined) &&
        (wanted.text === '' || `${entry.pid} ${entry.phase} ${entry.text}`.toLowerCase().includes(wanted.text)),
    );
    body?.replaceChildren(...matching.slice(0, wanted.rows).map((entry) => build(timelineRow(entry))));
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
    rows,
    status,
    more,
  );
}
