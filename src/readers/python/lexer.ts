/**
 * Cuts Python source into tokens (Python Language Reference, 2 "Lexical analysis"): logical lines with their indentation, names as the
 * compiler sees them (NFKC), strings with their value. Nothing is an error but a string without an end.
 */
import { unescape } from '../jinja/lexer.js';

interface Placed {
  readonly text: string;
  readonly at: number;
  /** It stands in a formatted string, which comes before it and has it in its `parts`, too. */
  readonly field?: true;
}

export type PyToken =
  | (Placed & { readonly kind: 'name' | 'operator' | 'number' })
  | (Placed & {
      readonly kind: 'text';
      readonly bytes: boolean;
      /** Of a formatted string: texts, and the expressions between them. */
      readonly parts?: readonly (string | readonly PyToken[])[];
    });

export interface LogicalLine {
  /** Columns; a tab counts to the next multiple of eight. */
  readonly indent: number;
  readonly tokens: readonly PyToken[];
  readonly at: number;
  /** It follows a semicolon, and so belongs to the block of the line before. */
  readonly after?: true;
}

export interface PySource {
  readonly lines: readonly LogicalLine[];
  /** Why the source has no end, if so. */
  readonly unfinished: string | undefined;
}

const FIELD_DEPTH = 3;
/** Characters in fields that are looked at to find their ends, beside some for each character of the source. */
const LOOKED_LIMIT = 10_000;

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
  #after = false;
  #unfinished: string | undefined;
  #looked = 0;

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
    this.#after = false;
  }

  #endLine(): void {
    if (this.#tokens.length > 0)
      this.#lines.push({
        indent: this.#indent,
        tokens: this.#tokens,
        at: this.#lineAt,
        ...(this.#after ? { after: true } : {}),
      });
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
      this.#after = true;
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
    const kinds = prefix.toLowerCase();
    const formatted = kinds.includes('f') || kinds.includes('t');
    const end = (formatted ? this.#formattedEnd(start, quote) : undefined) ?? this.#stringEnd(start, quote);
    const raw = this.source.slice(start, end ?? this.source.length);
    if (end === undefined) this.#unfinished ??= `a string that begins at character ${at} has no end`;
    this.#at = end === undefined ? this.source.length : end + quote.length;
    const text = kinds.includes('r') ? raw : unescape(raw);
    const token = { kind: 'text', text, at, bytes: kinds.includes('b') } as const;
    if (!formatted) {
      this.#tokens.push(token);
      return true;
    }
    const parts = this.#fields(raw, start, kinds.includes('r'));
    this.#tokens.push({ ...token, parts });
    for (const part of parts)
      if (typeof part !== 'string') for (const inner of part) this.#tokens.push({ ...inner, field: true });
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

  /** Since Python 3.12 (PEP 701) the expressions in a formatted string may hold its own quote. */
  #formattedEnd(start: number, quote: string): number | undefined {
    for (let at = start; at < this.source.length; at += 1) {
      const char = this.source.charAt(at);
      if (char === '\\') at += 1;
      else if (this.source.startsWith(quote, at)) return at;
      else if (char === '\n' && quote.length === 1) return undefined;
      else if (char === '{' && this.source.charAt(at + 1) === '{') at += 1;
      else if (char === '{') {
        const end = this.#fieldEnd(at + 1, 0);
        if (end === undefined) return undefined;
        at = end;
      }
    }
    return undefined;
  }

  /** The place of the bracket that closes a field. */
  #fieldEnd(start: number, depth: number): number | undefined {
    let open = 1;
    for (let at = start; at < this.source.length; at += 1) {
      this.#looked += 1;
      if (this.#looked > LOOKED_LIMIT + 4 * this.source.length) return undefined;
      const char = this.source.charAt(at);
      if ('([{'.includes(char)) open += 1;
      else if (')]}'.includes(char)) {
        open -= 1;
        if (open === 0) return at;
      } else if (char === '"' || char === "'") {
        const quote = this.source.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
        const isFormatted = /[fFtT][rR]?$/.test(this.source.slice(Math.max(0, at - 2), at));
        if (isFormatted && depth >= FIELD_DEPTH) return undefined;
        let end: number | undefined;
        for (let next = at + quote.length; next < this.source.length && end === undefined; next += 1) {
          this.#looked += 1;
          const inner = this.source.charAt(next);
          if (inner === '\\') next += 1;
          else if (this.source.startsWith(quote, next)) end = next + quote.length - 1;
          else if (inner === '\n' && quote.length === 1) return undefined;
          else if (isFormatted && inner === '{' && this.source.charAt(next + 1) === '{') next += 1;
          else if (isFormatted && inner === '{') {
            const closed = this.#fieldEnd(next + 1, depth + 1);
            if (closed === undefined) return undefined;
            next = closed;
          }
        }
        if (end === undefined) return undefined;
        at = end;
      }
    }
    return undefined;
  }

  /** The expressions in a formatted string are code like any other. */
  #fields(raw: string, start: number, isRaw: boolean): (string | PyToken[])[] {
    const parts: (string | PyToken[])[] = [];
    if (this.depth >= FIELD_DEPTH) {
      if (raw.includes('{')) this.#unfinished ??= 'formatted strings are nested too deep';
      return parts;
    }
    let from = 0;
    const text = (to: number): void => {
      const piece = raw.slice(from, to).replaceAll('{{', '{').replaceAll('}}', '}');
      if (piece !== '') parts.push(isRaw ? piece : unescape(piece));
    };
    for (let at = raw.indexOf('{'); at >= 0; at = raw.indexOf('{', at)) {
      if (raw[at + 1] === '{') {
        at += 2;
        continue;
      }
      text(at);
      const end = this.#closing(raw, at + 1);
      const inner = new Lexer(raw.slice(at + 1, end), this.depth + 1).run();
      parts.push(
        inner.lines.flatMap(({ tokens }) => tokens.map((token) => ({ ...token, at: start + at + 1 + token.at }))),
      );
      at = Math.min(raw.length, end + 1);
      from = at;
    }
    text(raw.length);
    return parts;
  }

  #closing(raw: string, start: number): number {
    let open = 1;
    let quote = '';
    for (let at = start; at < raw.length; at += 1) {
      const char = raw.charAt(at);
      if (quote !== '') {
        if (char === '\\') at += 1;
        else if (raw.startsWith(quote, at)) {
          at += quote.length - 1;
          quote = '';
        }
      } else if (char === '"' || char === "'") {
        quote = raw.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
        at += quote.length - 1;
      } else if (char === '{') open += 1;
      else if (char === '}') {
        open -= 1;
        if (open === 0) return at;
      }
    }
    return raw.length;
  }
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
