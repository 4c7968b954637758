import './array-values.css';
import type { ArrayValues } from '../src/core/inspection.js';
import { grouped } from '../src/report/page/formatting.js';
import { facts } from '../src/report/page/markup.js';
import { chart } from './charts.js';
import { build, el } from './dom.js';
import { histogram, numberText } from './histogram.js';

/** The numbers of one array: figures of all, how they are spread, the first rows. */
export function arrayValues(values: ArrayValues): HTMLElement {
  const { count, seen, figures, nan, infinite, zeros } = values;
  const whole = seen === count;
  const among = (found: number): string | undefined =>
    found === 0 ? undefined : `${grouped(found)}${whole ? '' : ` of ${grouped(seen)}`}`;
  return el(
    'div',
    {},
    build(
      facts([
        [
          'Elements',
          whole ? grouped(count) : `${grouped(count)}; the figures are of ${grouped(seen)} from all over it`,
        ],
        ['Minimum', figures && numberText(figures.min)],
        ['Maximum', figures && numberText(figures.max)],
        ['Mean', figures && numberText(figures.mean)],
        ['NaN', nan === 0 ? '0' : among(nan)],
        ['Infinite', among(infinite)],
        ['Zero', among(zeros)],
      ]),
    ),
    values.histogram.length > 1 ? chart((options) => histogram(values, options)) : undefined,
    firstRows(values),
  );
}

function firstRows({ rows, rowCount, columnCount }: ArrayValues): HTMLElement | undefined {
  const shown = rows[0]?.values.length ?? 0;
  if (shown === 0) return undefined;
  const isCut = shown < columnCount;
  const indexed = rows.some(({ index }) => index !== '');
  const left = [
    ...(rows.length < rowCount ? [`the first ${grouped(rows.length)} of ${grouped(rowCount)} rows`] : []),
    ...(isCut ? [`the first ${shown} of ${grouped(columnCount)} columns`] : []),
  ].join(', ');
  const corner = indexed ? [el('td', {})] : [];
  return el(
    'div',
    {},
    left === '' ? undefined : el('p', { class: 'dim' }, `Shown: ${left}.`),
    el(
      'div',
      { class: 'numbers', tabindex: 0, role: 'region', 'aria-label': 'First numbers' },
      el(
        'table',
        {},
        el('caption', { class: 'sr-only' }, 'First numbers'),
        el(
          'thead',
          {},
          el('tr', {}, ...corner, ...(rows[0]?.values ?? []).map((_, at) => el('th', { scope: 'col' }, String(at)))),
        ),
        el(
          'tbody',
          {},
          ...rows.map(({ index, values }) =>
            el(
              'tr',
              {},
              indexed ? el('th', { scope: 'row' }, index) : undefined,
              ...values.map((value) => el('td', {}, value)),
              isCut ? el('td', { class: 'dim' }, '…') : undefined,
            ),
          ),
        ),
      ),
    ),
  );
}
