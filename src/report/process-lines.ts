/** The processes of a run as lines of text: which program started which. */
import { escapeAndCut } from '../core/escape.js';
import type { ScanReport } from '../core/schema.js';
import { processRows, shellWord, type ProcessRow } from './process-tree.js';

const ARGUMENT_LIMIT = 200;

/** At most `maxLines` lines of about `width` columns. */
export function drawProcesses(
  { processes, findings }: Pick<ScanReport, 'processes' | 'findings'>,
  width: number,
  maxLines: number,
): string[] {
  const all = processRows(processes, findings);
  /** What stands before each row, and before those below it. */
  const leads: { readonly own: string; readonly below: string }[] = [];
  const lines = all.slice(0, maxLines).map((row) => {
    const above = row.parent === undefined ? undefined : leads[row.parent];
    const lead =
      above === undefined
        ? { own: '', below: '' }
        : row.depth === all[row.parent ?? 0]?.depth
          ? above
          : branch(above.below, row.isLast);
    leads.push(lead);
    return lead.own + describeProcess(row, width - lead.own.length);
  });
  const left = all.length - lines.length;
  return left > 0 ? [...lines, `… and ${left} more; the JSON report has them all.`] : lines;
}

function branch(lead: string, isLast: boolean): { readonly own: string; readonly below: string } {
  return isLast ? { own: `${lead}└─ `, below: `${lead}   ` } : { own: `${lead}├─ `, below: `${lead}│  ` };
}

function describeProcess({ process, threads, isSandbox }: ProcessRow, width: number): string {
  const notes = [
    ...(isSandbox ? ['the sandbox’s own'] : []),
    ...(threads > 0 ? [`${threads} ${threads === 1 ? 'thread' : 'threads'}`] : []),
    ...(process.signal !== undefined ? [`killed by ${escapeAndCut(process.signal, 20)}`] : []),
    ...(process.exitCode !== undefined && process.exitCode !== 0 ? [`exit ${process.exitCode}`] : []),
  ];
  const head = `${process.pid}  `;
  const tail = notes.length === 0 ? '' : `  (${notes.join(', ')})`;
  const program =
    process.argv.length === 0
      ? 'started no program of its own'
      : process.argv.map((argument) => shellWord(escapeAndCut(argument, ARGUMENT_LIMIT))).join(' ');
  const room = Math.max(20, width - head.length - tail.length - 1);
  return head + escapeAndCut(program, room) + tail;
}
