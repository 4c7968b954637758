/** TOML. Its reader gives values without places: a value's place is where its text first stands in the file. */
import { parse, TomlError } from 'smol-toml';
import type { ManifestJudge, Path } from './judge.js';

/** Returns why it could not be read, if so. */
export function readToml(text: string, judge: ManifestJudge): string | undefined {
  let table: unknown;
  try {
    table = parse(text, { maxDepth: 100 });
  } catch (error) {
    if (!(error instanceof TomlError || error instanceof RangeError)) throw error;
    return 'it is no TOML';
  }
  let from = 0;
  const left: { value: unknown; path: Path }[] = [{ value: table, path: [] }];
  for (let next = left.pop(); next; next = left.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' || typeof value === 'boolean') {
      const needle = typeof value === 'string' ? value : String(path.at(-1));
      const at = text.indexOf(needle, from);
      from = at < 0 ? from : at;
      judge.value(path, value, Math.max(0, at < 0 ? text.indexOf(needle) : at));
    } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
      const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
      for (const [key, item] of entries.reverse()) left.push({ value: item, path: [...path, key] });
    }
  }
  return undefined;
}
