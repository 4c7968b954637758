import type { ArrayValues } from '../src/core/inspection.js';
import { grouped } from '../src/report/page/formatting.js';
import { el } from '../src/report/page/markup.js';
import type { Chart, ChartOptions } from '../src/report/page/processes.js';

const HEIGHT = 120;
const AXIS_HEIGHT = 20;
const WIDEST = 640;
const GAP = 1;

/** How the numbers of an array are spread, as bars. Undefined where all are the same. */
export function histogram(
  { figures, histogram: counts }: ArrayValues,
  { width }: Pick<ChartOptions, 'width'>,
): Chart | undefined {
  if (!figures || counts.length < 2) return undefined;
  const { min, max } = figures;
  const most = Math.max(...counts);
  const wide = Math.min(width, WIDEST);
  const step = wide / counts.length;
  const bars = counts.map((count, at) => {
    // What is there at all is seen.
    const height = count === 0 ? 0 : Math.max(1, (count / most) * HEIGHT);
    return el('rect', {
      class: 'mark',
      x: at * step,
      y: HEIGHT - height,
      width: Math.max(1, step - GAP),
      height,
    });
  });
  const picture = el(
    'svg',
    {
      class: 'histogram',
      viewBox: `0 0 ${wide} ${HEIGHT + AXIS_HEIGHT}`,
      width: wide,
      height: HEIGHT + AXIS_HEIGHT,
      role: 'img',
      'aria-label': `How the numbers are spread from ${numberText(min)} to ${numberText(max)}.`,
    },
    ...bars,
    el('path', { class: 'axis', d: `M0 ${HEIGHT + 0.5}H${wide}` }),
    el('text', { x: 0, y: HEIGHT + 15 }, numberText(min)),
    el('text', { x: wide, y: HEIGHT + 15, 'text-anchor': 'end' }, numberText(max)),
  );
  const edge = (at: number): string => numberText(min + ((max - min) * at) / counts.length);
  return {
    picture,
    marks: counts.length,
    describe: (mark) => `${grouped(counts[mark] ?? 0)} from ${edge(mark)} to ${edge(mark + 1)}`,
  };
}

/** As many digits as tell something. */
export function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : String(Number(value.toPrecision(6)));
}
