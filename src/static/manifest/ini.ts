/** INI files as Python's configparser reads them, with its interpolation and the values that `logging.config.fileConfig` evaluates. */
import type { ManifestJudge } from './manifest-judge.js';

const GROWTH_LIMIT = 1_000_000;

export function readIni(text: string, judge: ManifestJudge): void {
  let section = '';
  let last: { key: string; at: number; value: string } | undefined;
  const sizes = new Map<string, { references: string[]; size: number; at: number }>();
  const flush = () => {
    if (!last) return;
    const { key, at, value } = last;
    last = undefined;
    judge.value(section === '' ? [key] : [section, key], value, at);
    const references = [...value.matchAll(/%\(([^)\n]{1,100})\)s|\$\{([^}\n]{1,100})\}/g)].map(
      (match) => (match[1] ?? match[2] ?? '').split(':').at(-1) ?? '',
    );
    sizes.set(key.toLowerCase(), { references, size: value.length, at });
    if (/^(?:handler|formatter|logger)/.test(section) && /^(?:args|kwargs)$/i.test(key) && !arePlainArgs(value))
      judge.add('STATIC-MANIFEST-EVALUATED', `${section}.${key}`, `[${section}] ${key} is ${value}`, at, value);
    if (/^(?:handler|formatter|logger)/.test(section) && key.toLowerCase() === 'class')
      judge.target(`[${section}] class`, value, at);
  };
  for (const { line, at } of lines(text)) {
    const continued = /^[ \t]+\S/.test(line);
    if (continued && last) {
      if (last.value.length < 100_000) last.value += `\n${line.trim()}`;
      continue;
    }
    flush();
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\s*\[([^\]]*)\]/.exec(line);
    if (header) {
      section = header[1] ?? '';
      continue;
    }
    const cut = line.search(/[=:]/);
    const key = (cut < 0 ? line : line.slice(0, cut)).trim();
    last = { key, at, value: cut < 0 ? '' : line.slice(cut + 1).trim() };
  }
  flush();
  const grown = growth(sizes);
  if (grown && grown.size > GROWTH_LIMIT)
    judge.add(
      'STATIC-MANIFEST-BOMB',
      '',
      `The value of ${grown.key} grows to ${grown.size.toPrecision(2)} characters`,
      grown.at,
      grown.key,
    );
}

/** `(sys.stdout,)`, `('file.log', 'a')`, `("localhost", handlers.DEFAULT_TCP_LOGGING_PORT)`: values one after another, that call nothing. */
function arePlainArgs(text: string): boolean {
  for (let at = 0; at < text.length;) {
    PLAIN_VALUE.lastIndex = at;
    if (!PLAIN_VALUE.test(text)) return false;
    at = PLAIN_VALUE.lastIndex;
  }
  return true;
}

const PLAIN_VALUE =
  /[\s,()[\]{}:]+|[rbu]?'[^'\n]*'|[rbu]?"[^"\n]*"|[\d.]+|None|True|False|sys\.(?:stdout|stderr)|handlers\.[A-Z_]+/y;

function* lines(text: string): Generator<{ line: string; at: number }> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    yield { line: text.slice(at, stop).replace(/\r$/, ''), at };
    at = stop + 1;
  }
}

/** The longest that a value becomes; configparser follows ten references deep (`MAX_INTERPOLATION_DEPTH`). */
function growth(
  entries: ReadonlyMap<string, { references: string[]; size: number; at: number }>,
): { key: string; size: number; at: number } | undefined {
  let sizes = new Map([...entries].map(([key, { size }]) => [key, size]));
  for (let round = 0; round < 10; round += 1) {
    const next = new Map<string, number>();
    for (const [key, { references, size }] of entries)
      next.set(
        key,
        references.reduce((sum, name) => Math.min(1e12, sum + (sizes.get(name.toLowerCase()) ?? 0)), size),
      );
    sizes = next;
  }
  const [worst] = [...sizes].sort((left, right) => right[1] - left[1]);
  return worst && { key: worst[0], size: worst[1], at: entries.get(worst[0])?.at ?? 0 };
}
