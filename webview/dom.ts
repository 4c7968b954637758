import { escapeText } from '../src/report/escape.js';

export type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Builds an element. Text comes from hostile files: it becomes a text node with its control characters shown, so nothing
 * here can turn it into markup.
 */
export function el(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** The lines of a text that may have many. */
export function lines(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const line of text.split('\n')) fragment.append(escapeText(line), '\n');
  return fragment;
}

/** Rows of a term and what there is to say about it; those without are left out. */
export function facts(rows: readonly (readonly [string, Child])[]): HTMLElement {
  const known = rows.filter(([, value]) => value !== undefined && value !== '');
  return el('dl', { class: 'facts' }, ...known.flatMap(([term, value]) => [el('dt', {}, term), el('dd', {}, value)]));
}

function fill<T extends Element>(node: T, attributes: Attributes, children: readonly Child[]): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, '');
    else if (value !== undefined && value !== false) node.setAttribute(name, escapeText(String(value)));
  }
  for (const child of children) {
    if (child !== undefined) node.append(typeof child === 'string' ? escapeText(child) : child);
  }
  return node;
}
