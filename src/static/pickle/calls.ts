/**
 * Calls of what libraries define, judged by the table of libraries and by their arguments. Of a name that the table does not know nobody can say what
 * a call does: only a run shows it.
 */
import { isStandardValue } from '../../names/allowed.js';
import { canonicalModule, judge, type Capability } from '../../names/capabilities.js';
import { isActing, isClassName, judgeCall, type CallArguments, type NamedCall } from '../../names/call-judge.js';
import { libraryCallable, type Given } from '../../names/library-calls.js';
import type { CallUse } from '../../readers/pickle/facts.js';
import { cannotBeginPickle } from '../../readers/pickle/opcodes.js';
import { isNamed, reached } from '../../readers/pickle/resolve.js';
import { describe, isBytes, isNumber, itemsOf, type Value } from '../../readers/pickle/value.js';

/** The called function, as `module.name`, when only a run can show what the call does. */
export function unknownCall(written: CallUse): string | undefined {
  const call = called(written);
  const target = targetOf(call);
  if (!target) return heldByMethod(call);
  if (isStandardValue(target.module, target.name))
    return CALLS_ITS_ARGUMENT.has(target.name) ? given(call.args) : undefined;
  // A method of a class of Python's own calls what its object was made with.
  const dot = target.name.indexOf('.');
  if (dot > 0 && isStandardValue(target.module, target.name.slice(0, dot))) {
    const held = heldBy(call.args);
    if (held !== undefined) return held;
  }
  const full = `${target.module}.${target.name}`;
  if (full === SPACY_TOKENIZER) return given(call.args);
  return judgeCall(namedCall(call, target)).kind === 'unknown' ? full : undefined;
}

/** The capability that a call of a library's function uses with what it is given, by the table of libraries. */
export function actingCall(written: CallUse): { readonly name: string; readonly capability: Capability } | undefined {
  const call = called(written);
  const target = targetOf(call);
  const judged = target && judgeCall(namedCall(call, target));
  return judged?.kind === 'acts'
    ? { name: `${target?.module ?? ''}.${target?.name ?? ''}`, capability: judged.capability }
    : undefined;
}

function targetOf({ callee }: CallUse): { readonly module: string; readonly name: string } | undefined {
  return callee.kind === 'global' ? canonical(callee) : reached(callee);
}

function namedCall(call: CallUse, { module, name }: { readonly module: string; readonly name: string }): NamedCall {
  return { module, name, args: argumentsOf(call.args), makesInstance: makesInstance(call) };
}

/** Whether an argument could be code, a command, a path or an address. */
export function couldAct(args: Value): boolean {
  return isActing(everythingIn(args));
}

/** Whether all arguments are bytes or numbers. */
function givesDataAlone(args: Value): boolean {
  return itemsOf(args)?.every((arg) => isBytes(arg) || isNumber(arg)) ?? false;
}

/** The call that is made in the end by `functools.partial(f, …)(…)`. */
export function partialCall(call: CallUse): CallUse | undefined {
  const { callee } = call;
  if (callee.kind !== 'call' || !isNamed(callee.callee, PARTIAL)) return undefined;
  const [held, ...rest] = itemsOf(callee.args) ?? [];
  if (held?.kind !== 'global') return undefined;
  const items = [...rest, ...(itemsOf(call.args) ?? [])];
  return { ...call, callee: held, args: { kind: 'sequence', type: 'tuple', items, count: items.length } };
}

const PARTIAL: ReadonlySet<string> = new Set(['functools.partial']);

/** What `copyreg.__newobj__(cls, …)` and `copyreg._reconstructor(cls, base, state)` call (`Lib/copyreg.py`). */
function called(written: CallUse): CallUse {
  const call = partialCall(written) ?? written;
  const [cls, ...rest] = itemsOf(call.args) ?? [];
  if (cls && isNamed(call.callee, CALLS_FIRST))
    return { ...call, callee: cls, args: { kind: 'sequence', type: 'tuple', items: rest, count: rest.length } };
  if (!cls || call.callee.kind !== 'global' || canonicalModule(call.callee.module) !== 'copyreg') return call;
  const args = (items: Value[]): Value => ({ kind: 'sequence', type: 'tuple', items, count: items.length });
  switch (call.callee.name) {
    case '__newobj__':
      return { ...call, by: 'NEWOBJ', callee: cls, args: args(rest) };
    case '__newobj_ex__':
      return { ...call, by: 'NEWOBJ_EX', callee: cls, args: args(rest.filter((part) => !isEmptyContainer(part))) };
    case '_reconstructor': {
      const [base, state] = rest;
      const own = base?.kind === 'global' && canonicalModule(base.module) !== 'builtins';
      return own && state ? { ...call, callee: base, args: args([cls, state]) } : call;
    }
    default:
      return call;
  }
}

const CALLS_FIRST: ReadonlySet<string> = new Set(['builtins.type.__call__']);

function isEmptyContainer(value: Value): boolean {
  return (value.kind === 'sequence' || value.kind === 'dict') && value.count === 0;
}

function makesInstance({ by }: CallUse): boolean {
  return by === 'NEWOBJ' || by === 'NEWOBJ_EX';
}

function argumentsOf(args: Value): CallArguments {
  const items = itemsOf(args);
  // Arguments that are not known one by one can be at any position.
  const at = (index: number): Given | undefined => {
    const item = items === undefined ? args : items[index];
    return item && isNumber(item) ? undefined : item && givenIn(item);
  };
  return {
    at,
    count: items?.length ?? 0,
    named: () => undefined,
    keywords: [],
    isKnown: items !== undefined,
    isData: () => givesDataAlone(args),
    all: () => everythingIn(args),
  };
}

function everythingIn(args: Value): Given {
  const { texts, more } = textsOf(args);
  return { texts, open: more, bytes: false };
}

function givenIn(value: Value): Given {
  const { texts, more } = textsOf(value);
  return { texts, open: more || value.kind === 'persistent', bytes: isBytes(value) };
}

/** A function of a library that one of Python's functions gets as an argument and calls. */
function given(args: Value): string | undefined {
  for (const arg of itemsOf(args) ?? []) {
    if (arg.kind !== 'global') continue;
    const { module, name } = canonical(arg);
    const known = judge(module, name).kind !== 'unknown';
    if (!known && (!isClassName(name) || libraryCallable(module, name)?.kind === 'acts')) return `${module}.${name}`;
  }
  return undefined;
}

/** The same in objects among the arguments: `partial(f)`, `defaultdict(f)`. */
function heldBy(value: Value, depth = 4): string | undefined {
  const parts = value.kind === 'sequence' ? value.items : value.kind === 'call' ? [value.args] : [];
  const own = value.kind === 'sequence' ? given(value) : undefined;
  if (own !== undefined || depth === 0) return own;
  for (const part of parts.slice(0, PARTS_LOOKED_AT)) {
    const held = heldBy(part, depth - 1);
    if (held !== undefined) return held;
  }
  return undefined;
}

const PARTS_LOOKED_AT = 16;

/** What `getattr(object, 'method')(…)` calls: what the method is given, or its object holds. */
export function heldByMethod({ callee, args }: CallUse): string | undefined {
  if (callee.kind !== 'call' || !isNamed(callee.callee, METHOD_GETTERS)) return undefined;
  return given(args) ?? heldBy(callee);
}

const METHOD_GETTERS: ReadonlySet<string> = new Set([
  'builtins.getattr',
  'dill._dill._get_attr',
  'dill._dill._getattr',
]);

/** The texts that a call hands over. */
export function textsHanded({ args }: CallUse): readonly string[] {
  return textsOf(args).texts;
}

function canonical({ module, name }: { module: string; name: string }): { module: string; name: string } {
  return { module: canonicalModule(module), name };
}

/** Functions of Python's own that call one of their arguments. */
const CALLS_ITS_ARGUMENT: ReadonlySet<string> = new Set(
  (
    'map filter reduce starmap accumulate takewhile dropwhile filterfalse groupby iter max min sorted nlargest nsmallest merge imap ifilter sub subn shuffle indent SequenceMatcher ndiff Differ ' +
    'FeedParser BytesFeedParser Parser BytesParser HeaderParser ref proxy detect_encoding generate_tokens'
  ).split(' '),
);

/** Its constructor looks for prefixes in the special cases, by the function that it gets for that. */
const SPACY_TOKENIZER = 'spacy.tokenizer.Tokenizer';

/** Bytes that are no text: numbers of an array, or a library's own serialisation. No function compiles or opens these. */
function isData(head: Uint8Array, latin1: string): boolean {
  // Bytes that the rebuilding function may unpickle.
  if (!cannotBeginPickle(head)) return false;
  if (head.includes(0)) return true;
  // Python's source can say that it is no UTF-8 (PEP 263).
  if (/coding[:=]/.test(latin1)) return false;
  try {
    // The kept bytes can end inside a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return false;
  } catch {
    return true;
  }
}

const VALUES_LOOKED_AT = 10_000;

interface Texts {
  /** Texts, and bytes that can be text; not those inside nested objects, which were judged when they were made. */
  readonly texts: readonly string[];
  /** There may be more of them. */
  readonly more: boolean;
}

function textsOf(args: Value): Texts {
  const texts: string[] = [];
  let more = false;
  const waiting: Value[] = [args];
  // A value can hold itself, and the same one many times.
  const seen = new Set<Value>();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (seen.size > VALUES_LOOKED_AT) return { texts, more: true };
    if ('lost' in next) more = true;
    if (next.kind === 'text') texts.push(next.text);
    else if (next.kind === 'bytes') {
      const text = String.fromCharCode(...next.head);
      if (!isData(next.head, text)) texts.push(text);
    } else if (next.kind === 'sequence') for (const item of next.items) waiting.push(item);
    else if (next.kind === 'dict') for (const [, value] of next.entries) waiting.push(value);
    else if (next.kind === 'call' && ENCODERS.has(next.callee.kind === 'global' ? next.callee.name : ''))
      waiting.push(next.args);
    // A name that exists only while loading, and a value beyond a limit.
    else if (next.kind === 'unknown') more = true;
  }
  return { texts, more };
}

/** Functions that make texts, or bytes of texts. */
const ENCODERS: ReadonlySet<string> = new Set([
  'encode',
  'decode',
  'str',
  'bytes',
  'bytearray',
  'concat',
  'add',
  'b64decode',
  'unhexlify',
]);

/** In words: the called function and its arguments. */
export function describeCall({ args }: CallUse, name: string): string {
  const text = describe(args, 200);
  return `${name}${args.kind === 'sequence' ? text.replace(/,\)$/, ')') : `(*${text})`}`;
}
