/**
 * Arrays that joblib writes between the opcodes of a pickle, right after the BUILD of their `NumpyArrayWrapper`
 * (joblib `numpy_pickle.py`: `NumpyArrayWrapper.write_array`/`read_array`, `NumpyUnpickler.load_build`):
 * an optional byte that counts padding, the padding, and the elements; arrays of Python objects are a pickle of their own.
 */
import type { ByteSource } from '../bytes.js';
import { canonicalModule } from '../../names/capabilities.js';
import type { PickleFacts } from './facts.js';
import { isNamed } from './resolve.js';
import { dictGet, encodedText, itemsOf, type CallValue, type Value } from './value.js';

export type RawArray =
  /** `built` is no such wrapper. */
  | { readonly kind: 'none' }
  /** The elements begin at `from`, the next opcode is at `to`. */
  | { readonly kind: 'skip'; readonly from: number; readonly to: number }
  /** A pickle of its own begins here. */
  | { readonly kind: 'pickle' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** What lies at `offset`, directly after the BUILD that finished `built`. */
export async function rawArray(source: ByteSource, offset: number, built: Value | undefined): Promise<RawArray> {
  if (!isWrapper(built)) return { kind: 'none' };
  const dtype = dtypeOf(dictGet(built.state, 'dtype'));
  if (!dtype) return { kind: 'unreadable', why: 'the element type of an array is not told' };
  if (dtype.objects) return { kind: 'pickle' };
  let count = 1;
  for (const side of itemsOf(dictGet(built.state, 'shape')) ?? [undefined]) {
    const length = lengthOf(side);
    if (length === undefined) return { kind: 'unreadable', why: 'the shape of an array is not told' };
    count *= length;
  }
  let start = offset;
  if (dictGet(built.state, 'numpy_array_alignment_bytes')?.kind === 'int') {
    const [padding] = await source.read(offset, 1);
    if (padding === undefined) return { kind: 'unreadable', why: 'it ends before the bytes of an array' };
    start += 1 + padding;
  }
  const to = start + count * dtype.size;
  if (!(to <= source.size)) return { kind: 'unreadable', why: 'it ends inside the bytes of an array' };
  return { kind: 'skip', from: start, to };
}

/** What stands for an array that lies in a file of its own, before joblib 0.10 (`numpy_pickle_compat.py`, `NDArrayWrapper.read`). */
export const ARRAYS_APART: ReadonlySet<string> = new Set([
  'joblib.numpy_pickle.NDArrayWrapper',
  'joblib.numpy_pickle.ZNDArrayWrapper',
]);
const APART_STATE: ReadonlySet<string> = new Set(['filename', 'subclass', 'allow_mmap']);
/** Of a compressed array: its file has its bytes and nothing that is unpickled (`ZNDArrayWrapper.read`). */
const COMPRESSED_STATE: ReadonlySet<string> = new Set(['filename', 'init_args', 'state']);

/** Counts such an object, and the file that BUILD gives it. */
export function addArrayApart(facts: PickleFacts, target: CallValue, state: Value): void {
  if (!isNamed(target.callee, ARRAYS_APART)) return;
  const isCompressed = target.callee.kind === 'global' && target.callee.name === 'ZNDArrayWrapper';
  const file = arrayFile(target, state, isCompressed ? COMPRESSED_STATE : APART_STATE);
  if (file !== undefined) (isCompressed ? facts.compressedFiles : facts.arrayFiles).add(file);
  facts.arraysApart += file === undefined ? -Infinity : 1;
}

/** The file beside the pickle that BUILD gives such an object; undefined for what joblib does not write, such as a name that leads elsewhere. */
function arrayFile({ by, state: before }: CallValue, state: Value, keys: ReadonlySet<string>): string | undefined {
  if (by !== 'NEWOBJ' || before !== undefined || state.kind !== 'dict') return undefined;
  if (state.entries.length !== state.count) return undefined;
  if (!state.entries.every(([key]) => key.kind === 'text' && keys.has(key.text))) return undefined;
  const name = dictGet(state, 'filename');
  return name?.kind === 'text' && name.whole && /^[^/\\:\0]+$/.test(name.text) && !/^\.+$/.test(name.text)
    ? name.text
    : undefined;
}

function isWrapper(value: Value | undefined): value is Value & { kind: 'call' } {
  if (value?.kind !== 'call') return false;
  // Protocol 0 and 1 build instances through copyreg._reconstructor(class, object, None).
  const named =
    value.callee.kind === 'global' && value.callee.name === '_reconstructor' ? itemsOf(value.args)?.[0] : value.callee;
  return (
    named?.kind === 'global' &&
    canonicalModule(named.module) === 'joblib.numpy_pickle' &&
    named.name === 'NumpyArrayWrapper'
  );
}

function lengthOf(value: Value | undefined): number | undefined {
  if (value?.kind === 'int' && value.value >= 0) return value.value;
  // numpy integers: numpy._core.multiarray.scalar(dtype, bytes)
  const bytes = value?.kind === 'call' ? headOf(itemsOf(value.args)?.[1]) : undefined;
  if (bytes === undefined || bytes.length > 8) return undefined;
  return bytes.reduce((sum, byte, index) => sum + byte * 2 ** (8 * index), 0);
}

/** Short bytes, as each protocol writes them. */
function headOf(value: Value | undefined): Uint8Array | undefined {
  if (value?.kind === 'bytes') return value.size <= value.head.length ? value.head : undefined;
  const text = encodedText(value);
  return text?.whole === true ? Buffer.from(text.text, 'latin1') : undefined;
}

/** A pickled `numpy.dtype`: called with its code such as `f8`, built with (version, order, subdtype, names, fields, size, alignment, flags). */
function dtypeOf(value: Value | undefined): { size: number; objects: boolean } | undefined {
  if (value?.kind !== 'call') return undefined;
  const code = itemsOf(value.args)?.[0];
  if (code?.kind !== 'text') return undefined;
  const state = itemsOf(value.state);
  const size = state?.[5];
  const flags = state?.[7];
  const match = /^[|<>=]?([a-zA-Z?])(\d*)$/.exec(code.text);
  if (!match) return undefined;
  // NPY_ITEM_HASOBJECT is bit 0 of the flags (numpy/ndarraytypes.h).
  const objects = match[1] === 'O' || (flags?.kind === 'int' && (flags.value & 1) === 1);
  const declared = Number(match[2] ?? '') * (match[1] === 'U' ? 4 : 1);
  return { size: size?.kind === 'int' && size.value > 0 ? size.value : declared, objects };
}
