/**
 * The expressions of a Jinja2 template as trees (`jinja2/parser.py`, but tolerant): in any tag, every run of tokens that reads as an
 * expression is parsed, and a token that fits nowhere is stepped over. Depth is bounded, so that no template overflows the stack.
 */
import type { Token } from './lexer.js';
import { addAll } from '../../core/lists.js';

export type Node =
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'attribute'; readonly of: Node; readonly name: string; readonly at: number }
  | { readonly kind: 'item'; readonly of: Node; readonly key: Node; readonly at: number }
  | { readonly kind: 'slice'; readonly bounds: readonly (Node | undefined)[]; readonly at: number }
  | { readonly kind: 'call'; readonly callee: Node; readonly args: readonly Argument[]; readonly at: number }
  | {
      readonly kind: 'filter';
      readonly of: Node;
      readonly name: string;
      readonly args: readonly Argument[];
      readonly at: number;
    }
  /** Operators of one precedence in a row: one more part than operators. */
  | {
      readonly kind: 'chain';
      readonly operators: readonly string[];
      readonly parts: readonly Node[];
      readonly at: number;
    }
  | { readonly kind: 'list'; readonly items: readonly Node[]; readonly at: number }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Node, Node])[]; readonly at: number }
  /** What has no value of its own here: negations, tests, conditions. */
  | { readonly kind: 'other'; readonly parts: readonly Node[]; readonly at: number };

export interface Argument {
  /** Of `name=value`. */
  readonly name: string | undefined;
  readonly value: Node;
}

export interface Parsed {
  readonly nodes: readonly Node[];
  /** False when something was nested deeper than is followed. */
  readonly complete: boolean;
}

/** Python's own parser gives up at 200 brackets; a chain of attributes has no bound there. */
const DEPTH_LIMIT = 150;

export function parseTokens(tokens: readonly Token[]): Parsed {
  const parser = new Parser(tokens);
  return { nodes: parser.all(), complete: parser.complete };
}

/** The parts of a node, for a walk. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'attribute':
      return [node.of];
    case 'item':
      return [node.of, node.key];
    case 'slice':
      return node.bounds.filter((bound) => bound !== undefined);
    case 'call':
      return [node.callee, ...node.args.map(({ value }) => value)];
    case 'filter':
      return [node.of, ...node.args.map(({ value }) => value)];
    case 'chain':
    case 'other':
      return node.parts;
    case 'list':
      return node.items;
    case 'dict':
      return node.entries.flat();
    default:
      return [];
  }
}

/** Loosest first. `not`, tests and conditions are treated by themselves. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(['or']),
  new Set(['and']),
  new Set(['==', '!=', '<', '>', '<=', '>=', 'in', 'not']),
  new Set(['+', '-']),
  new Set(['~']),
  new Set(['*', '/', '//', '%']),
  new Set(['**']),
];
const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else']);

class Parser {
  complete = true;
  #at = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  all(): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.tokens.length) {
      const before = this.#at;
      const node = this.#expression();
      if (node) nodes.push(node);
      if (this.#at === before) this.#at += 1;
    }
    return nodes;
  }

  #is(text: string): boolean {
    const token = this.tokens[this.#at];
    return token !== undefined && token.text === text && (token.kind === 'operator' || token.kind === 'name');
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at += 1;
    return true;
  }

  #expression(): Node | undefined {
    if (this.#depth >= DEPTH_LIMIT) {
      this.complete = false;
      this.#skipGroup();
      return undefined;
    }
    this.#depth += 1;
    try {
      return this.#conditional();
    } finally {
      this.#depth -= 1;
    }
  }

  #conditional(): Node | undefined {
    const first = this.#level(0);
    if (!first) return undefined;
    const parts = [first];
    // One `if` has one `else`; a row of them is a list here, not a tree.
    while (this.#is('if') || this.#is('else')) {
      this.#at += 1;
      const next = this.#level(0);
      if (next) parts.push(next);
    }
    return parts.length === 1 ? first : { kind: 'other', parts, at: first.at };
  }

  #level(level: number): Node | undefined {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    const first = this.#level(level + 1);
    if (!first) return undefined;
    const parts = [first];
    const used: string[] = [];
    for (;;) {
      const token = this.tokens[this.#at];
      if (!token || (token.kind !== 'operator' && token.kind !== 'name') || !operators.has(token.text)) break;
      this.#at += token.text === 'not' ? 2 : 1;
      const next = this.#level(level + 1);
      if (!next) break;
      used.push(token.text);
      parts.push(next);
    }
    return parts.length === 1 ? first : { kind: 'chain', operators: used, parts, at: first.at };
  }

  #unary(): Node | undefined {
    let negated: Token | undefined;
    while (this.#is('not') || this.#is('-') || this.#is('+')) {
      negated ??= this.tokens[this.#at];
      this.#at += 1;
    }
    const node = this.#postfix();
    if (!node || !negated) return node;
    if (node.kind === 'number' && negated.text === '-') return { ...node, value: -node.value };
    return { kind: 'other', parts: [node], at: negated.at };
  }

  #postfix(): Node | undefined {
    let node = this.#primary();
    if (!node) return undefined;
    for (let length = 0; ; length += 1) {
      if (length >= DEPTH_LIMIT) {
        this.complete = false;
        return node;
      }
      const token = this.tokens[this.#at];
      if (token?.kind === 'name' && token.text === 'is') node = this.#test(node);
      else if (token?.kind !== 'operator') return node;
      else if (token.text === '.') {
        this.#at += 1;
        const name = this.tokens[this.#at];
        if (name?.kind !== 'name' && name?.kind !== 'number') return node;
        this.#at += 1;
        node = { kind: 'attribute', of: node, name: name.text, at: name.at };
      } else if (token.text === '[') node = this.#item(node, token.at);
      else if (token.text === '(') node = { kind: 'call', callee: node, args: this.#args(), at: token.at };
      else if (token.text === '|') {
        this.#at += 1;
        const name = this.#dotted();
        if (name === undefined) return node;
        node = { kind: 'filter', of: node, name, args: this.#is('(') ? this.#args() : [], at: token.at };
      } else return node;
    }
  }

  #dotted(): string | undefined {
    const first = this.tokens[this.#at];
    if (first?.kind !== 'name') return undefined;
    this.#at += 1;
    const parts = [first.text];
    while (this.#is('.') && this.tokens[this.#at + 1]?.kind === 'name') {
      parts.push(this.tokens[this.#at + 1]?.text ?? '');
      this.#at += 2;
    }
    return parts.join('.');
  }

  /** `is not divisibleby 3`: the argument may stand without brackets. */
  #test(of: Node): Node {
    this.#at += 1;
    this.#take('not');
    this.#dotted();
    const parts = [of];
    const next = this.tokens[this.#at];
    if (this.#is('('))
      addAll(
        parts,
        this.#args().map(({ value }) => value),
      );
    else if (
      next &&
      (next.kind === 'text' || next.kind === 'number' || (next.kind === 'name' && !KEYWORDS.has(next.text)))
    ) {
      const argument = this.#primary();
      if (argument) parts.push(argument);
    }
    return { kind: 'other', parts, at: of.at };
  }

  #item(of: Node, at: number): Node {
    this.#at += 1;
    const bounds: (Node | undefined)[] = [undefined];
    let slice = false;
    while (this.#at < this.tokens.length && !this.#is(']')) {
      if (this.#take(':')) {
        slice = true;
        bounds.push(undefined);
        continue;
      }
      const before = this.#at;
      bounds[bounds.length - 1] = this.#expression() ?? bounds.at(-1);
      if (this.#at === before) this.#at += 1;
    }
    this.#take(']');
    const key: Node = slice ? { kind: 'slice', bounds, at } : (bounds[0] ?? { kind: 'other', parts: [], at });
    return { kind: 'item', of, key, at };
  }

  #args(): Argument[] {
    this.#at += 1;
    const args: Argument[] = [];
    while (this.#at < this.tokens.length && !this.#is(')')) {
      const before = this.#at;
      this.#take('**');
      this.#take('*');
      const [name, equals] = [this.tokens[this.#at], this.tokens[this.#at + 1]];
      const named = name?.kind === 'name' && equals?.kind === 'operator' && equals.text === '=';
      if (named) this.#at += 2;
      const value = this.#expression();
      if (value) args.push({ name: named ? name.text : undefined, value });
      this.#take(',');
      if (this.#at === before) this.#at += 1;
    }
    this.#take(')');
    return args;
  }

  #primary(): Node | undefined {
    const token = this.tokens[this.#at];
    if (!token) return undefined;
    const { at } = token;
    switch (token.kind) {
      case 'number':
        this.#at += 1;
        return { kind: 'number', value: token.value, at };
      case 'name':
        if (KEYWORDS.has(token.text)) return undefined;
        this.#at += 1;
        return { kind: 'name', name: token.text, at };
      case 'text': {
        // Strings side by side are one.
        let text = '';
        for (let next: Token | undefined = token; next?.kind === 'text'; next = this.tokens[this.#at]) {
          text += next.text;
          this.#at += 1;
        }
        return { kind: 'text', text, at };
      }
      case 'operator':
        if (token.text === '(') return this.#list(')', at);
        if (token.text === '[') return this.#list(']', at);
        return token.text === '{' ? this.#dict(at) : undefined;
    }
  }

  #list(close: string, at: number): Node {
    this.#at += 1;
    const items: Node[] = [];
    let comma = false;
    while (this.#at < this.tokens.length && !this.#is(close)) {
      const before = this.#at;
      const item = this.#expression();
      if (item) items.push(item);
      if (this.#take(',')) comma = true;
      if (this.#at === before) this.#at += 1;
    }
    this.#take(close);
    const [only] = items;
    return close === ')' && !comma && only && items.length === 1 ? only : { kind: 'list', items, at };
  }

  #dict(at: number): Node {
    this.#at += 1;
    const entries: [Node, Node][] = [];
    while (this.#at < this.tokens.length && !this.#is('}')) {
      const before = this.#at;
      const key = this.#expression();
      this.#take(':');
      const value = this.#expression();
      if (key && value) entries.push([key, value]);
      else if (key ?? value)
        entries.push([key ?? { kind: 'other', parts: [], at }, value ?? { kind: 'other', parts: [], at }]);
      this.#take(',');
      if (this.#at === before) this.#at += 1;
    }
    this.#take('}');
    return { kind: 'dict', entries, at };
  }

  /** Steps over what is nested too deep, to the bracket that closes it. */
  #skipGroup(): void {
    for (let open = 0; this.#at < this.tokens.length; this.#at += 1) {
      const token = this.tokens[this.#at];
      if (token?.kind !== 'operator') continue;
      if ('([{'.includes(token.text)) open += 1;
      else if (')]}'.includes(token.text)) {
        if (open === 0) return;
        open -= 1;
      }
    }
  }
}
