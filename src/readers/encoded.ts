/** Pickles that are written as text: in base64 or hexadecimal digits, as JSON, YAML and XML have to keep them. */

/** Characters; the state of a policy of stable-baselines3 has some thousands. */
const SIZE_LIMIT = 32 * 1024 * 1024;
const HEAD = 48;

/** The bytes of a text that is a pickle, or a packed one, to its end; undefined for any other text. */
export function encodedPickle(text: string): Uint8Array | undefined {
  if (text.length < 12 || text.length > SIZE_LIMIT) return undefined;
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

/** zlib, gzip and bzip2. */
function isPacked(bytes: Buffer): boolean {
  const [first, second = 0, third] = bytes;
  if (first === 0x78) return [0x01, 0x5e, 0x9c, 0xda].includes(second);
  return (first === 0x1f && second === 0x8b && third === 8) || bytes.subarray(0, 3).toString('latin1') === 'BZh';
}
