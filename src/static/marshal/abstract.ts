/** What is known of a value in a function without running it: where it comes from, and what it is when only constants make it. */
import type { CodeObject, MarshalValue } from '../../readers/marshal/marshal.js';

export type Constant = string | Uint8Array | number | boolean | null;

export interface Abstract {
  /** As Python writes it. */
  readonly text: string;
  /** The dotted name of a module or of something in one; a builtin has no module. */
  readonly path?: string | undefined;
  readonly constant?: Constant | undefined;
  /** Of a tuple, a list or a set, all of them. */
  readonly items?: readonly Abstract[] | undefined;
  /** Of a dict whose keys are texts. */
  readonly entries?: ReadonlyMap<string, Abstract> | undefined;
  /** A function of the file. */
  readonly code?: CodeObject | undefined;
  /** The object whose method or attribute this is; nothing else is known of it. */
  readonly receiver?: Abstract | undefined;
  readonly attribute?: string | undefined;
  /** `vars(x)`, `x.__dict__`: items are attributes. */
  readonly namespaceOf?: Abstract | undefined;
  /** `operator.attrgetter('a')`, or with arguments `operator.methodcaller('a', 1)`. */
  readonly getter?: { readonly name: Abstract; readonly args?: readonly Abstract[] } | undefined;
  /** Only constants make it, in a way that is not followed: code hides a name so. */
  readonly hidden?: true | undefined;
  /** The file or folder that it is, or lies under. */
  readonly place?: string | undefined;
  /** It is made of variables of the environment: of all of them, or of one that keeps a secret. */
  readonly secret?: 'all' | 'secret' | undefined;
  /** The function that gives it. */
  readonly from?: string | undefined;
  /** A module that a value chooses. */
  readonly anyModule?: true | undefined;
  /** What else it can be. */
  readonly or?: readonly Abstract[] | undefined;
}

/** Alternatives kept of one value. */
export const ALTERNATIVES = 48;
export const TEXT_LIMIT = 300;
/** Characters or bytes of a constant that is followed. */
const CONSTANT_LIMIT = 256 * 1024;
const SHOWN_LIMIT = 4 * TEXT_LIMIT;

export const UNKNOWN_TEXT = '…';
export const NOTHING: Abstract = { text: UNKNOWN_TEXT };
export const HIDDEN: Abstract = { text: UNKNOWN_TEXT, hidden: true };
export const NONE: Abstract = { text: 'None', constant: null };

export function cut(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text;
}

export function unknown(text: string): Abstract {
  return { text: cut(text) };
}

export function named(path: string): Abstract {
  return { text: cut(path), path };
}

export function functionOf(code: CodeObject): Abstract {
  return { text: `function ${code.name.slice(0, 100)}`, code };
}

export function constant(value: Constant): Abstract {
  if (value !== null && typeof value === 'object' && value.length > CONSTANT_LIMIT) return { text: 'b…', hidden: true };
  if (typeof value === 'string' && value.length > CONSTANT_LIMIT)
    return { text: `'${value.slice(0, 60)}…'`, hidden: true };
  const place = typeof value === 'string' && PLACE.test(value) ? { place: value } : {};
  return { text: showConstant(value), constant: value, ...place };
}

const PLACE = /^(?:[\w.~/\\]|[A-Za-z]:)/;

function showConstant(value: Constant): string {
  if (value === null) return 'None';
  switch (typeof value) {
    case 'string':
      return `'${value.slice(0, SHOWN_LIMIT - 2)}'`;
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      return String(value);
    default:
      return `b'${Buffer.from(value.subarray(0, TEXT_LIMIT)).toString('latin1')}'`;
  }
}

export function sequence(items: readonly Abstract[], open: string, close: string): Abstract {
  const shown = items.slice(0, 20).map(({ text }) => text);
  if (items.length > shown.length) shown.push(UNKNOWN_TEXT);
  return { text: cut(`${open}${shown.join(', ')}${close}`), items };
}

/** Made by operations on these, in a way that is not followed. */
export function derived(text: string, parts: readonly Abstract[]): Abstract {
  const place = placeOf(parts) ?? placeOf(parts.flatMap((part) => part.items?.slice(0, 8) ?? []));
  const from = parts.find((part) => part.from !== undefined)?.from;
  const hidden = parts.length > 0 && parts.every(isClosed);
  const secret = secretOf(parts);
  return {
    text: cut(text),
    ...(hidden ? { hidden } : {}),
    ...(place === undefined ? {} : { place }),
    ...(secret === undefined ? {} : { secret }),
    ...(from === undefined ? {} : { from }),
  };
}

function placeOf(values: readonly Abstract[]): string | undefined {
  return values.find(({ place }) => place !== undefined)?.place;
}

function secretOf(parts: readonly Abstract[]): Abstract['secret'] {
  for (const part of parts) {
    const own = part.path === 'os.environ' ? 'all' : (part.secret ?? part.receiver?.secret);
    if (own !== undefined) return own;
  }
  return undefined;
}

/** True when constants alone make it. */
export function isClosed(value: Abstract): boolean {
  if (value.or?.every(isClosed) === false) return false;
  if (value.constant !== undefined || value.hidden === true) return true;
  return (
    value.items !== undefined &&
    value.items.length > 0 &&
    value.items.every((item) => item.items === undefined && isClosed(item))
  );
}

export function textOf(value: Abstract | undefined): string | undefined {
  return typeof value?.constant === 'string' ? value.constant : undefined;
}

/** The value and its alternatives, each without alternatives. */
export function each(value: Abstract): readonly Abstract[] {
  if (value.or === undefined) return [value];
  const known = EACH.get(value);
  if (known) return known;
  const all = [{ ...value, or: undefined }, ...value.or];
  EACH.set(value, all);
  return all;
}

const EACH = new WeakMap<Abstract, readonly Abstract[]>();

/** One value that can be any of these. The first is shown. */
export function union(values: readonly Abstract[]): Abstract {
  const [first = NOTHING, ...rest] = values;
  if (rest.every((value) => value === first)) return first;
  const kept: Abstract[] = [];
  const seen = new Set<string>();
  let isHidden = false;
  for (const many of values) {
    for (const value of each(many)) {
      const key = keyOf(value);
      if (seen.has(key)) continue;
      // Past the limit nothing is forgotten but which constant it is.
      if (kept.length >= ALTERNATIVES) {
        isHidden ||= isClosed(value);
        if ((value.path === undefined && value.code === undefined) || kept.length >= 2 * ALTERNATIVES) continue;
      }
      seen.add(key);
      kept.push(value);
    }
  }
  if (isHidden && !kept.some(({ hidden }) => hidden)) kept.push(HIDDEN);
  const [shown = NOTHING, ...others] = kept;
  return others.length === 0 ? shown : { ...shown, or: others };
}

const NUMBERS = new WeakMap<object, number>();
let numbered = 0;

function numberOf(object: object | undefined): number {
  if (object === undefined) return 0;
  const known = NUMBERS.get(object) ?? (numbered += 1);
  NUMBERS.set(object, known);
  return known;
}

/** Equal for values of which the same is known. */
export function keyOf(value: Abstract): string {
  const known = KEYS.get(value);
  if (known !== undefined) return known;
  const key = newKeyOf(value);
  KEYS.set(value, key);
  return key;
}

const KEYS = new WeakMap<Abstract, string>();

function newKeyOf(value: Abstract): string {
  const facts = value.hidden === true ? 'hidden' : (value.path ?? '');
  const deeper = (value.items ?? []).slice(0, 8).map(({ text, path = '' }) => `${text} ${path}`);
  return `${value.text}\n${facts}\n${value.place ?? ''}\n${value.secret ?? ''}\n${numberOf(value.code)}\n${deeper.join('\n')}`;
}

/** A constant of a function. */
export function constantOf(value: MarshalValue, depth = 0): Abstract {
  switch (value.kind) {
    case 'name':
      if (value.name === 'None') return NONE;
      return value.name === 'True' || value.name === 'False' ? constant(value.name === 'True') : unknown(value.name);
    case 'number': {
      const number = Number(value.text);
      return Number.isSafeInteger(number) ? { text: value.text, constant: number } : { text: value.text, hidden: true };
    }
    case 'text':
      return constant(value.text);
    case 'bytes':
      return constant(value.bytes);
    case 'code':
      return functionOf(value.code);
    case 'global':
      return value.path === '' ? NOTHING : named(value.path);
    default: {
      if (depth >= 4) return { text: UNKNOWN_TEXT, hidden: true };
      const items = value.items.slice(0, 10_000).map((item) => constantOf(item, depth + 1));
      return depth >= 2 ? { ...sequence(items, '(', ')'), text: UNKNOWN_TEXT } : sequence(items, '(', ')');
    }
  }
}
