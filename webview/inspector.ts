import './style.css';
import './inspector.css';
import {
  FILTER_LENGTH,
  isNumber,
  TOGGLED_LIMIT,
  type About,
  type FromInspector,
  type InspectorPage,
  type RowsWanted,
  type ShownFinding,
  type ShownList,
  type ToInspector,
} from '../src/view/inspector-messages.js';
import { bullets, el as inert, facts, type Markup } from '../src/report/page/markup.js';
import { VERDICT_TITLES, verdictIcon } from '../src/report/page/verdict.js';
import { bytes, grouped } from '../src/report/page/formatting.js';
import {
  TREES,
  type ArrayValues,
  type Column,
  type GlobalJudgement,
  type ListId,
  type Row,
} from '../src/core/inspection.js';
import { arrayValues } from './array-values.js';
import { build, el, type Child } from './dom.js';
import { button, progressRing, registerComponents, tabs, textField } from './toolkit.js';
import { VirtualList } from './virtual-list.js';

/** How a list is looked at; kept over hiding and restarts. */
interface ListView {
  readonly sort?: number | undefined;
  readonly descending: boolean;
  /** Of a tree: rows that were folded or unfolded. */
  readonly toggled?: readonly number[];
}

interface Saved {
  readonly tab?: string;
  /** What all lists are searched for. */
  readonly filter?: string;
  readonly lists?: Readonly<Partial<Record<ListId, ListView>>>;
}

interface Host {
  postMessage(message: FromInspector): void;
  getState(): Saved | undefined;
  setState(state: Saved): void;
}

declare function acquireVsCodeApi(): Host;

const WHOLE: ListView = { descending: false };
/** Milliseconds after the last key that all lists are searched. */
const FIND_AFTER = 120;

registerComponents();
const host = acquireVsCodeApi();
const saved = host.getState();
const views = new Map(Object.entries(saved?.lists ?? {}) as [ListId, ListView][]);
const lists = new Map<ListId, VirtualList>();
let tab = saved?.tab ?? '';
let filter = saved?.filter ?? '';
let findTimer: number | undefined;
/** The array whose numbers are shown below its list; of a file with only one, without being asked for. */
let opened:
  { readonly array: number; readonly row: Row; readonly place: HTMLElement; readonly isAsked: boolean } | undefined;
let page: InspectorPage | undefined;
/** The lists below stay as they are while only the scan goes on. */
let drawnVersion = -1;
const top = el('div');
const bottom = el('div');
document.getElementById('inspector')?.append(top, bottom);

window.addEventListener('message', (event: MessageEvent<ToInspector>) => {
  const message = event.data;
  switch (message.type) {
    case 'show':
      show(message.page);
      break;
    case 'rows':
      receiveRows(message);
      break;
    case 'found':
      if (message.version === drawnVersion && message.filter === filter) showCounts(message.counts);
      break;
    case 'values':
      if (message.version === drawnVersion && message.array === opened?.array) showValues(message.values);
      break;
  }
});
host.postMessage({ type: 'ready' });

function receiveRows({ wanted, rows, total }: Extract<ToInspector, { type: 'rows' }>): void {
  const view = viewOf(wanted.list);
  const isLike = wanted.sort === view.sort && wanted.descending === view.descending && wanted.filter === filter;
  const asked = isLike && wanted.toggled.join() === (view.toggled ?? []).join();
  if (!asked || wanted.version !== drawnVersion) return;
  lists.get(wanted.list)?.receive(wanted.from, rows, total);
  const [only] = rows;
  // Of a file with one array, that is what there is to see.
  if (wanted.list === 'tensors' && filter === '' && total === 1 && only && opened === undefined)
    openArray('tensors', only, false);
}

function show(next: InspectorPage): void {
  page = next;
  const focused = document.activeElement?.getAttribute('data-key') ?? undefined;
  top.replaceChildren(header(next), toolbar(next), build(modelFacts(next)), findings(next.findings));
  if (focused !== undefined) byKey(top, focused)?.focus();
  const { content } = next;
  if (content.kind === 'read') {
    if (content.about.version !== drawnVersion) drawLists(content.about);
  } else {
    drawnVersion = -1;
    bottom.replaceChildren(waiting(content));
  }
}

function header({ name, path, scan }: InspectorPage): HTMLElement {
  return el(
    'header',
    { class: scan.kind === 'done' ? `verdict-${scan.verdict}` : 'verdict-none' },
    el('h1', {}, name),
    el('p', { class: 'path' }, path),
    verdict(scan),
  );
}

function verdict(scan: InspectorPage['scan']): HTMLElement {
  switch (scan.kind) {
    case 'none':
      return el('p', { class: 'verdict', role: 'status' }, 'Not scanned yet.');
    case 'busy':
      return el('p', { class: 'verdict', role: 'status' }, progressRing(), scan.message);
    case 'done': {
      const how = scan.ran ? 'read, and run in the sandbox' : 'read, not run';
      const [reason] = scan.reasons;
      return el(
        'p',
        { class: 'verdict', role: 'status' },
        verdictIcon(scan.verdict),
        el('strong', {}, VERDICT_TITLES[scan.verdict]),
        el(
          'span',
          {},
          reason ?? '',
          el('span', { class: 'dim' }, ` (${how})`, ...scan.notes.map((note) => ` ${note}`)),
        ),
      );
    }
  }
}

function toolbar({ scan, scans, content }: InspectorPage): HTMLElement {
  const busy = scan.kind === 'busy';
  const send = (type: 'scan' | 'scanStatic' | 'stop' | 'report' | 'disassembly') => () => host.postMessage({ type });
  const holdsPickle = content.kind === 'read' && content.about.pickles > 0;
  return el(
    'div',
    { class: 'tools' },
    busy ? button('Stop', send('stop'), 'primary') : undefined,
    scans.run && !busy ? button('Scan Model', send('scan'), 'primary') : undefined,
    scans.read && !busy ? button('Scan Model (Static Only)', send('scanStatic')) : undefined,
    scan.kind === 'none' ? undefined : button('Show Report', send('report')),
    holdsPickle ? button('Open Disassembly', send('disassembly')) : undefined,
    scans.why === '' ? undefined : el('span', { class: 'dim' }, scans.why),
  );
}

function modelFacts({ size, scan, content }: InspectorPage): Markup {
  const about = content.kind === 'read' ? content.about : undefined;
  return facts([
    ['Format', about && inert('span', {}, about.format, inert('span', { class: 'dim' }, ` · ${about.detail}`))],
    ['Made with', about?.frameworks.slice(0, FRAMEWORKS_SHOWN).join(', ')],
    ['Size', size === undefined ? undefined : sizeText(size)],
    ['SHA-256', scan.kind === 'done' && scan.sha256 !== undefined ? inert('code', {}, scan.sha256) : undefined],
    ...(about?.facts ?? []).map(({ name, value }) => [name, value] as const),
    ['Not read', about && about.gaps.length > 0 ? bullets(about.gaps.slice(0, GAPS_SHOWN)) : undefined],
  ]);
}
const FRAMEWORKS_SHOWN = 12;
const GAPS_SHOWN = 10;

function sizeText(size: number): string {
  return size < 1024 ? bytes(size) : `${bytes(size)} (${grouped(size)} bytes)`;
}

function findings(all: readonly ShownFinding[]): HTMLElement {
  const rows = all.map(({ index, severity, title, explanation, rule, line }) => {
    const head = link(title, () => host.postMessage({ type: 'finding', index }), `finding-${index}`);
    const place =
      line === undefined
        ? undefined
        : link(`line ${line}`, () => host.postMessage({ type: 'line', index }), `line-${index}`);
    return el(
      'li',
      { class: `severity-${severity}` },
      el(
        'div',
        { class: 'finding-head' },
        el('span', { class: 'chip' }, severity),
        head,
        el('span', { class: 'dim rule' }, rule),
        place,
      ),
      el('p', { class: 'dim' }, explanation),
    );
  });
  return el('ul', { class: 'finding-rows', 'aria-label': 'Findings' }, ...rows);
}

function link(text: string, onClick: () => void, key: string): HTMLElement {
  const node = el('button', { class: 'link', type: 'button', 'data-key': key }, text);
  node.addEventListener('click', onClick);
  return node;
}

function waiting(content: Exclude<InspectorPage['content'], { kind: 'read' }>): HTMLElement {
  if (content.kind === 'reading')
    return el('p', { class: 'waiting', role: 'status' }, progressRing(), 'Reading the file');
  return el(
    'div',
    { role: 'alert' },
    el('p', {}, `The file could not be looked over. ${content.message}`),
    button('Try Again', () => host.postMessage({ type: 'reload' })),
  );
}

// Lists ----------------------------------------------------------------------------------------------------------------

const TITLES: Readonly<Record<ListId, string>> = {
  objects: 'Objects',
  parameters: 'Parameter Tree',
  tensors: 'Tensors',
  ports: 'Inputs and Outputs',
  layers: 'Layers',
  nodes: 'Nodes',
  operators: 'Operators',
  tokens: 'Tokens',
  globals: 'Names It Asks For',
  functions: 'Functions It Carries',
  members: 'Members',
  metadata: 'Metadata',
};

function drawLists({ version, lists: all, texts }: About): void {
  drawnVersion = version;
  lists.clear();
  places.clear();
  opened = undefined;
  if (all.length === 0) {
    bottom.replaceChildren(el('p', { class: 'dim' }, 'There is nothing in it to list.'));
    return;
  }
  const panels = [
    ...all.map((list) => ({ id: list.id, label: labelOf(list), content: () => listPanel(list) })),
    ...texts.map(({ name, text }, at) => ({
      id: `text-${at}`,
      label: textTitle(name),
      content: () => textPanel(name, text),
    })),
  ];
  const field = textField('Find in all lists', (value) => {
    filter = value.slice(0, FILTER_LENGTH);
    save();
    clearTimeout(findTimer);
    findTimer = setTimeout(find, FIND_AFTER);
  });
  field.setAttribute('value', filter);
  const panes = tabs('What the file holds', panels, tab, (id) => {
    tab = id;
    save();
  });
  bottom.replaceChildren(
    el('div', { class: 'tools find' }, field, el('span', { class: 'dim found', role: 'status' })),
    panes,
  );
  if (filter !== '') host.postMessage({ type: 'find', version, filter });
}

/** Rows with the text, of all lists. */
function find(): void {
  for (const list of shownLists()) {
    const place = places.get(list.id);
    if (place) drawList(list, place);
  }
  host.postMessage({ type: 'find', version: drawnVersion, filter });
}

function shownLists(): readonly ShownList[] {
  return page?.content.kind === 'read' ? page.content.about.lists : [];
}

function showCounts(counts: Readonly<Partial<Record<ListId, number>>>): void {
  let found = 0;
  for (const list of shownLists()) {
    const count = counts[list.id] ?? 0;
    found += count;
    const label = filter === '' ? labelOf(list) : `${TITLES[list.id]} (${grouped(count)} of ${grouped(totalOf(list))})`;
    const node = bottom.querySelector(`vscode-panel-tab[id="${list.id}"]`);
    node?.replaceChildren(label);
    node?.classList.toggle('without', filter !== '' && count === 0);
  }
  const status = bottom.querySelector('.found');
  const text = filter === '' ? '' : `${grouped(found)} ${found === 1 ? 'row' : 'rows'} found`;
  if (status && status.textContent !== text) status.textContent = text;
}

function labelOf(list: ShownList): string {
  return `${TITLES[list.id]} (${grouped(totalOf(list))})`;
}

function totalOf({ count, omitted }: ShownList): number {
  return count + omitted;
}

/** Where each list is drawn. */
const places = new Map<ListId, HTMLElement>();

function listPanel(list: ShownList): HTMLElement {
  const place = el('div');
  places.set(list.id, place);
  const omitted =
    list.omitted > 0 ? el('span', { class: 'dim' }, `The first ${grouped(list.count)} are listed.`) : undefined;
  const copy = button('Copy as Text', () => {
    host.postMessage({ type: 'copy', wanted: { ...questionOf(list.id), from: 0, count: 0 } });
  });
  drawList(list, place);
  return el(
    'div',
    {},
    place,
    el('div', { class: 'tools below' }, copy, omitted),
    el('div', { class: 'values-place', 'data-list': list.id }),
  );
}

/** `tokenizer.chat_template`, and the like. */
function textTitle(name: string): string {
  return /chat_template$/.test(name) ? 'Chat Template' : name.split('.').slice(-2).join('.');
}

function textPanel(name: string, text: string): HTMLElement {
  const shown = text.split(/\r?\n/).flatMap((line, at) => (at === 0 ? [line] : [el('br'), line]));
  return el('div', { class: 'whole-text' }, el('p', { class: 'dim' }, name), el('pre', { tabindex: 0 }, ...shown));
}

function questionOf(list: ListId): Omit<RowsWanted, 'from' | 'count'> {
  const { sort, descending, toggled = [] } = viewOf(list);
  return { version: drawnVersion, list, filter, sort, descending, toggled };
}

function setView(list: ShownList, view: ListView, place: HTMLElement): void {
  views.set(list.id, view);
  save();
  drawList(list, place);
}

// Numbers --------------------------------------------------------------------------------------------------------------

/** Shows the numbers of a row's array below its list. */
function openArray(list: ListId, row: Row, isAsked: boolean): void {
  const place = bottom.querySelector<HTMLElement>(`.values-place[data-list="${list}"]`);
  if (row.array === undefined || !place) return;
  opened?.place.replaceChildren();
  opened = { array: row.array, row, place, isAsked };
  place.replaceChildren(valuesBox(row, el('p', { class: 'waiting' }, progressRing(), 'Reading the numbers')));
  host.postMessage({ type: 'values', version: drawnVersion, array: row.array });
}

function showValues(values: ArrayValues | string): void {
  if (!opened) return;
  const { row, place, isAsked } = opened;
  const content = typeof values === 'string' ? el('p', { role: 'alert' }, values) : arrayValues(values);
  place.replaceChildren(valuesBox(row, content));
  if (isAsked) place.scrollIntoView({ block: 'nearest' });
}

function valuesBox({ cells, pickle, offset }: Row, content: HTMLElement): HTMLElement {
  const [name = '', ...rest] = cells;
  const about = rest.filter((cell) => typeof cell === 'string' && cell !== '').join(' · ');
  const opcode =
    pickle === undefined || offset === undefined
      ? undefined
      : link('Show Its Opcode', () => host.postMessage({ type: 'opcode', pickle, offset }), 'array-opcode');
  return el(
    'section',
    { class: 'values', 'aria-label': `Numbers of ${name}` },
    el('div', { class: 'values-head' }, el('h3', {}, String(name)), el('span', { class: 'dim' }, about), opcode),
    content,
  );
}

function drawList(list: ShownList, place: HTMLElement): void {
  const view = viewOf(list.id);
  const virtual = new VirtualList(
    {
      label: TITLES[list.id],
      name: list.id,
      columns: list.columns,
      cell,
      isNumber,
      ask: (from, count) => host.postMessage({ type: 'rows', wanted: { ...questionOf(list.id), from, count } }),
      ...(TREES.has(list.id) ? { onToggle: (id: number) => toggle(list, id) } : {}),
      sorting: TREES.has(list.id)
        ? undefined
        : {
            by: view.sort === undefined ? undefined : { column: view.sort, descending: view.descending },
            onSort: (column) => {
              const again = view.sort === column;
              // Up, down, and as it is in the file.
              const next =
                again && view.descending ? { sort: undefined, descending: false } : { sort: column, descending: again };
              setView(list, { ...view, ...next }, place);
              byKey(place, `sort-${list.columns[column]?.title ?? ''}`)?.focus();
            },
          },
      leads: ({ pickle, array }) => pickle !== undefined || array !== undefined,
      onOpen: (row) => {
        const { pickle, offset, array } = row;
        if (array !== undefined) openArray(list.id, row, true);
        else if (pickle !== undefined && offset !== undefined) host.postMessage({ type: 'opcode', pickle, offset });
      },
    },
    // Until the first answer says how many match.
    filter === '' && !TREES.has(list.id) ? list.count : 1,
  );
  lists.set(list.id, virtual);
  place.replaceChildren(virtual.node);
}

/** Folds or unfolds a row of a tree, which stays where it is. */
function toggle(list: ShownList, id: number): void {
  const view = viewOf(list.id);
  const before = view.toggled ?? [];
  const toggled = before.includes(id) ? before.filter((one) => one !== id) : [...before, id].slice(-TOGGLED_LIMIT);
  views.set(list.id, { ...view, toggled });
  save();
  lists.get(list.id)?.askAgain();
}

function cell(value: string | number, { kind }: Column): Child {
  switch (kind) {
    case 'bytes':
      return bytes(Number(value));
    case 'number':
      return grouped(Number(value));
    case 'judgement':
      return el('span', { class: `judgement judgement-${value}` }, JUDGEMENTS[value as GlobalJudgement]);
    case 'code':
    case 'text':
      return String(value);
  }
}

const JUDGEMENTS: Readonly<Record<GlobalJudgement, string>> = {
  dangerous: 'dangerous',
  unlisted: 'not needed by models',
  unknown: 'not known',
  allowed: 'harmless',
};

function viewOf(list: ListId): ListView {
  return views.get(list) ?? WHOLE;
}

function save(): void {
  if (page) host.setState({ tab, filter, lists: Object.fromEntries(views) });
}

function byKey(root: HTMLElement, key: string): HTMLElement | undefined {
  return [...root.querySelectorAll<HTMLElement>('[data-key]')].find((node) => node.dataset['key'] === key);
}
