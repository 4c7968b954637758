/** Finds the faults of a Jinja2 template. Nothing is rendered. */
import {
  ANY_DUNDER,
  DANGEROUS_CALLS,
  INTERNAL_DUNDER,
  INTERNAL_NAMES,
  KNOWN_FILTERS,
  KNOWN_FUNCTIONS,
  PROGRAM_OBJECTS,
} from '../../names/templates.js';
import type { Match, UnlocatedMatch } from '../context.js';
import { isList, type Value } from './fold.js';
import { Run } from './run.js';
import { lex, type Piece, type Token } from '../../readers/jinja/lexer.js';
import { childrenOf, parseTokens, type Node } from '../../readers/jinja/parser.js';
import { addAll } from '../../core/lists.js';

export interface JudgedTemplate {
  /** Offsets count characters from the template's begin. */
  readonly hits: readonly Omit<Match, 'place'>[];
  readonly gaps: readonly string[];
}

const INCLUDING: ReadonlySet<string> = new Set(['include', 'import', 'from', 'extends']);
/** More turns than any prompt has characters. */
const LARGE = 10_000_000;
const WIDENS: ReadonlySet<string> = new Set([
  'center',
  'indent',
  'ljust',
  'rjust',
  'zfill',
  'expandtabs',
  'batch',
  'slice',
]);

/** Longer than any template seen; the rest is not read, which is a coverage gap. */
export const TEMPLATE_LIMIT = 512 * 1024;
const NODES_LIMIT = 200_000;

export function judgeTemplate(template: string): JudgedTemplate {
  const gaps: string[] = [];
  if (template.length > TEMPLATE_LIMIT)
    gaps.push(`only the first ${TEMPLATE_LIMIT} characters of the template were read`);
  const text = template.slice(0, TEMPLATE_LIMIT);
  const { pieces, unfinished } = lex(text);
  if (unfinished !== undefined) gaps.push(`the template cannot be read to its end: ${unfinished}`);
  const judge = new Judge(text);
  for (const piece of pieces) judge.tokens(piece.tokens);
  const parsed = pieces.map((piece) => ({ piece, ...parseTokens(piece.tokens) }));
  if (parsed.some(({ complete }) => !complete)) gaps.push('the template is nested too deep to be followed everywhere');
  for (const piece of pieces) judge.tag(piece);
  const run = new Run(parsed, {
    visit: (nodes, code) => judge.nodes(nodes, code),
    condition: (nodes, code) => judge.condition(nodes, code),
  });
  if (run.exhausted || judge.exhausted) gaps.push('the template is too long to be followed everywhere');
  for (const gap of judge.gaps) gaps.push(gap);
  return { hits: judge.hits(), gaps };
}

class Judge {
  readonly gaps = new Set<string>();
  #hits = new Map<string, UnlocatedMatch>();
  #unknown = new Map<string, number>();
  readonly #met = new Set<string>();
  #nodes = 0;

  constructor(private readonly template: string) {}

  get exhausted(): boolean {
    return this.#nodes > NODES_LIMIT;
  }

  hits(): UnlocatedMatch[] {
    const names = [...this.#unknown.keys()];
    if (names.length === 0) return [...this.#hits.values()];
    const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
    return [
      ...this.#hits.values(),
      {
        rule: 'STATIC-JINJA-UNKNOWN',
        key: '',
        subject: shown,
        evidence: [...this.#unknown].slice(0, 8).map(([name, offset]) => ({ offset, text: name })),
        count: names.length,
      },
    ];
  }

  /** Needs no grammar: names and strings as they stand. */
  tokens(tokens: readonly Token[]): void {
    for (const token of tokens) {
      if (token.kind === 'name' && (ANY_DUNDER.test(token.text) || token.text.startsWith('_TemplateReference')))
        this.#add('STATIC-JINJA-PYTHON', token.text, `It uses ${token.text}`, token.at);
      else if (token.kind === 'text') this.#text(token.text, token.at);
    }
  }

  tag({ kind, tokens, at }: Piece): void {
    const [tag] = tokens;
    if (kind !== 'block' || tag?.kind !== 'name' || !INCLUDING.has(tag.text)) return;
    this.#add('STATIC-JINJA-INCLUDE', tag.text, `It has the statement ${this.#shown(at)}`, at);
  }

  nodes(roots: readonly Node[], code: Run): void {
    const left: Node[] = [...roots];
    for (let node = left.pop(); node && !this.exhausted; node = left.pop()) {
      this.#nodes += 1;
      this.#node(node, code);
      // Not spread into push: a list in a template can have any length.
      for (const child of childrenOf(node)) left.push(child);
    }
  }

  #node(node: Node, code: Run): void {
    switch (node.kind) {
      case 'attribute':
        this.#attribute(node.name, node.at);
        if (node.of.kind === 'name') this.#object(node.of.name, node.of.at, code);
        break;
      case 'item':
        if (node.of.kind === 'name') this.#object(node.of.name, node.of.at, code);
        this.#key(node.of, node.key, code);
        break;
      case 'filter':
        this.#filter(node, code);
        break;
      case 'call':
        this.#call(node, code);
        break;
      case 'chain':
        this.#folded(node, code);
        this.#large(node, code);
        break;
      default:
        break;
    }
  }

  /** What decides whether a part of the template is rendered. */
  condition(roots: readonly Node[], code: Run): void {
    const left: Node[] = [...roots];
    for (let node = left.pop(); node && !this.exhausted; node = left.pop()) {
      this.#nodes += 1;
      if (
        node.kind === 'chain' &&
        node.operators.some((operator) => COMPARING.has(operator)) &&
        node.parts.some((part) => code.isDated(part))
      )
        this.#add('STATIC-JINJA-DATE', '', `It compares the date: ${this.#shown(node.at)}`, node.at);
      for (const child of childrenOf(node)) left.push(child);
    }
  }

  /** A name that is looked up and that cannot be told. */
  #untold(node: Node): void {
    if (this.gaps.size < 20) this.gaps.add(`a name that the template looks up cannot be told: ${this.#shown(node.at)}`);
  }

  #attribute(name: string, at: number): void {
    if (INTERNAL_NAMES.has(name)) this.#add('STATIC-JINJA-PYTHON', name, `It uses the attribute ${name}`, at);
    else if (name.startsWith('_') && !ANY_DUNDER.test(name))
      this.#add('STATIC-JINJA-PRIVATE', name, `It uses the attribute ${name}`, at);
  }

  #text(text: string, at: number): void {
    const name = INTERNAL_DUNDER.exec(text)?.[0];
    if (name !== undefined) this.#add('STATIC-JINJA-PYTHON', name, `It has the name ${name} in a text`, at);
  }

  #folded(node: Node, code: Run): void {
    for (const value of code.folder.values(node)) this.#made(value, node.at);
  }

  /** A text that the template joins from pieces. */
  #made(value: Value, at: number): void {
    const text =
      typeof value === 'string'
        ? value
        : isList(value)
          ? value.filter((part) => typeof part === 'string').join('\n')
          : '';
    const name = INTERNAL_DUNDER.exec(text)?.[0];
    if (name !== undefined) this.#add('STATIC-JINJA-PYTHON', name, `It puts together the name ${name}`, at);
  }

  #key(of: Node, key: Node, code: Run): void {
    if (key.kind === 'slice' || key.kind === 'number') return;
    const values = code.folder.values(key);
    for (const value of values) {
      this.#made(value, key.at);
      if (typeof value === 'string') this.#attribute(value, key.at);
      if (typeof value === 'string' && ANY_DUNDER.test(value))
        this.#add('STATIC-JINJA-PYTHON', value, `It looks up ${value}`, key.at);
    }
    if (values.length > 0 && !code.isPartlyMade(key)) return;
    // The only use of indexing an empty text, an empty list, a number or a function is to get at its class.
    const bare =
      (of.kind === 'text' && of.text === '') ||
      of.kind === 'number' ||
      (of.kind === 'list' && of.items.length === 0) ||
      (of.kind === 'name' && FUNCTIONS.has(of.name) && !code.assigned.has(of.name));
    if (bare || piecesOf(key))
      this.#add('STATIC-JINJA-COMPUTED', '', `It looks up a computed name: ${this.#shown(key.at)}`, key.at);
    else if (!code.isTaken(key)) this.#untold(key);
  }

  #filter(node: Extract<Node, { kind: 'filter' }>, code: Run): void {
    if (!KNOWN_FILTERS.has(node.name)) this.#note(`the filter ${node.name}`, node.at);
    this.#folded(node, code);
    if (WIDENS.has(node.name)) this.#wide(node, code);
    const [first] = node.args;
    if (node.of.kind === 'name') this.#object(node.of.name, node.of.at, code);
    if (node.name === 'attr' && first) this.#lookedUp(first.value, code, true);
    if (node.name === 'map' && first?.name === undefined && first) {
      const names = code.folder.values(first.value);
      if (names.includes('attr') && node.args[1]) this.#lookedUp(node.args[1].value, code, true);
      if (names.length === 0) this.#untold(first.value);
    }
    for (const { name, value } of node.args) if (name === 'attribute') this.#lookedUp(value, code, false);
    if (ATTRIBUTE_FIRST.has(node.name) && first && first.name === undefined) this.#lookedUp(first.value, code, false);
  }

  /** The name of an attribute, or several with dots between them. */
  #lookedUp(node: Node, code: Run, sure: boolean): void {
    const values = code.folder.values(node);
    for (const value of values) {
      if (typeof value !== 'string') continue;
      for (const name of value.split('.', 50)) {
        if (ANY_DUNDER.test(name)) this.#add('STATIC-JINJA-PYTHON', name, `It looks up ${name}`, node.at);
        else this.#attribute(name, node.at);
      }
    }
    if (values.length > 0 && !code.isPartlyMade(node)) return;
    if (sure || piecesOf(node))
      this.#add('STATIC-JINJA-COMPUTED', '', `It looks up a computed name: ${this.#shown(node.at)}`, node.at);
    else if (!code.isTaken(node)) this.#untold(node);
  }

  #call(node: Extract<Node, { kind: 'call' }>, code: Run): void {
    const { callee } = node;
    this.#folded(node, code);
    const names =
      callee.kind === 'attribute' || callee.kind === 'name'
        ? [callee.name]
        : callee.kind === 'item'
          ? code.folder.values(callee.key)
          : [];
    for (const name of names) {
      if (typeof name !== 'string' || (callee.kind === 'name' && code.assigned.has(name))) continue;
      if (DANGEROUS_CALLS.has(name))
        this.#add('STATIC-JINJA-CALL', name, `It calls ${this.#shown(callee.at)}`, callee.at);
      else if (callee.kind === 'name' && PROGRAM_OBJECTS.has(name)) this.#object(name, callee.at, code);
      else if (callee.kind === 'name' && !KNOWN_FUNCTIONS.has(name)) this.#note(`the function ${name}`, callee.at);
    }
    if (callee.kind === 'name' && callee.name === 'range') {
      for (const { value } of node.args) {
        for (const bound of code.folder.values(value)) {
          if (typeof bound === 'number' && Math.abs(bound) > LARGE)
            this.#add('STATIC-JINJA-LOOP', '', `It counts to ${bound}`, node.at);
        }
      }
    }
    if (callee.kind !== 'name' && names.some((name) => typeof name === 'string' && WIDENS.has(name)))
      this.#wide(node, code);
  }

  /** A filter or a method of texts that fills one up to a width. */
  #wide(node: Extract<Node, { kind: 'filter' | 'call' }>, code: Run): void {
    for (const { value } of node.args)
      if (code.folder.values(value).some((width) => typeof width === 'number' && width > LARGE))
        this.#add('STATIC-JINJA-LOOP', '', `It computes ${this.#shown(node.at)}`, node.at);
  }

  #large(node: Extract<Node, { kind: 'chain' }>, code: Run): void {
    for (const [index, operator] of node.operators.entries()) {
      const [left, right] = [node.parts[index], node.parts[index + 1]];
      if (!left || !right || (operator !== '*' && operator !== '**')) continue;
      const values = [left, right].flatMap((part) => code.folder.values(part));
      const repeats = operator === '*' && values.some((value) => typeof value !== 'number');
      if (values.some((value) => typeof value === 'number' && value > LARGE && (repeats || operator === '**')))
        this.#add('STATIC-JINJA-LOOP', '', `It computes ${this.#shown(node.at)}`, node.at);
    }
  }

  #object(name: string, at: number, code: Run): void {
    if (!PROGRAM_OBJECTS.has(name) || code.assigned.has(name)) return;
    this.#add('STATIC-JINJA-GLOBAL', name, `It uses ${name}`, at);
  }

  #note(what: string, at: number): void {
    if (!this.#unknown.has(what) && this.#unknown.size < 100) this.#unknown.set(what, at);
  }

  #shown(at: number): string {
    return this.template.slice(at, at + 80).split('\n', 1)[0] ?? '';
  }

  #add(rule: UnlocatedMatch['rule'], key: string, subject: string, at: number): void {
    // In a loop one place is met many times.
    const place = `${rule}\n${key}\n${at}`;
    if (this.#met.has(place)) return;
    this.#met.add(place);
    const known = this.#hits.get(`${rule}\n${key}`);
    const evidence = { offset: at, text: this.template.slice(Math.max(0, at - 20), at + 100) };
    const hit = known
      ? {
          ...known,
          count: (known.count ?? 1) + 1,
          evidence: known.evidence.length < 4 ? [...known.evidence, evidence] : known.evidence,
        }
      : { rule, key, subject, evidence: [evidence], count: 1 };
    this.#hits.set(`${rule}\n${key}`, hit);
  }
}

const COMPARING: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=', 'in']);
/** Filters whose first argument is an attribute. */
const ATTRIBUTE_FIRST: ReadonlySet<string> = new Set(['groupby', 'selectattr', 'rejectattr', 'sum']);
/** Functions of the renderer: nothing is taken out of them. */
const FUNCTIONS: ReadonlySet<string> = new Set(
  'range dict lipsum cycler joiner namespace raise_exception strftime_now tojson gettext ngettext loop'.split(' '),
);

/** True when an unknown key contains a text with two underscores at an end: half of a Python internal name. */
function piecesOf(key: Node): boolean {
  const left: Node[] = [key];
  for (let node = left.pop(), steps = 0; node && steps < 1000; node = left.pop(), steps += 1) {
    if (node.kind === 'text' && /^__[a-z]*$|^[a-z]*__$/.test(node.text)) return true;
    addAll(left, childrenOf(node).slice(0, 100));
  }
  return false;
}
