/**
 * The fields of a document in its order, and which of them are arguments of what one of them names: those beside it (Hydra, torchtune, MMEngine),
 * in `_args_`, in `init_args` (Lightning) or in `params` (latent diffusion).
 */
import type { CallArguments } from '../../names/call-judge.js';
import { OPEN_ARGUMENTS } from '../../names/dotted-names.js';
import type { Given } from '../../names/library-calls.js';
import type { Scalar } from '../../readers/json-tokens.js';

type Path = readonly (string | number)[];

interface Field {
  /** The object that it is in, as a text of its path. */
  readonly place: string;
  readonly path: Path;
  readonly value: Scalar;
}

const FIELDS_KEPT = 20_000;
/** Fields that are looked at before and after a name. */
const ARGUMENTS_LOOKED_AT = 1000;
/** Characters of all texts together; of the texts beyond it the beginning is kept. */
const TEXTS_KEPT = 16 * 1024 * 1024;
const TEXT_KEPT = 2000;

/** Fields of a target that are no arguments of it. */
const OF_THE_TARGET: ReadonlySet<string> = new Set([
  '_target_',
  '_partial_',
  '_recursive_',
  '_convert_',
  '_component_',
  '_disabled_',
  '_requires_',
  '_desc_',
  '_mode_',
  '__target__',
  '_call_',
  '()',
  '.',
]);

/** Where the arguments of a name stand, by the key of the name; beside it for any other key. */
const ARGUMENTS_IN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['class_path', new Set(['init_args', 'dict_kwargs'])],
  ['target', new Set(['params', 'kwargs', 'args'])],
  // LangChain.
  ['id', new Set(['kwargs'])],
  // Pipelines of pyannote.
  ['name', new Set(['params'])],
  // Layers of sentence-transformers, which call a function without arguments.
  ['activation_function', new Set()],
  ['activation_fn', new Set()],
  ['sbert_ce_default_activation_function', new Set()],
]);
const HOLDS_ARGUMENTS: ReadonlySet<string | number> = new Set(['_args_', 'args', 'kwargs', 'init_parameters']);

export class Fields {
  readonly #fields: Field[] = [];
  #left = TEXTS_KEPT;
  /** Objects that name a target, and what it is. */
  readonly #targets = new Map<string, string>();

  /** Where the next field will be. */
  get next(): number {
    return this.#fields.length;
  }

  keep(path: Path, value: Scalar): void {
    if (this.#fields.length >= FIELDS_KEPT) return;
    const place = placeOf(path.slice(0, -1));
    const kept =
      typeof value === 'string' && value.length > Math.max(this.#left, TEXT_KEPT) ? value.slice(0, TEXT_KEPT) : value;
    if (typeof kept === 'string') this.#left -= kept.length;
    this.#fields.push({ place, path: [...path], value: kept });
    const key = path.at(-1);
    if (typeof value === 'string' && (key === 'class_path' || (typeof key === 'string' && OF_THE_TARGET.has(key))))
      this.#targets.set(place, value);
  }

  /** Whether an object says that its target is to be called later, with more arguments. */
  isPartial(path: Path, index: number): boolean {
    return this.#beside(path, index).some(
      ([key, value]) =>
        (key === '_partial_' && String(value).toLowerCase() === 'true') || (key === '_mode_' && value !== 'default'),
    );
  }

  /** Whether one of the arguments lets the code of a repository run. */
  trusts(path: Path, index: number): boolean {
    return this.#beside(path, index).some(
      ([key, value]) => key === 'trust_remote_code' && String(value).toLowerCase() === 'true',
    );
  }

  /** The plain fields of the object that a name is in, and those of its arguments. */
  #beside(path: Path, index: number): (readonly [string | number | undefined, Scalar])[] {
    return this.#near(placeOf(path.slice(0, -1)), index)
      .filter(({ path: own }) => own.length <= path.length + 1)
      .map(({ path: own, value }) => [own.at(-1), value] as const);
  }

  /** The arguments of the name at this path, which was kept at `index`; `resolve` gives what a text with references may be. */
  argumentsOf(
    path: Path,
    index: number,
    resolve: (path: Path, text: string) => readonly (string | undefined)[],
  ): CallArguments {
    if (index >= FIELDS_KEPT) return OPEN_ARGUMENTS;
    const depth = path.length - 1;
    const within = ARGUMENTS_IN.get(String(path.at(-1)));
    const own = placeOf(path.slice(0, depth));
    const given = new Map<string | number, Gathered>();
    const near = this.#near(own, index);
    // One of them may stand where nobody looked.
    if (near.length >= ARGUMENTS_LOOKED_AT || this.#fields.length >= FIELDS_KEPT) return OPEN_ARGUMENTS;
    for (const field of near) {
      const first = field.path[depth];
      const second = field.path[depth + 1];
      if (first === undefined || (field.path.length === depth + 1 && isNoArgument(first, path))) continue;
      const isInside = typeof first === 'string' && within?.has(first) === true;
      if (within !== undefined && !isInside) continue;
      const names = new Set<string | number>(first === '_args_' || isInside ? [] : [first]);
      // A list of positions (`_args_`; `args` of GluonTS), or an object of keywords.
      if (second !== undefined && (isInside || HOLDS_ARGUMENTS.has(first))) names.add(second);
      for (const name of names) {
        const one = given.get(name) ?? new Gathered();
        given.set(name, one);
        one.add(field.value, this.#madeBy(field, own), (text) => resolve(field.path, text));
      }
    }
    return argumentsIn(given, this.isPartial(path, index));
  }

  /** Whether the fields beside a name say that it is called: `params` of latent diffusion. */
  hasArguments(path: Path, index: number): boolean {
    const within = ARGUMENTS_IN.get(String(path.at(-1)));
    const depth = path.length - 1;
    return this.#near(placeOf(path.slice(0, depth)), index).some((field) => {
      const first = field.path[depth];
      return typeof first === 'string' && within?.has(first) === true;
    });
  }

  /** The fields of the object at `place` and of those in it, around one of them: they follow one another. */
  #near(place: string, index: number): Field[] {
    const found: Field[] = [];
    for (let at = index - 1; at >= Math.max(0, index - ARGUMENTS_LOOKED_AT); at -= 1) {
      const field = this.#fields[at];
      if (!field || !isIn(field.place, place)) break;
      found.push(field);
    }
    found.reverse();
    for (let at = index; at < Math.min(this.#fields.length, index + ARGUMENTS_LOOKED_AT); at += 1) {
      const field = this.#fields[at];
      if (!field || !isIn(field.place, place)) break;
      found.push(field);
    }
    return found;
  }

  /** The target that makes the object which a field inside another target's arguments belongs to. */
  #madeBy({ place }: Field, own: string): string | undefined {
    for (let at = place; at.length > own.length; at = at.slice(0, at.lastIndexOf(DIVIDER))) {
      const target = this.#targets.get(at);
      if (target !== undefined) return target;
    }
    return undefined;
  }
}

const DIVIDER = '\0';

function placeOf(path: Path): string {
  return path.map((part) => DIVIDER + String(part)).join('');
}

function isIn(place: string, outer: string): boolean {
  return place === outer || place.startsWith(outer + DIVIDER);
}

function isNoArgument(key: string | number, path: Path): boolean {
  return key === path.at(-1) || (typeof key === 'string' && OF_THE_TARGET.has(key));
}

/** What one argument holds. */
class Gathered {
  readonly texts: string[] = [];
  open = false;

  add(value: Scalar, madeBy: string | undefined, resolve: (text: string) => readonly (string | undefined)[]): void {
    if (madeBy !== undefined) {
      // A class makes an object; what a function gives may be a text.
      this.open ||= !/(?:^|\.)_*[A-Z]\w*$/.test(madeBy);
      return;
    }
    if (typeof value !== 'string') return;
    if (!value.includes('${')) {
      this.texts.push(value);
      return;
    }
    for (const text of resolve(value))
      if (text === undefined) this.open = true;
      else this.texts.push(text);
  }

  given(): Given {
    return { texts: this.texts, open: this.open, bytes: false };
  }
}

/** The arguments of a tag of YAML: a text by its position or keyword; `undefined` is a value that is not a plain one. */
export function argumentsInTag(values: readonly (readonly [string | number, unknown])[]): CallArguments {
  const given = new Map<string | number, Gathered>();
  for (const [name, value] of values.slice(0, ARGUMENTS_LOOKED_AT)) {
    const one = given.get(name) ?? new Gathered();
    given.set(name, one);
    if (typeof value === 'string') one.texts.push(value);
    else one.open ||= value === undefined;
  }
  return values.length > ARGUMENTS_LOOKED_AT ? OPEN_ARGUMENTS : argumentsIn(given, false);
}

function argumentsIn(given: ReadonlyMap<string | number, Gathered>, isPartial: boolean): CallArguments {
  const of = (name: string | number): Given | undefined => {
    const one = given.get(name);
    // A number alone is none of what decides.
    return one && (one.texts.length > 0 || one.open) ? one.given() : undefined;
  };
  const keywords = [...given.keys()].filter((name) => typeof name === 'string');
  const all = (): Given => ({
    texts: [...given.values()].flatMap(({ texts }) => texts),
    open: [...given.values()].some(({ open }) => open),
    bytes: false,
  });
  return {
    at: of,
    count: given.size - keywords.length,
    named: of,
    keywords,
    isKnown: !isPartial,
    isData: () => false,
    all,
  };
}
