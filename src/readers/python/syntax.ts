/**
 * Makes statements and expressions of Python source (Python Language Reference, 6 to 8). It judges nothing. What it cannot read is an expression of
 * the kind `unknown`, and `broken` says where the first of these is.
 */
import type { LogicalLine, PySource, PyToken } from './lexer.js';

export type Expr =
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'text'; readonly text: string; readonly bytes: boolean; readonly at: number }
  | { readonly kind: 'formatted'; readonly parts: readonly (string | Expr)[]; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'constant'; readonly name: 'None' | 'True' | 'False' | '...'; readonly at: number }
  | { readonly kind: 'attribute'; readonly of: Expr; readonly name: string; readonly at: number }
  | {
      readonly kind: 'call';
      readonly callee: Expr;
      readonly args: readonly Arg[];
      readonly at: number;
      /** Behind its closing bracket. */
      readonly end: number;
    }
  | { readonly kind: 'item'; readonly of: Expr; readonly index: Expr; readonly at: number }
  | { readonly kind: 'slice'; readonly parts: readonly (Expr | undefined)[]; readonly at: number }
  | {
      readonly kind: 'sequence';
      readonly type: 'list' | 'tuple' | 'set';
      readonly items: readonly Expr[];
      readonly at: number;
    }
  | { readonly kind: 'star'; readonly value: Expr; readonly at: number }
  | { readonly kind: 'dict'; readonly entries: readonly DictEntry[]; readonly at: number }
  /** `first`, and then one operator and operand after another, all of one precedence. */
  | {
      readonly kind: 'chain';
      readonly first: Expr;
      readonly rest: readonly { readonly operator: string; readonly value: Expr }[];
      readonly at: number;
    }
  | { readonly kind: 'unary'; readonly operator: string; readonly value: Expr; readonly at: number }
  | { readonly kind: 'choice'; readonly test: Expr; readonly yes: Expr; readonly no: Expr; readonly at: number }
  | { readonly kind: 'lambda'; readonly params: readonly Param[]; readonly body: Expr; readonly at: number }
  | {
      readonly kind: 'comprehension';
      readonly type: 'list' | 'set' | 'dict' | 'generator';
      /** The key, for a dict. */
      readonly element: Expr;
      readonly value?: Expr;
      readonly clauses: readonly Clause[];
      readonly at: number;
    }
  | { readonly kind: 'walrus'; readonly name: string; readonly value: Expr; readonly at: number }
  /** `await x`, `yield x`, `yield from x`. */
  | { readonly kind: 'await' | 'yield'; readonly value: Expr | undefined; readonly at: number }
  | { readonly kind: 'unknown'; readonly at: number };

export interface Arg {
  readonly name?: string | undefined;
  /** 1 for `*x`, 2 for `**x`. */
  readonly stars: 0 | 1 | 2;
  readonly value: Expr;
}

/** Without a key: `**value`. */
export interface DictEntry {
  readonly key: Expr | undefined;
  readonly value: Expr;
}

export interface Clause {
  readonly target: Expr;
  readonly iterable: Expr;
  readonly conditions: readonly Expr[];
}

export interface Param {
  readonly name: string;
  readonly stars: 0 | 1 | 2;
  readonly initial: Expr | undefined;
  readonly annotation: Expr | undefined;
}

export interface Imported {
  readonly name: string;
  readonly alias: string | undefined;
  readonly at: number;
}

export type Stmt =
  /** Also of `raise`, `assert` and `del`: expressions that are evaluated. */
  | { readonly kind: 'expression'; readonly values: readonly Expr[]; readonly at: number }
  | {
      readonly kind: 'assign';
      readonly targets: readonly Expr[];
      readonly value: Expr | undefined;
      /** Of `x += 1`: `+`. */
      readonly operator?: string;
      readonly annotation?: Expr;
      readonly at: number;
    }
  | { readonly kind: 'import'; readonly modules: readonly Imported[]; readonly at: number }
  | {
      readonly kind: 'from';
      readonly level: number;
      readonly module: string;
      /** `*` for all. */
      readonly names: readonly Imported[];
      readonly at: number;
    }
  | { readonly kind: 'return'; readonly value: Expr | undefined; readonly at: number }
  | { readonly kind: 'leave'; readonly word: 'break' | 'continue'; readonly at: number }
  | { readonly kind: 'global' | 'nonlocal'; readonly names: readonly string[]; readonly at: number }
  /** A clause: of `elif` and `else` each is a block of its own. */
  | {
      readonly kind: 'block';
      readonly word: 'if' | 'while' | 'other';
      readonly tests: readonly Expr[];
      readonly body: readonly Stmt[];
      readonly at: number;
    }
  | {
      readonly kind: 'for';
      readonly target: Expr;
      readonly iterable: Expr;
      readonly body: readonly Stmt[];
      readonly at: number;
    }
  | { readonly kind: 'with'; readonly items: readonly WithItem[]; readonly body: readonly Stmt[]; readonly at: number }
  /** A clause that gives names to something that is not written as an expression: `except … as e`, `case …`. */
  | {
      readonly kind: 'capture';
      readonly names: readonly string[];
      readonly tests: readonly Expr[];
      readonly body: readonly Stmt[];
      readonly at: number;
    }
  | FunctionDef
  | ClassDef;

export interface WithItem {
  readonly value: Expr;
  readonly target: Expr | undefined;
}

export interface FunctionDef {
  readonly kind: 'def';
  readonly name: string;
  readonly params: readonly Param[];
  readonly returns: Expr | undefined;
  readonly decorators: readonly Expr[];
  readonly body: readonly Stmt[];
  readonly at: number;
}

export interface ClassDef {
  readonly kind: 'class';
  readonly name: string;
  readonly args: readonly Arg[];
  readonly decorators: readonly Expr[];
  readonly body: readonly Stmt[];
  readonly at: number;
}

export interface PyModule {
  readonly body: readonly Stmt[];
  /** Why it is no Python to its end, part of a sentence. */
  readonly broken: string | undefined;
}

/** Brackets and operators in one another; CPython gives up at 200 brackets. */
const DEPTH_LIMIT = 200;
/** `a.b(c)[d]`: links of one chain. */
const LINKS_LIMIT = 1000;
/** Blocks in one another; CPython's limit of indentation. */
const BLOCKS_LIMIT = 100;

export function parsePython({ lines, unfinished }: PySource): PyModule {
  const parser = new Parser(lines);
  const body = parser.module();
  return { body, broken: unfinished ?? parser.broken };
}

class NoPython extends Error {}

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);
const AUGMENTED: ReadonlySet<string> = new Set('+= -= *= /= //= %= @= &= |= ^= >>= <<= **='.split(' '));
/** From the loosest; `not` lies between the second and the third. */
const LEVELS: readonly ReadonlySet<string>[] = [
  ['or'],
  ['and'],
  ['<', '>', '==', '>=', '<=', '!=', 'in', 'is', 'not'],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%', '@'],
].map((operators) => new Set(operators));
const COMPARISON = 2;

class Parser {
  broken: string | undefined;
  #line = 0;

  constructor(private readonly lines: readonly LogicalLine[]) {}

  module(): Stmt[] {
    const body: Stmt[] = [];
    while (this.#line < this.lines.length) for (const one of this.#block(-1, 0)) body.push(one);
    return body;
  }

  /** The statements that are deeper than a column. */
  #block(above: number, depth: number): Stmt[] {
    const body: Stmt[] = [];
    let decorators: Expr[] = [];
    for (let line = this.lines[this.#line]; line && line.indent > above; line = this.lines[this.#line]) {
      if (depth > BLOCKS_LIMIT) {
        this.#fail(line.at, 'its blocks are nested too deep');
        this.#line += 1;
        continue;
      }
      if (isOperatorAt(line.tokens, '@')) {
        this.#line += 1;
        decorators.push(this.#whole(line.tokens.slice(1), line.at));
        continue;
      }
      body.push(this.#statement(line, decorators, depth));
      decorators = [];
    }
    for (const value of decorators) body.push({ kind: 'expression', values: [value], at: value.at });
    return body;
  }

  /** A statement and, when it opens a block, that block. */
  #statement(line: LogicalLine, decorators: readonly Expr[], depth: number): Stmt {
    this.#line += 1;
    const { tokens, at } = line;
    try {
      const words = new Words(tokens, at);
      const opened = words.compound(() => this.#suite(words, line, depth), decorators);
      const statement = opened ?? words.simple();
      words.end();
      return statement;
    } catch (error) {
      if (!(error instanceof NoPython)) throw error;
      this.#fail(at, error.message);
      return { kind: 'expression', values: [{ kind: 'unknown', at }], at };
    }
  }

  /** What follows the colon: statements in the same line, or a block. */
  #suite(words: Words, line: LogicalLine, depth: number): Stmt[] {
    if (words.done) {
      const next = this.lines[this.#line];
      if (next === undefined || next.indent <= line.indent) throw new NoPython('a block is missing');
      return this.#block(line.indent, depth + 1);
    }
    const body: Stmt[] = [words.simple()];
    words.end();
    for (let next = this.lines[this.#line]; next?.after === true; next = this.lines[this.#line])
      body.push(this.#statement(next, [], depth));
    return body;
  }

  #whole(tokens: readonly PyToken[], at: number): Expr {
    try {
      const words = new Words(tokens, at);
      const value = words.named();
      words.end();
      return value;
    } catch (error) {
      if (!(error instanceof NoPython)) throw error;
      this.#fail(at, error.message);
      return { kind: 'unknown', at };
    }
  }

  #fail(at: number, why: string): void {
    this.broken ??= `at character ${at}, ${why}`;
  }
}

function isOperatorAt(tokens: readonly PyToken[], text: string): boolean {
  const [first] = tokens;
  return first?.kind === 'operator' && first.text === text;
}

/** The tokens of one logical line. */
class Words {
  readonly #tokens: readonly PyToken[];
  #at = 0;
  #depth: number;

  constructor(
    tokens: readonly PyToken[],
    private readonly begin: number,
    depth = 0,
  ) {
    this.#tokens = tokens.some(({ field }) => field === true) ? tokens.filter(({ field }) => field !== true) : tokens;
    this.#depth = depth;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  end(): void {
    if (!this.done) this.#fail(`“${this.#tokens[this.#at]?.text.slice(0, 20) ?? ''}” is not expected`);
  }

  // Statements

  /** A statement with a block, which `suite` reads. */
  compound(suite: () => Stmt[], decorators: readonly Expr[]): Stmt | undefined {
    const at = this.#offset();
    const start = this.#at;
    if (this.#word('async') && !this.#isWord('def', 'for', 'with')) this.#fail('“async” is not expected');
    const [first] = this.#tokens.slice(this.#at);
    if (first?.kind !== 'name') {
      this.#at = start;
      return undefined;
    }
    switch (first.text) {
      case 'def': {
        this.#at += 1;
        const name = this.#identifier();
        this.#typeParams();
        this.#need('(');
        const params = this.#params(')');
        this.#need(')');
        const returns = this.#operator('->') ? this.#starred() : undefined;
        this.#need(':');
        return { kind: 'def', name, params, returns, decorators, body: suite(), at };
      }
      case 'class': {
        this.#at += 1;
        const name = this.#identifier();
        this.#typeParams();
        const args = this.#operator('(') ? this.#args() : [];
        this.#need(':');
        return { kind: 'class', name, args, decorators, body: suite(), at };
      }
      case 'if':
      case 'elif':
      case 'while': {
        this.#at += 1;
        const test = this.named();
        this.#need(':');
        const word = first.text === 'while' ? 'while' : 'if';
        return { kind: 'block', word, tests: [test], body: suite(), at };
      }
      case 'else':
      case 'finally':
      case 'try': {
        this.#at += 1;
        this.#need(':');
        return { kind: 'block', word: first.text === 'else' ? 'if' : 'other', tests: [], body: suite(), at };
      }
      case 'for': {
        this.#at += 1;
        const target = this.#targets();
        this.#need('in');
        const iterable = this.#list();
        this.#need(':');
        return { kind: 'for', target, iterable, body: suite(), at };
      }
      case 'with': {
        this.#at += 1;
        const items = this.#withItems();
        this.#need(':');
        return { kind: 'with', items, body: suite(), at };
      }
      case 'except': {
        this.#at += 1;
        this.#operator('*');
        const tests = this.#isOperator(':') ? [] : [this.#list()];
        const names = this.#word('as') ? [this.#identifier()] : [];
        this.#need(':');
        return { kind: 'capture', names, tests, body: suite(), at };
      }
      case 'match':
      case 'case':
        return this.#soft(first.text, suite, at);
      default:
        this.#at = start;
        return undefined;
    }
  }

  /** `match` and `case` are names, too: they open a block only in a line that ends with a colon and is no expression with one. */
  #soft(word: string, suite: () => Stmt[], at: number): Stmt | undefined {
    const start = this.#at;
    const colon = this.#blockColon();
    const next = this.#tokens[this.#at + 1];
    if (colon === undefined || colon === start + 1 || next === undefined) return undefined;
    if (next.kind === 'operator' && !'([{-*~'.includes(next.text)) return undefined;
    if (word === 'match') {
      try {
        this.#at += 1;
        const subject = this.#list();
        if (this.#at !== colon) throw new NoPython('');
        this.#at += 1;
        if (!this.done) throw new NoPython('');
        return { kind: 'block', word: 'other', tests: [subject], body: suite(), at };
      } catch (error) {
        if (!(error instanceof NoPython) || error.message !== '') throw error;
        this.#at = start;
        return undefined;
      }
    }
    const tokens = this.#tokens.slice(start + 1, colon);
    const guard = tokens.findIndex(
      ({ kind, text }, index) => kind === 'name' && text === 'if' && depthAt(tokens, index) === 0,
    );
    const pattern = guard < 0 ? tokens : tokens.slice(0, guard);
    this.#at = start + 1 + (guard < 0 ? tokens.length : guard + 1);
    const tests = guard < 0 ? [] : [this.named()];
    this.#need(':');
    return { kind: 'capture', names: capturedIn(pattern), tests, body: suite(), at };
  }

  /** The first colon outside brackets that belongs to no lambda. */
  #blockColon(): number | undefined {
    let open = 0;
    let lambdas = 0;
    for (let index = this.#at; index < this.#tokens.length; index += 1) {
      const token = this.#tokens[index];
      if (token?.kind === 'name' && token.text === 'lambda' && open === 0) lambdas += 1;
      if (token?.kind !== 'operator') continue;
      if ('([{'.includes(token.text)) open += 1;
      else if (')]}'.includes(token.text)) open -= 1;
      else if (token.text === ':' && open === 0) {
        if (lambdas === 0) return index;
        lambdas -= 1;
      }
    }
    return undefined;
  }

  #withItems(): WithItem[] {
    const start = this.#at;
    // Since Python 3.9 the items may stand in brackets, which an expression can begin with, too.
    if (this.#operator('(')) {
      try {
        const items = this.#withList(')');
        if (this.#operator(')') && this.#isOperator(':')) return items;
      } catch (error) {
        if (!(error instanceof NoPython)) throw error;
      }
      this.#at = start;
    }
    return this.#withList(':');
  }

  #withList(end: string): WithItem[] {
    const items: WithItem[] = [];
    while (!this.#isOperator(end)) {
      const value = this.expression();
      const target = this.#word('as') ? this.#target() : undefined;
      items.push({ value, target });
      if (!this.#operator(',')) break;
    }
    return items;
  }

  simple(): Stmt {
    const at = this.#offset();
    const first = this.#tokens[this.#at];
    if (first?.kind === 'name') {
      switch (first.text) {
        case 'pass':
          this.#at += 1;
          return { kind: 'expression', values: [], at };
        case 'break':
        case 'continue':
          this.#at += 1;
          return { kind: 'leave', word: first.text, at };
        case 'import':
          this.#at += 1;
          return { kind: 'import', modules: this.#imported(true), at };
        case 'from':
          return this.#from(at);
        case 'return': {
          this.#at += 1;
          return { kind: 'return', value: this.done ? undefined : this.#list(), at };
        }
        case 'global':
        case 'nonlocal': {
          this.#at += 1;
          const names = [this.#identifier()];
          while (this.#operator(',')) names.push(this.#identifier());
          return { kind: first.text, names, at };
        }
        case 'del': {
          this.#at += 1;
          return { kind: 'expression', values: [this.#list()], at };
        }
        case 'assert': {
          this.#at += 1;
          const values = [this.named()];
          if (this.#operator(',')) values.push(this.named());
          return { kind: 'expression', values, at };
        }
        case 'raise': {
          this.#at += 1;
          const values = this.done ? [] : [this.expression()];
          if (this.#word('from')) values.push(this.expression());
          return { kind: 'expression', values, at };
        }
        case 'type': {
          const next = this.#tokens[this.#at + 1];
          if (next?.kind !== 'name' || KEYWORDS.has(next.text)) break;
          this.#at += 1;
          const target: Expr = { kind: 'name', name: this.#identifier(), at };
          this.#typeParams();
          this.#need('=');
          return { kind: 'assign', targets: [target], value: this.expression(), at };
        }
        default:
      }
    }
    return this.#assignment(at);
  }

  #assignment(at: number): Stmt {
    const first = this.#list();
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'operator') return { kind: 'expression', values: [first], at };
    if (next.text === ':') {
      this.#at += 1;
      const annotation = this.expression();
      const value = this.#operator('=') ? this.#list() : undefined;
      return { kind: 'assign', targets: [first], value, annotation, at };
    }
    if (AUGMENTED.has(next.text)) {
      this.#at += 1;
      return { kind: 'assign', targets: [first], operator: next.text.slice(0, -1), value: this.#list(), at };
    }
    if (next.text !== '=') return { kind: 'expression', values: [first], at };
    const all = [first];
    while (this.#operator('=')) all.push(this.#list());
    return { kind: 'assign', targets: all.slice(0, -1), value: all.at(-1), at };
  }

  #imported(dotted: boolean): Imported[] {
    const names: Imported[] = [];
    do {
      if (this.#isOperator(')')) break;
      const at = this.#offset();
      let name = this.#identifier();
      while (dotted && this.#operator('.')) name += `.${this.#identifier()}`;
      const alias = this.#word('as') ? this.#identifier() : undefined;
      names.push({ name, alias, at });
    } while (this.#operator(','));
    return names;
  }

  #from(at: number): Stmt {
    this.#at += 1;
    let level = 0;
    while (this.#operator('.')) level += 1;
    let module = '';
    if (!this.#isWord('import')) {
      module = this.#identifier();
      while (this.#operator('.')) module += `.${this.#identifier()}`;
    }
    if (!this.#word('import') || (module === '' && level === 0)) this.#fail('“import” is missing');
    const star = this.#offset();
    if (this.#operator('*'))
      return { kind: 'from', level, module, names: [{ name: '*', alias: undefined, at: star }], at };
    const brackets = this.#operator('(');
    const names = this.#imported(false);
    if (brackets) this.#need(')');
    return { kind: 'from', level, module, names, at };
  }

  // Expressions

  /** `a, *b`: a tuple when there is a comma. */
  #list(): Expr {
    const at = this.#offset();
    const first = this.#starred();
    if (!this.#isOperator(',')) return first;
    const items = [first];
    while (this.#operator(',')) {
      if (this.done || this.#isOperator('=', ':', ')', ']', '}') || this.#isAugmented()) break;
      items.push(this.#starred());
    }
    return { kind: 'sequence', type: 'tuple', items, at };
  }

  #isAugmented(): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'operator' && AUGMENTED.has(token.text);
  }

  #starred(): Expr {
    const at = this.#offset();
    return this.#operator('*') ? { kind: 'star', value: this.#level(3), at } : this.named();
  }

  /** The targets of a loop. */
  #targets(): Expr {
    const at = this.#offset();
    const items = [this.#target()];
    let comma = false;
    while (this.#operator(',')) {
      comma = true;
      if (this.#isWord('in')) break;
      items.push(this.#target());
    }
    return !comma && items[0] ? items[0] : { kind: 'sequence', type: 'tuple', items, at };
  }

  #target(): Expr {
    const at = this.#offset();
    // Looser operators would take the `in` of the loop.
    return this.#operator('*') ? { kind: 'star', value: this.#level(3), at } : this.#level(3);
  }

  named(): Expr {
    const at = this.#offset();
    const value = this.expression();
    if (value.kind !== 'name' || !this.#operator(':=')) return value;
    return { kind: 'walrus', name: value.name, value: this.expression(), at };
  }

  expression(): Expr {
    return this.#deeper(() => {
      const at = this.#offset();
      if (this.#word('lambda')) {
        const params = this.#params(':');
        this.#need(':');
        return { kind: 'lambda', params, body: this.expression(), at };
      }
      if (this.#word('yield')) {
        this.#word('from');
        const empty = this.done || this.#isOperator(')', ']', '}', '=', ',');
        return { kind: 'yield', value: empty ? undefined : this.#list(), at };
      }
      const yes = this.#level(0);
      if (!this.#word('if')) return yes;
      const test = this.#level(0);
      this.#need('else');
      return { kind: 'choice', test, yes, no: this.expression(), at };
    });
  }

  #level(level: number): Expr {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    const at = this.#offset();
    if (level === COMPARISON && this.#word('not'))
      return this.#deeper(() => ({ kind: 'unary', operator: 'not', value: this.#level(COMPARISON), at }));
    const first = this.#level(level + 1);
    const rest: { operator: string; value: Expr }[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined || token.kind === 'text' || token.kind === 'number' || !operators.has(token.text)) break;
      this.#at += 1;
      let operator = token.text;
      if (operator === 'not') {
        this.#need('in');
        operator = 'not in';
      } else if (operator === 'is' && this.#word('not')) operator = 'is not';
      rest.push({ operator, value: this.#level(level + 1) });
    }
    return rest.length === 0 ? first : { kind: 'chain', first, rest, at };
  }

  #unary(): Expr {
    const at = this.#offset();
    const token = this.#tokens[this.#at];
    if (token?.kind === 'operator' && '+-~'.includes(token.text)) {
      this.#at += 1;
      return this.#deeper(() => ({ kind: 'unary', operator: token.text, value: this.#unary(), at }));
    }
    if (this.#word('await')) return this.#deeper(() => ({ kind: 'await', value: this.#unary(), at }));
    const base = this.#links();
    if (!this.#operator('**')) return base;
    const value = this.#deeper(() => this.#unary());
    return { kind: 'chain', first: base, rest: [{ operator: '**', value }], at };
  }

  /** `a.b(c)[d]`. */
  #links(): Expr {
    let value = this.#atom();
    for (let links = 0; ; links += 1) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'operator' || !'.(['.includes(token.text)) return value;
      if (links > LINKS_LIMIT) this.#fail('an expression is too long');
      this.#at += 1;
      const { at } = value;
      if (token.text === '.') value = { kind: 'attribute', of: value, name: this.#identifier(), at };
      else if (token.text === '(') value = { kind: 'call', callee: value, args: this.#args(), at, end: this.#end() };
      else value = { kind: 'item', of: value, index: this.#index(), at };
    }
  }

  /** After the opening bracket, to the closing one. */
  #args(): Arg[] {
    return this.#deeper(() => {
      const args: Arg[] = [];
      while (!this.#operator(')')) {
        args.push(this.#arg());
        if (this.#operator(')')) break;
        this.#need(',');
      }
      return args;
    });
  }

  #arg(): Arg {
    if (this.#operator('**')) return { stars: 2, value: this.expression() };
    if (this.#operator('*')) return { stars: 1, value: this.expression() };
    const next = this.#tokens[this.#at + 1];
    const first = this.#tokens[this.#at];
    if (first?.kind === 'name' && next?.kind === 'operator' && next.text === '=' && !KEYWORDS.has(first.text)) {
      this.#at += 2;
      return { name: first.text, stars: 0, value: this.expression() };
    }
    const value = this.named();
    const at = value.at;
    if (!this.#isWord('for', 'async')) return { stars: 0, value };
    return {
      stars: 0,
      value: { kind: 'comprehension', type: 'generator', element: value, clauses: this.#clauses(), at },
    };
  }

  #index(): Expr {
    return this.#deeper(() => {
      const at = this.#offset();
      const items: Expr[] = [];
      let comma = false;
      while (!this.#operator(']')) {
        items.push(this.#subscript());
        if (this.#operator(']')) break;
        this.#need(',');
        comma = true;
      }
      const [only] = items;
      if (only === undefined) this.#fail('an index is missing');
      return comma ? { kind: 'sequence', type: 'tuple', items, at } : only;
    });
  }

  #subscript(): Expr {
    const at = this.#offset();
    const parts: (Expr | undefined)[] = [this.#isOperator(':') ? undefined : this.#starred()];
    if (!this.#isOperator(':')) return parts[0] ?? this.#fail('an index is missing');
    while (this.#operator(':')) parts.push(this.#isOperator(':', ']', ',') ? undefined : this.expression());
    return { kind: 'slice', parts, at };
  }

  #clauses(): Clause[] {
    const clauses: Clause[] = [];
    while (this.#isWord('for', 'async')) {
      this.#word('async');
      this.#need('for');
      const target = this.#targets();
      this.#need('in');
      const iterable = this.#level(0);
      const conditions: Expr[] = [];
      while (this.#word('if')) conditions.push(this.#condition());
      clauses.push({ target, iterable, conditions });
    }
    return clauses;
  }

  /** Without `if … else` of its own, which the comprehension's next `if` would be taken for. */
  #condition(): Expr {
    const at = this.#offset();
    const value = this.#isWord('lambda') ? this.expression() : this.#level(0);
    if (value.kind !== 'name' || !this.#operator(':=')) return value;
    return { kind: 'walrus', name: value.name, value: this.#level(0), at };
  }

  #atom(): Expr {
    const token = this.#tokens[this.#at];
    const at = this.#offset();
    if (token === undefined) return this.#fail('an expression is missing');
    this.#at += 1;
    if (token.kind === 'number') return { kind: 'number', value: numberOf(token.text), at };
    if (token.kind === 'text') return this.#texts(token);
    if (token.kind === 'name') {
      if (token.text === 'None' || token.text === 'True' || token.text === 'False')
        return { kind: 'constant', name: token.text, at };
      if (KEYWORDS.has(token.text)) this.#fail(`“${token.text}” is not expected`);
      return { kind: 'name', name: token.text, at };
    }
    switch (token.text) {
      case '(':
        return this.#deeper(() => this.#bracket(at));
      case '[':
        return this.#deeper(() => this.#sequence('list', ']', at));
      case '{':
        return this.#deeper(() => this.#braces(at));
      case '.':
        this.#need('.');
        this.#need('.');
        return { kind: 'constant', name: '...', at };
      default:
        return this.#fail(`“${token.text}” is not expected`);
    }
  }

  /** Texts one after another are one text. */
  #texts(first: PyToken & { kind: 'text' }): Expr {
    const all = [first];
    for (let next = this.#tokens[this.#at]; next?.kind === 'text'; next = this.#tokens[this.#at]) {
      all.push(next);
      this.#at += 1;
    }
    const { at } = first;
    if (all.every(({ parts }) => parts === undefined))
      return { kind: 'text', text: all.map(({ text }) => text).join(''), bytes: first.bytes, at };
    return {
      kind: 'formatted',
      parts: all.flatMap(({ text, parts }) => parts?.map((part) => this.#field(part)) ?? [text]),
      at,
    };
  }

  /** An expression in a formatted string, before its conversion and format. */
  #field(part: string | readonly PyToken[]): string | Expr {
    if (typeof part === 'string') return part;
    const begin = part[0]?.at ?? this.begin;
    return this.#deeper(() => {
      const words = new Words(part, begin, this.#depth);
      const value = words.#list();
      words.#operator('=');
      // `!r`, and a format, which can hold fields of its own.
      const rest = part.slice(words.#at);
      const open = rest.findIndex(({ kind, text }) => kind === 'operator' && text === '{');
      if (open < 0) return value;
      const inner = new Words(rest.slice(open + 1), begin, this.#depth);
      const more = inner.#list();
      return { kind: 'sequence', type: 'tuple', items: [value, more], at: begin };
    });
  }

  #bracket(at: number): Expr {
    if (this.#operator(')')) return { kind: 'sequence', type: 'tuple', items: [], at };
    const first = this.#starred();
    if (this.#isWord('for', 'async')) {
      const clauses = this.#clauses();
      this.#need(')');
      return { kind: 'comprehension', type: 'generator', element: first, clauses, at };
    }
    if (this.#operator(')')) return first;
    const items = [first];
    while (this.#operator(',')) {
      if (this.#isOperator(')')) break;
      items.push(this.#starred());
    }
    this.#need(')');
    return { kind: 'sequence', type: 'tuple', items, at };
  }

  #sequence(type: 'list' | 'set', end: string, at: number, begun?: Expr): Expr {
    const items: Expr[] = begun ? [begun] : [];
    if (!begun && !this.#isOperator(end)) items.push(this.#starred());
    const [element] = items;
    if (element && this.#isWord('for', 'async')) {
      const clauses = this.#clauses();
      this.#need(end);
      return { kind: 'comprehension', type, element, clauses, at };
    }
    while (this.#operator(',')) {
      if (this.#isOperator(end)) break;
      items.push(this.#starred());
    }
    this.#need(end);
    return { kind: 'sequence', type, items, at };
  }

  #braces(at: number): Expr {
    const entries: DictEntry[] = [];
    if (this.#operator('}')) return { kind: 'dict', entries, at };
    do {
      if (this.#isOperator('}')) break;
      if (this.#operator('**')) {
        entries.push({ key: undefined, value: this.#level(3) });
        continue;
      }
      const key = this.#starred();
      if (!this.#operator(':')) {
        if (entries.length > 0) this.#fail('a value is missing');
        return this.#sequence('set', '}', at, key);
      }
      const value = this.expression();
      if (entries.length === 0 && this.#isWord('for', 'async')) {
        const clauses = this.#clauses();
        this.#need('}');
        return { kind: 'comprehension', type: 'dict', element: key, value, clauses, at };
      }
      entries.push({ key, value });
    } while (this.#operator(','));
    this.#need('}');
    return { kind: 'dict', entries, at };
  }

  #params(end: ')' | ':'): Param[] {
    const params: Param[] = [];
    while (!this.#isOperator(end)) {
      if (!this.#operator('/')) {
        const stars = this.#operator('**') ? 2 : this.#operator('*') ? 1 : 0;
        if (stars !== 1 || !this.#isOperator(',')) {
          const name = this.#identifier();
          const annotation = end === ')' && this.#operator(':') ? this.#starred() : undefined;
          const initial = this.#operator('=') ? this.expression() : undefined;
          params.push({ name, stars, initial, annotation });
        }
      }
      if (!this.#operator(',')) break;
    }
    return params;
  }

  /** `[T: int, *Ts]` (PEP 695). */
  #typeParams(): void {
    if (!this.#operator('[')) return;
    while (!this.#operator(']')) {
      if (!this.#operator('**')) this.#operator('*');
      this.#identifier();
      if (this.#operator(':')) this.expression();
      if (this.#operator('=')) this.#starred();
      if (this.#operator(']')) return;
      this.#need(',');
    }
  }

  // Tokens

  #identifier(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name' || KEYWORDS.has(token.text)) return this.#fail('a name is missing');
    this.#at += 1;
    return token.text;
  }

  #isOperator(...texts: readonly string[]): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'operator' && texts.includes(token.text);
  }

  #operator(text: string): boolean {
    if (!this.#isOperator(text)) return false;
    this.#at += 1;
    return true;
  }

  #isWord(...texts: readonly string[]): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'name' && texts.includes(token.text);
  }

  #word(text: string): boolean {
    if (!this.#isWord(text)) return false;
    this.#at += 1;
    return true;
  }

  #need(text: string): void {
    if (!this.#operator(text) && !this.#word(text)) this.#fail(`“${text}” is missing`);
  }

  #offset(): number {
    return this.#tokens[this.#at]?.at ?? this.begin;
  }

  /** Behind the bracket that was just read. */
  #end(): number {
    return (this.#tokens[this.#at - 1]?.at ?? this.begin) + 1;
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) this.#fail('it is nested too deep');
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #fail(why: string): never {
    throw new NoPython(why);
  }
}

function depthAt(tokens: readonly PyToken[], index: number): number {
  let depth = 0;
  for (const { kind, text } of tokens.slice(0, index)) {
    if (kind !== 'operator') continue;
    if ('([{'.includes(text)) depth += 1;
    else if (')]}'.includes(text)) depth -= 1;
  }
  return depth;
}

/** Names that a pattern gives to parts of its subject: those that are no class, no attribute and no keyword. */
function capturedIn(pattern: readonly PyToken[]): string[] {
  return pattern.flatMap(({ kind, text }, index) => {
    const next = pattern[index + 1];
    const before = pattern[index - 1];
    const isPart = [next, before].some((near) => near?.kind === 'operator' && near.text === '.');
    const isTaken = next?.kind === 'operator' && (next.text === '(' || next.text === '=');
    return kind === 'name' && !KEYWORDS.has(text) && text !== '_' && !isPart && !isTaken ? [text] : [];
  });
}

function numberOf(text: string): number {
  const digits = text.replaceAll('_', '').replace(/[jJ]$/, '');
  return Number(/^0\d+$/.test(digits) ? digits.replace(/^0+(?=\d)/, '') : digits);
}
