/** Checks what torch's `persistent_load` and `_rebuild_tensor…` are given against what `torch.save` writes (torch/serialization.py, torch/_utils.py). */
import { itemsOf, type Value } from './value.js';

/** True for an id that torch writes: `('storage', type, key, location, count)`, in the legacy format with a view, and `('module', …)`. */
export function isTorchId(id: Value): boolean {
  const items = itemsOf(id);
  const [kind, type, key, location, count] = items ?? [];
  if (!items || kind?.kind !== 'text') return false;
  if (kind.text === 'module') return items.length === 4 && (type?.kind === 'global' || type?.kind === 'call');
  if (kind.text !== 'storage' || items.length < 5 || items.length > 6) return false;
  // Python 2 wrote some of these texts as bytes.
  const named = key?.kind === 'text' || key?.kind === 'bytes' || key?.kind === 'int';
  return type?.kind === 'global' && named && location?.kind === 'text' && count?.kind === 'int';
}

/** What a pickle of torch's says of the numbers that lie beside it in the archive. */
export interface StorageUse {
  /** Of the id that names it. */
  readonly offset: number;
  readonly key: string;
  /** Elements. */
  readonly count: number;
  /** Bytes of an element; undefined for a type that torch does not have. */
  readonly width: number | undefined;
}

/** The storage that an id names; undefined when it names none, or one of a file that is no archive. */
export function storageOf(id: Value, offset: number): StorageUse | undefined {
  const [kind, type, key, , count, view] = itemsOf(id) ?? [];
  if (kind?.kind !== 'text' || kind.text !== 'storage' || view !== undefined) return undefined;
  if (type?.kind !== 'global' || key?.kind !== 'text' || count?.kind !== 'int') return undefined;
  return { offset, key: key.text, count: count.value, width: STORAGES.get(type.name)?.width };
}

/** Why a storage does not fit the bytes that are there for it. torch takes the pickle's word for how many there are. */
export function storageProblem({ key, count, width }: StorageUse, bytes: number | undefined): string | undefined {
  if (bytes === undefined || width === undefined || count * width <= bytes) return undefined;
  return `the storage ${key} has ${count} elements of ${width} bytes, and only ${bytes} bytes lie there for it`;
}

/**
 * The classes of `torch.storage._dtype_to_storage_type_map`: what their elements are called and the bytes of each (torch/storage.py,
 * torch/_utils.py).
 */
export const STORAGES: ReadonlyMap<string, { readonly type: string; readonly width: number }> = new Map(
  (
    [
      ['Byte', 'uint8', 1],
      ['Char', 'int8', 1],
      ['Bool', 'bool', 1],
      ['QUInt8', 'quint8', 1],
      ['QInt8', 'qint8', 1],
      ['QUInt4x2', 'quint4x2', 1],
      ['QUInt2x4', 'quint2x4', 1],
      ['Untyped', 'bytes', 1],
      ['Half', 'float16', 2],
      ['BFloat16', 'bfloat16', 2],
      ['Short', 'int16', 2],
      ['Float', 'float32', 4],
      ['Int', 'int32', 4],
      ['QInt32', 'qint32', 4],
      ['Double', 'float64', 8],
      ['Long', 'int64', 8],
      ['ComplexFloat', 'complex64', 8],
      ['ComplexDouble', 'complex128', 16],
    ] as const
  ).map(([name, type, width]) => [`${name}Storage`, { type, width }]),
);

/** Why a tensor does not fit its storage; undefined when it does, or when not all of it is known. */
export function tensorProblem(callee: Value, args: Value): string | undefined {
  if (callee.kind !== 'global' || callee.module !== 'torch._utils' || !REBUILDERS.has(callee.name)) return undefined;
  const [storage, offset, size, stride] = itemsOf(args) ?? [];
  const sizes = numbers(size);
  const strides = numbers(stride);
  if (offset?.kind !== 'int' || !sizes || !strides || sizes.length !== strides.length) return undefined;
  if (offset.value < 0 || [...sizes, ...strides].some((number) => number < 0))
    return 'a tensor has a negative offset, size or stride';
  const count = storage?.kind === 'persistent' ? itemsOf(storage.id)?.[4] : undefined;
  if (count?.kind !== 'int' || sizes.includes(0)) return undefined;
  const reach = sizes.reduce((sum, side, index) => sum + (side - 1) * (strides[index] ?? 0), offset.value + 1);
  return reach > count.value ? `a tensor reaches to element ${reach} of a storage of ${count.value}` : undefined;
}

/** True for what rebuilds a tensor: opcodes that write items into it go past every check of its bounds. */
export function isTensor(value: Value): boolean {
  return value.kind === 'call' && value.callee.kind === 'global' && value.callee.module === 'torch._utils';
}

const REBUILDERS: ReadonlySet<string> = new Set(['_rebuild_tensor', '_rebuild_tensor_v2', '_rebuild_tensor_v3']);

function numbers(value: Value | undefined): number[] | undefined {
  const items = itemsOf(value);
  return items?.every((item) => item.kind === 'int') === true ? items.map((item) => item.value) : undefined;
}
