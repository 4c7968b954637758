/**
 * The value of an expression that depends on nothing but the template: the name that its pieces spell in the end. Strings, numbers and lists of them,
 * with the filters and methods of Jinja2 and of Python's `str` that join text.
 */
import type { Argument, Node } from '../../readers/jinja/parser.js';

export type Value = string | number | readonly Value[];
/** The values that a variable may hold; anything else it may hold is left out. */
export type Variables = ReadonlyMap<string, readonly Value[]>;

/** Longer texts are no names. */
const TEXT_LIMIT = 1024;
const ITEMS_LIMIT = 1000;
const DEPTH_LIMIT = 300;

/** Folds with a budget of steps over the whole template. */
export class Folder {
  #steps = 100_000;

  constructor(private readonly variables: Variables) {}

  /** True when the expression needed more than the limit allows. */
  get exhausted(): boolean {
    return this.#steps < 0;
  }

  /** Every value that is known for the node; none when it is not known. */
  values(node: Node): readonly Value[] {
    if (node.kind === 'name') return this.variables.get(node.name) ?? [];
    const value = this.value(node, 0);
    return value === undefined ? [] : [value];
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
        const values = this.variables.get(node.name);
        return values?.length === 1 ? values[0] : undefined;
      }
      case 'list':
        return all(node.items.slice(0, ITEMS_LIMIT).map(inner));
      case 'dict':
        return all(node.entries.slice(0, ITEMS_LIMIT).map(([key]) => inner(key)));
      case 'chain':
        return chain(node.operators, node.parts.map(inner));
      case 'item':
        return item(inner(node.of), node.key, inner);
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
      return args.flatMap(({ name }) => (name === undefined ? [] : [name]));
    if (callee.kind !== 'attribute') return undefined;
    const of = inner(callee.of);
    if (callee.name === 'join' && typeof of === 'string') {
      const list = args[0] && inner(args[0].value);
      return list === undefined ? undefined : joined(list, of);
    }
    if (typeof of !== 'string') return undefined;
    if (callee.name === 'format') return braceFormat(of, args, inner);
    return filter(of, METHODS[callee.name] ?? '', args, inner);
  }
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
  if (operator === '%' && typeof left === 'string') return percentFormat(left, Array.isArray(right) ? right : [right]);
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
    default:
      return undefined;
  }
}

function isList(value: Value): value is readonly Value[] {
  return typeof value === 'object';
}

function shown(value: Value): string {
  return isList(value) ? '' : String(value);
}

function joined(list: Value, by: string): string | undefined {
  const items = typeof list === 'string' ? Array.from(list) : isList(list) ? list : undefined;
  if (!items || items.length * by.length > TEXT_LIMIT) return undefined;
  let text = '';
  for (const [index, item] of items.entries()) {
    text += (index === 0 ? '' : by) + shown(item);
    if (text.length > TEXT_LIMIT) return undefined;
  }
  return text;
}

function item(of: Value | undefined, key: Node, inner: (node: Node) => Value | undefined): Value | undefined {
  if (of === undefined || typeof of === 'number') return undefined;
  if (key.kind === 'slice') {
    const bounds = key.bounds.map((bound) => (bound ? inner(bound) : undefined));
    if (key.bounds.some((bound, index) => bound && typeof bounds[index] !== 'number')) return undefined;
    const [start, stop, step = 1] = bounds as (number | undefined)[];
    const letters: readonly Value[] = typeof of === 'string' ? Array.from(of) : of;
    const taken = sliced(letters, start, stop, step);
    return typeof of === 'string' ? taken.map(shown).join('') : taken;
  }
  const index = inner(key);
  return typeof index === 'number' ? (typeof of === 'string' ? Array.from(of) : of).at(index) : undefined;
}

/** `slice.indices` of Python. */
function sliced(items: readonly Value[], start: number | undefined, stop: number | undefined, step: number): Value[] {
  const size = items.length;
  if (!Number.isInteger(step) || step === 0) return [];
  const low = step > 0 ? 0 : -1;
  const high = step > 0 ? size : size - 1;
  const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + size : bound, low), high);
  const from = start === undefined ? (step > 0 ? low : high) : clamp(start);
  const to = stop === undefined ? (step > 0 ? high : low) : clamp(stop);
  const taken: Value[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) {
    const value = items[at];
    if (value !== undefined) taken.push(value);
  }
  return taken;
}

function filter(
  of: Value | undefined,
  name: string,
  args: readonly Argument[],
  inner: (node: Node) => Value | undefined,
): Value | undefined {
  if (of === undefined) return undefined;
  const text = typeof of === 'string' ? of : undefined;
  const argument = (index: number) => (args[index] ? inner(args[index].value) : undefined);
  switch (name) {
    case 'join': {
      const by = args.length === 0 ? '' : argument(0);
      return typeof by === 'string' ? joined(of, by) : undefined;
    }
    case 'reverse':
      return text === undefined ? (isList(of) ? [...of].reverse() : undefined) : Array.from(text).reverse().join('');
    case 'list':
    case 'sort':
    case 'unique': {
      const items = text === undefined ? of : Array.from(text);
      return name === 'sort' && isList(items) ? [...items].sort() : items;
    }
    case 'first':
    case 'last': {
      const items = text === undefined ? of : Array.from(text);
      return isList(items) ? items.at(name === 'first' ? 0 : -1) : undefined;
    }
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
      return isList(of) ? undefined : String(of);
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
    if (value === undefined || isList(value) || room < 0) unknown = true;
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
      if (value === undefined || isList(value) || room < 0) unknown = true;
      else if (spec === 'c' && typeof value === 'number') return character(value);
      else return String(value);
      return '';
    },
  );
  return unknown ? undefined : bounded(text);
}

function character(code: number): string {
  return Number.isInteger(code) && code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
