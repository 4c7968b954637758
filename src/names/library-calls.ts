/**
 * What a call of a library's function or class does with its arguments, by the table that scripts/library-names.py makes. The table names what
 * acts, what is quiet and what its library's own pickles name; a name that is not there is not known.
 *
 * A line is a name, `@` and the module under the top module where that makes a difference, and words: `r` for a function that a `__reduce__` names;
 * `!` for what acts whatever it gets; `@` and a module alone for a compiled one; otherwise capabilities by letter, the position of the argument that decides (`2+`: it and those after it), a dot and its keyword. No words: quiet.
 */
import { addAll } from '../core/lists.js';
import type { Capability } from './capability.js';
import { librariesTable } from './libraries.js';

/** A capability that an argument decides: by its position, by its keyword, or both. */
interface Effect {
  readonly capabilities: readonly Capability[];
  readonly index: number | undefined;
  /** Arguments after it count, too. */
  readonly rest: boolean;
  /** `*`: any keyword. */
  readonly keyword: string | undefined;
}

export type LibraryCallable =
  /** `always`: also with what is no argument of it, such as a program that it names itself. */
  | { readonly kind: 'acts'; readonly effects: readonly Effect[]; readonly always: boolean }
  /** No argument gets further than into the object. */
  | { readonly kind: 'quiet' }
  /** Its library's pickles call it to rebuild an object. */
  | { readonly kind: 'rebuilds' };

/** What a caller gives as one argument: the texts in it, whether it may be one that only loading tells, and whether it is bytes. */
export interface Given {
  readonly texts: readonly string[];
  readonly open: boolean;
  readonly bytes: boolean;
}

/** The arguments of a call, as far as they are given. */
export interface Arguments {
  readonly at: (index: number) => Given | undefined;
  readonly count: number;
  readonly named: (keyword: string) => Given | undefined;
  readonly keywords: readonly string[];
}

/** Which arguments of a function hold the text that it runs. */
export interface OwnTextCall {
  /** A dict that has the text under `_code` or `code`. */
  readonly body: number;
  /** What is put before it. */
  readonly imports: number;
}

/** Functions that run source which the library's own pickles give them: that of a graph that torch.fx traced (`GraphModule.__reduce__`). */
const OWN_TEXT: ReadonlyMap<string, OwnTextCall> = new Map([
  ['torch.fx.graph_module.reduce_graph_module', { body: 0, imports: 1 }],
  ['torch.fx.graph_module.reduce_deploy_graph_module', { body: 1, imports: 2 }],
]);

export function ownTextOf(module: string, name: string): OwnTextCall | undefined {
  return OWN_TEXT.get(`${module}.${name}`);
}

/** What the table says of a name of a library; undefined when it does not know it. */
export function libraryCallable(module: string, name: string): LibraryCallable | undefined {
  // What it does is told by the text.
  if (ownTextOf(module, name)) return undefined;
  const dot = module.indexOf('.');
  const top = dot < 0 ? module : module.slice(0, dot);
  const section = sectionOf(top);
  const inner = dot < 0 ? '' : module.slice(dot + 1);
  const words = section?.get(name);
  const own = typeof words === 'object' ? words.get(inner) : words;
  if (own !== undefined) return callable(own);
  return isCompiledModule(module) && COMPILED_REBUILDER.test(name) ? REBUILDS : undefined;
}

/** Whether a module of a library is machine code, of which no wheel has the source. */
export function isCompiledModule(module: string): boolean {
  const [top = ''] = module.split('.', 1);
  const compiled = sectionOf(top)?.get('');
  return typeof compiled === 'object' && compiled.has(module.slice(top.length + 1));
}

/** Names of functions that rebuild objects in compiled modules, whose sources no wheel has; Cython makes the first kind. */
const COMPILED_REBUILDER = /^__pyx_unpickle_|unpickle|reconstruct|rebuild|_ctor$|^newObj$/;

/** Whether the package of a module was read; what its sources do not show is not in the table. */
export function isReadLibrary(module: string): boolean {
  return sectionOf(module.split('.', 1)[0] ?? module) !== undefined;
}

/** The capability of a call that acts, by what it is given; undefined when nothing that it is given makes it act. */
export function capabilityOfCall(module: string, name: string, given: Arguments): Capability | undefined {
  const reached = new Set(reachedBy(module, name, given).map(({ capability }) => capability));
  return CAPABILITIES.find((capability) => reached.has(capability));
}

/** A capability that a call uses with one argument. */
export interface Reached {
  readonly capability: Capability;
  /** Everything that this argument gets to: of one that gets to a command alone, and of one that steers much, less is known. */
  readonly capabilities: readonly Capability[];
  readonly by: Given;
}

/** What a call uses with what it is given. */
export function reachedBy(module: string, name: string, given: Arguments): Reached[] {
  const known = libraryCallable(module, name);
  if (known?.kind !== 'acts') return [];
  return known.effects.flatMap((effect) =>
    valuesFor(effect, given).flatMap((by) =>
      effect.capabilities
        .filter((capability) => decides(capability, by))
        .map((capability) => ({ capability, capabilities: effect.capabilities, by })),
    ),
  );
}

/** The arguments that an effect is decided by. */
function valuesFor({ index, rest, keyword }: Effect, given: Arguments): Given[] {
  const values: (Given | undefined)[] = [];
  if (index !== undefined) {
    for (let at = index; at <= (rest ? Math.min(given.count, index + REST_LOOKED_AT) : index); at += 1)
      values.push(given.at(at));
  }
  if (keyword === '*')
    addAll(
      values,
      given.keywords.slice(0, REST_LOOKED_AT).map((one) => given.named(one)),
    );
  else if (keyword !== undefined) values.push(given.named(keyword));
  return values.filter((value) => value !== undefined);
}

const REST_LOOKED_AT = 100;

/** Whether an argument makes a call use a capability that this argument decides. */
function decides(capability: Capability, { texts, open, bytes }: Given): boolean {
  switch (capability) {
    case 'network':
      return texts.some((text) => ADDRESS.test(text));
    case 'file':
      return texts.some((text) => OUTSIDE.test(text));
    case 'loader':
      // Bytes are looked into: what is in them is judged by itself.
      return texts.length > 0 || (open && !bytes);
    default:
      return texts.length > 0 || open || bytes;
  }
}

/** An address of the network: with a scheme, or a host. */
const ADDRESS =
  /^\s*(?:[a-z][a-z0-9+.-]{1,20}:\/\/|(?:\d{1,3}\.){3}\d{1,3}(?::|\/|\s*$)|[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}:\d)/i;
/** A path that leads out of the folder in which the program runs. */
export const OUTSIDE = /^\s*(?:~|[\\/]|[a-z]:[\\/]|file:|\.\.)|[\\/]\.\.(?:[\\/]|$)/i;

/** The worst first. */
const CAPABILITIES: readonly Capability[] = [
  'exec',
  'code',
  'native',
  'delete',
  'network',
  'loader',
  'file',
  'import',
  'system',
];

const LETTERS: ReadonlyMap<string, Capability> = new Map([
  ['e', 'exec'],
  ['c', 'code'],
  ['n', 'native'],
  ['i', 'import'],
  ['l', 'loader'],
  ['w', 'network'],
  ['d', 'delete'],
  ['f', 'file'],
  ['s', 'system'],
]);

const QUIET: LibraryCallable = { kind: 'quiet' };
const REBUILDS: LibraryCallable = { kind: 'rebuilds' };

function callable(words: string): LibraryCallable {
  if (words === '') return QUIET;
  if (words === 'r') return REBUILDS;
  const all = words.split(' ');
  return { kind: 'acts', effects: all.filter((word) => word !== '!').map(effectIn), always: all.includes('!') };
}

function effectIn(word: string): Effect {
  const [, letters = '', index, plus, keyword] = /^([a-z]+)(\d+)?(\+)?(?:\.(.+))?$/.exec(word) ?? [];
  const capabilities = Array.from(letters).flatMap((letter) => LETTERS.get(letter) ?? []);
  return { capabilities, index: index === undefined ? undefined : Number(index), rest: plus === '+', keyword };
}

// The table, of which only the parts that are asked for are read --------------------------------------------------------

/** By name: its words, or its words by module. */
type Section = ReadonlyMap<string, string | ReadonlyMap<string, string>>;

let places: ReadonlyMap<string, readonly [number, number]> | undefined;
const sections = new Map<string, Section>();

function sectionOf(top: string): Section | undefined {
  const table = librariesTable();
  places ??= findSections(table);
  const place = places.get(top);
  if (place === undefined) return undefined;
  let section = sections.get(top);
  if (section === undefined) {
    section = readSection(table.slice(...place));
    sections.set(top, section);
  }
  return section;
}

function findSections(text: string): Map<string, readonly [number, number]> {
  const found = new Map<string, readonly [number, number]>();
  for (let at = text.indexOf('\n# '); at >= 0;) {
    const next = text.indexOf('\n# ', at + 1);
    const line = text.indexOf('\n', at + 1);
    const [, top = ''] = text.slice(at + 1, line).split(' ');
    found.set(top, [line + 1, next < 0 ? text.length : next]);
    at = next;
  }
  return found;
}

function readSection(text: string): Section {
  const section = new Map<string, string | Map<string, string>>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const space = line.indexOf(' ');
    const [head, words] = space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
    const at = head.indexOf('@');
    if (at < 0) section.set(head, words);
    else {
      const name = head.slice(0, at);
      const known = section.get(name);
      const modules = known instanceof Map ? known : new Map<string, string>();
      modules.set(head.slice(at + 1), words);
      section.set(name, modules);
    }
  }
  return section;
}
