/** Detects formats by magic numbers and first fields. Pure tests of the first bytes, or of a few further offsets. */
import { bytesSource, latin1, type ByteSource } from '../readers/bytes.js';
import { looksLikeTar } from '../readers/archive/tar.js';
import { looksLikeBundle } from '../readers/tensorflow/bundle.js';
import { textRoot } from '../readers/tensorflow/text.js';
import { isMarshalCode } from '../readers/pickle/inside.js';
import { isTorch7 } from '../readers/torch7.js';
import { isRData } from '../readers/r/read.js';
import { Op, OPCODES } from '../readers/pickle/opcodes.js';
import { looksLikeMessagePack } from '../readers/msgpack.js';
import { paddleTensorEnd } from '../readers/paddle.js';
import { compressionOf } from '../readers/unpack/magic.js';
import type { Format } from '../core/formats.js';
import { word2vecHeader } from '../readers/word2vec.js';
import { protobufFormats } from './protobuf.js';
import type { Stop } from '../readers/units.js';
import { addAll } from '../core/lists.js';

/** Bytes that are searched for a magic number or the first fields of a format. */
export const HEAD = 4096;

/**
 * All formats except ZIP archives that the content of a source matches, cheap enough for each member of an archive. `pickle` is only a guess by the
 * first byte. Plain-text formats have no magic number: they are detected by `name`, when the content is text.
 */
export async function magicFormats(whole: ByteSource, { inner, numbers, name }: ContentOptions): Promise<Format[]> {
  const head = await whole.read(0, HEAD);
  const source = withHead(whole, head);
  if (head.length === 0) return [];
  const formats: Format[] = MAGICS.filter(([, test]) => test(head, source.size)).map(([format]) => format);
  if (await isHdf5(inner ? bytesSource(head) : source)) formats.push('hdf5');
  // Its first bytes are those of a program for Windows on purpose.
  if (!formats.includes('llamafile') && (await isPortableExecutable(source, head))) formats.push('executable');
  if (numbers !== true && looksLikeMessagePack(head)) formats.push('msgpack');
  if (looksLikeTar(head)) formats.push('tar');
  if (await looksLikeBundle(source)) formats.push('tf-checkpoint');
  if (numbers !== true && (await paddleTensorEnd(source, 0)) !== undefined) formats.push('paddle-params');
  const texts = textFormats(head, name);
  const messages = await protobufFormats(source);
  // Braces and line ends are tags of a message as well; but JSON has no control characters, and so none of the fields of a node.
  if (messages.length === 0 || !texts.includes('json') || !(await isJson(source))) addAll(formats, messages);
  addAll(formats, texts);
  if (canBeginPickle(head)) formats.push('pickle');
  return formats;
}

/** A configuration has megabytes at most. */
const JSON_LOOKED_AT = 32 * 1024 * 1024;

async function isJson(source: ByteSource): Promise<boolean> {
  if (source.size > JSON_LOOKED_AT) return false;
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, source.size)));
    return true;
  } catch {
    return false;
  }
}

/** Most looks are at the beginning, and a checkpoint has thousands of members: it is read once. */
function withHead(source: ByteSource, head: Uint8Array): ByteSource {
  return {
    size: source.size,
    read: (offset, length) =>
      offset >= 0 && (offset + length <= head.length || head.length === source.size)
        ? Promise.resolve(head.subarray(offset, offset + Math.max(0, length)))
        : source.read(offset, length),
  };
}

export interface ContentOptions {
  /** The source lies in another file: offsets far inside it are not examined. */
  readonly inner: boolean;
  /** It holds numbers as they are, which can begin like a format that is told by a byte or two. */
  readonly numbers?: boolean | undefined;
  readonly name?: string | undefined;
  readonly signal?: Stop | undefined;
}

/** An object whose first key is `learner`, or `version` and then that. */
const XGBOOST =
  /^(?:\{\s*(?:"version"\s*:\s*\[[\s\d,]*\]\s*,\s*)?"learner"\s*:\s*\{|\{[iUIlL][^\w\s]+learner\{|binf|bs64)/;

type Test = (head: Uint8Array, size: number) => boolean;

const starts =
  (...magics: readonly string[]): Test =>
  (head) =>
    magics.some((magic) => latin1(head.subarray(0, magic.length)) === magic);

/** Sources of the numbers: each format's own specification. */
const MAGICS: readonly (readonly [Format, Test])[] = [
  ['npy', starts('\x93NUMPY')],
  // https://google.github.io/tensorstore/kvstore/ocdbt/index.html#manifest-format
  ['orbax', starts('\x0c\xdb\x3a\x2a')],
  ['gguf', starts('GGUF')],
  // llama.cpp before GGUF: 'ggml', 'ggmf', 'ggjt' and 'ggla' as little-endian numbers.
  ['ggml', starts('lmgg', 'fmgg', 'tjgg', 'algg')],
  ['tflite', (head) => latin1(head.subarray(4, 8)) === 'TFL3'],
  ['safetensors', isSafeTensors],
  // Models of boosted trees: XGBoost's JSON and UBJSON ("Introduction to Model IO"), its binary format of before 3.1, LightGBM's text, CatBoost's.
  ['xgboost', (head) => XGBOOST.test(latin1(head.subarray(0, 200)))],
  ['lightgbm', (head) => /^tree\r?\nversion=v\d/.test(latin1(head.subarray(0, 20)))],
  ['catboost', starts('CBM1')],
  // `FASTTEXT_FILEFORMAT_MAGIC_INT32`, and version 11 or 12.
  ['fasttext', starts('\xba\x16\x4f\x2f\x0b\0\0\0', '\xba\x16\x4f\x2f\x0c\0\0\0')],
  ['crfsuite', (head) => latin1(head.subarray(0, 4)) === 'lCRF' && latin1(head.subarray(8, 12)) === 'FOMC'],
  // Cosmopolitan's ape/specification.md.
  ['llamafile', starts("MZqFpD='", "jartsr='", "APEDBG='")],
  ['r', isRData],
  // The list of `NDArray::Save`; "ftrt" and "ptrt" as numbers; `schema/program.fbs`.
  ['mxnet-params', starts('\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0')],
  ['tensorrt', starts('ftrt', 'ptrt')],
  ['executorch', (head) => /^ET\d\d$/.test(latin1(head.subarray(4, 8)))],
  ['torch7', isTorch7],
  ['lfs-pointer', starts('version https://git-lfs.github.com/spec/')],
  ['word2vec', (head, size) => word2vecHeader(head, size) !== undefined],
  ['packed', (head) => compressionOf(head) !== undefined],
  ['sevenzip', starts("7z\xbc\xaf'\x1c")],
  ['rar', starts('Rar!\x1a\x07')],
  ['archive', starts('LZIP\x01', '\x1f\x9d\x90', 'MSCF\0\0\0\0', '!<arch>\n')],
  ['executable', (head) => isElf(head) || isMachO(head)],
  ['marshal', isMarshalCode],
  ['wasm', starts('\0asm\x01\0\0\0')],
  ['script', (head) => /^#! ?\/[\w./-]{2,}/.test(latin1(head.subarray(0, 80)))],
  ['document', starts('%PDF-', '\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'GIF87a', 'GIF89a')],
];

/** An opcode that needs nothing on the stack; a protocol that exists. */
export function canBeginPickle([first = 0, second = 0]: Uint8Array): boolean {
  const opcode = OPCODES[first];
  if (!opcode) return false;
  return opcode.code === Op.PROTO ? second <= 5 : !NEEDS_STACK.has(opcode.code);
}

// prettier-ignore
const NEEDS_STACK: ReadonlySet<Op> = new Set([
  Op.STOP, Op.POP, Op.POP_MARK, Op.DUP, Op.BINPERSID, Op.REDUCE, Op.APPEND, Op.BUILD, Op.DICT, Op.APPENDS, Op.GET, Op.BINGET, Op.INST,
  Op.LONG_BINGET, Op.LIST, Op.OBJ, Op.PUT, Op.BINPUT, Op.LONG_BINPUT, Op.SETITEM, Op.TUPLE, Op.SETITEMS, Op.NEWOBJ, Op.TUPLE1, Op.TUPLE2,
  Op.TUPLE3, Op.ADDITEMS, Op.FROZENSET, Op.NEWOBJ_EX, Op.STACK_GLOBAL, Op.MEMOIZE, Op.READONLY_BUFFER,
]);

/** The signature stands at 0, 512, 1024, 2048 … (HDF5 File Format Specification 3.0, II.A). */
export async function isHdf5(source: ByteSource): Promise<boolean> {
  for (let offset = 0; offset < Math.min(source.size, 1 << 20); offset = offset === 0 ? 512 : offset * 2) {
    if (latin1(await source.read(offset, 8)) === '\x89HDF\r\n\x1a\n') return true;
  }
  return false;
}

/** The length of a header, and the header: a JSON object (https://github.com/huggingface/safetensors, "Format"). */
export function isSafeTensors(head: Uint8Array, size: number): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length >= 2n && length <= BigInt(size - 8) && (head[9] === 0x22 || head[9] === 0x7d || head[9] === 0x20);
}

function isElf(head: Uint8Array): boolean {
  // Class 32 or 64 bit, little or big endian, version 1.
  const [, , , , width = 0, order = 0, version] = head;
  return latin1(head.subarray(0, 4)) === '\x7fELF' && width - 1 < 2 && order - 1 < 2 && version === 1;
}

/** `mach-o/loader.h` and `mach-o/fat.h`: a known processor, or a handful of them; a Java class has the latter's number and a version over 44. */
function isMachO(head: Uint8Array): boolean {
  if (head.length < 16) return false;
  const view = new DataView(head.buffer, head.byteOffset);
  const magic = view.getUint32(0);
  if (magic === 0xcafebabe) return view.getUint32(4) > 0 && view.getUint32(4) < 40;
  const little = magic === 0xcefaedfe || magic === 0xcffaedfe;
  if (!little && magic !== 0xfeedface && magic !== 0xfeedfacf) return false;
  const kind = view.getUint32(12, little);
  return PROCESSORS.has(view.getUint32(4, little) & 0xffffff) && kind > 0 && kind <= 12;
}

/** x86, ARM and PowerPC; the top byte says 64 bits. */
const PROCESSORS: ReadonlySet<number> = new Set([7, 12, 18]);

async function isPortableExecutable(source: ByteSource, head: Uint8Array): Promise<boolean> {
  if (latin1(head.subarray(0, 2)) !== 'MZ' || head.length < 64) return false;
  const header = new DataView(head.buffer, head.byteOffset).getUint32(60, true);
  return latin1(await source.read(header, 4)) === 'PE\0\0';
}

// Text -----------------------------------------------------------------------------------------------------------------

/** By the last part of a name. */
const TEXT_NAMES: readonly (readonly [RegExp, Format])[] = [
  [/\.ya?ml$/i, 'yaml'],
  // https://mlflow.org/docs/latest/ml/model/#mlmodel-file
  [/^MLmodel$/, 'yaml'],
  [/\.toml$/i, 'toml'],
  [/\.(ini|cfg|conf|properties)$/i, 'ini'],
  [/\.(json|jsonl|ipynb|json5)$/i, 'json'],
  [/\.(xml|pmml|xsd|xsl|svg)$/i, 'xml'],
  [/\.pyw?$/i, 'python'],
  [/\.(pbtxt|pb\.txt)$/i, 'graph-text'],
  [/\.(jinja2?|j2|template)$/i, 'jinja'],
];

function textFormats(head: Uint8Array, name: string | undefined): Format[] {
  if (!isText(head)) return [];
  const begin = TEXT.decode(head).trimStart();
  const formats = new Set<Format>();
  // Markup shows itself; of JSON only an object or a list counts.
  if (/<PMML[\s>]/.test(begin)) formats.add('pmml');
  if (/^(?:<\?xml[^>]{0,200}>\s*)?<(?:[Nn]et\s[^>]{0,2000}version=|CustomLayers?[\s>])/.test(begin))
    formats.add('openvino');
  if (/^<(\?xml|!DOCTYPE|!ENTITY|PMML|[Nn]et\s|CustomLayer)/i.test(begin)) formats.add('xml');
  if (/^\{\s*"nodes"\s*:\s*\[\s*\{\s*"op"\s*:/.test(begin)) formats.add('mxnet');
  if (/^(\{\s*("|\}|$)|\[\s*(["{[\]\d-]|$))/.test(begin)) formats.add('json');
  if (textRoot(begin) !== undefined) formats.add('graph-text');
  const last = name?.slice(name.lastIndexOf('/') + 1) ?? '';
  for (const [pattern, format] of TEXT_NAMES) if (pattern.test(last)) formats.add(format);
  if (isPackageList(last)) formats.add('requirements');
  if (/^chat_template/i.test(last) && !/\.json$/i.test(last)) formats.add('jinja');
  return [...formats];
}

/** `requirements.txt`, `dev-requirements-2.in`, `constraints.txt`. */
function isPackageList(name: string): boolean {
  return /\.(txt|in)$/i.test(name) && /^[\w.-]+$/.test(name) && /requirement|^constraints/i.test(name);
}

const TEXT = new TextDecoder('utf-8');

/** Text in an encoding that keeps ASCII, or with the mark of a wide one. */
export function isText(head: Uint8Array): boolean {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return head.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 12 || byte === 13);
}
