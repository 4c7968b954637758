/**
 * Follows a template in the order in which it is rendered: what its names hold at each place. Loops over known lists are run, loops over anything
 * else once; of conditions both sides. What depends on the messages is not known, and what the template makes of it is told apart from what it
 * only takes out of it.
 */
import { childrenOf, parseTokens, type Argument, type Node } from '../../readers/jinja/parser.js';
import type { Piece, Token } from '../../readers/jinja/lexer.js';
import { KNOWN_FUNCTIONS, PROGRAM_OBJECTS } from '../../names/templates.js';
import { Folder, isList, isMap, truth, type Value } from './fold.js';

export interface ParsedPiece {
  readonly piece: Piece;
  readonly nodes: readonly Node[];
}

/** What is judged at each place, with what names hold there. */
export interface Visitor {
  readonly visit: (nodes: readonly Node[], run: Run) => void;
  /** The condition of a branch, or of the text that a condition chooses. */
  readonly condition: (nodes: readonly Node[], run: Run) => void;
}

interface Statement {
  readonly head: ParsedPiece;
  readonly tag: string;
  /** Of `if`: each condition with its body; of anything else one. */
  readonly branches: { readonly head: ParsedPiece; readonly body: Statement[] }[];
}

interface Macro {
  readonly parameters: readonly { readonly name: string; readonly value: Node | undefined }[];
  readonly body: readonly Statement[];
}

const VALUES_LIMIT = 32;
const ITERATIONS_LIMIT = 1000;
/** Statements that are run, in loops each time. */
const STATEMENTS_LIMIT = 30_000;
const NESTED_LIMIT = 60;
/** Names of the template's own; each is copied with every condition. */
const NAMES_LIMIT = 500;
const CALLS_LIMIT = 8;
const TEXT_LIMIT = 1024;

/** Tags with a body, besides `set` without a value. */
const WITH_BODY: ReadonlySet<string> = new Set(
  'for if macro call filter with block autoescape trans generation'.split(' '),
);

/** Tags that give names, and those whose arguments may be names. */
const NAMING: ReadonlySet<string> = new Set('set for macro call with import from block'.split(' '));

/** Functions of every renderer whose result is made of nothing but what they get. */
const TAKING: ReadonlySet<string> = new Set(['range', 'namespace']);

export class Run {
  readonly assigned = new Set<string>();
  readonly folder: Folder;
  /** Names whose values the template makes of parts that are not known. */
  #made = new Set<string>();
  /** Names that hold the date. */
  readonly #dated = new Set<string>();
  /** Names that a namespace was made for. */
  readonly #namespaces = new Set<string>();
  #values = new Map<string, readonly Value[]>();
  readonly #macros = new Map<string, Macro>();
  #statements = 0;
  #calls = 0;
  #nested = false;
  #crowded = false;

  constructor(
    parsed: readonly ParsedPiece[],
    private readonly visitor: Visitor,
  ) {
    this.folder = new Folder(
      (name) => this.#values.get(name),
      (name, args) => this.#macro(name, args),
    );
    const tree = this.#tree(parsed);
    this.#names(parsed);
    this.#body(tree);
  }

  get exhausted(): boolean {
    return this.folder.exhausted || this.#statements > STATEMENTS_LIMIT || this.#nested || this.#crowded;
  }

  /** True for an unknown value that is taken out of what the program hands in, and not made of pieces. */
  isTaken(node: Node, depth = 0): boolean {
    if (depth > 100) return false;
    const taken = (part: Node): boolean => this.isTaken(part, depth + 1);
    switch (node.kind) {
      case 'number':
      case 'slice':
        return true;
      case 'text':
        return false;
      case 'name':
        if (this.assigned.has(node.name)) return !this.#made.has(node.name);
        return !KNOWN_FUNCTIONS.has(node.name) && !PROGRAM_OBJECTS.has(node.name) && !/_tokens?$/.test(node.name);
      case 'attribute':
        return (
          (node.of.kind === 'name' && node.of.name === 'loop') ||
          (taken(node.of) && !this.#made.has(pathOf(node) ?? ''))
        );
      case 'item':
        return taken(node.of) && (node.key.kind === 'text' || taken(node.key));
      case 'call':
        if (node.callee.kind === 'attribute') return taken(node.callee.of);
        if (node.callee.kind !== 'name' || this.#macros.has(node.callee.name)) return false;
        return TAKING.has(node.callee.name) || !KNOWN_FUNCTIONS.has(node.callee.name);
      case 'filter':
        if (node.name === 'length' || node.name === 'count' || node.name === 'int') return true;
        // A list that is made step by step shows its class and address as a text.
        if (AS_TEXT.has(node.name) && node.of.kind === 'filter' && LAZY.has(node.of.name)) return false;
        return taken(node.of);
      case 'chain':
      case 'other':
        return node.parts.every(taken);
      case 'list':
        return node.items.every(taken);
      case 'dict':
        return node.entries.every(([, value]) => taken(value));
    }
  }

  /** Whether the value depends on the date. */
  isDated(node: Node): boolean {
    const left: Node[] = [node];
    for (let steps = 0, next = left.pop(); next && steps < 1000; next = left.pop(), steps += 1) {
      if (
        next.kind === 'name' &&
        (this.#dated.has(next.name) || (next.name === 'strftime_now' && !this.assigned.has(next.name)))
      )
        return true;
      for (const child of childrenOf(next)) left.push(child);
    }
    return false;
  }

  /** Names that are given anywhere: a macro can stand behind its calls. */
  #names(parsed: readonly ParsedPiece[]): void {
    for (const { piece } of parsed) {
      const [tag] = piece.tokens;
      if (piece.kind !== 'block' || tag?.kind !== 'name' || !NAMING.has(tag.text)) continue;
      const end = piece.tokens.findIndex(
        ({ kind, text }) => (kind === 'operator' && text === '=') || (kind === 'name' && text === 'in'),
      );
      const all =
        tag.text === 'set' || tag.text === 'for' ? piece.tokens.slice(1, end < 0 ? 2 : end) : piece.tokens.slice(1);
      for (const name of namesOf(all)) this.assigned.add(name);
    }
  }

  #keepMacro({ head: { piece }, branches }: Statement): void {
    const name = piece.tokens[1]?.kind === 'name' ? piece.tokens[1].text : '';
    this.#macros.set(name, { parameters: parametersOf(piece.tokens.slice(2)), body: branches[0]?.body ?? [] });
  }

  #tree(parsed: readonly ParsedPiece[]): Statement[] {
    const root: Statement[] = [];
    const open: Statement[] = [];
    const into = (): Statement[] => open.at(-1)?.branches.at(-1)?.body ?? root;
    for (const head of parsed) {
      const { piece } = head;
      const [first] = piece.tokens;
      const tag = piece.kind === 'block' && first?.kind === 'name' ? first.text : '';
      if (tag === 'elif' || (tag === 'else' && open.length > 0)) open.at(-1)?.branches.push({ head, body: [] });
      else if (tag.startsWith('end') && open.length > 0) open.pop();
      else {
        const statement: Statement = { head, tag, branches: [{ head, body: [] }] };
        into().push(statement);
        if (tag === 'macro') this.#keepMacro(statement);
        if (WITH_BODY.has(tag) || (tag === 'set' && equalsOf(piece.tokens) < 0)) {
          if (open.length < NESTED_LIMIT) open.push(statement);
          else this.#nested = true;
        }
      }
    }
    return root;
  }

  /** The text that it gives; undefined when it is not known. */
  #body(statements: readonly Statement[]): string | undefined {
    let text: string | undefined = '';
    for (const statement of statements) {
      this.#statements += 1;
      if (this.#statements > STATEMENTS_LIMIT) return undefined;
      const own = this.#statement(statement);
      text = text === undefined || own === undefined || text.length > TEXT_LIMIT ? undefined : text + own;
    }
    return text;
  }

  #statement(statement: Statement): string | undefined {
    const { head, tag, branches } = statement;
    const { piece, nodes } = head;
    if (piece.kind === 'data') return piece.text;
    // `{% call(item) list(items) %}`: the first brackets hold names.
    if (tag === 'call') this.visitor.visit(parseTokens(piece.tokens.slice(1)).nodes, this);
    else if (tag !== 'if' && tag !== 'macro') this.visitor.visit(nodes, this);
    if (tag !== 'if' && tag !== 'macro') this.#change(nodes);
    const body = branches[0]?.body ?? [];
    if (piece.kind === 'output') {
      const [value] = nodes.length === 1 && nodes[0] ? this.folder.values(nodes[0]) : [];
      return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
    }
    switch (tag) {
      case 'set':
        return this.#set(head, body);
      case 'if':
        return this.#if(branches);
      case 'for':
        return this.#for(head, branches);
      case 'macro':
        // Once as it stands, whether it is called or not.
        this.visitor.visit(parseTokens(piece.tokens.slice(2)).nodes, this);
        this.#with(parametersOf(piece.tokens.slice(2)), [], body);
        return '';
      case 'with': {
        const equals = equalsOf(piece.tokens);
        for (const { name, value } of equals < 0 ? [] : argumentsOf(piece.tokens.slice(1)))
          if (name !== undefined) this.#assign([name], value);
        return this.#body(body);
      }
      case 'import':
      case 'from':
      case 'block':
      case 'call':
        for (const name of namesOf(piece.tokens.slice(1))) if (tag !== 'call') this.assigned.add(name);
        return this.#body(body);
      default:
        return this.#body(body);
    }
  }

  #set({ piece: { tokens }, nodes }: ParsedPiece, body: readonly Statement[]): string {
    const equals = equalsOf(tokens);
    if (equals >= 0) {
      const value = parseTokens(tokens.slice(equals + 1)).nodes;
      const target = tokens.slice(1, equals);
      const whole = oneNode(value);
      if (whole) this.#assign(targetsOf(target), whole);
      else this.#forget(targetsOf(target));
      return '';
    }
    // `{% set x | upper %}text{% endset %}`
    const text = this.#body(body);
    const [, target] = nodes;
    const names = targetsOf(tokens.slice(1, 2));
    this.#forget(names);
    const [name] = names;
    if (text === undefined || name === undefined) {
      for (const each of names) this.#made.add(each);
      return '';
    }
    this.#values.set(name, [text]);
    if (target?.kind === 'filter') {
      const values = this.folder.values(target);
      this.#values.set(name, values);
      if (values.length === 0) this.#made.add(name);
    }
    return '';
  }

  #assign(names: readonly string[], node: Node): void {
    const values = this.folder.values(node).slice(0, VALUES_LIMIT);
    const [only] = values;
    const taken = values.length > 0 || this.isTaken(node);
    const dated = this.isDated(node);
    this.#forget(names);
    for (const name of names) this.#otherNames(name);
    for (const [index, name] of names.entries()) {
      if (names.length === 1) this.#values.set(name, values);
      else if (values.length === 1 && only !== undefined && isList(only)) {
        const part = only[index];
        if (part !== undefined) this.#values.set(name, [part]);
      }
      if (!taken) this.#made.add(name);
      if (dated) this.#dated.add(name);
    }
    const [name] = names;
    if (names.length !== 1 || name === undefined || node.kind !== 'call') return;
    if (node.callee.kind !== 'name' || node.callee.name !== 'namespace') return;
    this.#namespaces.add(name);
    for (const { name: field, value } of node.args) if (field !== undefined) this.#assign([`${name}.${field}`], value);
  }

  /** A field of a namespace that has another name here: any field of that name may be it. */
  #otherNames(path: string): void {
    const [owner = '', field] = path.split('.');
    if (field === undefined || this.#namespaces.has(owner)) return;
    for (const name of [...this.#values.keys()]) {
      if (name === path || !name.endsWith(`.${field}`)) continue;
      this.#forget([name]);
      this.#made.add(name);
    }
  }

  #forget(names: readonly string[]): void {
    if (this.assigned.size > NAMES_LIMIT) this.#crowded = true;
    for (const name of this.#crowded ? [] : names) {
      this.assigned.add(name);
      this.#made.delete(name);
      this.#dated.delete(name);
      this.#values.delete(name);
    }
  }

  #if(branches: Statement['branches']): string | undefined {
    const before = this.#values;
    const madeBefore = this.#made;
    const madeEnds = new Set<string>();
    const ends: ReadonlyMap<string, readonly Value[]>[] = [];
    let text: string | undefined;
    /** A branch that is surely taken was met. */
    let decided = false;
    let exhaustive = false;
    for (const { head, body } of branches) {
      const [tag] = head.piece.tokens;
      const isElse = tag?.text === 'else';
      exhaustive ||= isElse;
      const condition = parseTokens(head.piece.tokens.slice(1)).nodes;
      this.#values = new Map(before);
      this.#made = new Set(madeBefore);
      this.visitor.visit(condition, this);
      this.visitor.condition(condition, this);
      const holds = isElse ? true : this.#holds(condition);
      // What is never reached is judged, too, and changes nothing.
      const own = this.#body(body);
      if (decided || holds === false) continue;
      if (holds === true) {
        decided = true;
        if (ends.length === 0) text = own;
      }
      ends.push(this.#values);
      for (const name of this.#made) madeEnds.add(name);
    }
    if (!decided && !exhaustive) {
      ends.push(before);
      for (const name of madeBefore) madeEnds.add(name);
    }
    this.#made = madeEnds;
    this.#values = ends.length === 1 ? new Map(ends[0]) : this.#joined(ends);
    if (ends.length !== 1) return undefined;
    return decided ? text : '';
  }

  /** A name with more values than are kept may hold any. */
  #joined(ends: readonly ReadonlyMap<string, readonly Value[]>[]): Map<string, readonly Value[]> {
    const all = joined(ends);
    for (const [name, values] of all) if (values.length >= VALUES_LIMIT) this.#made.add(name);
    return all;
  }

  /** True when a part of the value may be made by the template, whatever else it may be. */
  isPartlyMade(node: Node): boolean {
    const left: Node[] = [node];
    for (let steps = 0, next = left.pop(); next && steps < 1000; next = left.pop(), steps += 1) {
      const name = next.kind === 'name' ? next.name : pathOf(next);
      if (name !== undefined && this.#made.has(name)) return true;
      for (const child of childrenOf(next)) left.push(child);
    }
    return false;
  }

  /** Methods that change a list or a dict: `l.append('__cl')`. */
  #change(roots: readonly Node[]): void {
    const left: Node[] = [...roots];
    for (let steps = 0, node = left.pop(); node && steps < 1000; node = left.pop(), steps += 1) {
      if (node.kind === 'call' && node.callee.kind === 'attribute' && CHANGING.has(node.callee.name)) {
        const name = node.callee.of.kind === 'name' ? node.callee.of.name : pathOf(node.callee.of);
        if (name !== undefined) this.#changed(name, node.callee.name, node.args);
      }
      for (const child of childrenOf(node)) left.push(child);
    }
  }

  #changed(name: string, method: string, args: readonly Argument[]): void {
    const [list, ...more] = this.#values.get(name) ?? [];
    const [item] = args[0] ? this.folder.values(args[0].value) : [];
    if (method === 'append' && list !== undefined && more.length === 0 && isList(list) && item !== undefined) {
      if (list.length < ITERATIONS_LIMIT) this.#values.set(name, [[...list, item]]);
      return;
    }
    // What the program hands in stays its own.
    if (!this.assigned.has(name.split('.')[0] ?? '')) return;
    this.#forget([name]);
    this.#made.add(name);
  }

  /** Negations and tests have no value here. */
  #holds(condition: readonly Node[]): boolean | undefined {
    const [only, ...rest] = condition;
    return only === undefined || rest.length > 0 || only.kind === 'other' ? undefined : truth(this.folder.values(only));
  }

  #for({ piece: { tokens } }: ParsedPiece, branches: Statement['branches']): string | undefined {
    const of = tokens.findIndex(({ kind, text }) => kind === 'name' && text === 'in');
    const targets = targetsOf(tokens.slice(1, Math.max(1, of)));
    const iterated = parseTokens(tokens.slice(of + 1)).nodes;
    const source = oneNode(iterated);
    const lists = source ? this.folder.values(source).map(itemsOf) : [];
    const [body, ...rest] = branches;
    const before = new Map(this.#values);
    const made = source !== undefined && lists.length === 0 && !this.isTaken(source);
    let text: string | undefined = '';
    for (const name of ['loop.index', 'loop.index0', 'loop.first', 'loop.last']) this.#values.delete(name);
    if (lists.length === 0) {
      // Twice: what then is another text is made in the loop, as often as there are items.
      let first = this.#values;
      for (let turn = 0; turn < 2; turn += 1) {
        first = new Map(this.#values);
        this.#forget(targets);
        if (made) for (const name of targets) this.#made.add(name);
        this.#body(body?.body ?? []);
      }
      for (const [name, values] of this.#values) {
        const known = first.get(name);
        if (!name.includes('.') || known === undefined || same(known, values)) continue;
        this.#forget([name]);
        if (!values.every((value) => typeof value === 'number')) this.#made.add(name);
      }
      text = undefined;
    }
    for (const list of lists) {
      for (const [index, item] of list.slice(0, ITERATIONS_LIMIT).entries()) {
        this.#forget(targets);
        if (targets.length === 1 && targets[0] !== undefined) this.#values.set(targets[0], [item]);
        else if (isList(item))
          for (const [at, name] of targets.entries()) {
            const part = item[at];
            if (part !== undefined) this.#values.set(name, [part]);
          }
        this.#values.set('loop.index', [index + 1]);
        this.#values.set('loop.index0', [index]);
        this.#values.set('loop.first', [index === 0 ? 1 : 0]);
        this.#values.set('loop.last', [index === list.length - 1 ? 1 : 0]);
        const own = this.#body(body?.body ?? []);
        text = text === undefined || own === undefined || text.length > TEXT_LIMIT ? undefined : text + own;
      }
    }
    for (const branch of rest) this.#body(branch.body);
    // Names that are set in a loop are its own; fields of namespaces stay.
    const after = this.#joined([lists.length === 0 ? fieldsOnly(before, this.#values) : before, this.#values]);
    if (lists.length === 1) for (const [name, values] of this.#values) if (name.includes('.')) after.set(name, values);
    this.#values = after;
    return lists.length === 1 ? text : undefined;
  }

  #macro(name: string, args: readonly Argument[]): Value | undefined {
    const macro = this.#macros.get(name);
    if (!macro || this.#calls >= CALLS_LIMIT) return undefined;
    return this.#with(macro.parameters, args, macro.body);
  }

  #with(parameters: Macro['parameters'], args: readonly Argument[], body: readonly Statement[]): string | undefined {
    const before = this.#values;
    const positional = args.filter(({ name }) => name === undefined);
    const given = parameters.map(({ name, value }, index) => {
      const node = positional[index]?.value ?? args.find((arg) => arg.name === name)?.value ?? value;
      return { name, values: node ? this.folder.values(node) : [], taken: node === undefined || this.isTaken(node) };
    });
    this.#values = new Map(before);
    for (const { name, values, taken } of given) {
      this.#forget([name]);
      this.#values.set(name, values);
      if (values.length === 0 && !taken) this.#made.add(name);
    }
    this.#calls += 1;
    const text = this.#body(body);
    this.#calls -= 1;
    const after = this.#values;
    this.#values = before;
    for (const [name, values] of after) if (name.includes('.')) before.set(name, values);
    return text;
  }
}

const CHANGING: ReadonlySet<string> = new Set(
  'append extend insert update setdefault pop popitem remove clear reverse sort __setitem__ __iadd__'.split(' '),
);

/** Filters that give their items one by one. */
const LAZY: ReadonlySet<string> = new Set('map select reject selectattr rejectattr batch slice reverse'.split(' '));
const AS_TEXT: ReadonlySet<string> = new Set(
  'string pprint escape e forceescape safe xmlattr urlize indent wordwrap center upper lower'.split(' '),
);

function joined(ends: readonly ReadonlyMap<string, readonly Value[]>[]): Map<string, readonly Value[]> {
  const all = new Map<string, readonly Value[]>();
  for (const end of ends) {
    for (const [name, values] of end) {
      const known = all.get(name);
      if (known === undefined) all.set(name, values);
      else if (known !== values) all.set(name, [...new Set([...known, ...values])].slice(0, VALUES_LIMIT));
    }
  }
  return all;
}

/** What held before a loop: fields that the loop made unknown are so after it. */
function fieldsOnly(
  before: ReadonlyMap<string, readonly Value[]>,
  after: ReadonlyMap<string, readonly Value[]>,
): Map<string, readonly Value[]> {
  return new Map([...before].filter(([name]) => !name.includes('.') || after.has(name)));
}

function same(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

function itemsOf(value: Value): readonly Value[] {
  if (typeof value === 'string') return Array.from(value);
  if (isMap(value)) return [...value.keys()];
  return isList(value) ? value : [];
}

/** `a, b` without brackets is a list. A filter of a loop (`for x in y if z`) is one node with what it filters. */
function oneNode(nodes: readonly Node[]): Node | undefined {
  const [first, ...rest] = nodes;
  return first === undefined || rest.length === 0 ? first : { kind: 'list', items: nodes, at: first.at };
}

/** `ns.field` of names alone. */
function pathOf(node: Node): string | undefined {
  return node.kind === 'attribute' && node.of.kind === 'name' ? `${node.of.name}.${node.name}` : undefined;
}

/** The `=` of an assignment, outside of brackets; -1 without one. */
function equalsOf(tokens: readonly Token[]): number {
  let open = 0;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'operator') continue;
    if ('([{'.includes(text)) open += 1;
    else if (')]}'.includes(text)) open -= 1;
    else if (text === '=' && open === 0) return index;
  }
  return -1;
}

/** `a`, `a, b`, `ns.a`. */
function targetsOf(tokens: readonly Token[]): string[] {
  const names: string[] = [];
  let dotted = false;
  for (const token of tokens) {
    if (token.kind === 'name') {
      if (dotted) names.push(`${names.pop() ?? ''}.${token.text}`);
      else names.push(token.text);
      dotted = false;
    } else dotted = token.kind === 'operator' && token.text === '.';
  }
  return names;
}

function namesOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => (token.kind === 'name' ? [token.text] : []));
}

/** `a = 1, b = 2`. */
function argumentsOf(tokens: readonly Token[]): readonly Argument[] {
  const open: Token = { kind: 'operator', text: '(', at: 0 };
  const close: Token = { kind: 'operator', text: ')', at: 0 };
  const [node] = parseTokens([{ kind: 'name', text: 'with', at: 0 }, open, ...tokens, close]).nodes;
  return node?.kind === 'call' ? node.args : [];
}

/** `(a, b='x')` of a macro. */
function parametersOf(tokens: readonly Token[]): Macro['parameters'] {
  const args = argumentsOf(tokens.slice(1, -1));
  return args.flatMap(({ name, value }): { name: string; value: Node | undefined }[] => {
    if (name !== undefined) return [{ name, value }];
    return value.kind === 'name' ? [{ name: value.name, value: undefined }] : [];
  });
}
