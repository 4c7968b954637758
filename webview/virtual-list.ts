import './virtual-list.css';
import type { Column, Row } from '../src/core/inspection.js';
import { el, type Child } from './dom.js';

/** Height of a row and of the head; the style sheet has the same. */
const ROW_HEIGHT = 22;
/** Rows made beyond those that are seen, on either side. */
const AROUND = 20;
/** Rows asked for at one time, from a multiple of it on. */
const BLOCK = 200;
const BLOCKS_KEPT = 30;

export interface ListSource {
  readonly label: string;
  /** The style sheet has the widths of its columns by this name. */
  readonly name?: string;
  readonly columns: readonly Column[];
  readonly cell: (value: string | number, column: Column) => Child;
  readonly isNumber: (column: Column) => boolean;
  /** Asks for rows; they come by `VirtualList.receive`. */
  readonly ask: (from: number, count: number) => void;
  /** Absent where the order is the only one. */
  readonly sorting?:
    | {
        readonly by: { readonly column: number; readonly descending: boolean } | undefined;
        readonly onSort: (column: number) => void;
      }
    | undefined;
  /** Called with the row that was gone to. */
  readonly onCurrent?: (row: Row) => void;
  /** Present for a tree: folds or unfolds the row of this `id`. */
  readonly onToggle?: (id: number) => void;
  /** Present when rows lead somewhere, and which of them do. */
  readonly onOpen?: (row: Row) => void;
  readonly leads?: (row: Row) => boolean;
}

/** A table of any length; only its visible rows exist as elements. */
export class VirtualList {
  readonly node: HTMLElement;
  readonly #body: HTMLElement;
  readonly #blocks = new Map<number, readonly Row[]>();
  readonly #asked = new Set<number>();
  #total: number;
  #current = 0;
  /** The current row was gone to before it had come. */
  #awaited = false;
  #revealed: number | undefined;
  #drawn = '';

  constructor(
    private readonly source: ListSource,
    total: number,
  ) {
    this.#total = total;
    this.#body = el('div', { class: 'list-body', role: 'rowgroup' });
    const head = el('div', { class: 'list-head', role: 'rowgroup' }, el('div', { role: 'row' }, ...this.#heads()));
    this.node = el(
      'div',
      {
        class: `list columns-${source.columns.length}${source.name === undefined ? '' : ` list-${source.name}`}`,
        role: source.onToggle ? 'treegrid' : 'grid',
        tabindex: 0,
        'aria-label': source.label,
        'data-key': 'list',
      },
      head,
      this.#body,
    );
    this.node.addEventListener('scroll', () => this.#draw());
    this.node.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.#onRoom()).observe(this.node);
    this.#resize();
  }

  /** For other rows in the same place: what is in sight stays until they come. */
  askAgain(): void {
    this.#asked.clear();
    const top = Math.floor(this.node.scrollTop / ROW_HEIGHT);
    const block = Math.floor(top / BLOCK);
    for (const kept of this.#blocks.keys()) if (kept !== block) this.#blocks.delete(kept);
    this.#asked.add(block);
    this.source.ask(block * BLOCK, BLOCK);
  }

  /** Rows that were asked for. `total`: of all that match. */
  receive(from: number, rows: readonly Row[], total: number): void {
    const block = Math.floor(from / BLOCK);
    this.#asked.delete(block);
    this.#blocks.set(block, rows);
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > BLOCKS_KEPT && oldest !== undefined) this.#blocks.delete(oldest);
    this.#total = total;
    this.#resize();
    this.#drawn = '';
    this.#draw();
    if (this.#awaited) this.#tell();
  }

  #heads(): HTMLElement[] {
    const { columns, sorting, isNumber } = this.source;
    return columns.map((column, index) => {
      const attributes = { role: 'columnheader', class: isNumber(column) ? 'number' : undefined };
      if (!sorting) return el('div', attributes, column.title);
      const mine = sorting.by?.column === index ? sorting.by : undefined;
      const button = el(
        'button',
        { class: 'sort', type: 'button', 'data-key': `sort-${column.title}`, title: `Sort by ${column.title}` },
        column.title,
        mine ? el('span', { class: 'arrow', 'aria-hidden': 'true' }, mine.descending ? '▼' : '▲') : undefined,
      );
      button.addEventListener('click', () => sorting.onSort(index));
      const order = mine ? (mine.descending ? 'descending' : 'ascending') : 'none';
      return el('div', { ...attributes, 'aria-sort': order }, button);
    });
  }

  #resize(): void {
    this.node.setAttribute('aria-rowcount', String(this.#total + 1));
    this.node.style.setProperty('--rows', String(Math.max(1, this.#total)));
    this.#current = Math.min(this.#current, Math.max(0, this.#total - 1));
  }

  #draw(): void {
    const seen = Math.ceil(this.node.clientHeight / ROW_HEIGHT);
    const top = Math.floor(this.node.scrollTop / ROW_HEIGHT);
    const from = Math.max(0, top - AROUND);
    const to = Math.min(this.#total, top + seen + AROUND);
    const drawn = `${from} ${to} ${this.#current}`;
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#ask(from, to);
    const rows: HTMLElement[] = [];
    for (let index = from; index < to; index += 1) rows.push(this.#row(index));
    this.#body.replaceChildren(...rows);
    this.#body.style.setProperty('--first', String(from));
    this.node.setAttribute('aria-activedescendant', `row-${this.#current}`);
  }

  #ask(from: number, to: number): void {
    for (let block = Math.floor(from / BLOCK); block * BLOCK < to; block += 1) {
      if (this.#blocks.has(block) || this.#asked.has(block)) continue;
      this.#asked.add(block);
      this.source.ask(block * BLOCK, BLOCK);
    }
  }

  #rowAt(index: number): Row | undefined {
    return this.#blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK];
  }

  #row(index: number): HTMLElement {
    const { columns, cell, isNumber, onOpen, onToggle } = this.source;
    const row = this.#rowAt(index);
    const current = index === this.#current;
    const node = el(
      'div',
      {
        role: 'row',
        id: `row-${index}`,
        'aria-rowindex': index + 2,
        'aria-selected': String(current),
        class: current ? 'current' : undefined,
        'aria-level': row?.depth === undefined ? undefined : row.depth + 1,
        'aria-expanded': row?.open === undefined ? undefined : String(row.open),
      },
      ...columns.map((column, at) => {
        const value = row?.cells[at];
        const shown = value === undefined ? (row ? '' : '…') : cell(value, column);
        const isName = at === 0 && column.kind === 'code' && !onToggle;
        const leads = at === 0 && row !== undefined && this.#leads(row);
        return el(
          'div',
          {
            role: 'gridcell',
            class: [
              column.kind,
              ...(isNumber(column) ? ['number'] : []),
              ...(leads ? ['leads'] : []),
              ...(isName ? ['name'] : []),
            ].join(' '),
            title: typeof value === 'string' ? value : undefined,
          },
          ...(at === 0 ? this.#branch(row) : []),
          // A name is cut at its begin, for names of one layer differ at their end.
          isName ? el('bdi', { dir: 'ltr' }, shown) : shown,
        );
      }),
    );
    node.addEventListener('click', (event) => {
      this.#current = index;
      this.#draw();
      if (row) this.source.onCurrent?.(row);
      const leads = event.target instanceof Element && event.target.closest('.leads') !== null;
      if (row && leads) onOpen?.(row);
    });
    return node;
  }

  #leads(row: Row): boolean {
    return this.source.leads?.(row) === true;
  }

  /** What stands before the name of a row of a tree. */
  #branch(row: Row | undefined): Child[] {
    const { onToggle } = this.source;
    if (!row || row.depth === undefined || !onToggle) return [];
    const { depth, open, id } = row;
    const space = el('span', { class: 'indent', 'aria-hidden': 'true' });
    space.style.setProperty('--depth', String(depth));
    if (open === undefined || id === undefined) return [space, el('span', { class: 'twistie' })];
    const twistie = el('span', { class: 'twistie', 'aria-hidden': 'true' }, open ? '▾' : '▸');
    twistie.addEventListener('click', () => onToggle(id));
    return [space, twistie];
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target !== this.node) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW_HEIGHT) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.#total,
      End: this.#total,
    };
    const step = steps[event.key];
    const row = this.#rowAt(this.#current);
    const folds = event.key === 'ArrowLeft' ? true : event.key === 'ArrowRight' ? false : undefined;
    if (folds !== undefined) {
      if (row?.id === undefined || row.open !== folds) return;
      this.source.onToggle?.(row.id);
    } else if (event.key === 'Enter') {
      if (row && this.#leads(row)) this.source.onOpen?.(row);
    } else if (step === undefined) return;
    else this.#go(this.#current + step);
    event.preventDefault();
  }

  /** Makes a row the current one, and gives it the focus, as soon as the list is to be seen. */
  reveal(index: number): void {
    this.#revealed = index;
    this.#onRoom();
  }

  #onRoom(): void {
    const index = this.#revealed;
    if (index === undefined || this.node.clientHeight === 0) {
      this.#draw();
      return;
    }
    this.#revealed = undefined;
    this.#go(index);
    this.node.focus();
  }

  #go(index: number): void {
    this.#current = Math.min(Math.max(0, index), Math.max(0, this.#total - 1));
    // The head covers the first row's height.
    const top = this.#current * ROW_HEIGHT;
    const room = this.node.clientHeight - 2 * ROW_HEIGHT;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top > this.node.scrollTop + room) this.node.scrollTop = top - room;
    this.#draw();
    this.#tell();
  }

  #tell(): void {
    const row = this.#rowAt(this.#current);
    this.#awaited = row === undefined;
    if (row) this.source.onCurrent?.(row);
  }
}
