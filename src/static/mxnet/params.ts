/** Arrays of MXNet by name (`.params`; `src/ndarray/ndarray.cc`, `NDArray::Save`): numbers alone, walked to their end. */
import { ByteCursor, type ByteSource } from '../../readers/bytes.js';
import type { Analyser, AnalysisContext } from '../context.js';

/** Of a list, then zeros. */
export const MXNET_LIST = '\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0';
/** Arrays of version 2 and 3 (shapes of NumPy). */
const VERSIONS: ReadonlySet<number> = new Set([0xf993fac9, 0xf993faca]);
/** Bytes of a number by `TypeFlag` (mshadow/base.h). */
const WIDTHS: readonly number[] = [4, 8, 2, 1, 4, 1, 8, 1, 2, 2, 4, 8, 2];
const DIMENSIONS = 32;

export const analyseMxnetParams: Analyser = async (source, place, job) => {
  const problem = await walk(source, job);
  if (problem !== undefined) job.gap(place, problem);
};

async function walk(source: ByteSource, job: AnalysisContext): Promise<string | undefined> {
  const cursor = new ByteCursor(source, MXNET_LIST.length);
  const u64 = async (): Promise<number> => {
    if (!(await cursor.fill(8))) return Infinity;
    const low = cursor.u32();
    return low + cursor.u32() * 2 ** 32;
  };
  const arrays = await u64();
  for (let index = 0; index < arrays; index += 1) {
    job.signal.throwIfAborted();
    const { offset } = cursor;
    if (!(await cursor.fill(12))) return `it ends inside array ${index}`;
    if (!VERSIONS.has(cursor.u32()) || cursor.u32() !== 0)
      return `the array at byte ${offset} is of a kind that is not read (sparse, or of before MXNet 1.0)`;
    const dimensions = cursor.u32();
    if (dimensions > DIMENSIONS) return `the array at byte ${offset} has ${dimensions} dimensions`;
    let count = 1;
    for (let dimension = 0; dimension < dimensions; dimension += 1) count *= await u64();
    if (!(await cursor.fill(12))) return `it ends inside array ${index}`;
    cursor.skip(8);
    const width = WIDTHS[cursor.u32()];
    if (width === undefined) return `the array at byte ${offset} is of an unknown kind of numbers`;
    if (!(count * width <= cursor.left)) return `the array at byte ${offset} does not fit into the file`;
    cursor.skip(count * width);
  }
  const names = await u64();
  for (let index = 0; index < names; index += 1) {
    if (index % 10_000 === 0) job.signal.throwIfAborted();
    const size = await u64();
    if (!(size <= cursor.left)) return 'it ends inside its names';
    cursor.skip(size);
  }
  return cursor.left > 0 ? `${cursor.left} bytes follow its end` : undefined;
}
