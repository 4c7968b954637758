import type { FromPage, ReportPage, ToPage } from '../src/editor/messages.js';
import { findingKey } from './findings.js';
import { keepPlace, redraw } from './redraw.js';
import { renderPage, type View } from './report.js';
import { registerComponents, selectTab } from './toolkit.js';
import { SEVERITY_RANK } from './words.js';

/** What the editor keeps for us while the page is hidden, and over a restart. */
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
const view: View = { tab: saved?.tab ?? 'findings', open: new Set(saved?.open) };
const root = document.getElementById('report');
let page: ReportPage | undefined;
/** What is drawn is no report. */
let wasLive = false;
/** The worst finding is shown open once; after that people have their way. */
let opened = saved?.open !== undefined;

window.addEventListener('message', (event: MessageEvent<ToPage>) => {
  const message = event.data;
  if (message.type === 'show') show(message.page);
  else reveal(message.finding);
});
// The page is taken away when its tab is hidden: what is open is kept as it changes.
root?.addEventListener('toggle', save, true);
send('ready');

function show(next: ReportPage): void {
  page = next;
  openWorst(next);
  const actions = {
    scan: () => send('scan'),
    stop: () => send('stop'),
    json: () => send('json'),
    log: () => send('log'),
  };
  if (root) draw(root, renderPage(next, view, actions, save), next);
  save();
}

/** What is known of a running scan grows under the eyes of whoever reads it; a report is drawn once. */
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

function openWorst({ report }: ReportPage): void {
  if (opened || !report) return;
  opened = true;
  if (view.open.size > 0) return;
  const rank = (index: number): number => SEVERITY_RANK[report.findings[index]?.severity ?? 'info'];
  const [worst] = [...report.findings.keys()].sort((one, other) => rank(one) - rank(other));
  const finding = worst === undefined ? undefined : report.findings[worst];
  if (finding) view.open.add(findingKey(finding));
}

function reveal(index: number): void {
  const panels = document.querySelector<HTMLElement>('vscode-panels');
  if (panels) selectTab(panels, 'findings');
  const finding = document.getElementById(`finding-${index}`);
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
  const whole = { ...page, ...state };
  const small = page.report && JSON.stringify(page).length < SAVED_LIMIT;
  host.setState(small ? whole : { uri: page.uri, ...state });
}

function byKey(key: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>('[data-key]')].find((node) => node.dataset['key'] === key);
}

function send(type: FromPage['type']): void {
  host.postMessage({ type });
}
