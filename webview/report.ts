import type { ReportPage } from '../src/view/messages.js';
import { findingList } from '../src/report/page/findings.js';
import {
  canaryFindings,
  canaryTable,
  details,
  hasOutput,
  hasTwoSides,
  limitList,
  modelFacts,
  printedText,
  sideBySide,
} from '../src/report/page/parts.js';
import { network } from '../src/report/page/network.js';
import { story } from '../src/report/page/story.js';
import { processChart, processList } from '../src/report/page/processes.js';
import { processRows } from '../src/report/process-tree.js';
import { suppressedList } from '../src/report/page/suppressed.js';
import { reasonList, VERDICT_TITLES, verdictIcon } from '../src/report/page/verdict.js';
import { grouped } from '../src/report/page/formatting.js';
import { headlineOf } from '../src/core/headline.js';
import { definitionOf } from '../src/core/stub-classes.js';
import type { Finding, ProcessNode, ScanReport, TimelineEntry } from '../src/core/schema.js';
import { chart } from './charts.js';
import { build, el, type Child } from './dom.js';
import { timeline } from './timeline.js';
import { button, progressRing, tabs, type Tab } from './toolkit.js';
import type { TraceSearch } from './trace.js';

export interface Actions {
  readonly scan: () => void;
  readonly stop: () => void;
  readonly json: () => void;
  readonly log: () => void;
  readonly export: () => void;
  readonly copy: () => void;
  readonly packages: () => void;
  readonly classes: () => void;
}

/** The tab and the findings that the user has opened; drawing the page again keeps them. */
export interface View {
  tab: string;
  readonly open: Set<string>;
  readonly trace: TraceSearch;
  /** The timeline of the report that is shown, once it has arrived. */
  timeline: Promise<readonly TimelineEntry[]>;
}

/** The story first, then its parts, then what the model is. */
export function renderPage(page: ReportPage, view: View, actions: Actions, onView: () => void): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const { report, findings, trace } = page;
  const told = story({ findings, conversations: report?.conversations ?? [] }, { traceLines: trace?.lines });
  fragment.append(header(page), toolbar(page, actions));
  if (page.note !== '') fragment.append(el('p', { class: 'note' }, page.note));
  if (told) fragment.append(build(told));
  if (report)
    fragment.append(
      sections(page, report, view, onView),
      el('section', { class: 'model' }, el('h2', {}, 'The model'), modelFacts(report)),
    );
  else fragment.append(build(findingList(findings, view.open, { editor: 'look', hasOpcodes: page.hasOpcodes })));
  return fragment;
}

function header({ report, path, ...page }: ReportPage): HTMLElement {
  const verdict = report?.verdict;
  return el(
    'header',
    { class: verdict ? `verdict-${verdict}` : 'verdict-none' },
    el('h1', {}, verdict ? verdictIcon(verdict) : undefined, verdict ? VERDICT_TITLES[verdict] : waiting(page)),
    report && el('p', { class: 'headline' }, headlineOf(report).sentence),
    el(
      'p',
      { class: 'path' },
      el('a', { href: '#', 'data-go': 'inspect', title: 'Open the model in the inspector' }, path),
    ),
    report && reasonList(report),
  );
}

function waiting(page: Pick<ReportPage, 'status' | 'progress'>): Child {
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
  const finished = page.report
    ? [
        button('Export…', actions.export),
        button('Copy as Markdown', actions.copy),
        button('Open as JSON', actions.json),
      ]
    : [];
  return el(
    'div',
    { class: 'tools' },
    busy
      ? button('Stop', actions.stop, 'primary')
      : button(page.report ? 'Scan Again' : 'Scan Model', actions.scan, 'primary'),
    !busy && (page.report?.load.packages ?? []).length > 0 ? button('Add Packages…', actions.packages) : undefined,
    !busy && page.report && definitionOf(page.report.load)
      ? button('Scan with Own Classes', actions.classes)
      : undefined,
    ...finished,
    button('Show Log', actions.log),
  );
}

function sections(page: ReportPage, report: ScanReport, view: View, onView: () => void): HTMLElement {
  const { processes, conversations, limits, suppressed, trace } = report;
  const canaries = canaryFindings(page.findings);
  const count = processes.filter((process) => !process.thread).length;
  const all: readonly (Tab | false)[] = [
    { id: 'findings', label: `Findings (${page.findings.length})`, content: () => findingsOrNone(page, view) },
    page.findings.length > 0 &&
      hasTwoSides(report) && {
        id: 'sides',
        label: 'Static and Dynamic',
        content: () => sideBySide({ ...report, findings: [...page.findings] }),
      },
    limits.length > 0 && { id: 'limits', label: `Limits (${limits.length})`, content: () => limitList(report) },
    canaries.length > 0 && {
      id: 'canaries',
      label: `Canaries (${canaries.length})`,
      content: () => canaryTable(canaries),
    },
    conversations.length > 0 && {
      id: 'network',
      label: `Network (${conversations.length})`,
      content: () => network({ ...report, findings: page.findings }),
    },
    count > 0 && {
      id: 'processes',
      label: `Processes (${count})`,
      content: () => processTree(processes, page.findings),
    },
    page.calls > 0 && {
      id: 'timeline',
      label: `Timeline (${page.calls + report.timelineOmitted})`,
      content: () => whenThere(view.timeline, (entries) => timeline(entries, report.timelineOmitted, processes)),
    },
    trace.lines > 0 && {
      id: 'trace',
      label: `Trace (${grouped(trace.lines)})`,
      content: () => view.trace.view(page.trace, processes),
    },
    hasOutput(report) && { id: 'output', label: 'Output', content: () => printedText(report) },
    suppressed !== undefined && {
      id: 'suppressed',
      label: `Suppressed (${suppressed.length})`,
      content: () => suppressedList(suppressed),
    },
    { id: 'details', label: 'Details', content: () => details(report) },
  ];
  return tabs(
    'Parts of the report',
    all.filter((tab) => tab !== false),
    view.tab,
    (tab) => {
      view.tab = tab;
      onView();
    },
  );
}

function findingsOrNone(page: ReportPage, view: View): Child {
  return page.findings.length > 0
    ? findingList(page.findings, view.open, {
        traceLines: page.trace?.lines,
        conversations: page.report?.conversations ?? [],
        editor: 'all',
        hasOpcodes: page.hasOpcodes,
      })
    : el('p', {}, 'There are no findings.');
}

function whenThere<T>(value: Promise<T>, content: (value: T) => Node): HTMLElement {
  const place = el('div');
  void value.then((there) => place.append(content(there)));
  return place;
}

function processTree(processes: readonly ProcessNode[], findings: readonly Finding[]): HTMLElement {
  const rows = processRows(processes, findings);
  return el(
    'div',
    {},
    chart((options) => processChart(rows, options)),
    processList(rows),
  );
}
