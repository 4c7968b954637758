/** The code of Lambda layers: base64 of marshal, as `func_dump` of Keras writes it, and as its `func_load` takes it. */
import { describeCode, judgeCode, type CodeJudgement } from '../marshal/code-judge.js';
import { codeObjects, readMarshal } from '../../readers/marshal/marshal.js';

export type Carried =
  | { readonly kind: 'code'; readonly judged: CodeJudgement; readonly words: string }
  /** The text was meant as code, and cannot be read as code. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** The value that `func_load` makes from a text. */
export function readLambda(text: string): Carried {
  let why = 'it is empty';
  let farthest = -1;
  for (const bytes of decodings(text)) {
    const { values, error } = readMarshal(bytes);
    if (error && error.offset > farthest) {
      farthest = error.offset;
      why = `${error.text} at byte ${error.offset}`;
    }
    const functions = values.filter((value) => codeObjects(value).length > 0);
    if (values.length > 0 && functions.length === 0) why = 'it holds data and no function';
    if (functions.length === 0) continue;
    const read = functions.map((value) => judgeCode(value));
    const [first] = read;
    if (!first) continue;
    const judged: CodeJudgement = {
      ...first,
      dangers: unite(read.map((one) => one.dangers)),
      unknown: unite(read.map((one) => one.unknown)),
      // Two Pythons that read the same bytes as two functions are a trick by itself.
      broken: [
        ...unite(read.map((one) => one.broken)),
        ...(read.length > 1 ? ['different Pythons read it differently'] : []),
      ],
    };
    return { kind: 'code', judged, words: describeCode(judged) };
  }
  return { kind: 'unreadable', why };
}

/** True for a text that decodes to a code object, wherever it stands. */
export function looksLikeLambda(text: string): boolean {
  if (text.length < 40) return false;
  const [bytes] = decodings(text.length > 400 ? text.slice(0, 400) : text);
  // TYPE_CODE, with or without its flag, then counts of arguments and variables, whose upper bytes are zero.
  return bytes !== undefined && ((bytes[0] ?? 0) & 0x7f) === 0x63 && bytes[3] === 0 && bytes[4] === 0 && bytes[7] === 0;
}

function unite(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

/** Text that the decoder rejects is used as bytes (`func_load`). */
function* decodings(text: string): Generator<Buffer> {
  if (!/[^\0-\x7f]/.test(text)) {
    const decoded = pythonBase64(text);
    if (decoded.length > 0) yield decoded;
  }
  yield Buffer.from(text, 'latin1');
}

/**
 * `binascii.a2b_base64`: skips characters outside its alphabet, and so the `-` and `_` that Node accepts as part of one, and ends at the first
 * complete padding, whatever follows.
 */
export function pythonBase64(text: string): Buffer {
  const clean = text.replace(/[^A-Za-z0-9+/=]+/g, '');
  const parts: string[] = [];
  let from = 0;
  let digits = 0;
  let pads = 0;
  for (let at = clean.indexOf('='); at >= 0; at = clean.indexOf('=', at + 1)) {
    if (at > from) {
      parts.push(clean.slice(from, at));
      digits += at - from;
      pads = 0;
    }
    pads += 1;
    from = at + 1;
    if (digits % 4 >= 2 && (digits % 4) + pads >= 4) return Buffer.from(parts.join(''), 'base64');
  }
  parts.push(clean.slice(from));
  return Buffer.from(parts.join(''), 'base64');
}
