/** Lists of Python packages, as pip reads them (`requirements.txt`, and the same lines in other files). */
import type { UnlocatedMatch } from '../context.js';

/** The findings of one line. */
export function judgeRequirement(line: string): UnlocatedMatch[] {
  const text = withoutComment(line).trim();
  if (text === '') return [];
  // The value of a short option may follow it directly.
  const option =
    /^(?:(-i|-f)[\s=]*|(--index-url|--extra-index-url|--find-links|--trusted-host)[\s=]+|(-r|-c|--requirement|--constraint)[\s=]*(?=\w+:\/\/))(\S+)/.exec(
      text,
    );
  if (option !== null) {
    const [, short, long, list, value = ''] = option;
    const name = short ?? long ?? list ?? '';
    if (name !== '--trusted-host' && KNOWN_INDEX.test(value)) return [];
    return [hit('STATIC-MANIFEST-INDEX', value, `It says ${name} ${value}`, text)];
  }
  if (/^-e\s+\./.test(text)) return [];
  const address = /(?:^|[\s@])((?:git|hg|svn|bzr)\+[a-z+]+:\/\/\S+|(?:https?|ftp|file|s3|gs):\/\/\S+|git@\S+)/.exec(
    text,
  )?.[1];
  if (address === undefined) return [];
  return /^(?:git\+)?(?:http|git|ftp):/.test(address)
    ? [hit('STATIC-MANIFEST-INDEX', address, `It takes a package without encryption from ${address}`, text)]
    : [hit('STATIC-MANIFEST-SOURCE', address, `It takes a package from ${address}`, text)];
}

/** A comment begins the line or follows a space. */
function withoutComment(line: string): string {
  const at = line.search(/(?:^|\s)#/);
  return at < 0 ? line : line.slice(0, at);
}

/** Indexes of Python itself and of PyTorch, NVIDIA and the like, over TLS. */
const KNOWN_INDEX =
  /^https:\/\/(?:pypi\.org|files\.pythonhosted\.org|test\.pypi\.org|download\.pytorch\.org|pypi\.nvidia\.com|pypi\.ngc\.nvidia\.com|data\.pyg\.org|download\.openmmlab\.com|storage\.googleapis\.com\/jax-releases|huggingface\.github\.io|conda\.anaconda\.org|wheels\.vllm\.ai)(?:\/|$)/;

function hit(rule: UnlocatedMatch['rule'], key: string, subject: string, text: string): UnlocatedMatch {
  return { rule, key, subject, evidence: [{ text }] };
}
