/**
 * Detects the formats that are one protobuf message. Such a file has no magic number; the numbers and kinds of its fields identify it, in
 * any order, because loaders accept fields in any order and skip those that they do not know.
 */
import { sliceSource, type ByteSource } from '../readers/bytes.js';
import { listFields, type FieldPlace } from '../readers/protobuf/wire.js';

export type ProtobufFormat =
  | 'onnx'
  | 'onnx-tensor'
  | 'savedmodel'
  | 'graphdef'
  | 'metagraph'
  | 'keras-metadata'
  | 'sentencepiece'
  | 'coreml'
  | 'paddle';

/** Fields of the outermost message that are examined; a graph has one for each of its nodes. */
const TOP_FIELDS = 5000;
const INNER_FIELDS = 50;
/** Values of one field that are examined as messages, until one identifies the format. */
const CANDIDATES = 4;

/** All formats that fit: a file can be several at once. Reads no payloads but names. */
export async function protobufFormats(source: ByteSource): Promise<ProtobufFormat[]> {
  const fields = await listFields(source, TOP_FIELDS);
  if (fields.length === 0) return [];
  const top = new Shape(source, fields);
  const formats: ProtobufFormat[] = [];
  if (await isOnnx(top)) formats.push('onnx');
  if (top.isTensor()) formats.push('onnx-tensor');
  if (await isSavedModel(top)) formats.push('savedmodel');
  if (await isMetaGraph(top)) formats.push('metagraph');
  if (await isGraph(top)) formats.push('graphdef');
  if (await isKerasMetadata(top)) formats.push('keras-metadata');
  if (await isSentencePiece(top)) formats.push('sentencepiece');
  if (isCoreMl(top)) formats.push('coreml');
  if (await isPaddle(top)) formats.push('paddle');
  return formats;
}

// The field numbers are those of onnx.proto, saved_model.proto, meta_graph.proto, graph.proto, node_def.proto, sentencepiece_model.proto and
// Core ML's Model.proto.

async function isOnnx(model: Shape): Promise<boolean> {
  // graph, and a version of the format or an operator set.
  if (!model.has(7, 'bytes') || !(model.has(1, 'number') || model.has(8, 'bytes'))) return false;
  if (model.has(1, 'number') && model.only(ONNX)) return true;
  return model.some(7, async (graph) => {
    if (graph.has(2, 'bytes') || graph.has(5, 'bytes') || graph.has(11, 'bytes') || graph.has(12, 'bytes')) return true;
    return graph.some(1, (node) => Promise.resolve(node.has(4, 'bytes')));
  });
}

/** ModelProto. */
const ONNX: Kinds = {
  ...{ 1: 'number', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'number', 6: 'bytes', 7: 'bytes', 8: 'bytes' },
  ...{ 14: 'bytes', 20: 'bytes', 25: 'bytes', 26: 'bytes' },
};

/** TensorProto. */
const TENSOR: Readonly<Record<number, readonly FieldPlace['kind'][]>> = {
  ...{ 1: ['number', 'bytes'], 2: ['number'], 4: ['other', 'bytes'], 5: ['number', 'bytes'], 6: ['bytes'] },
  ...{ 7: ['number', 'bytes'], 8: ['bytes'], 9: ['bytes'], 10: ['other', 'bytes'], 11: ['number', 'bytes'] },
  ...{ 12: ['bytes'], 13: ['bytes'], 14: ['number'], 16: ['bytes'] },
};

async function isSavedModel(model: Shape): Promise<boolean> {
  // saved_model_schema_version, meta_graphs; the first meta graph may be all that is not cut off.
  const strict = model.has(1, 'number') && model.only({ 1: 'number', 2: 'bytes' });
  return model.some(
    2,
    async (metaGraph) =>
      (strict && metaGraph.has(1, 'bytes') && metaGraph.only(META_GRAPH)) || (await isMetaGraph(metaGraph)),
  );
}

const META_GRAPH: Kinds = { 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'bytes', 6: 'bytes', 7: 'bytes' };

async function isMetaGraph(metaGraph: Shape): Promise<boolean> {
  if (await metaGraph.some(2, isGraph)) return true;
  return metaGraph.has(1, 'bytes') && metaGraph.some(7, (objects) => objects.some(1, isSavedObject));
}

async function isGraph(graph: Shape): Promise<boolean> {
  if (await graph.some(1, isNode)) return true;
  return graph.some(2, (library) =>
    library.some(
      1,
      async (definition) =>
        (await definition.some(3, isNode)) || (await definition.some(1, (signature) => signature.isName(1))),
    ),
  );
}

async function isNode(node: Shape): Promise<boolean> {
  return (await node.isName(1)) && (await node.isName(2));
}

async function isSavedObject(node: Shape): Promise<boolean> {
  for (const kind of [4, 5, 6, 7, 8, 9, 10, 12]) if (node.has(kind, 'bytes')) return true;
  return node.some(1, (child) => child.isName(2));
}

function isKerasMetadata(metadata: Shape): Promise<boolean> {
  // node_path, identifier, and the configuration.
  return metadata.some(1, async (node) => (await node.isName(3)) && (await node.isName(4)) && node.has(5, 'bytes'));
}

function isSentencePiece(model: Shape): Promise<boolean> {
  // Pieces of a text, a score and seldom a kind; after them, settings.
  if (!model.only({ 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'bytes' })) return Promise.resolve(false);
  return model.some(1, (piece) =>
    Promise.resolve(
      piece.only({ 1: 'bytes', 2: 'other', 3: 'number' }) && piece.has(1, 'bytes') && piece.has(2, 'other'),
    ),
  );
}

function isCoreMl(model: Shape): boolean {
  // specificationVersion, description, isUpdatable, and one of the kinds of model.
  if (!model.has(1, 'number') || !model.has(2, 'bytes')) return false;
  const kinds = model.beside([1, 2, 10]);
  return kinds.length === 1 && kinds.every(({ field, kind }) => field >= 200 && field <= 3000 && kind === 'bytes');
}

/** ProgramDesc of PaddlePaddle's framework.proto: blocks, a version, versions of operations; a block has an index, its parent, variables, operations. */
function isPaddle(program: Shape): Promise<boolean> {
  if (!program.has(1, 'bytes') || !program.only({ 1: 'bytes', 4: 'bytes', 5: 'bytes' })) return Promise.resolve(false);
  return program.some(1, (block) =>
    block.has(1, 'number') && block.has(2, 'number') && block.has(3, 'bytes')
      ? Promise.resolve(block.only({ 1: 'number', 2: 'number', 3: 'bytes', 4: 'bytes', 5: 'number' }))
      : Promise.resolve(false),
  );
}

/** The fields of a message, and what each holds. */
type Kinds = Readonly<Record<number, FieldPlace['kind']>>;

class Shape {
  constructor(
    private readonly source: ByteSource,
    private readonly fields: readonly FieldPlace[],
  ) {}

  has(field: number, kind: FieldPlace['kind']): boolean {
    return this.fields.some((place) => place.field === field && place.kind === kind);
  }

  /** True when no other fields are seen. */
  only(kinds: Kinds): boolean {
    return this.fields.every(({ field, kind }) => kinds[field] === kind);
  }

  /** The fields that are none of these. */
  beside(fields: readonly number[]): readonly FieldPlace[] {
    return this.fields.filter(({ field }) => !fields.includes(field));
  }

  /** An array of ONNX: its kind, its shape or numbers, nothing else, to the end. Repeated numbers come one by one or packed as bytes. */
  isTensor(): boolean {
    if (!this.has(2, 'number') || !(this.has(1, 'number') || this.has(1, 'bytes') || this.has(9, 'bytes')))
      return false;
    const last = this.fields.at(-1);
    if (last === undefined || last.offset + last.size !== this.source.size) return false;
    return this.fields.every(({ field, kind }) => TENSOR[field]?.includes(kind));
  }

  /** True when one of the first messages in this field passes the test. */
  async some(field: number, test: (inner: Shape) => Promise<boolean>): Promise<boolean> {
    let looked = 0;
    for (const place of this.fields) {
      if (place.field !== field || place.kind !== 'bytes') continue;
      if (looked >= CANDIDATES) return false;
      looked += 1;
      const inner = sliceSource(this.source, place.offset, place.size);
      const fields = await listFields(inner, INNER_FIELDS);
      if (fields.length > 0 && (await test(new Shape(inner, fields)))) return true;
    }
    return false;
  }

  /** The names of nodes, operations and functions: printable, and not long. */
  async isName(field: number): Promise<boolean> {
    const place = this.fields.find((known) => known.field === field && known.kind === 'bytes');
    if (place === undefined || place.size === 0 || place.size > 4096) return false;
    const bytes = await this.source.read(place.offset, place.size);
    return bytes.length > 0 && bytes.every((byte) => byte >= 0x21 && byte !== 0x7f);
  }
}
