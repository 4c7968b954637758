/** Pickles that are written as text: in base64 or hexadecimal digits, as JSON, YAML and XML have to keep them. */

/** Characters; the state of a policy of stable-baselines3 has some thousands. */
const SIZE_LIMIT = 32 * 1024 * 1024;
const HEAD = 48;

/** The bytes of a text that is a pickle, or a packed one, to its end; undefined for any other text. */
export function encodedPickle(given: string): Uint8Array | undefined {
  if (given.length < 12 || given.length > SIZE_LIMIT) return undefined;
  const text = withoutWrapping(given);
  const head = text.slice(0, HEAD).replace(/\s/g, '');
  for (const [digits, encoding] of ENCODINGS) {
    if (!digits.test(head)) continue;
    const begin = Buffer.from(head.slice(0, head.length - (head.length % 4)), encoding);
    const packed = isPacked(begin);
    if (!packed && !beginsPickle(begin)) continue;
    const whole = text.replace(/\s/g, '');
    if (!digits.test(whole)) continue;
    const bytes = Buffer.from(whole, encoding);
    if (packed || bytes.at(-1) === STOP) return bytes;
  }
  return undefined;
}

/** A `data:` address (RFC 2397), and bytes as Python shows them. */
function withoutWrapping(text: string): string {
  const [address = ''] = /^data:[\w/+.;=-]{0,100},/.exec(text) ?? [];
  const shown = /^b(['"])/.exec(text)?.[1];
  return shown !== undefined && text.endsWith(shown) ? text.slice(2, -1) : text.slice(address.length);
}

const ENCODINGS = [
  [/^(?:[\da-fA-F]{2})+$/, 'hex'],
  [/^[A-Za-z0-9+/_-]+={0,2}$/, 'base64'],
] as const;

/** The opcode that ends a pickle. */
const STOP = 0x2e;

function beginsPickle(bytes: Buffer): boolean {
  const [first, protocol = 0] = bytes;
  if (first === 0x80) return protocol >= 2 && protocol <= 5;
  return /^[(\]}]{0,3}[ci][a-zA-Z_][\w.]*\n[a-zA-Z_][\w.]*\n/.test(bytes.toString('latin1'));
}

/** zlib, gzip, bzip2, xz, Zstandard and LZ4. */
function isPacked(bytes: Buffer): boolean {
  const [first, second = 0, third] = bytes;
  if (first === 0x78) return [0x01, 0x5e, 0x9c, 0xda].includes(second);
  if (['fd377a585a00', '28b52ffd', '04224d18'].some((magic) => bytes.toString('hex').startsWith(magic))) return true;
  return (first === 0x1f && second === 0x8b && third === 8) || bytes.subarray(0, 3).toString('latin1') === 'BZh';
}
