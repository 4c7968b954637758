/**
 * Calls of unknown functions, judged by their arguments. A pickle is meant to build objects of a library's classes, and rebuilding functions do the
 * same. A function that is called with a text may do anything with it: only a run shows what it does.
 */
import { isStandardValue } from '../../names/allowed.js';
import { canonicalModule, judge } from '../../names/capabilities.js';
import type { CallUse } from '../../readers/pickle/facts.js';
import { cannotBeginPickle } from '../../readers/pickle/opcodes.js';
import { reached } from '../../readers/pickle/resolve.js';
import { describe, itemsOf, type Value } from '../../readers/pickle/value.js';

/** The called function, as `module.name`, when only a run can show what the call does. */
export function unknownCall(call: CallUse): string | undefined {
  // These make an instance by `__new__` alone, whatever the name: anything but a class is refused.
  if (call.by === 'NEWOBJ' || call.by === 'NEWOBJ_EX') return undefined;
  const target = call.callee.kind === 'global' ? canonical(call.callee) : reached(call.callee);
  if (!target) return undefined;
  if (isStandardValue(target.module, target.name))
    return CALLS_ITS_ARGUMENT.has(target.name) ? given(call.args) : undefined;
  if (judge(target.module, target.name).kind !== 'unknown') return undefined;
  const name = target.name.split('.').at(-1) ?? target.name;
  const builds = CLASS.test(name) || REBUILDER.test(name);
  const { texts, any } = textsOf(call.args);
  // A callable that builds a part of a model often gets more arguments than are kept.
  if (builds ? !texts.some((text) => ACTING.test(text)) : !any) return undefined;
  return `${target.module}.${target.name}`;
}

/** A function of a library that one of Python's functions gets as an argument and calls. */
function given(args: Value): string | undefined {
  for (const arg of itemsOf(args) ?? []) {
    if (arg.kind !== 'global') continue;
    const { module, name } = canonical(arg);
    if (!CLASS.test(name.split('.').at(-1) ?? name) && judge(module, name).kind === 'unknown')
      return `${module}.${name}`;
  }
  return undefined;
}

function canonical({ module, name }: { module: string; name: string }): { module: string; name: string } {
  return { module: canonicalModule(module), name };
}

/** Functions of Python's own that call one of their arguments. */
const CALLS_ITS_ARGUMENT: ReadonlySet<string> = new Set(
  'map filter reduce starmap accumulate takewhile dropwhile filterfalse groupby iter max min sorted nlargest nsmallest merge imap ifilter sub subn'.split(
    ' ',
  ),
);

/** Names in the spelling of classes (PEP 8). */
const CLASS = /^_*[A-Z]/;

/** Usual names of the functions that a library's `__reduce__` returns. */
const REBUILDER =
  /unpickle|reconstruct|rebuild|restore|deserial|recreate|ctor|construct|from_(state|dict|bytes|buffer|serialized|pickle)|__setstate__|^_+(new|make|create|build|from|init|load|p$|utc$)|_(new|factory)$|^(new|make|create|build|get)_/i;

/** A text that could be code, a command, a path or an address, and no name, label or number. */
const ACTING = /[(;`|&<>$\\\n]|:\/\/|^\s*(import|from)\s|^(~|\.{0,2}\/|[A-Za-z]:[\\/])|\.\.\/|\s-{1,2}\w|__\w+__/;

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
  /** Whether there are texts or bytes at all, or may be. */
  readonly any: boolean;
}

function textsOf(args: Value): Texts {
  const texts: string[] = [];
  let any = false;
  const waiting: Value[] = [args];
  // A value can hold itself, and the same one many times.
  const seen = new Set<Value>();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (seen.size > VALUES_LOOKED_AT) return { texts, any: true };
    if ('lost' in next) any = true;
    if (next.kind === 'text') texts.push(next.text);
    else if (next.kind === 'bytes') {
      any = true;
      const text = String.fromCharCode(...next.head);
      if (!isData(next.head, text)) texts.push(text);
    } else if (next.kind === 'sequence') for (const item of next.items) waiting.push(item);
    else if (next.kind === 'dict') for (const [, value] of next.entries) waiting.push(value);
    else if (next.kind === 'call' && ENCODERS.has(next.callee.kind === 'global' ? next.callee.name : ''))
      waiting.push(next.args);
    // A name that exists only while loading, and a value beyond a limit.
    else if (next.kind === 'unknown') texts.push('$');
  }
  return { texts, any: any || texts.length > 0 };
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
