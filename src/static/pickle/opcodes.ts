/**
 * The opcodes of pickle, protocols 0 to 5, as CPython's `Lib/pickletools.py` and `Modules/_pickle.c` (enum opcode) define them.
 */

/** How the argument after an opcode is written. Counted kinds begin with their length; `line` ends at a newline. */
export type ArgumentKind =
  | 'none'
  | 'u1'
  | 'u2'
  | 'i4'
  | 'u4'
  | 'u8'
  | 'f8'
  | 'line'
  | 'two-lines'
  /** Length of one byte, four bytes (unsigned, or signed for the two oldest) or eight. */
  | 'counted1'
  | 'counted4'
  | 'counted4-signed'
  | 'counted8';

export interface Opcode {
  readonly name: string;
  readonly argument: ArgumentKind;
  /** The protocol that introduced it. */
  readonly protocol: 0 | 1 | 2 | 3 | 4 | 5;
}

const TABLE = [
  ['(', 'MARK', 'none', 0],
  ['.', 'STOP', 'none', 0],
  ['0', 'POP', 'none', 0],
  ['1', 'POP_MARK', 'none', 1],
  ['2', 'DUP', 'none', 0],
  ['F', 'FLOAT', 'line', 0],
  ['I', 'INT', 'line', 0],
  ['J', 'BININT', 'i4', 1],
  ['K', 'BININT1', 'u1', 1],
  ['L', 'LONG', 'line', 0],
  ['M', 'BININT2', 'u2', 1],
  ['N', 'NONE', 'none', 0],
  ['P', 'PERSID', 'line', 0],
  ['Q', 'BINPERSID', 'none', 1],
  ['R', 'REDUCE', 'none', 0],
  ['S', 'STRING', 'line', 0],
  ['T', 'BINSTRING', 'counted4-signed', 1],
  ['U', 'SHORT_BINSTRING', 'counted1', 1],
  ['V', 'UNICODE', 'line', 0],
  ['X', 'BINUNICODE', 'counted4', 1],
  ['a', 'APPEND', 'none', 0],
  ['b', 'BUILD', 'none', 0],
  ['c', 'GLOBAL', 'two-lines', 0],
  ['d', 'DICT', 'none', 0],
  ['}', 'EMPTY_DICT', 'none', 1],
  ['e', 'APPENDS', 'none', 1],
  ['g', 'GET', 'line', 0],
  ['h', 'BINGET', 'u1', 1],
  ['i', 'INST', 'two-lines', 0],
  ['j', 'LONG_BINGET', 'u4', 1],
  ['l', 'LIST', 'none', 0],
  [']', 'EMPTY_LIST', 'none', 1],
  ['o', 'OBJ', 'none', 1],
  ['p', 'PUT', 'line', 0],
  ['q', 'BINPUT', 'u1', 1],
  ['r', 'LONG_BINPUT', 'u4', 1],
  ['s', 'SETITEM', 'none', 0],
  ['t', 'TUPLE', 'none', 0],
  [')', 'EMPTY_TUPLE', 'none', 1],
  ['u', 'SETITEMS', 'none', 1],
  ['G', 'BINFLOAT', 'f8', 1],
  ['\x80', 'PROTO', 'u1', 2],
  ['\x81', 'NEWOBJ', 'none', 2],
  ['\x82', 'EXT1', 'u1', 2],
  ['\x83', 'EXT2', 'u2', 2],
  ['\x84', 'EXT4', 'i4', 2],
  ['\x85', 'TUPLE1', 'none', 2],
  ['\x86', 'TUPLE2', 'none', 2],
  ['\x87', 'TUPLE3', 'none', 2],
  ['\x88', 'NEWTRUE', 'none', 2],
  ['\x89', 'NEWFALSE', 'none', 2],
  ['\x8a', 'LONG1', 'counted1', 2],
  ['\x8b', 'LONG4', 'counted4-signed', 2],
  ['B', 'BINBYTES', 'counted4', 3],
  ['C', 'SHORT_BINBYTES', 'counted1', 3],
  ['\x8c', 'SHORT_BINUNICODE', 'counted1', 4],
  ['\x8d', 'BINUNICODE8', 'counted8', 4],
  ['\x8e', 'BINBYTES8', 'counted8', 4],
  ['\x8f', 'EMPTY_SET', 'none', 4],
  ['\x90', 'ADDITEMS', 'none', 4],
  ['\x91', 'FROZENSET', 'none', 4],
  ['\x92', 'NEWOBJ_EX', 'none', 4],
  ['\x93', 'STACK_GLOBAL', 'none', 4],
  ['\x94', 'MEMOIZE', 'none', 4],
  ['\x95', 'FRAME', 'u8', 4],
  ['\x96', 'BYTEARRAY8', 'counted8', 5],
  ['\x97', 'NEXT_BUFFER', 'none', 5],
  ['\x98', 'READONLY_BUFFER', 'none', 5],
] as const satisfies readonly (readonly [string, string, ArgumentKind, Opcode['protocol']])[];

export type OpcodeName = (typeof TABLE)[number][1];

/** By code, 0 to 255; undefined where there is no such opcode. */
export const OPCODES: readonly (Opcode | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  const row = TABLE.find(([char]) => char.charCodeAt(0) === code);
  return row && { name: row[1], argument: row[2], protocol: row[3] };
});

/** The code of each opcode, by name. */
export const OP = Object.fromEntries(TABLE.map(([char, name]) => [name, char.charCodeAt(0)])) as Readonly<
  Record<OpcodeName, number>
>;
