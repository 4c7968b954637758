/** Filters and sorts the rows of a long list, and returns the visible part. Independent of VS Code. */
import { JUDGEMENTS, type InspectedList, type Row } from '../core/inspection.js';
import { naturalKey } from '../core/natural-order.js';
import type { RowsWanted } from './inspector-messages.js';

type Question = Pick<RowsWanted, 'filter' | 'sort' | 'descending' | 'toggled'>;

/** A tree is open down to this depth, unless it is larger than can be seen: then its roots alone. */
const OPEN_DEPTH = 1;
const SEEN_AT_ONCE = 200;

/** Remembers the last answer: scrolling asks the same again and again. */
export class ListQuery {
  #question = '';
  #answer: readonly Row[];
  readonly #isTree: boolean;

  constructor(private readonly list: Pick<InspectedList, 'rows' | 'columns'>) {
    this.#answer = list.rows;
    this.#isTree = list.rows.some(({ depth }) => depth !== undefined);
    if (this.#isTree) this.#answer = this.#tree({ filter: '', sort: undefined, descending: false, toggled: [] });
  }

  /** How many rows have the text. */
  count(filter: string): number {
    if (filter === '') return this.list.rows.length;
    let count = 0;
    for (const has of this.#matches(filter.toLowerCase())) if (has) count += 1;
    return count;
  }

  /** For each row whether it has the text; of a tree also in its path, with dots between the names. */
  *#matches(text: string): Generator<boolean> {
    const path = new RowPath();
    for (const { cells, depth } of this.list.rows)
      yield (
        cells.some((cell) => matches(cell, text)) || (depth !== undefined && path.matches(depth, cells[0] ?? '', text))
      );
  }

  rows(wanted: Question & Pick<RowsWanted, 'from' | 'count'>): {
    readonly total: number;
    readonly rows: readonly Row[];
  } {
    const question = JSON.stringify([wanted.filter, wanted.sort, wanted.descending, wanted.toggled]);
    if (question !== this.#question) this.#answer = this.#find(wanted);
    this.#question = question;
    return { total: this.#answer.length, rows: this.#answer.slice(wanted.from, wanted.from + wanted.count) };
  }

  /** The rows of a tree that are not folded away; with a filter those that match, and what they lie in. */
  #tree({ filter, toggled }: Question): readonly Row[] {
    const { rows } = this.list;
    const text = filter.toLowerCase();
    const matched = text === '' ? undefined : this.#withParents(text);
    const opened =
      rows.length > SEEN_AT_ONCE && rows.filter(({ depth = 0 }) => depth <= OPEN_DEPTH).length > SEEN_AT_ONCE
        ? 0
        : OPEN_DEPTH;
    const changed = new Set(toggled);
    const shown: Row[] = [];
    // Rows below this depth are in a folded one.
    let folded = Infinity;
    for (const [id, row] of rows.entries()) {
      const { depth = 0 } = row;
      if (depth > folded) continue;
      folded = Infinity;
      if (matched?.has(id) === false) continue;
      const hasChildren = (rows[id + 1]?.depth ?? 0) > depth;
      const isOpen = matched !== undefined || depth < opened !== changed.has(id);
      if (hasChildren && !isOpen) folded = depth;
      shown.push({ ...row, id, ...(hasChildren ? { open: isOpen } : {}) });
    }
    return shown;
  }

  /** The rows with the text, and all that they lie in. */
  #withParents(text: string): ReadonlySet<number> {
    const found = new Set<number>();
    const way: number[] = [];
    let id = 0;
    for (const has of this.#matches(text)) {
      const { depth = 0 } = this.list.rows[id] ?? {};
      way.length = Math.min(way.length, depth);
      way[depth] = id;
      if (has) for (const parent of way) found.add(parent);
      id += 1;
    }
    return found;
  }

  #find(wanted: Question): readonly Row[] {
    if (this.#isTree) return this.#tree(wanted);
    const { filter, sort, descending } = wanted;
    const text = filter.toLowerCase();
    const { rows, columns } = this.list;
    const found = text === '' ? [...rows] : rows.filter(({ cells }) => cells.some((cell) => matches(cell, text)));
    const column = sort === undefined ? undefined : columns[sort];
    if (sort === undefined || column === undefined) return found;
    const sign = descending ? -1 : 1;
    return found
      .map((row) => ({ row, key: sortKey(row.cells[sort] ?? '', column.kind === 'judgement') }))
      .sort((one, other) => sign * byValue(one.key, other.key))
      .map(({ row }) => row);
  }
}

/** The names of the rows that a row of a tree lies in. */
class RowPath {
  readonly #names: string[] = [];

  /** Whether the text stands in the path of the row, and reaches into its own name. */
  matches(depth: number, name: string | number, text: string): boolean {
    this.#names.length = Math.min(this.#names.length, depth);
    this.#names[depth] = String(name).toLowerCase();
    // What is longer than the text decides nothing.
    let path = this.#names[depth] ?? '';
    for (let above = depth - 1; above >= 0 && path.length < this.#ownLength(depth) + text.length; above -= 1)
      path = `${this.#names[above] ?? ''}.${path}`;
    const found = path.lastIndexOf(text);
    return found >= 0 && found + text.length > path.length - this.#ownLength(depth);
  }

  #ownLength(depth: number): number {
    return this.#names[depth]?.length ?? 0;
  }
}

type Cell = string | number;

function matches(cell: Cell, text: string): boolean {
  return (typeof cell === 'string' ? cell.toLowerCase() : String(cell)).includes(text);
}

function byValue(one: Cell, other: Cell): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Names in natural order, judgements the worst first. */
function sortKey(cell: Cell, isJudgement: boolean): Cell {
  if (typeof cell === 'number') return cell;
  return isJudgement ? JUDGEMENTS.findIndex((known) => known === cell) : naturalKey(cell);
}
