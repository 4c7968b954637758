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
import { Folder, type Value } from './fold.js';
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

/** Longer than any template seen; the rest is not read, which is a coverage gap. */
export const TEMPLATE_LIMIT = 512 * 1024;
const NODES_LIMIT = 200_000;
const VALUES_LIMIT = 8;

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
  const code = new Code(parsed);
  for (const { piece, nodes } of parsed) {
    judge.tag(piece);
    judge.nodes(nodes, code);
  }
  if (code.exhausted || judge.exhausted) gaps.push('the template is too long to be followed everywhere');
  return { hits: judge.hits(), gaps };
}

interface ParsedPiece {
  readonly piece: Piece;
  readonly nodes: readonly Node[];
}

/** The values of the template's names: every value that is ever assigned to one, whatever the order. */
class Code {
  readonly assigned = new Set<string>();
  readonly folder: Folder;
  readonly #values = new Map<string, Value[]>();

  constructor(parsed: readonly ParsedPiece[]) {
    this.folder = new Folder(this.#values);
    // A variable may be made of one that is set further down, in a loop.
    for (let pass = 0; pass < 2; pass += 1) {
      for (const [index, part] of parsed.entries()) if (part.piece.kind === 'block') this.#block(part, parsed, index);
    }
  }

  get exhausted(): boolean {
    return this.folder.exhausted;
  }

  #block({ piece: { tokens }, nodes }: ParsedPiece, parsed: readonly ParsedPiece[], index: number): void {
    const [tag] = tokens;
    if (tag?.kind !== 'name') return;
    const equals = tokens.findIndex(({ kind, text }) => kind === 'operator' && text === '=');
    switch (tag.text) {
      case 'set': {
        const targets = namesOf(tokens.slice(1, equals < 0 ? 2 : equals));
        if (equals >= 0) this.#assign(targets, parseTokens(tokens.slice(equals + 1)).nodes);
        else {
          // `{% set x %}text{% endset %}`, with filters or without.
          const next = parsed[index + 1]?.piece;
          if (next?.kind === 'data') this.#add(targets, next.text);
          this.#assign(targets, nodes.slice(1));
        }
        break;
      }
      case 'for': {
        const of = tokens.findIndex(({ kind, text }) => kind === 'name' && text === 'in');
        const targets = namesOf(tokens.slice(1, Math.max(1, of)));
        this.#name(targets);
        for (const node of parseTokens(tokens.slice(of + 1)).nodes) {
          for (const value of this.folder.values(node)) {
            for (const item of typeof value === 'object' ? value : []) this.#add(targets, item);
          }
        }
        break;
      }
      case 'macro':
      case 'call':
      case 'with':
      case 'import':
      case 'from':
      case 'block':
        this.#name(namesOf(tokens.slice(1)));
        for (const node of nodes) {
          if (node.kind !== 'call') continue;
          for (const { name, value } of node.args) if (name !== undefined) this.#assign([name], [value]);
        }
        if (tag.text === 'with' && equals > 0)
          this.#assign(namesOf(tokens.slice(1, equals)), parseTokens(tokens.slice(equals + 1)).nodes);
        break;
      default:
        break;
    }
  }

  #name(names: readonly string[]): void {
    for (const name of names) this.assigned.add(name);
  }

  #assign(names: readonly string[], nodes: readonly Node[]): void {
    this.#name(names);
    for (const node of nodes) for (const value of this.folder.values(node)) this.#add(names, value);
  }

  #add(names: readonly string[], value: Value): void {
    this.#name(names);
    for (const name of names) {
      const values = this.#values.get(name) ?? [];
      if (values.length < VALUES_LIMIT && !values.includes(value)) this.#values.set(name, [...values, value]);
    }
  }
}

function namesOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => (token.kind === 'name' ? [token.text] : []));
}

class Judge {
  #hits = new Map<string, UnlocatedMatch>();
  #unknown = new Map<string, number>();
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

  nodes(roots: readonly Node[], code: Code): void {
    const left: Node[] = [...roots];
    for (let node = left.pop(); node && !this.exhausted; node = left.pop()) {
      this.#nodes += 1;
      this.#node(node, code);
      // Not spread into push: a list in a template can have any length.
      for (const child of childrenOf(node)) left.push(child);
    }
  }

  #node(node: Node, code: Code): void {
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

  #attribute(name: string, at: number): void {
    if (INTERNAL_NAMES.has(name)) this.#add('STATIC-JINJA-PYTHON', name, `It uses the attribute ${name}`, at);
    else if (name.startsWith('_') && !ANY_DUNDER.test(name))
      this.#add('STATIC-JINJA-PRIVATE', name, `It uses the attribute ${name}`, at);
  }

  #text(text: string, at: number): void {
    const name = INTERNAL_DUNDER.exec(text)?.[0];
    if (name !== undefined) this.#add('STATIC-JINJA-PYTHON', name, `It has the name ${name} in a text`, at);
  }

  #folded(node: Node, code: Code): void {
    for (const value of code.folder.values(node)) this.#made(value, node.at);
  }

  /** A text that the template joins from pieces. */
  #made(value: Value, at: number): void {
    const text = typeof value === 'string' ? value : typeof value === 'object' ? value.join('\n') : '';
    const name = INTERNAL_DUNDER.exec(text)?.[0];
    if (name !== undefined) this.#add('STATIC-JINJA-PYTHON', name, `It puts together the name ${name}`, at);
  }

  #key(of: Node, key: Node, code: Code): void {
    if (key.kind === 'slice' || key.kind === 'number') return;
    const values = code.folder.values(key);
    for (const value of values) {
      this.#made(value, key.at);
      if (typeof value === 'string') this.#attribute(value, key.at);
      if (typeof value === 'string' && ANY_DUNDER.test(value))
        this.#add('STATIC-JINJA-PYTHON', value, `It looks up ${value}`, key.at);
    }
    if (values.length > 0) return;
    // The only use of indexing an empty text, an empty list or a number is to get at its class.
    const bare =
      (of.kind === 'text' && of.text === '') || of.kind === 'number' || (of.kind === 'list' && of.items.length === 0);
    if (bare || piecesOf(key))
      this.#add('STATIC-JINJA-COMPUTED', '', `It looks up a computed name: ${this.#shown(key.at)}`, key.at);
  }

  #filter(node: Extract<Node, { kind: 'filter' }>, code: Code): void {
    if (!KNOWN_FILTERS.has(node.name)) this.#note(`the filter ${node.name}`, node.at);
    this.#folded(node, code);
    const [first] = node.args;
    if (node.of.kind === 'name') this.#object(node.of.name, node.of.at, code);
    if (node.name === 'attr' && first) {
      const values = code.folder.values(first.value);
      for (const value of values) {
        if (typeof value !== 'string') continue;
        if (ANY_DUNDER.test(value)) this.#add('STATIC-JINJA-PYTHON', value, `It looks up ${value}`, node.at);
        else this.#attribute(value, node.at);
      }
      if (values.length === 0)
        this.#add('STATIC-JINJA-COMPUTED', '', `It looks up a computed name: ${this.#shown(node.at)}`, node.at);
    }
  }

  #call(node: Extract<Node, { kind: 'call' }>, code: Code): void {
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
  }

  #large(node: Extract<Node, { kind: 'chain' }>, code: Code): void {
    for (const [index, operator] of node.operators.entries()) {
      const [left, right] = [node.parts[index], node.parts[index + 1]];
      if (!left || !right || (operator !== '*' && operator !== '**')) continue;
      const values = [left, right].flatMap((part) => code.folder.values(part));
      const repeats = operator === '*' && values.some((value) => typeof value !== 'number');
      if (values.some((value) => typeof value === 'number' && value > LARGE && (repeats || operator === '**')))
        this.#add('STATIC-JINJA-LOOP', '', `It computes ${this.#shown(node.at)}`, node.at);
    }
  }

  #object(name: string, at: number, code: Code): void {
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

/** True when an unknown key contains a text with two underscores at an end: half of a Python internal name. */
function piecesOf(key: Node): boolean {
  const left: Node[] = [key];
  for (let node = left.pop(), steps = 0; node && steps < 1000; node = left.pop(), steps += 1) {
    if (node.kind === 'text' && /^__[a-z]*$|^[a-z]*__$/.test(node.text)) return true;
    addAll(left, childrenOf(node).slice(0, 100));
  }
  return false;
}
