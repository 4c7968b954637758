/** Decides whether a finding is the same one in the next scan. */
import type { Finding } from './schema.js';

/**
 * The rule and what it is about, as text to compare. The text leaves out parts that change from run to run: process ids, times, addresses in memory,
 * names that Python's `tempfile` makes up, the values of canaries. It keeps parts that change with the model itself.
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

/** What a suppression or a baseline is bound to: the bytes of a file, or of all files of a folder, and those of the code that comes with it. */
export type Content = ({ readonly sha256: string } | { readonly folderSha256: string }) & {
  readonly codeSha256?: string;
};

interface Named {
  readonly sha256?: string | undefined;
  readonly folderSha256?: string | undefined;
  readonly codeSha256?: string | undefined;
  readonly files?: number | undefined;
}

/** The fields that say which content a model has; undefined when it could not be read to its end. */
export function contentOf({ sha256, folderSha256, codeSha256, files }: Named): Content | undefined {
  const code = codeSha256 === undefined ? {} : { codeSha256 };
  if (folderSha256 !== undefined) return { folderSha256, ...code };
  // Earlier versions gave folders a hash that a file can have, too.
  return sha256 === undefined || files !== undefined ? undefined : { sha256, ...code };
}

/** True for one content of one kind. Content that could not be read to its end equals no other. */
export function isSameContent(one: Named, other: Named): boolean {
  const [first, second] = [contentOf(one), contentOf(other)];
  return first !== undefined && second !== undefined && keyOf(first) === keyOf(second);
}

function keyOf(content: Content): string {
  const own = 'sha256' in content ? `file ${content.sha256}` : `folder ${content.folderSha256}`;
  return content.codeSha256 === undefined ? own : `${own} code ${content.codeSha256}`;
}
