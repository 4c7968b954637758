/**
 * What a call of a name does with what it is given. All who find a name and its arguments in a model ask here: pickles, configurations, schemas.
 */
import { judge, type Capability } from './capabilities.js';
import {
  capabilityOfCall,
  isCompiledModule,
  isReadLibrary,
  libraryCallable,
  type Arguments,
  type Given,
} from './library-calls.js';

export interface CallArguments extends Arguments {
  /** Whether they are known one by one. */
  readonly isKnown: boolean;
  /** Whether all of them are bytes or numbers. */
  readonly isData: () => boolean;
  /** All of them together. */
  readonly all: () => Given;
}

export interface NamedCall {
  /** In its canonical spelling. */
  readonly module: string;
  readonly name: string;
  readonly args: CallArguments;
  /** Only `__new__` runs. */
  readonly makesInstance?: boolean;
}

export type CallJudgement =
  /** It builds or computes. */
  | { readonly kind: 'harmless' }
  /** Whatever it is given. */
  | { readonly kind: 'dangerous'; readonly capability: Capability }
  /** With what it is given, by the table of libraries. */
  | { readonly kind: 'acts'; readonly capability: Capability }
  /** Of Python's standard library, and no harmless model has use for it. */
  | { readonly kind: 'unlisted' }
  /** Only a run shows it. */
  | { readonly kind: 'unknown' };

export function judgeCall(call: NamedCall): CallJudgement {
  const { module, name, args } = call;
  const judged = judge(module, name);
  if (judged.kind === 'allowed') return HARMLESS;
  if (judged.kind !== 'unknown') return judged;
  const capability = call.makesInstance === true ? undefined : capabilityOfCall(module, name, args);
  if (capability !== undefined) return { kind: 'acts', capability };
  return onlyBuilds(call) ? HARMLESS : UNKNOWN;
}

const HARMLESS: CallJudgement = { kind: 'harmless' };
const UNKNOWN: CallJudgement = { kind: 'unknown' };

function onlyBuilds({ module, name, args, makesInstance }: NamedCall): boolean {
  const isClass = isClassName(name);
  // Without arguments an instance is made of nothing that the file gives.
  if (isEmpty(args) && (makesInstance === true || isClass)) return true;
  const known = libraryCallable(module, name);
  if (known?.kind === 'acts' && known.always) return false;
  // Old releases name its module without the package (`_loss` of scikit-learn 1.1).
  if (known?.kind === 'rebuilds' || CYTHON_REBUILDER.test(name)) return !isActing(args.all());
  // A compiled class gets itself back in a form of its own, as bytes (`rdkit.Chem.rdchem.Mol`).
  if (isClass && isCompiledModule(module) && args.isData() && !isActing(args.all())) return true;
  // A class of a library that was read and does not act by itself builds an object of numbers and of what was built before.
  if (!isClass || !isReadLibrary(module)) return false;
  const { texts, open } = args.all();
  return !open && texts.length === 0;
}

export function isEmpty({ isKnown, count, keywords }: CallArguments): boolean {
  return isKnown && count === 0 && keywords.length === 0;
}

/** Whether something that is given could be code, a command, a path or an address, or is not known. */
export function isActing({ texts, open }: Pick<Given, 'texts' | 'open'>): boolean {
  return open || texts.some((text) => ACTING.test(text));
}

/** In the spelling of classes (PEP 8). */
export function isClassName(name: string): boolean {
  return CLASS.test(name.slice(name.lastIndexOf('.') + 1));
}

const CLASS = /^_*[A-Z]/;

/** The function by which an object of a Cython class is made again. */
const CYTHON_REBUILDER = /^__pyx_unpickle_/;

/** A text that could be code, a command, a path or an address, and no name, label or number. */
const ACTING = /[(;`|&<>$\\\n]|:\/\/|^\s*(import|from)\s|^(~|\.{0,2}\/|[A-Za-z]:[\\/])|\.\.\/|\s-{1,2}\w|__\w+__/;
