/** What makes a finding the same one in the next scan. */
import type { Finding } from './schema.js';

/**
 * The rule and what it is about, as text to compare. Left out is what changes from run to run: process ids, times, addresses in
 * memory, names that Python's `tempfile` makes up, the values of decoys. What a change of the model itself changes, counts.
 */
export function identityOf(finding: Finding): string {
  const { rule, subject, evidence, cause, explanation } = finding;
  const member = evidence.find((piece) => piece.member !== undefined)?.member ?? '';
  const about = subject ?? [cause?.pickle?.global ?? '', explanation].join('\n');
  return JSON.stringify([rule, member, withoutRun(about)]);
}

function withoutRun(text: string): string {
  return text
    .replaceAll(/\bPID \d+/g, 'PID')
    .replaceAll(/\/proc\/\d+(?:\/task\/\d+)?/g, '/proc/PID')
    .replaceAll(/\b0x[\da-f]{4,}\b/gi, '0x')
    .replaceAll(/\/tmp\/tmp[a-z\d_]{8}/g, '/tmp/tmp');
}
