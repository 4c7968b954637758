/** The instructions of a code object, checked so far that nothing in them is out of range. */
import type { CodeObject } from './marshal.js';
import type { Instructions, Python } from './opcodes.js';

export interface Instruction {
  readonly name: string;
  readonly arg: number;
  /** Where it begins, and where the next one does, in bytes. */
  readonly at: number;
  readonly end: number;
}

/** Bytes of one function; the longest of Python's own library has 30,000. */
const LENGTH_LIMIT = 1024 * 1024;

/** The instructions, or what is wrong with them: a number out of range lets Python read memory that is not the function's. */
export function decode(code: CodeObject, set: Instructions): Instruction[] | string {
  const bytes = code.code;
  if (bytes.length > LENGTH_LIMIT) return `it is ${bytes.length} bytes long`;
  const wide = set.python === '2.7' || set.python === '3.5';
  const decoded: Instruction[] = [];
  let extended = 0;
  let start: number | undefined;
  for (let at = 0; at < bytes.length;) {
    start ??= at;
    const number = bytes[at] ?? 0;
    const name = set.names.get(number);
    if (name === undefined || name === 'CACHE') return `instruction ${number} at byte ${at} is unknown`;
    let arg = extended;
    if (!wide) {
      arg = (extended << 8) | (bytes[at + 1] ?? 0);
      at += 2;
    } else if (number >= set.haveArgument) {
      arg = (extended << 16) | (bytes[at + 1] ?? 0) | ((bytes[at + 2] ?? 0) << 8);
      at += 3;
    } else at += 1;
    if (at > bytes.length) return 'it ends inside an instruction';
    if (name === 'EXTENDED_ARG') {
      extended = arg;
      continue;
    }
    extended = 0;
    for (let cache = (set.caches.get(name) ?? 0) * 2; cache > 0; cache -= 1, at += 1) {
      if (bytes[at] !== 0) return `there is something at byte ${at}, where Python has its caches`;
    }
    const wrong = outOfRange(code, set.python, name, arg);
    if (wrong !== undefined) return wrong;
    decoded.push({ name, arg, at: start, end: at });
    start = undefined;
  }
  if (decoded.length === 0) return 'it has no instructions';
  if (isSince(set.python, 11) && !decoded.slice(0, 40).some(({ name }) => name === 'RESUME'))
    return 'it does not begin as functions do';
  return decoded;
}

function outOfRange(code: CodeObject, python: Python, name: string, arg: number): string | undefined {
  const check = (list: readonly unknown[], index: number): string | undefined =>
    index >= 0 && index < list.length ? undefined : `${name} uses entry ${index} of a list of ${list.length}`;
  switch (name) {
    case 'LOAD_CONST':
    case 'RETURN_CONST':
    case 'KW_NAMES':
      return check(code.constants, arg);
    case 'LOAD_FAST_LOAD_FAST':
    case 'LOAD_FAST_BORROW_LOAD_FAST_BORROW':
    case 'STORE_FAST_LOAD_FAST':
    case 'STORE_FAST_STORE_FAST':
      return check(code.locals, arg >> 4) ?? check(code.locals, arg & 15);
  }
  if (NAMED.has(name)) return check(code.names, nameIndex(python, name, arg));
  if (/^(LOAD|STORE|DELETE)_FAST/.test(name)) return check(code.locals, arg);
  if (/DEREF$|^LOAD_CLOSURE$|^MAKE_CELL$/.test(name)) return check(code.cells, arg);
  return undefined;
}

export const NAMED: ReadonlySet<string> = new Set(
  (
    'LOAD_NAME LOAD_GLOBAL LOAD_FROM_DICT_OR_GLOBALS LOAD_ATTR LOAD_METHOD LOAD_SUPER_ATTR IMPORT_NAME IMPORT_FROM STORE_NAME ' +
    'STORE_GLOBAL STORE_ATTR DELETE_NAME DELETE_GLOBAL DELETE_ATTR'
  ).split(' '),
);

/** Some instructions keep flags below the index (`Lib/dis.py`). */
export function nameIndex(python: Python, name: string, arg: number): number {
  if (name === 'LOAD_GLOBAL' && isSince(python, 11)) return arg >> 1;
  if (name === 'LOAD_ATTR' && isSince(python, 12)) return arg >> 1;
  if (name === 'LOAD_SUPER_ATTR') return arg >> 2;
  return arg;
}

/** The byte that a jump leads to; undefined for what is no jump (`Lib/dis.py`, `findlabels`). */
export function targetOf(python: Python, { name, arg, end }: Instruction): number | undefined {
  if (!JUMP.test(name)) return undefined;
  if (isSince(python, 11)) return end + (name.includes('BACKWARD') ? -2 : 2) * arg;
  const bytes = python === '3.10' ? 2 * arg : arg;
  return RELATIVE.test(name) ? end + bytes : bytes;
}

const JUMP = /^(?:POP_)?JUMP_|^FOR_ITER$|^SEND$|^FOR_LOOP$|^CONTINUE_LOOP$|^SETUP_(?!ANNOTATIONS)/;
const RELATIVE = /^JUMP_FORWARD$|^FOR_ITER$|^SETUP_/;

export function isSince(python: Python, minor: number): boolean {
  return python !== '2.7' && Number(python.slice(2)) >= minor;
}
