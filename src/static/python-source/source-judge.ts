/** Finds the effects of Python source without running it: calls by their full name, and whether importing the file is enough to run them. */
import type { UnlocatedMatch } from '../context.js';
import { codeIn, sensitivePath } from '../manifest/code-like.js';
import { lexPython, type LogicalLine, type PyToken } from '../../readers/python/lexer.js';
import {
  DECODERS,
  INTERNALS,
  NOTED_MODULES,
  NOTED_OR_OS,
  RUNNERS,
  STARRED,
  effectOf,
  type Effect,
} from '../../names/source-calls.js';

export interface JudgedPython {
  /** Offsets count characters. */
  readonly hits: readonly UnlocatedMatch[];
  readonly gaps: readonly string[];
}

const HITS_KEPT = 200;

export function judgePython(source: string): JudgedPython {
  const { lines, unfinished } = lexPython(source);
  const judge = new Judge(source);
  judge.head();
  for (const line of lines) judge.line(line);
  return { hits: judge.finish(), gaps: unfinished === undefined ? [] : [`it is no Python to its end: ${unfinished}`] };
}

/** A block that a line opens; lines with a deeper indentation are in it. */
interface Block {
  readonly indent: number;
  /** Its lines do not run when the file is imported. */
  readonly later: boolean;
}

class Judge {
  readonly #hits = new Map<string, UnlocatedMatch>();
  readonly #imports = new Map<string, number>();
  /** The full names that the file's own names stand for. */
  readonly #names = new Map<string, string>();
  readonly #modules = new Set<string>();
  /** Names that hold the result of a decoder. */
  readonly #decoded = new Set<string>();
  #blocks: Block[] = [];

  constructor(private readonly source: string) {}

  /** PEP 263: the first two lines may say how the file is encoded. */
  head(): void {
    const head = this.source.split('\n', 2).join('\n');
    const coding = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/m.exec(head)?.[1];
    if (
      coding !== undefined &&
      !/^(?:utf-?8(?:-sig)?|utf_8|ascii|us-ascii|latin-?1|iso-8859-\d+|iso8859-\d+|cp125\d|windows-125\d|gbk|gb2312|gb18030|big5|euc-\w+|shift_jis|koi8-r|emacs\w*|vim\w*)$/i.test(
        coding,
      )
    )
      this.#add(
        'STATIC-PYTHON-OBFUSCATED',
        coding,
        `It says that it is encoded in ${coding}, so that it reads as something else`,
        0,
      );
    const turned = /[\u202a-\u202e\u2066-\u2069]/.exec(this.source);
    if (turned)
      this.#add(
        'STATIC-PYTHON-DETOUR',
        'bidi',
        'It has characters that change the direction of text, so that it is shown in another order than it runs (CVE-2021-42574)',
        turned.index,
      );
  }

  line(line: LogicalLine): void {
    const { indent, tokens } = line;
    this.#blocks = this.#blocks.filter((block) => block.indent < indent);
    const [first, second] = tokens;
    const words = tokens.map(({ kind, text }) => (kind === 'text' ? '' : text));
    const definition = first?.text === 'def' || (first?.text === 'async' && second?.text === 'def');
    // The lines below this one do not run on import.
    const main = first?.text === 'if' && words.includes('__name__') && tokens.some(({ text }) => text === '__main__');
    if (first?.text === 'import') this.#import(tokens.slice(1));
    else if (first?.text === 'from') this.#from(tokens.slice(1));
    const later = this.#blocks.some((block) => block.later);
    // A function in one line has its body behind the colon.
    const body = definition || main ? bodyStart(tokens) : tokens.length;
    this.#assign(tokens);
    for (let index = 0; index < tokens.length; index += 1) this.#token(tokens, index, later || index >= body);
    if (definition || main) this.#blocks.push({ indent, later: true });
    if (first?.text === 'class') this.#blocks.push({ indent, later: false });
  }

  finish(): UnlocatedMatch[] {
    const names = [...this.#imports.keys()];
    if (names.length === 0) return [...this.#hits.values()];
    return [
      ...this.#hits.values(),
      {
        rule: 'STATIC-PYTHON-IMPORTS',
        key: '',
        subject: names.slice(0, 12).join(', '),
        evidence: [...this.#imports].slice(0, 8).map(([text, offset]) => ({ offset, text: `import ${text}` })),
        count: names.length,
      },
    ];
  }

  /** `import a.b as c, d`. */
  #import(tokens: readonly PyToken[]): void {
    let index = 0;
    while (index < tokens.length) {
      const { name, next } = dotted(tokens, index);
      if (name === '') {
        index += 1;
        continue;
      }
      const alias = tokens[next]?.text === 'as' ? tokens[next + 1]?.text : undefined;
      this.#imported(name, tokens[index]?.at ?? 0);
      this.#names.set(alias ?? name.split('.')[0] ?? name, alias === undefined ? (name.split('.')[0] ?? name) : name);
      index = alias === undefined ? next : next + 2;
    }
  }

  /** `from a.b import c as d, e`. */
  #from(tokens: readonly PyToken[]): void {
    const { name: module, next } = dotted(tokens, 0);
    if (module === '' || tokens[next]?.text !== 'import') return;
    this.#imported(module, tokens[0]?.at ?? 0);
    for (let index = next + 1; index < tokens.length; index += 1) {
      const token = tokens[index];
      if (token?.text === '*') {
        for (const name of STARRED.get(module) ?? []) this.#names.set(name, `${module}.${name}`);
      }
      if (token?.kind !== 'name' || token.text === 'as') continue;
      const alias = tokens[index + 1]?.text === 'as' ? tokens[index + 2]?.text : undefined;
      this.#imported(`${module}.${token.text}`, token.at);
      this.#names.set(alias ?? token.text, `${module}.${token.text}`);
      if (alias !== undefined) index += 2;
    }
  }

  #imported(module: string, at: number): void {
    this.#modules.add(module);
    if (effectOf(module) === 'tamper') this.#add('STATIC-PYTHON-TAMPER', module, `It imports ${module}`, at);
    else if (NOTED_MODULES.test(module) && this.#imports.size < 100 && !this.#imports.has(module))
      this.#imports.set(module, at);
  }

  /** `run = os.system`; `data = base64.b64decode(…)`. */
  #assign(tokens: readonly PyToken[]): void {
    const [target, equals] = tokens;
    if (target?.kind !== 'name' || equals?.text !== '=' || equals.kind !== 'operator') return;
    const reached = this.#reach(tokens, 2);
    const deed = reached && effectOf(reached.name);
    if (reached && reached.next >= tokens.length && (deed !== undefined || this.#isModule(reached.name)))
      this.#names.set(target.text, reached.name);
    else this.#names.delete(target.text);
    if (this.#decodes(tokens.slice(2))) this.#decoded.add(target.text);
  }

  #isModule(name: string): boolean {
    return this.#modules.has(name);
  }

  #decodes(tokens: readonly PyToken[]): boolean {
    return tokens.some(
      ({ kind, text }, index) =>
        (kind === 'name' && (this.#decoded.has(text) || (DECODERS.has(text) && tokens[index + 1]?.text === '('))) ||
        (kind === 'text' && /^rot_?13$/.test(text)),
    );
  }

  #token(tokens: readonly PyToken[], index: number, later: boolean): void {
    const token = tokens[index];
    if (!token) return;
    if (token.kind === 'text') {
      this.#text(token.text, token.at, token.bytes);
      return;
    }
    if (token.kind !== 'name') return;
    if (INTERNALS.has(token.text))
      this.#add('STATIC-PYTHON-DETOUR', token.text, `It uses ${this.#shown(token.at)}`, token.at);
    if (isOperator(tokens[index - 1], '.')) return;
    if (tokens[index - 1]?.text === 'def' || tokens[index - 1]?.text === 'class') return;
    const reached = this.#reach(tokens, index);
    if (!reached) return;
    const called = isOperator(tokens[reached.next], '(');
    const deed = effectOf(reached.name);
    if (reached.detour && deed !== undefined)
      this.#add(
        'STATIC-PYTHON-DETOUR',
        reached.name,
        `It reaches ${reached.name} by ${this.#shown(token.at)}`,
        token.at,
      );
    // A dangerous function that is passed on, or used as a decorator, is called by other code.
    if (deed === undefined || (!called && (!reached.detour || !reached.name.includes('.')))) {
      if (reached.hidden !== undefined)
        this.#add(
          'STATIC-PYTHON-DETOUR',
          reached.hidden,
          `It looks up a computed name of ${reached.hidden}: ${this.#shown(token.at)}`,
          token.at,
        );
      return;
    }
    this.#call(reached.name, deed, called ? argumentsAt(tokens, reached.next) : [], token.at, later);
  }

  #call(name: string, deed: Effect, args: readonly PyToken[], at: number, later: boolean): void {
    const calls = `It calls ${this.#shown(at)}`;
    if (RUNNERS.has(name.replace(/^(?:builtins|__builtins__)\./, '')) && this.#decodes(args)) {
      this.#add('STATIC-PYTHON-OBFUSCATED', name, calls, at);
      return;
    }
    switch (deed) {
      case 'exec':
        this.#add(later ? 'STATIC-PYTHON-EXEC' : 'STATIC-PYTHON-EXEC-IMPORT', name, calls, at);
        break;
      case 'network':
        this.#add(later ? 'STATIC-PYTHON-LOW' : 'STATIC-PYTHON-NETWORK-IMPORT', name, calls, at);
        break;
      case 'delete':
        this.#add(later ? 'STATIC-PYTHON-LOW' : 'STATIC-PYTHON-DELETE-IMPORT', name, calls, at);
        break;
      case 'code':
        this.#add('STATIC-PYTHON-CODE', name, calls, at);
        break;
      case 'unpickle':
        if (!(name === 'torch.load' && /weights_only\s*=\s*True/.test(args.map(({ text }) => text).join(' '))))
          this.#add('STATIC-PYTHON-LOW', name, calls, at);
        break;
      case 'tamper':
        this.#add('STATIC-PYTHON-TAMPER', name, calls, at);
        break;
    }
  }

  /**
   * The full name that begins here: `a.b.c` by the import of `a`, `__import__('os').system`, `getattr(os, 'system')`, `sys.modules['os'].system`.
   * `next` is the token after it.
   */
  #reach(
    tokens: readonly PyToken[],
    index: number,
    depth = 0,
  ): { name: string; next: number; detour: boolean; hidden?: string } | undefined {
    const { name: written, next } = dotted(tokens, index);
    if (written === '') return undefined;
    const [first = '', ...rest] = written.split('.');
    const known = this.#names.get(first);
    const name = [known ?? first, ...rest].join('.');
    if (depth < REACH_DEPTH && REACHING.test(name) && isOperator(tokens[next], '(')) {
      const args = argumentsAt(tokens, next, NAME_LIMIT);
      const after = next + args.length + 2;
      if (name !== 'getattr') {
        const module = constant(args);
        if (module !== undefined) return this.#follow(tokens, after, module);
      }
      if (name === 'getattr') {
        const target = this.#reach(args, 0, depth + 1);
        const attribute =
          target && isOperator(args[target.next], ',') ? constant(upToComma(args.slice(target.next + 1))) : undefined;
        if (target && attribute !== undefined) return this.#follow(tokens, after, `${target.name}.${attribute}`);
        if (target && this.#isModule(target.name) && NOTED_OR_OS.test(target.name))
          return { name, next, detour: true, hidden: target.name };
      }
    }
    if (name === 'sys.modules' && isOperator(tokens[next], '[')) {
      const args = argumentsAt(tokens, next, NAME_LIMIT);
      const module = constant(args);
      if (module !== undefined) return this.#follow(tokens, next + args.length + 2, module);
    }
    return { name, next, detour: false };
  }

  #follow(tokens: readonly PyToken[], index: number, name: string): { name: string; next: number; detour: boolean } {
    if (!isOperator(tokens[index], '.')) return { name, next: index, detour: true };
    const { name: rest, next } = dotted(tokens, index + 1);
    return { name: `${name}.${rest}`, next, detour: true };
  }

  #text(text: string, at: number, bytes: boolean): void {
    const place = sensitivePath(text);
    if (
      place !== undefined &&
      /\.ssh|bashrc|profile|cron|sudoers|preload|\/etc\/(?:shadow|passwd)|\.aws|netrc|kube/.test(place)
    )
      this.#add('STATIC-PYTHON-PERSISTENCE', place, `It names ${place}`, at);
    const payload = payloadIn(text, bytes);
    if (payload !== undefined)
      this.#add('STATIC-PYTHON-PAYLOAD', payload, `A text of ${text.length} characters is ${payload}`, at);
  }

  #shown(at: number): string {
    return (
      this.source
        .slice(at, at + 100)
        .split('\n', 1)[0]
        ?.trim() ?? ''
    );
  }

  #add(rule: UnlocatedMatch['rule'], key: string, subject: string, offset: number): void {
    const text = this.#shown(offset);
    const known = this.#hits.get(`${rule}\n${key}`);
    if (!known && this.#hits.size >= HITS_KEPT) return;
    const evidence = [...(known?.evidence ?? []), { offset, text }].slice(0, 8);
    this.#hits.set(`${rule}\n${key}`, {
      rule,
      key,
      subject: known?.subject ?? subject,
      evidence,
      count: (known?.count ?? 0) + 1,
    });
  }
}

const REACHING = /^(?:getattr|__import__|importlib\.import_module|importlib\.__import__)$/;
/** `getattr` of `getattr`: deeper nesting is not followed. */
const REACH_DEPTH = 4;

export function isOperator(token: PyToken | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

/** `a.b.c`, and the token after it. */
export function dotted(tokens: readonly PyToken[], start: number): { name: string; next: number } {
  const first = tokens[start];
  if (first?.kind !== 'name') return { name: '', next: start };
  const parts = [first.text];
  let next = start + 1;
  while (isOperator(tokens[next], '.') && tokens[next + 1]?.kind === 'name' && parts.length < 20) {
    parts.push(tokens[next + 1]?.text ?? '');
    next += 2;
  }
  return { name: parts.join('.'), next };
}

/** Tokens of one call's arguments that are read. */
const ARGUMENTS_LIMIT = 2000;
/** A name that is joined from more pieces is not followed. */
const NAME_LIMIT = 60;

/** The tokens between the bracket at `open` and the one that closes it. */
export function argumentsAt(tokens: readonly PyToken[], open: number, limit = ARGUMENTS_LIMIT): readonly PyToken[] {
  let depth = 0;
  for (let index = open; index < tokens.length && index < open + limit; index += 1) {
    const token = tokens[index];
    if (token?.kind !== 'operator') continue;
    if ('([{'.includes(token.text)) depth += 1;
    else if (')]}'.includes(token.text)) {
      depth -= 1;
      if (depth === 0) return tokens.slice(open + 1, index);
    }
  }
  return tokens.slice(open + 1, open + limit);
}

function upToComma(tokens: readonly PyToken[]): readonly PyToken[] {
  const comma = tokens.findIndex((token) => isOperator(token, ','));
  return comma < 0 ? tokens : tokens.slice(0, comma);
}

/** Joined texts: `'sys' + 'tem'`, `'metsys'[::-1]`. */
function constant(tokens: readonly PyToken[]): string | undefined {
  let text = '';
  let index = 0;
  for (; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.kind === 'text') text += token.text;
    else if (!isOperator(token, '+')) break;
  }
  if (index === 0) return undefined;
  const rest = tokens
    .slice(index)
    .map(({ text: piece }) => piece)
    .join('');
  if (rest === '[::-1]') return Array.from(text).reverse().join('');
  return rest === '' || rest.startsWith(',') ? text : undefined;
}

/** The start of the body of a definition: after the colon that is outside all brackets. */
function bodyStart(tokens: readonly PyToken[]): number {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'operator') continue;
    if ('([{'.includes(token.text)) depth += 1;
    else if (')]}'.includes(token.text)) depth -= 1;
    else if (token.text === ':' && depth === 0) return index;
  }
  return tokens.length;
}

const ENCODED_LIMIT = 1024 * 1024;

/** A text that decodes to a program, a pickle or commands. */
function payloadIn(text: string, bytes: boolean): string | undefined {
  if (text.length < 32 || text.length > ENCODED_LIMIT) return undefined;
  if (bytes) return kindOf(Buffer.from(text, 'latin1'));
  const compact = text.replace(/\s+/g, '');
  if (/^(?:[0-9a-fA-F]{2}){24,}$/.test(compact)) return kindOf(Buffer.from(compact, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{40,}={0,2}$/.test(compact)) return undefined;
  return kindOf(Buffer.from(compact, 'base64'));
}

function kindOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  if (text.startsWith('\x7fELF')) return 'an ELF program';
  if (text.startsWith('MZ') && text.includes('PE\0\0')) return 'a Windows program';
  if (text.startsWith('\x80') && '\x02\x03\x04\x05'.includes(text.charAt(1)) && text.includes('.')) return 'a pickle';
  if (/^c\w+\n\w+\n/.test(text)) return 'a pickle';
  const code = codeIn(text);
  return code ? `code in disguise (${code.what})` : undefined;
}
