/** Tells what a model file is, by what is in it; its name is never asked. */
import type { Format } from './format.js';
import { bytesSource, type ByteSource } from '../static/bytes.js';
import { isTorchMagic } from '../static/pickle/dialect.js';
import { emptyFacts, walkStream, type PickleFacts, type StreamWalk } from '../static/pickle/emulate.js';
import { looksLikeTar, looksLikeTorchTar } from '../static/archive/tar.js';
import { compressionOf } from '../static/unpack/magic.js';
import { OPCODES, Op } from '../static/pickle/opcodes.js';
import { unpack, type Compression } from '../static/unpack/unpack.js';
import { looksLikeZip, readZip, type ZipMember } from '../static/archive/zip.js';

export interface Detection {
  readonly format: Format;
  /** One sentence part: how it was told, or what is odd about it. */
  readonly detail: string;
  /** Packing around the whole file, for joblib. */
  readonly compression?: Compression;
  /** False when the content only begins like this format and could not be looked into further. */
  readonly certain: boolean;
}

/** Enough of a stream to know what wrote it. */
const FIRST_LOOK = 20_000_000;
/** Unpacked bytes that a compressed file is told by. */
const UNPACKED_LOOK = 256 * 1024;
/** Bytes that a magic number, or the first fields of a format, are looked for in. */
const HEAD = 4096;

/** What the source is. Never throws for its content. */
export async function detectFormat(source: ByteSource, signal?: AbortSignal): Promise<Detection> {
  if (source.size === 0) return found('empty', 'it has no bytes');
  const head = await source.read(0, HEAD);
  const text = latin1(head.subarray(0, 16));
  if (text.startsWith('\x93NUMPY')) return found('npy', 'it begins with the NumPy magic');
  if (text.startsWith('PK')) {
    const zip = await zipFormat(source, signal);
    if (zip) return zip;
  }
  if (text.startsWith('GGUF')) return found('gguf', 'it begins with the GGUF magic');
  if (text.slice(4, 8) === 'TFL3') return found('tflite', 'it has the TensorFlow Lite file identifier');
  if (await isHdf5(source)) return found('hdf5', 'it has the HDF5 signature');
  if (isSafeTensors(head, source.size)) return found('safetensors', 'it begins with a SafeTensors header');
  const packed = await compressed(source, head, signal);
  if (packed) return packed;
  if (await looksLikeTorchTar(source)) return found('torch-legacy', 'a tar archive as torch wrote before 0.1.10');
  const pickle = await pickleFormat(source, signal);
  if (pickle) return pickle;
  if (await looksLikeZip(source)) {
    const zip = await zipFormat(source, signal);
    if (zip) return { ...zip, detail: `${zip.detail}, after other bytes` };
  }
  return protobufFormat(head, source.size) ?? found('unknown', 'no known format begins like this');
}

/**
 * Everything that a source is by its content, told by magic numbers alone and cheap enough for each member of an archive. `pickle` is only
 * a guess by the first byte. Of an inner source, an archive behind other data is found when nothing follows it.
 */
export async function contentFormats(
  source: ByteSource,
  { inner }: { readonly inner: boolean; readonly name?: string | undefined },
): Promise<Format[]> {
  const head = await source.read(0, HEAD);
  if (head.length === 0) return [];
  const formats: Format[] = [];
  const text = latin1(head.subarray(0, 16));
  if (canBeginPickle(head)) formats.push('pickle');
  if (text.startsWith('\x93NUMPY')) formats.push('npy');
  if (text.startsWith('GGUF')) formats.push('gguf');
  if (text.slice(4, 8) === 'TFL3') formats.push('tflite');
  if (await isHdf5(source)) formats.push('hdf5');
  if (isSafeTensors(head, source.size)) formats.push('safetensors');
  if (compressionOf(head) !== undefined) formats.push('packed');
  if (await looksLikeTar(source)) formats.push('tar');
  if (inner ? await isZipInside(source, text) : await looksLikeZip(source)) formats.push('zip');
  const protobuf = protobufFormat(head, source.size);
  if (protobuf) formats.push(protobuf.format);
  return formats;
}

/** True when the first bytes of a member are worth unpacking the rest of it. */
export async function looksLikeAnything(head: Uint8Array, name: string): Promise<boolean> {
  if (UNPICKLED.test(name)) return true;
  // The size of the whole is not known: nothing is ruled out for it.
  const endless = { ...bytesSource(head), size: Number.MAX_SAFE_INTEGER };
  return (await contentFormats(endless, { inner: true, name })).length > 0;
}

/** Members that some loader unpickles, by the names torch and others give them. */
export const UNPICKLED = /\.(pkl|pickle|p|joblib|dill)$/i;

/** An opcode that needs nothing on the stack; a protocol that exists. */
function canBeginPickle([first = 0, second = 0]: Uint8Array): boolean {
  if ((first as Op) === Op.PROTO) return second <= 5;
  return OPCODES[first] !== undefined && !NEEDS_STACK.has(first);
}

// prettier-ignore
const NEEDS_STACK: ReadonlySet<number> = new Set<Op>([
  Op.STOP, Op.POP, Op.POP_MARK, Op.DUP, Op.BINPERSID, Op.REDUCE, Op.APPEND, Op.BUILD, Op.DICT, Op.APPENDS, Op.GET, Op.BINGET, Op.INST,
  Op.LONG_BINGET, Op.LIST, Op.OBJ, Op.PUT, Op.BINPUT, Op.LONG_BINPUT, Op.SETITEM, Op.TUPLE, Op.SETITEMS, Op.NEWOBJ, Op.TUPLE1, Op.TUPLE2,
  Op.TUPLE3, Op.ADDITEMS, Op.FROZENSET, Op.NEWOBJ_EX, Op.STACK_GLOBAL, Op.MEMOIZE, Op.READONLY_BUFFER,
]);

async function isZipInside(source: ByteSource, text: string): Promise<boolean> {
  return text.startsWith('PK\x03\x04') || latin1(await source.read(source.size - 22, 4)) === 'PK\x05\x06';
}

function found(format: Format, detail: string): Detection {
  return { format, detail, certain: true };
}

// Zip archives ---------------------------------------------------------------------------------------------------------

async function zipFormat(source: ByteSource, signal?: AbortSignal): Promise<Detection | undefined> {
  const { members, truncated } = await readZip(source, signal);
  if (members.length === 0)
    return source.size >= 22 || truncated ? undefined : found('zip', 'an archive without members');
  const cut = truncated ? ', cut off before its directory' : '';
  const names = members.map((member) => member.name);
  const torch = names.find((name) => /(^|\/)data\.pkl$/.test(name));
  if (torch !== undefined) {
    const folder = torch.slice(0, -'data.pkl'.length);
    // Written by torch.jit.save (`torch/csrc/jit/serialization/export_module.cpp`).
    const script = names.some((name) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`));
    return script
      ? found('torchscript', `an archive with ${folder}constants.pkl or ${folder}code/${cut}`)
      : found('torch-zip', `an archive with ${torch}${cut}`);
  }
  if (truncated && (await beginsTorch(source, members)))
    return found('torch-zip', `an archive that begins like torch's${cut}`);
  if (names.includes('config.json') && names.some((name) => name === 'metadata.json' || name === 'model.weights.h5')) {
    return found('keras', `an archive with config.json and its weights${cut}`);
  }
  if (names.every((name) => name.endsWith('.npy'))) return found('npz', `an archive of .npy members${cut}`);
  return found('zip', `an archive with ${members.length} members${cut}`);
}

/** torch writes data.pkl first, or `.format_version`, `byteorder` and `version` records around it. */
async function beginsTorch(source: ByteSource, members: readonly ZipMember[]): Promise<boolean> {
  const [first] = members;
  if (!first) return false;
  const [one, two] = await source.read(first.data, 2);
  return one === 0x80 && two === 2 && first.method === 0 && first.name.includes('/');
}

// Pickles --------------------------------------------------------------------------------------------------------------

async function pickleFormat(source: ByteSource, signal?: AbortSignal): Promise<Detection | undefined> {
  const facts = emptyFacts();
  const options = { arrays: true, opcodes: FIRST_LOOK, ...(signal ? { signal } : {}) };
  const walk = await walkStream(source, 0, facts, options);
  if (!isPickle(walk, facts, source.size)) return undefined;
  if (isTorchMagic(walk)) return found('torch-legacy', "its first pickle is torch's magic number");
  const cut = walk.broke === undefined ? '' : ', but its first pickle does not end';
  for (const [prefix, format] of WRITERS) {
    for (const { module } of facts.globals.values()) {
      if (module === prefix || module.startsWith(`${prefix}.`))
        return found(format, `a pickle that asks for ${prefix}${cut}`);
    }
  }
  return found('pickle', `a pickle of protocol ${walk.protocol ?? 'below 2'}${cut}`);
}

/** The library whose loader a pickle needs, by a module it asks for. joblib first: its arrays are no opcodes. */
const WRITERS: readonly (readonly [string, Format])[] = [
  ['joblib.numpy_pickle', 'joblib'],
  ['dill', 'dill'],
  ['cloudpickle', 'cloudpickle'],
];

/**
 * Text and random bytes can begin with opcodes: a pickle that declares its protocol needs little more,
 * one that does not must reach its end, or a name, to be taken for one.
 */
function isPickle(walk: StreamWalk, facts: PickleFacts, size: number): boolean {
  if (walk.protocol !== undefined) return walk.broke === undefined || walk.opcodes >= 2 || walk.end >= size;
  if (walk.broke === undefined) return walk.opcodes >= 2 && (walk.end > 2 || size === 2);
  const name = /^[A-Za-z_][\w.]*$/;
  return [...facts.globals.values()].some((use) => name.test(use.module) && name.test(use.name));
}

// Packed files ---------------------------------------------------------------------------------------------------------

async function compressed(source: ByteSource, head: Uint8Array, signal?: AbortSignal): Promise<Detection | undefined> {
  const compression = compressionOf(head);
  if (compression === undefined) return undefined;
  const { bytes, gap } = await unpack(source, compression, UNPACKED_LOOK, signal);
  if (bytes.length === 0 && (gap === undefined || compression === 'zlib')) return undefined;
  if (bytes.length === 0)
    return { format: 'joblib', detail: `packed with ${compression}, but damaged`, compression, certain: false };
  const inner = await pickleFormat(bytesSource(bytes), signal);
  if (!inner) return undefined;
  return { format: 'joblib', detail: `packed with ${compression}: ${inner.detail}`, compression, certain: true };
}

// Formats that are only recognised -------------------------------------------------------------------------------------

/** The signature stands at 0, 512, 1024, 2048 … (HDF5 File Format Specification 3.0, II.A). */
async function isHdf5(source: ByteSource): Promise<boolean> {
  for (let offset = 0; offset < Math.min(source.size, 1 << 20); offset = offset === 0 ? 512 : offset * 2) {
    if (latin1(await source.read(offset, 8)) === '\x89HDF\r\n\x1a\n') return true;
  }
  return false;
}

function isSafeTensors(head: Uint8Array, size: number): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length >= 2n && length <= BigInt(size - 8) && (head[9] === 0x22 || head[9] === 0x7d || head[9] === 0x20);
}

/** The first two fields of ONNX's ModelProto (onnx.proto) and TensorFlow's SavedModel (saved_model.proto). */
function protobufFormat(head: Uint8Array, size: number): Detection | undefined {
  const [tag, version = 0, next] = head;
  if (tag !== 0x08 || version === 0 || version > 0x20) return undefined;
  const length = varint(head, 3);
  if (!length || length.end + length.value > size) return undefined;
  const first = head[length.end];
  // SavedModel: schema version 1, then a MetaGraphDef, whose first field is its MetaInfoDef; the producer's name in ONNX is text.
  if (next === 0x12 && version === 1 && first === 0x0a && length.end + length.value >= size - 16) {
    return found('savedmodel', 'it has the fields of a SavedModel');
  }
  const producer = latin1(head.subarray(length.end, Math.min(head.length, length.end + length.value)));
  if ((next === 0x12 && length.value <= 64 && /^[\x20-\x7e]*$/.test(producer)) || next === 0x3a || next === 0x42) {
    return found('onnx', 'it has the fields of an ONNX model');
  }
  return undefined;
}

function varint(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return undefined;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
