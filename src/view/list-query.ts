/** Filters and sorts the rows of a long list, and returns the visible part. Independent of VS Code. */
import { JUDGEMENTS, type InspectedList, type Row } from '../core/inspection.js';
import type { RowsWanted } from './inspector-messages.js';

type Question = Pick<RowsWanted, 'filter' | 'sort' | 'descending'>;

/** Remembers the last answer: scrolling asks the same again and again. */
export class ListQuery {
  #question = '';
  #answer: readonly Row[];

  constructor(private readonly list: Pick<InspectedList, 'rows' | 'columns'>) {
    this.#answer = list.rows;
  }

  rows(wanted: Question & Pick<RowsWanted, 'from' | 'count'>): {
    readonly total: number;
    readonly rows: readonly Row[];
  } {
    const question = JSON.stringify([wanted.filter, wanted.sort, wanted.descending]);
    if (question !== this.#question) this.#answer = this.#find(wanted);
    this.#question = question;
    return { total: this.#answer.length, rows: this.#answer.slice(wanted.from, wanted.from + wanted.count) };
  }

  #find({ filter, sort, descending }: Question): readonly Row[] {
    const text = filter.toLowerCase();
    const { rows, columns } = this.list;
    const found = text === '' ? [...rows] : rows.filter(({ cells }) => cells.some((cell) => matches(cell, text)));
    const column = sort === undefined ? undefined : columns[sort];
    if (sort === undefined || column === undefined) return found;
    const order = column.kind === 'judgement' ? byJudgement : byValue;
    const sign = descending ? -1 : 1;
    return found.sort((one, other) => sign * order(one.cells[sort] ?? '', other.cells[sort] ?? ''));
  }
}

type Cell = string | number;

function matches(cell: Cell, text: string): boolean {
  return (typeof cell === 'string' ? cell.toLowerCase() : String(cell)).includes(text);
}

function byValue(one: Cell, other: Cell): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The worst first. */
function byJudgement(one: Cell, other: Cell): number {
  const rank = (cell: Cell): number => JUDGEMENTS.findIndex((known) => known === cell);
  return rank(one) - rank(other);
}
