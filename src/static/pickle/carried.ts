/** The functions and classes that a pickle carries: their code, who they belong to, and what the file says of the variables around them. */
import { addAll } from '../../core/lists.js';
import { canonicalModule } from '../../names/capabilities.js';
import { actOf } from '../../names/carried-code.js';
import type { ByteSource } from '../../readers/bytes.js';
import type { CodeObject } from '../../readers/marshal/marshal.js';
import { makesCode, pathOf, readCodes, typeNamed, type ReadCode } from '../../readers/pickle/code.js';
import { calleeKey, type CallUse, type PickleFacts } from '../../readers/pickle/facts.js';
import { encodedBytes, reached } from '../../readers/pickle/resolve.js';
import { describe, dictGet, itemsOf, type GlobalValue, type Value } from '../../readers/pickle/value.js';
import { NONE, constant, functionOf, named, sequence, union, unknown, type Abstract } from '../marshal/abstract.js';
import {
  judgeCarried,
  type CarriedFunction,
  type CarriedJudgement,
  type CarriedProgram,
} from '../marshal/carried-judge.js';
import type { PickleScan } from '../../readers/pickle/scan.js';

export interface Carried {
  readonly program: CarriedProgram;
  /** Code that cannot be read, and why. */
  readonly gaps: readonly string[];
  /** How often functions and classes of the file hold a global, by the object that counts its uses. */
  readonly held: ReadonlyMap<GlobalValue['uses'], number>;
}

/** Methods that the unpickler calls, and those that it calls because of what the file holds: keys of dicts, items of lists, objects that are dropped. */
const AT_LOAD: ReadonlySet<string> = new Set(
  (
    '__setstate__ __new__ __init_subclass__ __set_name__ __setattr__ __del__ __reduce__ __reduce_ex__ __getattr__ __getattribute__ __hash__ __eq__ ' +
    '__setitem__ append extend add __class_getitem__ __prepare__ __mro_entries__ __missing__ __instancecheck__ __subclasscheck__'
  ).split(' '),
);

const VALUES_LIMIT = 50_000;
const ENTRIES_LIMIT = 5000;
/** Of one dict that code looks things up in: of a larger one nothing is known. */
const DICT_LIMIT = 1000;

/** What a pickle carries, and what its functions do; undefined for a pickle without code of its own. */
export async function carriedBy(
  { facts, streams }: Pick<PickleScan, 'facts' | 'streams'>,
  source: ByteSource,
): Promise<{ readonly carried: Carried; readonly code: CarriedJudgement } | undefined> {
  const carried = await carriedIn(
    facts,
    streams.map(({ result }) => result),
    source,
  );
  return carried && { carried, code: judgeCarried(carried.program) };
}

/** What a function does, in some words. */
export function describeFunction(code: CarriedJudgement, one: CarriedFunction): string {
  const calls = code.calls.get(one) ?? [];
  const more = calls.length > CALLS_SHOWN ? ` and ${calls.length - CALLS_SHOWN} more` : '';
  return calls.length === 0 ? 'calls nothing' : `calls ${calls.slice(0, CALLS_SHOWN).join(', ')}${more}`;
}

const CALLS_SHOWN = 6;

async function carriedIn(
  facts: PickleFacts,
  results: readonly (Value | undefined)[],
  source: ByteSource,
): Promise<Carried | undefined> {
  if (!facts.calls.some((call) => makesCode(call))) return undefined;
  return new Collector(facts, await readCodes(facts, source)).collect(results);
}

interface Made {
  readonly code: CodeObject;
  readonly offset: number;
  name: string | undefined;
  owner: string | undefined;
  atLoad: boolean;
  readonly globals: Value[];
  readonly closure: Value[];
  readonly defaults: Value[];
  readonly keywords: Value[];
}

class Collector {
  /** By the arguments of the call that makes the function. */
  readonly #made = new Map<Value, Made>();
  /** What cells hold, by the arguments of the call that makes the cell. */
  readonly #cells = new Map<Value, Value[]>();
  /** What is put into dicts afterwards. */
  readonly #added = new Map<Value, Value[]>();
  readonly #attributes = new Map<string, Abstract>();
  readonly #gaps: string[] = [];
  readonly #held = new Map<GlobalValue['uses'], number>();

  constructor(
    private readonly facts: PickleFacts,
    private readonly codes: ReadonlyMap<Value, ReadCode>,
  ) {}

  collect(results: readonly (Value | undefined)[]): Carried {
    for (const code of this.codes.values())
      if ('unreadable' in code) this.#gaps.push(`code in it cannot be read: ${code.unreadable}`);
    addAll(this.#gaps, notKept(this.facts));
    for (const call of this.facts.calls) this.#functions(call);
    for (const call of this.facts.calls) this.#changes(call);
    for (const call of this.facts.calls) this.#classes(call);
    this.#states(results);
    return {
      program: { functions: this.#carried(), attributes: this.#attributes },
      gaps: this.#gaps,
      held: this.#held,
    };
  }

  // Functions

  #functions({ callee, args, offset }: CallUse): void {
    const layout = LAYOUTS.get(nameOf(callee)) ?? (isFunctionType(callee) ? PLAIN : undefined);
    if (!layout) return;
    const items = itemsOf(args) ?? [];
    const code = this.#codeOf(items[0]);
    if (!code) {
      if (layout !== SKELETON || items.length > 0)
        this.#gaps.push(`the code of a function is not in it: ${describe(items[0] ?? args, 60)}`);
      return;
    }
    const at = (index: number | undefined): Value[] => {
      const item = index === undefined ? undefined : items[index];
      return item ? [item] : [];
    };
    const [name] = at(layout.name);
    this.#made.set(args, {
      code,
      offset,
      name: name?.kind === 'text' ? name.text : undefined,
      owner: undefined,
      atLoad: false,
      globals: at(layout.globals),
      closure: at(layout.closure),
      defaults: at(layout.defaults),
      keywords: at(layout.keywords),
    });
  }

  #codeOf(value: Value | undefined): CodeObject | undefined {
    const code = value?.kind === 'call' ? this.codes.get(value.args) : undefined;
    return code && !('unreadable' in code) ? code : undefined;
  }

  /** The function that a value is: as it was made, or as it was filled afterwards. */
  #functionIn(value: Value | undefined): Made | undefined {
    if (value?.kind !== 'call') return undefined;
    const made = this.#made.get(value.args);
    if (made) return made;
    return nameOf(value.callee) === 'cloudpickle.cloudpickle._fill_function'
      ? this.#functionIn(itemsOf(value.args)?.[0])
      : undefined;
  }

  /** What is set on functions and cells after they were made. */
  #changes({ callee, args }: CallUse): void {
    const items = itemsOf(args) ?? [];
    const [first, second, third] = items;
    const called = this.#functionIn(callee);
    if (called) called.atLoad = true;
    switch (nameOf(callee)) {
      case 'cloudpickle.cloudpickle._function_setstate':
        for (const state of itemsOf(second) ?? []) this.#fill(first, state);
        return;
      case 'cloudpickle.cloudpickle._fill_function': {
        const made = this.#functionIn(first);
        if (items.length <= 2) this.#fill(first, second);
        else if (made) {
          addAll(made.globals, items.slice(1, 2));
          addAll(made.defaults, items.slice(2, 3));
          addAll(made.closure, items.slice(-1));
        }
        return;
      }
      case 'cloudpickle.cloudpickle._make_cell':
      case 'dill._dill._create_cell':
        if (first) this.#cells.set(args, [first, ...(this.#cells.get(args) ?? [])]);
        return;
      case 'dill._dill._setitems':
        if (first && second) push(this.#added, first, second);
        return;
    }
    // `getattr(_dill, '_setattr', setattr)(cell, 'cell_contents', value)`.
    if (
      items.length === 3 &&
      first?.kind === 'call' &&
      second?.kind === 'text' &&
      second.text === 'cell_contents' &&
      third
    )
      push(this.#cells, first.args, third);
  }

  #fill(target: Value | undefined, state: Value | undefined): void {
    const made = this.#functionIn(target);
    if (!made || state?.kind !== 'dict') return;
    // Attributes of the function, and its slots.
    for (const [key, value] of state.entries)
      if (key.kind === 'text' && !SLOTS.test(key.text)) this.#attribute(key.text, value);
    const take = (list: Value[], ...keys: readonly string[]): void => {
      for (const key of keys) {
        const value = dictGet(state, key);
        if (value) list.push(value);
      }
    };
    take(made.globals, '__globals__', 'globals');
    take(made.defaults, '__defaults__', 'defaults');
    take(made.keywords, '__kwdefaults__', 'kwdefaults');
    take(made.closure, '__closure__', 'closure_values');
    const name = dictGet(state, '__qualname__') ?? dictGet(state, 'qualname');
    if (name?.kind === 'text' && name.text !== '') made.name = name.text;
  }

  // Classes

  #classes({ callee, args }: CallUse): void {
    const items = itemsOf(args) ?? [];
    const [first, second, third, fourth] = items;
    switch (nameOf(callee)) {
      case 'cloudpickle.cloudpickle._class_setstate':
        this.#members(first, itemsOf(second)?.[0]);
        return;
      case 'cloudpickle.cloudpickle._rehydrate_skeleton_class':
        this.#members(first, second);
        return;
      case 'dill._dill._create_type':
        this.#membersOf(textIn(second), fourth);
        return;
      case 'types.new_class':
      case 'builtins.type':
      case 'abc.ABCMeta':
      case 'enum.EnumMeta':
        this.#membersOf(textIn(first), third);
        return;
      case 'builtins.setattr':
        if (second?.kind === 'text' && third && this.#className(first) !== undefined)
          this.#member(this.#className(first) ?? '', second.text, third);
        return;
    }
  }

  #members(owner: Value | undefined, members: Value | undefined): void {
    this.#membersOf(this.#className(owner), members);
  }

  #className(value: Value | undefined): string | undefined {
    // torch's legacy format names the class of a layer by an id: `('module', <class>, file, source)`.
    if (value?.kind === 'persistent') return this.#className(itemsOf(value.id)?.[1]);
    if (value?.kind !== 'call') return undefined;
    const items = itemsOf(value.args) ?? [];
    switch (nameOf(value.callee)) {
      case 'cloudpickle.cloudpickle._make_skeleton_class':
      case 'cloudpickle.cloudpickle._make_skeleton_enum':
      case 'dill._dill._create_type':
        return textIn(items[1]);
      case 'cloudpickle.cloudpickle._rehydrate_skeleton_class':
        return this.#className(items[0]);
      case 'builtins.type':
      case 'types.new_class':
      case 'abc.ABCMeta':
      case 'enum.EnumMeta':
        return items.length > 1 ? textIn(items[0]) : undefined;
      default:
        return undefined;
    }
  }

  #membersOf(owner: string | undefined, members: Value | undefined): void {
    if (members?.kind !== 'dict') return;
    for (const [key, value] of members.entries)
      if (key.kind === 'text') this.#member(owner ?? 'a class', key.text, value);
  }

  #member(owner: string, name: string, value: Value): void {
    for (const made of this.#functionsIn(value)) {
      made.owner = `${owner}.${name}`;
      if (AT_LOAD.has(name)) made.atLoad = true;
    }
    this.#attribute(name, value);
  }

  /** `property(f)`, `staticmethod(f)`: what such a value is made of. */
  #functionsIn(value: Value, depth = 3): Made[] {
    const own = this.#functionIn(value);
    if (own) return [own];
    if (value.kind !== 'call' || depth === 0) return [];
    return (itemsOf(value.args) ?? []).slice(0, 10).flatMap((item) => this.#functionsIn(item, depth - 1));
  }

  #attribute(name: string, value: Value): void {
    if (this.#attributes.size >= ENTRIES_LIMIT) return;
    const known = this.#abstract(value);
    if (
      known.path === undefined &&
      known.constant === undefined &&
      known.code === undefined &&
      known.hidden === undefined &&
      !known.entries &&
      !known.items
    )
      return;
    const before = this.#attributes.get(name);
    this.#attributes.set(name, before ? union([before, known]) : known);
    this.#hold(value);
  }

  /** The state of the objects in the file. */
  #states(results: readonly (Value | undefined)[]): void {
    const waiting: Value[] = [
      ...results.flatMap((result) => (result ? [result] : [])),
      ...this.facts.calls.map(({ args }) => args),
    ];
    const seen = new Set<Value>();
    for (let next = waiting.pop(); next && seen.size < VALUES_LIMIT; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (next.kind === 'sequence') for (const item of next.items) waiting.push(item);
      else if (next.kind === 'dict') for (const [, value] of next.entries) waiting.push(value);
      else if (next.kind === 'call') {
        waiting.push(next.args);
        if (!next.state) continue;
        waiting.push(next.state);
        for (const state of next.state.kind === 'sequence' ? next.state.items : [next.state])
          if (state.kind === 'dict')
            for (const [key, value] of state.entries) if (key.kind === 'text') this.#attribute(key.text, value);
      }
    }
  }

  // Values

  #carried(): CarriedFunction[] {
    const functions: CarriedFunction[] = [];
    const used = new Set<CodeObject>();
    for (const made of this.#made.values()) {
      used.add(made.code);
      functions.push({
        code: made.code,
        name: made.owner ?? made.name ?? made.code.qualname ?? made.code.name,
        offset: made.offset,
        atLoad: made.atLoad,
        globals: this.#globals(made.globals),
        module: moduleOf(made.globals),
        variables: this.#variables(made),
      });
    }
    const inside = new Set<CodeObject>();
    for (const code of this.codes.values())
      if (!('unreadable' in code))
        for (const value of code.constants) if (value.kind === 'code') inside.add(value.code);
    // Code that no function is made of can be made one while it runs.
    for (const code of this.codes.values())
      if (!('unreadable' in code) && !used.has(code) && !inside.has(code))
        functions.push({
          code,
          name: code.qualname ?? code.name,
          offset: code.offset,
          atLoad: false,
          globals: new Map(),
          module: undefined,
          variables: new Map(),
        });
    return functions;
  }

  #globals(dicts: readonly Value[]): Map<string, Abstract> {
    const globals = new Map<string, Abstract>();
    for (const dict of dicts.flatMap((value) => [value, ...(this.#added.get(value) ?? [])])) {
      // `dataclasses.__dict__`, which dill writes for functions of Python's own modules.
      this.#hold(dict);
      if (dict.kind !== 'dict') continue;
      for (const [key, value] of dict.entries.slice(0, ENTRIES_LIMIT)) {
        if (key.kind !== 'text') continue;
        this.#hold(value);
        globals.set(key.text, this.#abstract(value));
      }
    }
    return globals;
  }

  #variables({ code, closure, defaults, keywords }: Made): Map<string, Abstract> {
    const variables = new Map<string, Abstract>();
    const set = (name: string | undefined, value: Value): void => {
      if (name === undefined) return;
      this.#hold(value);
      const known = variables.get(name);
      const next = this.#abstract(value);
      variables.set(name, known ? union([known, next]) : next);
    };
    for (const values of defaults) {
      const items = itemsOf(values) ?? [];
      items.forEach((value, index) => set(code.locals[code.argcount - items.length + index], value));
    }
    for (const values of keywords)
      if (values.kind === 'dict') for (const [key, value] of values.entries) set(textIn(key), value);
    for (const cells of closure) {
      const items = itemsOf(cells) ?? [];
      items.forEach((cell, index) => {
        // Variables of functions around it come last.
        const name = code.cells.at(index - items.length);
        const held = cell.kind === 'call' ? this.#cells.get(cell.args) : undefined;
        for (const value of held ?? [cell]) set(name, value);
      });
    }
    return variables;
  }

  #hold(value: Value, depth = 3): void {
    if (value.kind === 'global') this.#held.set(value.uses, (this.#held.get(value.uses) ?? 0) + 1);
    else if (depth > 0 && value.kind === 'sequence') for (const item of value.items) this.#hold(item, depth - 1);
    else if (depth > 0 && value.kind === 'dict') for (const [, item] of value.entries) this.#hold(item, depth - 1);
  }

  #abstract(value: Value, depth = 4): Abstract {
    switch (value.kind) {
      case 'none':
        return NONE;
      case 'bool':
        return constant(value.value);
      case 'int':
        return constant(value.value);
      case 'text':
        return value.whole ? constant(value.text) : { text: `'${value.text.slice(0, 60)}…'`, hidden: true };
      case 'bytes':
        return value.head.length === value.size ? constant(value.head) : { text: "b'…'", hidden: true };
      case 'global':
        return named(pathOf(value));
      case 'sequence':
        return depth === 0 || value.items.length > 100
          ? unknown('…')
          : sequence(
              value.items.map((item) => this.#abstract(item, depth - 1)),
              '[',
              ']',
            );
      case 'dict':
        return depth === 0 ? unknown('…') : this.#dict(value, depth);
      case 'call':
        return this.#call(value);
      default:
        return unknown(describe(value, 60));
    }
  }

  #dict(value: Value & { kind: 'dict' }, depth: number): Abstract {
    if (value.entries.length > DICT_LIMIT) return unknown('…');
    const entries = new Map<string, Abstract>();
    for (const [key, item] of value.entries)
      if (key.kind === 'text') entries.set(key.text, this.#abstract(item, depth - 1));
    return { text: '{…}', entries };
  }

  #call(value: Value & { kind: 'call' }): Abstract {
    const made = this.#functionIn(value);
    if (made) return { ...functionOf(made.code), text: made.owner ?? made.name ?? made.code.name };
    const text = encodedBytes(value);
    if (text) return text.whole ? constant(Buffer.from(text.text, 'latin1')) : { text: "b'…'", hidden: true };
    const target = reached(value);
    if (target) return named(target.name === '' ? target.module : pathOf(target));
    const name = nameOf(value.callee);
    const [first] = itemsOf(value.args) ?? [];
    if ((name === 'builtins.staticmethod' || name === 'builtins.classmethod' || name === 'functools.partial') && first)
      return this.#abstract(first, 1);
    const className = this.#className(value);
    return unknown(className ?? describe(value, 60));
  }
}

const SLOTS =
  /^__\w+__$|^_cloudpickle|^(?:globals|defaults|dict|closure_values|module|name|doc|annotations|qualname|kwdefaults|base_globals)$/;

interface FunctionLayout {
  readonly globals?: number;
  readonly name?: number;
  readonly defaults?: number;
  readonly closure?: number;
  readonly keywords?: number;
}

/** `function(code, globals, name, argdefs, closure)`, and functions that take the same. */
const PLAIN: FunctionLayout = { globals: 1, name: 2, defaults: 3, closure: 4 };
const SKELETON: FunctionLayout = { globals: 2 };
const LAYOUTS: ReadonlyMap<string, FunctionLayout> = new Map([
  ['cloudpickle.cloudpickle._make_function', PLAIN],
  ['cloudpickle.cloudpickle._make_skel_func', SKELETON],
  ['dill._dill._create_function', { ...PLAIN, keywords: 6 }],
]);

function isFunctionType(callee: Value): boolean {
  const type = typeNamed(callee);
  return type === 'FunctionType' || type === 'LambdaType';
}

/** The module whose names a function has as its globals. */
function moduleOf(globals: readonly Value[]): string | undefined {
  for (const dict of globals) {
    const target = dict.kind === 'global' ? dict : reached(dict);
    if (target?.name === '__dict__') return canonicalModule(target.module);
  }
  return undefined;
}

function nameOf(value: Value): string {
  return value.kind === 'global' ? `${canonicalModule(value.module)}.${value.name}` : '';
}

function textIn(value: Value | undefined): string | undefined {
  return value?.kind === 'text' ? value.text : undefined;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Of very many calls not all are kept: those that make functions and classes have to be. */
function notKept({ calls, callCounts }: PickleFacts): string[] {
  const kept = new Map<string, number>();
  for (const call of calls) kept.set(calleeKey(call), (kept.get(calleeKey(call)) ?? 0) + call.count);
  const lost = [...callCounts].some(([key, count]) => MAKERS.test(key) && count > (kept.get(key) ?? 0));
  return lost ? ['it makes more functions and classes than are read'] : [];
}

/** Callees as `calleeKey` names them; `call` is any that another call gave. */
const MAKERS =
  /^call$|\n(?:CodeType|FunctionType|LambdaType|_create_code|_create_function|_create_type|_make_function|_make_skel_func|_fill_function|_function_setstate|_class_setstate|_rehydrate_skeleton_class|_make_skeleton_class|_make_cell|_create_cell|_setitems)$/;

/** True for a call that makes a function or a class, or fills one. */
export function makesFunctions({ callee }: Pick<CallUse, 'callee'>): boolean {
  return makesCode({ callee }) || (callee.kind === 'global' && MAKERS.test(`\n${callee.name}`));
}

/** A name that functions of the file hold and nothing else uses: what they do with it is judged by their code. */
export function isHeldByCode(carried: Carried | undefined, uses: GlobalValue['uses'], path: string): boolean {
  const held = carried?.held.get(uses);
  return held !== undefined && held >= uses.count && actOf(path) === undefined;
}
