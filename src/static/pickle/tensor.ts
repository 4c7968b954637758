/** Checks what torch's `persistent_load` and `_rebuild_tensor…` are given against what `torch.save` writes (torch/serialization.py, torch/_utils.py). */
import { itemsOf, type Value } from './value.js';

/** True for an id that torch writes: `('storage', type, key, location, count)`, in the legacy format with a view, and `('module', …)`. */
export function isTorchId(id: Value): boolean {
  const items = itemsOf(id);
  const [kind, type, key, location, count] = items ?? [];
  if (!items || kind?.kind !== 'text') return false;
  if (kind.text === 'module') return items.length === 4 && type?.kind === 'global';
  if (kind.text !== 'storage' || items.length < 5 || items.length > 6) return false;
  // Python 2 wrote some of these texts as bytes.
  const named = key?.kind === 'text' || key?.kind === 'bytes' || key?.kind === 'int';
  return type?.kind === 'global' && named && location?.kind === 'text' && count?.kind === 'int';
}

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
