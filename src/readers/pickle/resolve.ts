/** Follows the detours by which a pickle reaches a function without naming it: `getattr(__import__('os'), 'system')`. */
import { canonicalModule } from '../../names/capabilities.js';
import { describe, encodedText, itemsOf, type Value } from './value.js';

/** A module, or something in it. */
export interface Reached {
  readonly module: string;
  /** Empty: the module itself. */
  readonly name: string;
}

/** What a value is, when only constants were used to reach it. */
export function reached(value: Value, depth = 8): Reached | undefined {
  if (value.kind === 'global') return { module: canonicalModule(value.module), name: value.name };
  if (value.kind !== 'call' || depth === 0) return undefined;
  const args = itemsOf(value.args) ?? [];
  const [first, second] = args;
  const text = wholeText(first);

  // attrgetter('system')(os)
  if (value.callee.kind === 'call' && isNamed(value.callee.callee, ATTRIBUTE_GETTERS)) {
    const attribute = wholeText(itemsOf(value.callee.args)?.[0]);
    const owner = first && reached(first, depth - 1);
    return attribute !== undefined && owner ? member(owner, attribute) : undefined;
  }
  if (text !== undefined && isNamed(value.callee, IMPORTERS)) return { module: canonicalModule(text), name: '' };
  if (text !== undefined && isNamed(value.callee, LOCATORS)) {
    const at = text.includes(':') ? text.indexOf(':') : text.lastIndexOf('.');
    return at < 0
      ? { module: canonicalModule(text), name: '' }
      : { module: canonicalModule(text.slice(0, at)), name: text.slice(at + 1) };
  }
  // These import the module and look up a name in it, whatever else they are for.
  const at = NAMERS.get(nameOf(value.callee));
  if (at) {
    const [module, name] = at.map((index) => wholeText(args[index]));
    if (module !== undefined && name !== undefined) return { module: canonicalModule(module), name };
  }
  if (first && isNamed(value.callee, GETTERS)) {
    const owner = reached(first, depth - 1);
    const attribute = wholeText(second);
    return owner && attribute !== undefined ? member(owner, attribute) : undefined;
  }
  return undefined;
}

/** The text of `_codecs.encode(text, 'latin1')`, however the function was fetched: old versions of dill take it from its module. */
export function encodedBytes(value: Value | undefined): (Value & { kind: 'text' }) | undefined {
  if (value?.kind !== 'call' || value.callee.kind !== 'call') return encodedText(value);
  const target = reached(value.callee);
  if (target?.module !== '_codecs' || target.name !== 'encode') return undefined;
  return encodedText({ ...value, callee: { kind: 'global', ...target, offset: value.offset, uses: { count: 1 } } });
}

/** What a call gives that others have, too: a module, something in one, a logger. Changing it changes the program. */
export function sharedThing(value: Value & { kind: 'call' }, depth = 8): Reached | undefined {
  const found = reached(value);
  if (found || depth === 0) return found;
  const { callee, args } = value;
  const [first] = itemsOf(args) ?? [];
  if (isNamed(callee, REGISTERED)) return { module: 'logging', name: describe(first ?? args, 60) };
  if (isNamed(callee, TYPE_FINDERS)) return { module: 'types', name: describe(first ?? args, 60) };
  // The class of a value.
  if (isNamed(callee, TYPE) && itemsOf(args)?.length === 1) return { module: 'builtins', name: describe(value, 60) };
  if (isNamed(callee, PASSES_ON)) return sharedIn(args, depth - 1);
  return callee.kind === 'call' ? calledByPart(callee, args, depth - 1) : undefined;
}

/** What `attrgetter('x')(module)` and `partial(import_module, 'hmac')()` give, when that is something that others have. */
function calledByPart(callee: Value & { kind: 'call' }, args: Value, depth: number): Reached | undefined {
  const [held, ...rest] = itemsOf(callee.args) ?? [];
  if (isNamed(callee.callee, PARTIAL) && held?.kind === 'global') {
    const items = [...rest, ...(itemsOf(args) ?? [])];
    const given: Value = { kind: 'sequence', type: 'tuple', items, count: items.length };
    return sharedThing(
      { kind: 'call', by: 'REDUCE', callee: held, args: given, offset: callee.offset, depth: 0 },
      depth,
    );
  }
  if (isNamed(callee.callee, PART_GETTERS)) return sharedIn(args, depth);
  if (isNamed(callee.callee, REFERENCES)) return sharedIn(callee.args, depth);
  // `getattr(modules, 'get')('hmac')`, `methodcaller('get', 'hmac')(modules)`
  const method = isNamed(callee.callee, METHOD_GETTERS) ? wholeText(rest[0]) : wholeText(held);
  const isMethod = isNamed(callee.callee, METHOD_GETTERS) || isNamed(callee.callee, METHOD_CALLERS);
  if (!isMethod || method === undefined || !FETCHERS.has(method)) return undefined;
  return sharedIn(callee.args, depth) ?? sharedIn(args, depth);
}

/** The first module, class or function in a value or its containers. */
function sharedIn(value: Value, depth: number): Reached | undefined {
  if (value.kind === 'global') return { module: canonicalModule(value.module), name: value.name };
  if (depth <= 0) return undefined;
  if (value.kind === 'call')
    return isNamed(value.callee, HOLDERS) ? sharedIn(value.args, depth - 1) : sharedThing(value, depth - 1);
  const parts =
    value.kind === 'sequence' ? value.items : value.kind === 'dict' ? value.entries.map(([, item]) => item) : [];
  for (const part of parts.slice(0, PARTS_LOOKED_AT)) {
    const found = sharedIn(part, depth - 1);
    if (found) return found;
  }
  return undefined;
}

const PARTS_LOOKED_AT = 16;

/** Functions that give the same object each time. */
const REGISTERED: ReadonlySet<string> = new Set(['logging.getLogger']);
/** Functions that give a type of Python's own by its name. */
const TYPE_FINDERS: ReadonlySet<string> = new Set(['dill._dill._load_type', 'cloudpickle.cloudpickle._builtin_type']);
const TYPE: ReadonlySet<string> = new Set(['builtins.type']);
const PARTIAL: ReadonlySet<string> = new Set(['functools.partial']);
const PART_GETTERS: ReadonlySet<string> = new Set(['operator.attrgetter', 'operator.itemgetter']);
const REFERENCES: ReadonlySet<string> = new Set(['weakref.ref', 'weakref.ReferenceType']);
const METHOD_GETTERS: ReadonlySet<string> = new Set(['builtins.getattr', 'dill._dill._get_attr']);
const METHOD_CALLERS: ReadonlySet<string> = new Set(['operator.methodcaller']);
/** Methods of containers that give what is in them. */
const FETCHERS: ReadonlySet<string> = new Set([
  '__getitem__',
  '__next__',
  'get',
  'pop',
  'popitem',
  'popleft',
  'setdefault',
]);
/** Containers and iterators, which give their parts. */
const HOLDERS: ReadonlySet<string> = new Set([
  'builtins.dict',
  'builtins.filter',
  'builtins.iter',
  'builtins.list',
  'builtins.reversed',
  'builtins.set',
  'builtins.tuple',
  'collections.OrderedDict',
  'collections.deque',
  'itertools.chain',
  'itertools.cycle',
  'itertools.repeat',
]);
/** Functions whose result is what they are given, or a part of it. */
const PASSES_ON: ReadonlySet<string> = new Set([
  'builtins.dict.get',
  'builtins.dict.pop',
  'builtins.dict.setdefault',
  'builtins.getattr',
  'builtins.list.pop',
  'builtins.max',
  'builtins.min',
  'builtins.next',
  'builtins.reduce',
  'collections.OrderedDict.get',
  'copy.copy',
  'copy.deepcopy',
  'functools.reduce',
  'functools.update_wrapper',
  'operator.and_',
  'operator.getitem',
  'operator.or_',
  'random.choice',
  'typing.cast',
  'typing.no_type_check',
  'typing.runtime_checkable',
  'inspect.unwrap',
  'inspect.getmodule',
]);

/** True when the value is a global on the list of canonical `module.name`s. */
export function isNamed(value: Value, names: ReadonlySet<string>): boolean {
  return value.kind === 'global' && names.has(`${canonicalModule(value.module)}.${value.name}`);
}

function nameOf(value: Value): string {
  return value.kind === 'global' ? `${canonicalModule(value.module)}.${value.name}` : '';
}

function member(owner: Reached, attribute: string): Reached {
  return { module: owner.module, name: owner.name === '' ? attribute : `${owner.name}.${attribute}` };
}

function wholeText(value: Value | undefined): string | undefined {
  return value?.kind === 'text' && value.whole ? value.text : undefined;
}

export const IMPORTERS: ReadonlySet<string> = new Set([
  'builtins.__import__',
  'importlib.import_module',
  'importlib.__import__',
  'cloudpickle.cloudpickle.subimport',
  'dill._dill._import_module',
]);
/** By function: which arguments are the module and the name. */
const NAMERS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['dill._dill._create_namedtuple', [2, 0]],
  ['numpy._core._ufunc_reconstruct', [0, 1]],
  ['numpy.core._ufunc_reconstruct', [0, 1]],
]);
const LOCATORS: ReadonlySet<string> = new Set(['pkgutil.resolve_name', 'pydoc.locate', 'dill._dill._import_module']);
const GETTERS: ReadonlySet<string> = new Set([
  'builtins.getattr',
  'dill._dill._get_attr',
  'dill._dill._getattr',
  'operator.getitem',
  'inspect.getattr_static',
]);
const ATTRIBUTE_GETTERS: ReadonlySet<string> = new Set(['operator.attrgetter']);
