/** All that a report says of one model, for a terminal; and what was found in a trace that was made elsewhere. */
import { escapeAndCut, escapeText } from '../core/escape.js';
import { codeInWords, formatName, variantInWords } from './page/formatting.js';
import { drawProcesses } from './process-lines.js';
import type { Conversation, Evidence, Finding, Frame, ScanReport } from '../core/schema.js';
import { groupBy } from '../core/lists.js';
import { worstFirst } from '../core/terms.js';
import { formatBytes, formatSeconds, Page, plural, severityPaint } from './terminal.js';

/** Lines of the process tree, and characters of the evidence, an error or what was printed; the JSON report has all. */
const PROCESS_LINES = 10_000;
const CHARACTERS = 4000;

const EXPLANATION_LIMIT = 1200;

/** The format, the hashes, the load, every finding with all of its evidence, processes, network, and how long each part took. */
export function writeDetails(page: Page, scan: ScanReport): void {
  writeModel(page, scan);
  writeLoad(page, scan);
  writeActs(page, scan);
  page.blank();
  page.text(describeCounts(scan), 2, page.paint.dim);
  const durations = describeDurations(scan);
  if (durations !== '') page.text(durations, 2, page.paint.dim);
}

function writeActs(page: Page, { findings, processes, conversations }: ScanReport): void {
  page.blank();
  writeFindings(page, findings);
  if (processes.filter(({ thread }) => !thread).length > 1) {
    page.blank();
    page.text('Processes', 2, page.paint.bold);
    for (const line of drawProcesses({ processes, findings }, page.width - 4, PROCESS_LINES)) page.drawing(line, 4);
  }
  if (conversations.length > 0) {
    page.blank();
    page.text('Network', 2, page.paint.bold);
    for (const conversation of conversations) page.text(describeConversation(conversation), 4);
  }
}

function writeModel(page: Page, { model, testCase, ownCode = [] }: ScanReport): void {
  const label = escapeText(formatName(model.format));
  page.field('format', `${label}, ${formatBytes(model.size)}`, 2);
  if (model.sha256 !== undefined) page.field('sha256', escapeText(model.sha256), 2);
  if (model.folderSha256 !== undefined) page.field('sha256', `${escapeText(model.folderSha256)} (of the folder)`, 2);
  if (ownCode.length > 0) page.field('own code', escapeAndCut(codeInWords(ownCode), CHARACTERS), 2);
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
    page.field('error', escapeAndCut(`${load.error.type}: ${load.error.message}`, CHARACTERS), 2);
    if (load.error.frames.length > 0) page.field('in', describeFrames(load.error.frames), 2);
  }
  const printed = [output.stdout, output.stderr].filter((text) => text !== '').join(' ');
  if (printed !== '') page.field('printed', escapeAndCut(printed, CHARACTERS), 2);
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
    group.forEach((finding, at) => {
      if (at > 0) page.blank();
      page.text(describeFinding(finding), 4);
      writeEvidence(page, finding);
      writeCause(page, finding);
    });
    page.field('advice', escapeAndCut(first.advice, EXPLANATION_LIMIT), 4);
    if (first.attack !== undefined) page.field('ATT&CK', escapeText(first.attack), 4);
    page.blank();
  }
}

/** Worst first; findings of one rule and severity together, in the order in which they were seen. */
function groupFindings(findings: readonly Finding[]): Finding[][] {
  return [...groupBy(findings.toSorted(worstFirst), ({ severity, rule }) => `${severity} ${rule}`).values()];
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
  evidence.forEach((piece, at) => {
    page.field(at === 0 ? 'evidence' : '', describePlace(piece) + escapeAndCut(piece.text, CHARACTERS), 4);
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
  if (cause?.frames !== undefined && cause.frames.length > 0) page.field('called by', describeFrames(cause.frames), 4);
}

function describeFrames(frames: readonly Frame[]): string {
  return frames
    .map((frame) => `${escapeAndCut(frame.function, 80)} (${escapeAndCut(frame.file, 120)}:${frame.line})`)
    .join(', from ');
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
