/** Reads TensorFlow's graphs: which nodes there are, what feeds them, and what else a SavedModel says. Judges nothing. */
import type { ByteSource } from '../bytes.js';
import { walkMessage, type Message, type WireFault } from '../protobuf/wire.js';
import {
  ASSET_FILE,
  COLLECTION_ENTRY,
  FUNCTION,
  GRAPH,
  KERAS_METADATA,
  KERAS_NODE,
  META_GRAPH,
  NODE,
  SAVED_MODEL,
  SAVED_OBJECT,
  SIGNATURE_ENTRY,
  STRING_TYPE,
} from './schema.js';
import { walkText } from './text.js';
import type { Stop } from '../units.js';
import { addAll } from '../../core/lists.js';

export interface TensorFlowFacts {
  readonly graphs: readonly Graph[];
  /** Files of a SavedModel that the graph reads: the loader puts their place into the tensor. */
  readonly assets: readonly Asset[];
  /** Layers and other Python objects: what Keras makes them from. */
  readonly objects: readonly SavedObject[];
  /** What callers hand to the model and get from it. */
  readonly ports: readonly Port[];
  readonly faults: readonly WireFault[];
}

export interface Asset {
  readonly tensor: string;
  readonly file: string;
  readonly offset: number;
  /** As of the graph that it belongs to. */
  readonly metaGraph: number;
  /** TensorFlow 1 keeps them in a collection, which loaders ask where there is no list (`saved_model/loader_impl.py`). */
  readonly collected: boolean;
}

export interface Port {
  readonly signature: string;
  readonly kind: 'input' | 'output';
  readonly name: string;
  /** `DataType`. */
  readonly type: number;
  /** -1 for a side of any length; undefined when the file does not tell. */
  readonly shape: readonly number[] | undefined;
}

export interface SavedObject {
  readonly identifier: string;
  /** JSON, empty when there is none. */
  readonly metadata: string;
  readonly offset: number;
  /** The text was longer than what is kept of it. */
  readonly cut: boolean;
}

/** A graph, or the body of a function in its library. */
export interface Graph {
  /** Undefined for a graph that is no function. */
  readonly name: string | undefined;
  /** The names of a function's arguments, in order. */
  readonly inputs: readonly string[];
  readonly nodes: readonly Node[];
  /** Distinguishes the graphs of one meta graph from those of another. */
  readonly metaGraph: number;
}

export interface Node {
  readonly name: string;
  readonly op: string;
  /** As written, `^node` for one that only has to come first. */
  readonly inputs: readonly string[];
  readonly offset: number;
  /** The texts of each attribute that has some: of strings, lists of them and constants. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** The functions of the library that an attribute names. */
  readonly calls: readonly { readonly attribute: string; readonly name: string }[];
}

/** Nodes kept of one file, to see what feeds what; the largest graphs that people share have some ten thousand. */
const NODES_KEPT = 150_000;
/** Nodes kept beyond these, because they matter by themselves. */
const MORE_KEPT = 50_000;
const OBJECTS_KEPT = 20_000;
const UTF8 = new TextDecoder();

export type Root = 'savedmodel' | 'metagraph' | 'graph' | 'keras-metadata';
const ROOTS = {
  savedmodel: SAVED_MODEL,
  metagraph: META_GRAPH,
  graph: GRAPH,
  'keras-metadata': KERAS_METADATA,
};

/**
 * `matters`: nodes of this kind are kept even where there are too many to keep all, and so are the texts of their attributes. `text`: the
 * messages are written as text.
 */
export async function readTensorFlow(
  source: ByteSource,
  root: Root,
  matters: (op: string) => boolean,
  { signal, text = false }: { readonly signal?: Stop | undefined; readonly text?: boolean } = {},
): Promise<TensorFlowFacts> {
  const reading = new Reading(matters);
  const { root: top, faults } = await (text ? walkText : walkMessage)(source, ROOTS[root], {
    signal,
    visit: (part) => reading.visit(part),
  });
  if (root === 'graph') reading.visit(top);
  return reading.facts(faults);
}

class Reading {
  readonly #graphs: Graph[] = [];
  readonly #assets: Asset[] = [];
  readonly #objects: SavedObject[] = [];
  readonly #ports: Port[] = [];
  readonly #faults: WireFault[] = [];
  /** Nodes of messages that have not ended yet. */
  readonly #open = new Map<Message, Node[]>();
  #nodes = 0;

  constructor(private readonly matters: (op: string) => boolean) {}

  visit(part: Message): void {
    switch (part.spec) {
      case NODE:
        this.#node(part);
        break;
      case FUNCTION: {
        const signature = part.message(1);
        const inputs = (signature?.messages(2) ?? []).map((input) => input.text(1) ?? '');
        this.#graphs.push({
          name: signature?.text(1) ?? '',
          inputs,
          nodes: this.#take(part),
          metaGraph: metaGraphOf(part),
        });
        break;
      }
      case GRAPH:
        this.#graphs.push({ name: undefined, inputs: [], nodes: this.#take(part), metaGraph: metaGraphOf(part) });
        break;
      case ASSET_FILE:
        this.#asset(part);
        break;
      case SIGNATURE_ENTRY:
        this.#signature(part);
        break;
      case SAVED_OBJECT:
        for (const user of part.messages(4)) this.#object(user, 1, 3);
        break;
      case KERAS_NODE:
        this.#object(part, 4, 5);
        break;
    }
  }

  #signature(entry: Message): void {
    const signature = entry.text(1) ?? '';
    const definition = entry.message(2);
    for (const [field, kind] of [
      [1, 'input'],
      [2, 'output'],
    ] as const)
      for (const port of definition?.messages(field) ?? []) {
        if (this.#ports.length >= OBJECTS_KEPT) return;
        const info = port.message(2);
        const shape = info?.message(3);
        const isOpen = shape === undefined || shape.number(3) === 1;
        this.#ports.push({
          signature,
          kind,
          name: port.text(1) ?? '',
          type: info?.number(2) ?? 0,
          shape: isOpen ? undefined : shape.messages(2).map((side) => side.number(1) ?? 0),
        });
      }
  }

  #asset(part: Message): void {
    if (this.#assets.length >= OBJECTS_KEPT) {
      this.#full(part.offset, 'assets');
      return;
    }
    const collection = part.within(COLLECTION_ENTRY);
    // A key that is not there yet is not taken for the right one.
    if (collection !== undefined && collection.text(1) !== 'saved_model_assets') return;
    this.#assets.push({
      tensor: part.message(1)?.text(1) ?? '',
      file: part.text(2) ?? '',
      offset: part.offset,
      metaGraph: metaGraphOf(part),
      collected: collection !== undefined,
    });
  }

  facts(faults: readonly WireFault[]): TensorFlowFacts {
    return {
      graphs: this.#graphs,
      assets: this.#assets,
      objects: this.#objects,
      ports: this.#ports,
      faults: [...faults, ...this.#faults],
    };
  }

  #node(part: Message): void {
    const { parent } = part;
    if (parent === undefined) return;
    const matters = this.matters(part.text(2) ?? '');
    if (this.#nodes >= NODES_KEPT) {
      this.#full(part.offset, 'nodes');
      if (!matters || this.#nodes >= NODES_KEPT + MORE_KEPT) return;
    }
    this.#nodes += 1;
    const node = nodeOf(part, matters ? undefined : 'value');
    const nodes = this.#open.get(parent);
    if (nodes) nodes.push(node);
    else this.#open.set(parent, [node]);
  }

  #take(part: Message): Node[] {
    const nodes = this.#open.get(part) ?? [];
    this.#open.delete(part);
    return nodes;
  }

  #object(part: Message, identifier: number, metadata: number): void {
    const json = part.bytes(metadata).at(-1);
    if (json === undefined || json.size === 0) return;
    if (this.#objects.length >= OBJECTS_KEPT) {
      this.#full(part.offset, 'layers');
      return;
    }
    this.#objects.push({
      identifier: part.text(identifier) ?? '',
      metadata: UTF8.decode(json.head),
      offset: json.offset,
      cut: json.head.length < json.size,
    });
  }

  #full(offset: number, what: string): void {
    const text = `there are too many ${what} to look at all of them`;
    if (this.#faults.every((fault) => fault.text !== text)) this.#faults.push({ offset, text });
  }
}

function metaGraphOf(part: Message): number {
  return part.within(META_GRAPH)?.offset ?? 0;
}

const NO_TEXTS: ReadonlyMap<string, readonly string[]> = new Map();
const NO_CALLS: Node['calls'] = [];

/** A node as the schema keeps it, with the texts of all its attributes or of one. */
export function nodeOf(part: Message, only?: string): Node {
  let texts: Map<string, string[]> | undefined;
  let calls: { attribute: string; name: string }[] | undefined;
  for (const entry of part.messages(5)) {
    const attribute = entry.text(1) ?? '';
    for (const value of entry.messages(2)) {
      const found = only === undefined || attribute === only ? textsOf(value) : [];
      if (found.length > 0) {
        texts ??= new Map();
        texts.set(attribute, [...(texts.get(attribute) ?? []), ...found]);
      }
      for (const called of [...value.messages(10), ...value.messages(1).flatMap((list) => list.messages(9))]) {
        calls ??= [];
        calls.push({ attribute, name: called.text(1) ?? '' });
      }
    }
  }
  return {
    name: part.text(1) ?? '',
    op: part.text(2) ?? '',
    inputs: part.texts(3),
    offset: part.offset,
    texts: texts ?? NO_TEXTS,
    calls: calls ?? NO_CALLS,
  };
}

function textsOf(value: Message): string[] {
  const texts = [...value.texts(2), ...value.messages(1).flatMap((list) => list.texts(2))];
  for (const tensor of value.messages(8)) {
    addAll(texts, tensor.texts(8));
    if (tensor.number(1) === STRING_TYPE) for (const { head } of tensor.bytes(4)) addAll(texts, packedStrings(head));
  }
  return texts;
}

/** Strings in `tensor_content`: all lengths as varints, then all bytes (`port::EncodeStringList`). The file does not say how many there are. */
function packedStrings(bytes: Uint8Array): string[] {
  const lengths: number[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length && lengths.length < 64;) {
    let length = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined || scale > 2 ** 28) return [UTF8.decode(bytes)];
      at += 1;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    lengths.push(length);
    total += length;
    if (at + total === bytes.length) return lengths.map((size) => UTF8.decode(bytes.subarray(at, (at += size))));
  }
  return [UTF8.decode(bytes)];
}
