/** How an object of Torch7 begins (`torch/File.lua`, `writeObject`), binary or as text. */
import { latin1 } from './bytes.js';

const STRING = 2;
const TABLE = 3;
const OBJECT = 4;
/** Functions, as several versions wrote them. */
const FUNCTIONS: ReadonlySet<number> = new Set([6, 7, 8]);

export function isTorch7(head: Uint8Array): boolean {
  if (/^4\r?\n1\r?\n3\r?\nV \d\r?\n\d{1,3}\r?\n\w+\.\w+\r?\n/.test(latin1(head.subarray(0, 64)))) return true;
  if (/^3\r?\n1\r?\n\d{1,9}\r?\n[0-8]\r?\n/.test(latin1(head.subarray(0, 64)))) return true;
  if (head.length < 16) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const int = (at: number): number => (at + 4 <= head.length ? view.getInt32(at, true) : -1);
  // The first object of a file has the index 1.
  if (int(4) !== 1) return false;
  const kind = int(0);
  if (kind === OBJECT) {
    // The version as a text, "V 1", then the name of the class: `nn.Sequential`.
    if (int(8) !== 3 || !/^V \d$/.test(latin1(head.subarray(12, 15)))) return false;
    const length = int(15);
    return (
      length > 2 &&
      length < 200 &&
      /^\w+\.[\w.]+$/.test(latin1(head.subarray(19, 19 + Math.min(length, head.length - 19))))
    );
  }
  if (kind === TABLE) {
    const [size, key] = [int(8), int(12)];
    if (size === 0) return head.length === 12;
    return size > 0 && (key === 1 || (key === STRING && int(16) > 0 && int(16) < 10_000)) && size < 2 ** 28;
  }
  return FUNCTIONS.has(kind) && int(8) > 0 && head[12] === 0x1b;
}
