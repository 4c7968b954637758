/**
 * The opcodes of pickle, protocols 0 to 5, as CPython's `Lib/pickletools.py` and `Modules/_pickle.c` (enum opcode) define them.
 */

/** An enumeration, so that bundling turns the cases of the emulator's switch into numbers and the switch into a table. */
export enum Op {
  MARK = 0x28,
  EMPTY_TUPLE = 0x29,
  STOP = 0x2e,
  POP = 0x30,
  POP_MARK = 0x31,
  DUP = 0x32,
  BINBYTES = 0x42,
  SHORT_BINBYTES = 0x43,
  FLOAT = 0x46,
  BINFLOAT = 0x47,
  INT = 0x49,
  BININT = 0x4a,
  BININT1 = 0x4b,
  LONG = 0x4c,
  BININT2 = 0x4d,
  NONE = 0x4e,
  PERSID = 0x50,
  BINPERSID = 0x51,
  REDUCE = 0x52,
  STRING = 0x53,
  BINSTRING = 0x54,
  SHORT_BINSTRING = 0x55,
  UNICODE = 0x56,
  BINUNICODE = 0x58,
  EMPTY_LIST = 0x5d,
  APPEND = 0x61,
  BUILD = 0x62,
  GLOBAL = 0x63,
  DICT = 0x64,
  APPENDS = 0x65,
  GET = 0x67,
  BINGET = 0x68,
  INST = 0x69,
  LONG_BINGET = 0x6a,
  LIST = 0x6c,
  OBJ = 0x6f,
  PUT = 0x70,
  BINPUT = 0x71,
  LONG_BINPUT = 0x72,
  SETITEM = 0x73,
  TUPLE = 0x74,
  SETITEMS = 0x75,
  EMPTY_DICT = 0x7d,
  PROTO = 0x80,
  NEWOBJ = 0x81,
  EXT1 = 0x82,
  EXT2 = 0x83,
  EXT4 = 0x84,
  TUPLE1 = 0x85,
  TUPLE2 = 0x86,
  TUPLE3 = 0x87,
  NEWTRUE = 0x88,
  NEWFALSE = 0x89,
  LONG1 = 0x8a,
  LONG4 = 0x8b,
  SHORT_BINUNICODE = 0x8c,
  BINUNICODE8 = 0x8d,
  BINBYTES8 = 0x8e,
  EMPTY_SET = 0x8f,
  ADDITEMS = 0x90,
  FROZENSET = 0x91,
  NEWOBJ_EX = 0x92,
  STACK_GLOBAL = 0x93,
  MEMOIZE = 0x94,
  FRAME = 0x95,
  BYTEARRAY8 = 0x96,
  NEXT_BUFFER = 0x97,
  READONLY_BUFFER = 0x98,
}

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
  readonly code: Op;
  readonly name: string;
  readonly argument: ArgumentKind;
  /** The protocol that introduced it. */
  readonly protocol: 0 | 1 | 2 | 3 | 4 | 5;
}

const TABLE: readonly (readonly [Op, ArgumentKind, Opcode['protocol']])[] = [
  [Op.MARK, 'none', 0],
  [Op.EMPTY_TUPLE, 'none', 1],
  [Op.STOP, 'none', 0],
  [Op.POP, 'none', 0],
  [Op.POP_MARK, 'none', 1],
  [Op.DUP, 'none', 0],
  [Op.BINBYTES, 'counted4', 3],
  [Op.SHORT_BINBYTES, 'counted1', 3],
  [Op.FLOAT, 'line', 0],
  [Op.BINFLOAT, 'f8', 1],
  [Op.INT, 'line', 0],
  [Op.BININT, 'i4', 1],
  [Op.BININT1, 'u1', 1],
  [Op.LONG, 'line', 0],
  [Op.BININT2, 'u2', 1],
  [Op.NONE, 'none', 0],
  [Op.PERSID, 'line', 0],
  [Op.BINPERSID, 'none', 1],
  [Op.REDUCE, 'none', 0],
  [Op.STRING, 'line', 0],
  [Op.BINSTRING, 'counted4-signed', 1],
  [Op.SHORT_BINSTRING, 'counted1', 1],
  [Op.UNICODE, 'line', 0],
  [Op.BINUNICODE, 'counted4', 1],
  [Op.EMPTY_LIST, 'none', 1],
  [Op.APPEND, 'none', 0],
  [Op.BUILD, 'none', 0],
  [Op.GLOBAL, 'two-lines', 0],
  [Op.DICT, 'none', 0],
  [Op.APPENDS, 'none', 1],
  [Op.GET, 'line', 0],
  [Op.BINGET, 'u1', 1],
  [Op.INST, 'two-lines', 0],
  [Op.LONG_BINGET, 'u4', 1],
  [Op.LIST, 'none', 0],
  [Op.OBJ, 'none', 1],
  [Op.PUT, 'line', 0],
  [Op.BINPUT, 'u1', 1],
  [Op.LONG_BINPUT, 'u4', 1],
  [Op.SETITEM, 'none', 0],
  [Op.TUPLE, 'none', 0],
  [Op.SETITEMS, 'none', 1],
  [Op.EMPTY_DICT, 'none', 1],
  [Op.PROTO, 'u1', 2],
  [Op.NEWOBJ, 'none', 2],
  [Op.EXT1, 'u1', 2],
  [Op.EXT2, 'u2', 2],
  [Op.EXT4, 'i4', 2],
  [Op.TUPLE1, 'none', 2],
  [Op.TUPLE2, 'none', 2],
  [Op.TUPLE3, 'none', 2],
  [Op.NEWTRUE, 'none', 2],
  [Op.NEWFALSE, 'none', 2],
  [Op.LONG1, 'counted1', 2],
  [Op.LONG4, 'counted4-signed', 2],
  [Op.SHORT_BINUNICODE, 'counted1', 4],
  [Op.BINUNICODE8, 'counted8', 4],
  [Op.BINBYTES8, 'counted8', 4],
  [Op.EMPTY_SET, 'none', 4],
  [Op.ADDITEMS, 'none', 4],
  [Op.FROZENSET, 'none', 4],
  [Op.NEWOBJ_EX, 'none', 4],
  [Op.STACK_GLOBAL, 'none', 4],
  [Op.MEMOIZE, 'none', 4],
  [Op.FRAME, 'u8', 4],
  [Op.BYTEARRAY8, 'counted8', 5],
  [Op.NEXT_BUFFER, 'none', 5],
  [Op.READONLY_BUFFER, 'none', 5],
];

/** By code, 0 to 255; undefined where there is no such opcode. */
export const OPCODES: readonly (Opcode | undefined)[] = (() => {
  const table = new Array<Opcode | undefined>(256).fill(undefined);
  for (const [code, argument, protocol] of TABLE) table[code] = { code, name: Op[code], argument, protocol };
  return table;
})();

/** Bytes of the arguments that always have as many. */
const FIXED: Readonly<Partial<Record<ArgumentKind, number>>> = { none: 0, u1: 1, u2: 2, i4: 4, u4: 4, u8: 8, f8: 8 };

/** They ask for what a program registered before, and no library does. */
const EXTENSIONS: ReadonlySet<Op> = new Set([Op.EXT1, Op.EXT2, Op.EXT4]);

/** True when a loader of pickles gives up on these first bytes before anything is called. */
export function cannotBeginPickle(head: Uint8Array): boolean {
  for (let at = 0; at < head.length;) {
    const opcode = OPCODES[head[at] ?? 0];
    if (!opcode || EXTENSIONS.has(opcode.code)) return true;
    const size = FIXED[opcode.argument];
    if (size === undefined || opcode.code === Op.STOP) return at === 0 && opcode.code === Op.STOP;
    at += 1 + size;
  }
  return false;
}
