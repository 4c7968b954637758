/** Values of calls and operations that only compute on constants: the ways in which code builds a name that it does not want to be seen. */
import { inflateRawSync, inflateSync, gunzipSync } from 'node:zlib';
import { isSecretVariable } from '../../names/place-acts.js';
import {
  FOLDER_VARIABLES,
  PACKAGES_FOLDER,
  PACKAGES_KEYS,
  PACKAGES_NAMES,
  expandedFolder,
} from '../../names/places.js';
import { arithmetic, base32, base85, character, rot13, sliceIndices } from '../../readers/python/compute.js';
import { lexPython } from '../../readers/python/lexer.js';
import { parsePython, type Expr } from '../../readers/python/syntax.js';
import {
  ALTERNATIVES,
  NONE,
  NOTHING,
  constant,
  derived,
  each,
  sequence,
  union,
  type Abstract,
  type Constant,
} from './abstract.js';

const UNPACKED_LIMIT = 1024 * 1024;
const REPEATED_LIMIT = 100_000;
const ITEMS_LIMIT = 10_000;
/** Zeros of `bytes(n)`. */
const ZEROS_LIMIT = 4096;

/** A value made of constants, when it can be computed; of several possible operands, each of them. */
export function folded(
  text: string,
  parts: readonly Abstract[],
  compute: (parts: readonly Abstract[]) => Abstract | undefined,
): Abstract {
  if (parts.every(({ or }) => or === undefined)) return compute(parts) ?? derived(text, parts);
  const choices = combinations(parts);
  if (choices === undefined) return derived(text, parts);
  return union(choices.map((choice) => compute(choice) ?? derived(text, choice)));
}

function combinations(parts: readonly Abstract[]): (readonly Abstract[])[] | undefined {
  let found: (readonly Abstract[])[] = [[]];
  for (const part of parts) {
    const choices = each(part);
    if (found.length * choices.length > ALTERNATIVES) return undefined;
    found = found.flatMap((before) => choices.map((choice) => [...before, choice]));
  }
  return found;
}

/** `left + right` and the like. */
export function operation(operator: string, left: Abstract, right: Abstract): Abstract | undefined {
  const a = left.constant;
  const b = right.constant;
  if (operator === '+' && left.items && right.items)
    return sequence([...left.items, ...right.items].slice(0, ITEMS_LIMIT), '[', ']');
  if (operator === '%' && typeof a === 'string') return percent(a, right.items ?? [right]);
  if (operator === '*' && left.items && typeof b === 'number' && b >= 0 && b * left.items.length <= ITEMS_LIMIT)
    return sequence(Array.from({ length: b }, () => left.items ?? []).flat(), '[', ']');
  if (a === undefined || b === undefined) return undefined;
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return constant(a + b);
  if (operator === '+' && isBytes(a) && isBytes(b)) return constant(Buffer.concat([a, b]));
  if (operator === '*' && typeof a === 'string' && typeof b === 'number')
    return b * a.length <= REPEATED_LIMIT ? constant(a.repeat(Math.max(0, b))) : undefined;
  // `Path('a') / 'b'`.
  if (operator === '/' && typeof a === 'string' && typeof b === 'string') return constant(joined([a, b]));
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  // Python makes a fraction of it.
  if (operator === '**' && b < 0) return undefined;
  const number = arithmetic(operator, a, b);
  return number !== undefined && Number.isSafeInteger(number) ? constant(number) : undefined;
}

/** `target[key]`; `key` is a slice when it has three parts. */
export function subscript(target: Abstract, key: Abstract): Abstract | undefined {
  if (target.entries && typeof key.constant === 'string') return target.entries.get(key.constant);
  const list = target.items ?? charactersOf(target.constant);
  if (list === undefined) return undefined;
  if (typeof key.constant === 'number') {
    const item = list.at(key.constant);
    return isBytes(target.constant) ? item && constant(textConstant(item).charCodeAt(0)) : item;
  }
  if (key.items?.length !== 3) return undefined;
  const [from, to, step] = key.items.map((part) => (part.constant === null ? undefined : part.constant));
  if ([from, to, step].some((part) => part !== undefined && typeof part !== 'number')) return undefined;
  const by = (step as number | undefined) ?? 1;
  if (by === 0) return undefined;
  const indices = sliceIndices(list.length, from as number | undefined, to as number | undefined, by);
  return rebuilt(
    target,
    indices.flatMap((at) => list[at] ?? []),
  );
}

function charactersOf(value: Constant | undefined): Abstract[] | undefined {
  if (typeof value === 'string')
    return value.length > ITEMS_LIMIT ? undefined : Array.from(value, (character) => constant(character));
  if (!isBytes(value) || value.length > ITEMS_LIMIT) return undefined;
  return Array.from(value, (byte) => constant(String.fromCharCode(byte)));
}

function rebuilt(like: Abstract, items: readonly Abstract[]): Abstract {
  if (like.items) return sequence(items, '[', ']');
  const text = items.map(textConstant).join('');
  return constant(isBytes(like.constant) ? Buffer.from(text, 'latin1') : text);
}

function textConstant(value: Abstract): string {
  return typeof value.constant === 'string' ? value.constant : '';
}

/** What a loop or a function takes from it, one by one; undefined when that is not known. */
export function itemsIn(value: Abstract): readonly Abstract[] | undefined {
  if (value.items) return value.items;
  if (value.entries) return Array.from(value.entries.keys(), (key) => constant(key));
  if (isBytes(value.constant))
    return value.constant.length > ITEMS_LIMIT ? undefined : Array.from(value.constant, (byte) => constant(byte));
  return charactersOf(value.constant);
}

/** A method of a constant or of a list of constants: `'a-b'.replace('-', '')`. */
export function method(receiver: Abstract, name: string, args: readonly Abstract[]): Abstract | undefined {
  const value = receiver.constant;
  const texts = args.map((arg) => (typeof arg.constant === 'string' ? arg.constant : undefined));
  const [first, second] = texts;
  if (typeof value === 'string') {
    switch (name) {
      case 'join': {
        const items = args[0] && itemsIn(args[0]);
        if (!items?.every((item) => typeof item.constant === 'string' && item.or === undefined)) return undefined;
        return constant(items.map(textConstant).join(value).slice(0, UNPACKED_LIMIT));
      }
      case 'replace':
        return first !== undefined && second !== undefined && first !== ''
          ? constant(value.split(first).join(second).slice(0, UNPACKED_LIMIT))
          : undefined;
      case 'format':
        return format(value, args);
      case 'lower':
      case 'casefold':
        return constant(value.toLowerCase());
      case 'upper':
        return constant(value.toUpperCase());
      case 'swapcase':
        return constant(Array.from(value, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join(''));
      case 'strip':
      case 'lstrip':
      case 'rstrip':
        return constant(stripped(value, name, first));
      case 'split':
        return sequence(
          (args.length === 0 ? value.trim().split(/\s+/) : value.split(first ?? ' '))
            .slice(0, ITEMS_LIMIT)
            .map((part) => constant(part)),
          '[',
          ']',
        );
      case 'encode':
        return encoded(value, first ?? 'utf-8');
      case 'removeprefix':
        return first !== undefined && value.startsWith(first) ? constant(value.slice(first.length)) : receiver;
      case 'removesuffix':
        return first !== undefined && first !== '' && value.endsWith(first)
          ? constant(value.slice(0, -first.length))
          : receiver;
      case 'read':
      case 'getvalue':
        return args.length === 0 ? receiver : undefined;
      case 'decode':
        return encoded(value, first ?? 'utf-8') && decoded(Buffer.from(value, 'latin1'), first ?? 'utf-8');
      default:
        return undefined;
    }
  }
  if (isBytes(value)) {
    if (name === 'decode') return decoded(value, first ?? 'utf-8');
    if (name === 'hex') return constant(Buffer.from(value).toString('hex'));
    // The rest as for the text of these characters.
    const latin1 = method(constant(Buffer.from(value).toString('latin1')), name, args.map(asLatin1));
    return typeof latin1?.constant === 'string' ? constant(Buffer.from(latin1.constant, 'latin1')) : undefined;
  }
  return undefined;
}

function asLatin1(value: Abstract): Abstract {
  return isBytes(value.constant) ? constant(Buffer.from(value.constant).toString('latin1')) : value;
}

function stripped(value: string, name: string, characters = ' \t\n\r\f\v'): string {
  let start = 0;
  let end = value.length;
  if (name !== 'rstrip') while (start < end && characters.includes(value.charAt(start))) start += 1;
  if (name !== 'lstrip') while (end > start && characters.includes(value.charAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function encoded(value: string, encoding: string): Abstract | undefined {
  const name = encoding.toLowerCase().replace(/[-_]/g, '');
  if (name === 'rot13') return constant(rot13(value));
  if (name === 'hex' || name === 'base64' || name === 'zip' || name === 'zlib')
    return decoded(Buffer.from(value, 'latin1'), encoding);
  return constant(Buffer.from(value, name.startsWith('latin') || name === 'iso88591' ? 'latin1' : 'utf8'));
}

function decoded(bytes: Uint8Array, encoding: string): Abstract | undefined {
  const buffer = Buffer.from(bytes);
  switch (encoding.toLowerCase().replace(/[-_]/g, '')) {
    case 'rot13':
      return constant(rot13(buffer.toString('latin1')));
    case 'hex':
    case 'hexcodec':
      return constant(Buffer.from(buffer.toString('latin1'), 'hex'));
    case 'base64':
    case 'base64codec':
      return constant(Buffer.from(buffer.toString('latin1'), 'base64'));
    case 'zip':
    case 'zlib':
    case 'zlibcodec':
      return inflated(bytes);
    case 'latin1':
    case 'iso88591':
      return constant(buffer.toString('latin1'));
    case 'utf16':
    case 'utf16le':
      return constant(buffer.toString('utf16le').replace(/^\ufeff/, ''));
    case 'utf8':
    case 'ascii':
    case 'usascii':
      return constant(buffer.toString('utf8'));
    default:
      return undefined;
  }
}

function inflated(bytes: Uint8Array): Abstract | undefined {
  const options = { maxOutputLength: UNPACKED_LIMIT };
  for (const unpack of [inflateSync, gunzipSync, inflateRawSync]) {
    try {
      return constant(unpack(bytes, options));
    } catch {
      // Another packing, or damage: Python raises an error then.
    }
  }
  return undefined;
}

/** `'%s%s' % ('a', 'b')`. */
function percent(pattern: string, args: readonly Abstract[]): Abstract | undefined {
  let next = 0;
  let missing = 0;
  const text = pattern.replace(/%[-+ #\d.]*([a-zA-Z%])/g, (_, kind: string) => {
    if (kind === '%') return '%';
    const value = args[next]?.constant;
    next += 1;
    if (kind === 'c' && typeof value === 'number') return character(value);
    if (kind === 's' && typeof value === 'string') return value;
    if ((kind === 'd' || kind === 's') && typeof value === 'number') return String(value);
    missing += 1;
    return '';
  });
  return missing === 0 ? constant(text) : undefined;
}

function format(pattern: string, args: readonly Abstract[]): Abstract | undefined {
  let next = 0;
  let missing = 0;
  const text = pattern.replace(/\{(\d*)(?::([cs]?))?\}/g, (_, index: string, kind: string | undefined) => {
    const value = args[index === '' ? next++ : Number(index)]?.constant;
    if (kind === 'c' && typeof value === 'number') return character(value);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    missing += 1;
    return '';
  });
  return missing === 0 && !/\{[^}]/.test(text) ? constant(text) : undefined;
}

/** `os.path.join`. */
export function joined(parts: readonly string[]): string {
  return parts.reduce(
    (path, part) => (part.startsWith('/') || path === '' ? part : path.endsWith('/') ? path + part : `${path}/${part}`),
    '',
  );
}

/** A function of Python's own that computes: `base64.b64decode(b'…')`. */
export function call(path: string, args: readonly Abstract[]): Abstract | undefined {
  const [first, second] = args;
  const value = first?.constant;
  switch (path) {
    case 'chr':
    case 'unichr':
      return typeof value === 'number' ? constant(character(value)) : undefined;
    case 'ord':
      return typeof value === 'string'
        ? constant(value.codePointAt(0) ?? 0)
        : isBytes(value)
          ? constant(value[0] ?? 0)
          : undefined;
    case 'int':
      if (typeof value === 'number') return first;
      return typeof value === 'string' ? number(value, second) : undefined;
    case 'abs':
      return typeof value === 'number' ? constant(Math.abs(value)) : undefined;
    case 'hex':
      return typeof value === 'number' && value >= 0 ? constant(`0x${value.toString(16)}`) : undefined;
    case 'str':
      if (isBytes(value) && typeof second?.constant === 'string') return decoded(value, second.constant);
      return typeof value === 'string' ? first : typeof value === 'number' ? constant(String(value)) : undefined;
    case 'repr':
      return typeof value === 'string' ? constant(`'${value}'`) : undefined;
    case 'bytes':
    case 'bytearray': {
      if (isBytes(value)) return first;
      if (typeof value === 'number' && value >= 0 && value <= ZEROS_LIMIT) return constant(new Uint8Array(value));
      if (typeof value === 'string')
        return encoded(value, typeof second?.constant === 'string' ? second.constant : 'utf-8');
      const numbers = first?.items?.map((item) => item.constant);
      return numbers?.every((item) => typeof item === 'number' && item >= 0 && item < 256) === true
        ? constant(Uint8Array.from(numbers as number[]))
        : undefined;
    }
    case 'range': {
      const numbers = args.map((arg) => arg.constant);
      const [from, to] = numbers.length === 1 ? [0, numbers[0]] : numbers;
      if (typeof from !== 'number' || typeof to !== 'number' || numbers.length > 2 || to - from > ALTERNATIVES)
        return { text: 'range(…)' };
      return sequence(
        Array.from({ length: Math.max(0, to - from) }, (_, index) => constant(from + index)),
        '[',
        ']',
      );
    }
    case 'list':
    case 'tuple':
    case 'iter':
    case 'set':
    case 'reversed': {
      const items = first && itemsIn(first);
      return items && sequence(path === 'reversed' ? [...items].reverse() : items, '[', ']');
    }
    case 'bytes.fromhex':
    case 'bytearray.fromhex':
    case 'binascii.unhexlify':
    case 'binascii.a2b_hex':
      return decoding(value, (text) => Buffer.from(text.replace(/\s+/g, ''), 'hex'));
    case 'base64.b16decode':
      return decoding(value, (text) => Buffer.from(text, 'hex'));
    case 'base64.b64decode':
    case 'base64.standard_b64decode':
    case 'base64.urlsafe_b64decode':
    case 'base64.decodebytes':
    case 'base64.decodestring':
    case 'binascii.a2b_base64':
      return decoding(value, (text) => Buffer.from(text, 'base64'));
    case 'base64.b32decode':
      return decoding(value, base32);
    case 'base64.b85decode':
      return decoding(value, base85);
    case 'codecs.decode':
    case 'codecs.encode': {
      const encoding = typeof second?.constant === 'string' ? second.constant : 'utf-8';
      if (typeof value === 'string') return encoded(value, encoding);
      return isBytes(value) ? decoded(value, encoding) : undefined;
    }
    case 'zlib.decompress':
    case 'gzip.decompress':
      return isBytes(value) ? inflated(value) : undefined;
    case 'json.loads':
    case 'json.load': {
      const written = plainText(value);
      return written === undefined ? undefined : parsedJson(written);
    }
    case 'ast.literal_eval': {
      const written = plainText(value);
      return written === undefined ? undefined : literal(written);
    }
    // Files in memory have the methods of the text as well.
    case 'io.BytesIO':
    case 'io.StringIO':
      return value === undefined ? undefined : first;
    case 'os.path.join':
    case 'posixpath.join': {
      // What stands before an unknown part is the place.
      const texts = args.map((arg) => (typeof arg.constant === 'string' ? arg.constant : undefined));
      return texts.every((text) => text !== undefined) ? constant(joined(texts)) : undefined;
    }
    case 'os.path.expanduser':
    case 'os.path.expandvars':
    case 'os.path.abspath':
    case 'os.path.realpath':
    case 'os.path.normpath':
    case 'os.fspath':
    case 'pathlib.Path':
    case 'pathlib.PosixPath':
    case 'pathlib.PurePath':
      return typeof value === 'string' ? constant(expandedFolder(value)) : undefined;
    case 'pathlib.Path.home':
      return constant('~');
    case 'tempfile.gettempdir':
      return constant('/tmp');
    case 'os.getenv':
    case 'os.environ.get':
    case 'os.environ.pop':
      return first && variable(first);
    case 'os.environ.copy':
    case 'os.environ.items':
    case 'os.environ.values':
      return { text: `${path}()`, secret: 'all' };
    default:
      return packagesFolder(path);
  }
}

function plainText(value: Constant | undefined): string | undefined {
  return isBytes(value) ? Buffer.from(value).toString('utf8') : typeof value === 'string' ? value : undefined;
}

function parsedJson(written: string): Abstract | undefined {
  let left = ITEMS_LIMIT;
  const valueOf = (value: unknown, depth: number): Abstract => {
    left -= 1;
    if (left < 0 || depth > 20) return NOTHING;
    if (typeof value === 'string' || typeof value === 'boolean') return constant(value);
    if (typeof value === 'number')
      return Number.isSafeInteger(value) ? constant(value) : { text: String(value), hidden: true };
    if (Array.isArray(value))
      return sequence(
        value.slice(0, ITEMS_LIMIT).map((item) => valueOf(item, depth + 1)),
        '[',
        ']',
      );
    if (value === null || typeof value !== 'object') return NONE;
    return {
      text: '{…}',
      entries: new Map(Object.entries(value).map(([key, item]) => [key, valueOf(item, depth + 1)])),
    };
  };
  try {
    return valueOf(JSON.parse(written) as unknown, 0);
  } catch {
    return undefined;
  }
}

/** A text of Python's constants. */
function literal(written: string): Abstract | undefined {
  const { body, broken } = parsePython(lexPython(written.trim()));
  const [only] = body;
  const value = broken === undefined && only?.kind === 'expression' ? only.values[0] : undefined;
  return value && literalOf(value, 0);
}

function literalOf(value: Expr, depth: number): Abstract | undefined {
  if (depth > 20) return undefined;
  switch (value.kind) {
    case 'text':
      return constant(value.bytes ? Buffer.from(value.text, 'latin1') : value.text);
    case 'number':
      return Number.isSafeInteger(value.value) ? constant(value.value) : { text: String(value.value), hidden: true };
    case 'constant':
      return value.name === 'None' || value.name === '...' ? NONE : constant(value.name === 'True');
    case 'sequence':
      return sequence(
        value.items.slice(0, ITEMS_LIMIT).map((item) => literalOf(item, depth + 1) ?? NOTHING),
        '[',
        ']',
      );
    case 'dict': {
      const entries = new Map<string, Abstract>();
      for (const { key, value: item } of value.entries.slice(0, ITEMS_LIMIT)) {
        const name = key && literalOf(key, depth + 1);
        if (name)
          entries.set(
            typeof name.constant === 'string' ? name.constant : name.text,
            literalOf(item, depth + 1) ?? NOTHING,
          );
      }
      return { text: '{…}', entries };
    }
    default:
      return undefined;
  }
}

/** A variable of the environment, by its name: the folder that it names, or that it keeps a secret. */
export function variable(name: Abstract): Abstract | undefined {
  if (typeof name.constant !== 'string') return undefined;
  const folder = FOLDER_VARIABLES.get(name.constant);
  if (folder !== undefined) return constant(folder);
  return isSecretVariable(name.constant) ? { text: `os.environ[${name.text}]`, secret: 'secret' } : undefined;
}

/** The folder of Python's packages, by what gives it. */
export function packagesFolder(path: string): Abstract | undefined {
  const shape = PACKAGES_NAMES.get(path);
  if (shape === undefined) return undefined;
  const place = constant(PACKAGES_FOLDER);
  if (shape === 'list') return sequence([place], '[', ']');
  return shape === 'text' ? place : { text: '{…}', entries: new Map(PACKAGES_KEYS.map((key) => [key, place])) };
}

function decoding(value: Constant | undefined, decode: (text: string) => Uint8Array): Abstract | undefined {
  const text = isBytes(value) ? Buffer.from(value).toString('latin1') : value;
  return typeof text === 'string' ? constant(decode(text)) : undefined;
}

function number(text: string, base: Abstract | undefined): Abstract | undefined {
  const radix = typeof base?.constant === 'number' ? base.constant : 10;
  const value = radix >= 2 && radix <= 36 ? Number.parseInt(text.replace(/^0[xob]/i, ''), radix) : NaN;
  return Number.isSafeInteger(value) ? constant(value) : undefined;
}

export function isBytes(value: Constant | undefined): value is Uint8Array {
  return value instanceof Uint8Array;
}
