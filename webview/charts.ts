import type { Chart, ChartOptions } from '../src/report/page/processes.js';
import { build, el } from './dom.js';

const NARROWEST = 200;

/**
 * A picture that is drawn again when its width changes, with marks that the arrow keys go through. The text of a mark is shown below the picture, and
 * screen readers read it out.
 */
export function chart(draw: (options: ChartOptions) => Chart | undefined): HTMLElement {
  const said = el('p', { class: 'selected', 'aria-live': 'polite' });
  const holder = el('div', { class: 'chart' });
  let width = 0;
  const redraw = (): void => {
    // Nothing can be drawn while the tab is hidden and has no width; the picture changes the height, and that is no reason.
    if (holder.clientWidth < NARROWEST || holder.clientWidth === width) return;
    width = holder.clientWidth;
    const drawn = draw({ width, titled: false });
    holder.replaceChildren(...(drawn ? [walkable(drawn, said)] : []));
  };
  new ResizeObserver(redraw).observe(holder);
  return el('div', {}, holder, said);
}

function walkable({ picture, marks, describe }: Chart, said: HTMLElement): Element {
  const node = build(picture);
  const points = [...node.querySelectorAll('.mark')];
  node.setAttribute('tabindex', '0');
  node.setAttribute('role', 'application');
  node.setAttribute('aria-roledescription', 'chart');
  node.setAttribute('data-key', 'chart');
  node.setAttribute(
    'aria-label',
    `${node.getAttribute('aria-label') ?? ''} Use the arrow keys to go from mark to mark.`,
  );
  let current = -1;
  const select = (index: number): void => {
    if (index < 0 || index >= marks) return;
    points[current]?.classList.remove('current');
    current = index;
    points[current]?.classList.add('current');
    said.replaceChildren(el('span', {}, describe(index)));
  };
  node.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -marks, End: marks }[
      (event as KeyboardEvent).key
    ];
    if (step === undefined) return;
    event.preventDefault();
    select(Math.max(0, Math.min(current + step, marks - 1)));
  });
  node.addEventListener('click', ({ target }) => select(points.indexOf(target as Element)));
  return node;
}
