import './style.css';
import { FINDING_ACTS, type FROM_PAGE, type FromPage, type ReportPage, type ToPage } from '../src/view/messages.js';
import type { TimelineEntry } from '../src/core/schema.js';
import { findingId, worstFinding } from '../src/report/page/findings.js';
import { keepPlace, redraw } from './redraw.js';
import { renderPage, type View } from './report.js';
import { registerComponents, selectTab } from './toolkit.js';
import { TraceSearch } from './trace.js';

/** State that VS Code keeps for the page while it is hidden, and over a restart. */
interface Saved extends Partial<ReportPage> {
  readonly tab?: string;
  readonly open?: readonly string[];
}

interface Host {
  postMessage(message: FromPage): void;
  getState(): Saved | undefined;
  setState(state: Saved): void;
}

declare function acquireVsCodeApi(): Host;

/** A report larger than this, in characters of JSON, is scanned again after a restart rather than kept. */
const SAVED_LIMIT = 2_000_000;

registerComponents();
const host = acquireVsCodeApi();
const saved = host.getState();
const view: View = {
  tab: saved?.tab ?? 'findings',
  open: new Set(saved?.open),
  trace: new TraceSearch((wanted) => host.postMessage({ type: 'trace', wanted })),
  timeline: Promise.resolve([]),
};
let timelineCame: (timeline: readonly TimelineEntry[]) => void = () => undefined;
const root = document.getElementById('report');
let page: ReportPage | undefined;
/** What is drawn is a partial report. */
let wasLive = false;
/** Whether the report is there whole, and small enough to be kept. */
let small = false;
/** The worst finding is shown open once; after that the user decides. */
let opened = saved?.open !== undefined;

window.addEventListener('message', (event: MessageEvent<ToPage>) => {
  const message = event.data;
  switch (message.type) {
    case 'show':
      show(message.page);
      break;
    case 'timeline':
      complete(message.timeline);
      break;
    case 'reveal':
      reveal(message.finding);
      break;
    case 'trace':
      view.trace.receive(message.wanted, message.rows, message.total);
      break;
  }
});
// The page is taken away when its tab is hidden: what is open is kept as it changes.
root?.addEventListener('toggle', onToggle, true);
root?.addEventListener('click', onClick);
send('ready');

function show(next: ReportPage): void {
  page = next;
  small = false;
  openWorst(next);
  const actions = {
    scan: () => send('scan'),
    stop: () => send('stop'),
    json: () => send('json'),
    log: () => send('log'),
    export: () => send('export'),
    copy: () => send('copy'),
    packages: () => send('packages'),
    classes: () => send('classes'),
  };
  view.timeline = new Promise((resolve) => (timelineCame = resolve));
  if (root) draw(root, renderPage(next, view, actions, save), next);
  // First the picture: to hand over a long timeline takes as long as to draw the rest. What was kept before stays until it is there.
  if (next.report) requestAnimationFrame(() => setTimeout(() => send('timeline')));
  else save();
}

/** The report is whole, and can be kept. */
function complete(timeline: readonly TimelineEntry[]): void {
  timelineCame(timeline);
  if (!page?.report) return;
  page = { ...page, report: { ...page.report, timeline: [...timeline] } };
  small = JSON.stringify(page.report).length < SAVED_LIMIT;
  save();
}

/** A partial report grows while the user reads it; a report is drawn once. */
function draw(root: HTMLElement, content: DocumentFragment, { report }: ReportPage): void {
  const isLive = report === undefined;
  if (isLive && wasLive) {
    redraw(root, content);
    return;
  }
  wasLive = isLive;
  const focused = document.activeElement?.getAttribute('data-key') ?? undefined;
  const backToPlace = keepPlace(root);
  root.replaceChildren(content);
  if (focused !== undefined) byKey(focused)?.focus({ preventScroll: true });
  backToPlace();
}

function openWorst({ report, findings }: ReportPage): void {
  if (opened || !report) return;
  opened = true;
  const worst = worstFinding(findings);
  if (worst !== undefined) view.open.add(worst);
}

function onToggle({ target }: Event): void {
  if (!(target instanceof HTMLDetailsElement)) return;
  const key = target.dataset['finding'];
  // Also called for those that are open from the start.
  if (key === undefined || target.open === view.open.has(key)) return;
  if (target.open) view.open.add(key);
  else view.open.delete(key);
  save();
}

/** Links from one part of the report to another, and those that the editor follows. */
function onClick(event: MouseEvent): void {
  const link =
    event.target instanceof Element ? event.target.closest('[data-reveal], [data-trace-line], [data-go]') : null;
  if (!(link instanceof HTMLElement)) return;
  event.preventDefault();
  const { reveal: finding, traceLine, go } = link.dataset;
  if (go !== undefined) ask(go, link.dataset);
  if (finding !== undefined) reveal(Number(finding));
  if (traceLine === undefined) return;
  showTab('trace');
  view.trace.goTo(Number(traceLine));
}

function ask(go: string, { rule = '', index, evidence }: DOMStringMap): void {
  const type = FINDING_ACTS.find((known) => known === go);
  if (type !== undefined)
    host.postMessage({ type, index: Number(index), evidence: evidence === undefined ? undefined : Number(evidence) });
  else if (go === 'rule') host.postMessage({ type: 'rule', rule });
  else if (go === 'inspect' || go === 'testCase') send(go);
}

function showTab(tab: string): void {
  const panels = document.querySelector<HTMLElement>('vscode-panels');
  if (panels) selectTab(panels, tab);
}

function reveal(index: number): void {
  showTab('findings');
  const finding = document.getElementById(findingId(index));
  if (!(finding instanceof HTMLDetailsElement)) return;
  finding.open = true;
  // The tab's content is laid out first.
  requestAnimationFrame(() => {
    finding.scrollIntoView({ block: 'nearest' });
    finding.querySelector('summary')?.focus({ preventScroll: true });
  });
}

function save(): void {
  if (!page) return;
  const state = { tab: view.tab, open: [...view.open] };
  host.setState(small ? { ...page, ...state } : { uri: page.uri, ...state });
}

function byKey(key: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>('[data-key]')].find((node) => node.dataset['key'] === key);
}

function send(type: (typeof FROM_PAGE)[number]): void {
  host.postMessage({ type });
}
