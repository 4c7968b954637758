/** Matrices of weights as the readers of the formats give them, and their numbers, read in pieces. */
import type { ByteSource } from '../../readers/bytes.js';

export type FloatType = 'f16' | 'bf16' | 'f32' | 'f64';

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
    yield decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), type, read);
    at += read;
  }
}

function decode(view: DataView, type: FloatType, count: number): Float64Array {
  const values = new Float64Array(count);
  switch (type) {
    case 'f32':
      for (let index = 0; index < count; index += 1) values[index] = view.getFloat32(4 * index, true);
      break;
    case 'f64':
      for (let index = 0; index < count; index += 1) values[index] = view.getFloat64(8 * index, true);
      break;
    case 'bf16': {
      // The upper half of a float.
      const word = new Uint32Array(1);
      const float = new Float32Array(word.buffer);
      for (let index = 0; index < count; index += 1) {
        word[0] = view.getUint16(2 * index, true) << 16;
        values[index] = float[0] ?? 0;
      }
      break;
    }
    case 'f16':
      for (let index = 0; index < count; index += 1) values[index] = half(view.getUint16(2 * index, true));
      break;
  }
  return values;
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
