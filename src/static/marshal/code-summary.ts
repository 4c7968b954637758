/**
 * The behaviour of a Python function, from its bytecode: its instructions are read in the order in which they stand, and each call is written as
 * Python. Every instruction is read once, whether it runs or not; where branches meet, a value can be that of either.
 */
import { formatField, formatFields, type FormatField } from '../../readers/python/compute.js';
import { type Instruction, NAMED, decode, isSince, nameIndex, targetOf } from '../../readers/marshal/instructions.js';
import type { CodeObject, MarshalValue } from '../../readers/marshal/marshal.js';
import { type Python, instructionsOf } from '../../readers/marshal/opcodes.js';
import { shortened } from '../../names/carried-code.js';
import { isProgram } from '../../names/place-acts.js';
import { FOLDER_VARIABLES } from '../../names/places.js';
import {
  HIDDEN,
  NONE,
  NOTHING,
  TEXT_LIMIT,
  UNKNOWN_TEXT,
  constant,
  constantOf,
  cut,
  derived,
  each,
  functionOf,
  isClosed,
  keyOf,
  named,
  sequence,
  textOf,
  union,
  unknown,
  type Abstract,
} from './abstract.js';
import * as fold from './fold.js';

export interface CodeSummary {
  /** The newest Python whose instructions these are; undefined when no Python has them. */
  readonly python: Python | undefined;
  /** Why no Python has them. */
  readonly broken?: string;
  /** Calls with their arguments, as Python, in order: `os.system('id')`. Each is cut to some length. */
  readonly calls: readonly string[];
  /** What it returns, as Python. */
  readonly returns: readonly string[];
  /** Modules and names imported: `os`, `os.system`. */
  readonly imports: readonly string[];
  /** Names that are looked up as globals or builtins. */
  readonly globals: readonly string[];
  /** Every dotted name that is read, from its beginning: `tf.io`, `tf.io.read_file`. */
  readonly paths: readonly string[];
}

/** Something that a function does, or holds ready. */
export type Deed =
  /** It takes something by its dotted name; `call` when it calls it, too. */
  | { readonly kind: 'use'; readonly path: string; readonly text: string; readonly call?: Call }
  /** It calls a method of an object of which nothing is known. */
  | {
      readonly kind: 'method';
      readonly name: string;
      readonly receiver: Abstract;
      readonly text: string;
      readonly call: Call;
    }
  /** It takes an attribute, and nothing is known of the object. */
  | { readonly kind: 'attribute'; readonly name: string; readonly receiver: Abstract; readonly text: string }
  /** It takes a module, an attribute or a global variable by a name that the code computes. */
  | {
      readonly kind: 'computed';
      readonly of: 'module' | 'attribute' | 'global';
      readonly owner?: string;
      readonly name: Abstract;
      readonly text: string;
    }
  /** It hands a module to something else. */
  | { readonly kind: 'passed'; readonly path: string; readonly to: string | undefined; readonly text: string }
  /** It changes an attribute, an item or a global of something that has a name: `pickle.load = f`. */
  | { readonly kind: 'store'; readonly path: string; readonly value: Abstract; readonly text: string }
  /** It imports a module: the module itself does nothing. */
  | { readonly kind: 'import'; readonly path: string }
  | { readonly kind: 'text'; readonly value: string }
  /** A text in an annotation. */
  | { readonly kind: 'annotation'; readonly value: string };

export interface Call {
  readonly args: readonly Abstract[];
  readonly keywords: ReadonlyMap<string, Abstract>;
}

/** What is around a function: the values that other parts of the program give it, and what it gives them. */
export interface Scope {
  global(name: string): Abstract | undefined;
  /** A variable of an enclosing function, or an argument that a call gave. */
  outer(name: string): Abstract | undefined;
  /** What is stored under this name in any object. */
  attribute(name: string): Abstract | undefined;
  setGlobal(name: string, value: Abstract): void;
  setAttribute(name: string, value: Abstract): void;
  /** A variable that functions inside can see. */
  setVariable(name: string, value: Abstract): void;
  /** What a function of the file returns. */
  call(code: CodeObject, call: Call, isMethod: boolean): Abstract | undefined;
  returned(value: Abstract): void;
  did(deed: Deed): void;
}

/** Nothing is known of what is around. */
export const ALONE: Scope = {
  global: () => undefined,
  outer: () => undefined,
  attribute: () => undefined,
  setGlobal: () => undefined,
  setAttribute: () => undefined,
  setVariable: () => undefined,
  call: () => undefined,
  returned: () => undefined,
  did: () => undefined,
};

/** The owner of an attribute, when a value chooses the module. */
export const ANY_MODULE = '…';

/** Instructions of one function that are reported as calls; names are read from all instructions. */
const TOLD_LIMIT = 20_000;

/** Reads one function; those inside it are code objects of their own. At most `told` of its instructions are reported as calls. */
export function summarizeCode(code: CodeObject, told = TOLD_LIMIT, scope: Scope = ALONE): CodeSummary {
  const readings = readingsOf(code);
  if (typeof readings === 'string')
    return { python: undefined, broken: readings, calls: [], returns: [], imports: [], globals: code.names, paths: [] };
  const [best] = readings;
  return new Walk(code, best.python, best.instructions, scope).summary(Math.min(told, TOLD_LIMIT));
}

export interface Reading {
  readonly python: Python;
  readonly instructions: readonly Instruction[];
}

const READINGS = new WeakMap<CodeObject, readonly [Reading, ...Reading[]] | string>();

/**
 * The instructions as each Python reads them that can; the Python that most likely compiled them comes first: the one under which the stack is never
 * short of a value. The reason when there is none.
 */
export function readingsOf(code: CodeObject): readonly [Reading, ...Reading[]] | string {
  const known = READINGS.get(code);
  if (known !== undefined) return known;
  const found: { reading: Reading; missing: number }[] = [];
  let broken: string | undefined;
  for (const python of code.pythons) {
    const instructions = decode(code, instructionsOf(python));
    if (typeof instructions === 'string') broken = `read as Python ${python}, ${instructions}`;
    else {
      const walk = new Walk(code, python, instructions, ALONE);
      if (code.pythons.length > 1) walk.summary(TOLD_LIMIT);
      found.push({ reading: { python, instructions }, missing: walk.missing });
    }
  }
  const [first, ...rest] = found.sort((one, other) => one.missing - other.missing).map(({ reading }) => reading);
  const readings = first ? ([first, ...rest] as const) : (broken ?? 'no known Python lays functions out like this');
  READINGS.set(code, readings);
  return readings;
}

/** Walks one reading of a function and tells the scope what it does. */
export function walkCode(code: CodeObject, { python, instructions }: Reading, scope: Scope): CodeSummary {
  return new Walk(code, python, instructions, scope).summary(TOLD_LIMIT);
}

/** The value that Python pushes beside a callable in the place of a method's object. */
const NULL: Abstract = { text: '\0' };

const LISTED_LIMIT = 10_000;
const FORMATTER = 'string.Formatter()';
/** Annotations of one value that are read. */
const ANNOTATED = 5000;
/** Values that an exception handler finds on the stack. */
const HANDLED = Array.from({ length: 6 }, () => NOTHING);
/** Repeated readings of the body of a comprehension, one for each item. */
const ITEMS_LIMIT = 1000;
/** Items of a list or dict that is written one by one. */
const WRITTEN_LIMIT = 2000;
/** Parts of a dotted name that are followed; of a longer one the last, from something unknown. */
const PARTS_LIMIT = 2000;
/** Entries of one part of a configuration of logging. */
const CONFIGURED = 5000;
/** Jumps whose targets are ahead at the same time. Between more of them variables keep all their values. */
const JUMPS_LIMIT = 64;

class Walk {
  #stack: Abstract[] = [];
  readonly #variables = new Map<string, Abstract>();
  readonly #calls = new Set<string>();
  readonly #returns = new Set<string>();
  readonly #imports = new Set<string>();
  readonly #globals = new Set<string>();
  readonly #paths = new Set<string>();
  /** The stacks with which jumps come to an instruction. */
  readonly #arriving = new Map<number, Abstract[]>();
  /** By the targets of jumps that are ahead: what variables held at the jump, of those that were given another value since. */
  readonly #left = new Map<number, { readonly values: Map<string, Abstract>; readonly since: Set<string> }>();
  #keywords: readonly string[] = [];
  #dead = false;
  #loops = false;
  /** What the first reading stored in each variable, by `keyOf`. */
  readonly #stored = new Map<string, Set<string>>();
  /** In the second reading of a function with a loop. */
  #isSecond = false;
  /** Values that instructions took where there were none. */
  missing = 0;
  /** For a comprehension that is computed: the item of this round, and what came of it. */
  item: Abstract | undefined;
  isRound = false;
  readonly made: Abstract[] = [];

  constructor(
    private readonly code: CodeObject,
    private readonly python: Python,
    private readonly instructions: readonly Instruction[],
    private readonly scope: Scope,
  ) {}

  summary(told: number): CodeSummary {
    this.#pass(told);
    // What the end of a loop stores its beginning takes.
    if (this.#loops && !this.isRound) {
      this.#isSecond = true;
      this.#stack = [];
      this.#dead = false;
      this.#arriving.clear();
      this.#left.clear();
      this.#pass(told);
    }
    return {
      python: this.python,
      calls: [...this.#calls],
      returns: [...this.#returns],
      imports: [...this.#imports],
      globals: [...this.#globals],
      paths: [...this.#paths],
    };
  }

  #pass(told: number): void {
    this.instructions.forEach((instruction, index) => {
      if (index < told) this.#next(instruction);
      else this.#nameOnly(instruction.name, instruction.arg);
    });
  }

  #next(instruction: Instruction): void {
    const arriving = this.#arriving.get(instruction.at);
    this.#rejoin(instruction.at);
    if (this.#dead) {
      this.#stack = arriving ?? [...HANDLED];
      this.#dead = false;
    } else if (arriving) this.#merge(arriving);
    const target = targetOf(this.python, instruction);
    if (target !== undefined) this.#jump(instruction, target);
    else this.#step(instruction.name, instruction.arg);
  }

  #merge(other: readonly Abstract[]): void {
    const shared = Math.min(other.length, this.#stack.length, 64);
    for (let depth = 1; depth <= shared; depth += 1) {
      const here = this.#stack.at(-depth);
      const there = other.at(-depth);
      if (here && there && here !== there && keyOf(here) !== keyOf(there))
        this.#stack[this.#stack.length - depth] = union([here, there]);
    }
  }

  #arrive(target: number, stack: readonly Abstract[]): void {
    if (!this.#arriving.has(target)) this.#arriving.set(target, [...stack]);
    const left = this.#left.get(target);
    if (left) left.since.clear();
    else if (this.#left.size < JUMPS_LIMIT) this.#left.set(target, { values: new Map(), since: new Set() });
  }

  /** Where a jump arrives, a variable holds what it held at the jump, or what the instruction before left in it. */
  #rejoin(at: number): void {
    const left = this.#left.get(at);
    if (!left) return;
    this.#left.delete(at);
    for (const [variable, value] of left.values) {
      const now = this.#variables.get(variable);
      const isGone = this.#dead && left.since.has(variable);
      if (isGone) this.#overwritten(variable, now);
      this.#variables.set(variable, now && !isGone ? union([now, value]) : value);
    }
  }

  #overwritten(variable: string, before: Abstract | undefined): void {
    for (const { values, since } of this.#left.values()) {
      if (since.has(variable)) continue;
      since.add(variable);
      const known = values.get(variable);
      if (before) values.set(variable, known ? union([known, before]) : before);
    }
  }

  #jump({ name, at }: Instruction, target: number): void {
    switch (name) {
      case 'FOR_ITER':
      case 'FOR_LOOP': {
        const iterator = this.#top();
        const left = isSince(this.python, 12) ? [...this.#stack, NOTHING] : this.#stack.slice(0, -1);
        this.#arrive(target, left);
        this.#push(this.#itemOf(iterator));
        return;
      }
      case 'SEND':
        this.#arrive(target, this.#stack);
        return;
      case 'JUMP_IF_FALSE_OR_POP':
      case 'JUMP_IF_TRUE_OR_POP':
        this.#arrive(target, this.#stack);
        this.#pop();
        return;
      case 'JUMP_IF_NOT_EXC_MATCH':
        this.#take(2);
        this.#arrive(target, this.#stack);
        return;
      case 'SETUP_WITH':
      case 'SETUP_ASYNC_WITH':
        this.#enter();
        return;
    }
    if (name.startsWith('SETUP_')) return;
    if (name.startsWith('POP_JUMP_')) this.#pop();
    if (target > at) this.#arrive(target, this.#stack);
    else this.#loops = true;
    if (/^JUMP_(?:FORWARD|ABSOLUTE|BACKWARD|BACKWARD_NO_INTERRUPT)$|^CONTINUE_LOOP$/.test(name)) this.#dead = true;
  }

  /** `[manager]` becomes `[exit, what it gives]`. */
  #enter(): void {
    const manager = this.#pop();
    this.#push(NOTHING);
    this.#push(manager);
  }

  #itemOf(iterator: Abstract): Abstract {
    for (const one of each(iterator)) if (one.namespaceOf) this.#escapes(one, `for … in ${one.text}`);
    if (this.item !== undefined) {
      const { item } = this;
      this.item = undefined;
      return item;
    }
    const items = each(iterator).flatMap((one) => fold.itemsIn(one) ?? []);
    if (items.length > 0) return union(items.slice(0, ITEMS_LIMIT));
    return derived(`an item of ${iterator.text}`, [iterator]);
  }

  #step(name: string, arg: number): void {
    const effect = EFFECTS.get(name);
    if (effect) {
      const taken = this.#take(effect[0]);
      // `{**vars(os)}`.
      for (const value of taken) if (value.namespaceOf) this.#escapes(value, value.text);
      for (let pushed = 0; pushed < effect[1]; pushed += 1) this.#push(derived(UNKNOWN_TEXT, taken));
      return;
    }
    switch (name) {
      case 'PUSH_NULL':
        this.#push(NULL);
        return;
      case 'POP_TOP':
        this.#pop();
        return;
      case 'RETURN_VALUE': {
        const value = this.#pop();
        this.#record(this.#returns, value.text);
        this.scope.returned(value);
        this.#escapes(value, `return ${value.text}`);
        this.#dead = true;
        return;
      }
      case 'RETURN_CONST':
        this.#record(this.#returns, this.#constant(arg).text);
        this.scope.returned(this.#constant(arg));
        this.#dead = true;
        return;
      case 'RAISE_VARARGS':
        this.#take(arg);
        this.#dead = true;
        return;
      case 'RERAISE':
        this.#dead = true;
        return;
      case 'LOAD_CONST':
        this.#push(this.#constant(arg));
        return;
      case 'LOAD_SMALL_INT':
        this.#push(constant(arg));
        return;
      case 'LOAD_BUILD_CLASS':
        this.#push(unknown('__build_class__'));
        return;
      case 'LOAD_NAME':
      case 'LOAD_GLOBAL':
        this.#loadGlobal(name, arg);
        return;
      case 'LOAD_FROM_DICT_OR_GLOBALS':
        this.#pop();
        this.#loadGlobal(name, arg);
        return;
      case 'LOAD_ATTR':
      case 'LOAD_METHOD':
      case 'LOAD_SUPER_ATTR':
        this.#loadAttribute(name, arg);
        return;
      case 'IMPORT_NAME': {
        const [, wanted = NONE] = this.#take(2);
        const path = this.#name(arg);
        // `import a.b` gives a, `from a.b import c` takes c from a.b.
        this.#import(path, wanted.constant === null ? (path.split('.')[0] ?? path) : path, true);
        return;
      }
      case 'IMPORT_FROM': {
        // The module stays below what is taken from it.
        const path = `${this.#top().path ?? this.#top().text}.${this.#name(arg)}`;
        this.#import(path, path, false);
        return;
      }
      case 'IMPORT_STAR':
        this.#imports.add(`${this.#pop().text}.*`);
        return;
      case 'STORE_NAME':
        this.#storeName(this.#name(arg));
        return;
      case 'STORE_GLOBAL': {
        const value = this.#top();
        this.scope.setGlobal(this.#name(arg), value);
        this.#escapes(value, `${this.#name(arg)} = ${value.text}`);
        this.#store(this.#name(arg));
        return;
      }
      case 'LOAD_FAST_LOAD_FAST':
      case 'LOAD_FAST_BORROW_LOAD_FAST_BORROW':
        this.#load(this.#local(arg >> 4));
        this.#load(this.#local(arg & 15));
        return;
      case 'STORE_FAST_STORE_FAST':
        this.#store(this.#local(arg >> 4));
        this.#store(this.#local(arg & 15));
        return;
      case 'STORE_FAST_LOAD_FAST':
        this.#store(this.#local(arg >> 4));
        this.#load(this.#local(arg & 15));
        return;
      case 'STORE_FAST':
        this.#store(this.#local(arg));
        return;
      case 'STORE_DEREF':
        this.#store(this.code.cells[arg] ?? UNKNOWN_TEXT);
        return;
      case 'LOAD_FROM_DICT_OR_DEREF':
        this.#pop();
        this.#load(this.code.cells[arg] ?? UNKNOWN_TEXT);
        return;
      case 'LOAD_DEREF':
      case 'LOAD_CLASSDEREF':
      case 'LOAD_CLOSURE':
        this.#load(this.code.cells[arg] ?? UNKNOWN_TEXT);
        return;
      case 'STORE_ATTR': {
        const [value = NOTHING, target = NOTHING] = this.#take(2);
        this.#setAttribute(target, this.#name(arg), value);
        return;
      }
      case 'STORE_SUBSCR': {
        const [value = NOTHING, target = NOTHING, key = NOTHING] = this.#take(3);
        this.#setItem(target, key, value);
        return;
      }
      case 'DUP_TOP':
        this.#push(this.#top());
        return;
      case 'DUP_TOP_TWO':
        this.#again(2);
        return;
      case 'DUP_TOPX':
        this.#again(arg);
        return;
      case 'COPY':
        this.#push(this.#stack.at(-arg) ?? NOTHING);
        return;
      case 'SWAP':
        this.#swap(arg);
        return;
      case 'ROT_TWO':
        this.#rotate(2);
        return;
      case 'ROT_THREE':
        this.#rotate(3);
        return;
      case 'ROT_FOUR':
        this.#rotate(4);
        return;
      case 'ROT_N':
        this.#rotate(arg);
        return;
      case 'BINARY_SUBSCR': {
        const [target = NOTHING, key = NOTHING] = this.#take(2);
        this.#push(this.#subscript(target, key));
        return;
      }
      case 'BINARY_SLICE': {
        const [target = NOTHING, from = NOTHING, to = NOTHING] = this.#take(3);
        this.#push(this.#subscript(target, { text: `${from.text}:${to.text}`, items: [from, to, NONE] }));
        return;
      }
      case 'STORE_SLICE': {
        const [value = NOTHING, target = NOTHING, from = NOTHING, to = NOTHING] = this.#take(4);
        this.#setItem(target, { text: `${from.text}:${to.text}`, items: [from, to, NONE] }, value);
        return;
      }
      case 'BUILD_TUPLE':
        this.#push(sequence(this.#take(arg), '(', ')'));
        return;
      case 'BUILD_LIST':
        this.#push(sequence(this.#take(arg), '[', ']'));
        return;
      case 'BUILD_SET':
        this.#push(sequence(this.#take(arg), '{', '}'));
        return;
      case 'BUILD_MAP':
        this.#dict(isSince(this.python, 5) && this.python !== '2.7' ? this.#take(arg * 2) : []);
        return;
      case 'STORE_MAP': {
        const [dict = NOTHING, value = NOTHING, key = NOTHING] = this.#take(3);
        this.#push(withEntry(dict, key, value));
        return;
      }
      case 'BUILD_CONST_KEY_MAP': {
        const keys = this.#pop().items ?? [];
        const values = this.#take(arg);
        this.#dict(values.flatMap((value, index) => [keys[index] ?? NOTHING, value]));
        return;
      }
      case 'FORMAT_VALUE':
        if ((arg & 4) !== 0) this.#pop();
        return;
      case 'FORMAT_WITH_SPEC':
        this.#pop();
        return;
      case 'UNPACK_SEQUENCE':
        this.#unpack(Math.min(arg, 255));
        return;
      case 'UNPACK_EX': {
        const value = this.#pop();
        const count = (arg & 255) + 1 + Math.min(255, arg >> 8);
        for (let index = count - 1; index >= 0; index -= 1) this.#push(derived(`a part of ${value.text}`, [value]));
        return;
      }
      case 'BUILD_SLICE': {
        const parts = this.#take(arg);
        this.#push({
          text: parts.map(({ text }) => text).join(':'),
          items: parts.length === 2 ? [...parts, NONE] : parts,
        });
        return;
      }
      case 'SLICE_0':
      case 'SLICE_1':
      case 'SLICE_2':
      case 'SLICE_3': {
        const kind = Number(name.at(-1));
        const to = kind >= 2 ? this.#pop() : NONE;
        const from = kind % 2 === 1 ? this.#pop() : NONE;
        this.#push(this.#subscript(this.#pop(), { text: `${from.text}:${to.text}`, items: [from, to, NONE] }));
        return;
      }
      case 'BUILD_STRING': {
        const parts = this.#take(arg);
        const shown = parts
          .slice(0, 20)
          .map(({ text }) => text)
          .join(' + ');
        this.#push(
          fold.folded(shown, parts, (texts) =>
            fold.method(constant(''), 'join', [sequence(texts.map(asText), '[', ']')]),
          ),
        );
        return;
      }
      case 'LIST_EXTEND':
      case 'SET_UPDATE':
        this.#extend();
        return;
      case 'LIST_APPEND':
      case 'SET_ADD':
        this.#append(arg);
        return;
      case 'MAP_ADD':
        this.#mapAdd(arg);
        return;
      case 'DICT_UPDATE':
      case 'DICT_MERGE':
        this.#mergeDicts(arg);
        return;
      case 'YIELD_VALUE': {
        const value = this.#pop();
        this.made.push(value);
        this.#escapes(value, `yield ${value.text}`);
        this.#push(NOTHING);
        return;
      }
      case 'KW_NAMES':
        this.#keywords = this.#constantTexts(arg);
        return;
      case 'CALL_FUNCTION': {
        // The number of keyword arguments, of two values each, is in the upper byte.
        const old = this.python === '2.7' || this.python === '3.5';
        if (old) this.#callOld(arg, 0);
        else this.#call(arg, [], 1);
        return;
      }
      case 'CALL_FUNCTION_VAR':
        this.#callOld(arg, 1);
        return;
      case 'CALL_FUNCTION_VAR_KW':
        this.#callOld(arg, 2);
        return;
      case 'CALL_FUNCTION_KW':
        if (this.python === '2.7' || this.python === '3.5') this.#callOld(arg, 1);
        else this.#call(arg, this.#takeKeywords(), 1);
        return;
      case 'CALL_METHOD':
      case 'CALL':
        this.#call(arg, [], 2);
        return;
      case 'CALL_KW':
        this.#call(arg, this.#takeKeywords(), 2);
        return;
      case 'CALL_FUNCTION_EX':
        this.#callUnpacked(arg);
        return;
      case 'CALL_INTRINSIC_1':
        // IMPORT_STAR (`Include/internal/pycore_intrinsics.h`).
        if (arg === 2) this.#imports.add(`${this.#top().text}.*`);
        return;
      case 'EXEC_STMT': {
        const [source = NOTHING] = this.#take(3);
        this.#finish(named('exec'), { args: [source], keywords: new Map() });
        this.#pop();
        return;
      }
      case 'BEFORE_WITH':
      case 'BEFORE_ASYNC_WITH':
        this.#enter();
        return;
      case 'LOAD_SPECIAL': {
        // The method and the object.
        const manager = this.#pop();
        this.#push({ text: manager.text, receiver: manager, attribute: arg === 0 ? '__enter__' : 'special' });
        this.#push(NULL);
        return;
      }
      case 'MAKE_FUNCTION':
      case 'MAKE_CLOSURE':
        this.#makeFunction(name, arg);
        return;
      case 'SET_FUNCTION_ATTRIBUTE': {
        const [value = NOTHING, made = NOTHING] = this.#take(2);
        this.#push(made);
        if (arg === 1) this.#defaults(made, value);
        if (arg === 4) this.#annotated(value);
        return;
      }
      case 'END_FOR':
        this.#take(isSince(this.python, 13) ? 1 : 2);
        return;
      case 'BUILD_TUPLE_UNPACK':
      case 'BUILD_TUPLE_UNPACK_WITH_CALL':
      case 'BUILD_LIST_UNPACK':
      case 'BUILD_SET_UNPACK':
      case 'BUILD_MAP_UNPACK':
      case 'BUILD_MAP_UNPACK_WITH_CALL': {
        const parts = this.#take(arg & 255);
        const items = parts.flatMap((part) => fold.itemsIn(part) ?? [part]);
        this.#push(name.includes('MAP') ? derived('{…}', parts) : sequence(items, '[', ']'));
        return;
      }
      default:
        this.#other(name, arg);
        return;
    }
  }

  #nameOnly(name: string, arg: number): void {
    if (!NAMED.has(name)) return;
    const used = this.#name(nameIndex(this.python, name, arg));
    if (name.startsWith('IMPORT_')) this.#record(this.#imports, used);
    else if (!name.endsWith('ATTR') && !name.endsWith('METHOD')) this.#record(this.#globals, used);
    this.#record(this.#paths, used);
  }

  #other(name: string, arg: number): void {
    if (name.startsWith('LOAD_FAST')) {
      this.#load(this.#local(arg));
      return;
    }
    const operator = name === 'BINARY_OP' ? BINARY[arg % 13] : OPERATORS[name.replace(/^INPLACE_/, 'BINARY_')];
    if (operator !== undefined) {
      const [left = NOTHING, right = NOTHING] = this.#take(2);
      if (name === 'BINARY_OP' && arg === 26) {
        this.#push(this.#subscript(left, right));
        return;
      }
      const text = `(${left.text} ${operator} ${right.text})`;
      this.#push(
        this.#told(fold.folded(text, [left, right], ([a = NOTHING, b = NOTHING]) => fold.operation(operator, a, b))),
      );
      return;
    }
    if (name.startsWith('UNARY_')) {
      const value = this.#pop();
      const negated =
        name === 'UNARY_NEGATIVE' && typeof value.constant === 'number' ? constant(-value.constant) : undefined;
      this.#push(negated ?? (name === 'UNARY_NOT' ? unknown(`not ${value.text}`) : derived(value.text, [value])));
    }
  }

  // Names

  #loadGlobal(instruction: string, arg: number): void {
    const name = this.#name(nameIndex(this.python, instruction, arg));
    const known = this.#variables.get(name);
    if (instruction === 'LOAD_GLOBAL' && isSince(this.python, 11) && (arg & 1) === 1) this.#push(NULL);
    const outer = this.scope.global(name);
    if (known === undefined && outer?.path === undefined) {
      this.#record(this.#globals, name);
      this.#record(this.#paths, name);
    }
    const found = [...(known ? [known] : []), ...(outer ? [outer] : [])];
    const value = found.length > 0 ? union(found) : named(name);
    this.#used(value);
    this.#push(value);
  }

  #loadAttribute(instruction: string, arg: number): void {
    const isSuper = instruction === 'LOAD_SUPER_ATTR';
    const target = isSuper ? (this.#take(3)[0] ?? NOTHING) : this.#pop();
    const name = this.#name(nameIndex(this.python, instruction, arg));
    this.#push(isSuper ? unknown(`super().${name}`) : this.#attributeOf(target, name));
    const method = instruction === 'LOAD_METHOD' || (isSuper || isSince(this.python, 12) ? (arg & 1) === 1 : false);
    if (method) this.#push(NULL);
  }

  #attributeOf(target: Abstract, name: string): Abstract {
    const values = each(target).map((one): Abstract => {
      if (one.path !== undefined) {
        const path = `${one.path}.${name}`;
        this.#record(this.#paths, path);
        if (name === '__dict__') return { text: path, path, namespaceOf: one };
        const folder = one.path === 'os.environ' ? FOLDER_VARIABLES.get(name) : undefined;
        if (folder !== undefined) return constant(folder);
        if (path === 'site.USER_SITE') return fold.packagesFolder(path) ?? named(path);
        return named(shortened(path));
      }
      const text = cut(`${one.text}.${name}`);
      this.#record(this.#paths, text);
      if (name === '__dict__') return { text, namespaceOf: one };
      this.scope.did({ kind: 'attribute', name, receiver: one, text });
      const stored = this.scope.attribute(name);
      const own: Abstract = {
        text,
        receiver: one,
        attribute: name,
        ...(one.place === undefined ? {} : { place: one.place }),
      };
      // A function that a class has gets the object as its first argument.
      return stored
        ? { ...own, or: each(stored).map((value) => (value.code ? { ...value, receiver: one } : value)) }
        : own;
    });
    const value = values.length === 1 ? (values[0] ?? NOTHING) : union(values.flatMap(each));
    this.#used(value);
    return value;
  }

  #used(value: Abstract): void {
    for (const one of each(value))
      if (one.path !== undefined) this.scope.did({ kind: 'use', path: one.path, text: one.path });
  }

  /** A text that the code makes can be a path that no constant of it shows. */
  #told(value: Abstract): Abstract {
    for (const one of each(value)) {
      const text = fold.isBytes(one.constant) ? programIn(one.constant) : textOf(one);
      if (text !== undefined) this.scope.did({ kind: 'text', value: text });
    }
    return value;
  }

  /** `typing.get_type_hints` and its like evaluate texts in annotations. */
  #annotated(value: Abstract, depth = 0): void {
    for (const one of each(value)) {
      const text = textOf(one);
      if (text !== undefined) this.scope.did({ kind: 'annotation', value: text });
      else if (depth < 3)
        for (const item of [...(one.items ?? []), ...(one.entries?.values() ?? [])].slice(0, ANNOTATED))
          this.#annotated(item, depth + 1);
    }
  }

  #import(path: string, value: string, isModule: boolean): void {
    if (isModule) this.scope.did({ kind: 'import', path });
    this.#record(this.#imports, path);
    this.#record(this.#paths, path);
    this.#push(named(value));
  }

  #load(variable: string): void {
    const own = this.#variables.get(variable);
    const outer = this.scope.outer(variable);
    const found = [...(own ? [own] : []), ...(outer ? [outer] : [])];
    if (found.length === 0) {
      this.#push(unknown(variable));
      return;
    }
    const value = union(found);
    this.#used(value);
    // A value without a name of its own is shown as the variable.
    this.#push(value.path === undefined && value.constant === undefined ? { ...value, text: variable } : value);
  }

  #storeName(variable: string): void {
    const value = this.#top();
    // In the body of a class it becomes an attribute.
    if (isKnown(value)) this.scope.setAttribute(variable, value);
    this.#store(variable);
  }

  #store(variable: string): void {
    const value = this.#pop();
    this.scope.setVariable(variable, value);
    const before = this.#variables.get(variable);
    const known = this.#stored.get(variable) ?? new Set<string>();
    this.#overwritten(variable, before);
    if (this.#isSecond && before) this.#variables.set(variable, grown(before, value, known));
    else if (before && this.#left.size >= JUMPS_LIMIT) this.#variables.set(variable, union([before, value]));
    else if (isKnown(value)) this.#variables.set(variable, value);
    else this.#variables.delete(variable);
    if (this.#isSecond) return;
    this.#stored.set(variable, known);
    for (const one of each(value)) known.add(keyOf(one));
  }

  #setAttribute(target: Abstract, name: string, value: Abstract): void {
    this.#record(this.#calls, cut(`${target.text}.${name} = ${value.text}`));
    if (isKnown(value)) this.scope.setAttribute(name, value);
    if (name === '__annotations__') this.#annotated(value);
    const text = cut(`${target.text}.${name} = ${value.text}`);
    this.#escapes(value, text);
    for (const { path, namespaceOf } of each(target)) {
      const owner = path ?? namespaceOf?.path;
      if (owner !== undefined) this.scope.did({ kind: 'store', path: `${owner}.${name}`, value, text });
    }
  }

  #setItem(target: Abstract, key: Abstract, value: Abstract): void {
    const text = cut(`${target.text}[${key.text}] = ${value.text}`);
    this.#record(this.#calls, text);
    this.#escapes(value, text);
    if (target.text.endsWith('__annotations__')) this.#annotated(value);
    const name = textOf(key);
    if (name !== undefined && isKnown(value)) this.scope.setAttribute(name, value);
    for (const { path, namespaceOf } of each(target)) {
      const owner = namespaceOf?.path ?? path;
      if (owner === 'globals()' && name !== undefined) this.scope.setGlobal(name, value);
      else if (owner !== undefined)
        this.scope.did({ kind: 'store', path: name === undefined ? `${owner}[…]` : `${owner}.${name}`, value, text });
    }
  }

  #subscript(target: Abstract, key: Abstract): Abstract {
    const text = cut(`${target.text}[${key.text}]`);
    const values = each(target).flatMap((one) => choices(key).map((name) => this.#item(one, name, text)));
    const value = union(values.flatMap(each));
    this.#used(value);
    return value;
  }

  #item(target: Abstract, key: Abstract, text: string): Abstract {
    const member = this.#member(target, key, text);
    if (member) return member;
    const folded = fold.folded(text, [target, key], ([a = NOTHING, b = NOTHING]) => fold.subscript(a, b));
    if (folded.constant !== undefined || folded.hidden === true || folded.path !== undefined || folded.code)
      return folded;
    if (target.items) return union([folded, ...target.items.flatMap(each).filter(isKnown)]);
    if (target.entries) return union([folded, ...[...target.entries.values()].flatMap(each)]);
    const name = textOf(key);
    if (target.path === 'os.environ') return fold.variable(key) ?? unknown(text);
    const stored = name === undefined ? undefined : this.scope.attribute(name);
    return stored ? { ...folded, or: each(stored) } : folded;
  }

  /** An item of a namespace, or of the table of modules. */
  #member(target: Abstract, key: Abstract, text: string): Abstract | undefined {
    const name = textOf(key);
    if (target.path === 'sys.modules' || target.path?.endsWith('.sys.modules') === true) {
      if (name !== undefined) return named(name);
      this.scope.did({ kind: 'computed', of: 'module', name: key, text });
      return { ...unknown(text), anyModule: true };
    }
    const owner = target.namespaceOf ?? (target.path === '__builtins__' ? named('builtins') : undefined);
    if (!owner) return undefined;
    if (owner.path === 'globals()') {
      if (name !== undefined) return this.scope.global(name) ?? this.#variables.get(name) ?? named(name);
      this.scope.did({ kind: 'computed', of: 'global', name: key, text });
      return unknown(text);
    }
    return this.#named(owner, key, text);
  }

  /** `getattr(owner, name)`. */
  #named(owner: Abstract, name: Abstract, text: string): Abstract {
    const constantName = textOf(name);
    if (constantName !== undefined)
      return constantName.split('.').reduce((value, part) => this.#attributeOf(value, part), owner);
    const path = owner.anyModule === true ? ANY_MODULE : owner.path;
    this.scope.did({ kind: 'computed', of: 'attribute', ...(path === undefined ? {} : { owner: path }), name, text });
    return unknown(text);
  }

  // Calls

  /** `slots` is the number of stack entries of a callable: with a place for a method's object, two. */
  #call(count: number, keywords: readonly string[], slots: 1 | 2): void {
    const names = keywords.length > 0 ? keywords : this.#keywords;
    this.#keywords = [];
    const args = this.#take(count);
    const { callable, first } = this.#callable(slots);
    const given = first ? [first, ...args] : args;
    const plain = given.length - names.length;
    this.#finish(callable, {
      args: given.slice(0, Math.max(0, plain)),
      keywords: new Map(names.map((name, index) => [name, given[plain + index] ?? NOTHING])),
    });
  }

  /** Before Python 3.6: names and values of keyword arguments in turns, then a list and a dict. */
  #callOld(arg: number, extra: number): void {
    const rest = this.#take(extra);
    const named = this.#take(2 * ((arg >> 8) & 0xff));
    const args = this.#take(arg & 0xff);
    const keywords = new Map<string, Abstract>();
    for (let index = 0; index + 1 < named.length; index += 2)
      keywords.set(textOf(named[index]) ?? UNKNOWN_TEXT, named[index + 1] ?? NOTHING);
    const starred = rest.flatMap((value) => fold.itemsIn(value) ?? [value]);
    this.#finish(this.#pop(), { args: [...args, ...starred], keywords });
  }

  #callUnpacked(flags: number): void {
    const more = (flags & 1) === 1 || isSince(this.python, 14) ? this.#pop() : undefined;
    const args = this.#pop();
    const { callable } = this.#callable(isSince(this.python, 11) ? 2 : 1);
    const keywords = more === undefined || more === NULL ? undefined : more;
    const shown = `*${args.text}${keywords === undefined ? '' : `, **${keywords.text}`}`;
    this.#finish(callable, { args: args.items ?? [args], keywords: new Map(keywords?.entries ?? []) }, shown);
  }

  #callable(slots: 1 | 2): { callable: Abstract; first: Abstract | undefined } {
    const [callable = NOTHING, first] = this.#take(slots).filter((part) => part !== NULL);
    // A short stack, and not an argument in the place of a method's object.
    if (callable === NOTHING && first) return { callable: first, first: undefined };
    return { callable, first };
  }

  #finish(callable: Abstract, call: Call, shown?: string): void {
    const listed = [
      ...call.args.map(({ text }) => text),
      ...Array.from(call.keywords, ([name, { text }]) => `${name}=${text}`),
    ];
    if (callable.constant !== undefined) {
      this.#push(NOTHING);
      return;
    }
    const text = cut(`${callable.text}(${shown ?? listed.slice(0, 50).join(', ')})`);
    this.#record(this.#calls, text);
    const callees = each(callable);
    const isNamed = callees.some(({ path }) => path !== undefined);
    const results = callees.map((one) =>
      this.#apply(one, call, cut(`${one.text}${text.slice(cut(callable.text).length)}`), isNamed),
    );
    const value = union(results.flatMap(each));
    this.#told(value);
    this.#used(value);
    this.#push(value);
  }

  #apply(callee: Abstract, call: Call, text: string, isNamed = false): Abstract {
    const { args } = call;
    if (callee.code) {
      const listed = COMPREHENSION.test(callee.code.name) ? this.#comprehension(callee.code, args[0], text) : undefined;
      return listed ?? this.scope.call(callee.code, call, callee.receiver !== undefined) ?? derived(text, args);
    }
    if (callee.getter) {
      const [target = NOTHING] = args;
      const got = union(choices(callee.getter.name).map((name) => this.#named(target, name, text)));
      return callee.getter.args ? this.#apply(got, { args: callee.getter.args, keywords: new Map() }, text) : got;
    }
    if (callee.path !== undefined) {
      const known = this.#builtin(callee.path, call, text);
      if (known) return known;
      this.scope.did({ kind: 'use', path: callee.path, text, call });
      this.#handed(call, text, callee.path);
      const { path } = callee;
      const made = fold.folded(text, args, (values) => fold.call(path, values));
      return { ...made, ...(made.path === undefined && made.constant === undefined ? { from: path } : {}) };
    }
    if (callee.receiver && callee.attribute !== undefined) {
      const receiver = callee.receiver;
      const own =
        this.#ownMethod(receiver, callee.attribute, call, text) ?? this.#format(receiver, callee.attribute, call, text);
      if (own) return own;
      // What it most likely is has a name.
      if (!isNamed) this.scope.did({ kind: 'method', name: callee.attribute, receiver, text, call });
      this.#handed(call, text);
      const name = callee.attribute;
      return fold.folded(text, [receiver, ...args], ([object = NOTHING, ...values]) =>
        fold.method(object, name, values),
      );
    }
    this.#handed(call, text);
    return derived(text, [callee, ...args]);
  }

  /** Methods of namespaces and lists, by which names are looked up. */
  #ownMethod(receiver: Abstract, name: string, { args }: Call, text: string): Abstract | undefined {
    const [key = NOTHING] = args;
    if (name === '__getattribute__' || name === '__getattr__')
      return this.#named(args.length > 1 ? key : receiver, args.at(-1) ?? NOTHING, text);
    const looksUp = name === 'get' || name === 'pop' || name === '__getitem__' || name === 'setdefault';
    if (looksUp && receiver.namespaceOf) return union(choices(key).map((one) => this.#item(receiver, one, text)));
    if (looksUp && receiver.entries) {
      const other = args[1] ?? NONE;
      return union([...choices(key).map((one) => this.#item(receiver, one, text)), other]);
    }
    if (name === '__enter__') return receiver;
    if (receiver.namespaceOf && name !== 'keys' && name !== 'update') this.#escapes(receiver, text);
    return undefined;
  }

  /** `'{0.a}'.format(x)` takes attributes, and `string.Formatter` gives them. */
  #format(receiver: Abstract, name: string, call: Call, text: string): Abstract | undefined {
    const pattern = textOf(receiver);
    if (pattern !== undefined) {
      if (name !== 'format' && name !== 'format_map') return undefined;
      this.#fields(
        pattern,
        name === 'format' ? call : { args: [], keywords: call.args[0]?.entries ?? new Map() },
        text,
      );
      return fold.folded(text, [receiver, ...call.args], ([object = NOTHING, ...values]) =>
        fold.method(object, name, values),
      );
    }
    if (receiver.text !== FORMATTER && !/^(?:get_field|vformat)$/.test(name)) return undefined;
    const [written = NOTHING, given = NOTHING, more = NOTHING] = call.args;
    const taken: Call = { args: given.items ?? [], keywords: more.entries ?? new Map() };
    switch (name) {
      case 'format':
        this.#fields(textOf(written) ?? '', { ...call, args: call.args.slice(1) }, text);
        return derived(text, call.args);
      case 'vformat':
        this.#fields(textOf(written) ?? '', taken, text);
        return derived(text, call.args);
      case 'get_field': {
        const field = textOf(written);
        return field === undefined
          ? undefined
          : sequence([this.#field(formatField(field), taken, text), written], '(', ')');
      }
      case 'get_value':
        return this.#item(typeof written.constant === 'number' ? given : more, written, text);
      default:
        return undefined;
    }
  }

  /** `logging.config` calls what stands under `()`, `class` or `factory`. */
  #configured(value: Abstract, text: string, depth = 0): void {
    if (depth > 4) return;
    for (const one of each(value)) {
      for (const item of (one.items ?? []).slice(0, CONFIGURED)) this.#configured(item, text, depth + 1);
      for (const [key, given] of [...(one.entries ?? [])].slice(0, CONFIGURED)) {
        if (/^(?:\(\)|class|factory)$/.test(key) && textOf(given) !== undefined)
          this.#escapes(this.#module(given, text, false), text);
        else if (key === '()') this.#escapes(given, text);
        else this.#configured(given, text, depth + 1);
      }
    }
  }

  #fields(pattern: string, call: Call, text: string): void {
    if (pattern.includes('{')) for (const field of formatFields(pattern)) this.#field(field, call, text);
  }

  #field({ argument, path }: FormatField, { args, keywords }: Call, text: string): Abstract {
    const first = /^\d+$/.test(argument) ? args[Number(argument)] : keywords.get(argument);
    return path.slice(-PARTS_LIMIT).reduce(
      (object, { name, isItem }) => {
        const key = constant(isItem && /^\d+$/.test(name) ? Number(name) : name);
        return union(each(object).map((one) => (isItem ? this.#item(one, key, text) : this.#named(one, key, text))));
      },
      path.length > PARTS_LIMIT ? NOTHING : (first ?? NOTHING),
    );
  }

  /** Functions that look things up, and those that make functions of functions. */
  #builtin(path: string, call: Call, text: string): Abstract | undefined {
    const { args } = call;
    const [first = NOTHING, second = NOTHING, third] = args;
    const bare = path.replace(/^(?:builtins|__builtins__|__builtin__)\./, '');
    const at = path.lastIndexOf('.');
    const listed = path.slice(0, at);
    if (listed.endsWith('.__dict__') && /\.(?:items|values|copy|popitem|__iter__)$/.test(path))
      this.#escapes(named(listed.slice(0, -'.__dict__'.length)), text);
    switch (path.slice(at + 1)) {
      case 'get':
      case 'pop':
      case '__getitem__': {
        // `sys.modules.get('os')`, `os.__dict__.get('system')`.
        const owner = path.slice(0, at);
        const table =
          owner === 'sys.modules' || owner === '__builtins__'
            ? named(owner)
            : owner.endsWith('.__dict__')
              ? { text: owner, namespaceOf: named(owner.slice(0, -9)) }
              : undefined;
        return table && union(each(first).map((one) => this.#item(table, one, text)));
      }
      case '__getattribute__':
        if (bare === 'object.__getattribute__' || bare === 'type.__getattribute__')
          return this.#named(first, second, text);
        return this.#named(named(path.slice(0, at)), first, text);
      case '__call__':
        return at > 0 ? this.#apply(named(path.slice(0, at)), call, text) : undefined;
    }
    switch (bare) {
      case 'getattr':
      case 'inspect.getattr_static': {
        const got = each(first).flatMap((owner) => choices(second).map((name) => this.#named(owner, name, text)));
        return union([...got, ...(third ? [third] : [])]);
      }
      case '__import__':
      case 'importlib.import_module':
      case 'import_module':
      case 'importlib.__import__':
      case '_imp.init_builtin':
      case 'dill._dill._import_module':
      case 'imp.load_module':
        return union(
          choices(args[0] ?? call.keywords.get('name') ?? NOTHING).map((name) =>
            this.#module(name, text, true, args[1]),
          ),
        );
      case 'pydoc.locate':
      case 'pkgutil.resolve_name':
        return union(choices(first).map((name) => this.#module(name, text, false)));
      case 'eval': {
        const source = textOf(first)?.trim();
        if (source === undefined || !DOTTED.test(source)) return undefined;
        const value = named(shortened(source));
        this.#used(value);
        return value;
      }
      case 'str.format':
      case 'str.format_map':
        return this.#format(first, bare.slice('str.'.length), { ...call, args: args.slice(1) }, text);
      case 'string.Formatter.format':
      case 'string.Formatter.vformat':
      case 'string.Formatter.get_field':
      case 'string.Formatter.get_value':
        return this.#format(
          { text: FORMATTER },
          bare.slice('string.Formatter.'.length),
          { ...call, args: args.slice(1) },
          text,
        );
      case 'logging.config.dictConfig':
        this.#configured(first, text);
        return undefined;
      case 'copyreg.add_extension':
        return this.#named(this.#module(first, text, true), second, text);
      case 'typing.ForwardRef':
        this.#annotated(first);
        return undefined;
      case 'typing.NamedTuple':
      case 'typing.TypedDict':
      case 'typing_extensions.TypedDict':
      case 'dataclasses.make_dataclass':
        for (const arg of args.slice(1)) this.#annotated(arg);
        return undefined;
      case 'vars':
        return args.length === 0 ? { text, namespaceOf: named('globals()') } : { text, namespaceOf: first };
      case 'globals':
      case 'locals':
        return { text, namespaceOf: named('globals()') };
      case 'operator.attrgetter':
        return { text, getter: { name: first } };
      case 'operator.methodcaller':
        return { text, getter: { name: first, args: args.slice(1) } };
      case 'operator.getitem':
        return this.#subscript(first, second);
      case 'functools.partial':
      case 'functools.partialmethod':
        this.#handed({ ...call, args: args.slice(0, 1) }, text, path, args.slice(1));
        return { ...first, text: first.text, or: undefined };
      case 'setattr':
      case 'object.__setattr__': {
        const name = textOf(second);
        if (name !== undefined) this.#setAttribute(first, name, third ?? NOTHING);
        else if (third) this.#escapes(third, text);
        return unknown(text);
      }
      case 'map':
      case 'itertools.starmap':
      case 'filter':
        this.scope.did({ kind: 'use', path, text, call });
        this.#handed(call, text, path);
        return (bare === 'map' ? this.#mapped(first, second) : undefined) ?? derived(text, args);
      case 'functools.reduce':
      case 'reduce':
        // `reduce(getattr, ['a', 'b'], x)`.
        if (first.path === 'getattr' && third)
          return (fold.itemsIn(second) ?? [second]).reduce((owner, name) => this.#named(owner, name, text), third);
        return undefined;
      case 'type':
      case 'id':
      case 'isinstance':
      case 'hasattr':
      case 'callable':
        this.scope.did({ kind: 'use', path, text, call });
        return unknown(text);
    }
    return undefined;
  }

  /** `map(f, [a, b])`, when all of the list is known. */
  #mapped(callee: Abstract, list: Abstract): Abstract | undefined {
    const items = fold.itemsIn(list);
    if (callee.path === undefined || !items || items.length > ITEMS_LIMIT) return undefined;
    const results = items.map((item) =>
      this.#apply(callee, { args: [item], keywords: new Map() }, cut(`${callee.text}(${item.text})`)),
    );
    return sequence(results, '[', ']');
  }

  #module(name: Abstract, text: string, isModule: boolean, within?: Abstract): Abstract {
    const relative = textOf(name);
    // `import_module('.system', 'os')`.
    const module =
      relative?.startsWith('.') === true ? `${textOf(within) ?? ''}${relative}`.replace(/^\.+/, '') : relative;
    if (module === undefined) {
      this.scope.did({ kind: 'computed', of: 'module', name, text });
      return { ...unknown(text), anyModule: true };
    }
    const path = module.replaceAll(':', '.').replace(/^builtins\./, '');
    if (isModule) this.scope.did({ kind: 'import', path });
    this.#record(this.#imports, path);
    this.#record(this.#paths, path);
    return named(path);
  }

  /** Functions and modules that are handed to others, which call them. */
  #handed({ args, keywords }: Call, text: string, to?: string, others: readonly Abstract[] = args): void {
    for (const arg of [...args, ...keywords.values()]) this.#escapes(arg, text, others, to);
  }

  #escapes(value: Abstract, text: string, others: readonly Abstract[] = [], to?: string): void {
    for (const one of each(value)) {
      for (const { path: own, namespaceOf } of [
        one,
        ...(one.items ?? []).slice(0, 100),
        ...(one.entries?.values() ?? []),
      ]) {
        const path = namespaceOf?.path ?? own;
        if (path === undefined) continue;
        this.scope.did({
          kind: 'use',
          path,
          text,
          call: { args: others.filter((other) => other !== value), keywords: new Map() },
        });
        this.scope.did({ kind: 'passed', path, to, text });
      }
    }
  }

  /** The items that a comprehension makes of constants. */
  #comprehension(code: CodeObject, over: Abstract | undefined, text: string): Abstract | undefined {
    const items =
      over &&
      each(over)
        .map((one) => fold.itemsIn(one))
        .find((list) => list !== undefined);
    const readings = items && items.length <= ITEMS_LIMIT ? readingsOf(code) : undefined;
    if (!items || !readings || typeof readings === 'string') return undefined;
    const [{ python, instructions }] = readings;
    const made: Abstract[] = [];
    for (const item of items) {
      const walk = new Walk(code, python, instructions, this.scope);
      walk.item = item;
      walk.isRound = true;
      walk.summary(200);
      const [value, ...more] = walk.made;
      if (!value || more.length > 0) return derived(text, [over]);
      made.push(value);
    }
    return sequence(made, '[', ']');
  }

  #makeFunction(name: string, arg: number): void {
    const minor = this.python === '2.7' ? -1 : Number(this.python.slice(2));
    if (minor >= 13) {
      this.#push(this.#asFunction(this.#pop()));
      return;
    }
    // The qualified name lies on top from 3.3 to 3.10.
    if (minor >= 0 && minor <= 10) this.#pop();
    const made = this.#asFunction(this.#pop());
    if (minor >= 6) {
      if ((arg & 8) !== 0) this.#pop();
      // Names and annotations in turns, or before 3.10 a dict.
      if ((arg & 4) !== 0) this.#annotated(this.#pop());
      if ((arg & 2) !== 0) this.#pop();
      if ((arg & 1) !== 0) this.#defaults(made, this.#pop());
    } else {
      if (name === 'MAKE_CLOSURE') this.#pop();
      this.#take((arg >> 16) & 0x7fff);
      this.#take(2 * ((arg >> 8) & 0xff));
      this.#defaults(made, { text: '()', items: this.#take(arg & 0xff) });
    }
    this.#push(made);
  }

  #asFunction(value: Abstract): Abstract {
    return value.code ? { ...functionOf(value.code), text: 'function' } : unknown('function');
  }

  #defaults({ code }: Abstract, values: Abstract): void {
    if (!code || !values.items) return;
    const { items } = values;
    const first = code.argcount - items.length;
    const keywords = new Map(items.map((item, index) => [code.locals[first + index] ?? UNKNOWN_TEXT, item] as const));
    this.scope.call(code, { args: [], keywords }, false);
  }

  // Containers

  #dict(parts: readonly Abstract[]): void {
    const entries = new Map<string, Abstract>();
    const shown: string[] = [];
    for (let index = 0; index + 1 < parts.length; index += 2) {
      const key = parts[index] ?? NOTHING;
      const value = parts[index + 1] ?? NOTHING;
      entries.set(textOf(key) ?? key.text, value);
      if (shown.length < 20) shown.push(`${key.text}, ${value.text}`);
    }
    this.#push({ text: cut(`{${shown.join(', ')}}`), entries });
  }

  #unpack(count: number): void {
    const value = this.#pop();
    const items = fold.itemsIn(value);
    for (let index = count - 1; index >= 0; index -= 1) {
      const item = items?.length === count ? items[index] : undefined;
      this.#push(item ?? derived(`${value.text}[${index}]`, [value]));
    }
  }

  #extend(): void {
    const [list = NOTHING, more = NOTHING] = this.#take(2);
    const items = list.items && more.items ? [...list.items, ...more.items] : undefined;
    if (list.items?.length === 0) this.#push(more.items ? sequence(more.items, '[', ']') : more);
    else this.#push({ ...derived(`[*${list.text}, *${more.text}]`, [list, more]), ...(items ? { items } : {}) });
  }

  #append(depth: number): void {
    const value = this.#pop();
    this.made.push(value);
    const at = this.#stack.length - depth;
    const list = this.#stack[at];
    if (!list?.items) return;
    // A loop in the function itself has its iterator between: the items of all its rounds are not told apart. A long list is written one by one.
    if (depth > 1) this.#stack[at] = derived(UNKNOWN_TEXT, [value]);
    else if (list.items.length < WRITTEN_LIMIT) this.#stack[at] = sequence([...list.items, value], '[', ']');
    else {
      // The last item stands for all that are written beyond the limit.
      const [last = NOTHING] = list.items.slice(-1);
      this.#stack[at] = sequence([...list.items.slice(0, -1), union([last, value])], '[', ']');
    }
  }

  #mapAdd(depth: number): void {
    const [first = NOTHING, second = NOTHING] = this.#take(2);
    const [key, value] = isSince(this.python, 8) ? [first, second] : [second, first];
    this.made.push(value);
    const at = this.#stack.length - depth;
    const dict = this.#stack[at];
    if (dict?.entries === undefined) return;
    if (dict.entries.size < WRITTEN_LIMIT) this.#stack[at] = withEntry(dict, key, value);
    // One entry stands for all that are written beyond the limit, whatever their keys.
    else this.#stack[at] = withEntry(dict, NOTHING, union([dict.entries.get(UNKNOWN_TEXT) ?? value, value]));
  }

  #mergeDicts(depth: number): void {
    const more = this.#pop();
    const at = this.#stack.length - depth;
    const dict = this.#stack[at];
    if (!dict?.entries) return;
    this.#stack[at] = more.entries
      ? { text: '{…}', entries: new Map([...dict.entries, ...more.entries]) }
      : dict.entries.size === 0
        ? more
        : derived(`{**${dict.text}, **${more.text}}`, [dict, more]);
  }

  #takeKeywords(): string[] {
    const names = this.#pop();
    return (names.items ?? []).map((name) => textOf(name) ?? UNKNOWN_TEXT);
  }

  // Constants and the stack

  #constant(index: number): Abstract {
    const value = this.code.constants[index];
    if (!value) return NOTHING;
    // The texts of Python 2 are bytes.
    const own =
      this.python === '2.7' && value.kind === 'bytes'
        ? constant(Buffer.from(value.bytes).toString('latin1'))
        : constantOf(value);
    return this.#told(own);
  }

  #constantTexts(index: number): string[] {
    const value = this.code.constants[index];
    return value && 'items' in value
      ? value.items.map((item) => (item.kind === 'text' ? item.text : UNKNOWN_TEXT))
      : [];
  }

  #name(index: number): string {
    return this.code.names[index] ?? UNKNOWN_TEXT;
  }
  #local(index: number): string {
    return this.code.locals[index] ?? UNKNOWN_TEXT;
  }

  #record(list: Set<string>, text: string): void {
    if (list.size < LISTED_LIMIT && text.length <= 2 * TEXT_LIMIT) list.add(text);
  }

  #push(value: Abstract): void {
    this.#stack.push(value);
  }
  #pop(): Abstract {
    if (this.#stack.length === 0) this.missing += 1;
    return this.#stack.pop() ?? NOTHING;
  }
  #top(): Abstract {
    if (this.#stack.length === 0) this.missing += 1;
    return this.#stack.at(-1) ?? NOTHING;
  }
  /** The last `count`, lowest first; what is missing is unknown. */
  #take(count: number): Abstract[] {
    const wanted = Math.min(count, 65_535);
    const taken = wanted === 0 ? [] : this.#stack.splice(-wanted);
    if (taken.length === wanted) return taken;
    this.missing += wanted - taken.length;
    return [...Array.from({ length: Math.min(255, wanted) - taken.length }, () => NOTHING), ...taken];
  }
  #again(count: number): void {
    for (const value of this.#stack.slice(-Math.max(1, Math.min(count, 255)))) this.#push(value);
  }
  #swap(depth: number): void {
    const last = this.#stack.length - 1;
    const other = this.#stack.length - depth;
    const [a, b] = [this.#stack[last], this.#stack[other]];
    if (a === undefined || b === undefined) return;
    this.#stack[last] = b;
    this.#stack[other] = a;
  }
  /** The top value goes below `depth - 1` others. */
  #rotate(depth: number): void {
    if (depth < 2 || this.#stack.length < depth) return;
    this.#stack.splice(-(depth - 1), 0, this.#pop());
  }
}

/** A variable of a loop: a constant that changes from round to round is not followed further. */
function grown(before: Abstract, value: Abstract, keys: ReadonlySet<string>): Abstract {
  const both = union([value, before]);
  const changes = each(value).some((one) => isClosed(one) && !keys.has(keyOf(one)));
  return changes ? union([both, HIDDEN]) : both;
}

/** The values that a name can have; when some are known, those. */
function choices(value: Abstract): readonly Abstract[] {
  const all = each(value);
  const known = all.filter(isClosed);
  return known.length > 0 ? known : all;
}

/** Whether anything of it can matter later. */
function isKnown(value: Abstract): boolean {
  return (
    value.path !== undefined ||
    value.code !== undefined ||
    value.getter !== undefined ||
    value.namespaceOf !== undefined ||
    value.place !== undefined ||
    value.receiver !== undefined ||
    value.entries !== undefined ||
    value.items !== undefined ||
    value.or !== undefined ||
    isClosed(value)
  );
}

function withEntry(dict: Abstract, key: Abstract, value: Abstract): Abstract {
  return { text: '{…}', entries: new Map([...(dict.entries ?? []), [textOf(key) ?? key.text, value]]) };
}

function programIn(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  return isProgram(text) ? text : undefined;
}

/** As an f-string writes it. */
function asText(value: Abstract): Abstract {
  return typeof value.constant === 'number' ? constant(String(value.constant)) : value;
}

const DOTTED = /^[A-Za-z_]\w*(?:\.\w+)*$/;
const COMPREHENSION = /^<(?:genexpr|listcomp|setcomp)>$/;

/** Instructions of which only the number of values matters: taken and given. */
const EFFECTS: ReadonlyMap<string, readonly [number, number]> = new Map(
  Object.entries({
    LOAD_ASSERTION_ERROR: [0, 1],
    LOAD_COMMON_CONSTANT: [0, 1],
    LOAD_LOCALS: [0, 1],
    PUSH_EXC_INFO: [0, 1],
    BEGIN_FINALLY: [0, 1],
    WITH_EXCEPT_START: [0, 1],
    MATCH_MAPPING: [0, 1],
    MATCH_SEQUENCE: [0, 1],
    MATCH_KEYS: [0, 1],
    GET_LEN: [0, 1],
    GET_ANEXT: [0, 1],
    RETURN_GENERATOR: [0, 1],
    CHECK_EXC_MATCH: [1, 1],
    CHECK_EG_MATCH: [2, 2],
    UNARY_CONVERT: [1, 1],
    YIELD_FROM: [2, 1],
    CALL_INTRINSIC_2: [2, 1],
    MATCH_CLASS: [3, 1],
    BUILD_CLASS: [3, 1],
    BUILD_TEMPLATE: [2, 1],
    END_SEND: [2, 1],
    CLEANUP_THROW: [3, 2],
    POP_EXCEPT: [1, 0],
    POP_ITER: [1, 0],
    PRINT_EXPR: [1, 0],
    PRINT_ITEM: [1, 0],
    PRINT_NEWLINE_TO: [1, 0],
    PRINT_ITEM_TO: [2, 0],
    GEN_START: [1, 0],
    DELETE_ATTR: [1, 0],
    DELETE_SUBSCR: [2, 0],
    END_ASYNC_FOR: [2, 0],
    STORE_SLICE_0: [2, 0],
    STORE_SLICE_1: [3, 0],
    STORE_SLICE_2: [3, 0],
    STORE_SLICE_3: [4, 0],
    DELETE_SLICE_0: [1, 0],
    DELETE_SLICE_1: [2, 0],
    DELETE_SLICE_2: [2, 0],
    DELETE_SLICE_3: [3, 0],
  } as const),
);

/** By the number that BINARY_OP takes; 13 more is the assigning form (`Include/opcode.h`, NB_ADD and on), 26 a subscript. */
const BINARY = ['+', '&', '//', '<<', '@', '*', '%', '|', '**', '>>', '-', '/', '^'];

const OPERATORS: Readonly<Record<string, string>> = {
  BINARY_ADD: '+',
  BINARY_SUBTRACT: '-',
  BINARY_MULTIPLY: '*',
  BINARY_MATRIX_MULTIPLY: '@',
  BINARY_TRUE_DIVIDE: '/',
  BINARY_DIVIDE: '/',
  BINARY_FLOOR_DIVIDE: '//',
  BINARY_MODULO: '%',
  BINARY_POWER: '**',
  BINARY_LSHIFT: '<<',
  BINARY_RSHIFT: '>>',
  BINARY_AND: '&',
  BINARY_OR: '|',
  BINARY_XOR: '^',
  COMPARE_OP: 'compared with',
  CONTAINS_OP: 'in',
  IS_OP: 'is',
};

/** A constant as Python; long and nested ones are cut. */
export function showValue(value: MarshalValue): string {
  return constantOf(value).text;
}
