/** Collects an inspection within its bounds. */
import { escapeText } from '../../core/escape.js';
import {
  CELL_LIMIT,
  ROWS_LIMIT,
  type ArrayPlace,
  type Column,
  type InspectedList,
  type InspectedPickle,
  type Inspection,
  type ListId,
  type Row,
} from '../../core/inspection.js';
import type { Format } from '../../core/formats.js';
import type { ByteSource } from '../../readers/bytes.js';
import { ELEMENTS, isElementType } from '../../readers/elements.js';
import type { Stop } from '../../readers/units.js';
import { parameterFacts, parameterTree, type NamedTensor } from './parameters.js';
import { elementCount } from './values.js';
import { shapeText } from './shape.js';

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
const ARRAYS_LIMIT = 300_000;
const TEXTS_LIMIT = 20;
/** Characters of one text of several lines. */
const TEXT_LENGTH = 256 * 1024;

/** A tensor as its format describes it. */
export interface TensorShown {
  readonly name: string;
  readonly type: string;
  /** Undefined when the file does not tell it. */
  readonly shape: readonly (number | bigint)[] | undefined;
  /** Bytes. */
  readonly size: number;
  readonly array?: number | undefined;
}

/** Where the bytes that an inspector sees lie in the file. */
type Container = { readonly offset: number } | { readonly packed: number | 'whole' };

export class Gatherer {
  readonly #frameworks = new Set<string>();
  readonly #facts: { name: string; value: string }[] = [];
  readonly #lists = new Map<ListId, { rows: Row[]; omitted: number }>();
  readonly #pickles: InspectedPickle[] = [];
  readonly #copies = new Map<string, number>();
  readonly #gaps = new Set<string>();
  readonly #arrays: ArrayPlace[] = [];
  readonly #texts: { name: string; text: string }[] = [];
  readonly #tensors: NamedTensor[] = [];
  #container: Container | undefined = { offset: 0 };
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

  /** A text that is shown with its lines. */
  text(name: string, text: string): void {
    if (this.#texts.length >= TEXTS_LIMIT) return;
    this.#texts.push({ name: cut(name), text: text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)}…` : text });
  }

  tensor({ name, type, shape, size, array }: TensorShown): void {
    const place = array === undefined ? {} : { array };
    this.row('tensors', [name, type, shape === undefined ? '?' : shapeText(shape), size], place);
    if (this.#tensors.length >= ROWS_LIMIT || shape === undefined) return;
    const count = elementCount(shape.map(Number)) ?? 0;
    const known = array === undefined ? undefined : this.#arrays[array];
    this.#tensors.push({
      name: cut(name),
      type,
      shape: shapeText(shape),
      count,
      size,
      array,
      same: known && placeKey(known),
    });
  }

  /** Notes where an array lies in what is inspected now, `room` bytes at most; undefined when its numbers cannot be read. */
  array(place: Omit<ArrayPlace, 'packed'>, room: number): number | undefined {
    const { element, shape, offset } = place;
    const container = this.#container;
    const count = elementCount(shape);
    if (container === undefined || !isElementType(element) || count === undefined) return undefined;
    if (count * ELEMENTS[element] > room || !(offset >= 0) || this.#arrays.length >= ARRAYS_LIMIT) return undefined;
    const found = 'packed' in container ? { ...place, ...container } : { ...place, offset: offset + container.offset };
    return this.#arrays.push(found) - 1;
  }

  /** What is inspected meanwhile lies there in the file; undefined when arrays in it are not to be read. */
  async inside<T>(container: Container | undefined, look: () => Promise<T>): Promise<T> {
    const around = this.#container;
    this.#container = container;
    try {
      return await look();
    } finally {
      this.#container = around;
    }
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
    const tree = parameterTree(this.#tensors);
    for (const { cells, depth, array } of tree)
      this.row('parameters', cells, { depth, ...(array === undefined ? {} : { array }) });
    for (const { name, value } of parameterFacts(this.#tensors)) this.fact(name, value);
    const lists = [...this.#lists].map(([id, list]): InspectedList => ({ id, columns: COLUMNS[id], ...list }));
    return {
      ...about,
      frameworks: [...this.#frameworks],
      facts: this.#facts,
      lists: ORDER.flatMap((id) => lists.filter((list) => list.id === id)),
      pickles: this.#pickles,
      arrays: this.#arrays,
      texts: this.#texts,
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
  parameters: [
    { title: 'Name', kind: 'code' },
    { title: 'Parameters', kind: 'number' },
    { title: 'Type', kind: 'text' },
    { title: 'Shape', kind: 'text' },
    { title: 'Size', kind: 'bytes' },
  ],
  ports: [
    { title: 'Name', kind: 'code' },
    { title: 'Kind', kind: 'text' },
    { title: 'Type', kind: 'text' },
    { title: 'Shape', kind: 'text' },
  ],
  layers: [
    { title: 'Name', kind: 'code' },
    { title: 'Class', kind: 'code' },
    { title: 'Input Shape', kind: 'text' },
    { title: 'Settings', kind: 'text' },
  ],
  nodes: [
    { title: 'Name', kind: 'code' },
    { title: 'Operator', kind: 'code' },
    { title: 'Takes', kind: 'text' },
    { title: 'Gives', kind: 'text' },
  ],
  tokens: [
    { title: 'Token', kind: 'code' },
    { title: 'Number', kind: 'number' },
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
  'ports',
  'parameters',
  'tensors',
  'layers',
  'nodes',
  'operators',
  'tokens',
  'members',
  'metadata',
];

function cut(text: string): string {
  return text.length > CELL_LIMIT ? `${text.slice(0, CELL_LIMIT)}…` : text;
}

function placeKey({ offset, packed }: ArrayPlace): string {
  return `${packed ?? ''}:${offset}`;
}
