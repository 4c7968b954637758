/** What is in a model as plain text: for the clipboard, and line by line for a comparison of two versions. */
import { FORMATS } from '../core/formats.js';
import { escapeText } from '../core/escape.js';
import { TREES, type InspectedList, type Inspection, type ListId, type Row } from '../core/inspection.js';
import { sortNaturally } from '../core/natural-order.js';

/** A list as tab-separated values, as spreadsheets take it. */
export function listText({ columns, rows }: Pick<InspectedList, 'columns' | 'rows'>): string {
  const lines = rows.map(({ cells, depth = 0 }) =>
    cells.map((cell, at) => `${at === 0 ? '  '.repeat(depth) : ''}${escapeText(String(cell))}`).join('\t'),
  );
  return `${[columns.map(({ title }) => title).join('\t'), ...lines].join('\n')}\n`;
}

/** What each list is called, in the order in which they are written. */
const TITLES: readonly (readonly [ListId, string])[] = [
  ['globals', 'names it asks for'],
  ['functions', 'functions it carries'],
  ['ports', 'inputs and outputs'],
  ['layers', 'layers'],
  ['nodes', 'nodes'],
  ['operators', 'operators'],
  ['tensors', 'tensors'],
  ['objects', 'objects'],
  ['members', 'members'],
  ['metadata', 'metadata'],
  ['tokens', 'tokens'],
];
/** What has an order of its own keeps it; the others are sorted, so that a change of the order alone is none. */
const ORDERED: ReadonlySet<ListId> = new Set(['layers', 'nodes', 'tokens', 'objects']);
/** Columns that say where something stands, and change with everything before it. */
const PLACES: ReadonlySet<string> = new Set(['Byte', 'Packed']);

/** One line for each name, shape, layer and value. Equal models give equal lines, wherever in the file they stand. */
export function inspectionText(inspection: Inspection, sha256: string | undefined): string {
  const { format, size, frameworks, facts, lists, texts, gaps } = inspection;
  const sections = [
    [
      `format  ${FORMATS[format].label}`,
      `size  ${size} bytes`,
      ...(sha256 === undefined ? [] : [`sha256  ${sha256}`]),
      ...frameworks.map((name) => `framework  ${escapeText(name)}`),
      ...facts.map(({ name, value }) => `${escapeText(name)}  ${escapeText(value)}`),
      ...gaps.map((gap) => `not read  ${escapeText(gap)}`),
    ],
    ...TITLES.flatMap(([id, title]) => {
      const list = lists.find((one) => one.id === id);
      return list ? [[`# ${title}`, ...linesOf(list)]] : [];
    }),
    ...texts.map(({ name, text }) => [`# ${escapeText(name)}`, ...text.split(/\r?\n/).map(escapeText)]),
  ];
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function linesOf({ id, columns, rows, omitted }: InspectedList): string[] {
  const shown = columns.flatMap(({ title }, at) => (PLACES.has(title) ? [] : [at]));
  const lines = rows.map((row) => lineOf(row, shown));
  const sorted = ORDERED.has(id) || TREES.has(id) ? lines : sortNaturally(lines, (line) => line);
  return omitted === 0 ? sorted : [...sorted, `… ${omitted} more`];
}

function lineOf({ cells, depth = 0 }: Row, columns: readonly number[]): string {
  const texts = columns.map((at) => escapeText(String(cells[at] ?? ''))).filter((text) => text !== '');
  return `${'  '.repeat(depth)}${texts.join('  ')}`;
}
