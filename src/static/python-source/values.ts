/** What a name or an expression of a Python file may stand for, as far as reading can tell. */
import { effectOf } from '../../names/source-calls.js';
import type { ClassDef, Expr, FunctionDef } from '../../readers/python/syntax.js';

export type Lambda = Expr & { readonly kind: 'lambda' };

export type Value =
  /** `decoded`: the file does not hold it as it is. */
  | { readonly kind: 'text'; readonly text: string; readonly bytes: boolean; readonly decoded: boolean }
  /** A text of which only the beginning is known. */
  | { readonly kind: 'begins'; readonly text: string }
  /** A text that the file makes of its own constants, or decodes, and that was not found out. `from`: the function that gives it. */
  | { readonly kind: 'hidden'; readonly decoded: boolean; readonly from?: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'constant'; readonly name: 'None' | 'True' | 'False' | '...' }
  /** A path of `pathlib`. */
  | { readonly kind: 'path'; readonly text: string }
  /** A module, or something in it: `os`, `os.system`. `detour`: reached by a name in a text. `os.*` is anything of `os`. */
  | { readonly kind: 'ref'; readonly path: string; readonly detour: boolean }
  /** The names of a module as a dict: `os.__dict__`; of the file itself for `''`, and `sys.modules`. */
  | { readonly kind: 'names'; readonly of: string }
  /** The module of the file itself, and its name. */
  | { readonly kind: 'own' }
  /** The result of a call, or made of it. */
  | { readonly kind: 'made'; readonly of: string; readonly traces?: Traces }
  | { readonly kind: 'function'; readonly node: FunctionDef | Lambda; readonly scope: Scope; readonly self?: Value }
  | { readonly kind: 'class'; readonly type: ClassType }
  | { readonly kind: 'instance'; readonly type: ClassType }
  | {
      readonly kind: 'partial';
      readonly target: Values;
      readonly args: readonly Values[];
      readonly named: ReadonlyMap<string, Values>;
    }
  | { readonly kind: 'list'; readonly items: Values[]; rest: Values }
  /** By the keys of `entryKey`. */
  | { readonly kind: 'dict'; readonly items: Map<string, Values>; rest: Values }
  /** `operator.attrgetter` and its like. */
  | {
      readonly kind: 'getter';
      readonly what: 'attribute' | 'item' | 'method';
      readonly keys: readonly Values[];
    }
  /** A method of a value that is no module, class or instance. */
  | { readonly kind: 'method'; readonly of: Value; readonly name: string };

/** What a value that is not known is made of. */
export interface Traces {
  /** The file or folder that it is, or lies under. */
  readonly place?: string | undefined;
  /** Variables of the environment: all of them, or one that keeps a secret. */
  readonly environment?: 'all' | 'secret' | undefined;
}

/** The alternatives of one value. `open`: it may be something else. */
export interface Values {
  readonly known: readonly Value[];
  readonly open: boolean;
}

export interface ClassType {
  readonly node: ClassDef;
  readonly scope: Scope;
  readonly bases: Values;
  readonly fields: Map<string, Values>;
}

export const UNKNOWN: Values = { known: [], open: true };
export const NOTHING: Values = { known: [], open: false };
/** Alternatives of one value; a value with more is open. */
const ALTERNATIVES = 12;
const PLAIN: ReadonlySet<Value['kind']> = new Set(['text', 'begins', 'number', 'constant']);
/** Such entries of one list or dict that are told apart when any of them may be meant. */
const PLAIN_TOLD_APART = 200;
/** Entries of one list or dict. */
export const ENTRIES_LIMIT = 10_000;
/** Characters of a text. */
export const TEXT_LIMIT = 1024 * 1024;

export function one(value: Value): Values {
  return { known: [value], open: false };
}

export function text(value: string, { bytes = false, decoded = false } = {}): Values {
  return value.length > TEXT_LIMIT
    ? one({ kind: 'hidden', decoded })
    : one({ kind: 'text', text: value, bytes, decoded });
}

export function number(value: number): Values {
  return Number.isSafeInteger(value) ? one({ kind: 'number', value }) : UNKNOWN;
}

export function truth(value: boolean): Values {
  return one({ kind: 'constant', name: value ? 'True' : 'False' });
}

export function ref(path: string, detour = false): Values {
  return one({ kind: 'ref', path, detour });
}

export function list(items: readonly Values[], rest: Values = NOTHING): Values {
  return one({ kind: 'list', items: [...items], rest });
}

export function join(left: Values, right: Values): Values {
  if (left === right || (right.known.length === 0 && (left.open || !right.open))) return left;
  if (left.known.length === 0) return left.open && !right.open ? { known: right.known, open: true } : right;
  const keys = left.known.map(keyOf);
  const more = right.known.filter((value) => !keys.includes(keyOf(value)));
  if (more.length === 0 && left.open === (left.open || right.open)) return left;
  return limited([...left.known, ...more], left.open || right.open);
}

/** Many that do nothing do not push out one that acts. */
function limited(known: readonly Value[], open: boolean): Values {
  if (known.length <= ALTERNATIVES) return { known, open };
  const acts = new Set(known.filter((value) => value.kind === 'ref' && effectOf(value.path) !== undefined));
  return { known: [...acts, ...known.filter((value) => !acts.has(value))].slice(0, ALTERNATIVES), open: true };
}

export function joined(all: Iterable<Values>): Values {
  let whole = NOTHING;
  for (const values of all) whole = join(whole, values);
  return whole;
}

/** Entries of dicts by the texts that are their keys. */
export function* textEntries(values: Values): Generator<readonly [string, Values]> {
  for (const value of values.known)
    if (value.kind === 'dict')
      for (const [key, entry] of value.items) if (key.startsWith('t')) yield [key.slice(1), entry];
}

/** What any entry of a list or dict may be; of very many plain ones only some, and that it may be something else. */
export function anyOf(entries: Iterable<Values>, rest: Values): Values {
  const known = new Map(rest.known.map((value) => [keyOf(value), value]));
  let { open } = rest;
  let plain = 0;
  for (const entry of entries) {
    open ||= entry.open;
    for (const value of entry.known) {
      if (!PLAIN.has(value.kind)) known.set(keyOf(value), value);
      else if ((plain += 1) <= PLAIN_TOLD_APART) known.set(keyOf(value), value);
      else open = true;
    }
  }
  return limited([...known.values()], open);
}

/** The same for equal plain values; any other is equal to itself alone. */
function keyOf(value: Value): unknown {
  switch (value.kind) {
    case 'text':
      return `${value.bytes ? 'b' : 't'}${value.text}`;
    case 'begins':
      return `begins ${value.text}`;
    case 'number':
      return `n${value.value}`;
    case 'constant':
      return `c${value.name}`;
    case 'path':
      return `p${value.text}`;
    case 'ref':
      return `r${value.path}`;
    case 'names':
      return `names ${value.of}`;
    case 'made':
      return `m${value.of} ${value.traces?.place ?? ''} ${value.traces?.environment ?? ''}`;
    case 'hidden':
      return `h${value.decoded}`;
    case 'own':
      return 'own';
    case 'function':
      return value.self === undefined ? value.node : value;
    case 'class':
      return value.type;
    default:
      return value;
  }
}

/** The only value that it can be. */
export function only(values: Values | undefined): Value | undefined {
  return values !== undefined && !values.open && values.known.length === 1 ? values.known[0] : undefined;
}

export function textOf(values: Values | undefined): string | undefined {
  const value = only(values);
  return value?.kind === 'text' ? value.text : undefined;
}

export function numberOf(values: Values | undefined): number | undefined {
  const value = only(values);
  if (value?.kind === 'constant' && value.name !== 'None' && value.name !== '...') return value.name === 'True' ? 1 : 0;
  return value?.kind === 'number' ? value.value : undefined;
}

/** The key of a dict entry; undefined for one that is not known. */
export function entryKey(values: Values): string | undefined {
  const value = only(values);
  switch (value?.kind) {
    case 'text':
      return (value.bytes ? 'b' : 't') + value.text;
    case 'number':
      return `n${value.value}`;
    case 'constant':
      return value.name === 'None' || value.name === '...' ? value.name : `n${value.name === 'True' ? 1 : 0}`;
    default:
      return undefined;
  }
}

export function keyValue(key: string): Values {
  if (key.startsWith('t') || key.startsWith('b')) return text(key.slice(1), { bytes: key.startsWith('b') });
  return key.startsWith('n') ? number(Number(key.slice(1))) : one({ kind: 'constant', name: 'None' });
}

/** All that may be in it. */
export function itemsOf(value: Value): { readonly items: readonly Values[]; readonly rest: Values } {
  switch (value.kind) {
    case 'list':
      return value;
    case 'dict':
      return { items: [...value.items.keys()].map(keyValue), rest: value.rest.open ? UNKNOWN : NOTHING };
    case 'text':
      return value.bytes
        ? { items: Array.from(value.text, (char) => number(char.charCodeAt(0))), rest: NOTHING }
        : { items: Array.from(value.text, (char) => text(char, { decoded: value.decoded })), rest: NOTHING };
    case 'names':
      return { items: [], rest: one({ kind: 'hidden', decoded: false }) };
    case 'hidden':
      return { items: [], rest: one(value) };
    case 'made':
      return { items: [], rest: value.traces ? { known: [value], open: true } : UNKNOWN };
    default:
      return { items: [], rest: UNKNOWN };
  }
}

/** The items of a sequence that is known from end to end. */
export function exactItems(values: Values | undefined): readonly Values[] | undefined {
  const value = only(values);
  if (value?.kind !== 'list' && value?.kind !== 'dict' && value?.kind !== 'text') return undefined;
  const { items, rest } = itemsOf(value);
  return rest.open || rest.known.length > 0 || items.length > ENTRIES_LIMIT ? undefined : items;
}

/** Names that a part of a file gives to values. */
export class Scope {
  readonly now = new Map<string, Values>();
  /** All that a name stood for at any time: what functions see of the scopes around them. */
  readonly ever = new Map<string, Values>();
  /** Modules whose names were all imported. */
  readonly stars = new Set<string>();
  readonly globals = new Set<string>();
  readonly nonlocals = new Set<string>();

  constructor(
    readonly parent: Scope | undefined,
    readonly kind: 'module' | 'function' | 'class' | 'inner',
    readonly owner?: ClassType,
  ) {}

  set(name: string, values: Values, weak: boolean): void {
    if (this.globals.has(name)) {
      this.top().set(name, values, true);
      return;
    }
    if (this.nonlocals.has(name) && this.parent) {
      const owner = this.parent.holderOf(name);
      owner.set(name, values, true);
      return;
    }
    const before = this.now.get(name);
    this.now.set(name, weak && before ? join(before, values) : values);
    const ever = this.ever.get(name);
    this.ever.set(name, ever ? join(ever, values) : values);
  }

  /** Undefined for a name that no scope gives a value. */
  get(name: string): Values | undefined {
    const own = this.globals.has(name) || this.nonlocals.has(name) ? undefined : this.now.get(name);
    if (own) return own;
    for (let scope = this.parent, inner = this.kind === 'inner'; scope; scope = scope.parent) {
      // A function does not see the names of the class around it; a comprehension in a class does see some.
      if (scope.kind === 'class' && !inner) continue;
      const found = inner ? (scope.now.get(name) ?? scope.ever.get(name)) : scope.ever.get(name);
      if (found) return found;
      if (scope.kind !== 'inner') inner = false;
    }
    return undefined;
  }

  /** The nearest function around that has the name. */
  holderOf(name: string): Scope {
    return this.ever.has(name) || this.parent === undefined ? this : this.parent.holderOf(name);
  }

  top(): Scope {
    return this.parent === undefined ? this : this.parent.top();
  }

  starred(): string[] {
    return [...this.stars, ...(this.parent?.starred() ?? [])];
  }
}
