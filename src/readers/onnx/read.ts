/** Reads what an ONNX model refers to: operators, data in other files, notes. Steps over the tensors. Judges nothing. */
import { isNativeLibrary } from '../native-library.js';
import type { ByteSource } from '../bytes.js';
import { walkMessage, type Message, type WireFault } from '../protobuf/wire.js';
import { ENTRY, FUNCTION, MODEL, NODE, TENSOR } from './schema.js';
import type { Stop } from '../units.js';

export interface OnnxFacts {
  /** Operators by domain and name, each once, with the first that was seen and how many there are. */
  readonly operators: readonly Operator[];
  /** The domains of the model's own functions, with their names. */
  readonly functions: ReadonlySet<string>;
  readonly external: readonly ExternalData[];
  /** Shapes that do not agree with the data. */
  readonly misfits: readonly Misfit[];
  /** Key, text and offset of every note. */
  readonly notes: readonly {
    readonly key: string;
    readonly text: string;
    readonly offset: number;
    readonly cut: boolean;
  }[];
  readonly faults: readonly WireFault[];
}

export interface Operator {
  readonly domain: string;
  readonly type: string;
  readonly node: string;
  readonly offset: number;
  count: number;
  /** Text attributes of the first node, by name. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Whole-number attributes of the first node. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** Values of a tensor that lie in another file (`TensorProto.external_data`). */
export interface ExternalData {
  readonly tensor: string;
  readonly location: string;
  /** As written; undefined when there is none. */
  readonly start: string | undefined;
  readonly length: string | undefined;
  readonly place: number;
  /** Bytes that the shape asks for; undefined when not known. */
  readonly wanted: number | undefined;
}

export interface Misfit {
  readonly tensor: string;
  readonly offset: number;
  readonly text: string;
}

const OPERATORS_KEPT = 5000;
const LIST_KEPT = 100_000;
const MISFITS_KEPT = 100;

export async function readOnnx(source: ByteSource, signal?: Stop): Promise<OnnxFacts> {
  const reading = new Reading();
  const { root, faults } = await walkMessage(source, MODEL, { signal, visit: (part) => reading.visit(part) });
  for (const { head, offset, size } of root.bytes(6)) reading.note('doc_string', head, offset, size);
  return reading.facts(faults);
}

/** The same of one array in a file of its own, such as the inputs that tests of models come with. */
export async function readOnnxTensor(source: ByteSource, signal?: Stop): Promise<OnnxFacts> {
  const reading = new Reading();
  const { root, faults } = await walkMessage(source, TENSOR, { signal, visit: (part) => reading.visit(part) });
  reading.tensor(root);
  return reading.facts(faults);
}

class Reading {
  readonly #operators = new Map<string, Operator>();
  readonly #functions = new Set<string>();
  readonly #external: ExternalData[] = [];
  readonly #misfits: Misfit[] = [];
  readonly #notes: { key: string; text: string; offset: number; cut: boolean }[] = [];
  readonly #faults: WireFault[] = [];

  visit(part: Message): void {
    switch (part.spec) {
      case NODE:
        this.#node(part);
        break;
      case TENSOR:
        this.tensor(part);
        break;
      case FUNCTION:
        this.#functions.add(`${part.text(10) ?? ''}\n${part.text(1) ?? ''}`);
        break;
      case ENTRY:
        for (const { head, offset, size } of part.bytes(2)) this.note(part.text(1) ?? '', head, offset, size);
        break;
    }
  }

  note(key: string, bytes: Uint8Array, offset: number, size: number): void {
    if (this.#notes.length >= LIST_KEPT) this.#full(offset, 'notes');
    else this.#notes.push({ key, text: UTF8.decode(bytes), offset, cut: bytes.length < size });
  }

  facts(faults: readonly WireFault[]): OnnxFacts {
    return {
      operators: [...this.#operators.values()],
      functions: this.#functions,
      external: this.#external,
      misfits: this.#misfits,
      notes: this.#notes,
      faults: [...faults, ...this.#faults],
    };
  }

  #node(part: Message): void {
    // A text that is there twice can be read either way.
    for (const domain of part.has(7) ? part.texts(7) : ['']) {
      for (const type of part.texts(4)) this.#operator(part, domain, type);
    }
  }

  #operator(part: Message, domain: string, type: string): void {
    const attributes = new Map<string, string>();
    const numbers = new Map<string, number>();
    for (const attribute of part.messages(5)) {
      const name = attribute.text(1) ?? '';
      const text = attribute.text(4) ?? attribute.texts(9).join(', ');
      if (text !== '') attributes.set(name, text);
      const number = attribute.number(3);
      if (number !== undefined) numbers.set(name, number);
    }
    // What an operator runs, its attributes say: nodes that differ there are kept apart.
    const telling = WITH_ATTRIBUTES.has(type) || [...attributes.values()].some(isNativeLibrary);
    const key = `${domain}\n${type}${telling ? `\n${[...attributes.values()].join('\n')}` : ''}`;
    const known = this.#operators.get(key);
    if (known) known.count += 1;
    else if (this.#operators.size >= OPERATORS_KEPT) this.#full(part.offset, 'operators');
    else {
      const node = part.text(3) ?? '';
      this.#operators.set(key, { domain, type, node, offset: part.offset, count: 1, attributes, numbers });
    }
  }

  tensor(part: Message): void {
    const tensor = part.text(8) ?? '';
    const wanted = bytesOfShape(part);
    const entries = part.messages(13);
    if (entries.length > 0) {
      const values = (key: string): string[] =>
        entries
          .filter((entry) => entry.text(1) === key)
          .flatMap((entry) => entry.bytes(2).map(({ head }) => UTF8.decode(head)));
      // The last entry of a key counts for some loaders, the first for others.
      for (const location of values('location')) {
        if (this.#external.length >= LIST_KEPT) this.#full(part.offset, 'external tensors');
        else
          this.#external.push({
            tensor,
            location,
            start: values('offset').at(-1),
            length: values('length').at(-1),
            place: part.offset,
            wanted: wanted === undefined || wanted === 'odd' ? undefined : Math.ceil(wanted),
          });
      }
      return;
    }
    const text = misfit(part, wanted);
    if (text !== undefined && this.#misfits.length < MISFITS_KEPT)
      this.#misfits.push({ tensor, offset: part.offset, text });
  }

  #full(offset: number, what: string): void {
    const text = `there are too many ${what} to look at all of them`;
    if (this.#faults.every((fault) => fault.text !== text)) this.#faults.push({ offset, text });
  }
}

const UTF8 = new TextDecoder();

/** Operators whose attributes say what they run. */
const WITH_ATTRIBUTES: ReadonlySet<string> = new Set(['PyOp', 'PythonOp', 'PythonOpGrad', 'EPContext', 'ATen']);

/** Bytes of one element of each `TensorProto.DataType`; 0.5 and 0.25 for those that share a byte; text has none. */
const ELEMENT: Readonly<Record<number, number>> = {
  1: 4,
  2: 1,
  3: 1,
  4: 2,
  5: 2,
  6: 4,
  7: 8,
  9: 1,
  10: 2,
  11: 8,
  12: 4,
  13: 8,
  14: 8,
  15: 16,
  16: 2,
  17: 1,
  18: 1,
  19: 1,
  20: 1,
  21: 0.5,
  22: 0.5,
  23: 0.5,
  24: 1,
  25: 0.25,
  26: 0.25,
};

/** Undefined when the type is not known. */
function bytesOfShape(tensor: Message): number | 'odd' | undefined {
  const element = ELEMENT[tensor.number(2) ?? 0];
  let count = 1;
  for (const dimension of tensor.numbers(1)) {
    if (dimension < 0) return 'odd';
    count *= dimension;
  }
  if (!(count <= 2 ** 53)) return 'odd';
  return element === undefined ? undefined : count * element;
}

function misfit(tensor: Message, wanted: number | 'odd' | undefined): string | undefined {
  const shape = tensor.numbers(1).join(' x ');
  if (wanted === 'odd') return `its shape ${shape} is impossible`;
  const raw = tensor.bytes(9).at(-1);
  if (raw === undefined || wanted === undefined || raw.size === Math.ceil(wanted)) return undefined;
  return `its shape ${shape} needs ${Math.ceil(wanted)} bytes, its data has ${raw.size}`;
}
