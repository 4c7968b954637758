/** Functions and methods of Python that only compute, on values that are known: how code makes names and texts out of others. */
import { gunzipSync, inflateSync } from 'node:zlib';
import { arithmetic, base32, base85, rot13, sliceIndices } from '../../readers/python/compute.js';
import {
  ENTRIES_LIMIT,
  exactItems,
  joined,
  list,
  number,
  numberOf,
  one,
  only,
  text,
  TEXT_LIMIT,
  textOf,
  truth,
  UNKNOWN,
  type Value,
  type Values,
} from './values.js';

type TextValue = Value & { readonly kind: 'text' };
type Args = readonly (Values | undefined)[];

/** The method of a text; undefined when the result is not known. */
export function textMethod(value: TextValue, name: string, args: Args): Values | undefined {
  const { bytes, decoded } = value;
  const subject = value.text;
  const made = (result: string, kept = true): Values => text(result, { bytes, decoded: decoded || !kept });
  const [first, second] = args;
  const one = textOf(first);
  const two = textOf(second);
  switch (name) {
    case 'join': {
      const items = exactItems(first)?.map(textOf);
      if (items === undefined || items.some((item) => item === undefined)) return undefined;
      const size = items.reduce((sum, item) => sum + (item?.length ?? 0) + subject.length, 0);
      if (size > TEXT_LIMIT) return undefined;
      const all = exactItems(first)?.some((item) => isDecoded(item)) === true;
      return made(items.join(subject), !all);
    }
    case 'lower':
    case 'casefold':
      return made(subject.toLowerCase());
    case 'upper':
      return made(subject.toUpperCase());
    case 'title':
    case 'capitalize':
      return made(subject.charAt(0).toUpperCase() + subject.slice(1).toLowerCase());
    case 'swapcase':
      return made(
        Array.from(subject, (char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase())).join(''),
      );
    case 'strip':
      return made(stripped(stripped(subject, one, 'start'), one, 'end'));
    case 'lstrip':
      return made(stripped(subject, one, 'start'));
    case 'rstrip':
      return made(stripped(subject, one, 'end'));
    case 'removeprefix':
      return one === undefined ? undefined : made(subject.startsWith(one) ? subject.slice(one.length) : subject);
    case 'removesuffix':
      return one === undefined
        ? undefined
        : made(one !== '' && subject.endsWith(one) ? subject.slice(0, -one.length) : subject);
    case 'replace':
      return one === undefined || two === undefined || subject.length * (two.length + 1) > TEXT_LIMIT
        ? undefined
        : made(subject.replaceAll(one, two));
    case 'split':
    case 'rsplit': {
      if (first && one === undefined && only(first)?.kind !== 'constant') return undefined;
      const parts = one === undefined ? subject.trim().split(/\s+/) : one === '' ? [] : subject.split(one);
      const count = second === undefined ? -1 : (numberOf(second) ?? -1);
      const glue = one ?? ' ';
      const limited =
        count < 0 || parts.length <= count + 1
          ? parts
          : name === 'split'
            ? [...parts.slice(0, count), parts.slice(count).join(glue)]
            : [parts.slice(0, parts.length - count).join(glue), ...parts.slice(parts.length - count)];
      return list(limited.map((part) => made(part)));
    }
    case 'splitlines':
      return list(subject.split(/\r\n|\r|\n/).map((part) => made(part)));
    case 'partition':
    case 'rpartition': {
      if (one === undefined || one === '') return undefined;
      const at = name === 'partition' ? subject.indexOf(one) : subject.lastIndexOf(one);
      const parts =
        at < 0
          ? name === 'partition'
            ? [subject, '', '']
            : ['', '', subject]
          : [subject.slice(0, at), one, subject.slice(at + one.length)];
      return list(parts.map((part) => made(part)));
    }
    case 'decode':
    case 'encode': {
      if (first === undefined || isPlainEncoding(one)) {
        const result = name === 'encode' ? encoded(subject) : decodedUtf8(subject);
        return text(result, { bytes: name === 'encode', decoded });
      }
      return one === undefined ? undefined : byCodec(subject, one, decoded);
    }
    case 'hex':
      return text(Buffer.from(subject, 'latin1').toString('hex'));
    case 'translate':
      return translated(subject, first, made);
    case 'maketrans':
      return undefined;
    case 'format':
      return formatted(subject, args, made);
    case 'startswith':
      return one === undefined ? undefined : truth(subject.startsWith(one));
    case 'endswith':
      return one === undefined ? undefined : truth(subject.endsWith(one));
    case 'isalpha':
      return truth(/^\p{L}+$/u.test(subject));
    case 'isdigit':
      return truth(/^\d+$/.test(subject));
    case 'isupper':
      return truth(/\p{Lu}/u.test(subject) && subject === subject.toUpperCase());
    case 'islower':
      return truth(/\p{Ll}/u.test(subject) && subject === subject.toLowerCase());
    case 'isspace':
      return truth(/^\s+$/.test(subject));
    case 'find':
    case 'index':
      return one === undefined ? undefined : number(subject.indexOf(one));
    case 'count':
      return one === undefined || one === '' ? undefined : number(subject.split(one).length - 1);
    case '__add__':
      return one === undefined ? undefined : made(subject + one);
    case '__getitem__':
      return first ? item(value, first) : undefined;
    case 'read':
    case 'getvalue':
    case 'getbuffer':
    case 'tobytes':
      return one === undefined && first === undefined ? made(subject) : undefined;
    case '__str__':
      return text(subject, { bytes, decoded });
    case 'ljust':
    case 'rjust':
    case 'center':
      return undefined;
    default:
      return undefined;
  }
}

function isDecoded(values: Values): boolean {
  return values.known.some((value) => (value.kind === 'text' || value.kind === 'hidden') && value.decoded);
}

function stripped(subject: string, chars: string | undefined, side: 'start' | 'end'): string {
  if (chars === undefined) return side === 'start' ? subject.trimStart() : subject.trimEnd();
  const set = new Set(chars);
  let [from, to] = [0, subject.length];
  if (side === 'start') while (from < to && set.has(subject.charAt(from))) from += 1;
  else while (to > from && set.has(subject.charAt(to - 1))) to -= 1;
  return subject.slice(from, to);
}

function isPlainEncoding(name: string | undefined): boolean {
  return name !== undefined && /^(?:utf[-_]?8(?:[-_]sig)?|ascii|us-ascii|latin[-_]?1|iso-?8859-1)$/i.test(name);
}

/** One character for each byte. */
function encoded(subject: string): string {
  return Buffer.from(subject, 'utf8').toString('latin1');
}

function decodedUtf8(subject: string): string {
  return Buffer.from(subject, 'latin1').toString('utf8');
}

/** `codecs.decode` and the methods `decode` and `encode` with codecs that hide a text. */
function byCodec(subject: string, codec: string, decoded: boolean): Values | undefined {
  switch (
    codec
      .toLowerCase()
      .replace(/[-_]?codec$/, '')
      .replaceAll('-', '_')
  ) {
    case 'rot13':
    case 'rot_13':
      return text(rot13(subject), { decoded: true });
    case 'hex':
      return text(Buffer.from(subject, 'hex').toString('latin1'), { bytes: true, decoded: true });
    case 'base64':
      return text(Buffer.from(subject, 'base64').toString('latin1'), { bytes: true, decoded: true });
    case 'zlib':
    case 'zip':
      return bytesOr(unpacked(inflateSync, Buffer.from(subject, 'latin1')));
    case 'unicode_escape':
    case 'raw_unicode_escape':
      return text(subject, { decoded: true });
    case 'utf_16':
    case 'utf_16_le':
      return text(Buffer.from(subject, 'latin1').toString('utf16le'), { decoded });
    default:
      return isPlainEncoding(codec) ? text(decodedUtf8(subject), { decoded }) : undefined;
  }
}

function bytesOr(bytes: Uint8Array | undefined): Values | undefined {
  return bytes === undefined ? undefined : text(Buffer.from(bytes).toString('latin1'), { bytes: true, decoded: true });
}

function unpacked(unpack: typeof inflateSync, bytes: Buffer): Buffer | undefined {
  try {
    return unpack(bytes, { maxOutputLength: TEXT_LIMIT });
  } catch {
    return undefined;
  }
}

function translated(
  subject: string,
  table: Values | undefined,
  made: (text: string, kept?: boolean) => Values,
): Values | undefined {
  const value = only(table);
  if (value?.kind === 'text' && value.bytes)
    return made(Array.from(subject, (char) => value.text.charAt(char.charCodeAt(0))).join(''));
  if (value?.kind !== 'dict' || value.rest.open) return undefined;
  let result = '';
  for (const char of subject) {
    const to = value.items.get(`n${char.codePointAt(0) ?? 0}`) ?? value.items.get(`t${char}`);
    if (to === undefined) result += char;
    else if (numberOf(to) !== undefined && only(to)?.kind === 'number')
      result += String.fromCodePoint(codeOf(numberOf(to)));
    else if (only(to)?.kind !== 'constant') {
      const piece = textOf(to);
      if (piece === undefined || result.length > TEXT_LIMIT) return undefined;
      result += piece;
    }
  }
  return made(result);
}

function codeOf(code: number | undefined): number {
  return code !== undefined && code >= 0 && code <= 0x10ffff ? code : 0xfffd;
}

function formatted(subject: string, args: Args, made: (text: string, kept?: boolean) => Values): Values | undefined {
  let next = 0;
  const missing: string[] = [];
  let size = 0;
  const result = subject.replace(/\{\{|\}\}|\{(\d*)\}/g, (all: string, index?: string) => {
    if (index === undefined) return all.charAt(0);
    const at = index === '' ? next : Number(index);
    next += 1;
    const piece = plainText(args[at]);
    size += piece?.length ?? 0;
    if (piece === undefined || size > TEXT_LIMIT) missing.push(all);
    return size > TEXT_LIMIT ? '' : (piece ?? '');
  });
  return missing.length === 0 && !/\{[^{}]*\}/.test(subject.replace(/\{\{|\}\}|\{\d*\}/g, ''))
    ? made(result)
    : undefined;
}

/** How `str` shows it. */
export function plainText(values: Values | undefined): string | undefined {
  const value = only(values);
  if (value?.kind === 'text') return value.bytes ? undefined : value.text;
  if (value?.kind === 'path') return value.text;
  return value?.kind === 'number' ? String(value.value) : undefined;
}

/** `x[i]`, `x[a:b:c]` of a text or a list whose index is known. */
export function item(value: Value, index: Values): Values | undefined {
  const at = numberOf(index);
  if (at === undefined) return undefined;
  if (value.kind === 'text') {
    const chars = value.bytes ? value.text.split('') : Array.from(value.text);
    const char = chars.at(at);
    if (char === undefined) return undefined;
    return value.bytes ? number(char.charCodeAt(0)) : text(char, { decoded: value.decoded });
  }
  if (value.kind === 'list' && value.rest.known.length === 0 && !value.rest.open) return value.items.at(at);
  return undefined;
}

export function slice(value: Value, parts: readonly (Values | undefined)[]): Values | undefined {
  if (value.kind !== 'text' && value.kind !== 'list') return undefined;
  const chars = value.kind === 'list' ? [] : value.bytes ? value.text.split('') : Array.from(value.text);
  const size = value.kind === 'list' ? value.items.length : chars.length;
  const [from, to, step = 1] = parts.map((part) => (part === undefined ? undefined : (numberOf(part) ?? NaN)));
  if ([from, to, step].some(Number.isNaN) || step === 0) return undefined;
  const places = sliceIndices(size, from, to, step);
  if (value.kind === 'text') {
    const taken = places.map((at) => chars[at] ?? '').join('');
    return text(taken, { bytes: value.bytes, decoded: value.decoded });
  }
  const items = places.map((at) => value.items[at] ?? UNKNOWN);
  return list(items, value.rest);
}

/** An operator between two values that are known. */
export function operation(operator: string, left: Values, right: Values): Values | undefined {
  const [a, b] = [only(left), only(right)];
  if (a?.kind === 'text' && b?.kind === 'text') {
    const both = { bytes: a.bytes, decoded: a.decoded || b.decoded };
    switch (operator) {
      case '+':
        return text(a.text + b.text, both);
      case '==':
        return truth(a.text === b.text);
      case '!=':
        return truth(a.text !== b.text);
      case 'in':
        return truth(b.text.includes(a.text));
      case 'not in':
        return truth(!b.text.includes(a.text));
      case '<':
        return truth(a.text < b.text);
      case '>':
        return truth(a.text > b.text);
      case '<=':
        return truth(a.text <= b.text);
      case '>=':
        return truth(a.text >= b.text);
      case '%':
        return percent(a, [right]);
      default:
        return undefined;
    }
  }
  if (a?.kind === 'text' && operator === '%') return percent(a, b?.kind === 'list' ? b.items : [right]);
  const [x, y] = [numberOf(left), numberOf(right)];
  if (x !== undefined && y !== undefined) return calculated(operator, x, y);
  if (operator === '*') {
    const [subject, times] = x === undefined ? [a, y] : [b, x];
    if (times === undefined || times > 10_000) return undefined;
    if (subject?.kind === 'text') {
      return subject.text.length * times > TEXT_LIMIT
        ? undefined
        : text(subject.text.repeat(Math.max(0, times)), { bytes: subject.bytes, decoded: subject.decoded });
    }
  }
  if (a?.kind === 'list' && b?.kind === 'list' && operator === '+' && a.items.length + b.items.length <= ENTRIES_LIMIT)
    return list([...a.items, ...b.items], joined([a.rest, b.rest]));
  if (b?.kind === 'list' && (operator === 'in' || operator === 'not in')) {
    const keys = exactItems(right)?.map((value) => plainText(value));
    const wanted = plainText(left);
    if (keys === undefined || wanted === undefined || keys.includes(undefined)) return undefined;
    return truth(keys.includes(wanted) === (operator === 'in'));
  }
  return undefined;
}

function calculated(operator: string, x: number, y: number): Values | undefined {
  switch (operator) {
    case '==':
      return truth(x === y);
    case '!=':
      return truth(x !== y);
    case '<':
      return truth(x < y);
    case '>':
      return truth(x > y);
    case '<=':
      return truth(x <= y);
    case '>=':
      return truth(x >= y);
    default: {
      const result = arithmetic(operator, x, y);
      return result === undefined ? undefined : number(result);
    }
  }
}

function percent({ text: subject, bytes, decoded }: TextValue, args: readonly Values[]): Values | undefined {
  let next = 0;
  const missing: string[] = [];
  let size = 0;
  const result = subject.replace(/%(?:%|s|d|c)/g, (all) => {
    if (all === '%%') return '%';
    const arg = args[next];
    next += 1;
    const code = numberOf(arg);
    const piece = all === '%c' && code !== undefined ? String.fromCodePoint(codeOf(code)) : plainText(arg);
    size += piece?.length ?? 0;
    if (piece === undefined || size > TEXT_LIMIT) missing.push(all);
    return size > TEXT_LIMIT ? '' : (piece ?? '');
  });
  return missing.length === 0 && !/%[^%sdc]/.test(subject) ? text(result, { bytes, decoded }) : undefined;
}

/** A function of Python's own that only computes; undefined when it is none, or its result is not known. */
export function compute(path: string, args: Args): Values | undefined {
  const [first, second] = args;
  const subject = textOf(first);
  const value = only(first);
  const made = (bytes: Buffer | undefined): Values | undefined => bytesOr(bytes);
  switch (path) {
    case 'chr': {
      const code = numberOf(first);
      return code === undefined ? undefined : text(String.fromCodePoint(codeOf(code)), { decoded: true });
    }
    case 'ord':
      return subject === undefined ? undefined : number(subject.codePointAt(0) ?? 0);
    case 'len': {
      const items = exactItems(first);
      return items === undefined ? undefined : number(items.length);
    }
    case 'int': {
      const digits = subject?.trim();
      const base = second === undefined ? 10 : numberOf(second);
      if (digits === undefined) return numberOf(first) === undefined ? undefined : number(numberOf(first) ?? 0);
      return base === undefined || base < 2 || base > 36
        ? undefined
        : number(parseInt(digits.replace(/^0[xob]/i, ''), base));
    }
    case 'abs': {
      const size = numberOf(first);
      return size === undefined ? undefined : number(Math.abs(size));
    }
    case 'hex':
      return numberOf(first) === undefined ? undefined : text(`0x${(numberOf(first) ?? 0).toString(16)}`);
    case 'str':
    case 'repr':
      if (value?.kind === 'text' && value.bytes) return text(decodedUtf8(value.text), { decoded: value.decoded });
      return first === undefined ? text('') : value?.kind === 'text' ? first : plain(first);
    case 'bytes':
    case 'bytearray': {
      if (value?.kind === 'text')
        return text(value.bytes ? value.text : encoded(value.text), { bytes: true, decoded: value.decoded });
      const codes = exactItems(first)?.map(numberOf);
      if (codes === undefined || codes.some((code) => code === undefined || code < 0 || code > 255)) return undefined;
      return text(String.fromCharCode(...codes.slice(0, 65_536).map((code) => code ?? 0)), {
        bytes: true,
        decoded: true,
      });
    }
    case 'bytes.fromhex':
    case 'bytearray.fromhex':
    case 'binascii.unhexlify':
    case 'binascii.a2b_hex':
      return subject === undefined ? undefined : made(Buffer.from(subject.replace(/\s+/g, ''), 'hex'));
    case 'base64.b64decode':
    case 'base64.standard_b64decode':
    case 'base64.urlsafe_b64decode':
    case 'base64.decodebytes':
    case 'base64.decodestring':
    case 'binascii.a2b_base64':
      return subject === undefined ? undefined : made(Buffer.from(subject, 'base64'));
    case 'base64.b16decode':
      return subject === undefined ? undefined : made(Buffer.from(subject, 'hex'));
    case 'base64.b32decode':
      return subject === undefined ? undefined : made(base32(subject));
    case 'base64.b85decode':
      return subject === undefined ? undefined : made(base85(subject));
    case 'codecs.decode':
    case 'codecs.encode':
      return subject === undefined
        ? undefined
        : byCodec(subject, textOf(second) ?? 'utf-8', value?.kind === 'text' && value.decoded);
    case 'zlib.decompress':
      return subject === undefined ? undefined : made(unpacked(inflateSync, Buffer.from(subject, 'latin1')));
    case 'gzip.decompress':
      return subject === undefined ? undefined : made(unpacked(gunzipSync, Buffer.from(subject, 'latin1')));
    // Files in memory have the methods of the text as well.
    case 'io.BytesIO':
    case 'io.StringIO':
      return subject === undefined ? undefined : first;
    case 'json.loads':
    case 'json.load':
      return subject === undefined ? undefined : parsedJson(subject);
    case 'str.maketrans':
    case 'bytes.maketrans':
      return maketrans(args);
    case 'str.join': {
      const glue = only(first);
      return glue?.kind === 'text' ? textMethod(glue, 'join', [second]) : undefined;
    }
    case 'operator.add':
    case 'operator.concat':
    case 'operator.iadd':
      return first && second ? operation('+', first, second) : undefined;
    case 'operator.xor':
      return first && second ? operation('^', first, second) : undefined;
    case 'urllib.parse.unquote':
    case 'html.unescape':
      return subject === undefined || !/[%&]/.test(subject) ? first : text(unquoted(subject), { decoded: true });
    case 'reversed': {
      const items = exactItems(first);
      return items === undefined ? undefined : list([...items].reverse());
    }
    case 'list':
    case 'tuple':
    case 'set':
    case 'frozenset':
    case 'iter': {
      if (first === undefined) return list([]);
      const items = exactItems(first);
      return items === undefined ? undefined : list(items);
    }
    case 'enumerate': {
      const items = exactItems(first);
      return items === undefined ? undefined : list(items.map((one, at) => list([number(at), one])));
    }
    case 'zip': {
      const all = args.map(exactItems);
      if (all.length === 0 || all.includes(undefined)) return undefined;
      const size = Math.min(...all.map((items) => items?.length ?? 0));
      return list(Array.from({ length: size }, (_, at) => list(all.map((items) => items?.[at] ?? UNKNOWN))));
    }
    case 'range': {
      const [from, to, step] =
        args.length === 1
          ? [0, numberOf(first), 1]
          : [numberOf(first), numberOf(second), args[2] ? numberOf(args[2]) : 1];
      if (from === undefined || to === undefined || step === undefined || step === 0) return undefined;
      const size = Math.max(0, Math.ceil((to - from) / step));
      return size > RANGE_LIMIT ? undefined : list(Array.from({ length: size }, (_, at) => number(from + at * step)));
    }
    case 'sum': {
      const all = exactItems(first)?.map(numberOf);
      if (all === undefined || all.includes(undefined)) return undefined;
      return number(all.reduce<number>((sum, next) => sum + (next ?? 0), 0));
    }
    default:
      return undefined;
  }
}

/** Values of one JSON text. */
const JSON_LIMIT = 10_000;

function parsedJson(subject: string): Values | undefined {
  let left = JSON_LIMIT;
  const valuesOf = (value: unknown, depth: number): Values => {
    left -= 1;
    if (left < 0 || depth > 20) return UNKNOWN;
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return number(value);
    if (typeof value === 'boolean') return truth(value);
    if (Array.isArray(value)) return list(value.slice(0, ENTRIES_LIMIT).map((item) => valuesOf(item, depth + 1)));
    if (value === null || typeof value !== 'object') return one({ kind: 'constant', name: 'None' });
    const items = new Map<string, Values>();
    for (const [key, item] of Object.entries(value)) items.set(`t${key}`, valuesOf(item, depth + 1));
    return one({ kind: 'dict', items, rest: { known: [], open: false } });
  };
  try {
    return valuesOf(JSON.parse(subject) as unknown, 0);
  } catch {
    return undefined;
  }
}

const RANGE_LIMIT = 4096;

function plain(first: Values): Values | undefined {
  const shown = plainText(first);
  return shown === undefined ? undefined : text(shown);
}

function maketrans([first, second, third]: Args): Values | undefined {
  const items = new Map<string, Values>();
  const [from, to] = [textOf(first), textOf(second)];
  const table = only(first);
  if (table?.kind === 'dict') {
    for (const [key, value] of table.items) items.set(key.startsWith('t') ? `n${key.codePointAt(1) ?? 0}` : key, value);
    return one({ kind: 'dict', items, rest: table.rest });
  }
  if (from === undefined || to === undefined) return undefined;
  const [left, right] = [Array.from(from), Array.from(to)];
  left.forEach((char, at) => items.set(`n${char.codePointAt(0) ?? 0}`, text(right[at] ?? '')));
  for (const char of textOf(third) ?? '') items.set(`n${char.codePointAt(0) ?? 0}`, text(''));
  return one({ kind: 'dict', items, rest: { known: [], open: false } });
}

function unquoted(subject: string): string {
  try {
    return decodeURIComponent(subject);
  } catch {
    return subject;
  }
}
