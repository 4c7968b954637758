import { escapeText } from '../src/core/escape.js';
import type { Attributes, Markup } from '../src/report/page/markup.js';

export type Child = Node | Markup | string | undefined;

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Builds an element. Text comes from hostile files: it becomes a text node with its control characters shown, so nothing
 * here can turn it into markup.
 */
export function el(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  return fill(document.createElement(tag), attributes, children, false);
}

/** The element for markup that the HTML file shows too. */
export function build(markup: Markup): Element {
  return nodeOf(markup, false);
}

function fill<T extends Element>(node: T, attributes: Attributes, children: readonly Child[], inSvg: boolean): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, '');
    else if (value !== undefined && value !== false) node.setAttribute(name, escapeText(String(value)));
  }
  for (const child of children) {
    if (child === undefined) continue;
    if (typeof child === 'string') node.append(escapeText(child));
    else if (child instanceof Node) node.append(child);
    else node.append(nodeOf(child, inSvg));
  }
  return node;
}

function nodeOf({ tag, attributes, children }: Markup, inSvg: boolean): Element {
  const isSvg = inSvg || tag === 'svg';
  const node = isSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  return fill(node, attributes, children, isSvg);
}
