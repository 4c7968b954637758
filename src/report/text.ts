/**
 * The report for a terminal: a table of all models, the worst first and equal reasons once, and below it of each that is not harmless what it does, in
 * few lines. Every value passes `escapeText`: a model's name, output or arguments cannot move the cursor, change colours or reverse text.
 */
import { actLines } from './acts.js';
import { groupBy } from '../core/lists.js';
import { attackChainsOf } from '../core/attack-chains.js';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { headlineOf, withTilde } from '../core/headline.js';
import type {
  Finding,
  LeftOut,
  Problem,
  ReportDocument,
  ScanReport,
  Severity,
  Suppression,
  Verdict,
} from '../core/schema.js';
import { VERDICTS, worstFirst } from '../core/terms.js';
import { isAtLeast, isUnseen } from '../core/verdict.js';
import { formatName } from './page/formatting.js';
import { writeDetails } from './text-details.js';
import {
  formatBytes,
  formatSeconds,
  Page,
  plural,
  severityPaint,
  verdictPaint,
  wrap,
  type TerminalOptions,
} from './terminal.js';

export interface TextOptions extends TerminalOptions {
  /** Hash, output, all of every finding, the full process tree and ATT&CK, of every model. */
  readonly details?: boolean | undefined;
  /** The least severity of findings that are listed; the headline and the verdict go by all. */
  readonly severity?: Severity | undefined;
  /** A line for each model in the table, also where many have one reason. */
  readonly all?: boolean | undefined;
  /** What the user calls a model, by the path of its report; without, that path. */
  readonly nameOf?: ((path: string) => string) | undefined;
  /** What was asked for, as it was typed, where that is one folder. */
  readonly folder?: string | undefined;
  /** Wall time of the whole scan, seconds. */
  readonly seconds?: number | undefined;
  /** What the command answers; shown in the last line. */
  readonly exitCode?: number | undefined;
}

/** How much is shown; `--details` and the JSON report have all. */
const TABLE_ROWS = 30;
/** So many models of one reason are one row. */
const FOLDED = 3;
const BLOCKS = 20;
const ACT_LINES = 10;
const RULES = 6;
const GAPS = 2;
const NAMED = 6;
const PROBLEM = 1200;
/** Columns of a name in the table, at most, and of what a finding is about, at least. */
const NAME = 32;
const MIN_WHAT = 12;

export function formatText(document: ReportDocument, options: TextOptions): string {
  const page = new Page(options);
  const { scans, problems = [], leftOut = [] } = document;
  const names = new Map(scans.map(({ model }) => [model.path, nameOf(model.path, options)]));
  const worst = scans.toSorted((one, other) => VERDICTS.indexOf(one.verdict) - VERDICTS.indexOf(other.verdict));
  const isTable = scans.length + leftOut.length > 1 || problems.length > 0;
  if (isTable) {
    writeHead(page, document, options);
    writeTable(page, worst, leftOut, names, options);
  }
  writeProblems(page, problems);
  const shown = worst.filter((scan) => !isTable || isWorthABlock(scan) || options.details === true);
  const limit = options.details === true ? Infinity : BLOCKS;
  for (const scan of shown.slice(0, limit)) {
    page.blank();
    writeModel(page, scan, names.get(scan.model.path) ?? '', options);
  }
  if (shown.length > limit) {
    page.blank();
    page.text(
      `… and ${plural(shown.length - limit, 'more model')} with findings: --details shows all.`,
      0,
      page.paint.dim,
    );
  }
  if (options.details === true) writeLeftOut(page, leftOut);
  writeFoot(page, document, options, isTable);
  return page.toString();
}

/** How a text report begins, for the check that only a report is replaced by one. */
export const TEXT_BEGINNINGS: readonly RegExp[] = [
  /^dynscan \S+ · \d/,
  /^(?:✖ MALICIOUS|! SUSPICIOUS|\? NOT SEEN|✔ clean) {2}/,
  /^✖ NOT DONE {2}/,
];

interface Shown {
  readonly sign: string;
  /** In the table and in counts; `title` begins a block. */
  readonly word: string;
  readonly title: string;
}

export const SHOWN: Readonly<Record<Verdict, Shown>> = {
  malicious: { sign: '✖', word: 'malicious', title: 'MALICIOUS' },
  suspicious: { sign: '!', word: 'suspicious', title: 'SUSPICIOUS' },
  inconclusive: { sign: '?', word: 'not seen', title: 'NOT SEEN' },
  clean: { sign: '✔', word: 'clean', title: 'clean' },
};

function nameOf(path: string, { nameOf }: TextOptions): string {
  return escapeAndCut(nameOf?.(path) ?? path, 1024);
}

/** `dynscan 0.2.0 · 40 models in models/ · read and run (Docker) · 3 min 12 s` */
function writeHead(page: Page, { scans, tool }: ReportDocument, { folder, seconds }: TextOptions): void {
  const engine = scans.find(({ sandbox }) => sandbox !== undefined)?.sandbox?.engine.split(' ')[0];
  const parts = [
    `${tool.name} ${escapeText(tool.version)}`,
    `${plural(scans.length, 'model')}${folder === undefined ? '' : ` in ${escapeAndCut(folder, 200)}`}`,
    engine === undefined ? 'read, not run' : `read and run (${escapeAndCut(engine, 40)})`,
    ...(seconds === undefined ? [] : [formatSeconds(seconds)]),
  ];
  page.text(parts.join(' · '), 0);
  page.blank();
}

interface Row {
  readonly name: string;
  readonly what: string;
}

function writeTable(
  page: Page,
  scans: readonly ScanReport[],
  leftOut: readonly LeftOut[],
  names: ReadonlyMap<string, string>,
  options: TextOptions,
): void {
  const all = options.all === true || options.details === true;
  for (const verdict of VERDICTS) {
    const members = scans.filter((scan) => scan.verdict === verdict);
    if (members.length === 0) continue;
    // Of harmless models the number says it all, unless findings were suppressed.
    const told = verdict === 'clean' && !all ? members.filter(({ suppressed }) => suppressed !== undefined) : members;
    writeRows(page, verdictPaint(page, verdict), SHOWN[verdict], members.length, rowsOf(told, names, all), all);
  }
  if (leftOut.length > 0)
    writeRows(
      page,
      page.paint.dim,
      { sign: '–', word: 'left out' },
      leftOut.length,
      leftOutRows(leftOut, options),
      all,
    );
}

/** `   ✖ malicious     1  a_evil.pkl   downloads a program and runs it` */
function writeRows(
  page: Page,
  paint: (text: string) => string,
  { sign, word }: Pick<Shown, 'sign' | 'word'>,
  count: number,
  rows: readonly Row[],
  all: boolean,
): void {
  const shown = rows.slice(0, all ? Infinity : TABLE_ROWS);
  const column = Math.min(NAME, Math.max(0, ...shown.map(({ name }) => name.length)));
  const head = ` ${sign} ${word.padEnd(10)} ${String(count).padStart(5)}`;
  const indent = ' '.repeat(head.length + 2);
  const lines = shown.flatMap(({ name, what }) => {
    const gap = column === 0 ? 0 : column + 2;
    const [first = '', ...rest] = wrap(what, Math.max(MIN_WHAT, page.width - indent.length - gap));
    return [`${fit(name, column)}${' '.repeat(gap - column)}${first}`, ...rest.map((line) => ' '.repeat(gap) + line)];
  });
  if (rows.length > shown.length) lines.push(`… and ${rows.length - shown.length} more   --all lists them`);
  const [first = '', ...rest] = lines;
  page.drawing(`${paint(head)}  ${first}`.trimEnd(), 0);
  for (const line of rest) page.drawing(indent + line, 0);
}

function fit(text: string, width: number): string {
  return text.length > width ? `…${text.slice(1 - width)}` : text.padEnd(width);
}

/** One row for each reason that several have; numbers in it may differ. */
function rowsOf(scans: readonly ScanReport[], names: ReadonlyMap<string, string>, all: boolean): readonly Row[] {
  const groups = new Map<string, { readonly scan: ScanReport; readonly what: string }[]>();
  for (const scan of scans) {
    const what = headlineOf(scan).short;
    const key = isWorthABlock(scan) || all ? scan.model.path : what.replaceAll(/\d+/g, '#');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ scan, what }]);
    else group.push({ scan, what });
  }
  const folded = [...groups.values()].flatMap((group) => (group.length < FOLDED ? group.map((one) => [one]) : [group]));
  return folded.map((group) => {
    const [first] = group;
    const what = first?.what ?? '';
    if (group.length === 1) return { name: names.get(first?.scan.model.path ?? '') ?? '', what };
    return {
      name: plural(group.length, 'model'),
      what: `${inCommon(group.map((one) => one.what))}   --all lists them`,
    };
  });
}

/** Texts that differ in numbers alone, as one. */
function inCommon(texts: readonly string[]): string {
  const split = texts.map((text) => text.split(/(\d+)/));
  return (split[0] ?? []).map((part, at) => (split.every((parts) => parts[at] === part) ? part : '…')).join('');
}

const LEFT_OUT_WORDS: Readonly<Record<LeftOut['reason'], string>> = {
  unreadable: 'could not be opened',
  'linked-folder': 'links to folders',
  'no-file': 'no regular files',
  'too-many': 'the search ended before',
  ignored: 'by a .dynscanignore that was found',
  asked: 'as asked',
};

function leftOutRows(leftOut: readonly LeftOut[], options: TextOptions): readonly Row[] {
  const groups = groupBy(leftOut, ({ reason }) => reason);
  return [...groups].map(([reason, members]) => {
    const shown = members.slice(0, NAMED).map(({ path }) => nameOf(path, options));
    const more = members.length > NAMED ? ` and ${members.length - NAMED} more` : '';
    return { name: '', what: `${shown.join(', ')}${more} (${LEFT_OUT_WORDS[reason]})` };
  });
}

function writeProblems(page: Page, problems: readonly Problem[]): void {
  for (const { text } of problems) {
    page.blank();
    page.text(`✖ NOT DONE  ${text.split('\n').map(escapeText).join(' ')}`, 0, page.paint.yellow);
  }
}

/** In full, why each was left out and what to do. */
function writeLeftOut(page: Page, leftOut: readonly LeftOut[]): void {
  if (leftOut.length === 0) return;
  page.blank();
  page.text(`– LEFT OUT  ${plural(leftOut.length, 'place')}`, 0, page.paint.yellow);
  for (const { text } of leftOut) page.text(`- ${escapeAndCut(text, PROBLEM)}`, 2);
}

/** In a list, only what was found or suppressed is told of a model beside its row. */
function isWorthABlock({ verdict, suppressed }: ScanReport): boolean {
  return verdict === 'malicious' || verdict === 'suspicious' || suppressed !== undefined;
}

function writeModel(page: Page, scan: ScanReport, name: string, options: TextOptions): void {
  const details = options.details === true;
  const { verdict, model } = scan;
  const { sign, title } = SHOWN[verdict];
  const head = `${sign} ${title}`;
  const { sentence, short } = headlineOf(scan);
  if (verdict === 'clean' && !details) {
    page.text(`${head}  ${name}  ${short}`, 0, (line) => painted(line, head, verdictPaint(page, verdict)));
    writeSuppressed(page, scan);
    return;
  }
  const about = `${escapeText(formatName(model.format))}, ${formatBytes(model.size)}`;
  const gap = page.width - head.length - 2 - name.length - about.length;
  const line = gap < 2 ? `${head}  ${name}` : `${head}  ${name}${' '.repeat(gap)}${about}`;
  page.text(line, 0, (one) => painted(one, head, verdictPaint(page, verdict)));
  page.text(sentence, 2, page.paint.bold);
  if (verdict === 'inconclusive') for (const reason of reasonsBeside(scan, sentence)) page.text(reason, 2);
  writeActs(page, scan);
  if (!details) writeRules(page, scan, options.severity ?? 'low');
  if (verdict !== 'inconclusive') for (const reason of notSeen(scan)) page.text(reason, 2, page.paint.dim);
  if (details) writeDetails(page, scan);
  writeSuppressed(page, scan);
}

function painted(line: string, head: string, paint: (text: string) => string): string {
  return line.startsWith(head) ? paint(head) + line.slice(head.length) : line;
}

/** What else a person needs to know of a model of which not all was seen: the reasons say what to do. */
function reasonsBeside({ reasons }: ScanReport, sentence: string): readonly string[] {
  return reasons.map((reason) => escapeAndCut(reason, PROBLEM)).filter((reason) => reason !== sentence);
}

/** Of a model with findings: that there may be more. */
function notSeen({ coverage }: ScanReport): readonly string[] {
  const { gaps } = coverage;
  const shown = gaps.slice(0, GAPS).map(({ text }) => escapeAndCut(text, 300));
  return [
    ...(shown.length === 0 ? [] : [`Not all was seen. ${shown.join(' ')}`]),
    ...(gaps.length > GAPS ? [`And ${plural(gaps.length - GAPS, 'more reason')}.`] : []),
  ];
}

/** What the run showed, in order of time, and what began it. */
function writeActs(page: Page, scan: ScanReport): void {
  const lines = actLines(scan);
  const [chain] = attackChainsOf(scan.findings.filter(({ story }) => story !== undefined));
  if (lines.length > 0) page.blank();
  for (const { time, lead, text } of lines.slice(0, ACT_LINES)) {
    const when = (time === undefined ? '' : `${time.toFixed(2)} s`).padStart(7);
    const room = page.width - 13 - lead.length;
    page.drawing(`${page.paint.dim(when)}  ${lead}${text.length > room ? `${text.slice(0, room - 1)}…` : text}`, 3);
  }
  if (lines.length > ACT_LINES) page.text(`… and ${lines.length - ACT_LINES} more: --details`, 12, page.paint.dim);
  if (chain !== undefined && lines.length > 0) page.field('cause', escapeAndCut(chain.cause, 200), 4);
}

/** A line for each rule: how bad, what it is about, where that is to be seen. */
function writeRules(page: Page, { findings }: ScanReport, least: Severity): void {
  const deciding = findings.filter(({ severity }) => isAtLeast(severity, least)).toSorted(worstFirst);
  const milder = findings.filter(({ severity }) => severity !== 'info' && !isAtLeast(severity, least)).length;
  const groups = [...groupBy(deciding, ({ severity, rule }) => `${severity} ${rule}`).values()];
  const shown = groups.slice(0, RULES);
  if (shown.length > 0) page.blank();
  const column = Math.max(0, ...shown.map(([first]) => first?.rule.length ?? 0));
  const places = shown.map((group) => placesOf(group));
  const room = page.width - column - Math.max(0, ...places.map(({ length }) => length)) - 16;
  const about = Math.max(MIN_WHAT, Math.min(room, Math.max(0, ...shown.map((group) => aboutOf(group).length))));
  for (const [at, group] of shown.entries()) {
    const [first] = group;
    if (first === undefined) continue;
    const known = group.every(({ baselineState }) => baselineState === 'unchanged') ? '  in the baseline' : '';
    const words = [
      severityPaint(page, first.severity)(first.severity.padEnd(8)),
      escapeText(first.rule).padEnd(column),
      fitEnd(aboutOf(group), about),
      page.paint.dim((places[at] ?? '') + known),
    ];
    page.drawing(words.join('  ').trimEnd(), 2);
  }
  if (groups.length > RULES)
    page.text(`… and ${plural(groups.length - RULES, 'more rule')}: --details`, 2, page.paint.dim);
  if (milder > 0) page.text(`… and ${plural(milder, 'finding')} below --severity ${least}`, 2, page.paint.dim);
  const [worst] = deciding;
  if (worst !== undefined) page.text(`→ ${escapeAndCut(worst.advice, PROBLEM)}`, 2);
}

function fitEnd(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function aboutOf(group: readonly Finding[]): string {
  const names = group.map(({ subject, cause, title }) => subject ?? cause?.pickle?.global ?? title);
  return [...new Set(names)].map((name) => escapeText(withTilde(name))).join(', ');
}

/** `byte 47`, `trace 497, 650` */
function placesOf(group: readonly Finding[]): string {
  const evidence = group.flatMap((finding) => finding.evidence.slice(0, finding.engine === 'static' ? 1 : undefined));
  const lines = [...new Set(evidence.flatMap(({ line }) => line ?? []))];
  if (lines.length > 0) return `trace ${lines.slice(0, 3).join(', ')}${lines.length > 3 ? ', …' : ''}`;
  const [place] = evidence;
  return [
    ...(place?.member === undefined ? [] : [escapeAndCut(place.member, 40)]),
    ...(place?.offset === undefined ? [] : [`byte ${place.offset}`]),
  ].join(', ');
}

/** No suppression is hidden: each is listed with its reason, whatever else the report holds. */
function writeSuppressed(page: Page, { suppressed = [] }: ScanReport): void {
  for (const { finding, suppression } of suppressed) {
    page.text(
      `${finding.severity.padEnd(8)}  ${escapeText(finding.rule)}  ${suppressionInWords(suppression)}`,
      2,
      page.paint.dim,
    );
  }
}

/** `Suppressed by mara until 2026-12-31: our own layer` */
function suppressionInWords({ by, expires, reason }: Suppression): string {
  const who = by === undefined ? '' : ` by ${escapeAndCut(by, 200)}`;
  const until = expires === undefined ? '' : ` until ${expires}`;
  return `Suppressed${who}${until}: ${escapeAndCut(reason, 1000)}`;
}

/** The counts and the exit code, and where there is more to read. */
function writeFoot(page: Page, { scans, leftOut = [] }: ReportDocument, options: TextOptions, isTable: boolean): void {
  const found = scans.flatMap(({ findings }) => findings).toSorted(worstFirst);
  if (isTable) {
    const counts = VERDICTS.flatMap((verdict) => {
      const count = scans.filter((scan) => scan.verdict === verdict).length;
      return count === 0 ? [] : [verdictPaint(page, verdict)(`${count} ${SHOWN[verdict].word}`)];
    });
    const out = leftOut.length === 0 ? [] : [`${leftOut.length} left out`];
    const unseen = leftOut.some(isUnseen) ? ', so the whole is not seen' : '';
    const code = options.exitCode === undefined ? '' : ` · exit ${options.exitCode}`;
    page.blank();
    page.text([...counts, ...out].join(', ') + unseen + code, 0);
  }
  const [rule] = found.filter(({ severity }) => severity !== 'info');
  if (rule === undefined) return;
  if (!isTable) page.blank();
  const details = options.details === true ? [] : ['details: --details'];
  const more = [...details, `one rule: dynscan show ${escapeText(rule.rule)}`, 'page: --format html'];
  page.text(more.join(' · '), 0, page.paint.dim);
}
