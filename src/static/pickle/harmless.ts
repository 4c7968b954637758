/**
 * The exact ways in which pickling libraries use names that could do harm. Every part of such a call is fixed: the function, its arguments, and that
 * the file uses the name for nothing else. Each was read from the source of the library that writes it.
 */
import { isAllowed, isStandardValue } from '../../names/allowed.js';
import { isPlainAttribute, isValueAttribute } from '../../names/attributes.js';
import { canonicalModule, judge } from '../../names/capabilities.js';
import type { CallUse, GlobalUse, PickleFacts } from '../../readers/pickle/facts.js';
import { ARRAYS_APART } from '../../readers/pickle/joblib.js';
import { isNamed, reached } from '../../readers/pickle/resolve.js';
import { isBytes, itemsOf, UNKNOWN, type Value } from '../../readers/pickle/value.js';
import { couldAct } from './calls.js';

/** True when every single use of a dangerous name is one of the harmless ones. */
export function isExcused(facts: PickleFacts, use: GlobalUse, calls: readonly CallUse[]): boolean {
  const name = `${canonicalModule(use.module)}.${use.name}`;
  // The array files are analysed (`readArrays`).
  if (ARRAYS_APART.has(name)) return use.count > 0 && use.count === facts.arraysApart;
  const harmless = HARMLESS_CALLS.get(name);
  if (!harmless) return false;
  // Held and not called, they wait for arguments that the file does not give.
  if (HOLDABLE.has(name) && calls.every((call) => harmless(call))) return true;
  const shims = SHIMMED.has(name) ? facts.calls.filter((call) => isShim({ kind: 'call', ...call }, use)).length : 0;
  return use.count === shims + calls.length && use.count > 0 && calls.every((call) => harmless(call));
}

/** A call of a dangerous name in one of the harmless ways. */
export function isHarmlessCall(call: CallUse): boolean {
  const { callee } = call;
  if (callee.kind !== 'global') return false;
  return HARMLESS_CALLS.get(`${canonicalModule(callee.module)}.${callee.name}`)?.(call) === true;
}

/** A harmless call, by its exact shape, of the result of another call. */
export function isHarmlessComputed(call: CallUse): boolean {
  const { callee } = call;
  if (callee.kind !== 'call') return false;
  const target = reached(callee);
  if (target && judge(target.module, target.name).kind === 'allowed') return true;
  if (call.by !== 'REDUCE') return false;
  if (isMethodOfValue(callee) || isGetterOfValue(callee, itemsOf(call.args)?.[0])) return true;
  if (isPartialOfLibrary(call, callee)) return true;
  const [cell, attribute, ...rest] = itemsOf(call.args) ?? [];
  if (!isDillCell(cell) || !isText(attribute, 'cell_contents')) return false;
  return isShimOf(callee, '_setattr') ? rest.length === 1 : isShimOf(callee, '_delattr') && rest.length === 0;
}

/** `getattr(value, 'name')` of a value of Python's own, whose methods compute: `','.join`. */
function isMethodOfValue(callee: Value & { kind: 'call' }): boolean {
  if (!isNamed(callee.callee, GETATTR)) return false;
  const [owner, name, ...rest] = itemsOf(callee.args) ?? [];
  if (!owner || !name || rest.length > 0 || !isPlainName(name) || name.kind !== 'text') return false;
  const module = moduleOfValue(owner);
  return module !== undefined && isValueAttribute(module, name.text);
}

/**
 * `functools.partial(f, …)(…)` of a function of a library that a direct call with these arguments would not be accused for, as pandas 1.3 wrote
 * its blocks. The state of a partial call can put another function in its place: it has to name the same one.
 */
function isPartialOfLibrary(call: CallUse, { callee, args, state }: Value & { kind: 'call' }): boolean {
  if (!isNamed(callee, PARTIAL)) return false;
  const [held] = itemsOf(args) ?? [];
  const [again] = state === undefined ? [held] : (itemsOf(state) ?? []);
  if (held?.kind !== 'global' || again?.kind !== 'global') return false;
  if (again.module !== held.module || again.name !== held.name) return false;
  const { kind } = judge(canonicalModule(held.module), held.name);
  const parts = [call.args, args, ...(state === undefined ? [] : [state])];
  return (kind === 'allowed' || kind === 'unknown') && parts.every((part) => !couldAct(part));
}

/** A getter of the standard library, or a partial call, with a value as its argument. */
function isGetterOfValue({ callee, args, state }: Value & { kind: 'call' }, value: Value | undefined): boolean {
  if (isNamed(callee, ITEMGETTER)) return true;
  if (isNamed(callee, PARTIAL)) {
    const [held] = itemsOf(args) ?? [];
    if (held?.kind !== 'global') return false;
    // `methodcaller('split', sep=',')`: the name stands in the state of the partial call.
    const [again, given] = itemsOf(state) ?? [];
    if (isNamed(held, METHODCALLER))
      return again !== undefined && isNamed(again, METHODCALLER) && isPlainName(itemsOf(given)?.[0] ?? UNKNOWN);
    return isStandardValue(canonicalModule(held.module), held.name);
  }
  if (!isNamed(callee, HOLDABLE) || value === undefined || moduleOfValue(value) === undefined) return false;
  return isPlainName(itemsOf(args)?.[0] ?? UNKNOWN);
}

/** The origin of a value's type, when the standard library alone made it: `builtins` for constants and containers. */
function moduleOfValue(value: Value): string | undefined {
  if (value.kind !== 'call') {
    const constant = value.kind !== 'global' && value.kind !== 'persistent' && value.kind !== 'unknown';
    return constant ? 'builtins' : undefined;
  }
  // Protocols 0 and 1 build instances by copyreg._reconstructor(class, base, state).
  const maker = isNamed(value.callee, RECONSTRUCTOR) ? itemsOf(value.args)?.[0] : value.callee;
  if (maker?.kind !== 'global') return undefined;
  const module = canonicalModule(maker.module);
  return isStandardValue(module, maker.name) ? module : undefined;
}

const ITEMGETTER: ReadonlySet<string> = new Set(['operator.itemgetter']);
const METHODCALLER: ReadonlySet<string> = new Set(['operator.methodcaller']);
const PARTIAL: ReadonlySet<string> = new Set(['functools.partial']);
const RECONSTRUCTOR: ReadonlySet<string> = new Set(['copyreg._reconstructor', 'copyreg.__newobj__']);

/** True for a class, or a plain type, that a pickling library makes from the content of the file. */
export function isMade(value: Value | undefined): boolean {
  if (value?.kind !== 'call') return false;
  // Old versions of cloudpickle fill the class and take the filled one.
  if (isNamed(value.callee, REHYDRATE)) return isMade(itemsOf(value.args)?.[0]);
  if (!isNamed(value.callee, TYPE_MAKERS)) return false;
  // `getattr(types, name)` without the library's own bounds: only types of Python's own are meant.
  if (!isNamed(value.callee, BUILTIN_TYPE)) return true;
  const type = itemsOf(value.args)?.[0];
  return type?.kind === 'text' && /^([A-Z]\w*Type|GenericAlias|SimpleNamespace)$/.test(type.text);
}

/** A function whose code is in the file; `_load_type('FunctionType')(code, …)` makes one, too. */
export function isCarriedFunction(value: Value | undefined): boolean {
  if (value?.kind !== 'call') return false;
  if (isNamed(value.callee, FUNCTION_MAKERS)) return true;
  const maker = value.callee;
  if (maker.kind !== 'call' || !isNamed(maker.callee, TYPE_MAKERS)) return false;
  const type = itemsOf(maker.args)?.[0];
  return type?.kind === 'text' && /^(Function|Lambda|Method)Type$/.test(type.text);
}

const FUNCTION_MAKERS: ReadonlySet<string> = new Set([
  'cloudpickle.cloudpickle._fill_function',
  'cloudpickle.cloudpickle._make_function',
  'cloudpickle.cloudpickle._make_skel_func',
  'dill._dill._create_function',
  'types.FunctionType',
  'types.LambdaType',
]);
const REHYDRATE: ReadonlySet<string> = new Set(['cloudpickle.cloudpickle._rehydrate_skeleton_class']);
const BUILTIN_TYPE: ReadonlySet<string> = new Set(['cloudpickle.cloudpickle._builtin_type']);
const TYPE_MAKERS: ReadonlySet<string> = new Set([
  ...BUILTIN_TYPE,
  'cloudpickle.cloudpickle._make_skeleton_class',
  'cloudpickle.cloudpickle._make_skeleton_enum',
  'dill._dill._load_type',
  'dill._dill._create_type',
  'dill._dill._create_namedtuple',
  'builtins.type',
  'types.new_class',
  // Old versions of cloudpickle call the metaclass itself.
  'abc.ABCMeta',
  'enum.EnumMeta',
]);

const HARMLESS_CALLS: ReadonlyMap<string, (call: CallUse) => boolean> = new Map(
  Object.entries({
    // dill `_shims.py`: _setattr = Getattr(_dill, '_setattr', setattr), and so on; see `isShim`. Enumerations name their constructors.
    'builtins.getattr': ({ by, args }: CallUse) => {
      if (by !== 'REDUCE') return false;
      const [owner, attribute, fallback, ...rest] = itemsOf(args) ?? [];
      if (rest.length > 0 || attribute?.kind !== 'text' || !owner) return false;
      if (fallback === undefined) return isHarmlessAttribute([owner, attribute]);
      if (attribute.text === '_CELL_EMPTY') return isDill(owner) && fallback.kind === 'none';
      return isDill(owner) && isNamed(fallback, new Set([SHIMS.get(attribute.text) ?? '']));
    },
    // dill names the classes that it carries: setattr(<class made by _create_type>, '__qualname__', 'Foo').
    'builtins.setattr': ({ args }: CallUse) => {
      const [target, name, value, ...rest] = itemsOf(args) ?? [];
      if (rest.length > 0 || name?.kind !== 'text' || value?.kind !== 'text') return false;
      if (isMade(target)) return /^__(qualname|doc|module|name)__$/.test(name.text);
      return target?.kind === 'global' && target.module === '__main__' && name.text === '__qualname__';
    },
    'builtins.delattr': () => false,
    'dill._dill._get_attr': ({ args }: CallUse) => isHarmlessAttribute(itemsOf(args) ?? []),
    // dill writes methods of built-in types so, and evaluates the name of the type in the third argument.
    'dill._dill._getattr': ({ args }: CallUse) => {
      const [owner, name, shown, ...rest] = itemsOf(args) ?? [];
      if (rest.length > 0 || owner === undefined || name === undefined || !isPlainName(name)) return false;
      return shown?.kind === 'text' && shown.whole && METHOD_OF_BUILTIN.test(shown.text);
    },
    'operator.attrgetter': ({ args }: CallUse) => itemsOf(args)?.every(isPlainName) === true,
    'operator.methodcaller': ({ args }: CallUse) => {
      const [name] = itemsOf(args) ?? [];
      return name !== undefined && isPlainName(name);
    },
    // Only plain numbers: a pointer would be followed.
    'ctypes._unpickle': ({ args }: CallUse) => {
      const [type] = itemsOf(args) ?? [];
      return type?.kind === 'global' && isAllowed('ctypes', type.name);
    },
    // A tensor in a plain pickle; the bytes are a checkpoint of their own, and are analysed as one.
    'torch.storage._load_from_bytes': ({ args }: CallUse) => isBytes(itemsOf(args)?.[0]),
    // Compiled functions of numba and parts of spaCy's words and documents: pickles in bytes, which are analysed as pickles.
    'numba.core.serialize._unpickle__CustomPickled': ({ args }: CallUse) => isBytes(itemsOf(args)?.[0]),
    // A function that joblib wraps (`wrap_non_picklable_objects`).
    'joblib.externals.loky.cloudpickle_wrapper._reconstruct_wrapper': ({ args }: CallUse) =>
      isBytes(itemsOf(args)?.[0]),
    'numba.core.serialize._numba_unpickle': ({ args }: CallUse) => isBytes(itemsOf(args)?.[1]),
    'spacy.vocab.unpickle_vocab': ({ args }: CallUse) => isBytes(itemsOf(args)?.[4]),
    'spacy.tokens.doc.unpickle_doc': ({ args }: CallUse) => isBytes(itemsOf(args)?.[1]),
    // dill writes a few constants so; it evaluates any other text.
    'dill._dill._eval_repr': ({ args }: CallUse) => {
      const [text, ...rest] = itemsOf(args) ?? [];
      return rest.length === 0 && text?.kind === 'text' && text.whole && CONSTANT.test(text.text);
    },
    // `int | None` (`copyreg.pickle_union`), and as protocol 2 spells it.
    'functools.reduce': isUnion,
    'builtins.reduce': isUnion,
    // `Generic[T]`, `Union[int, None]`: an index into a special form of typing runs no code of the file.
    'operator.getitem': ({ args }: CallUse) => {
      const [form, , ...rest] = itemsOf(args) ?? [];
      if (rest.length > 0) return false;
      return isMade(form) || (form?.kind === 'global' && form.module === 'typing' && isAllowed('typing', form.name));
    },
    // The `__loader__` and `__spec__` of a script, among the globals of its functions: empty, then filled.
    'importlib.ModuleSpec': isEmptyInstance,
    'importlib.SourceFileLoader': isEmptyInstance,
    // dill `save_type`: new_class(name, bases, {'metaclass': …}, partial(_setitems, source=members)) for generic and typed classes.
    'types.new_class': ({ args }: CallUse) => {
      const [name, , named, body, ...rest] = itemsOf(args) ?? [];
      if (rest.length > 0 || name?.kind !== 'text' || named?.kind !== 'dict' || named.count !== named.entries.length) {
        return false;
      }
      const metaclass = named.entries.every(([key, value]) => isText(key, 'metaclass') && isType(value));
      const fills = body?.kind === 'call' && isMade(body.callee) ? itemsOf(body.args)?.[0] : undefined;
      return metaclass && fills !== undefined && isNamed(fills, SETITEMS);
    },
  }),
);

function isUnion({ args }: CallUse): boolean {
  const [by, types, ...rest] = itemsOf(args) ?? [];
  return rest.length === 0 && by !== undefined && isNamed(by, OR) && (itemsOf(types)?.every(isType) ?? false);
}

function isEmptyInstance({ by, args }: CallUse): boolean {
  return by === 'NEWOBJ' && itemsOf(args)?.length === 0;
}

/**
 * `getattr(owner, 'name')`: the form in which protocols write bound methods and attributes of classes. An attribute of a value from the file, or of a
 * class, is a part of it; an attribute of a module is judged like a global of that name.
 */
export function isHarmlessAttribute([owner, name, ...rest]: readonly Value[]): boolean {
  if (!owner || !name || rest.length > 0 || !isPlainName(name) || name.kind !== 'text') return false;
  if (owner.kind === 'unknown' || owner.kind === 'persistent') return false;
  const target = reached(owner);
  if (!target)
    return owner.kind !== 'call' || !isNamed(owner.callee, GETATTR) || isHarmlessAttribute(itemsOf(owner.args) ?? []);
  const verdict = judge(target.module, target.name === '' ? name.text : `${target.name}.${name.text}`);
  return verdict.kind === 'allowed' || verdict.kind === 'unknown';
}

/** A constant that names an attribute of the object itself. */
function isPlainName(name: Value): boolean {
  return name.kind === 'text' && name.whole && isPlainAttribute(name.text);
}

/** Made by the standard library's getters, which are harmless until they are called. */
const HOLDABLE: ReadonlySet<string> = new Set([
  'operator.attrgetter',
  'operator.methodcaller',
  'functools.reduce',
  'builtins.reduce',
]);

/** How Python shows them. */
const METHOD_OF_BUILTIN =
  /^<(?:slot wrapper|method|member|attribute|class method) '\w+' of '(?:bool|bytearray|bytes|complex|dict|float|frozenset|int|list|object|range|set|slice|str|tuple|type)' objects>$/;

const CONSTANT = /^(Ellipsis|NotImplemented|range\(-?\d+, -?\d+(, -?\d+)?\))$/;

/** dill's own module, as its versions write it. */
function isDill(value: Value): boolean {
  if (value.kind === 'global') return isNamed(value, DILL);
  const target = reached(value);
  return target?.module === 'dill._dill' && target.name === '';
}

const DILL: ReadonlySet<string> = new Set(['dill._dill', 'dill._shims._dill']);
const OR: ReadonlySet<string> = new Set(['operator.or_']);
const SETITEMS: ReadonlySet<string> = new Set(['dill._dill._setitems']);
const CREATE_CELL: ReadonlySet<string> = new Set(['dill._dill._create_cell']);

/** Names that files look up on `dill._dill`, which has them no longer, and Python's replacement for each. */
const SHIMS: ReadonlyMap<string, string> = new Map([
  ['_setattr', 'builtins.setattr'],
  ['_delattr', 'builtins.delattr'],
]);
const SHIMMED: ReadonlySet<string> = new Set(SHIMS.values());

/** `getattr(dill._dill, '_setattr', setattr)`; with `fallback` only where this very name stands at its end. */
function isShim(value: Value, fallback: GlobalUse): boolean {
  if (value.kind !== 'call') return false;
  const last = itemsOf(value.args)?.[2];
  if (last?.kind !== 'global' || last.module !== fallback.module || last.name !== fallback.name) return false;
  return isShimOf(value, '_setattr') || isShimOf(value, '_delattr');
}

function isShimOf(value: Value, attribute: string): boolean {
  if (value.kind !== 'call' || value.by !== 'REDUCE' || !isNamed(value.callee, GETATTR)) return false;
  const [owner, name, fallback, ...rest] = itemsOf(value.args) ?? [];
  if (rest.length > 0 || !owner || !isDill(owner) || !isText(name, attribute)) return false;
  return fallback !== undefined && isNamed(fallback, new Set([SHIMS.get(attribute) ?? '']));
}

const GETATTR: ReadonlySet<string> = new Set(['builtins.getattr', 'dill._dill._get_attr']);

function isDillCell(value: Value | undefined): boolean {
  return value?.kind === 'call' && value.by === 'REDUCE' && isNamed(value.callee, CREATE_CELL);
}

/** A class by name, which is judged like any name, or a class that the file makes; `type(None)`, too. */
function isType(value: Value): boolean {
  return value.kind === 'global' || isMade(value);
}

function isText(value: Value | undefined, text: string): boolean {
  return value?.kind === 'text' && value.whole && value.text === text;
}
