/** The tensors of each format, without their numbers. The format's own analyser reports damage; here damaged parts are left out. */
import { memberContent, readZip, type ZipMember } from '../../readers/archive/zip.js';
import { sliceSource, type ByteSource } from '../../readers/bytes.js';
import { readHdf5 } from '../../readers/hdf5/reader.js';
import { walkStream, type Step } from '../../readers/pickle/walk.js';
import { emptyFacts } from '../../readers/pickle/facts.js';
import { STORAGES } from '../../readers/pickle/tensor.js';
import { itemsOf, type Value } from '../../readers/pickle/value.js';
import {
  each,
  message,
  NUMBER,
  SIZE,
  TEXT,
  walkMessage,
  type Message,
  type MessageSpec,
} from '../../readers/protobuf/wire.js';
import { readSafeTensors } from '../../readers/safetensors.js';
import { BYTES, elements, type FloatType, type WeightTensor } from './tensor.js';
import type { Stop } from '../../readers/units.js';
import { addAll } from '../../core/lists.js';

export interface Weights {
  readonly tensors: readonly WeightTensor[];
  /** The tensors come in the order in which the model was made. */
  readonly ordered: boolean;
  /** The name of the matrix that the model multiplies by last, where the format gives it. */
  readonly last?: string | undefined;
}

/** `name`: that of the source, for formats that give their tensors none. */
export type WeightReader = (source: ByteSource, name: string | undefined, signal?: Stop) => Promise<Weights>;

/** More tensors than any model has that is not a language model; of a larger model the first are examined. */
const TENSORS_KEPT = 20_000;
const NONE: Weights = { tensors: [], ordered: false };

/** A tensor that lies in the source as it is; nothing when it does not fit into it. */
function inPlace(
  source: ByteSource,
  tensor: Omit<WeightTensor, 'open' | 'offset'> & { readonly offset: number },
  room = source.size - tensor.offset,
): WeightTensor[] {
  const size = (elements(tensor) ?? Infinity) * BYTES[tensor.type];
  if (!(tensor.offset >= 0) || size > room || tensor.offset + size > source.size) return [];
  return [{ ...tensor, open: () => Promise.resolve(sliceSource(source, tensor.offset, size)) }];
}

// SafeTensors ----------------------------------------------------------------------------------------------------------

/** More than ten thousand tensors take. */
const HEADER_READ = 4 * 1024 * 1024;
const SAFETENSORS_TYPES: ReadonlyMap<string, FloatType> = new Map([
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['F32', 'f32'],
  ['F64', 'f64'],
]);

export async function readSafeTensorsWeights(source: ByteSource): Promise<Weights> {
  const head = await source.read(0, 8);
  if (head.length < 8 || new DataView(head.buffer, head.byteOffset).getBigUint64(0, true) > HEADER_READ) return NONE;
  const { tensors, data } = await readSafeTensors(source);
  return {
    // The library sorts them by type and name.
    ordered: false,
    tensors: tensors
      .slice(0, TENSORS_KEPT)
      .flatMap(({ name, dtype = '', shape, offsets: [start = NaN, end = NaN] }) => {
        const type = SAFETENSORS_TYPES.get(dtype);
        return type === undefined
          ? []
          : inPlace(source, { name, shape, type, outputs: 'first', offset: data + start }, end - start);
      }),
  };
}

// torch.save -----------------------------------------------------------------------------------------------------------

/** The pickle of a state dict has some hundred bytes for each tensor. */
const PICKLE_READ = 8 * 1024 * 1024;
const PICKLE_OPCODES = 2_000_000;
const TORCH_TYPES: ReadonlyMap<string, FloatType> = new Map([
  ['float16', 'f16'],
  ['bfloat16', 'bf16'],
  ['float32', 'f32'],
  ['float64', 'f64'],
]);

/** State dicts and whole modules, as `torch.save` writes them: the names and offsets of tensors in a pickle, their numbers in members beside it. */
export async function readTorchWeights(source: ByteSource, _name: string | undefined, signal?: Stop): Promise<Weights> {
  const { members } = await readZip(source, signal);
  const pickle = members.find(({ name }) => /(^|\/)data\.pkl$/.test(name));
  if (!pickle || pickle.method !== 0 || pickle.compressedSize > PICKLE_READ) return NONE;
  const root = pickle.name.slice(0, -'data.pkl'.length);
  const stored = new Map<string, ZipMember>();
  for (const member of members) if (member.method === 0) stored.set(member.name, member);
  const order = stored.get(`${root}byteorder`);
  if (order && Buffer.from(await source.read(order.data, 3)).toString() === 'big') return NONE;

  const tensors: WeightTensor[] = [];
  const found = (key: string, value: Value): void => {
    const tensor = torchTensor(value);
    if (!tensor || tensors.length >= TENSORS_KEPT) return;
    const { type, storage, start, shape, byColumns } = tensor;
    const member = stored.get(`${root}data/${storage}`);
    if (!member) return;
    const room = Math.min(member.compressedSize, member.size) - start * BYTES[type];
    const offset = member.data + start * BYTES[type];
    addAll(tensors, inPlace(source, { name: key, shape, type, byColumns, outputs: 'first', offset }, room));
  };
  const content = sliceSource(source, pickle.data, pickle.compressedSize);
  await walkStream(content, 0, emptyFacts(), {
    opcodes: PICKLE_OPCODES,
    observe: namedValues(found),
    ...(signal ? { signal } : {}),
  });
  return { tensors, ordered: true };
}

/** Reports each value that is made while a text lies right under it on the stack: a value and its key, or an attribute and its name. */
export function namedValues(found: (key: string, value: Value) => void): (step: Step) => void {
  // The newest value that was on top at each depth is still there.
  const stack: (Value | undefined)[] = [];
  return ({ depth, top }) => {
    if (depth === 0 || depth > STACK_WATCHED) return;
    const known = stack[depth - 1];
    stack[depth - 1] = top;
    const key = stack[depth - 2];
    if (top?.kind === 'call' && top !== known && key?.kind === 'text' && key.whole) found(key.text, top);
  };
}
const STACK_WATCHED = 100_000;

interface TorchTensor {
  readonly type: FloatType;
  /** The key of its storage, and the element of it where it begins. */
  readonly storage: string;
  readonly start: number;
  readonly shape: readonly number[];
  readonly byColumns: boolean;
}

/**
 * The arguments of `torch._utils._rebuild_tensor_v2`, within `_rebuild_parameter` or not; undefined when the value is not a plain tensor of floats.
 */
function torchTensor(value: Value): TorchTensor | undefined {
  const made = rebuiltBy(value, '_rebuild_parameter')?.[0] ?? value;
  const [storage, start, size, stride] = rebuiltBy(made, '_rebuild_tensor_v2') ?? [];
  if (storage?.kind !== 'persistent' || start?.kind !== 'int' || start.value < 0) return undefined;
  const [, kind, key] = itemsOf(storage.id) ?? [];
  const type = TORCH_TYPES.get((kind?.kind === 'global' && STORAGES.get(kind.name)?.type) || '');
  const shape = integers(size);
  const strides = integers(stride);
  if (type === undefined || key?.kind !== 'text' || !shape || !strides) return undefined;
  const [rows = 0, columns = 0] = shape;
  const byColumns = shape.length === 2 && strides[0] === 1 && strides[1] === rows && columns > 1;
  const steps = shape.map((_, index) => shape.slice(index + 1).reduce((product, side) => product * side, 1));
  if (!byColumns && steps.some((step, index) => shape[index] !== 1 && strides[index] !== step)) return undefined;
  return { type, storage: key.text, start: start.value, shape, byColumns };
}

export function rebuiltBy(value: Value, name: string): readonly Value[] | undefined {
  const rebuilt = value.kind === 'call' && value.callee.kind === 'global' && value.callee.module === 'torch._utils';
  return rebuilt && value.callee.name === name ? itemsOf(value.args) : undefined;
}

export function integers(value: Value | undefined): number[] | undefined {
  const items = itemsOf(value);
  return items?.every((item) => item.kind === 'int') === true ? items.map((item) => item.value) : undefined;
}

// NumPy ----------------------------------------------------------------------------------------------------------------

const NPY_TYPES: ReadonlyMap<string, FloatType> = new Map([
  ['<f2', 'f16'],
  ['<f4', 'f32'],
  ['<f8', 'f64'],
]);
/** A header of an array, which NumPy fills up to 64 bytes or a few times that. */
const NPY_HEAD = 1024;
/** Bytes of one array that are unpacked. */
const UNPACKED = 32 * 1024 * 1024;

interface ArrayHead {
  readonly start: number;
  readonly type: FloatType;
  readonly shape: readonly number[];
  readonly byColumns: boolean;
}

/** The header of an array of floats (`numpy/lib/_format_impl.py`). */
async function arrayHead(source: ByteSource): Promise<ArrayHead | undefined> {
  const head = Buffer.from(await source.read(0, NPY_HEAD));
  if (head.length < 12 || head.toString('latin1', 0, 6) !== '\x93NUMPY') return undefined;
  const wide = (head[6] ?? 0) >= 2;
  const start = wide ? 12 + head.readUInt32LE(8) : 10 + head.readUInt16LE(8);
  const header = head.toString('latin1', wide ? 12 : 10, Math.min(start, head.length));
  const type = NPY_TYPES.get(/'descr': '([<>|=]\w+)'/.exec(header)?.[1] ?? '');
  const shape = /'shape': \(([\d, ]*)\)/.exec(header)?.[1];
  if (start > head.length || type === undefined || shape === undefined) return undefined;
  const sides = shape.split(',').filter((side) => side.trim() !== '');
  return { start, type, shape: sides.map(Number), byColumns: header.includes("'fortran_order': True") };
}

export async function readNpyWeights(source: ByteSource, name: string | undefined): Promise<Weights> {
  const head = await arrayHead(source);
  if (!head || name === undefined) return NONE;
  const { start: offset, ...array } = head;
  return { tensors: inPlace(source, { ...array, name: withoutSuffix(name), outputs: 'last', offset }), ordered: false };
}

export async function readNpzWeights(source: ByteSource, _name: string | undefined, signal?: Stop): Promise<Weights> {
  const { members } = await readZip(source, signal);
  const tensors: WeightTensor[] = [];
  for (const member of members.slice(0, ARRAYS_READ)) {
    const content = await memberContent(source, member, { size: NPY_HEAD }, signal);
    const head = content.ok ? await arrayHead(content.source) : undefined;
    if (!head) continue;
    const { start, ...array } = head;
    const tensor = { ...array, name: withoutSuffix(member.name), outputs: 'last' as const };
    if (member.method === 0) addAll(tensors, inPlace(source, { ...tensor, offset: member.data + start }));
    else if (start + (elements(tensor) ?? Infinity) * BYTES[array.type] <= UNPACKED)
      tensors.push({
        ...tensor,
        offset: undefined,
        open: async () => {
          const whole = await memberContent(source, member, { size: UNPACKED }, signal);
          return whole.ok ? sliceSource(whole.source, start) : sliceSource(source, 0, 0);
        },
      });
  }
  return { tensors, ordered: true };
}
const ARRAYS_READ = 2000;

function withoutSuffix(name: string): string {
  return name.replace(/\.npy$/, '');
}

// ONNX -----------------------------------------------------------------------------------------------------------------

const INITIALIZER: MessageSpec = {
  name: 'TensorProto',
  // dims, data_type, float_data, name, raw_data, double_data.
  fields: { 1: NUMBER, 2: NUMBER, 4: SIZE, 8: TEXT, 9: SIZE, 10: SIZE },
};
const ATTRIBUTE: MessageSpec = { name: 'AttributeProto', fields: { 1: TEXT, 3: NUMBER } };
const PRODUCT: MessageSpec = {
  name: 'NodeProto',
  // input, op_type, attribute (name, i).
  fields: {
    1: { kind: 'text', keep: 4096, most: 2 },
    4: TEXT,
    5: message(() => ATTRIBUTE),
  },
};
const GRAPH: MessageSpec = {
  name: 'GraphProto',
  fields: { 1: each(() => PRODUCT), 5: each(() => INITIALIZER) },
};
const INITIALIZERS: MessageSpec = { name: 'ModelProto', fields: { 7: each(() => GRAPH) } };
/** `TensorProto.DataType`. */
const ONNX_TYPES: ReadonlyMap<number, FloatType> = new Map([
  [1, 'f32'],
  [10, 'f16'],
  [11, 'f64'],
  [16, 'bf16'],
]);

/** Products of the graph that are remembered, the last ones: their order is that of the computation. */
const PRODUCTS_KEPT = 1000;

export async function readOnnxWeights(source: ByteSource, _name: string | undefined, signal?: Stop): Promise<Weights> {
  const tensors: WeightTensor[] = [];
  /** Whether the graph multiplies by each matrix as it is or transposed, in the order of use. */
  const products = new Map<string, { readonly turned: boolean }>();
  const visit = (part: Message): void => {
    if (part.spec === PRODUCT) {
      const matrix = part.texts(1)[1];
      const type = part.text(4);
      if (matrix === undefined || (type !== 'MatMul' && type !== 'Gemm')) return;
      const turned = part.messages(5).some((attribute) => attribute.text(1) === 'transB' && attribute.number(3) === 1);
      products.delete(matrix);
      products.set(matrix, { turned });
      const [oldest] = products.keys();
      if (products.size > PRODUCTS_KEPT && oldest !== undefined) products.delete(oldest);
    } else if (part.spec === INITIALIZER && tensors.length < TENSORS_KEPT) addAll(tensors, initializer(source, part));
  };
  await walkMessage(source, INITIALIZERS, { signal, visit });
  const known = tensors.map((tensor): WeightTensor => {
    const product = products.get(tensor.name);
    return product ? { ...tensor, outputs: product.turned ? 'first' : 'last' } : tensor;
  });
  const matrices = new Set(known.filter(({ shape }) => shape.length === 2).map(({ name }) => name));
  return { tensors: known, ordered: true, last: [...products.keys()].findLast((name) => matrices.has(name)) };
}

function initializer(source: ByteSource, part: Message): WeightTensor[] {
  const type = ONNX_TYPES.get(part.number(2) ?? 0);
  if (type === undefined) return [];
  // Halves that are not raw lie in integers; they are few.
  const typed = type === 'f32' ? part.bytes(4) : type === 'f64' ? part.bytes(10) : [];
  const data = [...part.bytes(9), ...typed];
  const [only] = data;
  if (!only || data.length > 1) return [];
  const [name, shape] = [part.text(8) ?? '', part.numbers(1)];
  return inPlace(source, { name, shape, type, outputs: 'last', offset: only.offset }, only.size);
}

// HDF5 -----------------------------------------------------------------------------------------------------------------

/** Names of the layers in the order of the model, an attribute that Keras writes to `.h5` files (`legacy_h5_format.py`). */
const LAYER_NAMES = 'layer_names';

export async function readHdf5Weights(source: ByteSource, _name: string | undefined, signal?: Stop): Promise<Weights> {
  const { objects } = await readHdf5(source, signal);
  const tensors: WeightTensor[] = [];
  for (const { path, dataset } of objects) {
    const { shape, type, data } = dataset ?? {};
    if (!shape || !data || type?.float !== true || (type.size !== 4 && type.size !== 8)) continue;
    const float: FloatType = type.size === 4 ? 'f32' : 'f64';
    const { offset, size } = data;
    addAll(tensors, inPlace(source, { name: path, shape, type: float, outputs: 'last', offset }, size));
    if (tensors.length >= TENSORS_KEPT) break;
  }
  for (const { path, attributes } of objects) {
    const names = attributes.find(({ name }) => name === LAYER_NAMES)?.texts;
    if (names === undefined || names.length === 0) continue;
    const folder = path === '/' ? '/' : `${path}/`;
    const order = new Map(names.map((name, index) => [name, index]));
    const placeOf = ({ name }: WeightTensor): number =>
      order.get(name.startsWith(folder) ? (name.slice(folder.length).split('/', 1)[0] ?? '') : '') ?? -1;
    return { tensors: tensors.sort((one, other) => placeOf(one) - placeOf(other)), ordered: true };
  }
  return { tensors, ordered: false };
}
