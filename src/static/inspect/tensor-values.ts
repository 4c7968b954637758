/** Tensors of torch as they stand in a pickle. */
import { STORAGES } from '../../readers/pickle/tensor.js';
import { itemsOf, type Value } from '../../readers/pickle/value.js';
import { integers, rebuiltBy } from '../weights/readers.js';

export function torchTensor(value: Value): { type: string; shape: readonly number[]; size: number } | undefined {
  const made = rebuiltBy(value, '_rebuild_parameter')?.[0] ?? value;
  const [storage, , size] = rebuiltBy(made, '_rebuild_tensor_v2') ?? rebuiltBy(made, '_rebuild_tensor') ?? [];
  const shape = integers(size);
  if (storage?.kind !== 'persistent' || !shape) return undefined;
  const [, kind] = itemsOf(storage.id) ?? [];
  const { type, width } = (kind?.kind === 'global' ? STORAGES.get(kind.name) : undefined) ?? {
    type: 'other',
    width: 0,
  };
  return { type, shape, size: shape.reduce((product, side) => product * side, 1) * width };
}

/** `3 × 224 × 224`; `scalar` for a single number. */
export function shapeText(shape: readonly (number | bigint)[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}
