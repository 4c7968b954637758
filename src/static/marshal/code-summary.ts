/**
 * The behaviour of a Python function, from its bytecode: its instructions are read in the order in which they stand, and each call is written as
 * Python. Branches and loops are not followed: every instruction is read once, whether it runs or not.
 */
import { type Instruction, NAMED, decode, isSince, nameIndex } from '../../readers/marshal/instructions.js';
import type { CodeObject, MarshalValue } from '../../readers/marshal/marshal.js';
import { type Python, instructionsOf } from '../../readers/marshal/opcodes.js';

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

/** Instructions of one function that are reported as calls; names are read from all instructions. */
const TOLD_LIMIT = 20_000;

/** Reads one function; those inside it are code objects of their own. At most `told` of its instructions are reported as calls. */
export function summarizeCode(code: CodeObject, told = TOLD_LIMIT): CodeSummary {
  let broken: string | undefined;
  for (const python of code.pythons) {
    const decoded = decode(code, instructionsOf(python));
    if (typeof decoded === 'string') broken = `read as Python ${python}, ${decoded}`;
    else return new Walk(code, python, decoded).summary(Math.min(told, TOLD_LIMIT));
  }
  return {
    python: undefined,
    broken: broken ?? 'no known Python lays functions out like this',
    calls: [],
    returns: [],
    imports: [],
    globals: code.names,
    paths: [],
  };
}

/** The value that Python pushes beside a callable in the place of a method's object. */
const NULL = '\0';

const UNKNOWN = '…';
const TEXT_LIMIT = 300;
const LISTED_LIMIT = 10_000;
const DOTTED = /^[A-Za-z_]\w*(\.\w+)*$/;

class Walk {
  readonly #stack: string[] = [];
  /** The values of variables that are a name or a constant. */
  readonly #variables = new Map<string, string>();
  readonly #calls = new Set<string>();
  readonly #returns = new Set<string>();
  readonly #imports = new Set<string>();
  readonly #globals = new Set<string>();
  readonly #paths = new Set<string>();
  #keywords: readonly string[] = [];

  constructor(
    private readonly code: CodeObject,
    private readonly python: Python,
    private readonly instructions: readonly Instruction[],
  ) {}

  summary(told: number): CodeSummary {
    this.instructions.forEach(({ name, arg }, index) => {
      if (index < told) this.#step(name, arg);
      else this.#nameOnly(name, arg);
    });
    return {
      python: this.python,
      calls: [...this.#calls],
      returns: [...this.#returns],
      imports: [...this.#imports],
      globals: [...this.#globals],
      paths: [...this.#paths],
    };
  }

  #step(name: string, arg: number): void {
    switch (name) {
      case 'RESUME':
      case 'NOP':
      case 'NOT_TAKEN':
      case 'PRECALL':
      case 'MAKE_CELL':
      case 'COPY_FREE_VARS':
      case 'TO_BOOL':
      case 'GET_ITER':
      case 'LIST_TO_TUPLE':
      case 'CALL_INTRINSIC_1':
      case 'FORMAT_SIMPLE':
      case 'CONVERT_VALUE':
        return;
      case 'PUSH_NULL':
        this.#push(NULL);
        return;
      case 'POP_TOP':
        this.#pop();
        return;
      case 'RETURN_VALUE':
        this.#record(this.#returns, this.#pop());
        return;
      case 'LOAD_CONST':
        this.#push(this.#constant(arg));
        return;
      case 'LOAD_SMALL_INT':
        this.#push(String(arg));
        return;
      case 'LOAD_BUILD_CLASS':
        this.#push('__build_class__');
        return;
      case 'LOAD_NAME':
      case 'LOAD_GLOBAL':
      case 'LOAD_FROM_DICT_OR_GLOBALS':
        this.#loadGlobal(name, arg);
        return;
      case 'LOAD_ATTR':
      case 'LOAD_METHOD':
      case 'LOAD_SUPER_ATTR':
        this.#loadAttribute(name, arg);
        return;
      case 'IMPORT_NAME':
        this.#take(2);
        this.#import(this.#name(arg));
        return;
      case 'IMPORT_FROM':
        // The module stays below what is taken from it.
        this.#import(`${this.#top()}.${this.#name(arg)}`);
        return;
      case 'IMPORT_STAR':
        this.#imports.add(`${this.#pop()}.*`);
        return;
      case 'STORE_NAME':
      case 'STORE_GLOBAL':
        this.#store(this.#name(arg));
        return;
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
        this.#store(this.code.cells[arg] ?? UNKNOWN);
        return;
      case 'LOAD_DEREF':
      case 'LOAD_CLASSDEREF':
      case 'LOAD_CLOSURE':
        this.#load(this.code.cells[arg] ?? UNKNOWN);
        return;
      case 'STORE_ATTR': {
        const [value = UNKNOWN, target = UNKNOWN] = this.#take(2);
        this.#record(this.#calls, `${target}.${this.#name(arg)} = ${value}`);
        return;
      }
      case 'STORE_SUBSCR': {
        const [value = UNKNOWN, target = UNKNOWN, key = UNKNOWN] = this.#take(3);
        this.#record(this.#calls, `${target}[${key}] = ${value}`);
        return;
      }
      case 'DUP_TOP':
        this.#push(this.#top());
        return;
      case 'COPY':
        this.#push(this.#stack.at(-arg) ?? UNKNOWN);
        return;
      case 'SWAP':
        this.#swap(arg);
        return;
      case 'ROT_TWO':
        this.#swap(2);
        return;
      case 'BINARY_SUBSCR': {
        const [target = UNKNOWN, key = UNKNOWN] = this.#take(2);
        this.#push(`${target}[${key}]`);
        return;
      }
      case 'BUILD_TUPLE':
        this.#push(`(${this.#list(arg)})`);
        return;
      case 'BUILD_MAP':
        this.#push(`{${this.#list(arg * 2)}}`);
        return;
      case 'BUILD_CONST_KEY_MAP':
        this.#push(`{${this.#list(arg + 1)}}`);
        return;
      case 'BUILD_SET':
        this.#push(`{${this.#list(arg)}}`);
        return;
      case 'FORMAT_VALUE':
        if ((arg & 4) !== 0) this.#pop();
        return;
      case 'FORMAT_WITH_SPEC':
        this.#pop();
        return;
      case 'UNPACK_SEQUENCE': {
        const value = this.#pop();
        for (let index = Math.min(arg, 255) - 1; index >= 0; index -= 1) this.#push(`${value}[${index}]`);
        return;
      }
      case 'BUILD_LIST':
        this.#push(`[${this.#list(arg)}]`);
        return;
      case 'BUILD_SLICE':
        this.#push(this.#take(arg).join(':'));
        return;
      case 'BUILD_STRING':
        this.#push(this.#take(arg).slice(0, 20).join(' + '));
        return;
      case 'LIST_EXTEND':
        this.#extend();
        return;
      case 'KW_NAMES':
        this.#keywords = this.#constantTexts(arg);
        return;
      case 'CALL_FUNCTION': {
        const old = this.python === '2.7' || this.python === '3.5';
        this.#call(old ? (arg & 0xff) + 2 * (arg >> 8) : arg, [], 1);
        return;
      }
      case 'CALL_FUNCTION_KW':
        this.#call(arg, this.#takeKeywords(), 1);
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
    if (
      name.startsWith('DELETE_') ||
      /^(UNARY_|YIELD_VALUE|GET_|JUMP_(FORWARD|BACKWARD|ABSOLUTE)|POP_BLOCK)/.test(name)
    )
      return;
    if (name.startsWith('POP_JUMP_') || /^(LIST_APPEND|SET_ADD|DICT_MERGE|DICT_UPDATE|SET_UPDATE)$/.test(name)) {
      this.#pop();
      return;
    }
    const operator = name === 'BINARY_OP' ? BINARY[arg % 13] : OPERATORS[name.replace(/^INPLACE_/, 'BINARY_')];
    if (operator !== undefined) {
      const [left = UNKNOWN, right = UNKNOWN] = this.#take(2);
      if (name === 'BINARY_OP' && arg === 26) {
        this.#push(`${left}[${right}]`);
        return;
      }
      // Names that are joined from pieces are shown in full.
      const joined = operator === '+' && isText(left) && isText(right);
      this.#push(joined ? left.slice(0, -1) + right.slice(1) : `(${left} ${operator} ${right})`);
      return;
    }
    if (/^MAKE_FUNCTION$|^SET_FUNCTION_ATTRIBUTE$|^MAKE_CLOSURE$/.test(name)) {
      // The number of operands on the stack depends on the version; the function's own code is read by itself.
      this.#stack.length = 0;
      this.#push('function');
      return;
    }
    // Jumps and rarer instructions: what was on the stack is not relied upon any more.
    this.#stack.length = 0;
  }

  #loadGlobal(instruction: string, arg: number): void {
    const name = this.#name(nameIndex(this.python, instruction, arg));
    const known = this.#variables.get(name);
    if (instruction === 'LOAD_GLOBAL' && isSince(this.python, 11) && (arg & 1) === 1) this.#push(NULL);
    if (known === undefined) {
      this.#record(this.#globals, name);
      this.#record(this.#paths, name);
    }
    this.#push(known ?? name);
  }

  #loadAttribute(instruction: string, arg: number): void {
    if (instruction === 'LOAD_SUPER_ATTR') this.#take(2);
    const target = this.#pop();
    const path = `${target}.${this.#name(nameIndex(this.python, instruction, arg))}`;
    this.#record(this.#paths, path);
    this.#push(path);
    const method =
      instruction === 'LOAD_METHOD' ||
      (instruction === 'LOAD_SUPER_ATTR' || isSince(this.python, 12) ? (arg & 1) === 1 : false);
    if (method) this.#push(NULL);
  }

  #import(path: string): void {
    this.#record(this.#imports, path);
    this.#record(this.#paths, path);
    this.#push(path);
  }

  #load(variable: string): void {
    this.#push(this.#variables.get(variable) ?? variable);
  }

  #store(variable: string): void {
    const value = this.#pop();
    if (DOTTED.test(value) || isText(value)) this.#variables.set(variable, value);
    else this.#variables.delete(variable);
  }

  /** `slots` is the number of stack entries of a callable: with a place for a method's object, two. */
  #call(count: number, keywords: readonly string[], slots: 1 | 2): void {
    const names = keywords.length > 0 ? keywords : this.#keywords;
    this.#keywords = [];
    const args = this.#take(count).map((arg, index) => {
      const name = names[index - (count - names.length)];
      return name === undefined ? arg : `${name}=${arg}`;
    });
    this.#finish(this.#callable(slots), args.slice(0, 50).join(', '));
  }

  #callUnpacked(flags: number): void {
    const keywords = (flags & 1) === 1 || isSince(this.python, 14) ? this.#pop() : undefined;
    const args = this.#pop();
    const callable = this.#callable(isSince(this.python, 11) ? 2 : 1);
    const shown = keywords === undefined || keywords === NULL ? `*${args}` : `*${args}, **${keywords}`;
    this.#finish(callable, shown);
  }

  #callable(slots: 1 | 2): string {
    const parts = this.#take(slots).filter((part) => part !== NULL);
    return parts.find((part) => part !== UNKNOWN) ?? UNKNOWN;
  }

  #finish(callable: string, args: string): void {
    if (isText(callable)) {
      this.#push(UNKNOWN);
      return;
    }
    const text = cut(`${callable}(${args})`);
    this.#record(this.#calls, text);
    // An import by name returns that module.
    const module = /^__import__\('([\w.]+)'/.exec(text)?.[1] ?? /^importlib\.import_module\('([\w.]+)'/.exec(text)?.[1];
    if (module !== undefined) this.#record(this.#imports, module);
    const attribute = /^getattr\(([A-Za-z_][\w.]*), '(\w+)'/.exec(text);
    const value = module ?? (attribute ? `${attribute[1] ?? ''}.${attribute[2] ?? ''}` : text);
    if (value !== text) this.#record(this.#paths, value);
    this.#push(value);
  }

  #extend(): void {
    const [list = UNKNOWN, more = UNKNOWN] = this.#take(2);
    this.#push(list === '[]' ? more : `[*${list}, *${more}]`);
  }

  #takeKeywords(): string[] {
    return [...this.#pop().matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  }

  #constant(index: number): string {
    const value = this.code.constants[index];
    if (!value) return UNKNOWN;
    // The texts of Python 2 are bytes.
    return this.python === '2.7' ? showValue(value).replace(/^b(?=')/, '') : showValue(value);
  }

  #constantTexts(index: number): string[] {
    const value = this.code.constants[index];
    return value && 'items' in value ? value.items.map((item) => (item.kind === 'text' ? item.text : UNKNOWN)) : [];
  }

  #name(index: number): string {
    return this.code.names[index] ?? UNKNOWN;
  }
  #local(index: number): string {
    return this.code.locals[index] ?? UNKNOWN;
  }

  #record(list: Set<string>, text: string): void {
    if (list.size < LISTED_LIMIT && text.length <= 2 * TEXT_LIMIT) list.add(text);
  }

  #push(text: string): void {
    this.#stack.push(text.length > TEXT_LIMIT && !isText(text) ? cut(text) : text);
  }
  #pop(): string {
    return this.#stack.pop() ?? UNKNOWN;
  }
  #top(): string {
    return this.#stack.at(-1) ?? UNKNOWN;
  }
  /** The last `count`, lowest first; what is missing is unknown. */
  #take(count: number): string[] {
    const wanted = Math.min(count, 255);
    const taken = wanted === 0 ? [] : this.#stack.splice(-wanted);
    return [...Array.from({ length: wanted - taken.length }, () => UNKNOWN), ...taken];
  }
  /** The last `count`, as a list in words. */
  #list(count: number): string {
    const items = this.#take(count);
    return items.slice(0, 20).join(', ') + (items.length > 20 ? `, ${UNKNOWN}` : '');
  }
  #swap(depth: number): void {
    const last = this.#stack.length - 1;
    const other = this.#stack.length - depth;
    const [a, b] = [this.#stack[last], this.#stack[other]];
    if (a === undefined || b === undefined) return;
    this.#stack[last] = b;
    this.#stack[other] = a;
  }
}

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

function isText(text: string): boolean {
  return text.length >= 2 && text.startsWith("'") && text.endsWith("'") && text.length <= 4 * TEXT_LIMIT;
}

function cut(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text;
}

/** A constant as Python; long and nested ones are cut. */
export function showValue(value: MarshalValue, depth = 0): string {
  switch (value.kind) {
    case 'name':
      return value.name;
    case 'number':
      return value.text;
    case 'text':
      return `'${value.text.slice(0, 4 * TEXT_LIMIT - 2)}'`;
    case 'bytes':
      return `b'${Buffer.from(value.bytes.subarray(0, TEXT_LIMIT)).toString('latin1')}'`;
    case 'code':
      return `function ${value.code.name.slice(0, 100)}`;
    default: {
      if (depth >= 2) return UNKNOWN;
      const shown = value.items.slice(0, 20).map((item) => showValue(item, depth + 1));
      if (value.items.length > shown.length) shown.push(UNKNOWN);
      return cut(`(${shown.join(', ')})`);
    }
  }
}
