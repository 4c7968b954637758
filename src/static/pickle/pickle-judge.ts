/** Finds the faults in the acts of a pickle. */
import { actingCall, describeCall, heldByMethod, partialCall, textsHanded, unknownCall } from './calls.js';
import { isHeldByCode, makesFunctions, type Carried } from './carried.js';
import { CAPABILITY_RULES, type PICKLE_RULES } from './rules.js';
import { canonicalModule, isDangerousModule, judge, RUNNING } from '../../names/capabilities.js';
import { LOW_RULES } from '../marshal/carried-judge.js';
import { judgePython } from '../python-source/source-judge.js';
import { beginsWith, codeIn } from '../manifest/code-like.js';
import type { CallUse, PickleFacts, Telling } from '../../readers/pickle/facts.js';
import { isCarriedFunction, isExcused, isHarmlessCall, isHarmlessComputed, isMade } from './harmless.js';
import type { OwnText } from './own-text.js';
import { fillsMemory } from './memory.js';
import { pathOf } from '../../readers/pickle/code.js';
import { IMPORTERS, isNamed, reached } from '../../readers/pickle/resolve.js';
import type { PickleScan } from '../../readers/pickle/scan.js';
import { describe, itemsOf, plainIn, type GlobalValue, type Value } from '../../readers/pickle/value.js';
import { addAll } from '../../core/lists.js';

/** One thing that a rule found. Nothing in it is escaped yet. */
export interface PickleMatch {
  readonly rule: keyof typeof PICKLE_RULES;
  /** Distinguishes two matches of one rule. */
  readonly key: string;
  /** What the file does, as the beginning of a sentence. */
  readonly subject: string;
  readonly evidence: readonly { readonly offset: number; readonly text: string }[];
  readonly count: number;
  readonly global?: string;
  /** The texts and numbers that a call is given. */
  readonly given?: readonly string[] | undefined;
}

export interface Judged {
  readonly hits: PickleMatch[];
  /** Names of libraries that are not known here. */
  readonly unknown: readonly { readonly global: string; readonly offset: number }[];
}

export function judgeFacts(
  scan: PickleScan,
  carried?: Carried,
  texts: ReadonlyMap<Value, OwnText> = new Map(),
): Judged {
  const { facts } = scan;
  const hits: PickleMatch[] = [];
  const unknown: { global: string; offset: number }[] = [];
  const called = callsByGlobal(facts);

  for (const use of facts.globals.values()) {
    const module = canonicalModule(use.module);
    const verdict = judge(module, use.name);
    const global = `${use.module}.${use.name}`;
    const calls = called.get(`${use.module}\n${use.name}`) ?? [];
    if (verdict.kind === 'allowed' && !(calls.length > 0 && ACTS.has(`${module}.${use.name}`))) continue;
    if (verdict.kind === 'unknown') {
      if (runsOwnText(use, facts, calls, texts)) continue;
      unknown.push({ global, offset: use.offset });
      continue;
    }
    if (isExcused(facts, use, calls)) continue;
    if (calls.length === 0 && isHeldByCode(carried, use, pathOf(use))) continue;
    hits.push({
      rule: verdict.kind === 'dangerous' ? CAPABILITY_RULES[verdict.capability] : 'STATIC-PICKLE-UNLISTED',
      key: `${module}.${use.name}`,
      subject: subjectOf(`${module}.${use.name}`, calls),
      evidence: [{ offset: use.offset, text: `asks for ${global}` }, ...calls.map(callEvidence)],
      count: Math.max(1, facts.callCounts.get(`${use.module}\n${use.name}`) ?? 0),
      global,
      given: calls[0] && plainIn(calls[0].args),
    });
  }
  addAll(hits, detours(facts));
  addAll(hits, computedCalls(facts));
  for (const { module, offset } of carriedImports(facts)) {
    if (isDangerousModule(module)) unknown.push({ global: module, offset });
  }
  for (const { offset, why } of facts.unresolved.slice(0, 20)) {
    hits.push({
      rule: 'STATIC-PICKLE-UNRESOLVED',
      key: why,
      subject: why,
      evidence: [{ offset, text: why }],
      count: facts.unresolved.length,
    });
  }
  for (const { offset, target, value } of [...facts.patches, ...setStates(facts)].slice(0, 20)) {
    const text = `sets ${describe(value)} on ${target.module}.${target.name}`;
    hits.push({
      rule: 'STATIC-PICKLE-PATCH',
      key: `${target.module}.${target.name}`,
      subject: `Loading this file ${text}`,
      evidence: [{ offset, text }],
      count: 1,
      global: `${target.module}.${target.name}`,
    });
  }
  addAll(hits, [
    ...first(
      'STATIC-PICKLE-PERSISTENT',
      facts.oddIds,
      ({ id }) => `The pickle hands its loader the id ${describe(id)}`,
    ),
    ...first('STATIC-PICKLE-TENSOR', facts.tensors, ({ why }) => `In this file ${why}`),
    ...first('STATIC-PICKLE-BOMB', facts.farMemo, ({ index }) => `The pickle remembers an object at place ${index}`),
    ...first(
      'STATIC-PICKLE-BOMB',
      facts.calls.filter(fillsMemory),
      (call) => `The pickle makes ${describe({ kind: 'call', ...call }, 120)}`,
    ),
  ]);
  const [misframed] = facts.misframed;
  if (misframed) {
    const { offset, opcode } = misframed;
    hits.push({
      rule: 'STATIC-PICKLE-FRAME',
      key: '',
      subject: `${opcode} at byte ${offset}`,
      evidence: facts.misframed
        .slice(0, 8)
        .map((item) => ({ offset: item.offset, text: `${item.opcode} leaves its frame` })),
      count: facts.misframed.length,
    });
  }
  if (scan.broke && (unknown.length > 0 || hits.length > 0)) {
    const { offset, why } = scan.broke;
    const subject = `At byte ${offset} the pickle cannot be read on: ${why}`;
    hits.push({ rule: 'STATIC-PICKLE-BROKEN', key: '', subject, evidence: [{ offset, text: why }], count: 1 });
  }
  const calls = facts.calls.map((call) => ({ call, acting: actingCall(call), unknown: unknownCall(call) }));
  addAll(hits, actingCalls(calls));
  addAll(hits, unknownCalls(calls, texts));
  addAll(hits, handedCode(calls));
  addAll(hits, runTexts(facts, texts));
  return { hits, unknown };
}

/** A call, judged once: what it is known to do, or its name when only a run can show that. */
interface JudgedCall {
  readonly call: CallUse;
  readonly acting: ReturnType<typeof actingCall>;
  readonly unknown: string | undefined;
}

/** Calls of what libraries define that act on what they are given. */
function actingCalls(calls: readonly JudgedCall[]): PickleMatch[] {
  const hits = new Map<string, PickleMatch>();
  for (const { call, acting } of calls) {
    if (acting === undefined || hits.has(acting.name)) continue;
    const rule = CAPABILITY_RULES[acting.capability];
    // Whatever their number, one of each rule is reported.
    if (hits.size >= UNKNOWN_KEPT && [...hits.values()].some((hit) => hit.rule === rule)) continue;
    hits.set(acting.name, {
      rule,
      key: acting.name,
      subject: `Loading this file calls ${describeCall(call, acting.name)}`,
      evidence: [callEvidence(call)],
      count: 1,
      global: acting.name,
      given: plainIn(call.args),
    });
  }
  return [...hits.values()];
}

/** Calls whose effect only a run can show. */
function unknownCalls(calls: readonly JudgedCall[], texts: ReadonlyMap<Value, OwnText>): PickleMatch[] {
  const hits = new Map<string, PickleMatch>();
  for (const { call, acting, unknown } of calls) {
    const text = texts.get(call.args);
    if (text && (text.unclear === undefined || text.harm !== undefined)) continue;
    const isSettled = (isHarmlessComputed(call) && !partialCall(call)) || acting !== undefined;
    const name = isSettled ? heldByMethod(call) : unknown;
    if (name === undefined || hits.has(name) || hits.size >= UNKNOWN_KEPT) continue;
    hits.set(name, {
      rule: 'STATIC-PICKLE-UNKNOWN-CALL',
      key: name,
      subject:
        text?.unclear === undefined
          ? `Loading this file calls ${describeCall(call, name)}`
          : `Loading this file runs source in it by ${name}, and ${text.unclear}`,
      evidence: [callEvidence(call)],
      count: 1,
      global: name,
    });
  }
  return [...hits.values()];
}

/** Code, commands and names of functions that do harm, in texts that are handed to what may run them. */
function handedCode(calls: readonly JudgedCall[]): PickleMatch[] {
  const hits = new Map<string, PickleMatch>();
  for (const { call, acting, unknown } of calls) {
    const name = unknown ?? acting?.name;
    const harm = name === undefined ? undefined : harmIn(textsHanded(call));
    if (name === undefined || harm === undefined || hits.has(name) || hits.size >= UNKNOWN_KEPT) continue;
    hits.set(name, {
      rule: 'STATIC-PICKLE-HANDED-CODE',
      key: name,
      subject: `Loading this file hands ${name} ${harm}`,
      evidence: [callEvidence(call)],
      count: 1,
      global: name,
    });
  }
  return [...hits.values()];
}

function harmIn(texts: readonly string[]): string | undefined {
  for (const text of texts.slice(0, TEXTS_LOOKED_AT)) {
    const code = codeIn(text);
    if (code && beginsWith(code, text)) return `${code.what}: ${code.shown.trim()}`;
    const [hit] =
      IMPORTS.test(text) && text.length < PYTHON_LIMIT
        ? judgePython(text).hits.filter(({ rule }) => !LOW_RULES.has(rule))
        : [];
    if (hit) return `Python code. ${hit.subject}`;
    const [, module, function_] = NAMES_FUNCTION.exec(text) ?? [];
    if (module === undefined || function_ === undefined) continue;
    const verdict = judge(canonicalModule(module), function_);
    if (verdict.kind === 'dangerous' && RUNNING.has(verdict.capability)) return `the name of ${module}.${function_}`;
  }
  return undefined;
}

const TEXTS_LOOKED_AT = 200;
const PYTHON_LIMIT = 64 * 1024;
const IMPORTS = /^\s*(?:import|from)\s+\w/;
/** Names that are no files': `code.py` is one. */
const NAMES_FUNCTION = /^(os|posix|nt|subprocess|pty|runpy|ctypes|shutil|builtins|__builtin__)[.:](\w+)$/;

/** Every call of a name runs a text that stands in the file and was read. */
function runsOwnText(
  { module, name }: { readonly module: string; readonly name: string },
  { callCounts }: PickleFacts,
  calls: readonly CallUse[],
  texts: ReadonlyMap<Value, OwnText>,
): boolean {
  return (
    calls.length > 0 &&
    calls.length >= (callCounts.get(`${module}\n${name}`) ?? 0) &&
    calls.every(({ args }) => texts.has(args) && texts.get(args)?.unclear === undefined)
  );
}

/** Harm in texts that loading runs. */
function runTexts(facts: PickleFacts, texts: ReadonlyMap<Value, OwnText>): PickleMatch[] {
  for (const call of facts.calls) {
    const harm = texts.get(call.args)?.harm;
    if (harm === undefined) continue;
    return [
      {
        rule: 'STATIC-PICKLE-BYTECODE-LOAD',
        key: describe(call.callee, 120),
        subject: `Loading this file runs a text of it by ${describe(call.callee, 120)}. ${harm}`,
        evidence: [{ offset: call.offset, text: harm }],
        count: 1,
      },
    ];
  }
  return [];
}

const UNKNOWN_KEPT = 20;

/** One match for all odd values of a kind. */
function first<T extends { readonly offset: number }>(
  rule: PickleMatch['rule'],
  items: readonly T[],
  words: (item: T) => string,
): PickleMatch[] {
  const [item] = items;
  if (!item) return [];
  const evidence = items.slice(0, 8).map((odd) => ({ offset: odd.offset, text: words(odd) }));
  return [{ rule, key: '', subject: words(item), evidence, count: items.length }];
}

/** Harmless as a value, such as a model's way to report: a call while loading is an act, and typical of a file that tests whether it can act. */
const ACTS: ReadonlySet<string> = new Set(['builtins.print']);

function callsByGlobal(facts: PickleFacts): Map<string, CallUse[]> {
  const calls = new Map<string, CallUse[]>();
  for (const call of facts.calls) {
    if (call.callee.kind !== 'global') continue;
    const key = `${call.callee.module}\n${call.callee.name}`;
    const list = calls.get(key);
    if (list) list.push(call);
    else calls.set(key, [call]);
  }
  return calls;
}

function subjectOf(global: string, calls: readonly CallUse[]): string {
  const [call] = calls;
  if (!call) return `Loading this file looks up ${global}`;
  const more = calls.length > 1 ? ', among other calls of it' : '';
  return `Loading this file calls ${global}${argumentsOf(call.args)}${more}`;
}

function argumentsOf(args: Value): string {
  if (args.kind !== 'sequence') return `(*${describe(args)})`;
  const text = describe(args, 300);
  return args.type === 'tuple' && args.count === 1 ? text.replace(/,\)$/, ')') : text;
}

function callEvidence(call: CallUse): { offset: number; text: string } {
  return { offset: call.offset, text: `${call.by} ${describe(call.callee)}${argumentsOf(call.args)}` };
}

/** State setters of cloudpickle and dill that are called for an object that the file does not carry. */
function setStates(facts: PickleFacts): { offset: number; target: GlobalValue; value: Value }[] {
  return facts.calls.flatMap(({ callee, args, offset }) => {
    if (!isNamed(callee, STATE_SETTERS)) return [];
    const [owner, value] = itemsOf(args) ?? [];
    if (!owner || !value) return [];
    const target = owner.kind === 'global' ? owner : reached(owner);
    return target ? [{ offset, target: { kind: 'global', uses: { count: 1 }, offset, ...target }, value }] : [];
  });
}

const STATE_SETTERS: ReadonlySet<string> = new Set([
  'cloudpickle.cloudpickle._class_setstate',
  'cloudpickle.cloudpickle._function_setstate',
  'cloudpickle.cloudpickle._fill_function',
  'cloudpickle.cloudpickle._rehydrate_skeleton_class',
  'dill._dill._setitems',
]);

/** `('module', <class>, file, source)`: the form in which torch's legacy format names a layer's class; the class is judged like any name. */
function isPersistentClass(value: Value): boolean {
  const [kind, type] = (value.kind === 'persistent' && itemsOf(value.id)) || [];
  return kind?.kind === 'text' && kind.text === 'module' && (type?.kind === 'global' || isMade(type));
}

/** The rule that a name matches by itself; undefined when it matches none. */
export function ruleOfName(module: string, name: string): PickleMatch['rule'] | undefined {
  const verdict = judge(canonicalModule(module), name);
  if (verdict.kind === 'dangerous') return CAPABILITY_RULES[verdict.capability];
  return verdict.kind === 'unlisted' ? 'STATIC-PICKLE-UNLISTED' : undefined;
}

/** The rules by which readers of pickles keep further values, beyond the first of each kind. */
export const PICKLE_TELLING: Telling = { ofName: ruleOfName, ofCall: ruleOfCall };

/** The rule that a call matches by itself, whatever else the file does; undefined when it matches none. */
export function ruleOfCall(call: CallUse): PickleMatch['rule'] | undefined {
  const { callee, args } = call;
  if (makesFunctions(call)) return 'STATIC-PICKLE-BYTECODE';
  if (callee.kind === 'global') {
    const own = ruleOfName(callee.module, callee.name);
    if (own !== undefined && !isHarmlessCall(call)) return own;
    if (ACTS.has(`${canonicalModule(callee.module)}.${callee.name}`)) return 'STATIC-PICKLE-UNLISTED';
    if (isNamed(callee, STATE_SETTERS)) return 'STATIC-PICKLE-PATCH';
    const imported = isNamed(callee, IMPORTERS) ? itemsOf(args)?.[0] : undefined;
    if (imported?.kind === 'text' && isDangerousModule(imported.text)) return 'STATIC-PICKLE-UNKNOWN-GLOBAL';
  }
  if (fillsMemory(call)) return 'STATIC-PICKLE-BOMB';
  const target = reached({ kind: 'call', ...call });
  const detour = target && target.name !== '' ? ruleOfName(target.module, target.name) : undefined;
  const rule = detour ?? ruleOfComputed(call, calleeOf(call));
  if (rule !== undefined) return rule;
  if (isHarmlessComputed(call)) return heldByMethod(call) === undefined ? undefined : 'STATIC-PICKLE-UNKNOWN-CALL';
  const acting = actingCall(call);
  if (acting) return CAPABILITY_RULES[acting.capability];
  return unknownCall(call) === undefined ? undefined : 'STATIC-PICKLE-UNKNOWN-CALL';
}

function ruleOfComputed(call: CallUse, callee: Value): PickleMatch['rule'] | undefined {
  if (callee.kind === 'global' || isMade(callee) || isPersistentClass(callee) || isHarmlessComputed(call))
    return undefined;
  return isCarriedFunction(callee) ? 'STATIC-PICKLE-CALLS-CODE' : 'STATIC-PICKLE-CALLS-COMPUTED';
}

/** Calls of the result of a call. */
function computedCalls(facts: PickleFacts): PickleMatch[] {
  const hits: PickleMatch[] = [];
  for (const call of facts.calls) {
    const callee = calleeOf(call);
    const rule = ruleOfComputed(call, callee);
    if (rule === undefined) continue;
    const text = callee === call.callee ? `${describe(callee, 120)}${argumentsOf(call.args)}` : describe(callee, 120);
    hits.push({
      rule,
      key: '',
      subject: `Loading this file calls ${text}`,
      evidence: [callEvidence(call)],
      count: facts.callCounts.get(callee.kind) ?? 1,
    });
  }
  return hits;
}

/** The function that is called in the end: some allowed functions call one of their arguments. */
function calleeOf(call: CallUse): Value {
  if (call.callee.kind !== 'global') return call.callee;
  const name = `${canonicalModule(call.callee.module)}.${call.callee.name}`;
  const index = CALLERS.get(name);
  if (index !== undefined) return itemsOf(call.args)?.[index] ?? call.callee;
  // A name that is looked up is judged by that name, whatever function calls it.
  const lazy = LAZY_CALLERS.get(name);
  const called = lazy === undefined ? undefined : itemsOf(call.args)?.[lazy];
  const hasSentinel = name !== 'builtins.iter' || (itemsOf(call.args)?.length ?? 0) > 1;
  return called?.kind === 'call' && hasSentinel ? called : call.callee;
}

/** Harmless by themselves; the iterator that they make calls one of their arguments when it is consumed. `iter` does so with a sentinel. */
const LAZY_CALLERS: ReadonlyMap<string, number> = new Map([
  ['builtins.map', 0],
  ['builtins.filter', 0],
  ['builtins.iter', 0],
  ['functools.reduce', 0],
  ['heapq.nlargest', 2],
  ['heapq.nsmallest', 2],
  ['itertools.accumulate', 1],
  ['itertools.dropwhile', 0],
  ['itertools.filterfalse', 0],
  ['itertools.groupby', 1],
  ['itertools.starmap', 0],
  ['itertools.takewhile', 0],
]);

const CALLERS: ReadonlyMap<string, number> = new Map([
  ['cloudpickle.cloudpickle._make_skeleton_class', 0],
  ['dill._dill._create_array', 0],
  ['dill._dill._create_ftype', 0],
  ['dill._dill._create_type', 0],
  ['numpy.random._pickle.__generator_ctor', 1],
  ['numpy.random._pickle.__randomstate_ctor', 1],
  ['torch._tensor._rebuild_from_type_v2', 0],
]);

const DETOURS_KEPT = 100;

/** Names reached through getattr, __import__ and the like. */
function detours(facts: PickleFacts): PickleMatch[] {
  const hits: PickleMatch[] = [];
  const seen = new Set<string>();
  const callers = new Map<string, CallUse>();
  for (const call of facts.calls) {
    const got = call.callee.kind === 'call' ? reached(call.callee) : undefined;
    const name = got && `${got.module}.${got.name}`;
    if (name !== undefined && !callers.has(name)) callers.set(name, call);
  }
  for (const call of facts.calls) {
    const target = reached({ kind: 'call', ...call });
    if (!target || target.name === '') continue;
    const name = `${target.module}.${target.name}`;
    if (seen.has(name)) continue;
    const rule = ruleOfName(target.module, target.name);
    // Whatever their number, one of each rule is reported.
    if (rule === undefined || (hits.length >= DETOURS_KEPT && hits.some((hit) => hit.rule === rule))) continue;
    seen.add(name);
    const caller = callers.get(name);
    hits.push({
      rule,
      key: name,
      subject: caller
        ? `Loading this file calls ${name}${argumentsOf(caller.args)}, reached by a detour`
        : `Loading this file reaches ${name} by a detour`,
      evidence: [callEvidence(call), ...(caller ? [callEvidence(caller)] : [])],
      count: 1,
      global: name,
    });
  }
  return hits;
}

/** Modules that carried functions import by name. The dangerous ones are reported, though such a function may never be called. */
export function carriedImports(facts: PickleFacts): { module: string; offset: number }[] {
  return facts.calls.flatMap((call) => {
    const module = isNamed(call.callee, IMPORTERS) ? itemsOf(call.args)?.[0] : undefined;
    return module?.kind === 'text' && module.whole ? [{ module: module.text, offset: call.offset }] : [];
  });
}
