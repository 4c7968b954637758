/**
 * A small assembler of pickles and ZIP archives: writes every opcode as asked, right or wrong, and runs nothing.
 * Opcodes are named as in Python's `pickletools`.
 */
import { crc32, deflateRawSync } from 'node:zlib';

const latin1 = (/** @type {string} */ text) => Buffer.from(text, 'latin1');
const utf8 = (/** @type {string} */ text) => Buffer.from(text, 'utf8');
const u8 = (/** @type {number} */ value) => Buffer.from([value]);
const u32 = (/** @type {number} */ value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u16 = (/** @type {number} */ value) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const u64 = (/** @type {number} */ value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

export const concat = (/** @type {(string | Uint8Array)[]} */ ...parts) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? latin1(part) : part)));

/** Opcodes, each as its bytes. */
export const op = {
  proto: (/** @type {number} */ version) => concat('\x80', u8(version)),
  frame: (/** @type {number} */ length) => concat('\x95', u64(length)),
  stop: latin1('.'),
  mark: latin1('('),
  pop: latin1('0'),
  popMark: latin1('1'),
  dup: latin1('2'),
  none: latin1('N'),
  true: latin1('\x88'),
  false: latin1('\x89'),
  int: (/** @type {number} */ value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return concat('J', bytes);
  },
  float: (/** @type {number} */ value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return concat('G', bytes);
  },
  long1: (/** @type {Uint8Array} */ bytes) => concat('\x8a', u8(bytes.length), bytes),
  unicode: (/** @type {string} */ text) => concat('X', u32(utf8(text).length), utf8(text)),
  shortUnicode: (/** @type {string} */ text) => concat('\x8c', u8(utf8(text).length), utf8(text)),
  bytes: (/** @type {Uint8Array} */ bytes) => concat('B', u32(bytes.length), bytes),
  emptyTuple: latin1(')'),
  emptyList: latin1(']'),
  emptyDict: latin1('}'),
  tuple: latin1('t'),
  tuple1: latin1('\x85'),
  tuple2: latin1('\x86'),
  tuple3: latin1('\x87'),
  append: latin1('a'),
  appends: latin1('e'),
  setItem: latin1('s'),
  setItems: latin1('u'),
  global: (/** @type {string} */ module, /** @type {string} */ name) => concat('c', utf8(`${module}\n${name}\n`)),
  inst: (/** @type {string} */ module, /** @type {string} */ name) => concat('i', utf8(`${module}\n${name}\n`)),
  stackGlobal: latin1('\x93'),
  ext1: (/** @type {number} */ code) => concat('\x82', u8(code)),
  reduce: latin1('R'),
  build: latin1('b'),
  obj: latin1('o'),
  newObj: latin1('\x81'),
  newObjEx: latin1('\x92'),
  memoize: latin1('\x94'),
  binPut: (/** @type {number} */ index) => concat('q', u8(index)),
  binGet: (/** @type {number} */ index) => concat('h', u8(index)),
  put: (/** @type {number} */ index) => latin1(`p${index}\n`),
  get: (/** @type {number} */ index) => latin1(`g${index}\n`),
  binPersId: latin1('Q'),
};

/** A name, spelled as protocol 2 and before spell it. */
export const global = op.global;

/** Calls `callee` (opcodes that leave one value) with arguments of the same kind. */
export const call = (/** @type {Uint8Array} */ callee, /** @type {Uint8Array[]} */ ...args) =>
  concat(callee, op.mark, ...args, op.tuple, op.reduce);

/**
 * Opcodes that build a plain value: numbers become floats unless whole, arrays lists, objects dicts; bytes are taken as opcodes.
 * @param {unknown} value
 * @returns {Buffer}
 */
export function value(value) {
  if (value === null) return op.none;
  if (typeof value === 'boolean') return value ? op.true : op.false;
  if (typeof value === 'string') return op.unicode(value);
  if (typeof value === 'number') return Number.isInteger(value) ? op.int(value) : op.float(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return concat(op.emptyList, op.mark, ...value.map((item) => valueOf(item)), op.appends);
  const pairs = Object.entries(/** @type {Record<string, unknown>} */ (value));
  return concat(
    op.emptyDict,
    op.mark,
    ...pairs.flatMap(([key, item]) => [op.unicode(key), valueOf(item)]),
    op.setItems,
  );
}
const valueOf = value;

/** A whole pickle: PROTO, the opcodes, STOP. */
export const pickle = (/** @type {Uint8Array} */ body, protocol = 2) => concat(op.proto(protocol), body, op.stop);

/**
 * A ZIP archive. `method` 8 deflates; `centralName` and `hidden` make the directory tell another story than the headers.
 * @param {{ name: string, data: Uint8Array, method?: 0 | 8, centralName?: string, hidden?: boolean, flags?: number, crc?: number }[]} members
 */
export function zip(members) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const member of members) {
    const method = member.method ?? 0;
    const data = method === 8 ? deflateRawSync(member.data) : Buffer.from(member.data);
    const name = utf8(member.name);
    const centralName = utf8(member.centralName ?? member.name);
    const common = (/** @type {Buffer} */ own) =>
      concat(
        u16(20),
        u16(member.flags ?? 0),
        u16(method),
        u16(0),
        u16(0x21),
        u32(member.crc ?? crc32(member.data)),
        u32(data.length),
        u32(member.data.length),
        u16(own.length),
        u16(0),
      );
    const local = concat('PK\x03\x04', common(name), name, data);
    if (!member.hidden) {
      directory.push(
        concat('PK\x01\x02', u16(20), common(centralName), u16(0), u16(0), u16(0), u32(0), u32(offset), centralName),
      );
    }
    parts.push(local);
    offset += local.length;
  }
  const central = concat(...directory);
  const end = concat(
    'PK\x05\x06',
    u16(0),
    u16(0),
    u16(directory.length),
    u16(directory.length),
    u32(central.length),
    u32(offset),
    u16(0),
  );
  return concat(...parts, central, end);
}

/**
 * A tar archive (POSIX.1-1988 `ustar`), as torch wrote before 0.1.10 with the members storages, tensors and pickle.
 * @param {[name: string, data: Uint8Array][]} members
 */
export const tar = (members) =>
  concat(
    ...members.flatMap(([name, data]) => {
      const header = Buffer.alloc(512);
      header.write(name, 0);
      header.write(`${data.length.toString(8).padStart(11, '0')} `, 124);
      header.write('        0', 148);
      header.write('ustar\x0000', 257);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return [header, data, Buffer.alloc(-data.length & 511)];
    }),
    Buffer.alloc(1024),
  );

/**
 * A torch checkpoint (`torch.save`, zip format) whose object is `body`; `storages` are its raw records `data/0`, `data/1` …
 * @param {string} name
 * @param {Uint8Array} body
 * @param {Uint8Array[]} storages
 */
export const torchZip = (name, body, storages) =>
  zip([
    { name: `${name}/data.pkl`, data: pickle(body) },
    { name: `${name}/byteorder`, data: latin1('little') },
    ...storages.map((data, index) => ({ name: `${name}/data/${index}`, data })),
    { name: `${name}/version`, data: latin1('3\n') },
  ]);

/**
 * A one-dimensional float32 tensor on storage `key`, as `torch._utils._rebuild_tensor_v2` builds it.
 * @param {string} key
 * @param {number} length
 */
export const tensor = (key, length) =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    concat(
      op.mark,
      op.unicode('storage'),
      global('torch', 'FloatStorage'),
      op.unicode(key),
      op.unicode('cpu'),
      op.int(length),
      op.tuple,
      op.binPersId,
    ),
    op.int(0),
    concat(op.int(length), op.tuple1),
    concat(op.int(1), op.tuple1),
    op.false,
    call(global('collections', 'OrderedDict')),
  );

/** The bytes of 32-bit floats, little-endian. */
export function floats(/** @type {number[]} */ numbers) {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, index) => bytes.writeFloatLE(number, index * 4));
  return bytes;
}
