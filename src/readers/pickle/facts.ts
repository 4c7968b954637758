/**
 * What is kept of what pickles do. A file can name more than memory holds: past the first of each kind, what falls under a rule by itself is
 * still kept, so many of each rule. However much harmless is put before it, and whatever lesser findings, no rule loses its first finding.
 */
import type { CallUse, GlobalUse, Nested, PickleFacts } from './emulate.js';
import { ruleOfCall, ruleOfName } from '../../static/pickle/judge.js';
import type { StorageUse } from './tensor.js';

/** Different names, calls, and whatever else there can be many of. */
const DISTINCT_KEPT = 50_000;
/** Calls of one callee. */
const CALLS_KEPT = 1000;
/** Of each rule, past those. */
const TELLING_KEPT = 1000;

/** Another name than those that are known. */
export function addGlobal(facts: PickleFacts, key: string, use: GlobalUse): void {
  if (facts.globals.size >= DISTINCT_KEPT) {
    facts.gaps.add(`it asks for more than ${DISTINCT_KEPT} different names`);
    if (!hasRoom(facts, 'name', ruleOfName(use.module, use.name))) return;
  }
  facts.globals.set(key, use);
}

export function addCall(facts: PickleFacts, call: CallUse): void {
  const key = calleeKey(call);
  const count = (facts.callCounts.get(key) ?? 0) + call.count;
  const within = count <= CALLS_KEPT && facts.calls.length < DISTINCT_KEPT;
  const kept = within || hasRoom(facts, 'call', ruleOfCall(call));
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

/** A byte string that could be loaded: those that a call is known to load have room of their own. Answers whether it is kept. */
export function addNested(facts: PickleFacts, nested: Nested): boolean {
  if (facts.nested.length >= DISTINCT_KEPT) {
    facts.gaps.add(`it holds more than ${DISTINCT_KEPT} byte strings that look like pickles`);
    if (!nested.loaded || !hasRoom(facts, 'nested', 'STATIC-PICKLE-LOADER')) return false;
  }
  facts.nested.push(nested);
  return true;
}

/** Of what falls under one rule as a whole, the first ones do. */
export function addFew<T>(list: T[], item: T): void {
  if (list.length < CALLS_KEPT) list.push(item);
}

function hasRoom(facts: PickleFacts, kind: string, rule: string | undefined): boolean {
  if (rule === undefined) return false;
  const key = `${kind} ${rule}`;
  const kept = facts.telling.get(key) ?? 0;
  facts.telling.set(key, kept + 1);
  return kept < TELLING_KEPT;
}
