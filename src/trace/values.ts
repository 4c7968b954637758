/**
 * The arguments of a call, as strace prints them, to values. Nothing here throws: what is not understood is `raw`, as printed.
 */
import type { Value } from './events.js';
import { endOfAnnotation, endOfString, isAnnotation, isDigit, isNameCharacter } from './scan.js';

/** strace itself nests to about six levels (msghdr, control messages); a hostile netlink message deeper. */
const MAX_DEPTH = 24;

const QUOTE = 0x22;
const AMPERSAND = 0x26;
const OPEN = 0x28;
const CLOSE = 0x29;
const STAR = 0x2a;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const AT = 0x40;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const BAR = 0x7c;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/**
 * The arguments, `text` being what stands between the parentheses. One that carries a name (`flags=CLONE_VM|SIGCHLD`, as in clone)
 * is a struct of that one field.
 */
export function parseArguments(text: string): Value[] {
  const reader = new Reader(text.replace(/ <(?:unfinished|detached) \.\.\.>$/, ''));
  return reader
    .list(-1, 0)
    .items.map(({ name, value }) =>
      name === undefined ? value : { type: 'struct', fields: new Map([[name, value]]), truncated: false },
    );
}

/** One value on its own. */
export function parseValue(text: string): Value {
  return parseArguments(text)[0] ?? { type: 'raw', text };
}

/** Splits `a=1, b={c, d}` at the commas that are not inside anything. */
export function splitFields(text: string): string[] {
  const fields: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = endOfRaw(text, start);
    fields.push(text.slice(start, end).trim());
    start = Math.max(end, start) + 1;
  }
  return fields;
}

/** Undoes C's escapes: `\n`, `\0`…`\377`, `\x00`…`\xff`, `\"`. One character per byte. */
export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([^]))/g,
    (_, hex?: string, octal?: string, char?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      return ESCAPES[char ?? ''] ?? char ?? '';
    },
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

interface Item {
  readonly name: string | undefined;
  readonly value: Value;
}

interface List {
  readonly items: Item[];
  readonly truncated: boolean;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** Items up to `close` (a character code; -1: to the end of the text), which is passed too. */
  list(close: number, depth: number): List {
    const items: Item[] = [];
    let truncated = false;
    for (;;) {
      this.skipBlank();
      if (this.at >= this.text.length) return { items, truncated };
      const code = this.code();
      if (code === close) {
        this.at++;
        return { items, truncated };
      }
      if (code === COMMA) this.at++;
      else if (this.text.startsWith('...', this.at)) {
        this.at += 3;
        truncated = true;
      } else items.push(this.item(close, depth));
    }
  }

  private item(close: number, depth: number): Item {
    const start = this.at;
    const name = this.fieldName();
    const from = this.at;
    let value = this.value(depth);
    this.skipBlank();
    if (this.text.startsWith('=>', this.at)) {
      this.at += 2;
      this.skipBlank();
      value = { type: 'change', before: value, after: this.value(depth) };
      this.skipBlank();
    }
    const isArray = close === CLOSE_BRACKET && this.text.charCodeAt(this.at - 1) === SPACE;
    if (this.at > start && (this.at >= this.text.length || this.isSeparator(close) || isArray)) return { name, value };
    // Not one value but an expression, or nothing known: all of it, as printed.
    this.at = Math.max(endOfRaw(this.text, from), from + 1);
    return { name, value: { type: 'raw', text: this.text.slice(from, this.at) } };
  }

  private isSeparator(close: number): boolean {
    const code = this.code();
    return code === COMMA || code === close || this.text.startsWith('...', this.at);
  }

  /** `st_mode=`, `[IFLA_MTU]=`, but not the `==` of an expression nor the `=>` of a change. */
  private fieldName(): string | undefined {
    if (this.code() === OPEN_BRACKET) return this.indexName();
    let end = this.at;
    while (isNameCharacter(this.text.charCodeAt(end)) || this.text.charCodeAt(end) === DOT) end++;
    if (end === this.at || this.text.charCodeAt(end) !== EQUALS) return undefined;
    const after = this.text.charCodeAt(end + 1);
    if (after === EQUALS || after === GREATER || isDigit(this.code())) return undefined;
    const name = this.text.slice(this.at, end);
    this.at = end + 1;
    return name;
  }

  private indexName(): string | undefined {
    const end = this.text.indexOf(']', this.at);
    if (end === -1 || this.text.charCodeAt(end + 1) !== EQUALS || this.text.charCodeAt(end + 2) === GREATER)
      return undefined;
    const name = this.text.slice(this.at + 1, end);
    if (!/^[A-Za-z0-9_-]+$/.test(name)) return undefined;
    this.at = end + 2;
    return name;
  }

  private value(depth: number): Value {
    const code = this.code();
    if (code === QUOTE) return this.string();
    if (code === AT && this.text.charCodeAt(this.at + 1) === QUOTE) return this.abstractName();
    if (code === OPEN_BRACE && depth < MAX_DEPTH) return this.struct(depth);
    if (code === OPEN_BRACKET && depth < MAX_DEPTH) return this.array(depth);
    if (isDigit(code) || (code === MINUS && isDigit(this.text.charCodeAt(this.at + 1)))) return this.number();
    if (isWordCharacter(code)) return this.word(depth);
    return this.raw();
  }

  private string(): Value {
    const end = endOfString(this.text, this.at);
    // The line was cut inside the string.
    const stop = end === -1 ? this.text.length : end;
    const text = unescape(this.text.slice(this.at + 1, stop));
    this.at = Math.min(stop + 1, this.text.length);
    const dots = this.text.startsWith('...', this.at);
    if (dots) this.at += 3;
    return { type: 'string', text, truncated: dots || end === -1 };
  }

  /** `@"name"`, an abstract socket's: in memory it begins with a zero byte. */
  private abstractName(): Value {
    this.at++;
    const name = this.string();
    return name.type === 'string' ? { ...name, text: `\0${name.text}` } : name;
  }

  private struct(depth: number): Value {
    this.at++;
    const { items, truncated } = this.list(CLOSE_BRACE, depth + 1);
    return {
      type: 'struct',
      fields: new Map(items.map(({ name, value }, index) => [name ?? String(index), value])),
      truncated,
    };
  }

  private array(depth: number): Value {
    this.at++;
    const { items, truncated } = this.list(CLOSE_BRACKET, depth + 1);
    return { type: 'array', items: items.map(({ value }) => value), truncated };
  }

  private number(): Value {
    const start = this.at;
    while (isWordCharacter(this.code()) || this.code() === MINUS || this.code() === STAR) this.at++;
    const text = this.text.slice(start, this.at);
    if (this.code() === LESS && isAnnotation(this.text, this.at)) return this.descriptor(Number(text));
    if (/^0x[0-9a-f]{9,}$/.test(text)) return { type: 'address', text };
    if (/^-?[1-9]\d*$|^0x[0-9a-f]+$|^-?0$/.test(text)) return { type: 'number', value: Number(text), text };
    if (/^0[0-7]+$/.test(text)) return { type: 'number', value: Number.parseInt(text, 8), text };
    const product = /^(\d+)\*1024$/.exec(text);
    if (product) return { type: 'number', value: Number(product[1]) * 1024, text };
    if (text.includes('|') || text.includes('<<')) return { type: 'flags', names: text.split('|') };
    this.at = start;
    return this.raw();
  }

  /** From the `<` on. */
  private descriptor(fd: number | undefined): Value {
    const end = endOfAnnotation(this.text, this.at);
    const stop = end === -1 ? this.text.length : end;
    const path = unescape(this.text.slice(this.at + 1, stop));
    this.at = Math.min(stop + 1, this.text.length);
    const deleted = this.text.startsWith('(deleted)', this.at);
    if (deleted) this.at += '(deleted)'.length;
    return { type: 'fd', fd, path, deleted };
  }

  private word(depth: number): Value {
    const start = this.at;
    while (isWordCharacter(this.code())) this.at++;
    const text = this.text.slice(start, this.at);
    if (this.code() === LESS && text === 'AT_FDCWD') return this.descriptor(undefined);
    if (this.code() === OPEN && depth < MAX_DEPTH) {
      this.at++;
      const { items } = this.list(CLOSE, depth + 1);
      // `makedev(0x8, 0x1)|0x20` and the like are more than a call.
      if (!isWordCharacter(this.code())) return { type: 'call', name: text, args: items.map(({ value }) => value) };
      this.at = start;
      return this.raw();
    }
    return { type: 'flags', names: text.split('|') };
  }

  private raw(): Value {
    const start = this.at;
    this.at = Math.max(endOfRaw(this.text, start), Math.min(start + 1, this.text.length));
    return { type: 'raw', text: this.text.slice(start, this.at).trimEnd() };
  }

  private code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** White space and comments: `0x7ffd… /* 23 vars *\/`. */
  private skipBlank(): void {
    for (;;) {
      while (this.code() === SPACE) this.at++;
      if (this.code() !== SLASH || this.text.charCodeAt(this.at + 1) !== STAR) return;
      const end = this.text.indexOf('*/', this.at + 2);
      this.at = end === -1 ? this.text.length : end + 2;
    }
  }
}

/** What a flag word, a name or a number is made of: `MAP_PRIVATE|0x40`, `1<<CAP_CHOWN`, `&sin6_addr`, `si_pid.x`. */
function isWordCharacter(code: number): boolean {
  return isNameCharacter(code) || code === BAR || code === DOT || code === AMPERSAND || code === PLUS;
}

/** Where the piece that begins at `start` ends: at the comma or the closing bracket that is not inside anything. */
function endOfRaw(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
      if (i === -1) return text.length;
    } else if (code === LESS && isAnnotation(text, i)) {
      i = endOfAnnotation(text, i);
      if (i === -1) return text.length;
    } else if (code === OPEN || code === OPEN_BRACKET || code === OPEN_BRACE) depth++;
    else if (code === CLOSE || code === CLOSE_BRACKET || code === CLOSE_BRACE) {
      if (depth === 0) return i;
      depth--;
    } else if (code === COMMA && depth === 0) return i;
  }
  return text.length;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Text of one character per byte in readable form: decoded where it is UTF-8, unchanged where it is not. */
export function utf8(text: string): string {
  // eslint-disable-next-line no-control-regex -- whether anything is beyond ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  try {
    return UTF8.decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}

/** The number in a value; for a descriptor, its number. */
export function numberOf(value: Value | undefined): number | undefined {
  if (value?.type === 'number') return value.value;
  if (value?.type === 'fd') return value.fd;
  return undefined;
}

/** The names of a flag word, whatever else it holds; empty for a plain number. */
export function flagsOf(value: Value | undefined): readonly string[] {
  return value?.type === 'flags' ? value.names : [];
}
