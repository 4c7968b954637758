/**
 * Values that stand for other values of the same document, as OmegaConf resolves them: `${a.b}` from the root, `${.b}` from beside,
 * `${oc.env:NAME,default}` and `${oc.select:a.b,default}`.
 */
import type { Scalar } from '../../readers/json-tokens.js';

type Path = readonly (string | number)[];

const KEPT = 20_000;
const DEPTH_LIMIT = 8;

export class Interpolation {
  readonly #values = new Map<string, string>();

  keep(path: Path, value: Scalar): void {
    if (this.#values.size >= KEPT || value === null) return;
    const text = String(value);
    if (text.length <= 500) this.#values.set(path.join('.'), text);
  }

  /** The value at a path, its parts divided by dots. */
  valueOf(path: string): string | undefined {
    return this.#values.get(path);
  }

  /** The texts that a value may be, `undefined` for one that is not known. */
  resolve(path: Path, value: string, depth = 0): readonly (string | undefined)[] {
    if (depth > DEPTH_LIMIT) return [undefined];
    const end = value.indexOf('}');
    const start = end < 0 ? -1 : value.lastIndexOf('${', end);
    if (start < 0) return [value];
    const found = this.#one(path, value.slice(start + 2, end).trim());
    return found
      .slice(0, 4)
      .flatMap((text) =>
        text === undefined
          ? [undefined]
          : this.resolve(path, value.slice(0, start) + text + value.slice(end + 1), depth + 1),
      )
      .slice(0, 8);
  }

  #one(path: Path, inner: string): readonly (string | undefined)[] {
    const colon = inner.indexOf(':');
    if (colon >= 0) {
      const resolver = inner.slice(0, colon);
      const [first = '', ...rest] = inner.slice(colon + 1).split(',');
      const other =
        rest.length > 0
          ? rest
              .join(',')
              .trim()
              .replace(/^(['"])(.*)\1$/, '$2')
          : undefined;
      if (resolver === 'oc.env') return [undefined, ...(other === undefined ? [] : [other])];
      if (resolver === 'oc.select') return [this.#values.get(first.trim()), ...(other === undefined ? [] : [other])];
      // Resolvers of projects that return what their argument names.
      return /^(?:get_)?(?:method|class|object|cls|fn|func|target|import)$/.test(resolver)
        ? [first.trim()]
        : [undefined];
    }
    const dots = /^\.*/.exec(inner)?.[0].length ?? 0;
    const base = dots === 0 ? [] : path.slice(0, Math.max(0, path.length - dots));
    const key = inner.slice(dots).replace(/\[(\w+)\]/g, '.$1');
    return [this.#values.get([...base, key].join('.'))];
  }
}
