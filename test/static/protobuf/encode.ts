/** Writes the Protocol Buffers wire format, for messages that no library would write. */
import { concat } from '../../../samples/assemble.mjs';

export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

/** A field that holds a number. */
export function number(field: number, value: number | bigint): Uint8Array {
  return concat(varint(field * 8), varint(value));
}

/** A field that holds text, bytes, or a message of such parts. */
export function part(field: number, ...content: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = concat(...content.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
  return concat(varint(field * 8 + 2), varint(bytes.length), bytes);
}

// TensorFlow -----------------------------------------------------------------------------------------------------------

interface NodeParts {
  readonly inputs?: readonly string[];
  /** Attributes that are text. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Attributes that name a function. */
  readonly calls?: Readonly<Record<string, string>>;
  /** The texts of a constant. */
  readonly value?: readonly string[];
}

/** The fields of a NodeDef, as a message of field 1 of a graph, or 3 of a function. */
export function node(field: 1 | 3, name: string, op: string, parts: NodeParts = {}): Uint8Array {
  const { inputs = [], texts = {}, calls = {}, value } = parts;
  return part(
    field,
    part(1, name),
    part(2, op),
    ...inputs.map((input) => part(3, input)),
    ...Object.entries(texts).map(([key, text]) => part(5, part(1, key), part(2, part(2, text)))),
    ...Object.entries(calls).map(([key, called]) => part(5, part(1, key), part(2, part(10, part(1, called))))),
    ...(value === undefined
      ? []
      : [part(5, part(1, 'value'), part(2, part(8, number(1, 7), ...value.map((text) => part(8, text)))))]),
  );
}

/** A function of a library; its nodes are of field 3. */
export function definition(name: string, inputs: readonly string[], ...nodes: readonly Uint8Array[]): Uint8Array {
  return part(1, part(1, part(1, name), ...inputs.map((input) => part(2, part(1, input), number(3, 7)))), ...nodes);
}

/** A GraphDef: its nodes, and a library when there are functions. */
export function graph(nodes: readonly Uint8Array[], functions: readonly Uint8Array[] = []): Uint8Array {
  return concat(...nodes, ...(functions.length > 0 ? [part(2, ...functions)] : []));
}

/** One meta graph of a SavedModel, as the field that can be there again and again. */
export function metaGraph(graphDef: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array {
  return part(2, part(1, part(4, 'serve')), part(2, graphDef), ...more);
}

export function savedModel(graphDef: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array {
  return concat(number(1, 1), metaGraph(graphDef, ...more));
}
