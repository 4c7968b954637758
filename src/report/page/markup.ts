/**
 * What the report looks like, as plain data: the panel makes elements of it, the HTML file text. Text comes from hostile files
 * and is never markup in either: it is escaped where it becomes one.
 */
import { escapeText } from '../../core/escape.js';

export interface Markup {
  readonly tag: string;
  readonly attributes: Attributes;
  readonly children: readonly Child[];
}

/** Text, another element, or nothing. */
export type Child = Markup | string | undefined;
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export function el(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): Markup {
  return { tag, attributes, children };
}

/** The lines of a text that may have many. */
export function lines(text: string): readonly Child[] {
  return text.split('\n').flatMap((line, at) => (at === 0 ? [line] : [el('br'), line]));
}

/** Rows of a term and what there is to say about it; those without are left out. */
export function facts(rows: readonly (readonly [string, Child])[]): Markup {
  const known = rows.filter(([, value]) => value !== undefined && value !== '');
  return el('dl', { class: 'facts' }, ...known.flatMap(([term, value]) => [el('dt', {}, term), el('dd', {}, value)]));
}

export function bullets(texts: readonly string[]): Markup {
  return el('ul', {}, ...texts.map((text) => el('li', {}, text)));
}

/** A table with a name for screen readers. */
export function table(name: string, heads: readonly string[], rows: readonly Markup[]): Markup {
  return el(
    'table',
    {},
    el('caption', { class: 'sr-only' }, name),
    el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, ...rows),
  );
}

/** HTML text. Every value passes `escapeText` and then the escapes of HTML. */
export function toHtml(child: Child): string {
  if (child === undefined) return '';
  if (typeof child === 'string') return escapeHtml(child);
  const { tag, attributes, children } = child;
  const written = Object.entries(attributes).map(([name, value]) => {
    if (value === undefined || value === false) return '';
    return value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`;
  });
  const start = `<${tag}${written.join('')}>`;
  return VOID.has(tag) ? start : `${start}${children.map(toHtml).join('')}</${tag}>`;
}

/** Elements that have no end tag (HTML, 13.1.2), of those that are used. */
const VOID = new Set(['br', 'meta']);

function escapeHtml(text: string): string {
  return escapeText(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
