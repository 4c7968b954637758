/** Models of boosted trees: numbers and names, with nothing that a loader would run. The only possible fault is that a file is incomplete. */
import { ByteCursor, latin1, type ByteSource } from '../../readers/bytes.js';
import type { Analyser } from '../context.js';
import { analyseJson } from '../manifest/analyse.js';

/** JSON, UBJSON, or a format that XGBoost 3.1 no longer reads ("Introduction to Model IO"). */
export const analyseXgboost: Analyser = async (source, place, job) => {
  const head = latin1(await source.read(0, 4));
  if (head.startsWith('binf') || head.startsWith('bs64')) {
    job.gap(place, "static analysis does not read XGBoost's binary format of before 3.1");
    return;
  }
  if (/^\{[iUIlL]/.test(head)) {
    const problem = await walkUbjson(source);
    if (problem !== undefined) job.gap(place, problem);
    return;
  }
  await analyseJson(source, { ...place, expected: 'json' }, job);
};

/** Text: a heading, trees, and parameters, each with its last line (`src/boosting/gbdt_model_text.cpp`). */
export const analyseLightGbm: Analyser = async (source, place, job) => {
  const cursor = new ByteCursor(source, 0, 1024 * 1024);
  let tail = '';
  let ends = 0;
  while (cursor.left > 0) {
    job.signal.throwIfAborted();
    const size = Math.min(cursor.left, 1024 * 1024);
    await cursor.fill(size);
    const bytes = cursor.bytes(size);
    const control = bytes.findIndex((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13);
    if (control >= 0) {
      job.gap(place, `it is no text at byte ${cursor.offset - size + control}`);
      return;
    }
    const text = tail + latin1(bytes);
    if (ends === 0 && /^end of trees\r?$/m.test(text)) ends = 1;
    if (/^end of parameters\r?$/m.test(text)) ends = 2;
    tail = text.slice(-100);
  }
  if (ends < 2) job.gap(place, 'it ends before its trees and parameters do');
};

/** `CBM1`, the size of the model's core, the core in FlatBuffers, and parts after it (`catboost/libs/model/model.cpp`). */
export const analyseCatBoost: Analyser = async (source, place, job) => {
  const cursor = new ByteCursor(source, 4);
  if (!(await cursor.fill(4))) job.gap(place, 'it ends after its magic');
  else if (cursor.u32() > cursor.left) job.gap(place, 'it ends before its core does');
};

// UBJSON (https://ubjson.org, draft 12), as XGBoost writes it: big-endian, with typed arrays.

const WIDTHS: Readonly<Record<string, number>> = {
  i: 1,
  U: 1,
  C: 1,
  I: 2,
  l: 4,
  d: 4,
  L: 8,
  D: 8,
  Z: 0,
  N: 0,
  T: 0,
  F: 0,
};
const DEPTH = 200;

/** Steps over the value at the start of the source; returns its fault. */
async function walkUbjson(source: ByteSource): Promise<string | undefined> {
  const cursor = new ByteCursor(source);
  const broken = (): string => `it is no UBJSON at byte ${cursor.offset}`;
  const type = async (): Promise<string> => ((await cursor.fill(1)) ? String.fromCharCode(cursor.u8()) : '');
  const length = async (of = ''): Promise<number | undefined> => {
    const kind = of === '' ? await type() : of;
    const width = 'iUIlL'.includes(kind) && kind !== '' ? WIDTHS[kind] : undefined;
    if (width === undefined || !(await cursor.fill(width))) return undefined;
    const value = cursor.bytes(width).reduce((sum, byte) => sum * 256 + byte, 0);
    return value <= source.size ? value : undefined;
  };
  /** The open objects and arrays, and how many values each has left when its length is known. */
  const stack: { object: boolean; left: number | undefined }[] = [];
  do {
    const top = stack.at(-1);
    if (top?.left === 0) {
      stack.pop();
      continue;
    }
    let kind = await type();
    if (top !== undefined && top.left === undefined && kind === (top.object ? '}' : ']')) {
      stack.pop();
      continue;
    }
    if (top?.left !== undefined) top.left -= 1;
    if (top?.object === true) {
      const key = await length(kind);
      if (key === undefined || key > cursor.left) return broken();
      cursor.skip(key);
      kind = await type();
    }
    if (kind === 'S' || kind === 'H') {
      const size = await length();
      if (size === undefined || size > cursor.left) return broken();
      cursor.skip(size);
    } else if (kind === '{' || kind === '[') {
      if (stack.length >= DEPTH || !(await cursor.fill(1))) return broken();
      let typed: string | undefined;
      let mark = await peek();
      if (mark === '$') {
        cursor.skip(1);
        typed = await type();
        mark = await peek();
        if (mark !== '#') return broken();
      }
      let count: number | undefined;
      if (mark === '#') {
        cursor.skip(1);
        count = await length();
        if (count === undefined) return broken();
      }
      if (typed === undefined) {
        stack.push({ object: kind === '{', left: count });
        continue;
      }
      const width = WIDTHS[typed];
      // Typed objects, and arrays of strings: XGBoost writes none.
      if (kind === '{' || width === undefined || count === undefined || count * width > cursor.left) return broken();
      cursor.skip(count * width);
    } else {
      const width = WIDTHS[kind];
      if (width === undefined || width > cursor.left) return broken();
      cursor.skip(width);
    }
  } while (stack.length > 0);
  return cursor.left === 0 ? undefined : `${cursor.left} bytes follow the model`;

  async function peek(): Promise<string> {
    if (!(await cursor.fill(1))) return '';
    const mark = String.fromCharCode(cursor.u8());
    cursor.skip(-1);
    return mark;
  }
}
