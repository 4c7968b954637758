/**
 * What a run did, in few lines and each act once: the programs that it started as a tree, each with the machine it spoke with, and between them what
 * no program of its own shows.
 */
import { escapeAndCut } from '../core/escape.js';
import { actInWords, peersOf } from '../core/headline.js';
import { groupBy } from '../core/lists.js';
import { FETCHERS, programName, SHELLS } from '../core/programs.js';
import type { Conversation, Finding, ProcessNode, ScanReport } from '../core/schema.js';
import { processRows, shellWord, type ProcessRow } from './process-tree.js';

export interface ActLine {
  /** Seconds since the sandboxed process started. */
  readonly time: number | undefined;
  /** Branches of the tree, empty at its top. */
  readonly lead: string;
  /** Escaped, of any length. */
  readonly text: string;
}

type Ran = Pick<ScanReport, 'findings' | 'processes' | 'conversations'>;

/** Programs that a library starts for itself are no act of the model's. */
const HELPER = 'DYN-EXEC-HELPER';

/** In order of time; at most some hundred, of which the caller shows the first. */
export function actLines(scan: Ran): readonly ActLine[] {
  const rows = programRows(scan);
  const shown = new Set(rows.map(({ process }) => process.pid));
  const tops = groupsOf(rows).map((group) => ({ time: group[0]?.process.start, lines: treeLines(group, scan) }));
  const own = scan.findings.filter((finding) => isActOfItsOwn(finding, shown, scan));
  const others = [...groupBy(own, ({ rule }) => rule).values()].map((group) => {
    const [first] = group;
    const time = first?.evidence[0]?.time;
    const words = first === undefined ? '' : actInWords(first, scan);
    const more = group.length > 1 ? ` and ${group.length - 1} more like it` : '';
    return { time, lines: [{ time, lead: '', text: escapeAndCut(words, TEXT) + more }] };
  });
  return [...tops, ...others].sort((one, other) => (one.time ?? 0) - (other.time ?? 0)).flatMap(({ lines }) => lines);
}

const TEXT = 300;

/** The processes that run a program of the model's choosing: all but the one that loads the model, helpers, and mere forks. */
function programRows({ processes, findings }: Ran): readonly ProcessRow[] {
  const helpers = new Set(
    findings.filter(({ rule }) => rule === HELPER).flatMap(({ evidence }) => evidence.map(({ pid }) => pid)),
  );
  return processRows(processes, findings).filter(
    ({ process, parent }) => parent !== undefined && process.argv.length > 0 && !helpers.has(process.pid),
  );
}

/** Each program with those that it started, also by way of forks. */
function groupsOf(rows: readonly ProcessRow[]): readonly (readonly ProcessRow[])[] {
  const groups: ProcessRow[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && row.depth > last[0].depth) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

function treeLines(group: readonly ProcessRow[], scan: Ran): readonly ActLine[] {
  const top = group[0]?.depth ?? 0;
  return group.map((row, at) => {
    const depth = row.depth - top;
    const after = group.slice(at + 1);
    const next = after.find(({ depth: other }) => other <= row.depth);
    const isLast = next === undefined || next.depth < row.depth;
    const lead = depth === 0 ? '' : `${'  '.repeat(depth - 1)}${isLast ? '└' : '├'} `;
    return { time: row.process.start, lead, text: describe(row, group, scan) };
  });
}

function describe({ process, parent }: ProcessRow, group: readonly ProcessRow[], scan: Ran): string {
  const words = process.argv.map((word) => shellWord(escapeAndCut(word, TEXT))).join(' ');
  const talk = scan.conversations.find(({ pid, protocol }) => pid === process.pid && protocol !== 'DNS');
  const program = programName(process.argv[0] ?? '');
  // The arguments of a program that transfers files say the same again.
  if (talk !== undefined) return `${FETCHERS.test(program) ? escapeAndCut(program, 40) : words} ${spoke(talk, scan)}`;
  const beside = group.filter((other) => other.parent === parent && other.process.pid !== process.pid);
  return isFed(process, beside) ? `${words}   runs what came back` : words;
}

/** A shell without arguments beside a program that transfers files reads what that one brings. */
function isFed({ argv }: ProcessNode, beside: readonly ProcessRow[]): boolean {
  if (argv.length !== 1 || !SHELLS.test(programName(argv[0] ?? ''))) return false;
  return beside.some((other) => FETCHERS.test(programName(other.process.argv[0] ?? '')));
}

/** `→ 203.0.113.5:80  GET /a  (the sandbox answered)` */
function spoke(talk: Conversation, { conversations }: Ran): string {
  const { address, port, request, bytesReceived } = talk;
  const peer = port === undefined ? address : peersOf(conversations)(`${address} port ${port}`);
  const asked = request === undefined ? '' : `  ${escapeAndCut(request.line.replace(/ HTTP\/[\d.]+$/, ''), 80)}`;
  return `→ ${escapeAndCut(peer, 120)}${asked}${bytesReceived > 0 ? '  (the sandbox answered)' : ''}`;
}

/** Not what a line of a program tells: that it was started, or whom it spoke with; nor a step of what is told as a whole. */
function isActOfItsOwn(finding: Finding, shown: ReadonlySet<number>, { findings, conversations }: Ran): boolean {
  const { engine, severity, rule, evidence, subject } = finding;
  const isGrave = severity === 'critical' || severity === 'high' || rule.startsWith('DYN-CRED-');
  if (engine === 'static' || !isGrave) return false;
  const isOfProgram = evidence[0]?.pid !== undefined && shown.has(evidence[0].pid);
  if (isOfProgram && TOLD_BY_PROGRAM.some((told) => rule.startsWith(told))) return false;
  if (rule === 'DYN-NET-CONTACT')
    return !findings.some(({ facts }) => facts?.destination !== undefined && facts.destination.place === subject);
  // The address that it then speaks with has this name.
  if (rule === 'DYN-NET-LOOKUP')
    return !conversations.some(({ name, protocol }) => protocol !== 'DNS' && name === subject);
  return true;
}

/** A program that was started reads its own settings, too; what it takes of the user's is a rule of its own. */
const TOLD_BY_PROGRAM = ['DYN-EXEC-', 'DYN-NET-CONTACT', 'DYN-NET-LOOKUP', 'DYN-CRED-'];
