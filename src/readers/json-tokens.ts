/**
 * Walks JSON by its tokens, with its own stack, so that neither depth nor size of a document overflows anything: every value with its
 * path and offset, keys that stand twice, and what is no JSON. Comments and trailing commas are let pass, as some readers do.
 */

export type Scalar = string | number | boolean | null;

export interface JsonVisitor {
  /** Keys and indices from the root on; only valid during the call. */
  readonly value: (path: readonly (string | number)[], value: Scalar, at: number) => void;
  /** A key of an object; `twice` when the object had it before. */
  readonly key?: (path: readonly (string | number)[], key: string, at: number, twice: boolean) => void;
  /** An object or a list begins. */
  readonly open?: (path: readonly (string | number)[], kind: 'object' | 'list', at: number) => void;
}

export interface JsonWalk {
  /** The first offset that is no JSON, if any, and why. */
  readonly broken: { readonly at: number; readonly why: string } | undefined;
  /** Where the first value ends. */
  readonly end: number;
}

/** Deeper than any reader of JSON goes: Python's stops at about 1,000. */
const DEPTH_LIMIT = 10_000;

const Token = {
  OpenBrace: 1,
  CloseBrace: 2,
  OpenBracket: 3,
  CloseBracket: 4,
  Comma: 5,
  Colon: 6,
  Word: 7,
  String: 10,
  End: 17,
} as const;

interface Frame {
  readonly kind: 'object' | 'list';
  readonly keys: Set<string>;
  index: number;
  /** Of an object: what is expected next. */
  state: 'key' | 'colon' | 'value' | 'comma';
}

/** Walks the value that begins at `start`; what follows it is the caller's. */
export function walkJson(text: string, visitor: JsonVisitor, start = 0): JsonWalk {
  const scanner = new Scanner(text, start);
  const stack: Frame[] = [];
  const path: (string | number)[] = [];
  let broken: JsonWalk['broken'];
  const fail = (why: string): JsonWalk => ({
    broken: { at: scanner.begin, why },
    end: scanner.end,
  });
  for (;;) {
    const token: number = scanner.scan();
    const at = scanner.begin;
    const frame = stack.at(-1);
    if (token === Token.End) return fail(stack.length === 0 ? 'there is no value' : 'it ends too early');
    if (frame && closes(token, frame)) {
      stack.pop();
      path.pop();
      if (stack.length === 0) return { broken, end: scanner.end };
      continue;
    }
    if (frame?.kind === 'object' && frame.state === 'key' && token === Token.String) {
      const key = scanner.value;
      visitor.key?.(path.slice(0, -1), key, at, frame.keys.has(key));
      frame.keys.add(key);
      path[path.length - 1] = key;
      frame.state = 'colon';
      continue;
    }
    if (frame?.state === 'colon' && token === Token.Colon) {
      frame.state = 'value';
      continue;
    }
    if (frame?.state === 'comma' && token === Token.Comma) {
      frame.state = frame.kind === 'object' ? 'key' : 'value';
      if (frame.kind === 'list') path[path.length - 1] = ++frame.index;
      continue;
    }
    if (frame && frame.state !== 'value') return fail('something is missing or too much');
    if (token === Token.OpenBrace || token === Token.OpenBracket) {
      if (stack.length >= DEPTH_LIMIT) return fail(`it is nested more than ${DEPTH_LIMIT} deep`);
      const kind = token === Token.OpenBrace ? 'object' : 'list';
      visitor.open?.(path, kind, at);
      if (frame) frame.state = 'comma';
      stack.push({ kind, keys: new Set(), index: 0, state: kind === 'object' ? 'key' : 'value' });
      path.push(kind === 'object' ? '' : 0);
      continue;
    }
    const value = scalar(token, scanner.value);
    if (value === undefined) return fail('a value is none of JSON');
    if (scanner.damaged) broken ??= { at, why: 'a text is not closed or has a wrong escape' };
    visitor.value(path, value, at);
    if (!frame) return { broken, end: scanner.end };
    frame.state = 'comma';
  }
}

function closes(token: number, frame: Frame): boolean {
  const close = frame.kind === 'object' ? Token.CloseBrace : Token.CloseBracket;
  return token === close && frame.state !== 'colon' && (frame.kind === 'list' || frame.state !== 'value');
}

function scalar(token: number, text: string): Scalar | undefined {
  if (token === Token.String) return text;
  if (token !== Token.Word) return undefined;
  if (text in WORDS) return WORDS[text];
  return NUMBER.test(text) ? Number(text) : undefined;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** The last three are what Python's json writes and reads. */
const WORDS: Readonly<Record<string, Scalar>> = Object.assign(Object.create(null) as object, {
  true: true,
  false: false,
  null: null,
  NaN: NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
});

const PUNCTUATION: ReadonlyMap<number, number> = new Map([
  [0x7b, Token.OpenBrace],
  [0x7d, Token.CloseBrace],
  [0x5b, Token.OpenBracket],
  [0x5d, Token.CloseBracket],
  [0x2c, Token.Comma],
  [0x3a, Token.Colon],
]);

/** One kind of character each: of choices that are repeated, the engine keeps a place to go back to for each, and that is bounded. */
const SPACES = /\s+/y;
const LINE = /[^\n]*/y;
const WORD = /[^\s{}[\],:"/]+/y;

class Scanner {
  begin = 0;
  value = '';
  /** The last text is not closed, or has an escape that does not exist. */
  damaged = false;

  constructor(
    private readonly text: string,
    public end: number,
  ) {}

  scan(): number {
    this.#skip();
    this.begin = this.end;
    this.damaged = false;
    const code = this.text.charCodeAt(this.end);
    if (Number.isNaN(code)) return Token.End;
    const punctuation = PUNCTUATION.get(code);
    if (punctuation !== undefined) {
      this.end += 1;
      return punctuation;
    }
    if (code === 0x22) {
      this.#string();
      return Token.String;
    }
    WORD.lastIndex = this.end;
    this.value = WORD.exec(this.text)?.[0] ?? this.text.charAt(this.end);
    this.end += this.value.length;
    return Token.Word;
  }

  /** Spaces, and the comments that some readers let pass. */
  #skip(): void {
    for (;;) {
      this.#pass(SPACES);
      if (this.text.startsWith('//', this.end)) this.#pass(LINE);
      else if (this.text.startsWith('/*', this.end)) {
        const close = this.text.indexOf('*/', this.end + 2);
        this.end = close < 0 ? this.text.length : close + 2;
      } else return;
    }
  }

  #pass(pattern: RegExp): void {
    pattern.lastIndex = this.end;
    if (pattern.test(this.text)) this.end = pattern.lastIndex;
  }

  #string(): void {
    let at = this.end + 1;
    let escaped = false;
    for (; at < this.text.length; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === 0x22) break;
      if (code !== 0x5c) continue;
      escaped = true;
      at += 1;
    }
    const raw = this.text.slice(this.end + 1, at);
    this.damaged = at >= this.text.length;
    this.end = Math.min(this.text.length, at + 1);
    this.value = escaped ? this.#unescape(raw) : raw;
  }

  #unescape(raw: string): string {
    return raw.replace(/\\(?:u([\da-fA-F]{4})|([^]))?/g, (all, hex?: string, char?: string) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      const plain = char === undefined ? undefined : ESCAPES[char];
      if (plain === undefined) this.damaged = true;
      return plain ?? all;
    });
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' },
};
