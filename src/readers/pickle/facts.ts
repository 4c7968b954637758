/**
 * Facts about pickles, bounded. A file can name more than memory holds: after the first of each kind, only names and calls that fall under a
 * rule by themselves are kept, a limited number of each rule. However much else comes before it, no rule loses its first finding.
 */
import type { Writing } from './inside.js';
import { isTorchId, storageOf, type StorageUse } from './tensor.js';
import type { CallKind, GlobalValue, Value } from './value.js';

/** Something the unpickler looks up by name. */
export interface GlobalUse {
  readonly module: string;
  readonly name: string;
  /** Offset of the first opcode that asks for it. */
  readonly offset: number;
  /** How often it was put on the stack, from the memo too: every use of it takes one. */
  count: number;
}

/** Something the unpickler calls. */
export interface CallUse {
  readonly by: CallKind;
  readonly callee: Value;
  readonly args: Value;
  readonly offset: number;
  /** As of the value that it gives. */
  readonly depth: number;
  count: number;
}

/** A text or byte string inside the pickle that holds something that begins like a pickle, an archive, packed data or bytecode. */
export interface Nested {
  readonly offset: number;
  readonly size: number;
  readonly writing: Writing;
  /** A call is known to load it. Otherwise it only begins like something that could be. */
  loaded: boolean;
}

/** What one or several streams do; filled by `walkStream`. */
export interface PickleFacts {
  readonly globals: Map<string, GlobalUse>;
  /** Calls: of each callee the first, and those that fall under a rule by themselves. */
  readonly calls: CallUse[];
  /** How often each callee was called. */
  readonly callCounts: Map<string, number>;
  /** Names that the file does not tell: built at load time, or an extension code. */
  readonly unresolved: { readonly offset: number; readonly why: string }[];
  /** Changes made to a looked-up thing itself, not to an instance of it. */
  readonly patches: { readonly offset: number; readonly target: GlobalValue; readonly value: Value }[];
  readonly nested: Nested[];
  /** Opcodes that do not fit the frame they are in: readers disagree about what follows. */
  readonly misframed: { readonly offset: number; readonly opcode: string }[];
  /** Ids for `persistent_load` that torch does not write. */
  readonly oddIds: { readonly offset: number; readonly id: Value }[];
  /** Tensors that do not fit their storage, and opcodes that write into tensors. */
  readonly tensors: { readonly offset: number; readonly why: string }[];
  /** Storages of torch's archives by key, as the largest that is said of each. */
  readonly storages: Map<string, StorageUse>;
  /** Places in the memo so far out that the unpickler fills memory with them. */
  readonly farMemo: { readonly offset: number; readonly index: number }[];
  /** Versions that libraries wrote into what they saved, by distribution. */
  readonly versions: Map<string, string>;
  /** How many of each rule came when there was no room for all; see facts.ts. */
  readonly telling: Map<string, number>;
  /** What could not be followed, and why. */
  readonly gaps: Set<string>;
  /** Files beside it that joblib before 0.10 reads arrays from by unpickling, and how many objects name one: each once, or this is no number. */
  readonly arrayFiles: Set<string>;
  /** And those that are compressed and have the bytes of an array alone. */
  readonly compressedFiles: Set<string>;
  arraysApart: number;
  /** Decides which of many are kept; undefined when the first ones suffice. */
  readonly rules: Telling | undefined;
}

export function emptyFacts(rules?: Telling): PickleFacts {
  return {
    globals: new Map(),
    calls: [],
    callCounts: new Map(),
    unresolved: [],
    patches: [],
    nested: [],
    misframed: [],
    oddIds: [],
    tensors: [],
    storages: new Map(),
    farMemo: [],
    versions: new Map(),
    telling: new Map(),
    gaps: new Set(),
    arrayFiles: new Set(),
    compressedFiles: new Set(),
    arraysApart: 0,
    rules,
  };
}

/**
 * Which rule a name or a call falls under by itself, if any, for callers that must not miss one among many. Callers that only need the format
 * of a file have none.
 */
export interface Telling {
  readonly ofName: (module: string, name: string) => string | undefined;
  readonly ofCall: (call: CallUse) => string | undefined;
}

/** Different names, calls, and whatever else there can be many of. */
const DISTINCT_KEPT = 50_000;
/** Calls of one callee. */
const CALLS_KEPT = 1000;
/** Odd things of one kind: a finding names the first of them. */
export const ODD_KEPT = 100;
/** Of each rule, past those. */
const TELLING_KEPT = 1000;

/** Adds a name that is not known yet. */
export function addGlobal(facts: PickleFacts, key: string, use: GlobalUse): void {
  if (facts.globals.size >= DISTINCT_KEPT) {
    facts.gaps.add(`it asks for more than ${DISTINCT_KEPT} different names`);
    if (!hasRoom(facts, 'name', facts.rules?.ofName(use.module, use.name))) return;
  }
  facts.globals.set(key, use);
}

export function addCall(facts: PickleFacts, call: CallUse): void {
  const key = calleeKey(call);
  const count = (facts.callCounts.get(key) ?? 0) + call.count;
  const within = count <= CALLS_KEPT && facts.calls.length < DISTINCT_KEPT;
  const kept = within || hasRoom(facts, 'call', facts.rules?.ofCall(call));
  if (kept) {
    facts.calls.push(call);
    facts.callCounts.set(key, count);
  } else addCount(facts, key, call.count);
}

export function addCount(facts: PickleFacts, key: string, more: number): void {
  const before = facts.callCounts.get(key);
  if (more > 0 && (before !== undefined || facts.callCounts.size < DISTINCT_KEPT))
    facts.callCounts.set(key, (before ?? 0) + more);
}

/** What calls are counted by: the name that is called, or what kind of value. */
export function calleeKey({ callee }: CallUse): string {
  return callee.kind === 'global' ? `${callee.module}\n${callee.name}` : callee.kind;
}

export function addStorage(facts: PickleFacts, storage: StorageUse): void {
  if (facts.storages.size < DISTINCT_KEPT || facts.storages.has(storage.key)) facts.storages.set(storage.key, storage);
  else facts.gaps.add(`it names more than ${DISTINCT_KEPT} storages`);
}

/** Adds a byte string that could be loaded; those that a call does load have room of their own. Returns whether it is kept. */
export function addNested(facts: PickleFacts, nested: Nested): boolean {
  if (facts.nested.length >= DISTINCT_KEPT) {
    facts.gaps.add(`it holds more than ${DISTINCT_KEPT} byte strings that look like pickles`);
    if (!nested.loaded || !hasRoom(facts, 'nested', 'loaded')) return false;
  }
  facts.nested.push(nested);
  return true;
}

/** An id for `persistent_load`, and the storage that it names. */
export function addPersistent(facts: PickleFacts, id: Value, offset: number): void {
  if (!isTorchId(id)) addFew(facts.oddIds, { offset, id }, ODD_KEPT);
  const storage = storageOf(id, offset);
  if (storage && storage.count > (facts.storages.get(storage.key)?.count ?? -1)) addStorage(facts, storage);
}

/** Keeps the first items of a list that falls under one rule as a whole. */
export function addFew<T>(list: T[], item: T, most = CALLS_KEPT): void {
  if (list.length < most) list.push(item);
}

function hasRoom(facts: PickleFacts, kind: string, rule: string | undefined): boolean {
  if (rule === undefined) return false;
  const key = `${kind} ${rule}`;
  const kept = facts.telling.get(key) ?? 0;
  facts.telling.set(key, kept + 1);
  return kept < TELLING_KEPT;
}
