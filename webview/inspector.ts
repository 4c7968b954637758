import './style.css';
import './inspector.css';
import {
  isNumber,
  TOGGLED_LIMIT,
  type About,
  type FromInspector,
  type InspectorPage,
  type ShownFinding,
  type ShownList,
  type ToInspector,
} from '../src/view/inspector-messages.js';
import { bullets, el as inert, facts, type Markup } from '../src/report/page/markup.js';
import { VERDICT_TITLES, verdictIcon } from '../src/report/page/verdict.js';
import { bytes, grouped } from '../src/report/page/formatting.js';
import type { Column, GlobalJudgement, ListId } from '../src/core/inspection.js';
import { build, el, type Child } from './dom.js';
import { button, progressRing, registerComponents, tabs, textField } from './toolkit.js';
import { VirtualList } from './virtual-list.js';

/** How a list is looked at; kept over hiding and restarts. */
interface ListView {
  readonly filter: string;
  readonly sort?: number | undefined;
  readonly descending: boolean;
  /** Of a tree: rows that were folded or unfolded. */
  readonly toggled?: readonly number[];
}

interface Saved {
  readonly tab?: string;
  readonly lists?: Readonly<Partial<Record<ListId, ListView>>>;
}

interface Host {
  postMessage(message: FromInspector): void;
  getState(): Saved | undefined;
  setState(state: Saved): void;
}

declare function acquireVsCodeApi(): Host;

const FILTER_LENGTH = 200;
const WHOLE: ListView = { filter: '', descending: false };

registerComponents();
const host = acquireVsCodeApi();
const saved = host.getState();
const views = new Map(Object.entries(saved?.lists ?? {}) as [ListId, ListView][]);
const lists = new Map<ListId, VirtualList>();
let tab = saved?.tab ?? '';
let page: InspectorPage | undefined;
/** The lists below stay as they are while only the scan goes on. */
let drawnVersion = -1;
const top = el('div');
const bottom = el('div');
document.getElementById('inspector')?.append(top, bottom);

window.addEventListener('message', (event: MessageEvent<ToInspector>) => {
  const message = event.data;
  if (message.type === 'show') show(message.page);
  else {
    const { wanted, rows, total } = message;
    const view = viewOf(wanted.list);
    const isLike = wanted.sort === view.sort && wanted.descending === view.descending && wanted.filter === view.filter;
    const asked = isLike && wanted.toggled.join() === (view.toggled ?? []).join();
    if (asked && wanted.version === drawnVersion) lists.get(wanted.list)?.receive(wanted.from, rows, total);
  }
});
host.postMessage({ type: 'ready' });

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
  tensors: 'Tensors',
  layers: 'Layers',
  operators: 'Operators',
  globals: 'Names It Asks For',
  functions: 'Functions It Carries',
  members: 'Members',
  metadata: 'Metadata',
};

function drawLists({ version, lists: all }: About): void {
  drawnVersion = version;
  lists.clear();
  if (all.length === 0) {
    bottom.replaceChildren(el('p', { class: 'dim' }, 'There is nothing in it to list.'));
    return;
  }
  const panels = all.map((list) => ({
    id: list.id,
    label: `${TITLES[list.id]} (${grouped(list.count + list.omitted)})`,
    content: () => listPanel(list),
  }));
  bottom.replaceChildren(
    tabs('What the file holds', panels, tab, (id) => {
      tab = id;
      save();
    }),
  );
}

function listPanel(list: ShownList): HTMLElement {
  const place = el('div');
  const field = textField(`Filter ${TITLES[list.id].toLowerCase()}`, (value) => {
    setView(list, { ...viewOf(list.id), filter: value.slice(0, FILTER_LENGTH) }, place);
  });
  field.setAttribute('value', viewOf(list.id).filter);
  const omitted =
    list.omitted > 0 ? el('span', { class: 'dim' }, `The first ${grouped(list.count)} are listed.`) : undefined;
  drawList(list, place);
  return el('div', {}, el('div', { class: 'tools' }, field, omitted), place);
}

function setView(list: ShownList, view: ListView, place: HTMLElement): void {
  views.set(list.id, view);
  save();
  drawList(list, place);
}

function drawList(list: ShownList, place: HTMLElement): void {
  const view = viewOf(list.id);
  const virtual = new VirtualList(
    {
      label: TITLES[list.id],
      columns: list.columns,
      cell,
      isNumber,
      ask: (from, count) => {
        const { filter, sort, descending } = view;
        const { toggled = [] } = viewOf(list.id);
        host.postMessage({
          type: 'rows',
          wanted: { version: drawnVersion, list: list.id, filter, sort, descending, toggled, from, count },
        });
      },
      ...(list.id === 'objects' ? { onToggle: (id: number) => toggle(list, id) } : {}),
      sorting:
        list.id === 'objects'
          ? undefined
          : {
              by: view.sort === undefined ? undefined : { column: view.sort, descending: view.descending },
              onSort: (column) => {
                const again = view.sort === column;
                // Up, down, and as it is in the file.
                const next =
                  again && view.descending
                    ? { sort: undefined, descending: false }
                    : { sort: column, descending: again };
                setView(list, { ...view, ...next }, place);
                byKey(place, `sort-${list.columns[column]?.title ?? ''}`)?.focus();
              },
            },
      onOpen: ({ pickle, offset }) => {
        if (pickle !== undefined && offset !== undefined) host.postMessage({ type: 'opcode', pickle, offset });
      },
    },
    // Until the first answer says how many match.
    view.filter === '' && list.id !== 'objects' ? list.count : 1,
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
  if (page) host.setState({ tab, lists: Object.fromEntries(views) });
}

function byKey(root: HTMLElement, key: string): HTMLElement | undefined {
  return [...root.querySelectorAll<HTMLElement>('[data-key]')].find((node) => node.dataset['key'] === key);
}
