/**
 * Data of R, as `saveRDS` and `save` write it (`src/main/serialize.c`, versions 2 and 3), read to its end. Numbers and texts are stepped over; code
 * is kept, for any value can hold it: functions, calls, promises, and the environments that functions carry with them. Nothing is evaluated.
 */
import { addAll } from '../../core/lists.js';
import type { Stop } from '../units.js';
import { AsciiInput, BinaryInput, RDataError, type RInput } from './input.js';

/** A piece of code. */
export type RCode =
  | { readonly kind: 'name' | 'builtin'; readonly name: string }
  /** A vector of texts, the first of them. */
  | { readonly kind: 'text'; readonly texts: readonly string[] }
  | { readonly kind: 'call'; readonly at: number; readonly of: RCode; readonly args: readonly RArgument[] }
  /** Arguments of a function and their defaults; any other list in code. */
  | { readonly kind: 'pairs'; readonly items: readonly RArgument[] }
  | { readonly kind: 'function'; readonly at: number; readonly formals: RCode; readonly body: RCode }
  /** Compiled code: the first constant is the code as it was written. */
  | { readonly kind: 'compiled'; readonly constants: readonly RCode[] }
  | { readonly kind: 'promise'; readonly at: number; readonly code: RCode; readonly forced: boolean }
  | { readonly kind: 'other' };

export interface RArgument {
  readonly name: string | undefined;
  readonly value: RCode;
}

/** Code that lies in no other code. */
export interface RFound {
  readonly code: RCode;
  readonly at: number;
  /** The name that it is bound to. */
  readonly name: string | undefined;
  /** In an environment, where functions keep their arguments: a promise there is usual. */
  readonly bound: boolean;
  /** Reading the name calls the function. */
  readonly active: boolean;
  /** A variable of a saved workspace. */
  readonly top: boolean;
}

export interface RVisitor {
  readonly code: (found: RFound) => void;
  /** A vector that is made by a class of its own when it is read; `text` is the first text of its state. */
  readonly special: (name: string, text: string | undefined, at: number) => void;
}

/** Why the data was not read to its end; undefined when it was. */
export function readRData(bytes: Uint8Array, visitor: RVisitor, signal?: Stop): string | undefined {
  try {
    const { input, workspace } = begin(bytes);
    const reader = new Reader(input, visitor, signal);
    reader.root(workspace);
    return input.left > 0 ? `${input.left} bytes follow the end of its data` : undefined;
  } catch (error) {
    if (error instanceof RDataError) return error.message;
    // The depth of JavaScript's own calls.
    if (error instanceof RangeError) return 'it is nested deeper than is read';
    throw error;
  }
}

/** The first bytes of a workspace, and of any data: its form and version. */
const WORKSPACE = /^RD[XAB][123]\n/;
const ASCII_DATA = /^A\n[23]\n\d{5,6}\n/;

export function isRData(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 32)).toString('latin1');
  if (WORKSPACE.test(head) || ASCII_DATA.test(head)) return true;
  // The version of the format, 2 or 3, then that of R: three small numbers in four bytes.
  const [, , a, b, c, d, e = 0] = bytes;
  if (head.startsWith('X\n')) return a === 0 && b === 0 && c === 0 && (d === 2 || d === 3) && e === 0;
  return head.startsWith('B\n') && (a === 2 || a === 3) && b === 0 && c === 0 && d === 0;
}

function begin(bytes: Uint8Array): { input: RInput; workspace: boolean } {
  const head = Buffer.from(bytes.subarray(0, 32)).toString('latin1');
  const workspace = WORKSPACE.test(head);
  if (/^RD.1/.test(head)) throw new RDataError('it was written by an R of before 1.4, whose format is not read');
  const start = workspace ? 5 : 0;
  const form = head.slice(start, start + 2);
  if (!/^[XAB]\n$/.test(form)) throw new RDataError('it does not say in which form it is written');
  const input = form === 'A\n' ? new AsciiInput(bytes, start + 2) : new BinaryInput(bytes, start + 2, form === 'B\n');
  const version = input.int();
  if (version !== 2 && version !== 3) throw new RDataError(`its version is ${version}, which is not read`);
  input.skip(2, 4, 1);
  if (version === 3) input.text(length(input.int()));
  return { input, workspace };
}

function length(given: number): number {
  if (given < 0) throw new RDataError('a length is negative');
  return given;
}

/** Values in values. R itself ends at some thousands. */
const DEPTH_LIMIT = 1500;
/** Pieces of code that are kept, and hundreds of characters of text in them. */
const CODE_LIMIT = 2_000_000;
/** Symbols and environments that later parts refer to. */
const REFERENCES_LIMIT = 2_000_000;
/** Texts of one vector that are kept. */
const TEXTS_KEPT = 8;
/** Values between two looks at the clock. */
const PAUSE = 16_384;

// `SEXPTYPE` of `Rinternals.h`, and the numbers that `serialize.c` adds.
const NIL = 0;
const SYMBOL = 1;
const PAIRS = 2;
const CLOSURE = 3;
const ENVIRONMENT = 4;
const PROMISE = 5;
const CALL = 6;
const SPECIAL = 7;
const BUILTIN = 8;
const CHARS = 9;
const LOGICAL = 10;
const INTEGER = 13;
const REAL = 14;
const COMPLEX = 15;
const STRINGS = 16;
const DOTS = 17;
const LIST = 19;
const EXPRESSION = 20;
const BYTECODE = 21;
const POINTER = 22;
const WEAK = 23;
const RAW = 24;
const S4 = 25;
const ALTREP = 238;
const ATTRIBUTED_PAIRS = 239;
const ATTRIBUTED_CALL = 240;
const BASE_ENVIRONMENT = 241;
const EMPTY_ENVIRONMENT = 242;
const REPEATED = 243;
const REPEATED_DEFINITION = 244;
const PERSISTENT = 247;
const PACKAGE = 248;
const NAMESPACE = 249;
const BASE_NAMESPACE = 250;
const MISSING = 251;
const UNBOUND = 252;
const GLOBAL = 253;
const NULL = 254;
const REFERENCE = 255;

const HAS_ATTRIBUTES = 1 << 9;
const HAS_TAG = 1 << 10;
/** `ACTIVE_BINDING_MASK` of the levels, which stand from bit 12 on. */
const ACTIVE = (1 << 15) << 12;

const OTHER: RCode = { kind: 'other' };
/** The value of a promise that was not evaluated. */
const NOTHING: RCode = { kind: 'other' };

/** Where a value stands. */
interface Context {
  /** Inside code: what is read there is kept. */
  readonly code: boolean;
  readonly name?: string | undefined;
  readonly bound?: boolean;
  readonly active?: boolean;
  readonly top?: boolean;
}

const AS_DATA: Context = { code: false };
const AS_CODE: Context = { code: true };
const IN_ENVIRONMENT: Context = { code: false, bound: true };

class Reader {
  readonly #references: (string | undefined)[] = [];
  #depth = 0;
  #kept = 0;
  #values = 0;
  /** The first name and text since they were last forgotten, of what describes a vector and its state. */
  #first: { name?: string | undefined; text?: string | undefined } = {};
  /** Parts of compiled code that others stand for. */
  #repeated = new Map<number, RCode>();

  constructor(
    private readonly input: RInput,
    private readonly visitor: RVisitor,
    private readonly signal: Stop | undefined,
  ) {}

  root(workspace: boolean): void {
    this.#item(workspace ? { code: false, top: true } : AS_DATA);
  }

  #item(context: Context): RCode {
    const { at } = this.input;
    const flags = this.input.int();
    return this.#ofType(flags & 0xff, flags, at, context);
  }

  #ofType(type: number, flags: number, at: number, context: Context): RCode {
    this.#values += 1;
    if (this.#values % PAUSE === 0) this.signal?.throwIfAborted();
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) throw new RDataError(`values are nested more than ${DEPTH_LIMIT} deep`);
    const read = this.#read(type, flags, at, context);
    this.#depth -= 1;
    return read;
  }

  #read(type: number, flags: number, at: number, context: Context): RCode {
    switch (type) {
      case NIL:
      case NULL:
      case GLOBAL:
      case MISSING:
      case BASE_NAMESPACE:
      case EMPTY_ENVIRONMENT:
      case BASE_ENVIRONMENT:
        return OTHER;
      case UNBOUND:
        return NOTHING;
      case REFERENCE: {
        const name = this.#references[(flags >> 8 === 0 ? this.input.int() : flags >> 8) - 1];
        if (name === undefined) return OTHER;
        this.#first.name ??= name;
        return { kind: 'name', name };
      }
      case SYMBOL: {
        const name = this.#chars(this.#item(AS_DATA));
        this.#refer(name);
        this.#first.name ??= name;
        return { kind: 'name', name };
      }
      case NAMESPACE:
      case PACKAGE:
      case PERSISTENT: {
        this.input.int();
        const count = length(this.input.int());
        for (let index = 0; index < count; index += 1) this.#item(AS_DATA);
        this.#refer(undefined);
        return OTHER;
      }
      case ENVIRONMENT:
        return this.#environment();
      case CALL:
      case CLOSURE:
      case PROMISE:
        return this.#found(this.#code(type, flags, at), at, context);
      case PAIRS:
      case DOTS:
        return this.#pairs(flags, context, type === DOTS);
      case SPECIAL:
      case BUILTIN: {
        const builtin: RCode = { kind: 'builtin', name: this.input.text(length(this.input.int())) };
        return this.#found(builtin, at, context);
      }
      case BYTECODE: {
        length(this.input.int());
        const around = this.#repeated;
        this.#repeated = new Map();
        const code = this.#bytecode();
        this.#repeated = around;
        this.#attributes(flags);
        return this.#found(code, at, context);
      }
      case CHARS: {
        const size = this.input.int();
        const text = size < 0 ? '' : this.input.text(size);
        this.#attributes(flags);
        return { kind: 'text', texts: [text] };
      }
      case ALTREP:
        return this.#special(at);
      default:
        return this.#vector(type, flags, context);
    }
  }

  #vector(type: number, flags: number, context: Context): RCode {
    let read: RCode = OTHER;
    switch (type) {
      case LOGICAL:
      case INTEGER:
        this.input.skip(this.#length(), 4, 1);
        break;
      case REAL:
        this.input.skip(this.#length(), 8, 1);
        break;
      case COMPLEX:
        this.input.skip(this.#length(), 16, 2);
        break;
      case RAW:
        this.input.skip(this.#length(), 1, 1);
        break;
      case STRINGS:
        read = this.#strings(context.code);
        break;
      case LIST:
      case EXPRESSION: {
        const count = this.#length();
        for (let index = 0; index < count; index += 1) this.#item(AS_DATA);
        break;
      }
      case POINTER:
        this.#refer(undefined);
        this.#item(AS_DATA);
        this.#item(AS_DATA);
        break;
      case WEAK:
        this.#refer(undefined);
        break;
      case S4:
        break;
      default:
        throw new RDataError(`a value has the type ${type}, which does not exist`);
    }
    this.#attributes(flags);
    return read;
  }

  #strings(code: boolean): RCode {
    const count = this.#length();
    const texts: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const text = this.#chars(this.#item(AS_DATA));
      if (texts.length >= TEXTS_KEPT) continue;
      texts.push(text);
      if (code) this.#keep(text.length / 100);
    }
    this.#first.text ??= texts[0];
    return { kind: 'text', texts };
  }

  #chars(read: RCode): string {
    return read.kind === 'text' ? (read.texts[0] ?? '') : '';
  }

  #length(): number {
    const short = this.input.int();
    if (short !== -1) return length(short);
    const high = this.input.int();
    return length(high) * 2 ** 32 + (this.input.int() >>> 0);
  }

  #attributes(flags: number): void {
    if ((flags & HAS_ATTRIBUTES) !== 0) this.#item(AS_DATA);
  }

  #refer(name: string | undefined): void {
    if (this.#references.length >= REFERENCES_LIMIT) throw new RDataError('it has more names than are kept');
    this.#references.push(name);
  }

  #keep(weight = 1): void {
    this.#kept += weight;
    if (this.#kept > CODE_LIMIT) throw new RDataError('it holds more code than is looked at');
  }

  /** Code that lies in no other is handed over, and forgotten. */
  #found(code: RCode, at: number, { code: inside, name, bound, active, top }: Context): RCode {
    if (inside) return code;
    this.visitor.code({ code, at, name, bound: bound === true, active: active === true, top: top === true });
    return OTHER;
  }

  #environment(): RCode {
    this.#refer(undefined);
    this.input.int();
    // The enclosing environment, bindings in a list, bindings in a table, attributes.
    this.#item(AS_DATA);
    this.#item(IN_ENVIRONMENT);
    this.#table();
    this.#item(AS_DATA);
    return OTHER;
  }

  /** A vector of lists of bindings. */
  #table(): void {
    const flags = this.input.int();
    if ((flags & 0xff) !== LIST) {
      this.#ofType(flags & 0xff, flags, this.input.at, AS_DATA);
      return;
    }
    const count = this.#length();
    for (let index = 0; index < count; index += 1) this.#item(IN_ENVIRONMENT);
    this.#attributes(flags);
  }

  /** A list of named values, one after another; its items, when it is part of code. */
  #pairs(first: number, context: Context, dots: boolean): RCode {
    const items: RArgument[] = [];
    const bindings = context.bound === true || context.top === true;
    for (let flags = first; ;) {
      this.#attributes(flags);
      const tag = (flags & HAS_TAG) === 0 ? OTHER : this.#item(AS_DATA);
      const name = tag.kind === 'name' ? tag.name : undefined;
      const inside: Context = context.code
        ? AS_CODE
        : {
            code: false,
            name: bindings ? name : context.name,
            bound: (bindings && context.top !== true) || dots,
            top: context.top === true,
            active: bindings && (flags & ACTIVE) !== 0,
          };
      const value = this.#item(inside);
      if (context.code) {
        this.#keep();
        items.push({ name, value });
      }
      const { at } = this.input;
      flags = this.input.int();
      const type = flags & 0xff;
      this.#values += 1;
      if (this.#values % PAUSE === 0) this.signal?.throwIfAborted();
      if (type === PAIRS || type === DOTS || type === CALL) continue;
      this.#ofType(type, flags, at, AS_DATA);
      return context.code ? { kind: 'pairs', items } : OTHER;
    }
  }

  #code(type: number, flags: number, at: number): RCode {
    this.#keep();
    this.#attributes(flags);
    // The environment of a function or a promise; the name of a call that is itself an argument.
    if ((flags & HAS_TAG) !== 0) this.#item(AS_DATA);
    // Code in a function is kept although the function itself may be handed over.
    const first = this.#item(AS_CODE);
    const second = this.#item(AS_CODE);
    switch (type) {
      case CLOSURE:
        return { kind: 'function', at, formals: first, body: second };
      case PROMISE:
        return { kind: 'promise', at, code: second, forced: first !== NOTHING };
      default:
        return { kind: 'call', at, of: first, args: argumentsOf(second) };
    }
  }

  /** `ReadBC1`: instructions, then constants, each with its type before it. */
  #bytecode(): RCode {
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) throw new RDataError(`code is nested more than ${DEPTH_LIMIT} deep`);
    this.#item(AS_DATA);
    const count = length(this.input.int());
    const constants: RCode[] = [];
    for (let index = 0; index < count; index += 1) {
      const type = this.input.int();
      this.#keep();
      if (type === BYTECODE) constants.push(this.#bytecode());
      else if (LANGUAGE.has(type)) constants.push(this.#language(type));
      else constants.push(this.#item(AS_CODE));
    }
    this.#depth -= 1;
    return { kind: 'compiled', constants };
  }

  /** `ReadBCLang`: calls and lists in which a part can stand for one before it. */
  #language(given: number): RCode {
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) throw new RDataError(`code is nested more than ${DEPTH_LIMIT} deep`);
    const read = this.#languageItem(given);
    this.#depth -= 1;
    return read;
  }

  #languageItem(given: number): RCode {
    let type = given;
    if (type === REPEATED) return this.#repeated.get(this.input.int()) ?? OTHER;
    const { at } = this.input;
    const places: { readonly key: number; readonly from: number }[] = [];
    const cells: RArgument[] = [];
    const call = type === CALL || type === ATTRIBUTED_CALL;
    let isCall: boolean | undefined = call ? true : undefined;
    for (;;) {
      if (type === REPEATED_DEFINITION) {
        places.push({ key: this.input.int(), from: cells.length });
        type = this.input.int();
      }
      if (type !== CALL && type !== PAIRS && type !== ATTRIBUTED_CALL && type !== ATTRIBUTED_PAIRS) {
        // The end of the list, or a single value.
        const end = type === REPEATED ? this.#language(type) : this.#item(AS_CODE);
        if (cells.length === 0) return end;
        addAll(cells, argumentsOf(end));
        break;
      }
      isCall ??= type === CALL || type === ATTRIBUTED_CALL;
      this.#keep();
      if (type === ATTRIBUTED_CALL || type === ATTRIBUTED_PAIRS) this.#item(AS_DATA);
      const tag = this.#item(AS_DATA);
      const value = this.#language(this.input.int());
      cells.push({ name: tag.kind === 'name' ? tag.name : undefined, value });
      type = this.input.int();
    }
    for (const { key, from } of places) this.#repeated.set(key, { kind: 'pairs', items: cells.slice(from) });
    const [first, ...args] = cells;
    return isCall === true && first ? { kind: 'call', at, of: first.value, args } : { kind: 'pairs', items: cells };
  }

  /** A vector that a class makes of its state: its name is the first part of what describes it. */
  #special(at: number): RCode {
    this.#first = {};
    this.#item(AS_DATA);
    const { name } = this.#first;
    this.#first = {};
    this.#item(AS_DATA);
    const { text } = this.#first;
    this.#item(AS_DATA);
    if (name !== undefined) this.visitor.special(name, text, at);
    return text === undefined ? OTHER : { kind: 'text', texts: [text] };
  }
}

/** A list of arguments need not be of the type of a list: R goes by the cells. */
function argumentsOf(rest: RCode): readonly RArgument[] {
  if (rest.kind === 'pairs') return rest.items;
  return rest.kind === 'call' ? [{ name: undefined, value: rest.of }, ...rest.args] : [];
}

const LANGUAGE: ReadonlySet<number> = new Set([
  CALL,
  PAIRS,
  ATTRIBUTED_CALL,
  ATTRIBUTED_PAIRS,
  REPEATED,
  REPEATED_DEFINITION,
]);
