/** Matrices of weights as the readers of the formats give them, and their numbers, read in pieces. */
import type { ByteSource } from '../../readers/bytes.js';
import { decodeElements, type ElementType } from '../../readers/elements.js';

export type FloatType = 'f16' | 'bf16' | 'f32' | 'f64';

const NAMES: Readonly<Record<FloatType, ElementType>> = {
  f16: 'float16',
  bf16: 'bfloat16',
  f32: 'float32',
  f64: 'float64',
};
export const BYTES: Readonly<Record<FloatType, number>> = { f16: 2, bf16: 2, f32: 4, f64: 8 };

/** A tensor of floating-point numbers, little-endian, in rows or, for a matrix, in columns. */
export interface WeightTensor {
  /** As the file names it; not escaped. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: FloatType;
  /** The second dimension moves slowest, as in Fortran and in transposed views. */
  readonly byColumns?: boolean;
  /** The dimension of a matrix that the format's writers use for the outputs, unless other data shows it. */
  readonly outputs: 'first' | 'last';
  /** Byte of the source where it begins; undefined when it is packed. */
  readonly offset: number | undefined;
  /** Its numbers. Called only for the one tensor that is examined. */
  readonly open: () => Promise<ByteSource>;
}

/** The number of its elements; undefined for an impossible shape. */
export function elements({ shape }: Pick<WeightTensor, 'shape'>): number | undefined {
  const count = shape.reduce((product, side) => product * side, 1);
  return shape.every((side) => side >= 0) && Number.isSafeInteger(count) ? count : undefined;
}

const CHUNK = 1024 * 1024;

/** The numbers in the order of the file, a megabyte at a time; ends early when the source does. */
export async function* numbers(source: ByteSource, type: FloatType, count: number): AsyncGenerator<Float64Array> {
  const width = BYTES[type];
  for (let at = 0; at < count;) {
    const bytes = await source.read(at * width, Math.min(CHUNK, (count - at) * width));
    const read = Math.floor(bytes.length / width);
    if (read === 0) return;
    yield decodeElements(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), NAMES[type], read);
    at += read;
  }
}
