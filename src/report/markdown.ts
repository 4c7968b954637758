/**
 * The report as Markdown, short enough for a message or an issue. Every value is escaped twice: control characters, then all
 * that Markdown could take for more than text, so that nothing becomes a link, a picture, HTML or a mention.
 */
import { escapeAndCut } from '../core/escape.js';
import { VERDICT_TITLES } from './page/verdict.js';
import { bytes, codeInWords, engineInWords, formatName, loadInWords, seconds } from './page/formatting.js';
import type { Conversation, Finding, ScanReport } from '../core/schema.js';
import { headlineOf } from '../core/headline.js';
import { attackChainsOf } from '../core/attack-chains.js';
import { worstFirst } from '../core/terms.js';

const FINDINGS = 40;
const STEPS = 20;
const CONVERSATIONS = 20;
const TEXT_LENGTH = 600;
const CODE_LENGTH = 240;

export function formatMarkdown(report: ScanReport): string {
  const { model, verdict, reasons, findings, conversations, limits, suppressed } = report;
  const format = formatName(model.format);
  const chains = attackChainsOf(findings).filter(({ steps }) => steps.length > 1);
  const lines = [
    `## ${VERDICT_TITLES[verdict]}: ${code(model.path)}`,
    '',
    `**${text(headlineOf(report).sentence)}**`,
    '',
    reasons.map(text).join(' '),
    '',
    `- Format: ${text(format)}, ${bytes(model.size)}`,
    ...(model.sha256 === undefined ? [] : [`- SHA-256: ${code(model.sha256)}`]),
    ...(model.folderSha256 === undefined ? [] : [`- SHA-256 of the folder: ${code(model.folderSha256)}`]),
    ...(report.ownCode === undefined ? [] : [`- Own code: ${text(codeInWords(report.ownCode))}`]),
    `- Load: ${text(loadInWords(report.load))}`,
    ...report.engines.map((run) => `- ${text(engineInWords(run))}`),
    ...limits.map((limit) => `- Limit hit: ${text(limit.text)}`),
    ...chains.flatMap(({ title, cause, steps }) => [
      '',
      `### What happened: ${text(title)}`,
      '',
      `Because of ${code(cause)}:`,
      '',
      ...steps
        .slice(0, STEPS)
        .map((step, at) => `${at + 1}. ${text(step.text)}${when(step.time)}${more(step.findings.length - 1)}`),
      ...left(steps.length - STEPS, 'more steps'),
    ]),
    '',
    `### Findings (${findings.length})`,
    '',
    ...(findings.length === 0
      ? ['There are none.']
      : findings.toSorted(worstFirst).slice(0, FINDINGS).flatMap(findingLines)),
    ...left(findings.length - FINDINGS, 'more findings'),
    ...(conversations.length === 0
      ? []
      : ['', `### Network (${conversations.length})`, '', ...conversations.slice(0, CONVERSATIONS).map(talk)]),
    ...left(conversations.length - CONVERSATIONS, 'more conversations'),
    ...(suppressed === undefined
      ? []
      : [
          '',
          '### Suppressed',
          '',
          ...suppressed.map(
            ({ finding, suppression }) => `- ${text(finding.title)} (${finding.rule}): ${text(suppression.reason)}`,
          ),
        ]),
    '',
    `DynScan ${text(report.tool.version)}, ${text(report.started)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function findingLines({ severity, title, rule, explanation, count, evidence }: Finding): string[] {
  const times = count > 1 ? `, ${count} times` : '';
  const [first] = evidence;
  return [
    `- **${severity}** ${text(title)} (${text(rule)}${times}): ${text(explanation)}`,
    ...(first === undefined ? [] : [`  ${code(first.text)}`]),
  ];
}

function talk({ protocol, address, port, name, request, result, bytesSent, bytesReceived }: Conversation): string {
  const peer = `${name === undefined ? '' : `${name} `}${address}${port === undefined ? '' : ` port ${port}`}`;
  const asked = request === undefined ? '' : ` ${code(request.line)}`;
  return `- ${text(protocol)} ${code(peer)}${asked}: ${text(result)}; ${bytes(bytesSent)} sent, ${bytes(bytesReceived)} received`;
}

function when(time: number | undefined): string {
  return time === undefined ? '' : ` (at ${seconds(time)})`;
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more like it` : '';
}

function left(count: number, what: string): string[] {
  return count > 0 ? ['', `And ${count} ${what}.`] : [];
}

/**
 * Text that stays text: ASCII punctuation may have a backslash (CommonMark 2.4). It has one where it could begin something, also
 * in what GitHub adds: links of bare addresses, formulas, emoji. Mentions heed no backslash, so `@` is parted from its name.
 */
function text(value: string): string {
  return escapeAndCut(value, TEXT_LENGTH)
    .replace(/[\\`*_[\]<>&~|$#]|:(?=\S)|(?<=\bwww)\.|^[-+=]|(?<=^\d{1,9})[.)]/gi, String.raw`\$&`)
    .replaceAll('@', '@<!-- -->');
}

/** A code span whose fence is longer than any in it (CommonMark 6.1). */
function code(value: string): string {
  const shown = escapeAndCut(value, CODE_LENGTH);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return shown === '' ? '' : `${fence} ${shown} ${fence}`;
}
