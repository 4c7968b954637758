/** The stack machine of a pickle: what each opcode does to the stack, the marks and the memo. Nothing is resolved, built or called. */
import {
  bytesValue,
  escapedText,
  integerLine,
  latin1,
  lineIndex,
  long,
  SMALL_INTS,
  text,
  TEXT_KEPT,
  utf8,
  type Payload,
} from './arguments.js';
import { addCall, addFew, addGlobal, addPersistent, ODD_KEPT, type PickleFacts } from './facts.js';
import { addArrayApart } from './joblib.js';
import { ITEMS_KEPT, Kept, POPPED_KEPT, type Popped } from './kept.js';
import { Memo } from './memo.js';
import { NestedData } from './nested.js';
import { Op } from './opcodes.js';
import { sharedThing } from './resolve.js';
import { isTensor, tensorProblem } from './tensor.js';
import { quoted } from './text.js';
import {
  FALSE,
  NONE,
  TRUE,
  UNKNOWN,
  canBeText,
  describe,
  isNumber,
  type CallKind,
  type GlobalValue,
  type Value,
} from './value.js';

const HIGHEST_PROTOCOL = 5;
/** Calls of the result of a call that are followed: libraries have three in a row at most. */
const CALLS_DEEP = 100;
/** From this index on the unpickler's memo is an array of twice as many pointers: 2 GB (`_Unpickler_ResizeMemoList`). */
const FAR_MEMO = 1 << 27;

/** Returned by `step` at STOP. No reason for a failure has this text. */
export const STOPPED = '\u0000stopped';

export class Machine {
  protocol: number | undefined;
  result: Value | undefined;
  readonly #stack: Value[] = [];
  /** Stack heights at each MARK. */
  readonly #marks: number[] = [];
  /** The last of them: only opcodes that end the mark may take values from under it. */
  #fence = 0;
  readonly #kept: Kept;
  readonly #memo: Memo;
  readonly #nested: NestedData;

  /** `room`: bytes that everything kept may take. */
  constructor(
    private readonly facts: PickleFacts,
    room: number,
  ) {
    this.#kept = new Kept(facts, room, this.#stack);
    this.#memo = new Memo(facts, this.#kept);
    this.#nested = new NestedData(facts);
  }

  get depth(): number {
    return this.#stack.length;
  }

  /**
   * The value at the bottom of the stack with what lies above it in its place, as the opcodes that have not come would put it there: for who shows a
   * pickle of which only the begin was walked.
   */
  unfinished(): Value | undefined {
    const stack = this.#stack;
    let inner: Value | undefined;
    let end = stack.length;
    for (const mark of this.#marks.toReversed()) {
      const items = [...stack.slice(mark, Math.min(end, mark + POPPED_KEPT)), ...(inner ? [inner] : [])];
      const target = stack[mark - 1];
      const filled = target && withItems(target, items);
      // A tuple, or the arguments of a call: nothing that is there takes them.
      inner = filled ?? { kind: 'sequence', type: 'tuple', items, count: items.length };
      end = filled ? mark - 1 : mark;
    }
    const [bottom, ...rest] = stack.slice(0, Math.min(end, POPPED_KEPT));
    if (bottom === undefined) return inner;
    // What has no mark, as the one entry of a dict.
    return withItems(bottom, [...rest, ...(inner ? [inner] : [])]) ?? inner ?? bottom;
  }

  top(): Value | undefined {
    return this.#stack.at(-1);
  }

  /** Runs one opcode; returns why it fails, or STOPPED. */
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
        if (this.#marks.length > this.#kept.stackLimit) return 'more marks than any model has';
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
        return this.#push(SMALL_INTS[number] ?? { kind: 'int', value: number });
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
        // The closing quote of a long one is not kept.
        const text = quoted(latin1(payload) + (payload?.whole === false ? latin1(payload).charAt(0) : ''));
        if (text === undefined) return 'the argument of STRING is not quoted';
        if (payload)
          this.#nested.look({ ...payload, bytes: payload.bytes.subarray(1), offset: payload.offset + 1 }, false);
        return this.#push({ kind: 'text', text, whole: payload?.whole === true });
      }
      case Op.BINSTRING:
      case Op.SHORT_BINSTRING:
        this.#nested.look(payload, false);
        return this.#push({ kind: 'text', text: latin1(payload), whole: payload?.whole === true });
      case Op.UNICODE:
        return this.#escaped(payload);
      case Op.BINUNICODE:
      case Op.SHORT_BINUNICODE:
      case Op.BINUNICODE8:
        this.#nested.look(payload, true);
        return this.#push(text(payload));
      case Op.BINBYTES:
      case Op.SHORT_BINBYTES:
      case Op.BINBYTES8:
      case Op.BYTEARRAY8:
        this.#nested.look(payload, false);
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
        return this.#push(this.#kept.sequence(type, popped));
      }
      case Op.DICT: {
        const popped = this.#popToMark();
        if (!popped) return NO_MARK;
        if (popped.count % 2 === 1) return 'DICT has a key without a value';
        const dict: Value = { kind: 'dict', entries: [], count: 0 };
        this.#kept.setItems(dict, popped);
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
        if (index >= FAR_MEMO) addFew(this.facts.farMemo, { offset: at, index }, ODD_KEPT);
        this.#memo.put(index, value);
        return undefined;
      }
      case Op.MEMOIZE: {
        const value = this.#peek();
        if (!value) return UNDERFLOW;
        this.#memo.put(this.#memo.size, value);
        return undefined;
      }
      case Op.GET:
      case Op.BINGET:
      case Op.LONG_BINGET: {
        const index = code === Op.GET ? lineIndex(payload) : number;
        const value = this.#memo.get(index, at);
        if (!value) return `nothing was put into the memo at ${index}`;
        return this.#pushAgain(value);
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
        return this.#calls('INST', callee, this.#kept.sequence('tuple', popped), at);
      }
      case Op.OBJ: {
        const popped = this.#popToMark();
        if (!popped) return NO_MARK;
        const [callee, ...items] = popped.items;
        if (!callee) return UNDERFLOW;
        const args = this.#kept.sequence('tuple', { ...popped, items, count: popped.count - 1 });
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
        this.#build(target, state, at);
        return undefined;
      }
      case Op.PERSID:
        // As `load_persid` of CPython; otherwise the beginning of a ZIP archive would be an id.
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
    if (this.#stack.length >= this.#kept.stackLimit) return 'it stacks more values than any model has';
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
    return this.#push(this.#kept.sequence('tuple', { items: this.#stack.splice(-count), count, restIsNumbers: true }));
  }

  #extend(popped: Popped, at: number, pairs: boolean): string | undefined {
    const { items, count } = popped;
    if (pairs && count % 2 === 1) return 'SETITEMS has a key without a value';
    const target = this.#stack.at(-1);
    if (target?.kind === 'dict' && pairs) this.#kept.setItems(target, popped);
    else if (target?.kind === 'sequence' && !pairs) this.#kept.addItems(target, popped);
    else if (target?.kind === 'global' && items.length > 0) {
      const value: Value = { kind: 'sequence', type: 'list', items: items.slice(0, ITEMS_KEPT), count };
      addFew(this.facts.patches, { offset: at, target, value });
    } else if (target && isTensor(target) && items.length > 0) {
      this.#tensor(at, 'an opcode writes items into a tensor');
    }
    return undefined;
  }

  #stackGlobal(module: Value, name: Value, at: number): string | undefined {
    if (module.kind === 'text' && name.kind === 'text') {
      return this.#push(this.#global(module.text, name.text, at, module.whole && name.whole));
    }
    // The unpickler accepts exactly the type `str` (`PyUnicode_CheckExact`).
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

  /** Records a call; the unpickler stops when the callee cannot be called. */
  #calls(by: CallKind, callee: Value, args: Value, at: number): string | undefined {
    const { kind } = callee;
    if (kind === 'global' || kind === 'call' || kind === 'unknown' || kind === 'persistent')
      return this.#push(this.#call(by, callee, args, at));
    return `it calls ${describe(callee, 60)}, which is no function`;
  }

  #call(by: CallKind, callee: Value, args: Value, at: number): Value {
    this.#nested.called(callee, args);
    const problem = tensorProblem(callee, args);
    if (problem !== undefined) this.#tensor(at, problem);
    // The result of such a call contains all calls before it.
    const depth = callee.kind === 'call' ? callee.depth + 1 : 0;
    addCall(this.facts, { by, callee, args, offset: at, depth, count: 1 });
    return depth > CALLS_DEEP ? UNKNOWN : { kind: 'call', by, callee, args, offset: at, depth };
  }

  #unresolved(offset: number, why: string): void {
    addFew(this.facts.unresolved, { offset, why });
  }

  #escaped(payload: Payload | undefined): string | undefined {
    const value = escapedText(payload);
    this.#nested.lookEscaped(payload, value);
    return this.#push(value);
  }

  #build(target: Value, state: Value, at: number): void {
    if (target.kind === 'global') addFew(this.facts.patches, { offset: at, target, value: state });
    if (target.kind !== 'call') return;
    // A module or a member of one, however the pickle obtained it.
    const shared = sharedThing(target);
    if (shared) {
      const value: GlobalValue = { kind: 'global', ...shared, offset: at, uses: { count: 1 } };
      addFew(this.facts.patches, { offset: at, target: value, value: state });
    }
    addArrayApart(this.facts, target, state);
    // A call in between ran with the first state: neither state describes the object for the whole pickle.
    target.state = target.state === undefined ? state : UNKNOWN;
  }

  #persistent(id: Value, at: number): string | undefined {
    addPersistent(this.facts, id, at);
    return this.#push({ kind: 'persistent', id });
  }

  #tensor(offset: number, why: string): void {
    addFew(this.facts.tensors, { offset, why }, ODD_KEPT);
  }
}

/** A list, set or dict with more in it; undefined for what takes nothing. */
function withItems(target: Value, items: readonly Value[]): Value | undefined {
  if (target.kind === 'sequence' && target.type !== 'tuple')
    return { ...target, items: [...target.items, ...items], count: target.count + items.length };
  if (target.kind !== 'dict') return undefined;
  const pairs = items.flatMap((key, at): [Value, Value][] => (at % 2 === 0 ? [[key, items[at + 1] ?? UNKNOWN]] : []));
  return { ...target, entries: [...target.entries, ...pairs], count: target.count + pairs.length };
}

const UNDERFLOW = 'an opcode takes more from the stack than there is';
const NO_MARK = 'an opcode looks for a MARK that is not there';
