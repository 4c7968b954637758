/** JSON as Python's `json.loads` takes it: in UTF-8, 16 or 32, with NaN and Infinity, which the standard does not know. */

/** Values of one text: more would fill memory before they are looked at. Configurations of the largest models have some hundred thousand. */
const VALUES_LIMIT = 1_000_000;

/** The value, or undefined when Python could not read it either, or it has more values than are read. */
export function parsePythonJson(text: string): { readonly value: unknown } | undefined {
  if (countValues(text) > VALUES_LIMIT) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    try {
      return { value: JSON.parse(withoutPythonNumbers(text)) };
    } catch {
      return undefined;
    }
  }
}

/** Not fewer than there are: every value but the first follows one of these. */
function countValues(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // A comma, an opening bracket, an opening brace.
    if (code === 0x2c || code === 0x5b || code === 0x7b) count += 1;
  }
  return count;
}

/** Writes null for NaN and Infinity where they stand outside strings. */
function withoutPythonNumbers(text: string): string {
  const parts: string[] = [];
  const marks = /"|-?Infinity|NaN/g;
  let from = 0;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    if (mark[0] === '"') {
      marks.lastIndex = endOfString(text, mark.index);
      continue;
    }
    parts.push(text.slice(from, mark.index), 'null');
    from = marks.lastIndex;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === '"') return at + 1;
  }
  return text.length;
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
