/** Finds and walks every pickle of a file: the first, those that follow it, and those after what cannot be read. */
import { ByteCursor, type ByteSource } from '../bytes.js';
import { canonicalModule, judge } from '../../names/capabilities.js';
import { walkStream, type StreamWalk, type WalkOptions } from './walk.js';
import {
  emptyFacts,
  type PickleFacts,
  addCall,
  addCount,
  addFew,
  addGlobal,
  addNested,
  addStorage,
  calleeKey,
  type Telling,
} from './facts.js';
import type { FirstPickle, FirstWalk } from './first.js';
import type { Stop } from '../units.js';
import { addAll } from '../../core/lists.js';

export interface PickleScan {
  readonly facts: PickleFacts;
  readonly streams: readonly StreamWalk[];
  /** What could not be read, one sentence part each; not yet escaped. */
  readonly gaps: readonly string[];
  /** The first stream broke here and for this reason. */
  readonly broke: { readonly offset: number; readonly why: string } | undefined;
  /** What was thrown in the middle: all else here was seen before, and counts. The caller has to rethrow it. */
  readonly ended: { readonly error: unknown } | undefined;
}

export interface PickleScanOptions {
  /** A loader unpickles this: what cannot be read of it is a gap. Otherwise it only may be a pickle. */
  readonly expected: boolean;
  /** Step over joblib's arrays. */
  readonly arrays: boolean;
  /** How many streams the loader reads; what follows them is no pickle. */
  readonly streams: number;
  /** Look for further pickles after what cannot be read. */
  readonly searchOn: boolean;
  /** One for all pickles of a file. */
  readonly guesses: GuessBudget;
  readonly rules: Telling | undefined;
  /** The first pickle, where it was walked before. */
  readonly first?: FirstWalk | undefined;
  readonly signal?: Stop;
}

/** Opcodes that walks from guessed starts may take together: a file made of starts would cost a walk for each. */
export class GuessBudget {
  left = 20_000_000;
}
/** What setting out on a walk costs, in opcodes. */
const GUESS_COST = 500;
const STREAMS_KEPT = 1000;
/** Searched at once: strings of this size are young when they die, larger ones fill the heap until the next great collection. */
const CHUNK = 64 * 1024;

export async function scanPickles(source: ByteSource, options: PickleScanOptions): Promise<PickleScan> {
  const facts = emptyFacts(options.rules);
  const streams: StreamWalk[] = [];
  const gaps: string[] = [];
  const walkOptions: WalkOptions = {
    arrays: options.arrays,
    cursor: new ByteCursor(source),
    ...(options.signal ? { signal: options.signal } : {}),
  };
  /** Those of the pickle that is being walked. */
  let walking: PickleFacts | undefined;
  const walkFrom = async (start: number): Promise<FirstPickle> => {
    const known = start === 0 ? options.first?.take(options.arrays) : undefined;
    if (known) return known;
    const facts = (walking = emptyFacts(options.rules));
    const walk = await walkStream(source, start, facts, walkOptions);
    walking = undefined;
    return { walk, facts };
  };
  let broke: PickleScan['broke'];
  let ended: PickleScan['ended'];
  let offset = 0;
  let count = 0;

  const walkAll = async (): Promise<void> => {
    while (offset < source.size && count < options.streams) {
      const { walk, facts: own } = await walkFrom(offset);
      if (walk.broke !== undefined) {
        // Bytes that no loader is known to unpickle may be anything: they are a pickle when they name something.
        const counts = (options.expected && count === 0) || namesSomething(own, walk);
        if (counts) {
          merge(facts, own);
          keep(streams, walk);
          broke ??= { offset: walk.end, why: walk.broke };
          if (options.expected || count > 0) gaps.push(`the pickle breaks at byte ${walk.end}: ${walk.broke}`);
        } else if (count > 0 && options.expected) {
          gaps.push(`${source.size - offset} bytes after the pickle's end at byte ${offset} are no pickle`);
        }
        if (options.searchOn && (options.expected || count > 0 || counts)) {
          // What was walked as part of a pickle is known; what only looked like one may hide a beginning.
          await scanRest(source, counts ? walk.end : offset + 1, { facts, streams, gaps }, options, walkOptions);
        }
        break;
      }
      merge(facts, own);
      keep(streams, walk);
      count += 1;
      offset = walk.end;
    }
  };
  try {
    await walkAll();
  } catch (error) {
    ended = { error };
    if (walking && namesSomething(walking, CUT_SHORT)) merge(facts, walking);
  }
  if (options.expected && source.size === 0) gaps.push('there are no bytes where a pickle should be');
  addAll(gaps, facts.gaps);
  return { facts, streams, gaps, broke, ended };
}

/** Walks from every offset that looks like a beginning, and keeps what names something. */
async function scanRest(
  source: ByteSource,
  from: number,
  { facts, streams, gaps }: { readonly facts: PickleFacts; readonly streams: StreamWalk[]; readonly gaps: string[] },
  { guesses, signal, rules }: PickleScanOptions,
  walkOptions: WalkOptions,
): Promise<void> {
  let next = from;
  for await (const start of starts(source, from, signal)) {
    if (start < next) continue;
    if (guesses.left <= 0) {
      gaps.push(`bytes from ${start} on were not searched for further pickles`);
      return;
    }
    const own = emptyFacts(rules);
    const walk = await walkStream(source, start, own, { ...walkOptions, opcodes: guesses.left });
    guesses.left -= walk.opcodes + GUESS_COST;
    if (!namesSomething(own, walk)) continue;
    merge(facts, own);
    keep(streams, walk);
    if (walk.broke === undefined) next = walk.end;
  }
}

async function* starts(source: ByteSource, from: number, signal?: Stop): AsyncGenerator<number> {
  // A name that lies across two pieces is found in the overlap.
  const overlap = 512;
  for (let offset = from; offset < source.size; offset += CHUNK) {
    signal?.throwIfAborted();
    for (const at of startsIn(await source.read(offset, CHUNK + overlap))) {
      if (at >= CHUNK) break;
      yield offset + at;
    }
  }
}

/**
 * PROTO of protocol 2 to 5, or GLOBAL and INST with two names on lines of their own. One may lie in the text of another: "ccos" holds "cos".
 * From the end on, so that each byte is looked at once: what follows it is known.
 */
function startsIn(bytes: Uint8Array): number[] {
  const found: number[] = [];
  // Whether the bytes up to the next line's begin are of a name, and whether that line is one.
  let named = false;
  let nextNamed = false;
  for (let at = bytes.length - 1; at >= 0; at -= 1) {
    const byte = bytes[at] ?? 0;
    const next = bytes[at + 1] ?? 0;
    if (byte === 0x80 && next >= 2 && next <= 5) found.push(at);
    if (byte === 0x0a) {
      nextNamed = named && BEGINS_NAME[next] === 1;
      named = true;
      continue;
    }
    if (!named) continue;
    if (nextNamed && (byte === 0x63 || byte === 0x69) && BEGINS_NAME[next] === 1) found.push(at);
    named = IN_NAME[byte] === 1;
  }
  return found.reverse();
}

/** Of ASCII alone, by byte. */
const BEGINS_NAME = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[A-Za-z_]/.test(String.fromCharCode(byte))));
const IN_NAME = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[\w.]/.test(String.fromCharCode(byte))));

/**
 * True when the walk asked for a name that could be one, or for one that hides. Words, each on its line, read as GLOBAL where one begins with a
 * `c`: of text that declares no protocol and breaks, a name counts when it is called, or when it is one of Python's or a library's.
 */
export function namesSomething(facts: PickleFacts, walk: Pick<StreamWalk, 'protocol' | 'broke'>): boolean {
  const names = [...facts.globals.values()].filter(({ module, name }) => NAME.test(module) && NAME.test(name));
  if (walk.protocol !== undefined || walk.broke === undefined || facts.callCounts.size > 0) return names.length > 0;
  return names.some(({ module, name }) => judge(canonicalModule(module), name).kind !== 'unknown');
}

/** A walk that did not come to its end; whether it declared a protocol is not known. */
const CUT_SHORT = { protocol: undefined, broke: 'it was not walked to its end' };

const NAME = /^[\p{L}_][\p{L}\p{N}_.]*$/u;

function keep(streams: StreamWalk[], walk: StreamWalk): void {
  if (streams.length < STREAMS_KEPT) streams.push(walk);
}

function merge(into: PickleFacts, from: PickleFacts): void {
  for (const [key, use] of from.globals) {
    const known = into.globals.get(key);
    if (known) known.count += use.count;
    else addGlobal(into, key, use);
  }
  // Counts after the calls themselves, which are counted as they are added: those that were not kept are in the counts alone.
  const kept = new Map<string, number>();
  for (const call of from.calls) {
    addCall(into, call);
    kept.set(calleeKey(call), (kept.get(calleeKey(call)) ?? 0) + call.count);
  }
  for (const [key, count] of from.callCounts) addCount(into, key, count - (kept.get(key) ?? 0));
  for (const name of from.arrayFiles) into.arrayFiles.add(name);
  for (const name of from.compressedFiles) into.compressedFiles.add(name);
  into.arraysApart += from.arraysApart;
  for (const item of from.unresolved) addFew(into.unresolved, item);
  for (const item of from.patches) addFew(into.patches, item);
  for (const item of from.nested) addNested(into, item);
  for (const item of from.misframed) addFew(into.misframed, item);
  for (const item of from.oddIds) addFew(into.oddIds, item);
  for (const item of from.tensors) addFew(into.tensors, item);
  for (const [key, storage] of from.storages) {
    if (storage.count > (into.storages.get(key)?.count ?? -1)) addStorage(into, storage);
  }
  for (const [name, version] of from.versions) if (!into.versions.has(name)) into.versions.set(name, version);
  for (const item of from.farMemo) addFew(into.farMemo, item);
  for (const gap of from.gaps) into.gaps.add(gap);
}
