/** Follows the detours by which a pickle reaches a function without naming it: `getattr(__import__('os'), 'system')`. */
import { canonicalModule } from '../../names/capabilities.js';
import { describe, itemsOf, type Value } from './value.js';

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

/** What a call gives that others have, too: a module, something in one, a logger. Changing it changes the program. */
export function sharedThing(value: Value & { kind: 'call' }): Reached | undefined {
  if (isNamed(value.callee, REGISTERED))
    return { module: 'logging', name: describe(itemsOf(value.args)?.[0] ?? value.args, 60) };
  return reached(value);
}

/** Functions that give the same object each time. */
const REGISTERED: ReadonlySet<string> = new Set(['logging.getLogger']);

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
