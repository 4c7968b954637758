/** JSON as Python's `json.loads` takes it: in UTF-8, 16 or 32, with NaN and Infinity, which the standard does not know. */

/** The value, or undefined when Python could not read it either. */
export function parsePythonJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // Only what stands outside strings is changed.
    const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:Infinity|NaN)\b/g, (part) =>
      part.startsWith('"') ? part : 'null',
    );
    try {
      return { value: JSON.parse(plain) };
    } catch {
      return undefined;
    }
  }
}

/** `json.detect_encoding`: by the byte-order mark, or by where the zeros of the first ASCII characters lie. */
export function decodeJson(bytes: Uint8Array): string {
  const [a = 1, b = 1, c = 1, d = 1] = bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (a === 0xef && b === 0xbb && c === 0xbf) return buffer.subarray(3).toString('utf8');
  if (a === 0 && b === 0) return fromUtf32(buffer, c === 0xfe && d === 0xff ? 4 : 0, false);
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return fromUtf32(buffer, 4, true);
  if (b === 0 && c === 0 && d === 0) return fromUtf32(buffer, 0, true);
  if (a === 0xff && b === 0xfe) return buffer.subarray(2).toString('utf16le');
  if (a === 0xfe && b === 0xff) return swapped(buffer.subarray(2)).toString('utf16le');
  if (a === 0) return swapped(buffer).toString('utf16le');
  if (b === 0) return buffer.toString('utf16le');
  return buffer.toString('utf8');
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
}

function fromUtf32(bytes: Buffer, start: number, little: boolean): string {
  const parts: string[] = [];
  for (let at = start; at + 4 <= bytes.length; at += 4) {
    const code = little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    parts.push(code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd');
  }
  return parts.join('');
}
