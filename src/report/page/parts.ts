/** Parts of a report that are the same in the panel and in the HTML file. */
import type { Side, Finding, ScanReport } from '../../core/schema.js';
import { CATEGORIES, SEVERITIES, worstFirst } from '../../core/terms.js';
import { findingId, frameList } from './findings.js';
import { bullets, el, facts, lines, table, type Child, type Markup } from './markup.js';
import {
  bytes,
  codeInWords,
  cut,
  engineInWords,
  formatName,
  grouped,
  loadInWords,
  seconds,
  variantInWords,
} from './formatting.js';

/** Characters of the list of its own code. */
const CODE_LENGTH = 2000;

export function modelFacts({ model, load, testCase, ownCode, reasons }: ScanReport): Markup {
  const format = formatName(model.format);
  const hash = model.sha256 ?? model.folderSha256;
  const tested = testCase && el('span', {}, `${testCase.path}, SHA-256 `, el('code', {}, testCase.sha256));
  return facts([
    ['Format', format],
    ['Size', bytes(model.size)],
    [
      model.files === undefined ? 'SHA-256' : 'SHA-256 of the folder',
      hash === undefined ? 'could not be read to the end' : el('code', {}, hash),
    ],
    ['Own code', ownCode && cut(codeInWords(ownCode), CODE_LENGTH)],
    ['Test case', tested],
    ['Load', loadInWords(load)],
    ['Verdict', reasons.join(' ')],
  ]);
}

/** Whether both engines ran, so that there are two sides to compare. */
export function hasTwoSides({ engines }: ScanReport): boolean {
  return (['static', 'dynamic'] as const).every((side) =>
    engines.some(({ engine, status }) => engine === side && status !== 'skipped'),
  );
}

/** Findings of one kind in one cell. */
const IN_A_CELL = 12;

/** What the file shows beside what was seen when it ran, kind by kind, the worst first. */
export function sideBySide({ findings, engines }: ScanReport, place = ''): Markup {
  const numbered = findings.map((finding, index) => ({ finding, index }));
  const rows = CATEGORIES.map((category) => ({
    category,
    own: numbered.filter(({ finding }) => finding.category === category),
  }))
    .filter(({ own }) => own.length > 0)
    .map(({ category, own }) => ({ category, own: own.sort(byRank) }))
    .sort((one, other) => worst(one.own) - worst(other.own))
    .map(({ category, own }) => {
      const cell = (side: Side): Markup => {
        const all = own.filter(({ finding }) => finding.engine === side);
        const left = all.length - IN_A_CELL;
        if (all.length === 0) return el('td', {}, el('span', { class: 'dim' }, 'nothing'));
        return el(
          'td',
          {},
          ...all.slice(0, IN_A_CELL).map((one) => link(one, place)),
          left > 0 ? el('div', { class: 'dim' }, `and ${left} more`) : undefined,
        );
      };
      const head = el('th', { scope: 'row' }, category.replaceAll('-', ' '));
      return el('tr', {}, head, cell('static'), cell('dynamic'));
    });
  const notes = engines.filter(({ status }) => status !== 'completed').map(engineInWords);
  return el(
    'div',
    { class: 'sides' },
    notes.length > 0 ? bullets(notes) : undefined,
    rows.length === 0
      ? el('p', {}, 'Neither the file nor the run shows anything.')
      : table('What the file shows and what the run shows', ['Kind', 'In the file', 'In the sandbox'], rows),
  );
}

interface Numbered {
  readonly finding: Finding;
  readonly index: number;
}

function byRank(one: Numbered, other: Numbered): number {
  return worstFirst(one.finding, other.finding);
}

function worst([first]: readonly Numbered[]): number {
  return first ? SEVERITIES.indexOf(first.finding.severity) : Infinity;
}

function link({ finding, index }: Numbered, place: string): Markup {
  return el(
    'div',
    { class: `severity-${finding.severity}` },
    el('span', { class: 'chip' }, finding.severity),
    el('a', { href: `#${findingId(index, place)}`, 'data-reveal': index }, finding.title),
    finding.subject === undefined ? undefined : el('div', { class: 'dim' }, cut(finding.subject, SUBJECT_LENGTH)),
  );
}

const SUBJECT_LENGTH = 160;

/** Findings about canaries, with their places in the report. */
export function canaryFindings(findings: readonly Finding[]): readonly Numbered[] {
  return findings
    .map((finding, index) => ({ finding, index }))
    .filter(({ finding }) => finding.decoy !== undefined)
    .sort((one, other) => CANARY_RANK.indexOf(useOf(one)) - CANARY_RANK.indexOf(useOf(other)));
}

type Use = NonNullable<Finding['decoy']>['use'];
const CANARY_RANK: readonly Use[] = ['taken', 'changed', 'read', 'seen'];
const USE_WORDS: Readonly<Record<Use, string>> = {
  taken: 'taken: its value left',
  changed: 'overwritten, renamed or deleted',
  read: 'opened to be read',
  seen: 'asked whether it is there',
};

function useOf({ finding }: Numbered): Use {
  return finding.decoy?.use ?? 'seen';
}

/** Canaries of this scan that the model touched. */
export function canaryTable(all: readonly Numbered[], place = ''): Markup {
  const rows = all.map((one) =>
    el(
      'tr',
      { class: `severity-${one.finding.severity}` },
      el('td', {}, one.finding.decoy?.name ?? ''),
      el('td', {}, el('code', {}, one.finding.decoy?.path ?? '')),
      el('td', {}, USE_WORDS[useOf(one)]),
      el('td', {}, el('a', { href: `#${findingId(one.index, place)}`, 'data-reveal': one.index }, one.finding.title)),
    ),
  );
  return el(
    'div',
    {},
    el(
      'p',
      { class: 'dim' },
      'Canaries are made anew for each scan and are worth nothing. What the model went for here it would have gone for on a real machine.',
    ),
    table('Canaries that the model touched', ['Canary', 'Where', 'What was done', 'Finding'], rows),
  );
}

export function limitList({ limits }: ScanReport): Markup {
  return bullets(limits.map((limit) => limit.text));
}

export function hasOutput({ output }: ScanReport): boolean {
  return output.stdout !== '' || output.stderr !== '';
}

export function printedText({ output }: ScanReport): Markup {
  const stream = (title: string, text: string): Child =>
    text === ''
      ? undefined
      : el(
          'section',
          {},
          el('h3', {}, title),
          el('pre', { tabindex: 0, role: 'region', 'aria-label': title }, ...lines(text)),
        );
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

export function details(report: ScanReport): Markup {
  const { trace, sandbox, load } = report;
  return el(
    'div',
    {},
    ...section('What was done', el('ul', {}, ...report.engines.map((run) => el('li', {}, engineInWords(run))))),
    ...section(
      'Where the load failed',
      load.error !== undefined && load.error.frames.length > 0 && frameList(load.error.frames),
    ),
    ...section(
      'Trace',
      trace.lines > 0 &&
        facts([
          ['Lines', grouped(trace.lines)],
          ['Size', bytes(trace.bytes)],
          ['Not understood', trace.unparsed === 0 ? 'none' : `${trace.unparsed} lines`],
          ['For example', trace.unparsedExamples.length > 0 ? bullets(trace.unparsedExamples) : undefined],
          ['Sleep skipped', sandbox && sandbox.skippedSleep > 0 ? seconds(sandbox.skippedSleep) : undefined],
        ]),
    ),
    ...section(
      'Scan',
      facts([
        ['Started', report.started],
        ...Object.entries(report.durations).map(([name, value]) => [`Time: ${name}`, seconds(value)] as const),
        ['Image', sandbox ? el('code', {}, sandbox.image) : undefined],
        ['Made for it', variantInWords(report)],
        ['Engine', sandbox?.engine],
        ['DynScan', report.tool.version],
      ]),
    ),
  );
}

function section(title: string, content: Child | false): Child[] {
  return content === false ? [] : [el('h3', {}, title), content];
}
