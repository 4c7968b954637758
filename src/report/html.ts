/**
 * The report as one HTML file that needs nothing else: no script, no font, no picture from anywhere. Its policy allows its own
 * style sheet alone, and every value is escaped.
 */
import { createHash } from 'node:crypto';
import { HTML_STYLE } from './html-style.js';
import { findingList, worstFinding } from './page/findings.js';
import { bullets, el, table, toHtml, type Child, type Markup } from './page/markup.js';
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
} from './page/parts.js';
import { network } from './page/network.js';
import { story } from './page/story.js';
import { processChart, processList, type Chart } from './page/processes.js';
import { processRows } from './process-tree.js';
import { suppressedList } from './page/suppressed.js';
import { TIMELINE_HEADS, TIMELINE_NAME, timelineChart, timelineRow } from './page/timeline.js';
import { reasonList, VERDICT_TITLES, verdictIcon } from './page/verdict.js';
import { headlineOf } from '../core/headline.js';
import type { ReportDocument, ScanReport } from '../core/schema.js';

/** Pictures shrink with the page. */
const PICTURE = { width: 960, titled: true };

export function formatHtml(document: ReportDocument): string {
  const [only] = document.scans;
  const title =
    only && document.scans.length === 1
      ? `DynScan: ${only.model.path.split(/[\\/]/).pop() ?? ''} is ${only.verdict}`
      : `DynScan: ${document.scans.length} models, ${document.verdict}`;
  const { problems = [], leftOut = [], notes = [] } = document;
  const hash = createHash('sha256').update(HTML_STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const head = [
    el('meta', { charset: 'utf-8' }),
    el('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    el('meta', { name: 'color-scheme', content: 'light dark' }),
    el('meta', { name: 'referrer', content: 'no-referrer' }),
    el('title', {}, title.slice(0, TITLE_LENGTH)),
  ];
  const body = el(
    'main',
    {},
    document.scans.length > 1 ? overview(document) : undefined,
    ...part('What was not done', problems.length > 0 && bullets(problems.map(({ text }) => text))),
    ...part('What was left out', leftOut.length > 0 && bullets(leftOut.map(({ text }) => text))),
    ...document.scans.map((scan, at) => article(scan, document.scans.length > 1 ? `model-${at + 1}-` : '')),
    ...part('How the request was understood', notes.length > 0 && bullets(notes)),
    el('footer', { class: 'dim' }, `Made by DynScan ${document.tool.version}.`),
  );
  // The style sheet is DynScan's own; its hash in the policy was made from it.
  return `<!DOCTYPE html>\n<html lang="en">\n<head>\n${head.map(toHtml).join('\n')}\n<style>${HTML_STYLE}</style>\n</head>\n<body>\n${toHtml(body)}\n</body>\n</html>\n`;
}
const TITLE_LENGTH = 300;

function overview({ scans, verdict }: ReportDocument): Markup {
  const rows = scans.map((scan, at) =>
    el(
      'tr',
      {},
      el(
        'td',
        { class: `word verdict-${scan.verdict}` },
        verdictIcon(scan.verdict),
        ` ${VERDICT_TITLES[scan.verdict]}`,
      ),
      el('td', {}, el('a', { href: `#model-${at + 1}-top` }, scan.model.path)),
      el('td', {}, headlineOf(scan).short),
      el('td', { class: 'number' }, String(scan.findings.length)),
    ),
  );
  return el(
    'header',
    { class: `verdict-${verdict}` },
    el('h1', {}, verdictIcon(verdict), `${scans.length} models: ${VERDICT_TITLES[verdict]}`),
    table('The models of this report', ['Verdict', 'Model', 'What it does', 'Findings'], rows),
  );
}

/** `place` makes the ids of one model's elements its own. */
function article(report: ScanReport, place: string): Markup {
  const { verdict, findings, suppressed, processes, conversations, limits } = report;
  const worst = worstFinding(findings);
  const open = new Set(worst === undefined ? [] : [worst]);
  const canaries = canaryFindings(findings);
  const rows = processRows(processes, findings);
  return el(
    'article',
    {},
    el(
      'header',
      { class: `verdict-${verdict}`, id: `${place}top` },
      el(place === '' ? 'h1' : 'h2', {}, verdictIcon(verdict), VERDICT_TITLES[verdict]),
      el('p', { class: 'path' }, report.model.path),
      el('p', { class: 'headline' }, headlineOf(report).sentence),
      reasonList(report),
    ),
    story(report, { place }),
    ...part(
      `Findings (${findings.length})`,
      findings.length > 0
        ? findingList(findings, open, { place, conversations })
        : el('p', {}, 'There are no findings.'),
    ),
    ...part('Limits that were hit', limits.length > 0 && limitList(report)),
    ...part('Static and dynamic', findings.length > 0 && hasTwoSides(report) && sideBySide(report, place)),
    ...part(`Canaries (${canaries.length})`, canaries.length > 0 && canaryTable(canaries, place)),
    ...part(`Network (${conversations.length})`, conversations.length > 0 && network(report, place)),
    ...part(
      `Processes (${processes.filter(({ thread }) => !thread).length})`,
      rows.length > 0 && drawn(processChart(rows, PICTURE), processList(rows)),
    ),
    ...part(
      `Timeline (${report.timeline.length + report.timelineOmitted})`,
      report.timeline.length > 0 && timeline(report),
    ),
    ...part('What it printed', hasOutput(report) && printedText(report)),
    ...part('Suppressed', suppressed !== undefined && suppressedList(suppressed)),
    ...part('The model', modelFacts(report)),
    ...part('Details', details(report)),
  );
}

function part(title: string, content: Markup | false): Child[] {
  return content === false ? [] : [el('section', {}, el('h2', {}, title), content)];
}

function drawn(chart: Chart | undefined, text: Markup): Markup {
  return el('div', {}, chart && el('div', { class: 'chart' }, chart.picture), text);
}

function timeline({ timeline, timelineOmitted, processes }: ScanReport): Markup {
  const rows = table(TIMELINE_NAME, TIMELINE_HEADS, timeline.map(timelineRow));
  const omitted = timelineOmitted > 0 ? bullets([`${timelineOmitted} more calls are not listed.`]) : undefined;
  const list = el('details', {}, el('summary', {}, `The ${timeline.length} calls`), omitted, rows);
  return drawn(timelineChart(timeline, processes, PICTURE), list);
}
