/**
 * Objects of LangChain as JSON: `{"lc": 1, "type": "constructor", "id": ["langchain", "llms", "openai", "OpenAI"], "kwargs": {…}}`, which
 * `langchain_core/load/load.py` imports by the parts of `id` and calls with `kwargs`. A secret is taken from the environment by the loader.
 */
import type { Scalar } from '../../readers/json-tokens.js';

type Path = readonly (string | number)[];

interface Part {
  readonly path: Path;
  readonly parts: string[];
  readonly at: number;
  readonly index: number;
}

const OBJECTS_KEPT = 5000;
const PARTS_KEPT = 100;

export class Serialized {
  readonly #ids = new Map<string, Part>();
  readonly #constructors = new Set<string>();
  readonly #marked = new Set<string>();
  isFull = false;

  /** `next`: the place of the field that is seen now among those of the document. */
  constructor(private readonly next: () => number) {}

  value(path: Path, value: Scalar, at: number): void {
    const key = path.at(-1);
    if (key === 'lc') this.#mark(this.#marked, path);
    else if (key === 'type' && value === 'constructor') this.#mark(this.#constructors, path);
    else if (path.at(-2) === 'id' && typeof key === 'number' && typeof value === 'string') {
      const object = JSON.stringify(path.slice(0, -2));
      const known = this.#ids.get(object);
      // What is reached stands at the end.
      if (known) known.parts.splice(PARTS_KEPT - 1, 1, value);
      else if (this.#ids.size < OBJECTS_KEPT)
        this.#ids.set(object, { path: path.slice(0, -1), parts: [value], at, index: this.next() });
      else this.isFull = true;
    }
  }

  *objects(): Generator<{ readonly path: Path; readonly value: string; readonly at: number; readonly index: number }> {
    for (const [object, { path, parts, at, index }] of this.#ids)
      if (this.#marked.has(object) && this.#constructors.has(object)) yield { path, value: parts.join('.'), at, index };
  }

  #mark(objects: Set<string>, path: Path): void {
    if (objects.size < OBJECTS_KEPT) objects.add(JSON.stringify(path.slice(0, -1)));
    else this.isFull = true;
  }
}
