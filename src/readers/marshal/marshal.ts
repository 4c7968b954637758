/**
 * A reader of Python's marshal format, the form in which code objects are kept in files (CPython `Python/marshal.c`, versions 0 to 5,
 * and the layouts of code objects of Python 2.7 and 3.0 to 3.14). It builds plain values and runs nothing.
 */
import { latin1, MemoryCursor, utf8 } from '../bytes.js';
import { PYTHONS, type Python } from './opcodes.js';

export type MarshalValue =
  | { readonly kind: 'name'; readonly name: 'None' | 'True' | 'False' | 'Ellipsis' | 'StopIteration' }
  /** As Python writes it. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly offset: number }
  /** Items may be shared, and may contain the sequence itself. A dict has its keys and values in turns. */
  | { readonly kind: SequenceKind; readonly items: readonly MarshalValue[] }
  | { readonly kind: 'code'; readonly code: CodeObject }
  /** Something by its name, which marshal cannot hold and a pickle can put among the constants. */
  | { readonly kind: 'global'; readonly path: string };
type SequenceKind = 'tuple' | 'list' | 'set' | 'frozenset' | 'dict' | 'slice';

export interface CodeObject {
  readonly name: string;
  /** `Model.score`; Python keeps it since 3.11. */
  readonly qualname?: string | undefined;
  readonly filename: string;
  readonly code: Uint8Array;
  readonly constants: readonly MarshalValue[];
  /** `co_names`: globals, attributes and modules. */
  readonly names: readonly string[];
  /** Variables by the number that LOAD_FAST takes. */
  readonly locals: readonly string[];
  /** The first variables that are positional arguments. */
  readonly argcount: number;
  /** Variables by the number that LOAD_DEREF takes. */
  readonly cells: readonly string[];
  /** The Pythons that lay code out like this, newest first. */
  readonly pythons: readonly Python[];
  /** Offset of the object in what was read. */
  readonly offset: number;
}

export interface MarshalRead {
  /**
   * What the bytes hold, once for each layout of code objects that reads them to their end: bytes can be made that two Pythons read
   * differently. Empty when no layout does.
   */
  readonly values: readonly MarshalValue[];
  /** Why not, where the layout that came farthest stopped. */
  readonly error?: { readonly offset: number; readonly text: string };
}

/** Reads one value, as `marshal.loads` does: what follows it is ignored. */
export function readMarshal(bytes: Uint8Array): MarshalRead {
  const values: MarshalValue[] = [];
  let error: { offset: number; text: string } | undefined;
  for (const layout of LAYOUTS) {
    const reader = new Reader(bytes, layout);
    try {
      values.push(reader.value());
      // Without a code object every layout reads the same.
      if (!reader.sawCode) break;
    } catch (problem) {
      if (!(problem instanceof MarshalError)) throw problem;
      if (!error || problem.offset > error.offset) error = { offset: problem.offset, text: problem.message };
    }
  }
  return values.length > 0 || !error ? { values } : { values, error };
}

/** Every code object in a value, those inside others included, each once, outermost first. */
export function codeObjects(value: MarshalValue): CodeObject[] {
  const found: CodeObject[] = [];
  const seen = new Set<MarshalValue>();
  const waiting = [value];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.kind === 'code') found.push(next.code);
    const inner = next.kind === 'code' ? next.code.constants : 'items' in next ? next.items : [];
    for (let index = inner.length - 1; index >= 0; index -= 1) {
      const item = inner[index];
      if (item) waiting.push(item);
    }
  }
  return found;
}

class MarshalError extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** `MAX_MARSHAL_STACK_DEPTH` on Linux; Python refuses what is deeper. */
const DEPTH_LIMIT = 2000;
/** Values of one stream, and names of its functions, which can share one list; a module of 3,000 lines has about as many. */
const VALUES_LIMIT = 300_000;

/** By the first Python that has it. */
export type Layout = '3.11' | '3.8' | '3.0' | '2.7';
const LAYOUTS: readonly Layout[] = ['3.11', '3.8', '3.0', '2.7'];
/** Numbers before the bytecode (`r_object`, TYPE_CODE, of each version). */
const HEADER_NUMBERS: Readonly<Record<Layout, number>> = { '3.11': 5, '3.8': 6, '3.0': 5, '2.7': 4 };

/** The Pythons that have this layout, newest first. */
export function pythonsWith(layout: Layout): readonly Python[] {
  const minor = (python: Python): number => (python === '2.7' ? -1 : Number(python.slice(2)));
  const from = { '3.11': 11, '3.8': 8, '3.0': 0, '2.7': -1 }[layout];
  const to = { '3.11': Infinity, '3.8': 10, '3.0': 7, '2.7': -1 }[layout];
  return PYTHONS.filter((python) => minor(python) >= from && minor(python) <= to).reverse();
}

/** Makes a value of its parts, which the caller hands over one by one; undefined for the mark that ends a dict. */
type Making = Generator<undefined, MarshalValue, MarshalValue | undefined>;

function isMaking(value: MarshalValue | Making | undefined): value is Making {
  return value !== undefined && !('kind' in value);
}

class Reader extends MemoryCursor {
  sawCode = false;
  #count = 0;
  readonly #references: (MarshalValue | undefined)[] = [];
  /** Python 2 numbers its interned strings by themselves. */
  readonly #interned: MarshalValue[] = [];

  constructor(
    bytes: Uint8Array,
    private readonly layout: Layout,
  ) {
    super(bytes);
  }

  /** Iterative: the depth of a value must not depend on the room on the stack of the program. */
  value(): MarshalValue {
    const making: Making[] = [];
    for (;;) {
      if (making.length >= DEPTH_LIMIT) throw this.#error(`it is nested more than ${DEPTH_LIMIT} deep`);
      const next = this.#next();
      let value: MarshalValue | undefined;
      if (isMaking(next)) making.push(next);
      else value = next;
      for (let top = making.at(-1); top; top = making.at(-1)) {
        const step = top.next(value);
        if (!step.done) break;
        value = step.value;
        making.pop();
      }
      if (making.length === 0) return this.#present(value);
    }
  }

  /** A value, a generator that makes one, or undefined for the mark that ends a dict. */
  #next(): MarshalValue | Making | undefined {
    const start = this.at;
    const byte = this.u8();
    this.#counted(1);
    return this.#ofType(String.fromCharCode(byte & 0x7f), (byte & 0x80) !== 0, start);
  }

  #present(value: MarshalValue | undefined): MarshalValue {
    if (!value) throw this.#error('a value is missing');
    return value;
  }

  #ofType(type: string, keep: boolean, start: number): MarshalValue | Making | undefined {
    switch (type) {
      case '0':
        return undefined;
      case 'N':
        return NAMES.None;
      case 'T':
        return NAMES.True;
      case 'F':
        return NAMES.False;
      case '.':
        return NAMES.Ellipsis;
      case 'S':
        return NAMES.StopIteration;
      case 'r':
        return this.#reference(this.#references, this.#uint());
      case 'R':
        return this.#reference(this.#interned, this.#uint());
      case '(':
        return this.#sequence('tuple', this.#uint(), keep);
      case ')':
        return this.#sequence('tuple', this.u8(), keep);
      case '[':
        return this.#sequence('list', this.#uint(), keep);
      case '<':
        return this.#sequence('set', this.#uint(), keep);
      case '>':
        return this.#sequence('frozenset', this.#uint(), keep);
      case ':':
        return this.#sequence('slice', 3, keep);
      case '{':
        return this.#dict(keep);
      case 'c':
        return this.#code(keep, start);
      default: {
        const value = this.#plain(type);
        if (!value) throw new MarshalError(start, `type ${JSON.stringify(type)} is not one that marshal knows`);
        if (keep) this.#references.push(value);
        if (type === 't') this.#interned.push(value);
        return value;
      }
    }
  }

  #plain(type: string): MarshalValue | undefined {
    switch (type) {
      case 'i':
        return { kind: 'number', text: String(this.i32()) };
      case 'I':
        return { kind: 'number', text: String(this.view.getBigInt64(this.advance(8), true)) };
      case 'l':
        return { kind: 'number', text: this.#long() };
      case 'f':
        return { kind: 'number', text: this.#latin1(this.u8()) };
      case 'g':
        return { kind: 'number', text: String(this.f64()) };
      case 'x':
        return { kind: 'number', text: `(${this.#latin1(this.u8())}+${this.#latin1(this.u8())}j)` };
      case 'y':
        return { kind: 'number', text: `(${this.f64()}+${this.f64()}j)` };
      case 's': {
        const length = this.#uint();
        const offset = this.at;
        return { kind: 'bytes', bytes: this.take(length), offset };
      }
      case 't':
        if (this.layout === '2.7') return this.#plain('s');
        return { kind: 'text', text: this.#utf8(this.#uint()) };
      case 'u':
        return { kind: 'text', text: this.#utf8(this.#uint()) };
      case 'a':
      case 'A':
        return { kind: 'text', text: this.#latin1(this.#uint()) };
      case 'z':
      case 'Z':
        return { kind: 'text', text: this.#latin1(this.u8()) };
      default:
        return undefined;
    }
  }

  *#sequence(kind: SequenceKind, length: number, keep: boolean): Making {
    // Every item has a byte at least.
    if (length > this.left) throw this.#error(`a ${kind} of ${length} items does not fit`);
    const items: MarshalValue[] = [];
    const value: MarshalValue = { kind, items };
    if (keep) this.#references.push(value);
    for (let index = 0; index < length; index += 1) items.push(this.#present(yield));
    return value;
  }

  *#dict(keep: boolean): Making {
    const items: MarshalValue[] = [];
    const value: MarshalValue = { kind: 'dict', items };
    if (keep) this.#references.push(value);
    for (let key = yield; key; key = yield) items.push(key, this.#present(yield));
    return value;
  }

  *#code(keep: boolean, offset: number): Making {
    this.sawCode = true;
    const index = keep ? this.#references.push(undefined) - 1 : -1;
    const argcount = this.i32();
    for (let number = 1; number < HEADER_NUMBERS[this.layout]; number += 1) this.i32();
    const code = this.#asBytes(yield, 'code');
    const constants = this.#asTuple(yield, 'constants');
    const names = this.#asTexts(yield, 'names');
    const locals = this.#asTexts(yield, 'variables');
    let cells = locals;
    if (this.layout === '3.11') {
      const kinds = this.#asBytes(yield, 'kinds of variables');
      if (kinds.length !== locals.length) throw this.#error('the variables do not match');
    } else {
      const free = this.#asTexts(yield, 'free variables');
      cells = [...this.#asTexts(yield, 'cells'), ...free];
    }
    const filename = this.#asText(yield, 'file name');
    const name = this.#asText(yield, 'name');
    const qualname = this.layout === '3.11' ? this.#asText(yield, 'qualified name') : undefined;
    this.i32();
    this.#asBytes(yield, 'line table');
    if (this.layout === '3.11') this.#asBytes(yield, 'exception table');
    const value: MarshalValue = {
      kind: 'code',
      code: {
        ...{ name, qualname, filename, code, constants, names, locals, argcount, cells, offset },
        pythons: pythonsWith(this.layout),
      },
    };
    if (index >= 0) this.#references[index] = value;
    return value;
  }

  #asBytes(value: MarshalValue | undefined, what: string): Uint8Array {
    if (value?.kind === 'bytes') return value.bytes;
    throw this.#wrong(value, what);
  }

  #asTuple(value: MarshalValue | undefined, what: string): readonly MarshalValue[] {
    if (value?.kind === 'tuple') return value.items;
    throw this.#wrong(value, what);
  }

  #asTexts(value: MarshalValue | undefined, what: string): string[] {
    const items = this.#asTuple(value, what);
    this.#counted(items.length);
    return items.map((item) => this.#asText(item, what));
  }

  #asText(value: MarshalValue | undefined, what: string): string {
    if (value?.kind === 'text') return value.text;
    // A str of Python 2.
    if (value?.kind === 'bytes' && this.layout === '2.7') return latin1(value.bytes);
    throw this.#wrong(value, what);
  }

  #wrong(value: MarshalValue | undefined, what: string): MarshalError {
    return this.#error(`a function has a ${value?.kind ?? 'missing value'} for its ${what}`);
  }

  #reference(list: readonly (MarshalValue | undefined)[], index: number): MarshalValue {
    const value = list[index];
    if (!value) throw this.#error(`value ${index} is referred to before it is there`);
    return value;
  }

  /** 15 bits in every digit, the sign in the sign of their count. */
  #long(): string {
    const count = this.i32();
    const start = this.advance(Math.abs(count) * 2);
    if (Math.abs(count) > 1000) return `a number of ${Math.abs(count) * 15} bits`;
    let value = 0n;
    for (let digit = Math.abs(count) - 1; digit >= 0; digit -= 1)
      value = (value << 15n) | BigInt(this.view.getUint16(start + digit * 2, true));
    return String(count < 0 ? -value : value);
  }

  /** A length or an index: Python refuses negative ones. */
  #uint(): number {
    const value = this.i32();
    if (value < 0) throw this.#error(`a length is ${value}`);
    return value;
  }

  #latin1(length: number): string {
    return latin1(this.take(length));
  }
  #utf8(length: number): string {
    return utf8(this.take(length));
  }

  protected override ended(): MarshalError {
    return this.#error('it ends in the middle of a value');
  }

  #counted(values: number): void {
    this.#count += values;
    if (this.#count > VALUES_LIMIT) throw this.#error(`it has more than ${VALUES_LIMIT} values`);
  }

  #error(text: string): MarshalError {
    return new MarshalError(this.at, text);
  }
}

const NAMES = {
  None: { kind: 'name', name: 'None' },
  True: { kind: 'name', name: 'True' },
  False: { kind: 'name', name: 'False' },
  Ellipsis: { kind: 'name', name: 'Ellipsis' },
  StopIteration: { kind: 'name', name: 'StopIteration' },
} as const satisfies Record<string, MarshalValue>;
