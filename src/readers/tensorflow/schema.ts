/**
 * The messages of TensorFlow that say what a graph does, by their field numbers (`tensorflow/core/protobuf/saved_model.proto`,
 * `meta_graph.proto`, `saved_object_graph.proto`, `tensorflow/core/framework/*.proto`, TensorFlow 2.21; they only ever grow).
 */
import { each, message, NUMBER, SIZE, TEXT, type FieldSpec, type MessageSpec } from '../protobuf/wire.js';

/** `DT_STRING` (types.proto). */
export const STRING_TYPE = 7;
/** A path, or a vocabulary of which the beginning is enough. */
const STRINGS: FieldSpec = { kind: 'text', keep: 4096, most: 64 };
/** Configurations of Keras layers, which hold a Lambda's bytecode. */
const JSON_TEXT: FieldSpec = { kind: 'bytes', keep: 4 * 1024 * 1024 };

const SHAPE: MessageSpec = {
  name: 'TensorShapeProto',
  fields: { 2: message(() => DIMENSION), 3: NUMBER },
};
const DIMENSION: MessageSpec = { name: 'Dim', fields: { 1: NUMBER } };

export const TENSOR: MessageSpec = {
  name: 'TensorProto',
  // dtype, shape, tensor_content (strings can stand there as well), string_val.
  fields: { 1: NUMBER, 2: message(() => SHAPE), 4: { kind: 'bytes', keep: 4096 }, 8: STRINGS },
};

export const LIST: MessageSpec = { name: 'ListValue', fields: { 2: STRINGS, 9: message(() => FUNCTION_NAME) } };

export const ATTRIBUTE: MessageSpec = {
  name: 'AttrValue',
  // list, s, type, tensor, func.
  fields: { 1: message(() => LIST), 2: TEXT, 6: NUMBER, 8: message(() => TENSOR), 10: message(() => FUNCTION_NAME) },
};

export const FUNCTION_NAME: MessageSpec = {
  name: 'NameAttrList',
  fields: { 1: TEXT, 2: message(() => ATTRIBUTE_ENTRY) },
};

export const ATTRIBUTE_ENTRY: MessageSpec = { name: 'AttrEntry', fields: { 1: TEXT, 2: message(() => ATTRIBUTE) } };

export const NODE: MessageSpec = {
  name: 'NodeDef',
  // name, op, input, device, attr.
  fields: { 1: TEXT, 2: TEXT, 3: TEXT, 4: TEXT, 5: message(() => ATTRIBUTE_ENTRY) },
};

export const ARGUMENT: MessageSpec = { name: 'ArgDef', fields: { 1: TEXT, 3: NUMBER } };
export const SIGNATURE: MessageSpec = { name: 'OpDef', fields: { 1: TEXT, 2: message(() => ARGUMENT) } };

export const FUNCTION: MessageSpec = {
  name: 'FunctionDef',
  fields: { 1: message(() => SIGNATURE), 3: each(() => NODE) },
};

export const LIBRARY: MessageSpec = { name: 'FunctionDefLibrary', fields: { 1: each(() => FUNCTION) } };

export const GRAPH: MessageSpec = {
  name: 'GraphDef',
  // node, library, version, versions.
  fields: { 1: each(() => NODE), 2: each(() => LIBRARY), 3: NUMBER, 4: SIZE },
};

// name, dtype, tensor_shape.
export const TENSOR_INFO: MessageSpec = { name: 'TensorInfo', fields: { 1: TEXT, 2: NUMBER, 3: message(() => SHAPE) } };
/** An entry of the inputs (1) or the outputs (2) of a signature. */
export const PORT_ENTRY: MessageSpec = { name: 'InputsEntry', fields: { 1: TEXT, 2: message(() => TENSOR_INFO) } };
export const SIGNATURE_DEF: MessageSpec = {
  name: 'SignatureDef',
  fields: { 1: message(() => PORT_ENTRY), 2: message(() => PORT_ENTRY), 3: TEXT },
};
export const SIGNATURE_ENTRY: MessageSpec = {
  name: 'SignatureDefEntry',
  fields: { 1: TEXT, 2: message(() => SIGNATURE_DEF) },
};
export const ASSET_FILE: MessageSpec = { name: 'AssetFileDef', fields: { 1: message(() => TENSOR_INFO), 2: TEXT } };

// type_url, value; TensorFlow 1 keeps its assets so, in the collection `saved_model_assets`.
export const ANY: MessageSpec = { name: 'Any', fields: { 2: each(() => ASSET_FILE) } };
export const ANY_LIST: MessageSpec = { name: 'AnyList', fields: { 1: message(() => ANY) } };
export const COLLECTION: MessageSpec = { name: 'CollectionDef', fields: { 5: message(() => ANY_LIST) } };
export const COLLECTION_ENTRY: MessageSpec = {
  name: 'CollectionDefEntry',
  fields: { 1: TEXT, 2: message(() => COLLECTION) },
};

export const USER_OBJECT: MessageSpec = { name: 'SavedUserObject', fields: { 1: TEXT, 3: JSON_TEXT } };
export const SAVED_OBJECT: MessageSpec = {
  name: 'SavedObject',
  fields: { 4: message(() => USER_OBJECT), 13: TEXT },
};
export const OBJECT_GRAPH: MessageSpec = { name: 'SavedObjectGraph', fields: { 1: each(() => SAVED_OBJECT) } };

export const META_GRAPH: MessageSpec = {
  name: 'MetaGraphDef',
  // meta_info_def, graph_def, saver_def, collection_def, signature_def, asset_file_def, object_graph_def.
  fields: {
    1: SIZE,
    2: each(() => GRAPH),
    3: SIZE,
    4: each(() => COLLECTION_ENTRY),
    5: each(() => SIGNATURE_ENTRY),
    6: each(() => ASSET_FILE),
    7: each(() => OBJECT_GRAPH),
  },
};

export const SAVED_MODEL: MessageSpec = { name: 'SavedModel', fields: { 1: NUMBER, 2: each(() => META_GRAPH) } };

/** `keras_metadata.pb` (`keras/protobuf/saved_metadata.proto`): the configuration of each layer of Keras 2. */
export const KERAS_NODE: MessageSpec = {
  name: 'keras.SavedObject',
  // node_id, node_path, identifier, metadata.
  fields: { 2: NUMBER, 3: TEXT, 4: TEXT, 5: JSON_TEXT },
};
export const KERAS_METADATA: MessageSpec = { name: 'SavedMetadata', fields: { 1: each(() => KERAS_NODE) } };
