/** Lists of Python packages, as pip reads them (`requirements.txt`, and the same lines in other files). */
import type { UnlocatedMatch } from '../context.js';

/** The findings of one line, whose continuations are joined to it. */
export function judgeRequirement(line: string): UnlocatedMatch[] {
  const text = withoutComment(line).trim();
  if (text === '') return [];
  const hits: UnlocatedMatch[] = [];
  const rest: string[] = [];
  const words = wordsOf(text);
  for (let at = 0; at < words.length; at += 1) {
    const option = optionAt(words, at);
    if (option === undefined) {
      rest.push(words[at] ?? '');
      continue;
    }
    if (!option.glued) at += 1;
    const { name, kind, value } = option;
    // In a line that begins with a package, only an address makes sure that this is an option.
    if (rest.some((word) => !word.startsWith('-')) && !ADDRESS.test(value)) continue;
    if (kind === 'source') rest.push(value);
    else if (kind === 'list' ? ADDRESS.test(value) : kind === 'host' || !KNOWN_INDEX.test(value))
      hits.push(hit('STATIC-MANIFEST-INDEX', value, `It says ${name} ${value}`, text));
  }
  const address = /(?:^|[\s@])((?:git|hg|svn|bzr)\+[a-z+]+:\/\/\S+|(?:https?|ftp|file|s3|gs):\/\/\S+|git@\S+)/.exec(
    rest.join(' '),
  )?.[1];
  if (address !== undefined)
    hits.push(
      /^(?:git\+)?(?:http|git|ftp):/.test(address)
        ? hit('STATIC-MANIFEST-INDEX', address, `It takes a package without encryption from ${address}`, text)
        : hit('STATIC-MANIFEST-SOURCE', address, `It takes a package from ${address}`, text),
    );
  return hits;
}

/** A line that ends with a backslash goes on in the next (`pip/_internal/req/req_file.py`, `join_lines`). */
export function* requirementLines(text: string): Generator<{ readonly line: string; readonly at: number }> {
  let joined = '';
  let begin = 0;
  let at = 0;
  for (const line of text.split('\n')) {
    if (joined === '') begin = at;
    at += line.length + 1;
    const piece = line.replace(/\r$/, '');
    if (piece.endsWith('\\') && !/^\s*#/.test(piece)) joined += `${piece.slice(0, -1)} `;
    else {
      yield { line: joined + piece, at: begin };
      joined = '';
    }
  }
  if (joined !== '') yield { line: joined, at: begin };
}

type Kind = 'index' | 'host' | 'list' | 'source';

/** The options of pip that name a place (`pip/_internal/req/req_file.py`, `SUPPORTED_OPTIONS`). */
const OPTIONS: readonly (readonly [name: string, kind: Kind])[] = [
  ['-i', 'index'],
  ['-f', 'index'],
  ['-r', 'list'],
  ['-c', 'list'],
  ['-e', 'source'],
  ['--index-url', 'index'],
  ['--pypi-url', 'index'],
  ['--extra-index-url', 'index'],
  ['--find-links', 'index'],
  ['--trusted-host', 'host'],
  ['--requirement', 'list'],
  ['--constraint', 'list'],
  ['--editable', 'source'],
];

interface Option {
  readonly name: string;
  readonly kind: Kind;
  readonly value: string;
  /** The value stands in the word of the option. */
  readonly glued: boolean;
}

/** As `optparse` reads: a value follows a short option directly, a long option is known by its beginning. */
function optionAt(words: readonly string[], at: number): Option | undefined {
  const word = words[at] ?? '';
  if (!word.startsWith('-')) return undefined;
  const [, begin = '', , given] = /^(-[^=]*)(=(.*))?$/s.exec(word) ?? [];
  for (const [name, kind] of OPTIONS) {
    const long = name.startsWith('--');
    if (long && begin.length >= SHORTEST && name.startsWith(begin))
      return { name, kind, value: given ?? words[at + 1] ?? '', glued: given !== undefined };
    // pip refuses a long option with its value glued to it; other readers of such lists do not.
    if (word.startsWith(name) && (long || !word.startsWith('--'))) {
      const value = word.slice(name.length).replace(/^=/, '');
      return value === ''
        ? { name, kind, value: words[at + 1] ?? '', glued: false }
        : { name, kind, value, glued: true };
    }
  }
  return undefined;
}

/** The dashes and two letters: with fewer no option is meant by itself. */
const SHORTEST = 4;
const ADDRESS = /^\w[\w+.-]*:\/\//;

/** Words parted by white space; quotes and backslashes are taken away, as `shlex` does. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (char === quote && quote !== '') quote = '';
    else if (char === '\\' && quote !== "'") {
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** The folder of a package that lies beside the list, relative to it. */
export function localPackage(line: string): string | undefined {
  const words = wordsOf(withoutComment(line)).filter((word) => !/^(?:-e|--editable)$/.test(word));
  const last = words.at(-1)?.replace(/^(?:-e|--editable=)/, '') ?? '';
  const [, path] = /^(?:file:)?(\.(?:\/[\w./-]*)?)(?:\[[\w,-]*\])?$/.exec(last) ?? [];
  return words.length > 3 ? undefined : path?.replace(/^\.\/?/, '').replace(/\/$/, '');
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
