/**
 * Tells the protobuf messages that models are kept in by the numbers and kinds of their first fields, which is all that protobuf has
 * of a signature. (https://protobuf.dev/programming-guides/encoding/)
 */
import type { ByteSource } from '../static/bytes.js';
import type { Format } from './format.js';

interface Field {
  readonly number: number;
  readonly wire: number;
  /** Of a message, text or bytes: where it lies. */
  readonly start: number;
  readonly size: number;
}

interface Input {
  readonly bytes: ByteSource;
  readonly cut: boolean;
}

/** Fields looked at: enough to meet each kind. */
const FIELDS = 48;

const VARINT = 0;
const BYTES = 2;

/** `cut`: the file may end inside a field. */
export async function protobufFormats(bytes: ByteSource, { cut }: { readonly cut: boolean }): Promise<Format[]> {
  const source: Input = { bytes, cut };
  const fields = await readFields(source, 0, bytes.size);
  if (!fields || fields.length === 0) return [];
  if (matches(fields, ONNX) && has(fields, 7, BYTES) && has(fields, 1, VARINT)) return ['onnx'];
  if (matches(fields, SAVED_MODEL) && (await holds(source, fields, 2, META_GRAPH))) return ['savedmodel'];
  if (matches(fields, META_GRAPH) && (await holdsGraph(source, fields))) return ['metagraph'];
  if (matches(fields, GRAPH) && (await holdsNode(source, fields))) return ['graphdef'];
  return [];
}

/** The kind of each known field by its number. */
type Message = Readonly<Record<number, number>>;

/** `onnx/onnx.proto`, ModelProto. */
const ONNX: Message = { 1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2 };
/** `tensorflow/core/protobuf/saved_model.proto`. */
const SAVED_MODEL: Message = { 1: 0, 2: 2 };
/** `tensorflow/core/protobuf/meta_graph.proto`. */
const META_GRAPH: Message = { 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2, 7: 2 };
/** `tensorflow/core/framework/graph.proto`. */
const GRAPH: Message = { 1: 2, 2: 2, 3: 0, 4: 2, 5: 2 };
/** `tensorflow/core/framework/node_def.proto`. */
const NODE: Message = { 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2, 7: 2 };

function matches(fields: readonly Field[], message: Message): boolean {
  return fields.every(({ number, wire }) => message[number] === wire);
}

function has(fields: readonly Field[], number: number, wire: number): boolean {
  return fields.some((field) => field.number === number && field.wire === wire);
}

async function inside(source: Input, field: Field | undefined): Promise<Field[] | undefined> {
  return field && (await readFields(source, field.start, field.start + field.size));
}

async function holds(source: Input, fields: readonly Field[], number: number, message: Message): Promise<boolean> {
  const inner = await inside(
    source,
    fields.find((field) => field.number === number),
  );
  return inner !== undefined && inner.length > 0 && matches(inner, message);
}

async function holdsGraph(source: Input, fields: readonly Field[]): Promise<boolean> {
  const graph = await inside(
    source,
    fields.find(({ number }) => number === 2),
  );
  return graph !== undefined && graph.length > 0 && matches(graph, GRAPH) && (await holdsNode(source, graph));
}

/** A node has a name and an operation, both plain words. */
async function holdsNode(source: Input, graph: readonly Field[]): Promise<boolean> {
  const node = await inside(
    source,
    graph.find(({ number }) => number === 1),
  );
  if (!node || !matches(node, NODE)) return false;
  const operation = node.find(({ number }) => number === 2);
  if (!operation || operation.size === 0 || operation.size > 256) return false;
  return /^[A-Za-z_][\w>./-]*$/.test(
    String.fromCharCode(...(await source.bytes.read(operation.start, operation.size))),
  );
}

/** The first fields between two offsets; undefined when they are no fields. */
async function readFields(source: Input, start: number, stop: number): Promise<Field[] | undefined> {
  const fields: Field[] = [];
  for (let at = start; at < stop && fields.length < FIELDS;) {
    const bytes = await source.bytes.read(at, Math.min(20, stop - at));
    if (bytes.length === 0) return source.cut ? fields : undefined;
    const tag = varint(bytes, 0);
    if (!tag || tag.value > 0xffff) return undefined;
    const field = { number: Math.floor(tag.value / 8), wire: tag.value % 8 };
    const value = varint(bytes, tag.end);
    if (field.number === 0) return undefined;
    if (field.wire === VARINT && value) {
      fields.push({ ...field, start: at + tag.end, size: 0 });
      at += value.end;
    } else if (
      field.wire === BYTES &&
      value &&
      (at + value.end + value.value <= stop || (source.cut && fields.length > 0))
    ) {
      fields.push({ ...field, start: at + value.end, size: value.value });
      at += value.end + value.value;
    } else if (field.wire === 1 || field.wire === 5) {
      fields.push({ ...field, start: at + tag.end, size: 0 });
      at += tag.end + (field.wire === 1 ? 8 : 4);
    } else return undefined;
  }
  return fields;
}

function varint(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  // Ten bytes hold 64 bits; what is over 2^53 is no length, and as a number need not be exact.
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return undefined;
}
