/** Tensors, operators and notes of the formats that are no pickles. */
import type { Row } from '../../core/inspection.js';
import { sortNaturally } from '../../core/natural-order.js';
import { readGguf, TEMPLATE_KEY } from '../../readers/gguf/reader.js';
import { bytesOf, GGML_TYPES } from '../../readers/gguf/types.js';
import { readHdf5, type Hdf5Object } from '../../readers/hdf5/reader.js';
import type { Datatype } from '../../readers/hdf5/values.js';
import { parsePythonJson } from '../../readers/python-json.js';
import {
  each,
  message,
  NUMBER,
  SIZE,
  TEXT,
  walkMessage,
  type FieldSpec,
  type Message,
  type MessageSpec,
} from '../../readers/protobuf/wire.js';
import { readSafeTensors } from '../../readers/safetensors.js';
import { readBundle } from '../../readers/tensorflow/bundle.js';
import { readTensorFlow, type Root } from '../../readers/tensorflow/read.js';
import { Damaged, FlatBuffer, type Table, type Vector } from '../../readers/tflite/flatbuffer.js';
import { TFLITE_OPERATORS } from '../../readers/tflite/operators.js';
import { inspectKerasConfig } from './keras.js';
import type { ElementType } from '../../readers/elements.js';
import type { Gatherer, Inspector } from './gather.js';
import { shapeText } from './shape.js';

export const inspectSafeTensors: Inspector = async (source, _, gather) => {
  const { tensors, metadata, data, gaps } = await readSafeTensors(source);
  for (const { name, dtype, shape, offsets } of tensors) {
    const [start = NaN, end = NaN] = offsets;
    const element = SAFETENSORS_TYPES.get(dtype ?? '');
    const room = Math.min(end, source.size - data) - start;
    const array = element && gather.array({ element, shape, offset: data + start }, room);
    gather.tensor({ name, type: dtype ?? '?', shape, size: Math.max(0, end - start) || 0, array });
  }
  for (const { key, value } of metadata) {
    gather.row('metadata', [key, value]);
    // As transformers and its kin write it: `pt`, `tf`, `flax`, `mlx`.
    if (key === 'format') gather.framework(WRITTEN_BY.get(value) ?? value);
  }
  for (const gap of gaps) gather.gap(gap);
};
/** `Dtype` of the library, of those that are plain numbers. */
const SAFETENSORS_TYPES: ReadonlyMap<string, ElementType> = new Map([
  ['BOOL', 'bool'],
  ['U8', 'uint8'],
  ['I8', 'int8'],
  ['U16', 'uint16'],
  ['I16', 'int16'],
  ['U32', 'uint32'],
  ['I32', 'int32'],
  ['U64', 'uint64'],
  ['I64', 'int64'],
  ['F8_E4M3', 'float8_e4m3'],
  ['F8_E5M2', 'float8_e5m2'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F32', 'float32'],
  ['F64', 'float64'],
]);
const WRITTEN_BY: ReadonlyMap<string, string> = new Map([
  ['pt', 'PyTorch'],
  ['tf', 'TensorFlow'],
  ['flax', 'Flax'],
  ['mlx', 'MLX'],
]);

// GGUF -----------------------------------------------------------------------------------------------------------------

export const inspectGguf: Inspector = async (source, _, gather) => {
  const { version, keys, texts, numbers, tokens, tensors, isBig, data, gaps } = await readGguf(source, gather.signal, {
    tokens: true,
  });
  gather.framework('llama.cpp (GGML)');
  gather.fact('GGUF version', version);
  const values = new Map<string, string>();
  for (const { key, text } of texts) if (!values.has(key)) values.set(key, text);
  for (const { key, value } of numbers) values.set(key, String(value));
  for (const { key } of keys) gather.row('metadata', [key, values.get(key) ?? 'a list']);
  for (const [key, name] of GGUF_FACTS) gather.fact(name, values.get(key));
  for (const { key, text } of texts) if (TEMPLATE_KEY.test(key)) gather.text(key, text);
  for (const [number, token] of tokens.entries()) gather.row('tokens', [token, number]);
  for (const tensor of tensors) {
    const { name, type, dimensions } = tensor;
    const label = GGML_TYPES.get(type)?.name ?? `type ${type}`;
    const element = GGML_ELEMENTS.get(label);
    const size = Number(bytesOf(tensor) ?? 0);
    const offset = (data ?? NaN) + Number(tensor.offset);
    // The first dimension of GGML is a row.
    const shape = dimensions.map(Number).reverse();
    const array = element && gather.array({ element, shape, offset, isBig }, source.size - offset);
    gather.tensor({ name, type: label, shape: dimensions, size, array });
  }
  for (const gap of gaps) gather.gap(gap);
};
const GGML_ELEMENTS: ReadonlyMap<string, ElementType> = new Map([
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F64', 'float64'],
  ['I8', 'int8'],
  ['I16', 'int16'],
  ['I32', 'int32'],
  ['I64', 'int64'],
]);
const GGUF_FACTS: readonly (readonly [string, string])[] = [
  ['general.name', 'Name'],
  ['general.architecture', 'Architecture'],
];

// HDF5 -----------------------------------------------------------------------------------------------------------------

export const inspectHdf5: Inspector = async (source, _, gather) => {
  const { objects, gaps } = await readHdf5(source, gather.signal);
  const arrays = new Map<Hdf5Object, number>();
  for (const object of objects) {
    const { path, attributes, dataset } = object;
    gather.signal?.throwIfAborted();
    if (dataset) {
      const { type, shape, data } = dataset;
      const sides = shape ?? [];
      const size = sides.reduce((product, side) => product * side, 1) * type.size;
      const element = hdf5Element(type);
      const array = data && gather.array({ element, shape: sides, offset: data.offset }, data.size);
      if (array !== undefined) arrays.set(object, array);
      gather.tensor({ name: path, type: element, shape: sides, size, array });
    }
    for (const { name, texts } of attributes) {
      gather.row('metadata', [`${path}@${name}`, texts.slice(0, 50).join(', ')]);
      const [text = ''] = texts;
      if (path !== '/') continue;
      if (name === 'model_config') inspectKerasConfig(parsePythonJson(text)?.value, gather);
      if (name === 'keras_version') {
        gather.framework('Keras');
        gather.fact('Keras version', text);
      }
      if (name === 'backend') gather.fact('Backend', text);
    }
  }
  for (const { text } of gaps) gather.gap(text);
  for (const { cells, ...row } of hdf5Tree(objects, arrays)) gather.row('objects', cells, row);
};

function hdf5Element({ class: kind, float, whole, size }: Datatype): string {
  if (kind !== 'number') return kind;
  return `${float ? 'float' : whole === 'unsigned' ? 'uint' : whole === 'signed' ? 'int' : 'number'}${8 * size}`;
}

/** Groups, data sets and attributes as they lie in one another. */
function hdf5Tree(objects: readonly Hdf5Object[], arrays: ReadonlyMap<Hdf5Object, number>): Row[] {
  const known = new Map(objects.map((object) => [object.path, object]));
  const children = new Map<string, Hdf5Object[]>();
  for (const object of sortNaturally(objects, ({ path }) => path)) {
    if (object.path === '/') continue;
    const parent = object.path.slice(0, object.path.lastIndexOf('/')) || '/';
    // What its group was not read for stands at the top.
    const place = known.has(parent) ? parent : '';
    const siblings = children.get(place);
    if (siblings) siblings.push(object);
    else children.set(place, [object]);
  }
  const rows: Row[] = [];
  const add = (object: Hdf5Object, depth: number): void => {
    const { path, attributes, dataset } = object;
    const name = depth === 0 ? path : path.slice(path.lastIndexOf('/') + 1);
    // A file can give two objects one path; only one of them has the children.
    const inside = known.get(path) === object ? (children.get(path) ?? []) : [];
    const array = arrays.get(object);
    const text = dataset
      ? `${hdf5Element(dataset.type)} ${shapeText(dataset.shape ?? [])}`
      : `${inside.length} ${inside.length === 1 ? 'object' : 'objects'}`;
    rows.push({
      cells: [name, dataset ? 'data set' : 'group', text],
      depth,
      ...(array === undefined ? {} : { array }),
    });
    for (const { name: attribute, texts, type } of attributes)
      rows.push({
        cells: [`@${attribute}`, 'attribute', texts.slice(0, 50).join(', ') || type.class],
        depth: depth + 1,
      });
    for (const child of inside) add(child, depth + 1);
  };
  const root = known.get('/');
  if (root) add(root, 0);
  for (const object of children.get('') ?? []) add(object, 0);
  return rows;
}

// ONNX -----------------------------------------------------------------------------------------------------------------

const ONNX_TENSOR: MessageSpec = {
  name: 'TensorProto',
  // dims, data_type, float_data, name, raw_data, external_data.
  fields: { 1: NUMBER, 2: NUMBER, 4: SIZE, 8: TEXT, 9: SIZE },
};
const SOME_TEXTS: FieldSpec = { kind: 'text', keep: 300, most: 32 };
// input, output, name, op_type, domain.
const ONNX_NODE: MessageSpec = {
  name: 'NodeProto',
  fields: { 1: SOME_TEXTS, 2: SOME_TEXTS, 3: TEXT, 4: TEXT, 7: TEXT },
};
const ONNX_DIMENSION: MessageSpec = { name: 'Dimension', fields: { 1: NUMBER, 2: TEXT } };
const ONNX_SHAPE: MessageSpec = { name: 'TensorShapeProto', fields: { 1: message(() => ONNX_DIMENSION) } };
const ONNX_TENSOR_TYPE: MessageSpec = { name: 'Tensor', fields: { 1: NUMBER, 2: message(() => ONNX_SHAPE) } };
// tensor_type; what else a value can be (sequence, map) has no shape.
const ONNX_TYPE: MessageSpec = { name: 'TypeProto', fields: { 1: message(() => ONNX_TENSOR_TYPE) } };
const ONNX_VALUE: MessageSpec = { name: 'ValueInfoProto', fields: { 1: TEXT, 2: message(() => ONNX_TYPE) } };
const ONNX_INPUT = 11;
const ONNX_OUTPUT = 12;
const ONNX_GRAPH: MessageSpec = {
  name: 'GraphProto',
  // node, name, initializer, input, output, value_info.
  fields: {
    1: each(() => ONNX_NODE),
    2: TEXT,
    5: each(() => ONNX_TENSOR),
    [ONNX_INPUT]: each(() => ONNX_VALUE),
    [ONNX_OUTPUT]: each(() => ONNX_VALUE),
    13: each(() => ONNX_VALUE),
  },
};
const ONNX_ENTRY: MessageSpec = { name: 'StringStringEntryProto', fields: { 1: TEXT, 2: TEXT } };
const ONNX_OPSET: MessageSpec = { name: 'OperatorSetIdProto', fields: { 1: TEXT, 2: NUMBER } };
const ONNX_MODEL: MessageSpec = {
  name: 'ModelProto',
  // ir_version, producer_name, producer_version, domain, model_version, doc_string, graph, opset_import, metadata_props.
  fields: {
    1: NUMBER,
    2: TEXT,
    3: TEXT,
    4: TEXT,
    5: NUMBER,
    6: TEXT,
    7: message(() => ONNX_GRAPH),
    8: message(() => ONNX_OPSET),
    14: message(() => ONNX_ENTRY),
  },
};
/** `TensorProto.DataType`. */
const ONNX_TYPES =
  'undefined float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 uint64 complex64 complex128 bfloat16'.split(
    ' ',
  );

export const inspectOnnx: Inspector = async (source, _, gather) => {
  const operators = new Map<string, { type: string; domain: string; count: number }>();
  const values = new Map<string, { type: string; shape: string }>();
  const ports: { name: string; kind: string }[] = [];
  const stored = new Set<string>();
  const nodes: OnnxNode[] = [];
  const visit = (part: Message): void => {
    if (part.spec === ONNX_TENSOR) {
      const name = part.text(8) ?? '';
      const type = ONNX_TYPES[part.number(2) ?? 0] ?? 'other';
      const shape = part.numbers(1);
      const data = [...part.bytes(9), ...(type === 'float32' ? part.bytes(4) : [])];
      const [only] = data;
      const array =
        only && data.length === 1 ? gather.array({ element: type, shape, offset: only.offset }, only.size) : undefined;
      const size = [...part.bytes(9), ...part.bytes(4)].reduce((sum, bytes) => sum + bytes.size, 0);
      gather.tensor({ name, type, shape, size, array });
      if (stored.size < VALUES_KEPT) {
        stored.add(name);
        values.set(name, { type, shape: shapeText(shape) });
      }
    } else if (part.spec === ONNX_NODE) {
      count(operators, part.text(4) ?? '', part.text(7) ?? '');
      if (nodes.length < VALUES_KEPT)
        nodes.push({ name: part.text(3) ?? '', type: part.text(4) ?? '', takes: part.texts(1), gives: part.texts(2) });
    } else if (part.spec === ONNX_VALUE && values.size < 2 * VALUES_KEPT) {
      const name = part.text(1) ?? '';
      values.set(name, onnxType(part));
      if (part.field === ONNX_INPUT || part.field === ONNX_OUTPUT)
        ports.push({ name, kind: part.field === ONNX_INPUT ? 'input' : 'output' });
    }
  };
  const { root, faults } = await walkMessage(source, ONNX_MODEL, { signal: gather.signal, visit });
  gather.framework('ONNX');
  gather.fact('Made by', [root.text(2), root.text(3)].filter((text) => text !== undefined && text !== '').join(' '));
  gather.fact('ONNX version (IR)', root.number(1));
  gather.fact('Graph', root.message(7)?.text(2));
  gather.fact('Description', root.text(6));
  for (const opset of root.messages(8)) {
    const domain = opset.text(1) ?? '';
    gather.fact(domain === '' ? 'Operator set' : `Operator set ${domain}`, opset.number(2));
  }
  for (const entry of root.messages(14)) gather.row('metadata', [entry.text(1) ?? '', entry.text(2) ?? '']);
  for (const { name, kind } of ports) {
    // Graphs before version 4 of the format list what they store among their inputs.
    if (kind === 'input' && stored.has(name)) continue;
    const { type = '', shape = '' } = values.get(name) ?? {};
    gather.row('ports', [name, kind, type, shape]);
  }
  const shown = (names: readonly string[]): string =>
    names
      .filter((name) => name !== '')
      .map((name) => {
        const { shape = '' } = values.get(name) ?? {};
        return shape === '' ? name : `${name} (${shape})`;
      })
      .join(', ');
  for (const { name, type, takes, gives } of nodes)
    gather.row('nodes', [name === '' ? (gives[0] ?? '') : name, type, shown(takes), shown(gives)]);
  listOperators(operators, gather);
  for (const { text } of faults) gather.gap(text);
};

interface OnnxNode {
  readonly name: string;
  readonly type: string;
  readonly takes: readonly string[];
  readonly gives: readonly string[];
}
const VALUES_KEPT = 100_000;

function onnxType(value: Message): { type: string; shape: string } {
  const tensor = value.message(2)?.message(1);
  if (!tensor) return { type: 'other', shape: '' };
  const sides = tensor
    .message(2)
    ?.messages(1)
    .map((side) => side.text(2) ?? String(side.number(1) ?? '?'));
  const shape = sides === undefined ? '' : sides.length === 0 ? 'scalar' : sides.slice(0, 64).join(' × ');
  return { type: ONNX_TYPES[tensor.number(1) ?? 0] ?? 'other', shape };
}

function count(
  operators: Map<string, { type: string; domain: string; count: number }>,
  type: string,
  domain: string,
): void {
  const key = `${domain}\n${type}`;
  const known = operators.get(key);
  if (known) known.count += 1;
  else if (operators.size < OPERATORS_KEPT) operators.set(key, { type, domain, count: 1 });
}
const OPERATORS_KEPT = 20_000;

function listOperators(
  operators: ReadonlyMap<string, { type: string; domain: string; count: number }>,
  gather: Gatherer,
): void {
  for (const operator of [...operators.values()].sort((one, other) => other.count - one.count))
    gather.row('operators', [operator.type, operator.domain, operator.count]);
}

// TensorFlow -----------------------------------------------------------------------------------------------------------

export const inspectTensorFlow =
  (root: Root): Inspector =>
  async (source, _, gather) => {
    const { graphs, assets, objects, ports, faults } = await readTensorFlow(source, root, () => false, {
      signal: gather.signal,
    });
    gather.framework(root === 'keras-metadata' ? 'Keras' : 'TensorFlow');
    const operators = new Map<string, { type: string; domain: string; count: number }>();
    for (const { signature, kind, name, type, shape } of ports) {
      const sides = shape?.map((side) => (side < 0 ? '?' : String(side)));
      const text = sides === undefined ? '' : sides.length === 0 ? 'scalar' : sides.join(' × ');
      gather.row('ports', [`${signature}: ${name}`, kind, TENSORFLOW_TYPES[type] ?? 'other', text]);
    }
    for (const { nodes, name } of graphs) {
      for (const node of nodes) {
        count(operators, node.op, '');
        const place = name === undefined ? node.name : `${name}: ${node.name}`;
        gather.row('nodes', [place, node.op, node.inputs.slice(0, 32).join(', '), '']);
      }
      if (name !== undefined) gather.row('metadata', ['function', name]);
    }
    for (const { identifier, metadata } of objects) {
      const config = metadata === '' ? undefined : parsePythonJson(metadata)?.value;
      if (config === undefined) gather.row('layers', ['', identifier]);
      else inspectKerasConfig(config, gather);
    }
    for (const { file } of assets) gather.row('metadata', ['asset', file]);
    listOperators(operators, gather);
    for (const { text } of faults) gather.gap(text);
  };

/** `DataType` (types.proto). */
const TENSORFLOW_TYPES =
  'invalid float32 float64 int32 uint8 int16 int8 string complex64 int64 bool qint8 quint8 qint32 bfloat16 qint16 quint16 uint16 complex128 float16 resource variant uint32 uint64'.split(
    ' ',
  );

export const inspectCheckpoint: Inspector = async (source, _, gather) => {
  const { shards, tensors, gaps } = await readBundle(source, gather.signal);
  gather.framework('TensorFlow');
  gather.fact('Data files', shards);
  for (const { name, size } of tensors) gather.tensor({ name, type: '', shape: undefined, size });
  for (const gap of gaps) gather.gap(gap);
};

// TensorFlow Lite ------------------------------------------------------------------------------------------------------

/** `TensorType` (schema.fbs): its name and bytes. */
const TFLITE_TYPES: readonly (readonly [string, number])[] = [
  ['float32', 4],
  ['float16', 2],
  ['int32', 4],
  ['uint8', 1],
  ['int64', 8],
  ['string', 0],
  ['bool', 1],
  ['int16', 2],
  ['complex64', 8],
  ['int8', 1],
  ['float64', 8],
  ['complex128', 16],
  ['uint64', 8],
  ['resource', 0],
  ['variant', 0],
  ['uint32', 4],
  ['uint16', 2],
  ['int4', 0.5],
  ['bfloat16', 2],
];
const GRAPHS_LIMIT = 1_000;
const TABLES_LIMIT = 200_000;

export const inspectTflite: Inspector = async (source, _, gather) => {
  gather.framework('TensorFlow Lite');
  const flat = new FlatBuffer(source, gather.signal);
  try {
    const root = await flat.root();
    gather.fact('Schema version', await flat.number(root, 0, 4));
    gather.fact('Description', await flat.text(root, 3));
    const operators = await tfliteOperators(flat, await flat.vector(root, 1, 4));
    const buffers = await flat.vector(root, 4, 4);
    const graphs = await flat.vector(root, 2, 4);
    for (let index = 0; graphs && index < Math.min(graphs.length, GRAPHS_LIMIT); index += 1)
      await new Subgraph(flat, await flat.tableAt(graphs, index), operators, buffers, gather).inspect();
    const metadata = await flat.vector(root, 6, 4);
    for (let index = 0; metadata && index < Math.min(metadata.length, GRAPHS_LIMIT); index += 1) {
      const entry = await flat.tableAt(metadata, index);
      gather.row('metadata', [(await flat.text(entry, 0)) ?? '', `buffer ${await flat.number(entry, 1, 4)}`]);
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    gather.gap(`at byte ${Math.max(0, error.offset)} the file refers to ${error.message}`);
  }
};

/** What each kind of operator of the model is called. */
async function tfliteOperators(flat: FlatBuffer, codes: Vector | undefined): Promise<string[]> {
  const names: string[] = [];
  for (let index = 0; codes && index < Math.min(codes.length, TABLES_LIMIT); index += 1) {
    const code = await flat.tableAt(codes, index);
    const own = await flat.text(code, 1);
    // `GetBuiltinCode` takes the larger of the two fields.
    const builtin = Math.max(await flat.number(code, 0, 1), await flat.number(code, 3, 4));
    names.push(own !== undefined && own !== '' ? own : (TFLITE_OPERATORS[builtin] ?? `operator ${builtin}`));
  }
  return names;
}

interface TfliteTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

class Subgraph {
  readonly #tensors: TfliteTensor[] = [];
  readonly #counts = new Map<string, { type: string; domain: string; count: number }>();

  constructor(
    private readonly flat: FlatBuffer,
    private readonly graph: Table,
    private readonly operators: readonly string[],
    private readonly buffers: Vector | undefined,
    private readonly gather: Gatherer,
  ) {}

  async inspect(): Promise<void> {
    const { flat, graph, gather } = this;
    const tensors = await flat.vector(graph, 0, 4);
    for (let index = 0; tensors && index < Math.min(tensors.length, TABLES_LIMIT); index += 1)
      await this.#tensor(await flat.tableAt(tensors, index));
    for (const [id, kind] of [
      [1, 'input'],
      [2, 'output'],
    ] as const)
      for (const { name, type, shape } of await this.#named(graph, id))
        gather.row('ports', [name, kind, type, sidesText(shape)]);
    const nodes = await flat.vector(graph, 3, 4);
    for (let index = 0; nodes && index < Math.min(nodes.length, TABLES_LIMIT); index += 1) {
      const node = await flat.tableAt(nodes, index);
      const type = this.operators[await flat.number(node, 0, 4)] ?? '?';
      const takes = await this.#named(node, 1);
      const gives = await this.#named(node, 2);
      count(this.#counts, type, '');
      gather.row('nodes', [gives[0]?.name ?? '', type, tensorsText(takes), tensorsText(gives)]);
    }
    listOperators(this.#counts, gather);
  }

  async #tensor(tensor: Table): Promise<void> {
    const { flat, gather } = this;
    const sides = await flat.vector(tensor, 0, 4);
    const shape: number[] = [];
    for (let side = 0; sides && side < Math.min(sides.length, 16); side += 1) shape.push(await flat.intAt(sides, side));
    const [type, width] = TFLITE_TYPES[await flat.number(tensor, 1, 1)] ?? ['other', 0];
    const size = shape.reduce((product, side) => product * Math.max(0, side), 1) * width;
    const name = (await flat.text(tensor, 3)) ?? '';
    this.#tensors.push({ name, type, shape });
    const data = await this.#data(await flat.number(tensor, 2, 4));
    const array = data && gather.array({ element: type, shape, offset: data.offset }, data.length);
    gather.tensor({ name, type, shape, size, array });
  }

  /** The numbers that the file stores for a tensor; what is computed has an empty buffer. */
  async #data(buffer: number): Promise<Vector | undefined> {
    const { flat, buffers } = this;
    if (!buffers || buffer === 0 || buffer >= buffers.length) return undefined;
    const data = await flat.vector(await flat.tableAt(buffers, buffer), 0, 1);
    return data && data.length > 0 ? data : undefined;
  }

  /** The tensors whose numbers a field lists. */
  async #named(table: Table, id: number): Promise<TfliteTensor[]> {
    const list = await this.flat.vector(table, id, 4);
    const named: TfliteTensor[] = [];
    for (let index = 0; list && index < Math.min(list.length, NAMED_LIMIT); index += 1) {
      // -1 stands for an input that is left out.
      const tensor = this.#tensors[await this.flat.intAt(list, index)];
      if (tensor) named.push(tensor);
    }
    return named;
  }
}
/** Inputs of one operator that are listed. */
const NAMED_LIMIT = 64;

function sidesText(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.map((side) => (side < 0 ? '?' : side)).join(' × ');
}

function tensorsText(tensors: readonly TfliteTensor[]): string {
  return tensors.map(({ name, shape }) => `${name} (${sidesText(shape)})`).join(', ');
}
