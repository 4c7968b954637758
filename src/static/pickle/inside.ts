/** Tells texts and byte strings of a pickle that hold something a call could load: another pickle, an archive, packed data, bytecode. */
import { compressionOf } from '../unpack/magic.js';

/** How the thing is written: as it is, in the characters U+0000 to U+00FF of a text (as protocol 2 writes bytes), in Base64, in hexadecimal. */
export type Writing = 'raw' | 'latin1' | 'base64' | 'hex';

/** What begins with less than this is not worth a look. */
const SHORTEST = 8;

/** `head` is the beginning of a text in UTF-8, or of bytes; `size` is all of it. */
export function writingOf(head: Uint8Array, size: number, isText: boolean): Writing | undefined {
  if (size < SHORTEST) return undefined;
  const [first = 0, second = 0] = head;
  if (!isText || (first < 0x80 && second < 0x80)) {
    if (isLoadable(head)) return 'raw';
  }
  if (isText && (first === 0xc2 || second === 0xc2) && isLoadable(fromLatin1Text(head.subarray(0, 64))))
    return 'latin1';
  if (size < 2 * SHORTEST || !ALPHABET.has(first) || !ALPHABET.has(second)) return undefined;
  const begin = String.fromCharCode(...head.subarray(0, 32));
  if (/^[0-9a-fA-F]{16}/.test(begin) && isLoadable(Buffer.from(begin, 'hex'))) return 'hex';
  if (/^[A-Za-z0-9+/_-]{16}/.test(begin) && isLoadable(Buffer.from(begin, 'base64'))) return 'base64';
  return undefined;
}

/** The bytes that a text or byte string stands for. */
export function decodeWriting(bytes: Uint8Array, writing: Writing): Uint8Array {
  switch (writing) {
    case 'raw':
      return bytes;
    case 'latin1':
      return fromLatin1Text(bytes);
    case 'base64':
      return Buffer.from(latin1(bytes), 'base64');
    case 'hex':
      return Buffer.from(latin1(bytes), 'hex');
  }
}

const ALPHABET: ReadonlySet<number> = new Set(
  Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_'),
);

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
  return OLD_PICKLE_BEGINS.has(head[0] ?? 0) && OLD_PICKLE.test(latin1(head.subarray(0, 200)));
}

const OLD_PICKLE_BEGINS: ReadonlySet<number> = new Set(Buffer.from('ci(]})Nlp2'));
const OLD_PICKLE = /^[(\])}lNp\d\n2]{0,32}[ci][A-Za-z_][\w.]*\n[A-Za-z_]/;

function fromLatin1Text(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('utf8'), 'latin1');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
