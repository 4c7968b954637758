/** TOML. Its reader gives values without offsets: a value's offset is where its text first stands in the file. */
import { parse, TomlError } from 'smol-toml';
import type { ManifestJudge, Path } from './manifest-judge.js';

/** A key can name tables in one another without end: `a.b.c = 1`. */
const DEPTH_LIMIT = 200;
/** Searches that find nothing. */
const SEARCHES = 100;

/** Returns the reason when the file could not be read. */
export function readToml(text: string, judge: ManifestJudge): string | undefined {
  let table: unknown;
  try {
    table = parse(text, { maxDepth: 100 });
  } catch (error) {
    if (!(error instanceof TomlError || error instanceof RangeError)) throw error;
    return 'it is no TOML';
  }
  let from = 0;
  // A text with an escape does not occur literally in the file: each such search runs to the file's end.
  let searches = SEARCHES;
  const placeOf = (needle: string): number => {
    if (searches === 0) return from;
    const at = text.indexOf(needle, from);
    if (at >= 0) return (from = at);
    searches -= 1;
    return Math.max(0, text.indexOf(needle));
  };
  const left: { value: unknown; path: Path }[] = [{ value: table, path: [] }];
  for (let next = left.pop(); next; next = left.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' || typeof value === 'boolean') {
      const needle = typeof value === 'string' ? value : String(path.at(-1));
      judge.value(path, value, placeOf(needle));
    } else if (path.length > DEPTH_LIMIT) return `it is nested more than ${DEPTH_LIMIT} deep`;
    else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
      const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
      for (const [key, item] of entries.reverse()) left.push({ value: item, path: [...path, key] });
    }
  }
  return undefined;
}
