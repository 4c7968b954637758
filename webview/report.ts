import type { ReportPage } from '../src/editor/messages.js';
import { FORMATS } from '../src/model/format.js';
import type { Conversation, ScanReport } from '../src/report/schema.js';
import { el, facts, lines, type Child } from './dom.js';
import { findingList, frameList, type OpenFindings } from './findings.js';
import { suppressedList } from './suppressed.js';
import { processTree } from './processes.js';
import { columnHead, timeline } from './timeline.js';
import { button, progressRing, tabs, type Tab } from './toolkit.js';
import { VERDICT_TITLES, verdictIcon } from './verdict.js';
import { bytes, engineInWords, loadInWords, seconds } from './words.js';

export interface Actions {
  readonly scan: () => void;
  readonly stop: () => void;
  readonly json: () => void;
  readonly log: () => void;
}

/** What the person has opened, which a new drawing keeps. */
export interface View {
  tab: string;
  readonly open: OpenFindings;
}

export function renderPage(page: ReportPage, view: View, actions: Actions, onView: () => void): DocumentFragment {
  const fragment = document.createDocumentFragment();
  fragment.append(header(page), toolbar(page, actions));
  if (page.report) fragment.append(modelFacts(page.report), sections(page, page.report, view, onView));
  else {
    if (page.note !== '') fragment.append(el('p', { class: 'note' }, page.note));
    fragment.append(findingList(page.findings, view.open));
  }
  return fragment;
}

function header(page: ReportPage): HTMLElement {
  const verdict = page.report?.verdict;
  const reasons = page.report?.reasons ?? [];
  return el(
    'header',
    { class: verdict ? `verdict-${verdict}` : 'verdict-none' },
    el('h1', {}, verdict ? verdictIcon(verdict) : undefined, verdict ? VERDICT_TITLES[verdict] : waiting(page)),
    el('p', { class: 'path' }, page.path),
    reasons.length > 0 ? el('ul', { class: 'reasons' }, ...reasons.map((reason) => el('li', {}, reason))) : undefined,
  );
}

function waiting(page: ReportPage): Child {
  const text = {
    gone: 'No report: the file was changed, deleted or not scanned yet',
    queued: 'Waiting for another scan to end',
    scanning: page.progress === '' ? 'Scanning' : page.progress,
    finished: '',
  }[page.status];
  const busy = page.status === 'queued' || page.status === 'scanning';
  return el('span', { class: 'waiting', role: 'status' }, busy ? progressRing() : undefined, text);
}

function toolbar(page: ReportPage, actions: Actions): HTMLElement {
  const busy = page.status === 'queued' || page.status === 'scanning';
  return el(
    'div',
    { class: 'tools' },
    busy
      ? button('Stop', actions.stop, 'primary')
      : button(page.report ? 'Scan Again' : 'Scan Model', actions.scan, 'primary'),
    page.report ? button('Open as JSON', actions.json) : undefined,
    button('Show Log', actions.log),
  );
}

function modelFacts({ model, load, testCase }: ScanReport): HTMLElement {
  const format = Object.entries(FORMATS).find(([id]) => id === model.format)?.[1] ?? model.format;
  return facts([
    ['Format', format],
    ['Size', bytes(model.size)],
    ['SHA-256', model.sha256 ? el('code', {}, model.sha256) : 'could not be read to the end'],
    ...(testCase
      ? [['Test case', el('span', {}, `${testCase.path}, SHA-256 `, el('code', {}, testCase.sha256))] as const]
      : []),
    ['Load', loadInWords(load)],
  ]);
}

function sections(page: ReportPage, report: ScanReport, view: View, onView: () => void): HTMLElement {
  const processes = report.processes.filter((process) => !process.thread).length;
  const printed = report.output.stdout !== '' || report.output.stderr !== '';
  const all: readonly (Tab | undefined)[] = [
    { id: 'findings', label: `Findings (${page.findings.length})`, content: () => findingsOrNone(page, view) },
    report.suppressed !== undefined
      ? {
          id: 'suppressed',
          label: `Suppressed (${report.suppressed.length})`,
          content: () => suppressedList(report.suppressed ?? []),
        }
      : undefined,
    processes > 0
      ? { id: 'processes', label: `Processes (${processes})`, content: () => processTree(report.processes) }
      : undefined,
    report.timeline.length > 0
      ? {
          id: 'timeline',
          label: `Timeline (${report.timeline.length + report.timelineOmitted})`,
          content: () => timeline(report.timeline, report.timelineOmitted, report.processes),
        }
      : undefined,
    report.conversations.length > 0
      ? {
          id: 'network',
          label: `Network (${report.conversations.length})`,
          content: () => conversationTable(report.conversations),
        }
      : undefined,
    printed ? { id: 'output', label: 'Output', content: () => output(report) } : undefined,
    { id: 'details', label: 'Details', content: () => details(report) },
  ];
  return tabs(
    'Parts of the report',
    all.filter((tab) => tab !== undefined),
    view.tab,
    (tab) => {
      view.tab = tab;
      onView();
    },
  );
}

function findingsOrNone(page: ReportPage, view: View): HTMLElement {
  return page.findings.length > 0 ? findingList(page.findings, view.open) : el('p', {}, 'There are no findings.');
}

function conversationTable(conversations: readonly Conversation[]): HTMLElement {
  const rows = conversations.map((item) =>
    el(
      'tr',
      {},
      el('td', { class: 'word' }, item.protocol),
      el('td', {}, item.name === undefined ? address(item) : `${item.name} (${address(item)})`),
      el('td', { class: 'number' }, item.pid === undefined ? '' : String(item.pid)),
      el('td', {}, bytes(item.bytesSent), request(item), item.sent === '' ? undefined : block(item.sent)),
      el('td', {}, bytes(item.bytesReceived), item.received === '' ? undefined : block(item.received)),
      el('td', {}, item.result),
    ),
  );
  const heads = ['Protocol', 'Peer', 'Process', 'Sent', 'Received', 'Result'].map(columnHead);
  return el('table', {}, el('thead', {}, el('tr', {}, ...heads)), el('tbody', {}, ...rows));
}

/** What was asked for, before the bytes that asked for it. */
function request({ request }: Conversation): Child {
  return request === undefined ? undefined : block([request.line, ...request.headers].join('\n'));
}

function block(text: string): HTMLElement {
  return el('code', { class: 'block' }, lines(text));
}

function address({ address, port }: Conversation): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function output({ output }: ScanReport): HTMLElement {
  const stream = (title: string, text: string): Child =>
    text === '' ? undefined : el('section', {}, el('h2', {}, title), el('pre', { tabindex: 0 }, lines(text)));
  return el(
    'div',
    {},
    stream('Standard output', output.stdout),
    stream('Standard error', output.stderr),
    output.omittedBytes > 0
      ? el('p', { class: 'dim' }, `${bytes(output.omittedBytes)} more were not kept.`)
      : undefined,
  );
}

function details(report: ScanReport): HTMLElement {
  const { trace, sandbox, load } = report;
  return el(
    'div',
    {},
    el('h2', {}, 'What was done'),
    el('ul', {}, ...report.engines.map((run) => el('li', {}, engineInWords(run)))),
    ...section('Limits that were hit', report.limits.length > 0 && bullets(report.limits.map((limit) => limit.text))),
    ...section('Where the load failed', load.error !== undefined && frameList(load.error.frames)),
    ...section(
      'Trace',
      trace.lines > 0 &&
        facts([
          ['Lines', trace.lines.toLocaleString()],
          ['Size', bytes(trace.bytes)],
          ['Not understood', trace.unparsed === 0 ? 'none' : `${trace.unparsed} lines`],
          ['For example', trace.unparsedExamples.length > 0 ? bullets(trace.unparsedExamples) : undefined],
          ['Sleep skipped', sandbox && sandbox.skippedSleep > 0 ? seconds(sandbox.skippedSleep) : undefined],
        ]),
    ),
    ...section(
      'Scan',
      facts([
        ['Started', new Date(report.started).toLocaleString()],
        ...Object.entries(report.durations).map(([name, value]) => [`Time: ${name}`, seconds(value)] as const),
        ['Image', sandbox ? el('code', {}, sandbox.image) : undefined],
        ['Engine', sandbox?.engine],
        ['DynScan', report.tool.version],
      ]),
    ),
  );
}

function section(title: string, content: Child | false): Child[] {
  return content === false ? [] : [el('h2', {}, title), content];
}

function bullets(texts: readonly string[]): HTMLElement {
  return el('ul', {}, ...texts.map((text) => el('li', {}, text)));
}
