/** What Python computes of plain values, for those who follow code without running it: sources, bytecode and templates. */

/** `codecs.decode(text, 'rot13')`. */
export function rot13(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** `base64.b32decode` (RFC 4648, section 6). */
export function base32(text: string): Buffer {
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const letter of text.toUpperCase()) {
    const digit = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter);
    if (digit < 0) continue;
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) bytes.push((held >> (bits -= 8)) & 0xff);
  }
  return Buffer.from(bytes);
}

/** Git's alphabet. */
const BASE85 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';

/** `base64.b85decode`. */
export function base85(text: string): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 5) {
    const group = text.slice(at, at + 5);
    let word = 0;
    for (const letter of group.padEnd(5, '~')) word = word * 85 + Math.max(0, BASE85.indexOf(letter));
    for (const shift of [24, 16, 8, 0].slice(0, group.length - 1)) bytes.push(Math.floor(word / 2 ** shift) % 256);
  }
  return Buffer.from(bytes);
}

/** `chr`; the empty text for a number that is no character's. */
export function character(code: number): string {
  return Number.isInteger(code) && code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

/** The indices that `x[from:to:step]` takes of `size` items (`slice.indices`). `step` is an integer and not 0. */
export function sliceIndices(size: number, from: number | undefined, to: number | undefined, step: number): number[] {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, low), high);
  const start = from === undefined ? (step > 0 ? low : high) : clamp(from);
  const end = to === undefined ? (step > 0 ? high : low) : clamp(to);
  const indices: number[] = [];
  for (let at = start; step > 0 ? at < end : at > end; at += step) indices.push(at);
  return indices;
}

/** An operator between two safe integers; undefined for any other operator, and where Python raises an error. The result can be unsafe. */
export function arithmetic(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '//':
      return b === 0 ? undefined : Math.floor(a / b);
    case '%':
      return b === 0 ? undefined : ((a % b) + b) % b;
    case '**':
      return a ** b;
    case '^':
      return Number(BigInt(a) ^ BigInt(b));
    case '&':
      return Number(BigInt(a) & BigInt(b));
    case '|':
      return Number(BigInt(a) | BigInt(b));
    case '<<':
      return b >= 0 && b < 64 ? a * 2 ** b : undefined;
    case '>>':
      return b >= 0 && b < 64 ? Math.floor(a / 2 ** b) : undefined;
    default:
      return undefined;
  }
}

/** A replacement field of a text for `str.format`: which argument it takes, and which attributes and items of that (`string.Formatter.get_field`). */
export interface FormatField {
  /** A number, or the name of a keyword. */
  readonly argument: string;
  readonly path: readonly { readonly name: string; readonly isItem: boolean }[];
}

const FIELDS_LIMIT = 200;
const FIELD_LENGTH = 20_000;

/** The fields that take something of an argument, those in format specifications too. */
export function formatFields(pattern: string): FormatField[] {
  const fields: FormatField[] = [];
  let next = 0;
  for (let at = pattern.indexOf('{'); at >= 0 && fields.length < FIELDS_LIMIT; at = pattern.indexOf('{', at)) {
    if (pattern.charAt(at + 1) === '{') {
      at += 2;
      continue;
    }
    const written = pattern.slice(at + 1, endOfField(pattern, at + 1));
    at += 1 + written.length;
    const field = formatField(written);
    const argument = field.argument === '' ? String(next) : field.argument;
    if (field.argument === '') next += 1;
    if (field.path.length > 0) fields.push({ argument, path: field.path });
  }
  return fields;
}

/** Where the name of a field ends; in brackets any character is a part of it. */
function endOfField(pattern: string, from: number): number {
  const last = Math.min(pattern.length, from + FIELD_LENGTH);
  for (let at = from; at < last; at += 1) {
    const char = pattern.charAt(at);
    if ('{}!:]'.includes(char)) return at;
    if (char !== '[') continue;
    const end = pattern.indexOf(']', at);
    if (end < 0) return at;
    at = end;
  }
  return last;
}

function nextOf(written: string, from: number): number {
  for (let at = from; at < written.length; at += 1) if ('.['.includes(written.charAt(at))) return at;
  return written.length;
}

/** `0.a[b]`. */
export function formatField(written: string): FormatField {
  const [argument = ''] = /^[^.[]*/.exec(written) ?? [];
  const path: { name: string; isItem: boolean }[] = [];
  for (let at = argument.length; at < Math.min(written.length, FIELD_LENGTH);) {
    const isItem = written.charAt(at) === '[';
    const end = isItem ? written.indexOf(']', at) : nextOf(written, at + 1);
    if (end < 0) break;
    path.push({ name: written.slice(at + 1, end), isItem });
    at = isItem ? end + 1 : end;
  }
  return { argument, path };
}
