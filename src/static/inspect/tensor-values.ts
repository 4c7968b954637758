/** Tensors of torch and arrays of NumPy as they stand in a pickle. */
import { ELEMENTS, isElementType, numpyElement } from '../../readers/elements.js';
import { STORAGES } from '../../readers/pickle/tensor.js';
import { dictGet, itemsOf, type CallValue, type Value } from '../../readers/pickle/value.js';
import { integers, rebuiltBy } from '../weights/readers.js';
import type { Gatherer } from './gather.js';

interface TorchTensor {
  readonly type: string;
  readonly shape: readonly number[];
  /** Bytes. */
  readonly size: number;
  /** Where its numbers lie, when they lie one after another. */
  readonly place?: { readonly storage: string; readonly start: number; readonly byColumns: boolean };
}

/** The bytes that a storage of torch's is kept in, by its key; undefined when they cannot be read in place. */
export type Storages = (key: string) => { readonly offset: number; readonly size: number } | undefined;

export function torchTensor(value: Value): TorchTensor | undefined {
  const made = rebuiltBy(value, '_rebuild_parameter')?.[0] ?? value;
  const [storage, start, size, stride] =
    rebuiltBy(made, '_rebuild_tensor_v2') ?? rebuiltBy(made, '_rebuild_tensor') ?? [];
  const shape = integers(size);
  if (storage?.kind !== 'persistent' || !shape) return undefined;
  const [, kind, key] = itemsOf(storage.id) ?? [];
  const { type, width } = (kind?.kind === 'global' ? STORAGES.get(kind.name) : undefined) ?? {
    type: 'other',
    width: 0,
  };
  const tensor = { type, shape, size: product(shape) * width };
  const strides = integers(stride);
  if (key?.kind !== 'text' || start?.kind !== 'int' || !strides) return tensor;
  const byRows = isDense(shape, strides);
  const byColumns = !byRows && isDense([...shape].reverse(), [...strides].reverse());
  return byRows || byColumns ? { ...tensor, place: { storage: key.text, start: start.value, byColumns } } : tensor;
}

/** No gaps between the numbers, and the last dimension moves fastest. */
function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  return shape.every((side, index) => side === 1 || strides[index] === product(shape.slice(index + 1)));
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, side) => all * side, 1);
}

/** Notes where the numbers of a tensor lie. */
export function arrayOfTensor(
  { type, shape, place }: TorchTensor,
  storages: Storages | undefined,
  gather: Gatherer,
): number | undefined {
  const storage = place && storages?.(place.storage);
  if (!storage || !isElementType(type)) return undefined;
  const offset = place.start * ELEMENTS[type];
  return gather.array(
    { element: type, shape, offset: storage.offset + offset, byColumns: place.byColumns },
    storage.size - offset,
  );
}

export interface NumpyArray {
  /** The type as NumPy writes it, such as `f8`. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Where its numbers lie in the source of the pickle. */
  readonly place?: {
    readonly offset: number;
    readonly size: number;
    readonly isBig: boolean;
    readonly byColumns: boolean;
  };
}

/** `_reconstruct(ndarray, …)` with the state (version, shape, dtype, order, numbers), `_frombuffer(…)`, or joblib's wrapper. */
export function numpyArray({ callee, state, args, elements }: CallValue): NumpyArray | undefined {
  if (callee.kind !== 'global') return undefined;
  if (callee.name === '_reconstruct' && /^numpy\.(?:core|_core)\.multiarray$/.test(callee.module)) {
    const [, shape, dtype, order, numbers] = itemsOf(state) ?? [];
    return array(shape, dtype, order?.kind === 'bool' && order.value, numbers);
  }
  if (callee.name === '_frombuffer') {
    const [numbers, dtype, shape, order] = itemsOf(args) ?? [];
    return array(shape, dtype, order?.kind === 'text' && order.text === 'F', numbers);
  }
  if (callee.name !== 'NumpyArrayWrapper') return undefined;
  const order = dictGet(state, 'order');
  const found = array(dictGet(state, 'shape'), dictGet(state, 'dtype'), order?.kind === 'text' && order.text === 'F');
  if (!found || elements === undefined) return found;
  const isBig = orderOf(dictGet(state, 'dtype')) === '>';
  const byColumns = order?.kind === 'text' && order.text === 'F';
  return { ...found, place: { offset: elements, size: Infinity, isBig, byColumns } };
}

function array(
  shape: Value | undefined,
  dtype: Value | undefined,
  byColumns: boolean,
  numbers?: Value,
): NumpyArray | undefined {
  const sides = integers(shape);
  if (!sides) return undefined;
  const found = { type: dtypeText(dtype) ?? '?', shape: sides };
  if (numbers?.kind !== 'bytes') return found;
  const { offset, size } = numbers;
  return { ...found, place: { offset, size, isBig: orderOf(dtype) === '>', byColumns } };
}

/** Notes where the numbers of an array lie. */
export function arrayOfNumpy({ type, shape, place }: NumpyArray, at: number, gather: Gatherer): number | undefined {
  const known = numpyElement(type);
  if (!place || !known) return undefined;
  const { offset, size, isBig, byColumns } = place;
  return gather.array({ element: known.element, shape, offset: at + offset, isBig, byColumns }, size);
}

/** The code that a pickled `numpy.dtype` is made with. */
export function dtypeText(value: Value | undefined): string | undefined {
  const code = value?.kind === 'call' ? itemsOf(value.args)?.[0] : undefined;
  return code?.kind === 'text' ? code.text : undefined;
}

/** The byte order that its state says. */
export function orderOf(value: Value | undefined): string | undefined {
  const order = value?.kind === 'call' ? itemsOf(value.state)?.[1] : undefined;
  return order?.kind === 'text' ? order.text : undefined;
}
