/**
 * Cuts Python source into tokens (Python Language Reference, 2 "Lexical analysis"): logical lines with their indentation, names as the
 * compiler sees them (NFKC), strings with their value. Nothing is an error but a string without an end.
 */
import { unescape } from '../jinja/lexer.js';

export type PyToken =
  | { readonly kind: 'name' | 'operator'; readonly text: string; readonly at: number }
  | { readonly kind: 'text'; readonly text: string; readonly at: number; readonly bytes: boolean }
  | { readonly kind: 'number'; readonly text: string; readonly at: number };

export interface LogicalLine {
  /** Columns; a tab counts to the next multiple of eight. */
  readonly indent: number;
  readonly tokens: readonly PyToken[];
  readonly at: number;
}

export interface PySource {
  readonly lines: readonly LogicalLine[];
  /** Why the source has no end, if so. */
  readonly unfinished: string | undefined;
}

const FIELD_DEPTH = 3;

export function lexPython(source: string): PySource {
  return new Lexer(source, 0).run();
}

const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const NUMBER = /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d[\d_]*)?)[jJ]?/y;
const PREFIX = /([rRbBuUfFtT]{0,2})("""|'''|"|')/y;
const OPERATOR = /\*\*=?|\/\/=?|<<=?|>>=?|->|:=|[-+*/%@&|^=!<>]=|[^\s]/uy;

class Lexer {
  readonly #lines: LogicalLine[] = [];
  #tokens: PyToken[] = [];
  #at = 0;
  #open = 0;
  #indent = 0;
  #lineAt = 0;
  #unfinished: string | undefined;

  constructor(
    private readonly source: string,
    private readonly depth: number,
  ) {}

  run(): PySource {
    this.#beginLine();
    while (this.#at < this.source.length) this.#next();
    this.#endLine();
    return { lines: this.#lines, unfinished: this.#unfinished };
  }

  #next(): void {
    const char = this.source.charAt(this.#at);
    if (char === '\n' || char === '\r') {
      this.#at += 1;
      if (this.#open === 0) {
        this.#endLine();
        this.#beginLine();
      }
    } else if (char === '#') {
      const end = this.source.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.source.length : end;
    } else if (char === '\\' && /[\r\n]/.test(this.source.charAt(this.#at + 1))) {
      this.#at += this.source.startsWith('\\\r\n', this.#at) ? 3 : 2;
    } else if (/\s/.test(char)) this.#at += 1;
    else if (!this.#string()) this.#word();
  }

  #beginLine(): void {
    let column = 0;
    for (; this.#at < this.source.length; this.#at += 1) {
      const char = this.source.charAt(this.#at);
      if (char === ' ') column += 1;
      else if (char === '\t') column = (Math.floor(column / 8) + 1) * 8;
      else if (char === '\f') column = 0;
      else break;
    }
    this.#indent = column;
    this.#lineAt = this.#at;
  }

  #endLine(): void {
    if (this.#tokens.length > 0) this.#lines.push({ indent: this.#indent, tokens: this.#tokens, at: this.#lineAt });
    this.#tokens = [];
  }

  #word(): void {
    const at = this.#at;
    const name = match(NAME, this.source, at);
    if (name !== undefined) {
      this.#at += name.length;
      this.#tokens.push({ kind: 'name', text: name.normalize('NFKC'), at });
      return;
    }
    const number = /[\d.]/.test(this.source.charAt(at)) ? match(NUMBER, this.source, at) : undefined;
    if (number !== undefined && number !== '') {
      this.#at += number.length;
      this.#tokens.push({ kind: 'number', text: number, at });
      return;
    }
    const operator = match(OPERATOR, this.source, at) ?? this.source.charAt(at);
    this.#at += operator.length;
    if ('([{'.includes(operator)) this.#open += 1;
    else if (')]}'.includes(operator)) this.#open = Math.max(0, this.#open - 1);
    else if (operator === ';' && this.#open === 0) {
      this.#endLine();
      this.#lineAt = this.#at;
      return;
    }
    this.#tokens.push({ kind: 'operator', text: operator, at });
  }

  #string(): boolean {
    PREFIX.lastIndex = this.#at;
    const opening = PREFIX.exec(this.source);
    if (!opening) return false;
    const [all, prefix = '', quote = ''] = opening;
    const at = this.#at;
    const start = at + all.length;
    const end = this.#stringEnd(start, quote);
    const raw = this.source.slice(start, end ?? this.source.length);
    if (end === undefined) this.#unfinished ??= `a string that begins at character ${at} has no end`;
    this.#at = end === undefined ? this.source.length : end + quote.length;
    const kinds = prefix.toLowerCase();
    const text = kinds.includes('r') ? raw : unescape(raw);
    this.#tokens.push({ kind: 'text', text, at, bytes: kinds.includes('b') });
    if (kinds.includes('f') || kinds.includes('t')) this.#fields(raw, start);
    return true;
  }

  /** A string in one quote ends at the line's end at the latest, where Python gives up. */
  #stringEnd(start: number, quote: string): number | undefined {
    for (let at = start; at < this.source.length; at += 1) {
      const char = this.source.charAt(at);
      if (char === '\\') at += 1;
      else if (this.source.startsWith(quote, at)) return at;
      else if (char === '\n' && quote.length === 1) return undefined;
    }
    return undefined;
  }

  /** The expressions in a formatted string are code like any other. */
  #fields(raw: string, start: number): void {
    if (this.depth >= FIELD_DEPTH) {
      if (raw.includes('{')) this.#unfinished ??= 'formatted strings are nested too deep';
      return;
    }
    for (let at = raw.indexOf('{'); at >= 0; at = raw.indexOf('{', at)) {
      if (raw[at + 1] === '{') {
        at += 2;
        continue;
      }
      let open = 1;
      let end = at + 1;
      for (; end < raw.length && open > 0; end += 1) open += raw[end] === '{' ? 1 : raw[end] === '}' ? -1 : 0;
      const inner = new Lexer(raw.slice(at + 1, Math.max(at + 1, end - 1)), this.depth + 1).run();
      for (const line of inner.lines) {
        for (const token of line.tokens) this.#tokens.push({ ...token, at: start + at + 1 + token.at });
      }
      at = end;
    }
  }
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
