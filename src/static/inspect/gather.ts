/** Collects an inspection within its bounds. */
import { escapeText } from '../../core/escape.js';
import {
  CELL_LIMIT,
  ROWS_LIMIT,
  type Column,
  type InspectedList,
  type InspectedPickle,
  type Inspection,
  type ListId,
  type Row,
} from '../../core/inspection.js';
import type { Format } from '../../core/formats.js';
import type { ByteSource } from '../../readers/bytes.js';
import type { Stop } from '../../readers/units.js';

/** Shows the content of a file of one format. */
export type Inspector = (source: ByteSource, file: InspectedFile, gather: Gatherer) => Promise<void>;

export interface InspectedFile {
  readonly format: Format;
  /** The file's name, for formats that name their tensors after it. */
  readonly name: string;
}

/** Characters of all lists together: they are sent from thread to thread. */
const TEXT_LIMIT = 96 * 1024 * 1024;
const FACTS_LIMIT = 100;
const GAPS_LIMIT = 100;
const PICKLES_LIMIT = 2_000;

export class Gatherer {
  readonly #frameworks = new Set<string>();
  readonly #facts: { name: string; value: string }[] = [];
  readonly #lists = new Map<ListId, { rows: Row[]; omitted: number }>();
  readonly #pickles: InspectedPickle[] = [];
  readonly #copies = new Map<string, number>();
  readonly #gaps = new Set<string>();
  #left = TEXT_LIMIT;

  constructor(readonly signal: Stop | undefined) {}

  framework(name: string): void {
    this.#frameworks.add(name);
  }

  fact(name: string, value: string | number | undefined): void {
    if (value === undefined || value === '' || this.#facts.length >= FACTS_LIMIT) return;
    this.#facts.push({ name, value: cut(String(value)) });
  }

  gap(text: string): void {
    if (this.#gaps.size < GAPS_LIMIT) this.#gaps.add(cut(text));
  }

  row(list: ListId, cells: readonly (string | number)[], place: Omit<Row, 'cells'> = {}): void {
    const known = this.#lists.get(list) ?? { rows: [], omitted: 0 };
    this.#lists.set(list, known);
    const short = cells.map((cell) => (typeof cell === 'string' ? cut(cell) : cell));
    this.#left -= short.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 0);
    if (known.rows.length >= ROWS_LIMIT || this.#left < 0) known.omitted += 1;
    else known.rows.push({ cells: short, ...place });
  }

  /** Returns its index; undefined when there are too many. */
  pickle(member: string | undefined, at: number, size: number): number | undefined {
    const name = member === undefined ? undefined : escapeText(member);
    const copy = (this.#copies.get(name ?? '') ?? 0) + 1;
    this.#copies.set(name ?? '', copy);
    if (this.#pickles.length >= PICKLES_LIMIT) return undefined;
    return this.#pickles.push({ member: name, copy, at, size }) - 1;
  }

  result(about: Pick<Inspection, 'format' | 'detail' | 'size'>): Inspection {
    const lists = [...this.#lists].map(([id, list]): InspectedList => ({ id, columns: COLUMNS[id], ...list }));
    return {
      ...about,
      frameworks: [...this.#frameworks],
      facts: this.#facts,
      lists: ORDER.flatMap((id) => lists.filter((list) => list.id === id)),
      pickles: this.#pickles,
      gaps: [...this.#gaps],
    };
  }
}

const COLUMNS: Readonly<Record<ListId, readonly Column[]>> = {
  objects: [
    { title: 'Name', kind: 'code' },
    { title: 'Kind', kind: 'text' },
    { title: 'Value', kind: 'code' },
  ],
  tensors: [
    { title: 'Name', kind: 'code' },
    { title: 'Type', kind: 'text' },
    { title: 'Shape', kind: 'text' },
    { title: 'Size', kind: 'bytes' },
  ],
  layers: [
    { title: 'Name', kind: 'code' },
    { title: 'Class', kind: 'code' },
  ],
  operators: [
    { title: 'Operator', kind: 'code' },
    { title: 'Domain', kind: 'text' },
    { title: 'Uses', kind: 'number' },
  ],
  globals: [
    { title: 'Name', kind: 'code' },
    { title: 'Judgement', kind: 'judgement' },
    { title: 'Uses', kind: 'number' },
    { title: 'Member', kind: 'text' },
    { title: 'Byte', kind: 'number' },
  ],
  functions: [
    { title: 'Function', kind: 'code' },
    { title: 'What It Does', kind: 'text' },
    { title: 'Member', kind: 'text' },
    { title: 'Byte', kind: 'number' },
  ],
  members: [
    { title: 'Path', kind: 'code' },
    { title: 'Size', kind: 'bytes' },
    { title: 'Packed', kind: 'bytes' },
    { title: 'Kind', kind: 'text' },
  ],
  metadata: [
    { title: 'Key', kind: 'code' },
    { title: 'Value', kind: 'text' },
  ],
};
const ORDER: readonly ListId[] = [
  'globals',
  'functions',
  'objects',
  'tensors',
  'layers',
  'operators',
  'members',
  'metadata',
];

function cut(text: string): string {
  return text.length > CELL_LIMIT ? `${text.slice(0, CELL_LIMIT)}…` : text;
}
