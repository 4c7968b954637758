/**
 * Cuts a Jinja2 template into the code between its delimiters, as `jinja2/lexer.py` does with its default settings: strings hold
 * what Python's `unicode_escape` makes of them, so that no way of writing a letter hides it. Nothing in a template is an error
 * here; what has no end is reported.
 */
export type Token =
  | { readonly kind: 'name' | 'text' | 'operator'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly text: string; readonly at: number };

export interface Piece {
  /** Text as it is, the code of `{{ … }}`, that of `{% … %}`. */
  readonly kind: 'data' | 'output' | 'block';
  /** Of data. */
  readonly text: string;
  readonly tokens: readonly Token[];
  /** Characters from the template's begin. */
  readonly at: number;
}

export interface Lexed {
  readonly pieces: readonly Piece[];
  /** Why the template has no end, if so. */
  readonly unfinished: string | undefined;
}

export function lex(template: string): Lexed {
  const pieces: Piece[] = [];
  let unfinished: string | undefined;
  const endless: Endless = new Set();
  let at = 0;
  while (at < template.length) {
    const open = nextOpening(template, at);
    if (open > at) pieces.push({ kind: 'data', text: template.slice(at, open), tokens: [], at });
    if (open >= template.length) break;
    const kind = template[open + 1];
    if (kind === '#') {
      const close = template.indexOf('#}', open + 2);
      if (close < 0) unfinished = 'a comment has no end';
      at = close < 0 ? template.length : close + 2;
      continue;
    }
    const raw = kind === '%' ? rawEnd(template, open) : undefined;
    if (raw) {
      pieces.push({ kind: 'data', text: template.slice(raw.start, raw.stop), tokens: [], at: raw.start });
      if (raw.next === undefined) unfinished = 'a raw block has no end';
      at = raw.next ?? template.length;
      continue;
    }
    const code = lexCode(template, open + 2, kind === '{' ? '}}' : '%}', endless);
    pieces.push({ kind: kind === '{' ? 'output' : 'block', text: '', tokens: code.tokens, at: open });
    if (!code.closed) unfinished ??= 'code has no closing delimiter';
    at = code.end;
  }
  return { pieces, unfinished };
}

function nextOpening(template: string, from: number): number {
  for (let at = template.indexOf('{', from); at >= 0; at = template.indexOf('{', at + 1)) {
    const next = template[at + 1];
    if (next === '{' || next === '%' || next === '#') return at;
  }
  return template.length;
}

const RAW = /\{%[-+]?\s*raw\s*-?%\}/y;
const END_RAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;

function rawEnd(template: string, open: number): { start: number; stop: number; next: number | undefined } | undefined {
  RAW.lastIndex = open;
  const begin = RAW.exec(template);
  if (!begin) return undefined;
  const start = open + begin[0].length;
  END_RAW.lastIndex = start;
  const end = END_RAW.exec(template);
  return end
    ? { start, stop: end.index, next: end.index + end[0].length }
    : { start, stop: template.length, next: undefined };
}

const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const NUMBER = /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?/y;
const STRING = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const OPERATOR = /\*\*|\/\/|[=!<>]=|[-+*/%~()[\]{},.:|<>=;!]/y;
const BLANK = /\s+/y;

/** Quotes that open a string without an end: none after the first has one, so that none is looked for again. */
type Endless = Set<string>;

function lexCode(
  template: string,
  start: number,
  close: string,
  endless: Endless,
): { tokens: Token[]; end: number; closed: boolean } {
  const tokens: Token[] = [];
  let depth = 0;
  let at = start;
  // `{%-`, `{{+`: only how blanks are treated.
  if (template[at] === '-' || template[at] === '+') at += 1;
  while (at < template.length) {
    if (depth === 0) {
      const trimmed = template[at] === '-' || template[at] === '+' ? at + 1 : at;
      if (template.startsWith(close, trimmed)) return { tokens, end: trimmed + 2, closed: true };
    }
    const blank = match(BLANK, template, at);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const token = nextToken(template, at, endless);
    if (token.text === '(' || token.text === '[' || token.text === '{') depth += token.kind === 'operator' ? 1 : 0;
    else if (token.kind === 'operator' && ')]}'.includes(token.text)) depth = Math.max(0, depth - 1);
    tokens.push(token.kind === 'text' ? { ...token, text: unescape(token.text.slice(1, -1)) } : token);
    at += token.text.length;
  }
  return { tokens, end: template.length, closed: false };
}

/** A text token still with its quotes. */
function nextToken(template: string, at: number, endless: Endless): Token {
  const name = match(NAME, template, at);
  if (name !== undefined) return { kind: 'name', text: name, at };
  const char = template.charAt(at);
  if ((char === '"' || char === "'") && !endless.has(char)) {
    const text = match(STRING, template, at);
    if (text !== undefined) return { kind: 'text', text, at };
    endless.add(char);
  }
  const number = match(NUMBER, template, at);
  if (number !== undefined) return { kind: 'number', value: Number(number.replaceAll('_', '')), text: number, at };
  return { kind: 'operator', text: match(OPERATOR, template, at) ?? char, at };
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

const ESCAPE = /\\(?:\r?\n|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|N\{([^}]{1,60})\}|([0-7]{1,3})|([^]))/g;
const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07' };

/** String literals of Python (Language Reference, 2.4.1). */
export function unescape(text: string): string {
  return text.replace(
    ESCAPE,
    (all: string, hex?: string, small?: string, large?: string, named?: string, octal?: string, char?: string) => {
      const digits = hex ?? small ?? large;
      if (digits !== undefined) return codePoint(parseInt(digits, 16));
      if (octal !== undefined) return codePoint(parseInt(octal, 8));
      if (named !== undefined) return characterNamed(named);
      if (char === undefined) return '';
      return SIMPLE[char] ?? ('\\\'"'.includes(char) ? char : all);
    },
  );
}

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

/** Of the Unicode names those that a name in Python is spelled with. */
function characterNamed(name: string): string {
  const upper = name.toUpperCase();
  if (upper === 'LOW LINE') return '_';
  if (upper === 'FULL STOP') return '.';
  const letter = /^LATIN (SMALL|CAPITAL) LETTER ([A-Z])$/.exec(upper);
  if (letter?.[2] === undefined) return '\ufffd';
  return letter[1] === 'SMALL' ? letter[2].toLowerCase() : letter[2];
}
