/** Reads a TensorFlow Lite model (`tensorflow/compiler/mlir/lite/schema/schema.fbs`): its operators, and whether its tables hold together. */
import { bytesSource, type ByteSource } from '../bytes.js';
import { walkMessage } from '../protobuf/wire.js';
import { nodeOf, type Graph, type Node } from '../tensorflow/read.js';
import { NODE } from '../tensorflow/schema.js';
import { Damaged, FlatBuffer, flexTexts, type Table, type Vector } from './flatbuffer.js';
import type { Stop } from '../units.js';

export interface TfliteFacts {
  /** Names of operators that TensorFlow Lite does not have, with the offset of their first code. */
  readonly custom: readonly { readonly name: string; readonly offset: number }[];
  /** The operators that TensorFlow's own kernels run, as a graph of TensorFlow. */
  readonly flex: Graph;
  /** Places that something refers to and that do not exist, or that two things share in part. */
  readonly faults: readonly { readonly offset: number; readonly text: string }[];
  /** Blobs beside the graph, by name. */
  readonly metadata: readonly { readonly name: string; readonly offset: number; readonly size: number }[];
  readonly gaps: readonly string[];
}

/** `BuiltinOperator.CUSTOM`. */
const CUSTOM = 32;
/** `BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES`: the code stands in the wider field. */
const WIDER = 127;
/** `TensorType.STRING`. */
const STRING = 5;

const OPERATORS_KEPT = 500_000;
const BUFFERS_KEPT = 1_000_000;
const FAULTS_KEPT = 50;
const FLEX_KEPT = 5000;
const OPTIONS_KEPT = 1024 * 1024;

export async function readTflite(source: ByteSource, signal?: Stop): Promise<TfliteFacts> {
  const reading = new Reading(new FlatBuffer(source, signal));
  try {
    await reading.model();
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    reading.damaged(error);
  }
  return reading.facts();
}

interface Buffer {
  readonly offset: number;
  readonly size: number;
}

interface Tensor {
  readonly type: number;
  readonly buffer: number;
}

class Reading {
  readonly #custom = new Map<string, number>();
  readonly #flex: Node[] = [];
  readonly #faults: { offset: number; text: string }[] = [];
  readonly #metadata: { name: string; offset: number; size: number }[] = [];
  readonly #gaps = new Set<string>();
  /** The names of custom operators by the index of their code. */
  readonly #codes: (string | undefined)[] = [];
  #buffers: Buffer[] = [];
  #operators = 0;

  constructor(private readonly flat: FlatBuffer) {}

  async model(): Promise<void> {
    const { flat } = this;
    const root = await flat.root();
    await this.#part(async () => this.#readCodes(await flat.vector(root, 1, 4)));
    await this.#part(async () => this.#readBuffers(await flat.vector(root, 4, 4)));
    await this.#part(async () => {
      const graphs = await flat.vector(root, 2, 4);
      for (let index = 0; index < (graphs?.length ?? 0); index += 1) {
        if (graphs !== undefined)
          await this.#part(async () => this.#subgraph(await flat.tableAt(graphs, index), index));
        if (this.#operators > OPERATORS_KEPT) break;
      }
    });
    await this.#part(async () => this.#readMetadata(await flat.vector(root, 6, 4)));
  }

  facts(): TfliteFacts {
    return {
      custom: [...this.#custom].map(([name, offset]) => ({ name, offset })),
      flex: { name: undefined, inputs: [], nodes: this.#flex, metaGraph: 0 },
      faults: this.#faults,
      metadata: this.#metadata,
      gaps: [...this.#gaps],
    };
  }

  damaged({ offset, message }: Damaged): void {
    this.#fault(offset, `the file refers to ${message}`);
  }

  /** What is damaged ends the part, not the rest. */
  async #part(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      this.damaged(error);
    }
  }

  #fault(offset: number, text: string): void {
    if (this.#faults.length < FAULTS_KEPT) this.#faults.push({ offset: Math.max(0, offset), text });
    else this.#gaps.add('more of the file is damaged');
  }

  async #readCodes(codes: Vector | undefined): Promise<void> {
    const { flat } = this;
    for (let index = 0; index < (codes?.length ?? 0); index += 1) {
      if (codes === undefined) return;
      if (index >= BUFFERS_KEPT) {
        this.#gaps.add(`the model has more than ${BUFFERS_KEPT} operator codes`);
        return;
      }
      const code = await flat.tableAt(codes, index);
      const narrow = await flat.number(code, 0, 1);
      const wide = await flat.number(code, 3, 4);
      // `GetBuiltinCode` takes the larger of the two.
      const builtin = narrow === WIDER ? wide : Math.max(narrow, wide);
      const name = await flat.text(code, 1);
      if (builtin === CUSTOM || (name !== undefined && name !== '')) {
        this.#codes.push(name ?? '');
        if (!this.#custom.has(name ?? '')) this.#custom.set(name ?? '', code.offset);
      } else this.#codes.push(undefined);
    }
  }

  async #readBuffers(buffers: Vector | undefined): Promise<void> {
    const { flat } = this;
    const size = flat.source.size;
    for (let index = 0; index < (buffers?.length ?? 0); index += 1) {
      if (buffers === undefined) return;
      if (index >= BUFFERS_KEPT) {
        this.#gaps.add(`the model has more than ${BUFFERS_KEPT} buffers`);
        break;
      }
      const table = await flat.tableAt(buffers, index);
      // Models over 2 GB keep data behind the tables.
      const far = await flat.number(table, 1, 8);
      if (far > 1) {
        const length = await flat.number(table, 2, 8);
        this.#buffers.push({ offset: far, size: length });
        if (far + length > size)
          this.#fault(
            table.offset,
            `buffer ${index} is said to lie at byte ${far}, with ${length} bytes, in a file of ${size}`,
          );
        continue;
      }
      let data: Vector | undefined;
      await this.#part(async () => {
        data = await flat.vector(table, 0, 1);
      });
      this.#buffers.push({ offset: data?.offset ?? 0, size: data?.length ?? 0 });
    }
    const sorted = this.#buffers
      .filter((buffer) => buffer.size > 0)
      .sort((left, right) => left.offset - right.offset || left.size - right.size);
    let last: Buffer | undefined;
    for (const buffer of sorted) {
      // Tensors of equal value share their data whole.
      const same = last?.offset === buffer.offset && last.size === buffer.size;
      if (last !== undefined && !same && buffer.offset < last.offset + last.size)
        this.#fault(buffer.offset, `two buffers share a part, at bytes ${last.offset} and ${buffer.offset}`);
      if (last === undefined || buffer.offset + buffer.size > last.offset + last.size) last = buffer;
    }
  }

  async #subgraph(graph: Table, number: number): Promise<void> {
    const { flat } = this;
    const tensors: Tensor[] = [];
    await this.#part(async () => {
      const list = await flat.vector(graph, 0, 4);
      for (let index = 0; list !== undefined && index < Math.min(list.length, BUFFERS_KEPT); index += 1) {
        const table = await flat.tableAt(list, index);
        const tensor = { type: await flat.number(table, 1, 1), buffer: await flat.number(table, 2, 4) };
        if (tensor.buffer >= Math.max(1, this.#buffers.length))
          this.#fault(table.offset, `tensor ${index} uses buffer ${tensor.buffer} of ${this.#buffers.length}`);
        tensors.push(tensor);
      }
    });
    const operators = await flat.vector(graph, 3, 4);
    for (let index = 0; operators !== undefined && index < operators.length; index += 1) {
      this.#operators += 1;
      if (this.#operators > OPERATORS_KEPT) {
        this.#gaps.add(`the model has more than ${OPERATORS_KEPT} operators`);
        return;
      }
      await this.#part(async () => this.#operator(await flat.tableAt(operators, index), tensors, `${number}/${index}`));
    }
  }

  async #operator(operator: Table, tensors: readonly Tensor[], name: string): Promise<void> {
    const { flat } = this;
    const code = await flat.number(operator, 0, 4);
    if (code >= this.#codes.length)
      this.#fault(operator.offset, `operator ${name} is of the kind ${code} of ${this.#codes.length}`);
    const inputs: number[] = [];
    for (const id of [1, 2]) {
      const list = await flat.vector(operator, id, 4);
      for (let index = 0; list !== undefined && index < Math.min(list.length, 1000); index += 1) {
        const tensor = await flat.intAt(list, index);
        // -1 stands for an input that is left out.
        if (tensor < -1 || tensor >= tensors.length)
          this.#fault(operator.offset, `operator ${name} uses tensor ${tensor} of ${tensors.length}`);
        else if (id === 1) inputs.push(tensor);
      }
    }
    const custom = this.#codes[code];
    if (custom?.startsWith('Flex') === true) await this.#flexOperator(operator, custom, name, inputs, tensors);
  }

  /** Such an operator holds its name and its node as TensorFlow writes it (`tensorflow/lite/delegates/flex/kernel.cc`): the node is what runs. */
  async #flexOperator(
    operator: Table,
    custom: string,
    name: string,
    inputs: readonly number[],
    tensors: readonly Tensor[],
  ): Promise<void> {
    if (this.#flex.length >= FLEX_KEPT) {
      this.#gaps.add(`the model has more than ${FLEX_KEPT} operators of TensorFlow`);
      return;
    }
    const feeds: string[] = [];
    for (const input of inputs) feeds.push(await this.#feed(input, tensors[input], operator.offset));
    const written = await this.#nodeOf(operator, name);
    const node = {
      name,
      inputs: feeds,
      offset: operator.offset,
      texts: written?.texts ?? new Map<string, string[]>(),
      calls: written?.calls ?? [],
    };
    const ops = new Set([
      custom.slice('Flex'.length),
      ...(written === undefined || written.op === '' ? [] : [written.op]),
    ]);
    for (const op of ops) this.#flex.push({ ...node, op });
  }

  async #nodeOf(operator: Table, name: string): Promise<Node | undefined> {
    const { flat } = this;
    const options = await flat.vector(operator, 5, 1);
    if (options === undefined || options.length === 0) {
      this.#gaps.add(`operator ${name} of TensorFlow has no node, or keeps it behind the tables`);
      return undefined;
    }
    const bytes = options.length <= OPTIONS_KEPT ? await flat.bytes(options.offset, options.length) : undefined;
    const node = bytes === undefined ? undefined : flexTexts(bytes)?.[1];
    if (node === undefined) {
      this.#gaps.add(`the node of operator ${name} of TensorFlow could not be read`);
      return undefined;
    }
    const { root, faults } = await walkMessage(bytesSource(node), NODE);
    if (faults.length > 0) this.#gaps.add(`the node of operator ${name} of TensorFlow is damaged`);
    return nodeOf(root);
  }

  /** A constant's texts as a node of TensorFlow. */
  async #feed(index: number, tensor: Tensor | undefined, offset: number): Promise<string> {
    const name = `tensor ${index}`;
    const buffer = tensor === undefined ? undefined : this.#buffers[tensor.buffer];
    const constant = tensor?.type === STRING && buffer !== undefined && buffer.size > 0;
    const texts = constant ? strings(await this.flat.bytes(buffer.offset, Math.min(buffer.size, 64 * 1024))) : [];
    this.#flex.push({
      name,
      op: constant ? 'Const' : 'Placeholder',
      inputs: [],
      offset,
      texts: new Map([['value', texts]]),
      calls: [],
    });
    return name;
  }

  async #readMetadata(list: Vector | undefined): Promise<void> {
    const { flat } = this;
    for (let index = 0; list !== undefined && index < Math.min(list.length, 1000); index += 1) {
      const table = await flat.tableAt(list, index);
      const number = await flat.number(table, 1, 4);
      const buffer = this.#buffers[number];
      if (buffer === undefined)
        this.#fault(table.offset, `metadata ${index} uses buffer ${number} of ${this.#buffers.length}`);
      else this.#metadata.push({ name: (await flat.text(table, 0)) ?? '', ...buffer });
    }
  }
}

/** A tensor of texts: their number, the offset of each and of the end, all int32 (`tensorflow/lite/string_util.h`). */
function strings(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length >= 4 ? view.getInt32(0, true) : 0;
  const texts: string[] = [];
  for (let index = 0; index < Math.min(count, 64) && 12 + 4 * index <= bytes.length; index += 1) {
    const start = view.getInt32(4 + 4 * index, true);
    const end = view.getInt32(8 + 4 * index, true);
    if (start >= 0 && end >= start && end <= bytes.length)
      texts.push(new TextDecoder().decode(bytes.subarray(start, end)));
  }
  return texts;
}
