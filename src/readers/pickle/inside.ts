/** Recognises texts and byte strings of a pickle that hold something a call could load: another pickle, an archive, packed data, bytecode. */
import { compressionOf } from '../unpack/magic.js';
import { latin1 } from '../bytes.js';
import { rawUnicode } from './text.js';

/**
 * How the thing is written: as it is, in the characters U+0000 to U+00FF of a text (as protocol 2 writes bytes), of one with escapes
 * (protocol 0), in Base64, in hexadecimal.
 */
export type Writing = 'raw' | 'latin1' | 'escaped' | 'base64' | 'hex';

/** What begins with less than this is not worth a look. */
const SHORTEST = 8;
/** The same for one that is encoded. */
const ENCODED = 16;

/** `head` is the beginning of a text in UTF-8, or of bytes; `size` is all of it. A pickle has many texts: most are recognised by a byte or two. */
export function writingOf(head: Uint8Array, size: number, isText: boolean): Writing | undefined {
  if (size < SHORTEST) return undefined;
  const first = head[0] ?? 0;
  const second = head[1] ?? 0;
  if (LOADABLE[first] === 1 && (!isText || (first < 0x80 && second < 0x80)) && isLoadable(head)) return 'raw';
  if (isText && (first === 0xc2 || second === 0xc2) && isLoadable(fromLatin1Text(head.subarray(0, 64))))
    return 'latin1';
  if (size < ENCODED) return undefined;
  const high = HEX_DIGIT[first] ?? -1;
  const low = HEX_DIGIT[second] ?? -1;
  if (high >= 0 && low >= 0 && LOADABLE[16 * high + low] === 1 && isLoadable(decoded(head, HEX_DIGIT, 'hex')))
    return 'hex';
  const left = BASE64_DIGIT[first] ?? -1;
  const right = BASE64_DIGIT[second] ?? -1;
  if (left < 0 || right < 0 || LOADABLE[(left << 2) | (right >> 4)] !== 1) return undefined;
  return isLoadable(decoded(head, BASE64_DIGIT, 'base64')) ? 'base64' : undefined;
}

/** The first bytes of an encoded text; none when the text has other characters than the encoding. */
function decoded(head: Uint8Array, digits: Int8Array, encoding: 'hex' | 'base64'): Uint8Array {
  for (let index = 2; index < ENCODED; index += 1) if ((digits[head[index] ?? 0] ?? -1) < 0) return new Uint8Array(0);
  return Buffer.from(latin1(head.subarray(0, 200)), encoding);
}

/** The bytes that a text or byte string stands for. */
export function decodeWriting(bytes: Uint8Array, writing: Writing): Uint8Array {
  switch (writing) {
    case 'raw':
      return bytes;
    case 'latin1':
      return fromLatin1Text(bytes);
    case 'escaped':
      return Buffer.from(rawUnicode(latin1(bytes)), 'latin1');
    case 'base64':
      return Buffer.from(latin1(bytes), 'base64');
    case 'hex':
      return Buffer.from(latin1(bytes), 'hex');
  }
}

/** The value of each character as a digit; -1 for what is none. */
function digitTable(digits: string): Int8Array {
  const table = new Int8Array(256).fill(-1);
  for (let value = 0; value < digits.length; value += 1) table[digits.charCodeAt(value)] = value;
  return table;
}

const BASE64_DIGIT = digitTable('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
// The alphabet for URLs and file names (RFC 4648, section 5).
BASE64_DIGIT[0x2d] = 62;
BASE64_DIGIT[0x5f] = 63;
const HEX_DIGIT = digitTable('0123456789abcdef');
for (let digit = 10; digit < 16; digit += 1) HEX_DIGIT[0x37 + digit] = digit;

function isLoadable(head: Uint8Array): boolean {
  const [first = 0, second = 0] = head;
  switch (first) {
    case 0x80:
      return second <= 5;
    case 0x50: // PK
      return second === 0x4b;
    case 0x37: // 7z
      return second === 0x7a && head[2] === 0xbc;
    case 0x1f:
    case 0x28:
    case 0x42:
    case 0xfd:
    case 0x5d:
    case 0x04:
    case 0x78:
      return isPacked(head) || isOldPickle(head);
    case 0xe3:
      return isMarshalCode(head);
    case 0x63:
      return isMarshalCode(head) || isOldPickle(head);
    default:
      return isOldPickle(head);
  }
}

function isPacked(head: Uint8Array): boolean {
  const compression = compressionOf(head);
  // Two bytes are no proof for bzip2: a level follows.
  return compression !== undefined && (compression !== 'bz2' || ((head[3] ?? 0) >= 0x31 && (head[3] ?? 0) <= 0x39));
}

/** TYPE_CODE, with or without FLAG_REF, and small counts of arguments (CPython `Python/marshal.c`). */
export function isMarshalCode(head: Uint8Array): boolean {
  const [type, , a, b, c, , d, e, f] = head;
  return (type === 0xe3 || type === 0x63) && a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0;
}

/** Protocol 0 or 1: a few opcodes that build nothing, and a name over two lines. */
function isOldPickle(head: Uint8Array): boolean {
  const newline = head.indexOf(0x0a);
  return newline > 0 && newline < 200 && OLD_PICKLE.test(latin1(head.subarray(0, 200)));
}

const OLD_PICKLE = /^[(\])}lNp\d\n2]{0,32}[ci][A-Za-z_][\w.]*\n[A-Za-z_]/;

/** First bytes of all that `isLoadable` recognises. */
const LOADABLE: Uint8Array = (() => {
  const table = new Uint8Array(256);
  for (const byte of [0x80, 0x50, 0x37, 0x1f, 0x42, 0xfd, 0x5d, 0x04, 0x78, 0xe3, ...Buffer.from('ci(]})Nlp2')])
    table[byte] = 1;
  return table;
})();

function fromLatin1Text(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('utf8'), 'latin1');
}
