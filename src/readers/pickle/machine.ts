/** The stack machine of a pickle: its stack, marks and memo, and what its opcodes do to them. */
import { addCall, addFew, addGlobal, addNested, addStorage, type Nested, type PickleFacts } from './facts.js';
import { arrayFile, ARRAYS_APART } from './joblib.js';
import { writingOf, type Writing } from './inside.js';
import { Op } from './opcodes.js';
import { versionMark } from './provenance.js';
import { isNamed, sharedThing } from './resolve.js';
import { quoted, rawUnicode } from './text.js';
import { isTensor, isTorchId, storageOf, tensorProblem } from './tensor.js';
import {
  FALSE,
  NONE,
  TRUE,
  UNKNOWN,
  canBeText,
  describe,
  encodedText,
  isNumber,
  itemsOf,
  type CallKind,
  type GlobalValue,
  type Value,
} from './value.js';

/** Longest text or bytes kept; module and attribute names are far shorter. */
export const TEXT_KEPT = 4096;
/** Functions that unpickle the bytes they are given, and which of their arguments these are. */
const LOADERS: ReadonlyMap<string, number> = new Map([
  ['_load_from_bytes', 0],
  ['loads', 0],
  ['_loads', 0],
  ['_unpickle__CustomPickled', 0],
  ['_numba_unpickle', 1],
  ['unpickle_vocab', 4],
  ['unpickle_doc', 1],
]);
/** A text from this length on is worth its place: what pickles and archives in a text begin to be. */
const TEXT_PLACED = 64;
/** What a text holds is told by its beginning. */
const TEXT_LOOK = 256;
/** Items kept of one container: what more there is, is counted. */
const ITEMS_KEPT = 512;
/** Entries of the memo at odd places. */
const FAR_KEPT = 1_000_000;
/** Python's pickler stacks a thousand items and what they lie in. A value there costs `STACKED` bytes. */
const STACKED = 53;
const LEAST_STACK = 100_000;
const HIGHEST_PROTOCOL = 5;
/** Calls of what a call gave that are followed: libraries have three in a row at most. */
const CALLS_DEEP = 100;
/** Odd things of one kind that are kept: their first is what is told. */
const ODD_KEPT = 100;
/** The memo is an array of twice this many pointers then: 2 GB (`_Unpickler_ResizeMemoList`). */
const FAR_MEMO = 1 << 27;

export interface Payload {
  readonly bytes: Buffer;
  readonly whole: boolean;
  readonly offset: number;
  readonly size: number;
}

/** What lay over a mark. */
interface Popped {
  /** The first of it: as much as is kept of a container. */
  readonly items: Value[];
  readonly count: number;
  /** Whether the others are all numbers. */
  readonly restIsNumbers: boolean;
}
/** Keys and values, and a callee. */
const POPPED_KEPT = 2 * ITEMS_KEPT + 1;

/** Told from any reason by identity of its odd text. */
export const STOPPED = '\u0000stopped';

export class Machine {
  protocol: number | undefined;
  result: Value | undefined;
  readonly #stack: Value[] = [];
  /** Stack heights at each MARK; the last one is the fence that no opcode but those that end it may reach under. */
  readonly #marks: number[] = [];
  #fence = 0;
  /** Indexes as they come, 0, 1, 2 …; the odd ones are in `#farMemo`. */
  readonly #memo: Value[] = [];
  /** Bytes, of the memo and of items. */
  #kept = 0;
  #stackLimit: number;
  /** Entries that follow those of `#memo` and were not kept. */
  readonly #forgotten = new Outlines();
  #lostOne = false;
  readonly #farMemo = new Map<number, Value>();
  /** The last at each offset. */
  readonly #nestedAt = new Map<number, Nested>();

  /** `room`: bytes that what it remembers may take. */
  constructor(
    private readonly facts: PickleFacts,
    private readonly room: number,
  ) {
    this.#stackLimit = this.#stackRoom();
  }

  get depth(): number {
    return this.#stack.length;
  }

  top(): Value | undefined {
    return this.#stack.at(-1);
  }

  /** Runs one opcode; answers why it fails, or STOPPED. */
  step(code: Op, at: number, number: number, payload?: Payload, second?: Payload): string | undefined {
    const stack = this.#stack;
    switch (code) {
      case Op.PROTO:
        if (number > HIGHEST_PROTOCOL) return `protocol ${number} does not exist`;
        this.protocol = Math.max(this.protocol ?? 0, number);
        return undefined;
      case Op.FRAME:
        return undefined;
      case Op.MARK:
        if (this.#marks.length > this.#stackLimit) return 'more marks than any model has';
        this.#marks.push(stack.length);
        this.#fence = stack.length;
        return undefined;
      case Op.STOP: {
        const value = this.#pop();
        if (!value) return UNDERFLOW;
        this.result = value;
        return STOPPED;
      }
      case Op.POP:
        if (this.#marks.length > 0 && this.#fence === stack.length) this.#popMark();
        else if (!this.#pop()) return UNDERFLOW;
        return undefined;
      case Op.POP_MARK: {
        const mark = this.#popMark();
        if (mark === undefined) return NO_MARK;
        stack.length = mark;
        return undefined;
      }
      case Op.DUP: {
        const value = this.#peek();
        return value ? this.#pushAgain(value) : UNDERFLOW;
      }
      case Op.NONE:
        return this.#push(NONE);
      case Op.NEWTRUE:
        return this.#push(TRUE);
      case Op.NEWFALSE:
        return this.#push(FALSE);
      case Op.BININT:
      case Op.BININT1:
      case Op.BININT2:
        return this.#push(SMALL[number] ?? { kind: 'int', value: number });
      case Op.BINFLOAT:
        return this.#push({ kind: 'float', value: number });
      case Op.INT:
        return this.#push(integerLine(payload, true));
      case Op.LONG:
        return this.#push(integerLine(payload, false));
      case Op.FLOAT:
        return this.#push({ kind: 'float', value: Number(latin1(payload)) });
      case Op.LONG1:
      case Op.LONG4:
        return this.#push(long(payload));
      case Op.STRING: {
        // Of a long one the closing quote is not kept.
        const text = quoted(latin1(payload) + (payload?.whole === false ? latin1(payload).charAt(0) : ''));
        if (text === undefined) return 'the argument of STRING is not quoted';
        if (payload)
          this.#lookInside({ ...payload, bytes: payload.bytes.subarray(1), offset: payload.offset + 1 }, false);
        return this.#push({ kind: 'text', text, whole: payload?.whole === true });
      }
      case Op.BINSTRING:
      case Op.SHORT_BINSTRING:
        this.#lookInside(payload, false);
        return this.#push({ kind: 'text', text: latin1(payload), whole: payload?.whole === true });
      case Op.UNICODE:
        return this.#push(this.#escaped(payload));
      case Op.BINUNICODE:
      case Op.SHORT_BINUNICODE:
      case Op.BINUNICODE8:
        this.#lookInside(payload, true);
        return this.#push(text(payload));
      case Op.BINBYTES:
      case Op.SHORT_BINBYTES:
      case Op.BINBYTES8:
      case Op.BYTEARRAY8:
        this.#lookInside(payload, false);
        return this.#push(bytesValue(payload));
      case Op.EMPTY_TUPLE:
        return this.#push({ kind: 'sequence', type: 'tuple', items: [], count: 0 });
      case Op.EMPTY_LIST:
        return this.#push({ kind: 'sequence', type: 'list', items: [], count: 0 });
      case Op.EMPTY_SET:
        return this.#push({ kind: 'sequence', type: 'set', items: [], count: 0 });
      case Op.EMPTY_DICT:
        return this.#push({ kind: 'dict', entries: [], count: 0 });
      case Op.TUPLE1:
        return this.#tuple(1);
      case Op.TUPLE2:
        return this.#tuple(2);
      case Op.TUPLE3:
        return this.#tuple(3);
      case Op.TUPLE:
      case Op.LIST:
      case Op.FROZENSET: {
        const popped = this.#popToMark();
        if (!popped) return NO_MARK;
        const type = code === Op.TUPLE ? 'tuple' : code === Op.LIST ? 'list' : 'frozenset';
        return this.#push(this.#sequence(type, popped));
      }
      case Op.DICT: {
        const popped = this.#popToMark();
        if (!popped) return NO_MARK;
        if (popped.count % 2 === 1) return 'DICT has a key without a value';
        const dict: Value = { kind: 'dict', entries: [], count: 0 };
        this.#setItems(dict, popped);
        return this.#push(dict);
      }
      case Op.APPEND:
      case Op.SETITEM: {
        const count = code === Op.APPEND ? 1 : 2;
        if (stack.length - count <= this.#fence) return UNDERFLOW;
        return this.#extend({ items: stack.splice(-count), count, restIsNumbers: true }, at, code === Op.SETITEM);
      }
      case Op.APPENDS:
      case Op.SETITEMS:
      case Op.ADDITEMS: {
        const popped = this.#popToMark();
        if (!popped) return NO_MARK;
        if (stack.length <= this.#fence) return UNDERFLOW;
        return this.#extend(popped, at, code === Op.SETITEMS);
      }
      case Op.PUT:
      case Op.BINPUT:
      case Op.LONG_BINPUT: {
        const value = this.#peek();
        if (!value) return UNDERFLOW;
        const index = code === Op.PUT ? lineIndex(payload) : number;
        if (!(index >= 0)) return 'PUT has no usable index';
        if (index >= FAR_MEMO && this.facts.farMemo.length < ODD_KEPT) this.facts.farMemo.push({ offset: at, index });
        this.#remember(index, value);
        return undefined;
      }
      case Op.MEMOIZE: {
        const value = this.#peek();
        if (!value) return UNDERFLOW;
        this.#remember(this.#memo.length + this.#forgotten.length + this.#farMemo.size, value);
        return undefined;
      }
      case Op.GET:
      case Op.BINGET:
      case Op.LONG_BINGET: {
        const index = code === Op.GET ? lineIndex(payload) : number;
        const value = this.#memo[index] ?? this.#farMemo.get(index);
        if (value) return this.#pushAgain(value);
        const end = this.#memo.length + this.#forgotten.length;
        if ((index < this.#memo.length || index >= end) && this.#farMemo.size < FAR_KEPT)
          return `nothing was put into the memo at ${index}`;
        const forgotten = this.#forgotten.at(index - this.#memo.length);
        if (forgotten === undefined && !this.#lostOne) {
          this.#lostOne = true;
          this.facts.gaps.add(
            `it remembers more objects than are followed, and uses one of the later ones at byte ${at}`,
          );
        }
        return this.#push(forgotten ?? UNKNOWN);
      }
      case Op.GLOBAL: {
        if (!payload || !second || payload.bytes.length === 0 || second.bytes.length === 0)
          return 'GLOBAL without a name';
        return this.#push(this.#global(utf8(payload.bytes), utf8(second.bytes), at, payload.whole && second.whole));
      }
      case Op.STACK_GLOBAL: {
        const name = this.#pop();
        const module = this.#pop();
        if (!name || !module) return UNDERFLOW;
        return this.#stackGlobal(module, name, at);
      }
      case Op.EXT1:
      case Op.EXT2:
      case Op.EXT4:
        if (number <= 0) return 'an extension code must be over 0';
        this.#unresolved(at, `extension code ${number}, whose meaning the program that loads the file has registered`);
        return this.#push(UNKNOWN);
      case Op.INST: {
        const popped = this.#popToMark();
        if (!popped) return NO_MARK;
        if (!payload || !second || payload.bytes.length === 0 || second.bytes.length === 0)
          return 'INST without a name';
        const callee = this.#global(utf8(payload.bytes), utf8(second.bytes), at, payload.whole && second.whole);
        return this.#calls('INST', callee, this.#sequence('tuple', popped), at);
      }
      case Op.OBJ: {
        const popped = this.#popToMark();
        if (!popped) return NO_MARK;
        const [callee, ...items] = popped.items;
        if (!callee) return UNDERFLOW;
        const args = this.#sequence('tuple', { ...popped, items, count: popped.count - 1 });
        return this.#calls('OBJ', callee, args, at);
      }
      case Op.REDUCE:
      case Op.NEWOBJ: {
        const args = this.#pop();
        const callee = this.#pop();
        if (!args || !callee) return UNDERFLOW;
        return this.#calls(code === Op.REDUCE ? 'REDUCE' : 'NEWOBJ', callee, args, at);
      }
      case Op.NEWOBJ_EX: {
        const named = this.#pop();
        const args = this.#pop();
        const callee = this.#pop();
        if (!named || !args || !callee) return UNDERFLOW;
        return this.#calls('NEWOBJ_EX', callee, args, at);
      }
      case Op.BUILD: {
        const state = this.#pop();
        const target = this.#peek();
        if (!state || !target) return UNDERFLOW;
        if (target.kind === 'global') addFew(this.facts.patches, { offset: at, target, value: state });
        // A module, or what is in one, however it was reached.
        const shared = target.kind === 'call' ? sharedThing(target) : undefined;
        if (shared) {
          const value: GlobalValue = { kind: 'global', ...shared, offset: at, uses: { count: 1 } };
          addFew(this.facts.patches, { offset: at, target: value, value: state });
        }
        if (target.kind === 'call') {
          if (isNamed(target.callee, ARRAYS_APART)) {
            const file = arrayFile(target, state);
            if (file !== undefined) this.facts.arrayFiles.add(file);
            this.facts.arraysApart += file === undefined ? -Infinity : 1;
          }
          target.state = state;
        }
        return undefined;
      }
      case Op.PERSID:
        // `load_persid` of CPython: the beginning of a ZIP archive is no id.
        if (payload?.bytes.some((byte) => byte >= 0x80) === true) return 'a persistent id that is no ASCII';
        return this.#persistent({ kind: 'text', text: latin1(payload), whole: payload?.whole === true }, at);
      case Op.BINPERSID: {
        const id = this.#pop();
        return id ? this.#persistent(id, at) : UNDERFLOW;
      }
      case Op.NEXT_BUFFER:
        return this.#push(UNKNOWN);
      case Op.READONLY_BUFFER:
        return this.#peek() ? undefined : UNDERFLOW;
    }
  }

  #push(value: Value): string | undefined {
    if (this.#stack.length >= this.#stackLimit) return 'it stacks more values than any model has';
    this.#stack.push(value);
    return undefined;
  }

  #pushAgain(value: Value): string | undefined {
    if (value.kind === 'global') value.uses.count += 1;
    return this.#push(value);
  }

  #pop(): Value | undefined {
    return this.#stack.length > this.#fence ? this.#stack.pop() : undefined;
  }

  #peek(): Value | undefined {
    return this.#stack.length > this.#fence ? this.#stack.at(-1) : undefined;
  }

  #popMark(): number | undefined {
    const mark = this.#marks.pop();
    this.#fence = this.#marks.at(-1) ?? 0;
    return mark;
  }

  #popToMark(): Popped | undefined {
    const mark = this.#popMark();
    if (mark === undefined) return undefined;
    const count = this.#stack.length - mark;
    const items = this.#stack.slice(mark, mark + Math.min(count, POPPED_KEPT));
    let next = mark + items.length;
    while (next < this.#stack.length && isNumber(this.#stack[next] ?? UNKNOWN)) next += 1;
    const restIsNumbers = next === this.#stack.length;
    this.#stack.length = mark;
    return { items, count, restIsNumbers };
  }

  #tuple(count: number): string | undefined {
    if (this.#stack.length - count < this.#fence) return UNDERFLOW;
    return this.#push(this.#sequence('tuple', { items: this.#stack.splice(-count), count, restIsNumbers: true }));
  }

  #sequence(type: 'tuple' | 'list' | 'frozenset', popped: Popped): Value {
    const value: Value = { kind: 'sequence', type, items: [], count: 0 };
    this.#addItems(value, popped);
    return value;
  }

  #addItems(target: Value & { kind: 'sequence' }, { items, count, restIsNumbers }: Popped): void {
    target.count += count;
    const more = items.slice(0, ITEMS_KEPT - target.items.length);
    if (more.length > 0 && this.#keep(more)) for (const item of more) target.items.push(item);
    else more.length = 0;
    if (!restIsNumbers || !items.every((item, index) => index < more.length || isNumber(item))) target.lost = true;
  }

  /** Whether there is room for these, which is taken then. */
  #keep(values: readonly Value[]): boolean {
    let cost = 0;
    for (const value of values) cost += costOf(value);
    if (this.#kept + cost + this.#stack.length * STACKED > this.room) return false;
    this.#kept += cost;
    this.#stackLimit = this.#stackRoom();
    return true;
  }

  #stackRoom(): number {
    return Math.max(LEAST_STACK, (this.room - this.#kept) / STACKED);
  }

  #extend(popped: Popped, at: number, pairs: boolean): string | undefined {
    const { items, count } = popped;
    if (pairs && count % 2 === 1) return 'SETITEMS has a key without a value';
    const target = this.#stack.at(-1);
    if (target?.kind === 'dict' && pairs) this.#setItems(target, popped);
    else if (target?.kind === 'sequence' && !pairs) this.#addItems(target, popped);
    else if (target?.kind === 'global' && items.length > 0) {
      const value: Value = { kind: 'sequence', type: 'list', items: items.slice(0, ITEMS_KEPT), count };
      addFew(this.facts.patches, { offset: at, target, value });
    } else if (target && isTensor(target) && items.length > 0) {
      this.#tensor(at, 'an opcode writes items into a tensor');
    }
    return undefined;
  }

  #setItems(dict: Value & { kind: 'dict' }, { items, count, restIsNumbers }: Popped): void {
    dict.count += count / 2;
    if (!restIsNumbers) dict.lost = true;
    for (let index = 0; index + 1 < items.length; index += 2) {
      const key = items[index];
      const value = items[index + 1];
      if (!key || !value) continue;
      if (dict.entries.length >= ITEMS_KEPT) {
        if (dict.lost) break;
        if (!isNumber(value)) dict.lost = true;
        continue;
      }
      const mark = versionMark(key, value);
      if (mark && !this.facts.versions.has(mark.distribution)) this.facts.versions.set(mark.distribution, mark.version);
      if (this.#keep([key, value])) dict.entries.push([key, value]);
      else if (!isNumber(value)) dict.lost = true;
    }
  }

  #remember(index: number, value: Value): void {
    const end = this.#memo.length + this.#forgotten.length;
    if (index < this.#memo.length) this.#memo[index] = value;
    else if (index < end) this.#forgotten.set(index - this.#memo.length, value);
    else if (index === end && !this.#farMemo.has(index)) {
      if (this.#forgotten.length === 0 && this.#keep([value])) this.#memo.push(value);
      else this.#forgotten.push(value);
    } else if (index >= end && (this.#farMemo.size < FAR_KEPT || this.#farMemo.has(index)))
      this.#farMemo.set(index, value);
  }

  #stackGlobal(module: Value, name: Value, at: number): string | undefined {
    if (module.kind === 'text' && name.kind === 'text') {
      return this.#push(this.#global(module.text, name.text, at, module.whole && name.whole));
    }
    // Only a text itself will do (`PyUnicode_CheckExact`): the unpickler stops at anything else.
    if (!canBeText(module) || !canBeText(name)) return 'STACK_GLOBAL needs two texts';
    this.#unresolved(at, `a name that is only made while loading: ${describe(module, 60)}.${describe(name, 60)}`);
    return this.#push(UNKNOWN);
  }

  #global(module: string, name: string, at: number, whole: boolean): Value {
    if (!whole) {
      this.#unresolved(at, `a name of more than ${TEXT_KEPT} bytes`);
      return UNKNOWN;
    }
    const key = `${module}\n${name}`;
    const uses = this.facts.globals.get(key) ?? { module, name, offset: at, count: 0 };
    uses.count += 1;
    if (uses.count === 1) addGlobal(this.facts, key, uses);
    return { kind: 'global', module, name, offset: at, uses };
  }

  /** Calls what can be called; the unpickler stops at anything else. */
  #calls(by: CallKind, callee: Value, args: Value, at: number): string | undefined {
    const { kind } = callee;
    if (kind === 'global' || kind === 'call' || kind === 'unknown' || kind === 'persistent')
      return this.#push(this.#call(by, callee, args, at));
    return `it calls ${describe(callee, 60)}, which is no function`;
  }

  #call(by: CallKind, callee: Value, args: Value, at: number): Value {
    const loaded = callee.kind === 'global' ? LOADERS.get(callee.name) : undefined;
    if (loaded !== undefined) this.#load(itemsOf(args)?.[loaded]);
    const problem = tensorProblem(callee, args);
    if (problem !== undefined) this.#tensor(at, problem);
    // What a call of a call of a call … gave is one value, and holds them all.
    const depth = callee.kind === 'call' ? callee.depth + 1 : 0;
    addCall(this.facts, { by, callee, args, offset: at, depth, count: 1 });
    return depth > CALLS_DEEP ? UNKNOWN : { kind: 'call', by, callee, args, offset: at, depth };
  }

  #unresolved(offset: number, why: string): void {
    addFew(this.facts.unresolved, { offset, why });
  }

  /** The text of a UNICODE argument. */
  #escaped(payload: Payload | undefined): Value {
    if (!payload) return UNKNOWN;
    const text = rawUnicode(latin1(payload));
    // What it holds begins behind escapes; how far it goes, its end in the file tells.
    const bytes = Buffer.from(text.slice(0, TEXT_LOOK), 'latin1');
    this.#lookInside({ ...payload, bytes }, false, 'escaped');
    const { whole, offset, size } = payload;
    return { kind: 'text', text, whole, place: { offset, size, escaped: true } };
  }

  /** A call unpickles these bytes, whatever they begin like. */
  #load(value: Value | undefined): void {
    const text = encodedText(value);
    const place = value?.kind === 'bytes' ? value : text?.place;
    if (!place) return;
    const known = this.#nestedAt.get(place.offset);
    const { offset, size } = place;
    if (known) known.loaded = true;
    else {
      const writing = !text ? 'raw' : text.place?.escaped === true ? 'escaped' : 'latin1';
      this.#nested({ offset, size, writing, loaded: true });
    }
  }

  /** Remembers what holds something that a call could load. */
  #lookInside(payload: Payload | undefined, isText: boolean, plain: Writing = isText ? 'latin1' : 'raw'): void {
    const found = payload && writingOf(payload.bytes, payload.size, isText);
    if (!found) return;
    const writing = found === 'raw' ? plain : found;
    this.#nested({ offset: payload.offset, size: payload.size, writing, loaded: false });
  }

  #nested(nested: Nested): void {
    if (addNested(this.facts, nested)) this.#nestedAt.set(nested.offset, nested);
  }

  #persistent(id: Value, at: number): string | undefined {
    if (!isTorchId(id) && this.facts.oddIds.length < ODD_KEPT) this.facts.oddIds.push({ offset: at, id });
    const storage = storageOf(id, at);
    if (storage && storage.count > (this.facts.storages.get(storage.key)?.count ?? -1)) {
      addStorage(this.facts, storage);
    }
    return this.#push({ kind: 'persistent', id });
  }

  #tensor(offset: number, why: string): void {
    if (this.facts.tensors.length < ODD_KEPT) this.facts.tensors.push({ offset, why });
  }
}

/** Bytes of memory, about: of an object with three or four fields, and of its text. */
function costOf(value: Value): number {
  if (value.kind === 'text') return 64 + value.text.length;
  // One object for all of the same value.
  return value.kind === 'int' && value.value >= 0 && value.value < SMALL.length ? 8 : 64;
}

/** Most numbers of a pickle are lengths, shapes and labels: one object for each does, as values of this kind never change. */
const SMALL: readonly Value[] = Array.from({ length: 1024 }, (_, value) => ({ kind: 'int', value }));

/** What plain values were, of which no more is kept than that: a large vocabulary holds millions. One byte each. */
class Outlines {
  #kinds: Uint8Array = NOTHING;
  length = 0;

  push(value: Value): void {
    if (this.length === this.#kinds.length) {
      const larger = new Uint8Array(Math.max(1024, 2 * this.length));
      larger.set(this.#kinds);
      this.#kinds = larger;
    }
    this.length += 1;
    this.set(this.length - 1, value);
  }

  set(index: number, value: Value): void {
    this.#kinds[index] =
      1 + OUTLINED.findIndex((kind) => kind === (value.kind === 'sequence' ? value.type : value.kind));
  }

  /** A new value each time: what an opcode adds to one is added to no other. Undefined for what is no plain value. */
  at(index: number): Value | undefined {
    const kind = OUTLINED[(this.#kinds[index] ?? 0) - 1];
    if (kind === undefined) return undefined;
    if (kind === 'text') return { kind, text: '', whole: false };
    if (kind === 'dict') return { kind, entries: [], count: 1, lost: true };
    return { kind: 'sequence', type: kind, items: [], count: 1, lost: true };
  }
}
const NOTHING = new Uint8Array(0);
const OUTLINED = ['text', 'dict', 'tuple', 'list', 'set', 'frozenset'] as const;

const UNDERFLOW = 'an opcode takes more from the stack than there is';
const NO_MARK = 'an opcode looks for a MARK that is not there';

function utf8(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function latin1(payload: Payload | undefined): string {
  return payload ? payload.bytes.toString('latin1') : '';
}

function text(payload: Payload | undefined): Value {
  if (!payload) return UNKNOWN;
  const { bytes, whole, offset, size } = payload;
  // Of a short one, all is known.
  return size < TEXT_PLACED
    ? { kind: 'text', text: utf8(bytes), whole }
    : { kind: 'text', text: utf8(bytes), whole, place: { offset, size } };
}

function bytesValue(payload: Payload | undefined): Value {
  if (!payload) return UNKNOWN;
  return {
    kind: 'bytes',
    head: Uint8Array.from(payload.bytes.subarray(0, 64)),
    offset: payload.offset,
    size: payload.size,
  };
}

function integerLine(payload: Payload | undefined, orBool: boolean): Value {
  const line = latin1(payload);
  if (orBool && (line === '00' || line === '01')) return line === '01' ? TRUE : FALSE;
  return { kind: 'int', value: Number(line.trim().replace(/L$/, '').replaceAll('_', '')) };
}

function lineIndex(payload: Payload | undefined): number {
  const line = latin1(payload).trim().replaceAll('_', '');
  return /^[+-]?\d+$/.test(line) ? Number(line) : NaN;
}

function long(payload: Payload | undefined): Value {
  if (!payload) return UNKNOWN;
  // Six bytes are exact in a double.
  if (payload.size > 6) return { kind: 'long', bytes: Uint8Array.from(payload.bytes.subarray(0, 64)) };
  let value = 0;
  for (const [index, byte] of payload.bytes.entries()) value += byte * 2 ** (8 * index);
  const negative = (payload.bytes.at(-1) ?? 0) >= 0x80;
  return { kind: 'int', value: negative ? value - 2 ** (8 * payload.size) : value };
}
