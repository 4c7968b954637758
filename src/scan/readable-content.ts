/** What one side of a conversation said, as a person reads it: without the headers of HTTP, unpacked, decoded, or as bytes. */
import { escapedLines } from '../core/escape.js';
import { unfold } from './unfold.js';

/** Bytes that are looked at, and of those the ones that are shown as bytes where they are no text. */
const READ = 64 * 1024;
const DUMPED = 256;
const ROW = 16;

/** Lines, each escaped; none where nothing was said. */
export async function readableContent(bytes: Buffer, isHttp: boolean): Promise<string[]> {
  const body = isHttp ? bodyOf(bytes) : bytes;
  if (body.length === 0) return [];
  const layers = await unfold(body.subarray(0, READ));
  const texts = layers.map((layer) => textOf(Buffer.from(layer, 'latin1')));
  // The innermost that is text; the first layer is the content itself.
  const at = texts.findLastIndex((text) => text !== undefined);
  const text = texts[at];
  if (text === undefined) return dump(body);
  const decoded = fieldsOf(text) ?? text;
  const note = at > 0 || decoded !== text ? ['(decoded)'] : [];
  return [...note, ...escapedLines(decoded)];
}

function bodyOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4);
}

/** Undefined for what is no text. */
function textOf(bytes: Buffer): string | undefined {
  const text = new TextDecoder().decode(bytes);
  const odd = text.slice(0, 1000).match(/(?![\t\r\n])[\ufffd\p{Cc}]/gu)?.length ?? 0;
  return text.trim() === '' || odd * 20 > Math.min(text.length, 1000) ? undefined : text;
}

/** The fields of a form, one a line; undefined for any other text. */
function fieldsOf(text: string): string | undefined {
  if (!text.includes('%') || !/^[\w.~*+%-]+=[\w.~*+%=&-]*$/.test(text.trim())) return undefined;
  return [...new URLSearchParams(text.trim())].map(([name, value]) => `${name}=${value}`).join('\n');
}

function dump(bytes: Buffer): string[] {
  const shown = bytes.subarray(0, DUMPED);
  const rows = Array.from({ length: Math.ceil(shown.length / ROW) }, (_, row) => {
    const part = shown.subarray(row * ROW, (row + 1) * ROW);
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = part.toString('latin1').replace(/[^ -~]/g, '.');
    return `${(row * ROW).toString(16).padStart(4, '0')}  ${hex.padEnd(ROW * 3)} ${text}`;
  });
  return bytes.length > DUMPED ? [...rows, `… ${bytes.length - DUMPED} more bytes`] : rows;
}
