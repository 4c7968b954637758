/**
 * The value of an expression that depends on nothing but the template: the name that its pieces spell in the end. Strings, numbers and lists of them,
 * with the filters and methods of Jinja2 and of Python's `str` that join text.
 */
import { childrenOf, type Argument, type Node } from '../../readers/jinja/parser.js';
import { character, sliceIndices } from '../../readers/python/compute.js';

export type Value = string | number | readonly Value[] | ReadonlyMap<string, Value | undefined>;

/** Longer texts are no names. */
const TEXT_LIMIT = 1024;
const ITEMS_LIMIT = 1000;
const DEPTH_LIMIT = 300;
/** Values of one expression whose names have several. */
const WAYS_LIMIT = 64;

/** Folds with a budget of steps over the whole template. */
export class Folder {
  #steps = 1_000_000;
  /** While one of several values is tried. */
  readonly #chosen = new Map<string, Value>();

  /** `valuesOf`: what a name, or a field `ns.name`, may hold. `macro`: the text that a macro gives. */
  constructor(
    private readonly valuesOf: (name: string) => readonly Value[] | undefined,
    private readonly macro: (name: string, args: readonly Argument[]) => Value | undefined,
  ) {}

  /** True when the expression needed more than the limit allows. */
  get exhausted(): boolean {
    return this.#steps < 0;
  }

  /** Every value that is known for the node; none when it is not known. */
  values(node: Node): readonly Value[] {
    if (node.kind === 'name') return this.#of(node.name);
    if (node.kind === 'other') return node.parts.flatMap((part) => this.values(part)).slice(0, WAYS_LIMIT);
    // Any item of a list may be meant.
    if (node.kind === 'item' && node.key.kind !== 'slice' && this.value(node.key, 0) === undefined) {
      const all = this.values(node.of).flatMap((value): readonly (Value | undefined)[] =>
        isList(value) ? value : isMap(value) ? [...value.values()] : [],
      );
      return all.filter((value) => value !== undefined).slice(0, WAYS_LIMIT);
    }
    const several = this.#several(node);
    const found = new Set<Value>();
    this.#try(several, 0, () => {
      const value = this.value(node, 0);
      if (value !== undefined && found.size < WAYS_LIMIT) found.add(value);
    });
    return [...found];
  }

  #of(name: string): readonly Value[] {
    const chosen = this.#chosen.get(name);
    return chosen === undefined ? (this.valuesOf(name) ?? []) : [chosen];
  }

  /** Names in the node that may hold several values. */
  #several(node: Node): string[] {
    const names = new Set<string>();
    const left: Node[] = [node];
    for (let next = left.pop(), steps = 0; next && steps < 200; next = left.pop(), steps += 1) {
      const name = next.kind === 'name' ? next.name : fieldOf(next);
      if (name !== undefined && this.#of(name).length > 1) names.add(name);
      for (const child of childrenOf(next)) left.push(child);
    }
    return [...names].slice(0, 3);
  }

  #try(names: readonly string[], index: number, work: () => void): void {
    const name = names[index];
    if (name === undefined) {
      work();
      return;
    }
    for (const value of this.#of(name).slice(0, 8)) {
      this.#chosen.set(name, value);
      this.#try(names, index + 1, work);
      this.#chosen.delete(name);
    }
  }

  value(node: Node, depth: number): Value | undefined {
    this.#steps -= 1;
    if (depth > DEPTH_LIMIT || this.#steps < 0) return undefined;
    const inner = (part: Node) => this.value(part, depth + 1);
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'number':
        return node.value;
      case 'name': {
        const values = this.#of(node.name);
        if (values.length === 0) return CONSTANTS.get(node.name);
        return values.length === 1 ? values[0] : undefined;
      }
      case 'attribute': {
        const field = fieldOf(node);
        const values = field === undefined ? [] : this.#of(field);
        if (values.length === 1) return values[0];
        const of = inner(node.of);
        return isMap(of) ? of.get(node.name) : undefined;
      }
      case 'list':
        return all(node.items.slice(0, ITEMS_LIMIT).map(inner));
      case 'dict': {
        const entries = node.entries.slice(0, ITEMS_LIMIT).map(([key, value]) => [inner(key), inner(value)] as const);
        const named = entries.flatMap(([key, value]) =>
          typeof key === 'string' || typeof key === 'number' ? [[String(key), value] as const] : [],
        );
        return named.length === entries.length ? new Map(named) : undefined;
      }
      case 'chain':
        return chain(node.operators, node.parts.map(inner));
      case 'item': {
        const of = inner(node.of);
        const field =
          node.of.kind === 'name' && node.key.kind === 'text' ? `${node.of.name}.${node.key.text}` : undefined;
        const values = field === undefined ? [] : this.#of(field);
        return values.length === 1 ? values[0] : item(of, node.key, inner);
      }
      case 'filter':
        return filter(inner(node.of), node.name, node.args, inner);
      case 'call':
        return this.#call(node.callee, node.args, inner);
      default:
        return undefined;
    }
  }

  #call(callee: Node, args: readonly Argument[], inner: (node: Node) => Value | undefined): Value | undefined {
    // `dict(__cla=1, ss__=2)` is a list of its names to `join` and `first`.
    if (callee.kind === 'name' && callee.name === 'dict')
      return new Map(args.flatMap(({ name, value }) => (name === undefined ? [] : [[name, inner(value)] as const])));
    if (callee.kind === 'name' && callee.name === 'range') return range(args.map(({ value }) => inner(value)));
    if (callee.kind === 'name') return this.macro(callee.name, args);
    // `cycler('a').next()` gives its first item; which turn it is was not counted.
    if (callee.kind === 'call' && callee.callee.kind === 'name' && callee.callee.name === 'joiner') return undefined;
    if (callee.kind !== 'attribute') return undefined;
    const { of: owner } = callee;
    if (
      owner.kind === 'call' &&
      owner.callee.kind === 'name' &&
      owner.callee.name === 'cycler' &&
      owner.args.length === 1
    )
      return owner.args[0] && inner(owner.args[0].value);
    const of = inner(owner);
    const argument = (index: number) => (args[index] ? inner(args[index].value) : undefined);
    if (callee.name === 'join' && typeof of === 'string') {
      const list = argument(0);
      return list === undefined ? undefined : joined(list, of);
    }
    if (isMap(of)) {
      if (callee.name === 'get') {
        const key = argument(0);
        return typeof key === 'string' ? (of.get(key) ?? argument(1)) : undefined;
      }
      if (callee.name === 'keys') return [...of.keys()];
      if (callee.name === 'values') return all([...of.values()]);
      return callee.name === 'items' ? filter(of, 'items', [], inner) : undefined;
    }
    if (of !== undefined && isList(of) && (callee.name === 'pop' || callee.name === '__getitem__'))
      return item(of, args[0]?.value ?? { kind: 'number', value: -1, at: 0 }, inner);
    if (typeof of !== 'string') return undefined;
    if (callee.name === 'format') return braceFormat(of, args, inner);
    if (callee.name === 'split' || callee.name === 'rsplit') {
      const by = argument(0);
      if (args.length > 1) return undefined;
      if (args.length === 0) return of.trim().split(/\s+/).slice(0, ITEMS_LIMIT);
      return typeof by === 'string' && by !== '' ? of.split(by).slice(0, ITEMS_LIMIT) : undefined;
    }
    if (callee.name === 'removeprefix' || callee.name === 'removesuffix') {
      const part = argument(0);
      if (typeof part !== 'string') return undefined;
      if (callee.name === 'removeprefix') return of.startsWith(part) ? of.slice(part.length) : of;
      return part !== '' && of.endsWith(part) ? of.slice(0, -part.length) : of;
    }
    return filter(of, METHODS[callee.name] ?? '', args, inner);
  }
}

/** `ns.field`, as it is kept. */
function fieldOf(node: Node): string | undefined {
  return node.kind === 'attribute' && node.of.kind === 'name' ? `${node.of.name}.${node.name}` : undefined;
}

const CONSTANTS: ReadonlyMap<string, Value> = new Map([
  ['true', 1],
  ['True', 1],
  ['false', 0],
  ['False', 0],
]);

function range([first, second, step]: readonly (Value | undefined)[]): Value | undefined {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const by = step ?? 1;
  if (typeof start !== 'number' || typeof stop !== 'number' || typeof by !== 'number' || by === 0) return undefined;
  const count = Math.ceil((stop - start) / by);
  return count > ITEMS_LIMIT ? undefined : Array.from({ length: Math.max(0, count) }, (_, index) => start + index * by);
}

/** Whether a condition with these values holds; undefined when it may or may not. */
export function truth(values: readonly Value[]): boolean | undefined {
  const [first, ...rest] = values.map((value) =>
    isMap(value) ? value.size > 0 : isList(value) ? value.length > 0 : Boolean(value),
  );
  return rest.every((holds) => holds === first) ? first : undefined;
}

/** Methods of `str` by the filter that does the same. */
const METHODS: Readonly<Record<string, string>> = {
  lower: 'lower',
  upper: 'upper',
  strip: 'trim',
  lstrip: 'trim',
  rstrip: 'trim',
  replace: 'replace',
  capitalize: 'capitalize',
  title: 'title',
  swapcase: 'swapcase',
};

function all(values: readonly (Value | undefined)[]): Value | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : undefined;
}

function bounded(text: string): string | undefined {
  return text.length <= TEXT_LIMIT ? text : undefined;
}

function chain(operators: readonly string[], parts: readonly (Value | undefined)[]): Value | undefined {
  let left = parts[0];
  for (const [index, operator] of operators.entries()) {
    const right = parts[index + 1];
    if (left === undefined || right === undefined) return undefined;
    left = binary(operator, left, right);
  }
  return left;
}

function binary(operator: string, left: Value, right: Value): Value | undefined {
  if (operator === '~') return bounded(shown(left) + shown(right));
  if (operator === '%' && typeof left === 'string') return percentFormat(left, isList(right) ? right : [right]);
  if (operator === 'and' || operator === 'or') return truth([left]) === (operator === 'and') ? right : left;
  if (operator === '==' || operator === '!=')
    return comparable(left, right) ? Number((left === right) === (operator === '==')) : undefined;
  if (operator === 'in' && typeof left === 'string' && typeof right === 'string') return Number(right.includes(left));
  if (operator === 'in' && isList(right))
    return right.every((each) => comparable(each, left)) ? Number(right.includes(left)) : undefined;
  if (operator === '*') {
    const [text, times] = typeof left === 'string' ? [left, right] : [right, left];
    if (typeof text === 'string' && typeof times === 'number') {
      return text.length * times <= TEXT_LIMIT ? text.repeat(Math.max(0, Math.floor(times))) : undefined;
    }
  }
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return bounded(left + right);
  if (operator === '+' && isList(left) && isList(right)) return [...left, ...right].slice(0, ITEMS_LIMIT);
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '**':
      return left ** right;
    case '//':
      return Math.floor(left / right);
    case '%':
      return right === 0 ? undefined : left - right * Math.floor(left / right);
    case '<':
      return Number(left < right);
    case '>':
      return Number(left > right);
    case '<=':
      return Number(left <= right);
    case '>=':
      return Number(left >= right);
    default:
      return undefined;
  }
}

/** A dict, by its keys as texts. */
export function isMap(value: Value | undefined): value is ReadonlyMap<string, Value | undefined> {
  return value instanceof Map;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function shown(value: Value): string {
  return typeof value === 'object' ? '' : String(value);
}

function comparable(left: Value, right: Value): boolean {
  return typeof left !== 'object' && typeof right !== 'object';
}

function joined(list: Value, by: string): string | undefined {
  const items = itemsIn(list);
  if (!items || items.length * by.length > TEXT_LIMIT) return undefined;
  let text = '';
  for (const [index, item] of items.entries()) {
    text += (index === 0 ? '' : by) + shown(item);
    if (text.length > TEXT_LIMIT) return undefined;
  }
  return text;
}

function itemsIn(value: Value): readonly Value[] | undefined {
  if (typeof value === 'string') return Array.from(value);
  if (isMap(value)) return [...value.keys()];
  return isList(value) ? value : undefined;
}

function item(of: Value | undefined, key: Node, inner: (node: Node) => Value | undefined): Value | undefined {
  if (of === undefined || typeof of === 'number') return undefined;
  if (isMap(of)) {
    const name = key.kind === 'slice' ? undefined : inner(key);
    return typeof name === 'string' || typeof name === 'number' ? of.get(String(name)) : undefined;
  }
  if (!isList(of) && typeof of !== 'string') return undefined;
  if (key.kind === 'slice') {
    const bounds = key.bounds.map((bound) => (bound ? inner(bound) : undefined));
    if (key.bounds.some((bound, index) => bound && typeof bounds[index] !== 'number')) return undefined;
    const [start, stop, step = 1] = bounds as (number | undefined)[];
    const letters: readonly Value[] = typeof of === 'string' ? Array.from(of) : of;
    if (!Number.isInteger(step) || step === 0) return typeof of === 'string' ? '' : [];
    const taken = sliceIndices(letters.length, start, stop, step)
      .map((at) => letters[at])
      .filter((value) => value !== undefined);
    return typeof of === 'string' ? taken.map(shown).join('') : taken;
  }
  const index = inner(key);
  return typeof index === 'number' ? (typeof of === 'string' ? Array.from(of) : of).at(index) : undefined;
}

function filter(
  of: Value | undefined,
  name: string,
  args: readonly Argument[],
  inner: (node: Node) => Value | undefined,
): Value | undefined {
  if (of === undefined) return undefined;
  const text = typeof of === 'string' ? of : undefined;
  const items = itemsIn(of);
  const argument = (index: number) => (args[index] ? inner(args[index].value) : undefined);
  switch (name) {
    case 'join': {
      const by = args.length === 0 ? '' : argument(0);
      return typeof by === 'string' ? joined(of, by) : undefined;
    }
    case 'reverse':
      return text === undefined ? items && [...items].reverse() : Array.from(text).reverse().join('');
    case 'list':
      return items;
    case 'unique':
      return items && [...new Set(items)];
    case 'sort':
      return items && [...items].sort();
    case 'first':
    case 'last':
      return items?.at(name === 'first' ? 0 : -1);
    case 'length':
    case 'count':
      return items?.length;
    case 'int':
      return typeof of === 'number'
        ? Math.trunc(of)
        : text !== undefined && /^\s*[+-]?\d{1,15}\s*$/.test(text)
          ? Number(text)
          : undefined;
    case 'items':
    case 'dictsort': {
      if (!isMap(of)) return undefined;
      const pairs = [...of.entries()];
      if (name === 'dictsort') pairs.sort(([left], [right]) => (left < right ? -1 : 1));
      return all(pairs.map(([key, value]) => (value === undefined ? undefined : [key, value])));
    }
    case 'select':
    case 'reject':
      // Without a test: what counts as true.
      return args.length > 0 ? undefined : items?.filter((each) => truth([each]) === (name === 'select'));
    case 'map': {
      const by = argument(0);
      const [first, ...rest] = args;
      if (first?.name === 'attribute') {
        const field = inner(first.value);
        return items && (typeof field === 'string' || typeof field === 'number')
          ? all(
              items.map((each) =>
                item(each, { kind: 'text', text: String(field), at: 0 }, () => (isList(each) ? Number(field) : field)),
              ),
            )
          : undefined;
      }
      return items && typeof by === 'string' ? all(items.map((each) => filter(each, by, rest, inner))) : undefined;
    }
    case 'batch':
    case 'slice': {
      const size = argument(0);
      if (name === 'slice' || !items || typeof size !== 'number' || size < 1) return undefined;
      return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
    }
    case 'min':
    case 'max': {
      const ordered = items && [...items].sort();
      return ordered?.at(name === 'min' ? 0 : -1);
    }
    case 'random':
      return items?.length === 1 ? items[0] : undefined;
    case 'sum':
      return items?.every((each) => typeof each === 'number') === true
        ? items.reduce((sum, each) => sum + each, 0)
        : undefined;
    case 'center':
    case 'indent':
    case 'wordwrap':
    case 'truncate':
      return text !== undefined && args.length === 0 && name === 'truncate' ? text : undefined;
    case 'abs':
      return typeof of === 'number' ? Math.abs(of) : undefined;
    case 'format':
      return text === undefined
        ? undefined
        : percentFormat(
            text,
            args.map(({ value }) => inner(value)),
          );
    case 'replace': {
      const [from, to] = [argument(0), argument(1)];
      if (text === undefined || typeof from !== 'string' || typeof to !== 'string' || from === '') return undefined;
      return (text.length / from.length) * to.length <= 16 * TEXT_LIMIT
        ? bounded(text.replaceAll(from, () => to))
        : undefined;
    }
    case 'lower':
      return text?.toLowerCase();
    case 'upper':
      return text?.toUpperCase();
    case 'capitalize':
    case 'title':
      return text === undefined ? undefined : text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
    case 'swapcase':
      return text?.replace(/[a-zA-Z]/g, (letter) =>
        letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
      );
    case 'trim': {
      const strip = argument(0);
      return typeof strip === 'string' ? text && stripped(text, strip) : text?.trim();
    }
    case 'string':
    case 'safe':
    case 'escape':
    case 'e':
    case 'forceescape':
    case 'striptags':
      return typeof of === 'object' ? undefined : String(of);
    case 'default':
    case 'd':
      return of;
    default:
      return undefined;
  }
}

function stripped(text: string, characters: string): string {
  const letters = Array.from(text);
  const kept = (letter: string) => !characters.includes(letter);
  const start = letters.findIndex(kept);
  return start < 0 ? '' : letters.slice(start, letters.findLastIndex(kept) + 1).join('');
}

/** printf-style, as `'%c%c' % (95, 95)`. */
function percentFormat(format: string, values: readonly (Value | undefined)[]): string | undefined {
  let used = 0;
  let room = TEXT_LIMIT;
  let unknown = false as boolean;
  const text = format.replace(/%(?:%|[-+ #0]*\d{0,3}(?:\.\d{1,3})?([a-zA-Z]))/g, (_, letter?: string) => {
    if (letter === undefined) return '%';
    const value = values[used];
    used += 1;
    room -= typeof value === 'string' ? value.length : 8;
    if (value === undefined || typeof value === 'object' || room < 0) unknown = true;
    else if (letter === 'c' && typeof value === 'number') return character(value);
    else if ((letter === 'x' || letter === 'X') && typeof value === 'number') return value.toString(16);
    else return String(value);
    return '';
  });
  return unknown ? undefined : bounded(text);
}

/** `'{0}{1}'.format(a, b)`, `'{0:c}'.format(95)`. */
function braceFormat(
  format: string,
  args: readonly Argument[],
  inner: (node: Node) => Value | undefined,
): string | undefined {
  const positional = args.filter(({ name }) => name === undefined);
  let next = 0;
  let room = TEXT_LIMIT;
  let unknown = false as boolean;
  const text = format.replace(
    /\{([^{}:!]{0,100})(?:![rsa])?(?::([^{}]{0,100}))?\}/g,
    (_, field: string, spec?: string) => {
      const index = field === '' ? next++ : /^\d{1,3}$/.test(field) ? Number(field) : undefined;
      const argument = index === undefined ? args.find(({ name }) => name === field) : positional[index];
      const value = argument && inner(argument.value);
      room -= typeof value === 'string' ? value.length : 8;
      if (value === undefined || typeof value === 'object' || room < 0) unknown = true;
      else if (spec === 'c' && typeof value === 'number') return character(value);
      else return String(value);
      return '';
    },
  );
  return unknown ? undefined : bounded(text);
}
