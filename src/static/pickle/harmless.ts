/**
 * The exact ways in which pickling libraries use names that could do harm. Everything about such a call is fixed: who is called, with
 * what, and that the name is used for nothing else in the file. Each was read off the source of the library that writes it.
 */
import { isAllowed } from './allowed.js';
import { canonicalModule } from './capabilities.js';
import type { CallUse, GlobalUse, PickleFacts } from './emulate.js';
import { isNamed } from './resolve.js';
import { isBytes, itemsOf, type Value } from './value.js';

/** True when every single use of a dangerous name is one of the harmless ones. */
export function isExcused(facts: PickleFacts, use: GlobalUse, calls: readonly CallUse[]): boolean {
  const name = `${canonicalModule(use.module)}.${use.name}`;
  const harmless = HARMLESS_CALLS.get(name);
  if (!harmless) return false;
  const shims = SHIMMED.has(name) ? facts.calls.filter((call) => isShim({ kind: 'call', ...call }, use)).length : 0;
  const cells = IN_CELLS.has(name) ? facts.calls.filter((call) => isCellOf(call, use)).length : 0;
  return use.count === shims + cells + calls.length && use.count > 0 && calls.every((call) => harmless(call));
}

/** A call, of what another call gave, that is harmless by its exact shape. */
export function isHarmlessComputed(call: CallUse): boolean {
  const { callee } = call;
  if (callee.kind !== 'call' || call.by !== 'REDUCE') return false;
  if (isZoneReader(callee)) return true;
  const [cell, attribute, ...rest] = itemsOf(call.args) ?? [];
  if (!isDillCell(cell) || !isText(attribute, 'cell_contents')) return false;
  return isShimOf(callee, '_setattr') ? rest.length === 1 : isShimOf(callee, '_delattr') && rest.length === 0;
}

/** True for a class, or a plain type, that a pickling library makes out of what the file carries. */
export function isMade(value: Value | undefined): boolean {
  if (value?.kind !== 'call' || !isNamed(value.callee, TYPE_MAKERS)) return false;
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
  'cloudpickle.cloudpickle._make_function',
  'dill._dill._create_function',
  'types.FunctionType',
  'types.LambdaType',
]);
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
]);

const HARMLESS_CALLS: ReadonlyMap<string, (call: CallUse) => boolean> = new Map(
  Object.entries({
    // dill `_shims.py`: _setattr = Getattr(_dill, '_setattr', setattr), and so on; see `isShim`. Enumerations name their constructors.
    'builtins.getattr': ({ by, args }: CallUse) => {
      if (by !== 'REDUCE') return false;
      const [owner, attribute, fallback, ...rest] = itemsOf(args) ?? [];
      if (rest.length > 0 || attribute?.kind !== 'text' || !owner) return false;
      if (fallback === undefined) return HARMLESS_ATTRIBUTES.has(`${ownerName(owner)}.${attribute.text}`);
      if (attribute.text === '_CELL_EMPTY') return isNamed(owner, DILL) && fallback.kind === 'none';
      return isNamed(owner, DILL) && isNamed(fallback, new Set([SHIMS.get(attribute.text) ?? '']));
    },
    // dill names the classes that it carries: setattr(<class made by _create_type>, '__qualname__', 'Foo').
    'builtins.setattr': ({ args }: CallUse) => {
      const [target, name, value, ...rest] = itemsOf(args) ?? [];
      if (rest.length > 0 || name?.kind !== 'text' || value?.kind !== 'text') return false;
      if (isMade(target)) return /^__(qualname|doc|module|name)__$/.test(name.text);
      return target?.kind === 'global' && target.module === '__main__' && name.text === '__qualname__';
    },
    'builtins.delattr': () => false,
    // A named tuple's `_replace` holds it in a cell (`collections.namedtuple`).
    'builtins.map': () => false,
    // Iterators over values, as `listiter.__reduce__`; with two arguments it would call the first.
    'builtins.iter': ({ args }: CallUse) => {
      const [values, ...rest] = itemsOf(args) ?? [];
      return rest.length === 0 && values !== undefined && isPlain(values);
    },
    // A tensor in a plain pickle; the bytes are a checkpoint of their own, and are analysed as one.
    'torch.storage._load_from_bytes': ({ args }: CallUse) => isBytes(itemsOf(args)?.[0]),
    // dill writes a few constants so; anything else it evaluates.
    'dill._dill._eval_repr': ({ args }: CallUse) => {
      const [text, ...rest] = itemsOf(args) ?? [];
      return rest.length === 0 && text?.kind === 'text' && text.whole && CONSTANT.test(text.text);
    },
    // `int | None` (`copyreg.pickle_union`), and as protocol 2 spells it.
    'functools.reduce': isUnion,
    'builtins.reduce': isUnion,
    // `Generic[T]`, `Union[int, None]`: an index into what typing calls special forms runs no code of the file.
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

/** Values of Python's own types, which iterate without code of the file. */
function isPlain(value: Value): boolean {
  if (value.kind === 'call') return isNamed(value.callee, PLAIN_MAKERS);
  return value.kind === 'sequence' || value.kind === 'dict' || value.kind === 'text' || value.kind === 'bytes';
}

const PLAIN_MAKERS: ReadonlySet<string> = new Set(['builtins.range', 'builtins.xrange', '_codecs.encode']);

const CONSTANT = /^(Ellipsis|NotImplemented|range\(-?\d+, -?\d+(, -?\d+)?\))$/;

const DILL: ReadonlySet<string> = new Set(['dill._dill']);
const OR: ReadonlySet<string> = new Set(['operator.or_']);
const SETITEMS: ReadonlySet<string> = new Set(['dill._dill._setitems']);
const CREATE_CELL: ReadonlySet<string> = new Set(['dill._dill._create_cell']);

/** What is looked up on `dill._dill`, which has it no longer, and what Python has instead. */
const SHIMS: ReadonlyMap<string, string> = new Map([
  ['_setattr', 'builtins.setattr'],
  ['_delattr', 'builtins.delattr'],
]);
/** What a function of the standard library holds in a cell of its own, and nothing in the file calls. */
const IN_CELLS: ReadonlySet<string> = new Set(['builtins.map']);
const MAKE_CELL: ReadonlySet<string> = new Set(['cloudpickle.cloudpickle._make_cell']);

function isCellOf({ callee, args, by }: CallUse, use: GlobalUse): boolean {
  const [held, ...rest] = itemsOf(args) ?? [];
  if (by !== 'REDUCE' || rest.length > 0 || !isNamed(callee, MAKE_CELL)) return false;
  return held?.kind === 'global' && held.module === use.module && held.name === use.name;
}

const SHIMMED: ReadonlySet<string> = new Set(SHIMS.values());

/** Constructors and helpers that an enumeration class holds, as protocols below 4 name them; they make values and nothing else. */
const HARMLESS_ATTRIBUTES: ReadonlySet<string> = new Set([
  'builtins.object.__new__',
  'builtins.tuple.__new__',
  'enum.Enum.__new__',
  'enum.Enum._generate_next_value_',
  'enum.Flag._generate_next_value_',
  'enum.StrEnum._generate_next_value_',
  'zoneinfo.ZoneInfo._unpickle',
]);

/** `getattr(zoneinfo.ZoneInfo, '_unpickle')`, whose call gives a time zone by its name (`ZoneInfo.__reduce__`). */
function isZoneReader(value: Value): boolean {
  const [owner, name, ...rest] = (value.kind === 'call' && isNamed(value.callee, GETATTR) && itemsOf(value.args)) || [];
  return rest.length === 0 && owner !== undefined && isNamed(owner, ZONE) && isText(name, '_unpickle');
}

const ZONE: ReadonlySet<string> = new Set(['zoneinfo.ZoneInfo']);

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
  if (rest.length > 0 || !owner || !isNamed(owner, DILL) || !isText(name, attribute)) return false;
  return fallback !== undefined && isNamed(fallback, new Set([SHIMS.get(attribute) ?? '']));
}

const GETATTR: ReadonlySet<string> = new Set(['builtins.getattr']);

function isDillCell(value: Value | undefined): boolean {
  return value?.kind === 'call' && value.by === 'REDUCE' && isNamed(value.callee, CREATE_CELL);
}

/** A class by name, which is judged as any name, or one that is made; `type(None)`, too. */
function isType(value: Value): boolean {
  return value.kind === 'global' || isMade(value);
}

function ownerName(owner: Value): string {
  if (owner.kind === 'global') return `${canonicalModule(owner.module)}.${owner.name}`;
  // dill: _load_type('object')
  const type = owner.kind === 'call' && isNamed(owner.callee, LOAD_TYPE) ? itemsOf(owner.args)?.[0] : undefined;
  return type?.kind === 'text' ? `builtins.${type.text}` : '';
}

const LOAD_TYPE: ReadonlySet<string> = new Set(['dill._dill._load_type']);

function isText(value: Value | undefined, text: string): boolean {
  return value?.kind === 'text' && value.whole && value.text === text;
}
