/** Program text that a model carries, with real line breaks, and told from its surroundings once: whatever else quotes it refers to it. */
import type { Finding } from '../../core/schema.js';
import { worstFirst } from '../../core/terms.js';
import { el, type Child, type Markup } from './markup.js';

/** One program, and the finding that shows it. */
export interface Program {
  /** Index of the finding. */
  readonly owner: number;
  readonly lines: readonly string[];
}

/** Characters by which two texts are told to be of one program. */
const SAME = 60;
/** Shorter than this, a quotation is not recognised. */
const QUOTED = 24;

/** The programs of a report, each with the worst finding that has it. */
export function programsOf(findings: readonly Finding[]): readonly Program[] {
  const programs: Program[] = [];
  const sorted = findings
    .map((finding, owner) => ({ finding, owner }))
    .sort((a, b) => worstFirst(a.finding, b.finding));
  for (const { finding, owner } of sorted) {
    const lines = finding.facts?.code;
    if (lines === undefined || lines.length === 0) continue;
    if (!programs.some((known) => beginAlike(joined(known.lines), joined(lines)))) programs.push({ owner, lines });
  }
  return programs;
}

/** Of one program what a run tells can be cut sooner than what the file holds. */
function beginAlike(one: string, other: string): boolean {
  const length = Math.min(SAME, one.length, other.length);
  return one.slice(0, length) === other.slice(0, length);
}

/** A sentence or a piece of evidence without the programs that it quotes; `refer` makes what stands in their place. */
export function withoutPrograms(
  text: string,
  programs: readonly Program[],
  refer: (program: Program) => Child,
): readonly Child[] {
  for (const program of programs) {
    const whole = joined(program.lines);
    const head = whole.slice(0, QUOTED);
    const at = head.length < QUOTED ? -1 : text.indexOf(head);
    if (at < 0) continue;
    let end = at;
    while (end < text.length && text[end] === whole[end - at]) end += 1;
    if (text[end] === '…') end += 1;
    // What stands around it as Python would write it.
    const before = withoutBreaks(text.slice(0, at)).replace(/['"]$/, '');
    const after = text.slice(end).replace(/^(?:\\[nrt])*['"](?=\))/, '');
    const close = before.endsWith('(') && !after.startsWith(')') ? ')' : '';
    return [before, refer(program), ...withoutPrograms(close + after, programs, refer)];
  }
  return [text];
}

/** Line breaks in writing at the end are the beginning of the program. */
function withoutBreaks(text: string): string {
  let end = text.length;
  while (['\\n', '\\r', '\\t'].includes(text.slice(end - 2, end))) end -= 2;
  return text.slice(0, end);
}

/** As escaped text has it: line breaks in writing. */
function joined(lines: readonly string[]): string {
  return lines.join('\\n');
}

const KEYWORDS =
  'and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield|None|True|False|self';
const TOKEN = new RegExp(
  String.raw`(?<comment>#.*)|(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|\b(?<keyword>${KEYWORDS})\b|\b(?<number>\d[\w.]*)`,
  'g',
);

/** Lines of program text, coloured as Python. */
export function codeBlock(lines: readonly string[], label: string): Markup {
  return el(
    'pre',
    { class: 'code', tabindex: 0, role: 'region', 'aria-label': label },
    ...lines.map((line) => el('span', { class: 'code-line' }, ...coloured(line))),
  );
}

function coloured(line: string): readonly Child[] {
  const parts: Child[] = [];
  let done = 0;
  for (const match of line.matchAll(TOKEN)) {
    const groups: Readonly<Record<string, string | undefined>> = match.groups ?? {};
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    if (kind === undefined) continue;
    parts.push(line.slice(done, match.index), el('span', { class: `code-${kind}` }, match[0]));
    done = match.index + match[0].length;
  }
  // An empty line has a height, too.
  return line === '' ? [' '] : [...parts, line.slice(done)];
}
