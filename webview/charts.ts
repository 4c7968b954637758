import type { Chart } from '../src/report/page/processes.js';
import { build, el } from './dom.js';

const NARROWEST = 200;

/**
 * A picture that is drawn anew when its room changes, with marks that the arrow keys go through. What a mark is about is
 * said below it, for all who read, and read out.
 */
export function chart(draw: (width: number) => Chart | undefined): HTMLElement {
  const said = el('p', { class: 'selected', 'aria-live': 'polite' });
  const holder = el('div', { class: 'chart' });
  const redraw = (): void => {
    // Nothing can be drawn while the tab is hidden and has no width.
    if (holder.clientWidth < NARROWEST) return;
    const drawn = draw(holder.clientWidth);
    holder.replaceChildren(...(drawn ? [walkable(drawn, said)] : []));
  };
  new ResizeObserver(redraw).observe(holder);
  return el('div', {}, holder, said);
}

function walkable({ picture, marks }: Chart, said: HTMLElement): Element {
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
    const text = marks[index];
    if (text === undefined) return;
    points[current]?.classList.remove('current');
    current = index;
    points[current]?.classList.add('current');
    said.replaceChildren(el('span', {}, text));
  };
  node.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -marks.length, End: marks.length }[
      (event as KeyboardEvent).key
    ];
    if (step === undefined) return;
    event.preventDefault();
    select(Math.max(0, Math.min(current + step, marks.length - 1)));
  });
  points.forEach((point, index) => point.addEventListener('click', () => select(index)));
  return node;
}
