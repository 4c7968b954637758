/**
 * The report for a terminal. Every value passes `escapeText`: a model's name, output or arguments cannot move the cursor, change colours or reverse
 * text.
 */
import pc from 'picocolors';
import wrapAnsi from 'wrap-ansi';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { codeInWords, formatName, grouped, variantInWords } from './page/formatting.js';
import { drawProcesses } from './process-lines.js';
import type {
  Conversation,
  Evidence,
  Finding,
  Frame,
  LeftOut,
  Problem,
  ProcessNode,
  ReportDocument,
  ScanReport,
  Severity,
  SuppressedFinding,
  Suppression,
  Verdict,
} from '../core/schema.js';
import { attackChainsOf, type Step } from '../core/attack-chains.js';
import { VERDICTS, worstFirst } from '../core/terms.js';
import { isUnseen } from '../core/verdict.js';

export interface TextOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Everything that was found, with all of its evidence, and how long each part took. */
  readonly verbose?: boolean | undefined;
}

/** A line longer than this is hard to read on any screen. */
const MAX_WIDTH = 110;
const MIN_WIDTH = 40;

/** How much is shown of each; the JSON report has all. */
interface Limits {
  /** Findings of one rule with evidence and cause, and findings that show the explanation alone. */
  readonly full: number;
  readonly short: number;
  /** Pieces of evidence of one finding. */
  readonly evidence: number;
  readonly frames: number;
  readonly reasons: number;
  readonly leftOut: number;
  readonly conversations: number;
  readonly processLines: number;
  /** Steps of an attack chain. */
  readonly steps: number;
  /** Characters of the evidence, an error or what was printed. */
  readonly characters: number;
}

const BRIEF: Limits = {
  full: 3,
  short: 10,
  evidence: 1,
  frames: 3,
  reasons: 6,
  leftOut: 20,
  conversations: 10,
  processLines: 40,
  steps: 14,
  characters: 240,
};
const VERBOSE: Limits = {
  full: Infinity,
  short: 0,
  evidence: Infinity,
  frames: Infinity,
  reasons: Infinity,
  leftOut: Infinity,
  conversations: Infinity,
  processLines: 10_000,
  steps: Infinity,
  characters: 4000,
};

/** Characters of a step and of an explanation. */
const STEP_LIMIT = 200;
const EXPLANATION_LIMIT = 1200;

export function formatText(document: ReportDocument, options: TextOptions): string {
  const page = new Page(options);
  for (const scan of document.scans) writeScan(page, scan);
  if (document.scans.length > 1) writeTotals(page, document.scans);
  writeProblems(page, document.problems ?? []);
  writeLeftOut(page, document.leftOut ?? []);
  return page.toString();
}

/** Behaviour without a verdict: findings, worst first, processes and network. For a trace that was made elsewhere. */
export function formatActs(acts: Acts, options: TextOptions): string {
  const page = new Page(options);
  writeActs(page, acts);
  return page.toString();
}

/** Lines that grow: wrapped at the width, indented, coloured. */
class Page {
  readonly paint: ReturnType<typeof pc.createColors>;
  readonly width: number;
  readonly verbose: boolean;
  readonly limits: Limits;
  private readonly lines: string[] = [];

  constructor(options: TextOptions) {
    this.paint = pc.createColors(options.color);
    this.width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, options.width));
    this.verbose = options.verbose === true;
    this.limits = this.verbose ? VERBOSE : BRIEF;
  }

  blank(): void {
    if (this.lines.length > 0 && this.lines.at(-1) !== '') this.lines.push('');
  }

  /** Safe text, wrapped; `style` colours each line. */
  text(text: string, indent: number, style: (line: string) => string = String): void {
    for (const line of wrap(text, this.width - indent)) this.lines.push(' '.repeat(indent) + style(line));
  }

  /** One line whose own leading blanks count. */
  drawing(line: string, indent: number): void {
    const [first = ''] = wrapAnsi(line, this.width - indent, { hard: true, trim: false, wordWrap: false }).split('\n');
    this.lines.push(' '.repeat(indent) + first);
  }

  /** A dim label in a column of its own, and the value wrapped beside it. */
  field(label: string, value: string, indent: number): void {
    const column = indent + 10;
    wrap(value, this.width - column).forEach((line, at) => {
      const head = at === 0 ? this.paint.dim(label.padEnd(10)) : ' '.repeat(10);
      this.lines.push(' '.repeat(indent) + head + line);
    });
  }

  toString(): string {
    return this.lines.length === 0 ? '' : `${this.lines.join('\n').trimEnd()}\n`;
  }
}

function wrap(text: string, width: number): string[] {
  return wrapAnsi(text, width, { hard: true }).split('\n');
}

function writeProblems(page: Page, problems: readonly Problem[]): void {
  for (const { text } of problems) {
    page.blank();
    page.text(`NOT DONE  ${text.split('\n').map(escapeText).join(' ')}`, 0, page.paint.yellow);
  }
}

function writeLeftOut(page: Page, leftOut: readonly LeftOut[]): void {
  if (leftOut.length === 0) return;
  page.blank();
  const unseen = leftOut.filter(isUnseen).length;
  const verdict = unseen > 0 ? ', so the whole is inconclusive' : '';
  page.text(`LEFT OUT  ${plural(leftOut.length, 'place')}${verdict}`, 0, page.paint.yellow);
  const shown = page.limits.leftOut;
  for (const { text } of leftOut.slice(0, shown)) page.text(`- ${escapeAndCut(text, EXPLANATION_LIMIT)}`, 2);
  if (leftOut.length > shown)
    page.text(`… and ${leftOut.length - shown} more; the JSON report has them all.`, 2, page.paint.dim);
}

function writeScan(page: Page, scan: ScanReport): void {
  page.blank();
  const path = escapeAndCut(scan.model.path, 1024);
  page.text(`${scan.verdict.toUpperCase()}  ${path}`, 0, (line) =>
    line.startsWith(scan.verdict.toUpperCase())
      ? verdictPaint(page, scan.verdict)(scan.verdict.toUpperCase()) + page.paint.bold(line.slice(scan.verdict.length))
      : page.paint.bold(line),
  );
  page.text(joinSome(scan.reasons, page.limits.reasons), 2);
  writeModel(page, scan);
  writeLoad(page, scan);
  writeActs(page, scan);
  writeSuppressed(page, scan.suppressed ?? []);
  page.blank();
  page.text(describeCounts(scan), 2, page.paint.dim);
  if (page.verbose) page.text(describeDurations(scan), 2, page.paint.dim);
}

/** No suppression is hidden: each is listed with its reason, whatever else the report holds. */
function writeSuppressed(page: Page, suppressed: readonly SuppressedFinding[]): void {
  if (suppressed.length === 0) return;
  page.blank();
  page.text('Suppressed', 2, page.paint.bold);
  for (const { finding, suppression } of suppressed) {
    page.text(
      `${finding.severity.toUpperCase().padEnd(8)}  ${escapeText(finding.title)}  ${escapeText(finding.rule)}`,
      4,
    );
    page.text(suppressionInWords(suppression), 14, page.paint.dim);
  }
}

interface Acts {
  readonly findings: readonly Finding[];
  readonly processes: readonly ProcessNode[];
  readonly conversations: readonly Conversation[];
}

function writeActs(page: Page, { findings, processes, conversations }: Acts): void {
  page.blank();
  writeAttackChains(page, findings);
  writeFindings(page, findings);
  if (processes.filter(({ thread }) => !thread).length > 1) {
    page.blank();
    page.text('Processes', 2, page.paint.bold);
    for (const line of drawProcesses(processes, page.width - 4, page.limits.processLines)) page.drawing(line, 4);
  }
  if (conversations.length > 0) {
    page.blank();
    page.text('Network', 2, page.paint.bold);
    for (const conversation of conversations.slice(0, page.limits.conversations))
      page.text(describeConversation(conversation), 4);
    writeMore(page, conversations.length - page.limits.conversations, 'more');
  }
}

function verdictPaint(page: Page, verdict: Verdict): (text: string) => string {
  const { bold, red, yellow, magenta, green } = page.paint;
  const color = { malicious: red, suspicious: yellow, inconclusive: magenta, clean: green }[verdict];
  return (text) => bold(color(text));
}

function severityPaint(page: Page, severity: Severity): (text: string) => string {
  const { bold, red, yellow, cyan, dim } = page.paint;
  return { critical: (text: string) => bold(red(text)), high: red, medium: yellow, low: cyan, info: dim }[severity];
}

function writeModel(page: Page, { model, testCase, ownCode = [] }: ScanReport): void {
  const label = escapeText(formatName(model.format));
  page.field('format', `${label}, ${formatBytes(model.size)}`, 2);
  if (model.sha256 !== undefined) page.field('sha256', escapeText(model.sha256), 2);
  if (model.folderSha256 !== undefined) page.field('sha256', `${escapeText(model.folderSha256)} (of the folder)`, 2);
  if (ownCode.length > 0) page.field('own code', escapeAndCut(codeInWords(ownCode), page.limits.characters), 2);
  if (testCase !== undefined)
    page.field('test case', `${escapeAndCut(testCase.path, 1024)}, sha256 ${escapeText(testCase.sha256)}`, 2);
}

/** The load outcome, and of a Python error its last frames; the reasons above already say why that matters. */
function writeLoad(page: Page, scan: ScanReport): void {
  const { load, output } = scan;
  const variant = variantInWords(scan);
  if (variant !== undefined) page.field('run with', escapeAndCut(variant, 1024), 2);
  if (load.type !== undefined) page.field('object', escapeAndCut(load.type, 200), 2);
  if (load.error !== undefined) {
    page.field('error', escapeAndCut(`${load.error.type}: ${load.error.message}`, page.limits.characters), 2);
    if (load.error.frames.length > 0) page.field('in', describeFrames(page, load.error.frames), 2);
  }
  const printed = [output.stdout, output.stderr].filter((text) => text !== '').join(' ');
  if (printed !== '') page.field('printed', escapeAndCut(printed, page.limits.characters), 2);
}

/** Attack chains of several steps, in order: the findings below describe each step. */
function writeAttackChains(page: Page, findings: readonly Finding[]): void {
  for (const { cause, severity, title, steps } of attackChainsOf(findings)) {
    if (steps.length < 2) continue;
    page.text(`What happened: ${escapeText(title)}`, 2, (line) => severityPaint(page, severity)(line));
    page.text(`because of ${escapeAndCut(cause, 300)}`, 4, page.paint.dim);
    for (const step of steps.slice(0, page.limits.steps)) writeStep(page, step);
    writeMore(page, steps.length - page.limits.steps, 'more steps');
    page.blank();
  }
}

function writeStep(page: Page, { time, text, findings }: Step): void {
  const more = findings.length > 1 ? `  (and ${findings.length - 1} more like it)` : '';
  page.field(time === undefined ? 'file' : `${time.toFixed(2)} s`, escapeAndCut(text, STEP_LIMIT) + more, 4);
}

function writeFindings(page: Page, findings: readonly Finding[]): void {
  for (const group of groupFindings(findings)) {
    const [first] = group;
    if (first === undefined) continue;
    const times = group.length > 1 ? `  (${group.length} findings)` : '';
    page.text(
      `${first.severity.toUpperCase().padEnd(8)}  ${escapeText(first.title)}  ${escapeText(first.rule)}${times}`,
      2,
      (line) =>
        line.startsWith(first.severity.toUpperCase())
          ? severityPaint(page, first.severity)(first.severity.toUpperCase()) +
            page.paint.bold(line.slice(first.severity.length))
          : page.paint.bold(line),
    );
    group.slice(0, page.limits.full).forEach((finding, at) => {
      if (at > 0) page.blank();
      page.text(describeFinding(finding), 4);
      writeEvidence(page, finding);
      writeCause(page, finding);
    });
    const rest = group.slice(page.limits.full);
    if (rest.length > 0) page.blank();
    for (const finding of rest.slice(0, page.limits.short)) page.text(`- ${describeFinding(finding)}`, 4);
    writeMore(page, rest.length - page.limits.short, 'more of this rule');
    page.field('advice', escapeAndCut(first.advice, EXPLANATION_LIMIT), 4);
    if (first.attack !== undefined) page.field('ATT&CK', escapeText(first.attack), 4);
    page.blank();
  }
}

/** Worst first; findings of one rule and severity together, in the order in which they were seen. */
function groupFindings(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings.toSorted(worstFirst)) {
    const key = `${finding.severity} ${finding.rule}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

function describeFinding({ explanation, count, phase, engine, baselineState }: Finding): string {
  const known = baselineState === 'unchanged' ? ' [in the baseline]' : '';
  const where = engine === 'static' ? ' [in the file]' : phase === undefined ? '' : ` [${PHASE_WORDS[phase]}]`;
  return `${escapeAndCut(explanation, EXPLANATION_LIMIT)}${count > 1 ? ` (${count} times)` : ''}${where}${known}`;
}

const PHASE_WORDS = {
  start: 'while Python started',
  import: 'while importing',
  load: 'while loading',
  use: 'when used',
  collect: 'when dropped',
  exit: 'when Python exited',
  after: 'after the load had ended',
} as const;

function writeEvidence(page: Page, { evidence }: Finding): void {
  const { evidence: shown, characters } = page.limits;
  const more = evidence.length > shown ? `  (${evidence.length - shown} more)` : '';
  evidence.slice(0, shown).forEach((piece, at) => {
    const text = `${describePlace(piece)}${escapeAndCut(piece.text, characters)}${more}`;
    page.field(at === 0 ? 'evidence' : '', text, 4);
  });
}

function describePlace({ member, offset, line }: Evidence): string {
  const parts = [
    ...(member === undefined ? [] : [escapeAndCut(member, 120)]),
    ...(offset === undefined ? [] : [`byte ${offset}`]),
    ...(line === undefined ? [] : [`trace line ${line}`]),
  ];
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}

function writeCause(page: Page, { cause }: Finding): void {
  if (cause?.pickle !== undefined) {
    const { global, offset, member } = cause.pickle;
    const where = offset === undefined ? '' : ` at byte ${offset}`;
    const inside = member === undefined ? '' : ` of ${escapeAndCut(member, 120)}`;
    page.field('cause', `pickle global ${escapeAndCut(global, 200)}${where}${inside}`, 4);
  }
  if (cause?.frames !== undefined && cause.frames.length > 0)
    page.field('called by', describeFrames(page, cause.frames), 4);
}

function describeFrames({ limits }: Page, frames: readonly Frame[]): string {
  const shown = frames
    .slice(0, limits.frames)
    .map((frame) => `${escapeAndCut(frame.function, 80)} (${escapeAndCut(frame.file, 120)}:${frame.line})`);
  return [...shown, ...(frames.length > limits.frames ? [`${frames.length - limits.frames} more`] : [])].join(
    ', from ',
  );
}

function describeConversation(talk: Conversation): string {
  const address = `${escapeAndCut(talk.address, 80)}${talk.port === undefined ? '' : ` port ${talk.port}`}`;
  const name = talk.name === undefined ? '' : ` (${escapeAndCut(talk.name, 120)})`;
  const bytes = `${formatBytes(talk.bytesSent)} sent, ${formatBytes(talk.bytesReceived)} received`;
  const who = talk.pid === undefined ? '' : `PID ${talk.pid} `;
  const request = talk.request === undefined ? '' : ` ${escapeAndCut(talk.request.line, 160)}:`;
  return `${who}${escapeText(talk.protocol)} ${address}${name}:${request} ${escapeAndCut(talk.result.replace(/\.$/, ''), 120)}, ${bytes}`;
}

function describeCounts(scan: ScanReport): string {
  const total = scan.durations['total'];
  const parts = [
    ...scan.engines.filter(({ status }) => status !== 'skipped').map(({ engine, status }) => `${engine} ${status}`),
    ...(scan.trace.lines > 0 ? [plural(scan.trace.lines, 'trace line')] : []),
    ...(scan.trace.unparsed > 0 ? [`${scan.trace.unparsed} of them unreadable`] : []),
    ...(scan.processes.length > 0
      ? [plural(scan.processes.filter(({ thread }) => !thread).length, 'process', 'processes')]
      : []),
    ...(scan.conversations.length > 0 ? [plural(scan.conversations.length, 'network conversation')] : []),
    ...(scan.sandbox !== undefined && scan.sandbox.skippedSleep >= 1
      ? [`${formatSeconds(scan.sandbox.skippedSleep)} of waiting skipped`]
      : []),
    ...(total === undefined ? [] : [formatSeconds(total)]),
  ];
  return parts.join(', ');
}

function describeDurations({ durations, sandbox }: ScanReport): string {
  const parts = Object.entries(durations).map(([what, seconds]) => `${escapeText(what)} ${seconds.toFixed(2)} s`);
  return [...parts, ...(sandbox === undefined ? [] : [`image ${escapeAndCut(sandbox.image, 200)}`])].join(', ');
}

function writeTotals(page: Page, scans: readonly ScanReport[]): void {
  page.blank();
  const counts = VERDICTS.flatMap((verdict) => {
    const count = scans.filter((scan) => scan.verdict === verdict).length;
    return count === 0 ? [] : [verdictPaint(page, verdict)(`${count} ${verdict}`)];
  });
  page.text(`${scans.length} models: ${counts.join(', ')}`, 0);
}

function writeMore(page: Page, count: number, what: string): void {
  if (count > 0) page.text(`… and ${count} ${what}; the JSON report has them all.`, 4, page.paint.dim);
}

/** `Suppressed by mara until 2026-12-31: our own layer` */
export function suppressionInWords({ by, expires, reason }: Suppression): string {
  const who = by === undefined ? '' : ` by ${escapeAndCut(by, 200)}`;
  const until = expires === undefined ? '' : ` until ${expires}`;
  return `Suppressed${who}${until}: ${escapeAndCut(reason, 1000)}`;
}

function joinSome(sentences: readonly string[], limit: number): string {
  const shown = sentences.slice(0, limit).map((sentence) => escapeAndCut(sentence, 600));
  const more = sentences.length - limit;
  return [...shown, ...(more > 0 ? [`And ${plural(more, 'more reason')}.`] : [])].join(' ');
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const unit = bytes === 1 ? 'byte' : (units[power] ?? '');
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${unit}`;
}

export function formatSeconds(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${grouped(Math.round(seconds))} s`;
}
