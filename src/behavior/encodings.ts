/** How a secret looks when it is not to be recognised. */

/**
 * Characters that prove it: of 36 kinds at least, so 16 are 80 bits. Case is not looked at, as names of hosts do not keep it;
 * blanks, colons, dots, percent signs and zero bytes are not either, as encoders put them between.
 */
export const PIECE = 16;
const IGNORED = /[\s:.%\0]+/g;

/** Keys of XOR up to this length are seen through: the shortest value, of 20 characters, has to hold a piece behind it. */
const LONGEST_KEY = 8;

/** Numbers are a small alphabet, in which other data can be alike by chance. */
const DIGITS_THAT_PROVE = 48;

export interface Disguise {
  /** Ends a sentence: `in Base64`. */
  readonly encoding: string;
  readonly text: string;
  readonly whole?: number;
}

export function plain(text: string): string {
  // Both alphabets of Base64 (RFC 4648) become one.
  return text.replace(IGNORED, '').replaceAll('-', '+').replaceAll('_', '/').toLowerCase();
}

export function disguisesOf(value: string): Disguise[] {
  const bytes = Buffer.from(value, 'latin1');
  const backwards = Buffer.from(bytes).reverse().toString('latin1');
  return [
    ...base64Of(value).flatMap((text) => base64Of(text).map((twice) => ({ encoding: 'in Base64 twice', text: twice }))),
    ...shiftedBy(5, 8, value, base32).map((text) => ({ encoding: 'in Base32', text })),
    ...[ASCII85, BASE85].flatMap((alphabet) =>
      shiftedBy(4, 5, value, (padded) => base85(padded, alphabet)).map((text) => ({ encoding: 'in Base85', text })),
    ),
    { encoding: 'in decimal numbers', text: [...bytes].join(','), whole: DIGITS_THAT_PROVE },
    { encoding: 'by rot13', text: value.replace(/[a-z]/gi, rot13) },
    { encoding: 'backwards', text: backwards },
    { encoding: 'in hexadecimal digits', text: Buffer.from(backwards, 'latin1').toString('hex') },
    { encoding: 'in hexadecimal digits', text: bytes.toString('hex') },
    ...base64Of(value).map((text) => ({ encoding: 'in Base64', text })),
    { encoding: 'as it is', text: value },
  ];
}

function rot13(letter: string): string {
  const base = letter < 'a' ? 65 : 97;
  return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
}

/** The part of a value's Base64 that does not depend on neighbouring bytes, for each of the three alignments at which the value can begin. */
function base64Of(value: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.from('\0'.repeat(shift) + value, 'latin1');
    const first = Math.ceil((shift * 8) / 6);
    return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6));
  });
}

/** As above, for an encoding that makes `written` characters of `read` bytes: the groups that the value fills. */
function shiftedBy(read: number, written: number, value: string, encode: (text: string) => string): string[] {
  return Array.from({ length: read }, (_, shift) => {
    const begun = shift === 0 ? 0 : 1;
    const text = '\0'.repeat(shift) + value;
    const groups = Math.floor(text.length / read);
    return encode(text.slice(begun * read, groups * read)).slice(0, (groups - begun) * written);
  });
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648, of whole groups. */
function base32(text: string): string {
  const bits = Array.from(Buffer.from(text, 'latin1'), (byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: bits.length / 5 }, (_, at) => BASE32[parseInt(bits.slice(at * 5, at * 5 + 5), 2)]).join(
    '',
  );
}

const ASCII85 = Array.from({ length: 85 }, (_, digit) => String.fromCharCode(33 + digit)).join('');
/** RFC 1924, as Python's `b85encode`. */
const BASE85 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';

function base85(text: string, alphabet: string): string {
  const bytes = Buffer.from(text, 'latin1');
  return Array.from({ length: bytes.length / 4 }, (_, group) => {
    let rest = bytes.readUInt32BE(group * 4);
    const digits = Array.from({ length: 5 }, () => {
      const digit = alphabet[rest % 85] ?? '';
      rest = Math.floor(rest / 85);
      return digit;
    });
    return digits.reverse().join('');
  }).join('');
}

/** What stays of bytes whatever key they are under. */
export interface Shift {
  readonly encoding: string;
  readonly of: (text: string) => string;
}

const characters = (length: number, code: (at: number) => number): string => {
  const codes = new Uint8Array(Math.max(0, length));
  for (let at = 0; at < length; at++) codes[at] = code(at);
  return Buffer.from(codes.buffer).toString('latin1');
};

export const SHIFTS: readonly Shift[] = [
  {
    encoding: 'with a number added to each byte',
    of: (text) => characters(text.length - 1, (at) => text.charCodeAt(at + 1) - text.charCodeAt(at)),
  },
  // Bytes under the same byte of a key of this length differ as they did before.
  ...Array.from({ length: LONGEST_KEY }, (_, index) => ({
    encoding: 'XORed with a key',
    of: (text: string) =>
      characters(text.length - 1 - index, (at) => text.charCodeAt(at + 1 + index) ^ text.charCodeAt(at)),
  })),
];
