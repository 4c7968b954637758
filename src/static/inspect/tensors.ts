/** Tensors, operators and notes of the formats that are no pickles. */
import { readGguf } from '../../readers/gguf/reader.js';
import { bytesOf, GGML_TYPES } from '../../readers/gguf/types.js';
import { readHdf5 } from '../../readers/hdf5/reader.js';
import { parsePythonJson } from '../../readers/python-json.js';
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
import { readBundle } from '../../readers/tensorflow/bundle.js';
import { readTensorFlow, type Root } from '../../readers/tensorflow/read.js';
import { Damaged, FlatBuffer, type Table } from '../../readers/tflite/flatbuffer.js';
import { inspectKerasConfig } from './keras.js';
import type { Gatherer, Inspector } from './gather.js';
import { shapeText } from './tensor-values.js';

export const inspectSafeTensors: Inspector = async (source, _, gather) => {
  const { tensors, metadata, gaps } = await readSafeTensors(source);
  for (const { name, dtype, shape, offsets } of tensors)
    gather.row('tensors', [name, dtype ?? '?', shapeText(shape), Math.max(0, (offsets[1] ?? 0) - (offsets[0] ?? 0))]);
  for (const { key, value } of metadata) {
    gather.row('metadata', [key, value]);
    // As transformers and its kin write it: `pt`, `tf`, `flax`, `mlx`.
    if (key === 'format') gather.framework(WRITTEN_BY.get(value) ?? value);
  }
  for (const gap of gaps) gather.gap(gap);
};
const WRITTEN_BY: ReadonlyMap<string, string> = new Map([
  ['pt', 'PyTorch'],
  ['tf', 'TensorFlow'],
  ['flax', 'Flax'],
  ['mlx', 'MLX'],
]);

// GGUF -----------------------------------------------------------------------------------------------------------------

export const inspectGguf: Inspector = async (source, _, gather) => {
  const { version, keys, texts, numbers, tensors, gaps } = await readGguf(source, gather.signal);
  gather.framework('llama.cpp (GGML)');
  gather.fact('GGUF version', version);
  const values = new Map<string, string>();
  for (const { key, text } of texts) if (!values.has(key)) values.set(key, text);
  for (const { key, value } of numbers) values.set(key, String(value));
  for (const { key } of keys) gather.row('metadata', [key, values.get(key) ?? 'a list']);
  for (const [key, name] of GGUF_FACTS) gather.fact(name, values.get(key));
  for (const tensor of tensors) {
    const label = GGML_TYPES.get(tensor.type)?.name ?? `type ${tensor.type}`;
    gather.row('tensors', [tensor.name, label, shapeText(tensor.dimensions), Number(bytesOf(tensor) ?? 0)]);
  }
  for (const gap of gaps) gather.gap(gap);
};
const GGUF_FACTS: readonly (readonly [string, string])[] = [
  ['general.name', 'Name'],
  ['general.architecture', 'Architecture'],
];

// HDF5 -----------------------------------------------------------------------------------------------------------------

export const inspectHdf5: Inspector = async (source, _, gather) => {
  const { objects, gaps } = await readHdf5(source, gather.signal);
  for (const { path, attributes, dataset } of objects) {
    gather.signal?.throwIfAborted();
    if (dataset) {
      const { type, shape } = dataset;
      const sides = shape ?? [];
      const size = sides.reduce((product, side) => product * side, 1) * type.size;
      const label = type.class === 'number' ? `${type.float ? 'float' : 'integer'}${8 * type.size}` : type.class;
      gather.row('tensors', [path, label, shapeText(sides), size]);
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
};

// ONNX -----------------------------------------------------------------------------------------------------------------

const ONNX_TENSOR: MessageSpec = {
  name: 'TensorProto',
  // dims, data_type, float_data, name, raw_data, external_data.
  fields: { 1: NUMBER, 2: NUMBER, 4: SIZE, 8: TEXT, 9: SIZE },
};
const ONNX_NODE: MessageSpec = { name: 'NodeProto', fields: { 3: TEXT, 4: TEXT, 7: TEXT } };
const ONNX_GRAPH: MessageSpec = {
  name: 'GraphProto',
  fields: { 1: each(() => ONNX_NODE), 2: TEXT, 5: each(() => ONNX_TENSOR) },
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
  const visit = (part: Message): void => {
    if (part.spec === ONNX_TENSOR) {
      const size = [...part.bytes(9), ...part.bytes(4)].reduce((sum, bytes) => sum + bytes.size, 0);
      const type = ONNX_TYPES[part.number(2) ?? 0] ?? 'other';
      gather.row('tensors', [part.text(8) ?? '', type, shapeText(part.numbers(1)), size]);
    } else if (part.spec === ONNX_NODE) count(operators, part.text(4) ?? '', part.text(7) ?? '');
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
  listOperators(operators, gather);
  for (const { text } of faults) gather.gap(text);
};

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
    const { graphs, assets, objects, faults } = await readTensorFlow(source, root, () => false, {
      signal: gather.signal,
    });
    gather.framework(root === 'keras-metadata' ? 'Keras' : 'TensorFlow');
    const operators = new Map<string, { type: string; domain: string; count: number }>();
    for (const { nodes, name } of graphs) {
      for (const { op } of nodes) count(operators, op, '');
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

export const inspectCheckpoint: Inspector = async (source, _, gather) => {
  const { shards, tensors, gaps } = await readBundle(source, gather.signal);
  gather.framework('TensorFlow');
  gather.fact('Data files', shards);
  for (const { name, size } of tensors) gather.row('tensors', [name, '', '', size]);
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
    const graphs = await flat.vector(root, 2, 4);
    for (let index = 0; graphs && index < Math.min(graphs.length, GRAPHS_LIMIT); index += 1)
      await inspectSubgraph(flat, await flat.tableAt(graphs, index), gather);
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

async function inspectSubgraph(flat: FlatBuffer, graph: Table, gather: Gatherer): Promise<void> {
  const tensors = await flat.vector(graph, 0, 4);
  for (let index = 0; tensors && index < Math.min(tensors.length, TABLES_LIMIT); index += 1) {
    const tensor = await flat.tableAt(tensors, index);
    const sides = await flat.vector(tensor, 0, 4);
    const shape: number[] = [];
    for (let side = 0; sides && side < Math.min(sides.length, 16); side += 1) shape.push(await flat.intAt(sides, side));
    const [type, width] = TFLITE_TYPES[await flat.number(tensor, 1, 1)] ?? ['other', 0];
    const size = shape.reduce((product, side) => product * Math.max(0, side), 1) * width;
    gather.row('tensors', [(await flat.text(tensor, 3)) ?? '', type, shapeText(shape), size]);
  }
}
