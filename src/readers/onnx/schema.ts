/** The messages of ONNX by their field numbers (`onnx/onnx.proto`, ONNX 1.20; they only ever grow). */
import { each, message, NUMBER, SIZE, TEXT, type FieldSpec, type MessageSpec } from '../protobuf/wire.js';

/** Texts that people write, and programs that can stand in them. */
const LONG_TEXT: FieldSpec = { kind: 'bytes', keep: 256 * 1024 };

export const ENTRY: MessageSpec = { name: 'StringStringEntryProto', fields: { 1: TEXT, 2: LONG_TEXT } };

export const TENSOR: MessageSpec = {
  name: 'TensorProto',
  fields: {
    // dims, data_type, float_data, int32_data, string_data, int64_data, name, raw_data, double_data, uint64_data.
    1: NUMBER,
    2: NUMBER,
    4: SIZE,
    5: SIZE,
    6: { kind: 'bytes', keep: 0, most: 1 },
    7: SIZE,
    8: TEXT,
    9: SIZE,
    10: SIZE,
    11: SIZE,
    // external_data, data_location.
    13: message(() => ENTRY),
    14: NUMBER,
  },
};

const SPARSE_TENSOR: MessageSpec = {
  name: 'SparseTensorProto',
  fields: { 1: each(() => TENSOR), 2: each(() => TENSOR) },
};

const ATTRIBUTE: MessageSpec = {
  name: 'AttributeProto',
  fields: {
    // name, s, t, g, strings, tensors, graphs, sparse_tensor, sparse_tensors.
    1: TEXT,
    3: NUMBER,
    4: TEXT,
    5: each(() => TENSOR),
    6: each(() => GRAPH),
    9: { kind: 'text', keep: 1024, most: 16 },
    10: each(() => TENSOR),
    11: each(() => GRAPH),
    22: each(() => SPARSE_TENSOR),
    23: each(() => SPARSE_TENSOR),
  },
};

export const NODE: MessageSpec = {
  name: 'NodeProto',
  // name, op_type, attribute, domain.
  fields: { 3: TEXT, 4: TEXT, 5: message(() => ATTRIBUTE), 7: TEXT, 9: each(() => ENTRY) },
};

const GRAPH: MessageSpec = {
  name: 'GraphProto',
  // node, initializer, sparse_initializer, metadata_props.
  fields: { 1: each(() => NODE), 5: each(() => TENSOR), 15: each(() => SPARSE_TENSOR), 16: each(() => ENTRY) },
};

export const FUNCTION: MessageSpec = {
  name: 'FunctionProto',
  // name, node, domain, attribute_proto, metadata_props.
  fields: { 1: TEXT, 7: each(() => NODE), 10: TEXT, 11: message(() => ATTRIBUTE), 14: each(() => ENTRY) },
};

const TRAINING: MessageSpec = { name: 'TrainingInfoProto', fields: { 1: each(() => GRAPH), 2: each(() => GRAPH) } };

export const MODEL: MessageSpec = {
  name: 'ModelProto',
  fields: {
    // doc_string, graph, metadata_props, training_info, functions.
    6: LONG_TEXT,
    7: each(() => GRAPH),
    14: each(() => ENTRY),
    20: each(() => TRAINING),
    25: each(() => FUNCTION),
  },
};
