/**
 * Walks JSON by its tokens, with its own stack, so that neither depth nor size of a document overflows anything: every value with its
 * path and offset, keys that stand twice, and what is no JSON. Comments and trailing commas are let pass, as some readers do.
 */
import { createScanner } from 'jsonc-parser';

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
  /** The first place that is no JSON, if any, and why. */
  readonly broken: { readonly at: number; readonly why: string } | undefined;
  /** Where the first value ends. */
  readonly end: number;
}

/** Deeper than any reader of JSON goes: Python's stops at about 1,000. */
const DEPTH_LIMIT = 10_000;

/** jsonc-parser's numbers for its tokens (`SyntaxKind`, which only exists in its types). */
const Token = {
  OpenBrace: 1,
  CloseBrace: 2,
  OpenBracket: 3,
  CloseBracket: 4,
  Comma: 5,
  Colon: 6,
  Null: 7,
  True: 8,
  False: 9,
  String: 10,
  Number: 11,
  Unknown: 16,
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
  const scanner = createScanner(text, true);
  scanner.setPosition(start);
  const stack: Frame[] = [];
  const path: (string | number)[] = [];
  let broken: JsonWalk['broken'];
  const fail = (why: string): JsonWalk => ({
    broken: { at: scanner.getTokenOffset(), why },
    end: scanner.getPosition(),
  });
  for (;;) {
    const token: number = scanner.scan();
    const at = scanner.getTokenOffset();
    const frame = stack.at(-1);
    if (token === Token.End) return fail(stack.length === 0 ? 'there is no value' : 'it ends too early');
    if (frame && closes(token, frame)) {
      stack.pop();
      path.pop();
      if (stack.length === 0) return { broken, end: scanner.getPosition() };
      continue;
    }
    if (frame?.kind === 'object' && frame.state === 'key' && token === Token.String) {
      const key = scanner.getTokenValue();
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
    // The scanner cuts `-Infinity` in two.
    if (token === Token.Unknown && scanner.getTokenValue() === '-') continue;
    const value = scalar(token, scanner.getTokenValue());
    if (value === undefined) return fail('a value is none of JSON');
    if ((scanner.getTokenError() as number) !== 0) broken ??= { at, why: 'a text is not closed or has a wrong escape' };
    visitor.value(path, value, at);
    if (!frame) return { broken, end: scanner.getPosition() };
    frame.state = 'comma';
  }
}

function closes(token: number, frame: Frame): boolean {
  const close = frame.kind === 'object' ? Token.CloseBrace : Token.CloseBracket;
  return token === close && frame.state !== 'colon' && (frame.kind === 'list' || frame.state !== 'value');
}

function scalar(token: number, text: string): Scalar | undefined {
  switch (token) {
    case Token.String:
      return text;
    case Token.Number:
      return Number(text);
    case Token.True:
      return true;
    case Token.False:
      return false;
    case Token.Null:
      return null;
    case Token.Unknown:
      // Python's json writes and reads these.
      if (text === 'NaN') return NaN;
      return text === 'Infinity' ? Infinity : undefined;
    default:
      return undefined;
  }
}
