/** Tensors of PaddlePaddle as they lie one behind another in a file of parameters (`paddle/fluid/framework/lod_tensor.cc`, `SerializeToStream`). */
import { ByteCursor, sliceSource, type ByteSource } from './bytes.js';
import { NUMBER, walkMessage, type MessageSpec } from './protobuf/wire.js';

/** Of a tensor: version, level, version of the numbers (`SerializeToStream`). */
const TENSOR_HEAD = 20;
const DESCRIPTION_LIMIT = 4096;
/** Bytes of a number by `VarType.Type`. */
const WIDTHS: Readonly<Record<number, number>> = {
  ...{ 0: 1, 1: 2, 2: 4, 3: 8, 4: 2, 5: 4, 6: 8, 20: 1, 21: 1, 22: 2, 23: 8, 24: 16 },
};
const DESCRIPTION: MessageSpec = { name: 'TensorDesc', fields: { 1: NUMBER, 2: NUMBER } };

/** Where the tensor at an offset ends; undefined when there is none. */
export async function paddleTensorEnd(source: ByteSource, offset: number): Promise<number | undefined> {
  const cursor = new ByteCursor(source, offset, 4096);
  if (!(await cursor.fill(TENSOR_HEAD))) return undefined;
  // Levels of sequences, of which parameters have none.
  for (let field = 0; field < 4; field += 1) if (cursor.u32() !== 0) return undefined;
  const size = cursor.u32();
  if (size === 0 || size > DESCRIPTION_LIMIT) return undefined;
  const { root, faults } = await walkMessage(sliceSource(source, cursor.offset, size), DESCRIPTION);
  const width = WIDTHS[root.number(1) ?? -1];
  const shape = root.numbers(2);
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  if (width === undefined || faults.length > 0 || shape.some((dimension) => dimension < 0)) return undefined;
  const end = cursor.offset + size + count * width;
  return end <= source.size ? end : undefined;
}
